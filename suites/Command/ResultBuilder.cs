using System.Reflection;
using System.Text.Json;
using Conformance.Engine.Campaigns;
using Conformance.Engine.Judging;
using Conformance.Engine.Workers;
using Conformance.Model.Requirements;
using Conformance.Reports;
using Conformance.Suites.Seam;

namespace Conformance.Suites.Command;

/// <summary>Makes the result document of a supervised run.</summary>
internal static class ResultBuilder
{
    /// <summary>The version of the kit, and of its build.</summary>
    internal static (string Version, string Build) Kit { get; } = ReadKit();

    /// <summary>Makes the document, without its environment.</summary>
    /// <param name="request">What was asked for.</param>
    /// <param name="run">What the supervisor saw.</param>
    /// <param name="losses">Makes the finding of a worker that hung or died.</param>
    internal static ResultDocument Build(CheckRequest request, SupervisedRun run, ILosses losses) => new Building(request, run, losses).Document();

    private sealed class Building(CheckRequest request, SupervisedRun run, ILosses losses)
    {
        private readonly List<string> harnessErrors = [];
        private readonly List<CampaignResult> campaigns = [];
        private readonly List<string> notes = [];
        private readonly Ledger ledger = new(request.Suite.FactsTellApart);
        private readonly IReadOnlyList<ICampaign> chosen = request.Choose(request.Suite.Campaigns);
        private SurveyOutcome? survey;
        private (string Where, bool ByFinding)? cutShort;
        private bool unfinished;

        public ResultDocument Document()
        {
            ReadSurvey();
            foreach (var campaign in run.Campaigns)
                Read(campaign);
            if (run.EndedIn is { } last)
                Cut($"in {last}", byFinding: true, isRandom: false);
            harnessErrors.AddRange(run.HarnessErrors);
            var findings = Shown();
            return new()
            {
                Kit = Kit.Version,
                Driver = survey?.Driver ?? new() { Address = Escaping.Line(request.Address), Channel = "unknown" },
                Run = Facts(),
                Requirements = [.. request.Requirements.Select(row => Row(row, findings))],
                Findings = findings,
                Coverage = survey?.Reachable is { } reachable ? request.Suite.Accept(new CoverageOf(reachable, ledger.Coverage)) : null,
                Campaigns = campaigns,
                HarnessErrors = harnessErrors,
                Notes = notes,
            };
        }

        private RunFacts Facts() =>
            new()
            {
                Suites = [request.SuiteName],
                Campaign = request.CampaignNames.Count == 0 ? null : string.Join(',', request.CampaignNames),
                Requirement = request.RequirementIds.Count == 0 ? null : string.Join(',', request.RequirementIds),
                Seed = request.Seed,
                Plans = request.Plans,
                BudgetSeconds = request.Budget?.TotalSeconds,
                FailFast = request.FailFast,
                Strict = request.Strict,
                Shard = request.Shard.Count == 1 ? null : request.Shard.ToString(),
                CutShort = cutShort?.Where,
                EndedByFinding = cutShort is { ByFinding: true },
                Unfinished = unfinished,
                Interrupted = run.Interrupted,
            };

        private void ReadSurvey()
        {
            survey = Read(run.Survey, text => SurveyOutcome.Read(text, request.Suite), "survey");
            losses.MadeFor = survey?.MadeFor ?? losses.MadeFor;
            if (run.Unreachable is { } unreachable)
                harnessErrors.Add($"{request.Address} could not be reached: {Escaping.Line(unreachable, 600)}");
            else if (run.Survey is null && run.HarnessErrors.Count == 0 && !run.Interrupted)
                harnessErrors.Add("the worker ended without a word");
            // The first look is no campaign: a run that only looked did not run. Every shard looks, one of them counts it.
            if (survey is not null && request.Shard.Index == 1)
                Add(survey.Outcome);
        }

        private void Read(SupervisedCampaign campaign)
        {
            var outcome = Read(campaign.Outcome, CampaignOutcome.Read, campaign.Name);
            if (outcome is not null)
                Add(outcome);
            campaigns.Add(
                new(campaign.Name, outcome?.Plans ?? 0, outcome?.Steps ?? 0, outcome?.PayloadBytes ?? 0, campaign.Abandoned ?? outcome?.Abandoned)
                {
                    Witnesses = outcome?.Witnesses ?? [],
                }
            );
            notes.AddRange(outcome?.Notes ?? []);
            if (outcome?.CutShort is { } where)
                Cut(where, outcome.EndedByFinding, chosen.FirstOrDefault(one => one.Name == campaign.Name)?.IsRandom == true);
            foreach (var finding in campaign.Deaths.Select(death => losses.Of(death, campaign.Name)))
            {
                if (finding.Requirements.Count > 0 && Catalogue.TryParse(finding.Name, out var row))
                    ledger.CountExercised(row.Id);
                ledger.Findings.Note(finding);
            }
        }

