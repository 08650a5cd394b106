using Conformance.Model.Contract;
using static Conformance.Model.Contract.Channels;

namespace Conformance.Model.Requirements;

// Points of the review of the hisi_acc migration driver (February 2022), each with the requirements that check it.
public readonly partial record struct RequirementId
{
    public static readonly RequirementId SEED_01 = Row(
        Strength.Must,
        UapiLevel.V6_1,
        Kernel | Socket | InProcess,
        statement: "A feature query sets argsz and flags (index and GET). With flags left 0 the ioctl addresses feature 0 without a method: ENOTTY "
            + "or EINVAL, never a migration answer. Clients must treat any failure as \"not supported\".",
        violation: "a migration answer to flags 0, or a client that sends it",
        source: "kvm list, RFC \"vfio/hisilicon: add ACC live migration driver\", February 2022",
        fault: "the client omits flags",
        note: "Checked by MIG-FEAT-11 and ABI-06, and by what the kit's own client and vfio-user clients send."
    );

    public static readonly RequirementId SEED_02 = Row(
        Strength.Must,
        UapiLevel.V6_1,
        Kernel | Socket | InProcess,
        statement: "A driver states exactly which of STOP_COPY, P2P, PRE_COPY it implements; STOP_COPY alone is a complete implementation.",
        violation: "an advertised set that does not work, or STOP_COPY alone refused as incomplete",
        source: "kvm list, RFC \"vfio/hisilicon: add ACC live migration driver\", February 2022",
        fault: "advertise more than implemented",
        note: "Checked by MIG-FEAT-01, MIG-FEAT-02 and MIG-FEAT-07, and by all suites under F1."
    );

    public static readonly RequirementId SEED_03 = Row(
        Strength.Must,
        UapiLevel.V6_1,
        Kernel | Socket | InProcess,
        statement: "PRE_COPY has nothing to do with IOMMU dirty tracking (HTTU): a device may have either without the other.",
        violation: "one of the four combinations is refused",
        source: "kvm list, RFC \"vfio/hisilicon: add ACC live migration driver\", February 2022",
        fault: "PC fails unless tracking is on",
        note: "Checked by MIG-PRE-22 and DLOG-25, in all four combinations of PRE_COPY and active dirty tracking."
    );

    public static readonly RequirementId SEED_04 = Row(
        Strength.May,
        UapiLevel.V6_1,
        InProcess,
        statement: "A device that cannot do P2P DMA needs no P2P states; a driver may also implement RP exactly as ST.",
        violation: "none: latitude of the driver",
        source: "kvm list, RFC \"vfio/hisilicon: add ACC live migration driver\", February 2022",
        uncheckable: "latitude: devices without P2P states are accepted, and so is RP as a full stop",
        note: "Checked by MIG-P2P-05 and MIG-P2P-06."
    );

    public static readonly RequirementId SEED_05 = Row(
        Strength.User,
        UapiLevel.V6_1,
        Kernel | Socket | InProcess,
        statement: "If the device cannot guarantee quiet in ST by itself, keeping MMIO away in ST (and RP) is the user's duty; the driver may rely on it.",
        violation: "none at a driver: a duty of the user",
        source: "kvm list, RFC \"vfio/hisilicon: add ACC live migration driver\", February 2022",
        fault: "the kit's own client writes a doorbell in ST; the result must be confined (MIG-STOP-06)",
        uncheckable: "obligation on the user: the kit obeys it",
        note: "Checked by MIG-STOP-10 and MIG-P2P-10. The kit unmaps or guards BAR access before ST and restores it after RU."
    );

    public static readonly RequirementId SEED_06 = Row(
        Strength.Must,
        UapiLevel.V6_1,
        Kernel | Socket | InProcess | NeedsDma,
        statement: "RP still accepts inbound traffic while the device itself is stopped (\"stopped but inbound P2P allowed\").",
        violation: "an access of a peer is lost while the device is in RP",
        source: "kvm list, RFC \"vfio/hisilicon: add ACC live migration driver\", February 2022",
        fault: "drop inbound",
        note: "Checked by MIG-P2P-04."
    );

    public static readonly RequirementId SEED_07 = Row(
        Strength.Must,
        UapiLevel.V6_1,
        Kernel | Socket | InProcess,
        statement: "All arcs of the advertised set are implemented before it is advertised.",
        violation: "an arc of the advertised set fails",
        source: "kvm list, RFC \"vfio/hisilicon: add ACC live migration driver\", February 2022",
        fault: "one arc returns EINVAL",
        note: "Checked by MIG-FSM-06. It is the exit criterion of the thread."
    );
}
