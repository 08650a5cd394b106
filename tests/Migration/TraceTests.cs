using Conformance.Drivers.Reference.Migration;
using Conformance.Engine.Migration;
using Conformance.Engine.Workers;
using Conformance.Model.Contract;
using Conformance.Model.Migration.Device;
using Conformance.Model.Migration.Steps;
using Conformance.Tests.Migration.Odd;
using NUnit.Framework;

namespace Conformance.Tests.Migration;

/// <summary>What was seen stands beside the step that it was seen of.</summary>
[Category("quick")]
public sealed class TraceTests
{
    private static readonly Step query = new(StepKind.QueryFeatures),
        size = new(StepKind.QueryDataSize);

    private static readonly Plan plan = new([
        Step.Set(DeviceState.StopCopy),
        query with
        {
            Thread = 1,
        },
        size with
        {
            Thread = 2,
        },
        query with
        {
            Thread = 2,
        },
        Step.Get,
    ]);

    [Test]
    public void Calls_of_threads_may_have_come_in_another_order() =>
        Assert.That(Places(plan.Steps[0], plan.Steps[2], plan.Steps[1], plan.Steps[3], plan.Steps[4]), Is.EqualTo([0, 2, 1, 3, 4]));

    /// <summary>One thread did them, so that nobody knows any more which of two like ones was whose.</summary>
    [Test]
    public void Calls_of_one_thread_in_their_place_are_found() =>
        Assert.That(Places(plan.Steps[0], size, query, query, plan.Steps[4]), Is.EqualTo([0, 2, 3, 1, 4]));

    [Test]
    public void Steps_that_were_left_out_have_no_line() => Assert.That(Places(plan.Steps[0], plan.Steps[4]), Is.EqualTo([0, 4]));

    [Test]
    public void What_is_left_of_a_long_plan_is_its_end()
    {
        var walk = Plan.Of([
            .. Enumerable.Repeat(new[] { Step.Set(DeviceState.Stop), Step.Get, Step.Set(DeviceState.Running), Step.Get }, 100).SelectMany(steps => steps),
        ]);
        var lines = PlanDivergence.Lines(walk, [.. Enumerable.Range(350, 50).Select(at => new StepTrace(walk.Steps[at], $"seen at {at}", at))]);
        Assert.That(lines.Select(line => line.Step), Is.EqualTo(Enumerable.Range(350, 50)));
    }

    /// <summary>A look may cost several calls: it is taken when a plan is run again, and stands beside the steps as a note.</summary>
    [Test]
    public void What_reached_the_device_stands_beside_a_step_of_a_plan_that_is_run_again()
    {
        using var target = new OddTarget(ReferenceTarget.Create("reference", MigrationFeatures.StopCopy), device => new Counting(device));
        var lockstep = new LockstepRunner(target, Survey.Look(target, NullJournal.Instance).Machine!, NullJournal.Instance);
        var plan = Plan.Of(Step.Set(DeviceState.Stop), query, Step.Get);
        Assert.That(lockstep.Run(plan).Worst, Is.Null);
        Assert.That(lockstep.Trace(plan).Select(line => line.Note), Is.EqualTo(["", "", ""]));
        Assert.That(lockstep.Run(plan, again: true).Worst, Is.Null);
        Assert.That(lockstep.Trace(plan).Select(line => line.Note), Is.EqualTo(["the device got call 1", "the device got call 2", "the device got call 3"]));
        Assert.That(lockstep.Run(plan).Worst, Is.Null);
        Assert.That(lockstep.Trace(plan).Select(line => line.Note), Is.EqualTo(["", "", ""]), "what an earlier run saw is not this one's");
    }

    private sealed class Counting(IMigrationDevice device) : DecoratedDevice(device), IDeviceEvidence
    {
        private int calls,
            told;

        public override IDeviceEvidence Evidence => this;

        public override CallResult Feature(in UserBuffer argument)
        {
            calls++;
            return base.Feature(argument);
        }

        public string Take()
        {
            var since = calls - told;
            told = calls;
            return since == 0 ? "" : $"call {calls}";
        }
    }

    private static IEnumerable<int> Places(params IReadOnlyList<Step> steps) =>
        PlanDivergence.Lines(plan, [.. steps.Select(step => new StepTrace(step, "seen"))]).Select(line => line.Step);
}
