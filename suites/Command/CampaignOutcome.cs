using System.Text.Json.Serialization;
using Conformance.Reports;

namespace Conformance.Suites.Command;

/// <summary>What a worker saw when it looked at the driver first.</summary>
internal sealed record SurveyOutcome
{
    /// <summary>What the result document says of the driver.</summary>
    public required DriverFacts Driver { get; init; }

    /// <summary>Per requirement: why it would not be exercised on this driver; null when it is to be.</summary>
    public required IReadOnlyDictionary<string, string?> Reasons { get; init; }

    /// <summary>What can be reached with the feature set; null when it is unknown.</summary>
    public CoverageFacts? Reachable { get; init; }

    /// <summary>What the look itself exercised and found.</summary>
    public required CampaignOutcome Outcome { get; init; }
}

/// <summary>What a worker found out in one campaign.</summary>
internal sealed record CampaignOutcome
{
    public required long Plans { get; init; }

    public required long Steps { get; init; }

    public required long PayloadBytes { get; init; }

    /// <summary>Requirements that were exercised or not kept.</summary>
    public required IReadOnlyList<RequirementCounts> Counts { get; init; }

    public required IReadOnlyList<Finding> Findings { get; init; }

    /// <summary>The tables of the engine's coverage, packed.</summary>
    public required byte[] Coverage { get; init; }

    public required IReadOnlyList<string> HarnessErrors { get; init; }

    /// <summary>Why it did not come to its end; null when it did.</summary>
    public string? Abandoned { get; init; }
}

/// <summary>How often one requirement was exercised, violated and warned about.</summary>
internal sealed record RequirementCounts(string Id, long Exercised, long Violated, long Warned);

[JsonSourceGenerationOptions(DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull, RespectNullableAnnotations = false)]
[JsonSerializable(typeof(SurveyOutcome))]
[JsonSerializable(typeof(CampaignOutcome))]
internal sealed partial class OutcomeContext : JsonSerializerContext;
