using System.Diagnostics;
using Conformance.Tests.Plugin;
using Conformance.Tests.Support;
using NUnit.Framework;

namespace Conformance.Tests.Packaging;

/// <summary>How the project's own gate ends: the script as it is, with stand-ins for what it calls.</summary>
[Parallelizable(ParallelScope.Self)]
[Category("quick")]
public sealed class ContinuousIntegrationTests
{
    private const string Counts = "echo '  total: 9'; echo '  failed: 0'; echo '  succeeded: 7'; echo '  skipped: 2'";

    private DirectoryInfo clone = null!;

    /// <summary>A clone in which every lab is built and every test passes.</summary>
    [SetUp]
    public void Clone()
    {
        clone = Directory.CreateTempSubdirectory("conformance-ci-");
        foreach (var folder in new[] { ".ci", "tools", "labs/kernel", "labs/hisi", "labs/nested", "labs/qemu", "labs/type1" })
            clone.CreateSubdirectory(folder);
        File.Copy(Path.Combine(PluginFiles.Root, ".ci", "run"), InClone(".ci/run"));
        foreach (
            var build in new[] { "labs/kernel/build", "labs/hisi/build", "labs/hisi/workshop", "labs/nested/build", "labs/qemu/build", "labs/type1/build" }
        )
            Script(build, ":");
        Script("tools/dpkg-query", "echo 'install ok installed'");
        Dotnet(Counts, Counts);
    }

    [TearDown]
    public void Remove() => clone.Delete(recursive: true);

    [Test]
    public void It_passes_when_all_tests_do() => Assert.That(Run(), Is.EqualTo((true, "tests: 14 passed, 0 failed, 4 skipped")));

    /// <summary>A command may say that all went well and count a failure, and the other way round.</summary>
    [TestCase("echo '  failed: 1'; echo '  succeeded: 6'; exit 2", "tests: 13 passed, 1 failed, 2 skipped")]
    [TestCase("echo '  failed: 1'; echo '  succeeded: 6'", "tests: 13 passed, 1 failed, 2 skipped")]
    [TestCase("echo '  failed: 0'; echo '  succeeded: 6'; exit 3", "tests: 13 passed, 0 failed, 2 skipped")]
    [TestCase("echo '  total: 0'", "tests: 7 passed, 0 failed, 2 skipped")]
    public void It_fails_when_a_lane_does(string lane, string last)
    {
        Dotnet(lane, Counts);
        Assert.That(Run(), Is.EqualTo((false, last)), "the lane without labs");
        Dotnet(Counts, lane);
        Assert.That(Run(), Is.EqualTo((false, last)), "the lane of the labs");
    }

    [Test]
    public void It_fails_when_a_lab_cannot_be_built()
    {
        Script("labs/qemu/build", "echo 'no such package'; exit 1");
        Assert.That(Run(), Is.EqualTo((false, "tests: 7 passed, 0 failed, 2 skipped")));
    }

    [Test]
    public void It_fails_when_the_main_command_does()
    {
        Dotnet(Counts, Counts, main: "exit 1");
        Assert.That(Run(), Is.EqualTo((false, "tests: 14 passed, 0 failed, 4 skipped")));
    }

    private string InClone(string name) => Path.Combine(clone.FullName, name);

    private void Script(string name, string text)
    {
        File.Delete(InClone(name));
        ScriptFile.Write(InClone(name), text);
    }

    private void Dotnet(string withoutLabs, string labs, string main = ":") =>
        Script(
            "tools/dotnet",
            $"""
            case "$*" in
                "test Conformance.sln "*) {withoutLabs} ;;
                "test --project tests "*) {labs} ;;
                run*) {main} ;;
            esac
            """
        );

    // Whether it passed, and its last line.
    private (bool Passed, string Last) Run()
    {
        var start = new ProcessStartInfo(InClone(".ci/run")) { RedirectStandardOutput = true, RedirectStandardError = true };
        start.Environment["PATH"] = $"{InClone("tools")}:{Environment.GetEnvironmentVariable("PATH")}";
        using var process = Process.Start(start)!;
        var errors = process.StandardError.ReadToEndAsync();
        var lines = process.StandardOutput.ReadToEnd().TrimEnd('\n').Split('\n');
        process.WaitForExit();
        _ = errors.Result;
        return (process.ExitCode == 0, lines[^1]);
    }
}
