using Conformance.Model.Contract;
using static Conformance.Model.Contract.Channels;
using static Conformance.Model.Requirements.RequirementId;

namespace Conformance.Model.Requirements;

/// <summary>
/// Hardware update of translation tables (HTTU): access flag and dirty state. Observed in the memory of the descriptors before and after, and in events.
/// An SMMU without HTTU refuses HA and HD.
/// </summary>
internal static class SmmuUpdatesRows
{
    internal static readonly Requirement[] Rows =
    [
        new(
            SMMU_HTTU_01,
            Strength.Must,
            null,
            InProcess,
            Statement: "With HA=1 (S2HA=1) an access through a leaf with AF=0 sets AF and gives no F_ACCESS. AF may also be set earlier, by speculation.",
            Violation: "F_ACCESS, or AF still 0 after the access",
            Source: "IHI 0070, 3.13.2 Access flag hardware update",
            Fault: "fault anyway"
        ),
        new(
            SMMU_HTTU_02,
            Strength.Must,
            null,
            InProcess,
            Statement: "With HD and HA (S2HD and S2HA), a permitted write through a leaf with DBM=1 makes it dirty: stage 1 clears AP[2], stage 2 sets "
                + "S2AP[1]. It does not where APTable or PAN deny the write.",
            Violation: "the write lands and the leaf stays clean, or a denied one makes it dirty",
            Source: "IHI 0070, 3.13.3 Dirty state hardware update",
            Fault: "ignore DBM; make dirty before APTable is looked at"
        ),
        new(
            SMMU_HTTU_03,
            Strength.Must,
            null,
            InProcess,
            Statement: "Reads, writes that fail at the same stage, and prefetches never make a leaf dirty. The stage-2 page of a walked stage-1 table "
                + "may become dirty by speculation.",
            Violation: "the leaf is dirty",
            Source: "IHI 0070, 3.13.3 Dirty state hardware update; 3.14 Speculative accesses",
            Fault: "make dirty on a read"
        ),
        new(
            SMMU_HTTU_04,
            Strength.Must,
            null,
            InProcess,
            Statement: "A write through a read-only leaf with DBM=0 gives F_PERMISSION and the leaf stays as it is, AF apart.",
            Violation: "the write lands",
            Source: "IHI 0070, 3.13.3 Dirty state hardware update",
            Fault: "make it writable"
        ),
        new(
            SMMU_HTTU_05,
            Strength.Must,
            null,
            InProcess,
            Statement: "An update is atomic on the 64-bit descriptor: one that software changes at the same time is walked again, never overwritten, and "
                + "no bit besides AF and dirty state changes.",
            Violation: "an invalidated descriptor is valid again",
            Source: "IHI 0070, 3.13.4 HTTU behavior summary",
            Fault: "store blindly"
        ),
        new(
            SMMU_HTTU_06,
            Strength.Must,
            null,
            InProcess,
            Statement: "With both stages on, the update of a stage-1 descriptor is a write through stage 2: it needs write permission there and makes "
                + "the stage-2 page dirty; a fault has S2=1, CLASS=TT, TTRnW=0.",
            Violation: "the descriptor is updated without permission, or its page stays clean",
            Source: "IHI 0070, 3.13.5 HTTU with two stages of translation",
            Fault: "bypass the permission of stage 2"
        ),
        new(
            SMMU_HTTU_07,
            Strength.Must,
            null,
            InProcess,
            Statement: "After software has made leaves clean, TLBI and SYNC, every write makes its leaf dirty again.",
            Violation: "a write lands and its leaf stays clean",
            Source: "IHI 0070, 3.13.3 Dirty state hardware update; 3.21.1 Translation tables and TLB invalidation completion behavior",
            Fault: "the TLB keeps the dirty state"
        ),
        new(
            SMMU_HTTU_08,
            Strength.Must,
            null,
            InProcess,
            Statement: "Updates of transactions that ended before a SYNC was submitted are visible when it is consumed.",
            Violation: "the update appears later or never",
            Source: "IHI 0070, 3.13.4 HTTU behavior summary; 4.7 CMD_SYNC",
            Fault: "hold updates back"
        ),
        new(
            SMMU_HTTU_09,
            Strength.Must,
            null,
            InProcess,
            Statement: "The dirty state of a block is that of the whole block; of a contiguous run any member's stands for the run.",
            Violation: "a write within a block leaves it clean",
            Source: "IHI 0070, 3.13.3 Dirty state hardware update",
            Fault: "one granule only"
        ),
        new(
            SMMU_HTTU_10,
            Strength.Must,
            null,
            InProcess,
            Statement: "HTTU is not offered to a nested guest, whatever the raw IDR0 of the host.",
            Violation: "the virtual IDR0 shows HTTU",
            Source: "drivers/iommu/arm/arm-smmu-v3/arm-smmu-v3-iommufd.c, arm_smmu_hw_info(); include/uapi/linux/iommufd.h, struct iommu_hw_info_arm_smmuv3",
            Fault: "copy the raw field",
            Uncheckable: "about the IDR0 that a VMM shows to its guest, and no driver here is a VMM"
        ),
        new(
            SMMU_HTTU_11,
            Strength.Must,
            null,
            InProcess,
            Statement: "HD=1 with HA=0, and S2HD=1 with S2HA=0, update nothing. With HTTU=3, HAFT=1 with HA=0 gives C_BAD_CD, and S2HAFT=1 with S2HA=0 "
                + "C_BAD_STE.",
            Violation: "dirty state without AF, or no error",
            Source: "IHI 0070, 5.4 CD.HA and CD.HD; 5.2 STE.S2HA and STE.S2HD; 3.13.6 Access flag in Table descriptors",
            Fault: "make dirty without HA"
        ),
        new(
            SMMU_HTTU_12,
            Strength.Must,
            null,
            InProcess,
            Statement: "HA=1 makes AFFD irrelevant and S2HA=1 S2AFFD: AF is set in memory.",
            Violation: "AF is taken as 1 and stays 0",
            Source: "IHI 0070, 5.4 CD.AFFD; 5.2 STE.S2AFFD; 3.13.2 Access flag hardware update",
            Fault: "look at AFFD first"
        ),
        new(
            SMMU_HTTU_13,
            Strength.Must,
            null,
            InProcess,
            Statement: "The stage-2 translation of a CD or level-1 fetch sets AF with S2HA=1 and never makes the page dirty.",
            Violation: "the page of the CD is dirty",
            Source: "IHI 0070, 3.13.5 HTTU with two stages of translation",
            Fault: "mark the page dirty"
        ),
        new(
            SMMU_HTTU_14,
            Strength.Must,
            null,
            InProcess,
            Statement: "With SMMUEN=0 nothing is updated, not by PREFETCH either.",
            Violation: "a descriptor changes",
            Source: "IHI 0070, 3.13.4 HTTU behavior summary; 6.3 SMMU_CR0.SMMUEN",
            Fault: "set AF by speculation"
        ),
    ];
}
