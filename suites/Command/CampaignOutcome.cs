using System.Text.Json.Serialization;
using Conformance.Model.Requirements;
using Conformance.Reports;

namespace Conformance.Suites.Command;

/// <summary>What a worker saw when it looked at the driver first.</summary>
internal sealed record SurveyOutcome
{
    /// <summary>What the result document says of the driver.</summary>
    public required DriverFacts Driver { get; init; }

    /// <summary>Per requirement: why it would not be exercised on this driver; null when it is to be.</summary>
    public required IReadOnlyDictionary<string, string?> Reasons { get; init; }

    /// <summary>The uAPI level, also when the feature set is unknown.</summary>
    public required UapiLevel Level { get; init; }

    /// <summary>What can be reached with the feature set; null when it is unknown.</summary>
    public CoverageFacts? Reachable { get; init; }

    /// <summary>What an SMMU says of itself; null for other drivers.</summary>
    public SmmuFacts? Smmu { get; init; }

    /// <summary>What the look itself exercised and found.</summary>
    public required CampaignOutcome Outcome { get; init; }
}

/// <summary>What a worker found out in one campaign.</summary>
internal sealed record CampaignOutcome
{
    public required long Plans { get; init; }

    public required long Steps { get; init; }

    public required long PayloadBytes { get; init; }

    /// <summary>How often each requirement was exercised; those that were not are left out.</summary>
    public required IReadOnlyDictionary<ushort, long> Exercised { get; init; }

    public required IReadOnlyList<FindingLine> Findings { get; init; }

    /// <summary>What deviates in the scenes of an SMMU.</summary>
    public IReadOnlyList<Finding> SceneFindings { get; init; } = [];

    /// <summary>The tables of the engine's coverage, packed.</summary>
    public required byte[] Coverage { get; init; }

    public required IReadOnlyList<string> HarnessErrors { get; init; }

    /// <summary>Why it did not come to its end; null when it did.</summary>
    public string? Abandoned { get; init; }

    /// <summary>Where time ran out; null when it did not.</summary>
    public string? CutShort { get; init; }

    /// <summary>What a reader should know besides.</summary>
    public IReadOnlyList<string> Notes { get; init; } = [];

    /// <summary>What the campaign must see, and how often it did.</summary>
    public IReadOnlyList<WitnessResult> Witnesses { get; init; } = [];

    /// <summary>What happened, step by step, when one plan ran; null when campaigns did.</summary>
    public IReadOnlyList<SeenLine>? Trace { get; init; }
}

/// <summary>What scenes are made for, member by member: see <see cref="Engine.Smmu.SceneTarget"/>.</summary>
internal sealed record SmmuFacts(
    uint Idr0,
    uint Idr1,
    uint Idr3,
    uint Idr5,
    uint Aidr,
    int Port,
    ulong Memory,
    ulong MemorySize,
    ulong Hole,
    ulong HoleSize,
    IReadOnlyList<uint> StreamIds
);

/// <summary>A finding of the engine on its way to the supervisor, member by member.</summary>
internal sealed record FindingLine(
    ulong Rules,
    byte Kind,
    bool IsWarning,
    string Campaign,
    string Expected,
    string Seen,
    byte Before,
    IReadOnlyList<StepLine> Steps,
    bool Unbound,
    int FailingStep,
    IReadOnlyList<SeenLine> Trace,
    string LastWords,
    bool Minimal,
    string? CutShort,
    string? Repeats,
    long Occurrences
);

/// <summary>A step.</summary>
internal readonly record struct StepLine(byte Kind, byte Device, uint A, ulong B);

/// <summary>A step and what was seen.</summary>
internal readonly record struct SeenLine(StepLine Step, string Seen);

[JsonSourceGenerationOptions(DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull, RespectNullableAnnotations = false)]
[JsonSerializable(typeof(SurveyOutcome))]
[JsonSerializable(typeof(CampaignOutcome))]
internal sealed partial class OutcomeContext : JsonSerializerContext;
