using Conformance.Drivers;
using Conformance.Model.Migration.Device;
using Conformance.Suites.Lint;

namespace Conformance.Tests.Lint;

/// <summary>A mistake of a user, put into the trace of a right migration: what stands there instead.</summary>
/// <param name="Rule">What it breaks.</param>
/// <param name="Edit">What is done with the lines of the trace.</param>
internal sealed record LintSeed(LintRule Rule, Func<List<string>, IEnumerable<string>> Edit)
{
    // The requests of OwnMigration, by what stands in them and nowhere else.
    private const string Query = "flags=0x10001 ";
    private const string Resuming = "in=04000000";
    private const string StopCopy = "in=03000000";
    private const string PreCopy = "in=06000000";
    private const string PreCopyP2P = "in=07000000";

    // The source is process 1, the destination 2; their first data fd is 0.
    private const string SourceFeature = "feature pid=1 fd=1000 argsz=16 ";
    private const string DestinationFeature = "feature pid=2 fd=1000 argsz=16 ";
    private const string FirstRead = "read pid=1 fd=0 size=65536 ";
    private const string FirstWrite = "write pid=2 fd=0 ";

    // BAR0, and the configuration space beside it.
    private const string Touch = "pwrite pid=1 fd=1000 size=4 offset=0x10 ret=4";

    // A START with a page size and one range.
    private const string Start = "feature pid=1 fd=1000 argsz=32 flags=0x20006 in=001000000000000001000000000000000000000000000000 out= ret=0";
    private const string Stop = "feature pid=1 fd=1000 argsz=8 flags=0x20007 in= out= ret=0";
    private const string Report = "feature pid=1 fd=1000 argsz=40 flags=0x10008 in= out= ret=0";

    /// <summary>The trace of a right migration from one device of reference:full to another.</summary>
    public static string Right { get; } = Of("reference:full");

