namespace Conformance.Model.Smmu.Structures;

/// <summary>
/// A descriptor of the AArch64 translation tables: 8 bytes, little-endian unless the configuration says otherwise. Stage 1 and stage 2 share the positions
/// of most fields; those of one stage say so.
/// </summary>
/// <param name="Value">The descriptor, in the order of the processor.</param>
public readonly record struct TranslationDescriptor(ulong Value)
{
    /// <summary>How many bytes one takes in memory.</summary>
    public const int Length = 8;

    /// <summary>[0]: the descriptor is valid.</summary>
    public bool Valid
    {
        get => Bits.Is(Value, 0);
        init => Value = Bits.WithFlag(Value, 0, value);
    }

    /// <summary>[1]: a table (levels 0 to 2) or a page (level 3); otherwise a block.</summary>
    public bool IsTableOrPage
    {
        get => Bits.Is(Value, 1);
        init => Value = Bits.WithFlag(Value, 1, value);
    }

    /// <summary>[4:2], stage 1: AttrIndx, the attribute of MAIR.</summary>
    public int AttrIndx
    {
        get => (int)Bits.Get(Value, 4, 2);
        init => Value = Bits.With(Value, 4, 2, (uint)value);
    }

    /// <summary>[5:2], stage 2: MemAttr; 0..3 is Device memory.</summary>
    public int MemAttr
    {
        get => (int)Bits.Get(Value, 5, 2);
        init => Value = Bits.With(Value, 5, 2, (uint)value);
    }

    /// <summary>[6], stage 1: AP[1], unprivileged accesses are allowed.</summary>
    public bool AP1
    {
        get => Bits.Is(Value, 6);
        init => Value = Bits.WithFlag(Value, 6, value);
    }

    /// <summary>[7], stage 1: AP[2], read-only; with DBM and dirty tracking, writable and clean.</summary>
    public bool AP2
    {
        get => Bits.Is(Value, 7);
        init => Value = Bits.WithFlag(Value, 7, value);
    }

    /// <summary>[7:6], stage 2: S2AP: 0 nothing, 1 reads, 2 writes, 3 both.</summary>
    public int S2AP
    {
        get => (int)Bits.Get(Value, 7, 6);
        init => Value = Bits.With(Value, 7, 6, (uint)value);
    }

    /// <summary>[9:8]: SH, shareability.</summary>
    public int SH
    {
        get => (int)Bits.Get(Value, 9, 8);
        init => Value = Bits.With(Value, 9, 8, (uint)value);
    }

    /// <summary>[10]: AF, the page was accessed; in a table descriptor with HAFT, the table was.</summary>
    public bool AF
    {
        get => Bits.Is(Value, 10);
        init => Value = Bits.WithFlag(Value, 10, value);
    }

    /// <summary>[11], stage 1: nG, the entry belongs to the ASID.</summary>
    public bool NotGlobal
    {
        get => Bits.Is(Value, 11);
        init => Value = Bits.WithFlag(Value, 11, value);
    }

    /// <summary>[51]: DBM, hardware keeps the dirty state.</summary>
    public bool DBM
    {
        get => Bits.Is(Value, 51);
        init => Value = Bits.WithFlag(Value, 51, value);
    }

    /// <summary>[52]: Contiguous, one of a run that may be cached as one entry.</summary>
    public bool Contiguous
    {
        get => Bits.Is(Value, 52);
        init => Value = Bits.WithFlag(Value, 52, value);
    }

    /// <summary>[53], stage 1: PXN, never executed privileged.</summary>
    public bool PXN
    {
        get => Bits.Is(Value, 53);
        init => Value = Bits.WithFlag(Value, 53, value);
    }

    /// <summary>[54], stage 1: UXN, never executed unprivileged; XN in a StreamWorld with one privilege.</summary>
    public bool UXN
    {
        get => Bits.Is(Value, 54);
        init => Value = Bits.WithFlag(Value, 54, value);
    }

    /// <summary>[54:53], stage 2: XN: 0 execute, 2 do not; with XNX 1 execute unprivileged only, 3 privileged only.</summary>
    public int XN
    {
        get => (int)Bits.Get(Value, 54, 53);
        init => Value = Bits.With(Value, 54, 53, (uint)value);
    }

    /// <summary>[59], stage-1 table: PXNTable.</summary>
    public bool PXNTable
    {
        get => Bits.Is(Value, 59);
        init => Value = Bits.WithFlag(Value, 59, value);
    }

    /// <summary>[60], stage-1 table: UXNTable.</summary>
    public bool UXNTable
    {
        get => Bits.Is(Value, 60);
        init => Value = Bits.WithFlag(Value, 60, value);
    }

    /// <summary>[62:61], stage-1 table: APTable: bit 0 no unprivileged access, bit 1 no writes.</summary>
    public int APTable
    {
        get => (int)Bits.Get(Value, 62, 61);
        init => Value = Bits.With(Value, 62, 61, (uint)value);
    }

    /// <summary>[47:12]: the address of the next table, or of the page or block, without the part that a granule of 64 KiB has in [15:12].</summary>
    public ulong Address
    {
        get => Bits.InPlace(Value, 47, 12);
        init => Value = Bits.WithInPlace(Value, 47, 12, value);
    }

    /// <summary>[15:12]: with granules of 64 KiB and 52-bit addresses, bits [51:48] of the address.</summary>
    public int HighAddress
    {
        get => (int)Bits.Get(Value, 15, 12);
        init => Value = Bits.With(Value, 15, 12, (uint)value);
    }
}
