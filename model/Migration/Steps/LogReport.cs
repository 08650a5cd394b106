using Conformance.Model.Contract;
using Conformance.Model.DmaLogging;
using Conformance.Model.Migration.Device;

namespace Conformance.Model.Migration.Steps;

/// <summary>What a REPORT asks for; the numbers are part of stored plans. Those from <see cref="BadPageSize"/> on must be refused.</summary>
public enum LogRequest : byte
{
    /// <summary>Pages of the window: <see cref="LogReport.First"/> and <see cref="LogReport.Count"/> say which.</summary>
    Pages,

    /// <summary>The aligned tebibyte that the window is in. Only with large page sizes: a bit for each 4096 bytes would be 32 MiB.</summary>
    Wide,

    /// <summary>Pages far above everything that a START here logs (DLOG-34).</summary>
    Outside,

    /// <summary>A page size that is none: <see cref="LogReport.Count"/> says which of <see cref="LogReport.BadPageSizes"/>.</summary>
    BadPageSize,

    /// <summary>A range over the end of 64 bits.</summary>
    Wraps,

    /// <summary>A range that ends at 2^64.</summary>
    EndsAtTop,

    /// <summary>A page size that is none, and a range over the end.</summary>
    BadPageSizeAndWraps,
}

/// <summary>What else is special about a REPORT.</summary>
[Flags]
public enum LogReportOptions : byte
{
    /// <summary>Nothing.</summary>
    None = 0,

    /// <summary>The payload can be read only (DLOG-44).</summary>
    ReadOnly = 1,

    /// <summary>The device is given time while the call is under way (DLOG-30).</summary>
    Meanwhile = 2,

    /// <summary>The bitmap begins at an odd address, where it has an address.</summary>
    OddAddress = 4,
}

