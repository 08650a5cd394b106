using Conformance.Model.Contract;
using static Conformance.Model.Contract.Channels;

namespace Conformance.Model.Requirements;

// Caches as permission to be stale, and the invalidations that end it. Observed by warming, changing and probing again.
public readonly partial record struct RequirementId
{
    public static readonly RequirementId SMMU_CACHE_01 = Row(
        Strength.Must,
        null,
        Socket | InProcess,
        statement: "After CFGI_STE and CMD_SYNC the STE in memory is in force.",
        violation: "the old STE is used",
        source: "IHI 0070, 4.3.1 CMD_CFGI_STE; 3.21.3 Configuration structures and configuration invalidation completion",
        fault: "ignore CFGI_STE"
    );

    public static readonly RequirementId SMMU_CACHE_02 = Row(
        Strength.Must,
        null,
        Socket | InProcess,
        statement: "CFGI_STE_RANGE covers 2^(Range+1) StreamIDs from its StreamID aligned down, Range=31 all. More may be dropped.",
        violation: "a StreamID of the range keeps its old STE",
        source: "IHI 0070, 4.3.2 CMD_CFGI_STE_RANGE; 4.3.6 CMD_CFGI_ALL",
        fault: "take the start unaligned; overflow at Range=31"
    );

    public static readonly RequirementId SMMU_CACHE_03 = Row(
        Strength.Must,
        null,
        Socket | InProcess | NeedsStage1,
        statement: "After SYNC, CFGI_CD drops the CD of its StreamID and SubstreamID, CFGI_CD_ALL all CDs of the StreamID, and CFGI_STE these too.",
        violation: "an old CD is used",
        source: "IHI 0070, 4.3.3 CMD_CFGI_CD; 4.3.4 CMD_CFGI_CD_ALL; 4.3.1 CMD_CFGI_STE",
        fault: "CFGI_STE keeps CDs"
    );

    public static readonly RequirementId SMMU_CACHE_04 = Row(
        Strength.Must,
        null,
        Socket | InProcess,
        statement: "Invalidations by StreamID cover every StreamID, those with device numbers other than 0 too.",
        violation: "an old STE or CD is used",
        source: "IHI 0070, 4.3.1 CMD_CFGI_STE",
        fault: "look at the function number only"
    );

    public static readonly RequirementId SMMU_CACHE_05 = Row(
        Strength.Must,
        null,
        Socket | InProcess | NeedsStage1,
        statement: "After SYNC, TLBI_NH_VA drops what its VMID, ASID and address match, for pages and blocks of every granule; any address within a "
            + "block drops it.",
        violation: "an old translation is used",
        source: "IHI 0070, 4.4.2 CMD_TLBI_NH_VA",
        fault: "remove the exact key only"
    );

    public static readonly RequirementId SMMU_CACHE_06 = Row(
        Strength.Must,
        null,
        Socket | InProcess | NeedsStage1,
        statement: "TLBI_NH_VAA is TLBI_NH_VA for every ASID.",
        violation: "an entry of some ASID stays",
        source: "IHI 0070, 4.4.2 CMD_TLBI_NH_VAA",
        fault: "match ASID 0"
    );

    public static readonly RequirementId SMMU_CACHE_07 = Row(
        Strength.Must,
        null,
        Socket | InProcess | NeedsStage1,
        statement: "A range invalidation covers (NUM+1)*2^SCALE pages of granule TG from its address, for every NUM, SCALE and TG and near the top "
            + "of the address space, without wrapping.",
        violation: "an entry of the range stays",
        source: "IHI 0070, 4.4.1.1 Range-based invalidation and level hint",
        fault: "cover NUM*2^SCALE; shift in 32 bits"
    );

    public static readonly RequirementId SMMU_CACHE_08 = Row(
        Strength.Must,
        null,
        Socket | InProcess | NeedsStage1,
        statement: "A TTL hint that is true drops the entry; with TG=0 TTL has no effect.",
        violation: "the entry stays",
        source: "IHI 0070, 4.4.1.1 Range-based invalidation and level hint (TTL)",
        fault: "compare TTL although TG=0"
    );

    public static readonly RequirementId SMMU_CACHE_09 = Row(
        Strength.Must,
        null,
        Socket | InProcess | NeedsStage1 | NeedsStage2,
        statement: "TLBI_NH_ALL drops all stage-1 entries of its VMID at least, TLBI_NSNH_ALL those of every VMID and both stages.",
        violation: "an entry stays",
        source: "IHI 0070, 4.4.2 CMD_TLBI_NH_ALL; 4.4.4 CMD_TLBI_NSNH_ALL",
        fault: "TLBI_NH_ALL matches no VMID"
    );

    public static readonly RequirementId SMMU_CACHE_10 = Row(
        Strength.Must,
        null,
        Socket | InProcess | NeedsStage1 | NeedsStage2,
        statement: "TLBI_S2_IPA, then TLBI_NH_ALL and SYNC, make a changed stage-2 mapping effective for nested streams, the mapping of stage-1 "
            + "tables included. For a page of CDs CFGI_CD is needed too, and until then a cached CD may be used.",
        violation: "an old mapping is used",
        source: "IHI 0070, 4.4.3 CMD_TLBI_S2_IPA; 3.17 TLB tagging",
        fault: "keep the physical address of TTB"
    );

    public static readonly RequirementId SMMU_CACHE_11 = Row(
        Strength.Must,
        null,
        Socket | InProcess | NeedsStage2,
        statement: "After SYNC, TLBI_S12_VMALL has dropped all stage-1 and stage-2 entries of its VMID.",
        violation: "an entry stays",
        source: "IHI 0070, 4.4.3 CMD_TLBI_S12_VMALL",
        fault: "drop stage-2 entries only"
    );

    public static readonly RequirementId SMMU_CACHE_12 = Row(
        Strength.Must,
        null,
        Socket | InProcess | NeedsStage1,
        statement: "Entries that are not global are hit by their ASID only, and all by their VMID only. Streams with the same tags may share entries.",
        violation: "a translation of another ASID or VMID is used",
        source: "IHI 0070, 3.17 TLB tagging",
        fault: "leave the VMID out of the key"
    );

    public static readonly RequirementId SMMU_CACHE_13 = Row(
        Strength.Must,
        null,
        Socket | InProcess | NeedsStage1,
        statement: "A stage-1 leaf that becomes valid needs no invalidation.",
        violation: "F_TRANSLATION afterwards",
        source: "IHI 0070, 3.21.1 Translation tables and TLB invalidation completion behavior",
        fault: "negative caching"
    );

    public static readonly RequirementId SMMU_CACHE_14 = Row(
        Strength.May,
        null,
        Channels.None,
        statement: "Before its invalidation is complete, an old leaf may still be used.",
        violation: "none at an SMMU: the oracle accepts old and new",
        source: "IHI 0070, 3.21.1 Translation tables and TLB invalidation completion behavior",
        uncheckable: "latitude: the oracle accepts both"
    );

    public static readonly RequirementId SMMU_CACHE_15 = Row(
        Strength.Must,
        null,
        Socket | InProcess | NeedsStage1,
        statement: "After TLBI and SYNC a write permission that was taken away is gone: no write lands.",
        violation: "a write lands",
        source: "IHI 0070, 3.21.1 Translation tables and TLB invalidation completion behavior",
        fault: "cache permissions apart from addresses"
    );

    public static readonly RequirementId SMMU_CACHE_16 = Row(
        Strength.Must,
        null,
        Socket | InProcess | NeedsStage1,
        statement: "However many entries are in use, no access reaches the page of another address.",
        violation: "an access lands elsewhere",
        source: "IHI 0070, 3.17 TLB tagging",
        fault: "a hash collision returns the other entry"
    );

    public static readonly RequirementId SMMU_CACHE_17 = Row(
        Strength.Must,
        null,
        Socket | InProcess | NeedsStage1 | NeedsStage2,
        statement: "Where the stage-1 granule or block is larger than the stage-2 one, each part of a table or of the data is translated by itself, "
            + "and an entry covers the smaller of both.",
        violation: "a part is taken from the neighbour of the first one",
        source: "IHI 0070, 3.17 TLB tagging; 3.21.1 Translation tables and TLB invalidation completion behavior",
        fault: "translate the start of the table only"
    );

    public static readonly RequirementId SMMU_CACHE_18 = Row(
        Strength.May,
        null,
        Channels.None,
        statement: "SMMUEN going to 0 and back may drop cached entries or keep them.",
        violation: "none at an SMMU: the oracle accepts both",
        source: "IHI 0070, 3.11 Reset, enable and initialization; 6.3 SMMU_CR0.SMMUEN",
        uncheckable: "latitude: the oracle accepts both"
    );

    public static readonly RequirementId SMMU_CACHE_19 = Row(
        Strength.Must,
        null,
        InProcess,
        statement: "While a structure of several doublewords is rewritten in place, the SMMU sees for each doubleword the old or the new value, "
            + "never a part of one.",
        violation: "a result that no mix of doublewords gives",
        source: "IHI 0070, 3.21.3 Configuration structures and configuration invalidation completion",
        fault: "take half of a doubleword"
    );

    public static readonly RequirementId SMMU_CACHE_20 = Row(
        Strength.Must,
        null,
        Socket | InProcess | NeedsStage1,
        statement: "TLBI_NH_VA also drops global entries of its VMID and address, whatever its ASID; TLBI_NH_ASID need not drop global entries.",
        violation: "a global entry stays after TLBI_NH_VA",
        source: "IHI 0070, 4.4.2 CMD_TLBI_NH_VA and CMD_TLBI_NH_ASID; 3.17.1 The Global flag in the translation table descriptor",
        fault: "match the ASID of global entries"
    );

    public static readonly RequirementId SMMU_CACHE_21 = Row(
        Strength.Must,
        null,
        Socket | InProcess | NeedsStage1 | NeedsStage2,
        statement: "A structure or table whose fetch failed is not remembered as failed: once stage 2 maps the CD, the next access fetches it "
            + "without any command.",
        violation: "the old fault again",
        source: "IHI 0070, 3.21.3 Configuration structures and configuration invalidation completion",
        fault: "cache the failure"
    );

    public static readonly RequirementId SMMU_CACHE_22 = Row(
        Strength.Must,
        null,
        Socket | InProcess,
        statement: "CFGI and TLBI commands that are consumed with SMMUEN=0 have their full effect, and nothing is cached meanwhile.",
        violation: "an old structure or translation is used after enabling",
        source: "IHI 0070, 6.3 SMMU_CR0.SMMUEN; 4.3 Configuration structure invalidation",
        fault: "drop the commands while disabled"
    );

    public static readonly RequirementId SMMU_CACHE_23 = Row(
        Strength.Must,
        null,
        Socket | InProcess | NeedsStage2,
        statement: "For a stream with stage 2 only, TLBI_S2_IPA and SYNC alone make a changed leaf effective.",
        violation: "the old leaf is used",
        source: "IHI 0070, 4.4.3 CMD_TLBI_S2_IPA",
        fault: "need TLBI_NH_ALL too"
    );

    public static readonly RequirementId SMMU_CACHE_24 = Row(
        Strength.Must,
        null,
        Socket | InProcess,
        statement: "A change of STE.Config (bypass, abort, stage 1, and back) needs CFGI_STE and SYNC only.",
        violation: "the old translation is used",
        source: "IHI 0070, 4.3.1 CMD_CFGI_STE; 3.21.3 Configuration structures and configuration invalidation completion",
        fault: "the identity entry survives"
    );

    public static readonly RequirementId SMMU_CACHE_25 = Row(
        Strength.Must,
        null,
        Socket | InProcess | NeedsStage1,
        statement: "A TLBI with Leaf=0 makes a changed table pointer effective; with Leaf=1 the old table may still be walked.",
        violation: "the old table is walked after Leaf=0",
        source: "IHI 0070, 4.4.1 Common TLB invalidation fields (Leaf)",
        fault: "treat Leaf=0 as Leaf=1"
    );

    public static readonly RequirementId SMMU_CACHE_26 = Row(
        Strength.Must,
        null,
        Socket | InProcess,
        statement: "A leaf with AF=0 that faults is not cached: once AF is set in memory, the next access succeeds without any command.",
        violation: "F_ACCESS again",
        source: "IHI 0070, 3.13 Translation table entries and Access flag/Dirty state; 3.21.1 Translation tables and TLB invalidation completion behavior",
        fault: "negative caching of AF=0"
    );
}
