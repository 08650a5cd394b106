using System.IO.Enumeration;
using System.Text.Json;
using System.Text.Json.Serialization;
using Conformance.Engine.Campaigns;
using Conformance.Engine.Workers;
using Conformance.Model.Requirements;
using Conformance.Reports;
using Conformance.Suites.Seam;

namespace Conformance.Suites.Command;

/// <summary>What <c>check</c> and <c>replay</c> were asked for, as far as a worker must know it.</summary>
/// <param name="Address">The driver.</param>
/// <param name="SuiteName">The suite.</param>
/// <param name="Seed">The seed of everything random.</param>
/// <param name="Plans">The plans of random campaigns.</param>
internal sealed record CheckRequest(string Address, string SuiteName, ulong Seed, int Plans)
{
    /// <summary>The campaigns that are to run, by names and patterns (<c>*</c>, <c>?</c>); empty for all.</summary>
    public IReadOnlyList<string> CampaignNames { get; init; } = [];

    /// <summary>The requirements that are asked, by ids and patterns; empty for all.</summary>
    public IReadOnlyList<string> RequirementIds { get; init; } = [];

    /// <summary>The part that is run, "2/4".</summary>
    public string ShardText { get; init; } = Shard.Whole.ToString();

    /// <summary>How long plans may begin after the driver was opened; null when the plans alone bound the run.</summary>
    public TimeSpan? Budget { get; init; }

    /// <summary>True when no plan is to begin after the first finding that fails the run.</summary>
    public bool FailFast { get; init; }

    /// <summary>True when a warning fails the run.</summary>
    public bool Strict { get; init; }

    /// <summary>How long the search for shorter plans may take that hang or crash.</summary>
    public TimeSpan ShrinkBudget { get; init; } = RunLimits.DefaultShrinkBudget;

    /// <summary>The file with the known deviations, for messages; null when there is none.</summary>
    public string? Expect { get; init; }

    /// <summary>What that file holds: it is read once, so that a run is judged by one text, whatever becomes of the file.</summary>
    public string ExpectText { get; init; } = "";

    /// <summary>The known deviations.</summary>
    /// <exception cref="UsageException">The text holds none.</exception>
    [JsonIgnore]
    internal IReadOnlyList<Expectation> Expectations => Expect is null ? [] : ExpectationsFile.Parse(ExpectText, Expect);

    /// <summary>The one plan to run instead of campaigns; null when campaigns are to run.</summary>
    public string? Token { get; init; }

    /// <summary>The folder that the team's own regressions are from; null when there is none.</summary>
    public string? RegressionsFolder { get; init; }

    /// <summary>The team's own regressions, as a file of tokens: they run first.</summary>
    public string Regressions { get; init; } = "";

    /// <summary>True when not the fault of the address is asked, but the correct driver that it is seeded into.</summary>
    public bool WithoutFault { get; init; }

    /// <summary>The suite.</summary>
    [JsonIgnore]
    internal ISuite Suite => AllSuites.Find(SuiteName) ?? throw new InvalidOperationException($"there is no suite {SuiteName}");

    /// <summary>The part that is run.</summary>
    [JsonIgnore]
    internal Shard Shard => Shard.Parse(ShardText) ?? Shard.Whole;

    /// <summary>True when only some campaigns or requirements were asked for.</summary>
    [JsonIgnore]
    internal bool IsNarrow => CampaignNames.Count > 0 || RequirementIds.Count > 0;

    /// <summary>The requirements that are asked: those of the suite, or those that were chosen.</summary>
    [JsonIgnore]
    internal IReadOnlyList<Requirement> Requirements =>
        [.. Suite.Requirements.Where(row => RequirementIds.Count == 0 || RequirementIds.Any(pattern => Matches(pattern, row.Name)))];

    /// <summary>True when a finding fails the run: it is about what was asked, and no entry of the expectations accepts it.</summary>
    /// <param name="finding">The finding.</param>
    /// <param name="expectations">The known deviations.</param>
    /// <param name="today">The day of the run.</param>
    internal bool EndsAt(Finding finding, IReadOnlyList<Expectation> expectations, DateOnly today) =>
        finding.Verdict.Fails(Strict)
        && (finding.Requirements.Count == 0 || finding.Requirements.Any(IsAsked))
        && !expectations.Any(entry => IsAsked(entry.Requirement) && Reports.Expectations.Accepts(entry, finding, today));

    private bool IsAsked(string requirement) => RequirementIds.Count == 0 || RequirementIds.Any(pattern => Matches(pattern, requirement));

    /// <summary>The campaigns that are to run. Where time may run out, what is mandatory goes first.</summary>
    internal IReadOnlyList<T> Choose<T>(IEnumerable<T> campaigns)
        where T : ICampaign
    {
        var chosen = Requirements.Select(row => row.Id).ToHashSet();
        return
        [
            .. campaigns
                .Where(campaign => CampaignNames.Count == 0 || CampaignNames.Any(pattern => Matches(pattern, campaign.Name)))
                .Where(campaign => RequirementIds.Count == 0 || campaign.Aims.Any(chosen.Contains))
                .OrderBy(campaign => Budget is not null && campaign.IsRandom),
        ];
    }

    /// <summary>True when a name is what a pattern with <c>*</c> and <c>?</c> means; case does not matter.</summary>
    internal static bool Matches(string pattern, string name) => FileSystemName.MatchesSimpleExpression(pattern, name, ignoreCase: true);

    /// <summary>What a worker is sent.</summary>
    internal string ToJson() => JsonSerializer.Serialize(new WorkerRequest(this, null), WorkerRequestContext.Default.WorkerRequest);
}

/// <summary>What a worker is to do: one of these.</summary>
/// <param name="Check">A check or a replay.</param>
/// <param name="SaveStates">The address of a driver whose states are to be saved.</param>
internal sealed record WorkerRequest(CheckRequest? Check, string? SaveStates)
{
    /// <summary>The hidden verb that a worker is started with.</summary>
    internal const string Verb = "worker";

    /// <summary>Runs as a worker, on what the supervisor sends.</summary>
    /// <returns>The exit code; null when nobody sent anything that a supervisor would.</returns>
    internal static int? Run()
    {
        if (WorkerHost.ReadOrders() is not { } orders)
            return null;
        try
        {
            var request = JsonSerializer.Deserialize(orders.Request, WorkerRequestContext.Default.WorkerRequest);
            return request is { Check: { } check } ? WorkerHost.Run(orders, () => check.Suite.Accept(new SuiteJobs(check, orders.Opened)))
                : request is { SaveStates: { } address } ? WorkerHost.Run(orders, () => new StatesJob(address))
                : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }
}

[JsonSerializable(typeof(WorkerRequest))]
internal sealed partial class WorkerRequestContext : JsonSerializerContext;
