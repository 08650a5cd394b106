using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Conformance.Engine.Ledgers;
using Conformance.Engine.Lockstep;
using Conformance.Engine.Migration;
using Conformance.Engine.Workers;
using Conformance.Model.Migration.Device;
using Conformance.Model.Migration.Oracle;
using Conformance.Model.Migration.Steps;
using Conformance.Model.Requirements;
using Conformance.Reports;
using Finding = Conformance.Reports.Finding;
using TraceLine = Conformance.Reports.TraceLine;

namespace Conformance.Suites.Command;

/// <summary>From the engine's words to those of the result document.</summary>
internal static class Outcomes
{
    internal static CampaignOutcome Of(Ledger ledger, Engine.Ledgers.Coverage coverage) =>
        new()
        {
            Plans = ledger.Plans,
            Steps = ledger.Steps,
            PayloadBytes = ledger.PayloadBytes,
            Exercised = Catalogue.All.Where(row => ledger.Exercised(row.Id) > 0).ToDictionary(row => (ushort)row.Id, row => ledger.Exercised(row.Id)),
            Findings = [.. ledger.Findings.Select(ToLine)],
            Coverage = coverage.ToBytes(),
            HarnessErrors = [],
        };

    internal static CampaignOutcome Of(CampaignRun run, IEnumerable<Witness> mustSee) =>
        Of(run.Ledger, run.Coverage) with
        {
            HarnessErrors = run.HarnessErrors,
            Abandoned = run.Abandoned,
            CutShort = run.CutShort,
            Notes = run.Notes,
            // A driver that differs may not have let the campaign get there.
            Witnesses = run.Ledger.Findings.Count > 0 ? [] : [.. mustSee.Select(witness => new WitnessResult(witness.Name(), run.Ledger.Witnessed(witness)))],
        };

    /// <summary>What a replay of one plan gave.</summary>
    internal static CampaignOutcome OfReplay(Ledger ledger, IEnumerable<Engine.Ledgers.TraceLine> trace) =>
        Of(ledger, new()) with
        {
            Trace = [.. trace.Select(ToLine)],
        };

    /// <summary>Adds what a worker reported to a ledger.</summary>
    internal static void AddTo(Ledger ledger, CampaignOutcome outcome)
    {
        var delta = new Ledger
        {
            Plans = outcome.Plans,
            Steps = outcome.Steps,
            PayloadBytes = outcome.PayloadBytes,
        };
        // A driver that writes over its process may have written over this as well.
        if (
            outcome.Exercised.Keys.Any(id => !IsKnown(id))
            || outcome.Findings.Any(line => Enumerable.Range(0, new Rules(line.Rules).Count).Any(at => !IsKnown((ushort)new Rules(line.Rules)[at])))
        )
            throw new JsonException("it names a requirement that does not exist");
        foreach (var (id, times) in outcome.Exercised)
            delta.CountExercised((RequirementId)id, times);
        foreach (var line in outcome.Findings)
            delta.Note(FromLine(line));
        ledger.Add(delta);
    }

    /// <summary>What a worker that hung or died shows: the plan that it was running, not shortened.</summary>
    internal static Engine.Ledgers.Finding Of(WorkerDeath death, string campaign)
    {
        var entry = death.Journal;
        var steps = entry.Steps.Take(Math.Max(1, entry.Step + 1)).ToList();
        var where =
            entry.Step < 0 ? " while the device was opened"
            : entry.Step >= entry.Steps.Count && entry.Steps.Count > 0 ? " while the device was closed"
            : "";
        return new()
        {
            Rules = Rules.Of(entry.Requirement),
            Kind = death.Kind == DeathKind.Hang ? DivergenceKind.Hang : DivergenceKind.Crash,
            IsWarning = false,
            Campaign = campaign,
            Expected = "an answer",
            Seen = death.Description + where,
            Plan = new(steps, entry.Unbound),
            FailingStep = Math.Clamp(entry.Step, 0, Math.Max(0, steps.Count - 1)),
            Trace = [],
            LastWords = death.LastWords,
        };
    }

