using Conformance.Engine.Ledgers;
using Conformance.Engine.Migration;
using Conformance.Engine.Plans;
using Conformance.Model.Migration.Device;
using Conformance.Model.Migration.Oracle;
using Conformance.Model.Migration.Steps;
using static Conformance.Model.Requirements.RequirementId;

namespace Conformance.Suites.Migration;

/// <summary>MIG-FD, ABI-20..22: every call on a data fd in every model state of a session, breadth first.</summary>
public sealed class SessionCalls()
    : MigrationCampaign(
        "session-calls",
        ChannelCapabilities.None,
        ABI_20,
        ABI_21,
        ABI_22,
        MIG_FEAT_08,
        MIG_FSM_22,
        MIG_FD_03,
        MIG_FD_05,
        MIG_FD_06,
        MIG_FD_07,
        MIG_FD_08,
        MIG_FD_11,
        MIG_FD_12,
        MIG_FD_13,
        MIG_FD_14,
        MIG_FD_15,
        MIG_FD_17,
        MIG_FD_18,
        MIG_FD_19,
        MIG_FD_21,
        MIG_FD_24,
        MIG_FD_25,
        MIG_ERR_04,
        SIZE_05
    )
{
    /// <inheritdoc/>
    protected override IEnumerable<Witness> Witnesses(MigrationMachine machine, CampaignInput input) => [Witness.StopCopyData];

    /// <inheritdoc/>
    protected override IEnumerable<Plan> Make(MigrationMachine machine, CampaignInput input)
    {
        Step[] calls =
        [
            new(StepKind.Read, 1),
            new(StepKind.Read, 0),
            Step.ReadToEnd(),
            new(StepKind.Write, 1),
            new(StepKind.Write, 0),
            Step.WriteRest(),
            new(StepKind.StaleRead, 16),
            new(StepKind.StaleWrite, 16),
            new(StepKind.QueryFeatures),
            new(StepKind.QueryDataSize),
            new(StepKind.Reset),
            new(StepKind.CloseData),
            new(StepKind.WrongDirection, 16),
            new(StepKind.Seek),
            new(StepKind.PositionedRead, 16),
            new(StepKind.PositionedWrite, 16),
            new(StepKind.Poll, 200),
            new(StepKind.DescriptorFlags),
            new(StepKind.ReadDuplicate, 3),
            new(StepKind.UnknownDataIoctl),
            Info(24, 64),
            Info(64, 64),
            Info(23, 64),
            Info(0, 64),
            new(StepKind.DeviceIoctl, Uapi.PrecopyInfo),
            Info(24, 23),
            Info(8, 8),
            Info(24, 0),
        ];
        Step[] alphabet = [.. Routes.Requests(machine), .. calls.Where(call => machine.Can(StepTable.NeedsOf(call)))];
        return BreadthFirst
            .Explore(machine, alphabet, [Step.Get], depth: 5, from: Routes.Requests(machine).Count())
            .Where(plan => !RequestPairs.AsksBlocked(machine, plan));
    }

    private static Step Info(uint argsz, ulong mapped) => new(StepKind.PrecopyInfo, argsz, mapped);
}

