using System.Numerics;
using Conformance.Engine.Plans;
using Conformance.Model.Nested.Steps;

namespace Conformance.Engine.Nested;

/// <summary>Nested plans as plans: every step is a kind and numbers, so that all of it is one table's.</summary>
public sealed class NestedLanguage : IPlanLanguage<NestedPlan>
{
    /// <summary>The language; it holds nothing.</summary>
    public static NestedLanguage Instance { get; } = new();

    /// <inheritdoc/>
    public IReadOnlyList<Func<NestedPlan, int, NestedPlan?>> Moves { get; } = [Zero, HighestBitOff];

    /// <inheritdoc/>
    public int Steps(NestedPlan plan) => plan.Steps.Length;

    /// <inheritdoc/>
    public int Size(NestedPlan plan) => plan.Steps.Length;

    /// <inheritdoc/>
    public IReadOnlyList<string> Lines(NestedPlan plan) => [.. plan.Steps.Select(step => NestedStepTable.Print(step))];

    /// <inheritdoc/>
    public int LineOf(NestedPlan plan, int step) => step;

    /// <inheritdoc/>
    public string CallOf(NestedPlan plan, int step) => step >= 0 && step < plan.Steps.Length ? NestedStepTable.Of(plan.Steps[step].Kind).Name : "";

    /// <inheritdoc/>
    public string? NameOfKind(byte kind) => NestedStepTable.All.FirstOrDefault(row => (byte)row.Kind == kind)?.Name;

    /// <inheritdoc/>
    public NestedPlan Upto(NestedPlan plan, int step) => step + 1 >= plan.Steps.Length ? plan : plan with { Steps = plan.Steps[..Math.Max(0, step + 1)] };

    /// <inheritdoc/>
    public NestedPlan Without(NestedPlan plan, int first, int count) => plan with { Steps = plan.Steps.RemoveRange(first, count) };

    /// <inheritdoc/>
    public void Write(NestedPlan plan, ref PlanWriter to)
    {
        to.Number((ulong)plan.Steps.Length);
        foreach (var step in plan.Steps)
        {
            var operands = NestedStepTable.Of(step.Kind).Operands.Count;
            while (operands > 0 && step[operands - 1] == 0)
                operands--;
            to.Numbers((ulong)step.Kind, (ulong)operands);
            for (var i = 0; i < operands; i++)
                to.Number(step[i]);
        }
    }

    /// <inheritdoc/>
    public NestedPlan Read(PlanReader from)
    {
        var steps = new NestedStep[from.Count()];
        for (var i = 0; i < steps.Length; i++)
        {
            var kind = from.Value<NestedStepKind>();
            var count = (int)from.Number((ulong)NestedStepTable.Of(kind).Operands.Count);
            var operands = new Operands();
            for (var k = 0; k < count; k++)
                operands[k] = from.Number();
            steps[i] = new(kind, operands);
        }

        return new([.. steps]);
    }

    // A place is an operand of a step. What names an object stays: another one would be another plan.
    private static NestedPlan? Zero(NestedPlan plan, int place) => At(plan, place, _ => 0);

    private static NestedPlan? HighestBitOff(NestedPlan plan, int place) => At(plan, place, value => value & ~(1ul << BitOperations.Log2(value)));

    private static NestedPlan? At(NestedPlan plan, int place, Func<ulong, ulong> simpler)
    {
        foreach (var (step, index) in plan.Steps.Select((step, index) => (step, index)))
        {
            var operands = NestedStepTable.Of(step.Kind).Operands;
            if (place >= operands.Count)
            {
                place -= operands.Count;
                continue;
            }

            return step[place] == 0 || operands[place].Role is OperandRole.Slot or OperandRole.Reference or OperandRole.Device
                ? plan
                : plan with
                {
                    Steps = plan.Steps.SetItem(index, step.With(place, simpler(step[place]))),
                };
        }

        return null;
    }
}
