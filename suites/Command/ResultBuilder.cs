using System.Reflection;
using System.Text.Json;
using Conformance.Engine.Ledgers;
using Conformance.Engine.Plans;
using Conformance.Engine.Workers;
using Conformance.Model.Migration.Device;
using Conformance.Model.Migration.Oracle;
using Conformance.Model.Migration.Steps;
using Conformance.Model.Requirements;
using Conformance.Reports;
using Conformance.Suites.Migration;
using Finding = Conformance.Reports.Finding;

namespace Conformance.Suites.Command;

/// <summary>Makes the result document of a supervised run.</summary>
internal static class ResultBuilder
{
    /// <summary>The version of the kit, and of its build.</summary>
    internal static (string Version, string Build) Kit { get; } = ReadKit();

    /// <summary>Makes the document, without its environment.</summary>
    /// <param name="request">What was asked for.</param>
    /// <param name="strict">True when warnings fail the run.</param>
    /// <param name="budget">The time allowed, or null.</param>
    /// <param name="run">What the supervisor saw.</param>
    /// <param name="shorten">Looks for a shorter plan that hangs or crashes.</param>
    internal static ResultDocument Build(
        CheckRequest request,
        bool strict,
        TimeSpan? budget,
        SupervisedRun run,
        Func<Engine.Ledgers.Finding, Engine.Ledgers.Finding> shorten
    )
    {
        var harnessErrors = new List<string>();
        var survey = Read(run.Survey, OutcomeContext.Default.SurveyOutcome, "survey", harnessErrors);
        if (run.Unreachable is { } unreachable)
            harnessErrors.Add($"{request.Address} could not be reached: {Escaping.Line(unreachable, 600)}");
        else if (survey is null && run.HarnessErrors.Count == 0 && !run.Interrupted)
            harnessErrors.Add("the worker ended without a word");

        var ledger = new Ledger();
        var scenes = new List<Finding>();
        var campaigns = new List<CampaignResult>();
        var notes = new List<string>();
        (string Where, bool IsRandom)? cutShort = null;
        var coverage = new Engine.Ledgers.Coverage();
        // The first look is no campaign: a run that only looked did not run. Every shard looks, one of them counts it.
        if (survey is not null && request.Shard.Index == 1)
            Add(survey.Outcome);

        foreach (var campaign in run.Campaigns)
        {
            var outcome = Read(campaign.Outcome, OutcomeContext.Default.CampaignOutcome, campaign.Name, harnessErrors);
            if (outcome is not null)
                Add(outcome);
            foreach (var finding in outcome?.SceneFindings ?? [])
                SmmuOutcomes.Merge(scenes, finding);
            campaigns.Add(Result(campaign.Name, outcome, campaign.Abandoned));
            notes.AddRange(outcome?.Notes ?? []);
            // Once time ran out, no later campaign begins: the first says where.
            if (outcome?.CutShort is { } where)
                cutShort ??= (where, request.Campaigns.FirstOrDefault(one => one.Name == campaign.Name)?.IsRandom == true);
            foreach (var death in campaign.Deaths)
            {
                if (request.IsSmmu)
                {
                    SmmuOutcomes.Merge(scenes, SmmuOutcomes.Of(death, campaign.Name, survey, request));
                    continue;
                }

                var finding = Outcomes.Of(death, campaign.Name);
                if (!finding.Rules.IsNone)
                    ledger.CountExercised(finding.Rules.First);
                if (!ledger.Knows(finding))
                    ledger.Note(finding, shorten(finding));
            }
        }

        harnessErrors.AddRange(run.HarnessErrors);
        List<Finding> findings =
        [
            .. ledger.Findings.Select(finding => Outcomes.Of(finding, Token, (MigrationFeatures?)survey?.Driver.Features?.Value)),
            .. scenes,
        ];
        return new()
        {
            Kit = Kit.Version,
            Driver = survey?.Driver ?? new() { Address = Escaping.Line(request.Address), Channel = "unknown" },
            Run = new()
            {
                Suites = request.Suites,
                Campaign = request.Campaign,
                Seed = request.Seed,
                Plans = request.Plans,
                BudgetSeconds = budget?.TotalSeconds,
                Strict = strict,
                Shard = request.Shard.Count == 1 ? null : request.Shard.ToString(),
                CutShort = cutShort?.Where,
                Unfinished = cutShort is { IsRandom: false },
                Interrupted = run.Interrupted,
            },
            Requirements = [.. request.Requirements.Select(Row)],
            Findings = findings,
            Coverage = survey?.Reachable is { } reachable ? Outcomes.Covered(reachable, coverage) : null,
            Campaigns = campaigns,
            HarnessErrors = harnessErrors,
            Notes = notes,
        };

        string? Token(Plan plan) =>
            survey is null || plan.Steps.Count > Journal.MaxSteps
                ? null
                : new ReplayToken(
                    MigrationCampaigns.Suite,
                    survey.Driver.Features?.Value ?? 0,
                    survey.Level,
                    survey.Driver.Traits ?? "00000000",
                    plan
                ).ToString();

        void Add(CampaignOutcome outcome)
        {
            try
            {
                Outcomes.AddTo(ledger, outcome);
                if (outcome.Coverage.Length > 0)
                    coverage.Add(Engine.Ledgers.Coverage.FromBytes(outcome.Coverage));
            }
            catch (Exception error) when (error is JsonException or ArgumentException)
            {
                harnessErrors.Add($"what the worker reported makes no sense: {Escaping.Line(error.Message, 200)}");
            }

            harnessErrors.AddRange(outcome.HarnessErrors);
        }

        RequirementResult Row(Requirement row)
        {
            var (exercised, violated, warned) = (ledger.Exercised(row.Id), ledger.Violated(row.Id), ledger.Warned(row.Id));
            foreach (var finding in scenes.Where(finding => finding.Requirements.Contains(row.Name)))
            {
                exercised = Math.Max(exercised, finding.Occurrences);
                if (finding.Verdict == RequirementVerdict.Warning)
                    warned += finding.Occurrences;
                else
                    violated += finding.Occurrences;
            }

            string? reason = null;
            var excused = survey is null || (survey.Reasons.TryGetValue(row.Name, out reason) && reason is not null);
            var aimedAt = request.Campaign is null || request.Campaigns.Any(campaign => campaign.Aims.Contains(row.Id));
            var shown = findings.FindIndex(finding => finding.Name == row.Name);
            if (shown < 0)
                shown = findings.FindIndex(finding => finding.Requirements.Contains(row.Name));
            var verdict = Verdict(exercised, violated, warned, findings.Where(finding => finding.Requirements.Contains(row.Name)));
            return new()
            {
                Id = row.Name,
                Group = row.Group.Name(),
                Strength = Strength(row.Strength),
                Statement = row.Statement,
                Source = row.Source,
                Mandatory = row.Strength is Model.Requirements.Strength.Must or Model.Requirements.Strength.MustCore && !excused && aimedAt,
                Verdict = verdict,
                Exercised = exercised,
                Violated = violated,
                Warned = warned,
                Reason =
                    verdict != RequirementVerdict.NotExercised
                        ? null
                        : reason
                            ?? (
                                survey is null ? "the driver was not reached"
                                : !aimedAt ? $"only campaign {request.Campaign} ran"
                                : GivenUp(row) ?? "nothing that ran depended on it"
                            ),
                Finding = shown < 0 || verdict is RequirementVerdict.Pass or RequirementVerdict.NotExercised ? null : shown,
            };
        }

        // A campaign that was given up may have been the one to ask.
        string? GivenUp(Requirement row) =>
            request
                .Campaigns.Where(campaign => campaign.Aims.Contains(row.Id))
                .SelectMany(campaign => campaigns.Where(result => result.Name == campaign.Name && result.Abandoned is not null))
                .Select(result => $"campaign {result.Name} was {result.Abandoned}")
                .FirstOrDefault();
    }

