namespace Conformance.Drivers.Reference.Smmu;

/// <summary>The shape of a tree of tables.</summary>
internal struct TableFormat
{
    /// <summary>log2 of the granule in bytes.</summary>
    public int Granule;

    /// <summary>The size of input addresses in bits.</summary>
    public int InputBits;

    /// <summary>The size of output addresses in bits.</summary>
    public int OutputBits;

    /// <summary>The level of the top table.</summary>
    public int StartLevel;

    /// <summary>The address of the top table, or of the first of several.</summary>
    public ulong Base;

    /// <summary>The tables are big-endian.</summary>
    public bool BigEndian;

    /// <summary>How many bits of an address one table resolves.</summary>
    public readonly int Stride => Granule - 3;

    /// <summary>log2 of what one descriptor of a level covers.</summary>
    public readonly int Shift(int level) => Granule + ((3 - level) * Stride);
}
