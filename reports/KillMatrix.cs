using System.Text.Json;
using System.Text.Json.Serialization;
using static Conformance.Reports.Wording;

namespace Conformance.Reports;

/// <summary>Which campaign finds which seeded fault, and with how short a plan. The same inputs give the same bytes.</summary>
public sealed record KillMatrix
{
    /// <summary>The name of the schema.</summary>
    public const string SchemaName = "conformance/kill-matrix";

    /// <summary>The version of the schema that this kit writes and reads.</summary>
    public const int SchemaVersion = 1;

    /// <summary>Always <see cref="SchemaName"/>.</summary>
    [JsonPropertyOrder(-2)]
    public string Schema { get; init; } = SchemaName;

    /// <summary>The version of the schema.</summary>
    [JsonPropertyOrder(-1)]
    public int Version { get; init; } = SchemaVersion;

    /// <summary>The version of the kit.</summary>
    public required string Kit { get; init; }

    /// <summary>The seed of the random campaigns.</summary>
    public required ulong Seed { get; init; }

    /// <summary>The plans of each random campaign.</summary>
    public required int Plans { get; init; }

    /// <summary>The correct drivers that the faults are seeded into: what fires on them proves nothing.</summary>
    public IReadOnlyList<ReferenceAlarms> References
    {
        get;
        init => field = value ?? [];
    } = []; // matrices of older kits have none

    /// <summary>The faults, in the order of the catalogue.</summary>
    public required IReadOnlyList<FaultKills> Faults { get; init; }

    /// <summary>How many of the faults that ran were killed by a requirement that they break.</summary>
    [JsonIgnore]
    public int Killed => Faults.Count(fault => fault.IsKilled);

    /// <summary>How many were found by other requirements only.</summary>
    [JsonIgnore]
    public int Strayed => Faults.Count(fault => !fault.IsKilled && fault.Kills.Count > 0);

    /// <summary>How many ran and were not found.</summary>
    [JsonIgnore]
    public int Survived => Faults.Count(fault => fault.NotRun is null && fault.Kills.Count == 0);

    /// <summary>How many ran.</summary>
    [JsonIgnore]
    public int Ran => Faults.Count(fault => fault.NotRun is null);

    /// <summary>True when something ran, every fault that ran was killed by a requirement that it breaks, and no correct driver raised an alarm.</summary>
    [JsonIgnore]
    public bool IsComplete => Ran > 0 && Killed == Ran && References.All(reference => reference.IsClean);

    /// <summary>Only the faults with these names, and their correct drivers; all when there are none.</summary>
    public KillMatrix Only(IReadOnlyCollection<string> names)
    {
        if (names.Count == 0)
            return this;
        List<FaultKills> faults = [.. Faults.Where(fault => names.Contains(fault.Name))];
        return this with { Faults = faults, References = [.. References.Where(reference => faults.Any(fault => fault.Reference == reference.Driver))] };
    }

    /// <summary>As JSON: indented, LF.</summary>
    public string ToJson() => JsonSerializer.Serialize(this, KillMatrixContext.Default.KillMatrix) + "\n";

    /// <summary>Reads what <see cref="ToJson"/> wrote.</summary>
    /// <param name="json">The text.</param>
    /// <param name="origin">Where it comes from, for messages.</param>
    /// <exception cref="ResultDocumentException">It is no kill matrix of this version.</exception>
    public static KillMatrix Read(string json, string origin)
    {
        var name = Escaping.Line(origin, 200);
        try
        {
            var matrix = JsonSerializer.Deserialize(json, KillMatrixContext.Default.KillMatrix);
            if (matrix is not { Schema: SchemaName, Version: SchemaVersion })
                throw new ResultDocumentException($"{name}: not a kill matrix of version {SchemaVersion}");
            if (
                matrix.Faults.Any(fault =>
                    fault is null || fault.Requirements.Count == 0 || fault.Requirements.Contains(null!) || fault.Kills.Any(IsIncomplete)
                ) || matrix.References.Any(reference => reference is null || reference.Alarms.Any(IsIncomplete))
            )
                throw new ResultDocumentException($"{name}: a row in it is incomplete");
            return matrix;
        }
        catch (JsonException error)
        {
            throw new ResultDocumentException(
                $"{name}: not a kill matrix{(error.LineNumber is { } line ? Invariant($" (line {line + 1})") : "")}: {JsonWording.Of(error)}"
            );
        }
    }

    // What lists hold may be null whatever their types say.
    private static bool IsIncomplete(Kill? kill) => kill is null || kill.Plan.Contains(null!);

