using System.Text.Json;
using Conformance.Drivers;
using Conformance.Drivers.Addresses;
using Conformance.Engine.Lockstep;
using Conformance.Engine.Migration;
using Conformance.Engine.Smmu;
using Conformance.Engine.Workers;
using Conformance.Model.Contract;
using Conformance.Model.Migration.Oracle;
using Conformance.Model.Requirements;
using Conformance.Model.Smmu.Device;
using Conformance.Reports;
using Conformance.Suites.Smmu;

namespace Conformance.Suites.Command;

/// <summary>The worker's part of <c>check</c> for an SMMU: opens it, looks at it, runs campaigns of scenes.</summary>
/// <param name="request">What to check.</param>
internal sealed class SmmuJob(CheckRequest request) : IWorkerJob
{
    private readonly IReadOnlyList<ISceneCampaign> chosen = [.. request.Campaigns.OfType<ISceneCampaign>()];
    private RunLimits limits = new();
    private ISmmuTarget? target;
    private SceneRunner? runner;

    public IReadOnlyList<string> Campaigns => runner is null ? [] : [.. chosen.Select(campaign => campaign.Name)];

    public string Survey(IJournal journal)
    {
        try
        {
            var address = DriverSchemes.Parse(request.Address);
            target = address.Open<ISmmuTarget>(request.WithoutFault);
        }
        catch (DriverAddressException error)
        {
            throw new DeviceLostException(DeviceLoss.Unreachable, error.Message);
        }

        journal.Enter(-1);
        runner = new(target) { Known = request.Expect is { } file ? new(Expectations.Parse(File.ReadAllText(file), file)) : KnownDeviations.None };
        journal.Leave();
        limits = new() { Until = request.EndOfBudget(), ShrinkBudget = request.ShrinkBudget };
        var facts = runner.Facts;
        var outcome = new SurveyOutcome
        {
            Driver = new()
            {
                Address = Escaping.Line(request.Address),
                Channel = target.Channel == Channels.InProcess ? "in-process" : "socket",
                Description = $"{Escaping.Line(target.Description, 120)}; {SmmuOutcomes.Describe(facts.Capabilities)}",
            },
            Level = UapiLevel.V7_2,
            Smmu = SmmuOutcomes.Of(facts),
            Reasons = request.Requirements.ToDictionary(row => row.Name, row => SmmuNotExercised.Reason(facts, row), StringComparer.Ordinal),
            Outcome = SmmuOutcomes.Of("", new SceneCampaignRun(new(), [])),
        };
        return JsonSerializer.Serialize(outcome, OutcomeContext.Default.SurveyOutcome);
    }

    public string Run(int campaign, SkipList skip, IJournal journal)
    {
        var input = new SceneInput(request.Seed, request.Plans) { Shard = request.Shard };
        var run = SceneCampaignRunner.Run(chosen[campaign], campaign, runner!, input, skip, journal, limits);
        return JsonSerializer.Serialize(SmmuOutcomes.Of(chosen[campaign].Name, run), OutcomeContext.Default.CampaignOutcome);
    }

    public void Dispose() => target?.Dispose();
}
