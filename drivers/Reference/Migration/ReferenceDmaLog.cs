using System.Numerics;
using Conformance.Model.Contract;
using Conformance.Model.DmaLogging;

namespace Conformance.Drivers.Reference.Migration;

/// <summary>A DMA log that is exact at its page size: the set of dirty pages within the logged ranges.</summary>
public sealed class ReferenceDmaLog : IDmaLog
{
    private const ulong SmallestPage = 4096,
        LargestPage = 2 * 1024 * 1024;

    private readonly HashSet<ulong> dirty = [];
    private readonly List<IovaRange> logged = [];
    private readonly List<ulong> reported = [];
    private ulong pageSize = SmallestPage;

    /// <summary>True between a successful START and the next STOP.</summary>
    public bool IsActive { get; private set; }

    /// <inheritdoc/>
    public int Start(ReadOnlySpan<IovaRange> ranges, ref ulong pageSize)
    {
        if (IsActive)
            return Errno.EINVAL;
        // The wish is a hint (DLOG-02, DLOG-03).
        pageSize =
            pageSize < SmallestPage ? SmallestPage
            : pageSize > LargestPage ? LargestPage
            : 1UL << BitOperations.Log2(pageSize);
        this.pageSize = pageSize;
        logged.Clear();
        foreach (var range in ranges)
            logged.Add(range);
        dirty.Clear();
        IsActive = true;
        return Errno.None;
    }

    /// <inheritdoc/>
    public int Stop()
    {
        IsActive = false;
        dirty.Clear();
        return Errno.None;
    }

    /// <inheritdoc/>
    public int Report(IovaRange range, ulong pageSize, Span<byte> bitmap)
    {
        if (!IsActive)
            return Errno.EINVAL;
        if (range.Length == 0)
            return Errno.None;
        var last = range.Iova + (range.Length - 1);
        reported.Clear();
        foreach (var page in dirty)
        {
            ulong pageFirst = page * this.pageSize,
                pageLast = pageFirst + (this.pageSize - 1);
            if (pageLast < range.Iova || pageFirst > last)
                continue;
            var from = (Math.Max(pageFirst, range.Iova) - range.Iova) / pageSize;
            var to = (Math.Min(pageLast, last) - range.Iova) / pageSize;
            for (var bit = from; bit <= to; bit++)
                bitmap[(int)(bit / 8)] |= (byte)(1 << (int)(bit % 8));
            // A page that the range covers in part stays dirty for the report of the rest (DLOG-29).
            if (pageFirst >= range.Iova && pageLast <= last)
                reported.Add(page);
        }
        foreach (var page in reported)
            dirty.Remove(page);
        return Errno.None;
    }

    /// <summary>The device wrote memory by DMA (DLOG-19).</summary>
    /// <param name="iova">First address.</param>
    /// <param name="length">Bytes, not 0, the end within 64 bits.</param>
    public void Wrote(ulong iova, ulong length)
    {
        if (!IsActive)
            return;
        var last = iova + (length - 1);
        foreach (var range in logged)
        {
            if (range.Length == 0 || last < range.Iova || iova > range.Iova + (range.Length - 1))
                continue;
            var to = Math.Min(last, range.Iova + (range.Length - 1)) / pageSize;
            for (var page = Math.Max(iova, range.Iova) / pageSize; page <= to; page++)
                dirty.Add(page);
        }
    }
}
