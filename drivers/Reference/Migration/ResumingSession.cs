using System.Buffers.Binary;
using Conformance.Model.Contract;
using Conformance.Model.Migration.Device;

namespace Conformance.Drivers.Reference.Migration;

/// <summary>
/// A resuming session of a reference device. The stream is checked as it comes, byte by byte if need be, into a staged content; the device takes it over when
/// RESUMING is left, and only when the stream is complete (MIG-RES-04..07). Nothing is allocated by what a stream says (MIG-RES-17).
/// A content error sticks (MIG-RES-13); bytes beyond a complete stream are refused without harm (MIG-RES-09, MIG-RES-27).
/// A device reuses one instance for all its sessions; each starts from scratch (MIG-RES-14).
/// </summary>
/// <param name="device">The device that is loaded.</param>
public class ResumingSession(ReferenceDriver device) : IMigrationFile
{
    private const uint AllRegisters = (1u << ContentLimits.Registers) - 1;

    private readonly byte[] block = new byte[ReferenceFormat.MaxPayload];
    private int needed;
    private int have;
    private Phase phase;
    private uint tag;
    private uint previousTag;
    private uint covered;
    private ulong hash;
    private ulong announced;
    private ulong taken;

    private enum Phase
    {
        Header,
        RecordHeader,
        Payload,
    }

    /// <inheritdoc/>
    public bool IsSaving => false;

    /// <summary>True between begin and end.</summary>
    public bool IsLive { get; private set; }

    /// <summary>True when a content error was found.</summary>
    public bool IsPoisoned { get; protected set; }

    /// <summary>True when a complete and consistent stream was taken.</summary>
    public bool IsComplete { get; protected set; }

    /// <summary>The device that is loaded.</summary>
    protected ReferenceDriver Device { get; } = device;

    /// <summary>What the stream has said so far.</summary>
    protected DeviceContent Staged { get; } = new();

    /// <summary>How many bytes were taken so far.</summary>
    protected ulong Taken => taken;

    /// <summary>True when nothing was taken of the stream, or whole records only.</summary>
    protected bool IsBetweenRecords => have == 0 && phase != Phase.Payload;

    /// <summary>Begins a session from scratch.</summary>
    public virtual void Begin()
    {
        IsLive = true;
        IsPoisoned = IsComplete = false;
        Staged.PowerOn();
        hash = ReferenceFormat.HashSeed;
        announced = taken = 0;
        tag = previousTag = covered = 0;
        Expect(Phase.Header, ReferenceFormat.HeaderSize);
    }

    /// <summary>RESUMING is being left: takes the staged content over, or refuses.</summary>
    /// <returns>0, or EINVAL with nothing changed.</returns>
    public virtual int Finish()
    {
        if (!IsLive || IsPoisoned || !IsComplete)
            return Errno.EINVAL;
        Device.Content.CopyFrom(Staged);
        return Errno.None;
    }

    /// <inheritdoc/>
    public CallResult Read(Span<byte> buffer) => CallResult.Fail(Errno.EBADF);

    /// <inheritdoc/>
    public virtual CallResult Write(ReadOnlySpan<byte> buffer)
    {
        if (IsPoisoned || IsComplete)
            return CallResult.Fail(Errno.EINVAL);
        var used = 0;
        while (used < buffer.Length && !IsComplete)
        {
            var count = Math.Min(buffer.Length - used, needed - have);
            var piece = buffer.Slice(used, count);
            used += count;
            // What comes in one piece is looked at where it is.
            if (count < needed)
            {
                piece.CopyTo(block.AsSpan(have));
                have += count;
                if (have < needed)
                    break;
                piece = block.AsSpan(0, needed);
            }

            taken += (ulong)needed;
            if (!Understand(piece))
            {
                IsPoisoned = true;
                return CallResult.Fail(Errno.EINVAL);
            }
        }
        return CallResult.Of(used);
    }

    /// <inheritdoc/>
    public int PrecopyInfo(out ulong initialBytes, out ulong dirtyBytes)
    {
        initialBytes = dirtyBytes = 0;
        return Errno.ENOTTY;
    }

    /// <inheritdoc/>
    public bool IsReadable => false;

    /// <inheritdoc/>
    public void Terminate() => IsLive = false;

    private void Expect(Phase next, int bytes)
    {
        phase = next;
        needed = bytes;
        have = 0;
    }

    private bool Understand(ReadOnlySpan<byte> bytes)
    {
        if (phase == Phase.Payload && tag == ReferenceFormat.Trailer)
            return CheckTrailer(bytes);
        hash = ReferenceFormat.Hash(hash, bytes);
        switch (phase)
        {
            case Phase.Header:
                Expect(Phase.RecordHeader, ReferenceFormat.RecordHeaderSize);
                return CheckHeader(bytes);
            case Phase.RecordHeader:
                return BeginRecord(U32(bytes, 0), U32(bytes, 4));
            default:
                Expect(Phase.RecordHeader, ReferenceFormat.RecordHeaderSize);
                return TakeRecord(bytes);
        }
    }

