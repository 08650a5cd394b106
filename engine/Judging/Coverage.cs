using System.Collections;

namespace Conformance.Engine.Judging;

/// <summary>What was reached, as flags. What each of them means is the suite's business; each has its own tables.</summary>
public sealed class Coverage
{
    /// <summary>How many flags there are, for the largest suite.</summary>
    public const int Flags = 1024;

    private readonly bool[] flags = new bool[Flags];

    /// <summary>A flag.</summary>
    public ref bool this[int index] => ref flags[index];

    /// <summary>Adds what another one has seen.</summary>
    public void Add(Coverage other)
    {
        for (var i = 0; i < Flags; i++)
            flags[i] |= other.flags[i];
    }

    /// <summary>The first flags as bytes, the lowest bit first.</summary>
    /// <param name="count">How many, a multiple of 8.</param>
    public byte[] ToBytes(int count)
    {
        var bytes = new byte[count / 8];
        new BitArray(flags[..count]).CopyTo(bytes, 0);
        return bytes;
    }

    /// <summary>The reverse of <see cref="ToBytes"/>.</summary>
    /// <exception cref="ArgumentException">More than there are flags.</exception>
    public static Coverage FromBytes(byte[] bytes)
    {
        if (bytes.Length > Flags / 8)
            throw new ArgumentException($"coverage is at most {Flags / 8} bytes", nameof(bytes));
        var coverage = new Coverage();
        new BitArray(bytes).CopyTo(coverage.flags, 0);
        return coverage;
    }
}
