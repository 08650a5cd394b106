using Conformance.Engine.Campaigns;
using Conformance.Engine.Migration;
using Conformance.Engine.Plans;
using Conformance.Model.Contract;
using Conformance.Model.Migration.Device;
using Conformance.Model.Migration.Oracle;
using Conformance.Model.Migration.Steps;
using static Conformance.Model.Requirements.RequirementId;

namespace Conformance.Suites.Migration;

/// <summary>DLOG: the log of what a device writes by DMA, first what it is asked, then what it must remember.</summary>
internal static class DmaLoggingCampaigns
{
    private const byte Small = 12,
        Medium = 16,
        Large = 21;

    // More operations than the pieces of any plan here need.
    private const uint Plenty = 16;

    private static readonly Step start = new LogStart(LogRanges.One).ToStep();
    private static readonly Step stop = new(StepKind.StopLogging);
    private static readonly Step report = new LogReport().ToStep();
    private static readonly Step time = Step.Time(2);

    private static readonly LogRanges[] refused = [.. Enum.GetValues<LogRanges>().Where(ranges => ranges >= LogRanges.None)];

    internal static MigrationCampaign Requests { get; } =
        new DirectedPlans(
            "log-requests",
            [
                // PROBE of 6, 7 and 8 gives the same of each.
                new([DLOG_01], Needs.Nothing, Probes),
                // Each way to name ranges that a core refuses, with the errno of the check that comes first. Nothing is started by it, no word of the caller is
                // changed, and what is right is taken afterwards.
                new([DLOG_05, DLOG_06, DLOG_07, DLOG_08, DLOG_09, DLOG_42, DLOG_43, DLOG_44], Needs.Logging, Refused),
                new([DLOG_10, DLOG_31, DLOG_42], Needs.All(Needs.Logging, Needs.MemoryProtection), Unreadable),
                // A thousand STARTs that fail, and one that does not.
                new([DLOG_43], Needs.Logging, FailsOften),
                // Ranges that are adjacent, unsorted, far away or many are taken; so is garbage in the reserved word. The page size that is asked for is a
                // hint, and the one that is chosen a power of two.
                new([DLOG_02, DLOG_03, DLOG_04, DLOG_08, DLOG_12, DLOG_37, DLOG_38], Needs.Logging, Accepted),
                // One START, one STOP: a second START fails, a second STOP does no harm.
                new([DLOG_11, DLOG_12, DLOG_13], Needs.Logging, Twice),
                // A page size that is no power of two may come to anything; a STOP ends that as well, and what follows is as ever.
                new([DLOG_12], Needs.Logging, OddPageSizes),
                // A log that is off is not reported.
                new([DLOG_14, DLOG_12], Needs.Report, Inactive),
                // Page sizes and ranges that a core refuses, in the order of its checks; the log is as it was.
                new([DLOG_15, DLOG_16, DLOG_42], Needs.Logging, RefusedReports),
                // START, STOP and REPORT in every state, and the state is the same.
                new([DLOG_25, DLOG_26], Needs.Logging, InEveryState),
                // Closed and opened again, the log is off.
                new([DLOG_32], Needs.All(Needs.Logging, Needs.Reopen), Reopened),
            ]
        );

    internal static MigrationCampaign Bitmaps { get; } =
        new DirectedPlans(
            "log-bitmaps",
            [
                // Every page size whatever START chose, ranges of all lengths around a byte and a word: bits that were set stay set, nothing is written
                // behind the last, the payload is only read.
                new([DLOG_17, DLOG_21, DLOG_24], Needs.Report, Shapes, ([DLOG_44], Needs.All(Needs.Report, Needs.MemoryProtection))),
                // A page that was written is reported, whatever the range, the offset and the length of the write.
                new([DLOG_19], Needs.LoggedDma, Written),
                // Page sizes smaller and larger than that of the log.
                new([DLOG_23], Needs.LoggedDma, Scaled),
                // What was reported is clean; what was not asked for is still dirty.
                new([DLOG_18, DLOG_29], Needs.LoggedDma, ReadAndCleared),
                // The log goes on over every request and has what was written up to the stop.
                new([DLOG_25, DLOG_27], Needs.LoggedDma, OverRequests),
                // Writes while REPORT is under way are in this or the next.
                new([DLOG_30], Needs.LoggedDma, DuringReport),
                // Many pages at once: a tracker that cannot hold them must say so.
                new([DLOG_33], Needs.LoggedDma, Many),
                // Pages that were mapped elsewhere are logged by the address that the device uses.
                new([DLOG_39], Needs.All(Needs.LoggedDma, WorkNeeds.Remapping), Remapped),
                // Of a log that is exact: reads are no writes, and a new log is empty.
                new([DLOG_22], Needs.All(Needs.LoggedDma, Needs.ExactLog, WorkNeeds.Reads), ReadOnly),
                new([DLOG_28], Needs.All(Needs.LoggedDma, Needs.ExactLog), Restarted),
            ]
        );

