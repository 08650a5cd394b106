using Conformance.Reports;
using NUnit.Framework;

namespace Conformance.Tests.Lab;

/// <summary>The expectations files of the kernel lab against recorded runs (check --strict, without expectations): every line of them is needed, and nothing else is.</summary>
[TestFixture("bookworm-backports")]
[TestFixture("trixie")]
[TestFixture("7.2")]
public sealed class KernelExpectationsTests
{
    private static readonly DateOnly lastDay = new(2027, 12, 31);

    private readonly ResultDocument recorded;
    private readonly IReadOnlyList<Expectation> known;

    public KernelExpectationsTests(string kernel)
    {
        recorded = ResultJson.Read(File.ReadAllText(Path.Combine(KernelLab.Root(), "tests", "Lab", "recorded", $"{kernel}.json")), kernel);
        known = Expectations.Parse(File.ReadAllText(KernelLab.Expectations(kernel)), kernel);
    }

    [Test]
    public void All_deviations_are_known()
    {
        Assert.That(recorded.Run.Strict, Is.True);
        Assert.That(recorded.ExitCode, Is.EqualTo(1));
        var document = Expectations.Apply(recorded, known, lastDay);
        Assert.That(document.ExpectationErrors.Concat(document.Notes), Is.Empty);
        Assert.That(document.ExitCode, Is.EqualTo(0));
        // The finding of MIG-ERR-09 breaks MIG-FSM-20 as well.
        Assert.That(document.Counts.ExpectedDeviation, Is.EqualTo(known.Count + 1));
    }

    [Test]
    public void Without_one_of_the_lines_the_run_is_red()
    {
        foreach (var removed in known)
        {
            var document = Expectations.Apply(recorded, [.. known.Where(entry => entry != removed)], lastDay);
            // A mandatory requirement that was not asked is 4, whatever is said of it elsewhere.
            Assert.That(document.ExitCode, Is.EqualTo(removed.Verdict == "not-exercised" ? 4 : 1), removed.Requirement);
        }
    }

    [Test]
    public void With_a_line_that_is_not_needed_any_more_the_run_is_red()
    {
        foreach (var mended in known)
        {
            var document = Expectations.Apply(Mend(mended.Requirement), known, lastDay);
            Assert.That(document.ExitCode, Is.EqualTo(1), mended.Requirement);
            Assert.That(document.ExpectationErrors, Has.Some.Contains($"{mended.Requirement}: {mended.Verdict}").And.Some.EndsWith("seen: pass; remove the entry"));
        }

        var more = known.Append(known[0] with { Requirement = "ABI-03", When = null, Verdict = "violation", Line = 99 });
        Assert.That(Expectations.Apply(recorded, [.. more], lastDay).ExpectationErrors, Is.EqualTo(["line 99: ABI-03: violation was expected, seen: pass; remove the entry"]));
    }

    [Test]
    public void Another_scene_of_the_same_requirement_is_not_excused()
    {
        foreach (var (finding, index) in recorded.Findings.Select((finding, index) => (finding, index)))
        {
            var elsewhere = finding with { Steps = ["SET PRE_COPY", "close the device, keep the data fd", "open the device again", "SET RUNNING"] };
            var document = Expectations.Apply(recorded with { Findings = [.. recorded.Findings.Select((other, place) => place == index ? elsewhere : other)] }, known, lastDay);
            Assert.That(document.ExitCode, Is.EqualTo(1), finding.Requirements[0]);
        }
    }

    [Test]
    public void After_the_last_day_the_run_is_red() =>
        Assert.That(Expectations.Apply(recorded, known, lastDay.AddDays(1)).ExpectationErrors, Has.Count.EqualTo(known.Count));

    // What a kernel would show that keeps this requirement.
    private ResultDocument Mend(string requirement)
    {
        var gone = recorded.Findings.Where(finding => finding.Requirements.Contains(requirement)).ToList();
        var mended = gone.SelectMany(finding => finding.Requirements).Append(requirement).ToHashSet(StringComparer.Ordinal);
        return recorded with
        {
            Findings = [.. recorded.Findings.Except(gone)],
            Requirements = [.. recorded.Requirements.Select(row => mended.Contains(row.Id) ? row with { Verdict = RequirementVerdict.Pass, Exercised = 1, Violated = 0, Warned = 0, Reason = null, Finding = null } : row)],
        };
    }
}
