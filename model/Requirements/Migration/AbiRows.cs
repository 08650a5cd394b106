using Conformance.Model.Contract;
using static Conformance.Model.Contract.Channels;
using static Conformance.Model.Requirements.RequirementId;

namespace Conformance.Model.Requirements;

/// <summary>
/// The VFIO_DEVICE_FEATURE envelope: <c>{u32 argsz; u32 flags; u8 data[]}</c>. Flag bits 0..15 are the feature index, 16 GET, 17 SET, 18 PROBE;
/// 19..31 must be zero. The payload size is argsz - 8.
/// </summary>
internal static class AbiRows
{
    internal static readonly Requirement[] Rows =
    [
        new(
            ABI_01,
            Strength.Must,
            UapiLevel.V6_1,
            Kernel | Socket | InProcess,
            Statement: "The feature ioctl is request 0x3B75 on the device fd; payload starts at byte 8.",
            Violation: "a valid feature-1 GET with this layout fails, or flags land at another offset",
            Source: "include/uapi/linux/vfio.h, struct vfio_device_feature",
            Fault: "read payload at offset 16"
        ),
        new(
            ABI_02,
            Strength.Must,
            UapiLevel.V6_1,
            Kernel,
            OwedByCore: true,
            Statement: "Unreadable envelope gives EFAULT.",
            Violation: "other errno, crash",
            Source: "drivers/vfio/vfio_main.c, vfio_ioctl_device_feature()",
            Fault: "return EINVAL"
        ),
        new(
            ABI_03,
            Strength.Must,
            UapiLevel.V6_1,
            Kernel | Socket | InProcess,
            OwedByCore: true,
            Statement: "argsz below 8 gives EINVAL whatever the flags and index.",
            Violation: "success or ENOTTY",
            Source: "drivers/vfio/vfio_main.c, vfio_ioctl_device_feature()",
            Fault: "accept argsz 0..7"
        ),
        new(
            ABI_04,
            Strength.Must,
            UapiLevel.V6_1,
            Kernel | Socket | InProcess,
            OwedByCore: true,
            Statement: "Any flag bit in 19..31 gives EINVAL, also with PROBE.",
            Violation: "success",
            Source: "drivers/vfio/vfio_main.c, vfio_ioctl_device_feature()",
            Fault: "mask unknown bits off"
        ),
        new(
            ABI_05,
            Strength.Must,
            UapiLevel.V6_1,
            Kernel | Socket | InProcess,
            OwedByCore: true,
            Statement: "GET and SET together without PROBE gives EINVAL, even for an unknown index.",
            Violation: "success, or ENOTTY",
            Source: "drivers/vfio/vfio_main.c, vfio_ioctl_device_feature()",
            Fault: "treat as GET"
        ),
        new(
            ABI_06,
            Strength.Must,
            UapiLevel.V6_1,
            Kernel | Socket | InProcess,
            OwedByCore: true,
            Statement: "None of GET/SET/PROBE on a supported feature gives EINVAL (on an unsupported one ENOTTY).",
            Violation: "success",
            Source: "include/linux/vfio.h, vfio_check_feature()",
            Fault: "default to GET"
        ),
        new(
            ABI_07,
            Strength.Must,
            UapiLevel.V6_1,
            Kernel | Socket | InProcess,
            Statement: "PROBE alone on a supported feature returns 0, needs no payload (argsz 8 is enough), writes nothing to the payload.",
            Violation: "error, or payload bytes changed",
            Source: "include/uapi/linux/vfio.h, VFIO_DEVICE_FEATURE",
            Fault: "demand payload on PROBE"
        ),
        new(
            ABI_08,
            Strength.Must,
            UapiLevel.V6_1,
            Kernel | Socket | InProcess,
            Statement: "PROBE with GET and/or SET returns 0 only if every indicated method is supported, else EINVAL.",
            Violation: "PROBE+SET on feature 1, 8, 9 succeeds; PROBE+GET+SET on feature 2 fails",
            Source: "include/uapi/linux/vfio.h, VFIO_DEVICE_FEATURE",
            Fault: "ignore method bits on PROBE"
        ),
        new(
            ABI_09,
            Strength.Must,
            UapiLevel.V6_1,
            Kernel | Socket | InProcess,
            Statement: "PROBE has no side effect: PROBE+SET on feature 2 does not move the state machine, on 6 does not start logging, on 12 (level 7.2) "
                + "does not opt in; PROBE+GET on 8 does not clear the log.",
            Violation: "state, logging or dirty bits changed afterwards",
            Source: "include/linux/vfio.h, vfio_check_feature() (order of its checks)",
            Fault: "perform SET on PROBE+SET"
        ),
        new(
            ABI_10,
            Strength.Must,
            UapiLevel.V6_1,
            Kernel | Socket | InProcess,
            Statement: "A GET or SET that the feature does not offer gives EINVAL. Features 1, 8 and 9 offer GET, features 6, 7 and 12 SET, feature 2 both.",
            Violation: "SET on 1, 8 or 9, or GET on 6, 7 or 12, is accepted",
            Source: "include/linux/vfio.h, vfio_check_feature()",
            Fault: "accept GET on 6"
        ),
        new(
            ABI_11,
            Strength.Must,
            UapiLevel.V6_1,
            Kernel | Socket | InProcess,
            Statement: "Without PROBE, a payload shorter than the minimum gives EINVAL and no action. The minimum is 8 bytes for features 1, 2 and 9, 24 "
                + "for 6, 32 for 8, and 0 for 7 and 12.",
            Violation: "SET on 2 with argsz 12 moves the FSM",
            Source: "include/linux/vfio.h, vfio_check_feature()",
            Fault: "only check that argsz is at least 8"
        ),
        new(
            ABI_12,
            Strength.Must,
            UapiLevel.V6_1,
            Kernel | Socket | InProcess,
            Statement: "A larger argsz than needed is accepted; bytes past the known struct are neither interpreted nor written.",
            Violation: "EINVAL or E2BIG; guard bytes changed",
            Source: "include/uapi/linux/vfio.h, struct vfio_device_feature (argsz may grow)",
            Fault: "reject argsz != exact"
        ),
        new(
            ABI_13,
            Strength.MustCore,
            UapiLevel.V6_1,
            Kernel | InProcess,
            OwedByCore: true,
            Statement: "Features 1, 2 and 9 (9 from level 6.2) on a device without migration support give ENOTTY for every combination of GET, SET and "
                + "PROBE that passes the envelope checks (argsz, flag bits, not GET and SET without PROBE).",
            Violation: "EINVAL, or success with flags 0",
            Source: "drivers/vfio/vfio_main.c, vfio_ioctl_device_feature_migration(), vfio_ioctl_device_feature_mig_device_state() and "
                + "vfio_ioctl_device_feature_migration_data_size()",
            Fault: "return success with flags 0"
        ),
        new(
            ABI_14,
            Strength.MustCore,
            UapiLevel.V6_1,
            Kernel | InProcess,
            OwedByCore: true,
            Statement: "Features 6, 7, 8 without logging support give ENOTTY.",
            Violation: "START succeeds or EINVAL",
            Source: "drivers/vfio/vfio_main.c, vfio_ioctl_device_feature_logging_start(), vfio_ioctl_device_feature_logging_stop() and "
                + "vfio_ioctl_device_feature_logging_report()",
            Fault: "accept START as no-op"
        ),
        new(
            ABI_15,
            Strength.MustCore,
            UapiLevel.V6_1,
            Kernel | InProcess,
            Statement: "An unknown feature index gives ENOTTY (with legal flags), also with no method bit and with PROBE. Below level 7.2 index 12, "
                + "below 6.2 index 9 count as unknown.",
            Violation: "EINVAL or success",
            Source: "drivers/vfio/vfio_main.c, vfio_ioctl_device_feature() (default); drivers/vfio/pci/vfio_pci_core.c, vfio_pci_core_ioctl_feature() "
                + "(default)",
            Fault: "return 0",
            Note: "The index is taken far away (0x7777, 0xFFFF), never \"highest known + 1\": a newer kernel may know that one."
        ),
        new(
            ABI_16,
            Strength.MustCore,
            UapiLevel.V7_2,
            Kernel | InProcess,
            OwedByCore: true,
            Statement: "Level 7.2 only: feature 12 on a device without PRE_COPY gives EINVAL (not ENOTTY) for every method combination, also for PROBE "
                + "and also when there is no migration support at all. Below level 7.2 ABI-15 applies: ENOTTY, with or without PRE_COPY.",
            Violation: "level 7.2: success or ENOTTY; older: success or EINVAL",
            Source: "drivers/vfio/vfio_main.c, handler of VFIO_DEVICE_FEATURE_MIG_PRECOPY_INFOv2",
            Fault: "accept on F1/F3"
        ),
        new(
            ABI_17,
            Strength.Must,
            UapiLevel.V6_1,
            Kernel,
            Statement: "An unreadable or unwritable payload gives EFAULT. For SET on feature 2 the copy-out happens after the transition, so the state "
                + "may have moved (MIG-FD-23).",
            Violation: "success without data",
            Source: "drivers/vfio/vfio_main.c, vfio_ioctl_device_feature() and the handlers it calls (copy_from_user, copy_to_user)",
            Fault: "swallow copy errors"
        ),
        new(
            ABI_18,
            Strength.Must,
            UapiLevel.V6_6,
            Kernel,
            OwedByCore: true,
            Statement: "On a cdev fd every ioctl (other than BIND itself), read, write and mmap before a successful BIND_IOMMUFD gives EINVAL.",
            Violation: "feature GET works before bind",
            Source: "drivers/vfio/vfio_main.c, vfio_device_fops_unl_ioctl()",
            Fault: "skip access check"
        ),
        new(
            ABI_19,
            Strength.MustCore,
            UapiLevel.V6_1,
            Kernel | InProcess,
            Statement: "The envelope words argsz and flags are never written back. A socket server may write argsz in its replies.",
            Violation: "argsz or flags changed after the call",
            Source: "drivers/vfio/vfio_main.c, vfio_ioctl_device_feature()",
            Fault: "write back argsz"
        ),
        new(
            ABI_20,
            Strength.Must,
            UapiLevel.V6_2,
            Kernel,
            Statement: "GET_PRECOPY_INFO (0x3B79) is an ioctl of the data fd, not of the device fd (there: ENOTTY for PCI drivers).",
            Violation: "success on device fd",
            Source: "include/uapi/linux/vfio.h, VFIO_MIG_GET_PRECOPY_INFO",
            Fault: "implement it on device fd"
        ),
        new(
            ABI_21,
            Strength.Must,
            UapiLevel.V6_2,
            Kernel | InProcess,
            Statement: "An unknown ioctl on a saving data fd gives ENOTTY.",
            Violation: "EINVAL or success",
            Source: "include/linux/vfio.h, vfio_check_precopy_ioctl() (level 7.2); before, the unlocked_ioctl of each driver, "
                + "drivers/vfio/pci/mlx5/main.c, mlx5vf_precopy_ioctl()",
            Fault: "return 0",
            Note: "The number is a VFIO one such as 0x3B3F: generic file ioctls are answered by the VFS."
        ),
        new(
            ABI_22,
            Strength.Must,
            UapiLevel.V6_2,
            Kernel | InProcess,
            Statement: "GET_PRECOPY_INFO: fewer than 24 readable bytes gives EFAULT; argsz < 24 gives EINVAL; both before the state check; larger argsz "
                + "accepted. Readability is tested first: 8 readable bytes holding argsz 8 give EFAULT.",
            Violation: "accepted",
            Source: "include/linux/vfio.h, vfio_check_precopy_ioctl() (level 7.2); before, the unlocked_ioctl of each driver, "
                + "drivers/vfio/pci/mlx5/main.c, mlx5vf_precopy_ioctl()",
            Fault: "skip argsz check"
        ),
        new(
            ABI_23,
            Strength.MustCore,
            UapiLevel.V6_1,
            Kernel,
            Statement: "32-bit callers see identical layouts: all 64-bit members are 8-aligned, and device fds and saving fds have a compat pointer ioctl.",
            Violation: "a 32-bit build of the caller fails",
            Source: "include/uapi/linux/vfio.h, struct vfio_device_feature, struct vfio_device_feature_mig_state and struct vfio_precopy_info (aligned "
                + "members)",
            Uncheckable: "static layout: covered by the layout tests, and not observable with one machine word size"
        ),
        new(
            ABI_24,
            Strength.MustCore,
            UapiLevel.V6_1,
            Kernel | InProcess,
            Statement: "Garbage in data_fd and device_state on GET, in data_fd on SET, and in the reserved word of the START payload is ignored on input.",
            Violation: "EINVAL when they hold garbage",
            Source: "drivers/vfio/vfio_main.c, vfio_ioctl_device_feature_mig_device_state() and vfio_ioctl_device_feature_logging_start()",
            Fault: "reject non-zero reserved",
            Note: "The header does not promise this for the reserved word: the kit sends 0 there except in this one test, and a refusal by a driver "
                + "outside the kernel (in process, socket) is a warning."
        ),
        new(
            ABI_25,
            Strength.Must,
            UapiLevel.V6_1,
            Kernel | InProcess,
            Statement: "Every VFIO ioctl returns exactly 0 on success and -1 with errno on failure; never a positive count (GROUP_GET_DEVICE_FD and "
                + "CHECK_EXTENSION excepted).",
            Violation: "positive result, e.g. a residual copy count",
            Source: "include/uapi/linux/vfio.h, VFIO_DEVICE_FEATURE (\"Return:\")",
            Fault: "return the number of uncopied bytes",
            Note: "mlx5 once returned a residual copy count."
        ),
        new(
            ABI_26,
            Strength.MustCore,
            UapiLevel.V6_1,
            Kernel | InProcess,
            OwedByCore: true,
            Statement: "A request with several faults reports the first in the order of checks: device access granted (EINVAL), runtime power management "
                + "resumed (EIO), envelope readable (EFAULT), argsz at least 8, known flag bits, not GET and SET without PROBE (EINVAL each), feature known "
                + "and supported (ENOTTY; feature 12: EINVAL), methods offered (EINVAL), PROBE ends here with 0, a method present, payload long enough "
                + "(EINVAL), payload readable (EFAULT), handler, copy-out (EFAULT). So a short argsz with an unknown flag or an unknown index gives EINVAL, "
                + "GET and SET on an unknown index EINVAL, an unknown index with no method ENOTTY, an unreadable payload with a too small argsz EINVAL, a "
                + "wrong method with a short payload EINVAL.",
            Violation: "other errno",
            Source: "drivers/vfio/vfio_main.c, vfio_ioctl_device_feature(); include/linux/vfio.h, vfio_check_feature()",
            Fault: "check index before flags"
        ),
    ];
}
