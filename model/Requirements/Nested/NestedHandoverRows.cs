using Conformance.Model.Contract;
using static Conformance.Model.Contract.Channels;

namespace Conformance.Model.Requirements;

// What a VMM owes when a VM with an assigned device behind a nested SMMUv3 migrates. Stage 1 maps guest IOVA (gIOVA) to guest physical addresses (GPA) and
// belongs to the guest; stage 2 maps GPA to host physical addresses and belongs to the VMM. DIRTY and SMMU-NEST ids are requirements of the SMMUv3 model;
// where a source names one as the same, it is tested once and reported under both.
public readonly partial record struct RequirementId
{
    public static readonly RequirementId HANDOVER_01 = Row(
        Strength.Must,
        UapiLevel.V6_1,
        Kernel | InProcess | KernelConditional,
        statement: "In nested mode dirty pages are asked for per stage-2 address (GPA), for every RAM section, independent of guest IOMMU mappings.",
        violation: "page dirtied through a gIOVA mapping missing from the GPA bitmap",
        source: "qemu-devel list, RFC \"Add migration support for VFIO PCI devices in SMMUv3 nested stage mode\", 2021, cover letter (first problem)",
        fault: "query by gIOVA",
        note: "The same as DIRTY-15: tested once, reported under both."
    );

    public static readonly RequirementId HANDOVER_02 = Row(
        Strength.Must,
        UapiLevel.V6_1,
        InProcess,
        statement: "A device-side log (the DLOG group) speaks the address that the device emits (gIOVA when stage 1 is on); it must not be fed or "
            + "read with GPAs unless stage 1 is bypassed. Its user must translate or refuse.",
        violation: "wrong pages marked",
        source: "qemu-devel list, RFC \"Add migration support for VFIO PCI devices in SMMUv3 nested stage mode\", 2021, cover letter (first problem)",
        fault: "treat gIOVA bitmap as GPA"
    );

    public static readonly RequirementId HANDOVER_03 = Row(
        Strength.Must,
        UapiLevel.V6_1,
        InProcess,
        statement: "The single-stage method (replaying vIOMMU mappings, \"caching mode\") is not used in nested mode, because the guest's stage-1 "
            + "changes are not trapped.",
        violation: "pages behind an unreported mapping missed",
        source: "qemu-devel list, RFC \"Add migration support for VFIO PCI devices in SMMUv3 nested stage mode\", 2021, cover letter (first problem)",
        fault: "replay cached mappings"
    );

    public static readonly RequirementId HANDOVER_04 = Row(
        Strength.Must,
        UapiLevel.V6_1,
        InProcess,
        statement: "All RAM sections are mapped in stage 2 before tracking starts and kept mapped until the final sync; sync covers all of them.",
        violation: "section skipped",
        source: "qemu-devel list, RFC \"Add migration support for VFIO PCI devices in SMMUv3 nested stage mode\", 2021, cover letter (first problem)",
        fault: "skip sections above 4 GiB"
    );

    public static readonly RequirementId HANDOVER_05 = Row(
        Strength.Must,
        UapiLevel.V6_1,
        InProcess,
        statement: "The stage-1 configuration (per-stream table entry: config mode abort/bypass/translate, context-descriptor pointer in GPA, "
            + "format, size, attributes) is part of the vIOMMU's migrated state. The device's migration stream does not carry it.",
        violation: "DMA on the destination faults or bypasses",
        source: "qemu-devel list, RFC \"Add migration support for VFIO PCI devices in SMMUv3 nested stage mode\", 2021, cover letter (second problem)",
        fault: "omit STE"
    );

    public static readonly RequirementId HANDOVER_06 = Row(
        Strength.Must,
        UapiLevel.V6_1,
        Kernel | InProcess | KernelConditional,
        statement: "After the vIOMMU state is loaded on the destination, stage-1 configuration is pushed to the destination's physical IOMMU for "
            + "every assigned device (post-load step), since no guest write will trigger it.",
        violation: "the first DMA after resume faults or is untranslated",
        source: "qemu-devel list, RFC \"Add migration support for VFIO PCI devices in SMMUv3 nested stage mode\", 2021, cover letter (second problem)",
        fault: "push only on guest STE write",
        note: "Re-installation is refined by SMMU-NEST-15 and SMMU-NEST-16."
    );

    public static readonly RequirementId HANDOVER_07 = Row(
        Strength.Must,
        UapiLevel.V6_1,
        InProcess | NeedsTrace,
        statement: "Order on the destination: stage-2 mappings for all RAM and device attach, then vIOMMU state load, then stage-1 push (post-load), "
            + "and only then any device leaves ST towards RP or RU. Device RS data loading may happen before or after the push, since a device in RS or "
            + "ST issues no DMA.",
        violation: "DMA observed before the push",
        source: "qemu-devel list, RFC \"Add migration support for VFIO PCI devices in SMMUv3 nested stage mode\", 2021, cover letter (second problem)",
        fault: "RU before push"
    );

    public static readonly RequirementId HANDOVER_08 = Row(
        Strength.Must,
        UapiLevel.V6_1,
        InProcess,
        statement: "If the push fails for any device, migration fails and no device is started.",
        violation: "device started anyway",
        source: "qemu-devel list, RFC \"Add migration support for VFIO PCI devices in SMMUv3 nested stage mode\", 2021, cover letter (second problem)",
        fault: "ignore error"
    );

    public static readonly RequirementId HANDOVER_09 = Row(
        Strength.Must,
        UapiLevel.V6_1,
        InProcess,
        statement: "Devices whose stage-1 mode is bypass or abort at the source get exactly that mode, not \"translate with a stale table\".",
        violation: "wrong mode",
        source: "qemu-devel list, RFC \"Add migration support for VFIO PCI devices in SMMUv3 nested stage mode\", 2021, cover letter (second problem)",
        fault: "always translate",
        note: "Re-installation is refined by SMMU-NEST-15 and SMMU-NEST-16."
    );

    public static readonly RequirementId HANDOVER_10 = Row(
        Strength.Must,
        UapiLevel.V6_1,
        InProcess,
        statement: "IOTLB and configuration caches for the stream are invalid at the destination before the first DMA.",
        violation: "stale translation",
        source: "qemu-devel list, RFC \"Add migration support for VFIO PCI devices in SMMUv3 nested stage mode\", 2021, cover letter (second problem)",
        fault: "skip invalidate",
        parts: NestedParts.Host
    );

    public static readonly RequirementId HANDOVER_11 = Row(
        Strength.Must,
        UapiLevel.V6_1,
        InProcess,
        statement: "The final dirty sync happens after all devices are in ST or SC (no more writes) and before memory transfer ends; guest-visible "
            + "IOMMU queues (event queue, command queue) in RAM are RAM like any other.",
        violation: "last pages lost",
        source: "qemu-devel list, RFC \"Add migration support for VFIO PCI devices in SMMUv3 nested stage mode\", 2021, cover letter (first problem)",
        fault: "sync before stop",
        note: "The same as DIRTY-17: tested once, reported under both."
    );

    public static readonly RequirementId HANDOVER_12 = Row(
        Strength.Must,
        UapiLevel.V6_1,
        InProcess,
        statement: "A cancelled migration on the source leaves stage-1 configuration and stage-2 tracking as before.",
        violation: "DMA fails after cancel",
        source: "qemu-devel list, RFC \"Add migration support for VFIO PCI devices in SMMUv3 nested stage mode\", 2021, cover letter",
        fault: "tear down stage 1"
    );

    public static readonly RequirementId HANDOVER_13 = Row(
        Strength.May,
        UapiLevel.V6_7,
        Kernel,
        statement: "Linux 7.2 SMMUv3: a nest-parent (stage-2) page table cannot have dirty tracking; HWPT_ALLOC with NEST_PARENT|DIRTY_TRACKING "
            + "returns EOPNOTSUPP, stage-2 tables refuse dirty mode altogether, tracking exists only for stage-1 kernel tables. So asking stage 2 by GPA "
            + "(HANDOVER-01) has no kernel answer on this IOMMU yet; a VMM must use device DMA logging, mark everything dirty, or block migration.",
        violation: "none at a driver: the kit expects EOPNOTSUPP, not success",
        source: "drivers/iommu/arm/arm-smmu-v3/arm-smmu-v3.c, arm_smmu_domain_alloc_paging_flags() (Linux 7.2)",
        uncheckable: "fact: what this kernel offers, a driver cannot violate it",
        note: "The same as DIRTY-12."
    );

    public static readonly RequirementId HANDOVER_14 = Row(
        Strength.May,
        UapiLevel.V6_7,
        Kernel,
        statement: "Modern equivalents: parent page table = HWPT_ALLOC NEST_PARENT from an IOAS; nested table = HWPT_ALLOC with data_type 2 (SMMUv3, "
            + "16 bytes = first two STE words, little-endian; illegal bits EIO); tracking = HWPT_SET_DIRTY_TRACKING / GET_DIRTY_BITMAP on the parent, "
            + "bitmap by IOVA of that table (= GPA).",
        violation: "none: a fact about the interface",
        source: "include/uapi/linux/iommufd.h, struct iommu_hwpt_alloc, struct iommu_hwpt_arm_smmuv3, struct iommu_hwpt_get_dirty_bitmap",
        uncheckable: "fact: how the interface looks, a driver cannot violate it",
        note: "Refined by SMMU-NEST-07."
    );
}
