using System.Text;
using static Conformance.Reports.Wording;

namespace Conformance.Reports;

/// <summary>
/// A result document as KTAP version 1, the format in which kernel tests report: a test per requirement group with a subtest per requirement, one for what
/// belongs to no requirement, and last the verdict of the whole run, so that a reader who sees nothing but these lines is not told less than the exit code
/// says.
/// </summary>
public static class Ktap
{
    private const string Version = "KTAP version 1";
    private const int MaxSteps = 60;

    /// <summary>The text, LF.</summary>
    public static string Render(ResultDocument document)
    {
        var page = new Page();
        var groups = Groups(document).ToList();
        var kit = KitCase.Of(document);
        var cards = new CauseCards(document);
        page.Line(Version);
        page.Line(Invariant($"1..{groups.Count + (kit.Count > 0 ? 1 : 0) + 1}"));
        page.Note($"conformance {document.Kit}, driver {Driver(document.Driver)}");
        if (Identity(document.Driver) is { Length: > 0 } identity)
            page.Note($"build {identity}");
        page.Note(Run(document));
        foreach (var group in groups)
            page.Group(group.Key, [.. group.Select(row => Of(document, cards, row))]);
        if (kit.Count > 0)
            page.Group(
                "kit",
                [
                    .. kit.Select(row => new Test(
                        row.Name,
                        Mark.Failed,
                        row.Kind == "error" ? "ERROR" : "",
                        row.Message,
                        row.Cause is null ? [row.Message] : [.. Notes(document, row.Cause)]
                    )),
                ]
            );
        page.Note(Conclusion(document) + Reach(document));
        page.Result(new("verdict", document.ExitCode == 0 ? Mark.Passed : Mark.Failed, "", "", []));
        return page.ToString();
    }

    private enum Mark
    {
        Passed,
        Failed,
        Skipped,
    }

    private sealed record Test(string Name, Mark Mark, string Directive, string Reason, IReadOnlyList<string> Notes);

    private static Test Of(ResultDocument document, CauseCards cards, RequirementResult row)
    {
        var finding = row.Finding is { } index ? document.Findings[index] : null;
        var (mark, directive, reason) = row.Verdict switch
        {
            RequirementVerdict.NotExercised => (Mark.Skipped, "SKIP", $"not exercised: {Reason(row)}{(row.Mandatory ? " (mandatory)" : "")}"),
            // What is known to fail is no news: kernel tests report it as passed, with this word.
            RequirementVerdict.ExpectedDeviation => (Mark.Passed, "XFAIL", Reason(row)),
            RequirementVerdict.UnexpectedPass => (Mark.Failed, "", ""),
            RequirementVerdict.Hang => (Mark.Failed, "TIMEOUT", ""),
            RequirementVerdict.Crash => (Mark.Failed, "ERROR", finding?.Seen ?? ""),
            _ => (row.Verdict.Fails(document.Run.Strict) ? Mark.Failed : Mark.Passed, "", ""),
        };
        List<string> notes = [];
        if (row.Verdict is not (RequirementVerdict.Pass or RequirementVerdict.NotExercised))
            notes.Add($"{row.Verdict.Name()}, {row.Strength}: {row.Statement}");
        if (row.Verdict == RequirementVerdict.UnexpectedPass)
            notes.Add($"passed, but the expectations file says that it deviates: {Reason(row)}");
        foreach (var cause in cards.At(row))
            notes.AddRange(Notes(document, cause));
        if (cards.Elsewhere(row) is { } elsewhere)
            notes.Add($"shown with {Escaping.Line(elsewhere, 40)}");
        // What is expected has no card.
        else if (finding is { Verdict: RequirementVerdict.ExpectedDeviation })
            notes.AddRange(finding.Name == row.Id ? Notes(document, finding) : [$"shown with {Title(document, finding)}"]);
        return new(row.Id, mark, directive, reason, notes);
    }

    private static IEnumerable<string> Notes(ResultDocument document, Cause cause) => Notes(document, document.Findings[cause.Finding], cause);

    private static IEnumerable<string> Notes(ResultDocument document, Finding finding, Cause? cause = null)
    {
        yield return $"expected  {finding.Expected}";
        yield return $"seen      {finding.Seen}";
        if (finding.Repeats is { } repeats)
            yield return $"repeats   {repeats}";
        foreach (var (label, text) in Details(document, finding, cause))
            yield return $"{label, -8}  {text}";
        var (from, to) = Window(finding, MaxSteps);
        if (from > 0)
            yield return Invariant($"         ({from} steps before)");
        for (var index = from; index < to; index++)
            yield return Invariant($"{(index == finding.FailingStep ? ">" : " ")} {index + 1, 4}  {Escaping.Line(finding.Steps[index], 300)}");
        if (to < finding.Steps.Count)
            yield return Invariant($"         ({finding.Steps.Count - to} steps after)");
        yield return $"again     {Again(document, finding)}";
    }

    private sealed class Page
    {
        private readonly StringBuilder text = new();
        private string indent = "";
        private int number;

        internal void Line(string line) => text.Append(indent).Append(line).Append('\n');

        /// <summary>A diagnostic line. The blanks behind the mark keep a driver's words from being taken for one of the format's own lines.</summary>
        internal void Note(string line) => Line($"#   {Escaping.Line(line, 600)}".TrimEnd());

        internal void Group(string name, IReadOnlyList<Test> tests)
        {
            var outer = number;
            (indent, number) = ("  ", 0);
            Line(Version);
            Line($"# Subtest: {Name(name)}");
            Line(Invariant($"1..{tests.Count}"));
            foreach (var test in tests)
                Result(test);
            int Count(Mark mark) => tests.Count(test => test.Mark == mark);
            var expected = tests.Count(test => test.Directive == "XFAIL");
            Line(
                Invariant(
                    $"# Totals: pass:{Count(Mark.Passed) - expected} fail:{Count(Mark.Failed)} xfail:{expected} xpass:0 skip:{Count(Mark.Skipped)} error:0"
                )
            );
            (indent, number) = ("", outer);
            var mark =
                Count(Mark.Failed) > 0 ? Mark.Failed
                : Count(Mark.Skipped) == tests.Count ? Mark.Skipped
                : Mark.Passed;
            Result(new(name, mark, mark == Mark.Skipped ? "SKIP" : "", mark == Mark.Skipped ? "nothing of it was exercised" : "", []));
        }

        internal void Result(Test test)
        {
            foreach (var note in test.Notes)
                Note(note);
            var directive = test.Directive.Length == 0 ? "" : $" # {test.Directive} {Escaping.Line(test.Reason, 300).Replace('#', ' ')}".TrimEnd();
            Line(Invariant($"{(test.Mark == Mark.Failed ? "not ok" : "ok")} {++number} {Name(test.Name)}{directive}"));
        }

        public override string ToString() => text.ToString();

        // The hash ends a name, whatever stands before it.
        private static string Name(string name) => Escaping.Line(name, 80).Replace('#', '-').Trim() is { Length: > 0 } kept ? kept : "unnamed";
    }
}
