using Conformance.Model.Contract;
using static Conformance.Model.Contract.Channels;
using static Conformance.Model.Requirements.RequirementId;

namespace Conformance.Model.Requirements.Groups;

/// <summary>
/// Dirty tracking of the IOMMU: iommufd (SET_DIRTY_TRACKING, GET_DIRTY_BITMAP) and vfio type1. A bit counts against a log of the writes. Observed in
/// errnos and bitmap bytes.
/// </summary>
internal static class IommuDirtyTracking
{
    private const string NotYet = "not checked yet: dirty tracking of the IOMMU";

    internal static readonly Requirement[] Rows =
    [
        new(
            DIRTY_01,
            "DIRTY-01",
            RequirementGroup.Dirty,
            Strength.Must,
            UapiLevel.V6_7,
            InProcess,
            OwedByCore: false,
            Statement: "Every page written before a query returns is reported by it or by a later one, for any order of writes, queries and clears.",
            Violation: "a written page is never reported",
            Source: "Linux iommufd",
            Fault: "clear after the copy; no TLB flush",
            Unchecked: NotYet
        ),
        new(
            DIRTY_02,
            "DIRTY-02",
            RequirementGroup.Dirty,
            Strength.Must,
            UapiLevel.V6_7,
            InProcess,
            OwedByCore: false,
            Statement: "A query with NO_CLEAR changes no dirty state: repeated, it reports the same or more.",
            Violation: "the second one reports less",
            Source: "Linux iommufd",
            Fault: "clear anyway",
            Unchecked: NotYet
        ),
        new(
            DIRTY_03,
            "DIRTY-03",
            RequirementGroup.Dirty,
            Strength.Must,
            UapiLevel.V6_7,
            InProcess,
            OwedByCore: false,
            Statement: "Where hardware tracks, a second query without writes in between reports nothing.",
            Violation: "the same pages again",
            Source: "Linux iommufd",
            Fault: "never clear",
            Unchecked: NotYet
        ),
        new(
            DIRTY_04,
            "DIRTY-04",
            RequirementGroup.Dirty,
            Strength.Must,
            UapiLevel.V6_7,
            InProcess,
            OwedByCore: false,
            Statement: "Bit i is page i counted from the iova of the request, lowest bit of the lowest byte first; bits are only set, never cleared "
                + "in the caller's buffer.",
            Violation: "another bit, or a set bit is cleared",
            Source: "Linux iommufd",
            Fault: "absolute index; overwrite the buffer",
            Unchecked: NotYet
        ),
        new(
            DIRTY_05,
            "DIRTY-05",
            RequirementGroup.Dirty,
            Strength.Must,
            UapiLevel.V6_7,
            InProcess,
            OwedByCore: false,
            Statement: "A page_size above that of the mapping reports the OR of its pages; one below sets every bit that the mapping covers.",
            Violation: "a bit is missing",
            Source: "Linux iommufd",
            Fault: "one bit for a 2MB leaf",
            Unchecked: NotYet
        ),
        new(
            DIRTY_06,
            "DIRTY-06",
            RequirementGroup.Dirty,
            Strength.Must,
            UapiLevel.V6_7,
            InProcess,
            OwedByCore: false,
            Statement: "Buffers at any byte alignment, tails shorter than 64 bits, and ranges above one pinned window are reported in full.",
            Violation: "a part is missing",
            Source: "Linux iommufd",
            Fault: "drop the last word",
            Unchecked: NotYet
        ),
        new(
            DIRTY_07,
            "DIRTY-07",
            RequirementGroup.Dirty,
            Strength.Must,
            UapiLevel.V6_7,
            InProcess,
            OwedByCore: false,
            Statement: "Errors: unknown flags and missing support EOPNOTSUPP, wrap EOVERFLOW, misaligned range and page_size 0 EINVAL, in the order "
                + "of the interface.",
            Violation: "another errno",
            Source: "Linux iommufd",
            Fault: "EINVAL for every error",
            Unchecked: NotYet
        ),
        new(
            DIRTY_08,
            "DIRTY-08",
            RequirementGroup.Dirty,
            Strength.Must,
            UapiLevel.V6_7,
            InProcess,
            OwedByCore: false,
            Statement: "Enabling gives a clean baseline; pages mapped afterwards are dirty once.",
            Violation: "writes before enabling are reported, or a new mapping is clean",
            Source: "Linux iommufd",
            Fault: "a new mapping is clean",
            Unchecked: NotYet
        ),
        new(
            DIRTY_09,
            "DIRTY-09",
            RequirementGroup.Dirty,
            Strength.Must,
            UapiLevel.V6_7,
            InProcess,
            OwedByCore: false,
            Statement: "A query before an unmap keeps what was dirty; the other order loses it, which is the caller's error.",
            Violation: "dirty state is reported after the unmap",
            Source: "Linux iommufd",
            Fault: "keep the bitmap after the unmap",
            Unchecked: NotYet
        ),
        new(
            DIRTY_10,
            "DIRTY-10",
            RequirementGroup.Dirty,
            Strength.Must,
            UapiLevel.V6_7,
            Kernel | InProcess | KernelConditional,
            OwedByCore: false,
            Statement: "A query over a range with an unmapped hole fails or reports all of it; it never succeeds with a part missing.",
            Violation: "success with a part missing",
            Source: "Linux iommufd",
            Fault: "stop at the first hole with success",
            Unchecked: NotYet
        ),
        new(
            DIRTY_11,
            "DIRTY-11",
            RequirementGroup.Dirty,
            Strength.Must,
            UapiLevel.V6_7,
            Kernel | InProcess | KernelConditional,
            OwedByCore: false,
            Statement: "A query that starts or ends within a block loses no page of the block, shifts nothing, and writes nothing behind the " + "bitmap.",
            Violation: "a page is lost, the report is shifted, or a byte behind the bitmap changes",
            Source: "Linux iommufd",
            Fault: "clear the block and report the range only; begin the record unaligned",
            Unchecked: NotYet
        ),
        new(
            DIRTY_12,
            "DIRTY-12",
            RequirementGroup.Dirty,
            Strength.Must,
            UapiLevel.V6_7,
            InProcess,
            OwedByCore: false,
            Statement: "Allocating a nest parent with dirty tracking is refused with EOPNOTSUPP; the caller then takes all memory as dirty or "
                + "blocks migration.",
            Violation: "a clean bitmap is pretended",
            Source: "Linux iommufd",
            Fault: "pretend a clean bitmap",
            Unchecked: NotYet
        ),
        new(
            DIRTY_13,
            "DIRTY-13",
            RequirementGroup.Dirty,
            Strength.Must,
            UapiLevel.V6_1,
            InProcess,
            OwedByCore: false,
            Statement: "type1 with a group that does not report: all mapped pages are dirty at every query. With pinning groups only: pinned pages "
                + "and written ones.",
            Violation: "a page is missing",
            Source: "Linux vfio type1",
            Fault: "pinned pages only although another group maps",
            Unchecked: NotYet
        ),
        new(
            DIRTY_14,
            "DIRTY-14",
            RequirementGroup.Dirty,
            Strength.Must,
            UapiLevel.V6_1,
            InProcess,
            OwedByCore: false,
            Statement: "type1 takes one of START, STOP and GET, pgsize must be the smallest page of the IOMMU, a range that cuts a mapping gives "
                + "EINVAL, and START twice succeeds.",
            Violation: "another result",
            Source: "Linux vfio type1",
            Fault: "START twice fails; allow a cut",
            Unchecked: NotYet
        ),
        new(
            DIRTY_15,
            "DIRTY-15",
            RequirementGroup.Dirty,
            Strength.Must,
            UapiLevel.V6_1,
            InProcess,
            OwedByCore: false,
            Statement: "With nested translation the final log is asked by guest physical address.",
            Violation: "asked by the guest's IOVA",
            Source: "SMMUv3 nested-stage thread, 2021; the same as HANDOVER-01",
            Fault: "pass the guest's IOVA",
            Unchecked: NotYet
        ),
        new(
            DIRTY_16,
            "DIRTY-16",
            RequirementGroup.Dirty,
            Strength.Must,
            UapiLevel.V6_1,
            InProcess,
            OwedByCore: false,
            Statement: "What an emulated SMMU writes into guest memory (event records, MSI, table updates) makes that memory dirty.",
            Violation: "a record is missing on the destination",
            Source: "QEMU smmuv3",
            Fault: "store past the dirty log",
            Unchecked: NotYet
        ),
        new(
            DIRTY_17,
            "DIRTY-17",
            RequirementGroup.Dirty,
            Strength.Must,
            UapiLevel.V6_1,
            InProcess,
            OwedByCore: false,
            Statement: "The last synchronisation after the devices stopped DMA captures everything: source and destination memory are equal.",
            Violation: "a page differs",
            Source: "SMMUv3 nested-stage thread, 2021; the same as HANDOVER-11",
            Fault: "synchronise before the stop",
            Unchecked: NotYet
        ),
        new(
            DIRTY_18,
            "DIRTY-18",
            RequirementGroup.Dirty,
            Strength.Must,
            UapiLevel.V6_7,
            InProcess,
            OwedByCore: false,
            Statement: "The capability IOMMU_HW_CAP_DIRTY_TRACKING is reported exactly when dirty update and coherent walks are both there.",
            Violation: "reported without coherency",
            Source: "Linux iommufd",
            Fault: "ignore coherency",
            Unchecked: NotYet
        ),
        new(
            DIRTY_19,
            "DIRTY-19",
            RequirementGroup.Dirty,
            Strength.Must,
            UapiLevel.V6_7,
            InProcess,
            OwedByCore: false,
            Statement: "A query or switch that fails for its range or flags changes no dirty state and no byte of the bitmap.",
            Violation: "something changed",
            Source: "Linux iommufd",
            Fault: "clear first, check later",
            Unchecked: NotYet
        ),
    ];
}
