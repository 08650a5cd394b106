using Conformance.Drivers;
using Conformance.Drivers.Addresses;
using Conformance.Drivers.Reference.Smmu;
using Conformance.Engine.Campaigns;
using Conformance.Engine.Judging;
using Conformance.Engine.Plans;
using Conformance.Engine.Smmu;
using Conformance.Engine.Workers;
using Conformance.Model.Contract;
using Conformance.Model.Requirements;
using Conformance.Model.Smmu.Device;
using Conformance.Model.Smmu.Structures;
using Conformance.Reports;
using Conformance.Suites.Smmu;
using NUnit.Framework;

namespace Conformance.Tests.Smmu.Scenes;

/// <summary>How campaigns of scenes end: at their time, at their losses, and with what a loss leaves behind.</summary>
public sealed class SceneCampaignTests
{
    private const ulong At = 0x10_0000;

    [TestCase(1, 1)]
    [TestCase(2, 4)]
    [TestCase(7, 32)]
    public void A_budget_that_is_over_ends_every_part_of_a_campaign(int index, int count)
    {
        using var target = Target();
        var campaign = new Repeated(Read(target), 200);
        var input = new CampaignInput(1, 1) { Shard = new(index, count) };
        var whole = Run(campaign, 0, new SceneRunner(target), input, SkipList.Empty, NullJournal.Instance);
        var cut = Run(campaign, 0, new SceneRunner(target), input, SkipList.Empty, NullJournal.Instance, new() { Until = DateTime.UtcNow });
        Assert.That((whole.Ledger.Plans, whole.CutShort), Is.EqualTo(((long)Enumerable.Range(0, 200).Count(input.Shard.Has), (string?)null)));
        Assert.That((cut.Ledger.Plans, cut.CutShort), Is.EqualTo((0L, $"at plan {index - 1} of repeated")));
    }

    // SMMU-CMDQ-13: the SMMU throws at a StreamID that is out of bounds.
    [Test]
    public void Losses_are_made_small_within_the_shrink_budget()
    {
        using var target = DriverSchemes.Parse("fault:stream-index-without-bound").Open<ISmmuTarget>();
        var scene = Read(target) with
        {
            Steps =
            [
                .. Read(target).Steps,
                CommandStep.Of(SmmuCommand.CfgiAll(), SmmuCommand.Sync()),
                CommandStep.Of(SmmuCommand.CfgiSte(0x10000, leaf: true), SmmuCommand.Sync()),
            ],
        };
        var small = Small(null);
        var cut = Small(new() { ShrinkBudget = TimeSpan.Zero });
        Assert.Multiple(() =>
        {
            Assert.That((small.Minimised, small.CutShort, small.Kind), Is.EqualTo((true, (string?)null, "crash")));
            Assert.That(cut.Minimised, Is.False);
            Assert.That(cut.CutShort, Does.Contain("--shrink-budget"));
            Assert.That(cut.Steps, Has.Count.GreaterThan(small.Steps.Count));
        });

        Finding Small(RunLimits? limits) =>
            Run(new Repeated(scene, 1), 0, new SceneRunner(target), new(1, 1), SkipList.Empty, NullJournal.Instance, limits).Ledger.Findings.All.Single();
    }

    [TestCase("command=CFGI_STE", 1, 9)]
    [TestCase("command=CFGI_CD", CampaignRunner.LossLimit, 0)]
    public void What_is_known_to_end_the_SMMU_is_shown_once_and_left_out_from_then_on(string condition, int ran, int leftOut)
    {
        using var target = DriverSchemes.Parse("fault:stream-index-without-bound").Open<ISmmuTarget>();
        var scene = Read(target) with { Steps = [CommandStep.Of(SmmuCommand.CfgiSte(0x10000, leaf: true), SmmuCommand.Sync())] };
        var runner = new SceneRunner(target)
        {
            Known = new([
                new Expectation
                {
                    Requirement = "SMMU-CMDQ-13",
                    Verdict = "crash",
                    When = condition,
                },
            ]),
        };
        var run = Run(new Repeated(scene, 10), 0, runner, new(1, 1), SkipList.Empty, NullJournal.Instance, new() { ShrinkBudget = TimeSpan.Zero });
        Assert.That((run.Ledger.Plans, run.LeftOut), Is.EqualTo(((long)ran, leftOut)));
        Assert.That(run.Abandoned is null, Is.EqualTo(leftOut > 0));
        Assert.That(run.Ledger.Findings.All.Single().Kind, Is.EqualTo("crash"));
    }

