using System.Globalization;
using System.Text;
using static Conformance.Reports.Wording;

namespace Conformance.Reports;

/// <summary>How loud a line of the console is.</summary>
public enum Tone
{
    /// <summary>Ordinary text.</summary>
    Plain,

    /// <summary>A heading.</summary>
    Heading,

    /// <summary>All is well.</summary>
    Good,

    /// <summary>It fails the run.</summary>
    Bad,

    /// <summary>A warning, or something not exercised.</summary>
    Attention,

    /// <summary>Of less interest.</summary>
    Faint,
}

/// <summary>One line of the console.</summary>
/// <param name="Tone">How loud it is.</param>
/// <param name="Text">Its text, without a line end, cleaned.</param>
public readonly record struct ConsoleLine(Tone Tone, string Text);

/// <summary>A result document as text for a console. Colours are the caller's business.</summary>
public static class ConsoleSummary
{
    /// <summary>How long a line may be where nothing else is known. Commands and long words are never broken.</summary>
    public const int DefaultWidth = 110;

    private const int TraceBefore = 8;
    private const int MaxCards = 30;
    private const int MaxFirstLines = 12;
    private const int MaxBullets = 25;
    private const int MaxSteps = 60;
    private const int MaxLastWords = 14;

    /// <summary>The whole text, LF after every line.</summary>
    public static string Render(ResultDocument document)
    {
        var text = new StringBuilder();
        foreach (var line in Lines(document))
            text.Append(line.Text).Append('\n');
        return text.ToString();
    }

    /// <summary>The lines with their tones.</summary>
    /// <param name="document">What a run found out.</param>
    /// <param name="width">How long a line may be.</param>
    public static IReadOnlyList<ConsoleLine> Lines(ResultDocument document, int width = DefaultWidth)
    {
        var page = new Page(width);
        page.Add(Tone.Heading, $"conformance {Escaping.Line(document.Kit, 60)}");
        page.Wrapped(Tone.Plain, "  driver  ", Driver(document.Driver));
        if (Identity(document.Driver) is { Length: > 0 } identity)
            page.Wrapped(Tone.Plain, "  build   ", identity);
        page.Wrapped(Tone.Plain, "  run     ", Run(document));
        if (document.Run.CutShort is { } cutShort)
            page.Wrapped(Tone.Attention, "  note    ", $"cut short {Escaping.Line(cutShort, 200)}: {WhyCutShort(document)}");
        if (document.Coverage is { } coverage)
            page.Wrapped(Tone.Plain, "  reached ", Coverage(coverage));
        page.Blank();

        // What fails the run comes before what is only long.
        Groups(page, document);
        Findings(page, document);
        Bullets(page, Tone.Bad, "EXPECTATIONS THAT DO NOT HOLD", document.ExpectationErrors);
        Abandoned(page, document);
        Bullets(page, Tone.Attention, "VACUOUS CAMPAIGNS", Wording.Vacuous(document));
        Expected(page, document);
        NotExercised(page, document);
        Bullets(page, Tone.Bad, "HARNESS ERRORS (not the driver's)", document.HarnessErrors);
        Bullets(page, Tone.Faint, "notes", document.Notes);

        var tone = document.Verdict switch
        {
            RunVerdict.Conforms => Tone.Good,
            RunVerdict.NotExercised or RunVerdict.Interrupted => Tone.Attention,
            _ => Tone.Bad,
        };
        FirstLines(page, document);
        page.Wrapped(Tone.Plain, "", Tally(document));
        // One line, however long: scripts look for it.
        page.Add(tone, Invariant($"{Conclusion(document)} (exit code {document.ExitCode}){Reach(document)}"));
        return page.Lines;
    }

    /// <summary>What is known of a driver, in one line.</summary>
    public static string DriverText(DriverFacts driver) => Driver(driver);

    /// <summary>One finding, as the summary shows it.</summary>
    /// <param name="document">The document that it is in.</param>
    /// <param name="finding">The finding.</param>
    /// <param name="width">How long a line may be.</param>
    public static IReadOnlyList<ConsoleLine> Card(ResultDocument document, Finding finding, int width = DefaultWidth)
    {
        var page = new Page(width);
        Card(page, document, finding);
        return page.Lines;
    }

