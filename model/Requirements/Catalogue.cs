using System.Collections.Frozen;
using System.Diagnostics.CodeAnalysis;

namespace Conformance.Model.Requirements;

/// <summary>All requirements.</summary>
public static class Catalogue
{
    private static readonly Requirement[] rows =
    [
        .. RequirementGroups.All.SelectMany(group => RequirementId.Rows.Where(row => row.Group == group).OrderBy(row => row.Id.Number)),
    ];

    private static readonly Requirement?[] byNumber = ByNumber();

    private static readonly FrozenDictionary<string, Requirement> byName = rows.ToFrozenDictionary(row => row.Name, StringComparer.Ordinal);

    /// <summary>The requirements in the order of the catalogue: that of the groups, then by number.</summary>
    public static IReadOnlyList<Requirement> All { get; } = Array.AsReadOnly(rows);

    /// <summary>The requirement with this id. Does not allocate.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The id is <see cref="RequirementId.None"/>.</exception>
    public static Requirement Of(RequirementId id) =>
        byNumber[id.Number] ?? throw new ArgumentOutOfRangeException(nameof(id), id, "not a requirement of the catalogue");

    /// <summary>Finds a requirement by the <see cref="RequirementId.Number"/> of its id; any number may be asked for.</summary>
    public static bool TryFind(long number, [NotNullWhen(true)] out Requirement? requirement)
    {
        requirement = number >= 0 && number < byNumber.Length ? byNumber[number] : null;
        return requirement is not null;
    }

    /// <summary>Finds a requirement by its name as it is written, "MIG-FSM-06"; case counts.</summary>
    public static bool TryParse(string name, [NotNullWhen(true)] out Requirement? requirement) => byName.TryGetValue(name, out requirement);

    private static Requirement?[] ByNumber()
    {
        var all = new Requirement?[RequirementId.Bound];
        foreach (var row in rows)
            all[row.Id.Number] = row;
        return all;
    }
}
