using Conformance.Model.Contract;
using Conformance.Model.DmaLogging;
using Conformance.Model.Migration.Device;
using Conformance.Model.Requirements;
using static Conformance.Model.Requirements.RequirementId;

namespace Conformance.Model.Migration.Steps;

/// <summary>
/// Which ranges a START names. They lie in the window of the workload's memory where there is one; the numbers are part of stored plans. Those from
/// <see cref="None"/> on must be refused.
/// </summary>
public enum LogRanges : byte
{
    /// <summary>One range: <see cref="LogStart.First"/> and <see cref="LogStart.Count"/> say which pages of the window.</summary>
    One,

    /// <summary>The window in four ranges, each beginning where another ends.</summary>
    Adjacent,

    /// <summary>The same four, the last first.</summary>
    Unsorted,

    /// <summary>Every other sixteenth of the window.</summary>
    Holes,

    /// <summary>As many ranges as a page holds, 256, side by side from the beginning of the window on.</summary>
    Most,

    /// <summary>The window, and pages a tebibyte above it that nobody has mapped.</summary>
    Far,

    /// <summary>The aligned tebibyte that the window is in: it may be more than a device can log.</summary>
    Wide,

    /// <summary>num_ranges is 0.</summary>
    None,

    /// <summary>num_ranges is 0, and no array can be read.</summary>
    NoneUnreadable,

    /// <summary>257 ranges.</summary>
    TooMany,

    /// <summary>257 ranges, and no array can be read.</summary>
    TooManyUnreadable,

    /// <summary>num_ranges is 0x10000001: sixteen bytes each are 16 bytes in 32 bits.</summary>
    CountWraps,

    /// <summary>The iova is half a page off.</summary>
    OddIova,

    /// <summary>The length is half a page too long.</summary>
    OddLength,

    /// <summary>The second range begins with the last page of the first.</summary>
    Overlapping,

    /// <summary>The second range ends with the first page of the first.</summary>
    OverlappingBefore,

    /// <summary>The same range twice.</summary>
    Same,

    /// <summary>A range that goes over the end of 64 bits.</summary>
    Wraps,

    /// <summary>A range that ends at 2^64.</summary>
    EndsAtTop,

    /// <summary>The array cannot be read.</summary>
    Unreadable,

    /// <summary>The second range cannot be read.</summary>
    SecondUnreadable,

    /// <summary>A range that is half a page off and goes over the end.</summary>
    OddAndWraps,

    /// <summary>The first range goes over the end, the second is half a page off.</summary>
    WrapsThenOdd,

    /// <summary>The first range is half a page off, the second cannot be read.</summary>
    OddThenUnreadable,

    /// <summary>The second range overlaps the first, the third goes over the end.</summary>
    OverlapsThenWraps,
}

/// <summary>What else a START carries.</summary>
[Flags]
public enum LogStartOptions : byte
{
    /// <summary>Nothing.</summary>
    None = 0,

    /// <summary>The reserved word holds garbage (DLOG-37).</summary>
    Reserved = 1,

    /// <summary>The payload can be read only (DLOG-31).</summary>
    ReadOnly = 2,

    /// <summary>The page size that is asked for is half as much again: no power of two, so that nothing is said of the answer (DLOG-02).</summary>
    OddPageSize = 4,
}

