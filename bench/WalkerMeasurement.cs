using System.Diagnostics;
using System.Globalization;
using Conformance.Tests.Smmu.Translation.Walker;

namespace Conformance.Bench;

/// <summary>Random translations by the model and by the naive walker of the tests: how they ended, and whether the two agree.</summary>
internal static class WalkerMeasurement
{
    internal static int Run(string[] options)
    {
        if (
            options is not ([] or ["--count", _])
            || !long.TryParse(options is [_, var text] ? text : "1000000", NumberStyles.None, CultureInfo.InvariantCulture, out var count)
            || count == 0
        )
        {
            Console.Error.WriteLine("usage: walker [--count N]");
            return 2;
        }

        var comparison = new WalkComparison();
        var start = Stopwatch.GetTimestamp();
        comparison.Run(count, firstWorld: 1);
        var seconds = Stopwatch.GetElapsedTime(start).TotalSeconds;
        foreach (var (end, times) in comparison.Table)
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{end, -34} {times, 12:N0}"));
        Console.WriteLine(
            string.Create(
                CultureInfo.InvariantCulture,
                $"{comparison.Count:N0} translations, {100.0 * comparison.Succeeded / comparison.Count:0.0} % successful, "
                    + $"{comparison.Disagreements:N0} disagreements, {seconds:0} s"
            )
        );
        foreach (var stage in comparison.Leaves.GroupBy(leaf => leaf.Stage).OrderBy(stage => stage.Key))
            Console.WriteLine($"stage {stage.Key}: {stage.Count()} combinations of granule, input size and level of the leaf");
        foreach (var disagreement in comparison.Shown)
            Console.WriteLine(disagreement);
        return comparison.Disagreements == 0 ? 0 : 1;
    }
}
