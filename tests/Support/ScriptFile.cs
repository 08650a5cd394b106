using System.Diagnostics;

namespace Conformance.Tests.Support;

/// <summary>Programs that tests make: shell scripts.</summary>
internal static class ScriptFile
{
    /// <summary>
    /// Writes a script that can be run at once, where no file was. Another process writes it: what this one has open for writing, a child that another test
    /// starts at the same time has too until its exec, and most kernels run no program that somebody writes (ETXTBSY).
    /// </summary>
    public static string Write(string path, string text)
    {
        using var writer = Process.Start(
            new ProcessStartInfo("/bin/sh", ["-c", "cat > \"$0\" && chmod 700 \"$0\"", path]) { RedirectStandardInput = true, UseShellExecute = false }
        )!;
        writer.StandardInput.Write($"#!/bin/sh\n{text}\n");
        writer.StandardInput.Close();
        writer.WaitForExit();
        return writer.ExitCode == 0 ? path : throw new IOException($"{path} cannot be written");
    }
}