/// <summary>SET of feature 6 (DLOG-02..11), packed into a <see cref="Step"/>.</summary>
/// <param name="Ranges">Which ranges.</param>
/// <param name="First">Of <see cref="LogRanges.One"/>: the first page, in units of the page size that is asked for, at least 4096 bytes; 0..4095.</param>
/// <param name="Count">Of <see cref="LogRanges.One"/>: how many such pages; 0: up to the end of the window.</param>
/// <param name="Shift">The page size that is asked for is 2 to this power: 9 to 40.</param>
/// <param name="Options">What else.</param>
public readonly record struct LogStart(LogRanges Ranges, uint First = 0, uint Count = 0, byte Shift = 12, LogStartOptions Options = LogStartOptions.None)
{
    /// <summary>The most entries that an array has here.</summary>
    public const int MostEntries = MostRanges + 1;

    private const int MostRanges = 256;
    private const ulong Tebibyte = 1ul << 40;

    /// <summary>The call as a step.</summary>
    public Step ToStep() => new(StepKind.StartLogging, (uint)Ranges | First << 8 | Count << 20, Shift | (ulong)Options << 8);

    /// <summary>The call in a step.</summary>
    public static LogStart From(in Step step) => Of(step.A, (byte)step.B, (LogStartOptions)(byte)(step.B >> 8));

    /// <summary>The call with its ranges packed as in <see cref="Step.A"/>.</summary>
    public static LogStart Of(uint packed, byte shift, LogStartOptions options = LogStartOptions.None) =>
        new(
            (LogRanges)(packed & 0xFF) <= LogRanges.OverlapsThenWraps ? (LogRanges)(packed & 0xFF) : LogRanges.One,
            packed >> 8 & 0xFFF,
            packed >> 20,
            Math.Clamp(shift, (byte)9, (byte)40),
            options
        );

    /// <summary>The page size that is asked for.</summary>
    public ulong PageSize => (Options & LogStartOptions.OddPageSize) != 0 ? 3ul << (Shift - 1) : 1ul << Shift;

    /// <summary>What num_ranges says.</summary>
    public uint NumRanges =>
        Ranges switch
        {
            LogRanges.Adjacent or LogRanges.Unsorted => 4,
            LogRanges.Holes => 8,
            LogRanges.Most => MostRanges,
            LogRanges.None or LogRanges.NoneUnreadable => 0,
            LogRanges.TooMany or LogRanges.TooManyUnreadable => MostRanges + 1,
            LogRanges.CountWraps => 0x1000_0001,
            LogRanges.Far
            or LogRanges.Overlapping
            or LogRanges.OverlappingBefore
            or LogRanges.Same
            or LogRanges.SecondUnreadable
            or LogRanges.WrapsThenOdd
            or LogRanges.OddThenUnreadable => 2,
            LogRanges.OverlapsThenWraps => 3,
            _ => 1,
        };

    /// <summary>How many entries of the array can be read.</summary>
    public int Readable =>
        Ranges switch
        {
            LogRanges.NoneUnreadable or LogRanges.TooManyUnreadable or LogRanges.Unreadable => 0,
            LogRanges.SecondUnreadable or LogRanges.OddThenUnreadable or LogRanges.None or LogRanges.CountWraps => 1,
            _ => (int)NumRanges,
        };

    /// <summary>What the checks of the core give, in their order (DLOG-42): 0 when they let it through.</summary>
    public int Refusal =>
        Ranges switch
        {
            < LogRanges.None => Errno.None,
            LogRanges.TooMany or LogRanges.TooManyUnreadable or LogRanges.CountWraps => Errno.E2BIG,
            LogRanges.Wraps or LogRanges.EndsAtTop or LogRanges.WrapsThenOdd => Errno.EOVERFLOW,
            LogRanges.Unreadable or LogRanges.SecondUnreadable => Errno.EFAULT,
            _ => Errno.EINVAL,
        };

    /// <summary>Which requirements say so.</summary>
    public Rules RefusalRules =>
        Ranges switch
        {
            LogRanges.None => Rules.Of(DLOG_05),
            LogRanges.NoneUnreadable => Rules.Of(DLOG_42, DLOG_05),
            LogRanges.TooMany or LogRanges.CountWraps => Rules.Of(DLOG_06),
            LogRanges.TooManyUnreadable => Rules.Of(DLOG_06, DLOG_42),
            LogRanges.OddIova or LogRanges.OddLength => Rules.Of(DLOG_07),
            LogRanges.Overlapping or LogRanges.OverlappingBefore or LogRanges.Same => Rules.Of(DLOG_08),
            LogRanges.Wraps or LogRanges.EndsAtTop => Rules.Of(DLOG_09),
            LogRanges.Unreadable or LogRanges.SecondUnreadable => Rules.Of(DLOG_10),
            LogRanges.OddAndWraps or LogRanges.OddThenUnreadable or LogRanges.OverlapsThenWraps or LogRanges.WrapsThenOdd => Rules.Of(DLOG_42),
            _ => Rules.None,
        };

    /// <summary>What a channel must be able to do for the call.</summary>
    public ChannelCapabilities Needs =>
        (Options & LogStartOptions.ReadOnly) != 0 || Readable < Math.Min(NumRanges, MostEntries) || Ranges == LogRanges.NoneUnreadable
            ? ChannelCapabilities.MemoryProtection
            : ChannelCapabilities.None;

    /// <summary>The array.</summary>
    /// <param name="window">The window of the memory.</param>
    /// <param name="entries">At least <see cref="MostEntries"/>.</param>
    /// <returns>How many entries were filled in: at least as many as can be read.</returns>
    public int Fill(IovaRange window, Span<IovaRange> entries)
    {
        var unit = Math.Max(PageSize, PageSet.PageSize);
        var start = window.Iova & ~(unit - 1);
        var whole = RoundUp(window.Iova + window.Length, unit) - start;
        var first = new IovaRange(start, 4 * unit);
        var beyond = new IovaRange(0 - unit, 2 * unit);
        switch (Ranges)
        {
            case LogRanges.Adjacent or LogRanges.Unsorted:
                var quarter = RoundUp(whole / 4, unit);
                for (var i = 0; i < 4; i++)
                    entries[Ranges == LogRanges.Adjacent ? i : 3 - i] = new(start + ((ulong)i * quarter), quarter);
                return 4;
            case LogRanges.Holes:
                var sixteenth = RoundUp(whole / 16, unit);
                for (var i = 0; i < 8; i++)
                    entries[i] = new(start + ((ulong)i * 2 * sixteenth), sixteenth);
                return 8;
            case LogRanges.Most or LogRanges.TooMany or LogRanges.TooManyUnreadable:
                for (var i = 0; i < NumRanges; i++)
                    entries[i] = new(start + ((ulong)i * unit), unit);
                return (int)NumRanges;
            case LogRanges.Wide:
                entries[0] = new(window.Iova & ~(Tebibyte - 1), Tebibyte);
                return 1;
            case LogRanges.OddIova or LogRanges.OddThenUnreadable:
                entries[0] = first with { Iova = start + (PageSize / 2) };
                entries[1] = new(start + (8 * unit), unit);
                return 2;
            case LogRanges.OddLength:
                entries[0] = first with { Length = first.Length + (PageSize / 2) };
                return 1;
            case LogRanges.OddAndWraps:
                entries[0] = beyond with { Iova = beyond.Iova + (PageSize / 2) };
                return 1;
            case LogRanges.Wraps:
                entries[0] = beyond;
                return 1;
            case LogRanges.EndsAtTop:
                entries[0] = beyond with { Length = unit };
                return 1;
            case LogRanges.WrapsThenOdd:
                entries[0] = beyond;
                entries[1] = first with { Iova = start + (PageSize / 2) };
                return 2;
            case LogRanges.OverlappingBefore:
                entries[0] = new(start + (3 * unit), 4 * unit);
                entries[1] = first;
                return 2;
            case LogRanges.One:
                var from = start + (First * unit);
                entries[0] = new(from, Count != 0 ? Count * unit : Math.Max(unit, start + whole - Math.Min(from, start + whole)));
                return 1;
            default:
                entries[0] = Ranges == LogRanges.Far ? new(start, whole) : first;
                entries[1] =
                    Ranges == LogRanges.Same ? first
                    : Ranges == LogRanges.Far ? new(start + RoundUp(Tebibyte, unit), 16 * unit)
                    : new(start + (3 * unit), 4 * unit);
                entries[2] = beyond;
                return 3;
        }
    }

    /// <summary>True when all of a range is logged after a START with these ranges.</summary>
    public bool Covers(IovaRange window, IovaRange range)
    {
        if (range.Length == 0 || Refusal != 0)
            return false;
        Span<IovaRange> entries = stackalloc IovaRange[MostEntries];
        Fill(window, entries);
        return Covers(entries[..(int)NumRanges], range);
    }

    /// <summary>True when the ranges have all of another between them.</summary>
    public static bool Covers(ReadOnlySpan<IovaRange> logged, IovaRange range)
    {
        var (at, end) = (range.Iova, range.Iova + range.Length);
        while (at < end)
        {
            var before = at;
            foreach (var one in logged)
                if (one.Iova <= at && at < one.Iova + one.Length)
                    at = one.Iova + one.Length;
            if (at == before)
                return false;
        }

        return true;
    }

    /// <summary>Simpler calls: an ordinary page size, nothing odd, one range.</summary>
    internal IEnumerable<Step> Simpler()
    {
        if (Options != LogStartOptions.None)
            yield return (this with { Options = LogStartOptions.None }).ToStep();
        if (Shift != 12)
            yield return (this with { Shift = 12 }).ToStep();
        if (Ranges is > LogRanges.One and < LogRanges.None)
            yield return (this with { Ranges = LogRanges.One }).ToStep();
        if (First != 0 || Count != 0)
            yield return (this with { First = 0, Count = 0 }).ToStep();
    }

    /// <summary>The call in words.</summary>
    public override string ToString() =>
        $"LOG START, page size {PageSize}, "
        + Ranges switch
        {
            LogRanges.One when First == 0 && Count == 0 => "the whole window",
            LogRanges.One => Count == 0 ? $"the window from page {First} on" : $"{Count} pages of the window from page {First} on",
            LogRanges.Adjacent => "the window in four adjacent ranges",
            LogRanges.Unsorted => "the window in four adjacent ranges, the last first",
            LogRanges.Holes => "every other sixteenth of the window",
            LogRanges.Most => "256 ranges",
            LogRanges.Far => "the window and a range that is not mapped",
            LogRanges.Wide => "the tebibyte around the window",
            LogRanges.None => "no ranges",
            LogRanges.NoneUnreadable => "no ranges and no readable array",
            LogRanges.TooMany => "257 ranges",
            LogRanges.TooManyUnreadable => "257 ranges in an array that cannot be read",
            LogRanges.CountWraps => "num_ranges 0x10000001",
            LogRanges.OddIova => "an iova that is half a page off",
            LogRanges.OddLength => "a length that is half a page off",
            LogRanges.Overlapping => "two ranges that share a page",
            LogRanges.OverlappingBefore => "two ranges that share a page, the higher first",
            LogRanges.Same => "the same range twice",
            LogRanges.Wraps => "a range over the end of 64 bits",
            LogRanges.EndsAtTop => "a range that ends at 2^64",
            LogRanges.Unreadable => "an array that cannot be read",
            LogRanges.SecondUnreadable => "an array of which the second range cannot be read",
            LogRanges.OddAndWraps => "a range that is half a page off and goes over the end",
            LogRanges.WrapsThenOdd => "a range over the end, then one that is half a page off",
            LogRanges.OddThenUnreadable => "a range that is half a page off, then one that cannot be read",
            _ => "a range that overlaps another, then one over the end",
        }
        + ((Options & LogStartOptions.Reserved) != 0 ? ", garbage in the reserved word" : "")
        + ((Options & LogStartOptions.ReadOnly) != 0 ? ", read-only payload" : "");

    private static ulong RoundUp(ulong value, ulong unit) => Math.Max(unit, (value + (unit - 1)) & ~(unit - 1));
}
