namespace Conformance.Model.Smmu.Device;

/// <summary>A range of physical addresses.</summary>
/// <param name="Start">The first address.</param>
/// <param name="Size">Its size in bytes.</param>
public readonly record struct SmmuRange(ulong Start, ulong Size)
{
    /// <summary>The first address behind it.</summary>
    public ulong End => Start + Size;

    /// <summary>True when the <paramref name="length"/> bytes at an address lie inside.</summary>
    public bool Contains(ulong address, ulong length = 1) => length <= Size && address - Start <= Size - length;
}
