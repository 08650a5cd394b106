using Conformance.Drivers.Faults;
using Conformance.Drivers.Reference.Smmu;
using Conformance.Engine.Judging;
using Conformance.Engine.Smmu;
using Conformance.Model.Requirements;
using Conformance.Reports;
using Conformance.Suites.Smmu;
using Conformance.Tests.Smmu.Devices;
using NUnit.Framework;

namespace Conformance.Tests.Smmu.Scenes;

/// <summary>Every seeded defect of an SMMU is found, and what it breaks is said to be broken.</summary>
[Parallelizable(ParallelScope.Self)]
[Category("long")]
public sealed class SmmuFaultsAreKilled
{
    private const int RandomScenes = 300;

    private static IEnumerable<TestCaseData> Faults => Cases(isLethal: false);

    private static IEnumerable<TestCaseData> LethalFaults => Cases(isLethal: true);

    [TestCaseSource(nameof(Faults))]
    public void A_fault_is_killed_by_the_requirement_that_it_breaks(SmmuFault fault)
    {
        using var target = fault.OpenTarget();
        var runner = new SceneRunner(target);
        var aimed = SmmuCampaigns.All.Where(campaign => campaign.Aims.Intersect(fault.Requirements).Any()).ToList();
        var others = new List<string>();
        foreach (var campaign in aimed.Concat(SmmuCampaigns.All.Except(aimed)).Where(campaign => campaign.Lacks(runner.Facts) is null))
        {
            foreach (var named in campaign.Plans(runner.Facts, new(1, RandomScenes)))
            {
                if (((IJudge<Scene>)runner).Run(named.Plan, null, again: false).Worst is not { } worst)
                    continue;
                var broken = runner.Describe(named.Plan, worst).Requirements;
                if (fault.Requirements.Any(id => broken.Contains(Catalogue.Of(id).Name)))
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

    /// <summary>A fault that takes its process along, as the user meets it: the command lives, and names the requirement.</summary>
    [TestCaseSource(nameof(LethalFaults))]
    public void A_fault_that_hangs_or_crashes_is_killed_through_the_worker(SmmuFault fault)
    {
        var aimed = SmmuCampaigns.All.Where(campaign => campaign.Aims.Intersect(fault.Requirements).Any()).ToList();
        Assert.That(aimed, Is.Not.Empty);
        foreach (var campaign in aimed)
        {
            var (code, output, document) = CheckedSmmu.Run(
                $"fault:{fault.Name}{(fault.Hangs ? "?deadline=2s" : "")}",
                "--campaign",
                campaign.Name,
                "--shrink-budget",
                "1s"
            );
            var broken = document
                .Requirements.Where(row => row.Verdict == (fault.Hangs ? RequirementVerdict.Hang : RequirementVerdict.Crash))
                .Select(row => row.Id);
            Assert.That(code, Is.EqualTo(1), output);
            Assert.That(broken, Is.EqualTo(fault.Requirements.Select(id => Catalogue.Of(id).Name)), output);
            Assert.That(document.HarnessErrors, Is.Empty);
        }
    }

    private static IEnumerable<TestCaseData> Cases(bool isLethal) =>
        FaultCatalogue.Smmu.Where(fault => (fault.Hangs || fault.Crashes) == isLethal).Select(fault => new TestCaseData(fault).SetArgDisplayNames(fault.Name));
}
