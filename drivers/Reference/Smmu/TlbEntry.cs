namespace Conformance.Drivers.Reference.Smmu;

/// <summary>What an entry of the TLB translates.</summary>
internal enum TlbKind : byte
{
    /// <summary>A VA to a PA, by stage 1 alone.</summary>
    Stage1,

    /// <summary>A VA to a PA, by both stages.</summary>
    Combined,

    /// <summary>An IPA to a PA.</summary>
    Stage2,

    /// <summary>A VA to the address of a stage-1 table, a PA.</summary>
    Table1,

    /// <summary>A VA to the address of a stage-1 table, an IPA.</summary>
    NestedTable1,

    /// <summary>An IPA to the address of a stage-2 table.</summary>
    Table2,
}

/// <summary>What leaves and tables allow and forbid, gathered on the way.</summary>
[Flags]
internal enum Rights : ushort
{
    None = 0,

    /// <summary>Stage 1: AP[2] or APTable[1] forbid writes.</summary>
    ReadOnly = 1 << 0,

    /// <summary>Stage 1: AP[1] allows unprivileged accesses, and APTable[0] does not object.</summary>
    Unprivileged = 1 << 1,

    /// <summary>Stage 1: PXN or PXNTable.</summary>
    PrivilegedNever = 1 << 2,

    /// <summary>Stage 1: UXN or UXNTable.</summary>
    UnprivilegedNever = 1 << 3,

    /// <summary>Stage 1: writable, but not marked dirty yet.</summary>
    Clean1 = 1 << 4,

    /// <summary>Tables: no writes below.</summary>
    TableReadOnly = 1 << 5,

    /// <summary>Tables: no unprivileged accesses below.</summary>
    TablePrivileged = 1 << 6,

    /// <summary>Tables: PXNTable.</summary>
    TablePrivilegedNever = 1 << 7,

    /// <summary>Tables: UXNTable.</summary>
    TableUnprivilegedNever = 1 << 8,

    /// <summary>Stage 2 allows reads.</summary>
    Read2 = 1 << 9,

    /// <summary>Stage 2 allows writes.</summary>
    Write2 = 1 << 10,

    /// <summary>Stage 2 forbids privileged execution.</summary>
    PrivilegedNever2 = 1 << 11,

    /// <summary>Stage 2 forbids unprivileged execution.</summary>
    UnprivilegedNever2 = 1 << 12,

    /// <summary>Stage 2: writable, but not marked dirty yet.</summary>
    Clean2 = 1 << 13,

    /// <summary>Stage 2: Device memory.</summary>
    Device2 = 1 << 14,

    OfStage2 = Read2 | Write2 | PrivilegedNever2 | UnprivilegedNever2 | Clean2 | Device2,
}

/// <summary>Who an entry belongs to.</summary>
/// <param name="Kind">What it translates.</param>
/// <param name="World">The regime.</param>
/// <param name="Vmid">The VMID, 0 where there are none.</param>
/// <param name="Asid">The ASID, 0 for global entries and where there are none.</param>
/// <param name="Global">It serves every ASID.</param>
internal readonly record struct TlbTag(TlbKind Kind, StreamWorld World, ushort Vmid, ushort Asid, bool Global);

/// <summary>An entry of the TLB, or of the walk cache.</summary>
internal struct TlbEntry
{
    public bool InUse;
    public TlbTag Tag;
    public Rights Rights;

    /// <summary>log2 of what it translates.</summary>
    public byte Shift;

    /// <summary>log2 of what the descriptor covers that an invalidation by address names: at least <see cref="Shift"/>.</summary>
    public byte LeafShift;

    /// <summary>The level of that descriptor.</summary>
    public byte Level;

    /// <summary>The first address that it translates.</summary>
    public ulong Input;

    /// <summary>Where that address goes.</summary>
    public ulong Output;

    /// <summary>For a combined entry, what stage 1 makes of that address.</summary>
    public ulong Ipa;
}
