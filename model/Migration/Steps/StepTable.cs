using Conformance.Model.Contract;
using Conformance.Model.DmaLogging;
using Conformance.Model.Migration.Device;
using Conformance.Model.Requirements;
using static Conformance.Model.Requirements.RequirementId;

namespace Conformance.Model.Migration.Steps;

/// <summary>
/// The kinds of steps, a row each. A new kind is a value of <see cref="StepKind"/> (behind the others: the numbers are part of stored plans), a row here, a
/// function of the oracle and a doer in the engine's <c>StepRunner</c>.
/// </summary>
public static class StepTable
{
    private static readonly StepRow[] rows =
    [
        new(StepKind.QueryFeatures, _ => "GET MIGRATION")
        {
            Traits = StepTraits.DeviceCall | StepTraits.EndsPlan,
            Value = StepValue.Flags,
            Answer = OnSuccess((_, seen) => $", flags 0x{seen.Value:x}"),
            AlwaysChecked = Envelope,
        },
        new(StepKind.GetState, _ => "GET state")
        {
            Traits = StepTraits.DeviceCall | StepTraits.EndsPlan,
            Answer = OnSuccess((_, seen) => $", {((DeviceState)seen.State).Name()}, data_fd {seen.Descriptor}"),
            AlwaysChecked = Envelope,
        },
        new(StepKind.SetState, step => $"SET {Target(step)}")
        {
            Traits = Requests,
            Danger = StepDanger.BlockedRequest,
            Simpler = step => step.A > 8 ? [step with { A = 8 }] : [],
            Answer = Requested,
            AlwaysChecked = Envelope,
        },
        new(StepKind.SetWithoutDescriptor, step => $"SET {Target(step)} while no descriptor can be installed")
        {
            Traits = Requests | StepTraits.BreaksWalk,
            Danger = StepDanger.BlockedRequest,
            Needs = ChannelCapabilities.DescriptorLimit,
            Simpler = PlainRequest,
            Answer = Requested,
            AlwaysChecked = Envelope,
        },
        new(StepKind.SetReadOnly, step => $"SET {Target(step)} with a read-only payload")
        {
            Traits = Requests | StepTraits.BreaksWalk,
            Danger = StepDanger.BlockedRequest,
            Needs = ChannelCapabilities.MemoryProtection,
            Simpler = PlainRequest,
            Answer = Requested,
            AlwaysChecked = Envelope,
        },
        new(StepKind.SetWatched, step => $"SET {Target(step)} while another thread asks for the state")
        {
            Traits = Requests,
            Danger = StepDanger.BlockedRequest,
            Needs = ChannelCapabilities.SlowArcs,
            Simpler = PlainRequest,
            Answer = (step, seen) => Requested(step, seen) + $", seen meanwhile: {new StateSet((byte)seen.Value)}",
            AlwaysChecked = Envelope,
        },
        new(StepKind.QueryDataSize, _ => "GET MIG_DATA_SIZE")
        {
            Traits = StepTraits.DeviceCall | StepTraits.EndsPlan,
            Answer = OnSuccess(Bytes),
            AlwaysChecked = Envelope,
        },
        new(StepKind.Reset, _ => "RESET") { Traits = StepTraits.DeviceCall | StepTraits.EndsPlan | StepTraits.BreaksWalk, AlwaysChecked = Rules.Of(ABI_25) },
        new(
            StepKind.CloseDevice,
            step =>
                step.A switch
                {
                    0 => "close the device, keep the data fd",
                    Step.RemovedMeanwhile => "close the device while it is being removed, keep the data fd",
                    _ => "close the device and remove it, keep the data fd",
                }
        )
        {
            Traits = StepTraits.BreaksWalk,
            Danger = StepDanger.OutsideRunning,
            Needs = ChannelCapabilities.OutlivingDescriptors,
            NeedsOfArguments = step => step.A == 0 ? ChannelCapabilities.None : ChannelCapabilities.Removal,
            Simpler = step =>
                step.A switch
                {
                    0 => [],
                    Step.RemovedMeanwhile => [step with { A = 0 }, step with { A = 1 }],
                    _ => [step with { A = 0 }],
                },
        },
        new(StepKind.Reopen, _ => "open the device again") { Place = StepPlace.ClosedDevice, Needs = ChannelCapabilities.OutlivingDescriptors },
        new(StepKind.Bind, _ => "BIND_IOMMUFD") { Needs = ChannelCapabilities.Unbound },
        new(StepKind.Read, step => $"read {step.A} bytes")
        {
            Place = StepPlace.SavingSession,
            Simpler = OneByte,
            Answer = Bytes,
            OddReturn = Rules.Of(MIG_FD_08),
        },
        new(StepKind.ReadToEnd, step => $"read to the end, {step.A} bytes at a time")
        {
            Place = StepPlace.SavingSession,
            Traits = StepTraits.ReadsToEnd,
            Simpler = LargePieces,
            Answer = Bytes,
            OddReturn = Rules.Of(MIG_FD_08),
        },
        new(StepKind.ReadDuplicate, step => $"read {step.A} bytes through a dup of the data fd")
        {
            Place = StepPlace.SavingSession,
            Needs = ChannelCapabilities.Descriptors,
            Answer = Bytes,
            OddReturn = Rules.Of(MIG_FD_08),
        },
        new(StepKind.ReadUnmapped, step => $"read {step.A} bytes into a buffer of which {step.B} are mapped")
        {
            Place = StepPlace.SavingSession,
            Needs = ChannelCapabilities.MemoryProtection,
            Answer = Bytes,
            OddReturn = Rules.Of(MIG_FD_08),
        },
        new(StepKind.Write, step => $"write the next {step.A} bytes of the {(Images)step.B} image")
        {
            Place = StepPlace.ResumingSession,
            Simpler = OneByte,
            Answer = Bytes,
            OddReturn = Rules.Of(MIG_FD_30),
        },
        new(StepKind.WriteRest, step => $"write the rest of the {(Images)step.B} image, {step.A} bytes at a time")
        {
            Place = StepPlace.ResumingSession,
            Simpler = LargePieces,
            Answer = Bytes,
            OddReturn = Rules.Of(MIG_FD_30),
        },
        new(StepKind.CloseData, _ => "close the data fd") { Place = StepPlace.Session, Needs = ChannelCapabilities.Descriptors },
        new(StepKind.StaleRead, step => $"read {step.A} bytes from the data fd of the ended session")
        {
            Place = StepPlace.EndedSession,
            Simpler = OneByte,
            Answer = Bytes,
            OddReturn = Rules.Of(MIG_FD_14),
        },
        new(StepKind.StaleWrite, step => $"write {step.A} bytes to the data fd of the ended session")
        {
            Place = StepPlace.EndedSession,
            Danger = StepDanger.EndedResuming,
            Answer = Bytes,
            OddReturn = Rules.Of(MIG_FD_14),
        },
        new(StepKind.WrongDirection, step => $"use the data fd in the wrong direction, {step.A} bytes")
        {
            Place = StepPlace.Session,
            Needs = ChannelCapabilities.Descriptors,
            Answer = Bytes,
            OddReturn = Rules.Of(MIG_FD_05),
        },
        new(StepKind.Seek, _ => "lseek the data fd to 0") { Place = StepPlace.Session, Needs = ChannelCapabilities.Descriptors },
        new(StepKind.PositionedRead, step => $"pread {step.A} bytes at 0 from the data fd")
        {
            Place = StepPlace.Session,
            Needs = ChannelCapabilities.Descriptors,
            Answer = Bytes,
        },
        new(StepKind.PositionedWrite, step => $"pwrite {step.A} bytes at 0 to the data fd")
        {
            Place = StepPlace.Session,
            Needs = ChannelCapabilities.Descriptors,
            Answer = Bytes,
        },
        new(StepKind.Poll, step => $"poll the data fd for {step.A} ms")
        {
            Place = StepPlace.Session,
            Needs = ChannelCapabilities.Descriptors,
            Value = StepValue.Events,
            Answer = OnSuccess((_, seen) => $", events 0x{seen.Value:x}"),
        },
        new(StepKind.DescriptorFlags, _ => "F_GETFD on the data fd")
        {
            Place = StepPlace.Session,
            Needs = ChannelCapabilities.Descriptors,
            Answer = OnSuccess((_, seen) => $", flags 0x{seen.Value:x}"),
        },
        new(StepKind.UnknownDataIoctl, _ => $"ioctl 0x{Uapi.UnknownIoctl:x} on the data fd") { Place = StepPlace.Session, Needs = ChannelCapabilities.Ioctl },
        new(
            StepKind.PrecopyInfo,
            step =>
                $"GET_PRECOPY_INFO with argsz {step.A}"
                + ((uint)step.B < Uapi.PrecopyInfoSize ? $", {(uint)step.B} bytes mapped" : "")
                + (step.B >= Step.CountersSet ? ", all ones in the counters" : "")
        )
        {
            Place = StepPlace.Session,
            Needs = ChannelCapabilities.Ioctl,
            NeedsOfArguments = step => (uint)step.B < Uapi.PrecopyInfoSize ? ChannelCapabilities.MemoryProtection : ChannelCapabilities.None,
            Simpler = step => step.B >= Step.CountersSet ? [step with { B = (uint)step.B }] : [],
            Answer = OnSuccess(Counters),
            AlwaysChecked = Envelope,
        },
        new(StepKind.DeviceIoctl, step => $"ioctl 0x{step.A:x} on the device") { Traits = StepTraits.DeviceCall, Needs = ChannelCapabilities.Ioctl },
        new(StepKind.Probe, step => Probe.From(step).ToString())
        {
            Traits = StepTraits.DeviceCall,
            NeedsOfArguments = step => Probe.From(step).Needs,
            Simpler = step => Probe.From(step).Simpler().Select(simpler => simpler with { Device = step.Device }),
            Answer = OnSuccess((step, seen) => (step.A & Uapi.Probe) == 0 && (step.A & Uapi.Get) != 0 ? $", value 0x{seen.Value:x}" : null),
            AlwaysChecked = Envelope,
        },
        new(StepKind.CountDescriptors, _ => "count the open descriptors")
        {
            Needs = ChannelCapabilities.Descriptors,
            Answer = (_, seen) => $", {seen.Value} descriptors",
        },
        new(
            StepKind.FailArc,
            step =>
                $"(arc {(step.A & 0xFF) + 1} of the next SET will fail with {Errno.Name((int)step.B)}{((step.A & 0x100) != 0 ? " and break the device" : "")})"
        )
        {
            Needs = ChannelCapabilities.FailingArcs,
            NeedsOfArguments = step => (step.A & 0x100) != 0 ? ChannelCapabilities.BreakingArcs : ChannelCapabilities.None,
        },
        new(StepKind.FailSave, step => $"(the next save will fail with {Errno.Name((int)step.B)} after {step.A} bytes)")
        {
            Needs = ChannelCapabilities.FailingSaves,
        },
        new(StepKind.Apply, step => $"work: content {step.A}") { Traits = StepTraits.TouchesDevice, Needs = ChannelCapabilities.Workload },
        new(StepKind.Digest, _ => "read the content back")
        {
            Traits = StepTraits.TouchesDevice,
            Needs = ChannelCapabilities.Workload,
            Value = StepValue.Digest,
            Answer = (_, seen) => $", digest {seen.Value:x16}",
        },
        new(StepKind.Pause, step => $"wait {step.A} ms") { Place = StepPlace.Anywhere },
        new(StepKind.FailSaveRequest, step => $"(the next request that enters STOP_COPY will fail with {Errno.Name((int)step.B)})")
        {
            Needs = ChannelCapabilities.FailingSaveRequests,
        },
        new(StepKind.SubmitWork, WordsOfWork)
        {
            Traits = StepTraits.TouchesDevice,
            Needs = ChannelCapabilities.WorkTime,
            NeedsOfArguments = step => CapabilityOf((WorkKind)(step.A & 0xFF)),
            Simpler = step => step.A > 0xFF && step.B == 0 ? [step with { A = step.A & 0xFF }] : [],
        },
        new(StepKind.GiveTime, step => step.A == 0 ? "look at what the device did" : $"give the device time for {step.A} operation{(step.A == 1 ? "" : "s")}")
        {
            Needs = ChannelCapabilities.WorkTime,
            Simpler = step =>
                step.A > 1 ? [step with { A = 1 }]
                : step.A == 1 ? [step with { A = 0 }]
                : [],
            Value = StepValue.Work,
            Answer = (_, seen) =>
                seen.Hash == seen.Value
                    ? $", {new WorkEffects(seen.Value)}"
                    : $", {new WorkEffects(seen.Value)}; since the last look {new WorkEffects(seen.Hash)}",
        },
        new(StepKind.WriteRegister, step => $"write 0x{step.B:x} to register {step.A} of the device")
        {
            Traits = StepTraits.TouchesDevice,
            Needs = ChannelCapabilities.WorkRegisters,
            Simpler = step => step.A > 0 ? [step with { A = 0 }] : [],
        },
        new(StepKind.ReadRegister, step => $"read register {step.A} of the device")
        {
            Traits = StepTraits.TouchesDevice,
            Needs = ChannelCapabilities.WorkRegisters,
            Simpler = step => step.A > 0 ? [step with { A = 0 }] : [],
            Value = StepValue.Word,
            Answer = OnSuccess((_, seen) => $", 0x{seen.Value:x}"),
        },
        new(StepKind.ReadCounter, _ => "read the counter of the device")
        {
            Traits = StepTraits.TouchesDevice,
            Needs = ChannelCapabilities.WorkCounter,
            Value = StepValue.Word,
            Answer = (_, seen) => $", 0x{seen.Value:x}",
        },
        new(StepKind.EnableVector, step => $"{(step.B == 0 ? "disable" : "enable")} interrupt vector {step.A}")
        {
            Needs = ChannelCapabilities.WorkVectors,
            Simpler = step => step.A > 0 ? [step with { A = 0 }] : [],
        },
        new(StepKind.SwapPages, step => $"map pages {step.A} and {step.B} each where the other was") { Needs = ChannelCapabilities.WorkRemapping },
        new(StepKind.PeerAccess, step => $"the peer writes {step.A} to the device") { Needs = ChannelCapabilities.WorkPeerAccesses },
        new(StepKind.ReadTaken, _ => "read how many writes of peers the device has taken")
        {
            Traits = StepTraits.TouchesDevice,
            Needs = ChannelCapabilities.WorkPeerAccesses,
            Value = StepValue.Word,
            Answer = (_, seen) => $", 0x{seen.Value:x}",
        },
        new(StepKind.SetPeer, step => $"SET {Target(step)} of the peer") { Needs = ChannelCapabilities.WorkPeerStates },
        new(StepKind.ReadConfig, step => $"read the configuration space at {step.A}")
        {
            Needs = ChannelCapabilities.WorkConfig,
            Value = StepValue.Word,
            Answer = OnSuccess((_, seen) => $", 0x{seen.Value:x8}"),
        },
        new(
            StepKind.Trespass,
            step =>
                (
                    step.A switch
                    {
                        Trespasses.Read => "read register 0",
                        Trespasses.Write => "write register 0",
                        _ => "ring the doorbell with a DMA write",
                    }
                ) + ", though the device is not to be touched"
        )
        {
            NeedsOfArguments = step =>
                step.A == Trespasses.Doorbell ? ChannelCapabilities.WorkTime | ChannelCapabilities.WorkMemory : ChannelCapabilities.WorkRegisters,
        },
        new(StepKind.StartLogging, step => LogStart.From(step).ToString())
        {
            Traits = StepTraits.DeviceCall,
            NeedsOfArguments = step => LogStart.From(step).Needs,
            Simpler = step => LogStart.From(step).Simpler().Select(simpler => simpler with { Device = step.Device }),
            Value = StepValue.Word,
            Answer = (_, seen) => $", page_size {seen.Value}",
            AlwaysChecked = Envelope,
        },
        new(StepKind.StopLogging, _ => "LOG STOP") { Traits = StepTraits.DeviceCall, AlwaysChecked = Envelope },
        new(StepKind.ReportLogging, step => LogReport.From(step).ToString())
        {
            Traits = StepTraits.DeviceCall,
            NeedsOfArguments = step => LogReport.From(step).Needs,
            Simpler = step => LogReport.From(step).Simpler().Select(simpler => simpler with { Device = step.Device }),
            Value = StepValue.Bitmap,
            Answer = OnSuccess((_, seen) => $", {WordsOfBitmap((BitmapMarks)seen.Value, seen.Hash)}"),
            AlwaysChecked = Envelope,
        },
        new(StepKind.StalePrecopyInfo, _ => "GET_PRECOPY_INFO on the data fd of the ended session")
        {
            Place = StepPlace.EndedSession,
            Needs = ChannelCapabilities.Ioctl,
            Answer = OnSuccess(Counters),
            AlwaysChecked = Envelope,
        },
        new(StepKind.SpoilImage, step => ImageSpoil.From(step).ToString()) { Place = StepPlace.Anywhere, Answer = Bytes },
        new(StepKind.WriteSurplus, step => $"write {step.A} bytes {(step.B == 0 ? "of zero" : $"made from seed {step.B}")} that belong to no image")
        {
            Place = StepPlace.ResumingSession,
            Simpler = step =>
                step.A > 1 ? [step with { A = 1 }]
                : step.B != 0 ? [step with { B = 0 }]
                : [],
            Answer = Bytes,
            OddReturn = Rules.Of(MIG_FD_30),
        },
        new(StepKind.WriteUnmapped, step => $"write {step.A} bytes from a buffer that is not mapped")
        {
            Place = StepPlace.ResumingSession,
            Needs = ChannelCapabilities.MemoryProtection,
            Simpler = OneByte,
            Answer = Bytes,
            OddReturn = Rules.Of(MIG_FD_30),
        },
    ];

