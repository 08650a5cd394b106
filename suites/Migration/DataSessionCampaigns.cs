using Conformance.Engine.Campaigns;
using Conformance.Engine.Judging;
using Conformance.Engine.Migration;
using Conformance.Engine.Plans;
using Conformance.Model.Contract;
using Conformance.Model.Migration.Device;
using Conformance.Model.Migration.Oracle;
using Conformance.Model.Migration.Steps;
using static Conformance.Model.Requirements.RequirementId;

namespace Conformance.Suites.Migration;

/// <summary>MIG-FD, MIG-PRE and the calls of ABI that go to a data fd: sessions, their streams, and their ends.</summary>
internal static class DataSessionCampaigns
{
    private static readonly Step save = Step.Set(DeviceState.StopCopy);
    private static readonly Step run = Step.Set(DeviceState.Running);
    private static readonly Step resume = Step.Set(DeviceState.Resuming);
    private static readonly Step whole = Step.ReadToEnd();
    private static readonly Step load = Step.WriteRest();

    internal static MigrationCampaign Streams { get; } =
        new DirectedPlans(
            "streams",
            [
                // An image is all that is needed to bring a content back, on the device that it came from and on one that has another content now; saving
                // destroys nothing.
                new([MIG_FD_10, MIG_FD_20, MIG_FD_08, MIG_FD_11], Needs.Migration, WholeImages, ([MIG_FD_28], Needs.Workload)),
                // The stream is no longer than the estimate and the declared slack.
                new([MIG_FD_08], Needs.Migration, Estimated, ([SIZE_07], Needs.DataSizeSlack)),
                // The same stream in every cut, on both sides; a short write is continued where it ended.
                new([MIG_FD_08, MIG_FD_09, MIG_FD_30], Needs.Migration, Cuts),
                // The same in random pieces.
                new([MIG_FD_08, MIG_FD_09, MIG_FD_30], Needs.Migration, RandomCuts),
                // Saved again without running in between, it is the same image.
                new([MIG_FD_27], Needs.Migration, SavedAgain),
                // What must not disturb a stream, half way and at its end: the same request again, refused requests, queries, and calls that fail.
                new(
                    [MIG_FSM_03, MIG_FEAT_04, MIG_FD_21],
                    Needs.Migration,
                    Undisturbed,
                    ([SIZE_05], Needs.DataSize),
                    ([MIG_FD_05, MIG_FD_06, MIG_FD_29], Needs.Descriptors),
                    ([ABI_21], Needs.Ioctl),
                    ([MIG_FD_22], Needs.MemoryProtection)
                ),
                // Pre-copy: what was read there and what comes in STOP_COPY are one stream; a pre-copy state has a temporary end.
                new([MIG_FD_04], Needs.EarlyStream, FromPreCopy, ([MIG_PRE_06], Needs.PreCopy)),
            ],
            MigrationWitness.StopCopyData,
            MigrationWitness.PreCopySession,
            MigrationWitness.CompletedLoad
        );

    internal static MigrationCampaign EndedSessions { get; } =
        new DirectedPlans(
            "ended-sessions",
            [
                // A session is over when its states are left, or the device is reset; its descriptor stays dead while another session lives.
                new([MIG_FD_03, MIG_FD_14, MIG_FD_18], Needs.Descriptors, Ended, ([MIG_FD_15, MIG_ERR_04], Needs.All(Needs.Reset, Needs.Descriptors))),
            ],
            MigrationWitness.CancelledSession
        );

    internal static MigrationCampaign LostDescriptors { get; } =
        new DirectedPlans(
            "lost-descriptors",
            [
                // A descriptor that cannot be installed, or an answer that cannot be written: the state can be left, and no session is left over.
                new(
                    [MIG_FD_23],
                    Needs.All(Needs.Descriptors, Needs.DescriptorLimit),
                    Lost,
                    ([MIG_FD_23, ABI_17], Needs.All(Needs.Descriptors, Needs.MemoryProtection))
                ),
            ]
        );

