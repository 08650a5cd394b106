using Conformance.Model.Contract;
using static Conformance.Model.Contract.Channels;

namespace Conformance.Model.Requirements;

// Hardware update of translation tables (HTTU): access flag and dirty state. Observed in the memory of the descriptors before and after, and in events. An
// SMMU without HTTU refuses HA and HD.
public readonly partial record struct RequirementId
{
    public static readonly RequirementId SMMU_HTTU_01 = Row(
        Strength.Must,
        null,
        InProcess,
        statement: "With HA=1 (S2HA=1) an access through a leaf with AF=0 sets AF and gives no F_ACCESS. AF may also be set earlier, by speculation.",
        violation: "F_ACCESS, or AF still 0 after the access",
        source: "IHI 0070, 3.13.2 Access flag hardware update",
        fault: "fault anyway"
    );

    public static readonly RequirementId SMMU_HTTU_02 = Row(
        Strength.Must,
        null,
        InProcess,
        statement: "With HD and HA (S2HD and S2HA), a permitted write through a leaf with DBM=1 makes it dirty: stage 1 clears AP[2], stage 2 sets "
            + "S2AP[1]. It does not where APTable or PAN deny the write.",
        violation: "the write lands and the leaf stays clean, or a denied one makes it dirty",
        source: "IHI 0070, 3.13.3 Dirty state hardware update",
        fault: "ignore DBM; make dirty before APTable is looked at"
    );

    public static readonly RequirementId SMMU_HTTU_03 = Row(
        Strength.Must,
        null,
        InProcess,
        statement: "Reads, writes that fail at the same stage, and prefetches never make a leaf dirty. The stage-2 page of a walked stage-1 table "
            + "may become dirty by speculation.",
        violation: "the leaf is dirty",
        source: "IHI 0070, 3.13.3 Dirty state hardware update; 3.14 Speculative accesses",
        fault: "make dirty on a read"
    );

    public static readonly RequirementId SMMU_HTTU_04 = Row(
        Strength.Must,
        null,
        InProcess,
        statement: "A write through a read-only leaf with DBM=0 gives F_PERMISSION and the leaf stays as it is, AF apart.",
        violation: "the write lands",
        source: "IHI 0070, 3.13.3 Dirty state hardware update",
        fault: "make it writable"
    );

    public static readonly RequirementId SMMU_HTTU_05 = Row(
        Strength.Must,
        null,
        InProcess,
        statement: "An update is atomic on the 64-bit descriptor: one that software changes at the same time is walked again, never overwritten, and "
            + "no bit besides AF and dirty state changes.",
        violation: "an invalidated descriptor is valid again",
        source: "IHI 0070, 3.13.4 HTTU behavior summary",
        fault: "store blindly"
    );

    public static readonly RequirementId SMMU_HTTU_06 = Row(
        Strength.Must,
        null,
        InProcess,
        statement: "With both stages on, the update of a stage-1 descriptor is a write through stage 2: it needs write permission there and makes "
            + "the stage-2 page dirty; a fault has S2=1, CLASS=TT, TTRnW=0.",
        violation: "the descriptor is updated without permission, or its page stays clean",
        source: "IHI 0070, 3.13.5 HTTU with two stages of translation",
        fault: "bypass the permission of stage 2"
    );

    public static readonly RequirementId SMMU_HTTU_07 = Row(
        Strength.Must,
        null,
        InProcess,
        statement: "After software has made leaves clean, TLBI and SYNC, every write makes its leaf dirty again.",
        violation: "a write lands and its leaf stays clean",
        source: "IHI 0070, 3.13.3 Dirty state hardware update; 3.21.1 Translation tables and TLB invalidation completion behavior",
        fault: "the TLB keeps the dirty state"
    );

    public static readonly RequirementId SMMU_HTTU_08 = Row(
        Strength.Must,
        null,
        InProcess,
        statement: "Updates of transactions that ended before a SYNC was submitted are visible when it is consumed.",
        violation: "the update appears later or never",
        source: "IHI 0070, 3.13.4 HTTU behavior summary; 4.7 CMD_SYNC",
        fault: "hold updates back"
    );

    public static readonly RequirementId SMMU_HTTU_09 = Row(
        Strength.Must,
        null,
        InProcess,
        statement: "The dirty state of a block is that of the whole block; of a contiguous run any member's stands for the run.",
        violation: "a write within a block leaves it clean",
        source: "IHI 0070, 3.13.3 Dirty state hardware update",
        fault: "one granule only"
    );

    public static readonly RequirementId SMMU_HTTU_10 = Row(
        Strength.Must,
        null,
        InProcess,
        statement: "HTTU is not offered to a nested guest, whatever the raw IDR0 of the host.",
        violation: "the virtual IDR0 shows HTTU",
        source: "drivers/iommu/arm/arm-smmu-v3/arm-smmu-v3-iommufd.c, arm_smmu_hw_info(); include/uapi/linux/iommufd.h, struct iommu_hw_info_arm_smmuv3",
        fault: "copy the raw field",
        note: "Asked of a VMM with nested stages, whose virtual SMMU has the IDR0.",
        askedBy: "nested"
    );

    public static readonly RequirementId SMMU_HTTU_11 = Row(
        Strength.Must,
        null,
        InProcess,
        statement: "HD=1 with HA=0, and S2HD=1 with S2HA=0, update nothing. With HTTU=3, HAFT=1 with HA=0 gives C_BAD_CD, and S2HAFT=1 with S2HA=0 "
            + "C_BAD_STE.",
        violation: "dirty state without AF, or no error",
        source: "IHI 0070, 5.4 CD.HA and CD.HD; 5.2 STE.S2HA and STE.S2HD; 3.13.6 Access flag in Table descriptors",
        fault: "make dirty without HA"
    );

    public static readonly RequirementId SMMU_HTTU_12 = Row(
        Strength.Must,
        null,
        InProcess,
        statement: "HA=1 makes AFFD irrelevant and S2HA=1 S2AFFD: AF is set in memory.",
        violation: "AF is taken as 1 and stays 0",
        source: "IHI 0070, 5.4 CD.AFFD; 5.2 STE.S2AFFD; 3.13.2 Access flag hardware update",
        fault: "look at AFFD first"
    );

    public static readonly RequirementId SMMU_HTTU_13 = Row(
        Strength.Must,
        null,
        InProcess,
        statement: "The stage-2 translation of a CD or level-1 fetch sets AF with S2HA=1 and never makes the page dirty.",
        violation: "the page of the CD is dirty",
        source: "IHI 0070, 3.13.5 HTTU with two stages of translation",
        fault: "mark the page dirty"
    );

    public static readonly RequirementId SMMU_HTTU_14 = Row(
        Strength.Must,
        null,
        InProcess,
        statement: "With SMMUEN=0 nothing is updated, not by PREFETCH either.",
        violation: "a descriptor changes",
        source: "IHI 0070, 3.13.4 HTTU behavior summary; 6.3 SMMU_CR0.SMMUEN",
        fault: "set AF by speculation"
    );
}
