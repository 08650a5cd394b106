using Conformance.Engine.Campaigns;
using Conformance.Engine.Plans;
using Conformance.Model.Requirements;
using Conformance.Suites.Regressions;

namespace Conformance.Suites.Seam;

/// <summary>Plans that once showed something, run first. Left out are those that the device does not fit, and those that the judge refuses.</summary>
/// <param name="suite">The suite.</param>
/// <param name="name">The name of the campaign.</param>
/// <param name="stored">The plans of all suites.</param>
public sealed class StoredRegressions<TDevice, TPlan>(Suite<TDevice, TPlan> suite, string name, IReadOnlyList<StoredPlan> stored) : ICampaign<TDevice, TPlan>
    where TDevice : class
    where TPlan : class
{
    private readonly Lazy<IReadOnlyList<(StoredPlan Stored, TPlan Plan)>> plans = new(() =>
        [.. stored.Where(plan => plan.Token.Suite == suite.Token).Select(plan => (plan, plan.Token.Read(suite.Language)))]
    );

    /// <inheritdoc/>
    public string Name => name;

    /// <inheritdoc/>
    public string Suite => suite.Name;

    /// <summary>How many plans of the suite there are, whether the device fits them or not.</summary>
    public int Count => plans.Value.Count;

    /// <inheritdoc/>
    public IReadOnlyList<RequirementId> Aims => [];

    /// <inheritdoc/>
    public string? Lacks(TDevice device) => null;

    /// <inheritdoc/>
    public IEnumerable<Named<TPlan>> Plans(TDevice device, CampaignInput input) =>
        plans.Value.Where(pair => suite.Fits(device, pair.Stored.Token.MadeFor, pair.Plan)).Select(pair => new Named<TPlan>(pair.Plan));

    /// <inheritdoc/>
    public override string ToString() => name;
}
