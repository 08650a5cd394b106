using Conformance.Model.Contract;
using static Conformance.Model.Contract.Channels;

namespace Conformance.Model.Requirements;

// The VFIO_DEVICE_FEATURE envelope: {u32 argsz; u32 flags; u8 data[]}. Flag bits 0..15 are the feature index, 16 GET, 17 SET, 18 PROBE; 19..31 must be zero.
// The payload size is argsz - 8.
public readonly partial record struct RequirementId
{
    public static readonly RequirementId ABI_01 = Row(
        Strength.Must,
        UapiLevel.V6_1,
        Kernel | Socket | InProcess,
        statement: "The feature ioctl is request 0x3B75 on the device fd; payload starts at byte 8.",
        violation: "a valid feature-1 GET with this layout fails, or flags land at another offset",
        source: "include/uapi/linux/vfio.h, struct vfio_device_feature",
        fault: "read payload at offset 16"
    );

    public static readonly RequirementId ABI_02 = Row(
        Strength.Must,
        UapiLevel.V6_1,
        Kernel,
        owedByCore: true,
        statement: "Unreadable envelope gives EFAULT.",
        violation: "other errno, crash",
        source: "drivers/vfio/vfio_main.c, vfio_ioctl_device_feature()",
        fault: "return EINVAL"
    );

    public static readonly RequirementId ABI_03 = Row(
        Strength.Must,
        UapiLevel.V6_1,
        Kernel | Socket | InProcess,
        owedByCore: true,
        statement: "argsz below 8 gives EINVAL whatever the flags and index.",
        violation: "success or ENOTTY",
        source: "drivers/vfio/vfio_main.c, vfio_ioctl_device_feature()",
        fault: "accept argsz 0..7"
    );

    public static readonly RequirementId ABI_04 = Row(
        Strength.Must,
        UapiLevel.V6_1,
        Kernel | Socket | InProcess,
        owedByCore: true,
        statement: "Any flag bit in 19..31 gives EINVAL, also with PROBE.",
        violation: "success",
        source: "drivers/vfio/vfio_main.c, vfio_ioctl_device_feature()",
        fault: "mask unknown bits off"
    );

    public static readonly RequirementId ABI_05 = Row(
        Strength.Must,
        UapiLevel.V6_1,
        Kernel | Socket | InProcess,
        owedByCore: true,
        statement: "GET and SET together without PROBE gives EINVAL, even for an unknown index.",
        violation: "success, or ENOTTY",
        source: "drivers/vfio/vfio_main.c, vfio_ioctl_device_feature()",
        fault: "treat as GET"
    );

    public static readonly RequirementId ABI_06 = Row(
        Strength.Must,
        UapiLevel.V6_1,
        Kernel | Socket | InProcess,
        owedByCore: true,
        statement: "None of GET/SET/PROBE on a supported feature gives EINVAL (on an unsupported one ENOTTY).",
        violation: "success",
        source: "include/linux/vfio.h, vfio_check_feature()",
        fault: "default to GET"
    );

    public static readonly RequirementId ABI_07 = Row(
        Strength.Must,
        UapiLevel.V6_1,
        Kernel | Socket | InProcess,
        statement: "PROBE alone on a supported feature returns 0, needs no payload (argsz 8 is enough), writes nothing to the payload.",
        violation: "error, or payload bytes changed",
        source: "include/uapi/linux/vfio.h, VFIO_DEVICE_FEATURE",
        fault: "demand payload on PROBE"
    );

    public static readonly RequirementId ABI_08 = Row(
        Strength.Must,
        UapiLevel.V6_1,
        Kernel | Socket | InProcess,
        statement: "PROBE with GET and/or SET returns 0 only if every indicated method is supported, else EINVAL.",
        violation: "PROBE+SET on feature 1, 8, 9 succeeds; PROBE+GET+SET on feature 2 fails",
        source: "include/uapi/linux/vfio.h, VFIO_DEVICE_FEATURE",
        fault: "ignore method bits on PROBE"
    );

    public static readonly RequirementId ABI_09 = Row(
        Strength.Must,
        UapiLevel.V6_1,
        Kernel | Socket | InProcess,
        statement: "PROBE has no side effect: PROBE+SET on feature 2 does not move the state machine, on 6 does not start logging, on 12 (level 7.2) "
            + "does not opt in; PROBE+GET on 8 does not clear the log.",
        violation: "state, logging or dirty bits changed afterwards",
        source: "include/linux/vfio.h, vfio_check_feature() (order of its checks)",
        fault: "perform SET on PROBE+SET"
    );

    public static readonly RequirementId ABI_10 = Row(
        Strength.Must,
        UapiLevel.V6_1,
        Kernel | Socket | InProcess,
        statement: "A GET or SET that the feature does not offer gives EINVAL. Features 1, 8 and 9 offer GET, features 6, 7 and 12 SET, feature 2 both.",
        violation: "SET on 1, 8 or 9, or GET on 6, 7 or 12, is accepted",
        source: "include/linux/vfio.h, vfio_check_feature()",
        fault: "accept GET on 6"
    );

    public static readonly RequirementId ABI_11 = Row(
        Strength.Must,
        UapiLevel.V6_1,
        Kernel | Socket | InProcess,
        statement: "Without PROBE, a payload shorter than the minimum gives EINVAL and no action. The minimum is 8 bytes for features 1, 2 and 9, 24 "
            + "for 6, 32 for 8, and 0 for 7 and 12.",
        violation: "SET on 2 with argsz 12 moves the FSM",
        source: "include/linux/vfio.h, vfio_check_feature()",
        fault: "only check that argsz is at least 8"
    );

    public static readonly RequirementId ABI_12 = Row(
        Strength.Must,
        UapiLevel.V6_1,
        Kernel | Socket | InProcess,
        statement: "A larger argsz than needed is accepted; bytes past the known struct are neither interpreted nor written.",
        violation: "EINVAL or E2BIG; guard bytes changed",
        source: "include/uapi/linux/vfio.h, struct vfio_device_feature (argsz may grow)",
        fault: "reject argsz != exact"
    );

    public static readonly RequirementId ABI_13 = Row(
        Strength.MustCore,
        UapiLevel.V6_1,
        Kernel | InProcess,
        owedByCore: true,
        statement: "Features 1, 2 and 9 (9 from level 6.2) on a device without migration support give ENOTTY for every combination of GET, SET and "
            + "PROBE that passes the envelope checks (argsz, flag bits, not GET and SET without PROBE).",
        violation: "EINVAL, or success with flags 0",
        source: "drivers/vfio/vfio_main.c, vfio_ioctl_device_feature_migration(), vfio_ioctl_device_feature_mig_device_state() and "
            + "vfio_ioctl_device_feature_migration_data_size()",
        fault: "return success with flags 0"
    );

    public static readonly RequirementId ABI_14 = Row(
        Strength.MustCore,
        UapiLevel.V6_1,
        Kernel | InProcess,
        owedByCore: true,
        statement: "Features 6, 7, 8 without logging support give ENOTTY.",
        violation: "START succeeds or EINVAL",
        source: "drivers/vfio/vfio_main.c, vfio_ioctl_device_feature_logging_start(), vfio_ioctl_device_feature_logging_stop() and "
            + "vfio_ioctl_device_feature_logging_report()",
        fault: "accept START as no-op"
    );

    public static readonly RequirementId ABI_15 = Row(
        Strength.MustCore,
        UapiLevel.V6_1,
        Kernel | InProcess,
        statement: "An unknown feature index gives ENOTTY (with legal flags), also with no method bit and with PROBE. Below level 7.2 index 12, "
            + "below 6.2 index 9 count as unknown.",
        violation: "EINVAL or success",
        source: "drivers/vfio/vfio_main.c, vfio_ioctl_device_feature() (default); drivers/vfio/pci/vfio_pci_core.c, vfio_pci_core_ioctl_feature() "
            + "(default)",
        fault: "return 0",
        note: "The index is taken far away (0x7777, 0xFFFF), never \"highest known + 1\": a newer kernel may know that one."
    );

    public static readonly RequirementId ABI_16 = Row(
        Strength.MustCore,
        UapiLevel.V7_2,
        Kernel | InProcess,
        owedByCore: true,
        statement: "Level 7.2 only: feature 12 on a device without PRE_COPY gives EINVAL (not ENOTTY) for every method combination, also for PROBE "
            + "and also when there is no migration support at all. Below level 7.2 ABI-15 applies: ENOTTY, with or without PRE_COPY.",
        violation: "level 7.2: success or ENOTTY; older: success or EINVAL",
        source: "drivers/vfio/vfio_main.c, handler of VFIO_DEVICE_FEATURE_MIG_PRECOPY_INFOv2",
        fault: "accept on F1/F3"
    );

    public static readonly RequirementId ABI_17 = Row(
        Strength.Must,
        UapiLevel.V6_1,
        Kernel,
        statement: "An unreadable or unwritable payload gives EFAULT. For SET on feature 2 the copy-out happens after the transition, so the state "
            + "may have moved (MIG-FD-23).",
        violation: "success without data",
        source: "drivers/vfio/vfio_main.c, vfio_ioctl_device_feature() and the handlers it calls (copy_from_user, copy_to_user)",
        fault: "swallow copy errors"
    );

    public static readonly RequirementId ABI_18 = Row(
        Strength.Must,
        UapiLevel.V6_6,
        Kernel,
        owedByCore: true,
        statement: "On a cdev fd every ioctl (other than BIND itself), read, write and mmap before a successful BIND_IOMMUFD gives EINVAL.",
        violation: "feature GET works before bind",
        source: "drivers/vfio/vfio_main.c, vfio_device_fops_unl_ioctl()",
        fault: "skip access check"
    );

    public static readonly RequirementId ABI_19 = Row(
        Strength.MustCore,
        UapiLevel.V6_1,
        Kernel | InProcess,
        statement: "The envelope words argsz and flags are never written back. A socket server may write argsz in its replies.",
        violation: "argsz or flags changed after the call",
        source: "drivers/vfio/vfio_main.c, vfio_ioctl_device_feature()",
        fault: "write back argsz"
    );

    public static readonly RequirementId ABI_20 = Row(
        Strength.Must,
        UapiLevel.V6_2,
        Kernel,
        statement: "GET_PRECOPY_INFO (0x3B79) is an ioctl of the data fd, not of the device fd (there: ENOTTY for PCI drivers).",
        violation: "success on device fd",
        source: "include/uapi/linux/vfio.h, VFIO_MIG_GET_PRECOPY_INFO",
        fault: "implement it on device fd"
    );

    public static readonly RequirementId ABI_21 = Row(
        Strength.Must,
        UapiLevel.V6_2,
        Kernel | InProcess,
        statement: "An unknown ioctl on a saving data fd gives ENOTTY.",
        violation: "EINVAL or success",
        source: "include/linux/vfio.h, vfio_check_precopy_ioctl() (level 7.2); before, the unlocked_ioctl of each driver, "
            + "drivers/vfio/pci/mlx5/main.c, mlx5vf_precopy_ioctl()",
        fault: "return 0",
        note: "The number is a VFIO one such as 0x3B3F: generic file ioctls are answered by the VFS."
    );

    public static readonly RequirementId ABI_22 = Row(
        Strength.Must,
        UapiLevel.V6_2,
        Kernel | InProcess,
        statement: "GET_PRECOPY_INFO: fewer than 24 readable bytes gives EFAULT; argsz < 24 gives EINVAL; both before the state check; larger argsz "
            + "accepted. Readability is tested first: 8 readable bytes holding argsz 8 give EFAULT.",
        violation: "accepted",
        source: "include/linux/vfio.h, vfio_check_precopy_ioctl() (level 7.2); before, the unlocked_ioctl of each driver, "
            + "drivers/vfio/pci/mlx5/main.c, mlx5vf_precopy_ioctl()",
        fault: "skip argsz check"
    );

    public static readonly RequirementId ABI_23 = Row(
        Strength.MustCore,
        UapiLevel.V6_1,
        Kernel,
        statement: "32-bit callers see identical layouts: all 64-bit members are 8-aligned, and device fds and saving fds have a compat pointer ioctl.",
        violation: "a 32-bit build of the caller fails",
        source: "include/uapi/linux/vfio.h, struct vfio_device_feature, struct vfio_device_feature_mig_state and struct vfio_precopy_info (aligned "
            + "members)",
        uncheckable: "static layout: covered by the layout tests, and not observable with one machine word size"
    );

    public static readonly RequirementId ABI_24 = Row(
        Strength.MustCore,
        UapiLevel.V6_1,
        Kernel | InProcess,
        statement: "Garbage in data_fd and device_state on GET, in data_fd on SET, and in the reserved word of the START payload is ignored on input.",
        violation: "EINVAL when they hold garbage",
        source: "drivers/vfio/vfio_main.c, vfio_ioctl_device_feature_mig_device_state() and vfio_ioctl_device_feature_logging_start()",
        fault: "reject non-zero reserved",
        note: "The header does not promise this for the reserved word: the kit sends 0 there except in this one test, and a refusal by a driver "
            + "outside the kernel (in process, socket) is a warning."
    );

    public static readonly RequirementId ABI_25 = Row(
        Strength.Must,
        UapiLevel.V6_1,
        Kernel | InProcess,
        statement: "Every VFIO ioctl returns exactly 0 on success and -1 with errno on failure; never a positive count (GROUP_GET_DEVICE_FD and "
            + "CHECK_EXTENSION excepted).",
        violation: "positive result, e.g. a residual copy count",
        source: "include/uapi/linux/vfio.h, VFIO_DEVICE_FEATURE (\"Return:\")",
        fault: "return the number of uncopied bytes",
        note: "mlx5 once returned a residual copy count."
    );

    public static readonly RequirementId ABI_26 = Row(
        Strength.MustCore,
        UapiLevel.V6_1,
        Kernel | InProcess,
        owedByCore: true,
        statement: "A request with several faults reports the first in the order of checks: device access granted (EINVAL), runtime power management "
            + "resumed (EIO), envelope readable (EFAULT), argsz at least 8, known flag bits, not GET and SET without PROBE (EINVAL each), feature known "
            + "and supported (ENOTTY; feature 12: EINVAL), methods offered (EINVAL), PROBE ends here with 0, a method present, payload long enough "
            + "(EINVAL), payload readable (EFAULT), handler, copy-out (EFAULT). So a short argsz with an unknown flag or an unknown index gives EINVAL, "
            + "GET and SET on an unknown index EINVAL, an unknown index with no method ENOTTY, an unreadable payload with a too small argsz EINVAL, a "
            + "wrong method with a short payload EINVAL.",
        violation: "other errno",
        source: "drivers/vfio/vfio_main.c, vfio_ioctl_device_feature(); include/linux/vfio.h, vfio_check_feature()",
        fault: "check index before flags"
    );
}
