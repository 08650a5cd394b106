using System.Text.Json.Serialization;
using Conformance.Model.Contract;
using Conformance.Model.Requirements;

namespace Conformance.Reports;

/// <summary>
/// Everything that a run found out. Every rendering is a function of it. The same inputs give the same bytes, except for <see cref="Environment"/>, the only
/// part that holds times and facts about the machine. The fields are described in docs/result-document.md.
/// </summary>
public sealed record ResultDocument
{
    /// <summary>The name of the schema.</summary>
    public const string SchemaName = "conformance/result";

    /// <summary>The version of the schema that this kit writes and reads.</summary>
    public const int SchemaVersion = 1;

    /// <summary>The name of the schema, always <see cref="SchemaName"/>.</summary>
    [JsonPropertyOrder(-9)]
    public string Schema { get; init; } = SchemaName;

    /// <summary>The version of the schema.</summary>
    [JsonPropertyOrder(-8)]
    public int Version { get; init; } = SchemaVersion;

    /// <summary>The version of the kit that judged.</summary>
    public required string Kit { get; init; }

    /// <summary>What the run says as a whole; follows from the rest of the document and is not read back.</summary>
    [JsonPropertyOrder(-7)]
    public RunVerdict Verdict => RunVerdicts.Of(this);

    /// <summary>The exit code that goes with <see cref="Verdict"/>; not read back.</summary>
    [JsonPropertyOrder(-6)]
    public int ExitCode => Verdict.ExitCode();

    /// <summary>What was checked.</summary>
    public required DriverFacts Driver { get; init; }

    /// <summary>What was asked for, and whether the run came to its end.</summary>
    public required RunFacts Run { get; init; }

    /// <summary>
    /// True when something other than the kit's own process ended or hung, and said last words: what others could use is told to the maintainers of the driver
    /// first (SECURITY.md).
    /// </summary>
    [JsonIgnore]
    public bool IsForMaintainersFirst =>
        Driver.Channel is "kernel" or "socket" && Findings.Any(finding => finding.Kind is "hang" or "crash" && finding.LastWords is not null);

    /// <summary>How many requirements have which verdict; follows from <see cref="Requirements"/> and is not read back.</summary>
    public VerdictCounts Counts => VerdictCounts.Of(Requirements);

    /// <summary>The requirements in the order of the catalogue.</summary>
    public required IReadOnlyList<RequirementResult> Requirements { get; init; }

    /// <summary>What deviates, in the order in which it was found.</summary>
    public IReadOnlyList<Finding> Findings { get; init; } = [];

    /// <summary>The findings by their cause, which is how they are shown; follows from <see cref="Findings"/> and is not read back.</summary>
    public IReadOnlyList<Cause> Causes => Reports.Causes.Of(Findings);

    /// <summary>What the plans reached; null when nothing ran.</summary>
    public CoverageFacts? Coverage { get; init; }

    /// <summary>The campaigns that ran, in their order.</summary>
    public IReadOnlyList<CampaignResult> Campaigns { get; init; } = [];

    /// <summary>Entries of the expectations file that do not hold any more, each with its line. Each one fails the run.</summary>
    public IReadOnlyList<string> ExpectationErrors { get; init; } = [];

    /// <summary>What went wrong in the kit itself or on the way to the driver. Never blamed on the driver.</summary>
    public IReadOnlyList<string> HarnessErrors { get; init; } = [];

    /// <summary>What a reader should know besides.</summary>
    public IReadOnlyList<string> Notes { get; init; } = [];

    /// <summary>Times and facts about the machine, and nothing else is.</summary>
    [JsonPropertyOrder(9)]
    public EnvironmentFacts? Environment { get; init; }
}

/// <summary>What was checked.</summary>
public sealed record DriverFacts
{
    /// <summary>The address of the driver, cleaned to one line.</summary>
    public required string Address { get; init; }

    /// <summary>What it says of itself; null for drivers of which the features and the level say enough.</summary>
    public string? Description { get; init; }