    /// <summary>One for each rule at least.</summary>
    public static IReadOnlyList<LintSeed> All { get; } =
    [
        // The slip of the thread: flags without GET.
        new(LintRule.QueryWithoutMethod, lines => Instead(lines, Query, line => line.Replace(Query, "flags=0x1 ", StringComparison.Ordinal))),
        new(LintRule.QueryWithoutMethod, lines => Instead(lines, Query, line => line.Replace(Query, "flags=0x0 ", StringComparison.Ordinal))),
        new(
            LintRule.UsedAfterFailedQuery,
            lines => Instead(lines, $"{SourceFeature}{Query}", _ => $"{SourceFeature}{Query}in=0000000000000000 out=0000000000000000 ret=-25")
        ),
        new(LintRule.UsedWithoutQuery, lines => lines.Where(line => !line.Contains(Query, StringComparison.Ordinal))),
        new(LintRule.ShortEnvelope, lines => Instead(lines, Query, line => line.Replace("argsz=16", "argsz=0", StringComparison.Ordinal))),
        new(LintRule.UnknownFlags, lines => Instead(lines, Query, line => line.Replace(Query, "flags=0x90001 ", StringComparison.Ordinal))),
        new(LintRule.TwoMethods, lines => Instead(lines, Query, line => line.Replace(Query, "flags=0x30001 ", StringComparison.Ordinal))),
        new(LintRule.MethodNotOffered, lines => Instead(lines, Query, line => line.Replace(Query, "flags=0x20001 ", StringComparison.Ordinal))),
        new(LintRule.ShortPayload, lines => Instead(lines, Query, line => line.Replace("argsz=16", "argsz=8", StringComparison.Ordinal))),
        new(LintRule.BlockedArc, lines => Behind(lines, StopCopy, $"{SourceFeature}flags=0x20002 in=06000000ffffffff out=06000000ffffffff ret=-22")),
        new(LintRule.TargetError, lines => Behind(lines, PreCopy, $"{SourceFeature}flags=0x20002 in=00000000ffffffff out=00000000ffffffff ret=-22")),
        new(LintRule.UnknownTarget, lines => Behind(lines, PreCopy, $"{SourceFeature}flags=0x20002 in=08000000ffffffff out=08000000ffffffff ret=-22")),
        new(LintRule.StateNotOffered, lines => Instead(lines, Query, line => line.Replace("out=07", "out=01", StringComparison.Ordinal))),
        new(LintRule.StateTakenForGranted, lines => Before(lines, PreCopy, $"{SourceFeature}flags=0x20002 in=06000000ffffffff out=06000000ffffffff ret=-5")),
        new(LintRule.UsedInError, lines => Before(lines, PreCopy, $"{SourceFeature}flags=0x10002 in=0000000000000000 out=00000000ffffffff ret=0")),
        new(LintRule.WrongDirection, lines => Behind(lines, FirstWrite, "read pid=2 fd=0 size=8 head= ret=-9")),
        new(LintRule.WrongDirection, lines => Behind(lines, FirstRead, "write pid=1 fd=0 size=8 head= ret=-9")),
        new(LintRule.NotAStream, lines => Behind(lines, FirstRead, "pread pid=1 fd=0 size=8 offset=0 ret=-29")),
        new(LintRule.NotAStream, lines => Behind(lines, FirstRead, "lseek pid=1 fd=0 ret=-29")),
        new(LintRule.ReadsOnAfterTheEnd, lines => Before(lines, "in=01000000", "read pid=1 fd=0 size=65536 head= ret=0")),
        new(LintRule.DeadSession, lines => Before(lines, "close pid=1 fd=0", "read pid=1 fd=0 size=65536 head= ret=-19")),
        new(LintRule.DeadSession, lines => Before(lines, "close pid=2 fd=0", "write pid=2 fd=0 size=8 head= ret=-19")),
        new(LintRule.DeadSession, lines => Behind(lines, FirstRead, "reset pid=1 fd=1000 ret=0")),
        new(LintRule.IoctlOnResuming, lines => Behind(lines, FirstWrite, "ioctl pid=2 fd=0 request=0x3b79 ret=-25")),
        new(LintRule.RestNotWritten, lines => Instead(lines, FirstWrite, line => $"{line[..line.IndexOf("sum", StringComparison.Ordinal)]}head= ret=100")),
        new(LintRule.DataFdNotClosed, lines => lines.Where(line => !line.StartsWith("close pid=1 fd=0", StringComparison.Ordinal))),
        new(LintRule.DataFdNotClosed, lines => Behind(lines, PreCopy, "dup pid=1 fd=0 ret=77")),
        new(LintRule.ShortInfo, lines => Instead(lines, "info ", line => line.Replace("argsz=24", "argsz=8", StringComparison.Ordinal))),
        new(LintRule.InfoOfTheDevice, lines => Instead(lines, "info ", line => line.Replace("fd=0", "fd=1000", StringComparison.Ordinal))),
        new(LintRule.InfoOutsidePreCopy, lines => Behind(lines, StopCopy, "info pid=1 fd=0 argsz=24 flags=0 out= ret=-22")),
        // Cut where a read ended: what went before is known byte by byte.
        new(LintRule.LeavesResumingEarly, lines => Instead(lines, FirstWrite, line => Cut(lines, line))),
        // Cut anywhere else: it begins alike, and is shorter.
        new(LintRule.LeavesResumingEarly, lines => Instead(lines, FirstWrite, line => Shorter(line))),
        // The source was left before its end was read.
        new(LintRule.LeavesResumingEarly, lines => lines.Where(line => line != LastRead(lines))),
        new(LintRule.NothingWritten, lines => lines.Where(line => !line.StartsWith(FirstWrite, StringComparison.Ordinal))),
        new(LintRule.TooMuchWritten, lines => Behind(lines, FirstWrite, "write pid=2 fd=0 size=8 sum=1234 head=0102030405060708 ret=8")),
        new(LintRule.CancelledStream, Cancelled),
        new(LintRule.StreamChanged, lines => Instead(lines, FirstWrite, line => With(line, "sum", "abc"))),
        new(LintRule.LeavesFailedLoad, lines => Behind(lines, FirstWrite, "write pid=2 fd=0 size=8 head= ret=-14")),
        new(LintRule.TouchedWhileStopped, lines => Behind(lines, StopCopy, Touch)),
        new(LintRule.TouchedWhileQuiescent, lines => Behind(lines, PreCopyP2P, Touch)),
        new(LintRule.StoppedBesideRunning, lines => Beside(lines, PreCopyP2P)),
        new(LintRule.StoppedBesideRunning, lines => Beside(lines, "in=05000000")),
        new(LintRule.LogNotPaired, lines => Behind(lines, $"{SourceFeature}{Query}", Start, Start, Stop)),
        new(LintRule.LogNotPaired, lines => Behind(lines, $"{SourceFeature}{Query}", Stop)),
        new(LintRule.LogNotPaired, lines => Behind(lines, $"{SourceFeature}{Query}", Report)),
        new(LintRule.LogNotPaired, lines => Behind(lines, $"{SourceFeature}{Query}", Start, "reset pid=1 fd=1000 ret=0", Report)),
        new(LintRule.LogNotPaired, lines => Behind(lines, PreCopy, Start)),
    ];

