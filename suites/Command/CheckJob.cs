using System.Text.Json;
using Conformance.Drivers;
using Conformance.Engine.Ledgers;
using Conformance.Engine.Lockstep;
using Conformance.Engine.Plans;
using Conformance.Engine.Workers;
using Conformance.Model.Migration;
using Conformance.Model.Requirements;
using Conformance.Reports;
using Conformance.Suites.Migration;

namespace Conformance.Suites.Command;

/// <summary>The worker's part of <c>check</c>: opens the driver, looks at it, runs campaigns.</summary>
/// <param name="request">What to check.</param>
internal sealed class CheckJob(CheckRequest request) : IWorkerJob
{
    private readonly IReadOnlyList<ICampaign> chosen = request.Campaigns;
    private IMigrationTarget? target;
    private LockstepRunner? lockstep;
    private CampaignInput? input;

    public IReadOnlyList<string> Campaigns => lockstep is null ? [] : [.. chosen.Select(campaign => campaign.Name)];

    public string Survey(IJournal journal)
    {
        try
        {
            target = DriverAddress.Parse(request.Address).Open();
            // Boots a guest, if there is one, and that may build its lab before: no call into the driver yet, so the deadline of calls does not count.
            _ = target.Capabilities;
        }
        catch (DriverAddressException error)
        {
            throw new DeviceLostException(DeviceLoss.Unreachable, error.Message);
        }

        var survey = Engine.Lockstep.Survey.Look(target, journal);
        if (survey.Machine is { } machine)
        {
            lockstep = new(target, machine, journal);
            input = new(machine, request.Seed, request.Plans);
        }

        var outcome = new SurveyOutcome
        {
            Driver = new()
            {
                Address = Escaping.Line(request.Address),
                Channel = Channel(target.Channel),
                Features = FeatureSet.Of(survey.Flags),
                Level = survey.Machine is { } known ? NotExercised.Text(known.Level) : null,
                Traits = Outcomes.Digest(target.Traits),
            },
            Reasons = request.Requirements.ToDictionary(row => row.Name, row => NotExercised.Reason(survey.Machine, row), StringComparer.Ordinal),
            Reachable = survey.Machine is { HasMigration: true } ? Outcomes.Reachable(survey.Machine) : null,
            Outcome = Outcomes.Of(survey.Ledger, new(), [], null),
        };
        return JsonSerializer.Serialize(outcome, OutcomeContext.Default.SurveyOutcome);
    }

    public string Run(int campaign, SkipList skip, IJournal journal)
    {
        var run = CampaignRunner.Run(chosen[campaign], campaign, input!, lockstep!, skip, journal);
        return JsonSerializer.Serialize(Outcomes.Of(run.Ledger, run.Coverage, run.HarnessErrors, run.Abandoned), OutcomeContext.Default.CampaignOutcome);
    }

    public void Dispose() => target?.Dispose();

    private static string Channel(Channels channel) => channel switch
    {
        Channels.Kernel => "kernel",
        Channels.Socket => "socket",
        _ => "in-process",
    };
}
