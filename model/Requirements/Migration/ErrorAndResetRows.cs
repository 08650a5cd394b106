using Conformance.Model.Contract;
using static Conformance.Model.Contract.Channels;

namespace Conformance.Model.Requirements;

// The ERROR state, the ways out of it, and what a reset does.
public readonly partial record struct RequirementId
{
    public static readonly RequirementId MIG_ERR_01 = Row(
        Strength.Must,
        UapiLevel.V6_1,
        Kernel | Socket | InProcess,
        statement: "In ERROR every SET to another state fails and state stays ERROR. errno: EINVAL (core) or EIO (pds).",
        violation: "leaves ERROR by SET",
        source: "include/uapi/linux/vfio.h, enum vfio_device_mig_state, \"any -> ERROR\"; drivers/vfio/vfio_main.c, vfio_mig_get_next_state()",
        fault: "allow ER>RU"
    );

    public static readonly RequirementId MIG_ERR_02 = Row(
        Strength.Must,
        UapiLevel.V6_1,
        Kernel | Socket | InProcess,
        statement: "ERROR is entered only by a failing SET (or is the aftermath of one).",
        violation: "GET shows ERROR with no failed SET (pds firmware recovery: known deviation)",
        source: "include/uapi/linux/vfio.h, enum vfio_device_mig_state, \"any -> ERROR\"",
        fault: "asynchronous ERROR"
    );

    public static readonly RequirementId MIG_ERR_03 = Row(
        Strength.Must,
        UapiLevel.V6_1,
        Kernel | Socket | InProcess,
        statement: "A VFIO_DEVICE_RESET that returns 0, from any state including ERROR and RS, returns state to RUNNING.",
        violation: "other state",
        source: "include/uapi/linux/vfio.h, VFIO_DEVICE_RESET; enum vfio_device_mig_state, \"any -> ERROR\"",
        fault: "reset keeps state"
    );

    public static readonly RequirementId MIG_ERR_04 = Row(
        Strength.Must,
        UapiLevel.V6_1,
        Kernel | Socket | InProcess,
        statement: "Reset ends all sessions (MIG-FD-15).",
        violation: "live fd",
        source: "drivers/vfio/pci/hisilicon/hisi_acc_vfio_pci.c, hisi_acc_vf_pci_aer_reset_done()",
        fault: "forget sessions in reset (the fault of MIG-FD-15)"
    );

    public static readonly RequirementId MIG_ERR_05 = Row(
        Strength.May,
        UapiLevel.V6_1,
        Kernel | InProcess,
        statement: "The migration part of reset may be deferred to the end of a migration call running concurrently (that call applies it before it "
            + "releases the state). Observable rule: a GET started after RESET returned reports RUNNING (it may block until the other call ends); a GET "
            + "or SET overlapping RESET may still answer with the old state.",
        violation: "old state from a GET started after RESET returned",
        source: "drivers/vfio/pci/mlx5/main.c, mlx5vf_state_mutex_unlock(); samples/vfio-mdev/mtty.c, mtty_state_mutex_unlock()",
        fault: "lose deferred flag",
        note: "Only calls that overlap can show it."
    );

    public static readonly RequirementId MIG_ERR_06 = Row(
        Strength.Must,
        UapiLevel.V6_1,
        Kernel | InProcess,
        statement: "A SET overtaken by a reset may report success with the device in RUNNING and a dead fd; it must not leave a mixed state.",
        violation: "state SC with no session",
        source: "drivers/vfio/pci/mlx5/main.c, mlx5vf_state_mutex_unlock(); samples/vfio-mdev/mtty.c, mtty_state_mutex_unlock()",
        fault: "apply reset before state store",
        note: "Only calls that overlap can show it."
    );

    public static readonly RequirementId MIG_ERR_07 = Row(
        Strength.Must,
        UapiLevel.V6_1,
        Kernel | Socket | InProcess,
        statement: "After reset the device is usable: new migration, RU operation, MMIO.",
        violation: "later arcs fail",
        source: "include/uapi/linux/vfio.h, enum vfio_device_mig_state, \"any -> ERROR\"",
        fault: "stale error flag"
    );

    public static readonly RequirementId MIG_ERR_08 = Row(
        Strength.Must,
        UapiLevel.V6_1,
        Kernel | Socket | InProcess,
        statement: "Reset is idempotent and legal in RUNNING.",
        violation: "errno",
        source: "include/uapi/linux/vfio.h, VFIO_DEVICE_RESET",
        fault: "second reset fails"
    );

    public static readonly RequirementId MIG_ERR_09 = Row(
        Strength.Convention,
        UapiLevel.V6_1,
        Kernel | InProcess,
        statement: "Other reset routes (PCI hot reset, FLR by config write, close and reopen) also give RUNNING.",
        violation: "state kept",
        source: "drivers/vfio/pci/hisilicon/hisi_acc_vfio_pci.c, hisi_acc_vf_pci_aer_reset_done()",
        fault: "only hook RESET ioctl",
        note: "The header names only VFIO_DEVICE_RESET; mtty keeps the state over close and reopen."
    );

    public static readonly RequirementId MIG_ERR_10 = Row(
        Strength.Should,
        UapiLevel.V6_1,
        Kernel | Socket | InProcess,
        statement: "A failing arc keeps or restores the origin where possible; ERROR only if no valid state can be restored.",
        violation: "ERROR on plain EINVAL request",
        source: "include/uapi/linux/vfio.h, enum vfio_device_mig_state, \"any -> ERROR\"",
        fault: "go ERROR on invalid target",
        note: "Asked of requests that are refused. After an arc that failed only the driver knows whether a valid state could be restored, "
            + "so ERROR is right there (E-02); one that reports the origin has its content as well."
    );

    public static readonly RequirementId MIG_ERR_11 = Row(
        Strength.Must,
        UapiLevel.V6_1,
        Kernel | Socket | InProcess,
        statement: "Invalid requests (bad target, blocked pair, bad argsz) never change the state.",
        violation: "state changed",
        source: "include/uapi/linux/vfio.h, struct vfio_device_feature_mig_state (failure); drivers/vfio/vfio_main.c, vfio_mig_get_next_state()",
        fault: "partial walk before detecting block (must reject at first hop)"
    );

    public static readonly RequirementId MIG_ERR_12 = Row(
        Strength.Should,
        UapiLevel.V6_1,
        Kernel | Socket | InProcess,
        statement: "errno of a failed SET is meaningful: not ENOTTY (that means unsupported), not 0.",
        violation: "ENOTTY from a failed arc",
        source: "include/uapi/linux/vfio.h, VFIO_DEVICE_FEATURE (ENOTTY is for what is not supported)",
        fault: "return ENOTTY"
    );

    public static readonly RequirementId MIG_ERR_13 = Row(
        Strength.Must,
        UapiLevel.V6_1,
        Kernel | Socket | InProcess,
        statement: "Session fds in ERROR give 0 or an errno, no data that could be mistaken for a good stream.",
        violation: "data then EOF as if complete",
        source: "include/linux/vfio.h, struct vfio_migration_ops (migration_set_state)",
        fault: "report the end (0) after a failed save, indistinguishable from a complete stream, which is forbidden in SC"
    );

    public static readonly RequirementId MIG_ERR_14 = Row(
        Strength.Must,
        UapiLevel.V6_1,
        Kernel | Socket | InProcess,
        statement: "A save failure while streaming is reported as an errno by read, not as end of stream.",
        violation: "0 after partial data",
        source: "include/uapi/linux/vfio.h, VFIO_MIG_GET_PRECOPY_INFO (end of stream)",
        fault: "return 0 on save error"
    );

    public static readonly RequirementId MIG_ERR_15 = Row(
        Strength.May,
        UapiLevel.V6_1,
        Channels.None,
        statement: "SET ERROR while already in ERROR succeeds and does nothing (all drivers but pds), or gives an errno.",
        violation: "none: latitude of the driver",
        source: "drivers/vfio/vfio_main.c, vfio_mig_get_next_state(); drivers/vfio/pci/mlx5/main.c, mlx5vf_pci_set_device_state() (its loop)",
        uncheckable: "latitude: the oracle accepts success and an errno"
    );

    public static readonly RequirementId MIG_ERR_16 = Row(
        Strength.May,
        UapiLevel.V6_1,
        Channels.None,
        statement: "RESET may return EAGAIN (locks) or EINVAL (no reset method).",
        violation: "none: latitude of the driver",
        source: "drivers/vfio/pci/vfio_pci_core.c, vfio_pci_ioctl_reset(); samples/vfio-mdev/mtty.c, VFIO_DEVICE_GET_INFO",
        uncheckable: "latitude: the oracle accepts a refused RESET",
        note: "mtty supports RESET though its info flags lack the RESET bit."
    );

    public static readonly RequirementId MIG_ERR_17 = Row(
        Strength.MustCore,
        UapiLevel.V6_1,
        Kernel | InProcess,
        statement: "Opt-in of feature 12 (level 7.2) and DMA mappings survive reset; migration flags unchanged.",
        violation: "lost",
        source: "drivers/vfio/vfio_main.c, vfio_df_device_last_close() (opt-in dropped there and nowhere else); vfio_ioctl_device_feature_migration()",
        fault: "clear flags"
    );

    public static readonly RequirementId MIG_ERR_18 = Row(
        Strength.May,
        UapiLevel.V6_1,
        Channels.None,
        statement: "Whether DMA logging survives reset, and whether device registers keep user-visible content, is driver business.",
        violation: "none: latitude of the driver",
        source: "include/uapi/linux/vfio.h, VFIO_DEVICE_RESET (says nothing of either)",
        uncheckable: "latitude: the header is silent, both outcomes are accepted",
        note: "Logging is started again after a reset."
    );

    public static readonly RequirementId MIG_ERR_19 = Row(
        Strength.Must,
        UapiLevel.V6_1,
        Kernel | InProcess | KernelConditional,
        statement: "Close in any state, RS and an open session included, followed by re-open and any legal request, is safe: no crash, no state "
            + "without its session (a kept SC, PC, PP or RS state must still be leavable).",
        violation: "crash (mtty: closed in RS, re-opened, SET ST dereferences the missing session, measured), or a kept SC that can neither stream "
            + "nor end",
        source: "include/uapi/linux/vfio.h, enum vfio_device_mig_state; include/linux/vfio.h, struct vfio_migration_ops (migration_set_state)",
        fault: "clear the session but keep state RS",
        note: "On the kernel channel it is asked in a throw-away guest only."
    );
}
