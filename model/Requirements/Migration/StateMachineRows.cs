using Conformance.Model.Contract;
using static Conformance.Model.Contract.Channels;

namespace Conformance.Model.Requirements;

// States, arcs, paths and refusals of feature 2.
public readonly partial record struct RequirementId
{
    public static readonly RequirementId MIG_FSM_01 = Row(
        Strength.Must,
        UapiLevel.V6_1,
        Kernel | InProcess,
        statement: "GET of feature 2 returns the current state and data_fd = -1.",
        violation: "data_fd >= 0",
        source: "include/uapi/linux/vfio.h, struct vfio_device_feature_mig_state (GET)",
        fault: "return old fd on GET",
        note: "On the socket channel libvfio-user returns 0 in data_fd."
    );

    public static readonly RequirementId MIG_FSM_02 = Row(
        Strength.Must,
        UapiLevel.V6_1,
        Kernel | Socket | InProcess,
        statement: "The reported state is a supported state of the feature set, or ERROR.",
        violation: "value 5, 6 or 7 when unsupported, or a value >= 8",
        source: "include/uapi/linux/vfio.h, enum vfio_device_mig_state; struct vfio_device_feature_mig_state",
        fault: "report RP on F1",
        note: "A value of 8 or more after a failure on a kernel newer than the kit is an unknown newer state, not a violation."
    );

    public static readonly RequirementId MIG_FSM_03 = Row(
        Strength.MustCore,
        UapiLevel.V6_1,
        Kernel | Socket | InProcess,
        statement: "In any state but ERROR (MIG-ERR-15), SET to the current state succeeds, does nothing, returns no fd, keeps an open session and "
            + "its position.",
        violation: "error, new fd, session killed",
        source: "drivers/vfio/vfio_main.c, vfio_mig_get_next_state() (diagonal of the table); drivers/vfio/pci/hisilicon/hisi_acc_vfio_pci.c, "
            + "hisi_acc_vfio_pci_set_device_state() (its loop)",
        fault: "reopen session on SC>SC"
    );

    public static readonly RequirementId MIG_FSM_04 = Row(
        Strength.Must,
        UapiLevel.V6_1,
        Kernel | Socket | InProcess,
        statement: "A successful SET leaves the device exactly in the requested state before returning.",
        violation: "GET right after differs",
        source: "include/uapi/linux/vfio.h, struct vfio_device_feature_mig_state (SET)",
        fault: "return 0 one arc early"
    );

    public static readonly RequirementId MIG_FSM_05 = Row(
        Strength.Must,
        UapiLevel.V6_1,
        Kernel | Socket | InProcess,
        statement: "No state change happens without a user SET or a device reset.",
        violation: "GET sequence without SET changes",
        source: "include/uapi/linux/vfio.h, struct vfio_device_feature_mig_state (no asynchronous transitions)",
        fault: "timer moves PC to RU"
    );

    public static readonly RequirementId MIG_FSM_06 = Row(
        Strength.Must,
        UapiLevel.V6_1,
        Kernel | Socket | InProcess,
        statement: "Every direct arc of the feature set works.",
        violation: "EINVAL on a listed arc",
        source: "include/uapi/linux/vfio.h, enum vfio_device_mig_state (the arcs)",
        fault: "refuse one arc (one mutant per arc)"
    );

    public static readonly RequirementId MIG_FSM_07 = Row(
        Strength.Must,
        UapiLevel.V6_1,
        Kernel | Socket | InProcess,
        statement: "Every combination transition works and is equivalent to doing its arcs one by one (same end state, same fd behaviour, equivalent "
            + "device state).",
        violation: "direct request fails; results differ",
        source: "include/uapi/linux/vfio.h, enum vfio_device_mig_state, \"combinations of the above FSM arcs\"",
        fault: "reject multi-arc requests"
    );

    public static readonly RequirementId MIG_FSM_08 = Row(
        Strength.Must,
        UapiLevel.V6_1,
        Kernel | InProcess | NeedsTrace,
        statement: "The driver is taken through exactly the contracted path: the shortest one, with no state of the saving group in its interior "
            + "(exception PC>PP>SC).",
        violation: "arc trace differs (e.g. RU to SC through PC on F5)",
        source: "drivers/vfio/vfio_main.c, vfio_mig_get_next_state(); include/uapi/linux/vfio.h, enum vfio_device_mig_state, \"combinations of the "
            + "above FSM arcs\"",
        fault: "route RU>PC>SC"
    );

    public static readonly RequirementId MIG_FSM_09 = Row(
        Strength.Must,
        UapiLevel.V6_1,
        Kernel | Socket | InProcess,
        statement: "SC>PC and SC>PP are refused (EINVAL from the core); the state stays SC, session and position are untouched.",
        violation: "success, or a dead session",
        source: "include/uapi/linux/vfio.h, enum vfio_device_mig_state, \"STOP_COPY -> PRE_COPY\"; drivers/vfio/vfio_main.c, vfio_mig_get_next_state()",
        fault: "allow SC>PC; or kill session on refusal",
        note: "On the kernel channel MIG-FSM-27 says where it may be asked."
    );

    public static readonly RequirementId MIG_FSM_10 = Row(
        Strength.Must,
        UapiLevel.V6_1,
        Kernel | Socket | InProcess,
        statement: "ERROR is not a legal target: EINVAL and no change (when not already in ERROR).",
        violation: "state becomes ERROR",
        source: "include/uapi/linux/vfio.h, enum vfio_device_mig_state, \"any -> ERROR\"",
        fault: "accept ERROR"
    );

    public static readonly RequirementId MIG_FSM_11 = Row(
        Strength.Must,
        UapiLevel.V6_1,
        Kernel | Socket | InProcess,
        owedByCore: true,
        statement: "Target values of 8 and above give EINVAL with no change.",
        violation: "out-of-bounds access, or success",
        source: "drivers/vfio/vfio_main.c, vfio_mig_get_next_state() (bounds of new_fsm)",
        fault: "use > instead of >= in the bounds check (libvfio-user has exactly this off-by-one)",
        note: "Asked with 8 itself (the boundary), 0x7fffffff and 0xffffffff."
    );

    public static readonly RequirementId MIG_FSM_12 = Row(
        Strength.Must,
        UapiLevel.V6_1,
        Kernel | Socket | InProcess,
        statement: "Unsupported optional targets give EINVAL with no effect on device or session.",
        violation: "success, or the device stopped",
        source: "include/uapi/linux/vfio.h, enum vfio_device_mig_state (optional states); drivers/vfio/vfio_main.c, vfio_mig_get_next_state()",
        fault: "side effect before the check (xe in Linux 7.2 stops the VF here)",
        note: "xe of Linux 7.2 stops the VF before it refuses."
    );

    public static readonly RequirementId MIG_FSM_13 = Row(
        Strength.Must,
        UapiLevel.V6_1,
        Kernel | Socket | InProcess,
        statement: "On failure the reported state is the origin, an intermediate step of the path, or ERROR (target only in the case of MIG-FD-23).",
        violation: "any other state",
        source: "include/uapi/linux/vfio.h, struct vfio_device_feature_mig_state (failure)",
        fault: "on failure park in unrelated state"
    );

    public static readonly RequirementId MIG_FSM_14 = Row(
        Strength.MustCore,
        UapiLevel.V6_1,
        Kernel | InProcess,
        owedByCore: true,
        statement: "A SET that reached the driver and failed returns a non-zero errno and data_fd = -1 in the copied-out struct. Not covered: "
            + "requests refused by the envelope checks and a failing GET (payload untouched), EMFILE/ENFILE (payload untouched, MIG-FD-23), failed "
            + "copy-out.",
        violation: "0 with wrong state; fd left valid",
        source: "drivers/vfio/vfio_main.c, vfio_ioctl_device_feature_mig_device_state()",
        fault: "return 0 on internal failure"
    );

    public static readonly RequirementId MIG_FSM_15 = Row(
        Strength.Should,
        UapiLevel.V6_1,
        Kernel | Socket | InProcess,
        statement: "After a failure not ending in ERROR the user can request the origin, RUNNING, STOP or any other state again.",
        violation: "device wedged, only reset helps",
        source: "include/uapi/linux/vfio.h, struct vfio_device_feature_mig_state (failure)",
        fault: "latch failure"
    );

    public static readonly RequirementId MIG_FSM_16 = Row(
        Strength.Must,
        UapiLevel.V6_1,
        Kernel | Socket | InProcess,
        statement: "After a failure of any kind a RESET that returns 0 brings RUNNING (MIG-ERR-03).",
        violation: "reset refused",
        source: "include/uapi/linux/vfio.h, enum vfio_device_mig_state, \"any -> ERROR\"; VFIO_DEVICE_RESET",
        fault: "reset fails after error"
    );

    public static readonly RequirementId MIG_FSM_17 = Row(
        Strength.MustCore,
        UapiLevel.V6_1,
        Kernel | InProcess,
        statement: "Concurrent SET and GET requests serialise: the results equal some serial order; no torn state; no second session.",
        violation: "impossible result pair, two live saving fds",
        source: "drivers/vfio/pci/hisilicon/hisi_acc_vfio_pci.c, hisi_acc_vfio_pci_set_device_state() (state_mutex)",
        fault: "remove lock",
        note: "Only calls that overlap can show it."
    );

    public static readonly RequirementId MIG_FSM_18 = Row(
        Strength.Should,
        UapiLevel.V6_1,
        Kernel | InProcess,
        statement: "Intermediate states of a successful combination are not observable.",
        violation: "GET during long RU>SC shows ST",
        source: "include/uapi/linux/vfio.h, enum vfio_device_mig_state, \"combinations of the above FSM arcs\" (\"invisible to the user\")",
        fault: "publish each step"
    );

    public static readonly RequirementId MIG_FSM_19 = Row(
        Strength.Must,
        UapiLevel.V6_1,
        Kernel | Socket | InProcess,
        statement: "Arcs may be walked any number of times in any legal order without degradation or leak.",
        violation: "later walk fails; fd/memory growth",
        source: "include/uapi/linux/vfio.h, enum vfio_device_mig_state (arcs, none of them for one use)",
        fault: "fail on 2nd save"
    );

    public static readonly RequirementId MIG_FSM_20 = Row(
        Strength.Convention,
        UapiLevel.V6_1,
        Kernel | Socket | InProcess,
        statement: "Closing the last device fd and reopening gives RUNNING with no session.",
        violation: "other state",
        source: "drivers/vfio/pci/hisilicon/hisi_acc_vfio_pci.c, hisi_acc_vfio_pci_open_device(); drivers/vfio/pci/mlx5/main.c, mlx5vf_pci_open_device()",
        fault: "keep state over reopen"
    );

    public static readonly RequirementId MIG_FSM_21 = Row(
        Strength.Must,
        UapiLevel.V6_1,
        Kernel | Socket | InProcess,
        statement: "GET works in every state including ERROR.",
        violation: "errno",
        source: "include/uapi/linux/vfio.h, struct vfio_device_feature_mig_state (GET)",
        fault: "EIO on GET in ERROR"
    );

    public static readonly RequirementId MIG_FSM_22 = Row(
        Strength.Must,
        UapiLevel.V6_1,
        Kernel | Socket | InProcess,
        statement: "Feature queries, IRQ setup, DMA logging calls and data-fd I/O never move the state machine in any state; region reads and writes "
            + "never move it in RU and PC. In RP, PP, ST, SC and RS a region access is the user's fault, and the quiescent state may be left then.",
        violation: "state differs",
        source: "include/uapi/linux/vfio.h, struct vfio_device_feature_mig_state (no asynchronous transitions); enum vfio_device_mig_state, \"peer "
            + "to peer (P2P) quiescent state\" (\"must not touch the device\")",
        fault: "DATA_SIZE query returns the device to RU",
        note: "A changed state or renewed activity after such an access is a warning, not a violation."
    );

    public static readonly RequirementId MIG_FSM_23 = Row(
        Strength.Must,
        UapiLevel.V6_1,
        InProcess | NeedsTrace,
        statement: "Optional arcs disappear with the feature: without P2P, RU>ST and ST>RU are single arcs; without PRE_COPY no arc touches PC/PP; "
            + "with PRE_COPY and no P2P, PC>SC is a single arc.",
        violation: "arc trace through unsupported state",
        source: "drivers/vfio/vfio_main.c, vfio_mig_get_next_state() (state_flags_table)",
        fault: "go through RP on F5"
    );

    public static readonly RequirementId MIG_FSM_24 = Row(
        Strength.Must,
        UapiLevel.V6_1,
        Kernel | InProcess,
        statement: "Data-fd I/O and state requests from different threads do not deadlock; a SET that ends a session completes even while a reader "
            + "or writer is blocked on it.",
        violation: "hang",
        source: "drivers/vfio/pci/mlx5/main.c, mlx5vf_disable_fd(); drivers/vfio/pci/hisilicon/hisi_acc_vfio_pci.c, hisi_acc_vf_disable_fd()",
        fault: "hold session lock over blocking read",
        note: "Only calls that overlap can show it. xe keeps the session lock during a blocking read, so there the SET waits for the producer: "
            + "bounded, a warning."
    );

    public static readonly RequirementId MIG_FSM_25 = Row(
        Strength.May,
        UapiLevel.V6_1,
        Kernel,
        statement: "A SET may be interrupted by a signal (EINTR) and leave any state on the path.",
        violation: "none: latitude of the driver",
        source: "drivers/vfio/pci/mlx5/main.c, mlx5vf_pci_set_device_state(); drivers/vfio/pci/xe/main.c",
        uncheckable: "latitude: the oracle accepts an interrupted SET",
        note: "Nobody can tell from outside whether there was a signal. After EINTR the state is asked for and the request made again (E-37); "
            + "what is interrupted a hundred times breaks MIG-FSM-06."
    );

    public static readonly RequirementId MIG_FSM_26 = Row(
        Strength.MustCore,
        UapiLevel.V6_1,
        Kernel | InProcess,
        owedByCore: true,
        statement: "On SET the device_state word of the payload comes back as requested, on success and on failure alike; it never reports the "
            + "reached state. Users learn the state by GET only.",
        violation: "the word comes back as the reached state",
        source: "drivers/vfio/vfio_main.c, vfio_ioctl_device_feature_mig_device_state()",
        fault: "write reached state into a failed SET"
    );

    public static readonly RequirementId MIG_FSM_27 = Row(
        Strength.Must,
        UapiLevel.V6_1,
        Kernel | Socket | InProcess | KernelConditional,
        statement: "Refusal of an illegal or blocked request returns in bounded time: the blocked arcs, ERROR, unsupported and out-of-range targets "
            + "from every state.",
        violation: "SET never returns (kernel cores before the fix: SC>PC, SC>PP)",
        source: "include/uapi/linux/vfio.h, enum vfio_device_mig_state, \"STOP_COPY -> PRE_COPY\"; drivers/vfio/vfio_main.c, vfio_mig_get_next_state()",
        fault: "loop while next state is ERROR",
        note: "Kernel cores from level 6.2 on, up to 6.12.95 in the 6.12 series and before 7.2, loop for ever inside SET on SC>PC and SC>PP with F5 "
            + "and F7; on the kernel channel these two are asked last, in a throw-away guest with a watchdog."
    );
}
