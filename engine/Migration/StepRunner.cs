using System.Buffers.Binary;
using System.Diagnostics;
using System.Runtime.CompilerServices;
using Conformance.Engine.Workers;
using Conformance.Model.Contract;
using Conformance.Model.Migration.Device;
using Conformance.Model.Migration.Oracle;
using Conformance.Model.Migration.Steps;
using Conformance.Model.Requirements;

namespace Conformance.Engine.Migration;

/// <summary>Does steps to one device and notes what it saw. Judges nothing.</summary>
internal sealed class StepRunner
{
    private const int BufferSize = 264;
    private const byte Guard = 0xA5;
    private const int Retries = 100;

    private readonly byte[] argument = new byte[BufferSize];
    private readonly byte[] sent = new byte[BufferSize];
    private readonly byte[] ranges = new byte[16];
    private readonly ImageStore images = new();
    private ImageStore source,
        kept;
    private readonly WorkRunner work = new();
    private readonly IJournal journal;
    private byte[] payload = new byte[65536];
    private IMigrationDevice device = null!;
    private IArcTrace? arcs;
    private IDeviceEvidence? evidence;
    private LogRunner? log; // most plans have no need of one
    private int live = -1,
        stale = -1,
        held;
    private int place;
    private RequirementId atStake;

    /// <param name="journal">Where each call is noted.</param>
    /// <param name="imageLimit">The most bytes that are taken from one session.</param>
    public StepRunner(IJournal journal, long imageLimit)
    {
        this.journal = journal;
        ImageLimit = imageLimit;
        source = kept = images;
    }

    /// <summary>The most bytes that are taken from one session.</summary>
    public long ImageLimit { get; set; }

    /// <summary>True to offer each byte of a write in a write of its own, so that none of them can be short.</summary>
    public bool InPieces { get; set; }

    /// <summary>True to look at what reaches the device behind the driver.</summary>
    public bool LooksBehind { get; set; }

    /// <summary>Bytes moved through sessions since the runner was made.</summary>
    public long PayloadBytes { get; private set; }

    /// <summary>The descriptor of the live session; negative when none is held.</summary>
    public int Live => live;

    /// <summary>The descriptor of the session that ended last; negative when none is held.</summary>
    public int Stale => stale;

    /// <summary>The descriptors of sessions that are held.</summary>
    public int Held => held;

    /// <summary>A digest of the bytes that later steps may write or compare, and of what later bitmaps are compared with.</summary>
    public ulong ImagesDigest => images.Digest() ^ (log?.Digest() ?? 0);

    /// <summary>Starts with a device that was just opened.</summary>
    public void Begin(IMigrationDevice opened)
    {
        device = opened;
        arcs = opened.Arcs;
        live = stale = -1;
        held = 0;
        images.Clear();
        work.Begin(opened);
        log?.Begin(opened);
        source = kept = images;
        evidence = LooksBehind ? opened.Evidence : null;
    }

    /// <summary>What reached the device since this was asked last; empty where nothing did, and where nobody looks.</summary>
    public string TakeEvidence() => evidence?.Take() ?? "";

    /// <summary>Starts with a device on which another runner did something: what that one saved can be written.</summary>
    public void Begin(IMigrationDevice opened, StepRunner other)
    {
        Begin(opened);
        source = other.images;
    }

    /// <summary>Starts with the peer of the device of another runner: both write and keep the same images.</summary>
    public void BeginPeer(IMigrationDevice opened, StepRunner other)
    {
        Begin(opened);
        source = kept = other.images;
    }

    /// <summary>The image that was completed last, when it has this length; empty when it has another.</summary>
    public ReadOnlyMemory<byte> Saved(ulong length) => images.Latest is var saved && (ulong)saved.Length == length ? saved : default;

    /// <summary>A copy of an image, or of its first bytes.</summary>
    public ReadOnlyMemory<byte> Source(Images image, int most) =>
        source.From(image, 0) is var bytes ? bytes[..Math.Min(bytes.Length, most)].ToArray() : default;

    /// <summary>True when an image has bytes behind a position.</summary>
    public bool HasMore(Images image, ulong position) => source.From(image, position).Length > 0;

