using Conformance.Reports;
using Conformance.Suites.Lint;
using Conformance.Tests.Support;
using NUnit.Framework;

namespace Conformance.Tests.Lint;

/// <summary>The verb as a user runs it: exit codes, reports, expectations.</summary>
[Category("long")]
[Parallelizable(ParallelScope.Self)]
public sealed class LintCommandTests
{
    private string folder = null!;

    [OneTimeSetUp]
    public void Write()
    {
        folder = Directory.CreateTempSubdirectory("conformance-lint-").FullName;
        File.WriteAllText(Path.Combine(folder, "right.trace"), LintSeed.Right);
        File.WriteAllText(Path.Combine(folder, "wrong.trace"), LintSeed.All.First(seed => seed.Rule == LintRule.QueryWithoutMethod).Trace);
        File.WriteAllText(Path.Combine(folder, "advice.trace"), LintSeed.All.First(seed => seed.Rule == LintRule.StateTakenForGranted).Trace);
        File.WriteAllText(Path.Combine(folder, "empty.trace"), $"{TraceReader.Header}\n");
        File.WriteAllText(
            Path.Combine(folder, "known.json"),
            """
            [{ "requirement": "MIG-FEAT-11", "when": "rule=query-without-method", "verdict": "violation", "reason": "known", "link": "none", "expires": "2099-12-31" }]
            """
        );
        // The source and the destination as two machines wrote them.
        var lines = LintSeed.Right.Split('\n');
        File.WriteAllText(Path.Combine(folder, "source.trace"), string.Join('\n', lines.Where(line => !line.Contains("pid=2", StringComparison.Ordinal))));
        File.WriteAllText(
            Path.Combine(folder, "destination.trace"),
            $"{TraceReader.Header}\n{string.Join('\n', lines.Where(line => line.Contains("pid=2", StringComparison.Ordinal)))}"
        );
    }

    [OneTimeTearDown]
    public void Remove() => Directory.Delete(folder, recursive: true);

    [TestCase(0, "right.trace")]
    [TestCase(0, "source.trace", "destination.trace")]
    [TestCase(1, "wrong.trace")]
    [TestCase(0, "advice.trace")]
    [TestCase(1, "advice.trace", "--strict")]
    [TestCase(4, "empty.trace")]
    [TestCase(2, "missing.trace")]
    [TestCase(2, "right.trace", "./right.trace")]
    [TestCase(2, "known.json")]
    [TestCase(0, "own.trace", "--record", "reference:p2p")]
    [TestCase(2, "own.trace", "right.trace", "--record", "reference:p2p")]
    [TestCase(3, "own.trace", "--record", "reference:none")]
    public void The_exit_code_says_it(int code, params string[] words) => Assert.That(CommandRun.Of(folder, ["lint", .. words]).Code, Is.EqualTo(code));

    [Test]
    public void A_report_is_that_of_any_other_run()
    {
        var run = CommandRun.Of(folder, "lint", "wrong.trace", "--report", "report");
        Assert.That(run.Code, Is.EqualTo(1), run.Output);
        Assert.That(run.Output, Does.Contain("VIOLATION MIG-FEAT-11").And.Contain("again     conformance lint wrong.trace"));
        var document = ResultJson.Read(File.ReadAllText(Path.Combine(folder, "report", "result.json")), "result.json");
        Assert.That(document.ExitCode, Is.EqualTo(1));
        Assert.That(document.Run.Suites, Is.EqualTo(["lint"]));
        foreach (var file in new[] { "junit.xml", "result.ktap", "summary.md" })
            Assert.That(File.ReadAllText(Path.Combine(folder, "report", file)), Does.Contain("MIG-FEAT-11"));
    }

    [Test]
    public void A_known_deviation_is_expected()
    {
        var run = CommandRun.Of(folder, "lint", "wrong.trace", "--expect", "known.json");
        Assert.That(run.Output, Does.Contain("EXPECTED DEVIATIONS").And.Contain("MIG-FEAT-11"));
    }
}
