using Conformance.Model.Contract;
using static Conformance.Model.Contract.Channels;
using static Conformance.Model.Requirements.RequirementId;

namespace Conformance.Model.Requirements.Groups;

/// <summary>Opting in to the second version of the pre-copy info (feature 12), and the REINIT flag that it brings. Level 7.2 only.</summary>
internal static class PreCopyInfoV2
{
    private const string NotYet = "not checked yet: pre-copy info v2 and REINIT";

    internal static readonly Requirement[] Rows =
    [
        new(
            PINFO2_01,
            "PINFO2-01",
            RequirementGroup.Pinfo2,
            Strength.Must,
            UapiLevel.V7_2,
            Kernel | InProcess,
            OwedByCore: true,
            Statement: "SET of feature 12 succeeds when PRE_COPY is supported; no payload, argsz 8 is enough; allowed in any state.",
            Violation: "errno",
            Source: "core: handler of feature 12",
            Fault: "require payload",
            Unchecked: NotYet
        ),
        new(
            PINFO2_02,
            "PINFO2-02",
            RequirementGroup.Pinfo2,
            Strength.Must,
            UapiLevel.V7_2,
            Kernel | InProcess,
            OwedByCore: true,
            Statement: "GET of feature 12 gives EINVAL; PROBE and PROBE+SET give 0; PROBE does not opt in.",
            Violation: "GET succeeds, or a probe opts in",
            Source: "core",
            Fault: "opt in on PROBE",
            Unchecked: NotYet
        ),
        new(
            PINFO2_03,
            "PINFO2-03",
            RequirementGroup.Pinfo2,
            Strength.Must,
            UapiLevel.V7_2,
            Kernel | InProcess,
            OwedByCore: true,
            Statement: "Without PRE_COPY feature 12 gives EINVAL (as ABI-16; ENOTTY below level 7.2).",
            Violation: "success, or ENOTTY",
            Source: "core",
            Fault: "accept",
            Unchecked: NotYet
        ),
        new(
            PINFO2_04,
            "PINFO2-04",
            RequirementGroup.Pinfo2,
            Strength.Must,
            UapiLevel.V7_2,
            Kernel | InProcess,
            OwedByCore: false,
            Statement: "After opt-in, flags in the info struct is pure output: garbage on input never survives.",
            Violation: "input bits returned",
            Source: "core:vfio_check_precopy_ioctl",
            Fault: "echo input",
            Unchecked: NotYet
        ),
        new(
            PINFO2_05,
            "PINFO2-05",
            RequirementGroup.Pinfo2,
            Strength.MustCore,
            UapiLevel.V7_2,
            Kernel | InProcess,
            OwedByCore: false,
            Statement: "Only bit 0 (REINIT) is defined; other bits are 0 after opt-in on a 7.2 kernel; on a newer one report unknown bits, do not " + "fail.",
            Violation: "other bits set",
            Source: "uapi",
            Fault: "set bit 1",
            Unchecked: NotYet
        ),
        new(
            PINFO2_06,
            "PINFO2-06",
            RequirementGroup.Pinfo2,
            Strength.Must,
            UapiLevel.V7_2,
            Kernel | InProcess,
            OwedByCore: false,
            Statement: "Without opt-in REINIT is never reported; with input flags 0 the output flags are 0. (Input bits may be echoed: flags is "
                + "reserved then.)",
            Violation: "bit 0 set from input 0",
            Source: "uapi",
            Fault: "report REINIT unconditionally",
            Unchecked: NotYet
        ),
        new(
            PINFO2_07,
            "PINFO2-07",
            RequirementGroup.Pinfo2,
            Strength.MustCore,
            UapiLevel.V7_2,
            Kernel | InProcess,
            OwedByCore: false,
            Statement: "Opt-in is per device, idempotent, irrevocable while open, survives reset, and is dropped at last close.",
            Violation: "lost after reset; kept after reopen",
            Source: "core:last_close",
            Fault: "clear in reset; keep on reopen",
            Unchecked: NotYet
        ),
        new(
            PINFO2_08,
            "PINFO2-08",
            RequirementGroup.Pinfo2,
            Strength.Must,
            UapiLevel.V7_2,
            Kernel | InProcess,
            OwedByCore: false,
            Statement: "Opt-in affects sessions already open.",
            Violation: "only new sessions",
            Source: "core (device flag read per call)",
            Fault: "latch at session start",
            Unchecked: NotYet
        ),
        new(
            PINFO2_09,
            "PINFO2-09",
            RequirementGroup.Pinfo2,
            Strength.Must,
            UapiLevel.V7_2,
            Kernel | InProcess,
            OwedByCore: false,
            Statement: "When REINIT is reported, initial_bytes may rise regardless of earlier values and dirty_bytes is 0 in that answer (mlx5 7.2 "
                + "leaves the caller's word there: MIG-PRE-25; send 0).",
            Violation: "dirty_bytes != 0 with REINIT",
            Source: "uapi",
            Fault: "leave dirty stale",
            Unchecked: NotYet
        ),
        new(
            PINFO2_10,
            "PINFO2-10",
            RequirementGroup.Pinfo2,
            Strength.Must,
            UapiLevel.V7_2,
            Kernel | InProcess,
            OwedByCore: false,
            Statement: "After REINIT, initial_bytes falls to 0 as data is read; dirty_bytes then counts changes relative to the new initial data.",
            Violation: "stuck",
            Source: "uapi",
            Fault: "never decrement",
            Unchecked: NotYet
        ),
        new(
            PINFO2_11,
            "PINFO2-11",
            RequirementGroup.Pinfo2,
            Strength.Should,
            UapiLevel.V7_2,
            Kernel | InProcess,
            OwedByCore: false,
            Statement: "initial_bytes never rises in an answer without REINIT (same latitude as MIG-PRE-04).",
            Violation: "rise without flag",
            Source: "uapi",
            Fault: "forget flag",
            Unchecked: NotYet
        ),
        new(
            PINFO2_12,
            "PINFO2-12",
            RequirementGroup.Pinfo2,
            Strength.Must,
            UapiLevel.V7_2,
            Kernel | InProcess,
            OwedByCore: false,
            Statement: "The new initial data is on the same stream, after all bytes already queued; nothing queued is dropped. Whether unread "
                + "older bytes count into initial_bytes (mlx5: yes) is the driver's choice.",
            Violation: "older bytes dropped",
            Source: "uapi; mlx5",
            Fault: "discard queue on REINIT",
            Unchecked: NotYet
        ),
        new(
            PINFO2_13,
            "PINFO2-13",
            RequirementGroup.Pinfo2,
            Strength.Must,
            UapiLevel.V7_2,
            Kernel | InProcess,
            OwedByCore: false,
            Statement: "A reader that ignores REINIT (v1 reader) still gets a complete, restorable stream.",
            Violation: "restore fails without opt-in",
            Source: "uapi compat",
            Fault: "send reinit data only if opted in",
            Unchecked: NotYet
        ),
        new(
            PINFO2_14,
            "PINFO2-14",
            RequirementGroup.Pinfo2,
            Strength.Should,
            UapiLevel.V7_2,
            Kernel | InProcess,
            OwedByCore: false,
            Statement: "The driver does not report REINIT for ever on an idle device.",
            Violation: "endless REINIT",
            Source: "uapi progress",
            Fault: "sticky flag",
            Unchecked: NotYet
        ),
    ];
}
