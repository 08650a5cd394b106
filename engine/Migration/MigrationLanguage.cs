using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Conformance.Engine.Plans;
using Conformance.Model.Migration.Device;
using Conformance.Model.Migration.Steps;

namespace Conformance.Engine.Migration;

/// <summary>
/// The plans of the migration suite. Bytes: 1 when the device is opened without access, the count of steps, and per step (its thread * 2 + its device) * 1024 +
/// its kind * 4 + 1 when A is not 0 + 2 when B is not 0, followed by those. When a step has a thread: the count of switches, and per switch its step, point and
/// thread.
/// </summary>
public sealed class MigrationLanguage : IPlanLanguage<Plan>
{
    /// <summary>The most steps that a plan read from bytes may have.</summary>
    public const int MaxSteps = 16_384;

    private const ulong DeviceUnit = 4 * (byte.MaxValue + 1);
    private const ulong Devices = Step.LastDevice + 1;

    private MigrationLanguage() { }

    /// <summary>The only one that is needed.</summary>
    public static MigrationLanguage Instance { get; } = new();

    /// <inheritdoc/>
    public IReadOnlyList<Func<Plan, int, Plan?>> Moves { get; } = [FewerThreads, FewerSwitches, SimplerStep, EarlierSwitch];

    /// <inheritdoc/>
    public int Steps(Plan plan) => plan.Steps.Count;

    /// <inheritdoc/>
    public int Size(Plan plan) => plan.Steps.Count + plan.Schedule.Count;

    /// <inheritdoc/>
    public IReadOnlyList<string> Lines(Plan plan) =>
        [
            .. plan.Unbound ? ["(opened without access)"] : Array.Empty<string>(),
            .. plan.Steps.Select(step => step.ToString()),
            .. plan.Schedule.Select(plan.Say),
        ];

    /// <inheritdoc/>
    public int LineOf(Plan plan, int step) => step + (plan.Unbound ? 1 : 0);

    /// <inheritdoc/>
    public string? NameOfKind(byte kind) => Enum.GetName((StepKind)kind);

    /// <inheritdoc/>
    public Plan Upto(Plan plan, int step)
    {
        // Of calls that overlap all belong to what was seen, in whatever order they stand in the plan. So do those behind them: they say which order it was.
        return plan.IsConcurrent || step + 1 >= plan.Steps.Count || step < 0 ? plan : new([.. plan.Steps.Take(step + 1)], plan.Unbound, plan.Schedule);
    }

    /// <inheritdoc/>
    public Plan Without(Plan plan, int first, int count) => ThreadMoves.Without(plan, first, count);

    /// <inheritdoc/>
    public void Write(Plan plan, ref PlanWriter to)
    {
        to.Flag(plan.Unbound);
        to.Number((ulong)plan.Steps.Count);
        foreach (ref readonly var step in plan.AsSpan())
        {
            var code = (((ulong)step.Thread * Devices) + step.Device) * DeviceUnit + ((ulong)step.Kind * 4) + (step.A != 0 ? 1u : 0) + (step.B != 0 ? 2u : 0);
            if (step.A != 0)
                to.Numbers(code, step.A);
            else
                to.Number(code);
            if (step.B != 0)
                to.Number(step.B);
        }

        WriteSchedule(plan, ref to);
    }

    /// <summary>The steps as they stand in memory.</summary>
    public void Note(Plan plan, ref PlanWriter to)
    {
        to.Flag(plan.Unbound);
        to.Number((ulong)plan.Steps.Count);
        to.Bytes(MemoryMarshal.AsBytes(plan.AsSpan()));
        WriteSchedule(plan, ref to);
    }

    private static void WriteSchedule(Plan plan, ref PlanWriter to)
    {
        if (!plan.IsConcurrent)
            return;
        to.Number((ulong)plan.Schedule.Count);
        foreach (var change in plan.Schedule)
        {
            to.Number(change.Step);
            to.Number(change.Point);
            to.Number(change.To);
        }
    }

