using System.Text.RegularExpressions;

namespace Conformance.Reports;

/// <summary>In which way a finding tells its cause.</summary>
internal enum AnswerKind
{
    /// <summary>The driver did not live: by its last words.</summary>
    Loss,

    /// <summary>A value was wrong: by the register or call that gave it, and the bits or parts that differ.</summary>
    Value,

    /// <summary>
    /// What was rewritten was not taken up: by what was rewritten and the commands. What is expected and seen are the new and the old content.
    /// </summary>
    Update,

    /// <summary>A record of the right type was filled in wrongly: by the fields that differ, wherever it was written.</summary>
    Fields,

    /// <summary>A record was written that must not be.</summary>
    Extra,

    /// <summary>The answer was another one: by what was expected or by what was seen.</summary>
    Reply,

    /// <summary>Nothing is known but its words.</summary>
    Words,
}

/// <summary>What is left of a finding when only that counts which may tell its cause.</summary>
internal sealed partial class FindingSketch
{
    private FindingSketch(AnswerKind kind, string place, HashSet<string> conditions, HashSet<string> all, Dictionary<string, HashSet<string>> facts)
    {
        (Kind, Place, Conditions, Present) = (kind, place, conditions, all);
        Expected = facts.GetValueOrDefault("expected") ?? [];
        Seen = facts.GetValueOrDefault("seen") ?? [];
        Differs = facts.GetValueOrDefault("differs") ?? [];
        Key = string.Join('\n', [Kind.ToString(), Place, Joined(Expected), Joined(Seen), Joined(Differs), Joined(Conditions), Joined(Present)]);
    }

    internal AnswerKind Kind { get; }

    /// <summary>Where the answer stood, or the words in which it was given; the same for findings of one cause.</summary>
    internal string Place { get; }

    internal HashSet<string> Expected { get; }

    internal HashSet<string> Seen { get; }

    internal HashSet<string> Differs { get; }

    /// <summary>The facts that may be the cause.</summary>
    internal HashSet<string> Conditions { get; }

    /// <summary>The same before the kind of answer made some of them superfluous.</summary>
    internal HashSet<string> Present { get; }

    /// <summary>Findings with the same one tell the same.</summary>
    internal string Key { get; }

    internal static FindingSketch Of(Finding finding)
    {
        var facts = (finding.Facts ?? []).Where(fact => fact is not null).ToList();
        var byKey = facts
            .GroupBy(FactCondition.KeyOf, StringComparer.Ordinal)
            .ToDictionary(group => group.Key, group => group.Select(ValueOf).ToHashSet(StringComparer.Ordinal), StringComparer.Ordinal);
        var conditions = Conditioned(facts, byKey);
        // Last words tell where it happened, whatever led there; without them only the plan is known.
        if (finding.Kind is "hang" or "crash")
            return string.IsNullOrWhiteSpace(finding.LastWords)
                ? new(AnswerKind.Loss, $"{finding.Kind} {Summary(finding.Seen)}", conditions, conditions, byKey)
                : new(AnswerKind.Loss, $"{finding.Kind}: {Summary(finding.LastWords)}", [], conditions, byKey);
        if (facts.Count == 0)
            return new(
                AnswerKind.Words,
                string.Join('\n', [finding.Kind, finding.Expected, finding.Seen, .. finding.Requirements, .. finding.Steps]),
                [],
                [],
                byKey
            );
        if (byKey.TryGetValue("register", out var registers))
            return new(AnswerKind.Value, Joined(registers), conditions, conditions, byKey);
        if (byKey.ContainsKey("edit-of") && facts.Contains("page=asked-before"))
            return new(AnswerKind.Update, "", [.. conditions.Where(fact => FactKinds.Of(FactCondition.KeyOf(fact)) != FactKind.Content)], conditions, byKey);
        var differs = byKey.GetValueOrDefault("differs") ?? [];
        if (byKey.TryGetValue("step", out var steps) && differs.Count > 0)
            return new(AnswerKind.Value, Joined(steps), conditions, conditions, byKey);
        // A record of another type is another answer; one of the right type is the same answer, badly written.
        if (finding.Kind == "event-field" && differs.Count > 0 && !differs.Contains("Type"))
            return new(AnswerKind.Fields, Joined(differs), [], conditions, byKey);
        return new(finding.Kind == "extra-event" ? AnswerKind.Extra : AnswerKind.Reply, "", conditions, conditions, byKey);
    }

