using Conformance.Drivers;
using Conformance.Drivers.Addresses;
using Conformance.Engine.Campaigns;
using Conformance.Engine.Judging;
using Conformance.Engine.Migration;
using Conformance.Engine.Plans;
using Conformance.Engine.Workers;
using Conformance.Model.Contract;
using Conformance.Model.Migration.Device;
using Conformance.Model.Migration.Oracle;
using Conformance.Model.Migration.Steps;
using Conformance.Model.Requirements;
using Conformance.Reports;
using Conformance.Suites.Migration;
using Conformance.Tests.Migration;
using NUnit.Framework;

namespace Conformance.Tests.Plans;

/// <summary>
/// Campaigns see what they are for on every correct driver, and a campaign that does not is told apart. Beside no other tests: the health of a campaign counts
/// the descriptors of the whole process, and here there is one for all tests, where a driver's worker has its own.
/// </summary>
[Category("long")]
public sealed class WitnessTests
{
    private static readonly string[] Drivers =
    [
        "reference:stop_copy",
        "reference:p2p",
        "reference:pre_copy",
        "reference:full",
        "reference:full?level=6.1",
        "reference:full?level=6.2",
        "reference:full?level=6.12",
        "reference:hisi_acc",
        "reference:hisi_acc?level=6.1",
    ];

    [TestCaseSource(nameof(Drivers))]
    public void Every_campaign_sees_what_it_is_for(string address)
    {
        using var driver = new Surveyed(address);
        foreach (var campaign in DirectRun.Campaigns)
        {
            var run = driver.Run(campaign);
            Assert.That(run.Missing, Is.Empty, campaign.Name);
            Assert.That(run.HarnessErrors, Is.Empty, campaign.Name);
            Assert.That(run.Notes, Is.Empty, campaign.Name);
        }
    }

    [Test]
    public void Random_walks_see_it_many_times_whatever_the_seed([Values("stop_copy", "full")] string name)
    {
        using var driver = new Surveyed($"reference:{name}");
        var walks = new RandomWalks();
        for (var seed = 1ul; seed <= 20; seed++)
        {
            var run = driver.Run(walks, seed);
            var input = new CampaignInput(seed, 256);
            foreach (var witness in walks.MustSee(driver.Machine, input))
                Assert.That(run.Ledger.Witnessed(witness), Is.GreaterThanOrEqualTo(5), $"{witness}, seed {seed}");
        }
    }

    [Test]
    public void A_campaign_that_only_looks_is_vacuous()
    {
        using var driver = new Surveyed("reference:full");
        var run = driver.Run(
            new Poor([Plan.Of(Step.Get), Plan.Of(Step.Set(DeviceState.StopCopy), Step.Get)], MigrationWitness.StopCopyData, MigrationWitness.CancelledSession)
        );
        Assert.That(run.Missing, Is.EqualTo([MigrationWitness.StopCopyData, MigrationWitness.CancelledSession]));
        Assert.That(driver.Run(new Poor([Plan.Of(Step.Set(DeviceState.StopCopy), new(StepKind.Read, 1))], MigrationWitness.StopCopyData)).Missing, Is.Empty);
    }

    [Test]
    public void A_shard_cannot_say_that_something_is_missing()
    {
        using var driver = new Surveyed("reference:full");
        Assert.That(driver.Run(new Poor([Plan.Of(Step.Get)], MigrationWitness.StopCopyData), shard: new(1, 2)).Missing, Is.Empty);
    }

    /// <summary>The plan that killed its worker may have been the one that sees it: an expected crash must not become a campaign that showed nothing.</summary>
    [Test]
    public void A_campaign_that_leaves_a_plan_out_cannot_say_so_either()
    {
        using var driver = new Surveyed("reference:full");
        var campaign = new Poor([Plan.Of(Step.Get), Plan.Of(Step.Set(DeviceState.StopCopy), new(StepKind.Read, 1))], MigrationWitness.StopCopyData);
        Assert.That(driver.Run(campaign, skip: SkipList.Empty with { Plans = [1] }).Missing, Is.Empty);
        Assert.That(driver.Run(campaign, skip: SkipList.Empty with { NotShrunk = [1] }).IsWhole, Is.True);
    }

    [Test]
    public void Steps_that_never_make_sense_are_reported()
    {
        using var driver = new Surveyed("reference:full");
        var run = driver.Run(new Poor([.. Enumerable.Repeat(Plan.Of(Step.Get, Step.Get, new(StepKind.Read, 1)), 20)]));
        Assert.That(run.HarnessErrors, Is.EqualTo(["health check never-enabled-step: poor: none of 20 steps Read made sense where it stood"]));
    }

    [Test]
    public void A_campaign_of_which_most_steps_are_left_out_is_reported()
    {
        using var driver = new Surveyed("reference:full");
        var useful = Plan.Of(Step.Set(DeviceState.StopCopy), new(StepKind.Read, 1));
        var run = driver.Run(new Poor([useful, .. Enumerable.Repeat(Plan.Of(Step.Get, new(StepKind.Read, 1), new(StepKind.Read, 1)), 40)]));
        Assert.That(run.HarnessErrors, Is.EqualTo(["health check discard-ratio: poor: 80 of 122 steps made no sense where they stood"]));
    }

