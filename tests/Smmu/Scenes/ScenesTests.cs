using Conformance.Drivers.Faults;
using Conformance.Drivers.Reference.Smmu;
using Conformance.Engine.Campaigns;
using Conformance.Engine.Judging;
using Conformance.Engine.Plans;
using Conformance.Engine.Smmu;
using Conformance.Engine.Workers;
using Conformance.Model.Smmu.Device;
using Conformance.Reports;
using Conformance.Suites.Smmu;
using NUnit.Framework;

namespace Conformance.Tests.Smmu.Scenes;

/// <summary>A correct SMMU passes, however it caches; random scenes say something; what fails is made small and told the same way every time.</summary>
[Parallelizable(ParallelScope.Self)]
[Category("long")]
public sealed class ScenesTests
{
    // Transactions that are not judged, of a thousand: none but where tables are outside the model.
    private static IEnumerable<TestCaseData> Smmus =>
        from smmu in new (string Name, SmmuCapabilities Capabilities, int Unjudged)[]
        {
            ("stage 1", SmmuCapabilities.QemuStage1, 0),
            ("stage 2", SmmuCapabilities.QemuStage2, 0),
            ("nested", SmmuCapabilities.QemuNested, 0),
            ("full", SmmuCapabilities.Full, 0),
            ("every fault stalls", SmmuCapabilities.Full with { StallModel = StallModel.StallForced }, 0),
            ("AArch32 too", SmmuCapabilities.Full with { TTF = 3 }, 2),
            ("BBML=0", SmmuCapabilities.Full with { BBML = 0 }, 0),
        }
        from caching in Enum.GetValues<SmmuCaching>()
        select new TestCaseData(smmu.Capabilities, caching, smmu.Unjudged).SetArgDisplayNames(smmu.Name, caching.ToString());

    [TestCaseSource(nameof(Smmus))]
    public void A_correct_SMMU_passes_every_campaign(SmmuCapabilities capabilities, SmmuCaching caching, int unjudged)
    {
        using var target = Target(capabilities, caching);
        var runner = new SceneRunner(target);
        var ledger = new Ledger();
        foreach (var (index, campaign) in SmmuCampaigns.All.Index())
        {
            var run = Run(campaign, index, runner, new(7, 200));
            Assert.That(
                run.Ledger.Findings.All.Select(finding =>
                    $"{string.Join(", ", finding.Requirements)}: expected {finding.Expected}; seen {finding.Seen}; "
                    + $"{string.Join("; ", finding.Trace.Select(line => line.Observation))}"
                ),
                Is.Empty,
                campaign.Name
            );
            Assert.That((run.Abandoned, run.CutShort, run.LeftOut), Is.EqualTo(((string?)null, (string?)null, 0)), campaign.Name);
            Assert.That(run.Missing, Is.Empty, campaign.Name);
            ledger.Add(run.Ledger);
        }

        TestContext.Out.WriteLine($"{ledger.Steps} transactions, {ledger.Unjudged} not judged");
        Assert.That(ledger.Witnessed(SmmuWitnesses.Translated), Is.GreaterThan(ledger.Steps / 3));
        Assert.That(ledger.Unjudged, Is.LessThanOrEqualTo(ledger.Steps * unjudged / 1000));
    }

    [TestCaseSource(nameof(Kinds))]
    public void A_third_of_the_random_transactions_go_through_and_few_are_not_judged(SceneKind kind)
    {
        using var target = Target(SmmuCapabilities.Full, SmmuCaching.OnDemand);
        var runner = new SceneRunner(target);
        var generator = new SceneGenerator(runner.Facts);
        var ledger = new Ledger();
        for (ulong number = 0; number < 500; number++)
            runner.Run(generator.Make(kind, 3, number), ledger);
        Assert.Multiple(() =>
        {
            Assert.That(ledger.Steps, Is.GreaterThan(4 * ledger.Plans));
            Assert.That(ledger.Witnessed(SmmuWitnesses.Translated), Is.GreaterThan(ledger.Steps / 3));
            Assert.That(ledger.Unjudged, Is.LessThan(ledger.Steps / 50));
        });
    }

    [Test]
    public void A_failing_scene_is_made_small_and_told_the_same_way_every_time()
    {
        var fault = FaultCatalogue
            .All.OfType<SmmuFault>()
            .First(fault => fault.Requirements.Contains(Conformance.Model.Requirements.RequirementId.SMMU_STE_08));
        var campaign = SmmuCampaigns.All.First(campaign => campaign.Name == "random-scenes-stage-1");
        var runs = Enumerable
            .Range(0, 2)
            .Select(_ =>
            {
                using var target = fault.OpenTarget();
                return Run(campaign, 0, new SceneRunner(target), new(1, 100)).Ledger.Findings.All;
            })
            .ToList();
        Assert.That(runs[0], Is.Not.Empty);
        Assert.Multiple(() =>
        {
            Assert.That(runs[0].Select(Text), Is.EqualTo(runs[1].Select(Text)));
            Assert.That(runs[0].All(finding => finding.Minimised), Is.True);
            Assert.That(runs[0].Min(finding => finding.Steps.Count), Is.LessThanOrEqualTo(5));
        });

        static string Text(Finding finding) =>
            string.Join('\n', [finding.Expected, finding.Seen, .. finding.Steps, .. finding.Trace.Select(line => line.Observation), .. finding.Facts ?? []]);
    }

    private static CampaignRun<Scene> Run(ICampaign<SceneTarget, Scene> campaign, int index, SceneRunner runner, CampaignInput input) =>
        CampaignRunner.Run(
            campaign,
            index,
            new(runner.Facts, runner, SceneLanguage.Instance, 1, MadeFor.Anything),
            input,
            SkipList.Empty,
            NullJournal.Instance
        );

    private static IEnumerable<SceneKind> Kinds => Enum.GetValues<SceneKind>();

    private static InMemorySmmuTarget Target(SmmuCapabilities capabilities, SmmuCaching caching) =>
        new("reference", () => new MemorySmmu(capabilities, caching), "SMMUv3 in memory");
}
