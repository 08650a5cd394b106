using System.Numerics;

namespace Conformance.Reports;

/// <summary>Documents are not the shards of one run.</summary>
/// <param name="message">What does not fit, in one line.</param>
public sealed class ResultMergeException(string message) : Exception(message);

/// <summary>
/// Makes one document of the shards of a run (<c>check --shard i/n</c>): a pure function of the documents, in whatever order they are given. All shards from
/// 1/n to n/n must be there, each once, with the same kit, driver, suites, campaign, seed, plans, budget, strictness and <c>--fail-fast</c>; anything else is
/// refused.
/// Counts are added; a requirement has the worst verdict of the shards; findings with the same requirements, kind, verdict and facts, of crashes also with the
/// same cause as far as last words tell, are one, shown by the shortest plan. The merged document has <see cref="RunFacts.Shards"/> instead of
/// <see cref="RunFacts.Shard"/> and is judged like that of a whole run.
/// </summary>
public static class ResultMerge
{
    // What somebody must look at goes before what is in order, and that before what says nothing.
    private static readonly RequirementVerdict[] worstFirst =
    [
        RequirementVerdict.Crash,
        RequirementVerdict.Hang,
        RequirementVerdict.Violation,
        RequirementVerdict.Flaky,
        RequirementVerdict.UnexpectedPass,
        RequirementVerdict.Warning,
        RequirementVerdict.ExpectedDeviation,
        RequirementVerdict.Pass,
        RequirementVerdict.NotExercised,
    ];

    /// <summary>Merges shards.</summary>
    /// <param name="documents">The shards, in any order.</param>
    /// <param name="factsTellApart">As for the list of a whole run: <see cref="FindingList"/>.</param>
    /// <exception cref="ResultMergeException">They are not all the shards of one run.</exception>
    public static ResultDocument Merge(IReadOnlyList<ResultDocument> documents, bool factsTellApart = false)
    {
        var shards = Order(documents);
        var first = shards[0];
        foreach (var other in shards.Skip(1))
            CheckSame(first, other);

        var campaigns = Campaigns(shards);
        var (findings, places) = Findings(shards, [.. campaigns.Select(campaign => campaign.Name)], factsTellApart);
        return first with
        {
            Run = first.Run with
            {
                Shard = null,
                Shards = shards.Count,
                CutShort = Joined(shards, document => document.Run.CutShort),
                EndedByFinding = shards.Any(document => document.Run.EndedByFinding),
                Unfinished = shards.Any(document => document.Run.Unfinished),
                Interrupted = shards.Any(document => document.Run.Interrupted),
            },
            Requirements = [.. first.Requirements.Select((_, index) => Row(shards, index, places))],
            Findings = findings,
            Coverage = Coverage(shards),
            Campaigns = campaigns,
            ExpectationErrors = [.. shards.SelectMany(document => document.ExpectationErrors).Distinct(StringComparer.Ordinal)],
            HarnessErrors = [.. shards.SelectMany(document => document.HarnessErrors.Select(error => $"shard {document.Run.Shard}: {error}"))],
            Notes = [.. shards.SelectMany(document => document.Notes).Distinct(StringComparer.Ordinal)],
            Environment = Environment(shards),
        };
    }

    private static List<ResultDocument> Order(IReadOnlyList<ResultDocument> documents)
    {
        if (documents.Count == 0)
            throw new ResultMergeException("there is nothing to merge");
        var parts = documents.Select(document => (Part: Part(document), Document: document)).OrderBy(pair => pair.Part.Index).ToList();
        var count = parts[0].Part.Count;
        if (parts.Find(pair => pair.Part.Count != count) is { Document: not null } odd)
            throw new ResultMergeException($"shard {odd.Document.Run.Shard} and shard {parts[0].Document.Run.Shard} are not parts of one run");
        for (var index = 1; index <= count; index++)
        {
            var times = parts.Count(pair => pair.Part.Index == index);
            if (times != 1)
                throw new ResultMergeException(Wording.Invariant($"shard {index}/{count} is {(times == 0 ? "missing" : "there more than once")}"));
        }

        return [.. parts.Select(pair => pair.Document)];
    }

