using Conformance.Drivers.Faults;
using Conformance.Drivers.Smmu;
using Conformance.Engine.Scenes;
using Conformance.Model.Requirements;
using Conformance.Suites.Smmu;
using NUnit.Framework;

namespace Conformance.Tests.Smmu;

/// <summary>Every seeded defect of an SMMU is found, and what it breaks is said to be broken.</summary>
public sealed class SmmuFaultsAreKilled
{
    private const int RandomScenes = 300;

    private static IEnumerable<TestCaseData> Faults => FaultCatalogue.All.OfType<SmmuFault>().Select(fault => new TestCaseData(fault).SetArgDisplayNames(fault.Name));

    [TestCaseSource(nameof(Faults))]
    public void A_fault_is_killed_by_the_requirement_that_it_breaks(SmmuFault fault)
    {
        if (fault.Hangs || fault.Crashes) Assert.Ignore("it takes its process along: the supervised command shows it");
        using var target = new InMemorySmmuTarget(fault.Name, () => fault.Create(), fault.Description);
        var runner = new SceneRunner(target);
        var aimed = SmmuCampaigns.All.Where(campaign => campaign.Aims.Intersect(fault.Requirements).Any()).ToList();
        var others = new List<string>();
        foreach (var campaign in aimed.Concat(SmmuCampaigns.All.Except(aimed)).Where(campaign => campaign.Lacks(runner.Facts) is null))
        {
            foreach (var named in campaign.Scenes(runner.Facts, 1, RandomScenes))
            {
                var result = runner.Run(named.Scene);
                if (result.Passed && result.Warning is null) continue;
                var broken = SceneFinding.Of(runner.Facts, named.Scene, result, campaign.Name, named.Note, false).Requirements;
                if (fault.Requirements.Any(id => broken.Contains(Catalogue.Of(id).Name))) return;
                if (others.Count < 3) others.Add($"{campaign.Name}: {string.Join(", ", broken)}");
            }
        }

        var names = string.Join(", ", fault.Requirements.Select(id => Catalogue.Of(id).Name));
        if (aimed.Count == 0) Assert.Ignore($"no campaign asks {names} yet");
        Assert.Fail($"{fault.Name} ({fault.Description}) does not show as {names}. {(others.Count == 0 ? "Nothing shows it." : $"It shows as {string.Join("; ", others)}.")}");
    }
}
