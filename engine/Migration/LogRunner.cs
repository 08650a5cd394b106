using System.Buffers.Binary;
using System.Runtime.InteropServices;
using Conformance.Model.Contract;
using Conformance.Model.DmaLogging;
using Conformance.Model.Migration.Device;
using Conformance.Model.Migration.Oracle;
using Conformance.Model.Migration.Steps;

namespace Conformance.Engine.Migration;

/// <summary>
/// Does the steps that concern the DMA log, and measures each bitmap against the memory of the workload: which pages the device wrote since they were reported
/// last. Judges nothing. It holds nothing before the first START.
/// </summary>
internal sealed class LogRunner
{
    private const int Envelope = Uapi.EnvelopeSize;
    private const byte Guard = 0xA5;

    // Behind the bitmap, for whatever is set there; a page of the log may have more bits than what was asked for.
    private const int Slack = 512;

    // The agent of a guest takes no more in one message.
    private const int MostBytes = 512 << 10;

    private readonly byte[] argument = new byte[64],
        sent = new byte[64];
    private readonly IovaRange[] entries = new IovaRange[LogStart.MostEntries];
    private readonly PageSet due = new(),
        may = new(),
        reported = new(),
        old = new();
    private byte[] attached = new byte[LogStart.MostEntries * 16];
    private IMigrationDevice device = null!;
    private IGuestMemory? memory;
    private IovaRange window;

    // Per page of the memory: dirty is what was written later than that; what may be dirty, later than the other.
    private ulong[] since = [],
        maySince = [];
    private IovaRange[] logged = [];
    private ulong logPage = PageSet.PageSize;
    private bool isActive;

    /// <summary>Starts with a device that was just opened.</summary>
    public void Begin(IMigrationDevice opened)
    {
        device = opened;
        isActive = false;
        memory = null;
        reported.Clear();
        old.Clear();
    }

    /// <summary>A digest of what later reports are measured against; 0 while nothing is.</summary>
    public ulong Digest()
    {
        if (!isActive && old.IsEmpty)
            return 0;
        var digest = Fnv.Add(Fnv.Offset, isActive ? logPage : 0);
        digest = Fnv.Add(digest, MemoryMarshal.AsBytes(since.AsSpan()));
        digest = Fnv.Add(digest, MemoryMarshal.AsBytes(maySince.AsSpan()));
        foreach (var set in (ReadOnlySpan<PageSet>)[reported, old])
        {
            digest = Fnv.Add(digest, (ulong)set.Runs.Count);
            foreach (var run in set.Runs)
                digest = Fnv.Add(Fnv.Add(digest, run.First), run.Last);
        }

        return digest;
    }

    /// <summary>Nothing is known any more of what is in the log: pages changed places, or the device was reset.</summary>
    public void Forget()
    {
        if (!isActive)
            return;
        reported.Clear();
        var now = memory?.Writes ?? 0;
        Array.Fill(since, now);
        Array.Clear(maySince);
    }

    /// <summary>The device was closed.</summary>
    public void Close() => isActive = false;

    /// <summary>Does one step.</summary>
    public Observation Do(in Step step) =>
        step.Kind switch
        {
            StepKind.StartLogging => Start(LogStart.From(step)),
            StepKind.StopLogging => Stop(),
            _ => Report(LogReport.From(step)),
        };

    private void LookForMemory()
    {
        memory = device.Workload?.Memory;
        window = MigrationMachine.WindowOf(device.Workload);
    }

    private Observation Start(in LogStart start)
    {
        LookForMemory();
        var count = start.Fill(window, entries);
        var readable = Math.Min(start.Readable, count);
        for (var i = 0; i < count; i++)
        {
            BinaryPrimitives.WriteUInt64LittleEndian(attached.AsSpan(16 * i), entries[i].Iova);
            BinaryPrimitives.WriteUInt64LittleEndian(attached.AsSpan((16 * i) + 8), entries[i].Length);
        }

        Prepare(Uapi.DmaLoggingStart | Uapi.Set, 24);
        BinaryPrimitives.WriteUInt64LittleEndian(argument.AsSpan(Envelope), start.PageSize);
        BinaryPrimitives.WriteUInt32LittleEndian(argument.AsSpan(Envelope + 8), start.NumRanges);
        BinaryPrimitives.WriteUInt32LittleEndian(argument.AsSpan(Envelope + 12), (start.Options & LogStartOptions.Reserved) != 0 ? 0xA5A5_A5A5 : 0);
        var writes = memory?.Writes ?? 0;
        var seen = Call(24, (start.Options & LogStartOptions.ReadOnly) != 0, attached.AsSpan(0, 16 * count), 16 * readable, Envelope + Uapi.StartRangesOffset);
        seen.Value = BinaryPrimitives.ReadUInt64LittleEndian(argument.AsSpan(Envelope));
        if (seen.Errno == 0)
            Started(entries.AsSpan(0, (int)Math.Min(start.NumRanges, (uint)count)), seen.Value, writes);
        return seen;
    }

