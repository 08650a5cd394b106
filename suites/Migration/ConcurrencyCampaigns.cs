using Conformance.Engine.Campaigns;
using Conformance.Model.Contract;
using Conformance.Model.Migration.Device;
using Conformance.Model.Migration.Oracle;
using Conformance.Model.Migration.Steps;
using Conformance.Model.Requirements;
using static Conformance.Model.Requirements.RequirementId;

namespace Conformance.Suites.Migration;

/// <summary>
/// Calls of several threads on one device. In this process the plan says which of them goes on where; elsewhere they are made at once, many times, and a plan
/// is one pair of calls.
/// </summary>
internal static class ConcurrencyCampaigns
{
    // A call has no more places at which it can be left; a request of three arcs has the most.
    internal const int LastPoint = 12;

    /// <summary>True for what is exercised only when real threads meet: nobody can make them.</summary>
    internal static bool IsChance(MigrationMachine machine, RequirementId id) =>
        !machine.Can(ChannelCapabilities.Interleaving) && OverlappingCalls.LacksFor(id, machine).Contains(null);

    /// <summary>Any two calls, each left at each of its points for the other, in each state; then a look at what they left behind.</summary>
    internal static MigrationCampaign OverlappingCalls { get; } =
        new DirectedPlans(
            "overlapping-calls",
            [
                // Requests, GETs and queries beside each other: their answers are those of some order.
                new([MIG_FSM_17], Needs.Overlap, machine => Pairs(machine, StateCalls(machine), StateCalls(machine))),
                // A transfer beside a request: neither waits for the other for ever, and a session that ends is over for both.
                new([MIG_FSM_24], Needs.Overlap, machine => Pairs(machine, StateCalls(machine), Transfers)),
                // Two transfers on one data fd: no byte is served twice or from behind the end.
                new([MIG_FD_33], Needs.OverlappingTransfers, machine => Pairs(machine, TransfersOf(machine), TransfersOf(machine))),
                // A reset beside everything: who asks behind it gets RUNNING, whatever it met.
                new(
                    [MIG_ERR_05, MIG_ERR_06],
                    Needs.All(Needs.Overlap, Needs.Reset),
                    machine => Pairs(machine, [.. StateCalls(machine), .. SizeCalls(machine), .. Transfers], [reset])
                ),
                // The query of the data size beside requests and resets.
                new([SIZE_09], Needs.All(Needs.Overlap, Needs.DataSize), machine => Pairs(machine, StateCalls(machine), SizeCalls(machine))),
                // Calls of the DMA log beside requests, transfers and each other: no request starts or ends a log, and of two STARTs one is refused.
                new([DLOG_25], Needs.OverlappingLog, machine => LogPairs(machine, [.. StateCalls(machine), .. Transfers])),
                new([DLOG_11, DLOG_12], Needs.OverlappingLog, machine => LogPairs(machine, LogCalls)),
            ]
        );

    private const uint Whole = 4096;

    private static readonly Step reset = new(StepKind.Reset);
    private static readonly Step read = new(StepKind.Read, 16);
    private static readonly Step startLog = new LogStart(LogRanges.One).ToStep();
    private static readonly Step reportLog = new LogReport().ToStep();
    private static readonly bool[] onOrOff = [false, true];

    internal static Step[] LogCalls => [startLog, new(StepKind.StopLogging), reportLog];

    private static Step[] Transfers => [read, new(StepKind.Write, 16)];

    // Made at once, two calls meet the longer the more they move; and each asks for all that there is, so that only one of them may get it.
    private static Step[] TransfersOf(MigrationMachine machine) =>
        machine.Can(ChannelCapabilities.Interleaving) ? Transfers : [new(StepKind.Read, Whole), new(StepKind.Write, Whole), .. Transfers];

    private static Step[] SizeCalls(MigrationMachine machine) => Needs.DataSize(machine) is null ? [new(StepKind.QueryDataSize)] : [];

    private static Step[] StateCalls(MigrationMachine machine) =>
        [Step.Get, .. Routes.States(machine).Where(state => state is not (DeviceState.RunningP2P or DeviceState.PreCopyP2P)).Select(Step.Set)];

    /// <summary>Ways to the states from which calls overlap. Where a stream is known from a save before, what two readers get can be told apart.</summary>
    internal static IEnumerable<Step[]> Ways(MigrationMachine machine)
    {
        yield return [];
        yield return [Step.Set(DeviceState.StopCopy)];
        yield return [Step.Set(DeviceState.StopCopy), Step.ReadToEnd(), Step.Set(DeviceState.Stop), Step.Set(DeviceState.StopCopy)];
        yield return [Step.Set(DeviceState.StopCopy), Step.ReadToEnd(), Step.Set(DeviceState.Resuming)];
        if (machine.HasPreCopy)
            yield return [Step.Set(DeviceState.PreCopy)];
    }

    // Each of the two begins once, and the other one is called in its middle; it is asked for what it shows before the first one goes on, and once more behind
    // both.
    private static IEnumerable<Plan> Pairs(MigrationMachine machine, Step[] ones, Step[] others)
    {
        var asked = new HashSet<(Step[], Step, Step)>();
        foreach (var way in Ways(machine))
        foreach (var (first, second) in ones.SelectMany(one => others.SelectMany(other => new[] { (one, other), (other, one) })).Distinct())
        {
            if (!MakesSense(way, first) || !MakesSense(way, second))
                continue;
            Step[] steps = [.. way, first.By(1), second.By(2), Step.Get, read];
            if (!machine.Can(ChannelCapabilities.Interleaving))
            {
                // Made at once, which of them is thread 1 says nothing.
                if (asked.Add((way, first, second)))
                    yield return new(steps);
                asked.Add((way, second, first));
                continue;
            }

            for (var point = 1; point <= LastPoint && point <= Points(machine, first); point++)
                yield return new(steps, schedule: [new((byte)way.Length, (byte)point, 2)]);
        }
    }

