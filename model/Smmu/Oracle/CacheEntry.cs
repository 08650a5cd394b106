using Conformance.Model.Smmu.Structures;
using Conformance.Model.Smmu.Translation;

namespace Conformance.Model.Smmu.Oracle;

/// <summary>
/// The things that a cache may hold, as bits, from the inside out: what is in a later one may have been made with what was in an earlier one. A value that
/// memory had can be used as long as one of the things that it may be in has not been dropped since.
/// </summary>
[Flags]
internal enum Holders
{
    /// <summary>Nothing holds it.</summary>
    None = 0,

    /// <summary>A level-1 Stream Table Descriptor.</summary>
    L1StreamTable = 1 << 0,

    /// <summary>An STE.</summary>
    StreamTable = 1 << 1,

    /// <summary>The stage-2 pointers out of levels 0, 1 and 2; level L is bit 2 + L.</summary>
    Stage2Walk = 7 << 2,

    /// <summary>A stage-2 entry: IPA to PA.</summary>
    Stage2Leaf = 1 << 5,

    /// <summary>A level-1 CD.</summary>
    L1ContextTable = 1 << 6,

    /// <summary>A CD.</summary>
    ContextDescriptor = 1 << 7,

    /// <summary>Where the first stage-1 table lies, stage 2 applied.</summary>
    Stage1Base = 1 << 8,

    /// <summary>The stage-1 pointers out of levels 0, 1 and 2, stage 2 applied; level L is bit 9 + L.</summary>
    Stage1Walk = 7 << 9,

    /// <summary>A stage-1 or combined entry that belongs to an ASID.</summary>
    Leaf = 1 << 12,

    /// <summary>A stage-1 or combined entry that is global.</summary>
    GlobalLeaf = 1 << 13,

    /// <summary>Everything from a stage-1 table base on.</summary>
    Stage1 = Stage1Base | Stage1Walk | Leaf | GlobalLeaf,

    /// <summary>What is in the TLB under a VMID and holds stage 2 alone.</summary>
    Stage2 = Stage2Walk | Stage2Leaf,
}

/// <summary>On whose behalf something is cached, as far as it is known when a fetch is made: what an invalidation has to name.</summary>
internal struct CacheTag
{
    /// <summary>The StreamID.</summary>
    public uint StreamId;

    /// <summary>The SubstreamID; 0 without one.</summary>
    public uint SubstreamId;

    /// <summary>The binary logarithm of the SubstreamIDs that share an L1CD.</summary>
    public int LeafTableBits;

    /// <summary>The binary logarithm of the StreamIDs that share an L1STD.</summary>
    public int Split;

    /// <summary>The StreamWorld.</summary>
    public StreamWorld World;

    /// <summary>The VMID.</summary>
    public ushort Vmid;

    /// <summary>The ASID.</summary>
    public ushort Asid;

    /// <summary>The input address of stage 1, sign-extended from bit 55.</summary>
    public ulong Va;

    /// <summary>The granule of stage 1; 0 as long as it is not known.</summary>
    public int Granule1;

    /// <summary>The binary logarithm of the size of the stage-1 or combined entry; 12 as long as it is not known.</summary>
    public int LeafShift;

    /// <summary>The level of the stage-1 leaf; -1 as long as it is not known.</summary>
    public int LeafLevel;

    /// <summary>The IPA.</summary>
    public ulong Ipa;

    /// <summary>The granule of stage 2; 0 as long as it is not known.</summary>
    public int Granule2;

    /// <summary>The binary logarithm of the size of the stage-2 entry; 12 as long as it is not known.</summary>
    public int Leaf2Shift;

    /// <summary>The level of the stage-2 leaf; -1 as long as it is not known.</summary>
    public int Leaf2Level;

    /// <summary>The granule of a table from the range that a descriptor of a level stands for.</summary>
    public static int GranuleOf(int level, int shift) => (shift + 3 * (3 - level)) / (4 - level);
}
