using Conformance.Model.Contract;
using static Conformance.Model.Contract.Channels;
using static Conformance.Model.Requirements.RequirementId;

namespace Conformance.Model.Requirements.Groups;

/// <summary>What a stopped device may not do, and what it still owes.</summary>
internal static class Stop
{
    private const string NotYet = "not checked yet: stop and quiesce semantics";

    internal static readonly Requirement[] Rows =
    [
        new(
            MIG_STOP_01,
            "MIG-STOP-01",
            RequirementGroup.MigStop,
            Strength.Must,
            UapiLevel.V6_1,
            Kernel | Socket | InProcess | NeedsDma,
            OwedByCore: false,
            Statement: "In ST, SC and RS the device issues no DMA.",
            Violation: "memory canary changes after SET returned",
            Source: "uapi RUNNING_P2P>STOP",
            Fault: "DMA continues",
            Unchecked: NotYet
        ),
        new(
            MIG_STOP_02,
            "MIG-STOP-02",
            RequirementGroup.MigStop,
            Strength.Must,
            UapiLevel.V6_1,
            Kernel | Socket | InProcess | NeedsDma,
            OwedByCore: false,
            Statement: "In ST, SC and RS the device raises no interrupt.",
            Violation: "eventfd signalled after SET returned",
            Source: "uapi",
            Fault: "late interrupt",
            Unchecked: NotYet
        ),
        new(
            MIG_STOP_03,
            "MIG-STOP-03",
            RequirementGroup.MigStop,
            Strength.Must,
            UapiLevel.V6_1,
            Kernel | Socket | InProcess,
            OwedByCore: false,
            Statement: "In ST, SC and RS the device does not change internal state (absent user access).",
            Violation: "two saves or register reads differ",
            Source: "uapi",
            Fault: "free-running counter in saved state",
            Unchecked: NotYet
        ),
        new(
            MIG_STOP_04,
            "MIG-STOP-04",
            RequirementGroup.MigStop,
            Strength.Must,
            UapiLevel.V6_1,
            Kernel | Socket | InProcess | NeedsDma,
            OwedByCore: false,
            Statement: "In ST, SC and RS the device makes no other externally visible change.",
            Violation: "the link or a peer sees activity",
            Source: "uapi",
            Fault: "emit packet in STOP",
            Unchecked: NotYet
        ),
        new(
            MIG_STOP_05,
            "MIG-STOP-05",
            RequirementGroup.MigStop,
            Strength.Must,
            UapiLevel.V6_1,
            Kernel | Socket | InProcess,
            OwedByCore: false,
            Statement: "The device and driver still accept and answer accesses needed by outside subsystems: PCI config space, MSI-X setup.",
            Violation: "config read fails in ST",
            Source: "uapi",
            Fault: "reject config access",
            Unchecked: NotYet
        ),
        new(
            MIG_STOP_06,
            "MIG-STOP-06",
            RequirementGroup.MigStop,
            Strength.Must,
            UapiLevel.V6_1,
            Kernel | InProcess,
            OwedByCore: false,
            Statement: "User access to the device in ST must not cause faults outside the user's own context.",
            Violation: "host error, other device affected",
            Source: "uapi",
            Fault: "abort on MMIO",
            Unchecked: NotYet
        ),
        new(
            MIG_STOP_07,
            "MIG-STOP-07",
            RequirementGroup.MigStop,
            Strength.Must,
            UapiLevel.V6_1,
            Kernel | Socket | InProcess | NeedsDma,
            OwedByCore: false,
            Statement: "SC behaves as ST plus streaming; RS is stopped while loading.",
            Violation: "DMA in SC",
            Source: "uapi",
            Fault: "resume on read",
            Unchecked: NotYet
        ),
        new(
            MIG_STOP_08,
            "MIG-STOP-08",
            RequirementGroup.MigStop,
            Strength.Must,
            UapiLevel.V6_1,
            Kernel | Socket | InProcess | NeedsDma,
            OwedByCore: false,
            Statement: "Work in flight is completed or captured before the arc into ST (or RP for initiators) returns; nothing is lost over ST>RU.",
            Violation: "request lost/duplicated",
            Source: "uapi",
            Fault: "drop in-flight queue",
            Unchecked: NotYet
        ),
        new(
            MIG_STOP_09,
            "MIG-STOP-09",
            RequirementGroup.MigStop,
            Strength.Must,
            UapiLevel.V6_1,
            Kernel | Socket | InProcess | NeedsDma,
            OwedByCore: false,
            Statement: "Work submitted (doorbells) while stopped is either captured and executed after RU or was the user's fault; it must never "
                + "execute while stopped.",
            Violation: "executes in ST",
            Source: "uapi",
            Fault: "process doorbell in ST",
            Unchecked: NotYet
        ),
        new(
            MIG_STOP_10,
            "MIG-STOP-10",
            RequirementGroup.MigStop,
            Strength.User,
            UapiLevel.V6_1,
            Channels.None,
            OwedByCore: false,
            Statement: "The user restricts device access in ST and SC; in SC, access risks stream corruption. The kit obeys this; a fuzz lane "
                + "violates it and checks only MIG-STOP-06.",
            Violation: "none at a driver: a duty of the user",
            Source: "uapi",
            Fault: null,
            Unchecked: NotYet + "; obligation on the user: the kit obeys it"
        ),
        new(
            MIG_STOP_11,
            "MIG-STOP-11",
            RequirementGroup.MigStop,
            Strength.Must,
            UapiLevel.V6_1,
            Kernel | InProcess | NeedsDma,
            OwedByCore: false,
            Statement: "IRQ/MSI-X configuration done in ST is in force after RU.",
            Violation: "interrupt lost",
            Source: "uapi",
            Fault: "drop MSI-X writes in ST",
            Unchecked: NotYet
        ),
        new(
            MIG_STOP_12,
            "MIG-STOP-12",
            RequirementGroup.MigStop,
            Strength.Should,
            UapiLevel.V6_1,
            Kernel | Socket | InProcess | NeedsDma,
            OwedByCore: false,
            Statement: "Interrupt causes pending at stop are delivered after resume (source cancelled migration) or after load (destination), at "
                + "least once.",
            Violation: "lost completion interrupt",
            Source: "drivers' doorbell/IRQ replay",
            Fault: "clear pending bits on save",
            Unchecked: NotYet
        ),
        new(
            MIG_STOP_13,
            "MIG-STOP-13",
            RequirementGroup.MigStop,
            Strength.Convention,
            UapiLevel.V6_1,
            Kernel | InProcess,
            OwedByCore: false,
            Statement: "Stop is bounded: SET returns (success or errno) in finite time even with a stuck device.",
            Violation: "hang",
            Source: "drv timeouts",
            Fault: "wait forever",
            Unchecked: NotYet
        ),
        new(
            MIG_STOP_14,
            "MIG-STOP-14",
            RequirementGroup.MigStop,
            Strength.Must,
            UapiLevel.V6_1,
            Kernel | Socket | InProcess | NeedsDma,
            OwedByCore: false,
            Statement: "If stopping fails the request fails; the device must not be reported ST while running.",
            Violation: "DMA in reported ST",
            Source: "uapi",
            Fault: "ignore stop failure",
            Unchecked: NotYet
        ),
        new(
            MIG_STOP_15,
            "MIG-STOP-15",
            RequirementGroup.MigStop,
            Strength.Must,
            UapiLevel.V6_1,
            Kernel | Socket | InProcess | NeedsDma,
            OwedByCore: false,
            Statement: "ST>RU (or ST>RP>RU) restarts full operation.",
            Violation: "no DMA after RU",
            Source: "uapi",
            Fault: "stay stopped",
            Unchecked: NotYet
        ),
        new(
            MIG_STOP_16,
            "MIG-STOP-16",
            RequirementGroup.MigStop,
            Strength.Must,
            UapiLevel.V6_1,
            Kernel | Socket | InProcess | NeedsDma,
            OwedByCore: false,
            Statement: "IOVA mappings may be changed while stopped; the device uses the new ones after RU.",
            Violation: "stale DMA",
            Source: "uapi (no DMA in ST)",
            Fault: "cache translations",
            Unchecked: NotYet
        ),
        new(
            MIG_STOP_17,
            "MIG-STOP-17",
            RequirementGroup.MigStop,
            Strength.Must,
            UapiLevel.V6_1,
            Kernel | Socket | InProcess | NeedsDma,
            OwedByCore: false,
            Statement: "In RU the device is fully operational however RU was reached (open, reset, cancel from PC/PP/RP, ST, SC, after a load): "
                + "interrupts, DMA, MMIO, every region, internal progress.",
            Violation: "a region or interrupt dead after a cancelled or completed migration",
            Source: "uapi RUNNING text",
            Fault: "leave one region gated after SC>RU",
            Unchecked: NotYet
        ),
    ];
}
