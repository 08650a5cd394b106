using System.Numerics;
using Conformance.Model.Contract;
using Conformance.Model.DmaLogging;

namespace Conformance.Drivers.Reference.Migration;

/// <summary>
/// A DMA log that is exact at its page size: the set of dirty pages within the logged ranges. Members are virtual so that a seeded fault is one override.
/// </summary>
public class ReferenceDmaLog : IDmaLog
{
    private const ulong SmallestPage = 4096,
        LargestPage = 2 * 1024 * 1024;

    private readonly HashSet<ulong> dirty = [];
    private readonly List<IovaRange> logged = [];
    private readonly List<ulong> reported = [];
    private ulong pageSize = SmallestPage;

    /// <summary>Bytes of a page of the log: what START chose.</summary>
    protected ulong PageSize => pageSize;

    /// <summary>The dirty pages, by number.</summary>
    protected ISet<ulong> Dirty => dirty;

    /// <summary>What is logged.</summary>
    protected IReadOnlyList<IovaRange> Logged => logged;

    /// <summary>True between a successful START and the next STOP.</summary>
    public bool IsActive { get; protected set; }

    /// <inheritdoc/>
    public virtual int Start(ReadOnlySpan<IovaRange> ranges, ref ulong pageSize)
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
    public virtual int Stop()
    {
        IsActive = false;
        dirty.Clear();
        return Errno.None;
    }

    /// <inheritdoc/>
    public virtual int Report(IovaRange range, ulong pageSize, Span<byte> bitmap)
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
            SetBits(bitmap, (Math.Max(pageFirst, range.Iova) - range.Iova) / pageSize, (Math.Min(pageLast, last) - range.Iova) / pageSize);
            // A page that the range covers in part stays dirty for the report of the rest (DLOG-29).
            if (pageFirst >= range.Iova && pageLast <= last)
                reported.Add(page);
        }
        foreach (var page in reported)
            dirty.Remove(page);
        return Errno.None;
    }

    /// <summary>Seam: sets the bits of a dirty page; bits are only ever set (DLOG-17, DLOG-23).</summary>
    protected virtual void SetBits(Span<byte> bitmap, ulong first, ulong last)
    {
        for (var bit = first; bit <= last; bit++)
            bitmap[(int)(bit / 8)] |= (byte)(1 << (int)(bit % 8));
    }

    /// <summary>The device wrote memory by DMA (DLOG-19).</summary>
    /// <param name="iova">First address.</param>
    /// <param name="length">Bytes, not 0, the end within 64 bits.</param>
    public virtual void Wrote(ulong iova, ulong length)
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
