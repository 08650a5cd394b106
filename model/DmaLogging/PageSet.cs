namespace Conformance.Model.DmaLogging;

/// <summary>
/// A set of pages of 4096 bytes, kept as runs: a tebibyte of which little is written costs as much as little does. Pages are numbers, the address divided by
/// 4096.
/// </summary>
public sealed class PageSet
{
    /// <summary>Bytes of a page.</summary>
    public const int PageSize = 4096;

    // Sorted; no two touch each other.
    private readonly List<(ulong First, ulong Last)> runs = [];

    /// <summary>The runs in order: the first and the last page of each.</summary>
    public IReadOnlyList<(ulong First, ulong Last)> Runs => runs;

    /// <summary>True when there is no page.</summary>
    public bool IsEmpty => runs.Count == 0;

    /// <summary>Takes all pages out.</summary>
    public void Clear() => runs.Clear();

    /// <summary>Puts pages in.</summary>
    public void Add(ulong first, ulong last)
    {
        var at = FirstEndingAt(first == 0 ? 0 : first - 1);
        var end = at;
        while (end < runs.Count && (last == ulong.MaxValue || runs[end].First <= last + 1))
        {
            first = Math.Min(first, runs[end].First);
            last = Math.Max(last, runs[end].Last);
            end++;
        }

        if (end == at)
            runs.Insert(at, (first, last));
        else
        {
            runs[at] = (first, last);
            runs.RemoveRange(at + 1, end - at - 1);
        }
    }

    /// <summary>Takes pages out.</summary>
    public void Remove(ulong first, ulong last)
    {
        var at = FirstEndingAt(first);
        var end = at;
        while (end < runs.Count && runs[end].First <= last)
            end++;
        if (end == at)
            return;
        // What is left of the first run, and of the last.
        var (front, back) = (runs[at].First, runs[end - 1].Last);
        runs.RemoveRange(at, end - at);
        if (back > last)
            runs.Insert(at, (last + 1, back));
        if (front < first)
            runs.Insert(at, (front, first - 1));
    }

    /// <summary>True when one of these pages is in the set.</summary>
    public bool HasAny(ulong first, ulong last)
    {
        var at = FirstEndingAt(first);
        return at < runs.Count && runs[at].First <= last;
    }

    /// <summary>The index of the first run that ends at a page or behind it.</summary>
    internal int FirstEndingAt(ulong page)
    {
        // Pages come in ascending order as a rule.
        if (runs.Count == 0 || runs[^1].Last < page)
            return runs.Count;
        int low = 0,
            high = runs.Count - 1;
        while (low < high)
        {
            var middle = (low + high) / 2;
            if (runs[middle].Last < page)
                low = middle + 1;
            else
                high = middle;
        }

        return low;
    }
}
