using Conformance.Engine.Judging;
using Conformance.Engine.Migration;
using Conformance.Model.Contract;
using Conformance.Model.Migration.Device;
using Conformance.Model.Migration.Oracle;
using Conformance.Model.Migration.Steps;
using Conformance.Model.Requirements;
using static Conformance.Model.Requirements.RequirementId;

namespace Conformance.Suites.Migration;

/// <summary>MIG-ERR: requests and saves that fail, resets, and devices that are closed on the way.</summary>
internal static class ErrorCampaigns
{
    private static readonly Step reset = new(StepKind.Reset);

    internal static MigrationCampaign Resets { get; } =
        new DirectedPlans(
            "resets",
            [
                // A reset from every state gives RUNNING, a second one is legal, and the device can do everything again.
                new([MIG_ERR_03, MIG_ERR_07, MIG_ERR_08], Needs.Reset, FromEveryState),
                // What was opted in to is still there.
                new([MIG_ERR_17], Needs.All(Needs.Reset, Needs.PreCopy, Needs.Ioctl), OptedIn),
                // A reset in the middle of a stream, and of a load: the session is over, and the next one is whole.
                new([MIG_ERR_03, MIG_ERR_07], Needs.Reset, InMidStream),
            ]
        );

    internal static MigrationCampaign IncompleteLoads { get; } =
        new DirectedPlans(
            "incomplete-loads",
            [
                // A load that is not complete is the failure that every driver can be made to have: the state afterwards is one of the path, the errno means
                // something, and a reset brings RUNNING.
                new([MIG_FSM_13, MIG_FSM_14, MIG_ERR_12], Needs.Migration, Incomplete, ([MIG_FSM_16, MIG_ERR_03], Needs.Reset)),
            ]
        );

    internal static MigrationCampaign FailingSaves { get; } =
        new DirectedPlans(
            "failing-saves",
            [
                // A save that fails while it is streamed ends with an errno, never with an end of stream.
                new([MIG_ERR_14, MIG_ERR_13], Needs.FailingSaves, Saves),
                // A save that began in pre-copy may fail there already; one that was cancelled before it failed has not, and the next one is whole.
                new([MIG_ERR_14], Needs.All(Needs.FailingSaves, Needs.PreCopy), EarlySaves),
                // An image that cannot be made is a request that fails, and one that can be made again.
                new([MIG_ERR_14, MIG_FSM_14], Needs.FailingSaveRequests, SaveRequests),
                // A read behind the one that failed fails, or gives the byte that was next: no end, and no stream with a gap, stands for the whole.
                new([MIG_ERR_14], Needs.FailingSaves, TriedAgain),
                // The same where the read failed in pre-copy, read on there and in STOP_COPY.
                new([MIG_ERR_14], Needs.All(Needs.FailingSaves, Needs.EarlyStream), TriedAgainBehindPreCopy),
                // What a read in pre-copy could not deliver because its buffer was bad comes with the next one.
                new([MIG_FD_22], Needs.All(Needs.EarlyStream, Needs.MemoryProtection), BadBuffers),
            ]
        );

    internal static MigrationCampaign FailingArcs { get; } =
        new DirectedPlans(
            "failing-arcs",
            [
                // Each arc of each path fails once, with and without a device that is broken by it. The state is one of the path or ERROR; without ERROR every
                // request works again, in ERROR none does; the session is over; GET works.
                new(
                    [MIG_FSM_13, MIG_FSM_14, MIG_FSM_15, MIG_FSM_21, MIG_ERR_12, MIG_FD_14],
                    Needs.FailingArcs,
                    Arcs,
                    ([MIG_ERR_01, MIG_ERR_13], Needs.BreakingArcs),
                    // A reset ends it, also ERROR.
                    ([MIG_FSM_16, MIG_ERR_03, MIG_ERR_07], Needs.All(Needs.FailingArcs, Needs.Reset))
                ),
            ],
            MigrationWitness.RecoveredError
        );

    /// <summary>A campaign for each state in which the device is closed. RESUMING is the last: it is the one that is known to crash kernels.</summary>
    internal static IEnumerable<MigrationCampaign> Reopening { get; } =
    [.. Enumerable.Range(1, 7).Select(state => (DeviceState)state).OrderBy(state => state == DeviceState.Resuming).Select(CloseIn)];

    /// <summary>The device is gone, and its data fd is not: what is asked of it fails, and touches nothing that went with the device (E-41).</summary>
    internal static MigrationCampaign Removed { get; } = new DirectedPlans("removed-device", [new([MIG_FD_16], Needs.Removal, RemovedUnderSession)]);

