using Conformance.Engine.Campaigns;
using Conformance.Engine.Migration;
using Conformance.Model.Contract;
using Conformance.Model.Migration.Device;
using Conformance.Model.Migration.Oracle;
using Conformance.Model.Migration.Steps;
using static Conformance.Model.Requirements.RequirementId;

namespace Conformance.Suites.Migration;

/// <summary>MIG-PRE and PINFO2: streams that begin while the device runs, their counters, and the flags that a user opts in to.</summary>
internal static class PreCopyCampaigns
{
    private static readonly Step run = Step.Set(DeviceState.Running);
    private static readonly Step pre = Step.Set(DeviceState.PreCopy);
    private static readonly Step save = Step.Set(DeviceState.StopCopy);
    private static readonly Step whole = Step.ReadToEnd();
    private static readonly Step info = Step.Info();
    private static readonly Step optIn = new Probe(Uapi.MigPrecopyInfoV2 | Uapi.Set, Uapi.EnvelopeSize).ToStep();
    private static readonly Step probe = new Probe(Uapi.MigPrecopyInfoV2 | Uapi.Set | Uapi.Probe, Uapi.EnvelopeSize).ToStep();
    private static readonly Step[] load = [Step.Set(DeviceState.Resuming), Step.WriteRest(), run];

    internal static MigrationCampaign Counters { get; } =
        new DirectedPlans(
            "pre-copy-counters",
            [
                // The counters are answered in the states of pre-copy and nowhere else, on the data fd of the session that lives.
                new([MIG_PRE_01, MIG_PRE_02], Info, Answered),
                // Without PRE_COPY nobody answers them.
                new([MIG_PRE_21], Needs.All(Needs.Migration, Needs.NoPreCopy, Needs.Ioctl), Unknown),
                // At the start of a session there is something initial and nothing dirty; read, the initial bytes fall and do not grow.
                new([MIG_PRE_03, MIG_PRE_04, MIG_PRE_05, MIG_PRE_19], Info, Falling),
                // What they say is there comes with the next read, and a poll says so.
                new([MIG_PRE_08], Info, Promised, ([MIG_PRE_20], Needs.All(Info, Needs.Descriptors, Needs.SynchronousSave))),
                // A device that is left alone has nothing more to offer before long.
                new([MIG_PRE_23], Needs.All(Info, Needs.IdleSettles), Settled),
                // Whatever the caller left in them, with initial bytes unread and behind them.
                new([MIG_PRE_25], Info, Overwritten),
                // Asking for them moves neither the stream nor the device.
                new([MIG_PRE_18], Info, AskedInBetween),
            ],
            MigrationWitness.PreCopySession
        );

    internal static MigrationCampaign Streams { get; } =
        new DirectedPlans(
            "pre-copy-streams",
            [
                // Nothing of it need be read in pre-copy, and what was not read comes first in STOP_COPY.
                new([MIG_PRE_10, MIG_PRE_11, MIG_PRE_12], Needs.EarlyStream, LeftUnread),
                // The temporary end is one: behind it come data, when there are new ones and when the device has stopped.
                new([MIG_PRE_07], Needs.EarlyStream, BehindTheEnd),
                // What changes in pre-copy is loaded as it was at the stop, whatever was read before, in any number of rounds.
                new([MIG_PRE_13], Needs.All(Needs.EarlyStream, Needs.Workload), Changed, ([PINFO2_13], Needs.All(Needs.EarlyStream, Needs.Workload))),
                // The same in random rounds.
                new([MIG_PRE_13], Needs.All(Needs.EarlyStream, Needs.Workload), RandomRounds),
                // A cancelled session leaves the device as it was, and the next one has everything again.
                new([MIG_PRE_15], Needs.EarlyStream, Cancelled),
                // The two states of pre-copy are one session.
                new([MIG_PRE_16], Needs.State(DeviceState.PreCopyP2P), Between),
                // The device does its work in PRE_COPY, also when it is led there from a stop.
                new([MIG_PRE_09], Needs.All(Needs.EarlyStream, WorkNeeds.Operation), Works),
                new([MIG_PRE_24], Needs.EarlyStream, Started),
                // DMA logging is another thing: pre-copy neither needs it nor starts it.
                new([MIG_PRE_22], Needs.All(Needs.EarlyStream, Needs.Logging), Logged),
            ],
            MigrationWitness.PreCopySession
        );

