namespace Conformance.Model.Smmu.Device;

/// <summary>One transaction of a DMA master as it arrives at the SMMU, before any override by an STE.</summary>
/// <param name="StreamId">The StreamID, 32 bits.</param>
/// <param name="Address">The input address, all 64 bits.</param>
/// <param name="IsRead">RnW: true for a read, false for a write.</param>
/// <param name="Length">How many bytes, 1, 2, 4 or 8; the address is a multiple of it, so the bytes lie in one page.</param>
public readonly record struct SmmuTransaction(uint StreamId, ulong Address, bool IsRead, int Length)
{
    /// <summary>SSV: true when the transaction has a SubstreamID.</summary>
    public bool HasSubstream { get; init; }

    /// <summary>The SubstreamID, 20 bits; 0 without <see cref="HasSubstream"/>.</summary>
    public uint SubstreamId { get; init; }

    /// <summary>InD: true for an instruction fetch. A write is always data.</summary>
    public bool IsInstruction { get; init; }

    /// <summary>PnU: true when it is privileged.</summary>
    public bool IsPrivileged { get; init; }
}
