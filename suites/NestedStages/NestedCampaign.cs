using Conformance.Engine.Campaigns;
using Conformance.Engine.Judging;
using Conformance.Engine.Nested;
using Conformance.Model.Nested.Steps;
using Conformance.Model.Requirements;

namespace Conformance.Suites.NestedStages;

/// <summary>A campaign of directed plans, or of a product of corners.</summary>
/// <param name="name">Its name.</param>
/// <param name="aims">The requirements that it aims at.</param>
/// <param name="needs">What nested stages lack for it.</param>
/// <param name="make">Makes the plans.</param>
internal sealed class NestedCampaign(
    string name,
    RequirementId[] aims,
    Func<NestedSight, string?> needs,
    Func<NestedSight, IEnumerable<Named<NestedPlan>>> make
) : ICampaign<NestedSight, NestedPlan>
{
    public string Name => name;

    public string Suite => NestedCampaigns.Suite;

    public IReadOnlyList<RequirementId> Aims => aims;

    /// <summary>What it must see besides a judged step.</summary>
    public IReadOnlyList<Witness> Sees { get; init; } = [];

    public string? Lacks(NestedSight device) => needs(device);

    public IEnumerable<Named<NestedPlan>> Plans(NestedSight device, CampaignInput input) => make(device);

    public IReadOnlyList<Witness> MustSee(NestedSight device, CampaignInput input) => Lacks(device) is null ? [NestedWitnesses.Judged, .. Sees] : [];

    public override string ToString() => name;
}

/// <summary>Random plans.</summary>
/// <param name="name">Its name.</param>
/// <param name="aims">The requirements that they aim at.</param>
/// <param name="needs">What nested stages lack for it.</param>
/// <param name="make">Makes the plan of a seed.</param>
internal sealed class RandomNested(string name, RequirementId[] aims, Func<NestedSight, string?> needs, Func<NestedSight, ulong, NestedPlan> make)
    : ICampaign<NestedSight, NestedPlan>
{
    // With fewer plans than this, what they see is a matter of luck.
    private const int EnoughPlans = 64;

    public string Name => name;

    public string Suite => NestedCampaigns.Suite;

    public IReadOnlyList<RequirementId> Aims => aims;

    public bool IsRandom => true;

    /// <summary>What it must see besides a judged step.</summary>
    public IReadOnlyList<Witness> Sees { get; init; } = [];

    public string? Lacks(NestedSight device) => needs(device);

    public IEnumerable<Named<NestedPlan>> Plans(NestedSight device, CampaignInput input)
    {
        for (var number = 0; number < input.Plans; number++)
            yield return new(make(device, (input.Seed * 0x9E37_79B9_7F4A_7C15) + (ulong)number));
    }

    public IReadOnlyList<Witness> MustSee(NestedSight device, CampaignInput input) =>
        Lacks(device) is null && input.Plans >= EnoughPlans ? [NestedWitnesses.Judged, .. Sees] : [];

    public override string ToString() => name;
}