    private static string Tally(ResultDocument document)
    {
        var counts = RequirementVerdicts
            .ByUrgency.Where(verdict =>
                document.Counts[verdict] > 0
                || verdict is RequirementVerdict.Violation or RequirementVerdict.Warning or RequirementVerdict.NotExercised or RequirementVerdict.Pass
            )
            .Select(verdict =>
                document.Counts[verdict] > 0 && verdict is not (RequirementVerdict.Pass or RequirementVerdict.ExpectedDeviation)
                    ? Wording.Count(document.Counts[verdict], verdict).ToUpperInvariant()
                    : Wording.Count(document.Counts[verdict], verdict)
            );
        return $"{Count(document.Counts.All, "requirement", "requirements")}: {string.Join(", ", counts)}";
    }

    private static string Coverage(CoverageFacts coverage)
    {
        static string Part(int covered, int reachable, string name) => Invariant($"{covered} of {reachable} {name}");
        var parts = coverage.Areas is { } areas
            ? areas.Select(area => Part(area.Covered, area.Reachable, Escaping.Line(area.Name, 60)))
            : new[] { (coverage.RequestPairs, "request pairs"), (coverage.Arcs, "arcs"), (coverage.ArcPairs, "arc pairs") }
                .Where(part => part.Item1 is not null)
                .Select(part => Part(part.Item1!.Covered, part.Item1.Reachable, part.Item2));
        var text = string.Join(", ", parts);
        return coverage.Unreachable.Count == 0 || coverage.Areas is not null ? text : $"{text}; {Invariant($"{coverage.Unreachable.Count} unreachable")}";
    }

    private static void Groups(Page page, ResultDocument document)
    {
        if (document.Requirements.Count == 0)
            return;
        RequirementVerdict[] columns =
        [
            .. RequirementVerdicts
                .ByUrgency.Where(verdict =>
                    verdict is RequirementVerdict.Violation or RequirementVerdict.Warning or RequirementVerdict.NotExercised or RequirementVerdict.Pass
                    || document.Counts[verdict] > 0
                )
                .Reverse(),
        ];
        string Heading(RequirementVerdict verdict) =>
            verdict switch
            {
                RequirementVerdict.NotExercised => "not exercised",
                RequirementVerdict.ExpectedDeviation => "expected",
                RequirementVerdict.UnexpectedPass => "unexpected",
                _ => verdict.Name(),
            };

        var headings = columns.Select(Heading).ToArray();
        var first = Math.Max(5, Wording.Groups(document).Max(group => Escaping.Line(group.Key, 30).Length));
        page.Add(Tone.Heading, $"  {"group".PadRight(first)}  {string.Join("  ", headings)}");
        foreach (var group in Wording.Groups(document))
        {
            var counts = VerdictCounts.Of([.. group]);
            var cells = columns.Select((verdict, index) => (counts[verdict] == 0 ? "." : Invariant($"{counts[verdict]}")).PadLeft(headings[index].Length));
            var bad = group.Any(row => row.Verdict.Fails(document.Run.Strict));
            var loud = counts.Warning > 0 || group.Any(row => row.Mandatory && row.Verdict == RequirementVerdict.NotExercised);
            // A gap that nobody must fill takes nothing from what passed; a group of gaps is neither good nor bad.
            var tone =
                bad ? Tone.Bad
                : loud ? Tone.Attention
                : counts.NotExercised == counts.All ? Tone.Faint
                : Tone.Good;
            page.Add(tone, $"  {Escaping.Line(group.Key, 30).PadRight(first)}  {string.Join("  ", cells)}");
        }

        page.Blank();
    }

    private static void NotExercised(Page page, ResultDocument document)
    {
        if (document.Counts.NotExercised == 0)
            return;
        page.Add(Tone.Attention, Invariant($"NOT EXERCISED: {document.Counts.NotExercised}"));
        foreach (var group in Wording.NotExercised(document))
        {
            var isLeftOut = document.Run.Campaign is not null && group.Key == Wording.LeftOut(document.Run);
            page.Wrapped(Tone.Plain, Invariant($"  {group.Count(), 3}  "), isLeftOut ? group.Key : $"{group.Key}: {Ids([.. group])}");
        }

        if (document.Requirements.Any(row => row.Mandatory && row.Verdict == RequirementVerdict.NotExercised))
            page.Add(Tone.Faint, "  ! mandatory for this driver on this channel");
        page.Blank();
    }