    /// <summary>A DMA write of a page.</summary>
    internal static Step Write(uint page) => Step.Submit(WorkKind.MemoryWrite, page);

    private static Step Write(uint page, uint bytes, uint offset = 0) =>
        new(StepKind.SubmitWork, (uint)WorkKind.MemoryWrite | page << 8, bytes | (ulong)offset << 32);

    private static Step Start(LogRanges ranges, byte shift = Small) => new LogStart(ranges, Shift: shift).ToStep();

    private static Step StartOf(uint first, uint count, byte shift = Small) => new LogStart(LogRanges.One, first, count, shift).ToStep();

    private static Step Report(uint first, uint count, byte shift = Small) => new LogReport(LogRequest.Pages, first, count, shift).ToStep();

    private static IEnumerable<Plan> Probes(MigrationMachine machine)
    {
        foreach (
            var flags in new[]
            {
                Uapi.DmaLoggingStart,
                Uapi.DmaLoggingStop,
                Uapi.DmaLoggingReport,
                Uapi.DmaLoggingStart | Uapi.Set,
                Uapi.DmaLoggingStop | Uapi.Set,
                Uapi.DmaLoggingReport | Uapi.Get,
            }
        )
            yield return Plan.Of(new Probe(flags | Uapi.Probe, 8).ToStep());
    }

    private static IEnumerable<Plan> Refused(MigrationMachine machine)
    {
        foreach (var ranges in refused)
        {
            var failing = Start(ranges);
            if (!machine.Can(StepTable.NeedsOf(failing)))
                continue;
            yield return Plan.Of(failing);
            yield return Plan.Of(failing, start, stop);
            if (machine.CanReport)
                yield return Plan.Of(failing, report);
        }

        // A page size that no device has: the word must not come back as another one.
        yield return Plan.Of(Start(LogRanges.OddIova, 9));
        yield return Plan.Of(Start(LogRanges.None, 30));
        yield return Plan.Of(Start(LogRanges.Overlapping, 30));
    }

    private static IEnumerable<Plan> Unreadable(MigrationMachine machine)
    {
        var readOnly = new LogStart(LogRanges.One, Options: LogStartOptions.ReadOnly).ToStep();
        foreach (var failing in new[] { readOnly, Start(LogRanges.Unreadable), Start(LogRanges.SecondUnreadable) })
        {
            yield return Plan.Of(failing, start, stop);
            if (machine.CanReport)
                yield return Plan.Of(failing, report);
        }
    }

    private static IEnumerable<Plan> FailsOften(MigrationMachine machine)
    {
        const int times = 1000;
        yield return new([.. Enumerable.Repeat(Start(LogRanges.Overlapping), times), start, stop]);
    }

    private static IEnumerable<Plan> Accepted(MigrationMachine machine)
    {
        foreach (var ranges in new[] { LogRanges.One, LogRanges.Adjacent, LogRanges.Unsorted, LogRanges.Holes, LogRanges.Most, LogRanges.Far })
            yield return Plan.Of(Start(ranges), stop);
        foreach (var shift in new byte[] { 9, Medium, Large, 30 })
            yield return Plan.Of(Start(LogRanges.One, shift), stop);
        yield return Plan.Of(Start(LogRanges.Wide), stop);
        yield return Plan.Of(new LogStart(LogRanges.One, Options: LogStartOptions.Reserved).ToStep(), stop);
    }

    private static IEnumerable<Plan> Twice(MigrationMachine machine)
    {
        yield return Plan.Of(start, start, stop);
        yield return Plan.Of(start, Start(LogRanges.One, Medium), stop, start);
        yield return Plan.Of(start, stop, stop, start);
        yield return Plan.Of(stop);
        yield return Plan.Of(start, stop, start, stop);
    }

    private static IEnumerable<Plan> OddPageSizes(MigrationMachine machine)
    {
        for (var shift = Small; shift <= 40; shift++)
        {
            var odd = new LogStart(LogRanges.One, Shift: shift, Options: LogStartOptions.OddPageSize).ToStep();
            yield return Plan.Of(odd, stop, start, stop);
            yield return Plan.Of(odd, Step.Get, report, stop, start, report);
        }
    }

