using System.Text.RegularExpressions;
using Conformance.Tests.Support;
using NUnit.Framework;

namespace Conformance.Tests.Command;

/// <summary>
/// docs/verbs.md: what every verb prints first and last on good and on bad input, and its exit code. What the page says is run, in its order, in one folder.
/// </summary>
[Category("long")]
[Parallelizable(ParallelScope.Self)]
public sealed partial class VerbPageTests
{
    private const int First = 3;
    private const int Last = 2;

    private static string Page { get; } = Clone.File("docs", "verbs.md");

    [Test]
    public void The_page_says_what_the_command_says()
    {
        var folder = Directory.CreateTempSubdirectory("conformance-verbs-").FullName;
        try
        {
            WrongInputs.Prepare(folder);
            var page = File.ReadAllText(Page);
            var told = Example().Replace(page, example => Run(example.Groups["line"].Value, folder));
            // How many plans, faults and requirements there are is not what the page is about.
            if (WithoutNumbers(told) == WithoutNumbers(page))
                return;
            File.WriteAllText(Path.ChangeExtension(Page, "received.md"), told);
            var differ = page.Split('\n').Zip(told.Split('\n')).First(lines => WithoutNumbers(lines.First) != WithoutNumbers(lines.Second));
            Assert.Fail($"the page says\n{differ.First}\nand the command\n{differ.Second}\nWhat it says now is in docs/verbs.received.md.");
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    [Test]
    public void Every_verb_is_there_on_good_and_on_bad_input()
    {
        var verbs = CommandRun
            .Of(Clone.Root, "--help")
            .Output.Split('\n')
            .SkipWhile(line => line != "Commands:")
            .Skip(1)
            .Where(line => line.Length > 0)
            .Select(line => line.Trim().Split(' ')[0])
            .ToList();
        var examples = Example()
            .Matches(File.ReadAllText(Page))
            .Select(example => (example.Groups["line"].Value.Split(' ').ElementAtOrDefault(1), example.Groups["code"].Value))
            .ToList();
        Assert.That(verbs, Has.Count.GreaterThan(5));
        foreach (var verb in verbs)
        {
            Assert.That(examples, Has.Some.EqualTo((verb, "0")), verb);
            Assert.That(examples, Has.Some.EqualTo((verb, "2")), verb);
        }
    }

    private static string WithoutNumbers(string text) => Number().Replace(text, match => match.Value[0] == '=' ? match.Value : "#");

    // As a user's shell runs it: the first lines, the last ones, and the exit code.
    private static string Run(string line, string folder)
    {
        var start = CommandRun.Prepare("/bin/sh", folder, ["-c", line]);
        start.Environment["PATH"] = $"{AppContext.BaseDirectory}:{Environment.GetEnvironmentVariable("PATH")}";
        // The page is about a machine with an emulator.
        start.Environment["CONFORMANCE_LAB_QEMU"] = "/bin/echo";
        var (code, output, errors) = CommandRun.Of(start);
        // How far it is, is said on slow machines only.
        errors = Progress().Replace(errors, "");
        var lines = (errors + output).Replace(folder, "FOLDER", StringComparison.Ordinal).TrimEnd('\n').Split('\n');
        IEnumerable<string> shown = lines.Length <= First + Last ? lines : [.. lines.Take(First), "...", .. lines.TakeLast(Last)];
        return $"$ {line}\n{string.Join('\n', shown)}\n= {code}";
    }

    [GeneratedRegex(@"^\$ (?<line>conformance.*)\n(?:.*\n)*?= (?<code>\d+)$", RegexOptions.Multiline)]
    private static partial Regex Example();

    [GeneratedRegex(@"^conformance: (\[\d+/\d+\] |the correct driver with |opening the driver for ).*\n", RegexOptions.Multiline)]
    private static partial Regex Progress();

    // The columns of a table are as wide as its numbers.
    [GeneratedRegex(@"^= \d+$| *\d[\d,]*", RegexOptions.Multiline)]
    private static partial Regex Number();
}
