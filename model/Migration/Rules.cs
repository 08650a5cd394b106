using System.Text;
using Conformance.Model.Requirements;

namespace Conformance.Model.Migration;

/// <summary>Up to four requirements that say the same thing about one observation; the first is the one to name. A small value: 16 bits each.</summary>
/// <param name="Packed">The first in the low 16 bits; 0 is no requirement.</param>
public readonly record struct Rules(ulong Packed)
{
    /// <summary>No requirement: the observation is not judged.</summary>
    public static Rules None => default;

    /// <summary>The rules of up to four requirements.</summary>
    public static Rules Of(RequirementId first, RequirementId second = default, RequirementId third = default, RequirementId fourth = default) =>
        new Rules((ushort)first).And(second).And(third).And(fourth);

    /// <summary>True when nothing is said.</summary>
    public bool IsNone => Packed == 0;

    /// <summary>The requirement to name.</summary>
    public RequirementId First => (RequirementId)(ushort)Packed;

    /// <summary>How many requirements there are, 0..4.</summary>
    public int Count => Packed == 0 ? 0 : Packed <= 0xFFFF ? 1 : Packed <= 0xFFFF_FFFF ? 2 : Packed <= 0xFFFF_FFFF_FFFF ? 3 : 4;

    /// <summary>The requirement at a place, 0..Count-1.</summary>
    public RequirementId this[int index] => (RequirementId)(ushort)(Packed >> (16 * index));

    /// <summary>These rules and one more behind them; a fifth is dropped, one that is there already is not repeated.</summary>
    public Rules And(RequirementId id) => id == RequirementId.None || Has(id) || Packed >> 48 != 0 ? this : new(Packed | (ulong)id << (16 * Count));

    /// <summary>These rules, then those.</summary>
    public Rules And(Rules other)
    {
        var both = this;
        for (; other.Packed != 0; other = new(other.Packed >> 16))
            both = both.And(other.First);
        return both;
    }

    /// <summary>True when the requirement is among them.</summary>
    public bool Has(RequirementId id)
    {
        for (var rest = Packed; rest != 0; rest >>= 16)
            if ((ushort)rest == (ushort)id)
                return true;
        return false;
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