    /// <summary>A strength as the catalogue writes it.</summary>
    internal static string Strength(Strength strength) =>
        strength switch
        {
            Model.Requirements.Strength.Must => "MUST",
            Model.Requirements.Strength.MustCore => "MUST(core)",
            Model.Requirements.Strength.Should => "SHOULD",
            Model.Requirements.Strength.May => "MAY",
            Model.Requirements.Strength.Convention => "CONV",
            _ => "USER",
        };

    private static RequirementVerdict Verdict(long exercised, long violated, long warned, IEnumerable<Finding> findings)
    {
        if (violated > 0)
        {
            return findings
                .Select(finding => finding.Verdict)
                .Where(verdict => verdict is not RequirementVerdict.Warning)
                .DefaultIfEmpty(RequirementVerdict.Violation)
                .OrderBy(verdict => RequirementVerdicts.ByUrgency.TakeWhile(other => other != verdict).Count())
                .First();
        }

        return warned > 0 ? RequirementVerdict.Warning
            : exercised > 0 ? RequirementVerdict.Pass
            : RequirementVerdict.NotExercised;
    }

    private static CampaignResult Result(string name, CampaignOutcome? outcome, string? abandoned) =>
        new(name, outcome?.Plans ?? 0, outcome?.Steps ?? 0, outcome?.PayloadBytes ?? 0, abandoned ?? outcome?.Abandoned)
        {
            Witnesses = outcome?.Witnesses ?? [],
        };

    private static T? Read<T>(string? text, System.Text.Json.Serialization.Metadata.JsonTypeInfo<T> type, string what, List<string> errors)
        where T : class
    {
        if (text is null)
            return null;
        try
        {
            return JsonSerializer.Deserialize(text, type);
        }
        catch (JsonException error)
        {
            errors.Add($"{what}: what the worker reported could not be read: {Escaping.Line(error.Message, 200)}");
            return null;
        }
    }

    private static (string Version, string Build) ReadKit()
    {
        var build = typeof(ResultBuilder).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "unknown";
        return (build.Split('+')[0], build);
    }
}