/// <summary>MIG-FD: what a stream holds. An image is read in one way, loaded in another, and the content must be there again.</summary>
public sealed class Streams()
    : MigrationCampaign(
        "streams",
        ChannelCapabilities.None,
        MIG_FEAT_04,
        MIG_FD_04,
        MIG_FD_08,
        MIG_FD_09,
        MIG_FD_10,
        MIG_FD_11,
        MIG_FD_20,
        MIG_FD_21,
        MIG_FD_22,
        MIG_FD_27,
        MIG_FD_28,
        MIG_FD_29,
        MIG_FD_30,
        MIG_FSM_03,
        MIG_PRE_06,
        SIZE_07
    )
{
    private static readonly Step Save = Step.Set(DeviceState.StopCopy);
    private static readonly Step Run = Step.Set(DeviceState.Running);
    private static readonly Step Resume = Step.Set(DeviceState.Resuming);
    private static readonly Step Whole = Step.ReadToEnd();
    private static readonly Step Load = Step.WriteRest();

    /// <inheritdoc/>
    protected override IEnumerable<Witness> Witnesses(MigrationMachine machine, CampaignInput input) =>
        [Witness.StopCopyData, Witness.PreCopySession, Witness.CompletedLoad];

    /// <inheritdoc/>
    protected override IEnumerable<Plan> Make(MigrationMachine machine, CampaignInput input)
    {
        var works = machine.Can(ChannelCapabilities.Workload);
        Step[] One(uint content) => works ? [new(StepKind.Apply, content), new(StepKind.Digest)] : [];
        Step[] look = works ? [new(StepKind.Digest)] : [];
        var work = One(1);
        var other = works ? new Step[] { new(StepKind.Apply, 2) } : [];

        yield return Plan.Of([.. work, Save, Run, .. look]);
        yield return Plan.Of([.. work, Save, Whole, Run, .. look]);
        yield return Plan.Of([.. work, Save, Whole, Resume, Load, Run, .. look]);
        yield return Plan.Of([.. work, Save, Whole, Run, .. other, Resume, Load, Run, .. look]);
        yield return Plan.Of([.. work, Save, Whole, Run, .. other, Save, Whole, Run, Resume, Step.WriteRest(image: Images.First), Run, .. look]);
        yield return Plan.Of([new(StepKind.QueryDataSize), Save, new(StepKind.QueryDataSize), Whole]);

        // Segmentation: the same stream in every cut, on both sides.
        foreach (var chunk in new uint[] { 1, 2, 3, 7, 16, 40, 64, 4095, 4096 })
        {
            yield return Plan.Of([.. work, Save, Step.ReadToEnd(chunk), Run, .. other, Resume, Load, Run, .. look]);
            yield return Plan.Of([.. work, Save, Whole, Run, .. other, Resume, Step.WriteRest(chunk), Run, .. look]);
        }

        var random = new SplitMix(input.Seed);
        for (var i = 0; i < 16; i++)
        {
            var reads = Enumerable.Range(0, 1 + (int)random.Below(6)).Select(_ => new Step(StepKind.Read, 1 + (uint)random.Below(48)));
            var writes = Enumerable.Range(0, 1 + (int)random.Below(6)).Select(_ => new Step(StepKind.Write, 1 + (uint)random.Below(48)));
            yield return Plan.Of([.. work, Save, .. reads, Whole, Run, .. other, Resume, .. writes, Load, Run, .. look]);
        }

        // Saving again without running in between (MIG-FD-27), and what must not disturb the stream, half way and at its end.
        var stop = Step.Set(DeviceState.Stop);
        yield return Plan.Of([.. work, Save, Whole, stop, Save, Whole, Run, .. other, Resume, Load, Run, .. look]);
        foreach (var harmless in Harmless(machine))
        {
            yield return Plan.Of([.. work, Save, new(StepKind.Read, 5), harmless, Whole, Run, .. other, Resume, Load, Run, .. look]);
            yield return Plan.Of([Save, Whole, harmless, Whole]);
        }

        // Pre-copy: what was read there and what comes in STOP_COPY are one stream (MIG-FD-04).
        foreach (var state in new[] { DeviceState.PreCopy, DeviceState.PreCopyP2P }.Where(machine.Paths.Supports))
        {
            var enter = Step.Set(state);
            Step[] load = [Whole, Run, .. other, Resume, Load, Run, .. look];
            yield return Plan.Of([.. work, enter, Save, .. load]);
            yield return Plan.Of([.. work, enter, Whole, Save, .. load]);
            yield return Plan.Of([.. work, enter, new(StepKind.Read, 7), Save, .. load]);
            yield return Plan.Of([.. work, enter, Whole, Save, new(StepKind.Read, 7), .. load]);
            foreach (var between in new[] { DeviceState.PreCopy, DeviceState.PreCopyP2P }.Where(s => s != state && machine.Paths.Supports(s)))
                yield return Plan.Of([.. work, enter, new(StepKind.Read, 7), Step.Set(between), new(StepKind.Read, 7), Step.Set(state), Save, .. load]);
        }
    }

    private static IEnumerable<Step> Harmless(MigrationMachine machine)
    {
        yield return Save;
        yield return Step.Get;
        yield return new(StepKind.QueryFeatures);
        yield return new(StepKind.QueryDataSize);
        yield return Step.Set(DeviceState.Error);
        yield return new(StepKind.SetState, 8);
        foreach (var unsupported in Enumerable.Range(1, 7).Select(value => (DeviceState)value).Where(state => !machine.Paths.Supports(state)))
            yield return Step.Set(unsupported);
        yield return new(StepKind.Read, 0);
        if (machine.Can(ChannelCapabilities.Descriptors))
        {
            yield return new(StepKind.ReadDuplicate, 5);
            yield return new(StepKind.Seek);
            yield return new(StepKind.PositionedRead, 5);
            yield return new(StepKind.WrongDirection, 5);
        }

        if (machine.Can(ChannelCapabilities.Ioctl))
            yield return new(StepKind.UnknownDataIoctl);
        if (machine.Can(ChannelCapabilities.MemoryProtection))
        {
            yield return new(StepKind.ReadUnmapped, 16, 0);
            yield return new(StepKind.ReadUnmapped, 16, 4);
        }
    }
}

/// <summary>MIG-FD-03, -14, -18: ended sessions, one and two in one open.</summary>
public sealed class EndedSessions()
    : MigrationCampaign("ended-sessions", ChannelCapabilities.Descriptors, MIG_FD_03, MIG_FD_14, MIG_FD_15, MIG_FD_18, MIG_ERR_04)
{
    /// <inheritdoc/>
    protected override IEnumerable<Witness> Witnesses(MigrationMachine machine, CampaignInput input) => [Witness.CancelledSession];

    /// <inheritdoc/>
    protected override IEnumerable<Plan> Make(MigrationMachine machine, CampaignInput input)
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
}

/// <summary>MIG-FD-23, ABI-17: a descriptor that cannot be installed, an answer that cannot be written, and no leak in the end.</summary>
public sealed class LostDescriptors() : MigrationCampaign("lost-descriptors", ChannelCapabilities.Descriptors, MIG_FD_23, ABI_17)
{
    /// <inheritdoc/>
    protected override IEnumerable<Plan> Make(MigrationMachine machine, CampaignInput input)
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
