using Conformance.Drivers.Faults;
using Conformance.Engine.Nested;
using Conformance.Reports;
using Conformance.Suites.NestedStages;
using NUnit.Framework;

namespace Conformance.Tests.NestedStages;

/// <summary>What docs/expectations.md says of the facts of nested stages.</summary>
[Category("long")]
[Parallelizable(ParallelScope.All)]
public sealed class NestedFactsTests
{
    [TestCase("unissued-commands-counted", "completed-commands", "step=invalidate", "kind=result", "differs=entry_num")]
    [TestCase("einval-for-every-error", "dirty-errnos", "step=bitmap", "kind=result", "expected=EOPNOTSUPP", "seen=EINVAL")]
    [TestCase(
        "stage-two-events-forwarded",
        "nested-translation",
        "kind=event",
        "queue=guest",
        "expected=no-record",
        "seen=F_TRANSLATION",
        "differs=Type",
        "stream=translate",
        "host=source"
    )]
    [TestCase("physical-streamid-leaks", "nested-translation", "kind=event", "queue=guest", "differs=StreamID", "stage1-granule=4K")]
    [TestCase("descriptor-read-at-ipa", "nested-translation", "kind=dma", "stream=translate", "due=completed")]
    [TestCase("no-post-load-push", "stage-one-push", "kind=dma", "host=destination", "stream=translate")]
    public void A_finding_carries_them(string name, string campaign, params string[] facts)
    {
        using var target = ((NestedFault)FaultCatalogue.Find(name)!).Create();
        var runner = new NestedRunner(target);
        var found = NestedCampaigns
            .All.Where(one => one.Name == campaign)
            .SelectMany(one => one.Plans(runner.Sight, new(1, 1)))
            .Select(named => (named.Plan, runner.Run(named.Plan, null, again: false).Worst))
            .Where(pair => pair.Worst is not null)
            .Select(pair => runner.Describe(pair.Plan, pair.Worst!).Facts!)
            .ToList();
        Assert.That(found, Is.Not.Empty);
        Assert.That(found, Has.Some.SupersetOf(facts), string.Join('\n', found.Select(all => string.Join(' ', all))));
    }
}