    private void Started(ReadOnlySpan<IovaRange> ranges, ulong chosen, ulong writes)
    {
        isActive = true;
        logPage = System.Numerics.BitOperations.IsPow2(chosen) && chosen >= PageSet.PageSize ? chosen : PageSet.PageSize;
        reported.Clear();
        var pages = memory?.Pages ?? 0;
        if (since.Length != pages)
        {
            since = new ulong[pages];
            maySince = new ulong[pages];
        }

        // What comes out of the device while the call is under way may be logged or not.
        Array.Fill(since, memory?.Writes ?? 0);
        Array.Fill(maySince, writes);
        logged = ranges.ToArray();
    }

    private Observation Stop()
    {
        Prepare(Uapi.DmaLoggingStop | Uapi.Set, 0);
        var seen = Call(0, readOnly: false, [], 0, -1);
        if (seen.Errno != 0 || !isActive)
            return seen;
        LookForMemory();
        old.Clear();
        for (var page = 0; page < since.Length; page++)
            if (memory!.WrittenAt(page) > maySince[page])
                AddTo(old, page);
        isActive = false;
        return seen;
    }

    private Observation Report(in LogReport report)
    {
        LookForMemory();
        var range = report.Range(window);
        var check = new BitmapCheck(range, report.BitSize, logPage, report.Before);
        // What is refused has no bitmap of its own: a small one is there nevertheless.
        var bytes = report.Refusal == 0 ? (int)Math.Min(check.Bytes, MostBytes) : 64;
        var space = bytes + Slack + (int)Math.Min(logPage / report.BitSize / 8, MostBytes);
        if (bytes % 8 != 0)
            space += 8 - (bytes % 8);
        if ((report.Options & LogReportOptions.OddAddress) != 0)
            space++;
        if (attached.Length < space)
            attached = new byte[space];
        var bitmap = attached.AsSpan(0, space);
        bitmap[..bytes].Fill(report.Before);
        bitmap[bytes..].Fill(Guard);
        Prepare(Uapi.DmaLoggingReport | Uapi.Get, 32);
        BinaryPrimitives.WriteUInt64LittleEndian(argument.AsSpan(Envelope), range.Iova);
        BinaryPrimitives.WriteUInt64LittleEndian(argument.AsSpan(Envelope + 8), range.Length);
        BinaryPrimitives.WriteUInt64LittleEndian(argument.AsSpan(Envelope + 16), report.PageSizeWord);
        argument.CopyTo(sent, 0);
        var before = memory?.Writes ?? 0;
        var seen = CallWhile(report, bitmap);
        if (seen.Errno != 0)
        {
            Forget();
            return seen;
        }

        var marks = BitmapMarks.None;
        if (!argument.AsSpan(Envelope, 24).SequenceEqual(sent.AsSpan(Envelope, 24)))
            marks |= BitmapMarks.Payload;
        if (report.Refusal != 0 || check.Bytes > bytes)
            return seen with { Value = (ulong)marks };
        if (IsTouchedBehind(bitmap, bytes, range.Length / report.BitSize, report.Before))
            seen.Marks |= Marks.Guard;
        if (!isActive)
            return seen with { Value = (ulong)marks };
        Measure(before);
        marks |= check.Compare(bitmap, due, (ulong)(memory?.PageSize ?? PageSet.PageSize), may, reported, old, out var page);
        seen.Value = (ulong)marks;
        seen.Hash = page - (window.Iova / PageSet.PageSize);
        Settle(check, bitmap, range, before);
        return seen;
    }

    private static bool IsTouchedBehind(ReadOnlySpan<byte> bitmap, int bytes, ulong bits, byte before)
    {
        if (bits % 8 != 0 && ((bitmap[bytes - 1] ^ before) >> (int)(bits % 8)) != 0)
            return true;
        return bitmap[bytes..].ContainsAnyExcept(Guard);
    }

