using System.Buffers.Binary;
using Conformance.Model.Contract;
using Conformance.Model.Migration.Device;

namespace Conformance.Drivers.Reference.Migration;

/// <summary>
/// A saving session of a reference device. In pre-copy it streams the header and the registers, then the registers that changed since; entering STOP_COPY
/// appends the rest. When all registers have changed, the data that begin with them are initial data again, for who opted in to that (PINFO2-09..13).
/// Nothing of the device changes by being read (MIG-FD-28). A device reuses one instance for all its sessions.
/// </summary>
/// <param name="device">The device that is saved.</param>
public class SavingSession(ReferenceDriver device) : IMigrationFile
{
    private readonly ulong[] sent = new ulong[ContentLimits.Registers];
    private byte[] image = new byte[512];
    private int failAt = -1;
    private int failErrno;

    /// <inheritdoc/>
    public bool IsSaving => true;

    /// <summary>True between begin and end.</summary>
    public bool IsLive { get; private set; }

    /// <summary>True when the device was stopped and the whole stream is there.</summary>
    public bool IsComplete { get; private set; }

    /// <summary>The position of the reader.</summary>
    public int Position { get; set; }

    /// <summary>How many bytes were produced so far.</summary>
    public int Length { get; private set; }

    /// <summary>The device that is saved.</summary>
    protected ReferenceDriver Device { get; } = device;

    /// <summary>Where the initial data end.</summary>
    protected int InitialLength { get; private set; }

    /// <summary>What was produced so far.</summary>
    protected Span<byte> Produced => image.AsSpan(0, Length);

    private bool HasFailed => failAt >= 0 && Position >= failAt;

    /// <summary>Begins a session from scratch (MIG-PRE-15).</summary>
    /// <param name="preCopy">True when the device keeps running.</param>
    /// <param name="failAt">After how many bytes the save fails for good, or -1.</param>
    /// <param name="failErrno">With which errno.</param>
    public virtual void Begin(bool preCopy, int failAt, int failErrno)
    {
        this.failAt = failAt;
        this.failErrno = failErrno;
        IsLive = true;
        IsComplete = false;
        Position = Length = InitialLength = 0;
        var content = Device.Content;
        var total = preCopy
            ? ReferenceFormat.UnknownLength
            : (ulong)(ReferenceFormat.HeaderSize + ReferenceFormat.RegistersSize(ContentLimits.Registers) + ReferenceFormat.FinalSize((int)content.Pending));
        AppendU64(ReferenceFormat.Magic);
        AppendU32(ReferenceFormat.Version);
        AppendU32(Device.DeviceId);
        AppendU64(total);
        AppendRegisters(0, ContentLimits.Registers);
        if (preCopy)
            InitialLength = Length;
        else
            Complete();
    }

    /// <summary>The device was stopped: appends what is missing (MIG-PRE-12, MIG-PRE-13).</summary>
    public virtual void Complete()
    {
        AppendChangedRegisters();
        AppendFinalRecords();
        IsComplete = true;
    }

    /// <inheritdoc/>
    public virtual CallResult Read(Span<byte> buffer)
    {
        if (HasFailed)
            return CallResult.Fail(failErrno);
        if (Position == Length && !IsComplete)
            MayAppendChangedRegisters();
        if (Position == Length)
            return AtEnd();
        var count = Math.Min(buffer.Length, Length - Position);
        if (failAt >= 0)
            count = Math.Min(count, failAt - Position);
        image.AsSpan(Position, count).CopyTo(buffer);
        Position += count;
        return CallResult.Of(count);
    }

    /// <summary>Seam: what a reader gets at the end: ENOMSG at the temporary one, 0 at the permanent one (MIG-FD-11, MIG-PRE-06).</summary>
    protected virtual CallResult AtEnd() => IsComplete ? CallResult.Success : CallResult.Fail(Errno.ENOMSG);

    /// <inheritdoc/>
    public CallResult Write(ReadOnlySpan<byte> buffer) => CallResult.Fail(Errno.EBADF);

    /// <inheritdoc/>
    public virtual int PrecopyInfo(out ulong initialBytes, out ulong dirtyBytes)
    {
        initialBytes = (ulong)Math.Max(0, InitialLength - Position);
        dirtyBytes = (ulong)(Length - Math.Max(Position, InitialLength) + PendingChange());
        return HasFailed ? failErrno : Errno.None;
    }

    /// <inheritdoc/>
    public virtual int PrecopyInfoV2(out ulong initialBytes, out ulong dirtyBytes, out bool reinitialised)
    {
        reinitialised = HasAllChanged();
        if (reinitialised)
        {
            AppendChangedRegisters();
            InitialLength = Length;
        }

        return PrecopyInfo(out initialBytes, out dirtyBytes);
    }

    /// <inheritdoc/>
    public virtual bool IsReadable => HasFailed || IsComplete || Position < Length || PendingChange() != 0;

