using Conformance.Model.Smmu.Structures;

namespace Conformance.Drivers.Reference.Smmu;

/// <summary>An STE as the SMMU holds it: fetched once, decoded once.</summary>
internal sealed class CachedStream
{
    public bool InUse;
    public uint StreamId;
    public StreamTableEntry Entry;
    public StreamFlaws Flaws;
    public StreamWorld World;

    /// <summary>The tag of its translations: S2VMID where VMIDs exist and the world has them.</summary>
    public ushort Vmid;

    /// <summary>Stage 1 translates its transactions, if S1DSS does not say otherwise.</summary>
    public bool HasStage1;

    /// <summary>Stage 2 translates what comes from stage 1.</summary>
    public bool HasStage2;

    /// <summary>log2 of the number of CDs; 0 without substreams.</summary>
    public int ContextBits;

    /// <summary>Whether and how the CD table has two levels: log2 of the CDs in a leaf, or 0.</summary>
    public int ContextLeafBits;

    /// <summary>Stage-2 tables; only with <see cref="HasStage2"/>.</summary>
    public TableFormat Stage2;

    public bool Stage2AccessFlag,
        Stage2Dirty;
}
