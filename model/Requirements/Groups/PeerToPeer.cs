using Conformance.Model.Contract;
using static Conformance.Model.Contract.Channels;
using static Conformance.Model.Requirements.RequirementId;

namespace Conformance.Model.Requirements.Groups;

/// <summary>The quiescent states RP and PP: no DMA to peers, but accesses of peers are still taken.</summary>
internal static class PeerToPeer
{
    private const string NotYet = "not checked yet: peer-to-peer quiescence";

    internal static readonly Requirement[] Rows =
    [
        new(
            MIG_P2P_01,
            "MIG-P2P-01",
            RequirementGroup.MigP2p,
            Strength.Must,
            UapiLevel.V6_1,
            Kernel | Socket | InProcess | NeedsDma,
            OwedByCore: false,
            Statement: "In RP and PP the device starts no new peer-to-peer DMA.",
            Violation: "write to peer BAR/doorbell page after SET",
            Source: "uapi P2P text",
            Fault: "keep P2P in RP",
            Unchecked: NotYet
        ),
        new(
            MIG_P2P_02,
            "MIG-P2P-02",
            RequirementGroup.MigP2p,
            Strength.Must,
            UapiLevel.V6_1,
            Kernel | Socket | InProcess | NeedsDma,
            OwedByCore: false,
            Statement: "A device that cannot tell P2P from other DMA stops all DMA.",
            Violation: "some DMA continues while claimed indistinguishable",
            Source: "uapi",
            Fault: "stop reads only",
            Unchecked: NotYet
        ),
        new(
            MIG_P2P_03,
            "MIG-P2P-03",
            RequirementGroup.MigP2p,
            Strength.Must,
            UapiLevel.V6_1,
            Kernel | Socket | InProcess | NeedsDma,
            OwedByCore: false,
            Statement: "Outstanding P2P operations are complete before the arc into RP/PP returns.",
            Violation: "late completion write",
            Source: "uapi",
            Fault: "return early",
            Unchecked: NotYet
        ),
        new(
            MIG_P2P_04,
            "MIG-P2P-04",
            RequirementGroup.MigP2p,
            Strength.Must,
            UapiLevel.V6_1,
            Kernel | InProcess | NeedsDma,
            OwedByCore: false,
            Statement: "In RP/PP the device still takes inbound accesses issued by peers, without loss; their effects are in any later save. "
                + "Accesses by the user itself are outside the contract (MIG-P2P-10, MIG-FSM-22) even where drivers keep them.",
            Violation: "doorbell from a peer lost after migration",
            Source: "uapi (\"RUNNING except\"); qat, xe",
            Fault: "drop inbound writes",
            Unchecked: NotYet
        ),
        new(
            MIG_P2P_05,
            "MIG-P2P-05",
            RequirementGroup.MigP2p,
            Strength.Must,
            UapiLevel.V6_1,
            Kernel | Socket | InProcess,
            OwedByCore: false,
            Statement: "Without P2P support RP/PP are not usable targets and arcs skip them.",
            Violation: "RP accepted on F1/F5",
            Source: "core",
            Fault: "accept",
            Unchecked: NotYet
        ),
        new(
            MIG_P2P_06,
            "MIG-P2P-06",
            RequirementGroup.MigP2p,
            Strength.May,
            UapiLevel.V6_1,
            Channels.None,
            OwedByCore: false,
            Statement: "A P2P-capable claim may be implemented as a full stop: RP identical to ST (RP>ST and ST>RP do nothing). The kit does not "
                + "require DMA to memory to continue in RP.",
            Violation: "none: latitude of the driver",
            Source: "hisi_acc driver thread, 2022; qat, virtio, xe",
            Fault: null,
            Unchecked: NotYet + "; latitude: a full stop in RP is accepted"
        ),
        new(
            MIG_P2P_07,
            "MIG-P2P-07",
            RequirementGroup.MigP2p,
            Strength.Must,
            UapiLevel.V6_1,
            Kernel | Socket | InProcess | NeedsDma,
            OwedByCore: false,
            Statement: "RP>RU resumes P2P.",
            Violation: "peers starve",
            Source: "uapi",
            Fault: "stay quiesced",
            Unchecked: NotYet
        ),
        new(
            MIG_P2P_08,
            "MIG-P2P-08",
            RequirementGroup.MigP2p,
            Strength.User,
            UapiLevel.V6_1,
            Channels.None,
            OwedByCore: false,
            Statement: "With several devices: move all to RP (or PP) before any goes to ST/SC; on the way back all to RP before any goes to RU.",
            Violation: "none at a driver: the kit keeps the order",
            Source: "uapi purpose text",
            Fault: null,
            Unchecked: NotYet + "; obligation on the user: the kit keeps the order"
        ),
        new(
            MIG_P2P_09,
            "MIG-P2P-09",
            RequirementGroup.MigP2p,
            Strength.Must,
            UapiLevel.V6_1,
            Kernel | InProcess | NeedsDma,
            OwedByCore: false,
            Statement: "A set of devices walked in the order of MIG-P2P-08 sees no device receive DMA while in ST.",
            Violation: "stopped device's state changes",
            Source: "uapi",
            Fault: "allow inbound-triggered state change to escape",
            Unchecked: NotYet
        ),
        new(
            MIG_P2P_10,
            "MIG-P2P-10",
            RequirementGroup.MigP2p,
            Strength.User,
            UapiLevel.V6_1,
            Channels.None,
            OwedByCore: false,
            Statement: "As in ST, the user must not touch a device in RP/PP; touching may end the quiescence.",
            Violation: "none at a driver: a duty of the user",
            Source: "uapi",
            Fault: null,
            Unchecked: NotYet + "; obligation on the user: the kit obeys it"
        ),
        new(
            MIG_P2P_11,
            "MIG-P2P-11",
            RequirementGroup.MigP2p,
            Strength.Must,
            UapiLevel.V6_1,
            Kernel | Socket | InProcess,
            OwedByCore: false,
            Statement: "RP is not a prerequisite visible to users of combination transitions: RU>ST works without naming RP.",
            Violation: "EINVAL",
            Source: "uapi",
            Fault: "demand explicit RP",
            Unchecked: NotYet
        ),
        new(
            MIG_P2P_12,
            "MIG-P2P-12",
            RequirementGroup.MigP2p,
            Strength.Must,
            UapiLevel.V6_1,
            Kernel | Socket | InProcess | NeedsDma,
            OwedByCore: false,
            Statement: "F5 devices (pre-copy, no P2P): PC>SC stops the device as RU>ST would.",
            Violation: "DMA in SC",
            Source: "core F5 arcs",
            Fault: "forget stop on PC>SC",
            Unchecked: NotYet
        ),
        new(
            MIG_P2P_13,
            "MIG-P2P-13",
            RequirementGroup.MigP2p,
            Strength.May,
            UapiLevel.V6_1,
            Channels.None,
            OwedByCore: false,
            Statement: "Where P2P is not supported the specification text reads RP as RU and PP as PC; that is why the contracted paths skip them "
                + "and why no P2P promise may be tested on F1 and F5.",
            Violation: "none: a fact about the text",
            Source: "uapi P2P text",
            Fault: null,
            Unchecked: NotYet + "; fact: how the text reads without P2P, a driver cannot violate it"
        ),
    ];
}
