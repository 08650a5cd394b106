using Conformance.Drivers.Reference.Migration;
using Conformance.Engine.Migration;
using Conformance.Engine.Workers;
using Conformance.Model.Contract;
using Conformance.Model.Migration.Device;
using Conformance.Model.Migration.Oracle;
using Conformance.Model.Migration.Steps;
using Conformance.Tests.Migration.Odd;
using NUnit.Framework;

namespace Conformance.Tests.Migration;

/// <summary>What is shown of the step at which a device was lost: nothing came back from it, whatever an earlier plan saw in its place.</summary>
[Category("quick")]
[Parallelizable(ParallelScope.All)]
public sealed class LostStepTests
{
    private const MigrationFeatures All = MigrationFeatures.StopCopy | MigrationFeatures.P2P | MigrationFeatures.PreCopy;

    [Test]
    public void A_lost_step_has_one_line_without_an_answer()
    {
        var dies = false;
        using var target = new OddTarget(ReferenceTarget.Create("reference", All), device => new DiesAtSecondRequest(device, () => dies));
        var lockstep = new LockstepRunner(target, Survey.Look(target, NullJournal.Instance).Machine!, NullJournal.Instance);
        var plan = Plan.Of(Step.Set(DeviceState.StopCopy), Step.Set(DeviceState.Running), Step.Get);
        Assert.That(lockstep.Run(plan).Worst, Is.Null);
        dies = true;
        var lost = (PlanDivergence)lockstep.Run(plan).Worst!;
        Assert.That((lost.Kind, lost.Step), Is.EqualTo((DivergenceKind.Crash, 1)));
        Assert.That(lost.Trace.Select(line => line.At).ToList(), Is.EqualTo((List<int>)[0, 1]));
        Assert.That(lost.Trace[0].Seen, Does.StartWith("success"));
        Assert.That(lost.Trace[1].Seen, Is.Empty);
        Assert.That(
            lockstep.Trace(plan).Select(line => line.Observation).ToList(),
            Is.EqualTo((List<string>)[lost.Trace[0].Seen, "(nothing came back)"]),
            "as replay shows it"
        );
        dies = false;
        Assert.That(lockstep.Run(plan).Worst, Is.Null);
        Assert.That(lockstep.Trace().Select(line => line.Seen), Has.None.Empty, "what is not lost any more has its answers");
    }

    private sealed class DiesAtSecondRequest(IMigrationDevice device, Func<bool> dies) : DecoratedDevice(device)
    {
        private int requests;

        public override CallResult Feature(in UserBuffer argument) =>
            dies() && ++requests == 2 ? throw new DeviceLostException(DeviceLoss.Died, "the device died", "") : base.Feature(argument);
    }
}
