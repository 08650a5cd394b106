using Conformance.Reports;
using NUnit.Framework;

namespace Conformance.Tests.Reports;

/// <summary>What counts as worse, and what is said about it.</summary>
[Category("quick")]
public sealed class ResultDiffTests
{
    [Test]
    public void A_run_is_not_worse_than_itself()
    {
        foreach (var document in new[] { SampleDocuments.Green, SampleDocuments.Red })
            Assert.That(ResultDiff.Of(document, document).Lines.Select(line => line.Text).Skip(2), Is.EqualTo(["NOTHING GOT WORSE (exit code 0)"]));
    }

    // Verdict before, verdict after, the heading, worse.
    [TestCase(RequirementVerdict.Pass, RequirementVerdict.Violation, "NEWLY FAILING: 1", true)]
    [TestCase(RequirementVerdict.Pass, RequirementVerdict.Hang, "NEWLY FAILING: 1", true)]
    [TestCase(RequirementVerdict.NotExercised, RequirementVerdict.Violation, "NEWLY FAILING: 1", true)]
    [TestCase(RequirementVerdict.ExpectedDeviation, RequirementVerdict.UnexpectedPass, "NEWLY FAILING: 1", true)]
    [TestCase(RequirementVerdict.Pass, RequirementVerdict.Warning, "NEWLY WARNED ABOUT: 1", true)]
    [TestCase(RequirementVerdict.Pass, RequirementVerdict.NotExercised, "NEWLY NOT EXERCISED: 1", true)]
    [TestCase(RequirementVerdict.Violation, RequirementVerdict.NotExercised, "NEWLY NOT EXERCISED: 1", true)]
    [TestCase(RequirementVerdict.Violation, RequirementVerdict.Pass, "fixed: 1", false)]
    [TestCase(RequirementVerdict.Violation, RequirementVerdict.ExpectedDeviation, "fixed: 1", false)]
    [TestCase(RequirementVerdict.NotExercised, RequirementVerdict.Pass, "newly exercised: 1", false)]
    [TestCase(RequirementVerdict.Violation, RequirementVerdict.Crash, "changed otherwise: 1", false)]
    [TestCase(RequirementVerdict.Pass, RequirementVerdict.ExpectedDeviation, "changed otherwise: 1", false)]
    [TestCase(RequirementVerdict.Warning, RequirementVerdict.Pass, "changed otherwise: 1", false)]
    public void A_change_of_verdict(RequirementVerdict before, RequirementVerdict after, string heading, bool worse)
    {
        var diff = ResultDiff.Of(With(before), With(after));
        Assert.That(diff.IsWorse, Is.EqualTo(worse));
        Assert.That(diff.Lines.Select(line => line.Text), Has.Some.EqualTo(heading).And.Some.StartWith($"  MIG-FSM-06     {before.Name()} -> {after.Name()}"));
        Assert.That(diff.Lines[^1].Text, Is.EqualTo(worse ? "SOMETHING GOT WORSE (exit code 1)" : "NOTHING GOT WORSE (exit code 0)"));
    }

    [Test]
    public void A_run_that_asked_for_less_cannot_be_compared()
    {
        var narrow = SampleDocuments.Green with { Run = SampleDocuments.Green.Run with { Requirement = "ABI-01" } };
        Assert.That(ResultDiff.Obstacle(SampleDocuments.Green, narrow), Is.EqualTo("the requirements of one are 'all', of the other 'ABI-01'"));
        Assert.That(ResultDiff.Obstacle(narrow, narrow), Is.Null);
    }

    [Test]
    public void A_warning_fails_both_when_the_newer_run_is_strict()
    {
        var strict = With(RequirementVerdict.Warning) with { Run = SampleDocuments.Green.Run with { Strict = true } };
        Assert.That(ResultDiff.Of(With(RequirementVerdict.Warning), strict).Lines.Select(line => line.Text), Has.None.StartWith("NEWLY"));
        Assert.That(ResultDiff.Of(With(RequirementVerdict.Pass), strict).Lines.Select(line => line.Text), Has.Some.EqualTo("NEWLY FAILING: 1"));
    }

    [Test]
    public void A_second_way_to_break_the_same_requirement_is_worse()
    {
        var other = SampleDocuments.Red.Findings[0] with { Kind = "value", Seen = "success, but 7" };
        var diff = ResultDiff.Of(SampleDocuments.Red, SampleDocuments.Red with { Findings = [.. SampleDocuments.Red.Findings, other] });
        Assert.That(diff.IsWorse, Is.True);
        Assert.That(diff.Lines.Select(line => line.Text), Has.Some.EqualTo("  MIG-FSM-06     violation in campaign breadth-first: success, but 7"));
    }

    [Test]
    public void What_is_not_asked_any_more_is_worse()
    {
        var diff = ResultDiff.Of(SampleDocuments.Green, SampleDocuments.Green with { Requirements = [.. SampleDocuments.Green.Requirements.Skip(1)] });
        Assert.That(diff.IsWorse, Is.True);
        Assert.That(diff.Lines.Select(line => line.Text), Has.Some.EqualTo("NO LONGER ASKED: 1"));
    }

    [Test]
    public void A_run_without_a_verdict_is_worse_than_a_green_one() =>
        Assert.That(ResultDiff.Of(SampleDocuments.Green, SampleDocuments.Green with { HarnessErrors = ["the worker is gone"] }).IsWorse, Is.True);

    [Test]
    public void Fewer_plans_are_said_but_are_not_worse()
    {
        var less = SampleDocuments.Green with
        {
            Requirements = [.. SampleDocuments.Green.Requirements.Select(row => row with { Exercised = row.Exercised / 3 })],
        };
        var diff = ResultDiff.Of(SampleDocuments.Green, less);
        Assert.That(diff.IsWorse, Is.False);
        Assert.That(diff.Lines.Select(line => line.Text), Has.Some.EqualTo("  MIG-FSM-06     exercised 1,234 -> 411"));
    }

    [Test]
    public void Strings_of_a_driver_are_harmless()
    {
        foreach (var line in ResultDiff.Of(SampleDocuments.Hostile("\u001b[31m\u202ea"), SampleDocuments.Hostile("\u001b[32m\u202eb\n")).Lines)
            Assert.That(line.Text, Does.Not.Contain('\u001b').And.Not.Contain('\u202e').And.Not.Contain('\n'));
    }

    private static ResultDocument With(RequirementVerdict verdict) =>
        SampleDocuments.Green with
        {
            Requirements =
            [
                SampleDocuments.Row("ABI-01", RequirementVerdict.Pass) with
                {
                    Exercised = 1,
                },
                SampleDocuments.Row("MIG-FSM-06", verdict) with
                {
                    Exercised = 4,
                },
            ],
        };
}
