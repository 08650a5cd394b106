namespace Conformance.Model.Requirements;

/// <summary>How strictly a requirement is meant, and so what a deviation counts as.</summary>
public enum Strength
{
    /// <summary>
    /// MUST: the wording of the uAPI. A deviation is a violation. An exact errno is fixed by the header for few values only (ENOMSG at the temporary end of a
    /// stream, EINVAL for the info call outside PC and PP); any other reads as "must fail" from the header and "with this errno" from the core.
    /// </summary>
    Must,

    /// <summary>MUST(core): the header is silent, but the VFIO core fixes the behaviour. A deviation is a violation.</summary>
    MustCore,

    /// <summary>SHOULD: recommended by the uAPI. A deviation is a warning, and fails a strict run.</summary>
    Should,

    /// <summary>MAY: latitude that the oracle grants, or a fact to know. It cannot be violated.</summary>
    May,

    /// <summary>CONV: the convention of all drivers where header and core are silent. A deviation is a warning, and fails a strict run.</summary>
    Convention,

    /// <summary>USER: an obligation on the user of the interface. The kit obeys it; a driver must survive when it is not obeyed.</summary>
    User,
}

/// <summary>How strengths are written, and what not keeping a requirement means.</summary>
public static class Strengths
{
    /// <summary>As the catalogue writes it: "MUST(core)".</summary>
    public static string Name(this Strength strength) =>
        strength switch
        {
            Strength.Must => "MUST",
            Strength.MustCore => "MUST(core)",
            Strength.Should => "SHOULD",
            Strength.May => "MAY",
            Strength.Convention => "CONV",
            Strength.User => "USER",
            _ => throw new ArgumentOutOfRangeException(nameof(strength), strength, "not a strength"),
        };

    /// <summary>True when a requirement is a SHOULD or a convention: not keeping it is a warning.</summary>
    public static bool IsWarning(RequirementId id) => Catalogue.Of(id).Strength is Strength.Should or Strength.Convention;

    /// <summary>True when there are rules, and all of them are.</summary>
    public static bool IsWarning(Rules rules)
    {
        for (var i = 0; i < rules.Count; i++)
            if (!IsWarning(rules[i]))
                return false;
        return !rules.IsNone;
    }
}
