namespace Conformance.Model.Smmu.Structures;

/// <summary>A level-1 Stream Table Descriptor: 8 bytes.</summary>
public record struct L1StreamTableDescriptor
{
    /// <summary>How many bytes one takes in memory.</summary>
    public const int Length = 8;

    /// <summary>Doubleword 0.</summary>
    public ulong D0;

    /// <summary>D0[4:0]: 0 no STEs; n = 1..11 the array at L2Ptr has 2^(n-1) STEs; 12..31 reserved, behave as 0.</summary>
    public int Span
    {
        readonly get => (int)Bits.Get(D0, 4, 0);
        init => D0 = Bits.With(D0, 4, 0, (uint)value);
    }

    /// <summary>D0[51:6]: the address of the array of STEs. Bits [5:0] are 0; those below the size of the array count as 0.</summary>
    public ulong L2Ptr
    {
        readonly get => Bits.InPlace(D0, 51, 6);
        init => D0 = Bits.WithInPlace(D0, 51, 6, value);
    }
}