    private bool CheckHeader(ReadOnlySpan<byte> bytes)
    {
        announced = U64(bytes, 16);
        return IsMagic(U64(bytes, 0))
            && IsVersion(U32(bytes, 8))
            && IsDevice(U32(bytes, 12))
            && IsLength(announced)
            && announced is ReferenceFormat.UnknownLength or <= ReferenceFormat.MaxImage;
    }

    /// <summary>Seam: the magic of a header.</summary>
    protected virtual bool IsMagic(ulong magic) => magic == ReferenceFormat.Magic;

    /// <summary>Seam: a version that can be loaded (MIG-RES-19).</summary>
    protected virtual bool IsVersion(uint version) => version == ReferenceFormat.Version;

    /// <summary>Seam: the device that has saved the stream is one like this (MIG-RES-06).</summary>
    protected virtual bool IsDevice(uint deviceId) => deviceId == Device.DeviceId;

    /// <summary>Seam: the total length of a header, which a stream that began in pre-copy does not know (MIG-RES-24).</summary>
    protected virtual bool IsLength(ulong total) => true;

    /// <summary>Seam: a slot of the ring (MIG-RES-28).</summary>
    protected virtual bool IsSlot(uint slot) => slot < ContentLimits.QueueSlots;

    /// <summary>Seam: the length of a record was read, and is not checked yet (MIG-RES-17).</summary>
    protected virtual void Announce(uint tag, uint length) { }

    private bool BeginRecord(uint next, uint length)
    {
        Announce(next, length);
        // Registers may come again, everything else comes once, and all in the order of the tags.
        var inOrder = next == previousTag + 1 || (next == ReferenceFormat.Registers && previousTag == ReferenceFormat.Registers);
        var plausible = next switch
        {
            ReferenceFormat.Registers => length is >= 16 and <= 8 + (8 * ContentLimits.Registers) && length % 8 == 0,
            ReferenceFormat.Queue => length is >= 8 and <= 8 + (16 * ContentLimits.QueueSlots) && length % 16 == 8 && covered == AllRegisters,
            ReferenceFormat.Interrupt => length == 8,
            ReferenceFormat.Counters => length == 8 * ContentLimits.Counters,
            ReferenceFormat.Trailer => length == 16,
            _ => false,
        };
        if (!inOrder || !plausible || taken + length > ReferenceFormat.MaxImage)
            return false;
        tag = previousTag = next;
        Expect(Phase.Payload, (int)length);
        return true;
    }

    private bool TakeRecord(ReadOnlySpan<byte> bytes)
    {
        switch (tag)
        {
            case ReferenceFormat.Registers:
                uint first = U32(bytes, 0),
                    count = U32(bytes, 4);
                if (count != (uint)((bytes.Length - 8) / 8) || first >= ContentLimits.Registers || count > ContentLimits.Registers - first)
                    return false;
                for (var i = 0; i < count; i++)
                    Staged.Registers[(int)first + i] = U64(bytes, 8 + (8 * i));
                covered |= ((1u << (int)count) - 1) << (int)first;
                return true;
            case ReferenceFormat.Queue:
                Staged.Head = U32(bytes, 0);
                Staged.Pending = U32(bytes, 4);
                if (!IsSlot(Staged.Head) || Staged.Pending != (uint)((bytes.Length - 8) / 16))
                    return false;
                for (var i = 0; i < Staged.Pending; i++)
                {
                    var entry = new QueueEntry(U64(bytes, 8 + (16 * i)), U32(bytes, 16 + (16 * i)), U32(bytes, 20 + (16 * i)));
                    if (entry.Length is 0 or > ContentLimits.MaxTransfer || (entry.Flags & ~ContentLimits.QueueFlags) != 0)
                        return false;
                    Staged.PendingEntry(i) = entry;
                }
                return true;
            case ReferenceFormat.Interrupt:
                Staged.InterruptPending = U32(bytes, 0) == 1;
                Staged.Vector = U32(bytes, 4);
                return U32(bytes, 0) <= 1 && Staged.Vector < ContentLimits.Vectors;
            default:
                for (var i = 0; i < ContentLimits.Counters; i++)
                    Staged.Counters[i] = U64(bytes, 8 * i);
                return true;
        }
    }

    private bool CheckTrailer(ReadOnlySpan<byte> bytes)
    {
        hash = ReferenceFormat.Hash(hash, bytes[..8]);
        IsComplete = U64(bytes, 0) == taken && U64(bytes, 8) == hash && (announced == ReferenceFormat.UnknownLength || announced == taken);
        return IsComplete;
    }

    private static uint U32(ReadOnlySpan<byte> bytes, int offset) => BinaryPrimitives.ReadUInt32LittleEndian(bytes[offset..]);

    private static ulong U64(ReadOnlySpan<byte> bytes, int offset) => BinaryPrimitives.ReadUInt64LittleEndian(bytes[offset..]);
}
