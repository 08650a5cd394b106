using System.Globalization;
using System.Text.Json;
using Conformance.Drivers.Faults;
using Conformance.Engine.Ledgers;
using Conformance.Engine.Workers;
using Conformance.Model.Requirements;
using Conformance.Reports;

namespace Conformance.Suites.Command;

/// <summary>Runs seeded faults against the campaigns, each in a supervised worker: some hang and some take their process along.</summary>
internal static class KillMatrixRun
{
    // A fault answers at once or never.
    private static readonly TimeSpan Deadline = TimeSpan.FromMilliseconds(500);

    /// <summary>Runs faults one after the other.</summary>
    /// <param name="faults">The faults.</param>
    /// <param name="seed">The seed of the random campaigns.</param>
    /// <param name="plans">The plans of each random campaign.</param>
    /// <param name="cancel">Ends the run; what was not run says so.</param>
    internal static KillMatrix Of(IReadOnlyList<Fault> faults, ulong seed, int plans, CancellationToken cancel)
    {
        using var line = new ProgressLine();
        var rows = new List<FaultKills>();
        foreach (var fault in faults)
        {
            line.Say(string.Create(CultureInfo.InvariantCulture, $"[{rows.Count + 1}/{faults.Count}] {fault.Name}"));
            rows.Add(Of(fault, seed, plans, cancel));
        }

        return new() { Kit = ResultBuilder.Kit.Version, Seed = seed, Plans = plans, Faults = rows };
    }

    private static FaultKills Of(Fault fault, ulong seed, int plans, CancellationToken cancel)
    {
        var requirements = fault.Requirements.Select(id => Catalogue.Of(id).Name).ToList();
        FaultKills NotRun(string reason) => new(fault.Name, requirements, [], reason);
        if (cancel.IsCancellationRequested) return NotRun("interrupted");
        if (fault is SmmuFault) return NotRun("a fault of an SMMU, and the matrix has the migration suite only yet");
        if (fault.NeedsConcurrency) return NotRun("only overlapping calls show it, and no campaign makes them yet");
        var request = new CheckRequest($"fault:{fault.Name}?deadline=500ms", ["migration"], null, seed, plans);
        var run = WorkerProcess.Supervise(request.ToArguments(), Deadline, cancel, quiet: true);
        if (run.Interrupted) return NotRun("interrupted");
        if (run.Unreachable is not null || run.Survey is null || run.HarnessErrors.Count > 0) return NotRun($"the harness failed: {run.HarnessErrors.FirstOrDefault(run.Unreachable ?? "the worker ended without a word")}");
        try
        {
            List<Kill> kills = [];
            var survey = JsonSerializer.Deserialize(run.Survey, OutcomeContext.Default.SurveyOutcome)!;
            AddKill("survey", Ledger(survey.Outcome));
            foreach (var campaign in run.Campaigns)
            {
                var ledger = campaign.Outcome is null ? new() : Ledger(JsonSerializer.Deserialize(campaign.Outcome, OutcomeContext.Default.CampaignOutcome)!);
                foreach (var death in campaign.Deaths) ledger.Note(Outcomes.Of(death, campaign.Name));
                AddKill(campaign.Name, ledger);
            }

            return new(fault.Name, requirements, kills);

            // The first one that the fault is to break, when the finding breaks several.
            string? Broken(Reports.Finding finding) => requirements.Find(finding.Requirements.Contains);

            void AddKill(string campaign, Ledger ledger)
            {
                var shortest = ledger.Findings.Select(finding => Outcomes.Of(finding, _ => null)).OrderBy(finding => Broken(finding) is null).ThenBy(finding => finding.Steps.Count).FirstOrDefault();
                if (shortest is not null) kills.Add(new(campaign, Broken(shortest) ?? shortest.Name, shortest.Verdict, Broken(shortest) is not null, shortest.Steps));
            }
        }
        catch (JsonException error)
        {
            return NotRun($"the harness failed: {Escaping.Line(error.Message, 200)}");
        }
    }

    private static Ledger Ledger(CampaignOutcome outcome)
    {
        var ledger = new Ledger();
        Outcomes.AddTo(ledger, outcome);
        return ledger;
    }
}
