using System.Text.Json;
using Conformance.Engine.Ledgers;
using Conformance.Engine.Migration;
using Conformance.Engine.Plans;
using Conformance.Engine.Workers;
using Conformance.Model.Migration.Device;
using Conformance.Model.Migration.Oracle;
using Conformance.Model.Migration.Steps;

namespace Conformance.Suites.Command;

/// <summary>The worker's part of <c>replay</c>, and of the search for shorter plans that hang or crash: runs one plan once.</summary>
/// <param name="request">The driver.</param>
/// <param name="token">The plan.</param>
internal sealed class ReplayJob(CheckRequest request, ReplayToken token) : IWorkerJob
{
    /// <summary>What the plan's findings have for a campaign.</summary>
    internal const string Name = "replay";

    private readonly SurveyedDriver driver = new(request);

    public IReadOnlyList<string> Campaigns => driver.Lockstep is null ? [] : [Name];

    public string Survey(IJournal journal) => driver.Survey(journal);

    public string Run(int campaign, SkipList skip, IJournal journal)
    {
        var lockstep = driver.Lockstep!;
        var ledger = new Ledger();
        if (Obstacle(lockstep.Machine) is { } obstacle)
            return Write(Outcomes.Of(ledger, new()) with { HarnessErrors = [obstacle] });
        if (!skip.Runs(0))
            return Write(Outcomes.Of(ledger, new()));
        journal.Begin(campaign, 0, token.Plan);
        var result = lockstep.Run(token.Plan, Name, ledger, new());
        journal.End();
        if (result.Finding is { } finding)
            ledger.Note(finding);
        var outcome = Outcomes.OfReplay(ledger, lockstep.Trace());
        return Write(result.End == PlanEnd.HarnessError ? outcome with { HarnessErrors = [result.Message] } : outcome);
    }

    public void Dispose() => driver.Dispose();

    // Why the plan cannot be run on such a device.
    private string? Obstacle(MigrationMachine machine)
    {
        var missing = StepTable.NeedsOf(token.Plan) & ~machine.Capabilities;
        if (!machine.HasMigration && token.Features != 0)
            return "the device has no migration: the plan was not run";
        if (token.Plan.Steps.Any(step => step.Device != 0))
            return "the plan needs a second device, and this run has one: it was not run";
        if (missing != ChannelCapabilities.None)
            return $"the plan needs {missing}, which this driver's channel does not offer: it was not run";
        return machine.Can(ChannelCapabilities.ThrowAway) || Simulation.IsHarmless(machine, token.Plan)
            ? null
            : "the plan holds a request that is known to stop or crash kernels: it is run in throw-away guests only (?guest=)";
    }

    private static string Write(CampaignOutcome outcome) => JsonSerializer.Serialize(outcome, OutcomeContext.Default.CampaignOutcome);
}
