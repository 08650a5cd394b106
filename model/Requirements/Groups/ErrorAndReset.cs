using Conformance.Model.Contract;
using static Conformance.Model.Contract.Channels;
using static Conformance.Model.Requirements.RequirementId;

namespace Conformance.Model.Requirements.Groups;

/// <summary>The ERROR state, the ways out of it, and what a reset does.</summary>
internal static class ErrorAndReset
{
    private const string Concurrent = "concurrent requests are not generated yet";

    internal static readonly Requirement[] Rows =
    [
        new(
            MIG_ERR_01,
            "MIG-ERR-01",
            RequirementGroup.MigErr,
            Strength.Must,
            UapiLevel.V6_1,
            Kernel | Socket | InProcess,
            OwedByCore: false,
            Statement: "In ERROR every SET to another state fails and state stays ERROR. errno: EINVAL (core) or EIO (pds).",
            Violation: "leaves ERROR by SET",
            Source: "uapi; core",
            Fault: "allow ER>RU",
            Unchecked: null
        ),
        new(
            MIG_ERR_02,
            "MIG-ERR-02",
            RequirementGroup.MigErr,
            Strength.Must,
            UapiLevel.V6_1,
            Kernel | Socket | InProcess,
            OwedByCore: false,
            Statement: "ERROR is entered only by a failing SET (or is the aftermath of one).",
            Violation: "GET shows ERROR with no failed SET (pds firmware recovery: known deviation)",
            Source: "uapi",
            Fault: "asynchronous ERROR",
            Unchecked: null
        ),
        new(
            MIG_ERR_03,
            "MIG-ERR-03",
            RequirementGroup.MigErr,
            Strength.Must,
            UapiLevel.V6_1,
            Kernel | Socket | InProcess,
            OwedByCore: false,
            Statement: "A VFIO_DEVICE_RESET that returns 0, from any state including ERROR and RS, returns state to RUNNING.",
            Violation: "other state",
            Source: "uapi",
            Fault: "reset keeps state",
            Unchecked: null
        ),
        new(
            MIG_ERR_04,
            "MIG-ERR-04",
            RequirementGroup.MigErr,
            Strength.Must,
            UapiLevel.V6_1,
            Kernel | Socket | InProcess,
            OwedByCore: false,
            Statement: "Reset ends all sessions (MIG-FD-15).",
            Violation: "live fd",
            Source: "drv",
            Fault: "forget sessions in reset (the fault of MIG-FD-15)",
            Unchecked: null
        ),
        new(
            MIG_ERR_05,
            "MIG-ERR-05",
            RequirementGroup.MigErr,
            Strength.May,
            UapiLevel.V6_1,
            Kernel | InProcess,
            OwedByCore: false,
            Statement: "The migration part of reset may be deferred to the end of a migration call running concurrently (that call applies it "
                + "before it releases the state). Observable rule: a GET started after RESET returned reports RUNNING (it may block until the "
                + "other call ends); a GET or SET overlapping RESET may still answer with the old state.",
            Violation: "old state from a GET started after RESET returned",
            Source: "drv: the state_mutex_unlock functions",
            Fault: "lose deferred flag",
            Unchecked: Concurrent
        ),
        new(
            MIG_ERR_06,
            "MIG-ERR-06",
            RequirementGroup.MigErr,
            Strength.Must,
            UapiLevel.V6_1,
            Kernel | InProcess,
            OwedByCore: false,
            Statement: "A SET overtaken by a reset may report success with the device in RUNNING and a dead fd; it must not leave a mixed state.",
            Violation: "state SC with no session",
            Source: "drv",
            Fault: "apply reset before state store",
            Unchecked: Concurrent
        ),
        new(
            MIG_ERR_07,
            "MIG-ERR-07",
            RequirementGroup.MigErr,
            Strength.Must,
            UapiLevel.V6_1,
            Kernel | Socket | InProcess,
            OwedByCore: false,
            Statement: "After reset the device is usable: new migration, RU operation, MMIO.",
            Violation: "later arcs fail",
            Source: "uapi",
            Fault: "stale error flag",
            Unchecked: null
        ),
        new(
            MIG_ERR_08,
            "MIG-ERR-08",
            RequirementGroup.MigErr,
            Strength.Must,
            UapiLevel.V6_1,
            Kernel | Socket | InProcess,
            OwedByCore: false,
            Statement: "Reset is idempotent and legal in RUNNING.",
            Violation: "errno",
            Source: "uapi",
            Fault: "second reset fails",
            Unchecked: null
        ),
        new(
            MIG_ERR_09,
            "MIG-ERR-09",
            RequirementGroup.MigErr,
            Strength.Convention,
            UapiLevel.V6_1,
            Kernel | InProcess,
            OwedByCore: false,
            Statement: "Other reset routes (PCI hot reset, FLR by config write, close/reopen) also give RUNNING. The header names only "
                + "VFIO_DEVICE_RESET; mtty keeps the state over close/reopen.",
            Violation: "state kept",
            Source: "drv reset_done handlers",
            Fault: "only hook RESET ioctl",
            Unchecked: null
        ),
        new(
            MIG_ERR_10,
            "MIG-ERR-10",
            RequirementGroup.MigErr,
            Strength.Should,
            UapiLevel.V6_1,
            Kernel | Socket | InProcess,
            OwedByCore: false,
            Statement: "A failing arc keeps or restores the origin where possible; ERROR only if no valid state can be restored.",
            Violation: "ERROR on plain EINVAL request",
            Source: "uapi",
            Fault: "go ERROR on invalid target",
            Unchecked: null
        ),
        new(
            MIG_ERR_11,
            "MIG-ERR-11",
            RequirementGroup.MigErr,
            Strength.Must,
            UapiLevel.V6_1,
            Kernel | Socket | InProcess,
            OwedByCore: false,
            Statement: "Invalid requests (bad target, blocked pair, bad argsz) never change the state.",
            Violation: "state changed",
            Source: "uapi; core",
            Fault: "partial walk before detecting block (must reject at first hop)",
            Unchecked: null
        ),
        new(
            MIG_ERR_12,
            "MIG-ERR-12",
            RequirementGroup.MigErr,
            Strength.Should,
            UapiLevel.V6_1,
            Kernel | Socket | InProcess,
            OwedByCore: false,
            Statement: "errno of a failed SET is meaningful: not ENOTTY (that means unsupported), not 0.",
            Violation: "ENOTTY from a failed arc",
            Source: "ABI",
            Fault: "return ENOTTY",
            Unchecked: null
        ),
        new(
            MIG_ERR_13,
            "MIG-ERR-13",
            RequirementGroup.MigErr,
            Strength.Must,
            UapiLevel.V6_1,
            Kernel | Socket | InProcess,
            OwedByCore: false,
            Statement: "Session fds in ERROR give 0 or an errno, no data that could be mistaken for a good stream.",
            Violation: "data then EOF as if complete",
            Source: "core text",
            Fault: "report the end (0) after a failed save, indistinguishable from a complete stream, which is forbidden in SC",
            Unchecked: null
        ),
        new(
            MIG_ERR_14,
            "MIG-ERR-14",
            RequirementGroup.MigErr,
            Strength.Must,
            UapiLevel.V6_1,
            Kernel | Socket | InProcess,
            OwedByCore: false,
            Statement: "A save failure while streaming is reported as an errno by read, not as end of stream.",
            Violation: "0 after partial data",
            Source: "uapi EOF meaning \"entire state transferred\"",
            Fault: "return 0 on save error",
            Unchecked: null
        ),
        new(
            MIG_ERR_15,
            "MIG-ERR-15",
            RequirementGroup.MigErr,
            Strength.May,
            UapiLevel.V6_1,
            Channels.None,
            OwedByCore: false,
            Statement: "SET ERROR while already in ERROR succeeds and does nothing (all drivers but pds), or gives an errno.",
            Violation: "none: latitude of the driver",
            Source: "drv",
            Fault: null,
            Unchecked: "latitude: the oracle accepts success and an errno"
        ),
        new(
            MIG_ERR_16,
            "MIG-ERR-16",
            RequirementGroup.MigErr,
            Strength.May,
            UapiLevel.V6_1,
            Channels.None,
            OwedByCore: false,
            Statement: "RESET may return EAGAIN (locks) or EINVAL (no reset method). mtty supports RESET though its info flags lack the RESET bit.",
            Violation: "none: latitude of the driver",
            Source: "vfio_pci_core; mtty",
            Fault: null,
            Unchecked: "latitude: the oracle accepts a refused RESET"
        ),
        new(
            MIG_ERR_17,
            "MIG-ERR-17",
            RequirementGroup.MigErr,
            Strength.MustCore,
            UapiLevel.V6_1,
            Kernel | InProcess,
            OwedByCore: false,
            Statement: "Opt-in of feature 12 (level 7.2) and DMA mappings survive reset; migration flags unchanged.",
            Violation: "lost",
            Source: "core",
            Fault: "clear flags",
            Unchecked: null
        ),
        new(
            MIG_ERR_18,
            "MIG-ERR-18",
            RequirementGroup.MigErr,
            Strength.May,
            UapiLevel.V6_1,
            Channels.None,
            OwedByCore: false,
            Statement: "Whether DMA logging survives reset, and whether device registers keep user-visible content, is driver business (re-start "
                + "logging after reset).",
            Violation: "none: latitude of the driver",
            Source: "uapi is silent",
            Fault: null,
            Unchecked: "latitude: the header is silent, both outcomes are accepted"
        ),
        new(
            MIG_ERR_19,
            "MIG-ERR-19",
            RequirementGroup.MigErr,
            Strength.Must,
            UapiLevel.V6_1,
            Kernel | InProcess | KernelConditional,
            OwedByCore: false,
            Statement: "Close in any state, RS and an open session included, followed by re-open and any legal request, is safe: no crash, no "
                + "state without its session (a kept SC, PC, PP or RS state must still be leavable). On the kernel channel only in a "
                + "throw-away guest.",
            Violation: "crash (mtty: closed in RS, re-opened, SET ST dereferences the missing session, measured), or a kept SC that can neither "
                + "stream nor end",
            Source: "uapi robustness; MIG-FD-16",
            Fault: "clear the session but keep state RS",
            Unchecked: null
        ),
    ];
}
