using Conformance.Drivers.Faults;
using Conformance.Drivers.Reference.Smmu;
using Conformance.Engine.Judging;
using Conformance.Engine.Smmu;
using Conformance.Model.Requirements;
using Conformance.Reports;
using Conformance.Suites.Smmu;
using Conformance.Tests.Smmu.Devices;
using Conformance.Tests.Support;
using NUnit.Framework;

namespace Conformance.Tests.Smmu.Scenes;

/// <summary>Every seeded defect of an SMMU is found, and what it breaks is said to be broken.</summary>
[Parallelizable(ParallelScope.Self)]
[Category("long")]
public sealed class SmmuFaultsAreKilled
{
    private static IEnumerable<TestCaseData> Faults => Cases(isLethal: false);

    private static IEnumerable<TestCaseData> LethalFaults => Cases(isLethal: true);

    [TestCaseSource(nameof(Faults))]
    public void A_fault_is_killed_by_the_requirement_that_it_breaks(SmmuFault fault)
    {
        using var target = fault.OpenTarget();
        var runner = new SceneRunner(target);
        SeededFault.IsShown(fault, SmmuCampaigns.All, runner.Facts, runner);
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