    /// <summary>Does one step on a session that somebody else may have opened.</summary>
    /// <param name="step">The step.</param>
    /// <param name="handle">The descriptor of the session; negative when there is none.</param>
    /// <param name="state">What the step depends on: the position in an image, and whether flags of the pre-copy info were opted in to.</param>
    /// <param name="at">Its place in the plan.</param>
    /// <param name="requirement">What is broken when a call does not come back.</param>
    /// <param name="opened">The descriptor of the session that the step opened; negative when it did not.</param>
    /// <param name="bytes">What was read.</param>
    public Observation DoOn(in Step step, int handle, in ModelState state, int at, RequirementId requirement, out int opened, out ReadOnlyMemory<byte> bytes)
    {
        var opens = StepTable.Is(step, StepTraits.Request);
        live = opens ? -1 : handle;
        stale = -1;
        images.Begin();
        Do(step, state, at, requirement, out var seen);
        opened = opens ? live : -1;
        bytes = images.Captured == 0 ? default : images.Read(0, images.Captured).ToArray();
        return seen;
    }

    /// <summary>Does one step.</summary>
    /// <param name="step">The step.</param>
    /// <param name="state">The model before it.</param>
    /// <param name="at">Its place in the plan.</param>
    /// <param name="requirement">What is broken when a call does not come back.</param>
    /// <param name="seen">What was seen: written in place, because that is done for every step of every plan.</param>
    public void Do(in Step step, in ModelState state, int at, RequirementId requirement, out Observation seen)
    {
        // The model says when a session has ended; its descriptor is the stale one from then on.
        if (live >= 0 && !state.HandleOpen)
            Retire();
        place = at;
        atStake = requirement;
        journal.Enter(at, requirement);
        // Most steps of most plans are one of the first two, most of their time goes to one of the next two.
        if (step.Kind == StepKind.GetState)
            Feature(Uapi.MigDeviceState | Uapi.Get, 0, Observation.Untouched, out seen);
        else if (step.Kind == StepKind.SetState)
            Set(step.A, out seen);
        else if (step.Kind == StepKind.ReadToEnd)
            ReadToEnd(step.A, state, out seen);
        else if (step.Kind == StepKind.WriteRest)
            WriteRest(step.A, (Images)step.B, state, out seen);
        else
            seen = DoOther(step, state);
        if (!ErrnoSet.IsResult(seen.Errno))
            seen.Marks |= Marks.Errno;
    }

    private Observation DoOther(in Step step, in ModelState state) =>
        step.Kind switch
        {
            StepKind.QueryFeatures => Feature(Uapi.Migration | Uapi.Get),
            StepKind.SetWithoutDescriptor => SetWithoutDescriptor(step.A),
            StepKind.SetReadOnly => SetReadOnly(step.A),
            StepKind.SetWatched => SetWatched(step.A),
            StepKind.QueryDataSize => Feature(Uapi.MigDataSize | Uapi.Get),
            StepKind.Reset => Reset(),
            StepKind.CloseDevice => CloseDevice(step.A),
            StepKind.Reopen => Reopen(),
            StepKind.Bind => Seen(device.Bind()),
            StepKind.Read => ReadOnce(step, state),
            StepKind.ReadDuplicate => ReadDuplicate(step, state),
            StepKind.ReadUnmapped => Read(live, step.A, (int)step.B, capture: true),
            StepKind.Write => Write(step.A, (Images)step.B, state),
            StepKind.CloseData => CloseData(),
            StepKind.StaleRead => Read(stale, step.A, (int)step.A, capture: false),
            StepKind.StaleWrite => WriteZeros(stale, step.A),
            StepKind.WrongDirection => state.Session == SessionKind.Resuming ? Read(live, step.A, (int)step.A, capture: false) : WriteZeros(live, step.A),
            StepKind.Seek => Seen(device.Seek(live, 0)),
            StepKind.PositionedRead => Positioned(step.A, write: false),
            StepKind.PositionedWrite => Positioned(step.A, write: true),
            StepKind.Poll => Poll((int)step.A),
            StepKind.DescriptorFlags => Seen(device.DescriptorFlags(live)),
            StepKind.UnknownDataIoctl => DataIoctl(live, Uapi.UnknownIoctl, 8, BufferSize),
            StepKind.PrecopyInfo => DataIoctl(
                live,
                Uapi.PrecopyInfo,
                step.A,
                (int)Math.Min((uint)step.B, BufferSize),
                state.OptedIn ? uint.MaxValue : 0,
                step.B >= Step.CountersSet
            ),
            StepKind.StalePrecopyInfo => DataIoctl(stale, Uapi.PrecopyInfo, Uapi.PrecopyInfoSize, BufferSize),
            StepKind.DeviceIoctl => DeviceIoctl(step.A),
            StepKind.Probe => RawFeature(Probe.From(step)),
            StepKind.CountDescriptors => new() { Value = (ulong)Math.Max(0, device.CountDescriptors() - held) },
            StepKind.FailArc => FailArc(step),
            StepKind.FailSave => FailSave(step),
            StepKind.FailSaveRequest => FailSaveRequest(step),
            StepKind.Apply => Apply(step.A),
            StepKind.Digest => new() { Value = device.Workload?.Digest() ?? 0 },
            StepKind.Pause => Pause((int)step.A),
            StepKind.SwapPages => SwapPages(step),
            >= StepKind.SubmitWork and <= StepKind.Trespass => work.Do(step),
            >= StepKind.StartLogging and <= StepKind.ReportLogging => DoLog(step),
            StepKind.SpoilImage => SpoilImage(step),
            StepKind.WriteSurplus => WriteSurplus(step),
            StepKind.WriteUnmapped => WriteUnmapped(step),
            _ => throw new UnreachableException($"no such step: {step.Kind}"),
        };

