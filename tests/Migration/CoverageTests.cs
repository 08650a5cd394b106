using Conformance.Engine.Migration;
using Conformance.Model.Migration.Device;
using Conformance.Model.Migration.Oracle;
using NUnit.Framework;

namespace Conformance.Tests.Migration;

/// <summary>Everything that a feature set makes reachable is reached, by walks that are as short as they can be.</summary>
[Category("long")]
[Parallelizable(ParallelScope.Self)]
public sealed class CoverageTests
{
    [TestCase(1, 12, 18)]
    [TestCase(3, 16, 22)]
    [TestCase(5, 18, 24)]
    [TestCase(7, 35, 45)]
    public void The_tour_takes_every_arc_pair_in_the_least_number_of_requests(int features, int pairs, int length)
    {
        var paths = PathTable.For((MigrationFeatures)features);
        var tour = ArcPairTour.Of(paths);
        var all = from a in paths.Arcs from b in paths.Arcs where a.To == b.From select (a, b);
        Assert.Multiple(() =>
        {
            Assert.That(all.Count(), Is.EqualTo(pairs));
            Assert.That(tour, Has.Count.EqualTo(length));
            Assert.That(tour[0].From, Is.EqualTo(DeviceState.Running));
            Assert.That(tour.Zip(tour.Skip(1)).Where(step => step.First.To != step.Second.From), Is.Empty);
            Assert.That(all.Except(tour.Zip(tour.Skip(1))), Is.Empty);
        });
    }

    [TestCase("stop_copy", 1)]
    [TestCase("p2p", 3)]
    [TestCase("pre_copy", 5)]
    [TestCase("full", 7)]
    public void A_run_covers_all_request_pairs_arcs_and_arc_pairs(string name, int features)
    {
        var coverage = DirectRun.Of($"reference:{name}").Ledger.Coverage;
        var paths = PathTable.For((MigrationFeatures)features);
        var states = Enumerable.Range(1, 7).Select(value => (DeviceState)value).Where(paths.Supports).ToList();
        Assert.Multiple(() =>
        {
            Assert.That(from a in states from b in states where a != b && !ArcCoverage.HasRequest(coverage, a, b) select new Arc(a, b), Is.Empty);
            Assert.That(paths.Arcs.Where(arc => !ArcCoverage.HasArc(coverage, arc)), Is.Empty);
            Assert.That(from a in paths.Arcs from b in paths.Arcs where a.To == b.From && !ArcCoverage.HasArcPair(coverage, a, b) select (a, b), Is.Empty);
        });
    }
}