    private static DirectedPlans CloseIn(DeviceState state) =>
        new(
            $"close-in-{state.Abbreviation().ToLowerInvariant()}",
            [
                // The device is closed in a state and opened again: it is in RUNNING, and every request and a reset work. A data fd that is still held is dead.
                new(
                    [
                        MIG_FSM_20,
                        MIG_ERR_09,
                        MIG_ERR_19,
                        .. StateSet.Saving.With(DeviceState.Resuming).Contains(state) ? [MIG_FD_16] : Array.Empty<RequirementId>(),
                    ],
                    Needs.All(Needs.State(state), state == DeviceState.Running ? Needs.Reopen : Needs.ReopenAnywhere),
                    machine => Closed(machine, state)
                ),
            ]
        );

    private static IEnumerable<Plan> FromEveryState(MigrationMachine machine)
    {
        foreach (var state in Routes.States(machine))
        {
            var way = Routes.To(machine, state);
            yield return Plan.Of([.. way, reset, Step.Get]);
            yield return Plan.Of([.. way, reset, reset, Step.Get]);
            yield return Plan.Of([.. way, reset, .. Use]);
            foreach (var target in Routes.States(machine).Where(target => target is not (DeviceState.Running or DeviceState.Resuming)))
                yield return Plan.Of([.. way, reset, Step.Set(target), Step.Get]);
        }
    }

    private static IEnumerable<Plan> OptedIn(MigrationMachine machine)
    {
        if (machine.Level >= UapiLevel.V7_2)
            yield return Plan.Of(
                new Probe(Uapi.MigPrecopyInfoV2 | Uapi.Set, 8).ToStep(),
                reset,
                Step.Set(DeviceState.PreCopy),
                new(StepKind.PrecopyInfo, 24, 64)
            );
    }

    private static IEnumerable<Plan> InMidStream(MigrationMachine machine)
    {
        Step[] save = [Step.Set(DeviceState.StopCopy), Step.ReadToEnd()];
        foreach (var part in new[] { 1u, 5u })
        {
            yield return Plan.Of([Step.Set(DeviceState.StopCopy), new(StepKind.Read, part), reset, Step.Get, .. save, Step.Get]);
            yield return Plan.Of([.. save, Step.Set(DeviceState.Resuming), new(StepKind.Write, part), reset, Step.Get, .. Use]);
        }
    }

    private static Step[] Use =>
        [
            Step.Set(DeviceState.StopCopy),
            Step.ReadToEnd(),
            Step.Set(DeviceState.Resuming),
            Step.WriteRest(),
            Step.Set(DeviceState.Running),
            Step.Get,
            new(StepKind.QueryFeatures),
        ];

    private static IEnumerable<Plan> Incomplete(MigrationMachine machine)
    {
        Step[] save = [Step.Set(DeviceState.StopCopy), Step.ReadToEnd()];
        foreach (var target in Routes.States(machine).Where(target => target != DeviceState.Resuming))
        {
            Step[] after = [Step.Set(target), Step.Get, reset, Step.Get, Step.Set(DeviceState.StopCopy), Step.ReadToEnd(), Step.Get];
            yield return Plan.Of([Step.Set(DeviceState.Resuming), .. after]);
            yield return Plan.Of([.. save, Step.Set(DeviceState.Resuming), new(StepKind.Write, 1), .. after]);
        }
    }

    private static IEnumerable<Plan> Saves(MigrationMachine machine)
    {
        foreach (var bytes in new uint[] { 0, 1, 24, 100 })
        {
            var fail = new Step(StepKind.FailSave, bytes, Errno.EIO);
            yield return Plan.Of(fail, Step.Set(DeviceState.StopCopy), Step.ReadToEnd(), Step.Get, reset, Step.Get);
            yield return Plan.Of(fail, Step.Set(DeviceState.StopCopy), Step.ReadToEnd(16), Step.Get, Step.Set(DeviceState.Running), Step.Get);
        }
    }

    private static IEnumerable<Plan> EarlySaves(MigrationMachine machine)
    {
        var early = Step.Set(DeviceState.PreCopy);
        Step[] end = [Step.Get, Step.Set(DeviceState.Running), Step.Get];
        foreach (var bytes in new uint[] { 0, 1, 24, 100 })
        {
            var fail = new Step(StepKind.FailSave, bytes, Errno.EIO);
            yield return Plan.Of([fail, early, Step.ReadToEnd(16), .. end]);
            yield return Plan.Of([
                fail,
                early,
                new(StepKind.Read, 7),
                new(StepKind.Read, 7),
                Step.Set(DeviceState.StopCopy),
                Step.Get,
                Step.ReadToEnd(),
                .. end,
            ]);
            yield return Plan.Of([fail, early, Step.Set(DeviceState.Running), Step.Set(DeviceState.StopCopy), Step.ReadToEnd(), .. end]);
        }
    }