    // Behind a loss there is another SMMU, whose memory holds nothing that was written before.
    [Test]
    public void A_loss_in_the_reset_leaves_nothing_to_rely_on()
    {
        using var target = new Mortal(Target);
        var runner = new SceneRunner(target);
        var scene = Read(target);
        Assert.That(runner.Run(scene).Passed);
        target.DiesInReset = true;
        Assert.That(runner.Run(scene).Loss, Is.Not.Null);
        Assert.That(runner.Run(scene).Divergence, Is.Null);
    }

    // It answers one scene as it should and no other, whatever is reset: the token of the second scene passes wherever it is run first.
    [TestCase(true, RequirementVerdict.Flaky, "4 of 5")]
    [TestCase(false, RequirementVerdict.Violation, null)]
    public void What_fails_behind_another_scene_only_is_flaky(bool opensAnew, RequirementVerdict verdict, string? repeats)
    {
        using var target = new WearsOut(Target());
        var runner = new SceneRunner(target);
        var bench = new Bench<SceneTarget, Scene>(runner.Facts, runner, SceneLanguage.Instance, 1, MadeFor.Anything) { OpenFresh = opensAnew ? Fresh : null };
        var run = CampaignRunner.Run(new Repeated(Read(target), 2), 0, bench, new(1, 1), SkipList.Empty, NullJournal.Instance);
        var finding = run.Ledger.Findings.All.Single();
        Assert.That((finding.Verdict, finding.Repeats), Is.EqualTo((verdict, repeats)));
        Assert.That(run.Found.Single().Finding, Is.EqualTo(finding));

        static FreshDriver<Scene> Fresh()
        {
            var another = new WearsOut(Target());
            return new(new SceneRunner(another), another);
        }
    }

    // A machine without memory for another QEMU is no crash of QEMU, and what could not be run again is not flaky.
    [TestCase(0, false)]
    [TestCase(1, true)]
    [TestCase(3, true)]
    [TestCase(6, true)]
    public void What_cannot_be_started_is_said_of_the_kit_and_nobody_is_blamed(int answers, bool isFound)
    {
        using var target = new GoesAway(Target(), answers);
        var run = Run(new Repeated(Read(target), 20), 0, new SceneRunner(target), new(1, 1), SkipList.Empty, NullJournal.Instance);
        Assert.That(run.HarnessErrors, Is.EqualTo(["repeated, plan 0: no memory for another one"]));
        Assert.That(run.Abandoned, Is.EqualTo("the harness could not go on"));
        Assert.That(
            run.Ledger.Findings.All.Select(finding => (finding.Verdict, finding.Repeats, finding.CutShort)),
            Is.EqualTo(
                isFound
                    ? [(RequirementVerdict.Violation, null, "the plan could not be looked at any closer: no memory for another one")]
                    : Array.Empty<(RequirementVerdict, string?, string?)>()
            )
        );
    }

    // A driver that cannot be opened a second time costs the certainty, not the run.
    [Test]
    public void A_driver_that_cannot_be_opened_anew_is_noted()
    {
        using var target = new WearsOut(Target());
        var runner = new SceneRunner(target);
        var bench = new Bench<SceneTarget, Scene>(runner.Facts, runner, SceneLanguage.Instance, 1, MadeFor.Anything)
        {
            OpenFresh = () => throw new DeviceLostException(DeviceLoss.Unreachable, "only one at a time"),
        };
        var run = CampaignRunner.Run(new Repeated(Read(target), 2), 0, bench, new(1, 1), SkipList.Empty, NullJournal.Instance);
        Assert.That(run.Ledger.Findings.All.Single().Verdict, Is.EqualTo(RequirementVerdict.Violation));
        Assert.That(run.Notes, Is.EqualTo(["repeated: the driver could not be opened anew, to see whether plans fail by themselves: only one at a time"]));
    }

    private static CampaignRun<Scene> Run(
        ICampaign<SceneTarget, Scene> campaign,
        int index,
        SceneRunner runner,
        CampaignInput input,
        SkipList skip,
        IJournal journal,
        RunLimits? limits = null
    ) => CampaignRunner.Run(campaign, index, new(runner.Facts, runner, SceneLanguage.Instance, 1, MadeFor.Anything), input, skip, journal, limits);