    // What is asked for every step of every plan, in one place each instead of a row that must be fetched.
    private static readonly StepPlace[] places = [.. rows.Select(row => row.Place)];
    private static readonly StepTraits[] traits = [.. rows.Select(row => row.Traits)];
    private static readonly Rules[] alwaysChecked = [.. rows.Select(row => row.AlwaysChecked)];

    private const StepTraits Requests = StepTraits.Request | StepTraits.DeviceCall | StepTraits.EndsPlan;

    /// <summary>The rows, in the order of the kinds.</summary>
    public static IReadOnlyList<StepRow> All => rows;

    /// <summary>The row of a kind.</summary>
    public static StepRow Of(StepKind kind) => rows[(int)kind];

    /// <summary>True for a kind that has a row: a stored plan may come from a newer kit.</summary>
    public static bool Knows(StepKind kind) => (int)kind < rows.Length;

    /// <summary>What must be there for a step.</summary>
    public static StepPlace PlaceOf(in Step step) => places[(int)step.Kind];

    /// <summary>True when the step is of this sort.</summary>
    public static bool Is(in Step step, StepTraits trait) => (traits[(int)step.Kind] & trait) != 0;

    /// <summary>What every answer to the step could have broken.</summary>
    public static Rules AlwaysChecked(in Step step) => alwaysChecked[(int)step.Kind];

