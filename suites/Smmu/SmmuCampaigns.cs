using Conformance.Engine.Campaigns;
using Conformance.Engine.Smmu;
using static Conformance.Model.Requirements.RequirementId;

namespace Conformance.Suites.Smmu;

/// <summary>The campaigns of the smmu suite in the order in which they run: what is plain first.</summary>
public static class SmmuCampaigns
{
    /// <summary>The name of the suite.</summary>
    public const string Suite = "smmu";

    /// <summary>All of them.</summary>
    public static IReadOnlyList<ICampaign<SceneTarget, Scene>> All { get; } =
    [
        .. RegisterCampaigns.All,
        .. StreamTableCampaigns.All,
        .. ContextCampaigns.All,
        .. WalkCampaigns.All,
        .. UpdateCampaigns.All,
        .. EventCampaigns.All,
        .. CommandCampaigns.All,
        .. CacheCampaigns.All,
        .. StateCampaigns.All,
        new RandomScenes(SceneKind.Stage1, SMMU_WALK_01),
        new RandomScenes(SceneKind.Stage2, SMMU_WALK_15),
        new RandomScenes(SceneKind.Nested, SMMU_WALK_01),
        new RandomScenes(SceneKind.Mixed, SMMU_WALK_01),
    ];
}
