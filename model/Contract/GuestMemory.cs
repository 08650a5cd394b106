namespace Conformance.Model.Contract;

/// <summary>
/// Guest memory for a device in this process: frames, and the pages of a window that are mapped to them. The device calls <see cref="Write"/> and
/// <see cref="Read"/>; whoever judges it looks through <see cref="IGuestMemory"/>. Frames come into being when they are first written.
/// </summary>
public sealed class GuestMemory : IGuestMemory
{
    private readonly byte[]?[] frames;
    private readonly int[] frameOf;
    private readonly ulong[] writtenAt;

    /// <summary>A window of zeros.</summary>
    /// <param name="iova">The first IOVA, a multiple of <paramref name="pageSize"/>.</param>
    /// <param name="pages">At least 4.</param>
    /// <param name="pageSize">A power of two, at least 4096.</param>
    /// <exception cref="ArgumentException">One of them is not so.</exception>
    public GuestMemory(ulong iova, int pages, int pageSize = 4096)
    {
        if (pages < 4 || pageSize < 4096 || (pageSize & (pageSize - 1)) != 0 || iova % (uint)pageSize != 0)
            throw new ArgumentException("a window has four pages or more of 4096 bytes or more, a power of two, and begins at a page");
        Iova = iova;
        PageSize = pageSize;
        frames = new byte[pages][];
        frameOf = new int[pages];
        writtenAt = new ulong[pages];
        for (var page = 0; page < pages; page++)
            frameOf[page] = page;
    }

    /// <inheritdoc/>
    public ulong Iova { get; }

    /// <inheritdoc/>
    public int PageSize { get; }

    /// <inheritdoc/>
    public int Pages => frames.Length;

    /// <inheritdoc/>
    public ulong Writes { get; private set; }

    /// <inheritdoc/>
    public ulong Reads { get; private set; }

    /// <inheritdoc/>
    public bool CanSwap => true;

    /// <summary>The frame that a page is mapped to. A device that remembers it over a stop writes to the wrong place (MIG-STOP-16).</summary>
    public int FrameOf(int page) => frameOf[page];

    /// <inheritdoc/>
    public ulong WrittenAt(int page) => writtenAt[frameOf[page]];

    /// <inheritdoc/>
    public void CopyPage(int page, Span<byte> bytes)
    {
        if (frames[frameOf[page]] is { } frame)
            frame.CopyTo(bytes);
        else
            bytes[..PageSize].Clear();
    }

    /// <inheritdoc/>
    public void Swap(int page, int other) => (frameOf[page], frameOf[other]) = (frameOf[other], frameOf[page]);

    /// <summary>A DMA write of <paramref name="length"/> bytes that are all <paramref name="value"/>.</summary>
    /// <returns>False when some byte is outside of the window: nothing is written then, as an IOMMU would have it.</returns>
    public bool Write(ulong iova, uint length, byte value)
    {
        if (!Contains(iova, length))
            return false;
        Writes++;
        var offset = iova - Iova;
        while (length > 0)
        {
            var frame = frameOf[(int)(offset / (uint)PageSize)];
            var at = (int)(offset % (uint)PageSize);
            var count = (int)Math.Min(length, (uint)(PageSize - at));
            (frames[frame] ??= new byte[PageSize]).AsSpan(at, count).Fill(value);
            writtenAt[frame] = Writes;
            offset += (uint)count;
            length -= (uint)count;
        }

        return true;
    }

    /// <summary>A DMA read.</summary>
    /// <returns>The sum of the bytes, or null when some byte is outside of the window.</returns>
    public ulong? Read(ulong iova, uint length)
    {
        if (!Contains(iova, length))
            return null;
        Reads++;
        var sum = 0ul;
        var offset = iova - Iova;
        while (length > 0)
        {
            var at = (int)(offset % (uint)PageSize);
            var count = (int)Math.Min(length, (uint)(PageSize - at));
            if (frames[frameOf[(int)(offset / (uint)PageSize)]] is { } frame)
                foreach (var value in frame.AsSpan(at, count))
                    sum += value;
            offset += (uint)count;
            length -= (uint)count;
        }

        return sum;
    }

    private bool Contains(ulong iova, uint length)
    {
        var size = (ulong)Pages * (uint)PageSize;
        return length > 0 && iova >= Iova && iova - Iova < size && length <= size - (iova - Iova);
    }
}
