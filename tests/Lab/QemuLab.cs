using System.Diagnostics;
using NUnit.Framework;

namespace Conformance.Tests.Lab;

/// <summary>The QEMUs of this clone's lab. Tests that need one are skipped where it is not there; with CONFORMANCE_REQUIRE_LAB=1 it is fetched, and its absence is a failure.</summary>
internal static class QemuLab
{
    private static readonly Lock Gate = new();

    /// <summary>The file with the known deviations of a version and stage.</summary>
    public static string Expectations(string version, string stage) =>
        Path.Combine(KernelLab.Root(), "labs", "qemu", "expectations", $"{version}-{(stage == "nested" ? stage : $"stage{stage}")}.json");

    /// <summary>The executable of a version; skips or fails the running test when there is none.</summary>
    public static string Executable(string version)
    {
        var lab = Path.Combine(KernelLab.Root(), "labs", "qemu");
        var required = Environment.GetEnvironmentVariable("CONFORMANCE_REQUIRE_LAB") == "1";
        var results = Environment.GetEnvironmentVariable("CONFORMANCE_LAB_DIR") is { Length: > 0 } folder ? folder : Path.Combine(lab, "out");
        var executable = Path.Combine(results, version, "qemu");
        if (!required)
        {
            if (!File.Exists(executable))
                Assert.Ignore($"QEMU {version} is not in the lab: run labs/qemu/build {version}, or set CONFORMANCE_REQUIRE_LAB=1");
            return executable;
        }

        lock (Gate)
        {
            using var build = Process.Start(
                new ProcessStartInfo(Path.Combine(lab, "build"), [version]) { RedirectStandardError = true, RedirectStandardOutput = true }
            )!;
            var output = build.StandardOutput.ReadToEndAsync();
            var errors = build.StandardError.ReadToEnd();
            build.WaitForExit();
            if (build.ExitCode != 0)
                Assert.Fail($"the QEMU lab cannot be built: {errors}{output.Result}");
        }

        return executable;
    }
}
