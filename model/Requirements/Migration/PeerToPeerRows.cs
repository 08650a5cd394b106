using Conformance.Model.Contract;
using static Conformance.Model.Contract.Channels;
using static Conformance.Model.Requirements.RequirementId;

namespace Conformance.Model.Requirements;

/// <summary>The quiescent states RP and PP: no DMA to peers, but accesses of peers are still taken.</summary>
internal static class PeerToPeerRows
{
    internal static readonly Requirement[] Rows =
    [
        new(
            MIG_P2P_01,
            Strength.Must,
            UapiLevel.V6_1,
            Kernel | Socket | InProcess | NeedsDma,
            Statement: "In RP and PP the device starts no new peer-to-peer DMA.",
            Violation: "write to peer BAR/doorbell page after SET",
            Source: "include/uapi/linux/vfio.h, enum vfio_device_mig_state, \"peer to peer (P2P) quiescent state\"",
            Fault: "keep P2P in RP"
        ),
        new(
            MIG_P2P_02,
            Strength.Must,
            UapiLevel.V6_1,
            Kernel | Socket | InProcess | NeedsDma,
            Statement: "A device that cannot tell P2P from other DMA stops all DMA.",
            Violation: "some DMA continues while claimed indistinguishable",
            Source: "include/uapi/linux/vfio.h, enum vfio_device_mig_state, \"peer to peer (P2P) quiescent state\"",
            Fault: "stop reads only"
        ),
        new(
            MIG_P2P_03,
            Strength.Must,
            UapiLevel.V6_1,
            Kernel | Socket | InProcess | NeedsDma,
            Statement: "Outstanding P2P operations are complete before the arc into RP/PP returns.",
            Violation: "late completion write",
            Source: "include/uapi/linux/vfio.h, enum vfio_device_mig_state, \"peer to peer (P2P) quiescent state\"",
            Fault: "return early"
        ),
        new(
            MIG_P2P_04,
            Strength.Must,
            UapiLevel.V6_1,
            Kernel | InProcess | NeedsDma,
            Statement: "In RP/PP the device still takes inbound accesses issued by peers, without loss; their effects are in any later save. Accesses by "
                + "the user itself are outside the contract (MIG-P2P-10, MIG-FSM-22) even where drivers keep them.",
            Violation: "doorbell from a peer lost after migration",
            Source: "include/uapi/linux/vfio.h, enum vfio_device_mig_state, \"peer to peer (P2P) quiescent state\"; drivers/vfio/pci/qat/main.c",
            Fault: "drop inbound writes"
        ),
        new(
            MIG_P2P_05,
            Strength.Must,
            UapiLevel.V6_1,
            Kernel | Socket | InProcess,
            Statement: "Without P2P support RP/PP are not usable targets and arcs skip them.",
            Violation: "RP accepted on F1/F5",
            Source: "drivers/vfio/vfio_main.c, vfio_mig_get_next_state() (state_flags_table)",
            Fault: "accept"
        ),
        new(
            MIG_P2P_06,
            Strength.May,
            UapiLevel.V6_1,
            Channels.None,
            Statement: "A P2P-capable claim may be implemented as a full stop: RP identical to ST (RP>ST and ST>RP do nothing).",
            Violation: "none: latitude of the driver",
            Source: "kvm list, RFC \"vfio/hisilicon: add ACC live migration driver\", February 2022; drivers/vfio/pci/qat/main.c, "
                + "drivers/vfio/pci/virtio/migrate.c",
            Uncheckable: "latitude: a full stop in RP is accepted",
            Note: "Nothing requires DMA to memory to continue in RP."
        ),
        new(
            MIG_P2P_07,
            Strength.Must,
            UapiLevel.V6_1,
            Kernel | Socket | InProcess | NeedsDma,
            Statement: "RP>RU resumes P2P.",
            Violation: "peers starve",
            Source: "include/uapi/linux/vfio.h, enum vfio_device_mig_state, \"RUNNING_P2P -> RUNNING\"",
            Fault: "stay quiesced"
        ),
        new(
            MIG_P2P_08,
            Strength.User,
            UapiLevel.V6_1,
            Channels.None,
            Statement: "With several devices: move all to RP (or PP) before any goes to ST/SC; on the way back all to RP before any goes to RU.",
            Violation: "none at a driver: the kit keeps the order",
            Source: "include/uapi/linux/vfio.h, enum vfio_device_mig_state, \"peer to peer (P2P) quiescent state\"",
            Uncheckable: "obligation on the user: the kit keeps the order"
        ),
        new(
            MIG_P2P_09,
            Strength.Must,
            UapiLevel.V6_1,
            Kernel | InProcess | NeedsDma,
            Statement: "A set of devices walked in the order of MIG-P2P-08 sees no device receive DMA while in ST.",
            Violation: "stopped device's state changes",
            Source: "include/uapi/linux/vfio.h, enum vfio_device_mig_state, \"peer to peer (P2P) quiescent state\"",
            Fault: "allow inbound-triggered state change to escape"
        ),
        new(
            MIG_P2P_10,
            Strength.User,
            UapiLevel.V6_1,
            Channels.None,
            Statement: "As in ST, the user must not touch a device in RP/PP; touching may end the quiescence.",
            Violation: "none at a driver: a duty of the user",
            Source: "include/uapi/linux/vfio.h, enum vfio_device_mig_state, \"peer to peer (P2P) quiescent state\"",
            Uncheckable: "obligation on the user: the kit obeys it"
        ),
        new(
            MIG_P2P_11,
            Strength.Must,
            UapiLevel.V6_1,
            Kernel | Socket | InProcess,
            Statement: "RP is not a prerequisite visible to users of combination transitions: RU>ST works without naming RP.",
            Violation: "EINVAL",
            Source: "include/uapi/linux/vfio.h, enum vfio_device_mig_state, \"combinations of the above FSM arcs\" (optional states)",
            Fault: "demand explicit RP"
        ),
        new(
            MIG_P2P_12,
            Strength.Must,
            UapiLevel.V6_1,
            Kernel | Socket | InProcess | NeedsDma,
            Statement: "F5 devices (pre-copy, no P2P): PC>SC stops the device as RU>ST would.",
            Violation: "DMA in SC",
            Source: "drivers/vfio/vfio_main.c, vfio_mig_get_next_state() (table, PRE_COPY to STOP_COPY without P2P)",
            Fault: "forget stop on PC>SC"
        ),
        new(
            MIG_P2P_13,
            Strength.May,
            UapiLevel.V6_1,
            Channels.None,
            Statement: "Where P2P is not supported, the specification text reads RP as RU and PP as PC.",
            Violation: "none: a fact about the text",
            Source: "include/uapi/linux/vfio.h, enum vfio_device_mig_state, \"peer to peer (P2P) quiescent state\"",
            Uncheckable: "fact: how the text reads without P2P, a driver cannot violate it",
            Note: "That is why the contracted paths skip them, and why no promise about P2P is tested on F1 and F5."
        ),
    ];
}
