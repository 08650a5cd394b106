using Conformance.Model.Contract;
using static Conformance.Model.Contract.Channels;
using static Conformance.Model.Requirements.RequirementId;

namespace Conformance.Model.Requirements;

/// <summary>
/// Features 6 to 8. START has ranges R and selects the page size P; REPORT asks with (iova, length, page size Q, bitmap). Bit n, that is bit n%8 of byte n/8,
/// stands for [iova + n*Q, iova + (n+1)*Q). The formula printed in the comment of the kernel header is wrong; this is what the code does.
/// </summary>
internal static class DmaLoggingRows
{
    internal static readonly Requirement[] Rows =
    [
        new(
            DLOG_01,
            Strength.Must,
            UapiLevel.V6_1,
            Kernel | Socket | InProcess,
            Statement: "PROBE on 6/7/8 tells support; all three or none.",
            Violation: "START supported, REPORT ENOTTY",
            Source: "include/uapi/linux/vfio.h, VFIO_DEVICE_FEATURE_DMA_LOGGING_START; drivers/vfio/pci/vfio_pci_core.c, vfio_pci_core_register_device()",
            Fault: "drop one"
        ),
        new(
            DLOG_02,
            Strength.Must,
            UapiLevel.V6_1,
            Kernel | InProcess,
            Statement: "START returns in page_size the size it selected: for a power-of-two hint a power of two, never 0.",
            Violation: "unchanged/odd value when hint unsupported",
            Source: "include/uapi/linux/vfio.h, VFIO_DEVICE_FEATURE_DMA_LOGGING_START (page_size)",
            Fault: "return 0",
            Note: "Hints that are not powers of two are outside conformance (the core passes them on; mtty echoes 1 and 3, pds rounds down silently): "
                + "fuzzed in process only."
        ),
        new(
            DLOG_03,
            Strength.Should,
            UapiLevel.V6_1,
            Kernel | Socket | InProcess,
            Statement: "An unsupportable hint leads to another choice, not to failure.",
            Violation: "EINVAL for 4K or 2M hint",
            Source: "include/uapi/linux/vfio.h, VFIO_DEVICE_FEATURE_DMA_LOGGING_START (page_size)",
            Fault: "reject hint != 4096",
            Note: "The ranges are aligned to the hint first: the core refuses a 2M hint with 4K-aligned ranges (DLOG-07)."
        ),
        new(
            DLOG_04,
            Strength.Must,
            UapiLevel.V6_1,
            Kernel | InProcess,
            Statement: "Up to page/16 ranges (256 with 4K pages) are accepted by the interface; a device with fewer slots merges them.",
            Violation: "E2BIG/ENOMEM at 256",
            Source: "include/uapi/linux/vfio.h, VFIO_DEVICE_FEATURE_DMA_LOGGING_START (num_ranges); drivers/vfio/vfio_main.c, vfio_combine_iova_ranges()",
            Fault: "cap at 8",
            Note: "A driver errno for a total size beyond device limits (mlx5: EOPNOTSUPP) is a limit to record, not a violation: the ranges are small."
        ),
        new(
            DLOG_05,
            Strength.Must,
            UapiLevel.V6_1,
            Kernel | InProcess,
            OwedByCore: true,
            Statement: "num_ranges = 0 gives EINVAL.",
            Violation: "success",
            Source: "drivers/vfio/vfio_main.c, vfio_ioctl_device_feature_logging_start()",
            Fault: "track everything"
        ),
        new(
            DLOG_06,
            Strength.MustCore,
            UapiLevel.V6_1,
            Kernel | InProcess,
            OwedByCore: true,
            Statement: "More than page/16 ranges gives E2BIG, before the array is read. A driver outside the kernel may accept more.",
            Violation: "another errno",
            Source: "drivers/vfio/vfio_main.c, vfio_ioctl_device_feature_logging_start()",
            Fault: "overflow",
            Note: "The header lets user space try more."
        ),
        new(
            DLOG_07,
            Strength.Must,
            UapiLevel.V6_1,
            Kernel | InProcess,
            OwedByCore: true,
            Statement: "iova and length not aligned to a power-of-two page_size (as given, before the driver changes it): EINVAL.",
            Violation: "accepted",
            Source: "drivers/vfio/vfio_main.c, vfio_ioctl_device_feature_logging_start()",
            Fault: "round silently"
        ),
        new(
            DLOG_08,
            Strength.Must,
            UapiLevel.V6_1,
            Kernel | InProcess,
            OwedByCore: true,
            Statement: "Overlapping ranges: EINVAL. Adjacent and unsorted ranges are fine.",
            Violation: "accepted / adjacent refused",
            Source: "drivers/vfio/vfio_main.c, vfio_ioctl_device_feature_logging_start()",
            Fault: "inclusive-end compare"
        ),
        new(
            DLOG_09,
            Strength.Must,
            UapiLevel.V6_1,
            Kernel | InProcess,
            OwedByCore: true,
            Statement: "iova+length overflowing 64 bits: EOVERFLOW (so a range ending exactly at 2^64 is refused).",
            Violation: "accepted",
            Source: "drivers/vfio/vfio_main.c, vfio_ioctl_device_feature_logging_start()",
            Fault: "wrap"
        ),
        new(
            DLOG_10,
            Strength.MustCore,
            UapiLevel.V6_1,
            Kernel,
            OwedByCore: true,
            Statement: "Unreadable ranges array: EFAULT; nothing started.",
            Violation: "partial start",
            Source: "drivers/vfio/vfio_main.c, vfio_ioctl_device_feature_logging_start()",
            Fault: "start first"
        ),
        new(
            DLOG_11,
            Strength.Must,
            UapiLevel.V6_1,
            Kernel | InProcess,
            Statement: "START while active fails (mlx5, pds: EINVAL); running log unaffected.",
            Violation: "second START succeeds/clears",
            Source: "include/uapi/linux/vfio.h, VFIO_DEVICE_FEATURE_DMA_LOGGING_START; include/linux/vfio.h, struct vfio_log_ops",
            Fault: "restart silently (libvfio-user allows same page size: known)"
        ),
        new(
            DLOG_12,
            Strength.Must,
            UapiLevel.V6_1,
            Kernel | Socket | InProcess,
            Statement: "STOP after START returns 0 and ends tracking.",
            Violation: "errno",
            Source: "include/uapi/linux/vfio.h, VFIO_DEVICE_FEATURE_DMA_LOGGING_STOP",
            Fault: "no-op"
        ),
        new(
            DLOG_13,
            Strength.Convention,
            UapiLevel.V6_1,
            Kernel | Socket | InProcess,
            Statement: "STOP while inactive is harmless (drivers return 0; errno tolerated).",
            Violation: "crash",
            Source: "include/linux/vfio.h, struct vfio_log_ops (log_stop)",
            Fault: "null deref"
        ),
        new(
            DLOG_14,
            Strength.Must,
            UapiLevel.V6_1,
            Kernel | Socket | InProcess,
            Statement: "REPORT while inactive fails (any errno; mlx5, pds EINVAL).",
            Violation: "0 (mtty: known deviation)",
            Source: "include/uapi/linux/vfio.h, VFIO_DEVICE_FEATURE_DMA_LOGGING_REPORT",
            Fault: "return 0"
        ),
        new(
            DLOG_15,
            Strength.Must,
            UapiLevel.V6_1,
            Kernel | Socket | InProcess,
            OwedByCore: true,
            Statement: "REPORT page size not a power of two or below 4096: EINVAL.",
            Violation: "accepted",
            Source: "drivers/vfio/vfio_main.c, vfio_ioctl_device_feature_logging_report()",
            Fault: "accept 1000"
        ),
        new(
            DLOG_16,
            Strength.Must,
            UapiLevel.V6_1,
            Kernel | InProcess,
            OwedByCore: true,
            Statement: "REPORT iova+length overflow: EOVERFLOW.",
            Violation: "accepted",
            Source: "drivers/vfio/vfio_main.c, vfio_ioctl_device_feature_logging_report()",
            Fault: "wrap"
        ),
        new(
            DLOG_17,
            Strength.Must,
            UapiLevel.V6_1,
            Kernel | InProcess,
            Statement: "REPORT only sets bits; pre-set bits survive.",
            Violation: "bit cleared",
            Source: "include/uapi/linux/vfio.h, VFIO_DEVICE_FEATURE_DMA_LOGGING_REPORT",
            Fault: "memset bitmap"
        ),
        new(
            DLOG_18,
            Strength.Must,
            UapiLevel.V6_1,
            Kernel | Socket | InProcess | NeedsDma,
            Statement: "REPORT clears what it reported for the range: with the device stopped (ST), a second REPORT of the same P-aligned range shows "
                + "none of those bits.",
            Violation: "bits again (allowed only if device re-dirtied)",
            Source: "include/uapi/linux/vfio.h, VFIO_DEVICE_FEATURE_DMA_LOGGING_REPORT (\"read back and clear\")",
            Fault: "never clear"
        ),
        new(
            DLOG_19,
            Strength.Must,
            UapiLevel.V6_1,
            Kernel | Socket | InProcess | NeedsDma,
            Statement: "Every page in R written by device DMA since START (or since it was last reported) is reported.",
            Violation: "missing bit for a written page",
            Source: "include/uapi/linux/vfio.h, VFIO_DEVICE_FEATURE_DMA_LOGGING_REPORT; VFIO_DEVICE_FEATURE_DMA_LOGGING_START",
            Fault: "drop every 64th page",
            Note: "Asserted with REPORT ranges aligned to max(P, Q); a range that starts inside a P-page is a warning only (the helper of Linux 7.2 "
                + "drops a record that begins before the range)."
        ),
        new(
            DLOG_20,
            Strength.May,
            UapiLevel.V6_1,
            Channels.None,
            Statement: "Over-reporting is allowed: coarser granularity, merged ranges, false positives.",
            Violation: "none: latitude of the driver",
            Source: "include/uapi/linux/vfio.h, VFIO_DEVICE_FEATURE_DMA_LOGGING_REPORT",
            Uncheckable: "latitude: false positives are legal"
        ),
        new(
            DLOG_21,
            Strength.MustCore,
            UapiLevel.V6_1,
            Kernel | InProcess,
            Statement: "With a REPORT range aligned to max(P, Q) no bit outside the requested [iova, iova+length) is touched, including padding bits of "
                + "the last word.",
            Violation: "guard word changed",
            Source: "drivers/iommu/iommufd/iova_bitmap.c, iova_bitmap_set()",
            Fault: "round up",
            Note: "With coarser P and an unaligned end the helper of Linux 7.2 writes the bits of the whole P-page, past the end: the kit keeps slack "
                + "behind the bitmap and warns."
        ),
        new(
            DLOG_22,
            Strength.Should,
            UapiLevel.V6_1,
            Kernel | Socket | InProcess | NeedsDma,
            Statement: "Only writes are logged: device reads leave pages clean.",
            Violation: "read-only page dirty",
            Source: "include/uapi/linux/vfio.h, VFIO_DEVICE_FEATURE_DMA_LOGGING_START (\"Only DMA WRITEs\")",
            Fault: "log reads"
        ),
        new(
            DLOG_23,
            Strength.Must,
            UapiLevel.V6_1,
            Kernel | Socket | InProcess | NeedsDma,
            Statement: "Q smaller than P: bits replicated; Q larger than P: any dirty sub-page sets the bit.",
            Violation: "wrong scaling",
            Source: "include/uapi/linux/vfio.h, VFIO_DEVICE_FEATURE_DMA_LOGGING_REPORT",
            Fault: "set first sub-bit only"
        ),
        new(
            DLOG_24,
            Strength.Must,
            UapiLevel.V6_1,
            Kernel | Socket | InProcess,
            Statement: "Any power-of-two Q >= 4096 is legal whatever page size START chose.",
            Violation: "EINVAL",
            Source: "include/uapi/linux/vfio.h, VFIO_DEVICE_FEATURE_DMA_LOGGING_REPORT",
            Fault: "require Q==P"
        ),
        new(
            DLOG_25,
            Strength.Must,
            UapiLevel.V6_1,
            Kernel | Socket | InProcess | NeedsDma,
            Statement: "Logging and FSM are independent: START/STOP/REPORT legal in every state; no arc starts or stops logging.",
            Violation: "log lost on SC>ST (pds: known deviation)",
            Source: "include/uapi/linux/vfio.h, VFIO_DEVICE_FEATURE_DMA_LOGGING_START (\"not connected\")",
            Fault: "stop log on leaving SC"
        ),
        new(
            DLOG_26,
            Strength.Must,
            UapiLevel.V6_1,
            Kernel | Socket | InProcess,
            Statement: "Logging calls do not move the FSM.",
            Violation: "state changed",
            Source: "include/uapi/linux/vfio.h, VFIO_DEVICE_FEATURE_DMA_LOGGING_START (\"not connected\")",
            Fault: "START moves to PC"
        ),
        new(
            DLOG_27,
            Strength.Must,
            UapiLevel.V6_1,
            Kernel | Socket | InProcess | NeedsDma,
            Statement: "Writes up to the moment the device stopped are reportable after the stop (final sync in ST/SC).",
            Violation: "last writes missing",
            Source: "include/uapi/linux/vfio.h, VFIO_DEVICE_FEATURE_DMA_LOGGING_REPORT (its purpose)",
            Fault: "freeze log at RP"
        ),
        new(
            DLOG_28,
            Strength.Should,
            UapiLevel.V6_1,
            Kernel | Socket | InProcess | NeedsDma,
            Statement: "STOP then START begins with an empty log.",
            Violation: "old bits",
            Source: "include/uapi/linux/vfio.h, VFIO_DEVICE_FEATURE_DMA_LOGGING_START; VFIO_DEVICE_FEATURE_DMA_LOGGING_STOP",
            Fault: "keep bits",
            Note: "Over-reporting is legal (DLOG-20): old bits are a warning."
        ),
        new(
            DLOG_29,
            Strength.Must,
            UapiLevel.V6_1,
            Kernel | Socket | InProcess | NeedsDma,
            Statement: "A REPORT on a P-aligned sub-range leaves the rest of the log intact.",
            Violation: "other pages lost",
            Source: "include/uapi/linux/vfio.h, VFIO_DEVICE_FEATURE_DMA_LOGGING_REPORT (\"for the IOVA range\")",
            Fault: "clear all"
        ),
        new(
            DLOG_30,
            Strength.Must,
            UapiLevel.V6_1,
            Kernel | Socket | InProcess | NeedsDma,
            Statement: "DMA concurrent with REPORT is seen in this or the next report, never lost.",
            Violation: "lost page",
            Source: "include/uapi/linux/vfio.h, VFIO_DEVICE_FEATURE_DMA_LOGGING_REPORT (\"read back and clear\")",
            Fault: "clear after read non-atomically"
        ),
        new(
            DLOG_31,
            Strength.Must,
            UapiLevel.V6_1,
            Kernel,
            OwedByCore: true,
            Statement: "If START's copy-out fails, logging is off again and EFAULT returned.",
            Violation: "active after EFAULT",
            Source: "drivers/vfio/vfio_main.c, vfio_ioctl_device_feature_logging_start()",
            Fault: "leave on"
        ),
        new(
            DLOG_32,
            Strength.Convention,
            UapiLevel.V6_1,
            Kernel | InProcess,
            Statement: "Last close ends logging; reopen starts inactive.",
            Violation: "REPORT works after reopen",
            Source: "drivers/vfio/pci/mlx5/main.c, mlx5vf_pci_close_device()",
            Fault: "leak"
        ),
        new(
            DLOG_33,
            Strength.Must,
            UapiLevel.V6_1,
            Kernel | Socket | InProcess | NeedsDma,
            Statement: "On any REPORT error the user treats all memory as dirty; the driver must not return 0 with an incomplete bitmap.",
            Violation: "0 with missing bits (mlx5 returns EIO on tracker loss)",
            Source: "include/uapi/linux/vfio.h, VFIO_DEVICE_FEATURE_DMA_LOGGING_REPORT",
            Fault: "hide overflow"
        ),
        new(
            DLOG_34,
            Strength.May,
            UapiLevel.V6_1,
            Channels.None,
            Statement: "REPORT on IOVAs outside R gives an errno (pds: EINVAL) or no bits.",
            Violation: "none: latitude of the driver",
            Source: "drivers/vfio/pci/pds/dirty.c, pds_vfio_dma_logging_report(); drivers/vfio/pci/mlx5/cmd.c, mlx5vf_tracker_read_and_clear()",
            Uncheckable: "latitude: an errno and an empty bitmap are both right"
        ),
        new(
            DLOG_35,
            Strength.May,
            UapiLevel.V6_1,
            Channels.None,
            Statement: "An invalid bitmap pointer is not reliably reported: Linux 6.12 and 7.2 pin lazily and silently drop bits (0 is possible); 6.1 "
                + "pins first and gives EFAULT.",
            Violation: "none: latitude of the driver",
            Source: "drivers/iommu/iommufd/iova_bitmap.c, iova_bitmap_set()",
            Uncheckable: "latitude: neither outcome is asserted",
            Note: "Neither is asserted."
        ),
        new(
            DLOG_36,
            Strength.May,
            UapiLevel.V6_1,
            Channels.None,
            Statement: "REPORT with length 0 is undefined (pds: EINVAL). START with a zero-length range passes the core; page_size 0 is EINVAL only "
                + "because no non-empty range is aligned to it.",
            Violation: "none: latitude of the driver",
            Source: "drivers/vfio/vfio_main.c, vfio_ioctl_device_feature_logging_start()",
            Uncheckable: "latitude: undefined requests, fuzzed only",
            Note: "Measured. Both stay out of conformance and are fuzzed in process only."
        ),
        new(
            DLOG_37,
            Strength.MustCore,
            UapiLevel.V6_1,
            Kernel | InProcess,
            Statement: "Reserved word in START is ignored (see ABI-24).",
            Violation: "EINVAL",
            Source: "drivers/vfio/vfio_main.c, vfio_ioctl_device_feature_logging_start()",
            Fault: "validate reserved"
        ),
        new(
            DLOG_38,
            Strength.Convention,
            UapiLevel.V6_1,
            Kernel | InProcess,
            Statement: "Ranges need not be mapped in the IOMMU at START time.",
            Violation: "EINVAL",
            Source: "include/uapi/linux/vfio.h, VFIO_DEVICE_FEATURE_DMA_LOGGING_START (IOVA only)",
            Fault: "require mapping"
        ),
        new(
            DLOG_39,
            Strength.Must,
            UapiLevel.V6_1,
            Kernel | Socket | InProcess | NeedsDma,
            Statement: "The log is in IOVA space as the device emits addresses (with nested translation see HANDOVER-02).",
            Violation: "HVA or PA reported",
            Source: "include/uapi/linux/vfio.h, VFIO_DEVICE_FEATURE_DMA_LOGGING_START (IOVA only)",
            Fault: "report physical"
        ),
        new(
            DLOG_40,
            Strength.User,
            UapiLevel.V6_1,
            Channels.None,
            Statement: "The user issues one START and the matching STOP, and STARTs again after a reset or an error.",
            Violation: "none at a driver: a duty of the user",
            Source: "include/uapi/linux/vfio.h, VFIO_DEVICE_FEATURE_DMA_LOGGING_STOP",
            Uncheckable: "obligation on the user: the kit obeys it"
        ),
        new(
            DLOG_41,
            Strength.May,
            UapiLevel.V6_7,
            Kernel,
            Statement: "From level 6.7 a kernel built without the bitmap helper answers every well-formed REPORT, started or not, with EOPNOTSUPP (after "
                + "DLOG-15 and DLOG-16), while PROBE on 8 gives 0 and START and STOP work.",
            Violation: "none: a property of the kernel build",
            Source: "include/linux/iova_bitmap.h (CONFIG_IOMMUFD_DRIVER); drivers/vfio/vfio_main.c, vfio_ioctl_device_feature_logging_report()",
            Uncheckable: "latitude: such a kernel is accepted and its bitmap rows are skipped",
            Note: "Measured with mtty; real logging drivers select the helper. REPORT is then called not testable and the bitmap rows are skipped."
        ),
        new(
            DLOG_42,
            Strength.MustCore,
            UapiLevel.V6_1,
            Kernel | InProcess,
            OwedByCore: true,
            Statement: "Order in START: num_ranges 0 (EINVAL), too many (E2BIG), then range by range: readable (EFAULT), aligned (EINVAL), no overflow "
                + "(EOVERFLOW), no overlap with earlier ones (EINVAL); the first failing range decides. In REPORT: page_size (EINVAL) before overflow "
                + "(EOVERFLOW).",
            Violation: "other errno for a two-fault request",
            Source: "drivers/vfio/vfio_main.c, vfio_ioctl_device_feature_logging_start() and vfio_ioctl_device_feature_logging_report()",
            Fault: "check overflow before alignment"
        ),
        new(
            DLOG_43,
            Strength.Must,
            UapiLevel.V6_1,
            Kernel | InProcess,
            Statement: "After a failed START logging is off, nothing is held, and a correct START succeeds.",
            Violation: "EINVAL \"active\" after a failed START, or growth",
            Source: "drivers/vfio/vfio_main.c, vfio_ioctl_device_feature_logging_start(); drivers/vfio/pci/pds/dirty.c, pds_vfio_dirty_enable()",
            Fault: "stay active after a failed START",
            Note: "Asked with 1000 failing STARTs, which leak nothing. pds once kept what a failed START had allocated."
        ),
        new(
            DLOG_44,
            Strength.MustCore,
            UapiLevel.V6_1,
            Kernel | InProcess,
            OwedByCore: true,
            Statement: "A failed START does not change the caller's page_size word; REPORT never writes its payload (a read-only payload page is fine), "
                + "only the bitmap.",
            Violation: "page_size changed on error; EFAULT on read-only payload",
            Source: "drivers/vfio/vfio_main.c, vfio_ioctl_device_feature_logging_start() and vfio_ioctl_device_feature_logging_report()",
            Fault: "write page_size before validating"
        ),
    ];
}
