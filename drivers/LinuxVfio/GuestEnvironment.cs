using System.ComponentModel;
using System.Diagnostics;
using Conformance.Drivers.Addresses;
using Conformance.Drivers.Processes;
using Conformance.Drivers.Readiness;

namespace Conformance.Drivers.LinuxVfio;

/// <summary>What a guest needs on this machine. Of commands other than the lab's own nothing is known but whether they can be run.</summary>
internal static class GuestEnvironment
{
    // The line about the command that boots the guest. It and the next one start no guest.
    private const string Command = "guest command";

    // The line about what the command boots.
    private const string Lab = "lab";

    private static readonly TimeSpan FindPatience = TimeSpan.FromSeconds(10);

    /// <summary>The first thing that a guest lacks, as far as files show it: whoever boots it would wait in vain. Null when there is nothing.</summary>
    internal static ReadinessLine? Obstacle(string command) =>
        Look(command).TakeWhile(line => line.What is Command or Lab).FirstOrDefault(line => line.Status == ReadinessStatus.NotOk);

    /// <summary>Makes a target whose guest a command boots.</summary>
    /// <param name="make">Makes it; splits the command into words.</param>
    /// <exception cref="DriverAddressException">The command cannot be split.</exception>
    internal static T Open<T>(Func<T> make)
    {
        try
        {
            return make();
        }
        catch (FormatException exception)
        {
            throw new DriverAddressException(
                $"The command in 'guest=' cannot be split into words: {ForeignText.Line(exception.Message)}.\nQuote as in a shell; no shell runs it.",
                exception
            );
        }
    }

    /// <summary>Looks at what a guest needs.</summary>
    /// <param name="command">The command that boots it.</param>
    internal static IEnumerable<ReadinessLine> Look(string command)
    {
        IReadOnlyList<string> words;
        string? wrong = null;
        try
        {
            words = WordList.Split(command);
        }
        catch (FormatException error)
        {
            (words, wrong) = ([], error.Message);
        }

        if (words.Count == 0)
        {
            yield return ReadinessLine.NotOk(Command, wrong ?? "it is empty", "Quote as in a shell: guest=labs/kernel/boot --kernel trixie");
            yield break;
        }

        if (ProgramVersion.Find(words[0]) is not { } program)
        {
            yield return ReadinessLine.NotOk(
                Command,
                $"{words[0]} is not there, or is no program that this user may run",
                "Give its path from the current folder, and make it executable: chmod +x"
            );
            yield break;
        }

        yield return ReadinessLine.Ok(Command, program);
        var folder = Path.GetDirectoryName(program)!;
        var build = Path.Combine(folder, "build");
        if (Path.GetFileName(program) != "boot" || !File.Exists(build))
        {
            yield return ReadinessLine.Skipped(Lab, "this command is not the lab's; it must print the path of the agent's socket (docs/kernel-drivers.md)");
            yield break;
        }

        var (kernel, which) = Kernel(words) is { } named ? ($" for kernel {named}", new[] { "--kernel", named }) : ("", Array.Empty<string>());
        yield return Built(build, which) is { } built
            ? ReadinessLine.Ok(Lab, $"built{kernel} in {built}")
            : ReadinessLine.NotOk(Lab, $"not built{kernel}", $"Build it, and see what it needs: {string.Join(' ', [build, .. which])}");
        if (BringsQemu(program))
            yield break;
        yield return ProgramVersion.Look(
            "QEMU",
            Environment.GetEnvironmentVariable("CONFORMANCE_LAB_QEMU") ?? "qemu-system-x86_64",
            "Install it: apt-get install qemu-system-x86"
        );
        yield return Accelerator();
    }

    // Where the lab's guest is; null when it is not built. The script knows: it looks, and builds nothing.
    private static string? Built(string build, string[] which)
    {
        try
        {
            using var process = Process.Start(
                new ProcessStartInfo(build, [.. which, "--find"])
                {
                    RedirectStandardOutput = true,
                    RedirectStandardError = true,
                    RedirectStandardInput = true,
                }
            )!;
            process.StandardInput.Close();
            var output = process.StandardOutput.ReadToEndAsync();
            if (process.WaitForExit(FindPatience) && output.Wait(FindPatience))
                return process.ExitCode == 0 ? output.Result.Trim() : null;
            process.Kill(entireProcessTree: true);
        }
        catch (Exception error) when (error is Win32Exception or InvalidOperationException or IOException)
        {
            // No program that this user may run builds nothing either.
        }

        return null;
    }

    // The kernel that is named; the lab knows which one is its own choice.
    private static string? Kernel(IReadOnlyList<string> words)
    {
        string? kernel = null;
        for (var index = 1; index < words.Count; index++)
        {
            if (words[index] == "--kernel" && index + 1 < words.Count)
                kernel = words[index + 1];
            else if (words[index].StartsWith("--kernel=", StringComparison.Ordinal))
                kernel = words[index]["--kernel=".Length..];
        }

        return kernel == "sid" ? "7.2" : kernel;
    }

    // A lab whose machine is no PC is built with a QEMU for it (labs/qemu).
    private static bool BringsQemu(string program) => File.Exists(Path.Combine(Path.GetDirectoryName(program)!, "machine.sh"));

    private static ReadinessLine Accelerator()
    {
        var wanted = Environment.GetEnvironmentVariable("CONFORMANCE_LAB_ACCEL") ?? "tcg";
        if (!wanted.Contains("kvm", StringComparison.Ordinal))
            return ReadinessLine.Skipped("/dev/kvm", "not used: the lab emulates unless CONFORMANCE_LAB_ACCEL=kvm");
        try
        {
            using var device = new FileStream("/dev/kvm", FileMode.Open, FileAccess.ReadWrite);
            return ReadinessLine.Ok("/dev/kvm", "may be opened");
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return ReadinessLine.NotOk(
                "/dev/kvm",
                File.Exists("/dev/kvm") ? "may not be opened by this user" : "is not there",
                "Join the group kvm, or load kvm_intel or kvm_amd; or leave CONFORMANCE_LAB_ACCEL out"
            );
        }
    }
}
