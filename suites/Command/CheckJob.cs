using System.Text.Json;
using Conformance.Engine.Lockstep;
using Conformance.Engine.Migration;
using Conformance.Engine.Plans;
using Conformance.Engine.Workers;
using Conformance.Model.Migration.Oracle;

namespace Conformance.Suites.Command;

/// <summary>The worker's part of <c>check</c>: opens the driver, looks at it, runs campaigns.</summary>
/// <param name="request">What to check.</param>
internal sealed class CheckJob(CheckRequest request) : IWorkerJob
{
    private readonly IReadOnlyList<ICampaign> chosen = [.. request.Campaigns.OfType<ICampaign>()];
    private readonly SurveyedDriver driver = new(request);
    private RunLimits limits = new();

    public IReadOnlyList<string> Campaigns => driver.Lockstep is null ? [] : [.. chosen.Select(campaign => campaign.Name)];

    public string Survey(IJournal journal)
    {
        var survey = driver.Survey(journal);
        limits = new() { Until = request.EndOfBudget(), ShrinkBudget = request.ShrinkBudget };
        return survey;
    }

    public string Run(int campaign, SkipList skip, IJournal journal)
    {
        var lockstep = driver.Lockstep!;
        var input = new CampaignInput(lockstep.Machine, request.Seed, request.Plans) { Shard = request.Shard };
        var run = CampaignRunner.Run(chosen[campaign], campaign, input, lockstep, skip, journal, limits);
        return JsonSerializer.Serialize(Outcomes.Of(run, chosen[campaign].MustSee(input)), OutcomeContext.Default.CampaignOutcome);
    }

    public void Dispose() => driver.Dispose();
}
