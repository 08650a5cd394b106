using Conformance.Model.Contract;
using Conformance.Model.Migration.Device;
using Conformance.Model.Migration.Oracle;
using Conformance.Model.Migration.Steps;
using static Conformance.Model.Requirements.RequirementId;

namespace Conformance.Suites.Migration;

/// <summary>MIG-STOP: what a stopped device may not do, what it still owes, and that it works again afterwards.</summary>
internal static class StopCampaigns
{
    // Time enough for all that waits in a queue of eight.
    private const uint Plenty = 16;

    internal static MigrationCampaign Quiet { get; } =
        new DirectedPlans(
            "work-while-stopped",
            [
                // Work waits, the device is stopped and has time: nothing may come out, whatever way it was stopped and however long the stream is read.
                new(
                    [MIG_STOP_07],
                    WorkNeeds.AnyWork,
                    Waiting,
                    ([MIG_STOP_01], WorkNeeds.Memory),
                    ([MIG_STOP_02], WorkNeeds.Interrupts),
                    ([MIG_STOP_04], WorkNeeds.PeersOrLink)
                ),
                // The same where an arc stops a device that streams already.
                new([MIG_P2P_12], WorkNeeds.PreCopyWithoutP2P, FromPreCopy),
                // The arc that stops fails: the request does, too, and a device in STOP is one that stopped.
                new([MIG_STOP_14], Needs.FailingStops, FailedStops),
                // What the device holds is the same as before, however long it was stopped.
                new([MIG_STOP_03], Needs.Workload, Still),
                // A device that cannot finish is stopped all the same, or says that it cannot be.
                new([MIG_STOP_13], WorkNeeds.Stuck, Stuck),
            ]
        );

    internal static MigrationCampaign Carried { get; } =
        new DirectedPlans(
            "work-over-a-stop",
            [
                // Work that waits, and work that is half done, over every way out of RUNNING and back, a load of the saved state among them.
                new([MIG_STOP_08], Needs.All(WorkNeeds.AnyWork, WorkNeeds.PeersOrMemory), machine => CarriedWork(machine, WorkKind.Interrupt, only: false)),
                new([MIG_STOP_12], WorkNeeds.Interrupts, machine => CarriedWork(machine, WorkKind.Interrupt, only: true)),
                // Pages change places while the device is stopped: it writes where they are now.
                new([MIG_STOP_16], WorkNeeds.Remapping, Remapped),
                // A vector that is enabled while the device is stopped is enabled when it runs.
                new([MIG_STOP_11], WorkNeeds.Vectors, Vectors),
            ]
        );

    internal static MigrationCampaign Operation { get; } =
        new DirectedPlans(
            "operation",
            [
                // However RUNNING was reached: work is done, registers keep what is written, the counter grows.
                new([MIG_STOP_17], WorkNeeds.Operation, Works, ([MIG_STOP_15], WorkNeeds.Operation)),
                // Subsystems outside of the user read the configuration space and set up vectors in any state.
                new([MIG_STOP_05], WorkNeeds.Outside, Outside),
            ]
        );

    internal static MigrationCampaign Trespasses { get; } =
        new DirectedPlans(
            "touched-while-stopped",
            [
                // The only plans in which the user touches a device that he must not touch: it may do what it likes with that, but not harm others.
                new([MIG_STOP_06], WorkNeeds.Trespass, Touched),
                // Its doorbell may be kept for later, or not; it is not obeyed now.
                new([MIG_STOP_09], WorkNeeds.Doorbell, Rung),
            ]
        );

    /// <summary>Every way from RUNNING back to RUNNING that a user has, without what needs an image.</summary>
    internal static IEnumerable<Step[]> WaysBack(MigrationMachine machine)
    {
        yield return [Step.Set(DeviceState.Stop), Step.Set(DeviceState.Running)];
        if (machine.Paths.Supports(DeviceState.RunningP2P))
        {
            yield return [Step.Set(DeviceState.RunningP2P), Step.Set(DeviceState.Running)];
            yield return [Step.Set(DeviceState.Stop), Step.Set(DeviceState.RunningP2P), Step.Set(DeviceState.Running)];
        }

        if (machine.HasPreCopy)
            yield return [Step.Set(DeviceState.PreCopy), Step.Set(DeviceState.Running)];
        if (machine.Paths.Supports(DeviceState.PreCopyP2P))
            yield return [Step.Set(DeviceState.PreCopyP2P), Step.Set(DeviceState.Running)];
        yield return [Step.Set(DeviceState.StopCopy), Step.Set(DeviceState.Running)];
        yield return [Step.Set(DeviceState.StopCopy), Step.ReadToEnd(), Step.Set(DeviceState.Running)];
        yield return SavedAndLoaded;
    }