    private static Observation Seen(CallResult result) => Moved.By(result).Seen;

    // A negative value beside no errno is an errno in the wrong place.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static int ErrnoOf(CallResult result) => result is { Errno: 0, Value: < 0 } ? (int)Math.Max(result.Value, int.MinValue) : result.Errno;

    // A call that a signal interrupted is made again (E-12, E-37), and one that was too early as well (MIG-FD-26, MIG-RES-27), at first at once.
    private static bool ComesAgain(CallResult result, ref int retries)
    {
        const int atOnce = 20;
        if (result.Errno is not (Errno.EINTR or Errno.EAGAIN) || retries++ == Retries)
            return false;
        if (result.Errno == Errno.EAGAIN && retries > atOnce)
            Thread.Sleep(1);
        return true;
    }

    private static bool WasInterrupted(CallResult result, ref int retries) => result.Errno == Errno.EINTR && retries++ < Retries;

    private Observation Poll(int milliseconds)
    {
        CallResult result;
        var retries = 0;
        do result = device.Poll(live, 1, milliseconds);
        while (WasInterrupted(result, ref retries));
        return Seen(result);
    }

    private void Set(uint target, out Observation seen, bool readOnly = false)
    {
        Feature(Uapi.MigDeviceState | Uapi.Set, target, Observation.Untouched, out seen, readOnly);
        TakeDescriptor(seen);
        work.Settle();
        if (arcs is not null)
            seen.Hash = arcs.LastPath.Packed;
    }

    private Observation SetReadOnly(uint target)
    {
        Set(target, out var seen, readOnly: true);
        return seen;
    }

    private void TakeDescriptor(in Observation seen)
    {
        if (seen.Errno != 0 || seen.Descriptor < 0)
            return;
        Retire();
        live = seen.Descriptor;
        held++;
        images.Begin();
    }

    // The descriptor of the session that ended last is kept, so that it can be seen to be dead; an older one is closed.
    private void Retire()
    {
        if (live < 0)
            return;
        if (stale >= 0)
        {
            device.CloseData(stale);
            held--;
        }

        stale = live;
        live = -1;
    }

    private Observation SetWithoutDescriptor(uint target)
    {
        device.ExhaustDescriptors(true);
        try
        {
            Set(target, out var seen);
            return seen;
        }
        finally
        {
            device.ExhaustDescriptors(false);
        }
    }

    private Observation SetWatched(uint target)
    {
        const int millisecondsPerArc = 4;
        device.Failures?.DelayArcs(millisecondsPerArc);
        var stop = false;
        var reported = StateSet.None;
        using var watching = new ManualResetEventSlim();
        var watcher = new Thread(() =>
        {
            var buffer = new byte[16];
            try
            {
                while (!Volatile.Read(ref stop))
                {
                    BinaryPrimitives.WriteUInt32LittleEndian(buffer, 16);
                    BinaryPrimitives.WriteUInt32LittleEndian(buffer.AsSpan(4), Uapi.MigDeviceState | Uapi.Get);
                    if (device.Feature(new UserBuffer(buffer)).Ok && BinaryPrimitives.ReadUInt32LittleEndian(buffer.AsSpan(8)) is < 8 and var state)
                        reported = reported.With((DeviceState)state);
                    watching.Set();
                }
            }
            catch (DeviceLostException)
            {
                // The request meets the same, and says so.
            }
            finally
            {
                watching.Set();
            }
        })
        {
            IsBackground = true,
            Name = "state watcher",
        };
        watcher.Start();
        watching.Wait();
        Observation seen;
        try
        {
            Set(target, out seen);
        }
        finally
        {
            Volatile.Write(ref stop, true);
            watcher.Join();
        }

        seen.Value = reported.Bits;
        return seen;
    }