    internal static MigrationCampaign Flags { get; } =
        new DirectedPlans(
            "pre-copy-flags",
            [
                // The opt-in takes no payload, in every state and more than once; asking for it is not doing it.
                new([PINFO2_01, PINFO2_02, PINFO2_07], Needs.PreCopy, OptedIn),
                // Without PRE_COPY there is nothing to opt in to.
                new([PINFO2_03], Needs.NoPreCopy, NothingToOptInTo),
                // The flags are zero without the opt-in, an answer with it, in the session that is open already as well.
                new([PINFO2_04, PINFO2_05, PINFO2_06, PINFO2_08, PINFO2_09, PINFO2_11], Needs.InfoFlags, Flagged),
                // It is over when the device is closed.
                new([PINFO2_07], Needs.All(Needs.InfoFlags, Needs.Reopen), OverReopen),
                // New initial data come behind what was queued, and are read like the first ones.
                new([PINFO2_10, PINFO2_12], Needs.All(Needs.InfoFlags, Needs.Reinit), Reinitialised),
                // A device that is left alone has no new initial data for ever.
                new([PINFO2_14], Needs.All(Needs.InfoFlags, Needs.IdleSettles), SettledAgain),
            ]
        );

    private static string? Info(MigrationMachine machine) => Needs.PreCopy(machine) ?? Needs.Ioctl(machine);

    private static IEnumerable<Plan> Answered(MigrationMachine machine)
    {
        var stale = new Step(StepKind.StalePrecopyInfo);
        foreach (var state in Routes.PreCopies(machine))
        {
            var enter = Step.Set(state);
            yield return Plan.Of(enter, info, Step.Get);
            yield return Plan.Of(enter, new(StepKind.Read, 7), info, whole, info);
            yield return Plan.Of(enter, save, info, whole, info);
            yield return Plan.Of(enter, run, stale);
            yield return Plan.Of(enter, info, run, pre, stale, info);
            yield return Plan.Of(enter, save, Step.Set(DeviceState.Stop), stale);
        }

        yield return Plan.Of(save, info);
        yield return Plan.Of(Step.Set(DeviceState.Stop), save, new(StepKind.Read, 1), info);
    }

    private static IEnumerable<Plan> Unknown(MigrationMachine machine)
    {
        yield return Plan.Of(save, info);
        yield return Plan.Of(save, whole, info, new(StepKind.PrecopyInfo, 64, 64));
        yield return Plan.Of(save, Step.Set(DeviceState.Stop), new(StepKind.StalePrecopyInfo));
    }

    private static IEnumerable<Plan> Falling(MigrationMachine machine)
    {
        foreach (var state in Routes.PreCopies(machine))
        {
            var enter = Step.Set(state);
            yield return Plan.Of(enter, info, info);
            yield return Plan.Of(enter, info, whole, info);
            foreach (var piece in new uint[] { 1, 7, 64 })
                yield return Plan.Of(enter, info, new(StepKind.Read, piece), info, new(StepKind.Read, piece), info, whole, info);
            yield return Plan.Of(enter, info, Step.ReadToEnd(5), info, whole, info);
        }
    }

    private static IEnumerable<Plan> Promised(MigrationMachine machine)
    {
        Step[] poll = machine.Can(ChannelCapabilities.Descriptors) ? [new(StepKind.Poll, 200)] : [];
        var read = new Step(StepKind.Read, 16);
        yield return Plan.Of([pre, info, .. poll, read]);
        yield return Plan.Of([pre, new(StepKind.Read, 7), info, .. poll, read, info, .. poll, whole]);
        yield return Plan.Of(pre, whole, info, read);
        yield return Plan.Of(pre, whole, info, whole);
        var (work, change, _) = Content(machine);
        if (work.Length == 0)
            yield break;
        yield return Plan.Of([.. work, pre, whole, .. change, info, .. poll, read]);
        yield return Plan.Of([.. work, pre, whole, .. change, info, whole, info, read]);
    }

    private static IEnumerable<Plan> Settled(MigrationMachine machine)
    {
        yield return Plan.Of([pre, .. Rounds([info, whole], 5), info]);
        yield return Plan.Of([pre, .. Rounds([whole, info], 6)]);
        var (work, change, _) = Content(machine);
        if (work.Length > 0)
            yield return Plan.Of([.. work, pre, whole, .. change, .. Rounds([info, whole], 5), info]);
    }

