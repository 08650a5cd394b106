using System.Globalization;
using System.Runtime.CompilerServices;
using Conformance.Model.Contract;

namespace Conformance.Model.Requirements;

/// <summary>
/// The id of a requirement. The ids are static fields, each declared together with its row, in the files of the sections: <c>MIG_FSM_06</c> is MIG-FSM-06; what
/// stands before the number is the name of its group. The row is found by <see cref="Catalogue.Of"/>.
/// </summary>
public readonly partial record struct RequirementId
{
    /// <summary>A group has the numbers 1 to <see cref="NumbersOfGroup"/> - 1.</summary>
    private const int NumbersOfGroup = 128;

    // C# runs the initialisers of all fields, in whatever file they are, before a static constructor: here the list of rows is complete.
    static RequirementId() => Rows = Declared.Rows.AsReadOnly();

    private RequirementId(int number) => Number = (ushort)number;

    /// <summary>No requirement.</summary>
    public static RequirementId None => default;

    /// <summary>Above every <see cref="Number"/>: the length of an array with a place for each.</summary>
    public static int Bound { get; } = NumbersOfGroup * (RequirementGroups.All.Max(group => (int)group) + 1);

    /// <summary>
    /// 128 x number of the group + number in the group; 0 is no requirement. It follows from the name alone, so that it is the same in every build and stays
    /// when rows are added. Stored plans have it.
    /// </summary>
    public ushort Number { get; }

    /// <summary>The section of the catalogue; no group for <see cref="None"/>.</summary>
    public RequirementGroup Group => (RequirementGroup)(Number / NumbersOfGroup);

    /// <summary>All rows, in no order.</summary>
    internal static IReadOnlyList<Requirement> Rows { get; }

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)] // what a record has is a call, also where both are constants
    public bool Equals(RequirementId other) => Number == other.Number;

    /// <inheritdoc/>
    public override int GetHashCode() => Number;

    /// <summary>The name with '_' for '-': "MIG_FSM_06"; "None".</summary>
    public override string ToString() =>
        this == None ? nameof(None) : string.Create(CultureInfo.InvariantCulture, $"{Group.Name().Replace('-', '_')}_{Number % NumbersOfGroup:00}");

    /// <summary>An id out of a number that one had. Not looked up: see <see cref="Catalogue.TryFind"/> for numbers of others.</summary>
    internal static RequirementId FromNumber(ushort number) => new(number);

    // The parameters are those of Requirement; a field that is initialised with a row gives it its own name.
    private static RequirementId Row(
        Strength strength,
        UapiLevel? level,
        Channels channels,
        string statement,
        string violation,
        string source,
        string? fault = null,
        string? uncheckable = null,
        string? note = null,
        bool owedByCore = false,
        string? askedBy = null,
        NestedParts parts = NestedParts.Machine,
        [CallerMemberName] string name = ""
    )
    {
        var id = Parse(name);
        Declared.Rows.Add(new(id, strength, level, channels, statement, violation, source, fault, uncheckable, note, owedByCore, askedBy, parts));
        return id;
    }

    private static RequirementId Parse(string name)
    {
        var end = name.LastIndexOf('_');
        if (
            end > 0
            && RequirementGroups.TryParse(name[..end].Replace('_', '-'), out var group)
            && int.TryParse(name.AsSpan(end + 1), NumberStyles.None, CultureInfo.InvariantCulture, out var number)
            && number is > 0 and < NumbersOfGroup
            && new RequirementId((int)group * NumbersOfGroup + number) is var id
            && id.ToString() == name
        )
            return id;
        throw new ArgumentException($"'{name}' is not the name of a group, '_' and a number from 01 to {NumbersOfGroup - 1}", nameof(name));
    }

    // A class of its own: it is there before the first field of whichever file comes first.
    private static class Declared
    {
        internal static readonly List<Requirement> Rows = [];
    }
}
