using Conformance.Suites.Lint;
using Conformance.Tests.Support;
using NUnit.Framework;

namespace Conformance.Tests.Lint;

/// <summary>
/// A migration of Debian's QEMU between two functions of the real driver, as labs/hisi/vmm recorded it: nothing is held against it as it is, and each mistake
/// that is put into it is found. The trace of today is asked in the lab.
/// </summary>
[Category("quick")]
[Parallelizable(ParallelScope.Self)]
public sealed class QemuTraceTests
{
    private const string FirstQuery = "flags=0x10001 ";
    private const string LastRead = "read pid=222 fd=17 size=176 sum=18aae006283c445f head= ret=0\n";
    private const string StopCopy = "in=0300000000000000 out=03000000ffffffff ret=0\n";
    private const string Write = "size=40 sum=18aae006283c445f head=dedecadeedfeccaa4000000051a20000 ret=40";

    private static readonly string source = Recorded("source");
    private static readonly string destination = Recorded("destination");

    [Test]
    public void Nothing_is_held_against_it()
    {
        var judge = Judged(source, destination);
        Assert.That(judge.Findings.Select(finding => finding.Seen), Is.Empty);
        Assert.That((judge.Devices, judge.Sessions, judge.Processes), Is.EqualTo((2, 2, 2)));
        foreach (var rule in new[] { LintRule.QueryWithoutMethod, LintRule.LeavesResumingEarly, LintRule.ReadsOnAfterTheEnd, LintRule.DataFdNotClosed })
            Assert.That(judge.Exercised(rule.Requirements[0]), Is.Positive, rule.Name);
    }

    [Test]
    public void A_query_that_forgets_its_method_is_found() =>
        Assert.That(First(Edited(source, FirstQuery, "flags=0x1 "), destination), Does.Contain("rule=query-without-method"));

    [Test]
    public void A_read_behind_the_end_is_found() =>
        Assert.That(First(Edited(source, StopCopy + LastRead, StopCopy + LastRead + LastRead), destination), Does.Contain("rule=reads-on-after-the-end"));

    [Test]
    public void Leaving_before_the_whole_stream_is_written_is_found() =>
        Assert.That(
            First(source, Edited(destination, Write, "size=16 head=dedecadeedfeccaa4000000051a20000 ret=16")),
            Does.Contain("rule=leaves-resuming-early")
        );

    private static string Recorded(string end) => File.ReadAllText(Clone.File("tests", "Lint", "recorded", $"qemu-10.0-{end}.trace")).ReplaceLineEndings("\n");

    // It stands there once.
    private static string Edited(string trace, string from, string to)
    {
        Assert.That(trace.Split(from), Has.Length.EqualTo(2), from);
        return trace.Replace(from, to, StringComparison.Ordinal);
    }

    private static IReadOnlyList<string> First(params string[] traces) => Judged(traces).Findings[0].Facts!;

    private static TraceJudge Judged(params string[] traces)
    {
        var judge = new TraceJudge();
        foreach (var trace in traces)
        foreach (var call in TraceReader.Read(trace, "recorded"))
            judge.Judge(call);
        judge.Finish();
        return judge;
    }
}