    private static InMemorySmmuTarget Target() => new("reference", () => new MemorySmmu(SmmuCapabilities.QemuStage1), "SMMUv3 in memory");

    // One stream of stage 1 that reads a data word.
    private static Scene Read(ISmmuTarget target)
    {
        var facts = new SceneTarget(SmmuCapabilities.QemuStage1, target.Port, target.Memory, target.Hole, target.StreamIds);
        return new()
        {
            Trees =
            [
                new()
                {
                    Stage = 1,
                    Granule = 12,
                    InputBits = 39,
                    Entries = [new(At, 3, facts.Data.Start, SceneEntry.Stage1ReadWrite)],
                },
            ],
            Contexts = [new() { Lower = 0, Asid = 1 }],
            Streams =
            [
                new()
                {
                    Id = facts.StreamId(0),
                    Config = 5,
                    Substreams = [new(0, 0)],
                },
            ],
            Steps = [new TransactionStep(new(facts.StreamId(0), At, IsRead: true, 4))],
        };
    }

    private sealed class Repeated(Scene scene, int times) : ICampaign<SceneTarget, Scene>
    {
        public string Name => "repeated";

        public string Suite => SmmuCampaigns.Suite;

        public IReadOnlyList<RequirementId> Aims => [];

        public string? Lacks(SceneTarget target) => null;

        public IEnumerable<Named<Scene>> Plans(SceneTarget device, CampaignInput input) => Enumerable.Repeat(new Named<Scene>(scene, ""), times);
    }

    /// <summary>A target that asks another one.</summary>
    private abstract class DecoratedTarget(ISmmuTarget inner) : ISmmuTarget
    {
        protected ISmmuTarget Inner { get; set; } = inner;

        public string Address => Inner.Address;

        public Channels Channel => Inner.Channel;

        public TimeSpan Deadline => Inner.Deadline;

        public string Description => Inner.Description;

        public SmmuPort Port => Inner.Port;

        public SmmuRange Memory => Inner.Memory;

        public SmmuRange Hole => Inner.Hole;

        public IReadOnlyList<uint> StreamIds => Inner.StreamIds;

        public virtual void Reset(bool quick = false) => Inner.Reset(quick);

        public virtual void Run(SmmuBatch batch) => Inner.Run(batch);

        public void Dispose() => Inner.Dispose();
    }

    /// <summary>An SMMU whose masters are answered in one batch and aborted ever after.</summary>
    private sealed class WearsOut(InMemorySmmuTarget inner) : DecoratedTarget(inner)
    {
        private bool worn;

        public override void Run(SmmuBatch batch)
        {
            base.Run(batch);
            var transacts = false;
            for (var i = 0; i < batch.Operations.Count; i++)
            {
                if (batch.Operations[i].Kind != SmmuOperationKind.Transact)
                    continue;
                transacts = true;
                if (worn)
                    batch.Results[i] = new(0, SmmuReply.Aborted);
            }

            worn |= transacts;
        }
    }

    /// <summary>An SMMU whose masters are aborted in some batches, and that cannot be started any more behind them.</summary>
    private sealed class GoesAway(InMemorySmmuTarget inner, int answers) : DecoratedTarget(inner)
    {
        private int left = answers;

        public override void Run(SmmuBatch batch)
        {
            var transacts = batch.Operations.Any(operation => operation.Kind == SmmuOperationKind.Transact);
            if (transacts && left-- == 0)
                throw new DeviceLostException(DeviceLoss.Unreachable, "no memory for another one");
            base.Run(batch);
            for (var i = 0; i < batch.Operations.Count; i++)
                if (batch.Operations[i].Kind == SmmuOperationKind.Transact)
                    batch.Results[i] = new(0, SmmuReply.Aborted);
        }
    }

    /// <summary>A target that is lost when it is told to; what comes back is a fresh one.</summary>
    private sealed class Mortal(Func<InMemorySmmuTarget> make) : DecoratedTarget(make())
    {
        public bool DiesInReset { get; set; }

        public override void Reset(bool quick = false)
        {
            if (!DiesInReset)
            {
                base.Reset(quick);
                return;
            }

            DiesInReset = false;
            Inner.Dispose();
            Inner = make();
            throw new DeviceLostException(DeviceLoss.Died, "it died in Reset");
        }
    }
}
