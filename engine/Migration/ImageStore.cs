using System.Buffers.Binary;
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
    private WordHash hash;

    /// <summary>Bytes read from the live session.</summary>
    public int Captured => captured;

    /// <summary>Those bytes, or some of them.</summary>
    public ReadOnlySpan<byte> Read(int first, int count) => capture.AsSpan(first, count);

    /// <summary>The image that was completed last.</summary>
    public ReadOnlyMemory<byte> Latest => latest.AsMemory(0, latestLength);

    /// <summary>A hash of the bytes that were read from the live session, which does not depend on how many came at once.</summary>
    public ulong Hash() => hash.Of(capture.AsSpan(0, captured));

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
        hash = default;
    }

    /// <summary>Takes bytes that were read.</summary>
    public void Append(ReadOnlySpan<byte> bytes)
    {
        if (captured + bytes.Length > capture.Length)
            Array.Resize(ref capture, Math.Max(capture.Length * 2, captured + bytes.Length));
        bytes.CopyTo(capture.AsSpan(captured));
        captured += bytes.Length;
    }

    /// <summary>The live session was read to its permanent end: what was captured is an image.</summary>
    /// <param name="into">Where images are kept: this store, or the one of another device.</param>
    public void CompleteInto(ImageStore into)
    {
        if (captured == 0)
            return;
        Keep(ref into.latest, ref into.latestLength);
        if (into.firstLength == 0)
            Keep(ref into.first, ref into.firstLength);
    }

    /// <summary>Changes the image that was completed last.</summary>
    /// <param name="spoil">What is changed.</param>
    /// <param name="read">The store with what was read from the live session.</param>
    /// <param name="length">Its length afterwards.</param>
    /// <returns>True when it is another one now.</returns>
    public bool Spoil(in ImageSpoil spoil, ImageStore read, out int length)
    {
        ReadOnlySpan<byte> old = latest.AsSpan(0, latestLength);
        var made = Spoilt(old, spoil, read);
        length = made.Length;
        if (spoil.Sealed && made.Length >= sizeof(ulong))
            BinaryPrimitives.WriteUInt64LittleEndian(
                made.AsSpan(made.Length - sizeof(ulong)),
                Fnv.Add(Fnv.Offset, made.AsSpan(0, made.Length - sizeof(ulong)))
            );
        if (spoil.Kind != SpoilKind.TakeRead && made.AsSpan().SequenceEqual(old))
            return false;
        latest = made;
        latestLength = made.Length;
        return made.Length > 0 || old.Length > 0;
    }

    private byte[] Spoilt(ReadOnlySpan<byte> old, in ImageSpoil spoil, ImageStore read)
    {
        switch (spoil.Kind)
        {
            case SpoilKind.Keep:
                return [.. old[..(int)Math.Min(spoil.Value, (ulong)old.Length)]];
            case SpoilKind.Drop:
                return [.. old[..(old.Length - (int)Math.Min(spoil.Value, (ulong)old.Length))]];
            case SpoilKind.Extend:
                return [.. old, .. new byte[Math.Min(spoil.Value, 1 << 20)]];
            case SpoilKind.Flip when spoil.Value / 8 < (ulong)old.Length:
                var flipped = old.ToArray();
                flipped[(int)(spoil.Value / 8)] ^= (byte)(1 << (int)(spoil.Value % 8));
                return flipped;
            case SpoilKind.Put when spoil.Position + spoil.Size <= old.Length:
                var put = old.ToArray();
                for (var at = 0; at < spoil.Size; at++)
                    put[spoil.Position + at] = (byte)(spoil.Value >> (8 * at));
                return put;
            case SpoilKind.Swap when (ulong)spoil.Position + (spoil.Value & uint.MaxValue) + (spoil.Value >> 32) <= (ulong)old.Length:
                var (position, one, two) = (spoil.Position, (int)(uint)spoil.Value, (int)(spoil.Value >> 32));
                return
                [
                    .. old[..position],
                    .. old[(position + one)..(position + one + two)],
                    .. old[position..(position + one)],
                    .. old[(position + one + two)..],
                ];
            case SpoilKind.Join:
                return [.. old, .. first[..firstLength]];
            case SpoilKind.Splice:
                var count = (int)Math.Min(spoil.Value, (ulong)Math.Min(old.Length, firstLength));
                return [.. first[..count], .. old[count..]];
            case SpoilKind.TakeRead when read.captured > 0:
                return read.capture[..read.captured];
            default:
                return old.ToArray();
        }
    }

    /// <summary>The bytes of an image from a position on; empty when there are none.</summary>
    public Span<byte> From(Images image, ulong position)
    {
        var (bytes, length) = image == Images.First ? (first, firstLength) : (latest, latestLength);
        return position >= (ulong)length ? [] : bytes.AsSpan((int)position, length - (int)position);
    }

    /// <summary>A digest of all bytes that are kept, with their lengths.</summary>
    public ulong Digest()
    {
        var digest = Fnv.Offset;
        foreach (var (bytes, length) in (ReadOnlySpan<(byte[], int)>)[(capture, captured), (latest, latestLength), (first, firstLength)])
            digest = Fnv.Add(digest, default(WordHash).Of(bytes.AsSpan(0, length)));
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
