using System.Runtime.InteropServices;

namespace Conformance.Engine.Migration;

/// <summary>
/// A hash of bytes that grow, taken in blocks of four words, each word by a lane of its own: a product need not wait for the one before it. Each call goes on
/// behind the whole blocks that an earlier one took. It is compared within one process only.
/// </summary>
/// <remarks>Both halves of each product are kept: its low one alone never carries a high bit of a word down, so that two changes could cancel.</remarks>
internal struct WordHash
{
    private const ulong Factor = 0x9E37_79B9_7F4A_7C15,
        Whitening = 0xA076_1D64_78BD_642F;

    private const int Lanes = 4;

    private ulong first,
        second,
        third,
        fourth;
    private int taken;

    /// <summary>The hash of <paramref name="bytes"/>, which begin with those of the last call; never 0, so that 0 can stand for none.</summary>
    internal ulong Of(ReadOnlySpan<byte> bytes)
    {
        var words = MemoryMarshal.Cast<byte, ulong>(bytes[taken..]);
        for (; words.Length >= Lanes; words = words[Lanes..])
        {
            first = Mixed(first, words[0]);
            second = Mixed(second, words[1]);
            third = Mixed(third, words[2]);
            fourth = Mixed(fourth, words[3]);
            taken += Lanes * sizeof(ulong);
        }

        // One behind the other: two words in each other's place are another stream.
        var hash = Mixed(Mixed(Mixed(Mixed(0, first), second), third), fourth);
        foreach (var word in words)
            hash = Mixed(hash, word);
        var (rest, whole) = (0ul, taken + (words.Length * sizeof(ulong)));
        for (var at = bytes.Length - 1; at >= whole; at--)
            rest = (rest << 8) | bytes[at];
        return Mixed(Mixed(hash, rest), (uint)bytes.Length) | 1;
    }

    private static ulong Mixed(ulong hash, ulong word)
    {
        var high = Math.BigMul(hash ^ word ^ Whitening, Factor, out var low);
        return high ^ low;
    }
}
