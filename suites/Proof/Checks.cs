using Conformance.Drivers.Faults;
using Conformance.Engine.Campaigns;
using Conformance.Model.Requirements;

namespace Conformance.Suites.Proof;

/// <summary>
/// What stands behind a requirement. It is checked when a campaign aims at it and a fault proves that the check can fail; nobody writes that down by hand.
/// </summary>
public static class Checks
{
    /// <summary>The campaigns that aim at a requirement.</summary>
    public static IEnumerable<ICampaign> Of(RequirementId id, IEnumerable<ICampaign> campaigns) => campaigns.Where(campaign => campaign.Aims.Contains(id));

    /// <summary>Why a requirement is not checked, as a phrase; null when it is.</summary>
    /// <param name="row">The requirement.</param>
    /// <param name="campaigns">All campaigns, or those of the suite of the requirement.</param>
    public static string? Missing(Requirement row, IReadOnlyCollection<ICampaign> campaigns)
    {
        ArgumentNullException.ThrowIfNull(row);
        if (row.Uncheckable is not null)
            return row.Uncheckable;
        if (campaigns.All(campaign => campaign.Suite != row.Suite))
            return $"not checked yet: suite '{row.Suite}' has no campaigns";
        if (!Of(row.Id, campaigns).Any())
            return "not checked yet: no campaign aims at it";
        return FaultCatalogue.Of(row.Id).Any() ? null : "not checked yet: no fault proves the check";
    }
}
