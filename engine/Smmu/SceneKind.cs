namespace Conformance.Engine.Smmu;

/// <summary>What random scenes are about.</summary>
public enum SceneKind
{
    /// <summary>Stage 1 alone.</summary>
    Stage1,

    /// <summary>Stage 2 alone.</summary>
    Stage2,

    /// <summary>Stage 1 behind stage 2.</summary>
    Nested,

    /// <summary>Streams of every configuration side by side.</summary>
    Mixed,
}