    private Observation Feature(uint flags)
    {
        Feature(flags, 0, 0, out var seen);
        return seen;
    }

    private void Feature(uint flags, uint word, int descriptor, out Observation seen, bool readOnly = false)
    {
        const int size = Uapi.EnvelopeSize + 8;
        const ulong guard = 0xA5A5A5A5A5A5A5A5;
        var buffer = argument.AsSpan(0, size + 8);
        // Words of eight bytes: what was written in halves is slow to read back whole.
        var envelope = size | (ulong)flags << 32;
        BinaryPrimitives.WriteUInt64LittleEndian(buffer, envelope);
        BinaryPrimitives.WriteUInt64LittleEndian(buffer[8..], word | (ulong)(uint)descriptor << 32);
        BinaryPrimitives.WriteUInt64LittleEndian(buffer[16..], guard);
        CallResult result;
        var retries = 0;
        // An interrupted SET may have gone some of the way: it is for the judge to say what follows.
        do result = device.Feature(new UserBuffer(buffer) { ReadOnly = readOnly });
        while ((flags & Uapi.Set) == 0 && WasInterrupted(result, ref retries));
        var payload = BinaryPrimitives.ReadUInt64LittleEndian(buffer[8..]);
        seen = new()
        {
            Errno = ErrnoOf(result),
            State = (uint)payload,
            Descriptor = (int)(payload >> 32),
            Value = payload,
        };
        if (BinaryPrimitives.ReadUInt64LittleEndian(buffer) != envelope)
            seen.Marks |= Marks.Envelope;
        if (BinaryPrimitives.ReadUInt64LittleEndian(buffer[16..]) != guard)
            seen.Marks |= Marks.Guard;
        if (result.Errno == 0 && result.Value != 0)
            seen.Marks |= Marks.Return;
    }

    private Observation RawFeature(in Probe probe)
    {
        var buffer = argument.AsSpan();
        buffer.Fill((probe.Options & ProbeOptions.Garbage) != 0 ? Guard : (byte)0);
        var known = Uapi.EnvelopeSize + Math.Max(0, Uapi.MinPayload(probe.Feature));
        if (probe.Argsz > known || (probe.Flags & Uapi.Probe) != 0)
            buffer[known..].Fill(Guard);
        BinaryPrimitives.WriteUInt32LittleEndian(buffer, probe.Argsz);
        BinaryPrimitives.WriteUInt32LittleEndian(buffer[4..], probe.Flags);
        BinaryPrimitives.WriteUInt32LittleEndian(buffer[8..], probe.Word);
        var ranged = (probe.Options & ProbeOptions.Range) != 0;
        if (ranged)
        {
            BinaryPrimitives.WriteUInt64LittleEndian(buffer[8..], 4096);
            BinaryPrimitives.WriteUInt32LittleEndian(buffer[16..], 1);
            if ((probe.Options & ProbeOptions.Garbage) == 0)
                BinaryPrimitives.WriteUInt32LittleEndian(buffer[20..], 0);
            BinaryPrimitives.WriteUInt64LittleEndian(ranges, 0);
            BinaryPrimitives.WriteUInt64LittleEndian(ranges.AsSpan(8), 16 * 4096);
        }

        buffer.CopyTo(sent);
        CallResult result;
        var retries = 0;
        do result = device.Feature(
            new UserBuffer(buffer)
            {
                Accessible = Math.Min((int)probe.Accessible, BufferSize),
                ReadOnly = (probe.Options & ProbeOptions.ReadOnly) != 0,
                Attached = ranged ? ranges : [],
                AttachedAccessible = ranged ? ranges.Length : 0,
                PointerOffset = ranged ? Uapi.EnvelopeSize + Uapi.StartRangesOffset : -1,
            }
        );
        while (WasInterrupted(result, ref retries));
        var seen = new Observation
        {
            Errno = ErrnoOf(result),
            State = BinaryPrimitives.ReadUInt32LittleEndian(buffer[8..]),
            Descriptor = BinaryPrimitives.ReadInt32LittleEndian(buffer[12..]),
            Value = BinaryPrimitives.ReadUInt64LittleEndian(buffer[8..]),
        };
        if (!buffer[..Uapi.EnvelopeSize].SequenceEqual(sent.AsSpan(0, Uapi.EnvelopeSize)))
            seen.Marks |= Marks.Envelope;
        if (!ranged && !buffer[Uapi.EnvelopeSize..known].SequenceEqual(sent.AsSpan(Uapi.EnvelopeSize, known - Uapi.EnvelopeSize)))
            seen.Marks |= Marks.Payload;
        if (!buffer[known..].SequenceEqual(sent.AsSpan(known)))
            seen.Marks |= Marks.Guard | ((probe.Flags & Uapi.Probe) != 0 ? Marks.Payload : Marks.None);
        if (result.Errno == 0 && result.Value != 0)
            seen.Marks |= Marks.Return;
        if (seen.Errno == 0 && (probe.Flags & Uapi.Probe) == 0 && probe.Feature == Uapi.MigDeviceState && (probe.Flags & Uapi.Set) != 0)
            TakeDescriptor(seen);
        work.Settle();
        return seen;
    }

