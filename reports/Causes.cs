namespace Conformance.Reports;

/// <summary>
/// Groups findings by their cause: a pure function of the findings, whatever their order. Plans are as short as they get, so that a condition that is left in
/// one is needed there; a finding that has all the conditions of another one and failed alike is a variant of it. docs/result-document.md, "Causes", has the
/// rules.
/// </summary>
public static class Causes
{
    /// <summary>The causes in the order of their first findings. What is expected (an expectations file has it) has none.</summary>
    public static IReadOnlyList<Cause> Of(IReadOnlyList<Finding> findings)
    {
        ArgumentNullException.ThrowIfNull(findings);
        var sketches = new SortedDictionary<string, (FindingSketch Sketch, List<int> Findings)>(StringComparer.Ordinal);
        for (var index = 0; index < findings.Count; index++)
        {
            if (findings[index] is not { Verdict: not RequirementVerdict.ExpectedDeviation } finding)
                continue;
            var sketch = FindingSketch.Of(finding);
            if (!sketches.TryGetValue(sketch.Key, out var same))
                sketches.Add(sketch.Key, same = (sketch, []));
            same.Findings.Add(index);
        }

        // Sorted by what they say: no result depends on which finding came first.
        var entries = sketches.Values.Select(row => new Entry(row.Sketch, row.Findings)).ToLookup(entry => entry.Sketch.Kind == AnswerKind.Words);
        // What has no facts is like nothing but itself.
        var groups = Groups([.. entries[false]]).Concat(entries[true].Select(entry => new List<Entry> { entry }));
        return [.. groups.Select(group => Make(findings, [.. group.SelectMany(entry => entry.Findings).Order()])).OrderBy(cause => cause.Findings[0])];
    }

    private sealed record Entry(FindingSketch Sketch, List<int> Findings);

    /// <summary>A candidate for a cause: findings that no other one explains, and that say the same.</summary>
    private sealed record Candidate(List<Entry> Members)
    {
        internal List<Entry> Group { get; } = [.. Members];

        internal int Conditions => Members[0].Sketch.Conditions.Count;

        internal bool Explains(Entry entry) => Members.Exists(member => member.Sketch.Explains(entry.Sketch));

        // Conditions that stand in many findings which failed otherwise are only circumstances here: such an explanation comes after the others.
        internal (bool IsTelling, int Findings) Weight(Entry[] all)
        {
            var explained = all.Where(Explains).Sum(entry => entry.Findings.Count);
            var having = all.Where(entry => Members.Exists(member => member.Sketch.Conditions.IsSubsetOf(entry.Sketch.Present)))
                .Sum(entry => entry.Findings.Count);
            return (explained * 4 > having * 3, explained);
        }
    }

    private static List<List<Entry>> Groups(Entry[] all)
    {
        var candidates = new List<Candidate>();
        var rest = new List<Entry>();
        // Fewer conditions first: who explains an entry is known by the time that it comes up.
        foreach (var entry in all.OrderBy(entry => entry.Sketch.Conditions.Count))
        {
            if (candidates.Exists(candidate => candidate.Conditions < entry.Sketch.Conditions.Count && candidate.Explains(entry)))
                rest.Add(entry);
            else
                Join(candidates, entry);
        }

        foreach (var (state, ways) in waysOut)
            JoinStuck(candidates, state, ways);
        var weights = candidates.ConvertAll(candidate => new Lazy<(bool, int)>(() => candidate.Weight(all)));
        foreach (var entry in rest)
        {
            var best = Enumerable
                .Range(0, candidates.Count)
                .Where(index => candidates[index].Conditions < entry.Sketch.Conditions.Count && candidates[index].Explains(entry))
                .MaxBy(index => weights[index].Value);
            candidates[best].Group.Add(entry);
        }

        return candidates.ConvertAll(candidate => candidate.Group);
    }

