using Conformance.Reports;
using Conformance.Tests.Support;
using NUnit.Framework;

namespace Conformance.Tests.Lab;

/// <summary>
/// The expectations files of the kernel lab against recorded runs (check --strict, without expectations): every line of them is needed, and nothing else is.
/// </summary>
[TestFixture("bookworm-backports")]
[TestFixture("trixie")]
[TestFixture("7.2")]
[Category("quick")]
public sealed class KernelExpectationsTests
{
    private readonly RecordedRun run;

    public KernelExpectationsTests(string kernel) =>
        run = new(
            ResultJson.Read(File.ReadAllText(Clone.File("tests", "Lab", "recorded", $"{kernel}.json")), kernel),
            Expectations.Parse(File.ReadAllText(KernelLab.Expectations(kernel)), kernel)
        );

    [Test]
    public void All_deviations_are_known()
    {
        Assert.That(run.Document.Run.Strict, Is.True);
        Assert.That(run.Document.ExitCode, Is.EqualTo(1));
        var document = run.Judged;
        Assert.That(document.ExpectationErrors.Concat(document.Notes), Is.Empty);
        Assert.That(document.ExitCode, Is.EqualTo(0));
        // The finding of MIG-ERR-09 breaks MIG-FSM-20 as well, and those of MIG-RES-13 four others.
        Assert.That(document.Counts.ExpectedDeviation, Is.EqualTo(run.Known.Count + 5));
    }

    [Test]
    public void Without_one_of_the_lines_the_run_is_red()
    {
        // A mandatory requirement that was not asked is 4, whatever is said of it elsewhere.
        foreach (var removed in run.Known)
            Assert.That(run.Without(removed).ExitCode, Is.EqualTo(removed.Verdict == "not-exercised" ? 4 : 1), removed.Requirement);
    }

    [Test]
    public void With_a_line_that_is_not_needed_any_more_the_run_is_red()
    {
        foreach (var mended in run.Known)
        {
            var document = run.Mended(mended);
            Assert.That(document.ExitCode, Is.EqualTo(1), mended.Requirement);
            Assert.That(
                document.ExpectationErrors,
                Has.Some.Contains($"{mended.Requirement}: {mended.Verdict}")
                    .And.Some.Contains("was expected, seen: pass; ")
                    .And.Some.EndsWith("remove the entry")
            );
        }

        var more = run.Known.Append(run.Known[0] with { Requirement = "ABI-03", When = null, Verdict = "violation", Line = 99 });
        Assert.That(run.Judge([.. more]).ExpectationErrors, Is.EqualTo(["line 99: ABI-03: violation was expected, seen: pass; remove the entry"]));
    }

    [Test]
    public void Another_scene_of_the_same_requirement_is_not_excused()
    {
        foreach (var (finding, index) in run.Document.Findings.Select((finding, index) => (finding, index)))
        {
            var elsewhere = finding with
            {
                Steps = ["SET PRE_COPY", "close the device, keep the data fd", "open the device again", "SET RUNNING"],
                Facts = ["step=set-state", "request=RUNNING", $"kind={finding.Kind}", "session=device-closed"],
            };
            var document = Expectations.Apply(
                run.Document with
                {
                    Findings = [.. run.Document.Findings.Select((other, place) => place == index ? elsewhere : other)],
                },
                run.Known,
                RecordedRun.LastDay
            );
            Assert.That(document.ExitCode, Is.EqualTo(1), finding.Requirements[0]);
        }
    }

    [Test]
    public void After_the_last_day_the_run_is_red() =>
        Assert.That(run.Judge(run.Known, RecordedRun.LastDay.AddDays(1)).ExpectationErrors, Has.Count.EqualTo(run.Known.Count));
}
