using Conformance.Engine.Judging;
using Conformance.Reports;

namespace Conformance.Engine.Campaigns;

/// <summary>A difference with the plan that shows it.</summary>
/// <param name="Plan">The plan, cut off behind its failing step.</param>
/// <param name="Divergence">What it shows.</param>
/// <param name="Finding">The same for the report.</param>
public sealed record Found<TPlan>(TPlan Plan, Divergence Divergence, Finding Finding);

/// <summary>What one campaign gave.</summary>
/// <param name="Ledger">Counts and findings.</param>
/// <param name="Abandoned">Why the campaign did not run to its end; null when it did.</param>
public sealed record CampaignRun<TPlan>(Ledger Ledger, string? Abandoned)
{
    /// <summary>What went wrong on our side.</summary>
    public IReadOnlyList<string> HarnessErrors { get; init; } = [];

    /// <summary>Where time ran out: "in round 3 of 8 of random-walks"; null when it did not.</summary>
    public string? CutShort { get; init; }

    /// <summary>What a reader should know besides.</summary>
    public IReadOnlyList<string> Notes { get; init; } = [];

    /// <summary>What the campaign must see, and did not. Only a whole campaign that came to its end can say so.</summary>
    public IReadOnlyList<Witness> Missing { get; init; } = [];

    /// <summary>Plans that were not run, because they are known to end the device.</summary>
    public int LeftOut { get; init; }

    /// <summary>The plan of each finding of the ledger, in the same places; null for one that no plan of this campaign shows.</summary>
    public IReadOnlyList<Found<TPlan>> Found { get; init; } = [];
}
