using System.Diagnostics;
using Conformance.Tests.Plugin;
using NUnit.Framework;

namespace Conformance.Tests.Packaging;

/// <summary>The command as a dotnet tool: packed, installed from a folder, and run where there is neither a clone nor the program that a build makes.</summary>
public sealed class ToolTests
{
    private string folder = "";

    [SetUp]
    public void MakeFolder() => folder = Directory.CreateTempSubdirectory("conformance-tool-").FullName;

    [TearDown]
    public void DeleteFolder() => Directory.Delete(folder, recursive: true);

    [Test]
    public void A_tool_that_is_installed_from_its_package_checks_drivers()
    {
        // ".../bin/Release/net10.0/": what was built with the tests is what is packed.
        var configuration = Path.GetFileName(Path.GetDirectoryName(Path.TrimEndingDirectorySeparator(AppContext.BaseDirectory))!);
        File.WriteAllText(
            Path.Combine(folder, "nuget.config"),
            "<configuration><packageSources><clear /><add key=\"here\" value=\"packages\" /></packageSources></configuration>"
        );
        Dotnet("pack", Path.Combine(PluginFiles.Root, "suites"), "-c", configuration, "--no-build", "-o", Path.Combine(folder, "packages"));
        Dotnet("tool", "install", "conformance", "--tool-path", "tools");

        var tool = Path.Combine(folder, "tools", "conformance");
        Assert.That(Run(tool, "check", "reference:stop_copy", "--plans", "16"), Is.EqualTo(0));
        Assert.That(Run(tool, "check", "fault:accepts-short-argsz", "--campaign", "envelope-matrix"), Is.EqualTo(1));
        Assert.That(Run(tool, "check", $"plugin:{PluginFiles.Counter}", "--campaign", "streams"), Is.EqualTo(0), "the contract is shared with a plugin");
        Assert.That(Run(tool, "chek"), Is.EqualTo(2));
    }

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