/// <summary>GET of feature 8 (DLOG-14..30), packed into a <see cref="Step"/>.</summary>
/// <param name="Request">What is asked for.</param>
/// <param name="First">Of <see cref="LogRequest.Pages"/>: the first page of the window, in units of the page size; 0..4095.</param>
/// <param name="Count">Of <see cref="LogRequest.Pages"/>: how many; 0: up to the end of the window.</param>
/// <param name="Shift">The page size is 2 to this power: 12 to 40.</param>
/// <param name="Before">What every byte of the bitmap holds before the call (DLOG-17).</param>
/// <param name="Options">What else.</param>
public readonly record struct LogReport(
    LogRequest Request = LogRequest.Pages,
    uint First = 0,
    uint Count = 0,
    byte Shift = 12,
    byte Before = 0,
    LogReportOptions Options = LogReportOptions.None
)
{
    private const ulong Tebibyte = 1ul << 40;

    /// <summary>The page sizes of <see cref="LogRequest.BadPageSize"/>: none is a power of two of at least 4096 (DLOG-15).</summary>
    public static IReadOnlyList<ulong> BadPageSizes { get; } = [0, 1, 1000, 2048, 4095, 4097, 6144, 3 << 20, ulong.MaxValue];

    /// <summary>The call as a step.</summary>
    public Step ToStep() => new(StepKind.ReportLogging, (uint)Request | First << 8 | Count << 20, Shift | (ulong)Before << 8 | (ulong)Options << 16);

    /// <summary>The call in a step.</summary>
    public static LogReport From(in Step step)
    {
        var request = (LogRequest)(step.A & 0xFF);
        var shift = Math.Clamp((byte)step.B, (byte)12, (byte)40);
        // A bitmap of a tebibyte in small pages would be larger than what a message holds.
        return new(
            request <= LogRequest.BadPageSizeAndWraps ? request : LogRequest.Pages,
            step.A >> 8 & 0xFFF,
            step.A >> 20,
            request == LogRequest.Wide ? Math.Max(shift, (byte)21) : shift,
            (byte)(step.B >> 8),
            (LogReportOptions)(byte)(step.B >> 16)
        );
    }

    /// <summary>The page size, for a request that has one.</summary>
    public ulong BitSize => 1ul << Shift;

    /// <summary>The word page_size as it is sent.</summary>
    public ulong PageSizeWord =>
        Request is LogRequest.BadPageSize or LogRequest.BadPageSizeAndWraps ? BadPageSizes[(int)(Count % (uint)BadPageSizes.Count)] : BitSize;

    /// <summary>What the checks of the core give, in their order (DLOG-42): 0 when they let it through.</summary>
    public int Refusal =>
        Request switch
        {
            LogRequest.BadPageSize or LogRequest.BadPageSizeAndWraps => Errno.EINVAL,
            LogRequest.Wraps or LogRequest.EndsAtTop => Errno.EOVERFLOW,
            _ => Errno.None,
        };

    /// <summary>The range that is asked for.</summary>
    /// <param name="window">The window of the memory.</param>
    public IovaRange Range(IovaRange window)
    {
        var start = window.Iova & ~(BitSize - 1);
        var end = (window.Iova + window.Length + (BitSize - 1)) & ~(BitSize - 1);
        var from = start + (First * BitSize);
        return Request switch
        {
            LogRequest.Pages => new(from, Count != 0 ? Count * BitSize : Math.Max(BitSize, end - Math.Min(from, end))),
            LogRequest.Wide => new(window.Iova & ~(Tebibyte - 1), Tebibyte),
            LogRequest.Outside => new((start + (4 * Tebibyte)) & ~(BitSize - 1), 16 * BitSize),
            LogRequest.Wraps or LogRequest.BadPageSizeAndWraps => new(0 - BitSize, 2 * BitSize),
            LogRequest.EndsAtTop => new(0 - BitSize, BitSize),
            _ => new(start, 16 * BitSize),
        };
    }

    /// <summary>What a channel must be able to do for the call.</summary>
    public ChannelCapabilities Needs => (Options & LogReportOptions.ReadOnly) != 0 ? ChannelCapabilities.MemoryProtection : ChannelCapabilities.None;

    /// <summary>Simpler calls: nothing odd, an empty bitmap, small pages, the whole window.</summary>
    internal IEnumerable<Step> Simpler()
    {
        if (Options != LogReportOptions.None)
            yield return (this with { Options = LogReportOptions.None }).ToStep();
        if (Before != 0)
            yield return (this with { Before = 0 }).ToStep();
        if (Request is LogRequest.Wide or LogRequest.Outside)
            yield return (this with { Request = LogRequest.Pages }).ToStep();
        if (Request >= LogRequest.BadPageSize)
            yield break;
        if (Shift != 12)
            yield return (this with { Shift = 12 }).ToStep();
        if (First != 0 || Count != 0)
            yield return (this with { First = 0, Count = 0 }).ToStep();
    }

    /// <summary>The call in words.</summary>
    public override string ToString() =>
        $"LOG REPORT, page size {PageSizeWord}, "
        + Request switch
        {
            LogRequest.Pages or LogRequest.BadPageSize when First == 0 && (Count == 0 || Request == LogRequest.BadPageSize) => "the whole window",
            LogRequest.Pages => Count == 0 ? $"the window from page {First} on" : $"{Count} pages of the window from page {First} on",
            LogRequest.Wide => "the tebibyte around the window",
            LogRequest.Outside => "pages far outside of what is logged",
            LogRequest.EndsAtTop => "a range that ends at 2^64",
            _ => "a range over the end of 64 bits",
        }
        + (Before == 0 ? "" : $", the bitmap full of 0x{Before:x2}")
        + ((Options & LogReportOptions.Meanwhile) != 0 ? ", while the device works" : "")
        + ((Options & LogReportOptions.OddAddress) != 0 ? ", the bitmap at an odd address" : "")
        + ((Options & LogReportOptions.ReadOnly) != 0 ? ", read-only payload" : "");
}
