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

    /// <summary>Where it was cut short: "in round 3 of 8 of random-walks"; null when it was not.</summary>
    public string? CutShort { get; init; }

    /// <summary>True when a finding cut it short; false when time ran out.</summary>
    public bool EndedByFinding { get; init; }

    /// <summary>What a reader should know besides.</summary>
    public IReadOnlyList<string> Notes { get; init; } = [];

    /// <summary>
    /// What the campaign must see, and how often it did. Empty when something was found: a driver that differs may not have let the campaign get there.
    /// </summary>
    public IReadOnlyList<(Witness Witness, long Seen)> Witnesses { get; init; } = [];

    /// <summary>True when every plan of the campaign was at hand, and it came to its end.</summary>
    public bool IsWhole { get; init; }

    /// <summary>What the campaign must see, and did not. Only a whole campaign can say so.</summary>
    public IReadOnlyList<Witness> Missing => IsWhole ? [.. Witnesses.Where(pair => pair.Seen == 0).Select(pair => pair.Witness)] : [];

    /// <summary>Plans that were not run, because they are known to end the device.</summary>
    public int LeftOut { get; init; }

    /// <summary>The plan of each finding of the ledger, in the same places; null for one that no plan of this campaign shows.</summary>
    public IReadOnlyList<Found<TPlan>> Found { get; init; } = [];
}