    /// <summary>What a channel must be able to do for a step. Where it cannot, the oracle's idea of the step would be another one than the device's.</summary>
    public static ChannelCapabilities NeedsOf(in Step step)
    {
        var row = Of(step.Kind);
        return row.Needs | (row.NeedsOfArguments?.Invoke(step) ?? ChannelCapabilities.None);
    }

    /// <summary>What a channel must be able to do for all steps of a plan together.</summary>
    public static ChannelCapabilities NeedsOf(Plan plan)
    {
        var needs = plan.Unbound ? ChannelCapabilities.Unbound : ChannelCapabilities.None;
        if (plan.IsConcurrent)
            needs |= ChannelCapabilities.Interleaving;
        if (plan.UsesPeer)
            needs |= ChannelCapabilities.Peer;
        foreach (ref readonly var step in plan.AsSpan())
            needs |= NeedsOf(step);
        return needs;
    }

    /// <summary>What of it a channel does not have: threads of which nobody says which one goes on will do for calls that overlap.</summary>
    public static ChannelCapabilities Missing(Plan plan, ChannelCapabilities capabilities)
    {
        var missing = NeedsOf(plan) & ~capabilities;
        // What is done to a second device can be done to one of another kind: the oracle knows what that may load.
        if ((capabilities & ChannelCapabilities.Stranger) != 0)
            missing &= ~ChannelCapabilities.Peer;
        return (capabilities & ChannelCapabilities.Threads) != 0 ? missing & ~ChannelCapabilities.Interleaving : missing;
    }

