namespace Conformance.Model.Contract;

/// <summary>SplitMix64: a small deterministic source of numbers.</summary>
public sealed class SplitMix(ulong seed)
{
    private ulong state = seed;

    /// <summary>The next 64 bits.</summary>
    public ulong Next() => Next(ref state);

    /// <summary>A number from 0 to <paramref name="bound"/> - 1; the bias of the multiplication is below 2^-32 for small bounds.</summary>
    public uint Below(uint bound) => (uint)((Next() >> 32) * bound >> 32);

    /// <summary>The next 64 bits of whoever keeps the state himself.</summary>
    public static ulong Next(ref ulong state)
    {
        var z = state += 0x9E37_79B9_7F4A_7C15;
        z = (z ^ (z >> 30)) * 0xBF58_476D_1CE4_E5B9;
        z = (z ^ (z >> 27)) * 0x94D0_49BB_1331_11EB;
        return z ^ (z >> 31);
    }
}