    private static IEnumerable<Plan> TriedAgain(MigrationMachine machine)
    {
        var save = Step.Set(DeviceState.StopCopy);
        foreach (var bytes in new uint[] { 0, 1, 24, 100 })
        {
            var fail = new Step(StepKind.FailSave, bytes, Errno.EIO);
            Step[] failed = [fail, save, Step.ReadToEnd(16)];
            foreach (var again in new Step[] { new(StepKind.Read, 1), new(StepKind.Read, 64), Step.ReadToEnd(), Step.ReadToEnd(7) })
            {
                yield return Plan.Of([.. failed, again, again, Step.Get]);
                // In a period in which the stream is known already.
                yield return Plan.Of([save, Step.ReadToEnd(), Step.Set(DeviceState.Stop), .. failed, again, Step.ReadToEnd()]);
                yield return Plan.Of(Loaded(machine, [.. failed, again, Step.ReadToEnd()]));
            }
        }
    }

    private static IEnumerable<Plan> TriedAgainBehindPreCopy(MigrationMachine machine)
    {
        var save = Step.Set(DeviceState.StopCopy);
        Step[] ask = machine.HasPreCopy && machine.Can(ChannelCapabilities.Ioctl) ? [Step.Info()] : [];
        foreach (var state in Routes.PreCopies(machine))
        foreach (var bytes in new uint[] { 0, 1, 24, 100 })
        {
            Step[] failed = [new(StepKind.FailSave, bytes, Errno.EIO), Step.Set(state), .. ask, Step.ReadToEnd(16)];
            foreach (var again in new Step[] { new(StepKind.Read, 1), Step.ReadToEnd() })
            {
                yield return Plan.Of([.. failed, again, again, Step.Get]);
                yield return Plan.Of(Loaded(machine, [.. failed, again, save, Step.ReadToEnd(), Step.ReadToEnd()]));
            }

            yield return Plan.Of(Loaded(machine, [.. failed, save, Step.ReadToEnd(), Step.ReadToEnd()]));
        }
    }

    // A whole image first, so that there is one to load where the failure is for good.
    private static Step[] Loaded(MigrationMachine machine, Step[] second)
    {
        Step[] first = [Step.Set(DeviceState.StopCopy), Step.ReadToEnd(), Step.Set(DeviceState.Running)];
        Step[] load = [Step.Set(DeviceState.Resuming), Step.WriteRest(), Step.Set(DeviceState.Running)];
        return
        [
            .. Contents.Known(machine, 1),
            .. first,
            .. Contents.Known(machine, 2),
            .. second,
            Step.Set(DeviceState.Running),
            .. Contents.Put(machine, 3),
            .. load,
            .. Contents.Look(machine),
        ];
    }

    private static IEnumerable<Plan> BadBuffers(MigrationMachine machine)
    {
        Step[] bad = [new(StepKind.ReadUnmapped, 16, 0), new(StepKind.ReadUnmapped, 16, 4)];
        foreach (var state in Routes.PreCopies(machine))
        foreach (var step in bad)
        {
            yield return Plan.Of(Loaded(machine, [Step.Set(state), step, Step.ReadToEnd(), Step.Set(DeviceState.StopCopy), Step.ReadToEnd()]));
            yield return Plan.Of(Loaded(machine, [Step.Set(state), new(StepKind.Read, 7), step, Step.Set(DeviceState.StopCopy), Step.ReadToEnd()]));
        }
    }

    private static IEnumerable<Plan> SaveRequests(MigrationMachine machine)
    {
        var fail = new Step(StepKind.FailSaveRequest, 0, Errno.EIO);
        Step[] end = [Step.Get, reset, Step.Get];
        foreach (
            var from in new[] { DeviceState.Running, DeviceState.Stop, DeviceState.RunningP2P, DeviceState.PreCopy, DeviceState.PreCopyP2P }.Where(
                machine.Paths.Supports
            )
        )
        {
            Step[] way = [fail, .. Routes.To(machine, from), Step.Set(DeviceState.StopCopy), Step.Get];
            yield return Plan.Of([.. way, Step.ReadToEnd(), .. end]);
            yield return Plan.Of([.. way, Step.Set(DeviceState.StopCopy), Step.ReadToEnd(), .. end]);
            yield return Plan.Of([.. way, Step.Set(DeviceState.Running), Step.Set(DeviceState.StopCopy), Step.ReadToEnd(), .. end]);
        }
    }

