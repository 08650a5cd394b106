using System.ComponentModel;
using System.Diagnostics;
using Conformance.Drivers.LinuxVfio;
using Conformance.Drivers.Readiness;

namespace Conformance.Drivers.Processes;

/// <summary>A program that a driver needs: is it there, and which version is it?</summary>
internal static class ProgramVersion
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(1.5);

    /// <summary>Finds a program and asks it for its version.</summary>
    /// <param name="what">What the line is called.</param>
    /// <param name="name">A path, or a name to be looked up in PATH.</param>
    /// <param name="fix">What to do when it is not there.</param>
    internal static ReadinessLine Look(string what, string name, string fix)
    {
        if (Find(name) is not { } path)
            return ReadinessLine.NotOk(what, $"{name} is not there, or is no program that this user may run", fix);
        try
        {
            using var process = Process.Start(
                new ProcessStartInfo(path, ["--version"])
                {
                    RedirectStandardOutput = true,
                    RedirectStandardError = true,
                    RedirectStandardInput = true,
                }
            )!;
            process.StandardInput.Close();
            var output = process.StandardOutput.ReadToEndAsync();
            if (!process.WaitForExit(Patience) || !output.Wait(Patience))
            {
                process.Kill(entireProcessTree: true);
                return ReadinessLine.NotOk(what, $"{path} --version does not answer", fix);
            }

            var line = GuestProcess.Printable(output.Result).Split('\n')[0];
            return process.ExitCode == 0 && line.Length > 0
                ? ReadinessLine.Ok(what, $"{path}: {line}")
                : ReadinessLine.NotOk(what, $"{path} --version ends with {process.ExitCode}", fix);
        }
        catch (Exception error) when (error is Win32Exception or InvalidOperationException or IOException)
        {
            return ReadinessLine.NotOk(what, $"{path} cannot be run", fix);
        }
    }

    /// <summary>The path of a program, or null when there is none that this user may run.</summary>
    internal static string? Find(string name)
    {
        var candidates = name.Contains('/', StringComparison.Ordinal)
            ? [Path.GetFullPath(name)]
            : (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':', StringSplitOptions.RemoveEmptyEntries).Select(folder => Path.Combine(folder, name));
        return candidates.FirstOrDefault(path =>
            File.Exists(path)
            && (
                OperatingSystem.IsWindows()
                || (File.GetUnixFileMode(path) & (UnixFileMode.UserExecute | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute)) != 0
            )
        );
    }
}