    /// <summary>Which build of what was asked: kernel, driver, assembly. Empty for what is built into the kit, whose own version says it.</summary>
    public IReadOnlyList<IdentityFact> Identity
    {
        get;
        // Documents of earlier kits do not have it, and the reader then gives null.
        init => field = value ?? [];
    } = [];

    /// <summary>The way to it: kernel, socket or in-process.</summary>
    public required string Channel { get; init; }

    /// <summary>What it advertises; null when it could not be asked.</summary>
    public FeatureSet? Features { get; init; }

    /// <summary>The uAPI level that was detected or declared: "6.2"; null when unknown.</summary>
    public string? Level { get; init; }

    /// <summary>A digest of the traits that it declares; null when unknown.</summary>
    public string? Traits { get; init; }
}

/// <summary>The answer to the feature query.</summary>
public sealed record FeatureSet
{
    /// <summary>The flags word.</summary>
    public required ulong Value { get; init; }

    /// <summary>The names of its bits, lowest first; empty for an unknown set.</summary>
    public required IReadOnlyList<string> Names { get; init; }

    /// <summary>How it is written: "7 = STOP_COPY + P2P + PRE_COPY", or "unknown set 0x9" (MIG-FEAT-02).</summary>
    public required string Text { get; init; }

    /// <summary>Describes a flags word: the four legal values by their names, every other one as an unknown set.</summary>
    public static FeatureSet Of(ulong value)
    {
        if (value == 0)
            return new()
            {
                Value = 0,
                Names = [],
                Text = "none: the device has no migration",
            };
        if (value is not (1 or 3 or 5 or 7))
            return new()
            {
                Value = value,
                Names = [],
                Text = $"unknown set 0x{value:x}",
            };
        List<string> names = ["STOP_COPY"];
        if ((value & 2) != 0)
            names.Add("P2P");
        if ((value & 4) != 0)
            names.Add("PRE_COPY");
        return new()
        {
            Value = value,
            Names = names,
            Text = $"{value} = {string.Join(" + ", names)}",
        };
    }
}

/// <summary>What was asked for, and whether the run came to its end.</summary>
public sealed record RunFacts
{
    /// <summary>The suites: migration, smmu, nested.</summary>
    public required IReadOnlyList<string> Suites { get; init; }

    /// <summary>The campaigns that the run was limited to, as names and patterns, separated by commas; null when all ran.</summary>
    public string? Campaign { get; init; }

    /// <summary>The requirements that the run was limited to, as ids and patterns, separated by commas; null when all were asked.</summary>
    public string? Requirement { get; init; }

    /// <summary>The seed of the random walks.</summary>
    public required ulong Seed { get; init; }

    /// <summary>The plans per campaign of random walks.</summary>
    public required int Plans { get; init; }

    /// <summary>The time allowed, in seconds; null when only the plans bound the run.</summary>
    public double? BudgetSeconds { get; init; }

    /// <summary>True when no plan was to begin after the first finding that fails the run.</summary>
    public bool FailFast { get; init; }

    /// <summary>The folder with the approved states of the driver that its states were compared with; null when there was none.</summary>
    public string? Snapshots { get; init; }

    /// <summary>True when warnings fail the run.</summary>
    public bool Strict { get; init; }

    /// <summary>The part that this run did, "2/4"; null for a whole run and for merged shards. What a shard did not exercise, another one may have.</summary>
    public string? Shard { get; init; }

    /// <summary>How many shards were merged into this document; null when none were.</summary>
    public int? Shards { get; init; }

    /// <summary>Where the budget, or the first finding, cut the run short ("in round 3 of 8 of random-walks"); null when neither did.</summary>
    public string? CutShort { get; init; }

    /// <summary>True when a finding cut the run short; false when it was the budget, and when nothing did.</summary>
    public bool EndedByFinding { get; init; }

    /// <summary>True when the run was cut short before the mandatory part, which is every campaign that is not random.</summary>
    public bool Unfinished { get; init; }

    /// <summary>True when the user stopped the run.</summary>
    public bool Interrupted { get; init; }
}

