using Conformance.Drivers;
using Conformance.Engine.Judging;
using Conformance.Engine.Migration;
using Conformance.Engine.Plans;
using Conformance.Engine.Workers;
using Conformance.Model.Migration.Device;
using Conformance.Model.Migration.Oracle;
using Conformance.Model.Migration.Steps;
using Conformance.Suites.Migration;
using Conformance.Tests.Support;
using NUnit.Framework;

namespace Conformance.Tests.Migration;

/// <summary>Steps are free of garbage: a plan costs what opening its device costs, however long it is.</summary>
[Category("quick")]
public sealed class LockstepDoesNotAllocate
{
    [Test]
    public void A_longer_plan_allocates_as_much_as_a_shorter_one(
        [Values("reference:full", "reference:p2p", "reference:pre_copy", "reference:stop_copy", "reference:hisi_acc")] string address
    )
    {
        using var target = DriverSchemes.Parse(address).Open<IMigrationTarget>();
        var machine = Survey.Look(target, NullJournal.Instance).Machine!;
        var lockstep = new LockstepRunner(target, machine, NullJournal.Instance);
        var ledger = new Ledger();
        var tour = MigrationCampaigns.Of("arc-pairs").Plans(machine, new(1, 1)).Last().Plan.Steps;
        var shorter = Allocated(new Plan(tour));
        var longer = Allocated(new Plan([.. tour, .. tour, .. tour, .. tour]));
        Assert.That(longer, Is.EqualTo(shorter));

        long Allocated(Plan plan)
        {
            // The first run makes the buffers that the runner keeps.
            var result = lockstep.Run(plan, ledger);
            Assert.That((result.Worst, result.HarnessError), Is.EqualTo(((Divergence?)null, (string?)null)));
            return Allocation.Least(() => lockstep.Run(plan, ledger));
        }
    }
}
