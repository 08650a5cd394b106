using System.Globalization;
using Conformance.Reports;
using Conformance.Tests.Migration;
using NUnit.Framework;

namespace Conformance.Tests.Concurrency;

/// <summary>Soundness: no history of a correct driver is without an order, and none ends in a dead-lock.</summary>
[Category("long")]
public sealed class OverlappingCallsConform
{
    /// <summary><c>--test-parameter histories=25000</c> asks for as many as one likes.</summary>
    [Test]
    public void On_random_plans([Values("stop_copy", "p2p", "pre_copy", "full")] string name, [Range(1, 2)] int seed)
    {
        var plans = int.Parse(TestContext.Parameters.Get("histories", "1000"), CultureInfo.InvariantCulture);
        var run = DirectRun.Of($"reference:{name}", (ulong)seed, plans, campaign => campaign.Name == "overlapping-walks");
        Assert.Multiple(() =>
        {
            Assert.That(run.Problems, Is.Empty);
            Assert.That(run.Ledger.Findings.All.Select(FindingText.Of), Is.Empty);
            Assert.That(run.Ledger.Plans, Is.EqualTo(plans + 1), "one is the first look at the device");
        });
    }
}
