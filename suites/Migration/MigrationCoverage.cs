using System.Globalization;
using Conformance.Engine.Judging;
using Conformance.Engine.Migration;
using Conformance.Model.Migration.Device;
using Conformance.Model.Migration.Oracle;
using Conformance.Reports;

namespace Conformance.Suites.Migration;

/// <summary>What the plans of the suite reached, for the report.</summary>
internal static class MigrationCoverage
{
    /// <summary>The set of all that could be reached with a feature set, nothing of it covered yet.</summary>
    internal static CoverageFacts Reachable(MigrationMachine machine)
    {
        var (pairs, arcs, arcPairs) = Sizes(machine.Paths);
        var (allPairs, allArcs, allArcPairs) = Sizes(PathTable.For((MigrationFeatures)7));
        return new()
        {
            RequestPairs = new(0, pairs, allPairs),
            Arcs = new(0, arcs, allArcs),
            ArcPairs = new(0, arcPairs, allArcPairs),
            Unreachable =
                pairs == allPairs
                    ? []
                    :
                    [
                        new(
                            string.Create(
                                CultureInfo.InvariantCulture,
                                $"{allPairs - pairs} request pairs, {allArcs - arcs} arcs, {allArcPairs - arcPairs} arc pairs"
                            ),
                            $"not in feature set {FeatureSet.Of((ulong)machine.Features).Text}"
                        ),
                    ],
        };
    }

    /// <summary>Fills in what was covered.</summary>
    internal static CoverageFacts Covered(CoverageFacts reachable, Coverage coverage)
    {
        var paths = PathTable.For((MigrationFeatures)7);
        var states = States(paths);
        return reachable with
        {
            Tables = Convert.ToBase64String(coverage.ToBytes(ArcCoverage.Flags)),
            RequestPairs = reachable.RequestPairs! with
            {
                Covered = states.Sum(from => states.Count(to => from != to && ArcCoverage.HasRequest(coverage, from, to))),
            },
            Arcs = reachable.Arcs! with { Covered = AllArcs(states).Count(arc => ArcCoverage.HasArc(coverage, arc)) },
            ArcPairs = reachable.ArcPairs! with
            {
                Covered = AllArcs(states)
                    .Sum(first => AllArcs(states).Count(second => second.From == first.To && ArcCoverage.HasArcPair(coverage, first, second))),
            },
        };
    }

    private static (int Pairs, int Arcs, int ArcPairs) Sizes(PathTable paths)
    {
        var states = States(paths).Count;
        return (states * (states - 1), paths.Arcs.Count, paths.Arcs.Sum(first => paths.Arcs.Count(second => second.From == first.To)));
    }

    private static List<DeviceState> States(PathTable paths) =>
        [.. Enum.GetValues<DeviceState>().Where(state => state != DeviceState.Error && paths.Supports(state))];

    private static IEnumerable<Arc> AllArcs(List<DeviceState> states) =>
        states.SelectMany(from => states.Where(to => to != from).Select(to => new Arc(from, to)));
}
