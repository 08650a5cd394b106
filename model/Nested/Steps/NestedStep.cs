using System.Collections.Immutable;
using System.Runtime.CompilerServices;

namespace Conformance.Model.Nested.Steps;

/// <summary>One thing that a nested plan does: a kind and its operands, which <see cref="NestedStepTable"/> names. A small value.</summary>
/// <param name="Kind">What is done.</param>
/// <param name="Operands">Its operands; those that a kind does not have are 0.</param>
public readonly record struct NestedStep(NestedStepKind Kind, Operands Operands)
{
    /// <summary>An operand by its place.</summary>
    public ulong this[int index] => Operands[index];

    /// <summary>The step with another operand.</summary>
    public NestedStep With(int index, ulong value)
    {
        var changed = Operands;
        changed[index] = value;
        return this with { Operands = changed };
    }

    /// <summary>A step.</summary>
    public static NestedStep Of(NestedStepKind kind, params ReadOnlySpan<ulong> operands)
    {
        var all = new Operands();
        for (var i = 0; i < operands.Length; i++)
            all[i] = operands[i];
        return new(kind, all);
    }
}

/// <summary>The operands of a step, compared by value.</summary>
[InlineArray(Most)]
public struct Operands : IEquatable<Operands>
{
    /// <summary>How many a step can have.</summary>
    public const int Most = 9;

    private ulong first;

    /// <inheritdoc/>
    public readonly bool Equals(Operands other) => ((ReadOnlySpan<ulong>)this).SequenceEqual(other);

    /// <inheritdoc/>
    public override readonly bool Equals(object? obj) => obj is Operands other && Equals(other);

    /// <inheritdoc/>
    public override readonly int GetHashCode()
    {
        var code = new HashCode();
        foreach (var one in (ReadOnlySpan<ulong>)this)
            code.Add(one);
        return code.ToHashCode();
    }

    /// <summary>True for the same operands.</summary>
    public static bool operator ==(Operands left, Operands right) => left.Equals(right);

    /// <summary>True for other operands.</summary>
    public static bool operator !=(Operands left, Operands right) => !left.Equals(right);
}

/// <summary>What one run asks of nested stages.</summary>
/// <param name="Steps">The steps.</param>
public sealed record NestedPlan(ImmutableArray<NestedStep> Steps)
{
    /// <summary>A plan of some steps.</summary>
    public static NestedPlan Of(params ReadOnlySpan<NestedStep> steps) => new([.. steps]);
}