    internal static MigrationCampaign SessionCalls { get; } =
        new Search(
            "session-calls",
            depth: 5,
            Routes.Requests,
            [Step.Get],
            [
                // Reads give data in order up to an end that stays, which is not the temporary one. No call on a data fd moves the device.
                new(
                    [MIG_FD_08, MIG_FD_11, MIG_FD_12, MIG_FD_21, MIG_FSM_22],
                    Needs.Migration,
                    [new(StepKind.Read, 1), new(StepKind.Read, 0), whole],
                    ([MIG_FD_19], Needs.StreamBound)
                ),
                // Writes are taken, and nothing is made of a write of nothing.
                new([MIG_FD_21, MIG_FSM_22], Needs.Migration, [new(StepKind.Write, 1), new(StepKind.Write, 0), load]),
                // The descriptor of a session that has ended gives nothing and takes nothing, also while another session lives.
                new(
                    [MIG_FD_14],
                    Needs.Migration,
                    [new(StepKind.StaleRead, 16), new(StepKind.StaleWrite, 16)],
                    ([MIG_FD_03, MIG_FD_18], Needs.Descriptors),
                    ([MIG_FD_15, MIG_ERR_04], Needs.Reset)
                ),
                // Queries move neither the device nor the stream.
                new([MIG_FSM_22], Needs.Migration, [new(StepKind.QueryFeatures), new(StepKind.QueryDataSize)], ([SIZE_05], Needs.DataSize)),
                // A reset ends the session.
                new([MIG_FD_15, MIG_ERR_04], Needs.Reset, [new(StepKind.Reset)]),
                // The user may close the data fd whenever he likes.
                new([MIG_FD_17], Needs.Descriptors, [new(StepKind.CloseData)]),
                // A saving session cannot be written, a resuming one cannot be read.
                new([MIG_FD_05], Needs.Descriptors, [new(StepKind.WrongDirection, 16)]),
                // A stream has no positions.
                new([MIG_FD_06], Needs.Descriptors, [new(StepKind.Seek), new(StepKind.PositionedRead, 16), new(StepKind.PositionedWrite, 16)]),
                // A session can be polled: it is readable when there are data, and at its end.
                new([MIG_FD_13, MIG_FD_25], Needs.Descriptors, [new(StepKind.Poll, 200)]),
                // The data fd is closed on exec.
                new([MIG_FD_07], Needs.Descriptors, [new(StepKind.DescriptorFlags)]),
                // Duplicates of a data fd are one session.
                new([MIG_FD_29], Needs.Descriptors, [new(StepKind.ReadDuplicate, 3)]),
                // An ioctl that nobody knows is refused, by sessions of both directions.
                new([ABI_21, MIG_FD_24], Needs.Ioctl, [new(StepKind.UnknownDataIoctl)]),
                // GET_PRECOPY_INFO is answered in pre-copy states, whatever argsz is, as long as it is enough; a resuming session does not know it.
                new(
                    [MIG_FD_24],
                    Needs.Ioctl,
                    [Info(24, 64), Info(64, 64), Info(23, 64), Info(0, 64)],
                    ([MIG_FEAT_08, ABI_22], Needs.All(Needs.PreCopy, Needs.Ioctl))
                ),
                // It is an ioctl of the data fd, not of the device.
                new([ABI_20], Needs.Ioctl, [new(StepKind.DeviceIoctl, Uapi.PrecopyInfo)]),
                // Its memory is looked at before its argsz.
                new([ABI_22], Needs.All(Needs.PreCopy, Needs.Ioctl, Needs.MemoryProtection), [Info(24, 23), Info(8, 8), Info(24, 0)]),
            ],
            MigrationWitness.StopCopyData
        );

    private static Step Info(uint argsz, ulong mapped) => new(StepKind.PrecopyInfo, argsz, mapped);

    private static IEnumerable<Plan> WholeImages(MigrationMachine machine)
    {
        var (work, other, look) = Contents.Around(machine);
        yield return Plan.Of([.. work, save, run, .. look]);
        yield return Plan.Of([.. work, save, whole, run, .. look]);
        yield return Plan.Of([.. work, save, whole, resume, load, run, .. look]);
        yield return Plan.Of([.. work, save, whole, run, .. other, resume, load, run, .. look]);
        yield return Plan.Of([.. work, save, whole, run, .. other, save, whole, run, resume, Step.WriteRest(image: Images.First), run, .. look]);
    }

    private static IEnumerable<Plan> Estimated(MigrationMachine machine) => [Plan.Of([new(StepKind.QueryDataSize), save, new(StepKind.QueryDataSize), whole])];

    private static IEnumerable<Plan> Cuts(MigrationMachine machine)
    {
        var (work, other, look) = Contents.Around(machine);
        foreach (var chunk in new uint[] { 1, 2, 3, 7, 16, 40, 64, 4095, 4096 })
        {
            yield return Plan.Of([.. work, save, Step.ReadToEnd(chunk), run, .. other, resume, load, run, .. look]);
            yield return Plan.Of([.. work, save, whole, run, .. other, resume, Step.WriteRest(chunk), run, .. look]);
        }
    }

    private static IEnumerable<Plan> RandomCuts(MigrationMachine machine, CampaignInput input)
    {
        var (work, other, look) = Contents.Around(machine);
        var random = new SplitMix(input.Seed);
        for (var i = 0; i < 16; i++)
        {
            var reads = Enumerable.Range(0, 1 + (int)random.Below(6)).Select(_ => new Step(StepKind.Read, 1 + (uint)random.Below(48)));
            var writes = Enumerable.Range(0, 1 + (int)random.Below(6)).Select(_ => new Step(StepKind.Write, 1 + (uint)random.Below(48)));
            yield return Plan.Of([.. work, save, .. reads, whole, run, .. other, resume, .. writes, load, run, .. look]);
        }
    }

