using System.Runtime.InteropServices;

namespace Conformance.Engine.Migration;

/// <summary>
/// A hash of bytes that grow, taken eight at a time: each call goes on behind the whole words that an earlier one took. It is compared within one process only.
/// </summary>
/// <remarks>Both halves of each product are kept: its low one alone never carries a high bit of a word down, so that two changes could cancel.</remarks>
internal struct WordHash
{
    private const ulong Factor = 0x9E37_79B9_7F4A_7C15,
        Whitening = 0xA076_1D64_78BD_642F;

    private ulong hash;
    private int taken;

    /// <summary>The hash of <paramref name="bytes"/>, which begin with those of the last call; never 0, so that 0 can stand for none.</summary>
    internal ulong Of(ReadOnlySpan<byte> bytes)
    {
        var words = MemoryMarshal.Cast<byte, ulong>(bytes[taken..]);
        foreach (var word in words)
            hash = Mixed(hash, word);
        taken += words.Length * sizeof(ulong);

        var rest = 0ul;
        for (var at = bytes.Length - 1; at >= taken; at--)
            rest = (rest << 8) | bytes[at];
        return Mixed(Mixed(hash, rest), (uint)bytes.Length) | 1;
    }

    private static ulong Mixed(ulong hash, ulong word)
    {
        var high = Math.BigMul(hash ^ word ^ Whitening, Factor, out var low);
        return high ^ low;
    }
}
