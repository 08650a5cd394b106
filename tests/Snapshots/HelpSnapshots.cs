using System.Diagnostics;
using NUnit.Framework;

namespace Conformance.Tests.Snapshots;

/// <summary>The face of the command: the help of every verb, from the program itself.</summary>
public sealed class HelpSnapshots : SnapshotFixture
{
    private const string NoVerb = "none";

    private static readonly string[] Verbs = [NoVerb, "check", "replay", "requirements", "faults", "doctor", "explain", "accept", "render", "diff", "lint"];

    [TestCaseSource(nameof(Verbs))]
    public Task Help(string verb) => Match(Run(verb == NoVerb ? ["--help"] : [verb, "--help"]));

    [Test]
    public void Every_verb_is_here()
    {
        var listed = Run(["--help"])
            .Split('\n')
            .SkipWhile(line => line != "Commands:")
            .Skip(1)
            .Where(line => line.Length > 0)
            .Select(line => line.Trim().Split(' ')[0]);
        Assert.That(Verbs.Skip(1), Is.EquivalentTo(listed));
    }

    [Test]
    [DependsOnTest(nameof(Help), AllowFailure = true)]
    public Task No_file_is_an_orphan() => RefuseOrphans();

    private static string Run(string[] words)
    {
        using var process = Process.Start(
            new ProcessStartInfo(Path.Combine(AppContext.BaseDirectory, "conformance"), words) { RedirectStandardOutput = true, RedirectStandardError = true }
        )!;
        var errors = process.StandardError.ReadToEndAsync();
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        Assert.That((process.ExitCode, errors.Result), Is.EqualTo((0, "")));
        return output;
    }
}
