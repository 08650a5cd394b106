using Conformance.Model.Contract;
using static Conformance.Model.Contract.Channels;
using static Conformance.Model.Requirements.RequirementId;

namespace Conformance.Model.Requirements;

/// <summary>States, arcs, paths and refusals of feature 2.</summary>
internal static class StateMachineRows
{
    internal static readonly Requirement[] Rows =
    [
        new(
            MIG_FSM_01,
            Strength.Must,
            UapiLevel.V6_1,
            Kernel | InProcess,
            Statement: "GET of feature 2 returns the current state and data_fd = -1.",
            Violation: "data_fd >= 0",
            Source: "include/uapi/linux/vfio.h, struct vfio_device_feature_mig_state (GET)",
            Fault: "return old fd on GET",
            Note: "On the socket channel libvfio-user returns 0 in data_fd."
        ),
        new(
            MIG_FSM_02,
            Strength.Must,
            UapiLevel.V6_1,
            Kernel | Socket | InProcess,
            Statement: "The reported state is a supported state of the feature set, or ERROR.",
            Violation: "value 5, 6 or 7 when unsupported, or a value >= 8",
            Source: "include/uapi/linux/vfio.h, enum vfio_device_mig_state; struct vfio_device_feature_mig_state",
            Fault: "report RP on F1",
            Note: "A value of 8 or more after a failure on a kernel newer than the kit is an unknown newer state, not a violation."
        ),
        new(
            MIG_FSM_03,
            Strength.MustCore,
            UapiLevel.V6_1,
            Kernel | Socket | InProcess,
            Statement: "In any state but ERROR (MIG-ERR-15), SET to the current state succeeds, does nothing, returns no fd, keeps an open session and "
                + "its position.",
            Violation: "error, new fd, session killed",
            Source: "drivers/vfio/vfio_main.c, vfio_mig_get_next_state() (diagonal of the table); drivers/vfio/pci/hisilicon/hisi_acc_vfio_pci.c, "
                + "hisi_acc_vfio_pci_set_device_state() (its loop)",
            Fault: "reopen session on SC>SC"
        ),
        new(
            MIG_FSM_04,
            Strength.Must,
            UapiLevel.V6_1,
            Kernel | Socket | InProcess,
            Statement: "A successful SET leaves the device exactly in the requested state before returning.",
            Violation: "GET right after differs",
            Source: "include/uapi/linux/vfio.h, struct vfio_device_feature_mig_state (SET)",
            Fault: "return 0 one arc early"
        ),
        new(
            MIG_FSM_05,
            Strength.Must,
            UapiLevel.V6_1,
            Kernel | Socket | InProcess,
            Statement: "No state change happens without a user SET or a device reset.",
            Violation: "GET sequence without SET changes",
            Source: "include/uapi/linux/vfio.h, struct vfio_device_feature_mig_state (no asynchronous transitions)",
            Fault: "timer moves PC to RU"
        ),
        new(
            MIG_FSM_06,
            Strength.Must,
            UapiLevel.V6_1,
            Kernel | Socket | InProcess,
            Statement: "Every direct arc of the feature set works.",
            Violation: "EINVAL on a listed arc",
            Source: "include/uapi/linux/vfio.h, enum vfio_device_mig_state (the arcs)",
            Fault: "refuse one arc (one mutant per arc)"
        ),
        new(
            MIG_FSM_07,
            Strength.Must,
            UapiLevel.V6_1,
            Kernel | Socket | InProcess,
            Statement: "Every combination transition works and is equivalent to doing its arcs one by one (same end state, same fd behaviour, equivalent "
                + "device state).",
            Violation: "direct request fails; results differ",
            Source: "include/uapi/linux/vfio.h, enum vfio_device_mig_state, \"combinations of the above FSM arcs\"",
            Fault: "reject multi-arc requests"
        ),
        new(
            MIG_FSM_08,
            Strength.Must,
            UapiLevel.V6_1,
            Kernel | InProcess | NeedsTrace,
            Statement: "The driver is taken through exactly the contracted path: the shortest one, with no state of the saving group in its interior "
                + "(exception PC>PP>SC).",
            Violation: "arc trace differs (e.g. RU to SC through PC on F5)",
            Source: "drivers/vfio/vfio_main.c, vfio_mig_get_next_state(); include/uapi/linux/vfio.h, enum vfio_device_mig_state, \"combinations of the "
                + "above FSM arcs\"",
            Fault: "route RU>PC>SC"
        ),
        new(
            MIG_FSM_09,
            Strength.Must,
            UapiLevel.V6_1,
            Kernel | Socket | InProcess,
            Statement: "SC>PC and SC>PP are refused (EINVAL from the core); the state stays SC, session and position are untouched.",
            Violation: "success, or a dead session",
            Source: "include/uapi/linux/vfio.h, enum vfio_device_mig_state, \"STOP_COPY -> PRE_COPY\"; drivers/vfio/vfio_main.c, vfio_mig_get_next_state()",
            Fault: "allow SC>PC; or kill session on refusal",
            Note: "On the kernel channel MIG-FSM-27 says where it may be asked."
        ),
        new(
            MIG_FSM_10,
            Strength.Must,
            UapiLevel.V6_1,
            Kernel | Socket | InProcess,
            Statement: "ERROR is not a legal target: EINVAL and no change (when not already in ERROR).",
            Violation: "state becomes ERROR",
            Source: "include/uapi/linux/vfio.h, enum vfio_device_mig_state, \"any -> ERROR\"",
            Fault: "accept ERROR"
        ),
        new(
            MIG_FSM_11,
            Strength.Must,
            UapiLevel.V6_1,
            Kernel | Socket | InProcess,
            OwedByCore: true,
            Statement: "Target values of 8 and above give EINVAL with no change.",
            Violation: "out-of-bounds access, or success",
            Source: "drivers/vfio/vfio_main.c, vfio_mig_get_next_state() (bounds of new_fsm)",
            Fault: "use > instead of >= in the bounds check (libvfio-user has exactly this off-by-one)",
            Note: "Asked with 8 itself (the boundary), 0x7fffffff and 0xffffffff."
        ),
        new(
            MIG_FSM_12,
            Strength.Must,
            UapiLevel.V6_1,
            Kernel | Socket | InProcess,
            Statement: "Unsupported optional targets give EINVAL with no effect on device or session.",
            Violation: "success, or the device stopped",
            Source: "include/uapi/linux/vfio.h, enum vfio_device_mig_state (optional states); drivers/vfio/vfio_main.c, vfio_mig_get_next_state()",
            Fault: "side effect before the check (xe in Linux 7.2 stops the VF here)",
            Note: "xe of Linux 7.2 stops the VF before it refuses."
        ),
        new(
            MIG_FSM_13,
            Strength.Must,
            UapiLevel.V6_1,
            Kernel | Socket | InProcess,
            Statement: "On failure the reported state is the origin, an intermediate step of the path, or ERROR (target only in the case of MIG-FD-23).",
            Violation: "any other state",
            Source: "include/uapi/linux/vfio.h, struct vfio_device_feature_mig_state (failure)",
            Fault: "on failure park in unrelated state"
        ),
        new(
            MIG_FSM_14,
            Strength.MustCore,
            UapiLevel.V6_1,
            Kernel | InProcess,
            OwedByCore: true,
            Statement: "A SET that reached the driver and failed returns a non-zero errno and data_fd = -1 in the copied-out struct. Not covered: "
                + "requests refused by the envelope checks and a failing GET (payload untouched), EMFILE/ENFILE (payload untouched, MIG-FD-23), failed "
                + "copy-out.",
            Violation: "0 with wrong state; fd left valid",
            Source: "drivers/vfio/vfio_main.c, vfio_ioctl_device_feature_mig_device_state()",
            Fault: "return 0 on internal failure"
        ),
        new(
            MIG_FSM_15,
            Strength.Should,
            UapiLevel.V6_1,
            Kernel | Socket | InProcess,
            Statement: "After a failure not ending in ERROR the user can request the origin, RUNNING, STOP or any other state again.",
            Violation: "device wedged, only reset helps",
            Source: "include/uapi/linux/vfio.h, struct vfio_device_feature_mig_state (failure)",
            Fault: "latch failure"
        ),
        new(
            MIG_FSM_16,
            Strength.Must,
            UapiLevel.V6_1,
            Kernel | Socket | InProcess,
            Statement: "After a failure of any kind a RESET that returns 0 brings RUNNING (MIG-ERR-03).",
            Violation: "reset refused",
            Source: "include/uapi/linux/vfio.h, enum vfio_device_mig_state, \"any -> ERROR\"; VFIO_DEVICE_RESET",
            Fault: "reset fails after error"
        ),
        new(
            MIG_FSM_17,
            Strength.MustCore,
            UapiLevel.V6_1,
            Kernel | InProcess,
            Statement: "Concurrent SET and GET requests serialise: the results equal some serial order; no torn state; no second session.",
            Violation: "impossible result pair, two live saving fds",
            Source: "drivers/vfio/pci/hisilicon/hisi_acc_vfio_pci.c, hisi_acc_vfio_pci_set_device_state() (state_mutex)",
            Fault: "remove lock",
            Note: "Only calls that overlap can show it."
        ),
        new(
            MIG_FSM_18,
            Strength.Should,
            UapiLevel.V6_1,
            Kernel | InProcess,
            Statement: "Intermediate states of a successful combination are not observable.",
            Violation: "GET during long RU>SC shows ST",
            Source: "include/uapi/linux/vfio.h, enum vfio_device_mig_state, \"combinations of the above FSM arcs\" (\"invisible to the user\")",
            Fault: "publish each step"
        ),
        new(
            MIG_FSM_19,
            Strength.Must,
            UapiLevel.V6_1,
            Kernel | Socket | InProcess,
            Statement: "Arcs may be walked any number of times in any legal order without degradation or leak.",
            Violation: "later walk fails; fd/memory growth",
            Source: "include/uapi/linux/vfio.h, enum vfio_device_mig_state (arcs, none of them for one use)",
            Fault: "fail on 2nd save"
        ),
        new(
            MIG_FSM_20,
            Strength.Convention,
            UapiLevel.V6_1,
            Kernel | Socket | InProcess,
            Statement: "Closing the last device fd and reopening gives RUNNING with no session.",
            Violation: "other state",
            Source: "drivers/vfio/pci/hisilicon/hisi_acc_vfio_pci.c, hisi_acc_vfio_pci_open_device(); drivers/vfio/pci/mlx5/main.c, mlx5vf_pci_open_device()",
            Fault: "keep state over reopen"
        ),
        new(
            MIG_FSM_21,
            Strength.Must,
            UapiLevel.V6_1,
            Kernel | Socket | InProcess,
            Statement: "GET works in every state including ERROR.",
            Violation: "errno",
            Source: "include/uapi/linux/vfio.h, struct vfio_device_feature_mig_state (GET)",
            Fault: "EIO on GET in ERROR"
        ),
        new(
            MIG_FSM_22,
            Strength.Must,
            UapiLevel.V6_1,
            Kernel | Socket | InProcess,
            Statement: "Feature queries, IRQ setup, DMA logging calls and data-fd I/O never move the state machine in any state; region reads and writes "
                + "never move it in RU and PC. In RP, PP, ST, SC and RS a region access is the user's fault, and the quiescent state may be left then.",
            Violation: "state differs",
            Source: "include/uapi/linux/vfio.h, struct vfio_device_feature_mig_state (no asynchronous transitions); enum vfio_device_mig_state, \"peer "
                + "to peer (P2P) quiescent state\" (\"must not touch the device\")",
            Fault: "DATA_SIZE query returns the device to RU",
            Note: "A changed state or renewed activity after such an access is a warning, not a violation."
        ),
        new(
            MIG_FSM_23,
            Strength.Must,
            UapiLevel.V6_1,
            InProcess | NeedsTrace,
            Statement: "Optional arcs disappear with the feature: without P2P, RU>ST and ST>RU are single arcs; without PRE_COPY no arc touches PC/PP; "
                + "with PRE_COPY and no P2P, PC>SC is a single arc.",
            Violation: "arc trace through unsupported state",
            Source: "drivers/vfio/vfio_main.c, vfio_mig_get_next_state() (state_flags_table)",
            Fault: "go through RP on F5"
        ),
        new(
            MIG_FSM_24,
            Strength.Must,
            UapiLevel.V6_1,
            Kernel | InProcess,
            Statement: "Data-fd I/O and state requests from different threads do not deadlock; a SET that ends a session completes even while a reader "
                + "or writer is blocked on it.",
            Violation: "hang",
            Source: "drivers/vfio/pci/mlx5/main.c, mlx5vf_disable_fd(); drivers/vfio/pci/hisilicon/hisi_acc_vfio_pci.c, hisi_acc_vf_disable_fd()",
            Fault: "hold session lock over blocking read",
            Note: "Only calls that overlap can show it. xe keeps the session lock during a blocking read, so there the SET waits for the producer: "
                + "bounded, a warning."
        ),
        new(
            MIG_FSM_25,
            Strength.May,
            UapiLevel.V6_1,
            Kernel,
            Statement: "A SET may be interrupted by a signal (EINTR) and leave any state on the path.",
            Violation: "none: latitude of the driver",
            Source: "drivers/vfio/pci/mlx5/main.c, mlx5vf_pci_set_device_state(); drivers/vfio/pci/xe/main.c",
            Uncheckable: "latitude: the oracle accepts an interrupted SET"
        ),
        new(
            MIG_FSM_26,
            Strength.MustCore,
            UapiLevel.V6_1,
            Kernel | InProcess,
            OwedByCore: true,
            Statement: "On SET the device_state word of the payload comes back as requested, on success and on failure alike; it never reports the "
                + "reached state. Users learn the state by GET only.",
            Violation: "the word comes back as the reached state",
            Source: "drivers/vfio/vfio_main.c, vfio_ioctl_device_feature_mig_device_state()",
            Fault: "write reached state into a failed SET"
        ),
        new(
            MIG_FSM_27,
            Strength.Must,
            UapiLevel.V6_1,
            Kernel | Socket | InProcess | KernelConditional,
            Statement: "Refusal of an illegal or blocked request returns in bounded time: the blocked arcs, ERROR, unsupported and out-of-range targets "
                + "from every state.",
            Violation: "SET never returns (kernel cores before the fix: SC>PC, SC>PP)",
            Source: "include/uapi/linux/vfio.h, enum vfio_device_mig_state, \"STOP_COPY -> PRE_COPY\"; drivers/vfio/vfio_main.c, vfio_mig_get_next_state()",
            Fault: "loop while next state is ERROR",
            Note: "Kernel cores from level 6.2 on, up to 6.12.95 in the 6.12 series and before 7.2, loop for ever inside SET on SC>PC and SC>PP with F5 "
                + "and F7; on the kernel channel these two are asked last, in a throw-away guest with a watchdog."
        ),
    ];
}
