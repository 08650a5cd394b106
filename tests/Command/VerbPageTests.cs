using System.Diagnostics;
using System.Text.RegularExpressions;
using Conformance.Tests.Plugin;
using NUnit.Framework;

namespace Conformance.Tests.Command;

/// <summary>docs/verbs.md: what every verb prints first and last on good and on bad input, and its exit code. What the page says is run, in its order, in one folder.</summary>
public sealed partial class VerbPageTests
{
    private const int First = 3;
    private const int Last = 2;

    private static readonly string[] BuildServerVariables = ["CI", "TF_BUILD", "JENKINS_URL", "TEAMCITY_VERSION", "CONFORMANCE_LAB_DIR"];

    private static string Page { get; } = Path.Combine(PluginFiles.Root, "docs", "verbs.md");

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
        using var process = Process.Start(
            new ProcessStartInfo(Path.Combine(AppContext.BaseDirectory, "conformance"), ["--help"]) { RedirectStandardOutput = true }
        )!;
        var verbs = process
            .StandardOutput.ReadToEnd()
            .Split('\n')
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
        var start = new ProcessStartInfo("/bin/sh", ["-c", line])
        {
            WorkingDirectory = folder,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (var name in BuildServerVariables)
            start.Environment.Remove(name);
        start.Environment["PATH"] = $"{AppContext.BaseDirectory}:{Environment.GetEnvironmentVariable("PATH")}";
        using var process = Process.Start(start)!;
        var errors = process.StandardError.ReadToEndAsync();
        var output = process.StandardOutput.ReadToEndAsync();
        Assert.That(process.WaitForExit(TimeSpan.FromMinutes(5)), Is.True, $"{line} hangs");
        var lines = (errors.Result + output.Result).Replace(folder, "FOLDER", StringComparison.Ordinal).TrimEnd('\n').Split('\n');
        IEnumerable<string> shown = lines.Length <= First + Last ? lines : [.. lines.Take(First), "...", .. lines.TakeLast(Last)];
        return $"$ {line}\n{string.Join('\n', shown)}\n= {process.ExitCode}";
    }

    [GeneratedRegex(@"^\$ (?<line>conformance.*)\n(?:.*\n)*?= (?<code>\d+)$", RegexOptions.Multiline)]
    private static partial Regex Example();

    // The columns of a table are as wide as its numbers.
    [GeneratedRegex(@"^= \d+$| *\d[\d,]*", RegexOptions.Multiline)]
    private static partial Regex Number();
}