    private static IEnumerable<Plan> Overwritten(MigrationMachine machine)
    {
        // What the counters are is asked first: one that is all ones by itself is no echo.
        var over = Step.Info(Step.CountersSet);
        foreach (var state in Routes.PreCopies(machine))
        {
            yield return Plan.Of(Step.Set(state), info, over);
            yield return Plan.Of(Step.Set(state), whole, info, over);
            yield return Plan.Of(Step.Set(state), info, new(StepKind.Read, 7), over, whole, over, save, over);
        }
    }

    private static IEnumerable<Plan> AskedInBetween(MigrationMachine machine)
    {
        var (work, other, look) = Contents.Around(machine);
        Step[] rest = [whole, run, .. other, .. load, .. look];
        yield return Plan.Of([.. work, pre, info, save, .. rest]);
        yield return Plan.Of([.. work, pre, new(StepKind.Read, 7), info, whole, info, save, .. rest]);
        yield return Plan.Of([.. work, pre, new(StepKind.Read, 7), save, info, .. rest]);
        yield return Plan.Of(pre, info, Step.Get, whole, info, Step.Get, save, info, Step.Get);
    }

    private static IEnumerable<Plan> LeftUnread(MigrationMachine machine)
    {
        var (work, other, look) = Contents.Around(machine);
        Step[] rest = [whole, run, .. other, .. load, .. look];
        foreach (var state in Routes.PreCopies(machine))
        {
            yield return Plan.Of([.. work, Step.Set(state), save, .. rest]);
            foreach (var part in new uint[] { 1, 7, 24, 39, 100 })
                yield return Plan.Of([.. work, Step.Set(state), new(StepKind.Read, part), save, .. rest]);
            yield return Plan.Of([.. work, Step.Set(state), new(StepKind.Read, 0), save, new(StepKind.Read, 3), .. rest]);
        }
    }

    private static IEnumerable<Plan> BehindTheEnd(MigrationMachine machine)
    {
        var (work, other, look) = Contents.Around(machine);
        foreach (var state in Routes.PreCopies(machine))
        {
            yield return Plan.Of([.. work, Step.Set(state), whole, save, new(StepKind.Read, 16)]);
            yield return Plan.Of([.. work, Step.Set(state), whole, whole, whole, save, whole, run, .. other, .. load, .. look]);
        }
    }

    private static IEnumerable<Plan> Changed(MigrationMachine machine)
    {
        Step[] change = [new(StepKind.Apply, 2), new(StepKind.Digest)],
            again = [new(StepKind.Apply, 3), new(StepKind.Digest)],
            back = [new(StepKind.Apply, 1), new(StepKind.Digest)],
            rest = [whole, run, new(StepKind.Apply, 4), .. load, new(StepKind.Digest)];
        yield return Plan.Of([pre, .. change, save, .. rest]);
        yield return Plan.Of([pre, whole, .. change, save, .. rest]);
        yield return Plan.Of([.. back, pre, new(StepKind.Read, 30), .. change, save, .. rest]);
        yield return Plan.Of([.. back, pre, new(StepKind.Read, 30), .. change, whole, save, .. rest]);
        yield return Plan.Of([.. back, pre, whole, .. change, whole, .. again, whole, save, .. rest]);
        yield return Plan.Of([.. back, pre, whole, .. change, whole, .. back, save, .. rest]);
        yield return Plan.Of([.. back, pre, whole, .. change, new(StepKind.Read, 9), .. again, new(StepKind.Read, 9), save, .. rest]);
        if (machine.Can(ChannelCapabilities.Ioctl))
        {
            yield return Plan.Of([.. back, pre, info, whole, .. change, info, whole, .. again, info, save, .. rest]);
            yield return Plan.Of([.. back, pre, .. change, info, new(StepKind.Read, 9), info, .. again, info, whole, info, save, .. rest]);
        }

        if (machine.Paths.Supports(DeviceState.PreCopyP2P))
            yield return Plan.Of([.. back, pre, whole, .. change, Step.Set(DeviceState.PreCopyP2P), whole, save, .. rest]);
    }

