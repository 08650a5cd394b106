using Conformance.Reports;
using NUnit.Framework;

namespace Conformance.Tests.Reports;

/// <summary>What a reader of KTAP learns is what the document says.</summary>
[Category("quick")]
public sealed class KtapTests
{
    [Test]
    public void A_green_run_has_no_failing_line()
    {
        var tests = KtapReader.Read(Ktap.Render(SampleDocuments.Green));
        Assert.That(
            tests.Select(test => (test.Name, test.Ok, test.Directive)),
            Is.EqualTo([("ABI", true, ""), ("MIG-FSM", true, ""), ("MIG-STOP", true, "SKIP"), ("verdict", true, "")])
        );
        Assert.That(
            tests[2].Subtests.Single(),
            Is.EqualTo(new KtapTest(true, "MIG-STOP-01", "SKIP", "not exercised: needs a workload that does DMA", [], []))
                .Using<KtapTest>((a, b) => (a.Ok, a.Name, a.Directive, a.Reason) == (b.Ok, b.Name, b.Directive, b.Reason))
        );
    }

    [TestCase("ABI-01", true, "")]
    [TestCase("ABI-12", true, "")]
    [TestCase("MIG-FSM-06", false, "")]
    [TestCase("MIG-FSM-27", false, "TIMEOUT")]
    [TestCase("MIG-RES-17", false, "ERROR")]
    [TestCase("MIG-RES-18", false, "")]
    [TestCase("MIG-ERR-03", true, "XFAIL")]
    [TestCase("MIG-ERR-07", false, "")]
    [TestCase("MIG-STOP-01", true, "SKIP")]
    [TestCase("harness error 1", false, "ERROR")]
    [TestCase("expectation 1", false, "")]
    public void Every_verdict_has_its_line(string name, bool ok, string directive)
    {
        var test = KtapReader.Read(Ktap.Render(SampleDocuments.Red)).SelectMany(group => group.Subtests).Single(test => test.Name == name);
        Assert.That((test.Ok, test.Directive), Is.EqualTo((ok, directive)));
    }

    [Test]
    public void A_failing_test_tells_its_plan_before_its_result()
    {
        var notes = string.Join(
            '\n',
            KtapReader.Read(Ktap.Render(SampleDocuments.Red)).SelectMany(group => group.Subtests).Single(test => test.Name == "MIG-FSM-06").Notes
        );
        Assert.That(
            notes,
            Does.Contain("seen      success, then STOP").And.Contain(">    3  GET state").And.Contain("again     conformance check reference:full")
        );
    }

    [Test]
    public void A_warning_fails_a_strict_run_only()
    {
        var strict = SampleDocuments.Red with { Run = SampleDocuments.Red.Run with { Strict = true } };
        Assert.That(KtapReader.Read(Ktap.Render(strict)).SelectMany(group => group.Subtests).Single(test => test.Name == "ABI-12").Ok, Is.False);
    }

    /// <summary>Every requirement that had to be exercised was skipped: no line of a requirement fails, and yet nobody may take the run for green.</summary>
    [Test]
    public void A_run_that_says_too_little_is_not_ok()
    {
        var document = SampleDocuments.Green with { Requirements = [SampleDocuments.Row("ABI-01", RequirementVerdict.NotExercised) with { Mandatory = true }] };
        Assert.That(document.ExitCode, Is.EqualTo(4));
        var tests = KtapReader.Read(Ktap.Render(document));
        Assert.That(tests[^1] is { Name: "verdict", Ok: false }, Is.True);
        Assert.That(tests[0].Subtests[0].Reason, Does.EndWith("(mandatory)"));
    }

    [TestCase("# Subtest: x")]
    [TestCase("Subtest: x")]
    [TestCase("KTAP version 1")]
    [TestCase("\nnot ok 1 x\n1..7")]
    [TestCase("name # SKIP all is well")]
    [TestCase("###")]
    public void A_driver_cannot_write_lines_of_its_own(string text)
    {
        var honest = KtapReader.Read(Ktap.Render(SampleDocuments.Hostile("x")));
        var tests = KtapReader.Read(Ktap.Render(SampleDocuments.Hostile(text)));
        Assert.That(
            tests.Select(test => (test.Ok, test.Directive, test.Subtests.Count)),
            Is.EqualTo(honest.Select(test => (test.Ok, test.Directive, test.Subtests.Count)))
        );
        Assert.That(
            tests.SelectMany(test => test.Subtests).Select(test => test.Ok),
            Is.EqualTo(honest.SelectMany(test => test.Subtests).Select(test => test.Ok))
        );
    }
}
