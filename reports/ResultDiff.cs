using static Conformance.Reports.Wording;

namespace Conformance.Reports;

/// <summary>What changed from one run to another, requirement by requirement.</summary>
public sealed class ResultDiff
{
    private const int MaxRows = 40;

    private readonly List<ConsoleLine> lines = [];
    private readonly Dictionary<string, RequirementResult> before;
    private readonly ResultDocument old,
        now;

    private ResultDiff(ResultDocument old, ResultDocument now)
    {
        (this.old, this.now) = (old, now);
        before = old.Requirements.ToDictionary(row => row.Id, StringComparer.Ordinal);
    }

    /// <summary>
    /// True when something got worse: a requirement fails or warns that did not, is not exercised or asked any more, a failure is new, or the run says less
    /// than the one before.
    /// </summary>
    public bool IsWorse { get; private set; }

    /// <summary>The text.</summary>
    public IReadOnlyList<ConsoleLine> Lines => lines;

    /// <summary>Why two runs say nothing about each other; null when they can be compared.</summary>
    public static string? Obstacle(ResultDocument old, ResultDocument now)
    {
        (string What, string Old, string Now)[] facts =
        [
            ("suites", string.Join(',', old.Run.Suites), string.Join(',', now.Run.Suites)),
            ("campaigns", old.Run.Campaign ?? "all", now.Run.Campaign ?? "all"),
            ("requirements", old.Run.Requirement ?? "all", now.Run.Requirement ?? "all"),
            ("shards", old.Run.Shard ?? "all", now.Run.Shard ?? "all"),
        ];
        var different = facts.FirstOrDefault(fact => fact.Old != fact.Now);
        return different.What is null
            ? null
            : $"the {different.What} of one are '{Escaping.Line(different.Old, 100)}', of the other '{Escaping.Line(different.Now, 100)}'";
    }

    /// <summary>Compares two runs. What fails is decided for both as the newer run was asked to: with or without --strict.</summary>
    public static ResultDiff Of(ResultDocument old, ResultDocument now)
    {
        var diff = new ResultDiff(old, now);
        diff.Compare();
        return diff;
    }

    private void Compare()
    {
        Add(Tone.Plain, $"old  {Escaping.Line(old.Driver.Address, 200)}: {Conclusion(old)}");
        Add(Tone.Plain, $"new  {Escaping.Line(now.Driver.Address, 200)}: {Conclusion(now)}");
        if (old.Driver.Address != now.Driver.Address)
            Add(Tone.Attention, "the drivers have different addresses");
        if (Run(old) is var asked && Run(now) is var asks && asked != asks)
            Add(Tone.Faint, $"old run: {asked}\nnew run: {asks}");

        Section(Tone.Bad, "NEWLY FAILING", worse: true, row => Fails(row) && !(Before(row) is { } was && Fails(was)));
        Section(
            Tone.Bad,
            "NEWLY WARNED ABOUT",
            worse: true,
            row =>
                row.Verdict == RequirementVerdict.Warning
                && !Fails(row)
                && Before(row)?.Verdict is not (null or RequirementVerdict.Warning)
                && !Fails(Before(row)!)
        );
        Section(
            Tone.Bad,
            "NEWLY NOT EXERCISED",
            worse: true,
            row => row.Verdict == RequirementVerdict.NotExercised && Before(row) is { } was && was.Verdict != RequirementVerdict.NotExercised
        );
        Gone();
        NewFindings();
        Section(Tone.Good, "fixed", worse: false, row => !Fails(row) && row.Verdict != RequirementVerdict.NotExercised && Before(row) is { } was && Fails(was));
        Section(
            Tone.Good,
            "newly exercised",
            worse: false,
            row => !Fails(row) && row.Verdict != RequirementVerdict.NotExercised && Before(row)?.Verdict == RequirementVerdict.NotExercised
        );
        Section(
            Tone.Attention,
            "changed otherwise",
            worse: false,
            row =>
                Before(row) is { } was
                && was.Verdict != row.Verdict
                && Fails(was) == Fails(row)
                && row.Verdict is not (RequirementVerdict.NotExercised or RequirementVerdict.Warning)
                && was.Verdict != RequirementVerdict.NotExercised
        );
        Counts();

        // What no requirement shows: the harness failed, nothing ran, the run was stopped.
        if (now.ExitCode != 0 && old.ExitCode == 0)
            IsWorse = true;
        Add(IsWorse ? Tone.Bad : Tone.Good, IsWorse ? "SOMETHING GOT WORSE (exit code 1)" : "NOTHING GOT WORSE (exit code 0)");
    }

