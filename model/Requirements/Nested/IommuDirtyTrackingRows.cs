using Conformance.Model.Contract;
using static Conformance.Model.Contract.Channels;
using static Conformance.Model.Requirements.RequirementId;

namespace Conformance.Model.Requirements;

/// <summary>
/// Dirty tracking of the IOMMU: iommufd (SET_DIRTY_TRACKING, GET_DIRTY_BITMAP) and vfio type1. A bit counts against a log of the writes. Observed in
/// errnos and bitmap bytes.
/// </summary>
internal static class IommuDirtyTrackingRows
{
    internal static readonly Requirement[] Rows =
    [
        new(
            DIRTY_01,
            Strength.Must,
            UapiLevel.V6_7,
            InProcess,
            Statement: "Every page written before a query returns is reported by it or by a later one, for any order of writes, queries and clears.",
            Violation: "a written page is never reported",
            Source: "include/uapi/linux/iommufd.h, struct iommu_hwpt_get_dirty_bitmap",
            Fault: "clear after the copy; no TLB flush"
        ),
        new(
            DIRTY_02,
            Strength.Must,
            UapiLevel.V6_7,
            InProcess,
            Statement: "A query with NO_CLEAR changes no dirty state: repeated, it reports the same or more.",
            Violation: "the second one reports less",
            Source: "include/uapi/linux/iommufd.h, struct iommu_hwpt_get_dirty_bitmap",
            Fault: "clear anyway"
        ),
        new(
            DIRTY_03,
            Strength.Must,
            UapiLevel.V6_7,
            InProcess,
            Statement: "Where hardware tracks, a second query without writes in between reports nothing.",
            Violation: "the same pages again",
            Source: "include/uapi/linux/iommufd.h, struct iommu_hwpt_get_dirty_bitmap",
            Fault: "never clear"
        ),
        new(
            DIRTY_04,
            Strength.Must,
            UapiLevel.V6_7,
            InProcess,
            Statement: "Bit i is page i counted from the iova of the request, lowest bit of the lowest byte first; bits are only set, never cleared in "
                + "the caller's buffer.",
            Violation: "another bit, or a set bit is cleared",
            Source: "include/uapi/linux/iommufd.h, struct iommu_hwpt_get_dirty_bitmap",
            Fault: "absolute index; overwrite the buffer"
        ),
        new(
            DIRTY_05,
            Strength.Must,
            UapiLevel.V6_7,
            InProcess,
            Statement: "A page_size above that of the mapping reports the OR of its pages; one below sets every bit that the mapping covers.",
            Violation: "a bit is missing",
            Source: "include/uapi/linux/iommufd.h, struct iommu_hwpt_get_dirty_bitmap",
            Fault: "one bit for a 2MB leaf"
        ),
        new(
            DIRTY_06,
            Strength.Must,
            UapiLevel.V6_7,
            InProcess,
            Statement: "Buffers at any byte alignment, tails shorter than 64 bits, and ranges above one pinned window are reported in full.",
            Violation: "a part is missing",
            Source: "drivers/iommu/iommufd/iova_bitmap.c, iova_bitmap_set(); include/uapi/linux/iommufd.h, struct iommu_hwpt_get_dirty_bitmap",
            Fault: "drop the last word"
        ),
        new(
            DIRTY_07,
            Strength.Must,
            UapiLevel.V6_7,
            InProcess,
            Statement: "Errors: unknown flags and missing support EOPNOTSUPP, wrap EOVERFLOW, misaligned range and page_size 0 EINVAL, in the order of "
                + "the interface.",
            Violation: "another errno",
            Source: "drivers/iommu/iommufd/hw_pagetable.c, iommufd_hwpt_get_dirty_bitmap(); drivers/iommu/iommufd/io_pagetable.c, "
                + "iopt_read_and_clear_dirty_data()",
            Fault: "EINVAL for every error"
        ),
        new(
            DIRTY_08,
            Strength.Must,
            UapiLevel.V6_7,
            InProcess,
            Statement: "Enabling gives a clean baseline; pages mapped afterwards are dirty once.",
            Violation: "writes before enabling are reported, or a new mapping is clean",
            Source: "include/uapi/linux/iommufd.h, struct iommu_hwpt_set_dirty_tracking; drivers/iommu/iommufd/io_pagetable.c, iopt_set_dirty_tracking()",
            Fault: "a new mapping is clean"
        ),
        new(
            DIRTY_09,
            Strength.Must,
            UapiLevel.V6_7,
            InProcess,
            Statement: "A query before an unmap keeps what was dirty; the other order loses it, which is the caller's error.",
            Violation: "dirty state is reported after the unmap",
            Source: "include/uapi/linux/iommufd.h, struct iommu_hwpt_get_dirty_bitmap (IOMMU_HWPT_GET_DIRTY_BITMAP_NO_CLEAR)",
            Fault: "keep the bitmap after the unmap"
        ),
        new(
            DIRTY_10,
            Strength.Must,
            UapiLevel.V6_7,
            Kernel | InProcess | KernelConditional,
            Statement: "A query over a range with an unmapped hole fails or reports all of it; it never succeeds with a part missing.",
            Violation: "success with a part missing",
            Source: "drivers/iommu/iommufd/io_pagetable.c, iopt_read_and_clear_dirty_data()",
            Fault: "stop at the first hole with success"
        ),
        new(
            DIRTY_11,
            Strength.Must,
            UapiLevel.V6_7,
            Kernel | InProcess | KernelConditional,
            Statement: "A query that starts or ends within a block loses no page of the block, shifts nothing, and writes nothing behind the bitmap.",
            Violation: "a page is lost, the report is shifted, or a byte behind the bitmap changes",
            Source: "drivers/iommu/io-pgtable-arm.c, arm_lpae_read_and_clear_dirty()",
            Fault: "clear the block and report the range only; begin the record unaligned"
        ),
        new(
            DIRTY_12,
            Strength.Must,
            UapiLevel.V6_7,
            InProcess,
            Statement: "Allocating a nest parent with dirty tracking is refused with EOPNOTSUPP; the caller then takes all memory as dirty or blocks "
                + "migration.",
            Violation: "a clean bitmap is pretended",
            Source: "drivers/iommu/arm/arm-smmu-v3/arm-smmu-v3.c, arm_smmu_domain_alloc_paging_flags() (Linux 7.2); include/uapi/linux/iommufd.h, struct "
                + "iommu_hwpt_alloc",
            Fault: "pretend a clean bitmap"
        ),
        new(
            DIRTY_13,
            Strength.Must,
            UapiLevel.V6_1,
            InProcess,
            Statement: "type1 with a group that does not report: all mapped pages are dirty at every query. With pinning groups only: pinned pages and "
                + "written ones.",
            Violation: "a page is missing",
            Source: "drivers/vfio/vfio_iommu_type1.c, update_user_bitmap()",
            Fault: "pinned pages only although another group maps"
        ),
        new(
            DIRTY_14,
            Strength.Must,
            UapiLevel.V6_1,
            InProcess,
            Statement: "type1 takes one of START, STOP and GET, pgsize must be the smallest page of the IOMMU, a range that cuts a mapping gives EINVAL, "
                + "and START twice succeeds.",
            Violation: "another result",
            Source: "drivers/vfio/vfio_iommu_type1.c, vfio_iommu_type1_dirty_pages(); include/uapi/linux/vfio.h, VFIO_IOMMU_DIRTY_PAGES",
            Fault: "START twice fails; allow a cut"
        ),
        new(
            DIRTY_15,
            Strength.Must,
            UapiLevel.V6_1,
            InProcess,
            Statement: "With nested translation the final log is asked by guest physical address.",
            Violation: "asked by the guest's IOVA",
            Source: "qemu-devel list, RFC \"Add migration support for VFIO PCI devices in SMMUv3 nested stage mode\", 2021, cover letter (first problem)",
            Fault: "pass the guest's IOVA",
            Note: "The same as HANDOVER-01: tested once, reported under both."
        ),
        new(
            DIRTY_16,
            Strength.Must,
            UapiLevel.V6_1,
            InProcess,
            Statement: "What an emulated SMMU writes into guest memory (event records, MSI, table updates) makes that memory dirty.",
            Violation: "a record is missing on the destination",
            Source: "QEMU hw/arm/smmuv3.c, smmuv3_write_eventq(); QEMU docs/devel/migration/main.rst",
            Fault: "store past the dirty log"
        ),
        new(
            DIRTY_17,
            Strength.Must,
            UapiLevel.V6_1,
            InProcess,
            Statement: "The last synchronisation after the devices stopped DMA captures everything: source and destination memory are equal.",
            Violation: "a page differs",
            Source: "qemu-devel list, RFC \"Add migration support for VFIO PCI devices in SMMUv3 nested stage mode\", 2021, cover letter (first problem)",
            Fault: "synchronise before the stop",
            Note: "The same as HANDOVER-11: tested once, reported under both."
        ),
        new(
            DIRTY_18,
            Strength.Must,
            UapiLevel.V6_7,
            InProcess,
            Statement: "The capability IOMMU_HW_CAP_DIRTY_TRACKING is reported exactly when dirty update and coherent walks are both there.",
            Violation: "reported without coherency",
            Source: "drivers/iommu/arm/arm-smmu-v3/arm-smmu-v3.c, arm_smmu_dbm_capable(); include/uapi/linux/iommufd.h, enum iommufd_hw_capabilities",
            Fault: "ignore coherency"
        ),
        new(
            DIRTY_19,
            Strength.Must,
            UapiLevel.V6_7,
            InProcess,
            Statement: "A query or switch that fails for its range or flags changes no dirty state and no byte of the bitmap.",
            Violation: "something changed",
            Source: "include/uapi/linux/iommufd.h, struct iommu_hwpt_set_dirty_tracking; struct iommu_hwpt_get_dirty_bitmap",
            Fault: "clear first, check later"
        ),
    ];
}
