using System.Xml.Linq;
using NUnit.Framework;

namespace Conformance.Tests;

/// <summary>The arrows between the rooms hold: who may use whom, and which packages each may take.</summary>
public sealed class ArchitectureTests
{
    [TestCase("model", "", "")]
    [TestCase("reports", "model", "")]
    [TestCase("drivers", "model", "")]
    [TestCase("engine", "model reports", "FsCheck DiffPlex")]
    [TestCase("suites", "model reports drivers engine", "Spectre.Console System.CommandLine")]
    [TestCase("suites/NUnit", "suites", "NUnit NUnit3TestAdapter NUnit.Analyzers")]
    public void A_room_uses_only_what_it_may(string room, string mayUse, string mayTake)
    {
        var project = XDocument.Load(Directory.GetFiles(Path.Combine(Root, room), "*.csproj").Single());
        var uses = project
            .Descendants("ProjectReference")
            .Select(e => Path.GetDirectoryName(Path.GetRelativePath(Root, Path.GetFullPath((string)e.Attribute("Include")!, Path.Combine(Root, room)))));
        var takes = project.Descendants("PackageReference").Select(e => (string)e.Attribute("Include")!);
        Assert.Multiple(() =>
        {
            Assert.That(uses.Except(mayUse.Split(' ')), Is.Empty);
            Assert.That(takes.Except(mayTake.Split(' ')), Is.Empty);
        });
    }

    [TestCase("model", "System.IO", "System.Net", "System.Diagnostics.Process", "Conformance.Engine", "Conformance.Drivers", "Conformance.Reports")]
    [TestCase("reports", "Conformance.Engine", "Conformance.Drivers")]
    [TestCase("drivers", "Conformance.Engine", "Conformance.Reports")]
    [TestCase("engine", "Conformance.Drivers", "Conformance.Suites", "NUnit", "Spectre")]
    [TestCase("suites", "NUnit", "Microsoft.Testing")]
    public void A_room_names_nothing_that_it_must_not_know(string room, params string[] forbidden)
    {
        var lines = Sources(room)
            .SelectMany(File.ReadAllLines)
            .Where(line => line.StartsWith("using ", StringComparison.Ordinal) || line.StartsWith("global using", StringComparison.Ordinal))
            .ToList();
        Assert.That(lines.Where(line => forbidden.Any(word => line.Contains(word, StringComparison.Ordinal))), Is.Empty);
    }

    /// <summary>Judge and judged share no path code: the core walks its own tables, and does not ask the model's.</summary>
    [Test]
    public void The_core_does_not_use_the_paths_of_the_oracle() =>
        Assert.That(
            Sources("drivers")
                .Where(file =>
                    File.ReadAllText(file) is var text
                    && (text.Contains("PathTable", StringComparison.Ordinal) || text.Contains("Oracle.", StringComparison.Ordinal))
                ),
            Is.Empty
        );

    [Test]
    public void Snapshots_hold_nothing_but_verified_files() =>
        Assert.That(
            Directory.Exists(Path.Combine(Root, "snapshots"))
                ? Directory.GetFiles(Path.Combine(Root, "snapshots")).Where(f => !f.EndsWith(".verified.txt", StringComparison.Ordinal))
                : [],
            Is.Empty
        );

    private static string Root { get; } = FindRoot();

    // Without what the build made, and without the files of a project within the room.
    private static IEnumerable<string> Sources(string room)
    {
        var projects = Directory.GetFiles(Path.Combine(Root, room), "*.csproj", SearchOption.AllDirectories).Select(file => Path.GetDirectoryName(file)!);
        var others = projects.Where(folder => folder != Path.Combine(Root, room)).ToList();
        return Directory
            .GetFiles(Path.Combine(Root, room), "*.cs", SearchOption.AllDirectories)
            .Where(file => !file.Contains("/obj/", StringComparison.Ordinal) && !others.Any(folder => file.StartsWith($"{folder}/", StringComparison.Ordinal)));
    }

    private static string FindRoot()
    {
        var folder = AppContext.BaseDirectory;
        while (!File.Exists(Path.Combine(folder, "Conformance.sln")))
            folder = Path.GetDirectoryName(folder) ?? throw new DirectoryNotFoundException("no Conformance.sln above the tests");
        return folder;
    }
}
