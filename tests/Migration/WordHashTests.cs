using System.Runtime.InteropServices;
using Conformance.Engine.Migration;
using NUnit.Framework;

namespace Conformance.Tests.Migration;

/// <summary>The hash by which two streams of a device are compared.</summary>
[Category("quick")]
public sealed class WordHashTests
{
    private static readonly byte[] stream = [.. Enumerable.Range(0, 123).Select(at => (byte)((37 * at) + 11))];

    [Test]
    public void ItDoesNotDependOnHowManyBytesComeAtOnce([Range(1, 70)] int chunk)
    {
        var hash = default(WordHash);
        for (var length = 0; length <= stream.Length; length += chunk)
            Assert.That(hash.Of(stream.AsSpan(0, length)), Is.EqualTo(default(WordHash).Of(stream.AsSpan(0, length))), $"{length} bytes");
    }

    [Test]
    public void OneBitAndTwoBitsMoreOrLessAreAnother()
    {
        var hashes = new HashSet<ulong> { default(WordHash).Of(stream) };
        for (var first = 0; first < stream.Length * 8; first++)
        {
            var one = Flipped(stream, first);
            Assert.That(hashes.Add(default(WordHash).Of(one)), $"bit {first}");
            for (var second = first + 1; second < stream.Length * 8; second++)
                if (!hashes.Add(default(WordHash).Of(Flipped(one, second))))
                    Assert.Fail($"bits {first} and {second}");
        }
    }

    [Test]
    public void WordsInEachOthersPlaceAreAnother()
    {
        var words = Enumerable.Range(0, 13).Select(at => (ulong)at).ToArray();
        var hashes = new HashSet<ulong> { HashOf(words) };
        for (var first = 0; first < words.Length; first++)
        for (var second = first + 1; second < words.Length; second++)
        {
            var swapped = words.ToArray();
            (swapped[first], swapped[second]) = (words[second], words[first]);
            Assert.That(hashes.Add(HashOf(swapped)), $"words {first} and {second}");
        }
    }

    [Test]
    public void ZerosCount()
    {
        var zeros = new byte[100];
        var hashes = Enumerable.Range(0, zeros.Length + 1).Select(length => default(WordHash).Of(zeros.AsSpan(0, length))).ToList();
        Assert.That(hashes, Is.Unique);
        Assert.That(hashes, Has.None.EqualTo(0));
    }

    private static ulong HashOf(ulong[] words) => default(WordHash).Of(MemoryMarshal.AsBytes(words.AsSpan()));

    private static byte[] Flipped(byte[] bytes, int bit)
    {
        var flipped = bytes.ToArray();
        flipped[bit / 8] ^= (byte)(1 << (bit % 8));
        return flipped;
    }
}
