using System.Text.RegularExpressions;
using Conformance.Tests.Support;

namespace Conformance.Tests.Lab;

/// <summary>The table at the head of a page of docs/findings, and the programs that its sections name, which see a finding without the kit.</summary>
/// <param name="page">Its name, without the ending.</param>
/// <param name="lab">The folder in labs whose <c>confirm</c> runs the programs.</param>
/// <param name="kernels">Those of the table's last columns, in their order.</param>
internal sealed partial class FindingsPage(string page, string lab, IReadOnlyList<string> kernels)
{
    /// <summary>What a program's line ends with that had the device do what the contract asks.</summary>
    public const string Kept = "exit code 0";

    // The section of what SECURITY.md keeps back: no program for it is in the repository.
    private const string Private = "#for-its-maintainers-first)";

    /// <summary>Of one that saw a violation.</summary>
    public const string Broken = "exit code 1";

    private readonly string[] lines = File.ReadAllLines(Clone.File("docs", "findings", $"{page}.md"));

    /// <summary>The folder in labs whose <c>confirm</c> runs the programs.</summary>
    public string Lab => lab;

    /// <summary>The lines of programs/list: a program with its arguments each.</summary>
    public IReadOnlyList<string> Listed { get; } = File.ReadAllLines(Clone.File("labs", lab, "programs", "list"));

    /// <summary>
    /// Each finding but those that its maintainers hear first, in the order of the table: the cell of the kernel, and the program that its section names; null
    /// where it names none.
    /// </summary>
    public IReadOnlyList<(string Cell, string? Program)> Of(string kernel)
    {
        var rows = lines.SkipWhile(line => !line.StartsWith('|')).TakeWhile(line => line.StartsWith('|')).Skip(2);
        var behind = kernels.Count - kernels.ToList().IndexOf(kernel);
        return
        [
            .. rows.Where(row => !row.Contains(Private, StringComparison.Ordinal))
                .Select(row => row.Split('|', StringSplitOptions.TrimEntries)[1..^1])
                .Select(cells => (cells[^behind], ProgramOf(InPage().Match(cells[0]).Groups[1].Value))),
        ];
    }

    /// <summary>How the program of a finding ends where a cell says this.</summary>
    public static string End(string cell) =>
        cell == "-" ? Kept
        : cell.StartsWith("no", StringComparison.Ordinal) ? "exit code 2"
        : cell is "crash" or "hang" ? "ended the guest"
        : Broken;

    /// <summary>The source of a program, of the lab or of all labs; null where there is none, or more than one.</summary>
    public string? Source(string program)
    {
        string[] places = [Clone.File("labs", lab, "programs", $"{program}.c"), Clone.File("labs", "programs", $"{program}.c")];
        return places.Count(File.Exists) == 1 ? places.Single(File.Exists) : null;
    }

    private string? ProgramOf(string anchor)
    {
        var section = lines.SkipWhile(line => !IsHeading(line) || Anchor(line[3..]) != anchor).Skip(1).TakeWhile(line => !IsHeading(line));
        var named = section.Select(line => Program().Match(line)).FirstOrDefault(match => match.Success);
        return named is null || Path.GetFullPath(Clone.File("docs", "findings", named.Groups[1].Value)) != Source(named.Groups[2].Value)
            ? null
            : named.Groups[2].Value;
    }

    private static bool IsHeading(string line) => line.StartsWith("## ", StringComparison.Ordinal);

    // As the places that host repositories make it from a heading.
    private static string Anchor(string heading) =>
        string.Concat(heading.ToLowerInvariant().Where(letter => char.IsLetterOrDigit(letter) || letter is ' ' or '-')).Replace(' ', '-');

    [GeneratedRegex(@"\]\(#([^)]*)\)")]
    private static partial Regex InPage();

    [GeneratedRegex(@"\(((?:\.\./)+labs/(?:[a-z]+/)?programs/([a-z0-9-]+)\.c)\)")]
    private static partial Regex Program();
}