    private static IEnumerable<Plan> Inactive(MigrationMachine machine)
    {
        yield return Plan.Of(report);
        yield return Plan.Of(report, Step.Get, start, report);
        yield return Plan.Of(start, stop, report);
        yield return Plan.Of(start, report, stop, report);
    }

    private static IEnumerable<Plan> RefusedReports(MigrationMachine machine)
    {
        for (var which = 0u; which < LogReport.BadPageSizes.Count; which++)
            yield return Plan.Of(
                new LogReport(LogRequest.BadPageSize, Count: which).ToStep(),
                start,
                new LogReport(LogRequest.BadPageSize, Count: which).ToStep()
            );
        foreach (var request in new[] { LogRequest.Wraps, LogRequest.EndsAtTop, LogRequest.BadPageSizeAndWraps })
        {
            var failing = new LogReport(request, Count: 2).ToStep();
            yield return Plan.Of(failing);
            yield return Plan.Of(start, failing);
        }
    }

    private static IEnumerable<Plan> InEveryState(MigrationMachine machine)
    {
        foreach (var state in Routes.States(machine))
        {
            var way = Routes.To(machine, state);
            Step[] look = machine.CanReport ? [report] : [];
            yield return Plan.Of([.. way, start, Step.Get]);
            yield return Plan.Of([.. way, start, .. look, Step.Get, stop, Step.Get]);
            yield return Plan.Of([start, .. way, .. look, stop, Step.Get]);
            // The log neither needs the pre-copy states nor brings them about.
            yield return Plan.Of([start, .. way, Step.Get, stop]);
        }
    }

    private static IEnumerable<Plan> Reopened(MigrationMachine machine)
    {
        Step[] again = [new(StepKind.CloseDevice), new(StepKind.Reopen)];
        yield return Plan.Of([start, .. again, start, stop]);
        if (machine.CanReport)
            yield return Plan.Of([start, .. again, report]);
    }

    private static IEnumerable<Plan> Shapes(MigrationMachine machine)
    {
        foreach (var shift in new byte[] { Small, 13, Medium, Large, 30 })
            yield return Plan.Of(Start(LogRanges.One, Math.Max(shift, Small)), Report(0, 0, shift == 30 ? Small : shift), Report(0, 0, Small));
        foreach (var shift in new byte[] { 31, 32, 40 })
            yield return Plan.Of(Start(LogRanges.Wide), new LogReport(LogRequest.Wide, Shift: shift).ToStep());
        foreach (var pages in new uint[] { 1, 7, 8, 9, 63, 64, 65 })
        foreach (var before in new byte[] { 0xFF, 0x55 })
            yield return Plan.Of(start, new LogReport(LogRequest.Pages, 0, pages, Before: before).ToStep());
        yield return Plan.Of(start, new LogReport(LogRequest.Pages, 3, 9, Before: 0x55, Options: LogReportOptions.OddAddress).ToStep());
        yield return Plan.Of(start, new LogReport(LogRequest.Outside).ToStep(), stop);
        var readOnly = new LogReport(Options: LogReportOptions.ReadOnly).ToStep();
        if (machine.Can(StepTable.NeedsOf(readOnly)))
            yield return Plan.Of(start, readOnly);
        if (!machine.Can(ChannelCapabilities.WorkMemory))
            yield break;
        foreach (var pages in new uint[] { 1, 7, 8, 9, 63, 64, 65 })
            yield return Plan.Of(start, Write(0), time, new LogReport(LogRequest.Pages, 0, pages, Before: 0x54).ToStep());
    }

