using System.Diagnostics;
using Conformance.Reports;
using Conformance.Tests.Support;
using NUnit.Framework;

namespace Conformance.Tests.Lab;

/// <summary>The command, as a user runs it in the clone, on something real.</summary>
/// <param name="Code">Its exit code.</param>
/// <param name="Output">What it printed.</param>
/// <param name="Document">Its result.</param>
internal sealed record LabCheck(int Code, string Output, ResultDocument Document)
{
    // No bound that anything is held to, however busy the machine is: it only ends what would hold up all others.
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(60);

    /// <summary>Runs <c>conformance check</c>; fails the running test when that leaves no result, or does not end.</summary>
    public static LabCheck Run(params IEnumerable<string> words)
    {
        var folder = Directory.CreateTempSubdirectory("conformance-check-").FullName;
        try
        {
            var start = new ProcessStartInfo(Path.Combine(AppContext.BaseDirectory, "conformance"), ["check", .. words, "--report", folder])
            {
                WorkingDirectory = Clone.Root,
                RedirectStandardOutput = true,
                RedirectStandardError = true,
            };
            using var process = Process.Start(start)!;
            var text = process.StandardOutput.ReadToEndAsync();
            var errors = process.StandardError.ReadToEndAsync();
            var inTime = process.WaitForExit(Patience);
            if (!inTime)
                process.Kill(entireProcessTree: true);
            var output = text.Result + errors.Result;
            var result = Path.Combine(folder, "result.json");
            if (!inTime || !File.Exists(result))
                Assert.Fail($"{(inTime ? "no result" : $"not over after {Patience.TotalMinutes:0} minutes")}:\n{output}");
            return new(process.ExitCode, output, ResultJson.Read(File.ReadAllText(result), "result.json"));
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }
}