    private Observation DoLog(in Step step)
    {
        if (log is null)
        {
            log = new();
            log.Begin(device);
        }

        return log.Do(step);
    }

    private Observation SwapPages(in Step step)
    {
        var seen = work.Do(step);
        log?.Forget();
        return seen;
    }

    private Observation Reset()
    {
        // A reset that could not get its locks may be tried again (E-18).
        var result = device.Reset();
        for (var retry = 0; result.Errno is Errno.EAGAIN or Errno.EINTR && retry < Retries; retry++)
        {
            Thread.Sleep(retry == 0 ? 0 : 10);
            result = device.Reset();
        }

        work.Settle();
        log?.Forget();
        var seen = Seen(result);
        if (result.Errno == 0 && result.Value != 0)
            seen.Marks |= Marks.Return;
        return seen;
    }

    private Observation CloseDevice(uint removal)
    {
        if (removal == Step.RemovedMeanwhile)
            device.BeginRemoval();
        device.CloseDevice();
        if (removal != 0)
            device.RemoveDevice();
        log?.Close();
        return default;
    }

    private Observation Reopen()
    {
        device.Reopen();
        work.Settle();
        return default;
    }

    private Observation Read(int handle, uint count, int accessible, bool capture)
    {
        var seen = ReadUnhashed(handle, count, accessible, capture).Seen;
        if (capture && seen.Errno == 0 && seen.Marks == Marks.None)
            seen.Hash = images.Hash();
        return seen;
    }

    private Moved ReadUnhashed(int handle, uint count, int accessible, bool capture)
    {
        Reserve(count);
        var buffer = payload.AsSpan(0, (int)count);
        CallResult result;
        var retries = 0;
        journal.Enter(place, atStake);
        do result = device.Read(handle, new UserBuffer(buffer) { Accessible = Math.Min(accessible, (int)count) });
        while (capture && ComesAgain(result, ref retries));
        var moved = Moved.By(result);
        if (moved.Errno != 0)
            return moved;
        if (moved.Bytes > count)
            return moved with { Marks = Marks.Return };

        PayloadBytes += result.Value;
        if (capture)
            images.Append(buffer[..(int)result.Value]);
        return moved;
    }

    private Observation ReadOnce(in Step step, in ModelState state) => NoteEnd(Read(live, step.A, (int)step.A, capture: true), step, state);

    // A read that gives nothing in STOP_COPY has seen the permanent end: what was captured is complete.
    private Observation NoteEnd(in Observation seen, in Step step, in ModelState state)
    {
        if (step.A > 0 && seen.Errno == 0 && seen.Value == 0 && state.Is(DeviceState.StopCopy) && state.Phase != StreamPhase.End)
            images.CompleteInto(kept);
        return seen;
    }

