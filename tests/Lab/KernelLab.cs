using System.Diagnostics;
using NUnit.Framework;

namespace Conformance.Tests.Lab;

/// <summary>The kernel lab of this clone. Tests that need it are skipped where it is not built; with CONFORMANCE_REQUIRE_LAB=1 it is built, and its absence is a failure.</summary>
internal static class KernelLab
{
    public const string FirstDevice = "00000000-0000-0000-0000-000000000000";
    public const string SecondDevice = "00000001-0000-0000-0000-000000000000";
    public const string SinglePortDevice = "00000002-0000-0000-0000-000000000000";

    /// <summary>The command that boots a guest with this kernel; skips or fails the running test when that is impossible.</summary>
    public static string BootCommand(string kernel)
    {
        var lab = Path.Combine(Root(), "labs", "kernel");
        var required = Environment.GetEnvironmentVariable("CONFORMANCE_REQUIRE_LAB") == "1";
        var results = Environment.GetEnvironmentVariable("CONFORMANCE_LAB_DIR") is { Length: > 0 } folder ? folder : Path.Combine(lab, "out");
        if (!required && !File.Exists(Path.Combine(results, kernel, "stamp")))
            Assert.Ignore($"the kernel lab is not built here: run labs/kernel/build --kernel {kernel}, or set CONFORMANCE_REQUIRE_LAB=1");
        var emulator = Environment.GetEnvironmentVariable("CONFORMANCE_LAB_QEMU") is { Length: > 0 } named ? named : "qemu-system-x86_64";
        if (
            !Path.IsPathRooted(emulator)
            && !(Environment.GetEnvironmentVariable("PATH") ?? "").Split(':').Any(place => File.Exists(Path.Combine(place, emulator)))
        )
            Missing(required, $"{emulator} is not installed: apt-get install qemu-system-x86");
        using var build = Process.Start(
            new ProcessStartInfo(Path.Combine(lab, "build"), ["--kernel", kernel]) { RedirectStandardError = true, RedirectStandardOutput = true }
        )!;
        var output = build.StandardOutput.ReadToEndAsync();
        var errors = build.StandardError.ReadToEnd();
        build.WaitForExit();
        if (build.ExitCode != 0)
            Missing(required, $"the kernel lab cannot be built: {errors}{output.Result}");
        return $"'{Path.Combine(lab, "boot")}' --kernel {kernel}";
    }

    /// <summary>The file with the known deviations of a kernel.</summary>
    public static string Expectations(string kernel) => Path.Combine(Root(), "labs", "kernel", "expectations", $"{kernel}.json");

    private static void Missing(bool required, string why)
    {
        if (required)
            Assert.Fail(why);
        Assert.Ignore(why);
    }

    /// <summary>The clone that the tests run in.</summary>
    public static string Root()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "Conformance.sln")))
                return folder.FullName;
        }

        throw new InvalidOperationException("the tests do not run inside a clone");
    }
}
