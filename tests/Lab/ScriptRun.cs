using System.Diagnostics;

namespace Conformance.Tests.Lab;

/// <summary>A script of a lab that ran to its end, however long that took.</summary>
internal sealed record ScriptRun(int Code, string Output, string Errors)
{
    public static ScriptRun Of(string script, params IEnumerable<string> words)
    {
        using var process = Process.Start(new ProcessStartInfo(script, words) { RedirectStandardError = true, RedirectStandardOutput = true })!;
        var output = process.StandardOutput.ReadToEndAsync();
        var errors = process.StandardError.ReadToEnd();
        process.WaitForExit();
        return new(process.ExitCode, output.Result, errors);
    }
}
