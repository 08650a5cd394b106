using System.Runtime.InteropServices;
using Conformance.Model.DmaLogging;
using Conformance.Model.Migration.Steps;
using Conformance.Model.Requirements;
using static Conformance.Model.Requirements.RequirementId;

namespace Conformance.Model.Migration.Oracle;

/// <summary>What has happened to the DMA log.</summary>
[Flags]
public enum LogFlags : ushort
{
    /// <summary>Nothing: it was never started.</summary>
    None = 0,

    /// <summary>It is on.</summary>
    Active = 1 << 0,

    /// <summary>Whether it is on is not known: a reset or an error came between, and that is driver business (MIG-ERR-18).</summary>
    Unknown = 1 << 1,

    /// <summary>It was started by a raw call, with ranges that say nothing of the window.</summary>
    Raw = 1 << 2,

    /// <summary>DMA writes came out of the device that no REPORT of the whole log has seen yet.</summary>
    Dirty = 1 << 3,

    /// <summary>A request moved the device while there were such.</summary>
    DirtyOverRequest = 1 << 4,

    /// <summary>It stopped the device.</summary>
    DirtyOverStop = 1 << 5,

    /// <summary>A REPORT of other pages came while there were such.</summary>
    DirtyOverReport = 1 << 6,

    /// <summary>The device was given time while a REPORT was under way.</summary>
    DirtyInReport = 1 << 7,

    /// <summary>A REPORT was made.</summary>
    Reported = 1 << 8,

    /// <summary>The device is stopped since before the last REPORT, so that nothing was written since.</summary>
    ReportedStopped = 1 << 9,

    /// <summary>The device read memory by DMA.</summary>
    Read = 1 << 10,

    /// <summary>Writes that an earlier log had seen were not reported.</summary>
    Old = 1 << 11,

    /// <summary>Many pages were written at once.</summary>
    Many = 1 << 12,
}

/// <summary>
/// What is known of the DMA log of a device: a comparable value, part of <see cref="ModelState"/>. Which pages are dirty is measured, not known.
/// </summary>
[StructLayout(LayoutKind.Auto)] // the order of the members is for readers
public record struct LogState
{
    /// <summary>What has happened.</summary>
    public LogFlags Flags { get; set; }

    /// <summary>The page size that START asked for, as a power of 2.</summary>
    public byte Asked { get; set; }

    /// <summary>The page size that START chose, as a power of 2.</summary>
    public byte Chosen { get; set; }

    /// <summary>The ranges: argument A of the step.</summary>
    public uint Ranges { get; set; }

    /// <summary>Why the log is off; none when it was never on.</summary>
    public Rules Why { get; set; }

    /// <summary>True when one of these holds.</summary>
    public readonly bool Has(LogFlags flags) => (Flags & flags) != 0;

    /// <summary>True when the log may be on.</summary>
    public readonly bool MayBeActive => Has(LogFlags.Active | LogFlags.Unknown);

    /// <summary>True when something is known of what the log holds.</summary>
    public readonly bool IsKept => (Flags & (LogFlags.Active | LogFlags.Unknown | LogFlags.Raw)) == LogFlags.Active;

    /// <summary>Bytes of a page of the log.</summary>
    public readonly ulong PageSize => 1ul << Chosen;

    /// <summary>The START that is in force.</summary>
    public readonly LogStart Start => LogStart.Of(Ranges, Asked);

    /// <summary>A START succeeded.</summary>
    public void Started(in Step step, ulong chosen)
    {
        var start = LogStart.From(step);
        Flags = LogFlags.Active | (Flags & LogFlags.Old);
        Ranges = step.A;
        Asked = start.Shift;
        Chosen = (byte)System.Numerics.BitOperations.Log2(Math.Max(chosen, PageSet.PageSize));
        Why = Rules.None;
    }

    /// <summary>A raw call may have started it.</summary>
    public void StartRaw(bool active)
    {
        if (active)
            Flags = LogFlags.Active | LogFlags.Raw;
    }

    /// <summary>A START failed, so that the log is off.</summary>
    public void Failed(Rules why)
    {
        Why = why;
        Flags &= LogFlags.Old;
    }

    /// <summary>A STOP succeeded.</summary>
    public void Stop()
    {
        if (Has(LogFlags.Active))
            Why = Rules.Of(DLOG_12);
        Flags = Has(LogFlags.Dirty) ? LogFlags.Old : LogFlags.None;
    }

    /// <summary>The device was reset, or may be broken.</summary>
    public void Reset()
    {
        if (MayBeActive)
            Flags = LogFlags.Unknown;
    }

    /// <summary>The device was closed for the last time.</summary>
    public void Close()
    {
        if (MayBeActive)
            Why = Rules.Of(DLOG_32);
        Flags = LogFlags.None;
    }
}
