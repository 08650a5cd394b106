using Conformance.Model.Contract;
using static Conformance.Model.Contract.Channels;

namespace Conformance.Model.Requirements;

// Features 6 to 8. START has ranges R and selects the page size P; REPORT asks with (iova, length, page size Q, bitmap). Bit n, that is bit n%8 of byte n/8,
// stands for [iova + n*Q, iova + (n+1)*Q). The formula printed in the comment of the kernel header is wrong; this is what the code does.
public readonly partial record struct RequirementId
{
    public static readonly RequirementId DLOG_01 = Row(
        Strength.Must,
        UapiLevel.V6_1,
        Kernel | Socket | InProcess,
        statement: "PROBE on 6/7/8 tells support; all three or none.",
        violation: "START supported, REPORT ENOTTY",
        source: "include/uapi/linux/vfio.h, VFIO_DEVICE_FEATURE_DMA_LOGGING_START; drivers/vfio/pci/vfio_pci_core.c, vfio_pci_core_register_device()",
        fault: "drop one"
    );

    public static readonly RequirementId DLOG_02 = Row(
        Strength.Must,
        UapiLevel.V6_1,
        Kernel | InProcess,
        statement: "START returns in page_size the size it selected: for a power-of-two hint a power of two, never 0.",
        violation: "unchanged/odd value when hint unsupported",
        source: "include/uapi/linux/vfio.h, VFIO_DEVICE_FEATURE_DMA_LOGGING_START (page_size)",
        fault: "return 0",
        note: "Hints that are not powers of two are outside conformance (the core passes them on; mtty echoes 1 and 3, pds rounds down silently): "
            + "fuzzed in process only."
    );

    public static readonly RequirementId DLOG_03 = Row(
        Strength.Should,
        UapiLevel.V6_1,
        Kernel | Socket | InProcess,
        statement: "An unsupportable hint leads to another choice, not to failure.",
        violation: "EINVAL for 4K or 2M hint",
        source: "include/uapi/linux/vfio.h, VFIO_DEVICE_FEATURE_DMA_LOGGING_START (page_size)",
        fault: "reject hint != 4096",
        note: "The ranges are aligned to the hint first: the core refuses a 2M hint with 4K-aligned ranges (DLOG-07)."
    );

    public static readonly RequirementId DLOG_04 = Row(
        Strength.Must,
        UapiLevel.V6_1,
        Kernel | InProcess,
        statement: "Up to page/16 ranges (256 with 4K pages) are accepted by the interface; a device with fewer slots merges them.",
        violation: "E2BIG/ENOMEM at 256",
        source: "include/uapi/linux/vfio.h, VFIO_DEVICE_FEATURE_DMA_LOGGING_START (num_ranges); drivers/vfio/vfio_main.c, vfio_combine_iova_ranges()",
        fault: "cap at 8",
        note: "A driver errno for a total size beyond device limits (mlx5: EOPNOTSUPP) is a limit to record, not a violation: the ranges are small."
    );

    public static readonly RequirementId DLOG_05 = Row(
        Strength.Must,
        UapiLevel.V6_1,
        Kernel | InProcess,
        owedByCore: true,
        statement: "num_ranges = 0 gives EINVAL.",
        violation: "success",
        source: "drivers/vfio/vfio_main.c, vfio_ioctl_device_feature_logging_start()",
        fault: "track everything"
    );

    public static readonly RequirementId DLOG_06 = Row(
        Strength.MustCore,
        UapiLevel.V6_1,
        Kernel | InProcess,
        owedByCore: true,
        statement: "More than page/16 ranges gives E2BIG, before the array is read. A driver outside the kernel may accept more.",
        violation: "another errno",
        source: "drivers/vfio/vfio_main.c, vfio_ioctl_device_feature_logging_start()",
        fault: "overflow",
        note: "The header lets user space try more."
    );

    public static readonly RequirementId DLOG_07 = Row(
        Strength.Must,
        UapiLevel.V6_1,
        Kernel | InProcess,
        owedByCore: true,
        statement: "iova and length not aligned to a power-of-two page_size (as given, before the driver changes it): EINVAL.",
        violation: "accepted",
        source: "drivers/vfio/vfio_main.c, vfio_ioctl_device_feature_logging_start()",
        fault: "round silently"
    );

    public static readonly RequirementId DLOG_08 = Row(
        Strength.Must,
        UapiLevel.V6_1,
        Kernel | InProcess,
        owedByCore: true,
        statement: "Overlapping ranges: EINVAL. Adjacent and unsorted ranges are fine.",
        violation: "accepted / adjacent refused",
        source: "drivers/vfio/vfio_main.c, vfio_ioctl_device_feature_logging_start()",
        fault: "inclusive-end compare"
    );

    public static readonly RequirementId DLOG_09 = Row(
        Strength.Must,
        UapiLevel.V6_1,
        Kernel | InProcess,
        owedByCore: true,
        statement: "iova+length overflowing 64 bits: EOVERFLOW (so a range ending exactly at 2^64 is refused).",
        violation: "accepted",
        source: "drivers/vfio/vfio_main.c, vfio_ioctl_device_feature_logging_start()",
        fault: "wrap"
    );

    public static readonly RequirementId DLOG_10 = Row(
        Strength.MustCore,
        UapiLevel.V6_1,
        Kernel,
        owedByCore: true,
        statement: "Unreadable ranges array: EFAULT; nothing started.",
        violation: "partial start",
        source: "drivers/vfio/vfio_main.c, vfio_ioctl_device_feature_logging_start()",
        fault: "start first"
    );

    public static readonly RequirementId DLOG_11 = Row(
        Strength.Must,
        UapiLevel.V6_1,
        Kernel | InProcess,
        statement: "START while active fails (mlx5, pds: EINVAL); running log unaffected.",
        violation: "second START succeeds/clears",
        source: "include/uapi/linux/vfio.h, VFIO_DEVICE_FEATURE_DMA_LOGGING_START; include/linux/vfio.h, struct vfio_log_ops",
        fault: "restart silently (libvfio-user allows same page size: known)"
    );

    public static readonly RequirementId DLOG_12 = Row(
        Strength.Must,
        UapiLevel.V6_1,
        Kernel | Socket | InProcess,
        statement: "STOP after START returns 0 and ends tracking.",
        violation: "errno",
        source: "include/uapi/linux/vfio.h, VFIO_DEVICE_FEATURE_DMA_LOGGING_STOP",
        fault: "no-op"
    );

    public static readonly RequirementId DLOG_13 = Row(
        Strength.Convention,
        UapiLevel.V6_1,
        Kernel | Socket | InProcess,
        statement: "STOP while inactive is harmless (drivers return 0; errno tolerated).",
        violation: "crash",
        source: "include/linux/vfio.h, struct vfio_log_ops (log_stop)",
        fault: "null deref"
    );

    public static readonly RequirementId DLOG_14 = Row(
        Strength.Must,
        UapiLevel.V6_1,
        Kernel | Socket | InProcess,
        statement: "REPORT while inactive fails (any errno; mlx5, pds EINVAL).",
        violation: "0 (mtty: known deviation)",
        source: "include/uapi/linux/vfio.h, VFIO_DEVICE_FEATURE_DMA_LOGGING_REPORT",
        fault: "return 0"
    );

    public static readonly RequirementId DLOG_15 = Row(
        Strength.Must,
        UapiLevel.V6_1,
        Kernel | Socket | InProcess,
        owedByCore: true,
        statement: "REPORT page size not a power of two or below 4096: EINVAL.",
        violation: "accepted",
        source: "drivers/vfio/vfio_main.c, vfio_ioctl_device_feature_logging_report()",
        fault: "accept 1000"
    );

    public static readonly RequirementId DLOG_16 = Row(
        Strength.Must,
        UapiLevel.V6_1,
        Kernel | InProcess,
        owedByCore: true,
        statement: "REPORT iova+length overflow: EOVERFLOW.",
        violation: "accepted",
        source: "drivers/vfio/vfio_main.c, vfio_ioctl_device_feature_logging_report()",
        fault: "wrap"
    );

    public static readonly RequirementId DLOG_17 = Row(
        Strength.Must,
        UapiLevel.V6_1,
        Kernel | InProcess,
        statement: "REPORT only sets bits; pre-set bits survive.",
        violation: "bit cleared",
        source: "include/uapi/linux/vfio.h, VFIO_DEVICE_FEATURE_DMA_LOGGING_REPORT",
        fault: "memset bitmap"
    );

    public static readonly RequirementId DLOG_18 = Row(
        Strength.Must,
        UapiLevel.V6_1,
        Kernel | Socket | InProcess | NeedsDma,
        statement: "REPORT clears what it reported for the range: with the device stopped (ST), a second REPORT of the same P-aligned range shows "
            + "none of those bits.",
        violation: "bits again (allowed only if device re-dirtied)",
        source: "include/uapi/linux/vfio.h, VFIO_DEVICE_FEATURE_DMA_LOGGING_REPORT (\"read back and clear\")",
        fault: "never clear"
    );

    public static readonly RequirementId DLOG_19 = Row(
        Strength.Must,
        UapiLevel.V6_1,
        Kernel | Socket | InProcess | NeedsDma,
        statement: "Every page in R written by device DMA since START (or since it was last reported) is reported.",
        violation: "missing bit for a written page",
        source: "include/uapi/linux/vfio.h, VFIO_DEVICE_FEATURE_DMA_LOGGING_REPORT; VFIO_DEVICE_FEATURE_DMA_LOGGING_START",
        fault: "drop every 64th page",
        note: "Asserted with REPORT ranges aligned to max(P, Q); a range that starts inside a P-page is a warning only (the helper of Linux 7.2 "
            + "drops a record that begins before the range)."
    );

    public static readonly RequirementId DLOG_20 = Row(
        Strength.May,
        UapiLevel.V6_1,
        Channels.None,
        statement: "Over-reporting is allowed: coarser granularity, merged ranges, false positives.",
        violation: "none: latitude of the driver",
        source: "include/uapi/linux/vfio.h, VFIO_DEVICE_FEATURE_DMA_LOGGING_REPORT",
        uncheckable: "latitude: false positives are legal"
    );

    public static readonly RequirementId DLOG_21 = Row(
        Strength.MustCore,
        UapiLevel.V6_1,
        Kernel | InProcess,
        statement: "With a REPORT range aligned to max(P, Q) no bit outside the requested [iova, iova+length) is touched, including padding bits of "
            + "the last word.",
        violation: "guard word changed",
        source: "drivers/iommu/iommufd/iova_bitmap.c, iova_bitmap_set()",
        fault: "round up",
        note: "With coarser P and an unaligned end the helper of Linux 7.2 writes the bits of the whole P-page, past the end: the kit keeps slack "
            + "behind the bitmap and warns."
    );

    public static readonly RequirementId DLOG_22 = Row(
        Strength.Should,
        UapiLevel.V6_1,
        Kernel | Socket | InProcess | NeedsDma,
        statement: "Only writes are logged: device reads leave pages clean.",
        violation: "read-only page dirty",
        source: "include/uapi/linux/vfio.h, VFIO_DEVICE_FEATURE_DMA_LOGGING_START (\"Only DMA WRITEs\")",
        fault: "log reads"
    );

    public static readonly RequirementId DLOG_23 = Row(
        Strength.Must,
        UapiLevel.V6_1,
        Kernel | Socket | InProcess | NeedsDma,
        statement: "Q smaller than P: bits replicated; Q larger than P: any dirty sub-page sets the bit.",
        violation: "wrong scaling",
        source: "include/uapi/linux/vfio.h, VFIO_DEVICE_FEATURE_DMA_LOGGING_REPORT",
        fault: "set first sub-bit only"
    );

    public static readonly RequirementId DLOG_24 = Row(
        Strength.Must,
        UapiLevel.V6_1,
        Kernel | Socket | InProcess,
        statement: "Any power-of-two Q >= 4096 is legal whatever page size START chose.",
        violation: "EINVAL",
        source: "include/uapi/linux/vfio.h, VFIO_DEVICE_FEATURE_DMA_LOGGING_REPORT",
        fault: "require Q==P"
    );

    public static readonly RequirementId DLOG_25 = Row(
        Strength.Must,
        UapiLevel.V6_1,
        Kernel | Socket | InProcess | NeedsDma,
        statement: "Logging and FSM are independent: START/STOP/REPORT legal in every state; no arc starts or stops logging.",
        violation: "log lost on SC>ST (pds: known deviation)",
        source: "include/uapi/linux/vfio.h, VFIO_DEVICE_FEATURE_DMA_LOGGING_START (\"not connected\")",
        fault: "stop log on leaving SC"
    );

    public static readonly RequirementId DLOG_26 = Row(
        Strength.Must,
        UapiLevel.V6_1,
        Kernel | Socket | InProcess,
        statement: "Logging calls do not move the FSM.",
        violation: "state changed",
        source: "include/uapi/linux/vfio.h, VFIO_DEVICE_FEATURE_DMA_LOGGING_START (\"not connected\")",
        fault: "START moves to PC"
    );

    public static readonly RequirementId DLOG_27 = Row(
        Strength.Must,
        UapiLevel.V6_1,
        Kernel | Socket | InProcess | NeedsDma,
        statement: "Writes up to the moment the device stopped are reportable after the stop (final sync in ST/SC).",
        violation: "last writes missing",
        source: "include/uapi/linux/vfio.h, VFIO_DEVICE_FEATURE_DMA_LOGGING_REPORT (its purpose)",
        fault: "freeze log at RP"
    );

    public static readonly RequirementId DLOG_28 = Row(
        Strength.Should,
        UapiLevel.V6_1,
        Kernel | Socket | InProcess | NeedsDma,
        statement: "STOP then START begins with an empty log.",
        violation: "old bits",
        source: "include/uapi/linux/vfio.h, VFIO_DEVICE_FEATURE_DMA_LOGGING_START; VFIO_DEVICE_FEATURE_DMA_LOGGING_STOP",
        fault: "keep bits",
        note: "Over-reporting is legal (DLOG-20): old bits are a warning."
    );

    public static readonly RequirementId DLOG_29 = Row(
        Strength.Must,
        UapiLevel.V6_1,
        Kernel | Socket | InProcess | NeedsDma,
        statement: "A REPORT on a P-aligned sub-range leaves the rest of the log intact.",
        violation: "other pages lost",
        source: "include/uapi/linux/vfio.h, VFIO_DEVICE_FEATURE_DMA_LOGGING_REPORT (\"for the IOVA range\")",
        fault: "clear all"
    );

    public static readonly RequirementId DLOG_30 = Row(
        Strength.Must,
        UapiLevel.V6_1,
        Kernel | Socket | InProcess | NeedsDma,
        statement: "DMA concurrent with REPORT is seen in this or the next report, never lost.",
        violation: "lost page",
        source: "include/uapi/linux/vfio.h, VFIO_DEVICE_FEATURE_DMA_LOGGING_REPORT (\"read back and clear\")",
        fault: "clear after read non-atomically"
    );

    public static readonly RequirementId DLOG_31 = Row(
        Strength.Must,
        UapiLevel.V6_1,
        Kernel,
        owedByCore: true,
        statement: "If START's copy-out fails, logging is off again and EFAULT returned.",
        violation: "active after EFAULT",
        source: "drivers/vfio/vfio_main.c, vfio_ioctl_device_feature_logging_start()",
        fault: "leave on"
    );

    public static readonly RequirementId DLOG_32 = Row(
        Strength.Convention,
        UapiLevel.V6_1,
        Kernel | InProcess,
        statement: "Last close ends logging; reopen starts inactive.",
        violation: "REPORT works after reopen",
        source: "drivers/vfio/pci/mlx5/main.c, mlx5vf_pci_close_device()",
        fault: "leak"
    );

    public static readonly RequirementId DLOG_33 = Row(
        Strength.Must,
        UapiLevel.V6_1,
        Kernel | Socket | InProcess | NeedsDma,
        statement: "On any REPORT error the user treats all memory as dirty; the driver must not return 0 with an incomplete bitmap.",
        violation: "0 with missing bits (mlx5 returns EIO on tracker loss)",
        source: "include/uapi/linux/vfio.h, VFIO_DEVICE_FEATURE_DMA_LOGGING_REPORT",
        fault: "hide overflow"
    );

    public static readonly RequirementId DLOG_34 = Row(
        Strength.May,
        UapiLevel.V6_1,
        Channels.None,
        statement: "REPORT on IOVAs outside R gives an errno (pds: EINVAL) or no bits.",
        violation: "none: latitude of the driver",
        source: "drivers/vfio/pci/pds/dirty.c, pds_vfio_dma_logging_report(); drivers/vfio/pci/mlx5/cmd.c, mlx5vf_tracker_read_and_clear()",
        uncheckable: "latitude: an errno and an empty bitmap are both right"
    );

    public static readonly RequirementId DLOG_35 = Row(
        Strength.May,
        UapiLevel.V6_1,
        Channels.None,
        statement: "An invalid bitmap pointer is not reliably reported: Linux 6.12 and 7.2 pin lazily and silently drop bits (0 is possible); 6.1 "
            + "pins first and gives EFAULT.",
        violation: "none: latitude of the driver",
        source: "drivers/iommu/iommufd/iova_bitmap.c, iova_bitmap_set()",
        uncheckable: "latitude: neither outcome is asserted",
        note: "Neither is asserted."
    );

    public static readonly RequirementId DLOG_36 = Row(
        Strength.May,
        UapiLevel.V6_1,
        Channels.None,
        statement: "REPORT with length 0 is undefined (pds: EINVAL). START with a zero-length range passes the core; page_size 0 is EINVAL only "
            + "because no non-empty range is aligned to it.",
        violation: "none: latitude of the driver",
        source: "drivers/vfio/vfio_main.c, vfio_ioctl_device_feature_logging_start()",
        uncheckable: "latitude: undefined requests, fuzzed only",
        note: "Measured. Both stay out of conformance and are fuzzed in process only."
    );

    public static readonly RequirementId DLOG_37 = Row(
        Strength.MustCore,
        UapiLevel.V6_1,
        Kernel | InProcess,
        statement: "Reserved word in START is ignored (see ABI-24).",
        violation: "EINVAL",
        source: "drivers/vfio/vfio_main.c, vfio_ioctl_device_feature_logging_start()",
        fault: "validate reserved"
    );

    public static readonly RequirementId DLOG_38 = Row(
        Strength.Convention,
        UapiLevel.V6_1,
        Kernel | InProcess,
        statement: "Ranges need not be mapped in the IOMMU at START time.",
        violation: "EINVAL",
        source: "include/uapi/linux/vfio.h, VFIO_DEVICE_FEATURE_DMA_LOGGING_START (IOVA only)",
        fault: "require mapping"
    );

    public static readonly RequirementId DLOG_39 = Row(
        Strength.Must,
        UapiLevel.V6_1,
        Kernel | Socket | InProcess | NeedsDma,
        statement: "The log is in IOVA space as the device emits addresses (with nested translation see HANDOVER-02).",
        violation: "HVA or PA reported",
        source: "include/uapi/linux/vfio.h, VFIO_DEVICE_FEATURE_DMA_LOGGING_START (IOVA only)",
        fault: "report physical"
    );

    public static readonly RequirementId DLOG_40 = Row(
        Strength.User,
        UapiLevel.V6_1,
        Channels.None,
        statement: "The user issues one START and the matching STOP, and STARTs again after a reset or an error.",
        violation: "none at a driver: a duty of the user",
        source: "include/uapi/linux/vfio.h, VFIO_DEVICE_FEATURE_DMA_LOGGING_STOP",
        uncheckable: "obligation on the user: the kit obeys it"
    );

    public static readonly RequirementId DLOG_41 = Row(
        Strength.May,
        UapiLevel.V6_7,
        Kernel,
        statement: "From level 6.7 a kernel built without the bitmap helper answers every well-formed REPORT, started or not, with EOPNOTSUPP (after "
            + "DLOG-15 and DLOG-16), while PROBE on 8 gives 0 and START and STOP work.",
        violation: "none: a property of the kernel build",
        source: "include/linux/iova_bitmap.h (CONFIG_IOMMUFD_DRIVER); drivers/vfio/vfio_main.c, vfio_ioctl_device_feature_logging_report()",
        uncheckable: "latitude: such a kernel is accepted and its bitmap rows are skipped",
        note: "Measured with mtty; real logging drivers select the helper. REPORT is then called not testable and the bitmap rows are skipped."
    );

    public static readonly RequirementId DLOG_42 = Row(
        Strength.MustCore,
        UapiLevel.V6_1,
        Kernel | InProcess,
        owedByCore: true,
        statement: "Order in START: num_ranges 0 (EINVAL), too many (E2BIG), then range by range: readable (EFAULT), aligned (EINVAL), no overflow "
            + "(EOVERFLOW), no overlap with earlier ones (EINVAL); the first failing range decides. In REPORT: page_size (EINVAL) before overflow "
            + "(EOVERFLOW).",
        violation: "other errno for a two-fault request",
        source: "drivers/vfio/vfio_main.c, vfio_ioctl_device_feature_logging_start() and vfio_ioctl_device_feature_logging_report()",
        fault: "check overflow before alignment"
    );

    public static readonly RequirementId DLOG_43 = Row(
        Strength.Must,
        UapiLevel.V6_1,
        Kernel | InProcess,
        statement: "After a failed START logging is off, nothing is held, and a correct START succeeds.",
        violation: "EINVAL \"active\" after a failed START, or growth",
        source: "drivers/vfio/vfio_main.c, vfio_ioctl_device_feature_logging_start(); drivers/vfio/pci/pds/dirty.c, pds_vfio_dirty_enable()",
        fault: "stay active after a failed START",
        note: "Asked with 1000 failing STARTs, which leak nothing. pds once kept what a failed START had allocated."
    );

    public static readonly RequirementId DLOG_44 = Row(
        Strength.MustCore,
        UapiLevel.V6_1,
        Kernel | InProcess,
        owedByCore: true,
        statement: "A failed START does not change the caller's page_size word; REPORT never writes its payload (a read-only payload page is fine), "
            + "only the bitmap.",
        violation: "page_size changed on error; EFAULT on read-only payload",
        source: "drivers/vfio/vfio_main.c, vfio_ioctl_device_feature_logging_start() and vfio_ioctl_device_feature_logging_report()",
        fault: "write page_size before validating"
    );
}
