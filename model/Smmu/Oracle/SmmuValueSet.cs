using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using Conformance.Model.Requirements;

namespace Conformance.Model.Smmu.Oracle;

/// <summary>One value that a register may have.</summary>
/// <param name="Value">The value.</param>
/// <param name="Mask">The bits that are compared; the others are UNKNOWN.</param>
/// <param name="Rules">What says so.</param>
public readonly record struct SmmuValue(ulong Value, ulong Mask, Rules Rules)
{
    /// <summary>True when a value that was read is this one.</summary>
    public bool Matches(ulong seen) => ((seen ^ Value) & Mask) == 0;
}

/// <summary>The values that a register may have, at most eight, without a heap object. The first is what an ordinary correct SMMU shows.</summary>
public struct SmmuValueSet
{
    /// <summary>The most values that are listed.</summary>
    public const int Capacity = 8;

    private Slots slots;

    /// <summary>How many values there are.</summary>
    public int Count { get; private set; }

    /// <summary>A value of the set.</summary>
    [UnscopedRef]
    public readonly ref readonly SmmuValue this[int index] => ref slots[index];

    /// <summary>Makes the set empty.</summary>
    public void Clear() => Count = 0;

    /// <summary>Adds a value.</summary>
    public void Add(ulong value, ulong mask, Rules rules) => slots[Count++] = new(value, mask, rules);

    /// <summary>The first value that matches what was read; -1 when none does.</summary>
    public readonly int Find(ulong seen)
    {
        for (var i = 0; i < Count; i++)
            if (slots[i].Matches(seen))
                return i;
        return -1;
    }

    [InlineArray(Capacity)]
    private struct Slots
    {
        private SmmuValue first;
    }
}
