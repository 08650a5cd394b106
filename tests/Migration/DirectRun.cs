using Conformance.Drivers;
using Conformance.Drivers.Addresses;
using Conformance.Engine.Campaigns;
using Conformance.Engine.Judging;
using Conformance.Engine.Migration;
using Conformance.Engine.Workers;
using Conformance.Model.Migration.Device;
using Conformance.Model.Migration.Oracle;
using Conformance.Model.Migration.Steps;
using Conformance.Suites.Migration;

namespace Conformance.Tests.Migration;

/// <summary>What the migration suite found out in this process.</summary>
/// <param name="Ledger">Counts and findings.</param>
/// <param name="Found">The plans of the findings.</param>
/// <param name="Problems">What went wrong in the harness.</param>
/// <param name="Machine">The device; null when its feature set is unknown.</param>
internal sealed record DirectResult(Ledger Ledger, IReadOnlyList<Found<Plan>> Found, IReadOnlyList<string> Problems, MigrationMachine? Machine)
{
    /// <summary>What campaigns should have seen and did not, so that they showed nothing.</summary>
    public IReadOnlyList<string> Missing { get; init; } = [];
}

/// <summary>Runs the migration suite in this process, without a supervisor.</summary>
internal static class DirectRun
{
    private static readonly MigrationSuite suite = new();

    /// <summary>The campaigns of the suite.</summary>
    internal static IReadOnlyList<ICampaign<MigrationMachine, Plan>> Campaigns => suite.All;

    /// <summary>A driver that was looked at, and what runs plans on it.</summary>
    internal static Bench<MigrationMachine, Plan> Bench(LockstepRunner lockstep) =>
        new(lockstep.Machine, lockstep, suite.Language, suite.Token, new(0, null, "00000000"));

    public static DirectResult Of(string address, ulong seed = 1, int plans = 256, Func<ICampaign<MigrationMachine, Plan>, bool>? only = null)
    {
        using var target = DriverSchemes.Parse(address).Open<IMigrationTarget>();
        return Of(target, seed, plans, only);
    }

    public static DirectResult Of(IMigrationTarget target, ulong seed = 1, int plans = 256, Func<ICampaign<MigrationMachine, Plan>, bool>? only = null)
    {
        var survey = Survey.Look(target, NullJournal.Instance);
        var ledger = new Ledger();
        var problems = new List<string>();
        var missing = new List<string>();
        List<Found<Plan>> found = [.. survey.Found];
        ledger.Add(survey.Ledger);
        if (survey.Machine is null)
            return new(ledger, found, problems, null);
        var bench = Bench(new(target, survey.Machine, NullJournal.Instance));
        var index = 0;
        foreach (var campaign in Campaigns.Where(campaign => only is null || only(campaign)))
        {
            var run = CampaignRunner.Run(campaign, index++, bench, new(seed, plans), SkipList.Empty, NullJournal.Instance);
            ledger.Add(run.Ledger);
            found.AddRange(run.Found);
            // The descriptors of this process are those of the tests beside as well: tests/Plans/WitnessTests.cs looks at them alone.
            problems.AddRange(run.HarnessErrors.Where(error => !error.Contains(CampaignHealth.TeardownLeak, StringComparison.Ordinal)));
            missing.AddRange(run.Missing.Select(witness => $"{campaign.Name}: {witness.Name}"));
            if (run.Abandoned is not null)
                problems.Add($"{campaign.Name}: {run.Abandoned}");
        }

        return new(ledger, found, problems, survey.Machine) { Missing = missing };
    }
}
