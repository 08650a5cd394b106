using System.Diagnostics;

namespace Conformance.Tests.Lab;

/// <summary>A script of a lab that ran to its end, which may take long: a kernel may be compiled by it, on a machine that does much else.</summary>
internal sealed record ScriptRun(int Code, string Output, string Errors)
{
    // Nothing takes that long, however busy the machine is; it is for what never ends.
    private static readonly TimeSpan Never = TimeSpan.FromMinutes(75);

    public static ScriptRun Of(string script, params IEnumerable<string> words)
    {
        using var process = Process.Start(new ProcessStartInfo(script, words) { RedirectStandardError = true, RedirectStandardOutput = true })!;
        var output = process.StandardOutput.ReadToEndAsync();
        var errors = process.StandardError.ReadToEndAsync();
        var ended = process.WaitForExit(Never);
        if (!ended)
        {
            process.Kill(entireProcessTree: true);
            process.WaitForExit();
        }

        // What it left behind may hold the other end.
        Task.WaitAll([output, errors], TimeSpan.FromSeconds(ended ? 60 : 5));
        return new(
            ended ? process.ExitCode : -1,
            output.IsCompleted ? output.Result : "",
            (errors.IsCompleted ? errors.Result : "") + (ended ? "" : $"\n{script} did not end within {Never.TotalMinutes:0} minutes")
        );
    }
}