    private static IEnumerable<Plan> RandomRounds(MigrationMachine machine, CampaignInput input)
    {
        var random = new SplitMix(input.Seed ^ 0x5052_4543);
        for (var plan = 0; plan < 24; plan++)
        {
            List<Step> steps = [new(StepKind.Apply, 1 + random.Below(6)), new(StepKind.Digest)];
            if (random.Below(4) == 0 && machine.Level >= Model.Requirements.UapiLevel.V7_2)
                steps.Add(optIn);
            steps.Add(pre);
            for (var round = 1 + random.Below(5); round > 0; round--)
            {
                if (random.Below(3) != 0)
                    steps.AddRange([new(StepKind.Apply, 1 + random.Below(6)), new(StepKind.Digest)]);
                if (random.Below(3) == 0 && machine.Can(ChannelCapabilities.Ioctl))
                    steps.Add(info);
                if (random.Below(3) != 0)
                    steps.Add(random.Below(2) == 0 ? whole : new(StepKind.Read, 1 + random.Below(200)));
                if (random.Below(4) == 0 && machine.Paths.Supports(DeviceState.PreCopyP2P))
                    steps.AddRange([Step.Set(DeviceState.PreCopyP2P), pre]);
            }

            yield return Plan.Of([.. steps, save, whole, run, new(StepKind.Apply, 8), .. load, new(StepKind.Digest)]);
        }
    }

    private static IEnumerable<Plan> Cancelled(MigrationMachine machine)
    {
        var (work, other, look) = Contents.Around(machine);
        foreach (var state in Routes.PreCopies(machine))
        {
            var enter = Step.Set(state);
            Step back = state == DeviceState.PreCopyP2P ? Step.Set(DeviceState.RunningP2P) : run;
            Step[] rest = [save, whole, run, .. other, .. load, .. look];
            yield return Plan.Of([.. work, enter, run, .. look]);
            yield return Plan.Of([.. work, enter, whole, run, .. look]);
            yield return Plan.Of([.. work, enter, new(StepKind.Read, 7), back, enter, .. rest]);
            yield return Plan.Of([.. work, enter, whole, back, enter, .. rest]);
            yield return Plan.Of([.. work, enter, whole, Step.Set(DeviceState.Stop), enter, new(StepKind.Read, 9), .. rest]);
            yield return Plan.Of([.. work, enter, whole, run, enter, whole, run, enter, .. rest]);
            if (machine.Can(ChannelCapabilities.Ioctl))
                yield return Plan.Of([.. work, enter, info, whole, back, enter, info, whole, info, .. rest]);
        }
    }

    private static IEnumerable<Plan> Between(MigrationMachine machine)
    {
        var (work, other, look) = Contents.Around(machine);
        var quiet = Step.Set(DeviceState.PreCopyP2P);
        Step[] rest = [whole, run, .. other, .. load, .. look];
        yield return Plan.Of([.. work, pre, quiet, pre, save, .. rest]);
        yield return Plan.Of([.. work, pre, new(StepKind.Read, 7), quiet, pre, save, .. rest]);
        yield return Plan.Of([.. work, pre, new(StepKind.Read, 7), quiet, new(StepKind.Read, 7), pre, whole, save, .. rest]);
        yield return Plan.Of([.. work, quiet, whole, pre, quiet, save, .. rest]);
        if (machine.Can(ChannelCapabilities.Ioctl))
            yield return Plan.Of([.. work, pre, info, new(StepKind.Read, 7), info, quiet, info, pre, info, whole, info, save, .. rest]);
    }

    private static IEnumerable<Plan> Works(MigrationMachine machine)
    {
        foreach (var way in new Step[][] { [pre], [pre, whole], [Step.Set(DeviceState.Stop), pre] })
        {
            foreach (var kind in WorkNeeds.Kinds(machine))
                yield return Plan.Of([.. way, Step.Submit(kind), Step.Time(2)]);
            if (machine.Can(ChannelCapabilities.WorkRegisters))
                yield return Plan.Of([.. way, new(StepKind.WriteRegister, 0, 0x5A), new(StepKind.ReadRegister, 0)]);
            if (machine.Can(ChannelCapabilities.WorkCounter))
                yield return Plan.Of([.. way, new(StepKind.ReadCounter), Step.Time(1), new(StepKind.ReadCounter)]);
        }
    }

    private static IEnumerable<Plan> Started(MigrationMachine machine)
    {
        yield return Plan.Of(Step.Set(DeviceState.Stop), pre, Step.Get);
        yield return Plan.Of([.. Routes.ToLoaded(machine), pre, Step.Get]);
        foreach (var kind in WorkNeeds.Kinds(machine))
        {
            yield return Plan.Of(Step.Set(DeviceState.Stop), pre, Step.Submit(kind), Step.Time(2));
            yield return Plan.Of([.. Routes.ToLoaded(machine), pre, Step.Submit(kind), Step.Time(2)]);
        }
    }

