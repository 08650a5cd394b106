using Conformance.Model.Migration.Oracle;
using Conformance.Model.Requirements;
using Conformance.Suites.Proof;

namespace Conformance.Suites.Migration;

/// <summary>Why a requirement was not exercised on a device. "Not exercised" without a reason is a gap in the suite and fails a run.</summary>
public static class NotExercised
{
    /// <summary>The reason, or null when there is none: what every group of plans that is there for the requirement lacks.</summary>
    /// <param name="machine">The device; null when its feature set is unknown.</param>
    /// <param name="row">The requirement.</param>
    /// <param name="campaigns">The campaigns that could have shown it; by default all.</param>
    public static string? Reason(MigrationMachine? machine, Requirement row, IEnumerable<MigrationCampaign>? campaigns = null)
    {
        if (Checks.Missing(row, MigrationCampaigns.All) is { } missing)
            return missing;
        if (machine is null)
            return "the feature set is unknown";
        if (row.Level is { } level && level > machine.Level)
            return $"starts at uAPI level {level.Name()}; the device is at {machine.Level.Name()}";
        if (!machine.Asks(row.Id))
            return "cannot be observed on this channel";
        var lacks = (campaigns ?? MigrationCampaigns.All).SelectMany(campaign => campaign.LacksFor(row.Id, machine)).ToList();
        return lacks.Contains(null) ? null : lacks.FirstOrDefault();
    }

    /// <summary>The reason of what nobody can make happen, where the plans that are there for it were run; null for what plans show each time.</summary>
    public static string? Chance(MigrationMachine? machine, Requirement row) =>
        machine is not null && ConcurrencyCampaigns.IsChance(machine, row.Id)
            ? "calls of several threads never met: the driver's machine needs two processors that are free"
            : null;
}