    private static (int Index, int Count) Part(ResultDocument document)
    {
        if (document.Run.Shard is not { } text)
            throw new ResultMergeException("a document is not of a shard: it was made without --shard");
        var words = text.Split('/');
        if (words.Length == 2 && int.TryParse(words[0], out var index) && int.TryParse(words[1], out var count) && index >= 1 && index <= count)
            return (index, count);
        throw new ResultMergeException($"'{Escaping.Line(text, 40)}' is not a shard");
    }

    private static void CheckSame(ResultDocument one, ResultDocument other)
    {
        (string What, string One, string Other)[] facts =
        [
            ("kit", one.Kit, other.Kit),
            ("driver", Wording.Driver(one.Driver), Wording.Driver(other.Driver)),
            ("build", Wording.Identity(one.Driver), Wording.Identity(other.Driver)),
            ("suites", string.Join(',', one.Run.Suites), string.Join(',', other.Run.Suites)),
            ("campaign", one.Run.Campaign ?? "all", other.Run.Campaign ?? "all"),
            ("seed", Wording.Invariant($"{one.Run.Seed}"), Wording.Invariant($"{other.Run.Seed}")),
            ("plans", Wording.Invariant($"{one.Run.Plans}"), Wording.Invariant($"{other.Run.Plans}")),
            ("budget", Wording.Invariant($"{one.Run.BudgetSeconds}"), Wording.Invariant($"{other.Run.BudgetSeconds}")),
            ("fail-fast", Wording.Invariant($"{one.Run.FailFast}"), Wording.Invariant($"{other.Run.FailFast}")),
            ("strictness", Wording.Invariant($"{one.Run.Strict}"), Wording.Invariant($"{other.Run.Strict}")),
        ];
        foreach (var fact in facts)
            if (fact.One != fact.Other)
                throw new ResultMergeException(
                    $"shards {one.Run.Shard} and {other.Run.Shard} are not of one run: {fact.What} '{Escaping.Line(fact.One, 200)}' and "
                        + $"'{Escaping.Line(fact.Other, 200)}'"
                );
        if (!one.Requirements.Select(row => row.Id).SequenceEqual(other.Requirements.Select(row => row.Id)))
            throw new ResultMergeException($"shards {one.Run.Shard} and {other.Run.Shard} are not of one run: they ask other requirements");
    }

    private static RequirementResult Row(List<ResultDocument> shards, int index, Dictionary<(int Shard, int Finding), int> places)
    {
        var rows = shards.Select((document, shard) => (Row: document.Requirements[index], Shard: shard)).ToList();
        var (worst, at) = rows.MinBy(pair => Array.IndexOf(worstFirst, pair.Row.Verdict));
        return worst with
        {
            Mandatory = rows.Any(pair => pair.Row.Mandatory),
            Exercised = rows.Sum(pair => pair.Row.Exercised),
            Violated = rows.Sum(pair => pair.Row.Violated),
            Warned = rows.Sum(pair => pair.Row.Warned),
            Finding = worst.Finding is { } finding ? places[(at, finding)] : null,
        };
    }

    // In the order of a whole run: by campaign, then by shard.
    private static (List<Finding> Findings, Dictionary<(int Shard, int Finding), int> Places) Findings(
        List<ResultDocument> shards,
        List<string> campaigns,
        bool factsTellApart
    )
    {
        var places = new Dictionary<(int, int), int>();
        var merged = new FindingList(factsTellApart);
        var all = shards
            .SelectMany((document, shard) => document.Findings.Select((finding, index) => (finding, shard, index)))
            .OrderBy(row => campaigns.IndexOf(row.finding.Campaign))
            .ThenBy(row => row.shard)
            .ThenBy(row => row.index);
        foreach (var (finding, shard, index) in all)
            places[(shard, index)] = merged.Note(finding);
        return ([.. merged.All], places);
    }

