using Conformance.Engine.Migration;
using Conformance.Engine.Plans;
using Conformance.Model.Contract;
using Conformance.Model.Migration.Device;
using Conformance.Model.Migration.Steps;
using NUnit.Framework;

namespace Conformance.Tests.Plans;

/// <summary>What the search for shorter plans leaves out, on failures that are only functions of the plan.</summary>
[Category("quick")]
public sealed class MinimiserTests
{
    private static readonly Step Save = Step.Set(DeviceState.StopCopy),
        Run = Step.Set(DeviceState.Running),
        Reset = new(StepKind.Reset),
        Bad = Step.Set(DeviceState.Error);

    [Test]
    public void Steps_that_are_not_needed_are_left_out_and_the_rest_is_made_simpler()
    {
        var plan = Plan.Of(Step.Get, Save, Step.Get, new(StepKind.Read, 48), Step.Get, Reset, Bad);
        Assert.That(
            Minimise(plan, steps => steps.Contains(Save) && steps.Any(step => step.Kind == StepKind.Read)).Steps,
            Is.EqualTo([Save, new(StepKind.Read, 1), Bad])
        );
    }

    [Test]
    public void Two_steps_that_need_each_other_are_left_out_together()
    {
        // Without one of the saves, or without the reset, it fails in another way.
        var plan = Plan.Of(Save, Reset, Run, Save, Bad);
        Assert.That(
            Minimise(plan, steps => steps.Contains(Run) && steps.Count(step => step == Save) == 1 + steps.Count(step => step == Reset)).Steps,
            Is.EqualTo([Save, Run, Bad])
        );
    }

    [Test]
    public void What_is_left_can_spare_neither_one_step_nor_two([Range(1, 40)] int seed)
    {
        // Any failure at all: each plan shows it or does not, by its hash.
        var random = new SplitMix((ulong)seed);
        Step[] kinds = [Save, Run, Reset, Step.Get];
        Plan plan;
        do plan = new([.. Enumerable.Range(0, 12).Select(_ => kinds[random.Below(4)]), Bad]);
        while (!Fails(plan.Steps));
        bool Fails(IEnumerable<Step> steps) =>
            (steps.Aggregate((uint)seed, (hash, step) => (hash ^ (uint)step.Kind ^ (step.A << 8)) * 16777619) >> 16) % 2 == 0;
        var ran = new List<string>();
        var shortest = Minimise(plan, Fails, ran).Steps;
        for (var first = 0; first < shortest.Count; first++)
        for (var second = first; second < shortest.Count; second++)
            Assert.That(Shows(new([.. shortest.Where((_, at) => at != first && at != second)]), Fails), Is.Null);
        var again = new List<string>();
        Assert.That(Minimise(plan, Fails, again).Steps, Is.EqualTo(shortest));
        Assert.That(again, Is.EqualTo(ran), "the same plans are run in the same order");
    }

    private static Plan Minimise(Plan plan, Func<IReadOnlyList<Step>, bool> fails, List<string>? ran = null) =>
        Minimiser.Minimise(
            MigrationLanguage.Instance,
            plan,
            candidate =>
            {
                ran?.Add(candidate.ToString());
                return Shows(candidate, fails);
            },
            int.MaxValue,
            out _
        );

    private static Plan? Shows(Plan plan, Func<IReadOnlyList<Step>, bool> fails)
    {
        var at = plan.Steps.ToList().IndexOf(Bad);
        return at >= 0 && fails([.. plan.Steps.Take(at + 1)]) ? new([.. plan.Steps.Take(at + 1)]) : null;
    }
}
