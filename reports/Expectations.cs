using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using Conformance.Model.Requirements;

namespace Conformance.Reports;

/// <summary>A known deviation of one driver.</summary>
public sealed record Expectation
{
    /// <summary>The requirement that is not kept.</summary>
    public string Requirement { get; init; } = "";

    /// <summary>
    /// A part of the finding's campaign, kind, seen text or plan (for not-exercised: of the reason), or a condition on the facts of its scene
    /// (<see cref="FactCondition"/>); null when any will do.
    /// </summary>
    public string? When { get; init; }

    /// <summary>violation, warning, not-exercised, hang or crash.</summary>
    public string Verdict { get; init; } = "";

    /// <summary>Why it is accepted.</summary>
    public string Reason { get; init; } = "";

    /// <summary>Where it is discussed.</summary>
    public string Link { get; init; } = "";

    /// <summary>The last day on which it is accepted, ISO 8601: 2026-12-31.</summary>
    public string Expires { get; init; } = "";

    /// <summary>The line of the file on which it begins, counted from 1.</summary>
    [JsonIgnore]
    public int Line { get; init; }
}

/// <summary>An expectations file cannot be used.</summary>
/// <param name="message">Which file and line, and what is wrong, in one line.</param>
public sealed class ExpectationsException(string message) : Exception(message);

/// <summary>
/// The expectations file: a JSON array of known deviations. It never changes what is right; it says which deviations a run may end well with. An entry that
/// does not hold any more fails the run, and so does one that expired: the list can only be kept honest.
/// </summary>
public static class Expectations
{
    private static readonly Dictionary<string, RequirementVerdict> verdicts = new[]
    {
        RequirementVerdict.Violation,
        RequirementVerdict.Warning,
        RequirementVerdict.NotExercised,
        RequirementVerdict.Hang,
        RequirementVerdict.Crash,
    }.ToDictionary(verdict => verdict.Name(), StringComparer.Ordinal);

    /// <summary>Reads a file.</summary>
    /// <param name="json">Its text; comments and trailing commas are allowed.</param>
    /// <param name="origin">Its name, for messages.</param>
    /// <exception cref="ExpectationsException">It is no JSON array of complete entries with known requirements.</exception>
    public static IReadOnlyList<Expectation> Parse(string json, string origin)
    {
        var name = Escaping.Line(origin, 200);
        var bytes = Encoding.UTF8.GetBytes(json);
        var reader = new Utf8JsonReader(bytes, new JsonReaderOptions { CommentHandling = JsonCommentHandling.Skip, AllowTrailingCommas = true });
        var line = 1;
        var entries = new List<Expectation>();
        try
        {
            if (!reader.Read() || reader.TokenType != JsonTokenType.StartArray)
                throw new ExpectationsException($"{name}: line 1: not a JSON array of expectations");
            while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
            {
                line = 1 + bytes.AsSpan(0, (int)reader.TokenStartIndex).Count((byte)'\n');
                var entry =
                    JsonSerializer.Deserialize(ref reader, ExpectationContext.Default.Expectation)
                    ?? throw new ExpectationsException($"{name}: line {line}: null is no expectation");
                entries.Add(Check(entry with { Line = line }, name));
            }

            reader.Read();
            return entries;
        }
        catch (JsonException error)
        {
            throw new ExpectationsException(Wording.Invariant($"{name}: line {Math.Max(line, 1 + (error.LineNumber ?? 0))}: {JsonWording.Of(error)}"));
        }
    }

    /// <summary>
    /// True when an entry of a verdict whose condition on facts holds speaks of a finding: a condition tells the cause, and what breaks a requirement here may
    /// look like what is only advised against elsewhere.
    /// </summary>
    /// <param name="entry">The verdict of the entry.</param>
    /// <param name="finding">The verdict of the finding.</param>
    public static bool Speaks(string entry, RequirementVerdict finding) =>
        entry == finding.Name() || (finding == RequirementVerdict.Warning && entry == RequirementVerdict.Violation.Name());

    /// <summary>True when an entry speaks of a finding: its condition on facts holds, or it has the entry's requirement, verdict and text.</summary>
    /// <param name="entry">The entry.</param>
    /// <param name="finding">The finding, as it was seen.</param>
    public static bool SpeaksOf(Expectation entry, Finding finding) =>
        IsCause(entry, finding)
            ? Speaks(entry.Verdict, finding.Verdict)
            : entry.Verdict == finding.Verdict.Name() && finding.Requirements.Contains(entry.Requirement) && FindingHas(finding, entry.When);

    /// <summary>True when an entry accepts a finding: it speaks of it and has not expired, and the finding names its requirement or has its cause.</summary>
    /// <param name="entry">The entry.</param>
    /// <param name="finding">The finding, as it was seen.</param>
    /// <param name="today">The day of the run.</param>
    public static bool Accepts(Expectation entry, Finding finding, DateOnly today) =>
        !HasExpired(entry, today) && SpeaksOf(entry, finding) && (finding.Name == entry.Requirement || IsCause(entry, finding));

