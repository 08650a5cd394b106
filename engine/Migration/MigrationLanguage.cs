using Conformance.Engine.Plans;
using Conformance.Model.Migration.Device;
using Conformance.Model.Migration.Steps;

namespace Conformance.Engine.Migration;

/// <summary>
/// The plans of the migration suite. Bytes: 1 when the device is opened without access, the count of steps, and per step its device * 1024 + its kind * 4 + 1
/// when A is not 0 + 2 when B is not 0, followed by those.
/// </summary>
public sealed class MigrationLanguage : IPlanLanguage<Plan>
{
    /// <summary>The most steps that a plan read from bytes may have.</summary>
    public const int MaxSteps = 16_384;

    private const ulong DeviceUnit = 4 * (byte.MaxValue + 1);

    private MigrationLanguage() { }

    /// <summary>The only one that is needed.</summary>
    public static MigrationLanguage Instance { get; } = new();

    /// <inheritdoc/>
    public IReadOnlyList<Func<Plan, int, Plan?>> Moves { get; } = [SimplerStep];

    /// <inheritdoc/>
    public int Steps(Plan plan) => plan.Steps.Count;

    /// <inheritdoc/>
    public int Size(Plan plan) => plan.Steps.Count;

    /// <inheritdoc/>
    public IReadOnlyList<string> Lines(Plan plan) =>
        plan.Unbound ? ["(opened without access)", .. plan.Steps.Select(step => step.ToString())] : [.. plan.Steps.Select(step => step.ToString())];

    /// <inheritdoc/>
    public int LineOf(Plan plan, int step) => step + (plan.Unbound ? 1 : 0);

    /// <inheritdoc/>
    public string? NameOfKind(byte kind) => Enum.GetName((StepKind)kind);

    /// <inheritdoc/>
    public Plan Upto(Plan plan, int step) => step + 1 >= plan.Steps.Count || step < 0 ? plan : new([.. plan.Steps.Take(step + 1)], plan.Unbound);

    /// <inheritdoc/>
    public Plan Without(Plan plan, int first, int count) => new([.. plan.Steps.Where((_, at) => at < first || at >= first + count)], plan.Unbound);

    /// <inheritdoc/>
    public void Write(Plan plan, ref PlanWriter to)
    {
        to.Flag(plan.Unbound);
        to.Number((ulong)plan.Steps.Count);
        foreach (ref readonly var step in plan.AsSpan())
        {
            to.Number(((ulong)step.Device * DeviceUnit) + ((ulong)step.Kind * 4) + (step.A != 0 ? 1u : 0) + (step.B != 0 ? 2u : 0));
            if (step.A != 0)
                to.Number(step.A);
            if (step.B != 0)
                to.Number(step.B);
        }
    }

    /// <inheritdoc/>
    public Plan Read(PlanReader from)
    {
        var unbound = from.Flag();
        var count = from.Count();
        if (count is 0 or > MaxSteps)
            throw new PlanFormatException(FormattableString.Invariant($"it holds {count} steps; a plan has 1 to {MaxSteps}"));
        var steps = new Step[count];
        for (var at = 0; at < steps.Length; at++)
        {
            var code = from.Number();
            var a = (code & 1) != 0 ? (uint)from.Number(uint.MaxValue) : 0;
            var b = (code & 2) != 0 ? from.Number() : 0;
            if (code / DeviceUnit > Step.LastDevice)
                throw new PlanFormatException(
                    FormattableString.Invariant($"step {at + 1} is done to device {code / DeviceUnit}, and there are two: a newer kit made it")
                );
            var kind = (StepKind)(code % DeviceUnit / 4);
            if (!StepTable.Knows(kind))
                throw new PlanFormatException(
                    FormattableString.Invariant($"step {at + 1} is of kind {(int)kind}, which this kit does not know: a newer one made the token")
                );
            steps[at] = new(kind, (byte)(code / DeviceUnit), a, b);
        }

        return new(steps, unbound);
    }

    private const int MovesPerStep = 2;

    // Only ever towards the simpler one, so that a search ends.
    private static Plan? SimplerStep(Plan plan, int place)
    {
        var at = place / MovesPerStep;
        if (at >= plan.Steps.Count)
            return null;
        var simpler = StepTable.Simpler(plan.Steps[at]).Skip(place % MovesPerStep).Cast<Step?>().FirstOrDefault();
        return simpler is { } step ? new([.. plan.Steps.Select((old, i) => i == at ? step : old)], plan.Unbound) : plan;
    }
}
