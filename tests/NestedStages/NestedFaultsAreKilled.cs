using Conformance.Drivers.Faults;
using Conformance.Engine.Judging;
using Conformance.Engine.Nested;
using Conformance.Model.Requirements;
using Conformance.Suites.NestedStages;
using NUnit.Framework;

namespace Conformance.Tests.NestedStages;

/// <summary>Every seeded defect of nested stages is found, and what it breaks is said to be broken.</summary>
[Parallelizable(ParallelScope.Self)]
[Category("long")]
public sealed class NestedFaultsAreKilled
{
    private const int RandomPlans = 300;

    private static IEnumerable<TestCaseData> Faults => FaultCatalogue.Nested.Select(fault => new TestCaseData(fault).SetArgDisplayNames(fault.Name));

    [TestCaseSource(nameof(Faults))]
    public void A_fault_is_killed_by_the_requirement_that_it_breaks(NestedFault fault)
    {
        using var target = fault.Create();
        var runner = new NestedRunner(target);
        var aimed = NestedCampaigns.All.Where(campaign => campaign.Aims.Intersect(fault.Requirements).Any()).ToList();
        var others = new List<string>();
        foreach (var campaign in aimed.Concat(NestedCampaigns.All.Except(aimed)).Where(campaign => campaign.Lacks(runner.Sight) is null))
        {
            foreach (var named in campaign.Plans(runner.Sight, new(1, RandomPlans)))
            {
                if (runner.Run(named.Plan, null, again: false).Worst is not { } worst)
                    continue;
                var broken = runner.Describe(named.Plan, worst).Requirements;
                if (broken.Contains(Catalogue.Of(fault.Requirements[0]).Name))
                    return;
                if (others.Count < 3)
                    others.Add($"{campaign.Name}: {string.Join(", ", broken)}");
            }
        }

        var names = string.Join(", ", fault.Requirements.Select(id => Catalogue.Of(id).Name));
        Assert.Fail(
            $"{fault.Name} ({fault.Description}) does not show as {names}. "
                + $"{(others.Count == 0 ? "Nothing shows it." : $"It shows as {string.Join("; ", others)}.")}"
        );
    }
}
