using Conformance.Engine.Ledgers;
using NUnit.Framework;

namespace Conformance.Tests.Migration;

/// <summary>Soundness: a correct driver never gets a finding, not even a warning.</summary>
public sealed class ReferenceDriversConform
{
    [Test]
    public void Without_a_violation_or_a_warning([Values("stop_copy", "p2p", "pre_copy", "full")] string name)
    {
        var (ledger, _, problems, _) = DirectRun.Of($"reference:{name}");
        TestContext.Out.WriteLine($"{ledger.Plans} plans, {ledger.Steps} steps, {ledger.PayloadBytes} payload bytes");
        Assert.Multiple(() =>
        {
            Assert.That(problems, Is.Empty);
            Assert.That(ledger.Findings.Select(Describe), Is.Empty);
            Assert.That(ledger.Plans, Is.GreaterThan(2000));
        });
    }

    internal static string Describe(Finding finding) =>
        $"{finding.Rules} [{finding.Kind}] in {finding.Campaign} x{finding.Occurrences}\n  expected {finding.Expected}\n  seen     {finding.Seen}\n  plan     {finding.Plan}\n" +
        string.Join("\n", finding.Trace.Select(line => $"      {line.Step}: {line.Seen}"));
}
