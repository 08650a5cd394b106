using Conformance.Model.Contract;
using static Conformance.Model.Contract.Channels;
using static Conformance.Model.Requirements.RequirementId;

namespace Conformance.Model.Requirements.Groups;

/// <summary>
/// The VFIO_DEVICE_FEATURE envelope: <c>{u32 argsz; u32 flags; u8 data[]}</c>. Flag bits 0..15 are the feature index, 16 GET, 17 SET, 18 PROBE;
/// 19..31 must be zero. The payload size is argsz - 8.
/// </summary>
internal static class Abi
{
    internal static readonly Requirement[] Rows =
    [
        new(
            ABI_01,
            "ABI-01",
            RequirementGroup.Abi,
            Strength.Must,
            UapiLevel.V6_1,
            Kernel | Socket | InProcess,
            OwedByCore: false,
            Statement: "The feature ioctl is request 0x3B75 on the device fd; payload starts at byte 8.",
            Violation: "a valid feature-1 GET with this layout fails, or flags land at another offset",
            Source: "uapi:vfio_device_feature",
            Fault: "read payload at offset 16",
            Unchecked: null
        ),
        new(
            ABI_02,
            "ABI-02",
            RequirementGroup.Abi,
            Strength.Must,
            UapiLevel.V6_1,
            Kernel,
            OwedByCore: true,
            Statement: "Unreadable envelope gives EFAULT.",
            Violation: "other errno, crash",
            Source: "core:vfio_ioctl_device_feature",
            Fault: "return EINVAL",
            Unchecked: null
        ),
        new(
            ABI_03,
            "ABI-03",
            RequirementGroup.Abi,
            Strength.Must,
            UapiLevel.V6_1,
            Kernel | Socket | InProcess,
            OwedByCore: true,
            Statement: "argsz below 8 gives EINVAL whatever the flags and index.",
            Violation: "success or ENOTTY",
            Source: "core:vfio_ioctl_device_feature",
            Fault: "accept argsz 0..7",
            Unchecked: null
        ),
        new(
            ABI_04,
            "ABI-04",
            RequirementGroup.Abi,
            Strength.Must,
            UapiLevel.V6_1,
            Kernel | Socket | InProcess,
            OwedByCore: true,
            Statement: "Any flag bit in 19..31 gives EINVAL, also with PROBE.",
            Violation: "success",
            Source: "core:vfio_ioctl_device_feature",
            Fault: "mask unknown bits off",
            Unchecked: null
        ),
        new(
            ABI_05,
            "ABI-05",
            RequirementGroup.Abi,
            Strength.Must,
            UapiLevel.V6_1,
            Kernel | Socket | InProcess,
            OwedByCore: true,
            Statement: "GET and SET together without PROBE gives EINVAL, even for an unknown index.",
            Violation: "success, or ENOTTY",
            Source: "core:vfio_ioctl_device_feature",
            Fault: "treat as GET",
            Unchecked: null
        ),
        new(
            ABI_06,
            "ABI-06",
            RequirementGroup.Abi,
            Strength.Must,
            UapiLevel.V6_1,
            Kernel | Socket | InProcess,
            OwedByCore: true,
            Statement: "None of GET/SET/PROBE on a supported feature gives EINVAL (on an unsupported one ENOTTY).",
            Violation: "success",
            Source: "core:vfio_check_feature",
            Fault: "default to GET",
            Unchecked: null
        ),
        new(
            ABI_07,
            "ABI-07",
            RequirementGroup.Abi,
            Strength.Must,
            UapiLevel.V6_1,
            Kernel | Socket | InProcess,
            OwedByCore: false,
            Statement: "PROBE alone on a supported feature returns 0, needs no payload (argsz 8 is enough), writes nothing to the payload.",
            Violation: "error, or payload bytes changed",
            Source: "uapi:VFIO_DEVICE_FEATURE",
            Fault: "demand payload on PROBE",
            Unchecked: null
        ),
        new(
            ABI_08,
            "ABI-08",
            RequirementGroup.Abi,
            Strength.Must,
            UapiLevel.V6_1,
            Kernel | Socket | InProcess,
            OwedByCore: false,
            Statement: "PROBE with GET and/or SET returns 0 only if every indicated method is supported, else EINVAL.",
            Violation: "PROBE+SET on feature 1, 8, 9 succeeds; PROBE+GET+SET on feature 2 fails",
            Source: "uapi:VFIO_DEVICE_FEATURE",
            Fault: "ignore method bits on PROBE",
            Unchecked: null
        ),
        new(
            ABI_09,
            "ABI-09",
            RequirementGroup.Abi,
            Strength.Must,
            UapiLevel.V6_1,
            Kernel | Socket | InProcess,
            OwedByCore: false,
            Statement: "PROBE has no side effect: PROBE+SET on feature 2 does not move the state machine, on 6 does not start logging, on 12 "
                + "(level 7.2) does not opt in; PROBE+GET on 8 does not clear the log.",
            Violation: "state, logging or dirty bits changed afterwards",
            Source: "core:vfio_check_feature (order of checks)",
            Fault: "perform SET on PROBE+SET",
            Unchecked: null
        ),
        new(
            ABI_10,
            "ABI-10",
            RequirementGroup.Abi,
            Strength.Must,
            UapiLevel.V6_1,
            Kernel | Socket | InProcess,
            OwedByCore: false,
            Statement: "A GET or SET that the feature does not offer gives EINVAL. Features 1, 8 and 9 offer GET, features 6, 7 and 12 SET, "
                + "feature 2 both.",
            Violation: "SET on 1, 8 or 9, or GET on 6, 7 or 12, is accepted",
            Source: "core:vfio_check_feature",
            Fault: "accept GET on 6",
            Unchecked: null
        ),
        new(
            ABI_11,
            "ABI-11",
            RequirementGroup.Abi,
            Strength.Must,
            UapiLevel.V6_1,
            Kernel | Socket | InProcess,
            OwedByCore: false,
            Statement: "Without PROBE, a payload shorter than the minimum gives EINVAL and no action. The minimum is 8 bytes for features 1, 2 and "
                + "9, 24 for 6, 32 for 8, and 0 for 7 and 12.",
            Violation: "SET on 2 with argsz 12 moves the FSM",
            Source: "core:vfio_check_feature",
            Fault: "only check that argsz is at least 8",
            Unchecked: null
        ),
        new(
            ABI_12,
            "ABI-12",
            RequirementGroup.Abi,
            Strength.Must,
            UapiLevel.V6_1,
            Kernel | Socket | InProcess,
            OwedByCore: false,
            Statement: "A larger argsz than needed is accepted; bytes past the known struct are neither interpreted nor written.",
            Violation: "EINVAL or E2BIG; guard bytes changed",
            Source: "uapi: extensibility note",
            Fault: "reject argsz != exact",
            Unchecked: null
        ),
        new(
            ABI_13,
            "ABI-13",
            RequirementGroup.Abi,
            Strength.MustCore,
            UapiLevel.V6_1,
            Kernel | InProcess,
            OwedByCore: true,
            Statement: "Features 1, 2 and 9 (9 from level 6.2) on a device without migration support give ENOTTY for every combination of GET, SET "
                + "and PROBE that passes the envelope checks (argsz, flag bits, not GET and SET without PROBE).",
            Violation: "EINVAL, or success with flags 0",
            Source: "core handlers",
            Fault: "return success with flags 0",
            Unchecked: null
        ),
        new(
            ABI_14,
            "ABI-14",
            RequirementGroup.Abi,
            Strength.MustCore,
            UapiLevel.V6_1,
            Kernel | InProcess,
            OwedByCore: true,
            Statement: "Features 6, 7, 8 without logging support give ENOTTY.",
            Violation: "START succeeds or EINVAL",
            Source: "core handlers",
            Fault: "accept START as no-op",
            Unchecked: null
        ),
        new(
            ABI_15,
            "ABI-15",
            RequirementGroup.Abi,
            Strength.MustCore,
            UapiLevel.V6_1,
            Kernel | InProcess,
            OwedByCore: false,
            Statement: "An unknown feature index gives ENOTTY (with legal flags), also with no method bit and with PROBE. The index is taken far "
                + "away (0x7777, 0xFFFF), never \"highest known + 1\": a newer kernel may know that one. Below level 7.2 index 12, below 6.2 "
                + "index 9 count as unknown.",
            Violation: "EINVAL or success",
            Source: "core + driver default",
            Fault: "return 0",
            Unchecked: null
        ),
        new(
            ABI_16,
            "ABI-16",
            RequirementGroup.Abi,
            Strength.MustCore,
            UapiLevel.V7_2,
            Kernel | InProcess,
            OwedByCore: true,
            Statement: "Level 7.2 only: feature 12 on a device without PRE_COPY gives EINVAL (not ENOTTY) for every method combination, also for "
                + "PROBE and also when there is no migration support at all. Below level 7.2 ABI-15 applies: ENOTTY, with or without PRE_COPY.",
            Violation: "level 7.2: success or ENOTTY; older: success or EINVAL",
            Source: "core: handler of feature 12",
            Fault: "accept on F1/F3",
            Unchecked: null
        ),
        new(
            ABI_17,
            "ABI-17",
            RequirementGroup.Abi,
            Strength.Must,
            UapiLevel.V6_1,
            Kernel,
            OwedByCore: false,
            Statement: "An unreadable or unwritable payload gives EFAULT. For SET on feature 2 the copy-out happens after the transition, so the "
                + "state may have moved (MIG-FD-23).",
            Violation: "success without data",
            Source: "core",
            Fault: "swallow copy errors",
            Unchecked: null
        ),
        new(
            ABI_18,
            "ABI-18",
            RequirementGroup.Abi,
            Strength.Must,
            UapiLevel.V6_6,
            Kernel,
            OwedByCore: true,
            Statement: "On a cdev fd every ioctl (other than BIND itself), read, write and mmap before a successful BIND_IOMMUFD gives EINVAL.",
            Violation: "feature GET works before bind",
            Source: "core:vfio_device_fops_unl_ioctl",
            Fault: "skip access check",
            Unchecked: null
        ),
        new(
            ABI_19,
            "ABI-19",
            RequirementGroup.Abi,
            Strength.MustCore,
            UapiLevel.V6_1,
            Kernel | InProcess,
            OwedByCore: false,
            Statement: "The envelope words argsz and flags are never written back. A socket server may write argsz in its replies.",
            Violation: "argsz or flags changed after the call",
            Source: "core",
            Fault: "write back argsz",
            Unchecked: null
        ),
        new(
            ABI_20,
            "ABI-20",
            RequirementGroup.Abi,
            Strength.Must,
            UapiLevel.V6_2,
            Kernel,
            OwedByCore: false,
            Statement: "GET_PRECOPY_INFO (0x3B79) is an ioctl of the data fd, not of the device fd (there: ENOTTY for PCI drivers).",
            Violation: "success on device fd",
            Source: "uapi",
            Fault: "implement it on device fd",
            Unchecked: null
        ),
        new(
            ABI_21,
            "ABI-21",
            RequirementGroup.Abi,
            Strength.Must,
            UapiLevel.V6_2,
            Kernel | InProcess,
            OwedByCore: false,
            Statement: "An unknown ioctl on a saving data fd gives ENOTTY. The number is a VFIO one such as 0x3B3F: generic file ioctls are "
                + "answered by the VFS.",
            Violation: "EINVAL or success",
            Source: "core:vfio_check_precopy_ioctl (level 7.2), each driver (older); the VFS where the file has no ioctl",
            Fault: "return 0",
            Unchecked: null
        ),
        new(
            ABI_22,
            "ABI-22",
            RequirementGroup.Abi,
            Strength.Must,
            UapiLevel.V6_2,
            Kernel | InProcess,
            OwedByCore: false,
            Statement: "GET_PRECOPY_INFO: fewer than 24 readable bytes gives EFAULT; argsz < 24 gives EINVAL; both before the state check; larger "
                + "argsz accepted. Readability is tested first: 8 readable bytes holding argsz 8 give EFAULT.",
            Violation: "accepted",
            Source: "core:vfio_check_precopy_ioctl (level 7.2), each driver (older)",
            Fault: "skip argsz check",
            Unchecked: null
        ),
        new(
            ABI_23,
            "ABI-23",
            RequirementGroup.Abi,
            Strength.MustCore,
            UapiLevel.V6_1,
            Kernel,
            OwedByCore: false,
            Statement: "32-bit callers see identical layouts: all 64-bit members are 8-aligned, and device fds and saving fds have a compat "
                + "pointer ioctl.",
            Violation: "a 32-bit build of the caller fails",
            Source: "uapi",
            Fault: null,
            Unchecked: "static layout: covered by the layout tests, and not observable with one machine word size"
        ),
        new(
            ABI_24,
            "ABI-24",
            RequirementGroup.Abi,
            Strength.MustCore,
            UapiLevel.V6_1,
            Kernel | InProcess,
            OwedByCore: false,
            Statement: "Garbage in data_fd and device_state on GET, in data_fd on SET, and in the reserved word of the START payload is ignored on "
                + "input. The header does not promise this for the reserved word: the kit sends 0 there except in this one test, and a "
                + "refusal by a driver outside the kernel (in process, socket) is a warning.",
            Violation: "EINVAL when they hold garbage",
            Source: "core",
            Fault: "reject non-zero reserved",
            Unchecked: null
        ),
        new(
            ABI_25,
            "ABI-25",
            RequirementGroup.Abi,
            Strength.Must,
            UapiLevel.V6_1,
            Kernel | InProcess,
            OwedByCore: false,
            Statement: "Every VFIO ioctl returns exactly 0 on success and -1 with errno on failure; never a positive count (GROUP_GET_DEVICE_FD "
                + "and CHECK_EXTENSION excepted).",
            Violation: "positive result, e.g. a residual copy count",
            Source: "uapi \"Return\"; a real defect (mlx5)",
            Fault: "return the number of uncopied bytes",
            Unchecked: null
        ),
        new(
            ABI_26,
            "ABI-26",
            RequirementGroup.Abi,
            Strength.MustCore,
            UapiLevel.V6_1,
            Kernel | InProcess,
            OwedByCore: true,
            Statement: "A request with several faults reports the first in the order of checks: device access granted (EINVAL), runtime power "
                + "management resumed (EIO), envelope readable (EFAULT), argsz at least 8, known flag bits, not GET and SET without PROBE "
                + "(EINVAL each), feature known and supported (ENOTTY; feature 12: EINVAL), methods offered (EINVAL), PROBE ends here with 0, "
                + "a method present, payload long enough (EINVAL), payload readable (EFAULT), handler, copy-out (EFAULT). So a short argsz "
                + "with an unknown flag or an unknown index gives EINVAL, GET and SET on an unknown index EINVAL, an unknown index with no "
                + "method ENOTTY, an unreadable payload with a too small argsz EINVAL, a wrong method with a short payload EINVAL.",
            Violation: "other errno",
            Source: "core",
            Fault: "check index before flags",
            Unchecked: null
        ),
    ];
}
