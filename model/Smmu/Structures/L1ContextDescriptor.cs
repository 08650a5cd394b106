namespace Conformance.Model.Smmu.Structures;

/// <summary>A level-1 Context Descriptor: 8 bytes.</summary>
public record struct L1ContextDescriptor
{
    /// <summary>How many bytes one takes in memory.</summary>
    public const int Length = 8;

    /// <summary>Doubleword 0.</summary>
    public ulong D0;

    /// <summary>D0[0]: V: the descriptor is valid.</summary>
    public bool Valid
    {
        readonly get => Bits.Is(D0, 0);
        init => D0 = Bits.WithFlag(D0, 0, value);
    }

    /// <summary>D0[51:12]: the address of a leaf of CDs, an IPA when both stages are enabled. Bits [15:12] count as 0 for leaves of 64 KiB.</summary>
    public ulong L2Ptr
    {
        readonly get => Bits.InPlace(D0, 51, 12);
        init => D0 = Bits.WithInPlace(D0, 51, 12, value);
    }
}