    private static List<CampaignResult> Campaigns(List<ResultDocument> shards)
    {
        var names = shards.SelectMany(document => document.Campaigns.Select(campaign => campaign.Name)).Distinct(StringComparer.Ordinal);
        return
        [
            .. names.Select(name =>
            {
                var parts = shards.SelectMany(document => document.Campaigns.Where(campaign => campaign.Name == name)).ToList();
                return new CampaignResult(
                    name,
                    parts.Sum(part => part.Plans),
                    parts.Sum(part => part.Steps),
                    parts.Sum(part => part.PayloadBytes),
                    Joined(shards, document => document.Campaigns.FirstOrDefault(campaign => campaign.Name == name)?.Abandoned)
                )
                {
                    // A part with findings names no witnesses: a driver that differs may not have let the campaign get there. Then nothing can be missed in the
                    // whole.
                    Witnesses = parts.Any(part => part.Witnesses.Count == 0)
                        ? []
                        :
                        [
                            .. parts
                                .SelectMany(part => part.Witnesses)
                                .GroupBy(witness => witness.Name, StringComparer.Ordinal)
                                .Select(group => new WitnessResult(group.Key, group.Sum(witness => witness.Seen))),
                        ],
                };
            }),
        ];
    }

    private static CoverageFacts? Coverage(List<ResultDocument> shards)
    {
        var known = shards.Select(document => document.Coverage).OfType<CoverageFacts>().ToList();
        if (known.Count == 0)
            return null;
        if (known.Any(facts => !SameAreas(facts, known[0])))
            throw new ResultMergeException("the coverage of the shards counts different things, so that it cannot be merged");
        var areas = known[0].Areas;
        var union = new byte[areas?.Sum(area => area.Flags / 8) ?? CoverageFacts.TableBytes];
        foreach (var facts in known)
        {
            var bytes = new byte[union.Length];
            if (facts.Tables is null || !Convert.TryFromBase64String(facts.Tables, bytes, out var length) || length != bytes.Length)
                throw new ResultMergeException("the coverage of a shard has no tables, so that it cannot be merged");
            for (var at = 0; at < union.Length; at++)
                union[at] |= bytes[at];
        }

        var merged = known[0] with { Tables = Convert.ToBase64String(union) };
        if (areas is null)
            return merged with
            {
                RequestPairs = merged.RequestPairs! with { Covered = Bits(union.AsSpan(0, 8)) },
                Arcs = merged.Arcs! with { Covered = Bits(union.AsSpan(8, 8)) },
                ArcPairs = merged.ArcPairs! with { Covered = Bits(union.AsSpan(16)) },
            };
        var recounted = new List<CoverageArea>();
        var from = 0;
        foreach (var area in areas)
        {
            recounted.Add(area with { Covered = Bits(union.AsSpan(from, area.Flags / 8)) });
            from += area.Flags / 8;
        }

        return merged with
        {
            Areas = recounted,
        };
    }

    private static bool SameAreas(CoverageFacts facts, CoverageFacts other) =>
        facts.Areas is null
            ? other.Areas is null
            : other.Areas is not null
                && facts.Areas.Select(area => area with { Covered = 0 }).SequenceEqual(other.Areas.Select(area => area with { Covered = 0 }));

    private static int Bits(ReadOnlySpan<byte> bytes)
    {
        var count = 0;
        foreach (var value in bytes)
            count += BitOperations.PopCount(value);
        return count;
    }

    private static EnvironmentFacts? Environment(List<ResultDocument> shards)
    {
        var known = shards.Select(document => document.Environment).OfType<EnvironmentFacts>().ToList();
        if (known.Count == 0)
            return null;
        string Distinct(Func<EnvironmentFacts, string> part) => string.Join(", ", known.Select(part).Distinct(StringComparer.Ordinal));
        return new()
        {
            Started = known.Select(facts => facts.Started).Order(StringComparer.Ordinal).First(),
            DurationSeconds = known.Max(facts => facts.DurationSeconds),
            HostKernel = Distinct(facts => facts.HostKernel),
            KitBuild = Distinct(facts => facts.KitBuild),
            Restarts = known.Sum(facts => facts.Restarts),
        };
    }

    private static string? Joined(List<ResultDocument> shards, Func<ResultDocument, string?> part)
    {
        var words = shards.Where(document => part(document) is not null).Select(document => $"shard {document.Run.Shard}: {part(document)}").ToList();
        return words.Count == 0 ? null : string.Join("; ", words);
    }
}
