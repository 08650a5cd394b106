using System.Text;
using static Conformance.Reports.Wording;

namespace Conformance.Reports;

/// <summary>A result document as Markdown, for a job summary or a comment on a change.</summary>
public static class MarkdownSummary
{
    // Job summaries are refused above 1 MiB. Findings leave room for the tables behind them.
    private const int MaxBytes = 1_000_000;
    private const int MaxFindingBytes = 600_000;
    private const int MaxFindings = 50;

    /// <summary>The text, LF.</summary>
    public static string Render(ResultDocument document)
    {
        var text = new StringBuilder();
        text.Append("# ").Append(Escaping.Markdown(Conclusion(document) + Reach(document))).Append("\n\n");
        text.Append("Driver ")
            .Append(Escaping.MarkdownCode(document.Driver.Address, 200))
            .Append(", ")
            .Append(Escaping.Markdown(DriverDetails(document.Driver)))
            .Append(".\n");
        if (Identity(document.Driver) is { Length: > 0 } identity)
            text.Append("Build: ").Append(Escaping.Markdown(identity)).Append(".\n");
        text.Append("Run: ")
            .Append(Escaping.Markdown(Run(document)))
            .Append(". Kit ")
            .Append(Escaping.Markdown(document.Kit, 60))
            .Append(", exit code ")
            .Append(Invariant($"{document.ExitCode}"))
            .Append(".\n\n");
        Groups(text, document);
        Findings(text, document);
        NotExercised(text, document);
        Expected(text, document);
        Bullets(text, "Expectations that do not hold", document.ExpectationErrors);
        Bullets(text, "Abandoned campaigns", [.. document.Campaigns.Where(row => row.Abandoned is not null).Select(row => $"{row.Name}: {row.Abandoned}")]);
        Bullets(text, "Harness errors (not the driver's)", document.HarnessErrors);
        Bullets(text, "Notes", document.Notes);
        return Bounded(text.ToString());
    }

    private static void Groups(StringBuilder text, ResultDocument document)
    {
        if (document.Requirements.Count == 0)
            return;
        RequirementVerdict[] columns =
        [
            .. RequirementVerdicts.ByUrgency.Where(verdict =>
                verdict is RequirementVerdict.Violation or RequirementVerdict.Warning or RequirementVerdict.NotExercised or RequirementVerdict.Pass
                || document.Counts[verdict] > 0
            ),
        ];
        text.Append("| group |").Append(string.Concat(columns.Select(verdict => $" {verdict.Name()} |"))).Append('\n');
        text.Append("|---|").Append(string.Concat(columns.Select(_ => "---:|"))).Append('\n');
        foreach (var group in Wording.Groups(document))
            Row(Escaping.Markdown(group.Key, 40), VerdictCounts.Of([.. group]));
        Row("**all**", document.Counts);
        text.Append('\n');

        void Row(string name, VerdictCounts counts) =>
            text.Append($"| {name} |")
                .Append(string.Concat(columns.Select(verdict => counts[verdict] == 0 ? "  |" : Invariant($" {counts[verdict]} |"))))
                .Append('\n');
    }

    private static void Findings(StringBuilder text, ResultDocument document)
    {
        var causes = Shown(document);
        if (causes.Count == 0)
            return;
        text.Append("## Findings\n\n");
        var shown = 0;
        var bytes = 0;
        foreach (var card in causes.Take(MaxFindings).Select(cause => Card(document, cause)))
        {
            bytes += Encoding.UTF8.GetByteCount(card);
            if (bytes > MaxFindingBytes)
                break;
            shown++;
            text.Append(card);
        }

        if (shown < causes.Count)
            text.Append(More([.. causes.Skip(shown)])).Append(" in result.json.\n\n");
    }

    private static string Card(ResultDocument document, Cause cause)
    {
        var text = new StringBuilder();
        var finding = document.Findings[cause.Finding];
        var row = Named(document, finding);
        text.Append("### ").Append(Escaping.Markdown(finding.Verdict.Name())).Append(' ').Append(Escaping.Markdown(Title(document, finding)));
        if (row is not null)
            text.Append(" (").Append(Escaping.Markdown(row.Strength, 20)).Append(")\n\n").Append(Escaping.Markdown(row.Statement));
        text.Append("\n\n- expected: ").Append(Escaping.Markdown(finding.Expected)).Append("\n- seen: ").Append(Escaping.Markdown(finding.Seen)).Append('\n');
        if (Also(document, finding) is { Count: > 0 } also)
            text.Append("- also: ").Append(Escaping.Markdown(string.Join(" ", also), 2_000)).Append('\n');
        foreach (var (label, line) in Details(document, finding, cause))
            text.Append("- ").Append(label).Append(": ").Append(Escaping.Markdown(line, 2_000)).Append('\n');
        text.Append('\n').Append(Escaping.MarkdownBlock(FindingText.Rest(document, finding))).Append('\n');
        return text.ToString();
    }

    // Whole lines only. What is cut are tables and lists: findings, and so code blocks, have ended by then.
    private static string Bounded(string text)
    {
        if (Encoding.UTF8.GetByteCount(text) <= MaxBytes)
            return text;
        var kept = new StringBuilder();
        var bytes = 0;
        foreach (var line in text.Split('\n'))
        {
            bytes += Encoding.UTF8.GetByteCount(line) + 1;
            if (bytes > MaxBytes)
                break;
            kept.Append(line).Append('\n');
        }

        return kept.Append("\nThe rest is in result.json.\n").ToString();
    }

    private static void NotExercised(StringBuilder text, ResultDocument document)
    {
        if (document.Counts.NotExercised == 0)
            return;
        text.Append("## Not exercised\n\n| reason | requirements |\n|---|---|\n");
        foreach (var group in Wording.NotExercised(document))
            text.Append("| ")
                .Append(Escaping.Markdown(group.Key))
                .Append(" | ")
                .Append(string.Join(", ", group.Select(row => Escaping.Markdown(row.Id, 40) + (row.Mandatory ? " (mandatory)" : ""))))
                .Append(" |\n");
        text.Append('\n');
    }

    private static void Expected(StringBuilder text, ResultDocument document)
    {
        var rows = document.Requirements.Where(row => row.Verdict == RequirementVerdict.ExpectedDeviation).ToList();
        if (rows.Count == 0)
            return;
        text.Append("## Expected deviations\n\n| requirement | reason | discussed at |\n|---|---|---|\n");
        foreach (var row in rows)
            text.Append($"| {Escaping.Markdown(row.Id, 40)} | {Escaping.Markdown(Reason(row))} | {Escaping.Markdown(row.Link, 300)} |\n");
        text.Append('\n');
    }

    private static void Bullets(StringBuilder text, string heading, IReadOnlyList<string> lines)
    {
        if (lines.Count == 0)
            return;
        text.Append("## ").Append(heading).Append("\n\n");
        foreach (var line in lines.Take(MaxFindings))
            text.Append("- ").Append(Escaping.Markdown(line, 600)).Append('\n');
        if (lines.Count > MaxFindings)
            text.Append(Invariant($"- and {lines.Count - MaxFindings} more\n"));
        text.Append('\n');
    }
}
