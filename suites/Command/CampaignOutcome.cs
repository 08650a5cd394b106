using System.Text.Json;
using System.Text.Json.Serialization;
using Conformance.Engine.Judging;
using Conformance.Engine.Plans;
using Conformance.Model.Requirements;
using Conformance.Reports;
using Conformance.Suites.Seam;

namespace Conformance.Suites.Command;

/// <summary>What a worker saw when it looked at the driver first.</summary>
internal sealed record SurveyOutcome
{
    /// <summary>What the result document says of the driver.</summary>
    public required DriverFacts Driver { get; init; }

    /// <summary>What replay tokens say of it.</summary>
    public required MadeFor MadeFor { get; init; }

    /// <summary>Per requirement: why it would not be exercised on this driver; null when it is to be.</summary>
    public required IReadOnlyDictionary<string, string?> Reasons { get; init; }

    /// <summary>Per requirement that has one: the excuse of <see cref="Suite{TDevice,TPlan}.Chance"/>.</summary>
    public IReadOnlyDictionary<string, string> Chances { get; init; } = new Dictionary<string, string>();

    /// <summary>What can be reached on it; null when nothing is counted.</summary>
    public CoverageFacts? Reachable { get; init; }

    /// <summary>What the look itself exercised and found.</summary>
    public required CampaignOutcome Outcome { get; init; }

    /// <summary>Reads what a worker reported. Nothing that it says is trusted.</summary>
    /// <param name="text">What it sent.</param>
    /// <param name="suite">The suite that it was asked by.</param>
    /// <exception cref="JsonException">It makes no sense: what is wrong with it.</exception>
    internal static SurveyOutcome Read(string text, ISuite suite)
    {
        var outcome = OutcomeCheck.Parse(text, OutcomeContext.Default.SurveyOutcome);
        OutcomeCheck.Check(outcome, suite);
        return outcome;
    }
}

/// <summary>What a worker found out in one campaign.</summary>
internal sealed record CampaignOutcome
{
    /// <summary>The name of what runs one plan of a token.</summary>
    internal const string Replay = "replay";

    /// <summary>The name of the campaign of a team's own regressions.</summary>
    internal const string OwnRegressions = "own-regressions";

    public required long Plans { get; init; }

    public required long Steps { get; init; }

    public required long PayloadBytes { get; init; }

    /// <summary>How often each requirement was exercised; those that were not are left out.</summary>
    public required IReadOnlyDictionary<ushort, long> Exercised { get; init; }

    public required IReadOnlyList<Finding> Findings { get; init; }

    /// <summary>What was reached, packed.</summary>
    public required byte[] Coverage { get; init; }

    public IReadOnlyList<string> HarnessErrors { get; init; } = [];

    /// <summary>Why it did not come to its end; null when it did.</summary>
    public string? Abandoned { get; init; }

    /// <summary>Where it was cut short; null when it was not.</summary>
    public string? CutShort { get; init; }

    /// <summary>True when a finding cut it short; false when time ran out.</summary>
    public bool EndedByFinding { get; init; }

    /// <summary>What a reader should know besides.</summary>
    public IReadOnlyList<string> Notes { get; init; } = [];

    /// <summary>What the campaign must see, and how often it did.</summary>
    public IReadOnlyList<WitnessResult> Witnesses { get; init; } = [];

    /// <summary>What happened, line by line, when one plan ran; null when campaigns did.</summary>
    public IReadOnlyList<TraceLine>? Trace { get; init; }

    /// <summary>What a ledger holds.</summary>
    /// <param name="ledger">The ledger.</param>
    /// <param name="flags">How many flags of its coverage are used.</param>
    internal static CampaignOutcome Of(Ledger ledger, int flags) =>
        new()
        {
            Plans = ledger.Plans,
            Steps = ledger.Steps,
            PayloadBytes = ledger.PayloadBytes,
            Exercised = Catalogue.All.Where(row => ledger.Exercised(row.Id) > 0).ToDictionary(row => row.Id.Number, row => ledger.Exercised(row.Id)),
            Findings = ledger.Findings.All,
            Coverage = ledger.Coverage.ToBytes(flags),
        };

    /// <summary>Reads what a worker reported. Nothing that it says is trusted.</summary>
    /// <exception cref="JsonException">It makes no sense: what is wrong with it.</exception>
    internal static CampaignOutcome Read(string text)
    {
        var outcome = OutcomeCheck.Parse(text, OutcomeContext.Default.CampaignOutcome);
        OutcomeCheck.Check(outcome);
        return outcome;
    }

    /// <summary>Adds what was read.</summary>
    internal void AddTo(Ledger ledger)
    {
        foreach (var (number, times) in Exercised)
            if (Catalogue.TryFind(number, out var row))
                ledger.CountExercised(row.Id, times);
        foreach (var finding in Findings)
            ledger.Findings.Note(finding);
        ledger.Coverage.Add(Engine.Judging.Coverage.FromBytes(Coverage));
        ledger.Plans += Plans;
        ledger.Steps += Steps;
        ledger.PayloadBytes += PayloadBytes;
    }
}

[JsonSourceGenerationOptions(DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull, RespectNullableAnnotations = true)]
[JsonSerializable(typeof(SurveyOutcome))]
[JsonSerializable(typeof(CampaignOutcome))]
internal sealed partial class OutcomeContext : JsonSerializerContext;
