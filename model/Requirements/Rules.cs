using System.Numerics;
using System.Runtime.CompilerServices;
using System.Text;

namespace Conformance.Model.Requirements;

/// <summary>Up to four requirements that say the same thing about one observation; the first is the one to name. A small value: 16 bits each.</summary>
/// <param name="Packed">The first in the low 16 bits; 0 is no requirement.</param>
public readonly record struct Rules(ulong Packed)
{
    private const ulong Fields = 0x0001_0001_0001_0001;

    /// <summary>How many requirements have a place.</summary>
    public const int Most = 4;

    /// <summary>No requirement: the observation is not judged.</summary>
    public static Rules None => default;

    /// <summary>The rule of one requirement.</summary>
    public static Rules Of(RequirementId only) => new(only.Number);

    /// <summary>The rules of two requirements.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)] // two constants make one
    public static Rules Of(RequirementId first, RequirementId second) =>
        first == RequirementId.None ? Of(second)
        : second == first ? Of(first)
        : new(first.Number | (ulong)second.Number << 16);

    /// <summary>The rules of three or four requirements.</summary>
    public static Rules Of(RequirementId first, RequirementId second, RequirementId third, RequirementId fourth = default) =>
        Of(first).And(second).And(third).And(fourth);

    /// <summary>True when nothing is said.</summary>
    public bool IsNone => Packed == 0;

    /// <summary>The requirement to name.</summary>
    public RequirementId First => RequirementId.FromNumber((ushort)Packed);

    /// <summary>These rules without the first.</summary>
    public Rules Rest => new(Packed >> 16);

    /// <summary>How many requirements there are, 0..4.</summary>
    public int Count => (64 + 15 - BitOperations.LeadingZeroCount(Packed)) / 16;

    /// <summary>The requirement at a place, 0..Count-1.</summary>
    public RequirementId this[int index]
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => RequirementId.FromNumber((ushort)(Packed >> (16 * index)));
    }

    /// <summary>These rules and one more behind them; a fifth is dropped, one that is there already is not repeated.</summary>
    public Rules And(RequirementId id) => id == RequirementId.None || Has(id) || Packed >> 48 != 0 ? this : new(Packed | (ulong)id.Number << (16 * Count));

    /// <summary>These rules, then those.</summary>
    public Rules And(Rules other)
    {
        var both = this;
        for (; !other.IsNone; other = other.Rest)
            both = both.And(other.First);
        return both;
    }

    /// <summary>These rules but for one.</summary>
    public Rules Without(RequirementId id)
    {
        var rest = None;
        for (var i = 0; i < Count; i++)
            if (this[i] != id)
                rest = rest.And(this[i]);
        return rest;
    }

    /// <summary>True when the requirement is among them.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public bool Has(RequirementId id)
    {
        // A field that equals the id becomes 0 here, and a borrow sets the top bit of the lowest such field.
        var differs = Packed ^ (id.Number * Fields);
        return id != RequirementId.None && ((differs - Fields) & ~differs & (Fields << 15)) != 0;
    }

    /// <summary>The names, separated by commas.</summary>
    public override string ToString()
    {
        var text = new StringBuilder();
        for (var i = 0; i < Count; i++)
            text.Append(i == 0 ? "" : ", ").Append(Catalogue.Of(this[i]).Name);
        return text.ToString();
    }
}