    /// <summary>The matrix as lines for a console; with a single fault also the plans.</summary>
    public IReadOnlyList<ConsoleLine> Lines()
    {
        var lines = new List<ConsoleLine>();
        var width = Faults.Select(fault => Escaping.Line(fault.Name, 60).Length).DefaultIfEmpty(5).Max();
        lines.Add(
            new(Tone.Heading, $"{"fault".PadRight(width)}  {"breaks", -13}  found by campaign (steps of its shortest plan); [..] by another requirement")
        );
        foreach (var fault in Faults)
        {
            var kills = fault
                .Kills.OrderBy(kill => !kill.Aimed)
                .ThenBy(kill => kill.Plan.Count)
                .Select(kill =>
                    kill.Aimed
                        ? Invariant($"{Escaping.Line(kill.Campaign, 60)} {kill.Plan.Count}")
                        : Invariant($"[{Escaping.Line(kill.Campaign, 60)} {kill.Plan.Count}]")
                );
            var text =
                fault.NotRun is { } reason ? $"not run: {Escaping.Line(reason, 200)}"
                : fault.Kills.Count == 0 ? "SURVIVED"
                : string.Join(", ", kills);
            lines.Add(
                new(
                    fault.NotRun is not null ? Tone.Faint
                        : fault.IsKilled ? Tone.Plain
                        : Tone.Bad,
                    $"{Escaping.Line(fault.Name, 60).PadRight(width)}  {Escaping.Line(fault.Requirements[0], 13), -13}  {text}"
                )
            );
            if (Faults.Count > 1)
                continue;
            foreach (var kill in fault.Kills)
            {
                lines.Add(new(Tone.Plain, $"  {Escaping.Line(kill.Campaign, 60)}: {kill.Verdict.Name()} {Escaping.Line(kill.Requirement, 40)}"));
                lines.AddRange(kill.Plan.Select((step, index) => new ConsoleLine(Tone.Faint, Invariant($"    {index + 1, 4}  {Escaping.Line(step, 300)}"))));
            }
        }

        foreach (var reference in References.Where(reference => !reference.IsClean))
        {
            var alarms = reference.Alarms.Select(alarm => $"{Escaping.Line(alarm.Campaign, 60)} {Escaping.Line(alarm.Requirement, 40)}");
            var what = reference.NotRun is { } reason ? $"not run: {Escaping.Line(reason, 200)}" : $"FALSE ALARM: {string.Join(", ", alarms)}";
            lines.Add(new(Tone.Bad, $"the correct driver with {Escaping.Line(reference.Driver, 100)}: {what}"));
        }

        List<string> rest = [];
        if (Strayed > 0)
            rest.Add(Invariant($"{Strayed} by other requirements only"));
        if (Survived > 0)
            rest.Add(Invariant($"{Survived} survived"));
        if (Faults.Count > Ran)
            rest.Add(Invariant($"{Faults.Count - Ran} not run"));
        if (References.Count > 0)
            rest.Add(
                Invariant($"{References.Count(reference => reference.IsClean)} of {References.Count(reference => reference.NotRun is null)} correct drivers ")
                    + "without an alarm"
            );
        lines.Add(
            new(
                IsComplete ? Tone.Good : Tone.Bad,
                Invariant($"{Killed} of {Ran} faults killed by a requirement that they break{string.Concat(rest.Select(part => $", {part}"))} (seed {Seed}, ")
                    + Invariant($"plans {Plans})")
            )
        );
        return lines;
    }
}

/// <summary>What became of one fault.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Requirements">The requirements that it breaks; the first is the one that it proves.</param>
/// <param name="Kills">A line for each campaign that found something, in the order of the campaigns.</param>
/// <param name="NotRun">Why it was not run; null when it was.</param>
public sealed record FaultKills(string Name, IReadOnlyList<string> Requirements, IReadOnlyList<Kill> Kills, string? NotRun = null)
{
    /// <summary>What the correct driver is that the fault is seeded into: one of <see cref="ReferenceAlarms.Driver"/>.</summary>
    public string? Reference { get; init; }

    /// <summary>True when some campaign found a requirement broken that the fault breaks.</summary>
    [JsonIgnore]
    public bool IsKilled => Kills.Any(kill => kill.Aimed);
}

/// <summary>What the campaigns say of a correct driver.</summary>
/// <param name="Driver">What it can do: "stage=1", "features 3 = STOP_COPY + P2P, uAPI level 7.2".</param>
/// <param name="Alarms">A line for each campaign that found something, as for a fault; none is aimed at.</param>
/// <param name="NotRun">Why it was not run; null when it was.</param>
public sealed record ReferenceAlarms(string Driver, IReadOnlyList<Kill> Alarms, string? NotRun = null)
{
    /// <summary>True when it ran and nothing was found.</summary>
    [JsonIgnore]
    public bool IsClean => NotRun is null && Alarms.Count == 0;
}

/// <summary>The shortest plan with which one campaign found a fault.</summary>
/// <param name="Campaign">The campaign.</param>
/// <param name="Requirement">The requirement that it found broken: one that the fault is to break, else the one that names the finding; empty when none
/// does.</param>
/// <param name="Verdict">What it was: violation, warning, hang, crash.</param>
/// <param name="Aimed">True when the finding breaks a requirement that the fault is to break.</param>
/// <param name="Plan">The plan, a line per step.</param>
public sealed record Kill(string Campaign, string Requirement, RequirementVerdict Verdict, bool Aimed, IReadOnlyList<string> Plan);

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    WriteIndented = true,
    NewLine = "\n",
    AllowDuplicateProperties = false,
    RespectNullableAnnotations = true,
    RespectRequiredConstructorParameters = true,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull
)]
[JsonSerializable(typeof(KillMatrix))]
internal sealed partial class KillMatrixContext : JsonSerializerContext;