    private static IEnumerable<Plan> Written(MigrationMachine machine)
    {
        foreach (var page in new uint[] { 0, 1, 63, 64, 255, 0xFF_FFFF })
            yield return Plan.Of(start, Write(page), time, report);
        // The last page of a range, and the first and the last of what is asked for.
        foreach (var pages in new uint[] { 1, 7, 8, 9, 63, 64, 65 })
            yield return Plan.Of(StartOf(0, pages), Write(pages - 1), time, Report(0, pages));
        foreach (var ranges in new[] { LogRanges.Adjacent, LogRanges.Unsorted, LogRanges.Holes, LogRanges.Most, LogRanges.Far })
            yield return Plan.Of(Start(ranges), Write(0), Write(15), Write(255), Step.Time(6), Report(0, 16), Report(16, 256));
        // A range that does not begin with the window, and parts of it.
        yield return Plan.Of(StartOf(16, 16), Write(20), time, Report(16, 16));
        yield return Plan.Of(start, Write(20), time, Report(16, 16));
        yield return Plan.Of(start, Write(256), time, Report(200, 100));
        // A few bytes, and writes over the end of a page.
        yield return Plan.Of(start, Write(2, 4), time, report);
        yield return Plan.Of(start, Write(2, 2, 4095), time, report);
        yield return Plan.Of(start, Write(2, 4096, 1), time, report);
        // Large pages over a large range.
        foreach (var shift in new byte[] { 31, 32, 40 })
            yield return Plan.Of(Start(LogRanges.Wide), Write(1), time, new LogReport(LogRequest.Wide, Shift: shift).ToStep());
    }

    private static IEnumerable<Plan> Scaled(MigrationMachine machine)
    {
        foreach (var chosen in new[] { Small, Medium, Large })
        foreach (var asked in new[] { Small, Medium, Large })
            if (asked != chosen)
                foreach (var page in new uint[] { 0, 17, 600 })
                    yield return Plan.Of(Start(LogRanges.One, chosen), Write(page), time, Report(0, 0, asked));
    }

    private static IEnumerable<Plan> ReadAndCleared(MigrationMachine machine)
    {
        Step[] stopped = [start, Write(0), Write(9), Step.Time(4), Step.Set(DeviceState.Stop)];
        yield return Plan.Of([.. stopped, report, report]);
        yield return Plan.Of([.. stopped, Report(0, 8), Report(0, 8), Report(8, 8), Report(8, 8)]);
        yield return Plan.Of(start, Write(0), Write(9), Step.Time(4), report, report);
        yield return Plan.Of(start, Write(0), time, report, Write(0), time, report);
        yield return Plan.Of(start, Write(0), Write(9), Step.Time(4), Report(0, 8), report);
        yield return Plan.Of(start, Write(0), Write(9), Step.Time(4), Report(8, 8), Report(0, 8));
        yield return Plan.Of(start, Write(9), time, Report(0, 8), Report(8, 8));
        yield return Plan.Of(Start(LogRanges.One, Medium), Write(0), Write(17), Step.Time(4), Report(0, 16), Report(16, 16));
    }

    private static IEnumerable<Plan> OverRequests(MigrationMachine machine)
    {
        foreach (var state in Routes.States(machine).Where(state => state != DeviceState.Running))
        {
            var way = Routes.To(machine, state);
            yield return Plan.Of([start, Write(0), time, .. way, report]);
            // Nothing was loaded, so that nobody knows where the way back leads.
            if (state == DeviceState.Resuming)
                continue;
            // Work that waits may be done on the way; what was done before the stop is reported behind it.
            yield return Plan.Of([start, Write(0), Write(1), .. way, time, report, Step.Set(DeviceState.Running), Step.Time(Plenty), report]);
            yield return Plan.Of([start, .. way, Step.Set(DeviceState.Running), Write(0), time, report]);
            yield return Plan.Of([.. way, start, Step.Set(DeviceState.Running), Write(0), time, report]);
        }

        if (!machine.Paths.Supports(DeviceState.RunningP2P))
            yield break;
        foreach (var stopped in new[] { DeviceState.Stop, DeviceState.StopCopy })
            yield return Plan.Of(start, Write(0), Step.Set(DeviceState.RunningP2P), time, Step.Set(stopped), report);
    }

    private static IEnumerable<Plan> DuringReport(MigrationMachine machine)
    {
        var meanwhile = new LogReport(Options: LogReportOptions.Meanwhile).ToStep();
        yield return Plan.Of(start, Write(0), meanwhile, time, report);
        yield return Plan.Of(start, Write(0), Write(1), Write(2), Write(3), meanwhile, Step.Time(8), report);
        yield return Plan.Of(start, Write(0), time, Write(0), Write(1), meanwhile, Step.Time(4), report);
    }

    private static IEnumerable<Plan> Many(MigrationMachine machine)
    {
        const uint pages = 256 * 4096;
        yield return Plan.Of(start, Write(0, pages), time, report);
        yield return Plan.Of(start, Write(0, pages), Write(256, pages), Step.Time(4), Report(0, 256), Report(256, 256));
        yield return Plan.Of(Start(LogRanges.One, Medium), Write(0, pages), time, report);
    }

