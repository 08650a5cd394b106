namespace Conformance.Model.Contract;

/// <summary>
/// Guest memory for a device in this process: frames, and the pages of a window that are mapped to them. The device calls <see cref="Write"/> and
/// <see cref="Read"/>; whoever judges it looks through <see cref="IGuestMemory"/>. Frames come into being when they are first written, and what is kept of a
/// window does too: most devices of a run touch a few pages, or none.
/// </summary>
public sealed class GuestMemory : IGuestMemory
{
    private const int FramesOfGroup = 64;

    private readonly Frame?[]?[] groups;
    private int[]? frameOf;

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
        Pages = pages;
        groups = new Frame?[]?[(pages + FramesOfGroup - 1) / FramesOfGroup];
    }

    /// <inheritdoc/>
    public ulong Iova { get; }

    /// <inheritdoc/>
    public int PageSize { get; }

    /// <inheritdoc/>
    public int Pages { get; }

    /// <inheritdoc/>
    public ulong Writes { get; private set; }

    /// <inheritdoc/>
    public ulong Reads { get; private set; }

    /// <inheritdoc/>
    public bool CanSwap => true;

    /// <summary>The frame that a page is mapped to. A device that remembers it over a stop writes to the wrong place (MIG-STOP-16).</summary>
    public int FrameOf(int page) => frameOf is null ? page : frameOf[page];

    /// <inheritdoc/>
    public ulong WrittenAt(int page) => FrameAt(page)?.WrittenAt ?? 0;

    /// <inheritdoc/>
    public void CopyPage(int page, Span<byte> bytes)
    {
        if (FrameAt(page) is { } frame)
            frame.Bytes.CopyTo(bytes);
        else
            bytes[..PageSize].Clear();
    }

    /// <inheritdoc/>
    public void Swap(int page, int other)
    {
        frameOf ??= [.. Enumerable.Range(0, Pages)];
        (frameOf[page], frameOf[other]) = (frameOf[other], frameOf[page]);
    }

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
            var frame = FrameToWrite((int)(offset / (uint)PageSize));
            var at = (int)(offset % (uint)PageSize);
            var count = (int)Math.Min(length, (uint)(PageSize - at));
            frame.Bytes.AsSpan(at, count).Fill(value);
            frame.WrittenAt = Writes;
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
            if (FrameAt((int)(offset / (uint)PageSize)) is { } frame)
                foreach (var value in frame.Bytes.AsSpan(at, count))
                    sum += value;
            offset += (uint)count;
            length -= (uint)count;
        }

        return sum;
    }

    private Frame? FrameAt(int page) => FrameOf(page) is var frame && groups[frame / FramesOfGroup] is { } group ? group[frame % FramesOfGroup] : null;

    private Frame FrameToWrite(int page)
    {
        var frame = FrameOf(page);
        var group = groups[frame / FramesOfGroup] ??= new Frame?[FramesOfGroup];
        return group[frame % FramesOfGroup] ??= new(PageSize);
    }

    private bool Contains(ulong iova, uint length)
    {
        var size = (ulong)Pages * (uint)PageSize;
        return length > 0 && iova >= Iova && iova - Iova < size && length <= size - (iova - Iova);
    }

    private sealed class Frame(int size)
    {
        public byte[] Bytes { get; } = new byte[size];

        public ulong WrittenAt { get; set; }
    }
}