    /// <inheritdoc/>
    public void Terminate() => IsLive = false;

    /// <summary>How many bytes the reader would still get if the device stopped now.</summary>
    public int Remaining() => Length - Position + (IsComplete ? 0 : ChangedSize() + ReferenceFormat.FinalSize((int)Device.Content.Pending));

    /// <summary>Seam: the records after the registers, trailer included.</summary>
    protected virtual void AppendFinalRecords()
    {
        AppendQueue();
        AppendInterrupt();
        AppendCounters();
        AppendTrailer();
    }

    /// <summary>Appends registers as they are now.</summary>
    protected virtual void AppendRegisters(int first, int count)
    {
        AppendRecord(ReferenceFormat.Registers, 8 + (8 * count));
        AppendU32((uint)first);
        AppendU32((uint)count);
        var registers = Device.Content.Registers.Slice(first, count);
        AppendU64(registers);
        registers.CopyTo(sent.AsSpan(first));
    }

    /// <summary>Appends the pending descriptors, the oldest first.</summary>
    protected virtual void AppendQueue()
    {
        var content = Device.Content;
        AppendRecord(ReferenceFormat.Queue, 8 + (16 * (int)content.Pending));
        AppendU32(content.Head);
        AppendU32(content.Pending);
        for (var i = 0; i < content.Pending; i++)
        {
            var entry = content.PendingEntry(i);
            AppendU64(entry.Address);
            AppendU32(entry.Length);
            AppendU32(entry.Flags);
        }
    }

    /// <summary>Appends the pending interrupt.</summary>
    protected virtual void AppendInterrupt()
    {
        AppendRecord(ReferenceFormat.Interrupt, 8);
        AppendU32(Device.Content.InterruptPending ? 1u : 0);
        AppendU32(Device.Content.Vector);
    }

    /// <summary>Appends the counters.</summary>
    protected virtual void AppendCounters()
    {
        AppendRecord(ReferenceFormat.Counters, 8 * ContentLimits.Counters);
        AppendU64(Device.Content.Counters);
    }

    /// <summary>Appends the total length and the checksum.</summary>
    protected virtual void AppendTrailer()
    {
        AppendRecord(ReferenceFormat.Trailer, 16);
        AppendU64((ulong)(Length + 16));
        AppendU64(ReferenceFormat.Hash(ReferenceFormat.HashSeed, Produced));
    }

    /// <summary>Appends a record header.</summary>
    protected void AppendRecord(uint tag, int length)
    {
        AppendU32(tag);
        AppendU32((uint)length);
    }

    /// <summary>Appends a word.</summary>
    protected void AppendU32(uint value)
    {
        Reserve(4);
        BinaryPrimitives.WriteUInt32LittleEndian(image.AsSpan(Length), value);
        Length += 4;
    }

    /// <summary>Appends a double word.</summary>
    protected void AppendU64(ulong value)
    {
        Reserve(8);
        BinaryPrimitives.WriteUInt64LittleEndian(image.AsSpan(Length), value);
        Length += 8;
    }

    /// <summary>Appends double words.</summary>
    protected void AppendU64(ReadOnlySpan<ulong> values)
    {
        Reserve(sizeof(ulong) * values.Length);
        var room = image.AsSpan(Length);
        foreach (var value in values)
        {
            BinaryPrimitives.WriteUInt64LittleEndian(room, value);
            room = room[sizeof(ulong)..];
        }

        Length += sizeof(ulong) * values.Length;
    }

    private void Reserve(int count)
    {
        if (Length + count > image.Length)
            Array.Resize(ref image, Math.Max(image.Length * 2, Length + count));
    }

    private void MayAppendChangedRegisters()
    {
        if (PendingChange() != 0)
            AppendChangedRegisters();
    }

    private void AppendChangedRegisters()
    {
        if (Changed(out var first, out var count))
            AppendRegisters(first, count);
    }

    /// <summary>True when nothing of what the reader was sent of the registers is true any more, and pre-copy may send it again.</summary>
    protected bool HasAllChanged() => !HasFailed && PendingChange() == ReferenceFormat.RegistersSize(ContentLimits.Registers);

    // What pre-copy would send now. It sends nothing any more when the declared maximum comes near; the stop sends it then.
    private int PendingChange()
    {
        var size = IsComplete ? 0 : ChangedSize();
        const int Reserve = 1024;
        return Length + size > ReferenceFormat.MaxImage - Reserve ? 0 : size;
    }

    private int ChangedSize() => Changed(out _, out var count) ? ReferenceFormat.RegistersSize(count) : 0;

    // The span of registers that differ from what the reader was sent last.
    private bool Changed(out int first, out int count)
    {
        ReadOnlySpan<ulong> now = Device.Content.Registers;
        first = now.CommonPrefixLength(sent);
        count = 0;
        if (first == now.Length)
            return false;
        var last = now.Length - 1;
        while (now[last] == sent[last])
            last--;
        count = last - first + 1;
        return true;
    }
}
