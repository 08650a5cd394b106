using System.Collections.Frozen;
using System.Diagnostics.CodeAnalysis;

namespace Conformance.Model.Requirements;

/// <summary>All requirements. A requirement with id n is the n-th one, counted from 1.</summary>
public static class Catalogue
{
    private static readonly Requirement[] rows =
    [
        .. AbiRows.Rows,
        .. MigrationFeaturesRows.Rows,
        .. StateMachineRows.Rows,
        .. DataSessionRows.Rows,
        .. PreCopyRows.Rows,
        .. PreCopyInfoV2Rows.Rows,
        .. StopRows.Rows,
        .. PeerToPeerRows.Rows,
        .. ResumingRows.Rows,
        .. ErrorAndResetRows.Rows,
        .. DataSizeRows.Rows,
        .. DmaLoggingRows.Rows,
        .. HisiAccThreadRows.Rows,
        .. NestedHandoverRows.Rows,
        .. SmmuRegistersRows.Rows,
        .. SmmuStreamTableRows.Rows,
        .. SmmuContextsRows.Rows,
        .. SmmuWalksRows.Rows,
        .. SmmuEventsRows.Rows,
        .. SmmuCommandsRows.Rows,
        .. SmmuCachesRows.Rows,
        .. SmmuUpdatesRows.Rows,
        .. SmmuNestingRows.Rows,
        .. IommuDirtyTrackingRows.Rows,
        .. SmmuVmStateRows.Rows,
    ];

    private static readonly FrozenDictionary<string, Requirement> byName = rows.ToFrozenDictionary(row => row.Name, StringComparer.Ordinal);

    /// <summary>The requirements in the order of the catalogue.</summary>
    public static IReadOnlyList<Requirement> All { get; } = Array.AsReadOnly(rows);

    /// <summary>The requirement with this id. Does not allocate.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The id is <see cref="RequirementId.None"/> or not a member of the enum.</exception>
    public static Requirement Of(RequirementId id)
    {
        var index = (int)id - 1;
        if ((uint)index >= (uint)rows.Length)
            throw new ArgumentOutOfRangeException(nameof(id), id, "not a requirement of the catalogue");
        return rows[index];
    }

    /// <summary>Finds a requirement by its name as it is written, "MIG-FSM-06"; case counts.</summary>
    public static bool TryParse(string name, [NotNullWhen(true)] out Requirement? requirement) => byName.TryGetValue(name, out requirement);
}