    private static bool HasExpired(Expectation entry, DateOnly today) => DateOnly.ParseExact(entry.Expires, "O", CultureInfo.InvariantCulture) < today;

    // A condition on facts tells the cause, whatever else the finding breaks and whichever requirement was aimed at.
    private static bool IsCause(Expectation entry, Finding finding) => finding.Facts is { } facts && FactCondition.Parse(entry.When)?.Holds(facts) == true;

    /// <summary>Compares a document with what is expected of the driver.</summary>
    /// <param name="document">What a run found out.</param>
    /// <param name="expectations">The known deviations.</param>
    /// <param name="today">The day of the run.</param>
    public static ResultDocument Apply(ResultDocument document, IReadOnlyList<Expectation> expectations, DateOnly today)
    {
        var findings = document.Findings.ToArray();
        var rows = document.Requirements.ToDictionary(row => row.Id, StringComparer.Ordinal);
        var errors = new List<string>(document.ExpectationErrors);
        var notes = new List<string>(document.Notes);
        var excused = new Dictionary<string, HashSet<int>>(StringComparer.Ordinal);
        var acceptedBy = new Dictionary<int, string>();
        var whole = document.Run is { Campaign: null, Requirement: null, Shard: null, CutShort: null, Interrupted: false } && document.HarnessErrors.Count == 0;

        foreach (var entry in expectations)
        {
            var about = Wording.Invariant($"line {entry.Line}: {entry.Requirement}");
            if (HasExpired(entry, today))
            {
                errors.Add($"{about}: expired on {entry.Expires}: decide again");
                continue;
            }

            if (!rows.TryGetValue(entry.Requirement, out var row))
            {
                notes.Add($"{about}: not asked in this run");
                continue;
            }

            if (Matches(document, entry, row, out var indices))
            {
                excused.TryAdd(row.Id, []);
                excused[row.Id].UnionWith(indices);
                foreach (var index in indices.Where(index => findings[index].Name == row.Id || IsCause(entry, findings[index])))
                {
                    findings[index] = findings[index] with { Verdict = RequirementVerdict.ExpectedDeviation, Reason = entry.Reason };
                    acceptedBy[index] = row.Id;
                }

                if (row.Verdict != RequirementVerdict.ExpectedDeviation)
                    rows[row.Id] = row with { Reason = entry.Reason, Link = entry.Link };
                continue;
            }

            var seen = document.Requirements.First(original => original.Id == row.Id).Verdict;
            if (!whole || (seen == RequirementVerdict.NotExercised && entry.Verdict != seen.Name()))
                notes.Add($"{about}: {entry.Verdict} was expected, but this run cannot tell");
            else
            {
                errors.Add(
                    $"{about}: {entry.Verdict}{(entry.When is null ? "" : $" with '{Escaping.Line(entry.When, 80)}'")} was expected, seen: "
                        + $"{seen.Name()}; {(Strange(document, entry.When) is { } strange ? $"{strange}; mend or remove the entry" : "remove the entry")}"
                );
                if (seen == RequirementVerdict.Pass)
                    rows[row.Id] = row with { Verdict = RequirementVerdict.UnexpectedPass, Reason = entry.Reason, Link = entry.Link };
            }
        }

        foreach (var (id, indices) in excused)
            rows[id] = Excuse(rows[id], indices, findings);
        // One finding is one root cause: the other requirements that it breaks are accepted with it, as long as nothing else breaks them.
        foreach (var row in document.Requirements.Where(row => !excused.ContainsKey(row.Id) && row.Verdict.Fails(strict: true)))
        {
            var about = Enumerable.Range(0, findings.Length).Where(index => findings[index].Requirements.Contains(row.Id)).ToList();
            if (about.Count > 0 && about.TrueForAll(acceptedBy.ContainsKey))
                rows[row.Id] = row with
                {
                    Verdict = RequirementVerdict.ExpectedDeviation,
                    Reason = $"{findings[about[0]].Reason} (with {acceptedBy[about[0]]})",
                };
        }

        return document with
        {
            Requirements = [.. document.Requirements.Select(row => rows[row.Id])],
            Findings = findings,
            ExpectationErrors = errors,
            Notes = notes,
        };
    }

