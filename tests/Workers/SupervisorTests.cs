using Conformance.Engine.Migration;
using Conformance.Engine.Workers;
using Conformance.Model.Migration.Device;
using Conformance.Model.Migration.Oracle;
using Conformance.Model.Migration.Steps;
using Conformance.Model.Requirements;
using Conformance.Tests.Support;
using NUnit.Framework;

namespace Conformance.Tests.Workers;

/// <summary>
/// What the supervisor makes of workers that misbehave. Deadlines are of a clock that the worker moves (<see cref="WorkerClock"/>), so that nothing here
/// depends on how busy the machine is.
/// </summary>
[Category("long")]
[Parallelizable(ParallelScope.Self)]
public sealed class SupervisorTests : FolderFixture
{
    private const string All = "ran 0 1 2 3 4 5 6 7 8 9";
    private const string WithoutFour = "ran 0 1 2 3 5 6 7 8 9";

    [Test]
    public void A_job_that_behaves_is_reported_as_it_is()
    {
        var run = Run("well");
        Assert.Multiple(() =>
        {
            Assert.That(run.Survey, Is.EqualTo("seen"));
            Assert.That(run.Campaigns.Select(campaign => (campaign.Name, campaign.Outcome)), Is.EqualTo([("first", All), ("second", All), ("third", All)]));
            Assert.That(run.Campaigns.SelectMany(campaign => campaign.Deaths), Is.Empty);
            Assert.That(run.HarnessErrors, Is.Empty);
            Assert.That(run.Unreachable, Is.Null);
            Assert.That(run.Interrupted, Is.False);
        });
    }

    [TestCase("hang", DeathKind.Hang, "no answer within 0.4 s", "I am stuck")]
    [TestCase("crash", DeathKind.Crash, "SIGABRT", "the driver broke")]
    [TestCase("stack overflow", DeathKind.Crash, "SIGABRT", "Stack overflow")]
    [TestCase("fail fast", DeathKind.Crash, "SIGABRT", "the driver gave up")]
    [TestCase("killed", DeathKind.Crash, "SIGKILL", "")]
    [TestCase("exit", DeathKind.Crash, "the process ended by itself with 0", "")]
    [TestCase("leaves a child", DeathKind.Hang, "no answer within 0.4 s", "")]
    public void A_plan_that_kills_the_worker_is_named_and_left_out(string script, DeathKind kind, string description, string words)
    {
        var run = Run(script);
        Assert.That(run.Campaigns.Select(campaign => campaign.Outcome), Is.EqualTo([All, WithoutFour, All]));
        var death = run.Campaigns[1].Deaths.Single();
        Assert.Multiple(() =>
        {
            Assert.That(death.Kind, Is.EqualTo(kind));
            Assert.That(death.Description, Does.Contain(description));
            Assert.That(death.LastWords, Does.Contain(words));
            Assert.That(death.LastWords.Where(character => char.IsControl(character) && character != '\n'), Is.Empty);
            Assert.That(death.LastWords, Does.Not.Contain('\u202e'));
            Assert.That(death.Journal.Campaign, Is.EqualTo(1));
            Assert.That(death.Journal.Number, Is.EqualTo(4));
            Assert.That(death.Journal.Step, Is.EqualTo(1));
            Assert.That(death.Journal.Requirement, Is.EqualTo(RequirementId.MIG_FSM_01));
            Assert.That(Plan(death).Steps, Is.EqualTo([Step.Get, Step.Set(DeviceState.Stop), Step.Get]));
            Assert.That(run.Campaigns[1].Abandoned, Is.Null);
            Assert.That(run.HarnessErrors, Is.Empty);
        });
    }

    /// <summary>A thread that the driver left behind keeps the process, and nothing else waits for it.</summary>
    [Test]
    public void A_worker_that_has_said_all_is_not_waited_for()
    {
        var run = Run(Options("leaves a thread") with { EndPatience = TimeSpan.FromMilliseconds(50) });
        Assert.That(run.Campaigns.Select(campaign => campaign.Outcome), Is.EqualTo([All, All, All]));
        Assert.That(run.HarnessErrors, Is.Empty);
    }

