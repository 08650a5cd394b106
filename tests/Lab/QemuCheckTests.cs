using Conformance.Reports;
using NUnit.Framework;

namespace Conformance.Tests.Lab;

/// <summary>
/// The command, as a user runs it, on QEMU's SMMUs: all deviations are known, and every line that says so is needed. Judged again without a line, or as if its
/// cause were mended, the same run is red.
/// </summary>
[TestFixture("7.2", "1")]
[TestFixture("10.0", "1")]
[TestFixture("10.0", "2")]
[TestFixture("10.0", "nested")]
[Parallelizable(ParallelScope.Self)]
[Category("lab")]
public sealed class QemuCheckTests(string version, string stage)
{
    private const int RandomScenes = 10_000;

    private LabCheck check = null!;
    private RecordedRun run = null!;

    // Both stages have four random campaigns, one stage has one. Some more than are wanted: those that are known to end QEMU are left out.
    private static int ScenesOfEach(string stage) => (stage == "nested" ? RandomScenes / 4 : RandomScenes) * 11 / 10;

    [OneTimeSetUp]
    public void Check()
    {
        var executable = QemuLab.Executable(version);
        var expectations = QemuLab.Expectations(version, stage);
        check = LabCheck.Run($"qemu-smmuv3:{executable}?stage={stage}", "--strict", "--plans", $"{ScenesOfEach(stage)}", "--expect", expectations);
        run = RecordedRun.Of(check.Document, Expectations.Parse(File.ReadAllText(expectations), Path.GetFileName(expectations)));
    }

    [Test]
    public void Only_known_deviations_are_found()
    {
        Assert.That(check.Code, Is.EqualTo(0), check.Output);
        Assert.That(check.Document.HarnessErrors, Is.Empty);
        Assert.That(check.Document.Driver.Identity[0].Name, Is.EqualTo("qemu"));
        Assert.That(check.Document.Driver.Identity[0].Value, Does.StartWith(version + ".").And.Contain("Debian"));
        Assert.That(check.Document.Findings.Select(finding => finding.Verdict), Is.All.EqualTo(RequirementVerdict.ExpectedDeviation));
    }

    [Test]
    public void Every_campaign_runs_to_its_end()
    {
        Assert.That(check.Document.Campaigns.Where(campaign => campaign.Abandoned is not null).Select(campaign => campaign.Name), Is.Empty);
        Assert.That(
            check.Document.Campaigns.Where(campaign => campaign.Name.StartsWith("random-scenes", StringComparison.Ordinal)).Sum(campaign => campaign.Plans),
            Is.GreaterThanOrEqualTo(RandomScenes)
        );
        Assert.That(check.Document.Environment!.Restarts, Is.Zero, "the process of the kit");
    }

    [Test]
    public void Every_requirement_is_exercised_or_says_why_not()
    {
        Assert.That(
            check
                .Document.Requirements.Where(row =>
                    row.Exercised == 0 && (string.IsNullOrEmpty(row.Reason) || row.Reason.StartsWith("nothing that ran", StringComparison.Ordinal))
                )
                .Select(row => row.Id),
            Is.Empty
        );
        Assert.That(check.Document.Requirements.Where(row => row.Mandatory && row.Verdict == RequirementVerdict.NotExercised).Select(row => row.Id), Is.Empty);
    }

    /// <summary>What the tests below judge again is what the command judged.</summary>
    [Test]
    public void The_run_judged_again_says_the_same()
    {
        Assert.That(run.Document.Findings.Select(finding => finding.Verdict), Has.None.EqualTo(RequirementVerdict.ExpectedDeviation));
        Assert.That(run.Document.ExitCode, Is.EqualTo(1));
        Assert.That(ResultJson.Write(run.Judged), Is.EqualTo(ResultJson.Write(check.Document)));
    }

    [Test]
    public void Without_one_of_the_lines_the_run_is_red()
    {
        Assert.Multiple(() =>
        {
            foreach (var removed in run.Known)
            {
                var about = $"line {removed.Line}: {removed.Requirement}";
                var document = run.Without(removed);
                Assert.That(document.ExpectationErrors, Is.Empty, about);
                // A mandatory requirement that was not asked is 4, whatever is said of it elsewhere.
                Assert.That(document.ExitCode, Is.EqualTo(removed.Verdict == "not-exercised" ? 4 : 1), about);
                if (removed.Verdict == "not-exercised")
                    continue;
                // Nothing but what the line is about is red, and it is named.
                var red = document.Findings.Where(finding => finding.Verdict != RequirementVerdict.ExpectedDeviation).ToList();
                Assert.That(red, Is.Not.Empty, about);
                // The same cause may show as a record that is missing or merged, which is only advised against.
                Assert.That(red.Select(finding => finding.Verdict.Name()), Has.Some.EqualTo(removed.Verdict).And.All.AnyOf(removed.Verdict, "warning"), about);
                Assert.That(red.Select(finding => FactCondition.Parse(removed.When)!.Holds(finding.Facts!)), Is.All.True, about);
            }
        });
    }

    [Test]
    public void With_a_line_that_is_not_needed_any_more_the_run_is_red()
    {
        Assert.Multiple(() =>
        {
            foreach (var mended in run.Known)
            {
                var document = run.Mended(mended);
                Assert.That(document.ExitCode, Is.EqualTo(1), $"line {mended.Line}: {mended.Requirement}");
                Assert.That(
                    document.ExpectationErrors,
                    Has.Some.StartsWith($"line {mended.Line}: {mended.Requirement}: {mended.Verdict} ").And.All.EndsWith("remove the entry")
                );
            }
        });
        var kept = check.Document.Requirements.First(row => row.Verdict == RequirementVerdict.Pass);
        var more = run.Judge([.. run.Known, run.Known[0] with { Requirement = kept.Id, When = null, Line = 9999 }]);
        Assert.That(more.ExitCode, Is.EqualTo(1));
        Assert.That(more.ExpectationErrors, Is.EqualTo([$"line 9999: {kept.Id}: violation was expected, seen: pass; remove the entry"]));
    }

    [Test]
    public void After_the_last_day_the_run_is_red()
    {
        var document = run.Judge(run.Known, RecordedRun.LastDay.AddDays(1));
        Assert.That(document.ExitCode, Is.EqualTo(1));
        Assert.That(document.ExpectationErrors, Has.Count.EqualTo(run.Known.Count));
    }
}
