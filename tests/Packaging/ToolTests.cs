using System.Diagnostics;
using System.IO.Compression;
using Conformance.Tests.Plugin;
using NUnit.Framework;

namespace Conformance.Tests.Packaging;

/// <summary>
/// The command as it ships: what is in it, and the tool installed from its package and run where there is neither a clone nor the program that a build makes.
/// </summary>
[Category("long")]
[Parallelizable(ParallelScope.Self)]
public sealed class ToolTests
{
    // Everything that ships is here by name. A test framework, a test platform or a telemetry library is none of it: those come with suites/NUnit.
    private static readonly string[] Assemblies =
    [
        "Conformance.Drivers.dll",
        "Conformance.Engine.dll",
        "Conformance.Model.dll",
        "Conformance.Reports.dll",
        "DiffPlex.dll",
        "FSharp.Core.dll",
        "FsCheck.dll",
        "Spectre.Console.dll",
        "System.CommandLine.dll",
        "conformance.dll",
    ];

    private string folder = "";

    /// <summary>What was built with the tests is what is published and packed.</summary>
    [OneTimeSetUp]
    public void Ship()
    {
        folder = Directory.CreateTempSubdirectory("conformance-tool-").FullName;
        // ".../bin/Release/net10.0/"
        var configuration = Path.GetFileName(Path.GetDirectoryName(Path.TrimEndingDirectorySeparator(AppContext.BaseDirectory))!);
        var suites = Path.Combine(PluginFiles.Root, "suites");
        Dotnet("publish", suites, "-c", configuration, "--no-build", "-o", Path.Combine(folder, "published"));
        Dotnet("pack", suites, "-c", configuration, "--no-build", "-o", Path.Combine(folder, "packages"));
    }

    [OneTimeTearDown]
    public void DeleteFolder() => Directory.Delete(folder, recursive: true);

    [Test]
    public void What_is_published_holds_no_assembly_but_those_of_the_command()
    {
        var published = Path.Combine(folder, "published");
        var files = Directory.GetFiles(published, "*", SearchOption.AllDirectories).Select(file => Path.GetRelativePath(published, file));
        Assert.That(files.Where(IsCode), Is.EquivalentTo(Assemblies));
    }

    [Test]
    public void The_package_holds_no_assembly_but_those_of_the_command()
    {
        using var package = ZipFile.OpenRead(Directory.GetFiles(Path.Combine(folder, "packages")).Single());
        var files = package.Entries.Select(entry => entry.FullName).ToList();
        Assert.That(files.Where(IsCode), Is.EquivalentTo(Assemblies.Select(name => $"tools/net10.0/any/{name}")));
        Assert.That(files, Has.Member("tools/net10.0/any/conformance.runtimeconfig.json").And.Member("README.md"));
    }

    [Test]
    public void A_tool_that_is_installed_from_its_package_checks_drivers()
    {
        File.WriteAllText(
            Path.Combine(folder, "nuget.config"),
            "<configuration><packageSources><clear /><add key=\"here\" value=\"packages\" /></packageSources></configuration>"
        );
        Dotnet("tool", "install", "conformance", "--tool-path", "tools");

        var tool = Path.Combine(folder, "tools", "conformance");
        Assert.That(Run(tool, "check", "reference:stop_copy", "--plans", "16"), Is.EqualTo(0));
        Assert.That(Run(tool, "check", "fault:accepts-short-argsz", "--campaign", "envelope-matrix"), Is.EqualTo(1));
        Assert.That(Run(tool, "check", $"plugin:{PluginFiles.Counter}", "--campaign", "streams"), Is.EqualTo(0), "the contract is shared with a plugin");
        Assert.That(Run(tool, "chek"), Is.EqualTo(2));
    }

    private static bool IsCode(string file) => Path.GetExtension(file) is ".dll" or ".exe" or ".so" or ".dylib" or ".targets" or ".props";

    private void Dotnet(params string[] words) => Assert.That(Run("dotnet", words), Is.Zero);

    private int Run(string program, params string[] words)
    {
        var start = new ProcessStartInfo(program, words)
        {
            WorkingDirectory = folder,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment["DOTNET_CLI_TELEMETRY_OPTOUT"] = "1";
        using var process = Process.Start(start)!;
        var errors = process.StandardError.ReadToEndAsync();
        TestContext.Out.Write(process.StandardOutput.ReadToEnd());
        TestContext.Out.Write(errors.Result);
        process.WaitForExit();
        return process.ExitCode;
    }
}
