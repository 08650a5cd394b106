using Conformance.Model.Contract;
using static Conformance.Model.Contract.Channels;
using static Conformance.Model.Requirements.RequirementId;

namespace Conformance.Model.Requirements;

/// <summary>Opting in to the second version of the pre-copy info (feature 12), and the REINIT flag that it brings. Level 7.2 only.</summary>
internal static class PreCopyInfoV2Rows
{
    internal static readonly Requirement[] Rows =
    [
        new(
            PINFO2_01,
            Strength.Must,
            UapiLevel.V7_2,
            Kernel | InProcess,
            OwedByCore: true,
            Statement: "SET of feature 12 succeeds when PRE_COPY is supported; no payload, argsz 8 is enough; allowed in any state.",
            Violation: "errno",
            Source: "drivers/vfio/vfio_main.c, handler of VFIO_DEVICE_FEATURE_MIG_PRECOPY_INFOv2",
            Fault: "require payload"
        ),
        new(
            PINFO2_02,
            Strength.Must,
            UapiLevel.V7_2,
            Kernel | InProcess,
            OwedByCore: true,
            Statement: "GET of feature 12 gives EINVAL; PROBE and PROBE+SET give 0; PROBE does not opt in.",
            Violation: "GET succeeds, or a probe opts in",
            Source: "drivers/vfio/vfio_main.c, handler of VFIO_DEVICE_FEATURE_MIG_PRECOPY_INFOv2",
            Fault: "opt in on PROBE"
        ),
        new(
            PINFO2_03,
            Strength.Must,
            UapiLevel.V7_2,
            Kernel | InProcess,
            OwedByCore: true,
            Statement: "Without PRE_COPY feature 12 gives EINVAL (as ABI-16; ENOTTY below level 7.2).",
            Violation: "success, or ENOTTY",
            Source: "drivers/vfio/vfio_main.c, handler of VFIO_DEVICE_FEATURE_MIG_PRECOPY_INFOv2",
            Fault: "accept"
        ),
        new(
            PINFO2_04,
            Strength.Must,
            UapiLevel.V7_2,
            Kernel | InProcess,
            Statement: "After opt-in, flags in the info struct is pure output: garbage on input never survives.",
            Violation: "input bits returned",
            Source: "include/linux/vfio.h, vfio_check_precopy_ioctl()",
            Fault: "echo input"
        ),
        new(
            PINFO2_05,
            Strength.MustCore,
            UapiLevel.V7_2,
            Kernel | InProcess,
            Statement: "Only bit 0 (REINIT) is defined; the other bits are 0 after opt-in.",
            Violation: "other bits set",
            Source: "include/uapi/linux/vfio.h, VFIO_PRECOPY_INFO_REINIT",
            Fault: "set bit 1",
            Note: "Unknown bits of a kernel newer than 7.2 are reported, not failed."
        ),
        new(
            PINFO2_06,
            Strength.Must,
            UapiLevel.V7_2,
            Kernel | InProcess,
            Statement: "Without opt-in REINIT is never reported; with input flags 0 the output flags are 0. (Input bits may be echoed: flags is reserved "
                + "then.)",
            Violation: "bit 0 set from input 0",
            Source: "include/uapi/linux/vfio.h, VFIO_PRECOPY_INFO_REINIT",
            Fault: "report REINIT unconditionally"
        ),
        new(
            PINFO2_07,
            Strength.MustCore,
            UapiLevel.V7_2,
            Kernel | InProcess,
            Statement: "Opt-in is per device, idempotent, irrevocable while open, survives reset, and is dropped at last close.",
            Violation: "lost after reset; kept after reopen",
            Source: "drivers/vfio/vfio_main.c, vfio_df_device_last_close()",
            Fault: "clear in reset; keep on reopen"
        ),
        new(
            PINFO2_08,
            Strength.Must,
            UapiLevel.V7_2,
            Kernel | InProcess,
            Statement: "Opt-in affects sessions already open.",
            Violation: "only new sessions",
            Source: "drivers/vfio/vfio_main.c, handler of VFIO_DEVICE_FEATURE_MIG_PRECOPY_INFOv2",
            Fault: "latch at session start"
        ),
        new(
            PINFO2_09,
            Strength.Must,
            UapiLevel.V7_2,
            Kernel | InProcess,
            Statement: "When REINIT is reported, initial_bytes may rise regardless of earlier values and dirty_bytes is 0 in that answer.",
            Violation: "dirty_bytes != 0 with REINIT",
            Source: "include/uapi/linux/vfio.h, VFIO_PRECOPY_INFO_REINIT",
            Fault: "leave dirty stale",
            Note: "mlx5 of Linux 7.2 leaves the caller's word in dirty_bytes (MIG-PRE-25); the kit sends 0."
        ),
        new(
            PINFO2_10,
            Strength.Must,
            UapiLevel.V7_2,
            Kernel | InProcess,
            Statement: "After REINIT, initial_bytes falls to 0 as data is read; dirty_bytes then counts changes relative to the new initial data.",
            Violation: "stuck",
            Source: "include/uapi/linux/vfio.h, VFIO_PRECOPY_INFO_REINIT",
            Fault: "never decrement"
        ),
        new(
            PINFO2_11,
            Strength.Should,
            UapiLevel.V7_2,
            Kernel | InProcess,
            Statement: "initial_bytes never rises in an answer without REINIT (same latitude as MIG-PRE-04).",
            Violation: "rise without flag",
            Source: "include/uapi/linux/vfio.h, VFIO_PRECOPY_INFO_REINIT",
            Fault: "forget flag"
        ),
        new(
            PINFO2_12,
            Strength.Must,
            UapiLevel.V7_2,
            Kernel | InProcess,
            Statement: "The new initial data is on the same stream, after all bytes already queued; nothing queued is dropped. Whether unread older "
                + "bytes count into initial_bytes (mlx5: yes) is the driver's choice.",
            Violation: "older bytes dropped",
            Source: "include/uapi/linux/vfio.h, VFIO_PRECOPY_INFO_REINIT",
            Fault: "discard queue on REINIT"
        ),
        new(
            PINFO2_13,
            Strength.Must,
            UapiLevel.V7_2,
            Kernel | InProcess,
            Statement: "A reader that ignores REINIT (v1 reader) still gets a complete, restorable stream.",
            Violation: "restore fails without opt-in",
            Source: "include/uapi/linux/vfio.h, VFIO_DEVICE_FEATURE_MIG_PRECOPY_INFOv2 (opt-in)",
            Fault: "send reinit data only if opted in"
        ),
        new(
            PINFO2_14,
            Strength.Should,
            UapiLevel.V7_2,
            Kernel | InProcess,
            Statement: "The driver does not report REINIT for ever on an idle device.",
            Violation: "endless REINIT",
            Source: "include/uapi/linux/vfio.h, VFIO_PRECOPY_INFO_REINIT",
            Fault: "sticky flag"
        ),
    ];
}
