using Conformance.Reports;
using NUnit.Framework;

namespace Conformance.Tests.Migration;

/// <summary>Soundness: a correct driver never gets a finding, not even a warning.</summary>
[Category("long")]
[Parallelizable(ParallelScope.Self)]
public sealed class ReferenceDriversConform
{
    [Test]
    public void Without_a_violation_or_a_warning(
        [Values("stop_copy", "p2p", "pre_copy", "full", "hisi_acc", "hisi_acc?profile=strict&level=6.12", "hisi_acc?profile=strict&level=6.1")] string name
    )
    {
        var (ledger, _, problems, _) = DirectRun.Of($"reference:{name}");
        TestContext.Out.WriteLine($"{ledger.Plans} plans, {ledger.Steps} steps, {ledger.PayloadBytes} payload bytes");
        Assert.Multiple(() =>
        {
            Assert.That(problems, Is.Empty);
            Assert.That(ledger.Findings.All.Select(FindingText.Of), Is.Empty);
            Assert.That(ledger.Plans, Is.GreaterThan(2000));
        });
    }

    /// <summary>More walks than a run makes: <c>--test-parameter walks=100000</c> asks for as many as one likes.</summary>
    [Test]
    public void On_random_walks_with_other_seeds(
        [Values("stop_copy", "p2p", "pre_copy", "full", "hisi_acc", "hisi_acc?level=6.1")] string name,
        [Range(2, 4)] int seed
    )
    {
        var plans = int.Parse(TestContext.Parameters.Get("walks", "512"), System.Globalization.CultureInfo.InvariantCulture);
        var (ledger, _, problems, _) = DirectRun.Of($"reference:{name}", (ulong)seed, plans, campaign => campaign.Name is "random-walks" or "streams");
        Assert.Multiple(() =>
        {
            Assert.That(problems, Is.Empty);
            Assert.That(ledger.Findings.All.Select(FindingText.Of), Is.Empty);
            Assert.That(ledger.Plans, Is.GreaterThan(plans));
        });
    }
}