    // The device gets time wherever the call lets another thread in. Elsewhere it takes its time by itself.
    private Observation CallWhile(in LogReport report, Span<byte> bitmap)
    {
        var readOnly = (report.Options & LogReportOptions.ReadOnly) != 0;
        var works = (report.Options & LogReportOptions.Meanwhile) != 0 && device.Workload?.Queue is { } queue && device.Control(new WorkAtPoints(queue));
        try
        {
            return Call(32, readOnly, bitmap, bitmap.Length, Envelope + Uapi.ReportBitmapOffset);
        }
        finally
        {
            if (works)
                device.Control(null);
        }
    }

    private IovaRange PageAt(int page) => new(window.Iova + ((ulong)page * (uint)memory!.PageSize), (uint)memory.PageSize);

    private void AddTo(PageSet set, int page)
    {
        var range = PageAt(page);
        set.Add(range.Iova / PageSet.PageSize, (range.Iova + range.Length - 1) / PageSet.PageSize);
    }

    // What must and what may be in the log when a call begins: what was written before it, and what is being written.
    private void Measure(ulong before)
    {
        due.Clear();
        may.Clear();
        for (var page = 0; page < since.Length; page++)
        {
            var written = memory!.WrittenAt(page);
            if (written > maySince[page])
                AddTo(may, page);
            if (written > since[page] && written <= before && LogStart.Covers(logged, PageAt(page)))
                AddTo(due, page);
        }
    }

    // What was reported is clean from then on; what was written meanwhile and not reported is due next time.
    private void Settle(in BitmapCheck check, ReadOnlySpan<byte> bitmap, IovaRange range, ulong before)
    {
        var last = range.Iova + (range.Length - 1);
        check.Collect(bitmap, reported);
        for (var page = 0; page < since.Length; page++)
        {
            var here = PageAt(page);
            ulong first = here.Iova & ~(logPage - 1),
                end = (here.Iova + here.Length - 1) | (logPage - 1);
            if (end < range.Iova || first > last)
                continue;
            var written = memory!.WrittenAt(page);
            if (first < range.Iova || end > last)
            {
                // A page of the log that is asked for in part may be kept or forgotten.
                since[page] = Math.Max(since[page], written);
                continue;
            }

            maySince[page] = Math.Max(maySince[page], before);
            since[page] = written > before && check.HasBit(bitmap, here.Iova / PageSet.PageSize) ? written : Math.Max(since[page], before);
        }
    }

    private void Prepare(uint flags, int payload)
    {
        argument.AsSpan(0, Envelope + payload).Clear();
        argument.AsSpan(Envelope + payload).Fill(Guard);
        BinaryPrimitives.WriteInt32LittleEndian(argument, Envelope + payload);
        BinaryPrimitives.WriteUInt32LittleEndian(argument.AsSpan(4), flags);
    }

    private Observation Call(int payload, bool readOnly, Span<byte> more, int accessible, int pointer)
    {
        const int retries = 100;
        var argsz = BinaryPrimitives.ReadInt32LittleEndian(argument);
        var flags = BinaryPrimitives.ReadUInt32LittleEndian(argument.AsSpan(4));
        CallResult result;
        var interrupted = 0;
        do result = device.Feature(
            new UserBuffer(argument)
            {
                ReadOnly = readOnly,
                Attached = more,
                AttachedAccessible = accessible,
                PointerOffset = pointer,
            }
        );
        while (result.Errno == Errno.EINTR && interrupted++ < retries);
        var seen = new Observation { Errno = result is { Errno: 0, Value: < 0 } ? (int)Math.Max(result.Value, int.MinValue) : result.Errno };
        if (result is { Errno: 0, Value: not 0 })
            seen.Marks |= Marks.Return;
        if (BinaryPrimitives.ReadInt32LittleEndian(argument) != argsz || BinaryPrimitives.ReadUInt32LittleEndian(argument.AsSpan(4)) != flags)
            seen.Marks |= Marks.Envelope;
        if (argument.AsSpan(Envelope + payload).ContainsAnyExcept(Guard))
            seen.Marks |= Marks.Guard;
        return seen;
    }

    // One thread only: it never waits, and where another one could go on the device does.
    private sealed class WorkAtPoints(IWorkQueue queue) : IThreadSchedule
    {
        public void Point() => queue.Run(2);

        public void Enter(string gate) => Point();

        public bool TryEnter(string gate) => true;

        public void Leave(string gate) => Point();
    }
}
