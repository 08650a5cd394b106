using Conformance.Model.Contract;
using static Conformance.Model.Contract.Channels;
using static Conformance.Model.Requirements.RequirementId;

namespace Conformance.Model.Requirements.Groups;

/// <summary>Points of the review of the hisi_acc migration driver (February 2022), each with the requirements that check it.</summary>
internal static class HisiAccThread
{
    private const string NotYet = "not checked yet: points of the hisi_acc driver thread";

    internal static readonly Requirement[] Rows =
    [
        new(
            SEED_01,
            "SEED-01",
            RequirementGroup.Seed,
            Strength.Must,
            UapiLevel.V6_1,
            Kernel | Socket | InProcess,
            OwedByCore: false,
            Statement: "A feature query sets argsz and flags (index and GET). With flags left 0 the ioctl addresses feature 0 without a method: "
                + "ENOTTY or EINVAL, never a migration answer. Clients must treat any failure as \"not supported\".",
            Violation: "a migration answer to flags 0, or a client that sends it",
            Source: "hisi_acc driver thread, 2022; where checked: MIG-FEAT-11, ABI-06, and what the kit's own client and vfio-user clients send",
            Fault: "the client omits flags",
            Unchecked: NotYet
        ),
        new(
            SEED_02,
            "SEED-02",
            RequirementGroup.Seed,
            Strength.Must,
            UapiLevel.V6_1,
            Kernel | Socket | InProcess,
            OwedByCore: false,
            Statement: "A driver states exactly which of STOP_COPY, P2P, PRE_COPY it implements; STOP_COPY alone is a complete implementation.",
            Violation: "an advertised set that does not work, or STOP_COPY alone refused as incomplete",
            Source: "hisi_acc driver thread, 2022; where checked: MIG-FEAT-01, MIG-FEAT-02, MIG-FEAT-07, and all suites under F1",
            Fault: "advertise more than implemented",
            Unchecked: NotYet
        ),
        new(
            SEED_03,
            "SEED-03",
            RequirementGroup.Seed,
            Strength.Must,
            UapiLevel.V6_1,
            Kernel | Socket | InProcess,
            OwedByCore: false,
            Statement: "PRE_COPY has nothing to do with IOMMU dirty tracking (HTTU): a device may have either without the other. To be tested in "
                + "all four combinations of PRE_COPY and active dirty tracking.",
            Violation: "one of the four combinations is refused",
            Source: "hisi_acc driver thread, 2022; where checked: MIG-PRE-22, DLOG-25",
            Fault: "PC fails unless tracking is on",
            Unchecked: NotYet
        ),
        new(
            SEED_04,
            "SEED-04",
            RequirementGroup.Seed,
            Strength.May,
            UapiLevel.V6_1,
            InProcess,
            OwedByCore: false,
            Statement: "A device that cannot do P2P DMA needs no P2P states; a driver may also implement RP exactly as ST.",
            Violation: "none: latitude of the driver",
            Source: "hisi_acc driver thread, 2022; where checked: MIG-P2P-05, MIG-P2P-06",
            Fault: null,
            Unchecked: NotYet + "; latitude: devices without P2P states are accepted, and so is RP as a full stop"
        ),
        new(
            SEED_05,
            "SEED-05",
            RequirementGroup.Seed,
            Strength.User,
            UapiLevel.V6_1,
            Kernel | Socket | InProcess,
            OwedByCore: false,
            Statement: "If the device cannot guarantee quiet in ST by itself, keeping MMIO away in ST (and RP) is the user's duty; the driver may "
                + "rely on it. The kit unmaps or guards BAR access before ST and restores it after RU.",
            Violation: "none at a driver: a duty of the user",
            Source: "hisi_acc driver thread, 2022; where checked: MIG-STOP-10, MIG-P2P-10",
            Fault: "the kit's own client writes a doorbell in ST; the result must be confined (MIG-STOP-06)",
            Unchecked: NotYet + "; obligation on the user: the kit obeys it"
        ),
        new(
            SEED_06,
            "SEED-06",
            RequirementGroup.Seed,
            Strength.Must,
            UapiLevel.V6_1,
            Kernel | Socket | InProcess | NeedsDma,
            OwedByCore: false,
            Statement: "RP still accepts inbound traffic while the device itself is stopped (\"stopped but inbound P2P allowed\").",
            Violation: "an access of a peer is lost while the device is in RP",
            Source: "hisi_acc driver thread, 2022; where checked: MIG-P2P-04",
            Fault: "drop inbound",
            Unchecked: NotYet
        ),
        new(
            SEED_07,
            "SEED-07",
            RequirementGroup.Seed,
            Strength.Must,
            UapiLevel.V6_1,
            Kernel | Socket | InProcess,
            OwedByCore: false,
            Statement: "All arcs of the advertised set are implemented before it is advertised (the exit criterion of the thread).",
            Violation: "an arc of the advertised set fails",
            Source: "hisi_acc driver thread, 2022; where checked: MIG-FSM-06",
            Fault: "one arc returns EINVAL",
            Unchecked: NotYet
        ),
    ];
}