    // Which part of a condition no finding fulfils, and what it could have named instead; null when nothing of it is strange, or no finding has facts.
    private static string? Strange(ResultDocument document, string? when)
    {
        var facts = document.Findings.Select(finding => finding.Facts).OfType<IReadOnlyList<string>>().Where(words => words.Count > 0).ToList();
        var keys = facts.SelectMany(words => words).Select(FactCondition.KeyOf).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal).ToList();
        if (when is null || keys.Count == 0)
            return null;
        var known = $"the facts of this run have the keys {string.Join(", ", keys)}";
        if (FactCondition.Parse(when) is not { } condition)
            return known;
        var strange = condition.Keys.Except(keys, StringComparer.Ordinal).ToList();
        if (strange.Count > 0)
            return $"no fact is about {Escaping.Line(string.Join(", ", strange), 80)}: {known}";
        var missing = facts.ConvertAll(condition.Missing);
        if (missing[0].FirstOrDefault(part => missing.TrueForAll(parts => parts.Contains(part))) is { } nowhere)
            return $"no finding has {Escaping.Line(nowhere, 80)}: seen were {Values(facts, nowhere)}";
        var nearest = missing.MinBy(parts => parts.Count)!;
        return nearest.Count == 0 ? null : $"no finding has all of it: the nearest lacks {Escaping.Line(string.Join(" and ", nearest), 80)}";
    }

    private static string Values(List<IReadOnlyList<string>> facts, string part)
    {
        var keys = FactCondition.KeysOf(part).ToList();
        var values = facts
            .SelectMany(words => words)
            .Where(fact => keys.Contains(FactCondition.KeyOf(fact)))
            .Distinct(StringComparer.Ordinal)
            .Order(StringComparer.Ordinal)
            .ToList();
        var more = values.Count > MaxValues ? Wording.Invariant($" and {values.Count - MaxValues} more") : "";
        return $"{string.Join(", ", values.Take(MaxValues).Select(value => Escaping.Line(value, 40)))}{more}";
    }

    private const int MaxValues = 12;

    private static bool Matches(ResultDocument document, Expectation entry, RequirementResult row, out List<int> indices)
    {
        var verdict = verdicts[entry.Verdict];
        indices = [];
        // What another entry said of the row is in its reason by now, so the verdict of the document counts.
        var original = document.Requirements.First(candidate => candidate.Id == row.Id);
        if (verdict == RequirementVerdict.NotExercised)
            return original.Verdict == verdict && Has(original.Reason, entry.When);
        for (var index = 0; index < document.Findings.Count; index++)
        {
            if (SpeaksOf(entry, document.Findings[index]))
                indices.Add(index);
        }

        return indices.Count > 0
            || (original.Verdict == verdict && entry.When is null && !document.Findings.Any(finding => finding.Requirements.Contains(row.Id)));
    }

    private static bool FindingHas(Finding finding, string? part) =>
        Has(finding.Campaign, part) || Has(finding.Kind, part) || Has(finding.Seen, part) || Has(string.Join("; ", finding.Steps), part);

    private static bool Has(string? text, string? part) => part is null || text?.Contains(part, StringComparison.Ordinal) == true;

    // A row is excused when every finding that names it is; otherwise the worst of the rest is its verdict.
    private static RequirementResult Excuse(RequirementResult row, HashSet<int> indices, Finding[] findings)
    {
        var rest = Enumerable
            .Range(0, findings.Length)
            .Where(index =>
                findings[index].Requirements.Contains(row.Id) && !indices.Contains(index) && findings[index].Verdict != RequirementVerdict.ExpectedDeviation
            )
            .ToList();
        if (rest.Count == 0)
            return row with { Verdict = RequirementVerdict.ExpectedDeviation };
        var worst = rest.MinBy(index => findings[index].Verdict.Urgency());
        return row with { Verdict = findings[worst].Verdict, Finding = worst, Reason = null, Link = null };
    }

    private static Expectation Check(Expectation entry, string name)
    {
        string? wrong = null;
        if (!Catalogue.TryParse(entry.Requirement, out _))
            wrong = $"there is no requirement '{Escaping.Line(entry.Requirement, 60)}'";
        else if (!verdicts.ContainsKey(entry.Verdict))
            wrong = $"verdict '{Escaping.Line(entry.Verdict, 60)}' is none of {string.Join(", ", verdicts.Keys)}";
        else if (string.IsNullOrWhiteSpace(entry.Reason))
            wrong = "reason is missing";
        else if (string.IsNullOrWhiteSpace(entry.Link))
            wrong = "link is missing";
        else if (!DateOnly.TryParseExact(entry.Expires, "O", CultureInfo.InvariantCulture, DateTimeStyles.None, out _))
            wrong = "expires is missing or not a date like 2026-12-31";
        else if (entry.When is { Length: 0 })
            wrong = "when is empty: leave it out";
        return wrong is null ? entry : throw new ExpectationsException(Wording.Invariant($"{name}: line {entry.Line}: {wrong}"));
    }
}

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
    RespectNullableAnnotations = true,
    ReadCommentHandling = JsonCommentHandling.Skip,
    AllowTrailingCommas = true,
    AllowDuplicateProperties = false
)]
[JsonSerializable(typeof(Expectation))]
internal sealed partial class ExpectationContext : JsonSerializerContext;