    // A look behind the stop settles what waits, so that it is known what the image must hold.
    private static readonly Step[] SavedAndLoaded =
    [
        Step.Set(DeviceState.StopCopy),
        Step.Time(0),
        Step.ReadToEnd(),
        Step.Set(DeviceState.Resuming),
        Step.WriteRest(),
        Step.Set(DeviceState.Running),
    ];

    private static IEnumerable<Plan> Waiting(MigrationMachine machine)
    {
        foreach (var kind in WorkNeeds.Kinds(machine))
        {
            var work = Step.Submit(kind);
            yield return Plan.Of(work, Step.Set(DeviceState.Stop), Step.Time(1));
            yield return Plan.Of(work, Step.Time(1), Step.Set(DeviceState.Stop), Step.Time(Plenty));
            yield return Plan.Of(work, Step.Set(DeviceState.StopCopy), Step.Time(1));
            yield return Plan.Of(work, Step.Set(DeviceState.StopCopy), new(StepKind.Read, 8), Step.Time(1), Step.ReadToEnd(), Step.Time(Plenty));
            yield return Plan.Of(work, Step.Set(DeviceState.Resuming), Step.Time(1));
            if (machine.HasPreCopy)
                yield return Plan.Of(work, Step.Set(DeviceState.PreCopy), Step.Set(DeviceState.StopCopy), Step.Time(Plenty));
            if (machine.Paths.Supports(DeviceState.RunningP2P))
                yield return Plan.Of(work, Step.Set(DeviceState.RunningP2P), Step.Set(DeviceState.Stop), Step.Time(Plenty));
        }
    }

    private static IEnumerable<Plan> FromPreCopy(MigrationMachine machine)
    {
        var work = Step.Submit(WorkKind.MemoryWrite);
        yield return Plan.Of(work, Step.Set(DeviceState.PreCopy), Step.Set(DeviceState.StopCopy), Step.Time(1));
        yield return Plan.Of(Step.Set(DeviceState.PreCopy), work, work, Step.Time(1), Step.Set(DeviceState.StopCopy), Step.Time(Plenty));
    }

    private static IEnumerable<Plan> FailedStops(MigrationMachine machine)
    {
        Step[] work = machine.Can(ChannelCapabilities.WorkMemory) ? [Step.Submit(WorkKind.MemoryWrite)] : [];
        Step[] look = machine.Can(ChannelCapabilities.WorkTime) ? [Step.Time(Plenty)] : [];
        var path = machine.Paths.Path(DeviceState.Running, DeviceState.Stop);
        for (var arc = 0; arc < path.Arcs; arc++)
        {
            if (!machine.CanFail(path, arc))
                continue;
            yield return Plan.Of([.. work, Step.FailArc(arc, Errno.EIO, broken: false), Step.Set(DeviceState.Stop), .. look]);
            yield return Plan.Of([.. work, Step.FailArc(arc, Errno.EIO, broken: false), Step.Set(DeviceState.Stop), Step.Get, .. look]);
        }
    }

    private static IEnumerable<Plan> Still(MigrationMachine machine)
    {
        var time = machine.Can(ChannelCapabilities.WorkTime) ? Step.Time(Plenty) : new Step(StepKind.Pause, 20);
        Step[] content = [new(StepKind.Apply, 5), new(StepKind.Digest)];
        yield return Plan.Of([.. content, Step.Set(DeviceState.Stop), time, Step.Set(DeviceState.Running), new(StepKind.Digest)]);
        yield return Plan.Of([.. content, Step.Set(DeviceState.StopCopy), time, Step.Set(DeviceState.Running), new(StepKind.Digest)]);
        yield return Plan.Of(
            Step.Set(DeviceState.StopCopy),
            Step.ReadToEnd(),
            time,
            Step.Set(DeviceState.Stop),
            Step.Set(DeviceState.StopCopy),
            Step.ReadToEnd()
        );
        yield return Plan.Of(
            Step.Set(DeviceState.StopCopy),
            Step.ReadToEnd(),
            Step.Set(DeviceState.Stop),
            time,
            Step.Set(DeviceState.StopCopy),
            Step.ReadToEnd()
        );
    }

    private static IEnumerable<Plan> Stuck(MigrationMachine machine)
    {
        var stuck = Step.Submit(WorkKind.Stuck);
        foreach (var state in new[] { DeviceState.Stop, DeviceState.StopCopy })
        {
            yield return Plan.Of(stuck, Step.Set(state), Step.Get);
            yield return Plan.Of(stuck, Step.Time(4), Step.Set(state), Step.Get);
        }
    }