/// <summary>What the run says about one requirement.</summary>
public sealed record RequirementResult
{
    /// <summary>A row of the catalogue, and what became of it.</summary>
    public static RequirementResult Of(Requirement row, RequirementVerdict verdict) =>
        new()
        {
            Id = row.Name,
            Group = row.Group.Name(),
            Strength = row.Strength.Name(),
            Statement = row.Statement,
            Source = row.Source,
            Verdict = verdict,
        };

    /// <summary>The id: "MIG-FSM-07".</summary>
    public required string Id { get; init; }

    /// <summary>The group: "MIG-FSM".</summary>
    public required string Group { get; init; }

    /// <summary>MUST, MUST(core), SHOULD, MAY, CONV or USER.</summary>
    public required string Strength { get; init; }

    /// <summary>What holds.</summary>
    public required string Statement { get; init; }

    /// <summary>Where it comes from.</summary>
    public string Source { get; init; } = "";

    /// <summary>True when a run that does not exercise it says too little (exit code 4).</summary>
    public bool Mandatory { get; init; }

    /// <summary>The verdict.</summary>
    public required RequirementVerdict Verdict { get; init; }

    /// <summary>How often it was exercised.</summary>
    public long Exercised { get; init; }

    /// <summary>How often it was violated.</summary>
    public long Violated { get; init; }

    /// <summary>How often it was not kept, and that counts as a warning.</summary>
    public long Warned { get; init; }

    /// <summary>Why it was not exercised, or why the deviation is expected; null otherwise.</summary>
    public string? Reason { get; init; }

    /// <summary>Where the expected deviation is discussed; null when there is none.</summary>
    public string? Link { get; init; }

    /// <summary>The index of the finding that shows it; null when there is none.</summary>
    public int? Finding { get; init; }
}

/// <summary>One deviation, with the plan that shows it.</summary>
public sealed record Finding
{
    /// <summary>The finding of a driver that hung or died, as far as it is the same for every suite.</summary>
    /// <param name="lines">The plan that it was running, cut off behind the step that did not come back; none when that cannot be told.</param>
    /// <param name="isHang">True for a hang.</param>
    /// <param name="description">What happened, in one line.</param>
    /// <param name="lastWords">What it said last; empty when nothing.</param>
    public static Finding OfLoss(IReadOnlyList<string> lines, bool isHang, string description, string lastWords) =>
        new()
        {
            Requirements = [],
            Kind = isHang ? "hang" : "crash",
            Verdict = isHang ? RequirementVerdict.Hang : RequirementVerdict.Crash,
            Campaign = "",
            Expected = "an answer",
            Seen = Escaping.Line(description),
            Steps = lines,
            FailingStep = lines.Count == 0 ? null : lines.Count - 1,
            LastWords = lastWords.Length == 0 ? null : Escaping.Block(lastWords),
        };

    /// <summary>How the fact begins that names the call of a loss that no requirement speaks of.</summary>
    public const string CallFact = "call=";

    /// <summary>The kind of a state of the driver that is not the approved one.</summary>
    public const string Snapshot = "snapshot";

    /// <summary>The kind of a state of the driver that nobody approved yet.</summary>
    public const string NewSnapshot = "new-snapshot";

    /// <summary>
    /// The requirements that it breaks; the first one names it. Empty when no requirement speaks of what happened: a hang or a crash fails the run even so.
    /// </summary>
    public required IReadOnlyList<string> Requirements { get; init; }

    /// <summary>What kind of deviation: result, state, descriptor, echo, value, content, envelope, guard, return, endless, order, deadlock, hang, crash;
    /// of an SMMU: register, transaction, memory, extra-event, missing-event, event-field, merged-event;
    /// of a user of the uAPI: user.</summary>
    public required string Kind { get; init; }

    /// <summary>violation, warning, flaky, hang or crash; expected-deviation when the expectations file has it.</summary>
    public required RequirementVerdict Verdict { get; init; }

    /// <summary>The requirement that names it; empty when there is none.</summary>
    [JsonIgnore]
    public string Name => Requirements.Count > 0 ? Requirements[0] : "";

    /// <summary>The campaign that found it.</summary>
    public required string Campaign { get; init; }

    /// <summary>What the contract allows there.</summary>
    public required string Expected { get; init; }

