using System.ComponentModel;
using System.Diagnostics;
using Conformance.Model.Contract;

namespace Conformance.Drivers.Processes;

/// <summary>How a program that this process owns begins and ends. The three standard streams are pipes to this process.</summary>
internal static class ChildProcess
{
    private const int Polite = 3000,
        Forced = 1000;

    /// <summary>Starts a program.</summary>
    /// <param name="program">A path from the current folder when it has a '/', else a name to be looked up in PATH.</param>
    /// <param name="words">Its arguments; no shell sees them.</param>
    /// <param name="what">What it is called in messages: "the guest's command ".</param>
    /// <exception cref="DeviceLostException">It cannot be run.</exception>
    internal static Process Start(string program, IEnumerable<string> words, string what = "")
    {
        // Found from the current folder, as in a shell; the runtime would look beside its own executable first.
        var path = program.Contains('/', StringComparison.Ordinal) ? Path.GetFullPath(program) : program;
        var start = new ProcessStartInfo(path, words)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            UseShellExecute = false,
        };
        try
        {
            return Process.Start(start) ?? throw new InvalidOperationException("no process was started");
        }
        catch (Exception exception) when (exception is Win32Exception or InvalidOperationException or IOException)
        {
            throw new DeviceLostException(DeviceLoss.Unreachable, $"{what}'{ForeignText.Line(program)}' cannot be run: {Reason(path, exception)}");
        }
    }

    /// <summary>Why a program cannot be run, as a phrase.</summary>
    internal static string Reason(string path, Exception exception) =>
        Directory.Exists(path) ? "it is a folder"
        : exception is Win32Exception { NativeErrorCode: Errno.ETXTBSY } ? "somebody is writing it"
        : File.Exists(path) ? "it is no program that this user may run"
        : "it is not there";

    /// <summary>
    /// Ends a program and releases it. Closing its standard input is the polite way: it can remove what it made; after 3 s it is killed with its own.
    /// </summary>
    internal static void End(Process process)
    {
        try
        {
            process.StandardInput.Close();
            if (!process.WaitForExit(Polite))
                process.Kill(entireProcessTree: true);
            process.WaitForExit(Forced);
        }
        catch (Exception exception) when (exception is IOException or InvalidOperationException or Win32Exception)
        {
            // It ended in between.
        }

        process.Dispose();
    }
}