    // The same with the log off and on before; a REPORT behind it all shows which of it the log is.
    private static IEnumerable<Plan> LogPairs(MigrationMachine machine, Step[] others) =>
        from way in Ways(machine)
        from isOn in onOrOff
        from log in LogCalls
        from other in others
        from pair in new[] { (First: log, Second: other), (First: other, Second: log) }.Distinct()
        where MakesSense(way, other)
        let steps = new[] { isOn ? [startLog] : Array.Empty<Step>(), way, [pair.First.By(1), pair.Second.By(2), Step.Get, reportLog] }.SelectMany(part => part)
        from point in Enumerable.Range(1, Math.Min(LastPoint, Points(machine, pair.First)))
        select new Plan([.. steps], schedule: [new((byte)(way.Length + (isOn ? 1 : 0)), (byte)point, 2)]);

    private static int Points(MigrationMachine machine, Step step) =>
        step.Kind != StepKind.SetState ? 4
        : (machine.Features & MigrationFeatures.P2P) != 0 ? LastPoint
        : 9;

    // A transfer needs a session, of its direction.
    private static bool MakesSense(Step[] way, Step step) =>
        step.Kind switch
        {
            StepKind.Write => way.Any(other => other == Step.Set(DeviceState.Resuming)),
            StepKind.Read => way.Length > 0 && way[^1] != Step.Set(DeviceState.Resuming),
            _ => true,
        };
}

/// <summary>
/// Random plans of two to four threads: a way to a state, up to five calls of all threads, up to four changes between them, and a look at what they left
/// behind. A plan is a function of the seed and its number.
/// </summary>
internal sealed class OverlappingWalks()
    : MigrationCampaign(
        "overlapping-walks",
        [
            new PlanGroup(
                [MIG_FSM_17, MIG_FSM_24],
                Needs.Overlap,
                Walks,
                ([MIG_FD_33], Needs.OverlappingTransfers),
                ([MIG_ERR_05, MIG_ERR_06], Needs.All(Needs.Overlap, Needs.Reset)),
                ([SIZE_09], Needs.All(Needs.Overlap, Needs.DataSize)),
                ([DLOG_25, DLOG_11, DLOG_12], Needs.OverlappingLog)
            ),
        ]
    )
{
    private const int MostSwitches = 4;

    /// <inheritdoc/>
    public override bool IsRandom => true;

    private static IEnumerable<Plan> Walks(MigrationMachine machine, CampaignInput input)
    {
        var ways = ConcurrencyCampaigns.Ways(machine).ToList();
        Step[] calls =
        [
            .. Routes.Requests(machine),
            Step.Get,
            Step.Get,
            new(StepKind.QueryFeatures),
            .. Needs.DataSize(machine) is null ? [new Step(StepKind.QueryDataSize)] : Array.Empty<Step>(),
            .. machine.HasReset ? [new Step(StepKind.Reset), new(StepKind.Reset)] : Array.Empty<Step>(),
            new(StepKind.Read, 16),
            new(StepKind.Read, 4096),
            new(StepKind.Write, 16),
            new(StepKind.Write, 4096),
            .. Needs.OverlappingLog(machine) is null ? ConcurrencyCampaigns.LogCalls : Array.Empty<Step>(),
            .. machine.HasPreCopy && machine.Can(ChannelCapabilities.Ioctl)
                ? [new Step(StepKind.PrecopyInfo, Uapi.PrecopyInfoSize, Uapi.PrecopyInfoSize)]
                : Array.Empty<Step>(),
        ];
        for (var number = 0; number < input.Plans; number++)
            yield return Walk(ways, calls, new(input.Seed * 0x9E3779B97F4A7C15 + (ulong)number), machine.Can(ChannelCapabilities.Interleaving));
    }

    private static Plan Walk(List<Step[]> ways, Step[] calls, SplitMix random, bool isScheduled)
    {
        var way = ways[(int)random.Below((uint)ways.Count)];
        var threads = 2 + random.Below(Plan.MostThreads - 1);
        var parallel = threads + random.Below(Plan.MostParallel - threads + 1);
        var steps = new List<Step>(way);
        for (var at = 0u; at < parallel; at++)
            steps.Add(calls[random.Below((uint)calls.Length)].By((byte)(1 + (at < threads ? at : random.Below(threads)))));
        steps.AddRange([Step.Get, new(StepKind.Read, 16)]);
        // Made at once, nobody says which of them goes on.
        if (!isScheduled)
            return new(steps);
        var schedule = new Switch[1 + random.Below(MostSwitches)];
        for (var at = 0; at < schedule.Length; at++)
            schedule[at] = new(
                (byte)((uint)way.Length + random.Below(parallel)),
                (byte)random.Below(ConcurrencyCampaigns.LastPoint + 1),
                (byte)(1 + random.Below(threads))
            );
        return new(steps, schedule: schedule);
    }
}
