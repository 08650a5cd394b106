using Conformance.Model.Migration;
using Conformance.Model.Requirements;

namespace Conformance.Engine.Plans;

/// <summary>What plans are made from.</summary>
/// <param name="Machine">The device.</param>
/// <param name="Seed">The seed of everything random.</param>
/// <param name="Plans">How many plans a random campaign makes; exhaustive ones do not look at it.</param>
public sealed record CampaignInput(Machine Machine, ulong Seed, int Plans);

/// <summary>A source of plans. The same input gives the same plans in the same order.</summary>
public interface ICampaign
{
    /// <summary>A short name in words, unique in its suite.</summary>
    string Name { get; }

    /// <summary>The suite that it belongs to.</summary>
    string Suite { get; }

    /// <summary>The requirements that it aims at. It may exercise others on the way.</summary>
    IReadOnlyList<RequirementId> Aims { get; }

    /// <summary>The plans.</summary>
    IEnumerable<Plan> Plans(CampaignInput input);
}
