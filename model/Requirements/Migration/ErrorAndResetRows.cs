using Conformance.Model.Contract;
using static Conformance.Model.Contract.Channels;
using static Conformance.Model.Requirements.RequirementId;

namespace Conformance.Model.Requirements;

/// <summary>The ERROR state, the ways out of it, and what a reset does.</summary>
internal static class ErrorAndResetRows
{
    internal static readonly Requirement[] Rows =
    [
        new(
            MIG_ERR_01,
            Strength.Must,
            UapiLevel.V6_1,
            Kernel | Socket | InProcess,
            Statement: "In ERROR every SET to another state fails and state stays ERROR. errno: EINVAL (core) or EIO (pds).",
            Violation: "leaves ERROR by SET",
            Source: "include/uapi/linux/vfio.h, enum vfio_device_mig_state, \"any -> ERROR\"; drivers/vfio/vfio_main.c, vfio_mig_get_next_state()",
            Fault: "allow ER>RU"
        ),
        new(
            MIG_ERR_02,
            Strength.Must,
            UapiLevel.V6_1,
            Kernel | Socket | InProcess,
            Statement: "ERROR is entered only by a failing SET (or is the aftermath of one).",
            Violation: "GET shows ERROR with no failed SET (pds firmware recovery: known deviation)",
            Source: "include/uapi/linux/vfio.h, enum vfio_device_mig_state, \"any -> ERROR\"",
            Fault: "asynchronous ERROR"
        ),
        new(
            MIG_ERR_03,
            Strength.Must,
            UapiLevel.V6_1,
            Kernel | Socket | InProcess,
            Statement: "A VFIO_DEVICE_RESET that returns 0, from any state including ERROR and RS, returns state to RUNNING.",
            Violation: "other state",
            Source: "include/uapi/linux/vfio.h, VFIO_DEVICE_RESET; enum vfio_device_mig_state, \"any -> ERROR\"",
            Fault: "reset keeps state"
        ),
        new(
            MIG_ERR_04,
            Strength.Must,
            UapiLevel.V6_1,
            Kernel | Socket | InProcess,
            Statement: "Reset ends all sessions (MIG-FD-15).",
            Violation: "live fd",
            Source: "drivers/vfio/pci/hisilicon/hisi_acc_vfio_pci.c, hisi_acc_vf_pci_aer_reset_done()",
            Fault: "forget sessions in reset (the fault of MIG-FD-15)"
        ),
        new(
            MIG_ERR_05,
            Strength.May,
            UapiLevel.V6_1,
            Kernel | InProcess,
            Statement: "The migration part of reset may be deferred to the end of a migration call running concurrently (that call applies it before it "
                + "releases the state). Observable rule: a GET started after RESET returned reports RUNNING (it may block until the other call ends); a GET "
                + "or SET overlapping RESET may still answer with the old state.",
            Violation: "old state from a GET started after RESET returned",
            Source: "drivers/vfio/pci/mlx5/main.c, mlx5vf_state_mutex_unlock(); samples/vfio-mdev/mtty.c, mtty_state_mutex_unlock()",
            Fault: "lose deferred flag",
            Note: "Only calls that overlap can show it."
        ),
        new(
            MIG_ERR_06,
            Strength.Must,
            UapiLevel.V6_1,
            Kernel | InProcess,
            Statement: "A SET overtaken by a reset may report success with the device in RUNNING and a dead fd; it must not leave a mixed state.",
            Violation: "state SC with no session",
            Source: "drivers/vfio/pci/mlx5/main.c, mlx5vf_state_mutex_unlock(); samples/vfio-mdev/mtty.c, mtty_state_mutex_unlock()",
            Fault: "apply reset before state store",
            Note: "Only calls that overlap can show it."
        ),
        new(
            MIG_ERR_07,
            Strength.Must,
            UapiLevel.V6_1,
            Kernel | Socket | InProcess,
            Statement: "After reset the device is usable: new migration, RU operation, MMIO.",
            Violation: "later arcs fail",
            Source: "include/uapi/linux/vfio.h, enum vfio_device_mig_state, \"any -> ERROR\"",
            Fault: "stale error flag"
        ),
        new(
            MIG_ERR_08,
            Strength.Must,
            UapiLevel.V6_1,
            Kernel | Socket | InProcess,
            Statement: "Reset is idempotent and legal in RUNNING.",
            Violation: "errno",
            Source: "include/uapi/linux/vfio.h, VFIO_DEVICE_RESET",
            Fault: "second reset fails"
        ),
        new(
            MIG_ERR_09,
            Strength.Convention,
            UapiLevel.V6_1,
            Kernel | InProcess,
            Statement: "Other reset routes (PCI hot reset, FLR by config write, close and reopen) also give RUNNING.",
            Violation: "state kept",
            Source: "drivers/vfio/pci/hisilicon/hisi_acc_vfio_pci.c, hisi_acc_vf_pci_aer_reset_done()",
            Fault: "only hook RESET ioctl",
            Note: "The header names only VFIO_DEVICE_RESET; mtty keeps the state over close and reopen."
        ),
        new(
            MIG_ERR_10,
            Strength.Should,
            UapiLevel.V6_1,
            Kernel | Socket | InProcess,
            Statement: "A failing arc keeps or restores the origin where possible; ERROR only if no valid state can be restored.",
            Violation: "ERROR on plain EINVAL request",
            Source: "include/uapi/linux/vfio.h, enum vfio_device_mig_state, \"any -> ERROR\"",
            Fault: "go ERROR on invalid target"
        ),
        new(
            MIG_ERR_11,
            Strength.Must,
            UapiLevel.V6_1,
            Kernel | Socket | InProcess,
            Statement: "Invalid requests (bad target, blocked pair, bad argsz) never change the state.",
            Violation: "state changed",
            Source: "include/uapi/linux/vfio.h, struct vfio_device_feature_mig_state (failure); drivers/vfio/vfio_main.c, vfio_mig_get_next_state()",
            Fault: "partial walk before detecting block (must reject at first hop)"
        ),
        new(
            MIG_ERR_12,
            Strength.Should,
            UapiLevel.V6_1,
            Kernel | Socket | InProcess,
            Statement: "errno of a failed SET is meaningful: not ENOTTY (that means unsupported), not 0.",
            Violation: "ENOTTY from a failed arc",
            Source: "include/uapi/linux/vfio.h, VFIO_DEVICE_FEATURE (ENOTTY is for what is not supported)",
            Fault: "return ENOTTY"
        ),
        new(
            MIG_ERR_13,
            Strength.Must,
            UapiLevel.V6_1,
            Kernel | Socket | InProcess,
            Statement: "Session fds in ERROR give 0 or an errno, no data that could be mistaken for a good stream.",
            Violation: "data then EOF as if complete",
            Source: "include/linux/vfio.h, struct vfio_migration_ops (migration_set_state)",
            Fault: "report the end (0) after a failed save, indistinguishable from a complete stream, which is forbidden in SC"
        ),
        new(
            MIG_ERR_14,
            Strength.Must,
            UapiLevel.V6_1,
            Kernel | Socket | InProcess,
            Statement: "A save failure while streaming is reported as an errno by read, not as end of stream.",
            Violation: "0 after partial data",
            Source: "include/uapi/linux/vfio.h, VFIO_MIG_GET_PRECOPY_INFO (end of stream)",
            Fault: "return 0 on save error"
        ),
        new(
            MIG_ERR_15,
            Strength.May,
            UapiLevel.V6_1,
            Channels.None,
            Statement: "SET ERROR while already in ERROR succeeds and does nothing (all drivers but pds), or gives an errno.",
            Violation: "none: latitude of the driver",
            Source: "drivers/vfio/vfio_main.c, vfio_mig_get_next_state(); drivers/vfio/pci/mlx5/main.c, mlx5vf_pci_set_device_state() (its loop)",
            Uncheckable: "latitude: the oracle accepts success and an errno"
        ),
        new(
            MIG_ERR_16,
            Strength.May,
            UapiLevel.V6_1,
            Channels.None,
            Statement: "RESET may return EAGAIN (locks) or EINVAL (no reset method).",
            Violation: "none: latitude of the driver",
            Source: "drivers/vfio/pci/vfio_pci_core.c, vfio_pci_ioctl_reset(); samples/vfio-mdev/mtty.c, VFIO_DEVICE_GET_INFO",
            Uncheckable: "latitude: the oracle accepts a refused RESET",
            Note: "mtty supports RESET though its info flags lack the RESET bit."
        ),
        new(
            MIG_ERR_17,
            Strength.MustCore,
            UapiLevel.V6_1,
            Kernel | InProcess,
            Statement: "Opt-in of feature 12 (level 7.2) and DMA mappings survive reset; migration flags unchanged.",
            Violation: "lost",
            Source: "drivers/vfio/vfio_main.c, vfio_df_device_last_close() (opt-in dropped there and nowhere else); vfio_ioctl_device_feature_migration()",
            Fault: "clear flags"
        ),
        new(
            MIG_ERR_18,
            Strength.May,
            UapiLevel.V6_1,
            Channels.None,
            Statement: "Whether DMA logging survives reset, and whether device registers keep user-visible content, is driver business.",
            Violation: "none: latitude of the driver",
            Source: "include/uapi/linux/vfio.h, VFIO_DEVICE_RESET (says nothing of either)",
            Uncheckable: "latitude: the header is silent, both outcomes are accepted",
            Note: "Logging is started again after a reset."
        ),
        new(
            MIG_ERR_19,
            Strength.Must,
            UapiLevel.V6_1,
            Kernel | InProcess | KernelConditional,
            Statement: "Close in any state, RS and an open session included, followed by re-open and any legal request, is safe: no crash, no state "
                + "without its session (a kept SC, PC, PP or RS state must still be leavable).",
            Violation: "crash (mtty: closed in RS, re-opened, SET ST dereferences the missing session, measured), or a kept SC that can neither stream "
                + "nor end",
            Source: "include/uapi/linux/vfio.h, enum vfio_device_mig_state; include/linux/vfio.h, struct vfio_migration_ops (migration_set_state)",
            Fault: "clear the session but keep state RS",
            Note: "On the kernel channel it is asked in a throw-away guest only."
        ),
    ];
}
