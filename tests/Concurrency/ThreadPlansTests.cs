using Conformance.Engine.Migration;
using Conformance.Engine.Plans;
using Conformance.Model.Migration.Device;
using Conformance.Model.Migration.Steps;
using NUnit.Framework;

namespace Conformance.Tests.Concurrency;

/// <summary>Plans with threads as bytes, as words, and made simpler.</summary>
[Category("quick")]
public sealed class ThreadPlansTests
{
    private static readonly Step Reset = new(StepKind.Reset);

    private static readonly Plan Sample = new(
        [Step.Set(DeviceState.StopCopy), Step.Get.By(1), Reset.By(2), new Step(StepKind.Read, 16).By(3), Step.Get],
        schedule: [new(1, 2, 2), new(2, 0, 3)]
    );

    private static MigrationLanguage Language => MigrationLanguage.Instance;

    [Test]
    public void Says_who_does_what() =>
        Assert.That(
            Language.Lines(Sample),
            Is.EqualTo([
                "SET STOP_COPY",
                "thread 1: GET state",
                "thread 2: RESET",
                "thread 3: read 16 bytes",
                "GET state",
                "(thread 2 goes on in the middle of GET state of thread 1, at its point 2)",
                "(thread 3 goes on before RESET of thread 2)",
            ])
        );

    [Test]
    public void Comes_back_from_its_bytes()
    {
        var back = ReplayToken.Of(0, MadeFor.Anything, Language, Sample)!.Read(Language);
        Assert.That(back.Steps, Is.EqualTo(Sample.Steps));
        Assert.That(back.Schedule, Is.EqualTo(Sample.Schedule));
        Assert.That(back.Before, Is.EqualTo(1));
    }

    [Test]
    public void A_plan_of_one_thread_has_the_bytes_that_it_always_had()
    {
        var plan = Plan.Of(Step.Set(DeviceState.StopCopy), Step.Get);
        Assert.That(Bytes(plan), Is.EqualTo(new byte[] { 0, 2, 4 * (int)StepKind.SetState + 1, 3, 4 * (int)StepKind.GetState }));
    }

    [Test]
    public void Refuses_more_steps_than_can_be_put_into_an_order()
    {
        var many = new Plan([.. Enumerable.Repeat(Step.Get.By(1), Plan.MostParallel + 1)]);
        Assert.That(() => Language.Read(new(Bytes(many))), Throws.InstanceOf<PlanFormatException>().With.Message.Contains("6 steps that overlap"));
        var threads = Plan.Of(Step.Get.By(Plan.MostThreads + 1));
        Assert.That(() => Language.Read(new(Bytes(threads))), Throws.InstanceOf<PlanFormatException>().With.Message.Contains("thread 5"));
        var schedule = new Plan([Step.Get.By(1)], schedule: [new(1, 0, 1)]);
        Assert.That(() => Language.Read(new(Bytes(schedule))), Throws.InstanceOf<PlanFormatException>());
    }

    // What stands behind overlapping calls says which order they had: cut off, the rest of the plan would show nothing.
    [Test]
    public void Is_never_cut_off([Values(0, 1, 4)] int step) => Assert.That(Language.Upto(Sample, step), Is.SameAs(Sample));

    [Test]
    public void Keeps_the_changes_of_threads_in_steps_that_stay()
    {
        var without = Language.Without(Sample, 0, 1);
        Assert.That(without.Schedule, Is.EqualTo([new Switch(0, 2, 2), new Switch(1, 0, 3)]));
        // Thread 1 is gone: the others have its number now.
        without = Language.Without(Sample, 1, 1);
        Assert.That(without.Steps, Is.EqualTo([Step.Set(DeviceState.StopCopy), Reset.By(1), new Step(StepKind.Read, 16).By(2), Step.Get]));
        Assert.That(without.Schedule, Is.EqualTo([new Switch(1, 0, 2)]));
    }

    [Test]
    public void Becomes_a_plan_of_one_thread_when_that_shows_the_same()
    {
        Plan? Same(Plan plan) => plan.Steps.Any(step => step.Kind == StepKind.Reset) ? plan : null;
        var small = Minimiser.Minimise(Language, Sample, Same, int.MaxValue, out var minimal);
        Assert.That(small.Steps, Is.EqualTo([Reset]));
        Assert.That(small.Schedule, Is.Empty);
        Assert.That(minimal, Is.True);
    }

    [Test]
    public void Has_as_few_changes_of_threads_as_show_the_same()
    {
        Plan? Same(Plan plan) => plan.Schedule.Any(change => change is { Point: >= 1, To: 2 }) ? plan : null;
        var small = Minimiser.Minimise(Language, Sample, Same, int.MaxValue, out _);
        Assert.That(small.Steps, Is.EqualTo([Step.Get.By(1), Reset.By(2)]));
        Assert.That(small.Schedule, Is.EqualTo([new Switch(0, 1, 2)]));
    }

    private static byte[] Bytes(Plan plan)
    {
        var buffer = new byte[256];
        var writer = new PlanWriter(buffer);
        Language.Write(plan, ref writer);
        return buffer[..writer.Length];
    }
}
