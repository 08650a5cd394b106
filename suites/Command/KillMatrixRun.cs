using System.Globalization;
using System.Text.Json;
using Conformance.Drivers.Faults;
using Conformance.Drivers.VfioCore;
using Conformance.Engine.Judging;
using Conformance.Engine.Workers;
using Conformance.Model.Requirements;
using Conformance.Reports;

namespace Conformance.Suites.Command;

/// <summary>
/// Runs seeded faults against the campaigns of their suite, and the correct drivers that they are seeded into, each in a supervised worker: some faults hang
/// and some take their process along.
/// </summary>
/// <param name="seed">The seed of the random campaigns.</param>
/// <param name="plans">The plans of each random campaign.</param>
/// <param name="cancel">Ends the run; what was not run says so.</param>
internal sealed class KillMatrixRun(ulong seed, int plans, CancellationToken cancel)
{
    // A fault that hangs does so in many plans, and each costs a deadline; what answers, answers at once, but for a machine that has other things to do.
    private static readonly TimeSpan DeadlineOfHangs = TimeSpan.FromSeconds(2);

    /// <summary>Runs faults one after the other, then their correct drivers.</summary>
    internal KillMatrix Of(IReadOnlyList<Fault> faults)
    {
        using var line = new ProgressLine();
        var rows = new List<FaultKills>();
        foreach (var fault in faults)
        {
            line.Say(string.Create(CultureInfo.InvariantCulture, $"[{rows.Count + 1}/{faults.Count}] {fault.Name}"));
            rows.Add(Kills(fault));
        }

        var references = new List<ReferenceAlarms>();
        foreach (
            var (driver, fault) in faults
                .Where((_, index) => rows[index].NotRun is null)
                .GroupBy(fault => fault.ShownBy, StringComparer.Ordinal)
                .Select(group => (group.Key, group.First()))
        )
        {
            line.Say($"the correct driver with {driver}");
            var (alarms, problem) = Ask(fault, control: true, []);
            references.Add(new(driver, alarms, problem));
        }

        return new()
        {
            Kit = ResultBuilder.Kit.Version,
            Seed = seed,
            Plans = plans,
            References = references,
            Faults = rows,
        };
    }

    private FaultKills Kills(Fault fault)
    {
        List<string> requirements = [.. fault.Requirements.Select(id => Catalogue.Of(id).Name)];
        var (kills, problem) = Ask(fault, control: false, requirements);
        return new(fault.Name, requirements, kills, problem) { Reference = fault.ShownBy };
    }

    // What each campaign found, by its shortest plan: one for the requirements that are to be broken, if there is any. Or why nothing could be asked.
    private (IReadOnlyList<Kill> Kills, string? Problem) Ask(Fault fault, bool control, List<string> broken)
    {
        if (cancel.IsCancellationRequested)
            return ([], "interrupted");
        var deadline = fault.Hangs && !control ? DeadlineOfHangs : InProcessTarget.DefaultDeadline;
        var address = string.Create(CultureInfo.InvariantCulture, $"fault:{fault.Name}?deadline={deadline.TotalSeconds}s");
        var request = new CheckRequest(address, AllSuites.Of(fault).Name, seed, plans) { WithoutFault = control };
        var run = WorkerProcess.Supervise(request.ToJson(), deadline, cancel, quiet: true);
        if (run.Interrupted)
            return ([], "interrupted");
        if (run.Unreachable is not null || run.Survey is null || run.HarnessErrors.Count > 0)
            return ([], $"the harness failed: {run.HarnessErrors.FirstOrDefault(run.Unreachable ?? "the worker ended without a word")}");
        try
        {
            List<Kill> kills = [];
            var losses = LossSearch.AsTheyAre(request);
            var survey = SurveyOutcome.Read(run.Survey, request.Suite);
            AddKill("survey", survey.Outcome, []);
            string? problem = null;
            foreach (var campaign in run.Campaigns)
            {
                var outcome = campaign.Outcome is null ? null : CampaignOutcome.Read(campaign.Outcome);
                AddKill(campaign.Name, outcome, campaign.Deaths);
                // No alarm says something only where everything ran.
                if (control)
                    problem ??=
                        outcome is null ? $"{campaign.Name} did not end"
                        : outcome.HarnessErrors is [var error, ..] ? error
                        : outcome.Abandoned;
            }

            return (kills, problem is null ? null : $"the harness failed: {problem}");

            void AddKill(string campaign, CampaignOutcome? outcome, IReadOnlyList<WorkerDeath> deaths)
            {
                var shortest = Findings(new(request.Suite.FactsTellApart), campaign, outcome, deaths, losses)
                    .OrderBy(finding => Broken(finding) is null)
                    .ThenBy(finding => finding.Steps.Count)
                    .FirstOrDefault();
                if (shortest is not null)
                    kills.Add(new(campaign, Broken(shortest) ?? shortest.Name, shortest.Verdict, Broken(shortest) is not null, shortest.Steps));
            }
        }
        catch (JsonException error)
        {
            return ([], $"the harness failed: {Escaping.Line(error.Message, 200)}");
        }

        // The first one that the fault is to break, when the finding breaks several.
        string? Broken(Finding finding) => broken.Find(finding.Requirements.Contains);
    }

    private static List<Finding> Findings(Ledger ledger, string campaign, CampaignOutcome? outcome, IReadOnlyList<WorkerDeath> deaths, ILosses losses)
    {
        outcome?.AddTo(ledger);
        foreach (var death in deaths)
            ledger.Findings.Note(losses.Of(death, campaign));
        return [.. ledger.Findings.All];
    }
}
