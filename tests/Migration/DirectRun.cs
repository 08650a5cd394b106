using Conformance.Drivers;
using Conformance.Engine.Ledgers;
using Conformance.Engine.Lockstep;
using Conformance.Engine.Migration;
using Conformance.Engine.Plans;
using Conformance.Engine.Workers;
using Conformance.Model.Migration.Device;
using Conformance.Suites.Migration;

namespace Conformance.Tests.Migration;

/// <summary>Runs the migration suite in this process, without a supervisor.</summary>
internal static class DirectRun
{
    public static (Ledger Ledger, Coverage Coverage, List<string> Problems, SurveyResult Survey) Of(
        string address,
        ulong seed = 1,
        int plans = 256,
        Func<ICampaign, bool>? only = null
    )
    {
        using var target = DriverSchemes.Parse(address).Open<IMigrationTarget>();
        var survey = Survey.Look(target, NullJournal.Instance);
        var ledger = new Ledger();
        var coverage = new Coverage();
        var problems = new List<string>();
        ledger.Add(survey.Ledger);
        if (survey.Machine is null)
            return (ledger, coverage, problems, survey);
        var lockstep = new LockstepRunner(target, survey.Machine, NullJournal.Instance);
        var input = new CampaignInput(survey.Machine, seed, plans);
        var index = 0;
        foreach (var campaign in MigrationCampaigns.All)
        {
            if (only is not null && !only(campaign))
                continue;
            var run = CampaignRunner.Run(campaign, index++, input, lockstep, SkipList.Empty, NullJournal.Instance);
            ledger.Add(run.Ledger);
            coverage.Add(run.Coverage);
            problems.AddRange(run.HarnessErrors);
            if (run.Abandoned is not null)
                problems.Add($"{campaign.Name}: {run.Abandoned}");
        }

        return (ledger, coverage, problems, survey);
    }
}
