using System.Diagnostics;
using System.Text.Json;

namespace Conformance.Bench;

/// <summary>Wall time of whole <c>conformance check</c> processes on <c>reference:full</c>, start, worker and reports included.</summary>
internal static class CheckMeasurement
{
    private const int Runs = 8;

    internal static int Run()
    {
        Console.WriteLine($"conformance check reference:full, load average {Conditions.Load()}");
        var folder = Directory.CreateTempSubdirectory("bench-check-").FullName;
        try
        {
            var times = new List<double>();
            for (var run = 0; run <= Runs; run++)
            {
                var start = Stopwatch.GetTimestamp();
                using var process = Process.Start(
                    new ProcessStartInfo(Path.Combine(AppContext.BaseDirectory, "conformance"), ["check", "reference:full", "--report", folder])
                    {
                        RedirectStandardOutput = true,
                    }
                )!;
                process.StandardOutput.ReadToEnd();
                process.WaitForExit();
                if (process.ExitCode is not (0 or 4))
                    throw new InvalidOperationException($"the check ended with {process.ExitCode}");
                // The first one warms the file cache.
                if (run > 0)
                    times.Add(Stopwatch.GetElapsedTime(start).TotalSeconds);
            }

            times.Sort();
            using var document = JsonDocument.Parse(File.ReadAllText(Path.Combine(folder, "result.json")));
            Console.WriteLine(
                $"  {times[0]:0.00} s (median of {Runs}: {times[Runs / 2]:0.00} s), {Count(document.RootElement, "plans")} plans, "
                    + $"{Count(document.RootElement, "steps")} steps"
            );
            return 0;
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static long Count(JsonElement document, string name) =>
        document.GetProperty("campaigns").EnumerateArray().Sum(campaign => campaign.GetProperty(name).GetInt64());
}
