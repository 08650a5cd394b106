using Conformance.Drivers.Reference.Migration;
using Conformance.Engine.Campaigns;
using Conformance.Engine.Migration;
using Conformance.Engine.Workers;
using Conformance.Model.Migration.Device;
using Conformance.Model.Migration.Oracle;
using Conformance.Model.Migration.Steps;
using Conformance.Model.Requirements;
using NUnit.Framework;

namespace Conformance.Tests.Migration.Odd;

/// <summary>No campaign asks what a user must not ask (MIG-STOP-10, MIG-P2P-10). What is shown of a fault is held to the same in FaultsAreKilled.</summary>
[Category("quick")]
[Parallelizable(ParallelScope.All)]
public sealed class PlansAreLegal
{
    [Test]
    public void Whatever_is_generated([Values(1, 3, 5, 7)] int features, [Range(1, 3)] int seed)
    {
        using var target = ReferenceTarget.Create("reference", (MigrationFeatures)features);
        var machine = Survey.Look(target, NullJournal.Instance).Machine!;
        var touching = 0;
        foreach (var campaign in DirectRun.Campaigns)
        foreach (var named in campaign.Plans(machine, new CampaignInput((ulong)seed, 512)))
        {
            touching += named.Plan.Steps.Any(step => StepTable.Is(step, StepTraits.TouchesDevice)) ? 1 : 0;
            var broken = Simulation.BrokenByUser(machine, named.Plan);
            Assert.That(broken == RequirementId.None, $"{campaign.Name} breaks {Rules.Of(broken)}: {named.Plan}");
        }

        Assert.That(touching, Is.GreaterThan(50), "plans that touch the device at all");
    }
}
