using Conformance.Model.Contract;
using static Conformance.Model.Contract.Channels;

namespace Conformance.Model.Requirements;

// The quiescent states RP and PP: no DMA to peers, but accesses of peers are still taken.
public readonly partial record struct RequirementId
{
    public static readonly RequirementId MIG_P2P_01 = Row(
        Strength.Must,
        UapiLevel.V6_1,
        Kernel | Socket | InProcess | NeedsDma,
        statement: "In RP and PP the device starts no new peer-to-peer DMA.",
        violation: "write to peer BAR/doorbell page after SET",
        source: "include/uapi/linux/vfio.h, enum vfio_device_mig_state, \"peer to peer (P2P) quiescent state\"",
        fault: "keep P2P in RP"
    );

    public static readonly RequirementId MIG_P2P_02 = Row(
        Strength.Must,
        UapiLevel.V6_1,
        Kernel | Socket | InProcess | NeedsDma,
        statement: "A device that cannot tell P2P from other DMA stops all DMA.",
        violation: "some DMA continues while claimed indistinguishable",
        source: "include/uapi/linux/vfio.h, enum vfio_device_mig_state, \"peer to peer (P2P) quiescent state\"",
        fault: "stop reads only"
    );

    public static readonly RequirementId MIG_P2P_03 = Row(
        Strength.Must,
        UapiLevel.V6_1,
        Kernel | Socket | InProcess | NeedsDma,
        statement: "Outstanding P2P operations are complete before the arc into RP/PP returns.",
        violation: "late completion write",
        source: "include/uapi/linux/vfio.h, enum vfio_device_mig_state, \"peer to peer (P2P) quiescent state\"",
        fault: "return early"
    );

    public static readonly RequirementId MIG_P2P_04 = Row(
        Strength.Must,
        UapiLevel.V6_1,
        Kernel | InProcess | NeedsDma,
        statement: "In RP/PP the device still takes inbound accesses issued by peers, without loss; their effects are in any later save. Accesses by "
            + "the user itself are outside the contract (MIG-P2P-10, MIG-FSM-22) even where drivers keep them.",
        violation: "doorbell from a peer lost after migration",
        source: "include/uapi/linux/vfio.h, enum vfio_device_mig_state, \"peer to peer (P2P) quiescent state\"; drivers/vfio/pci/qat/main.c",
        fault: "drop inbound writes"
    );

    public static readonly RequirementId MIG_P2P_05 = Row(
        Strength.Must,
        UapiLevel.V6_1,
        Kernel | Socket | InProcess,
        statement: "Without P2P support RP/PP are not usable targets and arcs skip them.",
        violation: "RP accepted on F1/F5",
        source: "drivers/vfio/vfio_main.c, vfio_mig_get_next_state() (state_flags_table)",
        fault: "accept"
    );

    public static readonly RequirementId MIG_P2P_06 = Row(
        Strength.May,
        UapiLevel.V6_1,
        Channels.None,
        statement: "A P2P-capable claim may be implemented as a full stop: RP identical to ST (RP>ST and ST>RP do nothing).",
        violation: "none: latitude of the driver",
        source: "kvm list, RFC \"vfio/hisilicon: add ACC live migration driver\", February 2022; drivers/vfio/pci/qat/main.c, "
            + "drivers/vfio/pci/virtio/migrate.c",
        uncheckable: "latitude: a full stop in RP is accepted",
        note: "Nothing requires DMA to memory to continue in RP."
    );

    public static readonly RequirementId MIG_P2P_07 = Row(
        Strength.Must,
        UapiLevel.V6_1,
        Kernel | Socket | InProcess | NeedsDma,
        statement: "RP>RU resumes P2P.",
        violation: "peers starve",
        source: "include/uapi/linux/vfio.h, enum vfio_device_mig_state, \"RUNNING_P2P -> RUNNING\"",
        fault: "stay quiesced"
    );

    public static readonly RequirementId MIG_P2P_08 = Row(
        Strength.User,
        UapiLevel.V6_1,
        Channels.None,
        statement: "With several devices: move all to RP (or PP) before any goes to ST/SC; on the way back all to RP before any goes to RU.",
        violation: "none at a driver: the kit keeps the order",
        source: "include/uapi/linux/vfio.h, enum vfio_device_mig_state, \"peer to peer (P2P) quiescent state\"",
        uncheckable: "obligation on the user: the kit keeps the order"
    );

    public static readonly RequirementId MIG_P2P_09 = Row(
        Strength.Must,
        UapiLevel.V6_1,
        Kernel | InProcess | NeedsDma,
        statement: "A set of devices walked in the order of MIG-P2P-08 sees no device receive DMA while in ST.",
        violation: "stopped device's state changes",
        source: "include/uapi/linux/vfio.h, enum vfio_device_mig_state, \"peer to peer (P2P) quiescent state\"",
        fault: "allow inbound-triggered state change to escape"
    );

    public static readonly RequirementId MIG_P2P_10 = Row(
        Strength.User,
        UapiLevel.V6_1,
        Channels.None,
        statement: "As in ST, the user must not touch a device in RP/PP; touching may end the quiescence.",
        violation: "none at a driver: a duty of the user",
        source: "include/uapi/linux/vfio.h, enum vfio_device_mig_state, \"peer to peer (P2P) quiescent state\"",
        uncheckable: "obligation on the user: the kit obeys it"
    );

    public static readonly RequirementId MIG_P2P_11 = Row(
        Strength.Must,
        UapiLevel.V6_1,
        Kernel | Socket | InProcess,
        statement: "RP is not a prerequisite visible to users of combination transitions: RU>ST works without naming RP.",
        violation: "EINVAL",
        source: "include/uapi/linux/vfio.h, enum vfio_device_mig_state, \"combinations of the above FSM arcs\" (optional states)",
        fault: "demand explicit RP"
    );

    public static readonly RequirementId MIG_P2P_12 = Row(
        Strength.Must,
        UapiLevel.V6_1,
        Kernel | Socket | InProcess | NeedsDma,
        statement: "F5 devices (pre-copy, no P2P): PC>SC stops the device as RU>ST would.",
        violation: "DMA in SC",
        source: "drivers/vfio/vfio_main.c, vfio_mig_get_next_state() (table, PRE_COPY to STOP_COPY without P2P)",
        fault: "forget stop on PC>SC"
    );

    public static readonly RequirementId MIG_P2P_13 = Row(
        Strength.May,
        UapiLevel.V6_1,
        Channels.None,
        statement: "Where P2P is not supported, the specification text reads RP as RU and PP as PC.",
        violation: "none: a fact about the text",
        source: "include/uapi/linux/vfio.h, enum vfio_device_mig_state, \"peer to peer (P2P) quiescent state\"",
        uncheckable: "fact: how the text reads without P2P, a driver cannot violate it",
        note: "That is why the contracted paths skip them, and why no promise about P2P is tested on F1 and F5."
    );
}
