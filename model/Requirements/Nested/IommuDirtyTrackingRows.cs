using Conformance.Model.Contract;
using static Conformance.Model.Contract.Channels;

namespace Conformance.Model.Requirements;

// Dirty tracking of the IOMMU: iommufd (SET_DIRTY_TRACKING, GET_DIRTY_BITMAP) and vfio type1. A bit counts against a log of the writes. Observed in errnos
// and bitmap bytes.
public readonly partial record struct RequirementId
{
    public static readonly RequirementId DIRTY_01 = Row(
        Strength.Must,
        UapiLevel.V6_7,
        InProcess,
        statement: "Every page written before a query returns is reported by it or by a later one, for any order of writes, queries and clears.",
        violation: "a written page is never reported",
        source: "include/uapi/linux/iommufd.h, struct iommu_hwpt_get_dirty_bitmap",
        fault: "clear after the copy; no TLB flush",
        parts: NestedParts.Host
    );

    public static readonly RequirementId DIRTY_02 = Row(
        Strength.Must,
        UapiLevel.V6_7,
        InProcess,
        statement: "A query with NO_CLEAR changes no dirty state: repeated, it reports the same or more.",
        violation: "the second one reports less",
        source: "include/uapi/linux/iommufd.h, struct iommu_hwpt_get_dirty_bitmap",
        fault: "clear anyway",
        parts: NestedParts.Host
    );

    public static readonly RequirementId DIRTY_03 = Row(
        Strength.Must,
        UapiLevel.V6_7,
        InProcess,
        statement: "Where hardware tracks, a second query without writes in between reports nothing.",
        violation: "the same pages again",
        source: "include/uapi/linux/iommufd.h, struct iommu_hwpt_get_dirty_bitmap",
        fault: "never clear",
        parts: NestedParts.Host
    );

    public static readonly RequirementId DIRTY_04 = Row(
        Strength.Must,
        UapiLevel.V6_7,
        InProcess,
        statement: "Bit i is page i counted from the iova of the request, lowest bit of the lowest byte first; bits are only set, never cleared in "
            + "the caller's buffer.",
        violation: "another bit, or a set bit is cleared",
        source: "include/uapi/linux/iommufd.h, struct iommu_hwpt_get_dirty_bitmap",
        fault: "absolute index; overwrite the buffer",
        parts: NestedParts.Host
    );

    public static readonly RequirementId DIRTY_05 = Row(
        Strength.Must,
        UapiLevel.V6_7,
        InProcess,
        statement: "A page_size above that of the mapping reports the OR of its pages; one below sets every bit that the mapping covers.",
        violation: "a bit is missing",
        source: "include/uapi/linux/iommufd.h, struct iommu_hwpt_get_dirty_bitmap",
        fault: "one bit for a 2MB leaf",
        parts: NestedParts.Host
    );

    public static readonly RequirementId DIRTY_06 = Row(
        Strength.Must,
        UapiLevel.V6_7,
        InProcess,
        statement: "Buffers at any byte alignment, tails shorter than 64 bits, and ranges above one pinned window are reported in full.",
        violation: "a part is missing",
        source: "drivers/iommu/iommufd/iova_bitmap.c, iova_bitmap_set(); include/uapi/linux/iommufd.h, struct iommu_hwpt_get_dirty_bitmap",
        fault: "drop the last word",
        parts: NestedParts.Host
    );

    public static readonly RequirementId DIRTY_07 = Row(
        Strength.Must,
        UapiLevel.V6_7,
        InProcess,
        statement: "Errors: unknown flags and missing support EOPNOTSUPP, wrap EOVERFLOW, misaligned range and page_size 0 EINVAL, in the order of "
            + "the interface.",
        violation: "another errno",
        source: "drivers/iommu/iommufd/hw_pagetable.c, iommufd_hwpt_get_dirty_bitmap(); drivers/iommu/iommufd/io_pagetable.c, "
            + "iopt_read_and_clear_dirty_data()",
        fault: "EINVAL for every error",
        parts: NestedParts.Host
    );

    public static readonly RequirementId DIRTY_08 = Row(
        Strength.Must,
        UapiLevel.V6_7,
        InProcess,
        statement: "Enabling gives a clean baseline; pages mapped afterwards are dirty once.",
        violation: "writes before enabling are reported, or a new mapping is clean",
        source: "include/uapi/linux/iommufd.h, struct iommu_hwpt_set_dirty_tracking; drivers/iommu/iommufd/io_pagetable.c, iopt_set_dirty_tracking()",
        fault: "a new mapping is clean",
        parts: NestedParts.Host
    );

    public static readonly RequirementId DIRTY_09 = Row(
        Strength.Must,
        UapiLevel.V6_7,
        InProcess,
        statement: "A query before an unmap keeps what was dirty; the other order loses it, which is the caller's error.",
        violation: "dirty state is reported after the unmap",
        source: "include/uapi/linux/iommufd.h, struct iommu_hwpt_get_dirty_bitmap (IOMMU_HWPT_GET_DIRTY_BITMAP_NO_CLEAR)",
        fault: "keep the bitmap after the unmap",
        parts: NestedParts.Host
    );

    public static readonly RequirementId DIRTY_10 = Row(
        Strength.Must,
        UapiLevel.V6_7,
        Kernel | InProcess | KernelConditional,
        statement: "A query over a range with an unmapped hole fails or reports all of it; it never succeeds with a part missing.",
        violation: "success with a part missing",
        source: "drivers/iommu/iommufd/io_pagetable.c, iopt_read_and_clear_dirty_data()",
        fault: "stop at the first hole with success",
        parts: NestedParts.Host
    );

    public static readonly RequirementId DIRTY_11 = Row(
        Strength.Must,
        UapiLevel.V6_7,
        Kernel | InProcess | KernelConditional,
        statement: "A query that starts or ends within a block loses no page of the block, shifts nothing, and writes nothing behind the bitmap.",
        violation: "a page is lost, the report is shifted, or a byte behind the bitmap changes",
        source: "drivers/iommu/io-pgtable-arm.c, arm_lpae_read_and_clear_dirty()",
        fault: "clear the block and report the range only; begin the record unaligned",
        parts: NestedParts.Host
    );

    public static readonly RequirementId DIRTY_12 = Row(
        Strength.Must,
        UapiLevel.V6_7,
        InProcess,
        statement: "Allocating a nest parent with dirty tracking is refused with EOPNOTSUPP; the caller then takes all memory as dirty or blocks "
            + "migration.",
        violation: "a clean bitmap is pretended",
        source: "drivers/iommu/arm/arm-smmu-v3/arm-smmu-v3.c, arm_smmu_domain_alloc_paging_flags() (Linux 7.2); include/uapi/linux/iommufd.h, struct "
            + "iommu_hwpt_alloc",
        fault: "pretend a clean bitmap",
        parts: NestedParts.Host | NestedParts.Machine
    );

    public static readonly RequirementId DIRTY_13 = Row(
        Strength.Must,
        UapiLevel.V6_1,
        InProcess | Channels.Kernel,
        statement: "type1 with a group that does not report: all mapped pages are dirty at every query. With pinning groups only: pinned pages and "
            + "written ones.",
        violation: "a page is missing",
        source: "drivers/vfio/vfio_iommu_type1.c, update_user_bitmap()",
        fault: "pinned pages only although another group maps",
        note: "A page too many is no violation: a VMM copies it once more.",
        parts: NestedParts.Container
    );

    public static readonly RequirementId DIRTY_14 = Row(
        Strength.Must,
        UapiLevel.V6_1,
        InProcess | Channels.Kernel,
        statement: "type1 takes one of START, STOP and GET, and START twice succeeds. GET wants START before it, the smallest page of the IOMMU as pgsize, "
            + "a range of whole pages that is not empty and cuts no mapping, and a bitmap with a bit for each: else EINVAL, where it wraps EOVERFLOW as well. "
            + "An unmap with GET_DIRTY_BITMAP wants the same, and no other flag.",
        violation: "another result",
        source: "drivers/vfio/vfio_iommu_type1.c, vfio_iommu_type1_dirty_pages(), vfio_dma_do_unmap(); include/uapi/linux/vfio.h, VFIO_IOMMU_DIRTY_PAGES",
        fault: "START twice fails; allow a cut",
        parts: NestedParts.Container
    );

    public static readonly RequirementId DIRTY_15 = Row(
        Strength.Must,
        UapiLevel.V6_1,
        InProcess,
        statement: "With nested translation the final log is asked by guest physical address.",
        violation: "asked by the guest's IOVA",
        source: "qemu-devel list, RFC \"Add migration support for VFIO PCI devices in SMMUv3 nested stage mode\", 2021, cover letter (first problem)",
        fault: "pass the guest's IOVA",
        note: "The same as HANDOVER-01: tested once, reported under both."
    );

    public static readonly RequirementId DIRTY_16 = Row(
        Strength.Must,
        UapiLevel.V6_1,
        InProcess,
        statement: "What an emulated SMMU writes into guest memory (event records, MSI, table updates) makes that memory dirty.",
        violation: "a record is missing on the destination",
        source: "QEMU hw/arm/smmuv3.c, smmuv3_write_eventq(); QEMU docs/devel/migration/main.rst",
        fault: "store past the dirty log"
    );

    public static readonly RequirementId DIRTY_17 = Row(
        Strength.Must,
        UapiLevel.V6_1,
        InProcess,
        statement: "The last synchronisation after the devices stopped DMA captures everything: source and destination memory are equal.",
        violation: "a page differs",
        source: "qemu-devel list, RFC \"Add migration support for VFIO PCI devices in SMMUv3 nested stage mode\", 2021, cover letter (first problem)",
        fault: "synchronise before the stop",
        note: "The same as HANDOVER-11: tested once, reported under both."
    );

    public static readonly RequirementId DIRTY_18 = Row(
        Strength.Must,
        UapiLevel.V6_7,
        InProcess,
        statement: "The capability IOMMU_HW_CAP_DIRTY_TRACKING is reported exactly when dirty update and coherent walks are both there.",
        violation: "reported without coherency",
        source: "drivers/iommu/arm/arm-smmu-v3/arm-smmu-v3.c, arm_smmu_dbm_capable(); include/uapi/linux/iommufd.h, enum iommufd_hw_capabilities",
        fault: "ignore coherency",
        parts: NestedParts.Host
    );

    public static readonly RequirementId DIRTY_19 = Row(
        Strength.Must,
        UapiLevel.V6_7,
        InProcess,
        statement: "A query or switch that fails for its range or flags changes no dirty state and no byte of the bitmap.",
        violation: "something changed",
        source: "include/uapi/linux/iommufd.h, struct iommu_hwpt_set_dirty_tracking; struct iommu_hwpt_get_dirty_bitmap",
        fault: "clear first, check later",
        parts: NestedParts.Host
    );
}
