using Conformance.Model.Contract;
using static Conformance.Model.Contract.Channels;
using static Conformance.Model.Requirements.RequirementId;

namespace Conformance.Model.Requirements.Groups;

/// <summary>States, arcs, paths and refusals of feature 2.</summary>
internal static class StateMachine
{
    private const string Concurrent = "concurrent requests are not generated yet";

    internal static readonly Requirement[] Rows =
    [
        new(
            MIG_FSM_01,
            "MIG-FSM-01",
            RequirementGroup.MigFsm,
            Strength.Must,
            UapiLevel.V6_1,
            Kernel | InProcess,
            OwedByCore: false,
            Statement: "GET of feature 2 returns the current state and data_fd = -1. (On the socket channel libvfio-user returns 0 there.)",
            Violation: "data_fd >= 0",
            Source: "uapi:mig_state",
            Fault: "return old fd on GET",
            Unchecked: null
        ),
        new(
            MIG_FSM_02,
            "MIG-FSM-02",
            RequirementGroup.MigFsm,
            Strength.Must,
            UapiLevel.V6_1,
            Kernel | Socket | InProcess,
            OwedByCore: false,
            Statement: "The reported state is a supported state of the feature set, or ERROR. (A value of 8 or more after a failure on a kernel "
                + "newer than the kit is an unknown newer state, not a violation.)",
            Violation: "value 5, 6 or 7 when unsupported, or a value >= 8",
            Source: "uapi",
            Fault: "report RP on F1",
            Unchecked: null
        ),
        new(
            MIG_FSM_03,
            "MIG-FSM-03",
            RequirementGroup.MigFsm,
            Strength.MustCore,
            UapiLevel.V6_1,
            Kernel | Socket | InProcess,
            OwedByCore: false,
            Statement: "In any state but ERROR (MIG-ERR-15), SET to the current state succeeds, does nothing, returns no fd, keeps an open session "
                + "and its position.",
            Violation: "error, new fd, session killed",
            Source: "core table diagonal; all drivers' loops",
            Fault: "reopen session on SC>SC",
            Unchecked: null
        ),
        new(
            MIG_FSM_04,
            "MIG-FSM-04",
            RequirementGroup.MigFsm,
            Strength.Must,
            UapiLevel.V6_1,
            Kernel | Socket | InProcess,
            OwedByCore: false,
            Statement: "A successful SET leaves the device exactly in the requested state before returning.",
            Violation: "GET right after differs",
            Source: "uapi:MIG_DEVICE_STATE",
            Fault: "return 0 one arc early",
            Unchecked: null
        ),
        new(
            MIG_FSM_05,
            "MIG-FSM-05",
            RequirementGroup.MigFsm,
            Strength.Must,
            UapiLevel.V6_1,
            Kernel | Socket | InProcess,
            OwedByCore: false,
            Statement: "No state change happens without a user SET or a device reset.",
            Violation: "GET sequence without SET changes",
            Source: "uapi",
            Fault: "timer moves PC to RU",
            Unchecked: null
        ),
        new(
            MIG_FSM_06,
            "MIG-FSM-06",
            RequirementGroup.MigFsm,
            Strength.Must,
            UapiLevel.V6_1,
            Kernel | Socket | InProcess,
            OwedByCore: false,
            Statement: "Every direct arc of the feature set works.",
            Violation: "EINVAL on a listed arc",
            Source: "uapi enum comment",
            Fault: "refuse one arc (one mutant per arc)",
            Unchecked: null
        ),
        new(
            MIG_FSM_07,
            "MIG-FSM-07",
            RequirementGroup.MigFsm,
            Strength.Must,
            UapiLevel.V6_1,
            Kernel | Socket | InProcess,
            OwedByCore: false,
            Statement: "Every combination transition works and is equivalent to doing its arcs one by one (same end state, same fd behaviour, "
                + "equivalent device state).",
            Violation: "direct request fails; results differ",
            Source: "uapi",
            Fault: "reject multi-arc requests",
            Unchecked: null
        ),
        new(
            MIG_FSM_08,
            "MIG-FSM-08",
            RequirementGroup.MigFsm,
            Strength.Must,
            UapiLevel.V6_1,
            Kernel | InProcess | NeedsTrace,
            OwedByCore: false,
            Statement: "The driver is taken through exactly the contracted path: the shortest one, with no state of the saving group in its "
                + "interior (exception PC>PP>SC).",
            Violation: "arc trace differs (e.g. RU to SC through PC on F5)",
            Source: "core:vfio_mig_get_next_state",
            Fault: "route RU>PC>SC",
            Unchecked: null
        ),
        new(
            MIG_FSM_09,
            "MIG-FSM-09",
            RequirementGroup.MigFsm,
            Strength.Must,
            UapiLevel.V6_1,
            Kernel | Socket | InProcess,
            OwedByCore: false,
            Statement: "SC>PC and SC>PP are refused (EINVAL from the core); the state stays SC, session and position are untouched. On the kernel "
                + "channel see MIG-FSM-27 before running it.",
            Violation: "success, or a dead session",
            Source: "uapi, core",
            Fault: "allow SC>PC; or kill session on refusal",
            Unchecked: null
        ),
        new(
            MIG_FSM_10,
            "MIG-FSM-10",
            RequirementGroup.MigFsm,
            Strength.Must,
            UapiLevel.V6_1,
            Kernel | Socket | InProcess,
            OwedByCore: false,
            Statement: "ERROR is not a legal target: EINVAL and no change (when not already in ERROR).",
            Violation: "state becomes ERROR",
            Source: "uapi \"any -> ERROR\"",
            Fault: "accept ERROR",
            Unchecked: null
        ),
        new(
            MIG_FSM_11,
            "MIG-FSM-11",
            RequirementGroup.MigFsm,
            Strength.Must,
            UapiLevel.V6_1,
            Kernel | Socket | InProcess,
            OwedByCore: true,
            Statement: "Target values of 8 and above give EINVAL with no change; to be tested with 8 itself (the boundary), 0x7fffffff and " + "0xffffffff.",
            Violation: "out-of-bounds access, or success",
            Source: "core: bounds check of the arcs",
            Fault: "use > instead of >= in the bounds check (libvfio-user has exactly this off-by-one)",
            Unchecked: null
        ),
        new(
            MIG_FSM_12,
            "MIG-FSM-12",
            RequirementGroup.MigFsm,
            Strength.Must,
            UapiLevel.V6_1,
            Kernel | Socket | InProcess,
            OwedByCore: false,
            Statement: "Unsupported optional targets give EINVAL with no effect on device or session.",
            Violation: "success, or the device stopped",
            Source: "uapi; core",
            Fault: "side effect before the check (xe in Linux 7.2 stops the VF here)",
            Unchecked: null
        ),
        new(
            MIG_FSM_13,
            "MIG-FSM-13",
            RequirementGroup.MigFsm,
            Strength.Must,
            UapiLevel.V6_1,
            Kernel | Socket | InProcess,
            OwedByCore: false,
            Statement: "On failure the reported state is the origin, an intermediate step of the path, or ERROR (target only in the case of " + "MIG-FD-23).",
            Violation: "any other state",
            Source: "uapi",
            Fault: "on failure park in unrelated state",
            Unchecked: null
        ),
        new(
            MIG_FSM_14,
            "MIG-FSM-14",
            RequirementGroup.MigFsm,
            Strength.MustCore,
            UapiLevel.V6_1,
            Kernel | InProcess,
            OwedByCore: true,
            Statement: "A SET that reached the driver and failed returns a non-zero errno and data_fd = -1 in the copied-out struct. Not covered: "
                + "requests refused by the envelope checks and a failing GET (payload untouched), EMFILE/ENFILE (payload untouched, "
                + "MIG-FD-23), failed copy-out.",
            Violation: "0 with wrong state; fd left valid",
            Source: "core:vfio_ioctl_device_feature_mig_device_state",
            Fault: "return 0 on internal failure",
            Unchecked: null
        ),
        new(
            MIG_FSM_15,
            "MIG-FSM-15",
            RequirementGroup.MigFsm,
            Strength.Should,
            UapiLevel.V6_1,
            Kernel | Socket | InProcess,
            OwedByCore: false,
            Statement: "After a failure not ending in ERROR the user can request the origin, RUNNING, STOP or any other state again.",
            Violation: "device wedged, only reset helps",
            Source: "uapi",
            Fault: "latch failure",
            Unchecked: null
        ),
        new(
            MIG_FSM_16,
            "MIG-FSM-16",
            RequirementGroup.MigFsm,
            Strength.Must,
            UapiLevel.V6_1,
            Kernel | Socket | InProcess,
            OwedByCore: false,
            Statement: "After a failure of any kind a RESET that returns 0 brings RUNNING (MIG-ERR-03).",
            Violation: "reset refused",
            Source: "uapi",
            Fault: "reset fails after error",
            Unchecked: null
        ),
        new(
            MIG_FSM_17,
            "MIG-FSM-17",
            RequirementGroup.MigFsm,
            Strength.MustCore,
            UapiLevel.V6_1,
            Kernel | InProcess,
            OwedByCore: false,
            Statement: "Concurrent SET and GET requests serialise: the results equal some serial order; no torn state; no second session.",
            Violation: "impossible result pair, two live saving fds",
            Source: "drv state_mutex",
            Fault: "remove lock",
            Unchecked: Concurrent
        ),
        new(
            MIG_FSM_18,
            "MIG-FSM-18",
            RequirementGroup.MigFsm,
            Strength.Should,
            UapiLevel.V6_1,
            Kernel | InProcess,
            OwedByCore: false,
            Statement: "Intermediate states of a successful combination are not observable.",
            Violation: "GET during long RU>SC shows ST",
            Source: "uapi \"invisible to the user\"",
            Fault: "publish each step",
            Unchecked: null
        ),
        new(
            MIG_FSM_19,
            "MIG-FSM-19",
            RequirementGroup.MigFsm,
            Strength.Must,
            UapiLevel.V6_1,
            Kernel | Socket | InProcess,
            OwedByCore: false,
            Statement: "Arcs may be walked any number of times in any legal order without degradation or leak.",
            Violation: "later walk fails; fd/memory growth",
            Source: "implied",
            Fault: "fail on 2nd save",
            Unchecked: null
        ),
        new(
            MIG_FSM_20,
            "MIG-FSM-20",
            RequirementGroup.MigFsm,
            Strength.Convention,
            UapiLevel.V6_1,
            Kernel | Socket | InProcess,
            OwedByCore: false,
            Statement: "Closing the last device fd and reopening gives RUNNING with no session.",
            Violation: "other state",
            Source: "drv open_device (mtty is the exception)",
            Fault: "keep state over reopen",
            Unchecked: null
        ),
        new(
            MIG_FSM_21,
            "MIG-FSM-21",
            RequirementGroup.MigFsm,
            Strength.Must,
            UapiLevel.V6_1,
            Kernel | Socket | InProcess,
            OwedByCore: false,
            Statement: "GET works in every state including ERROR.",
            Violation: "errno",
            Source: "uapi",
            Fault: "EIO on GET in ERROR",
            Unchecked: null
        ),
        new(
            MIG_FSM_22,
            "MIG-FSM-22",
            RequirementGroup.MigFsm,
            Strength.Must,
            UapiLevel.V6_1,
            Kernel | Socket | InProcess,
            OwedByCore: false,
            Statement: "Feature queries, IRQ setup, DMA logging calls and data-fd I/O never move the FSM in any state; region reads/writes never "
                + "move it in RU and PC. In RP, PP, ST, SC and RS a region access is the user's fault and the header lets the quiescent state "
                + "be left then: a changed state or renewed activity there is a finding (warning), not a violation.",
            Violation: "state differs",
            Source: "uapi; uapi P2P text (\"must not touch\")",
            Fault: "DATA_SIZE query returns the device to RU",
            Unchecked: null
        ),
        new(
            MIG_FSM_23,
            "MIG-FSM-23",
            RequirementGroup.MigFsm,
            Strength.Must,
            UapiLevel.V6_1,
            InProcess | NeedsTrace,
            OwedByCore: false,
            Statement: "Optional arcs disappear with the feature: without P2P, RU>ST and ST>RU are single arcs; without PRE_COPY no arc touches "
                + "PC/PP; with PRE_COPY and no P2P, PC>SC is a single arc.",
            Violation: "arc trace through unsupported state",
            Source: "core",
            Fault: "go through RP on F5",
            Unchecked: null
        ),
        new(
            MIG_FSM_24,
            "MIG-FSM-24",
            RequirementGroup.MigFsm,
            Strength.Must,
            UapiLevel.V6_1,
            Kernel | InProcess,
            OwedByCore: false,
            Statement: "Data-fd I/O and FSM requests from different threads do not deadlock (xe keeps the session lock during a blocking read, so "
                + "there the SET waits for the producer: bounded, warning); a SET that ends a session completes even while a reader/writer is "
                + "blocked on it.",
            Violation: "hang",
            Source: "drv disable_fd",
            Fault: "hold session lock over blocking read",
            Unchecked: Concurrent
        ),
        new(
            MIG_FSM_25,
            "MIG-FSM-25",
            RequirementGroup.MigFsm,
            Strength.May,
            UapiLevel.V6_1,
            Kernel,
            OwedByCore: false,
            Statement: "A SET may be interrupted by a signal (EINTR) and leave any state on the path.",
            Violation: "none: latitude of the driver",
            Source: "drv mlx5, xe",
            Fault: null,
            Unchecked: "latitude: the oracle accepts an interrupted SET"
        ),
        new(
            MIG_FSM_26,
            "MIG-FSM-26",
            RequirementGroup.MigFsm,
            Strength.MustCore,
            UapiLevel.V6_1,
            Kernel | InProcess,
            OwedByCore: true,
            Statement: "On SET the device_state word of the payload comes back as requested, on success and on failure alike; it never reports the "
                + "reached state. Users learn the state by GET only.",
            Violation: "the word comes back as the reached state",
            Source: "core:vfio_ioctl_device_feature_mig_device_state",
            Fault: "write reached state into a failed SET",
            Unchecked: null
        ),
        new(
            MIG_FSM_27,
            "MIG-FSM-27",
            RequirementGroup.MigFsm,
            Strength.Must,
            UapiLevel.V6_1,
            Kernel | Socket | InProcess | KernelConditional,
            OwedByCore: false,
            Statement: "Refusal of an illegal or blocked request returns in bounded time: the blocked arcs, ERROR, unsupported and out-of-range "
                + "targets from every state. Kernel cores from level 6.2 on, up to 6.12.95 in the 6.12 series and before 7.2, loop for ever "
                + "inside SET on SC>PC and SC>PP with F5 and F7; on the kernel channel these two are run last, in a throw-away guest with a "
                + "watchdog.",
            Violation: "SET never returns (kernel cores before the fix: SC>PC, SC>PP)",
            Source: "uapi \"return error\"",
            Fault: "loop while next state is ERROR",
            Unchecked: null
        ),
    ];
}
