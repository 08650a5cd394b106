using Conformance.Tests.Support;
using NUnit.Framework;

namespace Conformance.Tests.Lab;

/// <summary>
/// The kernel lab of this clone. Tests that need it are skipped where it is not built; with CONFORMANCE_REQUIRE_LAB=1 it is built, and its absence is a
/// failure.
/// </summary>
internal static class KernelLab
{
    public const string FirstDevice = "00000000-0000-0000-0000-000000000000";
    public const string SecondDevice = "00000001-0000-0000-0000-000000000000";
    public const string SinglePortDevice = "00000002-0000-0000-0000-000000000000";

    /// <summary>The page of findings of the sample driver.</summary>
    public static FindingsPage Findings { get; } = new("mtty", "kernel", ["bookworm-backports", "trixie", "7.2"]);

    /// <summary>The command that boots a guest with this kernel; skips or fails the running test when that is impossible.</summary>
    public static string BootCommand(string kernel) => BootCommand("kernel", kernel);

    /// <summary>The same for another lab with guests.</summary>
    /// <param name="name">Its folder in labs.</param>
    /// <param name="kernel">One of its kernels.</param>
    public static string BootCommand(string name, string kernel)
    {
        var lab = Clone.File("labs", name);
        var required = Environment.GetEnvironmentVariable("CONFORMANCE_REQUIRE_LAB") == "1";
        if (!required && ScriptRun.Of(Path.Combine(lab, "build"), "--kernel", kernel, "--find").Code != 0)
            Assert.Ignore($"this lab is not built here: run labs/{name}/build --kernel {kernel}, or set CONFORMANCE_REQUIRE_LAB=1");
        var emulator = Environment.GetEnvironmentVariable("CONFORMANCE_LAB_QEMU") is { Length: > 0 } named ? named : "qemu-system-x86_64";
        if (
            !Path.IsPathRooted(emulator)
            && !(Environment.GetEnvironmentVariable("PATH") ?? "").Split(':').Any(place => File.Exists(Path.Combine(place, emulator)))
        )
            Missing(required, $"{emulator} is not installed: apt-get install qemu-system-x86");
        var build = ScriptRun.Of(Path.Combine(lab, "build"), "--kernel", kernel);
        if (build.Code != 0)
            Missing(required, $"labs/{name} cannot be built: {build.Errors}{build.Output}");
        return $"'{Path.Combine(lab, "boot")}' --kernel {kernel}";
    }

    /// <summary>The file with the known deviations of a kernel.</summary>
    public static string Expectations(string kernel) => Clone.File("labs", "kernel", "expectations", $"{kernel}.json");

    private static void Missing(bool required, string why)
    {
        if (required)
            Assert.Fail(why);
        Assert.Ignore(why);
    }
}
