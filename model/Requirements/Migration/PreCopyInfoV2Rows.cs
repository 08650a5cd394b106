using Conformance.Model.Contract;
using static Conformance.Model.Contract.Channels;

namespace Conformance.Model.Requirements;

// Opting in to the second version of the pre-copy info (feature 12), and the REINIT flag that it brings. Level 7.2 only.
public readonly partial record struct RequirementId
{
    public static readonly RequirementId PINFO2_01 = Row(
        Strength.Must,
        UapiLevel.V7_2,
        Kernel | InProcess,
        owedByCore: true,
        statement: "SET of feature 12 succeeds when PRE_COPY is supported; no payload, argsz 8 is enough; allowed in any state.",
        violation: "errno",
        source: "drivers/vfio/vfio_main.c, handler of VFIO_DEVICE_FEATURE_MIG_PRECOPY_INFOv2",
        fault: "require payload"
    );

    public static readonly RequirementId PINFO2_02 = Row(
        Strength.Must,
        UapiLevel.V7_2,
        Kernel | InProcess,
        owedByCore: true,
        statement: "GET of feature 12 gives EINVAL; PROBE and PROBE+SET give 0; PROBE does not opt in.",
        violation: "GET succeeds, or a probe opts in",
        source: "drivers/vfio/vfio_main.c, handler of VFIO_DEVICE_FEATURE_MIG_PRECOPY_INFOv2",
        fault: "opt in on PROBE"
    );

    public static readonly RequirementId PINFO2_03 = Row(
        Strength.Must,
        UapiLevel.V7_2,
        Kernel | InProcess,
        owedByCore: true,
        statement: "Without PRE_COPY feature 12 gives EINVAL (as ABI-16; ENOTTY below level 7.2).",
        violation: "success, or ENOTTY",
        source: "drivers/vfio/vfio_main.c, handler of VFIO_DEVICE_FEATURE_MIG_PRECOPY_INFOv2",
        fault: "accept"
    );

    public static readonly RequirementId PINFO2_04 = Row(
        Strength.Must,
        UapiLevel.V7_2,
        Kernel | InProcess,
        statement: "After opt-in, flags in the info struct is pure output: garbage on input never survives.",
        violation: "input bits returned",
        source: "include/linux/vfio.h, vfio_check_precopy_ioctl()",
        fault: "echo input"
    );

    public static readonly RequirementId PINFO2_05 = Row(
        Strength.MustCore,
        UapiLevel.V7_2,
        Kernel | InProcess,
        statement: "Only bit 0 (REINIT) is defined; the other bits are 0 after opt-in.",
        violation: "other bits set",
        source: "include/uapi/linux/vfio.h, VFIO_PRECOPY_INFO_REINIT",
        fault: "set bit 1",
        note: "Unknown bits of a kernel newer than 7.2 are reported, not failed."
    );

    public static readonly RequirementId PINFO2_06 = Row(
        Strength.Must,
        UapiLevel.V7_2,
        Kernel | InProcess,
        statement: "Without opt-in REINIT is never reported; with input flags 0 the output flags are 0. (Input bits may be echoed: flags is reserved "
            + "then.)",
        violation: "bit 0 set from input 0",
        source: "include/uapi/linux/vfio.h, VFIO_PRECOPY_INFO_REINIT",
        fault: "report REINIT unconditionally"
    );

    public static readonly RequirementId PINFO2_07 = Row(
        Strength.MustCore,
        UapiLevel.V7_2,
        Kernel | InProcess,
        statement: "Opt-in is per device, idempotent, irrevocable while open, survives reset, and is dropped at last close.",
        violation: "lost after reset; kept after reopen",
        source: "drivers/vfio/vfio_main.c, vfio_df_device_last_close()",
        fault: "clear in reset; keep on reopen"
    );

    public static readonly RequirementId PINFO2_08 = Row(
        Strength.Must,
        UapiLevel.V7_2,
        Kernel | InProcess,
        statement: "Opt-in affects sessions already open.",
        violation: "only new sessions",
        source: "drivers/vfio/vfio_main.c, handler of VFIO_DEVICE_FEATURE_MIG_PRECOPY_INFOv2",
        fault: "latch at session start"
    );

    public static readonly RequirementId PINFO2_09 = Row(
        Strength.Must,
        UapiLevel.V7_2,
        Kernel | InProcess,
        statement: "When REINIT is reported, initial_bytes may rise regardless of earlier values and dirty_bytes is 0 in that answer.",
        violation: "dirty_bytes != 0 with REINIT",
        source: "include/uapi/linux/vfio.h, VFIO_PRECOPY_INFO_REINIT",
        fault: "leave dirty stale",
        note: "mlx5 of Linux 7.2 leaves the caller's word in dirty_bytes (MIG-PRE-25); the kit sends 0."
    );

    public static readonly RequirementId PINFO2_10 = Row(
        Strength.Must,
        UapiLevel.V7_2,
        Kernel | InProcess,
        statement: "After REINIT, initial_bytes falls to 0 as data is read; dirty_bytes then counts changes relative to the new initial data.",
        violation: "stuck",
        source: "include/uapi/linux/vfio.h, VFIO_PRECOPY_INFO_REINIT",
        fault: "never decrement"
    );

    public static readonly RequirementId PINFO2_11 = Row(
        Strength.Should,
        UapiLevel.V7_2,
        Kernel | InProcess,
        statement: "initial_bytes never rises in an answer without REINIT (same latitude as MIG-PRE-04).",
        violation: "rise without flag",
        source: "include/uapi/linux/vfio.h, VFIO_PRECOPY_INFO_REINIT",
        fault: "forget flag"
    );

    public static readonly RequirementId PINFO2_12 = Row(
        Strength.Must,
        UapiLevel.V7_2,
        Kernel | InProcess,
        statement: "The new initial data is on the same stream, after all bytes already queued; nothing queued is dropped. Whether unread older "
            + "bytes count into initial_bytes (mlx5: yes) is the driver's choice.",
        violation: "older bytes dropped",
        source: "include/uapi/linux/vfio.h, VFIO_PRECOPY_INFO_REINIT",
        fault: "discard queue on REINIT"
    );

    public static readonly RequirementId PINFO2_13 = Row(
        Strength.Must,
        UapiLevel.V7_2,
        Kernel | InProcess,
        statement: "A reader that ignores REINIT (v1 reader) still gets a complete, restorable stream.",
        violation: "restore fails without opt-in",
        source: "include/uapi/linux/vfio.h, VFIO_DEVICE_FEATURE_MIG_PRECOPY_INFOv2 (opt-in)",
        fault: "send reinit data only if opted in"
    );

    public static readonly RequirementId PINFO2_14 = Row(
        Strength.Should,
        UapiLevel.V7_2,
        Kernel | InProcess,
        statement: "The driver does not report REINIT for ever on an idle device.",
        violation: "endless REINIT",
        source: "include/uapi/linux/vfio.h, VFIO_PRECOPY_INFO_REINIT",
        fault: "sticky flag"
    );
}