    private static IEnumerable<Plan> CarriedWork(MigrationMachine machine, WorkKind kind, bool only)
    {
        foreach (var carried in WorkNeeds.Kinds(machine).Where(one => one == kind == only))
        {
            Step[] work = [Step.Submit(carried), Step.Submit(carried, 1)];
            foreach (var way in WaysBack(machine))
            {
                yield return Plan.Of([work[0], .. way, Step.Time(2)]);
                yield return Plan.Of([.. work, Step.Time(1), .. way, Step.Time(4)]);
                yield return Plan.Of([.. work, .. way, .. way, Step.Time(4), Step.Time(Plenty)]);
            }
        }
    }

    private static IEnumerable<Plan> Remapped(MigrationMachine machine)
    {
        Step write = Step.Submit(WorkKind.MemoryWrite),
            swap = new(StepKind.SwapPages, 0, 1);
        foreach (var state in new[] { DeviceState.Stop, DeviceState.StopCopy })
        {
            Step[] stopped = [Step.Set(state), swap, Step.Set(DeviceState.Running)];
            yield return Plan.Of([write, .. stopped, Step.Time(2)]);
            yield return Plan.Of([write, Step.Time(2), .. stopped, write, Step.Time(2)]);
            yield return Plan.Of([
                write,
                Step.Submit(WorkKind.MemoryWrite, 1),
                Step.Time(4),
                .. stopped,
                write,
                Step.Submit(WorkKind.MemoryWrite, 1),
                Step.Time(4),
            ]);
        }
    }

    private static IEnumerable<Plan> Vectors(MigrationMachine machine)
    {
        Step off = new(StepKind.EnableVector, 0, 0),
            on = new(StepKind.EnableVector, 0, 1),
            interrupt = Step.Submit(WorkKind.Interrupt);
        foreach (var state in new[] { DeviceState.Stop, DeviceState.StopCopy })
        {
            yield return Plan.Of(off, Step.Set(state), on, Step.Set(DeviceState.Running), interrupt, Step.Time(2));
            yield return Plan.Of(off, interrupt, Step.Time(1), Step.Set(state), on, Step.Set(DeviceState.Running), Step.Time(2));
        }
    }

    private static IEnumerable<Plan> Works(MigrationMachine machine)
    {
        Step[][] ways =
        [
            [],
            .. machine.HasReset
                ?
                [
                    [new(StepKind.Reset)],
                ]
                : Array.Empty<Step[]>(),
            .. WaysBack(machine).Where(way => Fits(machine, way)),
        ];
        foreach (var way in ways)
        {
            foreach (var kind in WorkNeeds.Kinds(machine))
                yield return Plan.Of([.. way, Step.Submit(kind), Step.Time(2)]);
            if (machine.Can(ChannelCapabilities.WorkRegisters))
                for (var register = 0u; register < 4; register++)
                    yield return Plan.Of([.. way, new(StepKind.WriteRegister, register, 0x5A), new(StepKind.ReadRegister, register)]);
            if (machine.Can(ChannelCapabilities.WorkCounter))
                yield return Plan.Of([.. way, new(StepKind.ReadCounter), Step.Time(1), new(StepKind.ReadCounter)]);
        }
    }

    // Without time there is no look, and the way is the same without it.
    private static bool Fits(MigrationMachine machine, Step[] way) => way.All(step => machine.Can(StepTable.NeedsOf(step)));

    private static IEnumerable<Plan> Outside(MigrationMachine machine)
    {
        Step config = new(StepKind.ReadConfig),
            vector = new(StepKind.EnableVector, 0, 1);
        foreach (var state in Routes.States(machine).Where(state => state != DeviceState.Resuming))
        {
            var way = Routes.To(machine, state);
            if (machine.Can(ChannelCapabilities.WorkConfig))
            {
                yield return Plan.Of([.. way, config]);
                yield return Plan.Of([config, .. way, config, new(StepKind.ReadConfig, 4), new(StepKind.ReadConfig, 0x3C)]);
            }

            if (machine.Can(ChannelCapabilities.WorkVectors))
                yield return Plan.Of([.. way, vector]);
        }
    }

    private static IEnumerable<Plan> Touched(MigrationMachine machine)
    {
        foreach (var state in Routes.States(machine).Where(state => state is not (DeviceState.Running or DeviceState.PreCopy)))
        {
            var way = Routes.To(machine, state);
            yield return Plan.Of([.. way, new(StepKind.Trespass, Model.Migration.Steps.Trespasses.Read)]);
            yield return Plan.Of([.. way, new(StepKind.Trespass, Model.Migration.Steps.Trespasses.Write)]);
        }
    }

    private static IEnumerable<Plan> Rung(MigrationMachine machine)
    {
        yield return Plan.Of(Step.Set(DeviceState.Stop), new(StepKind.Trespass, Model.Migration.Steps.Trespasses.Doorbell), Step.Time(2));
        yield return Plan.Of(Step.Set(DeviceState.Stop), new(StepKind.Trespass, Model.Migration.Steps.Trespasses.Doorbell), Step.Time(Plenty));
    }
}
