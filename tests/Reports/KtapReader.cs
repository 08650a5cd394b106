using System.Globalization;
using System.Text.RegularExpressions;
using NUnit.Framework;

namespace Conformance.Tests.Reports;

/// <summary>A test result in KTAP.</summary>
/// <param name="Ok">True for "ok".</param>
/// <param name="Name">Its name.</param>
/// <param name="Directive">SKIP, TODO, XFAIL, TIMEOUT, ERROR or nothing.</param>
/// <param name="Reason">What stands behind the directive.</param>
/// <param name="Notes">The diagnostic lines before it.</param>
/// <param name="Subtests">What it consists of.</param>
internal sealed record KtapTest(bool Ok, string Name, string Directive, string Reason, IReadOnlyList<string> Notes, IReadOnlyList<KtapTest> Subtests);

/// <summary>
/// A strict reader of KTAP version 1, written from its description (Documentation/dev-tools/ktap.rst) and not from the writer: version line, then plan, then
/// results numbered from 1 without a gap; subtests two columns further right with a version line and a plan of their own; a name ends at the first hash.
/// </summary>
internal sealed partial class KtapReader
{
    private readonly string[] lines;
    private int next;

    private KtapReader(string text) => lines = text.Split('\n');

    public static IReadOnlyList<KtapTest> Read(string text)
    {
        Assert.That(text, Does.EndWith("\n").And.Not.Contain('\r').And.Not.Contain('\t'));
        var reader = new KtapReader(text[..^1]);
        var tests = reader.Tests("");
        Assert.That(reader.next, Is.EqualTo(reader.lines.Length), "something stands behind the last test");
        return tests;
    }

    private List<KtapTest> Tests(string indent)
    {
        Assert.That(Take(indent), Is.EqualTo("KTAP version 1"));
        List<string> notes = [];
        string? subtest = null;
        while (Peek(indent) is { } note && note.StartsWith('#'))
        {
            if (Take(indent) is var line && Header().Match(line) is { Success: true } header)
                subtest = header.Groups[1].Value;
        }

        var plan = Plan().Match(Take(indent));
        Assert.That(plan.Success, $"line {next} is no plan");
        var count = int.Parse(plan.Groups[1].Value, CultureInfo.InvariantCulture);
        var tests = new List<KtapTest>();
        IReadOnlyList<KtapTest> inner = [];
        while (next < lines.Length)
        {
            if (lines[next].StartsWith(indent + "  KTAP version", StringComparison.Ordinal))
            {
                inner = Tests(indent + "  ");
                continue;
            }

            if (Peek(indent) is not { } line)
                break;
            next++;
            if (line.StartsWith('#'))
            {
                Assert.That(Header().IsMatch(line), Is.False, $"line {next} would open a subtest");
                notes.Add(line);
                continue;
            }

            var result = Result().Match(line);
            Assert.That(result.Success, $"line {next} is neither result nor diagnostic: {line}");
            Assert.That(int.Parse(result.Groups["number"].Value, CultureInfo.InvariantCulture), Is.EqualTo(tests.Count + 1));
            tests.Add(
                new(
                    result.Groups["result"].Value == "ok",
                    result.Groups["name"].Value,
                    result.Groups["directive"].Value,
                    result.Groups["reason"].Value,
                    [.. notes],
                    inner
                )
            );
            (notes, inner) = ([], []);
        }

        Assert.That(tests, Has.Count.EqualTo(count), $"the plan of {subtest ?? "the whole"} says so");
        return tests;
    }

    // A line at this depth; null when the next one is further left or right, or there is none.
    private string? Peek(string indent) =>
        next < lines.Length && lines[next].StartsWith(indent, StringComparison.Ordinal) && !lines[next][indent.Length..].StartsWith(' ')
            ? lines[next][indent.Length..]
            : null;

    private string Take(string indent)
    {
        var line = Peek(indent);
        Assert.That(line, Is.Not.Null, $"line {next + 1} is not where it belongs");
        next++;
        return line!;
    }

    [GeneratedRegex("^# Subtest: (.+)$")]
    private static partial Regex Header();

    [GeneratedRegex(@"^1\.\.([0-9]+)$")]
    private static partial Regex Plan();

    [GeneratedRegex("^(?<result>ok|not ok) (?<number>[0-9]+) (?<name>[^#]*[^# ])( # (?<directive>SKIP|TODO|XFAIL|TIMEOUT|ERROR)( (?<reason>[^#]+))?)?$")]
    private static partial Regex Result();
}
