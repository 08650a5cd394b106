using System.Diagnostics;
using Conformance.Reports;
using NUnit.Framework;

namespace Conformance.Tests.Smmu.Devices;

/// <summary><c>conformance check</c> of an SMMU, as its user runs it: a process with workers of its own.</summary>
internal static class CheckedSmmu
{
    /// <summary>Runs it.</summary>
    /// <param name="address">The address of the SMMU.</param>
    /// <param name="options">Further words.</param>
    /// <returns>The exit code, what was printed, and the result document.</returns>
    public static (int Code, string Output, ResultDocument Document) Run(string address, params string[] options)
    {
        var folder = Directory.CreateTempSubdirectory("conformance-smmu-");
        try
        {
            var start = new ProcessStartInfo(Path.Combine(AppContext.BaseDirectory, "conformance"), ["check", address, "--report", "out", .. options])
            {
                WorkingDirectory = folder.FullName,
                RedirectStandardOutput = true,
                RedirectStandardError = true,
            };
            using var process = Process.Start(start)!;
            var errors = process.StandardError.ReadToEndAsync();
            var output = process.StandardOutput.ReadToEndAsync();
            if (!process.WaitForExit(TimeSpan.FromMinutes(3)))
            {
                process.Kill(entireProcessTree: true);
                Assert.Fail($"check {address} did not end within three minutes");
            }

            var result = Path.Combine(folder.FullName, "out", "result.json");
            Assert.That(result, Does.Exist, output.Result + errors.Result);
            return (process.ExitCode, output.Result + errors.Result, ResultJson.Read(File.ReadAllText(result), result));
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }
}
