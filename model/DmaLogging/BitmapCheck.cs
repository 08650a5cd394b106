namespace Conformance.Model.DmaLogging;

/// <summary>
/// Compares the bitmap of a REPORT with sets of pages. Its cost is that of the bitmap and of the runs of the sets, not of the pages of the address space.
/// </summary>
/// <param name="range">What was asked for; both a multiple of <paramref name="bitSize"/>, the length not 0.</param>
/// <param name="bitSize">Bytes of address space that one bit stands for: a power of two, at least 4096.</param>
/// <param name="logPage">Bytes of a page of the log: a power of two, at least 4096 (what START chose).</param>
/// <param name="pattern">The byte that every byte of the bitmap held before.</param>
public readonly struct BitmapCheck(IovaRange range, ulong bitSize, ulong logPage, byte pattern)
{
    private readonly ulong bits = range.Length / bitSize;
    private readonly ulong firstPage = range.Iova / PageSet.PageSize,
        lastPage = (range.Iova + (range.Length - 1)) / PageSet.PageSize;

    /// <summary>Bytes of a bitmap of this request.</summary>
    public long Bytes => (long)((bits + 7) / 8);

    /// <summary>What differs, and the first page of 4096 bytes that shows it.</summary>
    /// <param name="bitmap">What came back, at least <see cref="Bytes"/>.</param>
    /// <param name="due">Pages that must have a bit.</param>
    /// <param name="chunk">The device wrote somewhere in each aligned chunk of so many bytes of them: one bit of a chunk is enough.</param>
    /// <param name="may">Pages that may have a bit, those of <paramref name="due"/> among them.</param>
    /// <param name="reported">Pages that were reported before; asked only of those that are not in <paramref name="may"/>.</param>
    /// <param name="old">Pages that were dirty before the log was started; likewise.</param>
    /// <param name="page">The first page that differs; 0 when none does.</param>
    public BitmapMarks Compare(ReadOnlySpan<byte> bitmap, PageSet due, ulong chunk, PageSet may, PageSet reported, PageSet old, out ulong page)
    {
        page = 0;
        var marks = BitmapMarks.None;
        if (pattern != 0)
            marks |= Survival(bitmap, ref page);
        marks |= Due(bitmap, due, Math.Max(chunk, bitSize), marks == 0, ref page);
        marks |= Others(bitmap, may, reported, old, marks == 0, ref page);
        if (logPage > bitSize)
            marks |= Replicas(bitmap, marks == 0, ref page);
        return marks;
    }

    /// <summary>True when the page of 4096 bytes has a bit, be it that the caller had set it.</summary>
    public bool HasBit(ReadOnlySpan<byte> bitmap, ulong page) => page >= firstPage && page <= lastPage && IsSet(bitmap, BitOf(page));

    /// <summary>Puts the pages that have a bit, which the caller had not set, into a set.</summary>
    public void Collect(ReadOnlySpan<byte> bitmap, PageSet into)
    {
        for (var at = FirstNew(bitmap, 0, bits); at < bits; at = FirstNew(bitmap, at, bits))
        {
            var end = at + 1;
            while (end < bits && IsNew(bitmap, end))
                end++;
            into.Add(PageOf(at), PageOf(end) - 1);
            at = end;
        }
    }

    private ulong BitOf(ulong page) => ((page * PageSet.PageSize) - range.Iova) / bitSize;

    private ulong PageOf(ulong bit) => (range.Iova + (bit * bitSize)) / PageSet.PageSize;

    private static bool IsSet(ReadOnlySpan<byte> bitmap, ulong bit) => (bitmap[(int)(bit / 8)] >> (int)(bit % 8) & 1) != 0;

    private bool IsNew(ReadOnlySpan<byte> bitmap, ulong bit) => ((bitmap[(int)(bit / 8)] & ~pattern) >> (int)(bit % 8) & 1) != 0;

    private BitmapMarks Survival(ReadOnlySpan<byte> bitmap, ref ulong page)
    {
        for (var at = 0; at < Bytes; at++)
        {
            var lost = pattern & ~bitmap[at];
            if (lost == 0)
                continue;
            page = PageOf(((ulong)at * 8) + (ulong)System.Numerics.BitOperations.TrailingZeroCount(lost));
            return BitmapMarks.Cleared;
        }

        return BitmapMarks.None;
    }

    private BitmapMarks Due(ReadOnlySpan<byte> bitmap, PageSet due, ulong unit, bool isFirst, ref ulong page)
    {
        for (var at = due.FirstEndingAt(firstPage); at < due.Runs.Count && due.Runs[at].First <= lastPage; at++)
        {
            ulong bit = BitOf(Math.Max(due.Runs[at].First, firstPage)),
                last = BitOf(Math.Min(due.Runs[at].Last, lastPage));
            while (bit <= last)
            {
                // The bits of one chunk, of which one is enough.
                var iova = range.Iova + (bit * bitSize);
                var next = Math.Min(last + 1, bit + ((unit - (iova & (unit - 1))) / bitSize));
                var found = false;
                for (var one = bit; one < next && !found; one++)
                    found = IsSet(bitmap, one);
                if (!found)
                {
                    if (isFirst)
                        page = PageOf(bit);
                    return BitmapMarks.Missing;
                }

                bit = next;
            }
        }

        return BitmapMarks.None;
    }

    private BitmapMarks Others(ReadOnlySpan<byte> bitmap, PageSet may, PageSet reported, PageSet old, bool isFirst, ref ulong page)
    {
        var marks = BitmapMarks.None;
        // A log that is coarser than the memory has whole pages of its own.
        var pages = Math.Max(logPage, bitSize) / PageSet.PageSize;
        ulong at = 0;
        for (var run = may.FirstEndingAt(firstPage & ~(pages - 1)); at < bits; run++)
        {
            ulong end = bits,
                next = bits;
            if (run < may.Runs.Count)
            {
                ulong first = may.Runs[run].First & ~(pages - 1),
                    last = may.Runs[run].Last | (pages - 1);
                if (first <= lastPage)
                {
                    end = first <= firstPage ? 0 : BitOf(first);
                    next = last >= lastPage ? bits : BitOf(last) + 1;
                }
            }

            for (var odd = FirstNew(bitmap, at, end); odd < end; odd = FirstNew(bitmap, odd + 1, end))
            {
                ulong first = PageOf(odd),
                    last = PageOf(odd + 1) - 1;
                var mark =
                    reported.HasAny(first, last) ? BitmapMarks.Again
                    : old.HasAny(first, last) ? BitmapMarks.Old
                    : BitmapMarks.Extra;
                if (marks == BitmapMarks.None && isFirst)
                    page = first;
                marks |= mark;
                if (marks == (BitmapMarks.Again | BitmapMarks.Old | BitmapMarks.Extra))
                    return marks;
            }

            at = Math.Max(at, next);
        }

        return marks;
    }

    // A page of the log is dirty or not, whatever the bits are that it is reported with.
    private BitmapMarks Replicas(ReadOnlySpan<byte> bitmap, bool isFirst, ref ulong page)
    {
        for (var at = FirstNew(bitmap, 0, bits); at < bits; )
        {
            var iova = range.Iova + (at * bitSize);
            var start = iova & ~(logPage - 1);
            var bit = start <= range.Iova ? 0 : (start - range.Iova) / bitSize;
            var end = Math.Min(bits, at + ((start + logPage - iova) / bitSize));
            for (; bit < end; bit++)
            {
                if (IsSet(bitmap, bit))
                    continue;
                if (isFirst)
                    page = PageOf(bit);
                return BitmapMarks.Partial;
            }

            at = FirstNew(bitmap, end, bits);
        }

        return BitmapMarks.None;
    }

    // The first bit of [from, to) that the caller had not set, or "to".
    private ulong FirstNew(ReadOnlySpan<byte> bitmap, ulong from, ulong to)
    {
        while (from < to)
        {
            if (from % 8 == 0 && to - from >= 8)
            {
                var bytes = bitmap[(int)(from / 8)..(int)(to / 8)];
                var other = bytes.IndexOfAnyExcept(pattern);
                if (other < 0)
                {
                    from += (ulong)bytes.Length * 8;
                    continue;
                }

                from += (ulong)other * 8;
                var fresh = bytes[other] & ~pattern & 0xFF;
                if (fresh != 0)
                    return from + (ulong)System.Numerics.BitOperations.TrailingZeroCount(fresh);
                from += 8;
                continue;
            }

            if (IsNew(bitmap, from))
                return from;
            from++;
        }

        return to;
    }
}