    // Sameness goes on from one to the next: who joins two candidates makes them one.
    private static void Join(List<Candidate> candidates, Entry entry)
    {
        var same = candidates.FindAll(candidate => candidate.Members.Exists(member => IsSame(member.Sketch, entry.Sketch)));
        candidates.RemoveAll(same.Contains);
        candidates.Add(new([.. same.SelectMany(candidate => candidate.Members), entry]));
    }

    // The arcs out of each state that has several: one of each row is in every feature set that has the state. From PRE_COPY the way to STOP_COPY leads through
    // P2P, where there is any.
    private static readonly (string State, string[][] Ways)[] waysOut =
    [
        (
            "PC",
            [
                ["PC>RU"],
                ["PC>PP", "PC>SC"],
            ]
        ),
        (
            "PP",
            [
                ["PP>RP"],
                ["PP>SC"],
            ]
        ),
        (
            "RP",
            [
                ["RP>RU"],
                ["RP>ST"],
            ]
        ),
        (
            "ST",
            [
                ["ST>RU", "ST>RP"],
                ["ST>SC"],
                ["ST>RS"],
            ]
        ),
    ];

    // A state that cannot be left fails on every way out, and also where a request leads through it: that is one cause, not one for each.
    private static void JoinStuck(List<Candidate> candidates, string state, string[][] ways)
    {
        var stuck = candidates
            .FindAll(candidate => candidate.Members.TrueForAll(member => member.Sketch.Leaves(state)))
            .GroupBy(candidate => string.Join(' ', candidate.Members[0].Sketch.Seen.Order(StringComparer.Ordinal)), StringComparer.Ordinal);
        foreach (var alike in stuck.ToList())
        {
            var arcs = alike.SelectMany(candidate => candidate.Members).SelectMany(member => member.Sketch.Arcs).ToHashSet(StringComparer.Ordinal);
            if (alike.Count() < 2 || !Array.TrueForAll(ways, way => arcs.Overlaps(way)))
                continue;
            // The first one says how many conditions it takes to be explained by them.
            var members = alike.SelectMany(candidate => candidate.Members).OrderBy(member => member.Sketch.Conditions.Count).ToList();
            candidates.RemoveAll(alike.Contains);
            candidates.Add(new(members));
        }
    }

    // Alike in conditions and answer, or in all but a number. Answers of different kinds cannot be compared: there the same conditions, if there are any, tell
    // the same.
    private static bool IsSame(FindingSketch one, FindingSketch other) =>
        one.Conditions.SetEquals(other.Conditions)
            ? one.Explains(other) || (one.Conditions.Count > 0 && one.Kind != other.Kind && one.Kind != AnswerKind.Loss && other.Kind != AnswerKind.Loss)
            : one.IsSibling(other);

    private static Cause Make(IReadOnlyList<Finding> findings, List<int> members)
    {
        var shown = members
            .OrderBy(index => findings[index].Verdict.Urgency())
            .ThenBy(index => findings[index].Steps.Count)
            .ThenBy(index => findings[index].Facts?.Contains("device=peer") == true) // one device is simpler than two
            .ThenBy(index => findings[index].Facts?.Count ?? 0)
            .ThenByDescending(index => findings[index].Occurrences)
            .ThenBy(
                index => string.Join('\n', [.. findings[index].Requirements, findings[index].Seen, .. findings[index].Facts ?? [], .. findings[index].Steps]),
                StringComparer.Ordinal
            )
            .First();
        var facts = (findings[shown].Facts ?? []).Where(fact => members.TrueForAll(index => findings[index].Facts?.Contains(fact) == true)).ToList();
        return new()
        {
            Finding = shown,
            Findings = members,
            Occurrences = members.Sum(index => findings[index].Occurrences),
            Requirements =
            [
                .. findings[shown].Requirements,
                .. members
                    .SelectMany(index => findings[index].Requirements)
                    .Distinct(StringComparer.Ordinal)
                    .Except(findings[shown].Requirements, StringComparer.Ordinal)
                    .Order(StringComparer.Ordinal),
            ],
            Facts = facts.Count == 0 ? null : facts,
        };
    }
}
