using System.CommandLine;
using Conformance.Reports;

namespace Conformance.Suites.Command;

/// <summary><c>conformance diff</c>: what changed from one stored result to another.</summary>
internal static class DiffCommand
{
    internal static System.CommandLine.Command Build()
    {
        var old = new Argument<string>("OLD") { Description = "the result.json of the run before" };
        var now = new Argument<string>("NEW") { Description = "the result.json of the run after" };
        var command = new System.CommandLine.Command("diff", "Says what got worse or better between two stored results; 0 when nothing got worse, else 1.")
        {
            old,
            now,
        };
        command.SetAction(parse => Run(parse.GetRequiredValue(old), parse.GetRequiredValue(now)));
        return command;
    }

    private static int Run(string old, string now)
    {
        var (before, after) = (ResultFile.Read(old), ResultFile.Read(now));
        if (ResultDiff.Obstacle(before, after) is { } obstacle)
            throw new UsageException(
                $"the results cannot be compared: {obstacle}.\nCompare runs of the same suites, campaigns and requirements, whole or of the same shard; "
                    + $"render makes a whole one of all shards."
            );
        var diff = ResultDiff.Of(before, after);
        SummaryPrinter.Print(diff.Lines);
        return diff.IsWorse ? 1 : 0;
    }
}
