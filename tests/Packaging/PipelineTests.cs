using System.Diagnostics;
using System.Text.RegularExpressions;
using Conformance.Reports;
using Conformance.Tests.Plugin;
using Conformance.Tests.Reports;
using Conformance.Tests.Support;
using NUnit.Framework;

namespace Conformance.Tests.Packaging;

/// <summary>The templates for pipelines: what they ask of the command exists, and the script that reads KTAP says what the document says.</summary>
[Parallelizable(ParallelScope.Self)]
public sealed partial class PipelineTests
{
    private static string Folder { get; } = Path.Combine(PluginFiles.Root, "docs", "ci");

    private static IEnumerable<TestCaseData> Commands() =>
        from file in Directory.GetFiles(Folder).Append(Path.Combine(PluginFiles.Root, "docs", "ci.md")).Append(Path.Combine(PluginFiles.Root, "README.md"))
        from line in File.ReadAllLines(file)
        from Match match in Command().Matches(line)
        select new TestCaseData(
            match.Groups["verb"].Value,
            Option().Matches(Quoted().Replace(match.Groups["rest"].Value, "")).Select(option => option.Value).ToArray()
        ).SetArgDisplayNames(Path.GetFileName(file), match.Value);

    /// <summary>A verb or an option that the command does not have would fail in somebody's pipeline.</summary>
    [TestCaseSource(nameof(Commands))]
    public void Every_command_in_the_templates_is_one(string verb, string[] options)
    {
        var help = Help(verb);
        foreach (var option in options)
            Assert.That(help, Does.Contain($"  {option} ").Or.Contain($", {option} ").Or.Contain($"  {option}\n"));
    }

    [Test]
    public void There_are_commands_in_every_template() =>
        Assert.That(Directory.GetFiles(Folder, "*.yml").Where(file => !Command().IsMatch(File.ReadAllText(file))), Is.Empty);

    /// <summary>Not a parser of YAML: what breaks such files most, a tab or an odd indentation, and the keys that each service asks for.</summary>
    [TestCase("github-actions.yml", "on:", "jobs:", "  shard:", "  verdict:")]
    [TestCase("gitlab-ci.yml", "stages:", "shard:", "verdict:", "  script:")]
    [TestCase("lava-test.yml", "metadata:", "  format: Lava-Test Test Definition 1.0", "run:", "  steps:")]
    public void A_template_has_its_keys(string name, params string[] keys)
    {
        var lines = File.ReadAllLines(Path.Combine(Folder, name));
        foreach (var key in keys)
            Assert.That(lines, Has.Some.StartWith(key));
        Assert.That(lines.Where(line => line.Contains('\t') || (line.Length - line.TrimStart().Length) % 2 != 0), Is.Empty);
    }

    [Test]
    public void The_script_reports_every_requirement_to_LAVA()
    {
        var folder = Directory.CreateTempSubdirectory("conformance-lava-");
        try
        {
            foreach (var name in new[] { "lava-test-case", "lava-test-set" })
                ScriptFile.Write(Path.Combine(folder.FullName, name), $"echo {name} \"$@\"");
            File.WriteAllText(Path.Combine(folder.FullName, "result.ktap"), Ktap.Render(SampleDocuments.Red));
            var start = new ProcessStartInfo("/bin/sh", ["-c", $"PATH=\"$PWD:$PATH\" '{Path.Combine(Folder, "ktap-to-lava")}' < result.ktap"])
            {
                WorkingDirectory = folder.FullName,
                RedirectStandardOutput = true,
            };
            using var process = Process.Start(start)!;
            var lines = process.StandardOutput.ReadToEnd().TrimEnd('\n').Split('\n');
            process.WaitForExit();
            Assert.That(process.ExitCode, Is.Zero);
            Assert.That(
                lines.Where(line => line.StartsWith("lava-test-case", StringComparison.Ordinal)).Select(line => line.Split(' ')[1]),
                Is.EqualTo(
                    KtapReader
                        .Read(Ktap.Render(SampleDocuments.Red))
                        .SelectMany(group => group.Subtests.Count > 0 ? group.Subtests : [group])
                        .Select(test => test.Name.Replace(' ', '-'))
                )
            );
            List<string> some =
            [
                "lava-test-set start MIG-FSM",
                "lava-test-case MIG-FSM-06 --result fail",
                "lava-test-case ABI-01 --result pass",
                "lava-test-case MIG-STOP-01 --result skip",
                "lava-test-case MIG-ERR-03 --result pass",
                "lava-test-case verdict --result fail",
            ];
            Assert.That(lines, Is.SupersetOf(some));
            Assert.That(
                lines.Count(line => line.StartsWith("lava-test-set start", StringComparison.Ordinal)),
                Is.EqualTo(lines.Count(line => line == "lava-test-set stop"))
            );
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    private static string Help(string verb)
    {
        using var process = Process.Start(
            new ProcessStartInfo(Path.Combine(AppContext.BaseDirectory, "conformance"), [verb, "--help"])
            {
                RedirectStandardOutput = true,
                RedirectStandardError = true,
            }
        )!;
        var errors = process.StandardError.ReadToEndAsync();
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        Assert.That((process.ExitCode, errors.Result), Is.EqualTo((0, "")), $"'{verb}' is no verb");
        return output;
    }

    // "conformance check ...", not "install conformance --tool-path" and not the name in a sentence.
    [GeneratedRegex(@"(?:^\s*(?:- )?(?:run: )?(?:- )?|tools/)conformance (?<verb>[a-z]+)(?<rest>[^|#]*)", RegexOptions.Multiline)]
    private static partial Regex Command();

    // An address may hold the command that boots a guest.
    [GeneratedRegex("'[^']*'")]
    private static partial Regex Quoted();

    [GeneratedRegex(@"--[a-z][a-z-]*")]
    private static partial Regex Option();
}