    /// <summary>Whoever ends a group of processes with SIGTERM means the supervisor, which lets the campaign at hand report.</summary>
    [Test]
    public void A_worker_goes_on_when_it_is_told_to_end()
    {
        var run = Run("told to end");
        Assert.That(run.Campaigns.Select(campaign => campaign.Outcome), Is.EqualTo([All, All, All]));
        Assert.That((run.Restarts, run.HarnessErrors.Count), Is.EqualTo((0, 0)));
    }

    [Test]
    public void A_campaign_that_hangs_again_and_again_is_cut_short_but_keeps_what_it_learnt()
    {
        var run = Run("hangs often");
        Assert.That(run.Campaigns.Select(campaign => campaign.Outcome), Is.EqualTo([All, "ran 0 1", All]));
        Assert.That(run.Campaigns[1].Deaths.Select(death => death.Journal.Number), Is.EqualTo([2, 3, 4]));
        Assert.That(run.Campaigns[1].Abandoned, Is.EqualTo("abandoned at plan 4 after 3 hangs and crashes"));
    }

    [Test]
    public void A_campaign_of_which_nothing_is_left_has_no_outcome()
    {
        var run = Run("hangs always");
        Assert.That(run.Campaigns[1].Deaths, Has.Count.EqualTo(3));
        Assert.That(run.Campaigns[1].Abandoned, Is.Not.Null);
        Assert.That(run.Campaigns.Select(campaign => campaign.Name), Is.EqualTo(["first", "second", "third"]));
        Assert.That(run.Campaigns[2].Outcome, Is.EqualTo(All));
    }

    [Test]
    public void A_hang_while_shrinking_costs_only_the_shrinking()
    {
        var run = Run("hangs while shrinking");
        Assert.That(run.Campaigns[1].Outcome, Is.EqualTo(All));
        Assert.That(Plan(run.Campaigns[1].Deaths.Single()).Steps, Has.Count.EqualTo(1));
    }

    [Test]
    public void Slow_but_alive_is_not_a_hang()
    {
        // Every call takes 0.3 s of the 0.4 s that it may take.
        var run = Run(Options("slow") with { Clock = new WorkerClock(Signal, looks: 3) });
        Assert.That(run.Campaigns.Select(campaign => campaign.Outcome), Is.All.EqualTo(All));
        Assert.That(run.Campaigns.SelectMany(campaign => campaign.Deaths), Is.Empty);
    }

    [Test]
    public void What_the_driver_prints_is_no_message()
    {
        var run = Run("prints");
        Assert.That(run.Campaigns.Select(campaign => campaign.Outcome), Is.EqualTo([All, All, All]));
        Assert.That(run.HarnessErrors, Is.Empty);
    }

    [Test]
    public void Garbage_on_the_pipe_is_a_harness_error_and_nothing_more()
    {
        var run = Run("garbage");
        Assert.That(run.Campaigns.Select(campaign => campaign.Outcome), Is.EqualTo([All, All, All]));
        Assert.That(run.HarnessErrors, Has.Count.EqualTo(8));
        Assert.That(run.HarnessErrors, Has.Some.Contains("not a message").And.Some.Contains("out of turn"));
    }

    [Test]
    public void A_mistake_of_the_kit_is_not_blamed_on_the_driver()
    {
        var run = Run("throws");
        Assert.That(run.HarnessErrors.Single(), Does.Contain("campaign second: InvalidOperationException: a mistake of the kit"));
        Assert.That(run.Campaigns.Select(campaign => campaign.Outcome), Is.EqualTo([All, null, All]));
        Assert.That(run.Campaigns[1].Abandoned, Is.EqualTo("the kit failed in it"));
        Assert.That(run.Campaigns.SelectMany(campaign => campaign.Deaths), Is.Empty);
    }

    [Test]
    public void A_worker_that_does_nothing_is_a_mistake_of_the_kit()
    {
        // Long beside what a worker needs to begin on a busy machine: the others of this run are not meant.
        var run = Run(Options("idle") with { IdleDeadline = TimeSpan.FromSeconds(10) });
        Assert.That(run.HarnessErrors, Has.Exactly(1).Items);
        Assert.That(run.HarnessErrors[0], Does.Contain("the worker did nothing for 10 s"));
        Assert.That(run.Campaigns.Select(campaign => campaign.Outcome), Is.EqualTo([All, null, All]));
    }

