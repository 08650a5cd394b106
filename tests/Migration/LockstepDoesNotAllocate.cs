using Conformance.Drivers;
using Conformance.Engine.Ledgers;
using Conformance.Engine.Migration;
using Conformance.Engine.Plans;
using Conformance.Engine.Workers;
using Conformance.Model.Migration.Device;
using Conformance.Model.Migration.Oracle;
using Conformance.Model.Migration.Steps;
using Conformance.Suites.Migration;
using NUnit.Framework;

namespace Conformance.Tests.Migration;

/// <summary>Steps are free of garbage: a plan costs what opening its device costs, however long it is.</summary>
[Category("quick")]
public sealed class LockstepDoesNotAllocate
{
    [Test]
    public void A_longer_plan_allocates_as_much_as_a_shorter_one(
        [Values("reference:full", "reference:p2p", "reference:pre_copy", "reference:stop_copy")] string address
    )
    {
        using var target = DriverSchemes.Parse(address).Open<IMigrationTarget>();
        var machine = Survey.Look(target, NullJournal.Instance).Machine!;
        var lockstep = new LockstepRunner(target, machine, NullJournal.Instance);
        var (ledger, coverage) = (new Ledger(), new Coverage());
        var tour = MigrationCampaigns.Of("arc-pairs").Plans(new CampaignInput(machine, 1, 1)).Last().Steps;
        var shorter = Allocated(new Plan(tour));
        var longer = Allocated(new Plan([.. tour, .. tour, .. tour, .. tour]));
        Assert.That(longer, Is.EqualTo(shorter));

        long Allocated(Plan plan)
        {
            // The first run makes the buffers that the runner keeps.
            var bytes = 0L;
            for (var run = 0; run < 2; run++)
            {
                var before = GC.GetAllocatedBytesForCurrentThread();
                Assert.That(lockstep.Run(plan, "test", ledger, coverage).End, Is.EqualTo(PlanEnd.Agreed));
                bytes = GC.GetAllocatedBytesForCurrentThread() - before;
            }

            return bytes;
        }
    }
}