    private static IEnumerable<Plan> Logged(MigrationMachine machine)
    {
        var start = new Probe(Uapi.DmaLoggingStart | Uapi.Set, 32, Options: ProbeOptions.Range).ToStep();
        var stop = new Probe(Uapi.DmaLoggingStop | Uapi.Set, Uapi.EnvelopeSize).ToStep();
        yield return Plan.Of(pre, Step.Get);
        yield return Plan.Of(pre, start, stop);
        yield return Plan.Of(pre, whole, start, whole, save, stop);
    }

    private static IEnumerable<Plan> OptedIn(MigrationMachine machine)
    {
        foreach (var state in Routes.States(machine))
            yield return Plan.Of([.. Routes.To(machine, state), optIn, optIn, Step.Get]);
        yield return Plan.Of(new Probe(Uapi.MigPrecopyInfoV2 | Uapi.Set, 64).ToStep(), optIn);
        yield return Plan.Of(new Probe(Uapi.MigPrecopyInfoV2 | Uapi.Get, 16).ToStep());
        yield return Plan.Of(new Probe(Uapi.MigPrecopyInfoV2 | Uapi.Probe, Uapi.EnvelopeSize).ToStep(), probe);
        if (!machine.Can(ChannelCapabilities.Ioctl))
            yield break;
        var (work, change, _) = Content(machine);
        yield return Plan.Of([probe, .. work, pre, .. change, info]);
        if (machine.HasReset)
            yield return Plan.Of([optIn, new(StepKind.Reset), .. work, pre, .. change, info]);
    }

    private static IEnumerable<Plan> NothingToOptInTo(MigrationMachine machine)
    {
        yield return Plan.Of(optIn);
        yield return Plan.Of(probe, optIn);
    }

    private static IEnumerable<Plan> Flagged(MigrationMachine machine)
    {
        var (work, change, _) = Content(machine);
        yield return Plan.Of(pre, info);
        yield return Plan.Of(optIn, pre, info, info, whole, info);
        yield return Plan.Of(pre, optIn, info);
        yield return Plan.Of(pre, info, whole, optIn, info, whole, info);
        if (work.Length == 0)
            yield break;
        yield return Plan.Of([.. work, pre, .. change, info]);
        yield return Plan.Of([optIn, .. work, pre, .. change, info, info]);
        yield return Plan.Of([optIn, .. work, pre, info, whole, .. change, info, whole, info]);
        yield return Plan.Of([.. work, pre, whole, .. change, optIn, info, whole, info]);
    }

    private static IEnumerable<Plan> OverReopen(MigrationMachine machine)
    {
        var (work, change, _) = Content(machine);
        yield return Plan.Of([optIn, new(StepKind.CloseDevice), new(StepKind.Reopen), .. work, pre, .. change, info]);
    }

    private static IEnumerable<Plan> Reinitialised(MigrationMachine machine)
    {
        Step[] work = [new(StepKind.Apply, 1), new(StepKind.Digest)],
            change = [new(StepKind.Apply, 2), new(StepKind.Digest)],
            again = [new(StepKind.Apply, 3), new(StepKind.Digest)],
            rest = [save, whole, run, new(StepKind.Apply, 4), .. load, new(StepKind.Digest)];
        yield return Plan.Of([optIn, .. work, pre, .. change, info, whole, info, .. rest]);
        yield return Plan.Of([optIn, .. work, pre, new(StepKind.Read, 9), .. change, info, .. rest]);
        yield return Plan.Of([optIn, .. work, pre, whole, .. change, info, new(StepKind.Read, 30), info, whole, info, .. again, info, .. rest]);
        yield return Plan.Of([optIn, .. work, pre, whole, .. change, info, .. again, info, whole, info, .. rest]);
    }

    private static IEnumerable<Plan> SettledAgain(MigrationMachine machine)
    {
        var (work, change, _) = Content(machine);
        yield return Plan.Of([optIn, pre, .. Rounds([info, whole], 5), info]);
        if (work.Length > 0)
            yield return Plan.Of([optIn, .. work, pre, .. change, .. Rounds([info, whole], 6), info]);
    }

    private static IEnumerable<Step> Rounds(Step[] round, int count) => Enumerable.Repeat(round, count).SelectMany(steps => steps);

    // A content, another one in its place, and a look at the content; nothing where there is no workload.
    private static (Step[] Work, Step[] Change, Step[] Look) Content(MigrationMachine machine) =>
        (Contents.Put(machine, 1), Contents.Put(machine, 2), Contents.Look(machine));
}
