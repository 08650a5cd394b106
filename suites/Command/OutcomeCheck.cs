using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Conformance.Engine.Judging;
using Conformance.Engine.Migration;
using Conformance.Engine.Plans;
using Conformance.Engine.Snapshots;
using Conformance.Model.Requirements;
using Conformance.Reports;
using Conformance.Suites.Seam;

namespace Conformance.Suites.Command;

/// <summary>
/// Looks at everything that a worker reported before any of it is used. A worker holds a driver that may write anywhere, so that whatever can be said in JSON
/// may come; what cannot be true is refused as a whole, with what is wrong.
/// </summary>
internal static class OutcomeCheck
{
    // Far beyond every run, and far from where sums overflow.
    private const long MaxCount = 1L << 40;
    private const int DigestDigits = 8;

    /// <summary>Reads JSON of which nothing is known.</summary>
    /// <exception cref="JsonException">It is not of that type, or lacks a member that must be there.</exception>
    internal static T Parse<T>(string text, JsonTypeInfo<T> type)
        where T : class
    {
        try
        {
            return JsonSerializer.Deserialize(text, type) ?? throw new JsonException("it is null");
        }
        catch (InvalidOperationException error)
        {
            throw new JsonException("a text in it is no text", error);
        }
    }

    /// <summary>Checks what a worker saw first.</summary>
    /// <exception cref="JsonException">It cannot be true.</exception>
    internal static void Check(SurveyOutcome survey, ISuite suite)
    {
        if (!Enum.IsDefined(survey.MadeFor.Level ?? default) && survey.MadeFor.Level is not null)
            throw new JsonException("there is no such uAPI level");
        if (survey.MadeFor.Digest is not { Length: DigestDigits } digest || !digest.All(char.IsAsciiHexDigit))
            throw new JsonException($"'{Escaping.Line(survey.MadeFor.Digest, 40)}' is no digest: it has {DigestDigits} hexadecimal digits");
        CheckElements(survey.Driver.Features?.Names ?? [], "the names of features");
        CheckElements(survey.Driver.Identity, "the identity of a driver");
        if (survey.Driver.Identity.Any(fact => string.IsNullOrEmpty(fact.Name) || string.IsNullOrEmpty(fact.Value)))
            throw new JsonException("the identity of a driver says nothing");
        CheckNames(survey.Reasons.Keys);
        CheckNames(survey.Chances.Keys);
        if (survey.Reachable is { } reachable)
            CheckReachable(reachable, suite);
        Check(survey.Outcome);
    }

    /// <summary>Checks what a worker found out in a campaign.</summary>
    /// <exception cref="JsonException">It cannot be true.</exception>
    internal static void Check(CampaignOutcome outcome)
    {
        CheckCount(outcome.Plans, "plans");
        CheckCount(outcome.Steps, "steps");
        CheckCount(outcome.PayloadBytes, "bytes");
        foreach (var (id, times) in outcome.Exercised)
        {
            if (!Catalogue.TryFind(id, out _))
                throw new JsonException($"there is no requirement {id}");
            CheckCount(times, "times that a requirement was exercised");
        }

        if (outcome.Coverage.Length > Coverage.Flags / 8)
            throw new JsonException($"there is no coverage of {outcome.Coverage.Length} bytes");
        CheckElements(outcome.HarnessErrors, "what went wrong");
        CheckElements(outcome.Notes, "notes");
        CheckElements(outcome.Witnesses, "witnesses");
        foreach (var witness in outcome.Witnesses)
        {
            if (string.IsNullOrEmpty(witness.Name))
                throw new JsonException("a witness has no name");
            CheckCount(witness.Seen, "times that something was seen");
        }

        CheckTrace(outcome.Trace ?? []);
        CheckElements(outcome.Findings, "findings");
        foreach (var finding in outcome.Findings)
            Check(finding);
    }

    /// <summary>Checks the states of a driver.</summary>
    /// <exception cref="JsonException">They cannot be true.</exception>
    internal static void Check(SavedStates saved)
    {
        CheckElements(saved.States, "states");
        if (saved.States.DistinctBy(state => SnapshotName.Clean(state.Name ?? ""), StringComparer.OrdinalIgnoreCase).Count() < saved.States.Count)
            throw new JsonException("two states have one name");
        foreach (var state in saved.States)
        {
            if (string.IsNullOrWhiteSpace(state.Name))
                throw new JsonException("a state has no name");
            if ((state.Image is null) == (state.Problem is null))
                throw new JsonException($"the state '{Escaping.Line(state.Name, 60)}' has neither an image nor a reason, or both");
        }
    }

