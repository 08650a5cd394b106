using System.Globalization;
using Conformance.Engine.Ledgers;
using Conformance.Model.Migration.Oracle;
using Conformance.Model.Migration.Steps;

namespace Conformance.Engine.Plans;

/// <summary>What plans are made from.</summary>
/// <param name="Machine">The device.</param>
/// <param name="Seed">The seed of everything random.</param>
/// <param name="Plans">How many plans a random campaign makes; exhaustive ones do not look at it.</param>
public sealed record CampaignInput(MigrationMachine Machine, ulong Seed, int Plans)
{
    /// <summary>The part of the plans that is run.</summary>
    public Shard Shard { get; init; } = Shard.Whole;
}

/// <summary>
/// A source of plans. The same input gives the same plans in the same order. A random one divides its rounds among shards by itself.
/// </summary>
public interface ICampaign : ISuiteCampaign
{
    /// <summary>The plans. Those of a random campaign are the plans of the input's shard; those of any other are all plans, of which a shard runs some.</summary>
    IEnumerable<Plan> Plans(CampaignInput input);

    /// <summary>What the whole campaign must see on such a device; it is vacuous when it did not.</summary>
    IReadOnlyList<Witness> MustSee(CampaignInput input) => [];

    /// <summary>Where a plan stands, for people: "at plan 17".</summary>
    /// <param name="input">What the plans are made from.</param>
    /// <param name="plan">The number of the plan, from 0.</param>
    string Place(CampaignInput input, int plan) => string.Create(CultureInfo.InvariantCulture, $"at plan {plan}");
}
