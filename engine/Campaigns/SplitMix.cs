namespace Conformance.Engine.Campaigns;

/// <summary>SplitMix64: a small deterministic source of numbers.</summary>
public sealed class SplitMix(ulong seed)
{
    private ulong state = seed;

    /// <summary>The next 64 bits.</summary>
    public ulong Next()
    {
        var z = state += 0x9E3779B97F4A7C15;
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
        return z ^ (z >> 31);
    }

    /// <summary>A number from 0 to <paramref name="bound"/> - 1; the bias of the multiplication is below 2^-32 for small bounds.</summary>
    public uint Below(uint bound) => (uint)((Next() >> 32) * bound >> 32);
}
