using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;

namespace Conformance.Drivers.Processes;

/// <summary>What somebody else wrote, fit to be shown: a driver's messages, a guest's log and a program's output may hold anything.</summary>
internal static partial class ForeignText
{
    private const int Longest = 200,
        LineCount = 40,
        EndCount = 5;

    private static readonly string[] Headlines = ["BUG:", "Oops:", "Kernel panic", "general protection fault", "kernel BUG at", "sysrq:"];

    /// <summary>One line of at most 200 characters; what moves a cursor or shows nothing is a blank.</summary>
    internal static string Line(string? text)
    {
        var clean = new StringBuilder();
        foreach (var rune in (text ?? "").EnumerateRunes())
        {
            if (clean.Length >= Longest)
            {
                clean.Append("...");
                break;
            }

            if (IsVisible(rune))
                clean.Append(rune);
            else if (clean.Length != 0 && clean[^1] != ' ')
                clean.Append(' ');
        }
        return clean.ToString().Trim();
    }

    /// <summary>
    /// 40 lines, each at most 200 characters, without control and format characters: from the first line that names a crash on (a kernel says what happened
    /// first), with the end of the text behind a gap; the last lines, when no line names one. Time stamps, registers and guessed calls are left out, since they
    /// differ from run to run.
    /// </summary>
    internal static string Lines(string text)
    {
        var lines = text.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => line[TimeStamp().Match(line).Length..]).ToArray();
        var first = Array.FindIndex(lines, line => Headlines.Any(headline => line.Contains(headline, StringComparison.Ordinal)));
        if (first >= 0)
            lines = [.. lines.Skip(first).Where(line => !Chance().IsMatch(line))];
        if (lines.Length > LineCount)
            lines = first < 0 ? lines[^LineCount..] : [.. lines[..(LineCount - EndCount - 1)], "...", .. lines[^EndCount..]];
        var result = new StringBuilder();
        foreach (var line in lines)
            Append(result, line);
        return result.ToString().TrimEnd('\n');
    }

    private static void Append(StringBuilder result, string line)
    {
        var start = result.Length;
        foreach (var rune in line.EnumerateRunes())
        {
            if (result.Length - start >= Longest)
                break;
            if (rune.Value == '\t')
                result.Append(' ');
            else if (IsVisible(rune))
                result.Append(rune);
        }

        result.Append('\n');
    }

    private static bool IsVisible(Rune rune) =>
        Rune.GetUnicodeCategory(rune)
            is not (
                UnicodeCategory.Control
                or UnicodeCategory.Format
                or UnicodeCategory.LineSeparator
                or UnicodeCategory.ParagraphSeparator
                or UnicodeCategory.Surrogate
                or UnicodeCategory.PrivateUse
                or UnicodeCategory.OtherNotAssigned
            );

    // "[    6.021398] " or, with the caller, "[    6.021398][   T79] ".
    [GeneratedRegex(@"^\[ *[0-9]+\.[0-9]+\](\[ *[A-Z][0-9]+\])? ?")]
    private static partial Regex TimeStamp();

    // Registers, and the lines of a call trace that are guesses: what an older call left on the stack.
    [GeneratedRegex(@"^(?:(?:R[A-DS][XIP]|R[0-9]{2}|RBP|FS|CS|CR[0-9]|DR[0-9]|PKRU|Code|Kernel Offset): |PGD [0-9a-f]| \? )")]
    private static partial Regex Chance();
}
