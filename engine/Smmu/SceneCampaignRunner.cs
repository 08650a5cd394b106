using Conformance.Engine.Lockstep;
using Conformance.Engine.Plans;
using Conformance.Engine.Workers;
using Conformance.Model.Migration.Steps;
using Conformance.Reports;

namespace Conformance.Engine.Smmu;

/// <summary>What one campaign gave.</summary>
/// <param name="Ledger">Counts.</param>
/// <param name="Findings">What deviates, each with the smallest scene that shows it.</param>
/// <param name="Abandoned">Why the campaign was given up; null when it was not.</param>
/// <param name="CutShort">Where time ran out; null when it did not.</param>
public sealed record SceneCampaignRun(SceneLedger Ledger, IReadOnlyList<Finding> Findings, string? Abandoned = null, string? CutShort = null)
{
    /// <summary>Scenes that were not run, because they are known to end the SMMU.</summary>
    public int LeftOut { get; init; }
}

/// <summary>What a run of scenes is made from.</summary>
/// <param name="Seed">The seed of everything random.</param>
/// <param name="Scenes">How many scenes a random campaign makes.</param>
public sealed record SceneInput(ulong Seed, int Scenes)
{
    /// <summary>The part of the scenes that is run.</summary>
    public Shard Shard { get; init; } = Shard.Whole;
}

/// <summary>Runs the scenes of one campaign, and makes what is new in them as small as it gets.</summary>
public static class SceneCampaignRunner
{
    /// <summary>How many losses (hangs and crashes) a campaign may have before it is given up.</summary>
    public const int LossLimit = 5;

    // Differences that look alike before they are made small may have several causes: the first few are made small.
    private const int Alike = 2;
    private const int Tries = 1500;
    private static readonly Plan noPlan = new([]);

