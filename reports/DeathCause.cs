using System.Text.RegularExpressions;

namespace Conformance.Reports;

/// <summary>
/// Why a process died, as far as its last words say so: the line that names the reason, without what differs from run to run (numbers, addresses, process ids,
/// folders). Two deaths with the same cause are one, with different ones two; without last words nothing can be said.
/// </summary>
public static partial class DeathCause
{
    // What programs and runtimes write when they give up; the first such line names the reason, what follows it are details.
    private static readonly string[] Marks =
    [
        "Unhandled exception",
        "Stack overflow",
        "Process terminated",
        "Fatal error",
        "Assertion",
        "assertion",
        "Sanitizer:",
        "panicked at",
        "terminate called",
        "*** ",
        "BUG:",
        "Out of memory",
    ];

    /// <summary>The cause, empty when the last words name none.</summary>
    /// <param name="lastWords">What a process said last on its standard error; null or empty when nothing.</param>
    public static string Of(string? lastWords)
    {
        if (string.IsNullOrWhiteSpace(lastWords))
            return "";
        var lines = lastWords.Split('\n', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
        var at = Array.FindIndex(lines, line => Array.Exists(Marks, mark => line.Contains(mark, StringComparison.Ordinal)));
        if (at < 0)
            return Plain(lines[^1]);
        // Of a managed exception the place belongs to it: the same exception from elsewhere is another death.
        var place = lines.Skip(at + 1).FirstOrDefault(line => line.StartsWith("at ", StringComparison.Ordinal));
        return place is null ? Plain(lines[at]) : $"{Plain(lines[at])} {Plain(place)}";
    }

    private static string Plain(string line) => Blanks().Replace(Numbers().Replace(Folders().Replace(line, ""), "#"), " ").Trim();

    [GeneratedRegex("""(?<![\w])/?(?:[\w.+-]+/)+""", RegexOptions.CultureInvariant)]
    private static partial Regex Folders();

    [GeneratedRegex(@"0x[0-9a-fA-F]+|\b[0-9a-f]{8,}\b|\d+", RegexOptions.CultureInvariant)]
    private static partial Regex Numbers();

    [GeneratedRegex(@"\s+", RegexOptions.CultureInvariant)]
    private static partial Regex Blanks();
}