    /// <summary>The set of all that could be reached with a feature set, nothing of it covered yet.</summary>
    internal static CoverageFacts Reachable(MigrationMachine machine)
    {
        var (pairs, arcs, arcPairs) = Sizes(machine.Paths);
        var (allPairs, allArcs, allArcPairs) = Sizes(PathTable.For((MigrationFeatures)7));
        return new()
        {
            RequestPairs = new(0, pairs, allPairs),
            Arcs = new(0, arcs, allArcs),
            ArcPairs = new(0, arcPairs, allArcPairs),
            Unreachable =
                pairs == allPairs
                    ? []
                    :
                    [
                        new(
                            string.Create(
                                CultureInfo.InvariantCulture,
                                $"{allPairs - pairs} request pairs, {allArcs - arcs} arcs, {allArcPairs - arcPairs} arc pairs"
                            ),
                            $"not in feature set {FeatureSet.Of((ulong)machine.Features).Text}"
                        ),
                    ],
        };
    }

    /// <summary>Fills in what was covered.</summary>
    internal static CoverageFacts Covered(CoverageFacts reachable, Engine.Ledgers.Coverage coverage)
    {
        var paths = PathTable.For((MigrationFeatures)7);
        var states = States(paths);
        return reachable with
        {
            Tables = Convert.ToBase64String(coverage.ToBytes()),
            RequestPairs = reachable.RequestPairs with { Covered = states.Sum(from => states.Count(to => from != to && coverage.HasRequest(from, to))) },
            Arcs = reachable.Arcs with { Covered = AllArcs(states).Count(coverage.HasArc) },
            ArcPairs = reachable.ArcPairs with
            {
                Covered = AllArcs(states).Sum(first => AllArcs(states).Count(second => second.From == first.To && coverage.HasArcPair(first, second))),
            },
        };
    }

