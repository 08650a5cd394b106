using System.Globalization;
using Conformance.Engine.Judging;
using Conformance.Model.Requirements;

namespace Conformance.Engine.Campaigns;

/// <summary>What the campaigns of all suites have in common.</summary>
public interface ICampaign
{
    /// <summary>A short name in kebab-case, unique in its suite.</summary>
    string Name { get; }

    /// <summary>The suite that it belongs to.</summary>
    string Suite { get; }

    /// <summary>The requirements that it aims at. It may exercise others on the way.</summary>
    IReadOnlyList<RequirementId> Aims { get; }

    /// <summary>
    /// True when the campaign is random: a run that was cut short in it did what is mandatory.
    /// </summary>
    bool IsRandom => false;
}

/// <summary>What plans are made from, besides the device.</summary>
/// <param name="Seed">The seed of everything random.</param>
/// <param name="Plans">How many plans a random campaign makes; exhaustive ones do not look at it.</param>
public sealed record CampaignInput(ulong Seed, int Plans)
{
    /// <summary>The part of the plans that is run.</summary>
    public Shard Shard { get; init; } = Shard.Whole;
}

/// <summary>A plan with what a reader should know of it.</summary>
/// <param name="Plan">The plan.</param>
/// <param name="Note">What it is about, in a few words: "T0SZ=15, 4K, lower half"; empty when the plan says enough.</param>
public readonly record struct Named<TPlan>(TPlan Plan, string Note = "");

/// <summary>A source of plans. The same device and input give the same plans in the same order.</summary>
/// <typeparam name="TDevice">What a device says of itself.</typeparam>
/// <typeparam name="TPlan">What one run asks of it.</typeparam>
public interface ICampaign<in TDevice, TPlan> : ICampaign
{
    /// <summary>
    /// What a device lacks for this campaign, as a phrase; null when it has everything. A requirement is not exercised when all that aim at it lack something.
    /// </summary>
    string? Lacks(TDevice device);

    /// <summary>
    /// The plans, for a device that lacks nothing. Those of a campaign that divides itself are the plans of the input's shard; those of any other are all
    /// plans, of which a shard runs some.
    /// </summary>
    IEnumerable<Named<TPlan>> Plans(TDevice device, CampaignInput input);

    /// <summary>What the whole campaign must see on such a device; it is vacuous when it did not.</summary>
    IReadOnlyList<Witness> MustSee(TDevice device, CampaignInput input) => [];

    /// <summary>True when the plans of a shard are made for it, false when a shard takes its share of all of them.</summary>
    bool DividesItself => false;

    /// <summary>Where a plan stands, for people: "at plan 17".</summary>
    /// <param name="input">What the plans are made from.</param>
    /// <param name="plan">The number of the plan, from 0.</param>
    string Place(CampaignInput input, int plan) => string.Create(CultureInfo.InvariantCulture, $"at plan {plan}");
}
