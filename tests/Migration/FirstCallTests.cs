using Conformance.Drivers.Reference.Migration;
using Conformance.Engine.Migration;
using Conformance.Engine.Plans;
using Conformance.Engine.Workers;
using Conformance.Model.Contract;
using Conformance.Model.Migration.Device;
using Conformance.Model.Migration.Oracle;
using Conformance.Model.Migration.Steps;
using Conformance.Model.Requirements;
using Conformance.Tests.Migration.Odd;
using NUnit.Framework;

namespace Conformance.Tests.Migration;

/// <summary>The machine is reached before the first call: a boot has no deadline of a call, and says nothing of the driver.</summary>
[Category("quick")]
[Parallelizable(ParallelScope.All)]
public sealed class FirstCallTests
{
    private const MigrationFeatures All = MigrationFeatures.StopCopy | MigrationFeatures.P2P | MigrationFeatures.PreCopy;

    [Test]
    public void A_boot_is_no_call()
    {
        var journal = new CallJournal();
        var during = new List<bool>();
        using var target = Booted(() => during.Add(journal.InCall));
        var machine = Survey.Look(target, journal).Machine!;
        new LockstepRunner(target, machine, journal).Run(Plan.Of(Step.Get));
        StateReader.Save(target, new("factory", Filled: false, ByPreCopy: false), 0, journal);
        Assert.That(during, Is.EqualTo((List<bool>)[false, false, false]), "the survey, the plan, and the state");
    }

    [TestCase(DeviceLoss.Died)]
    [TestCase(DeviceLoss.TimedOut)]
    [TestCase(DeviceLoss.Unreachable)]
    public void A_machine_that_is_lost_while_it_boots_is_no_finding(DeviceLoss loss)
    {
        var boots = true;
        using var target = Booted(() =>
        {
            if (!boots)
                throw new DeviceLostException(loss, "the guest hung up", "panic");
        });
        var lockstep = new LockstepRunner(target, Survey.Look(target, NullJournal.Instance).Machine!, NullJournal.Instance);
        boots = false;
        var result = lockstep.Run(Plan.Of(Step.Get));
        Assert.That((result.Worst, result.HarnessError), Is.EqualTo(((object?)null, "the guest hung up panic")));
    }

    private static OddTarget Booted(Action boot) => new(ReferenceTarget.Create("reference", All), device => device, boot);

    private sealed class CallJournal : IJournal
    {
        public bool InCall { get; private set; }

        public void Begin<TPlan>(int campaign, int number, IPlanLanguage<TPlan> language, TPlan plan, PlanPhase phase = PlanPhase.Run)
            where TPlan : class => InCall = false;

        public void Enter(int step, RequirementId requirement = default) => InCall = true;

        public void Leave() => InCall = false;

        public void End() => InCall = false;
    }
}
