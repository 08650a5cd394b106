using Conformance.Engine.Smmu;
using Conformance.Model.Requirements;
using Conformance.Suites.Proof;

namespace Conformance.Suites.Smmu;

/// <summary>Why a requirement was not exercised on an SMMU. "Not exercised" without a reason is a gap in the suite and fails a run.</summary>
public static class SmmuNotExercised
{
    /// <summary>The reason, or null when there is none: what every campaign that aims at the requirement lacks.</summary>
    public static string? Reason(SceneTarget target, Requirement row)
    {
        if (Checks.Missing(row, SmmuCampaigns.All) is { } missing)
            return missing;
        var lacks = SmmuCampaigns.All.Where(campaign => campaign.Aims.Contains(row.Id)).Select(campaign => campaign.Lacks(target)).ToList();
        return lacks.Contains(null) ? null : lacks.FirstOrDefault();
    }
}