    /// <summary>What the driver did.</summary>
    public required string Seen { get; init; }

    /// <summary>The plan, a line per step.</summary>
    public IReadOnlyList<string> Steps { get; init; } = [];

    /// <summary>The index of the step that shows it, counted from 0; null when no single step does.</summary>
    public int? FailingStep { get; init; }

    /// <summary>What happened at each step, up to the failing one.</summary>
    public IReadOnlyList<TraceLine> Trace { get; init; } = [];

    /// <summary>What the driver's process said last on its standard error; null when nothing.</summary>
    public string? LastWords { get; init; }

    /// <summary>What is true of the plan, as words like "stage=2" that an expectation can name; null when nothing is said.</summary>
    public IReadOnlyList<string>? Facts { get; init; }

    /// <summary>How many plans showed the same thing.</summary>
    public long Occurrences { get; init; } = 1;

    /// <summary>True when no step can be left out of the plan.</summary>
    public bool Minimised { get; init; }

    /// <summary>Why the search for a shorter plan ended early; null when it did not.</summary>
    public string? CutShort { get; init; }

    /// <summary>How often the plan failed when it was run again, "2 of 5"; null when it fails every time or was not run again.</summary>
    public string? Repeats { get; init; }

    /// <summary>One line that holds the plan itself; null when there is none.</summary>
    public string? Replay { get; init; }

    /// <summary>Why the deviation is expected; null when it is not.</summary>
    public string? Reason { get; init; }
}

/// <summary>What happened at one step.</summary>
/// <param name="Step">The index of the step, counted from 0.</param>
/// <param name="Observation">What the device did.</param>
/// <param name="Note">What a reader should know; empty when nothing.</param>
public sealed record TraceLine(int Step, string Observation, string Note);

/// <summary>What the plans reached.</summary>
public sealed record CoverageFacts
{
    /// <summary>How many bytes <see cref="Tables"/> stands for: 640 flags.</summary>
    internal const int TableBytes = 80;

    /// <summary>The most flags that an area can have.</summary>
    internal const int MostFlags = 4096;

    /// <summary>(state, requested state); null for a suite that has <see cref="Areas"/>, and so are the next two.</summary>
    public CoverageSet? RequestPairs { get; init; }

    /// <summary>Direct arcs.</summary>
    public CoverageSet? Arcs { get; init; }

    /// <summary>Two consecutive direct arcs.</summary>
    public CoverageSet? ArcPairs { get; init; }

    /// <summary>What is counted instead of pairs and arcs; null for the migration of devices.</summary>
    public IReadOnlyList<CoverageArea>? Areas { get; init; }

    /// <summary>What no plan can reach on this driver, with the reason.</summary>
    public IReadOnlyList<Unreachable> Unreachable { get; init; } = [];

    /// <summary>
    /// The three tables as 64, 64 and 512 flags in base64, or a table for each of <see cref="Areas"/>,
    /// so that shards can be merged; null in documents of kits that did not write it.
    /// </summary>
    public string? Tables { get; init; }
}

/// <summary>How much of a set was covered that a suite has a name for.</summary>
/// <param name="Name">What is counted, in the plural: "stream configurations".</param>
/// <param name="Covered">How many were seen.</param>
/// <param name="Reachable">How many can be seen on this driver.</param>
/// <param name="All">How many there are.</param>
/// <param name="Flags">How many flags it takes in the tables, a multiple of 8; no more of them are set than were covered.</param>
public sealed record CoverageArea(string Name, int Covered, int Reachable, int All, int Flags);

/// <summary>How much of a set was covered.</summary>
/// <param name="Covered">How many were seen.</param>
/// <param name="Reachable">How many can be seen on this driver.</param>
/// <param name="All">How many there are.</param>
public sealed record CoverageSet(int Covered, int Reachable, int All);

/// <summary>Something that no plan can reach.</summary>
/// <param name="What">A pair or an arc.</param>
/// <param name="Reason">Why.</param>
public sealed record Unreachable(string What, string Reason);

