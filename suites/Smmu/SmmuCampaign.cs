using Conformance.Engine.Campaigns;
using Conformance.Engine.Judging;
using Conformance.Engine.Smmu;
using Conformance.Model.Requirements;

namespace Conformance.Suites.Smmu;

/// <summary>A campaign of directed scenes, or of an exhaustive sweep: a sentence and what it asks.</summary>
/// <param name="name">Its name.</param>
/// <param name="aims">The requirements that it aims at.</param>
/// <param name="needs">What an SMMU lacks for it: see <see cref="Needs"/>.</param>
/// <param name="make">Makes the scenes.</param>
internal sealed class SmmuCampaign(string name, RequirementId[] aims, Func<SceneTarget, string?> needs, Func<SceneTarget, IEnumerable<Named<Scene>>> make)
    : ICampaign<SceneTarget, Scene>
{
    public string Name => name;

    public string Suite => SmmuCampaigns.Suite;

    public IReadOnlyList<RequirementId> Aims => aims;

    public string? Lacks(SceneTarget target) => needs(target);

    public IEnumerable<Named<Scene>> Plans(SceneTarget device, CampaignInput input) => make(device);

    public IReadOnlyList<Witness> MustSee(SceneTarget device, CampaignInput input) => Lacks(device) is null ? SmmuWitnesses.Of(aims) : [];

    public override string ToString() => name;
}

/// <summary>Random scenes of a kind.</summary>
/// <param name="kind">The kind.</param>
/// <param name="aims">The requirements that they aim at.</param>
internal sealed class RandomScenes(SceneKind kind, params RequirementId[] aims) : ICampaign<SceneTarget, Scene>
{
    // With fewer scenes than this, what they see is a matter of luck.
    private const int EnoughPlans = 64;

    public string Name { get; } =
        $"random-scenes-{kind switch { SceneKind.Stage1 => "stage-1", SceneKind.Stage2 => "stage-2", SceneKind.Nested => "nested", _ => "mixed" }}";

    public string Suite => SmmuCampaigns.Suite;

    public IReadOnlyList<RequirementId> Aims => aims;

    public bool IsRandom => true;

    public string? Lacks(SceneTarget target) =>
        kind switch
        {
            SceneKind.Stage1 => Needs.Stage1(target),
            SceneKind.Stage2 => Needs.Stage2(target),
            _ => Needs.Nested(target),
        };

    public IEnumerable<Named<Scene>> Plans(SceneTarget device, CampaignInput input)
    {
        var generator = new SceneGenerator(device);
        for (var number = 0; number < input.Plans; number++)
            yield return new(generator.Make(kind, input.Seed, (ulong)number));
    }

    public IReadOnlyList<Witness> MustSee(SceneTarget device, CampaignInput input) =>
        Lacks(device) is null && input.Plans >= EnoughPlans
            ? [.. SmmuWitnesses.Of(aims), SmmuWitnesses.Translated, SmmuWitnesses.Refused, SmmuWitnesses.Recorded, SmmuWitnesses.Consumed]
            : [];

    public override string ToString() => Name;
}