    /// <summary>True when the two failed alike, whatever led there.</summary>
    internal bool AnswersLike(FindingSketch other) =>
        Kind == other.Kind
        && Place == other.Place
        && Kind switch
        {
            AnswerKind.Value => Differs.Overlaps(other.Differs) || Differs.SetEquals(other.Differs),
            AnswerKind.Reply or AnswerKind.Extra => Seen.SetEquals(other.Seen) || Expected.Overlaps(other.Expected),
            _ => true,
        };

    /// <summary>True when the two failed in exactly the same way.</summary>
    internal bool AnswersAs(FindingSketch other) =>
        Kind == other.Kind
        && Place == other.Place
        && (
            Kind is AnswerKind.Update or AnswerKind.Loss
            || (Expected.SetEquals(other.Expected) && Seen.SetEquals(other.Seen) && Differs.SetEquals(other.Differs))
        );

    /// <summary>True when all that this one needed is in the other as well, and they failed alike: then the other is a variant of this one.</summary>
    internal bool Explains(FindingSketch other) =>
        Conditions.Count == 0
            // Nothing is in everything: that alone explains nothing.
            ? other.Conditions.Count == 0 && (Kind == AnswerKind.Reply ? AnswersAs(other) : AnswersLike(other))
            : Conditions.Count <= other.Conditions.Count && AnswersLike(other) && Conditions.IsSubsetOf(other.Conditions);

    /// <summary>True when the conditions differ in nothing but numbers: values of one field.</summary>
    internal bool IsSibling(FindingSketch other) =>
        AnswersAs(other)
        && Conditions.Count == other.Conditions.Count
        && Conditions.Select(WithoutNumber).ToHashSet(StringComparer.Ordinal).SetEquals(other.Conditions.Select(WithoutNumber));

    /// <summary>True when a request failed on a way that has an arc out of this state.</summary>
    internal bool Leaves(string state) => Kind == AnswerKind.Reply && Arcs.Any(arc => arc.StartsWith($"{state}>", StringComparison.Ordinal));

    /// <summary>The arcs that were met, as <c>RU>ST</c>.</summary>
    internal IEnumerable<string> Arcs => Conditions.Where(fact => FactCondition.KeyOf(fact) == "arc").Select(ValueOf);

    // What is nearest to the failure counts: what was met goes before how the setup came to it, and the values of a field that is off before nothing.
    private static HashSet<string> Conditioned(List<string> facts, Dictionary<string, HashSet<string>> byKey)
    {
        var fields = byKey.GetValueOrDefault("field") ?? [];
        var sent = byKey.GetValueOrDefault("sent") ?? [];
        FactKind KindOf(string key) => fields.Contains(key) ? FactKind.Circumstance : FactKinds.Of(key);
        var met = byKey.Keys.Any(key => KindOf(key) == FactKind.Met);
        return facts
            .Where(fact =>
            {
                var key = FactCondition.KeyOf(fact);
                return KindOf(key) switch
                {
                    FactKind.Answer or FactKind.Circumstance => false,
                    FactKind.Setup => !met,
                    // An address need not be the start of a page to fail; a command of the failing step is what was done, not why.
                    _ => fact != "address=in-page" && !(key == "command" && sent.Contains(ValueOf(fact))),
                };
            })
            .ToHashSet(StringComparer.Ordinal);
    }

    private static string ValueOf(string fact) => fact[(fact.IndexOf('=', StringComparison.Ordinal) + 1)..];

    private static string WithoutNumber(string fact) => Number().IsMatch(ValueOf(fact)) ? FactCondition.KeyOf(fact) : fact;

    private static string Joined(HashSet<string> words) => string.Join(' ', words.Order(StringComparer.Ordinal));

    // The line that names the failure and the first that names a place; addresses, counts and process numbers differ from run to run.
    private static string Summary(string words)
    {
        var lines = words.Split('\n', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries).Take(MaxLines).ToList();
        var place = lines.Skip(1).FirstOrDefault(line => PlaceOfFailure().IsMatch(line));
        return Numbers().Replace($"{lines.FirstOrDefault()} {place}", "#");
    }

    private const int MaxLines = 200;

    [GeneratedRegex(@"^(0x[0-9a-f]+|[0-9]+)$", RegexOptions.CultureInvariant)]
    private static partial Regex Number();

    [GeneratedRegex(@"0x[0-9a-fA-F]+|\b[0-9a-f]{8,}\b|[0-9]+", RegexOptions.CultureInvariant)]
    private static partial Regex Numbers();

    [GeneratedRegex(@"^at |^RIP: |^pc : |^#[0-9]+ ", RegexOptions.CultureInvariant)]
    private static partial Regex PlaceOfFailure();
}
