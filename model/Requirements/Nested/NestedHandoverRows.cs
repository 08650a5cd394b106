using Conformance.Model.Contract;
using static Conformance.Model.Contract.Channels;
using static Conformance.Model.Requirements.RequirementId;

namespace Conformance.Model.Requirements;

/// <summary>
/// What a VMM owes when a VM with an assigned device behind a nested SMMUv3 migrates. Stage 1 maps guest IOVA (gIOVA) to guest physical addresses (GPA) and
/// belongs to the guest; stage 2 maps GPA to host physical addresses and belongs to the VMM. DIRTY and SMMU-NEST ids are requirements of the SMMUv3 model;
/// where a source names one as the same, it is tested once and reported under both.
/// </summary>
internal static class NestedHandoverRows
{
    internal static readonly Requirement[] Rows =
    [
        new(
            HANDOVER_01,
            Strength.Must,
            UapiLevel.V6_1,
            Kernel | InProcess | KernelConditional,
            Statement: "In nested mode dirty pages are asked for per stage-2 address (GPA), for every RAM section, independent of guest IOMMU mappings.",
            Violation: "page dirtied through a gIOVA mapping missing from the GPA bitmap",
            Source: "qemu-devel list, RFC \"Add migration support for VFIO PCI devices in SMMUv3 nested stage mode\", 2021, cover letter (first problem)",
            Fault: "query by gIOVA",
            Note: "The same as DIRTY-15: tested once, reported under both."
        ),
        new(
            HANDOVER_02,
            Strength.Must,
            UapiLevel.V6_1,
            InProcess,
            Statement: "A device-side log (the DLOG group) speaks the address that the device emits (gIOVA when stage 1 is on); it must not be fed or "
                + "read with GPAs unless stage 1 is bypassed. Its user must translate or refuse.",
            Violation: "wrong pages marked",
            Source: "qemu-devel list, RFC \"Add migration support for VFIO PCI devices in SMMUv3 nested stage mode\", 2021, cover letter (first problem)",
            Fault: "treat gIOVA bitmap as GPA"
        ),
        new(
            HANDOVER_03,
            Strength.Must,
            UapiLevel.V6_1,
            InProcess,
            Statement: "The single-stage method (replaying vIOMMU mappings, \"caching mode\") is not used in nested mode, because the guest's stage-1 "
                + "changes are not trapped.",
            Violation: "pages behind an unreported mapping missed",
            Source: "qemu-devel list, RFC \"Add migration support for VFIO PCI devices in SMMUv3 nested stage mode\", 2021, cover letter (first problem)",
            Fault: "replay cached mappings"
        ),
        new(
            HANDOVER_04,
            Strength.Must,
            UapiLevel.V6_1,
            InProcess,
            Statement: "All RAM sections are mapped in stage 2 before tracking starts and kept mapped until the final sync; sync covers all of them.",
            Violation: "section skipped",
            Source: "qemu-devel list, RFC \"Add migration support for VFIO PCI devices in SMMUv3 nested stage mode\", 2021, cover letter (first problem)",
            Fault: "skip sections above 4 GiB"
        ),
        new(
            HANDOVER_05,
            Strength.Must,
            UapiLevel.V6_1,
            InProcess,
            Statement: "The stage-1 configuration (per-stream table entry: config mode abort/bypass/translate, context-descriptor pointer in GPA, "
                + "format, size, attributes) is part of the vIOMMU's migrated state. The device's migration stream does not carry it.",
            Violation: "DMA on the destination faults or bypasses",
            Source: "qemu-devel list, RFC \"Add migration support for VFIO PCI devices in SMMUv3 nested stage mode\", 2021, cover letter (second problem)",
            Fault: "omit STE"
        ),
        new(
            HANDOVER_06,
            Strength.Must,
            UapiLevel.V6_1,
            Kernel | InProcess | KernelConditional,
            Statement: "After the vIOMMU state is loaded on the destination, stage-1 configuration is pushed to the destination's physical IOMMU for "
                + "every assigned device (post-load step), since no guest write will trigger it.",
            Violation: "the first DMA after resume faults or is untranslated",
            Source: "qemu-devel list, RFC \"Add migration support for VFIO PCI devices in SMMUv3 nested stage mode\", 2021, cover letter (second problem)",
            Fault: "push only on guest STE write",
            Note: "Re-installation is refined by SMMU-NEST-15 and SMMU-NEST-16."
        ),
        new(
            HANDOVER_07,
            Strength.Must,
            UapiLevel.V6_1,
            InProcess | NeedsTrace,
            Statement: "Order on the destination: stage-2 mappings for all RAM and device attach, then vIOMMU state load, then stage-1 push (post-load), "
                + "and only then any device leaves ST towards RP or RU. Device RS data loading may happen before or after the push, since a device in RS or "
                + "ST issues no DMA.",
            Violation: "DMA observed before the push",
            Source: "qemu-devel list, RFC \"Add migration support for VFIO PCI devices in SMMUv3 nested stage mode\", 2021, cover letter (second problem)",
            Fault: "RU before push"
        ),
        new(
            HANDOVER_08,
            Strength.Must,
            UapiLevel.V6_1,
            InProcess,
            Statement: "If the push fails for any device, migration fails and no device is started.",
            Violation: "device started anyway",
            Source: "qemu-devel list, RFC \"Add migration support for VFIO PCI devices in SMMUv3 nested stage mode\", 2021, cover letter (second problem)",
            Fault: "ignore error"
        ),
        new(
            HANDOVER_09,
            Strength.Must,
            UapiLevel.V6_1,
            InProcess,
            Statement: "Devices whose stage-1 mode is bypass or abort at the source get exactly that mode, not \"translate with a stale table\".",
            Violation: "wrong mode",
            Source: "qemu-devel list, RFC \"Add migration support for VFIO PCI devices in SMMUv3 nested stage mode\", 2021, cover letter (second problem)",
            Fault: "always translate",
            Note: "Re-installation is refined by SMMU-NEST-15 and SMMU-NEST-16."
        ),
        new(
            HANDOVER_10,
            Strength.Must,
            UapiLevel.V6_1,
            InProcess,
            Statement: "IOTLB and configuration caches for the stream are invalid at the destination before the first DMA.",
            Violation: "stale translation",
            Source: "qemu-devel list, RFC \"Add migration support for VFIO PCI devices in SMMUv3 nested stage mode\", 2021, cover letter (second problem)",
            Fault: "skip invalidate"
        ),
        new(
            HANDOVER_11,
            Strength.Must,
            UapiLevel.V6_1,
            InProcess,
            Statement: "The final dirty sync happens after all devices are in ST or SC (no more writes) and before memory transfer ends; guest-visible "
                + "IOMMU queues (event queue, command queue) in RAM are RAM like any other.",
            Violation: "last pages lost",
            Source: "qemu-devel list, RFC \"Add migration support for VFIO PCI devices in SMMUv3 nested stage mode\", 2021, cover letter (first problem)",
            Fault: "sync before stop",
            Note: "The same as DIRTY-17: tested once, reported under both."
        ),
        new(
            HANDOVER_12,
            Strength.Must,
            UapiLevel.V6_1,
            InProcess,
            Statement: "A cancelled migration on the source leaves stage-1 configuration and stage-2 tracking as before.",
            Violation: "DMA fails after cancel",
            Source: "qemu-devel list, RFC \"Add migration support for VFIO PCI devices in SMMUv3 nested stage mode\", 2021, cover letter",
            Fault: "tear down stage 1"
        ),
        new(
            HANDOVER_13,
            Strength.May,
            UapiLevel.V6_7,
            Kernel,
            Statement: "Linux 7.2 SMMUv3: a nest-parent (stage-2) page table cannot have dirty tracking; HWPT_ALLOC with NEST_PARENT|DIRTY_TRACKING "
                + "returns EOPNOTSUPP, stage-2 tables refuse dirty mode altogether, tracking exists only for stage-1 kernel tables. So asking stage 2 by GPA "
                + "(HANDOVER-01) has no kernel answer on this IOMMU yet; a VMM must use device DMA logging, mark everything dirty, or block migration.",
            Violation: "none at a driver: the kit expects EOPNOTSUPP, not success",
            Source: "drivers/iommu/arm/arm-smmu-v3/arm-smmu-v3.c, arm_smmu_domain_alloc_paging_flags() (Linux 7.2)",
            Uncheckable: "fact: what this kernel offers, a driver cannot violate it",
            Note: "The same as DIRTY-12."
        ),
        new(
            HANDOVER_14,
            Strength.May,
            UapiLevel.V6_7,
            Kernel,
            Statement: "Modern equivalents: parent page table = HWPT_ALLOC NEST_PARENT from an IOAS; nested table = HWPT_ALLOC with data_type 2 (SMMUv3, "
                + "16 bytes = first two STE words, little-endian; illegal bits EIO); tracking = HWPT_SET_DIRTY_TRACKING / GET_DIRTY_BITMAP on the parent, "
                + "bitmap by IOVA of that table (= GPA).",
            Violation: "none: a fact about the interface",
            Source: "include/uapi/linux/iommufd.h, struct iommu_hwpt_alloc, struct iommu_hwpt_arm_smmuv3, struct iommu_hwpt_get_dirty_bitmap",
            Uncheckable: "fact: how the interface looks, a driver cannot violate it",
            Note: "Refined by SMMU-NEST-07."
        ),
    ];
}
