using System.Text;
using static Conformance.Reports.Wording;

namespace Conformance.Reports;

/// <summary>A finding as plain text of several lines, for the bodies of JUnit failures and Markdown details.</summary>
public static class FindingText
{
    /// <summary>The finding that is shown of a cause, and what it stands for.</summary>
    internal static string Render(ResultDocument document, Cause cause) => Render(document, document.Findings[cause.Finding], cause);

    internal static string Render(ResultDocument document, Finding finding, Cause? cause = null)
    {
        var text = new StringBuilder();
        if (Named(document, finding) is { } row)
            text.Append(Escaping.Line(row.Statement)).Append("\n\n");
        return text.Append(Answer(finding)).Append(Lines(Details(document, finding, cause))).Append(Body(finding, Again(document, finding))).ToString();
    }

    /// <summary>A finding without its sentence, its facts, and what was expected and seen: where those are told already.</summary>
    internal static string Rest(ResultDocument document, Finding finding) => Body(finding, Again(document, finding));

    /// <summary>A finding without the document that it is in.</summary>
    public static string Of(Finding finding) =>
        Answer(finding) + Lines(Facts("facts", finding.Facts)) + Body(finding, finding.Replay is { } token ? $"conformance replay {token} ADDRESS" : "");

    private static string Answer(Finding finding) => $"expected  {Escaping.Line(finding.Expected)}\nseen      {Escaping.Line(finding.Seen)}\n";

    private static string Lines(IEnumerable<(string Label, string Line)> details) =>
        string.Concat(details.Select(detail => Invariant($"{detail.Label, -8}  {detail.Line}\n")));

    private static string Body(Finding finding, string again)
    {
        var text = new StringBuilder();
        if (finding.Repeats is { } repeats)
            text.Append("repeats   ").Append(Escaping.Line(repeats, 60)).Append('\n');
        if (finding.CutShort is { } cutShort)
            text.Append("note      ").Append(Escaping.Line(cutShort, 200)).Append('\n');
        if (finding.Reason is { } reason)
            text.Append("reason    ").Append(Escaping.Line(reason)).Append('\n');
        text.Append("campaign  ").Append(Escaping.Line(finding.Campaign, 80)).Append('\n');
        if (again.Length > 0)
            text.Append("again     ").Append(again).Append('\n');
        if (finding.Steps.Count > 0)
            text.Append("\nplan\n").Append(Steps(finding));
        if (finding.Trace.Count > 0)
        {
            text.Append("\ntrace\n");
            foreach (var line in finding.Trace.TakeLast(Limit))
                text.Append(Invariant($"{line.Step + 1, 6}  "))
                    .Append(Escaping.Line(line.Observation, 300))
                    .Append(line.Note.Length > 0 ? $"  [{Escaping.Line(line.Note, 300)}]" : "")
                    .Append('\n');
        }

        if (!string.IsNullOrEmpty(finding.LastWords))
            text.Append("\nlast words of the driver's process\n").Append(Escaping.Block(finding.LastWords, 4_000).TrimEnd('\n')).Append('\n');
        return text.ToString();
    }

    private const int Limit = 200;

    private static string Steps(Finding finding)
    {
        var text = new StringBuilder();
        var (from, to) = Window(finding, Limit);
        if (from > 0)
            text.Append(Invariant($"        ({from} steps before)\n"));
        for (var index = from; index < to; index++)
            text.Append(Invariant($"{(index == finding.FailingStep ? ">" : " ")}{index + 1, 5}  "))
                .Append(Escaping.Line(finding.Steps[index], 300))
                .Append('\n');
        if (to < finding.Steps.Count)
            text.Append(Invariant($"        ({finding.Steps.Count - to} steps after)\n"));
        return text.ToString();
    }
}