    private void Section(Tone tone, string heading, bool worse, Func<RequirementResult, bool> belongs)
    {
        var rows = now
            .Requirements.Where(belongs)
            .Select(row => $"{Escaping.Line(row.Id, 40), -13}  {Before(row)?.Verdict.Name() ?? "not asked"} -> {row.Verdict.Name()}{Why(row)}")
            .ToList();
        Rows(tone, heading, worse, rows);
    }

    private string Why(RequirementResult row) =>
        row.Finding is { } index && row.Verdict.Fails(strict: true) ? $": {Escaping.Line(now.Findings[index].Seen, 200)}"
        : row.Verdict == RequirementVerdict.NotExercised ? $": {Reason(row)}"
        : "";

    private void Gone()
    {
        var asked = now.Requirements.Select(row => row.Id).ToHashSet(StringComparer.Ordinal);
        Rows(
            Tone.Bad,
            "NO LONGER ASKED",
            worse: true,
            [
                .. old
                    .Requirements.Where(row => !asked.Contains(row.Id) && row.Verdict != RequirementVerdict.NotExercised)
                    .Select(row => $"{Escaping.Line(row.Id, 40), -13}  was {row.Verdict.Name()}"),
            ]
        );
    }

    // A line per cause, however many of its variants are new.
    private void NewFindings()
    {
        var known = old.Findings.Select(Signature).ToHashSet(StringComparer.Ordinal);
        var causes = now
            .Causes.Select(cause => cause.Findings.Select(index => now.Findings[index]).Where(finding => !known.Contains(Signature(finding))).ToList())
            .Where(news => news.Count > 0)
            .ToList();
        foreach (var fails in new[] { true, false })
        {
            var rows = causes
                .Where(news => news.Exists(finding => finding.Verdict.Fails(now.Run.Strict)) == fails)
                .Select(news => (First: news.Find(finding => finding.Verdict.Fails(now.Run.Strict)) ?? news[0], news.Count))
                .Select(row =>
                    $"{Title(now, row.First), -13}  {row.First.Verdict.Name()} in campaign {Escaping.Line(row.First.Campaign, 80)}: "
                    + $"{Escaping.Line(row.First.Seen, 200)}{(row.Count == 1 ? "" : Invariant($" (and {row.Count - 1} more of this cause)"))}"
                )
                .ToList();
            Rows(fails ? Tone.Bad : Tone.Attention, fails ? "NEW FINDINGS" : "new findings that do not fail the run", worse: fails, rows);
        }
    }

    private void Counts()
    {
        var changed = now.Requirements.Where(row => Before(row) is { } was && was.Exercised != row.Exercised).ToList();
        if (changed.Count == 0)
            return;
        var less = changed
            .Where(row => row.Exercised < Before(row)!.Exercised / 2)
            .Select(row => Invariant($"{Escaping.Line(row.Id, 40), -13}  exercised {Before(row)!.Exercised:N0} -> {row.Exercised:N0}"))
            .ToList();
        Add(Tone.Faint, Invariant($"counts: {changed.Count} of {now.Requirements.Count} requirements were exercised more or less often than before"));
        Rows(Tone.Attention, "exercised less than half as often", worse: false, less);
    }

    private void Rows(Tone tone, string heading, bool worse, List<string> rows)
    {
        if (rows.Count == 0)
            return;
        IsWorse |= worse;
        Add(tone, Invariant($"{heading}: {rows.Count}"));
        foreach (var row in rows.Take(MaxRows))
            Add(Tone.Plain, $"  {row}");
        if (rows.Count > MaxRows)
            Add(Tone.Plain, Invariant($"  and {rows.Count - MaxRows} more"));
    }

    private void Add(Tone tone, string text)
    {
        foreach (var line in text.Split('\n'))
            lines.Add(new(tone, line));
    }

    private RequirementResult? Before(RequirementResult row) => before.GetValueOrDefault(row.Id);

    private bool Fails(RequirementResult row) => row.Verdict.Fails(now.Run.Strict);

    private static string Signature(Finding finding) => $"{string.Join(' ', finding.Requirements.Order(StringComparer.Ordinal))}/{finding.Kind}";
}