    private void ReadToEnd(uint chunk, in ModelState state, out Observation seen)
    {
        const int manyReads = 1 << 20;
        const uint large = 65536;
        seen = default;
        for (var reads = 0; ; reads++)
        {
            // What small reads show they have shown by then; an end that never comes must not take hours.
            var count = reads < manyReads ? Math.Max(1, chunk) : Math.Max(large, chunk);
            var moved = ReadUnhashed(live, count, (int)count, capture: true);
            seen.Value += moved.Bytes;
            if (moved.Errno != 0 || moved.Bytes == 0 || moved.Marks != Marks.None)
            {
                if (moved.Errno == 0 && state.Is(DeviceState.StopCopy))
                    images.CompleteInto(kept);
                (seen.Errno, seen.Marks) = (moved.Errno, moved.Marks);
                break;
            }

            if (images.Captured > ImageLimit)
            {
                seen.Marks = Marks.Endless;
                break;
            }
        }

        seen.Hash = images.Hash();
    }

    private Observation ReadDuplicate(in Step step, in ModelState state)
    {
        var copy = device.Duplicate(live);
        if (!copy.Ok)
            return Seen(copy);
        var seen = NoteEnd(Read((int)copy.Value, step.A, (int)step.A, capture: true), step, state);
        device.CloseData((int)copy.Value);
        return seen;
    }

    private Observation SpoilImage(in Step step)
    {
        var changed = source.Spoil(ImageSpoil.From(step), images, out var length);
        return new() { Value = (ulong)length, Hash = changed ? 1u : 0 };
    }

    private Observation WriteSurplus(in Step step)
    {
        Reserve(step.A);
        var bytes = payload.AsSpan(0, (int)step.A);
        bytes.Clear();
        var seed = step.B;
        if (seed != 0)
            foreach (ref var value in bytes)
                value = (byte)SplitMix.Next(ref seed);
        return WriteMeasured(bytes).Seen;
    }

    private Observation WriteUnmapped(in Step step)
    {
        Reserve(step.A);
        journal.Enter(place, atStake);
        return Seen(device.Write(live, new UserBuffer(payload.AsSpan(0, (int)step.A)) { Accessible = 0 }));
    }

    // What a driver in this process takes from the heap for a write is seen: a length in a stream must not be believed (MIG-RES-17).
    private Moved WriteMeasured(Span<byte> bytes)
    {
        const long tooMuch = 64 << 20;
        var before = GC.GetAllocatedBytesForCurrentThread();
        var moved = WriteOnce(bytes);
        return GC.GetAllocatedBytesForCurrentThread() - before > tooMuch + bytes.Length ? moved with { Marks = moved.Marks | Marks.Memory } : moved;
    }

    private Observation Write(uint count, Images image, in ModelState state)
    {
        var bytes = source.From(image, state.WritePosition);
        bytes = bytes[..(int)Math.Min(count, (uint)bytes.Length)];
        return (state.Image(image).Flaw == LoadFlaw.None ? WriteOnce(bytes) : WriteMeasured(bytes)).Seen;
    }

    private void WriteRest(uint chunk, Images image, in ModelState state, out Observation seen)
    {
        var position = state.WritePosition;
        var isWhole = state.Image(image).Flaw == LoadFlaw.None;
        seen = default;
        while (true)
        {
            var bytes = source.From(image, position + seen.Value);
            if (bytes.Length == 0)
                return;
            bytes = bytes[..(int)Math.Min(Math.Max(1, chunk), (uint)bytes.Length)];
            var moved = isWhole ? WriteOnce(bytes) : WriteMeasured(bytes);
            seen.Value += moved.Errno == 0 ? moved.Bytes : 0;
            seen.Marks |= moved.Marks;
            if (moved.Errno != 0 || moved.Bytes == 0 || moved.Bytes > (ulong)bytes.Length)
            {
                seen.Errno = moved.Errno;
                return;
            }
        }
    }

    private Moved WriteOnce(Span<byte> bytes)
    {
        if (!InPieces || bytes.Length <= 1)
            return WriteAtOnce(bytes);
        var total = 0ul;
        for (var at = 0; at < bytes.Length; at++)
        {
            var moved = WriteAtOnce(bytes.Slice(at, 1));
            total += moved.Bytes;
            if (moved.Errno != 0 || moved.Marks != Marks.None)
                return moved with { Bytes = total };
        }

        return new(0, Marks.None, total);
    }

