using System.Globalization;
using Conformance.Engine.Smmu;
using Conformance.Engine.Workers;
using Conformance.Model.Requirements;
using Conformance.Model.Smmu.Device;
using Conformance.Reports;

namespace Conformance.Suites.Command;

/// <summary>From the words of scenes to those of the result document.</summary>
internal static class SmmuOutcomes
{
    internal static CampaignOutcome Of(string campaign, SceneCampaignRun run) =>
        new()
        {
            Plans = run.Ledger.Scenes,
            Steps = run.Ledger.Transactions,
            PayloadBytes = 0,
            Exercised = Catalogue.All.Where(row => run.Ledger.Exercised(row.Id) > 0).ToDictionary(row => (ushort)row.Id, row => run.Ledger.Exercised(row.Id)),
            Findings = [],
            SceneFindings = run.Findings,
            Coverage = [],
            HarnessErrors = [],
            Abandoned = run.Abandoned,
            CutShort = run.CutShort,
            Notes =
            [
                .. run.Ledger.Unjudged == 0
                    ? Array.Empty<string>()
                    :
                    [
                        string.Create(
                            CultureInfo.InvariantCulture,
                            $"{campaign}: {run.Ledger.Unjudged} of {run.Ledger.Transactions} transactions could not be judged"
                        ),
                    ],
                .. run.LeftOut == 0
                    ? Array.Empty<string>()
                    :
                    [
                        string.Create(
                            CultureInfo.InvariantCulture,
                            $"{campaign}: {run.LeftOut} of {run.Ledger.Scenes + run.LeftOut} scenes left out, known to end the SMMU"
                        ),
                    ],
            ],
        };

    internal static SmmuFacts Of(SceneTarget facts)
    {
        var can = facts.Capabilities;
        return new(
            can.Idr0,
            can.Idr1,
            can.Idr3,
            can.Idr5,
            can.Aidr,
            (int)facts.Port,
            facts.Memory.Start,
            facts.Memory.Size,
            facts.Hole.Start,
            facts.Hole.Size,
            facts.StreamIds
        );
    }

    /// <summary>The capabilities that matter most, in a line.</summary>
    internal static string Describe(SmmuCapabilities can)
    {
        var stages = (can.S1P, can.S2P) switch
        {
            (true, true) => "both stages",
            (true, false) => "stage 1",
            (false, true) => "stage 2",
            _ => "no stage",
        };
        var granules = string.Join(
            '/',
            new[] { ("4K", can.GRAN4K), ("16K", can.GRAN16K), ("64K", can.GRAN64K) }.Where(pair => pair.Item2).Select(pair => pair.Item1)
        );
        return string.Create(
            CultureInfo.InvariantCulture,
            $"{stages}, {granules}, OAS {can.OutputAddressSize}, SIDSIZE {can.SIDSIZE}, SSIDSIZE {can.SSIDSIZE}, HTTU {can.HTTU}, STALL_MODEL {(int)can.StallModel}"
        );
    }

    /// <summary>Adds a finding to those of earlier campaigns; one that says the same is only counted.</summary>
    internal static void Merge(List<Finding> findings, Finding finding)
    {
        var same = findings.FindIndex(other =>
            other.Kind == finding.Kind && other.Name == finding.Name && (other.Facts ?? []).SequenceEqual(finding.Facts ?? [])
        );
        if (same < 0)
            findings.Add(finding);
        else
            findings[same] = (finding.Steps.Count < findings[same].Steps.Count ? finding : findings[same]) with
            {
                Occurrences = findings[same].Occurrences + finding.Occurrences,
            };
    }

    /// <summary>What a worker that hung or died shows: the scene that it was running, made again.</summary>
    internal static Finding Of(WorkerDeath death, string campaign, SurveyOutcome? survey, CheckRequest request)
    {
        var scene = Find(death.Journal, campaign, survey, request);
        List<string> lines = scene is null ? [] : [.. ScenePrinter.Configuration(scene), .. scene.Steps.Select(step => ScenePrinter.Step(scene, step))];
        return new()
        {
            Requirements = scene is null ? [] : SceneFinding.BrokenByLoss(scene),
            Kind = death.Kind == DeathKind.Hang ? "hang" : "crash",
            Verdict = death.Kind == DeathKind.Hang ? RequirementVerdict.Hang : RequirementVerdict.Crash,
            Campaign = campaign,
            Expected = "an answer",
            Seen = Escaping.Line(death.Description),
            Steps = lines,
            FailingStep = lines.Count == 0 ? null : lines.Count - 1,
            Trace =
            [
                new(
                    Math.Max(0, lines.Count - 1),
                    string.Create(CultureInfo.InvariantCulture, $"scene {death.Journal.Number} of {campaign}, seed {request.Seed}"),
                    ""
                ),
            ],
            LastWords = death.LastWords.Length == 0 ? null : Escaping.Block(death.LastWords),
            Facts = scene is null ? null : SceneFacts.Of(scene, null),
        };
    }

    private static Scene? Find(JournalEntry journal, string campaign, SurveyOutcome? survey, CheckRequest request)
    {
        if (survey?.Smmu is not { } facts || journal.Number < 0)
            return null;
        var target = new SceneTarget(
            SmmuCapabilities.Of(facts.Idr0, facts.Idr1, facts.Idr3, facts.Idr5, facts.Aidr),
            (SmmuPort)facts.Port,
            new(facts.Memory, facts.MemorySize),
            new(facts.Hole, facts.HoleSize),
            facts.StreamIds
        );
        return request
            .Campaigns.OfType<ISceneCampaign>()
            .FirstOrDefault(one => one.Name == campaign)
            ?.Scenes(target, request.Seed, request.Plans)
            .Skip(journal.Number)
            .Select(named => named.Scene)
            .FirstOrDefault();
    }
}