    private static IEnumerable<Plan> Arcs(MigrationMachine machine)
    {
        foreach (var (from, to) in Routes.Pairs(machine))
        {
            var path = machine.Paths.Path(from, to);
            for (var arc = 0; arc < path.Arcs; arc++)
            {
                if (!machine.CanFail(path, arc))
                    continue;
                Step[] broken = [.. Routes.Ready(machine, from), Step.FailArc(arc, Errno.EIO, broken: true), Step.Set(to), Step.Get];
                Step[] failed = [.. Routes.Ready(machine, from), Step.FailArc(arc, Errno.EIO, broken: false), Step.Set(to), Step.Get];
                Step[] dead = [new(StepKind.StaleRead, 16), Step.Get];
                yield return Plan.Of([.. failed, .. dead]);
                yield return Plan.Of([.. failed, Step.Set(from), Step.Get, reset, Step.Get]);
                yield return Plan.Of([.. failed, Step.Set(to), Step.Get, Step.Set(DeviceState.Running), Step.Get]);
                yield return Plan.Of([.. failed, reset, Step.Get, Step.Set(DeviceState.StopCopy), Step.ReadToEnd(), Step.Get]);
                if (!machine.Can(ChannelCapabilities.BreakingArcs))
                    continue;
                yield return Plan.Of([.. broken, .. dead]);
                foreach (var target in Routes.States(machine).Append(DeviceState.Error))
                    yield return Plan.Of([.. broken, Step.Set(target), Step.Get]);
                yield return Plan.Of([.. broken, reset, Step.Get, Step.Set(DeviceState.StopCopy), Step.ReadToEnd(), Step.Get]);
                yield return Plan.Of([.. broken, new(StepKind.QueryFeatures), new(StepKind.QueryDataSize), Step.Get, reset, reset, Step.Get]);
            }
        }
    }

    // Reads come first: they touch nothing but the session in the drivers that are known.
    private static IEnumerable<Plan> RemovedUnderSession(MigrationMachine machine)
    {
        var remove = new Step(StepKind.CloseDevice, 1);
        // Whoever removes it waits for the last close, and for nothing else: not for a data fd.
        var meanwhile = new Step(StepKind.CloseDevice, Step.RemovedMeanwhile);
        foreach (var state in Routes.States(machine))
            yield return Plan.Of([.. Routes.To(machine, state), meanwhile]);
        var saving = Routes.States(machine).Where(StateSet.Saving.Contains).ToList();
        foreach (var state in saving.Append(DeviceState.Resuming))
        {
            Step[] way = Routes.To(machine, state);
            yield return Plan.Of([.. way, remove]);
            foreach (var count in new uint[] { 0, 1, 16, 4096 })
                yield return Plan.Of([.. way, remove, new(StepKind.StaleRead, count)]);
            yield return Plan.Of([.. way, meanwhile, new(StepKind.StaleRead, 16)]);
        }

        // What ends a guest is asked once of each kind.
        var info = machine.HasPreCopy ? DeviceState.PreCopy : DeviceState.StopCopy;
        yield return Plan.Of([.. Routes.To(machine, info), remove, new(StepKind.StalePrecopyInfo)]);
        yield return Plan.Of([.. Routes.To(machine, DeviceState.Resuming), remove, new(StepKind.StaleWrite, 16)]);
    }

    private static IEnumerable<Plan> Closed(MigrationMachine machine, DeviceState state)
    {
        var close = new Step(StepKind.CloseDevice);
        var reopen = new Step(StepKind.Reopen);
        var way = Routes.To(machine, state);
        Step[] dead = [new(StepKind.StaleRead, 16), new(StepKind.StaleWrite, 16)];
        yield return Plan.Of([.. way, close, reopen, Step.Get]);
        yield return Plan.Of([.. way, close, .. dead, reopen, Step.Get, .. dead]);
        yield return Plan.Of([.. way, close, reopen, Step.Get, reset, Step.Get, Step.Set(DeviceState.StopCopy), Step.ReadToEnd(), Step.Get]);
        foreach (var target in Routes.States(machine))
            yield return Plan.Of([.. way, close, reopen, Step.Get, Step.Set(target), Step.Get]);
    }
}