    /// <summary>Simpler steps in the place of one, the simplest first; never back to the one it came from.</summary>
    public static IEnumerable<Step> Simpler(Step step) => Of(step.Kind).Simpler?.Invoke(step) ?? [];

    // What a piece of work can be seen by.
    private static ChannelCapabilities CapabilityOf(WorkKind kind) =>
        kind switch
        {
            WorkKind.MemoryWrite => ChannelCapabilities.WorkMemory,
            WorkKind.MemoryRead => ChannelCapabilities.WorkReads,
            WorkKind.Interrupt => ChannelCapabilities.WorkInterrupts,
            WorkKind.PeerWrite => ChannelCapabilities.WorkPeerWrites,
            WorkKind.Packet => ChannelCapabilities.WorkPackets,
            _ => ChannelCapabilities.WorkStuck,
        };

    private static string Counters(Step step, Observation seen) =>
        $", initial_bytes {seen.Value}, dirty_bytes {seen.Hash}{(seen.State == 0 ? "" : $", flags 0x{seen.State:x}")}";

    private static string WordsOfWork(Step step)
    {
        var operand = step.A >> 8;
        var bytes = step.B == 0 ? "" : $" of {(uint)step.B} bytes";
        var offset = step.B >> 32 == 0 ? "" : $", {step.B >> 32} bytes behind its beginning";
        return (WorkKind)(step.A & 0xFF) switch
        {
            WorkKind.MemoryWrite => $"submit a DMA write{bytes} to page {operand}{offset}",
            WorkKind.MemoryRead => $"submit a DMA read{bytes} of page {operand}{offset}",
            WorkKind.Interrupt => $"submit an interrupt on vector {operand}",
            WorkKind.PeerWrite => $"submit a write of {operand} to the peer",
            WorkKind.Packet => "submit a packet",
            _ => "submit work that never ends",
        };
    }