    // More than a pipe holds: whoever wrote it before watching would wait for ever.
    [Test]
    public void A_worker_that_does_not_read_its_orders_does_not_block_the_supervisor()
    {
        var run = Run(Options(FakeWorker.NeverReads) with { Request = new string('x', 1 << 20), IdleDeadline = TimeSpan.FromSeconds(2) });
        Assert.That(run.HarnessErrors.Single(), Does.Contain("the worker did nothing for 2 s"));
        Assert.That((run.Survey, run.Unreachable, run.Campaigns.Count), Is.EqualTo(((string?)null, (string?)null, 0)));
    }

    [TestCase("unreachable", "nothing listens there\nconnection refused")]
    [TestCase("dies at the survey", "the process ended by itself with 7 before it said anything\nno such device")]
    [TestCase("hangs at the survey", "no answer within 0.4 s")]
    public void A_driver_that_cannot_be_reached_is_told_apart(string script, string reason)
    {
        var run = Run(script);
        Assert.That(run.Unreachable, Is.EqualTo(reason));
        Assert.That(run.Survey, Is.Null);
        Assert.That(run.Campaigns, Is.Empty);
    }

    [Test]
    public void A_death_after_the_last_campaign_is_reported()
    {
        var run = Run("dies at the end");
        Assert.That(run.Campaigns.Select(campaign => campaign.Outcome), Is.EqualTo([All, All, All]));
        Assert.That(run.HarnessErrors, Is.Empty.Or.Some.Contains("did not end well"));
    }

    [Test]
    public void A_program_that_is_not_there_is_a_harness_error()
    {
        var run = new Supervisor(Options("well") with { FileName = Path.Combine(AppContext.BaseDirectory, "no-such-program") }).Run(
            null,
            CancellationToken.None
        );
        Assert.That(run.HarnessErrors.Single(), Does.Contain("the worker no-such-program could not be started"));
        Assert.That(run.Survey, Is.Null);
    }

    [Test]
    public void Cancelling_ends_the_worker_and_keeps_what_was_reported()
    {
        // Were it not cancelled, it would never end: its time stands still.
        using var cancel = new CancellationTokenSource();
        var run = new Supervisor(Options("hang") with { Clock = new WorkerClock(Path.Combine(Folder, "never")) }).Run(
            progress =>
            {
                if (progress.Campaign == "second" && progress.Plan == 4)
                    cancel.Cancel();
            },
            cancel.Token
        );
        Assert.That(run.Interrupted, Is.True);
        Assert.That(run.Campaigns.Single().Outcome, Is.EqualTo(All));
    }

    private string Signal => Path.Combine(Folder, "waits");

    private SupervisedRun Run(string script) => Run(Options(script));

    private static SupervisedRun Run(SupervisorOptions options) => new Supervisor(options).Run(null, CancellationToken.None);

    private SupervisorOptions Options(string script) =>
        new()
        {
            FileName = Path.Combine(AppContext.BaseDirectory, "Conformance.Tests"),
            Environment = new Dictionary<string, string>
            {
                ["DOTNET_STARTUP_HOOKS"] = typeof(FakeWorker).Assembly.Location,
                [FakeWorker.Variable] = script,
                [FakeWorker.ClockVariable] = Signal,
            },
            CallDeadline = TimeSpan.FromMilliseconds(400),
            IdleDeadline = TimeSpan.FromHours(1),
            Clock = new WorkerClock(Signal),
            Time = (_, _) => new Always(),
        };

    /// <summary>A worker that could run all the time: the clock of these tests is the worker's own.</summary>
    private sealed class Always : IWorkerTime
    {
        public bool Beats => true;

        public bool IsStopped => false;

        public void Begin() { }

        public TimeSpan CouldRun(TimeSpan passed) => passed;
    }

    private static Plan Plan(WorkerDeath death) => MigrationLanguage.Instance.Recall(new(death.Journal.Plan));
}