    /// <summary>Runs a campaign.</summary>
    /// <param name="campaign">The campaign.</param>
    /// <param name="index">Its place, for the journal.</param>
    /// <param name="runner">What runs the scenes.</param>
    /// <param name="input">What the run is made from.</param>
    /// <param name="skip">Scenes that are left out, because they killed a worker.</param>
    /// <param name="journal">Where it is noted what runs.</param>
    /// <param name="limits">How long it may take; null for as long as it takes.</param>
    public static SceneCampaignRun Run(
        ISceneCampaign campaign,
        int index,
        SceneRunner runner,
        SceneInput input,
        SkipList skip,
        IJournal journal,
        RunLimits? limits = null
    )
    {
        limits ??= new();
        var ledger = new SceneLedger();
        var findings = new List<Finding>();
        var known = new Dictionary<string, (int Shrunk, int Finding)>(StringComparer.Ordinal);
        var seen = new Dictionary<int, (int Finding, int Size)>();
        var number = -1;
        var losses = 0;
        var left = 0;
        var ran = 0;
        if (campaign.Lacks(runner.Facts) is not null)
            return new(ledger, findings);
        foreach (var named in campaign.Scenes(runner.Facts, input.Seed, input.Scenes))
        {
            number++;
            if (skip.Stops(number))
                break;
            if (!skip.Runs(number) || !input.Shard.Has(number))
                continue;
            if (journal.IsStopping)
                return new(ledger, findings, $"interrupted at scene {number}");
            // Not asked before every scene: many are shorter than the question.
            if (ran++ % 16 == 0 && limits.IsOver)
                return new(ledger, findings, CutShort: $"{campaign.Name}, at scene {number}");
            // What is known to end the SMMU was shown once: more of it would only take time.
            var fatal = runner.Known.FindLoss(named.Scene);
            if (fatal >= 0 && seen.ContainsKey(fatal))
            {
                left++;
                continue;
            }

            journal.Begin(index, number, noPlan);
            journal.Enter(0);
            var result = runner.Run(named.Scene, ledger);
            journal.Leave();
            foreach (var (entry, divergence) in result.Accepted)
                Accept(entry, named, new(divergence, null, null, divergence.Step));
            if (result.Loss is not null && fatal >= 0)
                Accept(fatal, named, result);
            else if (!result.Passed || result.Warning is not null)
                Note(named, result);
            journal.End();
            if (result.Loss is not null && fatal < 0 && ++losses == LossLimit)
                return new(ledger, findings, $"given up after {LossLimit} hangs or crashes");
        }

        return new(ledger, findings) { LeftOut = left };

        void Accept(int entry, NamedScene named, SceneResult result)
        {
            var size = Size(named.Scene);
            var count = 1L;
            if (seen.TryGetValue(entry, out var best))
            {
                count += findings[best.Finding].Occurrences;
                if (best.Size <= size)
                {
                    findings[best.Finding] = findings[best.Finding] with { Occurrences = count };
                    return;
                }
            }
            else
            {
                best.Finding = findings.Count;
                findings.Add(null!);
            }

            seen[entry] = (best.Finding, size);
            findings[best.Finding] = SceneFinding.Of(runner.Facts, named.Scene, result, campaign.Name, Where(named, number), false) with
            {
                Occurrences = count,
            };
        }

        string Where(NamedScene named, int number) => $"scene {number} of {campaign.Name}, seed {input.Seed}{(named.Note.Length > 0 ? $": {named.Note}" : "")}";

        void Note(NamedScene named, SceneResult result)
        {
            var key = Key(result);
            var (shrunk, at) = known.GetValueOrDefault(key, (0, -1));
            if (shrunk >= Alike)
            {
                findings[at] = findings[at] with { Occurrences = findings[at].Occurrences + 1 };
                return;
            }

            var finding = Shorten(named, result, journal, index, number);
            at = findings.FindIndex(other => other.Kind == finding.Kind && other.Name == finding.Name && Same(other.Facts, finding.Facts));
            if (at < 0)
            {
                findings.Add(finding);
                at = findings.Count - 1;
            }
            else
                findings[at] = (finding.Steps.Count < findings[at].Steps.Count ? finding : findings[at]) with { Occurrences = findings[at].Occurrences + 1 };
            known[key] = (shrunk + 1, at);
        }

        Finding Shorten(NamedScene named, SceneResult first, IJournal journal, int index, int number)
        {
            var note = Where(named, number);
            var isLoss = first.Loss is not null;
            var small = named.Scene;
            var minimal = false;
            limits.Shrinking(isLoss);
            try
            {
                if (IsOver())
                    return SceneFinding.Of(runner.Facts, small, first, campaign.Name, note, false) with { CutShort = limits.ShrinkingIsOverText };
                var last = Again(small);
                if (last is null)
                {
                    // It is not shown again by itself: what ran before, or chance, has a part in it.
                    return SceneFinding.Of(runner.Facts, small, first, campaign.Name, note, false) with
                    {
                        Repeats = "1 of 2",
                        Verdict = RequirementVerdict.Flaky,
                    };
                }

                if (skip.Shrinks(number))
                    small = SceneMinimiser.Minimise(small, candidate => IsOver() ? null : StepOf(Again(candidate)), Tries, out minimal);
                last = Again(small) ?? last;
                return SceneFinding.Of(runner.Facts, small, last.Value, campaign.Name, note, minimal && !IsOver()) with
                {
                    CutShort = IsOver() ? limits.ShrinkingIsOverText : null,
                };
            }
            finally
            {
                limits.Shrinking(false);
            }

            bool IsOver() => isLoss && limits.ShrinkingIsOver;

            static int? StepOf(SceneResult? result) => result is { } same ? (same.Divergence ?? same.Warning)?.Step ?? same.Step : null;

            SceneResult? Again(Scene candidate)
            {
                journal.Begin(index, number, noPlan, PlanPhase.Shrink);
                journal.Enter(0);
                var result = runner.Run(candidate, fromReset: true);
                journal.End();
                var same =
                    isLoss ? result.Loss is not null
                    : first.Divergence is { } divergence ? result.Divergence?.HasSignatureOf(divergence) == true
                    : first.Warning is { } warning && result is { Passed: true, Warning: not null } && result.Warning.HasSignatureOf(warning);
                return same ? result : null;
            }
        }
    }

    // What a reader has to take in.
    private static int Size(Scene scene) =>
        scene.Steps.Length
        + scene.Streams.Sum(stream => 1 + stream.Fields.Length)
        + scene.Contexts.Sum(context => 1 + context.Fields.Length)
        + scene.Trees.Sum(tree => 1 + tree.Entries.Length);

    private static bool Same(IReadOnlyList<string>? one, IReadOnlyList<string>? other) => (one ?? []).SequenceEqual(other ?? []);

    private static string Key(in SceneResult result)
    {
        if (result.Loss is { } loss)
            return $"loss {loss.Loss}";
        var divergence = (result.Divergence ?? result.Warning)!;
        var sight = divergence.Seen;
        var expected = sight.Allowed.Count == 0 ? "" : $"{sight.Allowed[0].Reply} {(sight.Allowed[0].HasEvent ? sight.Allowed[0].Event.Type : 0)}";
        var seen = sight.Events.Count == 0 ? "" : sight.Events[0].Type.ToString();
        return $"{divergence.Kind} {divergence.Rules} {expected} {seen} {(sight.IsRegister ? sight.Place : 0)} {string.Join(' ', sight.Met)}";
    }
}
