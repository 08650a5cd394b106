using Conformance.Engine.Plans;

namespace Conformance.Engine.Smmu;

/// <summary>A scene with what a reader should know of it.</summary>
/// <param name="Scene">The scene.</param>
/// <param name="Note">What it is about, in a few words: "T0SZ=15, 4K, lower half"; empty when the scene says enough.</param>
public readonly record struct NamedScene(Scene Scene, string Note);

/// <summary>A source of scenes. The same input gives the same scenes in the same order.</summary>
public interface ISceneCampaign : ISuiteCampaign
{
    /// <summary>What an SMMU lacks for this campaign, as a phrase; null when it has everything.</summary>
    string? Lacks(SceneTarget target);

    /// <summary>The scenes, for an SMMU that has what the campaign needs.</summary>
    /// <param name="target">What the scenes are for.</param>
    /// <param name="seed">The seed of everything random.</param>
    /// <param name="scenes">How many scenes a random campaign makes; exhaustive and directed ones do not look at it.</param>
    IEnumerable<NamedScene> Scenes(SceneTarget target, ulong seed, int scenes);
}
