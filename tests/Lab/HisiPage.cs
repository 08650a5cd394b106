using Conformance.Reports;
using Conformance.Tests.Support;

namespace Conformance.Tests.Lab;

/// <summary>The tables of docs/findings/hisi_acc.md, and what a result says in their words.</summary>
internal static class HisiPage
{
    /// <summary>The kernels that have a column, the oldest first, with its head.</summary>
    public static IReadOnlyList<(string Kernel, string Head)> Columns { get; } = [("bookworm", "6.1"), ("trixie", "6.12"), ("7.2", "7.2")];

    /// <summary>The link of an expectation that says what SECURITY.md lets it say.</summary>
    public const string Private = "docs/findings/hisi_acc.md#for-its-maintainers-first";

    /// <summary>The lines below a heading.</summary>
    public static IReadOnlyList<string> Section(string heading) =>
        [
            .. File.ReadAllLines(Clone.File("docs", "findings", "hisi_acc.md"))
                .SkipWhile(line => line != $"## {heading}")
                .Skip(1)
                .TakeWhile(line => !line.StartsWith("## ", StringComparison.Ordinal)),
        ];

    /// <summary>The findings, and what each of the kernels has of them.</summary>
    public static FindingsPage Findings { get; } = new("hisi_acc", "hisi", [.. Columns.Select(column => column.Kernel)]);

    /// <summary>The rows of the table below a heading for one kernel: first cell, and the cell of the kernel.</summary>
    public static IReadOnlyList<(string Row, string Cell)> Table(string heading, string kernel)
    {
        var lines = Section(heading)
            .SkipWhile(line => !line.StartsWith('|'))
            .TakeWhile(line => line.StartsWith('|'))
            .Select(line => line.Split('|', StringSplitOptions.TrimEntries)[1..^1])
            .ToList();
        var column = Array.IndexOf(lines[0], Columns.Single(column => column.Kernel == kernel).Head);
        return [.. lines.Skip(2).Select(cells => (cells[0], cells[column]))];
    }

    /// <summary>What a result says of a requirement.</summary>
    public static string Word(RequirementResult row) =>
        row.Violated > 0 ? "violation"
        : row.Warned > 0 ? "warning"
        : row.Exercised > 0 ? "pass"
        : "not asked";

    /// <summary>True for a requirement that was not kept.</summary>
    public static bool Deviates(string? word) => word is "violation" or "warning";

    /// <summary>Passed, deviating and not exercised.</summary>
    public static string Counts(IEnumerable<RequirementResult> rows)
    {
        var words = rows.Select(Word).ToList();
        var passed = words.Count(word => word == "pass");
        var left = words.Count(word => word == "not asked");
        return $"{passed}/{words.Count - passed - left}/{left}";
    }
}
