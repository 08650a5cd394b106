using Conformance.Model.Contract;
using static Conformance.Model.Contract.Channels;
using static Conformance.Model.Requirements.RequirementId;

namespace Conformance.Model.Requirements;

/// <summary>Caches as permission to be stale, and the invalidations that end it. Observed by warming, changing and probing again.</summary>
internal static class SmmuCachesRows
{
    internal static readonly Requirement[] Rows =
    [
        new(
            SMMU_CACHE_01,
            Strength.Must,
            null,
            Socket | InProcess,
            Statement: "After CFGI_STE and CMD_SYNC the STE in memory is in force.",
            Violation: "the old STE is used",
            Source: "IHI 0070, 4.3.1 CMD_CFGI_STE; 3.21.3 Configuration structures and configuration invalidation completion",
            Fault: "ignore CFGI_STE"
        ),
        new(
            SMMU_CACHE_02,
            Strength.Must,
            null,
            Socket | InProcess,
            Statement: "CFGI_STE_RANGE covers 2^(Range+1) StreamIDs from its StreamID aligned down, Range=31 all. More may be dropped.",
            Violation: "a StreamID of the range keeps its old STE",
            Source: "IHI 0070, 4.3.2 CMD_CFGI_STE_RANGE; 4.3.6 CMD_CFGI_ALL",
            Fault: "take the start unaligned; overflow at Range=31"
        ),
        new(
            SMMU_CACHE_03,
            Strength.Must,
            null,
            Socket | InProcess | NeedsStage1,
            Statement: "After SYNC, CFGI_CD drops the CD of its StreamID and SubstreamID, CFGI_CD_ALL all CDs of the StreamID, and CFGI_STE these too.",
            Violation: "an old CD is used",
            Source: "IHI 0070, 4.3.3 CMD_CFGI_CD; 4.3.4 CMD_CFGI_CD_ALL; 4.3.1 CMD_CFGI_STE",
            Fault: "CFGI_STE keeps CDs"
        ),
        new(
            SMMU_CACHE_04,
            Strength.Must,
            null,
            Socket | InProcess,
            Statement: "Invalidations by StreamID cover every StreamID, those with device numbers other than 0 too.",
            Violation: "an old STE or CD is used",
            Source: "IHI 0070, 4.3.1 CMD_CFGI_STE",
            Fault: "look at the function number only"
        ),
        new(
            SMMU_CACHE_05,
            Strength.Must,
            null,
            Socket | InProcess | NeedsStage1,
            Statement: "After SYNC, TLBI_NH_VA drops what its VMID, ASID and address match, for pages and blocks of every granule; any address within a "
                + "block drops it.",
            Violation: "an old translation is used",
            Source: "IHI 0070, 4.4.2 CMD_TLBI_NH_VA",
            Fault: "remove the exact key only"
        ),
        new(
            SMMU_CACHE_06,
            Strength.Must,
            null,
            Socket | InProcess | NeedsStage1,
            Statement: "TLBI_NH_VAA is TLBI_NH_VA for every ASID.",
            Violation: "an entry of some ASID stays",
            Source: "IHI 0070, 4.4.2 CMD_TLBI_NH_VAA",
            Fault: "match ASID 0"
        ),
        new(
            SMMU_CACHE_07,
            Strength.Must,
            null,
            Socket | InProcess | NeedsStage1,
            Statement: "A range invalidation covers (NUM+1)*2^SCALE pages of granule TG from its address, for every NUM, SCALE and TG and near the top "
                + "of the address space, without wrapping.",
            Violation: "an entry of the range stays",
            Source: "IHI 0070, 4.4.1.1 Range-based invalidation and level hint",
            Fault: "cover NUM*2^SCALE; shift in 32 bits"
        ),
        new(
            SMMU_CACHE_08,
            Strength.Must,
            null,
            Socket | InProcess | NeedsStage1,
            Statement: "A TTL hint that is true drops the entry; with TG=0 TTL has no effect.",
            Violation: "the entry stays",
            Source: "IHI 0070, 4.4.1.1 Range-based invalidation and level hint (TTL)",
            Fault: "compare TTL although TG=0"
        ),
        new(
            SMMU_CACHE_09,
            Strength.Must,
            null,
            Socket | InProcess | NeedsStage1 | NeedsStage2,
            Statement: "TLBI_NH_ALL drops all stage-1 entries of its VMID at least, TLBI_NSNH_ALL those of every VMID and both stages.",
            Violation: "an entry stays",
            Source: "IHI 0070, 4.4.2 CMD_TLBI_NH_ALL; 4.4.4 CMD_TLBI_NSNH_ALL",
            Fault: "TLBI_NH_ALL matches no VMID"
        ),
        new(
            SMMU_CACHE_10,
            Strength.Must,
            null,
            Socket | InProcess | NeedsStage1 | NeedsStage2,
            Statement: "TLBI_S2_IPA, then TLBI_NH_ALL and SYNC, make a changed stage-2 mapping effective for nested streams, the mapping of stage-1 "
                + "tables included. For a page of CDs CFGI_CD is needed too, and until then a cached CD may be used.",
            Violation: "an old mapping is used",
            Source: "IHI 0070, 4.4.3 CMD_TLBI_S2_IPA; 3.17 TLB tagging",
            Fault: "keep the physical address of TTB"
        ),
        new(
            SMMU_CACHE_11,
            Strength.Must,
            null,
            Socket | InProcess | NeedsStage2,
            Statement: "After SYNC, TLBI_S12_VMALL has dropped all stage-1 and stage-2 entries of its VMID.",
            Violation: "an entry stays",
            Source: "IHI 0070, 4.4.3 CMD_TLBI_S12_VMALL",
            Fault: "drop stage-2 entries only"
        ),
        new(
            SMMU_CACHE_12,
            Strength.Must,
            null,
            Socket | InProcess | NeedsStage1,
            Statement: "Entries that are not global are hit by their ASID only, and all by their VMID only. Streams with the same tags may share entries.",
            Violation: "a translation of another ASID or VMID is used",
            Source: "IHI 0070, 3.17 TLB tagging",
            Fault: "leave the VMID out of the key"
        ),
        new(
            SMMU_CACHE_13,
            Strength.Must,
            null,
            Socket | InProcess | NeedsStage1,
            Statement: "A stage-1 leaf that becomes valid needs no invalidation.",
            Violation: "F_TRANSLATION afterwards",
            Source: "IHI 0070, 3.21.1 Translation tables and TLB invalidation completion behavior",
            Fault: "negative caching"
        ),
        new(
            SMMU_CACHE_14,
            Strength.May,
            null,
            Channels.None,
            Statement: "Before its invalidation is complete, an old leaf may still be used.",
            Violation: "none at an SMMU: the oracle accepts old and new",
            Source: "IHI 0070, 3.21.1 Translation tables and TLB invalidation completion behavior",
            Uncheckable: "latitude: the oracle accepts both"
        ),
        new(
            SMMU_CACHE_15,
            Strength.Must,
            null,
            Socket | InProcess | NeedsStage1,
            Statement: "After TLBI and SYNC a write permission that was taken away is gone: no write lands.",
            Violation: "a write lands",
            Source: "IHI 0070, 3.21.1 Translation tables and TLB invalidation completion behavior",
            Fault: "cache permissions apart from addresses"
        ),
        new(
            SMMU_CACHE_16,
            Strength.Must,
            null,
            Socket | InProcess | NeedsStage1,
            Statement: "However many entries are in use, no access reaches the page of another address.",
            Violation: "an access lands elsewhere",
            Source: "IHI 0070, 3.17 TLB tagging",
            Fault: "a hash collision returns the other entry"
        ),
        new(
            SMMU_CACHE_17,
            Strength.Must,
            null,
            Socket | InProcess | NeedsStage1 | NeedsStage2,
            Statement: "Where the stage-1 granule or block is larger than the stage-2 one, each part of a table or of the data is translated by itself, "
                + "and an entry covers the smaller of both.",
            Violation: "a part is taken from the neighbour of the first one",
            Source: "IHI 0070, 3.17 TLB tagging; 3.21.1 Translation tables and TLB invalidation completion behavior",
            Fault: "translate the start of the table only"
        ),
        new(
            SMMU_CACHE_18,
            Strength.May,
            null,
            Channels.None,
            Statement: "SMMUEN going to 0 and back may drop cached entries or keep them.",
            Violation: "none at an SMMU: the oracle accepts both",
            Source: "IHI 0070, 3.11 Reset, enable and initialization; 6.3 SMMU_CR0.SMMUEN",
            Uncheckable: "latitude: the oracle accepts both"
        ),
        new(
            SMMU_CACHE_19,
            Strength.Must,
            null,
            InProcess,
            Statement: "While a structure of several doublewords is rewritten in place, the SMMU sees for each doubleword the old or the new value, "
                + "never a part of one.",
            Violation: "a result that no mix of doublewords gives",
            Source: "IHI 0070, 3.21.3 Configuration structures and configuration invalidation completion",
            Fault: "take half of a doubleword"
        ),
        new(
            SMMU_CACHE_20,
            Strength.Must,
            null,
            Socket | InProcess | NeedsStage1,
            Statement: "TLBI_NH_VA also drops global entries of its VMID and address, whatever its ASID; TLBI_NH_ASID need not drop global entries.",
            Violation: "a global entry stays after TLBI_NH_VA",
            Source: "IHI 0070, 4.4.2 CMD_TLBI_NH_VA and CMD_TLBI_NH_ASID; 3.17.1 The Global flag in the translation table descriptor",
            Fault: "match the ASID of global entries"
        ),
        new(
            SMMU_CACHE_21,
            Strength.Must,
            null,
            Socket | InProcess | NeedsStage1 | NeedsStage2,
            Statement: "A structure or table whose fetch failed is not remembered as failed: once stage 2 maps the CD, the next access fetches it "
                + "without any command.",
            Violation: "the old fault again",
            Source: "IHI 0070, 3.21.3 Configuration structures and configuration invalidation completion",
            Fault: "cache the failure"
        ),
        new(
            SMMU_CACHE_22,
            Strength.Must,
            null,
            Socket | InProcess,
            Statement: "CFGI and TLBI commands that are consumed with SMMUEN=0 have their full effect, and nothing is cached meanwhile.",
            Violation: "an old structure or translation is used after enabling",
            Source: "IHI 0070, 6.3 SMMU_CR0.SMMUEN; 4.3 Configuration structure invalidation",
            Fault: "drop the commands while disabled"
        ),
        new(
            SMMU_CACHE_23,
            Strength.Must,
            null,
            Socket | InProcess | NeedsStage2,
            Statement: "For a stream with stage 2 only, TLBI_S2_IPA and SYNC alone make a changed leaf effective.",
            Violation: "the old leaf is used",
            Source: "IHI 0070, 4.4.3 CMD_TLBI_S2_IPA",
            Fault: "need TLBI_NH_ALL too"
        ),
        new(
            SMMU_CACHE_24,
            Strength.Must,
            null,
            Socket | InProcess,
            Statement: "A change of STE.Config (bypass, abort, stage 1, and back) needs CFGI_STE and SYNC only.",
            Violation: "the old translation is used",
            Source: "IHI 0070, 4.3.1 CMD_CFGI_STE; 3.21.3 Configuration structures and configuration invalidation completion",
            Fault: "the identity entry survives"
        ),
        new(
            SMMU_CACHE_25,
            Strength.Must,
            null,
            Socket | InProcess | NeedsStage1,
            Statement: "A TLBI with Leaf=0 makes a changed table pointer effective; with Leaf=1 the old table may still be walked.",
            Violation: "the old table is walked after Leaf=0",
            Source: "IHI 0070, 4.4.1 Common TLB invalidation fields (Leaf)",
            Fault: "treat Leaf=0 as Leaf=1"
        ),
        new(
            SMMU_CACHE_26,
            Strength.Must,
            null,
            Socket | InProcess,
            Statement: "A leaf with AF=0 that faults is not cached: once AF is set in memory, the next access succeeds without any command.",
            Violation: "F_ACCESS again",
            Source: "IHI 0070, 3.13 Translation table entries and Access flag/Dirty state; 3.21.1 Translation tables and TLB invalidation completion behavior",
            Fault: "negative caching of AF=0"
        ),
    ];
}