    // The page is that of the window, of 4096 bytes each.
    private static string WordsOfBitmap(BitmapMarks marks, ulong page)
    {
        if (marks == BitmapMarks.None)
            return "the bits of what was written";
        var words = new List<string>();
        foreach (
            var (mark, text) in new[]
            {
                (BitmapMarks.Cleared, "a bit that was set before is clear"),
                (BitmapMarks.Missing, "a page that was written has no bit"),
                (BitmapMarks.Partial, "some bits of a page of the log are set, others not"),
                (BitmapMarks.Again, "a page is reported again"),
                (BitmapMarks.Old, "a page was written before the log was started"),
                (BitmapMarks.Extra, "a page has a bit that was not written"),
                (BitmapMarks.Payload, "the payload is changed"),
            }
        )
            if ((marks & mark) != 0)
                words.Add(text);
        return $"{string.Join(", ", words)}{(marks == BitmapMarks.Payload ? "" : $" (page {(long)page} of the window)")}";
    }

    private static Rules Envelope => Rules.Of(ABI_25, ABI_19);

    private static string Target(in Step step) => ((DeviceState)step.A).Name();

    private static string Bytes(Step step, Observation seen) => $", {seen.Value} bytes";

    private static string Requested(Step step, Observation seen) =>
        $"{(seen.State == step.A ? "" : $", device_state word {((DeviceState)seen.State).Name()} instead of {Target(step)}")}, data_fd {seen.Descriptor}";

    private static Func<Step, Observation, string?> OnSuccess(Func<Step, Observation, string?> words) =>
        (step, seen) => seen.Errno == 0 ? words(step, seen) : null;

    private static IEnumerable<Step> PlainRequest(Step step) => [step with { Kind = StepKind.SetState }];

    private static IEnumerable<Step> OneByte(Step step) => step.A > 1 ? [step with { A = 1 }] : [];

    private static IEnumerable<Step> LargePieces(Step step) => step.A < 65536 ? [step with { A = 65536 }] : [];
}