    [Test]
    public void Plans_that_leave_descriptors_behind_are_reported()
    {
        using var driver = new Surveyed("reference:full");
        using var leaky = new LeakyTarget("reference:full");
        var run = CampaignRunner.Run(
            new Poor([.. Enumerable.Repeat(Plan.Of(Step.Get), 20)]),
            0,
            DirectRun.Bench(new(leaky, driver.Machine, NullJournal.Instance)),
            new(1, 1),
            SkipList.Empty,
            NullJournal.Instance
        );
        Assert.That(run.HarnessErrors, Has.One.StartsWith("health check teardown-leak: poor: "));
    }

    [Test]
    public void A_driver_that_fails_now_and_then_is_flaky([Values("every-third-save-fails", "every-thousandth-get-fails")] string fault)
    {
        using var driver = new Surveyed($"fault:{fault}");
        var runs = DirectRun.Campaigns.Select(campaign => driver.Run(campaign)).ToList();
        var findings = runs.SelectMany(run => run.Ledger.Findings.All).ToList();
        Assert.Multiple(() =>
        {
            // A plan with as many saves as it takes fails each time, and is right not to be called flaky.
            Assert.That(findings.Count(finding => finding.Verdict == RequirementVerdict.Flaky), Is.GreaterThan(findings.Count / 2));
            Assert.That(
                findings.Where(finding => finding.Verdict == RequirementVerdict.Flaky).Select(finding => finding.Repeats),
                Has.All.Match("^[0-4] of 5$")
            );
            Assert.That(runs.SelectMany(run => run.Notes), Has.Some.StartsWith("health check nondeterministic-driver: "));
        });
    }

    [Test]
    public void A_driver_that_always_fails_is_not_flaky([Values("second-save-fails", "rewinds-on-stop-copy", "latches-failure")] string fault)
    {
        using var driver = new Surveyed($"fault:{fault}");
        var findings = DirectRun.Campaigns.SelectMany(campaign => driver.Run(campaign).Ledger.Findings.All).ToList();
        Assert.That(findings, Is.Not.Empty);
        Assert.That(
            findings
                .Where(finding => finding.Repeats is not null)
                .Select(finding => $"{finding.Name}, {finding.Campaign}, {finding.Repeats}: {string.Join("; ", finding.Steps)}"),
            Is.Empty
        );
        Assert.That(findings.Select(finding => finding.Minimised), Is.All.True);
    }

    /// <summary>A campaign made by hand.</summary>
    private sealed class Poor(IReadOnlyList<Plan> plans, params Witness[] mustSee) : ICampaign<MigrationMachine, Plan>
    {
        public string Name => "poor";

        public string Suite => "migration";

        public IReadOnlyList<RequirementId> Aims => [];

        public string? Lacks(MigrationMachine device) => null;

        public IEnumerable<Named<Plan>> Plans(MigrationMachine device, CampaignInput input) => plans.Select(plan => new Named<Plan>(plan));

        public IReadOnlyList<Witness> MustSee(MigrationMachine device, CampaignInput input) => mustSee;
    }

    /// <summary>A correct driver whose target opens a file with every device and forgets it.</summary>
    private sealed class LeakyTarget(string address) : IMigrationTarget
    {
        private readonly IMigrationTarget inner = DriverSchemes.Parse(address).Open<IMigrationTarget>();
        private readonly List<FileStream> forgotten = [];

        public string Address => inner.Address;

        public Channels Channel => inner.Channel;

        public ChannelCapabilities Capabilities => inner.Capabilities;

        public DeviceTraits Traits => inner.Traits;

        public TimeSpan Deadline => inner.Deadline;

        public IMigrationDevice Open()
        {
            forgotten.Add(new("/dev/null", FileMode.Open, FileAccess.Read));
            return inner.Open();
        }

        public IMigrationDevice OpenUnbound() => inner.OpenUnbound();

        public IMigrationDevice OpenPeer() => inner.OpenPeer();

        public void Dispose()
        {
            foreach (var file in forgotten)
                file.Dispose();
            inner.Dispose();
        }
    }

    private sealed class Surveyed : IDisposable
    {
        private readonly IMigrationTarget target;
        private readonly LockstepRunner lockstep;

        public Surveyed(string address)
        {
            target = DriverSchemes.Parse(address).Open<IMigrationTarget>();
            Machine = Survey.Look(target, NullJournal.Instance).Machine!;
            lockstep = new(target, Machine, NullJournal.Instance);
        }

        public MigrationMachine Machine { get; }

        public CampaignRun<Plan> Run(ICampaign<MigrationMachine, Plan> campaign, ulong seed = 1, Shard? shard = null, SkipList? skip = null) =>
            CampaignRunner.Run(
                campaign,
                0,
                DirectRun.Bench(lockstep),
                new(seed, 256) { Shard = shard ?? Shard.Whole },
                skip ?? SkipList.Empty,
                NullJournal.Instance
            );

        public void Dispose() => target.Dispose();
    }
}
