using Conformance.Drivers;
using Conformance.Drivers.Addresses;
using Conformance.Engine.Campaigns;
using Conformance.Engine.Judging;
using Conformance.Engine.Plans;
using Conformance.Engine.Smmu;
using Conformance.Engine.Workers;
using Conformance.Model.Requirements;
using Conformance.Model.Smmu.Device;
using Conformance.Reports;
using Conformance.Suites.Smmu;
using NUnit.Framework;

namespace Conformance.Tests.Smmu.Scenes;

/// <summary>Campaigns see what they are for on every correct SMMU, and one that does not is told apart.</summary>
[Parallelizable(ParallelScope.Self)]
[Category("long")]
public sealed class SceneWitnessTests
{
    private static readonly string[] drivers = ["reference:smmuv3?stage=1", "reference:smmuv3?stage=2", "reference:smmuv3?stage=nested", "reference:smmuv3"];

    [TestCaseSource(nameof(drivers))]
    public void Every_campaign_sees_what_it_is_for_and_together_they_reach_everything(string address)
    {
        using var smmu = new Opened(address);
        var ledger = new Ledger();
        foreach (var campaign in SmmuCampaigns.All)
        {
            var run = smmu.Run(campaign);
            if (campaign.Lacks(smmu.Facts) is null)
                Assert.That(campaign.MustSee(smmu.Facts, new(1, 256)), Does.Contain(SmmuWitnesses.Judged), campaign.Name);
            Assert.That(run.Missing, Is.Empty, campaign.Name);
            ledger.Add(run.Ledger);
        }

        var suite = new SmmuSuite();
        var facts = suite.Covered(suite.Reachable(smmu.Facts)!, ledger.Coverage);
        Assert.That(facts.Areas!.Select(area => area.Covered), Is.EqualTo(facts.Areas!.Select(area => area.Reachable)));
    }

    [Test]
    public void Random_scenes_see_it_several_times_whatever_the_seed([ValueSource(nameof(drivers))] string address)
    {
        using var smmu = new Opened(address);
        foreach (var campaign in SmmuCampaigns.All.Where(campaign => campaign.IsRandom && campaign.Lacks(smmu.Facts) is null))
            for (var seed = 1ul; seed <= 10; seed++)
            {
                var run = smmu.Run(campaign, new CampaignInput(seed, 64));
                var mustSee = campaign.MustSee(smmu.Facts, new CampaignInput(seed, 64));
                Assert.That(mustSee, Is.SupersetOf(new[] { SmmuWitnesses.Translated, SmmuWitnesses.Refused, SmmuWitnesses.Recorded, SmmuWitnesses.Consumed }));
                foreach (var witness in mustSee)
                    Assert.That(run.Ledger.Witnessed(witness), Is.GreaterThanOrEqualTo(5), $"{campaign.Name}, {witness.Name}, seed {seed}");
            }
    }

    [Test]
    public void A_campaign_that_only_looks_is_vacuous()
    {
        using var smmu = new Opened("reference:smmuv3");
        var looks = new Scene { Steps = [new ReadRegisterStep(SmmuRegister.Idr0), new ReadRegisterStep(SmmuRegister.Cr0)] };
        Assert.That(
            smmu.Run(new Poor([looks], SmmuWitnesses.Judged, SmmuWitnesses.Translated, SmmuWitnesses.Recorded, SmmuWitnesses.Consumed)).Missing,
            Is.EqualTo([SmmuWitnesses.Translated, SmmuWitnesses.Recorded, SmmuWitnesses.Consumed])
        );
        Assert.That(
            smmu.Run(new Poor([looks], [.. SmmuWitnesses.Of([RequirementId.SMMU_EVT_01, RequirementId.SMMU_EVT_02, RequirementId.SMMU_CMDQ_01])])).Missing,
            Is.EqualTo([SmmuWitnesses.Recorded, SmmuWitnesses.CommandQueue])
        );
    }

    [Test]
    public void A_campaign_whose_scenes_only_set_up_is_vacuous()
    {
        using var smmu = new Opened("reference:smmuv3");
        var run = smmu.Run(
            new Poor([new(), new() { Steps = [new WriteRegisterStep(SmmuRegister.Cr2, 2)] }], [.. SmmuWitnesses.Of([RequirementId.SMMU_WALK_01])])
        );
        Assert.That(run.Missing, Is.EqualTo([SmmuWitnesses.Judged, SmmuWitnesses.Transacted]));
    }

    [Test]
    public void A_transaction_to_no_stream_is_a_record_without_a_configuration()
    {
        using var smmu = new Opened("reference:smmuv3");
        var run = smmu.Run(new Poor([new() { Steps = [new TransactionStep(new(0x3ff, 0x1000, true, 4))] }]));
        var suite = new SmmuSuite();
        var facts = suite.Covered(suite.Reachable(smmu.Facts)!, run.Ledger.Coverage);
        Assert.That(run.Ledger.Findings.All, Is.Empty);
        Assert.That(facts.Areas!.Select(area => area.Covered), Is.EqualTo([0, 1, 0]));
    }

    [Test]
    public void What_an_SMMU_has_not_is_not_reachable()
    {
        var areas = drivers
            .Select(address =>
            {
                using var smmu = new Opened(address);
                return new SmmuSuite().Reachable(smmu.Facts)!;
            })
            .ToList();
        Assert.Multiple(() =>
        {
            Assert.That(areas.Select(facts => facts.Areas![0].Reachable), Is.EqualTo([3, 3, 5, 5]));
            Assert.That(areas.SelectMany(facts => facts.Areas!).All(area => area.Reachable <= area.All && area.All <= area.Flags), Is.True);
            Assert.That(areas.Select(facts => facts.Areas![0].All), Is.All.EqualTo(5));
            Assert.That(areas[0].Areas![2].Reachable, Is.LessThan(areas[3].Areas![2].Reachable));
        });
    }

    /// <summary>A campaign made by hand.</summary>
    private sealed class Poor(IReadOnlyList<Scene> scenes, params Witness[] mustSee) : ICampaign<SceneTarget, Scene>
    {
        public string Name => "poor";

        public string Suite => "smmu";

        public IReadOnlyList<RequirementId> Aims => [];

        public string? Lacks(SceneTarget device) => null;

        public IEnumerable<Named<Scene>> Plans(SceneTarget device, CampaignInput input) => scenes.Select(scene => new Named<Scene>(scene));

        public IReadOnlyList<Witness> MustSee(SceneTarget device, CampaignInput input) => mustSee;
    }

    private sealed class Opened : IDisposable
    {
        private readonly ISmmuTarget target;
        private readonly SceneRunner runner;

        public Opened(string address)
        {
            target = DriverSchemes.Parse(address).Open<ISmmuTarget>();
            runner = new(target);
        }

        public SceneTarget Facts => runner.Facts;

        public CampaignRun<Scene> Run(ICampaign<SceneTarget, Scene> campaign, CampaignInput? input = null) =>
            CampaignRunner.Run(
                campaign,
                0,
                new(runner.Facts, runner, SceneLanguage.Instance, 1, MadeFor.Anything),
                input ?? new(1, 256),
                SkipList.Empty,
                NullJournal.Instance
            );

        public void Dispose() => target.Dispose();
    }
}
