using Conformance.Engine.Scenes;
using Conformance.Model.Requirements;

namespace Conformance.Suites.Smmu;

/// <summary>A campaign of directed scenes, or of an exhaustive sweep: a sentence and what it asks.</summary>
/// <param name="name">Its name.</param>
/// <param name="aims">The requirements that it aims at.</param>
/// <param name="make">Makes the scenes; none when the SMMU lacks what the campaign is about.</param>
internal sealed class SmmuCampaign(string name, RequirementId[] aims, Func<SceneTarget, IEnumerable<NamedScene>> make) : ISceneCampaign
{
    public string Name => name;

    public IReadOnlyList<RequirementId> Aims => aims;

    public IEnumerable<NamedScene> Scenes(SceneTarget target, ulong seed, int scenes) => make(target);

    public override string ToString() => name;
}

/// <summary>Random scenes of a kind.</summary>
/// <param name="kind">The kind.</param>
/// <param name="aims">The requirements that they aim at.</param>
internal sealed class RandomScenes(SceneKind kind, params RequirementId[] aims) : ISceneCampaign
{
    public string Name { get; } = $"random scenes, {kind switch { SceneKind.Stage1 => "stage 1", SceneKind.Stage2 => "stage 2", SceneKind.Nested => "nested", _ => "mixed" }}";

    public IReadOnlyList<RequirementId> Aims => aims;

    public IEnumerable<NamedScene> Scenes(SceneTarget target, ulong seed, int scenes)
    {
        if (!SceneGenerator.Kinds(target.Capabilities).Contains(kind)) yield break;
        var generator = new SceneGenerator(target);
        for (var number = 0; number < scenes; number++) yield return new(generator.Make(kind, seed, (ulong)number), "");
    }

    public override string ToString() => Name;
}
