using Conformance.Model.Contract;

namespace Conformance.Engine.Smmu;

/// <summary>How a scene ended.</summary>
/// <param name="Divergence">Where it parted from the contract first; null when it did not.</param>
/// <param name="Warning">The first thing that the contract advises against; null when there was none.</param>
/// <param name="Loss">The SMMU died or did not answer; null when it did neither.</param>
/// <param name="Step">The step that ran last.</param>
public readonly record struct SceneResult(SceneDivergence? Divergence, SceneDivergence? Warning, DeviceLostException? Loss, int Step)
{
    /// <summary>The known deviations on the way, each with its number.</summary>
    public IReadOnlyList<(int Known, SceneDivergence Divergence)> Accepted { get; init; } = [];

    /// <summary>Where it parted from the contract, or what the contract advises against; null when it did neither.</summary>
    internal SceneDivergence? Worst => Divergence ?? Warning;

    /// <summary>True when nothing was wrong, or nothing that is not known.</summary>
    public bool Passed => Divergence is null && Loss is null;
}
