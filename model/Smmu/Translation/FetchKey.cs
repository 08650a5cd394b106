using Conformance.Model.Smmu.Structures;

namespace Conformance.Model.Smmu.Translation;

/// <summary>What is fetched.</summary>
public enum FetchKind : byte
{
    /// <summary>A level-1 Stream Table Descriptor.</summary>
    L1StreamTable,

    /// <summary>A doubleword of a Stream Table Entry.</summary>
    StreamTable,

    /// <summary>A level-1 Context Descriptor.</summary>
    L1ContextTable,

    /// <summary>A doubleword of a Context Descriptor.</summary>
    ContextDescriptor,

    /// <summary>A stage-1 translation table descriptor.</summary>
    Stage1Descriptor,

    /// <summary>A stage-2 translation table descriptor.</summary>
    Stage2Descriptor,
}

/// <summary>What a fetch is for, and with it which caches may answer.</summary>
public enum FetchPurpose : byte
{
    /// <summary>The configuration or the walk: a cached value that no completed invalidation covers is as good as the present one.</summary>
    Use,

    /// <summary>
    /// The part of a CD or STE that TLB entries were made with: translation table bases and their control. Dropping the cached structure does not change it,
    /// a TLB invalidation is needed as well: TLBI_NH_ASID for a CD, by VMID for an STE. Asked after the same doubleword was fetched with <see cref="Use"/>.
    /// </summary>
    Regime,

    /// <summary>The descriptor is about to be updated by a compare-and-swap: only the present value will do.</summary>
    Update,

    /// <summary>A look at the present value of another member of a contiguous run. It never counts as an ambiguous fetch.</summary>
    Peek,
}

/// <summary>The StreamWorld that TLB entries belong to.</summary>
public enum StreamWorld : byte
{
    /// <summary>NS-EL1: entries have an ASID and, with stage 2, a VMID.</summary>
    El1,

    /// <summary>EL2 with CR2.E2H=0: one half, one privilege, no ASID.</summary>
    El2,

    /// <summary>EL2-E2H: as EL1, without a VMID.</summary>
    El2E2H,
}

/// <summary>On whose behalf a fetch is made: what an invalidation has to name to reach a cached copy.</summary>
public struct FetchKey
{
    /// <summary>The StreamID.</summary>
    public uint StreamId;

    /// <summary>The SubstreamID that chose the CD; 0 without one.</summary>
    public uint SubstreamId;

    /// <summary>The input address; for a stage-1 descriptor without the top byte that TBI ignores (sign-extended from bit 55).</summary>
    public ulong Address;

    /// <summary>For a stage-2 descriptor the IPA that is translated; otherwise 0.</summary>
    public ulong Ipa;

    /// <summary>The VMID; 0 where there is none. Known from the STE on.</summary>
    public ushort Vmid;

    /// <summary>The ASID; 0 where there is none. Known from the CD on. Whether an entry is global is bit 11 of its leaf.</summary>
    public ushort Asid;

    /// <summary>The StreamWorld.</summary>
    public StreamWorld World;

    /// <summary>The level of a table descriptor, 0..3.</summary>
    public byte Level;

    /// <summary>The binary logarithm of the range of input addresses (stage 2: of IPAs) that a table descriptor stands for.</summary>
    public byte Shift;

    /// <summary>For a stage-2 descriptor: why stage 2 is walked.</summary>
    public SmmuEventClass Class;

    /// <summary>True when both stages are enabled: stage-2 results may be held in combined entries.</summary>
    public bool IsNested;

    /// <summary>What the fetch is for.</summary>
    public FetchPurpose Purpose;
}