    /// <inheritdoc/>
    public Plan Recall(PlanReader from)
    {
        var unbound = from.Flag();
        var count = CountOfSteps(from);
        var steps = MemoryMarshal.Cast<byte, Step>(from.Bytes(count * Unsafe.SizeOf<Step>()).Span).ToArray();
        foreach (var step in steps)
            if (!StepTable.Knows(step.Kind) || step.Device > Step.LastDevice || step.Thread > Plan.MostThreads)
                throw new PlanFormatException("a step is none that there is");
        return WithSchedule(steps, unbound, from);
    }

    private static int CountOfSteps(PlanReader from)
    {
        var count = from.Count();
        return count is 0 or > MaxSteps
            ? throw new PlanFormatException(FormattableString.Invariant($"it holds {count} steps; a plan has 1 to {MaxSteps}"))
            : count;
    }

    private static Plan WithSchedule(Step[] steps, bool unbound, PlanReader from)
    {
        var plan = new Plan(steps, unbound);
        return plan.IsConcurrent ? new(steps, unbound, ReadSchedule(plan, from)) : plan;
    }

    /// <inheritdoc/>
    public Plan Read(PlanReader from)
    {
        var unbound = from.Flag();
        var steps = new Step[CountOfSteps(from)];
        for (var at = 0; at < steps.Length; at++)
        {
            var code = from.Number();
            var a = (code & 1) != 0 ? (uint)from.Number(uint.MaxValue) : 0;
            var b = (code & 2) != 0 ? from.Number() : 0;
            var (thread, device) = Math.DivRem(code / DeviceUnit, Devices);
            if (thread > Plan.MostThreads)
                throw new PlanFormatException(
                    FormattableString.Invariant($"step {at + 1} is done by thread {thread}, and there are {Plan.MostThreads}: a newer kit made it")
                );
            var kind = (StepKind)(code % DeviceUnit / 4);
            if (!StepTable.Knows(kind))
                throw new PlanFormatException(
                    FormattableString.Invariant($"step {at + 1} is of kind {(int)kind}, which this kit does not know: a newer one made the token")
                );
            steps[at] = new(kind, (byte)device, a, b) { Thread = (byte)thread };
        }

        return WithSchedule(steps, unbound, from);
    }

    private static Switch[] ReadSchedule(Plan plan, PlanReader from)
    {
        var parallel = plan.Steps.Count(step => step.Thread != 0);
        if (parallel > Plan.MostParallel || plan.Steps.Count - parallel > Plan.MostSequential)
            throw new PlanFormatException(
                FormattableString.Invariant(
                    $"it has {parallel} steps that overlap and {plan.Steps.Count - parallel} others; at most {Plan.MostParallel} and {Plan.MostSequential} go"
                )
            );
        var schedule = new Switch[from.Count()];
        for (var at = 0; at < schedule.Length; at++)
            schedule[at] = new((byte)from.Number((ulong)plan.Steps.Count - 1), (byte)from.Number(Switch.LastPoint), (byte)from.Number(Plan.MostThreads));
        return schedule;
    }

    private const int MovesPerStep = 2;

    // Only ever towards the simpler one, so that a search ends.
    private static Plan? SimplerStep(Plan plan, int place)
    {
        var at = place / MovesPerStep;
        if (at >= plan.Steps.Count)
            return null;
        var simpler = StepTable.Simpler(plan.Steps[at]).Skip(place % MovesPerStep).Cast<Step?>().FirstOrDefault();
        return simpler is { } step ? new([.. plan.Steps.Select((old, i) => i == at ? step : old)], plan.Unbound, plan.Schedule) : plan;
    }

    private static Plan? FewerThreads(Plan plan, int place) => ThreadMoves.FewerThreads(plan, place);

    private static Plan? FewerSwitches(Plan plan, int place) => ThreadMoves.FewerSwitches(plan, place);

    private static Plan? EarlierSwitch(Plan plan, int place) => ThreadMoves.EarlierSwitch(plan, place);
}
