using System.Diagnostics;
using NUnit.Framework;

namespace Conformance.Tests.Snapshots;

/// <summary><c>conformance accept</c> as its user meets it.</summary>
[Parallelizable(ParallelScope.Self)]
public sealed class AcceptCommandTests
{
    private static readonly string[] BuildServerVariables = ["CI", "TF_BUILD", "JENKINS_URL", "TEAMCITY_VERSION"];

    private string folder = "";

    [SetUp]
    public void MakeFolder() => folder = Directory.CreateTempSubdirectory("conformance-accept-").FullName;

    [TearDown]
    public void DeleteFolder() => Directory.Delete(folder, recursive: true);

    [Test]
    public void It_says_what_it_accepted()
    {
        File.WriteAllText(Path.Combine(folder, "T.B.received.txt"), "b");
        File.WriteAllText(Path.Combine(folder, "T.A.received.txt"), "new");
        File.WriteAllText(Path.Combine(folder, "T.A.verified.txt"), "old");
        Assert.That(
            Run([], folder),
            Is.EqualTo(
                (0, $"accepted T.A.verified.txt\naccepted T.B.verified.txt\n2 snapshots accepted in {folder}; look at 'git diff' before you commit\n", "")
            )
        );
        Assert.That(File.ReadAllText(Path.Combine(folder, "T.A.verified.txt")), Is.EqualTo("new"));
        Assert.That(Run([], folder), Is.EqualTo((0, $"nothing to accept in {folder}\n", "")));
    }

    [Test]
    public void Its_folder_is_that_of_the_tree_unless_one_is_named()
    {
        var (code, _, errors) = Run([]);
        Assert.That(
            (code, errors),
            Is.EqualTo((2, "conformance: there is no folder 'snapshots'.\n  Name the one with the *.received.* files: conformance accept snapshots\n"))
        );
        Directory.CreateDirectory(Path.Combine(folder, "snapshots"));
        Assert.That(Run([]), Is.EqualTo((0, "nothing to accept in snapshots\n", "")));
    }

    [Test]
    public void A_file_is_no_folder()
    {
        File.WriteAllText(Path.Combine(folder, "file"), "");
        Assert.That(Run([], "file").Code, Is.EqualTo(2));
    }

    [Test]
    public void What_cannot_be_moved_is_said_in_three_lines()
    {
        File.WriteAllText(Path.Combine(folder, "T.A.received.txt"), "new");
        Directory.CreateDirectory(Path.Combine(folder, "T.A.verified.txt"));
        var (code, output, errors) = Run([], ".");
        Assert.Multiple(() =>
        {
            Assert.That(code, Is.EqualTo(2));
            Assert.That(output, Is.Empty);
            Assert.That(errors, Does.StartWith("conformance: the snapshots in '.' cannot be accepted.\n").And.Not.Contain("   at "));
            Assert.That(errors.TrimEnd('\n').Split('\n'), Has.Length.LessThanOrEqualTo(3));
        });
    }

    [TestCaseSource(nameof(BuildServerVariables))]
    public void Nothing_is_accepted_on_a_build_server(string variable)
    {
        File.WriteAllText(Path.Combine(folder, "T.A.received.txt"), "new");
        var (code, output, errors) = Run([KeyValuePair.Create(variable, "true")], folder);
        Assert.That((code, output), Is.EqualTo((2, "")));
        Assert.That(errors, Does.StartWith($"conformance: nothing is accepted on a build server, and {variable} says that this is one.\n"));
        Assert.That(Directory.GetFiles(folder).Select(Path.GetFileName), Is.EqualTo(["T.A.received.txt"]));
    }

    private (int Code, string Output, string Errors) Run(KeyValuePair<string, string>[] variables, params string[] words)
    {
        var start = new ProcessStartInfo(Path.Combine(AppContext.BaseDirectory, "conformance"), ["accept", .. words])
        {
            WorkingDirectory = folder,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (var name in BuildServerVariables)
            start.Environment.Remove(name);
        foreach (var (name, value) in variables)
            start.Environment[name] = value;
        using var process = Process.Start(start)!;
        var errors = process.StandardError.ReadToEndAsync();
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return (process.ExitCode, output, errors.Result);
    }
}
