using static Conformance.Model.Requirements.Channels;
using static Conformance.Model.Requirements.RequirementId;

namespace Conformance.Model.Requirements.Groups;

/// <summary>Caches as permission to be stale, and the invalidations that end it. Observed by warming, changing and probing again.</summary>
internal static class SmmuCaches
{
    internal static readonly Requirement[] Rows =
    [
        new(SMMU_CACHE_01, "SMMU-CACHE-01", RequirementGroup.SmmuCache, Strength.Must, null, Socket | InProcess, OwedByCore: false,
            Statement: "After CFGI_STE and CMD_SYNC the STE in memory is in force.",
            Violation: "the old STE is used",
            Source: "IHI 0070",
            Fault: "ignore CFGI_STE",
            Unchecked: null),

        new(SMMU_CACHE_02, "SMMU-CACHE-02", RequirementGroup.SmmuCache, Strength.Must, null, Socket | InProcess, OwedByCore: false,
            Statement: "CFGI_STE_RANGE covers 2^(Range+1) StreamIDs from its StreamID aligned down, Range=31 all. More may be dropped.",
            Violation: "a StreamID of the range keeps its old STE",
            Source: "IHI 0070",
            Fault: "take the start unaligned; overflow at Range=31",
            Unchecked: null),

        new(SMMU_CACHE_03, "SMMU-CACHE-03", RequirementGroup.SmmuCache, Strength.Must, null, Socket | InProcess | NeedsStage1, OwedByCore: false,
            Statement: "After SYNC, CFGI_CD drops the CD of its StreamID and SubstreamID, CFGI_CD_ALL all CDs of the StreamID, and CFGI_STE these " +
                       "too.",
            Violation: "an old CD is used",
            Source: "IHI 0070",
            Fault: "CFGI_STE keeps CDs",
            Unchecked: null),

        new(SMMU_CACHE_04, "SMMU-CACHE-04", RequirementGroup.SmmuCache, Strength.Must, null, Socket | InProcess, OwedByCore: false,
            Statement: "Invalidations by StreamID cover every StreamID, those with device numbers other than 0 too.",
            Violation: "an old STE or CD is used",
            Source: "IHI 0070",
            Fault: "look at the function number only",
            Unchecked: null),

        new(SMMU_CACHE_05, "SMMU-CACHE-05", RequirementGroup.SmmuCache, Strength.Must, null, Socket | InProcess | NeedsStage1, OwedByCore: false,
            Statement: "After SYNC, TLBI_NH_VA drops what its VMID, ASID and address match, for pages and blocks of every granule; any address " +
                       "within a block drops it.",
            Violation: "an old translation is used",
            Source: "IHI 0070",
            Fault: "remove the exact key only",
            Unchecked: null),

        new(SMMU_CACHE_06, "SMMU-CACHE-06", RequirementGroup.SmmuCache, Strength.Must, null, Socket | InProcess | NeedsStage1, OwedByCore: false,
            Statement: "TLBI_NH_VAA is TLBI_NH_VA for every ASID.",
            Violation: "an entry of some ASID stays",
            Source: "IHI 0070",
            Fault: "match ASID 0",
            Unchecked: null),

        new(SMMU_CACHE_07, "SMMU-CACHE-07", RequirementGroup.SmmuCache, Strength.Must, null, Socket | InProcess | NeedsStage1, OwedByCore: false,
            Statement: "A range invalidation covers (NUM+1)*2^SCALE pages of granule TG from its address, for every NUM, SCALE and TG and near the " +
                       "top of the address space, without wrapping.",
            Violation: "an entry of the range stays",
            Source: "IHI 0070",
            Fault: "cover NUM*2^SCALE; shift in 32 bits",
            Unchecked: null),

        new(SMMU_CACHE_08, "SMMU-CACHE-08", RequirementGroup.SmmuCache, Strength.Must, null, Socket | InProcess | NeedsStage1, OwedByCore: false,
            Statement: "A TTL hint that is true drops the entry; with TG=0 TTL has no effect.",
            Violation: "the entry stays",
            Source: "IHI 0070",
            Fault: "compare TTL although TG=0",
            Unchecked: null),

        new(SMMU_CACHE_09, "SMMU-CACHE-09", RequirementGroup.SmmuCache, Strength.Must, null, Socket | InProcess | NeedsStage1 | NeedsStage2, OwedByCore: false,
            Statement: "TLBI_NH_ALL drops all stage-1 entries of its VMID at least, TLBI_NSNH_ALL those of every VMID and both stages.",
            Violation: "an entry stays",
            Source: "IHI 0070",
            Fault: "TLBI_NH_ALL matches no VMID",
            Unchecked: null),

        new(SMMU_CACHE_10, "SMMU-CACHE-10", RequirementGroup.SmmuCache, Strength.Must, null, Socket | InProcess | NeedsStage1 | NeedsStage2, OwedByCore: false,
            Statement: "TLBI_S2_IPA, then TLBI_NH_ALL and SYNC, make a changed stage-2 mapping effective for nested streams, the mapping of stage-1 " +
                       "tables included. For a page of CDs CFGI_CD is needed too, and until then a cached CD may be used.",
            Violation: "an old mapping is used",
            Source: "IHI 0070",
            Fault: "keep the physical address of TTB",
            Unchecked: null),

        new(SMMU_CACHE_11, "SMMU-CACHE-11", RequirementGroup.SmmuCache, Strength.Must, null, Socket | InProcess | NeedsStage2, OwedByCore: false,
            Statement: "After SYNC, TLBI_S12_VMALL has dropped all stage-1 and stage-2 entries of its VMID.",
            Violation: "an entry stays",
            Source: "IHI 0070",
            Fault: "drop stage-2 entries only",
            Unchecked: null),

        new(SMMU_CACHE_12, "SMMU-CACHE-12", RequirementGroup.SmmuCache, Strength.Must, null, Socket | InProcess | NeedsStage1, OwedByCore: false,
            Statement: "Entries that are not global are hit by their ASID only, and all by their VMID only. Streams with the same tags may share " +
                       "entries.",
            Violation: "a translation of another ASID or VMID is used",
            Source: "IHI 0070",
            Fault: "leave the VMID out of the key",
            Unchecked: null),

        new(SMMU_CACHE_13, "SMMU-CACHE-13", RequirementGroup.SmmuCache, Strength.Must, null, Socket | InProcess | NeedsStage1, OwedByCore: false,
            Statement: "A stage-1 leaf that becomes valid needs no invalidation.",
            Violation: "F_TRANSLATION afterwards",
            Source: "IHI 0070",
            Fault: "negative caching",
            Unchecked: null),

        new(SMMU_CACHE_14, "SMMU-CACHE-14", RequirementGroup.SmmuCache, Strength.May, null, Channels.None, OwedByCore: false,
            Statement: "Before its invalidation is complete, an old leaf may still be used.",
            Violation: "none at an SMMU: the oracle accepts old and new",
            Source: "IHI 0070",
            Fault: null,
            Unchecked: "latitude: the oracle accepts both"),

        new(SMMU_CACHE_15, "SMMU-CACHE-15", RequirementGroup.SmmuCache, Strength.Must, null, Socket | InProcess | NeedsStage1, OwedByCore: false,
            Statement: "After TLBI and SYNC a write permission that was taken away is gone: no write lands.",
            Violation: "a write lands",
            Source: "IHI 0070",
            Fault: "cache permissions apart from addresses",
            Unchecked: null),

        new(SMMU_CACHE_16, "SMMU-CACHE-16", RequirementGroup.SmmuCache, Strength.Must, null, Socket | InProcess | NeedsStage1, OwedByCore: false,
            Statement: "However many entries are in use, no access reaches the page of another address.",
            Violation: "an access lands elsewhere",
            Source: "IHI 0070",
            Fault: "a hash collision returns the other entry",
            Unchecked: null),

        new(SMMU_CACHE_17, "SMMU-CACHE-17", RequirementGroup.SmmuCache, Strength.Must, null, Socket | InProcess | NeedsStage1 | NeedsStage2, OwedByCore: false,
            Statement: "Where the stage-1 granule or block is larger than the stage-2 one, each part of a table or of the data is translated by " +
                       "itself, and an entry covers the smaller of both.",
            Violation: "a part is taken from the neighbour of the first one",
            Source: "IHI 0070",
            Fault: "translate the start of the table only",
            Unchecked: null),

        new(SMMU_CACHE_18, "SMMU-CACHE-18", RequirementGroup.SmmuCache, Strength.May, null, Channels.None, OwedByCore: false,
            Statement: "SMMUEN going to 0 and back may drop cached entries or keep them.",
            Violation: "none at an SMMU: the oracle accepts both",
            Source: "IHI 0070",
            Fault: null,
            Unchecked: "latitude: the oracle accepts both"),

        new(SMMU_CACHE_19, "SMMU-CACHE-19", RequirementGroup.SmmuCache, Strength.Must, null, InProcess, OwedByCore: false,
            Statement: "While a structure of several doublewords is rewritten in place, the SMMU sees for each doubleword the old or the new value, " +
                       "never a part of one.",
            Violation: "a result that no mix of doublewords gives",
            Source: "IHI 0070",
            Fault: "take half of a doubleword",
            Unchecked: null),

        new(SMMU_CACHE_20, "SMMU-CACHE-20", RequirementGroup.SmmuCache, Strength.Must, null, Socket | InProcess | NeedsStage1, OwedByCore: false,
            Statement: "TLBI_NH_VA also drops global entries of its VMID and address, whatever its ASID; TLBI_NH_ASID need not drop global entries.",
            Violation: "a global entry stays after TLBI_NH_VA",
            Source: "IHI 0070",
            Fault: "match the ASID of global entries",
            Unchecked: null),

        new(SMMU_CACHE_21, "SMMU-CACHE-21", RequirementGroup.SmmuCache, Strength.Must, null, Socket | InProcess | NeedsStage1 | NeedsStage2, OwedByCore: false,
            Statement: "A structure or table whose fetch failed is not remembered as failed: once stage 2 maps the CD, the next access fetches it " +
                       "without any command.",
            Violation: "the old fault again",
            Source: "IHI 0070",
            Fault: "cache the failure",
            Unchecked: null),

        new(SMMU_CACHE_22, "SMMU-CACHE-22", RequirementGroup.SmmuCache, Strength.Must, null, Socket | InProcess, OwedByCore: false,
            Statement: "CFGI and TLBI commands that are consumed with SMMUEN=0 have their full effect, and nothing is cached meanwhile.",
            Violation: "an old structure or translation is used after enabling",
            Source: "IHI 0070",
            Fault: "drop the commands while disabled",
            Unchecked: null),

        new(SMMU_CACHE_23, "SMMU-CACHE-23", RequirementGroup.SmmuCache, Strength.Must, null, Socket | InProcess | NeedsStage2, OwedByCore: false,
            Statement: "For a stream with stage 2 only, TLBI_S2_IPA and SYNC alone make a changed leaf effective.",
            Violation: "the old leaf is used",
            Source: "IHI 0070",
            Fault: "need TLBI_NH_ALL too",
            Unchecked: null),

        new(SMMU_CACHE_24, "SMMU-CACHE-24", RequirementGroup.SmmuCache, Strength.Must, null, Socket | InProcess, OwedByCore: false,
            Statement: "A change of STE.Config (bypass, abort, stage 1, and back) needs CFGI_STE and SYNC only.",
            Violation: "the old translation is used",
            Source: "IHI 0070",
            Fault: "the identity entry survives",
            Unchecked: null),

        new(SMMU_CACHE_25, "SMMU-CACHE-25", RequirementGroup.SmmuCache, Strength.Must, null, Socket | InProcess | NeedsStage1, OwedByCore: false,
            Statement: "A TLBI with Leaf=0 makes a changed table pointer effective; with Leaf=1 the old table may still be walked.",
            Violation: "the old table is walked after Leaf=0",
            Source: "IHI 0070",
            Fault: "treat Leaf=0 as Leaf=1",
            Unchecked: null),

        new(SMMU_CACHE_26, "SMMU-CACHE-26", RequirementGroup.SmmuCache, Strength.Must, null, Socket | InProcess, OwedByCore: false,
            Statement: "A leaf with AF=0 that faults is not cached: once AF is set in memory, the next access succeeds without any command.",
            Violation: "F_ACCESS again",
            Source: "IHI 0070",
            Fault: "negative caching of AF=0",
            Unchecked: null),
    ];
}
