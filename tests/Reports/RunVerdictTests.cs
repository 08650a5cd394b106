using Conformance.Reports;
using NUnit.Framework;

namespace Conformance.Tests.Reports;

[Category("quick")]
public sealed class RunVerdictTests
{
    private static readonly RequirementResult missing = SampleDocuments.Row("MIG-FSM-01", RequirementVerdict.NotExercised) with { Mandatory = true };

    private static IEnumerable<TestCaseData> Cases()
    {
        var green = SampleDocuments.Green;
        ResultDocument With(RequirementVerdict verdict) => green with { Requirements = [.. green.Requirements, SampleDocuments.Row("X-01", verdict)] };
        ResultDocument Missing(ResultDocument document) => document with { Requirements = [.. document.Requirements, missing] };
        ResultDocument Broken(ResultDocument document) => document with { HarnessErrors = ["x"] };
        ResultDocument Cut(ResultDocument document) => document with { Run = document.Run with { CutShort = "in round 1 of 2" } };

        yield return Case("green", green, 0);
        yield return Case("warning", With(RequirementVerdict.Warning), 0);
        yield return Case("warning, strict", With(RequirementVerdict.Warning) with { Run = green.Run with { Strict = true } }, 1);
        foreach (
            var verdict in new[]
            {
                RequirementVerdict.Violation,
                RequirementVerdict.Hang,
                RequirementVerdict.Crash,
                RequirementVerdict.Flaky,
                RequirementVerdict.UnexpectedPass,
            }
        )
            yield return Case(verdict.Name(), With(verdict), 1);
        yield return Case("expected deviation", With(RequirementVerdict.ExpectedDeviation), 0);
        yield return Case("stale expectation", green with { ExpectationErrors = ["line 1"] }, 1);
        yield return Case("crash that no requirement speaks of", green with { Findings = [SampleDocuments.Red.Findings[3] with { Requirements = [] }] }, 1);
        yield return Case("harness error", Broken(green), 3);
        yield return Case("mandatory requirement missing", Missing(green), 4);
        yield return Case("no plan ran", green with { Campaigns = [] }, 4);
        yield return Case("nothing exercised", green with { Requirements = [SampleDocuments.Row("X-01", RequirementVerdict.NotExercised)] }, 4);
        yield return Case("budget ran out before the mandatory part", Cut(Missing(green)), 5);
        // What ended the run may be expected by the time it is rendered.
        yield return Case("a finding that is accepted ended it", Cut(green) with { Run = Cut(green).Run with { EndedByFinding = true, Unfinished = true } }, 5);
        yield return Case("budget ran out after the mandatory part", Cut(green), 0);
        yield return Case("violation before harness error", Broken(With(RequirementVerdict.Violation)), 1);
        yield return Case("harness error before budget", Broken(Cut(Missing(green))), 3);
        yield return Case("interrupted", With(RequirementVerdict.Violation) with { Run = green.Run with { Interrupted = true } }, 130);
    }

    [TestCaseSource(nameof(Cases))]
    public int Exit_codes(ResultDocument document) => document.ExitCode;

    [Test]
    public void Names_of_verdicts_are_those_of_the_file()
    {
        foreach (var verdict in Enum.GetValues<RequirementVerdict>())
            Assert.That(
                ResultJson.Write(SampleDocuments.Green with { Requirements = [SampleDocuments.Row("X-01", verdict)] }),
                Does.Contain($"\"verdict\": \"{verdict.Name()}\"")
            );
        Assert.That(RequirementVerdicts.ByUrgency, Is.EquivalentTo(Enum.GetValues<RequirementVerdict>()));
    }

    [TestCase(1ul, "1 = STOP_COPY")]
    [TestCase(3ul, "3 = STOP_COPY + P2P")]
    [TestCase(5ul, "5 = STOP_COPY + PRE_COPY")]
    [TestCase(7ul, "7 = STOP_COPY + P2P + PRE_COPY")]
    [TestCase(0ul, "none: the device has no migration")]
    [TestCase(6ul, "unknown set 0x6")]
    [TestCase(9ul, "unknown set 0x9")]
    public void Feature_sets_are_never_guessed(ulong value, string text) => Assert.That(FeatureSet.Of(value).Text, Is.EqualTo(text));

    private static TestCaseData Case(string name, ResultDocument document, int code) => new TestCaseData(document).Returns(code).SetArgDisplayNames(name);
}