        // No later campaign begins: the first says where.
        private void Cut(string where, bool byFinding, bool isRandom)
        {
            cutShort ??= (where, byFinding);
            unfinished |= !isRandom;
        }

        // Asked for some requirements, a reader wants to see these; that others are broken as well is said, not shown.
        private List<Finding> Shown()
        {
            var all = ledger.Findings.All;
            if (request.RequirementIds.Count == 0)
                return [.. all];
            var names = request.Requirements.Select(row => row.Name).ToHashSet(StringComparer.Ordinal);
            List<Finding> shown = [.. all.Where(finding => finding.Requirements.Count == 0 || finding.Requirements.Any(names.Contains))];
            if (shown.Count < all.Count)
                notes.Add(
                    FormattableString.Invariant($"{all.Count - shown.Count} findings are about other requirements: a run without --requirement shows them")
                );
            return shown;
        }

        private void Add(CampaignOutcome outcome)
        {
            outcome.AddTo(ledger);
            harnessErrors.AddRange(outcome.HarnessErrors);
        }

        private RequirementResult Row(Requirement row, List<Finding> findings)
        {
            var (exercised, violated, warned) = (ledger.Exercised(row.Id), ledger.Violated(row.Id), ledger.Warned(row.Id));
            // What was broken was exercised, also where the worker that saw it never came to count it.
            exercised = Math.Max(exercised, Math.Min(1, violated + warned));
            var reason = survey?.Reasons.GetValueOrDefault(row.Name) ?? (WasTried(row) ? survey?.Chances.GetValueOrDefault(row.Name) : null);
            var excused = survey is null || reason is not null;
            var aimedAt = request.CampaignNames.Count == 0 || chosen.Any(campaign => campaign.Aims.Contains(row.Id));
            var shown = findings.FindIndex(finding => finding.Name == row.Name);
            if (shown < 0)
                shown = findings.FindIndex(finding => finding.Requirements.Contains(row.Name));
            var verdict = Verdict(exercised, violated, warned, findings.Where(finding => finding.Requirements.Contains(row.Name)));
            return RequirementResult.Of(row, verdict) with
            {
                Mandatory = row.Strength is Strength.Must or Strength.MustCore && !excused && aimedAt,
                Exercised = exercised,
                Violated = violated,
                Warned = warned,
                Reason =
                    verdict != RequirementVerdict.NotExercised
                        ? null
                        : reason
                            ?? (
                                survey is null ? "the driver was not reached"
                                : !aimedAt ? Wording.LeftOut(Facts())
                                : GivenUp(row) ?? "nothing that ran depended on it"
                            ),
                Finding = shown < 0 || verdict is RequirementVerdict.Pass or RequirementVerdict.NotExercised ? null : shown,
            };
        }

        // A campaign that aims at it came to its end, so that chance had its chance.
        private bool WasTried(Requirement row) => Asking(row).Any(result => result is { Abandoned: null, Plans: > 0 });

        // A campaign that was given up may have been the one to ask.
        private string? GivenUp(Requirement row) =>
            Asking(row).Where(result => result.Abandoned is not null).Select(result => $"campaign {result.Name} was {result.Abandoned}").FirstOrDefault();

        private IEnumerable<CampaignResult> Asking(Requirement row) =>
            chosen.Where(campaign => campaign.Aims.Contains(row.Id)).SelectMany(campaign => campaigns.Where(result => result.Name == campaign.Name));

        // A line of a worker that makes no sense is a mistake of the kit, or of a driver that wrote into it; nothing is learnt from it.
        private T? Read<T>(string? text, Func<string, T> read, string what)
            where T : class
        {
            if (text is null)
                return null;
            try
            {
                return read(text);
            }
            catch (JsonException error)
            {
                harnessErrors.Add($"{Escaping.Line(what, 60)}: what the worker reported could not be read: {Escaping.Line(error.Message, 200)}");
                return null;
            }
        }
    }

    private sealed class CoverageOf(CoverageFacts reachable, Coverage coverage) : ISuiteVisitor<CoverageFacts>
    {
        public CoverageFacts Visit<TDevice, TPlan>(Suite<TDevice, TPlan> suite)
            where TDevice : class
            where TPlan : class => suite.Covered(reachable, coverage);
    }

    private static RequirementVerdict Verdict(long exercised, long violated, long warned, IEnumerable<Finding> findings)
    {
        if (violated > 0)
        {
            return findings
                .Select(finding => finding.Verdict)
                .Where(verdict => verdict is not RequirementVerdict.Warning)
                .DefaultIfEmpty(RequirementVerdict.Violation)
                .MinBy(verdict => verdict.Urgency());
        }

        return warned > 0 ? RequirementVerdict.Warning
            : exercised > 0 ? RequirementVerdict.Pass
            : RequirementVerdict.NotExercised;
    }

    private static (string Version, string Build) ReadKit()
    {
        var build = typeof(ResultBuilder).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "unknown";
        return (build.Split('+')[0], build);
    }
}
