using static Conformance.Model.Requirements.Channels;
using static Conformance.Model.Requirements.RequirementId;

namespace Conformance.Model.Requirements.Groups;

/// <summary>
/// Features 6 to 8. START has ranges R and selects the page size P; REPORT asks with (iova, length, page size Q, bitmap). Bit n, that is bit n%8 of byte n/8,
/// stands for [iova + n*Q, iova + (n+1)*Q). The formula printed in the comment of the kernel header is wrong; this is what the code does.
/// </summary>
internal static class DmaLoggingRows
{
    private const string NotYet = "not checked yet: device DMA logging";

    internal static readonly Requirement[] Rows =
    [
        new(DLOG_01, "DLOG-01", RequirementGroup.Dlog, Strength.Must, UapiLevel.V6_1, Kernel | Socket | InProcess, OwedByCore: false,
            Statement: "PROBE on 6/7/8 tells support; all three or none.",
            Violation: "START supported, REPORT ENOTTY",
            Source: "uapi; core registration check",
            Fault: "drop one",
            Unchecked: NotYet),

        new(DLOG_02, "DLOG-02", RequirementGroup.Dlog, Strength.Must, UapiLevel.V6_1, Kernel | InProcess, OwedByCore: false,
            Statement: "START returns in page_size the size it selected: for a power-of-two hint a power of two, never 0. Hints that are not " +
                       "powers of two are outside conformance (the core passes them on; mtty echoes 1 and 3, pds rounds down silently): fuzzed in " +
                       "process only.",
            Violation: "unchanged/odd value when hint unsupported",
            Source: "uapi",
            Fault: "return 0",
            Unchecked: NotYet),

        new(DLOG_03, "DLOG-03", RequirementGroup.Dlog, Strength.Should, UapiLevel.V6_1, Kernel | Socket | InProcess, OwedByCore: false,
            Statement: "An unsupportable hint leads to another choice, not to failure. Align the ranges to the hint first: the core refuses a 2M " +
                       "hint with 4K-aligned ranges (DLOG-07).",
            Violation: "EINVAL for 4K or 2M hint",
            Source: "uapi",
            Fault: "reject hint != 4096",
            Unchecked: NotYet),

        new(DLOG_04, "DLOG-04", RequirementGroup.Dlog, Strength.Must, UapiLevel.V6_1, Kernel | InProcess, OwedByCore: false,
            Statement: "Up to page/16 ranges (256 with 4K pages) are accepted by the interface; a device with fewer slots merges them. A driver " +
                       "errno for total size beyond device limits (mlx5 EOPNOTSUPP) is a limit to record, not a violation; use small ranges.",
            Violation: "E2BIG/ENOMEM at 256",
            Source: "uapi; core; vfio_combine_iova_ranges",
            Fault: "cap at 8",
            Unchecked: NotYet),

        new(DLOG_05, "DLOG-05", RequirementGroup.Dlog, Strength.Must, UapiLevel.V6_1, Kernel | InProcess, OwedByCore: true,
            Statement: "num_ranges = 0 gives EINVAL.",
            Violation: "success",
            Source: "core",
            Fault: "track everything",
            Unchecked: NotYet),

        new(DLOG_06, "DLOG-06", RequirementGroup.Dlog, Strength.MustCore, UapiLevel.V6_1, Kernel | InProcess, OwedByCore: true,
            Statement: "More than page/16 ranges gives E2BIG, before the array is read. (The header lets user space try more: on the socket and " +
                       "in-process channels accepting more is fine.)",
            Violation: "another errno",
            Source: "core",
            Fault: "overflow",
            Unchecked: NotYet),

        new(DLOG_07, "DLOG-07", RequirementGroup.Dlog, Strength.Must, UapiLevel.V6_1, Kernel | InProcess, OwedByCore: true,
            Statement: "iova and length not aligned to a power-of-two page_size (as given, before the driver changes it): EINVAL.",
            Violation: "accepted",
            Source: "core",
            Fault: "round silently",
            Unchecked: NotYet),

        new(DLOG_08, "DLOG-08", RequirementGroup.Dlog, Strength.Must, UapiLevel.V6_1, Kernel | InProcess, OwedByCore: true,
            Statement: "Overlapping ranges: EINVAL. Adjacent and unsorted ranges are fine.",
            Violation: "accepted / adjacent refused",
            Source: "core",
            Fault: "inclusive-end compare",
            Unchecked: NotYet),

        new(DLOG_09, "DLOG-09", RequirementGroup.Dlog, Strength.Must, UapiLevel.V6_1, Kernel | InProcess, OwedByCore: true,
            Statement: "iova+length overflowing 64 bits: EOVERFLOW (so a range ending exactly at 2^64 is refused).",
            Violation: "accepted",
            Source: "core",
            Fault: "wrap",
            Unchecked: NotYet),

        new(DLOG_10, "DLOG-10", RequirementGroup.Dlog, Strength.MustCore, UapiLevel.V6_1, Kernel, OwedByCore: true,
            Statement: "Unreadable ranges array: EFAULT; nothing started.",
            Violation: "partial start",
            Source: "core",
            Fault: "start first",
            Unchecked: NotYet),

        new(DLOG_11, "DLOG-11", RequirementGroup.Dlog, Strength.Must, UapiLevel.V6_1, Kernel | InProcess, OwedByCore: false,
            Statement: "START while active fails (mlx5, pds: EINVAL); running log unaffected.",
            Violation: "second START succeeds/clears",
            Source: "uapi; core:vfio_log_ops",
            Fault: "restart silently (libvfio-user allows same page size: known)",
            Unchecked: NotYet),

        new(DLOG_12, "DLOG-12", RequirementGroup.Dlog, Strength.Must, UapiLevel.V6_1, Kernel | Socket | InProcess, OwedByCore: false,
            Statement: "STOP after START returns 0 and ends tracking.",
            Violation: "errno",
            Source: "uapi",
            Fault: "no-op",
            Unchecked: NotYet),

        new(DLOG_13, "DLOG-13", RequirementGroup.Dlog, Strength.Convention, UapiLevel.V6_1, Kernel | Socket | InProcess, OwedByCore: false,
            Statement: "STOP while inactive is harmless (drivers return 0; errno tolerated).",
            Violation: "crash",
            Source: "core:vfio_log_ops \"graceful\"",
            Fault: "null deref",
            Unchecked: NotYet),

        new(DLOG_14, "DLOG-14", RequirementGroup.Dlog, Strength.Must, UapiLevel.V6_1, Kernel | Socket | InProcess, OwedByCore: false,
            Statement: "REPORT while inactive fails (any errno; mlx5, pds EINVAL).",
            Violation: "0 (mtty: known deviation)",
            Source: "uapi",
            Fault: "return 0",
            Unchecked: NotYet),

        new(DLOG_15, "DLOG-15", RequirementGroup.Dlog, Strength.Must, UapiLevel.V6_1, Kernel | Socket | InProcess, OwedByCore: true,
            Statement: "REPORT page size not a power of two or below 4096: EINVAL.",
            Violation: "accepted",
            Source: "core",
            Fault: "accept 1000",
            Unchecked: NotYet),

        new(DLOG_16, "DLOG-16", RequirementGroup.Dlog, Strength.Must, UapiLevel.V6_1, Kernel | InProcess, OwedByCore: true,
            Statement: "REPORT iova+length overflow: EOVERFLOW.",
            Violation: "accepted",
            Source: "core",
            Fault: "wrap",
            Unchecked: NotYet),

        new(DLOG_17, "DLOG-17", RequirementGroup.Dlog, Strength.Must, UapiLevel.V6_1, Kernel | InProcess, OwedByCore: false,
            Statement: "REPORT only sets bits; pre-set bits survive.",
            Violation: "bit cleared",
            Source: "uapi",
            Fault: "memset bitmap",
            Unchecked: NotYet),

        new(DLOG_18, "DLOG-18", RequirementGroup.Dlog, Strength.Must, UapiLevel.V6_1, Kernel | Socket | InProcess | NeedsDma, OwedByCore: false,
            Statement: "REPORT clears what it reported for the range: with the device stopped (ST), a second REPORT of the same P-aligned range " +
                       "shows none of those bits.",
            Violation: "bits again (allowed only if device re-dirtied)",
            Source: "uapi \"read back and clear\"",
            Fault: "never clear",
            Unchecked: NotYet),

        new(DLOG_19, "DLOG-19", RequirementGroup.Dlog, Strength.Must, UapiLevel.V6_1, Kernel | Socket | InProcess | NeedsDma, OwedByCore: false,
            Statement: "Soundness: every page in R written by device DMA since START (or since it was last reported) is reported. Assert with " +
                       "REPORT ranges aligned to max(P, Q); a range starting inside a P-page is a finding only (7.2 helper drops a record that " +
                       "begins before the range).",
            Violation: "missing bit for a written page",
            Source: "uapi",
            Fault: "drop every 64th page",
            Unchecked: NotYet),

        new(DLOG_20, "DLOG-20", RequirementGroup.Dlog, Strength.May, UapiLevel.V6_1, Channels.None, OwedByCore: false,
            Statement: "Over-reporting is allowed: coarser granularity, merged ranges, false positives.",
            Violation: "none: latitude of the driver",
            Source: "uapi",
            Fault: null,
            Unchecked: NotYet + "; latitude: false positives are legal"),

        new(DLOG_21, "DLOG-21", RequirementGroup.Dlog, Strength.MustCore, UapiLevel.V6_1, Kernel | InProcess, OwedByCore: false,
            Statement: "With a REPORT range aligned to max(P, Q) no bit outside the requested [iova, iova+length) is touched, including padding " +
                       "bits of the last word. With coarser P and an unaligned end the 7.2 helper writes the bits of the whole P-page, past the " +
                       "end: keep slack behind the bitmap and report as finding.",
            Violation: "guard word changed",
            Source: "core:iova_bitmap_set",
            Fault: "round up",
            Unchecked: NotYet),

        new(DLOG_22, "DLOG-22", RequirementGroup.Dlog, Strength.Should, UapiLevel.V6_1, Kernel | Socket | InProcess | NeedsDma, OwedByCore: false,
            Statement: "Only writes are logged: device reads leave pages clean.",
            Violation: "read-only page dirty",
            Source: "uapi \"Only DMA WRITEs\"",
            Fault: "log reads",
            Unchecked: NotYet),

        new(DLOG_23, "DLOG-23", RequirementGroup.Dlog, Strength.Must, UapiLevel.V6_1, Kernel | Socket | InProcess | NeedsDma, OwedByCore: false,
            Statement: "Q smaller than P: bits replicated; Q larger than P: any dirty sub-page sets the bit.",
            Violation: "wrong scaling",
            Source: "uapi",
            Fault: "set first sub-bit only",
            Unchecked: NotYet),

        new(DLOG_24, "DLOG-24", RequirementGroup.Dlog, Strength.Must, UapiLevel.V6_1, Kernel | Socket | InProcess, OwedByCore: false,
            Statement: "Any power-of-two Q >= 4096 is legal whatever page size START chose.",
            Violation: "EINVAL",
            Source: "uapi",
            Fault: "require Q==P",
            Unchecked: NotYet),

        new(DLOG_25, "DLOG-25", RequirementGroup.Dlog, Strength.Must, UapiLevel.V6_1, Kernel | Socket | InProcess | NeedsDma, OwedByCore: false,
            Statement: "Logging and FSM are independent: START/STOP/REPORT legal in every state; no arc starts or stops logging.",
            Violation: "log lost on SC>ST (pds: known deviation)",
            Source: "uapi \"not connected\"",
            Fault: "stop log on leaving SC",
            Unchecked: NotYet),

        new(DLOG_26, "DLOG-26", RequirementGroup.Dlog, Strength.Must, UapiLevel.V6_1, Kernel | Socket | InProcess, OwedByCore: false,
            Statement: "Logging calls do not move the FSM.",
            Violation: "state changed",
            Source: "uapi",
            Fault: "START moves to PC",
            Unchecked: NotYet),

        new(DLOG_27, "DLOG-27", RequirementGroup.Dlog, Strength.Must, UapiLevel.V6_1, Kernel | Socket | InProcess | NeedsDma, OwedByCore: false,
            Statement: "Writes up to the moment the device stopped are reportable after the stop (final sync in ST/SC).",
            Violation: "last writes missing",
            Source: "uapi purpose",
            Fault: "freeze log at RP",
            Unchecked: NotYet),

        new(DLOG_28, "DLOG-28", RequirementGroup.Dlog, Strength.Should, UapiLevel.V6_1, Kernel | Socket | InProcess | NeedsDma, OwedByCore: false,
            Statement: "STOP then START begins with an empty log (over-reporting is legal by DLOG-20: old bits are a finding).",
            Violation: "old bits",
            Source: "uapi",
            Fault: "keep bits",
            Unchecked: NotYet),

        new(DLOG_29, "DLOG-29", RequirementGroup.Dlog, Strength.Must, UapiLevel.V6_1, Kernel | Socket | InProcess | NeedsDma, OwedByCore: false,
            Statement: "A REPORT on a P-aligned sub-range leaves the rest of the log intact.",
            Violation: "other pages lost",
            Source: "uapi \"for the IOVA range\"",
            Fault: "clear all",
            Unchecked: NotYet),

        new(DLOG_30, "DLOG-30", RequirementGroup.Dlog, Strength.Must, UapiLevel.V6_1, Kernel | Socket | InProcess | NeedsDma, OwedByCore: false,
            Statement: "DMA concurrent with REPORT is seen in this or the next report, never lost.",
            Violation: "lost page",
            Source: "uapi read-and-clear",
            Fault: "clear after read non-atomically",
            Unchecked: NotYet),

        new(DLOG_31, "DLOG-31", RequirementGroup.Dlog, Strength.Must, UapiLevel.V6_1, Kernel, OwedByCore: true,
            Statement: "If START's copy-out fails, logging is off again and EFAULT returned.",
            Violation: "active after EFAULT",
            Source: "core",
            Fault: "leave on",
            Unchecked: NotYet),

        new(DLOG_32, "DLOG-32", RequirementGroup.Dlog, Strength.Convention, UapiLevel.V6_1, Kernel | InProcess, OwedByCore: false,
            Statement: "Last close ends logging; reopen starts inactive.",
            Violation: "REPORT works after reopen",
            Source: "drv close",
            Fault: "leak",
            Unchecked: NotYet),

        new(DLOG_33, "DLOG-33", RequirementGroup.Dlog, Strength.Must, UapiLevel.V6_1, Kernel | Socket | InProcess | NeedsDma, OwedByCore: false,
            Statement: "On any REPORT error the user treats all memory as dirty; the driver must not return 0 with an incomplete bitmap.",
            Violation: "0 with missing bits (mlx5 returns EIO on tracker loss)",
            Source: "uapi",
            Fault: "hide overflow",
            Unchecked: NotYet),

        new(DLOG_34, "DLOG-34", RequirementGroup.Dlog, Strength.May, UapiLevel.V6_1, Channels.None, OwedByCore: false,
            Statement: "REPORT on IOVAs outside R gives an errno (pds: EINVAL) or no bits.",
            Violation: "none: latitude of the driver",
            Source: "drv",
            Fault: null,
            Unchecked: NotYet + "; latitude: an errno and an empty bitmap are both right"),

        new(DLOG_35, "DLOG-35", RequirementGroup.Dlog, Strength.May, UapiLevel.V6_1, Channels.None, OwedByCore: false,
            Statement: "An invalid bitmap pointer is not reliably reported: Linux 6.12 and 7.2 pin lazily and silently drop bits (0 is possible); " +
                       "6.1 pins first and gives EFAULT. Neither is asserted.",
            Violation: "none: latitude of the driver",
            Source: "core:iova_bitmap_set",
            Fault: null,
            Unchecked: NotYet + "; latitude: neither outcome is asserted"),

        new(DLOG_36, "DLOG-36", RequirementGroup.Dlog, Strength.May, UapiLevel.V6_1, Channels.None, OwedByCore: false,
            Statement: "REPORT with length 0 is undefined (pds: EINVAL). START with a zero-length range passes the core (measured: 0); page_size 0 " +
                       "is EINVAL only because no non-empty range is aligned to it. Both stay out of conformance and are fuzzed in process only.",
            Violation: "none: latitude of the driver",
            Source: "core",
            Fault: null,
            Unchecked: NotYet + "; latitude: undefined requests, fuzzed only"),

        new(DLOG_37, "DLOG-37", RequirementGroup.Dlog, Strength.MustCore, UapiLevel.V6_1, Kernel | InProcess, OwedByCore: false,
            Statement: "Reserved word in START is ignored (see ABI-24).",
            Violation: "EINVAL",
            Source: "core",
            Fault: "validate reserved",
            Unchecked: NotYet),

        new(DLOG_38, "DLOG-38", RequirementGroup.Dlog, Strength.Convention, UapiLevel.V6_1, Kernel | InProcess, OwedByCore: false,
            Statement: "Ranges need not be mapped in the IOMMU at START time.",
            Violation: "EINVAL",
            Source: "uapi (IOVA only)",
            Fault: "require mapping",
            Unchecked: NotYet),

        new(DLOG_39, "DLOG-39", RequirementGroup.Dlog, Strength.Must, UapiLevel.V6_1, Kernel | Socket | InProcess | NeedsDma, OwedByCore: false,
            Statement: "The log is in IOVA space as the device emits addresses (with nested translation see HANDOVER-02).",
            Violation: "HVA or PA reported",
            Source: "uapi",
            Fault: "report physical",
            Unchecked: NotYet),

        new(DLOG_40, "DLOG-40", RequirementGroup.Dlog, Strength.User, UapiLevel.V6_1, Channels.None, OwedByCore: false,
            Statement: "The user issues one START and the matching STOP, and STARTs again after a reset or an error.",
            Violation: "none at a driver: a duty of the user",
            Source: "uapi",
            Fault: null,
            Unchecked: NotYet + "; obligation on the user: the kit obeys it"),

        new(DLOG_41, "DLOG-41", RequirementGroup.Dlog, Strength.May, UapiLevel.V6_7, Kernel, OwedByCore: false,
            Statement: "From level 6.7 a kernel built without the bitmap helper answers every well-formed REPORT, started or not, with EOPNOTSUPP " +
                       "(after DLOG-15 and DLOG-16), while PROBE on 8 gives 0 and START and STOP work (measured with mtty; real logging drivers " +
                       "select the helper). The kit then calls REPORT not testable and skips the bitmap rows.",
            Violation: "none: a property of the kernel build",
            Source: "core bitmap helper build option",
            Fault: null,
            Unchecked: NotYet + "; latitude: such a kernel is accepted and its bitmap rows are skipped"),

        new(DLOG_42, "DLOG-42", RequirementGroup.Dlog, Strength.MustCore, UapiLevel.V6_1, Kernel | InProcess, OwedByCore: true,
            Statement: "Order in START: num_ranges 0 (EINVAL), too many (E2BIG), then range by range: readable (EFAULT), aligned (EINVAL), no " +
                       "overflow (EOVERFLOW), no overlap with earlier ones (EINVAL); the first failing range decides. In REPORT: page_size " +
                       "(EINVAL) before overflow (EOVERFLOW).",
            Violation: "other errno for a two-fault request",
            Source: "core:vfio_ioctl_device_feature_logging_start, vfio_ioctl_device_feature_logging_report",
            Fault: "check overflow before alignment",
            Unchecked: NotYet),

        new(DLOG_43, "DLOG-43", RequirementGroup.Dlog, Strength.Must, UapiLevel.V6_1, Kernel | InProcess, OwedByCore: false,
            Statement: "After a failed START logging is off, nothing is held, and a correct START succeeds; 1000 failing STARTs leak nothing.",
            Violation: "EINVAL \"active\" after a failed START, or growth",
            Source: "uapi; core; a real defect",
            Fault: "stay active after a failed START",
            Unchecked: NotYet),

        new(DLOG_44, "DLOG-44", RequirementGroup.Dlog, Strength.MustCore, UapiLevel.V6_1, Kernel | InProcess, OwedByCore: true,
            Statement: "A failed START does not change the caller's page_size word; REPORT never writes its payload (a read-only payload page is " +
                       "fine), only the bitmap.",
            Violation: "page_size changed on error; EFAULT on read-only payload",
            Source: "core",
            Fault: "write page_size before validating",
            Unchecked: NotYet),
    ];
}
