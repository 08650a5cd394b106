using Conformance.Drivers.Faults;
using Conformance.Drivers.Reference.Smmu;
using Conformance.Engine.Campaigns;
using Conformance.Engine.Judging;
using Conformance.Engine.Plans;
using Conformance.Engine.Smmu;
using Conformance.Engine.Workers;
using Conformance.Reports;
using Conformance.Suites.Smmu;
using NUnit.Framework;

namespace Conformance.Tests.Smmu.Scenes;

/// <summary>What is known of an SMMU is counted and gone past; whatever lies outside the condition is found as ever.</summary>
[Category("quick")]
[Parallelizable(ParallelScope.Self)]
public sealed class KnownDeviationsTests
{
    [Test]
    public void What_is_known_is_counted_and_the_scenes_go_on_behind_it()
    {
        var unknown = Run("input-address-page-aligned", "random-scenes-stage-1");
        var known = Run("input-address-page-aligned", "random-scenes-stage-1", ("violation", "differs=InputAddr"));
        Assert.That(unknown.Ledger.Findings.All, Is.Not.Empty);
        Assert.Multiple(() =>
        {
            Assert.That(known.Ledger.Findings.All, Has.Count.EqualTo(1));
            Assert.That(known.Ledger.Findings.All[0].Facts, Does.Contain("differs=InputAddr").And.Contain("address=in-page"));
            Assert.That(known.Ledger.Findings.All[0].Occurrences, Is.GreaterThan(unknown.Ledger.Findings.All.Sum(finding => finding.Occurrences)));
            Assert.That(known.Ledger.Steps, Is.GreaterThan(unknown.Ledger.Steps));
        });
    }

    [Test]
    public void What_a_condition_leaves_out_is_found()
    {
        var run = Run("input-address-page-aligned", "random-scenes-stage-1", ("violation", "differs=InputAddr and access=write"));
        var rest = run.Ledger.Findings.All.Where(finding => !finding.Facts!.Contains("access=write")).ToList();
        Assert.That(rest, Is.Not.Empty);
        Assert.That(rest.Select(finding => finding.Facts), Is.All.Contains("access=read").And.All.Contains("differs=InputAddr"));
    }

    [Test]
    public void A_condition_of_another_kind_of_difference_does_not_hold()
    {
        var unknown = Run("input-address-page-aligned", "random-scenes-stage-1");
        var run = Run(
            "input-address-page-aligned",
            "random-scenes-stage-1",
            ("violation", "differs=CLASS"),
            ("warning", "differs=InputAddr"),
            ("crash", "stage=2")
        );
        Assert.That(run.Ledger.Findings.All.Select(finding => finding.Seen), Is.EqualTo(unknown.Ledger.Findings.All.Select(finding => finding.Seen)));
    }

    // A write that went through against the contract has changed memory: what comes behind it in its scene says nothing.
    [Test]
    public void A_scene_ends_where_nobody_knows_what_memory_holds()
    {
        var run = Run("invalid-ste-bypasses", "random-scenes-stage-1", ("violation", "expected=C_BAD_STE and seen=no-record"));
        Assert.That(run.Ledger.Findings.All, Is.Not.Empty);
        Assert.That(run.Ledger.Findings.All.Select(finding => finding.Facts), Is.All.Contains("expected=C_BAD_STE"));
    }

    private static CampaignRun<Scene> Run(string fault, string campaign, params (string Verdict, string When)[] known)
    {
        var seeded = FaultCatalogue.All.OfType<SmmuFault>().Single(one => one.Name == fault);
        using var target = new InMemorySmmuTarget(fault, () => seeded.Create(), seeded.Description);
        var entries = known
            .Select(entry => new Expectation
            {
                Requirement = "SMMU-EVT-03",
                Verdict = entry.Verdict,
                When = entry.When,
            })
            .ToList();
        var runner = new SceneRunner(target) { Known = new(entries) };
        return CampaignRunner.Run(
            SmmuCampaigns.All.Single(one => one.Name == campaign),
            0,
            new(runner.Facts, runner, SceneLanguage.Instance, 1, MadeFor.Anything),
            new(1, 200),
            SkipList.Empty,
            NullJournal.Instance
        );
    }
}