    private static IEnumerable<Plan> Remapped(MigrationMachine machine)
    {
        Step[] moved = [Step.Set(DeviceState.Stop), new(StepKind.SwapPages, 0, 1), Step.Set(DeviceState.Running)];
        yield return Plan.Of([.. moved, start, Write(0), time, report]);
        yield return Plan.Of([start, .. moved, Write(0), time, report]);
    }

    private static IEnumerable<Plan> ReadOnly(MigrationMachine machine)
    {
        yield return Plan.Of(start, Step.Submit(WorkKind.MemoryRead), time, report);
        yield return Plan.Of(start, Write(0), Step.Submit(WorkKind.MemoryRead, 3), Step.Time(4), report);
    }

    private static IEnumerable<Plan> Restarted(MigrationMachine machine)
    {
        yield return Plan.Of(start, Write(0), time, stop, start, report);
        yield return Plan.Of(start, Write(0), time, stop, Write(1), time, start, Write(2), time, report);
    }
}

/// <summary>
/// Random plans of START, STOP, REPORT, work, time and requests: what no list of plans thinks of. A plan is a function of the seed and its number.
/// </summary>
internal sealed class LogWalks()
    : MigrationCampaign(
        "log-walks",
        [new PlanGroup([DLOG_11, DLOG_12, DLOG_26], Needs.Logging, Walks, ([DLOG_19, DLOG_23, DLOG_25, DLOG_29], Needs.LoggedDma))]
    )
{
    private const int Longest = 14;
    private static readonly uint[] written = [0, 1, 7, 8, 64, 600],
        operations = [1, 2, 16];

    /// <inheritdoc/>
    public override bool IsRandom => true;

    private static IEnumerable<Plan> Walks(MigrationMachine machine, CampaignInput input)
    {
        Step[] logs =
        [
            new LogStart(LogRanges.One).ToStep(),
            new LogStart(LogRanges.One, Shift: 16).ToStep(),
            new LogStart(LogRanges.Holes).ToStep(),
            new(StepKind.StopLogging),
        ];
        Step[] reports = machine.CanReport
            ?
            [
                new LogReport().ToStep(),
                new LogReport(LogRequest.Pages, 0, 8).ToStep(),
                new LogReport(LogRequest.Pages, 8, 8).ToStep(),
                new LogReport(Shift: 16).ToStep(),
                new LogReport(Shift: 21).ToStep(),
                new LogReport(Options: LogReportOptions.Meanwhile).ToStep(),
            ]
            : [Step.Get];
        DeviceState[] states = [.. Routes.States(machine)];
        for (var number = 0; number < input.Plans; number++)
            yield return Walk(machine, logs, reports, states, new(input.Seed * 0x9E37_79B9_7F4A_7C15 + (ulong)number));
    }

    private static Plan Walk(MigrationMachine machine, Step[] logs, Step[] reports, DeviceState[] states, SplitMix random)
    {
        var steps = new List<Step> { logs[0] };
        var state = Simulation.Step(machine, ModelState.Opened(), steps[0]);
        var length = 4 + random.Below(Longest - 4);
        while (steps.Count < length)
        {
            var isUsable = state.Is(DeviceState.Running) && machine.Can(ChannelCapabilities.WorkMemory);
            Step? chosen = random.Below(10) switch
            {
                < 1 => logs[random.Below((uint)logs.Length)],
                < 4 => reports[random.Below((uint)reports.Length)],
                < 7 when isUsable => DmaLoggingCampaigns.Write(written[random.Below((uint)written.Length)]),
                < 9 when machine.Can(ChannelCapabilities.WorkTime) => Step.Time(operations[random.Below((uint)operations.Length)]),
                _ => Step.Set(states[random.Below((uint)states.Length)]),
            };
            if (chosen is not { } step || !Fits(machine, state, step))
                continue;
            steps.Add(step);
            state = Simulation.Step(machine, state, step);
            if (state.States.Count == 1 && !state.AfterFailure)
                continue;
            steps.Add(Step.Get);
            return new(steps);
        }

        if (machine.Can(ChannelCapabilities.WorkTime))
            steps.Add(Step.Time(16));
        steps.Add(reports[0]);
        steps.Add(Step.Get);
        return new(steps);
    }

    // Blocked requests have a campaign of their own (MIG-FSM-27).
    private static bool Fits(MigrationMachine machine, in ModelState state, in Step step) =>
        step.Kind != StepKind.SetState || !MigrationOracle.MayBeBlocked(machine, state, step);
}
