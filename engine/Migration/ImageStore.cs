using Conformance.Model.Migration.Steps;

namespace Conformance.Engine.Migration;

/// <summary>
/// The bytes of a plan: what was read from the live session, and the images that were completed first and last. Buffers are kept from plan to plan.
/// </summary>
internal sealed class ImageStore
{
    private byte[] capture = new byte[4096];
    private byte[] latest = [];
    private byte[] first = [];
    private int captured,
        latestLength,
        firstLength;

    /// <summary>Bytes read from the live session.</summary>
    public int Captured => captured;

    /// <summary>Those bytes, or some of them.</summary>
    public ReadOnlySpan<byte> Read(int first, int count) => capture.AsSpan(first, count);

    /// <summary>The image that was completed last.</summary>
    public ReadOnlyMemory<byte> Latest => latest.AsMemory(0, latestLength);

    /// <summary>FNV-1a of those bytes.</summary>
    public ulong Hash { get; private set; } = Fnv.Offset;

    /// <summary>Forgets everything.</summary>
    public void Clear()
    {
        Begin();
        latestLength = firstLength = 0;
    }

    /// <summary>A session begins.</summary>
    public void Begin()
    {
        captured = 0;
        Hash = Fnv.Offset;
    }

    /// <summary>Takes bytes that were read.</summary>
    public void Append(ReadOnlySpan<byte> bytes)
    {
        if (captured + bytes.Length > capture.Length)
            Array.Resize(ref capture, Math.Max(capture.Length * 2, captured + bytes.Length));
        bytes.CopyTo(capture.AsSpan(captured));
        captured += bytes.Length;
        Hash = Fnv.Add(Hash, bytes);
    }

    /// <summary>The live session was read to its permanent end: what was captured is an image.</summary>
    public void Complete()
    {
        if (captured == 0)
            return;
        Keep(ref latest, ref latestLength);
        if (firstLength == 0)
            Keep(ref first, ref firstLength);
    }

    /// <summary>The bytes of an image from a position on; empty when there are none.</summary>
    public Span<byte> From(Images image, ulong position)
    {
        var (bytes, length) = image == Images.First ? (first, firstLength) : (latest, latestLength);
        return position >= (ulong)length ? [] : bytes.AsSpan((int)position, length - (int)position);
    }

    /// <summary>FNV-1a of all bytes that are kept, with their lengths.</summary>
    public ulong Digest()
    {
        var digest = Fnv.Offset;
        foreach (var (bytes, length) in (ReadOnlySpan<(byte[], int)>)[(capture, captured), (latest, latestLength), (first, firstLength)])
            digest = Fnv.Add(Fnv.Add(digest, (uint)length), bytes.AsSpan(0, length));
        return digest;
    }

    private void Keep(ref byte[] target, ref int length)
    {
        if (target.Length < captured)
            target = new byte[capture.Length];
        capture.AsSpan(0, captured).CopyTo(target);
        length = captured;
    }
}