    private Moved WriteAtOnce(Span<byte> bytes)
    {
        CallResult result;
        var retries = 0;
        journal.Enter(place, atStake);
        do result = device.Write(live, new UserBuffer(bytes));
        while (ComesAgain(result, ref retries));
        var moved = Moved.By(result);
        if (moved.Errno != 0)
            return moved;
        PayloadBytes += result.Value;
        return result.Value == bytes.Length ? moved : moved with { Marks = result.Value > bytes.Length ? Marks.Return : Marks.Short };
    }

    private Observation WriteZeros(int handle, uint count)
    {
        Reserve(count);
        var bytes = payload.AsSpan(0, (int)count);
        bytes.Clear();
        return Seen(device.Write(handle, new UserBuffer(bytes)));
    }

    private Observation Positioned(uint count, bool write)
    {
        Reserve(count);
        var bytes = payload.AsSpan(0, (int)count);
        bytes.Clear();
        return Seen(write ? device.PositionedWrite(live, new UserBuffer(bytes), 0) : device.PositionedRead(live, new UserBuffer(bytes), 0));
    }

    private Observation CloseData()
    {
        var result = device.CloseData(live);
        live = -1;
        held--;
        return Seen(result);
    }

    private Observation DataIoctl(int handle, uint request, uint argsz, int accessible, uint flags = 0, bool countersSet = false)
    {
        var buffer = argument.AsSpan(0, 64);
        buffer.Clear();
        buffer[Uapi.PrecopyInfoSize..].Fill(Guard);
        BinaryPrimitives.WriteUInt32LittleEndian(buffer, argsz);
        BinaryPrimitives.WriteUInt32LittleEndian(buffer[4..], flags);
        if (countersSet)
            buffer[8..Uapi.PrecopyInfoSize].Fill(byte.MaxValue);
        CallResult result;
        var retries = 0;
        do result = device.DataIoctl(handle, request, new UserBuffer(buffer) { Accessible = Math.Min(accessible, buffer.Length) });
        while (WasInterrupted(result, ref retries));
        var seen = Seen(result);
        if (result.Errno == 0 && result.Value != 0)
            seen.Marks |= Marks.Return;
        if (buffer[Uapi.PrecopyInfoSize..].ContainsAnyExcept(Guard))
            seen.Marks |= Marks.Guard;
        if (BinaryPrimitives.ReadUInt32LittleEndian(buffer) != argsz)
            seen.Marks |= Marks.Envelope;
        seen.State = BinaryPrimitives.ReadUInt32LittleEndian(buffer[4..]);
        seen.Value = BinaryPrimitives.ReadUInt64LittleEndian(buffer[8..]);
        seen.Hash = BinaryPrimitives.ReadUInt64LittleEndian(buffer[16..]);
        return seen;
    }

    private Observation DeviceIoctl(uint request)
    {
        var buffer = argument.AsSpan(0, 64);
        buffer.Clear();
        BinaryPrimitives.WriteUInt32LittleEndian(buffer, Uapi.PrecopyInfoSize);
        var result = device.DeviceIoctl(request, new UserBuffer(buffer));
        var seen = Seen(result);
        if (result.Errno == 0 && result.Value != 0)
            seen.Marks |= Marks.Return;
        return seen;
    }

    private Observation FailArc(in Step step)
    {
        device.Failures?.FailArc((int)(step.A & 0xFF), (int)step.B, (step.A & 0x100) != 0);
        return default;
    }

    private Observation FailSave(in Step step)
    {
        device.Failures?.FailSave((int)step.A, (int)step.B);
        return default;
    }

    private Observation FailSaveRequest(in Step step)
    {
        device.Failures?.FailSaveRequest((int)step.B);
        return default;
    }

    private Observation Apply(uint pattern)
    {
        device.Workload?.Apply(pattern);
        return default;
    }

    private static Observation Pause(int milliseconds)
    {
        Thread.Sleep(milliseconds);
        return default;
    }

    private void Reserve(uint count)
    {
        if (payload.Length < count)
            payload = new byte[count];
    }

    // A transfer, in two registers: an observation is copied in memory, and a copy waits for the words that were just written.
    private readonly record struct Moved(int Errno, Marks Marks, ulong Bytes)
    {
        public Observation Seen =>
            new()
            {
                Errno = Errno,
                Value = Bytes,
                Marks = Marks,
            };

        public static Moved By(CallResult result) =>
            ErrnoOf(result) is not 0 and var errno ? new(errno, Marks.None, 0) : new(0, Marks.None, (ulong)result.Value);
    }
}
