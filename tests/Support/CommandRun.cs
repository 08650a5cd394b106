using System.Diagnostics;
using System.Text.RegularExpressions;
using NUnit.Framework;

namespace Conformance.Tests.Support;

/// <summary>The command, as it was built beside the tests, run in a process of its own to its end.</summary>
/// <param name="Code">Its exit code.</param>
/// <param name="Output">What it printed.</param>
/// <param name="Errors">What it printed on standard error, without where it stood: that it says on a busy machine, when it takes a while.</param>
internal sealed partial record CommandRun(int Code, string Output, string Errors)
{
    // Nothing waits so long on a machine that is only busy.
    private static readonly TimeSpan HangLimit = TimeSpan.FromMinutes(10);

    // On a build server the command says other things, and so it does where labs are kept elsewhere.
    private static readonly string[] BuildServerVariables = ["CI", "TF_BUILD", "JENKINS_URL", "TEAMCITY_VERSION", "CONFORMANCE_LAB_DIR"];

    /// <summary>The program.</summary>
    public static string Program { get; } = Path.Combine(AppContext.BaseDirectory, "conformance");

    /// <summary>Runs it in a folder.</summary>
    public static CommandRun Of(string folder, params IEnumerable<string> words) => Of(Prepare(folder, words));

    /// <summary>Runs what was prepared.</summary>
    public static CommandRun Of(ProcessStartInfo prepared)
    {
        using var process = Process.Start(prepared)!;
        var output = process.StandardOutput.ReadToEndAsync();
        var errors = process.StandardError.ReadToEndAsync();
        var ended = process.WaitForExit(HangLimit);
        if (!ended)
            process.Kill(entireProcessTree: true);
        Assert.That(ended, Is.True, "it hangs");
        return new(process.ExitCode, output.Result, Progress().Replace(errors.Result, ""));
    }

    [GeneratedRegex(@"^conformance: (\[\d+/\d+\] .*|opening the driver for \d+ s.*)\n", RegexOptions.Multiline | RegexOptions.CultureInvariant)]
    private static partial Regex Progress();

    /// <summary>Starts it in a folder and does not wait.</summary>
    public static Process Start(string folder, params IEnumerable<string> words) => Process.Start(Prepare(folder, words))!;

    /// <summary>What starts it in a folder, as on no build server.</summary>
    public static ProcessStartInfo Prepare(string folder, params IEnumerable<string> words) => Prepare(Program, folder, words);

    /// <summary>What starts a program that itself runs the command.</summary>
    public static ProcessStartInfo Prepare(string program, string folder, IEnumerable<string> words)
    {
        var start = new ProcessStartInfo(program, words)
        {
            WorkingDirectory = folder,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (var name in BuildServerVariables)
            start.Environment.Remove(name);
        // A process of seconds ends before what was measured of its code is of use to it.
        start.Environment["DOTNET_TieredPGO"] = "0";
        return start;
    }
}
