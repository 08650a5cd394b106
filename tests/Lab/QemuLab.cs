using System.Globalization;
using Conformance.Tests.Support;
using NUnit.Framework;

namespace Conformance.Tests.Lab;

/// <summary>
/// The QEMUs of this clone's lab. Tests that need one are skipped where it is not there; with CONFORMANCE_REQUIRE_LAB=1 it is fetched, and its absence is a
/// failure.
/// </summary>
internal static class QemuLab
{
    private static readonly Lock Gate = new();

    /// <summary>The file with the known deviations of a version and stage.</summary>
    public static string Expectations(string version, string stage) =>
        Clone.File("labs", "qemu", "expectations", $"{version}-{(stage == "nested" ? stage : $"stage{stage}")}.json");

    /// <summary>The executable of a version; skips or fails the running test when there is none.</summary>
    public static string Executable(string version)
    {
        var script = Clone.File("labs", "qemu", "build");
        var required = Environment.GetEnvironmentVariable("CONFORMANCE_REQUIRE_LAB") == "1";
        lock (Gate)
        {
            var build = ScriptRun.Of(script, required ? [version] : [version, "--find"]);
            if (build.Code == 0)
                return build.Output.Trim();
            if (required)
                Assert.Fail($"the QEMU lab cannot be built: {build.Errors}{build.Output}");
        }

        Assert.Ignore($"QEMU {version} is not in the lab: run labs/qemu/build {version}, or set CONFORMANCE_REQUIRE_LAB=1");
        return "";
    }

    /// <summary>The processes that a process has started: of a watched QEMU, its watcher and the QEMU.</summary>
    public static int[] Children(int process) =>
        [
            .. File.ReadAllText($"/proc/{process}/task/{process}/children")
                .Split(' ', StringSplitOptions.RemoveEmptyEntries)
                .Select(child => int.Parse(child, CultureInfo.InvariantCulture)),
        ];
}