    /// <summary>The trace with the mistake in it.</summary>
    public string Trace => string.Join('\n', Edit([.. Right.TrimEnd('\n').Split('\n')])) + "\n";

    /// <summary>The trace of what the kit itself asks of a driver.</summary>
    public static string Of(string address)
    {
        using var target = DriverSchemes.Parse(address).Open<IMigrationTarget>();
        return OwnMigration.Of(target);
    }

    public override string ToString() => Rule.Name;

    private static IEnumerable<string> Instead(List<string> lines, string part, Func<string, string> change)
    {
        var at = Find(lines, part);
        return [.. lines[..at], change(lines[at]), .. lines[(at + 1)..]];
    }

    private static IEnumerable<string> Behind(List<string> lines, string part, params IEnumerable<string> more)
    {
        var at = Find(lines, part);
        return [.. lines[..(at + 1)], .. more, .. lines[(at + 1)..]];
    }

    private static IEnumerable<string> Before(List<string> lines, string part, params IEnumerable<string> more)
    {
        var at = Find(lines, part);
        return [.. lines[..at], .. more, .. lines[at..]];
    }

    private static int Find(List<string> lines, string part)
    {
        var at = lines.FindIndex(line => line.Contains(part, StringComparison.Ordinal));
        return at >= 0 ? at : throw new ArgumentException($"no line has {part}");
    }

    private static string LastRead(List<string> lines) => lines.Last(line => line.StartsWith(FirstRead, StringComparison.Ordinal));

    private static string Cut(List<string> lines, string write)
    {
        var read = lines[Find(lines, FirstRead)];
        return With(With(With(write, "size", Word(read, "ret")), "ret", Word(read, "ret")), "sum", Word(read, "sum"));
    }

    private static string Word(string line, string key) =>
        line.Split(' ').Single(word => word.StartsWith($"{key}=", StringComparison.Ordinal))[(key.Length + 1)..];

    private static string Shorter(string write) => With(With(With(write, "ret", "99"), "size", "99"), "sum", "abc");

    private static string With(string line, string key, string value) =>
        string.Join(' ', line.Split(' ').Select(word => word.StartsWith($"{key}=", StringComparison.Ordinal) ? $"{key}={value}" : word));

    // Back to RUNNING out of PRE_COPY, and what was read is loaded.
    private static IEnumerable<string> Cancelled(List<string> lines)
    {
        var (from, to) = (Find(lines, PreCopyP2P), Find(lines, "in=01000000"));
        List<string> cancelled = [.. lines[..from], $"{SourceFeature}flags=0x20002 in=02000000ffffffff out=02000000ffffffff ret=0", .. lines[(to + 1)..]];
        return Instead(cancelled, FirstWrite, line => Cut(lines, line));
    }

    // A second device of the source, which stays in RUNNING while the first one stops; or of the destination, which is stopped while the first one runs.
    private static IEnumerable<string> Beside(List<string> lines, string part)
    {
        var process = part == PreCopyP2P ? 1 : 2;
        List<string> second =
        [
            $"device pid={process} fd=2000 name=second",
            $"feature pid={process} fd=2000 argsz=16 {Query}in=0000000000000000 out=0700000000000000 ret=0",
            $"feature pid={process} fd=2000 argsz=16 flags=0x20002 in=0500000000000000 out=05000000ffffffff ret=0",
            $"feature pid={process} fd=2000 argsz=16 flags=0x20002 in=0{(process == 1 ? 2 : 1)}00000000000000 out=00000000ffffffff ret=0",
        ];
        return Behind(lines, part, second);
    }
}