    // "MIG-RES-03..28" for a run of neighbours; "!" marks a mandatory one.
    private static string Ids(List<RequirementResult> rows)
    {
        var words = new List<string>();
        for (var first = 0; first < rows.Count; )
        {
            var last = first;
            while (
                last + 1 < rows.Count
                && Number(rows[last + 1]) == Number(rows[last]) + 1
                && rows[last + 1].Group == rows[first].Group
                && rows[last + 1].Mandatory == rows[first].Mandatory
            )
                last++;
            var range = last - first < 2 || Number(rows[first]) < 0 ? "" : $"..{Escaping.Line(rows[last].Id[(rows[last].Id.LastIndexOf('-') + 1)..], 40)}";
            if (range.Length == 0)
                last = first;
            words.Add($"{Escaping.Line(rows[first].Id, 40)}{range}{(rows[first].Mandatory ? "!" : "")}");
            first = last + 1;
        }

        return string.Join(" ", words);
    }

    private static int Number(RequirementResult row) =>
        int.TryParse(row.Id.AsSpan(row.Id.LastIndexOf('-') + 1), NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : -1;

    private static void Expected(Page page, ResultDocument document)
    {
        var rows = document.Requirements.Where(row => row.Verdict == RequirementVerdict.ExpectedDeviation).ToList();
        if (rows.Count == 0)
            return;
        page.Add(Tone.Heading, Invariant($"EXPECTED DEVIATIONS: {rows.Count}"));
        foreach (var row in rows)
            page.Wrapped(Tone.Plain, "  ", $"{Escaping.Line(row.Id, 40)}: {Reason(row)}{(row.Link is { } link ? $" ({Escaping.Line(link, 200)})" : "")}");
        page.Blank();
    }

    private static void Findings(Page page, ResultDocument document)
    {
        // Expected deviations have their own lines below.
        var shown = Shown(document);
        foreach (var cause in shown.Take(MaxCards))
            Card(page, document, document.Findings[cause.Finding], cause);
        if (shown.Count > MaxCards)
        {
            page.Add(Tone.Attention, $"{More([.. shown.Skip(MaxCards)])} in the report (--report DIR)");
            page.Blank();
        }
    }

    // The last screen of a long report says what was found: the cards have scrolled away by then.
    private static void FirstLines(Page page, ResultDocument document)
    {
        var shown = Shown(document);
        if (shown.Count == 0)
            return;
        page.Add(Tone.Heading, Invariant($"FINDINGS: {shown.Count}, the cards are above"));
        foreach (var finding in shown.Take(MaxFirstLines).Select(cause => document.Findings[cause.Finding]))
            page.Add(ToneOf(document, finding), $"  {FirstLine(document, finding)}");
        if (shown.Count > MaxFirstLines)
            page.Add(Tone.Plain, Invariant($"  and {shown.Count - MaxFirstLines} more"));
        page.Blank();
    }

    private static Tone ToneOf(ResultDocument document, Finding finding) => finding.Verdict.Fails(document.Run.Strict) ? Tone.Bad : Tone.Attention;

    private static string FirstLine(ResultDocument document, Finding finding)
    {
        var strength = Named(document, finding) is { } row ? $" ({Escaping.Line(row.Strength, 20)})" : "";
        return $"{finding.Verdict.Name().ToUpperInvariant()} {Title(document, finding)}{strength}";
    }

    private static void Card(Page page, ResultDocument document, Finding finding, Cause? cause = null)
    {
        var row = Named(document, finding);
        page.Add(ToneOf(document, finding), FirstLine(document, finding));
        if (row is not null)
            page.Wrapped(Tone.Plain, "  ", Escaping.Line(row.Statement));
        page.Wrapped(Tone.Plain, "  expected  ", Escaping.Line(finding.Expected));
        page.Wrapped(Tone.Plain, "  seen      ", Escaping.Line(finding.Seen));
        if (finding.Repeats is { } repeats)
            page.Wrapped(Tone.Plain, "  repeats   ", Escaping.Line(repeats, 60));
        if (Also(document, finding) is { Count: > 0 } also)
            page.Wrapped(Tone.Plain, "  also      ", string.Join(" ", also));
        foreach (var (label, text) in Details(document, finding, cause))
            page.Wrapped(Tone.Plain, $"  {label, -8}  ", text);
        Plan(page, finding);
        if (finding.Trace.Count > 0)
        {
            var from = Math.Max(0, finding.Trace.Count - TraceBefore);
            page.Add(Tone.Plain, from == 0 ? "  trace" : Invariant($"  trace (last {TraceBefore} of {finding.Trace.Count})"));
            foreach (var line in finding.Trace.Skip(from))
                page.Wrapped(
                    Tone.Faint,
                    Invariant($"    {line.Step + 1, 4}  "),
                    Escaping.Line(line.Observation, 300) + (line.Note.Length > 0 ? $"  [{Escaping.Line(line.Note, 300)}]" : "")
                );
        }

        if (!string.IsNullOrEmpty(finding.LastWords))
        {
            page.Add(Tone.Plain, "  last words of the driver's process");
            foreach (var line in LastWords(finding.LastWords))
                page.Add(Tone.Faint, $"    | {line}");
        }

        if (row is { Source.Length: > 0 })
            page.Wrapped(Tone.Faint, "  source    ", Escaping.Line(row.Source, 200));
        page.Add(Tone.Plain, $"  again     {Again(document, finding)}");
        page.Blank();
    }

    // A process or a kernel that dies names the cause first, and then where it was; all of it is in the report.
    private static List<string> LastWords(string words)
    {
        var lines = Escaping.Block(words, 8_000).Trim('\n').Split('\n').Select(line => Escaping.Line(line, 200)).ToList();
        return lines.Count <= MaxLastWords + 1 ? lines : [.. lines.Take(MaxLastWords), Invariant($"... ({lines.Count - MaxLastWords} more lines)")];
    }

    private static void Plan(Page page, Finding finding)
    {
        if (finding.Steps.Count == 0)
            return;
        var kind = finding.Minimised ? ", no step can be left out" : "";
        var times = finding.Occurrences > 1 ? $", seen in {Count(finding.Occurrences, "plan", "plans")}" : "";
        if (finding.CutShort is { } cutShort)
            page.Wrapped(Tone.Attention, "  note      ", Escaping.Line(cutShort, 200));
        page.Add(Tone.Plain, $"  plan ({Count(finding.Steps.Count, "step", "steps")}{kind}{times}), campaign {Escaping.Line(finding.Campaign, 80)}");

        var (from, to) = Window(finding, MaxSteps);
        if (from > 0)
            page.Add(Tone.Faint, Invariant($"         ({from} steps before)"));
        for (var index = from; index < to; index++)
        {
            var fails = index == finding.FailingStep;
            page.Wrapped(
                fails ? Tone.Bad : Tone.Plain,
                Invariant($"  {(fails ? ">" : " ")} {index + 1, 4}  "),
                Escaping.Line(finding.Steps[index], 300) + (fails ? "   <-- here" : "")
            );
        }

        if (to < finding.Steps.Count)
            page.Add(Tone.Faint, Invariant($"         ({finding.Steps.Count - to} steps after)"));
    }

    private static void Abandoned(Page page, ResultDocument document)
    {
        Bullets(
            page,
            Tone.Attention,
            "ABANDONED CAMPAIGNS",
            [.. document.Campaigns.Where(row => row.Abandoned is not null).Select(row => $"{row.Name}: {row.Abandoned}")]
        );
    }

    private static void Bullets(Page page, Tone tone, string heading, IReadOnlyList<string> texts)
    {
        if (texts.Count == 0)
            return;
        page.Add(tone, heading);
        foreach (var text in texts.Take(MaxBullets))
            page.Wrapped(Tone.Plain, "  - ", Escaping.Line(text, 600));
        if (texts.Count > MaxBullets)
            page.Add(Tone.Plain, Invariant($"  - and {texts.Count - MaxBullets} more"));
        page.Blank();
    }

    private sealed class Page(int width)
    {
        internal List<ConsoleLine> Lines { get; } = [];

        internal void Add(Tone tone, string text) => Lines.Add(new(tone, text.TrimEnd()));

        internal void Blank() => Add(Tone.Plain, "");

        /// <summary>
        /// Wraps at spaces; further lines are indented as deep as the label. A word that is longer than a line stays whole, so that it can be copied.
        /// </summary>
        internal void Wrapped(Tone tone, string label, string text)
        {
            var indent = new string(' ', label.Length);
            var line = new StringBuilder(label);
            var empty = true;
            foreach (var word in text.Split(' '))
            {
                if (!empty && line.Length + 1 + word.Length > width)
                {
                    Add(tone, line.ToString());
                    line.Clear().Append(indent);
                    empty = true;
                }

                if (!empty)
                    line.Append(' ');
                line.Append(word);
                empty = false;
            }

            Add(tone, line.ToString());
        }
    }
}
