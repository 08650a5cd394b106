using System.Globalization;
using System.Text;

namespace Conformance.Reports;

/// <summary>
/// What a driver says is never trusted to be harmless text. First it is cleaned: control and format characters (also those that change the writing direction)
/// are taken out and the length is bounded. Then it is escaped for the place where it is shown. Both happen in every rendering, whatever the document holds.
/// </summary>
public static class Escaping
{
    /// <summary>The bound of a text on one line, in UTF-16 code units.</summary>
    public const int LineLimit = 2_000;

    /// <summary>The bound of a text of several lines, in UTF-16 code units.</summary>
    public const int BlockLimit = 16_000;

    /// <summary>Cleans a text to one line: line breaks and tabs become spaces.</summary>
    /// <param name="text">Any text; null counts as empty.</param>
    /// <param name="limit">How many UTF-16 code units are kept; what was left out is said at the end.</param>
    public static string Line(string? text, int limit = LineLimit) => Clean(text, limit, keepLines: false);

    /// <summary>Cleans a text that may have several lines: line ends become LF, tabs become spaces.</summary>
    /// <param name="text">Any text; null counts as empty.</param>
    /// <param name="limit">How many UTF-16 code units are kept; what was left out is said at the end.</param>
    public static string Block(string? text, int limit = BlockLimit) => Clean(text, limit, keepLines: true);

    /// <summary>A cleaned line for Markdown text: no character of it is markup, HTML, a mention or a reference.</summary>
    public static string Markdown(string? text, int limit = LineLimit)
    {
        var clean = Line(text, limit);
        var escaped = new StringBuilder(clean.Length + 16);
        foreach (var character in clean)
        {
            switch (character)
            {
                case '&':
                    escaped.Append("&amp;");
                    break;
                case '<':
                    escaped.Append("&lt;");
                    break;
                case '>':
                    escaped.Append("&gt;");
                    break;
                // A backslash does not stop readers from making a mention or an issue link; an entity does.
                case '@':
                    escaped.Append("&#64;");
                    break;
                case '#':
                    escaped.Append("&#35;");
                    break;
                case '\\' or '`' or '*' or '_' or '[' or ']' or '|' or '~' or '$':
                    escaped.Append('\\').Append(character);
                    break;
                default:
                    escaped.Append(character);
                    break;
            }
        }

        // Addresses are linked without any markup; a colon as an entity stops that.
        escaped.Replace("://", "&#58;//");
        escaped.Replace("www.", "www&#46;");
        return escaped.ToString();
    }

    /// <summary>A cleaned line as a Markdown code span. Not for table cells: a bar inside ends the cell.</summary>
    public static string MarkdownCode(string? text, int limit = LineLimit)
    {
        var clean = Line(text, limit).Trim();
        if (clean.Length == 0)
            return "";
        var fence = new string('`', LongestRun(clean, '`') + 1);
        var padding = clean[0] == '`' || clean[^1] == '`' ? " " : "";
        return $"{fence}{padding}{clean}{padding}{fence}";
    }

    /// <summary>A cleaned block as a fenced Markdown code block, the last line end included. The fence is longer than any run of backticks inside.</summary>
    public static string MarkdownBlock(string? text, int limit = BlockLimit)
    {
        var clean = Block(text, limit).TrimEnd('\n');
        var fence = new string('`', Math.Max(3, LongestRun(clean, '`') + 1));
        return $"{fence}text\n{clean}\n{fence}\n";
    }

    /// <summary>A cleaned line as one word for a POSIX shell: quoted when it is not plainly harmless.</summary>
    public static string ShellWord(string? text, int limit = LineLimit)
    {
        var clean = Line(text, limit);
        var plain = clean.Length > 0 && clean.All(character => char.IsAsciiLetterOrDigit(character) || "%+,-./:=@_".Contains(character));
        return plain ? clean : $"'{clean.Replace("'", "'\\''", StringComparison.Ordinal)}'";
    }

    private static string Clean(string? text, int limit, bool keepLines)
    {
        if (string.IsNullOrEmpty(text))
            return "";
        var kept = new StringBuilder(Math.Min(text.Length, limit));
        var read = 0;
        while (read < text.Length && kept.Length < limit)
        {
            // A lone surrogate is decoded as U+FFFD, so what comes out is always well-formed.
            Rune.DecodeFromUtf16(text.AsSpan(read), out var rune, out var consumed);
            read += consumed;
            switch (rune.Value)
            {
                case '\r' when read < text.Length && text[read] == '\n':
                    break;
                case '\n' or '\r' or 0x85 or 0x2028 or 0x2029:
                    kept.Append(keepLines ? '\n' : ' ');
                    break;
                case '\t':
                    kept.Append(' ');
                    break;
                default:
                    if (!IsHarmful(rune))
                        kept.Append(rune.ToString());
                    break;
            }
        }

        if (read < text.Length)
            kept.Append(CultureInfo.InvariantCulture, $" ... ({text.Length - read} more characters)");
        return kept.ToString();
    }

    private static bool IsHarmful(Rune rune) =>
        Rune.GetUnicodeCategory(rune) switch
        {
            UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.Surrogate or UnicodeCategory.PrivateUse or UnicodeCategory.OtherNotAssigned =>
                true,
            _ => false,
        };

    private static int LongestRun(string text, char character)
    {
        var longest = 0;
        var run = 0;
        foreach (var candidate in text)
        {
            run = candidate == character ? run + 1 : 0;
            longest = Math.Max(longest, run);
        }

        return longest;
    }
}
