using Conformance.Model.Contract;
using static Conformance.Model.Contract.Channels;
using static Conformance.Model.Requirements.RequirementId;

namespace Conformance.Model.Requirements;

/// <summary>Points of the review of the hisi_acc migration driver (February 2022), each with the requirements that check it.</summary>
internal static class HisiAccThreadRows
{
    internal static readonly Requirement[] Rows =
    [
        new(
            SEED_01,
            Strength.Must,
            UapiLevel.V6_1,
            Kernel | Socket | InProcess,
            Statement: "A feature query sets argsz and flags (index and GET). With flags left 0 the ioctl addresses feature 0 without a method: ENOTTY "
                + "or EINVAL, never a migration answer. Clients must treat any failure as \"not supported\".",
            Violation: "a migration answer to flags 0, or a client that sends it",
            Source: "kvm list, RFC \"vfio/hisilicon: add ACC live migration driver\", February 2022",
            Fault: "the client omits flags",
            Note: "Checked by MIG-FEAT-11 and ABI-06, and by what the kit's own client and vfio-user clients send."
        ),
        new(
            SEED_02,
            Strength.Must,
            UapiLevel.V6_1,
            Kernel | Socket | InProcess,
            Statement: "A driver states exactly which of STOP_COPY, P2P, PRE_COPY it implements; STOP_COPY alone is a complete implementation.",
            Violation: "an advertised set that does not work, or STOP_COPY alone refused as incomplete",
            Source: "kvm list, RFC \"vfio/hisilicon: add ACC live migration driver\", February 2022",
            Fault: "advertise more than implemented",
            Note: "Checked by MIG-FEAT-01, MIG-FEAT-02 and MIG-FEAT-07, and by all suites under F1."
        ),
        new(
            SEED_03,
            Strength.Must,
            UapiLevel.V6_1,
            Kernel | Socket | InProcess,
            Statement: "PRE_COPY has nothing to do with IOMMU dirty tracking (HTTU): a device may have either without the other.",
            Violation: "one of the four combinations is refused",
            Source: "kvm list, RFC \"vfio/hisilicon: add ACC live migration driver\", February 2022",
            Fault: "PC fails unless tracking is on",
            Note: "Checked by MIG-PRE-22 and DLOG-25, in all four combinations of PRE_COPY and active dirty tracking."
        ),
        new(
            SEED_04,
            Strength.May,
            UapiLevel.V6_1,
            InProcess,
            Statement: "A device that cannot do P2P DMA needs no P2P states; a driver may also implement RP exactly as ST.",
            Violation: "none: latitude of the driver",
            Source: "kvm list, RFC \"vfio/hisilicon: add ACC live migration driver\", February 2022",
            Uncheckable: "latitude: devices without P2P states are accepted, and so is RP as a full stop",
            Note: "Checked by MIG-P2P-05 and MIG-P2P-06."
        ),
        new(
            SEED_05,
            Strength.User,
            UapiLevel.V6_1,
            Kernel | Socket | InProcess,
            Statement: "If the device cannot guarantee quiet in ST by itself, keeping MMIO away in ST (and RP) is the user's duty; the driver may rely on it.",
            Violation: "none at a driver: a duty of the user",
            Source: "kvm list, RFC \"vfio/hisilicon: add ACC live migration driver\", February 2022",
            Fault: "the kit's own client writes a doorbell in ST; the result must be confined (MIG-STOP-06)",
            Uncheckable: "obligation on the user: the kit obeys it",
            Note: "Checked by MIG-STOP-10 and MIG-P2P-10. The kit unmaps or guards BAR access before ST and restores it after RU."
        ),
        new(
            SEED_06,
            Strength.Must,
            UapiLevel.V6_1,
            Kernel | Socket | InProcess | NeedsDma,
            Statement: "RP still accepts inbound traffic while the device itself is stopped (\"stopped but inbound P2P allowed\").",
            Violation: "an access of a peer is lost while the device is in RP",
            Source: "kvm list, RFC \"vfio/hisilicon: add ACC live migration driver\", February 2022",
            Fault: "drop inbound",
            Note: "Checked by MIG-P2P-04."
        ),
        new(
            SEED_07,
            Strength.Must,
            UapiLevel.V6_1,
            Kernel | Socket | InProcess,
            Statement: "All arcs of the advertised set are implemented before it is advertised.",
            Violation: "an arc of the advertised set fails",
            Source: "kvm list, RFC \"vfio/hisilicon: add ACC live migration driver\", February 2022",
            Fault: "one arc returns EINVAL",
            Note: "Checked by MIG-FSM-06. It is the exit criterion of the thread."
        ),
    ];
}
