namespace Conformance.Drivers.Reference.Smmu;

/// <summary>What a TLBI command names.</summary>
internal record struct TlbScope
{
    /// <summary>Translations of VAs, by stage 1 alone and by both stages.</summary>
    public bool Stage1 { get; init; }

    /// <summary>Translations of IPAs.</summary>
    public bool Stage2 { get; init; }

    /// <summary>The regimes of EL2; otherwise NS-EL1.</summary>
    public bool OfEl2 { get; init; }

    /// <summary>The VMID, or null: every one.</summary>
    public ushort? Vmid { get; init; }

    /// <summary>The ASID, or null: every one.</summary>
    public ushort? Asid { get; init; }

    /// <summary>With an ASID: entries that serve every ASID go as well.</summary>
    public bool WithGlobal { get; init; }

    /// <summary>Only what <see cref="First"/> to <see cref="Last"/> meets.</summary>
    public bool ByAddress { get; init; }

    /// <summary>The first address.</summary>
    public ulong First { get; init; }

    /// <summary>The last address.</summary>
    public ulong Last { get; init; }

    /// <summary>Pointers to tables may stay.</summary>
    public bool Leaf { get; init; }

    /// <summary>The level that leaves must have, or 0: any.</summary>
    public int Level { get; init; }
}