/// <summary>What one campaign did.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Plans">How many plans ran.</param>
/// <param name="Steps">How many steps ran.</param>
/// <param name="PayloadBytes">How many bytes went through data fds.</param>
/// <param name="Abandoned">Why it did not come to its end; null when it did.</param>
public sealed record CampaignResult(string Name, long Plans, long Steps, long PayloadBytes, string? Abandoned = null)
{
    /// <summary>What the campaign must have seen on this driver, and how often it did.</summary>
    public IReadOnlyList<WitnessResult> Witnesses
    {
        get;
        init => field = value ?? [];
    } = []; // documents of older kits have none

    /// <summary>True when the campaign came to its end without having seen what it is for.</summary>
    [JsonIgnore]
    public bool IsVacuous => Abandoned is null && Witnesses.Any(witness => witness.Seen == 0);
}

/// <summary>Something that a campaign must have seen, or it showed nothing.</summary>
/// <param name="Name">What: "stop-copy-data".</param>
/// <param name="Seen">How often it was seen.</param>
public sealed record WitnessResult(string Name, long Seen);

/// <summary>Times and facts about the machine.</summary>
public sealed record EnvironmentFacts
{
    /// <summary>When the run started, ISO 8601, UTC.</summary>
    public required string Started { get; init; }

    /// <summary>How long it took, in seconds.</summary>
    public required double DurationSeconds { get; init; }

    /// <summary>The kernel of the machine that ran the kit.</summary>
    public required string HostKernel { get; init; }

    /// <summary>The build of the kit.</summary>
    public required string KitBuild { get; init; }

    /// <summary>How many workers somebody else ended (SIGKILL, SIGTERM), so that their campaign was begun again.</summary>
    public int Restarts { get; init; }
}

/// <summary>How many requirements have which verdict.</summary>
public sealed record VerdictCounts
{
    /// <summary>All requirements.</summary>
    public int All { get; init; }

    /// <summary>Exercised and kept.</summary>
    public int Pass { get; init; }

    /// <summary>Violated.</summary>
    public int Violation { get; init; }

    /// <summary>SHOULD or convention not kept.</summary>
    public int Warning { get; init; }

    /// <summary>Nothing learnt.</summary>
    public int NotExercised { get; init; }

    /// <summary>Deviating as expected.</summary>
    public int ExpectedDeviation { get; init; }

    /// <summary>Passing although a deviation is expected.</summary>
    public int UnexpectedPass { get; init; }

    /// <summary>Violated now and then.</summary>
    public int Flaky { get; init; }

    /// <summary>A call did not come back.</summary>
    public int Hang { get; init; }

    /// <summary>The process died.</summary>
    public int Crash { get; init; }

    /// <summary>The number that goes with a verdict.</summary>
    public int this[RequirementVerdict verdict] =>
        verdict switch
        {
            RequirementVerdict.Pass => Pass,
            RequirementVerdict.Violation => Violation,
            RequirementVerdict.Warning => Warning,
            RequirementVerdict.NotExercised => NotExercised,
            RequirementVerdict.ExpectedDeviation => ExpectedDeviation,
            RequirementVerdict.UnexpectedPass => UnexpectedPass,
            RequirementVerdict.Flaky => Flaky,
            RequirementVerdict.Hang => Hang,
            RequirementVerdict.Crash => Crash,
            _ => 0,
        };

    /// <summary>Counts requirements.</summary>
    public static VerdictCounts Of(IReadOnlyCollection<RequirementResult> rows)
    {
        int Count(RequirementVerdict verdict) => rows.Count(row => row.Verdict == verdict);
        return new()
        {
            All = rows.Count,
            Pass = Count(RequirementVerdict.Pass),
            Violation = Count(RequirementVerdict.Violation),
            Warning = Count(RequirementVerdict.Warning),
            NotExercised = Count(RequirementVerdict.NotExercised),
            ExpectedDeviation = Count(RequirementVerdict.ExpectedDeviation),
            UnexpectedPass = Count(RequirementVerdict.UnexpectedPass),
            Flaky = Count(RequirementVerdict.Flaky),
            Hang = Count(RequirementVerdict.Hang),
            Crash = Count(RequirementVerdict.Crash),
        };
    }
}