    private static void Check(Finding finding)
    {
        CheckElements(finding.Requirements, "the requirements of a finding");
        CheckNames(finding.Requirements);
        CheckElements(finding.Steps, "the steps of a finding");
        CheckElements(finding.Facts ?? [], "the facts of a finding");
        CheckTrace(finding.Trace);
        if (finding.Kind.Length == 0)
            throw new JsonException("a finding has no kind");
        if (
            finding.Verdict
            is not (
                RequirementVerdict.Violation
                or RequirementVerdict.Warning
                or RequirementVerdict.Flaky
                or RequirementVerdict.Hang
                or RequirementVerdict.Crash
            )
        )
            throw new JsonException($"no finding of a worker is '{finding.Verdict}'");
        if (finding.FailingStep is { } step && (uint)step >= (uint)finding.Steps.Count)
            throw new JsonException($"a finding fails at step {step}, and its plan has {finding.Steps.Count}");
        if (finding.Occurrences < 1)
            throw new JsonException($"a finding came up {finding.Occurrences} times");
        CheckCount(finding.Occurrences, "occurrences");
        if (finding.Replay is { } token && !ReplayToken.TryParse(token, out _, out var error))
            throw new JsonException($"the token of a finding is none: {error}");
    }

    private static void CheckTrace(IReadOnlyList<TraceLine> trace)
    {
        CheckElements(trace, "a trace");
        foreach (var line in trace)
        {
            if (line.Step < 0)
                throw new JsonException($"a trace has a step {line.Step}");
            if (line.Observation is null || line.Note is null)
                throw new JsonException("a line of a trace says nothing");
        }
    }

    // Counted is what the flags of the suite stand for; how many there are only the worker knows.
    private static void CheckReachable(CoverageFacts reachable, ISuite suite)
    {
        var flags = suite.Accept(new FlagsOf());
        CheckElements(reachable.Unreachable, "what is out of reach");
        foreach (var entry in reachable.Unreachable)
            if (entry.What is null || entry.Reason is null)
                throw new JsonException("something is out of reach, and nothing says what or why");
        if (reachable.Areas is not { } areas)
        {
            if (flags != ArcCoverage.Flags || reachable.RequestPairs is null || reachable.Arcs is null || reachable.ArcPairs is null)
                throw new JsonException($"the coverage is not that of suite {suite.Name}");
            foreach (var set in new[] { reachable.RequestPairs, reachable.Arcs, reachable.ArcPairs })
                CheckSizes(set.Covered, set.Reachable, set.All);
            return;
        }

        CheckElements(areas, "areas");
        foreach (var area in areas)
        {
            if (string.IsNullOrEmpty(area.Name))
                throw new JsonException("an area of the coverage has no name");
            if (area.Flags < 0 || area.Flags > Coverage.Flags || area.Flags % 8 != 0)
                throw new JsonException($"an area of the coverage has {area.Flags} flags");
            CheckSizes(area.Covered, area.Reachable, area.All);
        }

        if (areas.Sum(area => area.Flags) != flags)
            throw new JsonException($"the coverage is not that of suite {suite.Name}");
    }

    private static void CheckSizes(int covered, int reachable, int all)
    {
        if (covered < 0 || covered > reachable || reachable > all || all > Coverage.Flags)
            throw new JsonException($"a coverage of {covered} of {reachable} of {all}");
    }

    private static void CheckCount(long count, string what)
    {
        if (count is < 0 or > MaxCount)
            throw new JsonException($"{count} {what} cannot be");
    }

    private static void CheckNames(IEnumerable<string> names)
    {
        foreach (var name in names)
            if (!Catalogue.TryParse(name, out _))
                throw new JsonException($"there is no requirement {Escaping.Line(name, 40)}");
    }

    // A list that is not there is null, whatever the type says.
    private static void CheckElements<T>(IReadOnlyList<T?>? list, string what)
        where T : class
    {
        if (list is null)
            throw new JsonException($"{what}: nothing is said");
        if (list.Any(element => element is null))
            throw new JsonException($"{what}: one of them is null");
    }

    private sealed class FlagsOf : ISuiteVisitor<int>
    {
        public int Visit<TDevice, TPlan>(Suite<TDevice, TPlan> suite)
            where TDevice : class
            where TPlan : class => suite.CoverageFlags;
    }
}