    private static IEnumerable<Plan> SavedAgain(MigrationMachine machine)
    {
        var (work, other, look) = Contents.Around(machine);
        yield return Plan.Of([.. work, save, whole, Step.Set(DeviceState.Stop), save, whole, run, .. other, resume, load, run, .. look]);
    }

    private static IEnumerable<Plan> Undisturbed(MigrationMachine machine)
    {
        var (work, other, look) = Contents.Around(machine);
        Step[] harmless =
        [
            save,
            Step.Get,
            new(StepKind.QueryFeatures),
            new(StepKind.QueryDataSize),
            Step.Set(DeviceState.Error),
            new(StepKind.SetState, 8),
            .. Routes.Unsupported(machine).Select(Step.Set),
            new(StepKind.Read, 0),
            new(StepKind.ReadDuplicate, 5),
            new(StepKind.Seek),
            new(StepKind.PositionedRead, 5),
            new(StepKind.WrongDirection, 5),
            new(StepKind.UnknownDataIoctl),
            new(StepKind.ReadUnmapped, 16, 0),
            new(StepKind.ReadUnmapped, 16, 4),
        ];
        foreach (var step in harmless.Where(step => machine.Can(StepTable.NeedsOf(step))))
        {
            yield return Plan.Of([.. work, save, new(StepKind.Read, 5), step, whole, run, .. other, resume, load, run, .. look]);
            yield return Plan.Of([save, whole, step, whole]);
        }
    }

    private static IEnumerable<Plan> FromPreCopy(MigrationMachine machine)
    {
        var (work, other, look) = Contents.Around(machine);
        DeviceState[] states = [.. Routes.PreCopies(machine)];
        Step[] rest = [whole, run, .. other, resume, load, run, .. look];
        foreach (var state in states)
        {
            var enter = Step.Set(state);
            yield return Plan.Of([.. work, enter, save, .. rest]);
            yield return Plan.Of([.. work, enter, whole, save, .. rest]);
            yield return Plan.Of([.. work, enter, new(StepKind.Read, 7), save, .. rest]);
            yield return Plan.Of([.. work, enter, whole, save, new(StepKind.Read, 7), .. rest]);
            foreach (var between in states.Where(pass => pass != state))
                yield return Plan.Of([.. work, enter, new(StepKind.Read, 7), Step.Set(between), new(StepKind.Read, 7), Step.Set(state), save, .. rest]);
        }
    }

    private static IEnumerable<Plan> Ended(MigrationMachine machine)
    {
        Step[] dead = [new(StepKind.StaleRead, 16), new(StepKind.StaleWrite, 16), Step.Get];
        var opening = Routes.States(machine).Where(state => StateSet.Saving.Contains(state) || state == DeviceState.Resuming).ToList();
        foreach (var state in opening)
        {
            var way = Routes.Ready(machine, state);
            foreach (var target in Routes.States(machine).Where(target => machine.Paths.Path(state, target).Arcs > 0))
                yield return Plan.Of([.. way, Step.Set(target), .. dead]);
            yield return Plan.Of([.. way, new(StepKind.Reset), .. dead]);
            foreach (var again in opening)
            {
                Step[] second = [.. way, Step.Set(DeviceState.Running), Step.Set(again)];
                yield return Plan.Of([.. second, .. dead, Step.ReadToEnd(), .. dead]);
                yield return Plan.Of([.. way, new(StepKind.Reset), Step.Set(again), .. dead]);
            }
        }
    }

    private static IEnumerable<Plan> Lost(MigrationMachine machine)
    {
        var count = new Step(StepKind.CountDescriptors);
        foreach (var (from, to) in Routes.Pairs(machine).Where(pair => machine.Paths.Path(pair.From, pair.To).Arcs > 0))
        {
            var way = Routes.Ready(machine, from);
            Step[] leave = [Step.Get, Step.Set(DeviceState.Stop), Step.Set(DeviceState.Running), Step.Get, new(StepKind.Reset), count];
            if (machine.Can(ChannelCapabilities.DescriptorLimit) && PathTable.OpensSession(machine.Paths.Path(from, to)))
                yield return Plan.Of([count, .. way, new(StepKind.SetWithoutDescriptor, (uint)to), .. leave]);
            if (machine.Can(ChannelCapabilities.MemoryProtection))
                yield return Plan.Of([count, .. way, new(StepKind.SetReadOnly, (uint)to), .. leave]);
        }
    }
}