    /// <summary>A short digest of what a driver declares: two runs with the same one were judged alike.</summary>
    internal static string Digest(DeviceTraits traits)
    {
        var text = new StringBuilder();
        foreach (
            var property in typeof(DeviceTraits)
                .GetProperties()
                .Where(property => property.GetMethod is { IsStatic: false })
                .OrderBy(property => property.Name, StringComparer.Ordinal)
        )
        {
            text.Append(CultureInfo.InvariantCulture, $"{property.Name}={property.GetValue(traits)}\n");
        }

        return Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text.ToString())))[..8];
    }

    /// <summary>A finding as the document has it.</summary>
    /// <param name="finding">What the engine found.</param>
    /// <param name="token">Makes the line that replays a plan.</param>
    /// <param name="features">What the driver advertises; null when unknown.</param>
    internal static Finding Of(Engine.Ledgers.Finding finding, Func<Plan, string?> token, MigrationFeatures? features = null)
    {
        var offset = finding.Plan.Unbound ? 1 : 0;
        var steps = finding.Plan.Steps.Select(step => step.ToString());
        return new()
        {
            Requirements = Names(finding),
            Kind = finding.Kind.ToString().ToLowerInvariant(),
            Verdict = finding.Kind switch
            {
                DivergenceKind.Hang => RequirementVerdict.Hang,
                DivergenceKind.Crash => RequirementVerdict.Crash,
                _ when finding.IsFlaky => RequirementVerdict.Flaky,
                _ => finding.IsWarning ? RequirementVerdict.Warning : RequirementVerdict.Violation,
            },
            Campaign = finding.Campaign,
            Expected = Escaping.Line(finding.Expected),
            Seen = Escaping.Line(finding.Seen),
            Steps = offset == 1 ? ["(opened without access)", .. steps] : [.. steps],
            FailingStep = finding.Plan.Steps.Count == 0 ? null : finding.FailingStep + offset,
            Trace = Trace(finding, offset),
            LastWords = finding.LastWords.Length == 0 ? null : Escaping.Block(finding.LastWords),
            Facts = PlanFacts.Of(finding.Plan, finding.FailingStep, finding.Before, finding.Kind, finding.Expected, finding.Seen, features),
            Occurrences = finding.Occurrences,
            Minimised = finding.Minimal,
            CutShort = finding.CutShort,
            Repeats = finding.Repeats,
            Replay = finding.Plan.Steps.Count == 0 ? null : token(finding.Plan),
        };
    }

    private static bool IsKnown(ushort id) => id != 0 && id <= Catalogue.All.Count;

    private static List<string> Names(Engine.Ledgers.Finding finding)
    {
        var names = Enumerable.Range(0, finding.Rules.Count).Select(index => finding.Rules[index]).OrderBy(id => id != finding.Named);
        return [.. names.Select(id => Catalogue.Of(id).Name)];
    }

    private static FindingLine ToLine(Engine.Ledgers.Finding finding) =>
        new(
            finding.Rules.Packed,
            (byte)finding.Kind,
            finding.IsWarning,
            finding.Campaign,
            finding.Expected,
            finding.Seen,
            finding.Before.Bits,
            [.. finding.Plan.Steps.Select(ToLine)],
            finding.Plan.Unbound,
            finding.FailingStep,
            [.. finding.Trace.Select(ToLine)],
            finding.LastWords,
            finding.Minimal,
            finding.CutShort,
            finding.Repeats,
            finding.Occurrences
        );

    private static Engine.Ledgers.Finding FromLine(FindingLine line) =>
        new()
        {
            Rules = new(line.Rules),
            Kind = (DivergenceKind)line.Kind,
            IsWarning = line.IsWarning,
            Campaign = line.Campaign,
            Expected = line.Expected,
            Seen = line.Seen,
            Before = new(line.Before),
            Plan = new([.. line.Steps.Select(FromLine)], line.Unbound),
            FailingStep = line.FailingStep,
            Trace = [.. line.Trace.Select(seen => new Engine.Ledgers.TraceLine(FromLine(seen.Step), seen.Seen))],
            LastWords = line.LastWords,
            Minimal = line.Minimal,
            CutShort = line.CutShort,
            Repeats = line.Repeats,
            Occurrences = line.Occurrences,
        };

    private static SeenLine ToLine(Engine.Ledgers.TraceLine line) => new(ToLine(line.Step), line.Seen);

    private static StepLine ToLine(Step step) => new((byte)step.Kind, step.Device, step.A, step.B);

    internal static Step FromLine(StepLine line) => new((StepKind)line.Kind, line.Device, line.A, line.B);

    // The engine leaves steps out that make no sense without a session; the lines say which step they belong to.
    private static List<TraceLine> Trace(Engine.Ledgers.Finding finding, int offset)
    {
        var lines = new List<TraceLine>();
        var at = 0;
        foreach (var line in finding.Trace)
        {
            while (at < finding.Plan.Steps.Count - 1 && finding.Plan.Steps[at] != line.Step)
                at++;
            lines.Add(new(at + offset, line.Seen.Length == 0 ? "(nothing came back)" : Escaping.Line(line.Seen), ""));
            at++;
        }

        return lines;
    }

    private static (int Pairs, int Arcs, int ArcPairs) Sizes(PathTable paths)
    {
        var states = States(paths).Count;
        return (states * (states - 1), paths.Arcs.Count, paths.Arcs.Sum(first => paths.Arcs.Count(second => second.From == first.To)));
    }

    private static List<DeviceState> States(PathTable paths) =>
        [.. Enum.GetValues<DeviceState>().Where(state => state != DeviceState.Error && paths.Supports(state))];

    private static IEnumerable<Arc> AllArcs(List<DeviceState> states) =>
        states.SelectMany(from => states.Where(to => to != from).Select(to => new Arc(from, to)));
}
