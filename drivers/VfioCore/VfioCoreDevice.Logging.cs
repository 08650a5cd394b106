using System.Buffers.Binary;
using System.Numerics;
using Conformance.Model.Contract;
using Conformance.Model.DmaLogging;
using Conformance.Model.Migration.Device;

namespace Conformance.Drivers.VfioCore;

/// <content>Features 6, 7 and 8: what the core checks before the driver's log is asked (V.6).</content>
public partial class VfioCoreDevice
{
    /// <summary>The most ranges that one START may name: a page full of them (DLOG-06).</summary>
    private const int MaxRanges = 256;

    private const int RangeSize = 16;

    private IovaRange[] ranges = [];

    /// <summary>Seam: the log of the device, or null when it has none (MIG-FEAT-10).</summary>
    protected virtual IDmaLog? Log => Driver.DmaLog;

    private int AnswerLogging(uint index, in UserBuffer argument)
    {
        using var held = HoldSessions();
        return index switch
        {
            Uapi.DmaLoggingStart => StartLogging(argument),
            Uapi.DmaLoggingStop => StopLogging(),
            _ => ReportLogging(argument),
        };
    }

    /// <summary>Seam: START (DLOG-05..10, DLOG-31, DLOG-42..44).</summary>
    protected virtual int StartLogging(in UserBuffer argument)
    {
        var payload = argument.Bytes[PayloadOffset..];
        var pageSize = BinaryPrimitives.ReadUInt64LittleEndian(payload);
        var count = BinaryPrimitives.ReadUInt32LittleEndian(payload[8..]);
        var errno = CheckReservedWord(BinaryPrimitives.ReadUInt32LittleEndian(payload[12..]));
        if (errno != 0 || (errno = CheckRangeCount(count)) != 0)
            return errno;
        if (ranges.Length == 0)
            ranges = new IovaRange[MaxRanges];
        for (var i = 0; i < count; i++)
        {
            if (!AttachedAt(argument, Uapi.StartRangesOffset) || (i + 1) * RangeSize > argument.AttachedAccessible)
                return Errno.EFAULT;
            var bytes = argument.Attached[(i * RangeSize)..];
            ranges[i] = new(BinaryPrimitives.ReadUInt64LittleEndian(bytes), BinaryPrimitives.ReadUInt64LittleEndian(bytes[8..]));
            if ((errno = CheckRange(ranges.AsSpan(0, i), ranges[i], pageSize)) != 0)
                return errno;
        }
        errno = Log!.Start(ranges.AsSpan(0, (int)count), ref pageSize);
        if (errno != 0)
            return errno;
        errno = CopyOut(argument, pageSize);
        if (errno != 0)
            UndoStart();
        return errno;
    }

    /// <summary>Seam: the reserved word of START is ignored (ABI-24, DLOG-37).</summary>
    protected virtual int CheckReservedWord(uint reserved) => Errno.None;

    /// <summary>Seam: how many ranges START takes (DLOG-05, DLOG-06).</summary>
    protected virtual int CheckRangeCount(uint count) =>
        count == 0 ? Errno.EINVAL
        : count > MaxRanges ? Errno.E2BIG
        : Errno.None;

    /// <summary>Seam: one range against the page size as given and against the ranges before it (DLOG-07..09, DLOG-42).</summary>
    protected virtual int CheckRange(ReadOnlySpan<IovaRange> earlier, IovaRange range, ulong pageSize)
    {
        if (((range.Iova | range.Length) & (pageSize - 1)) != 0)
            return Errno.EINVAL;
        if (range.Length > ulong.MaxValue - range.Iova)
            return Errno.EOVERFLOW;
        foreach (var other in earlier)
        {
            if (range.Iova < other.Iova + other.Length && other.Iova < range.Iova + range.Length)
                return Errno.EINVAL;
        }
        return Errno.None;
    }

    /// <summary>Seam: takes a START back whose answer could not be delivered (DLOG-31).</summary>
    protected virtual void UndoStart() => Log!.Stop();

    /// <summary>Seam: STOP (DLOG-12, DLOG-13).</summary>
    protected virtual int StopLogging() => Log!.Stop();

    /// <summary>Seam: REPORT (DLOG-15, DLOG-16, DLOG-42, DLOG-44).</summary>
    protected virtual int ReportLogging(in UserBuffer argument)
    {
        var payload = argument.Bytes[PayloadOffset..];
        var range = new IovaRange(BinaryPrimitives.ReadUInt64LittleEndian(payload), BinaryPrimitives.ReadUInt64LittleEndian(payload[8..]));
        var pageSize = BinaryPrimitives.ReadUInt64LittleEndian(payload[16..]);
        var errno = CheckReport(range, pageSize);
        if (errno != 0)
            return errno;
        var bits = range.Length == 0 ? 0 : ((range.Length - 1) / pageSize) + 1;
        var bytes = (bits + 7) / 8;
        if (bytes != 0 && (!AttachedAt(argument, Uapi.ReportBitmapOffset) || bytes > (ulong)argument.AttachedAccessible))
            return Errno.EFAULT;
        return Log!.Report(range, pageSize, argument.Attached.IsEmpty ? [] : argument.Attached[..argument.AttachedAccessible]);
    }

    /// <summary>Seam: the page size and the range of a REPORT, in this order.</summary>
    protected virtual int CheckReport(IovaRange range, ulong pageSize)
    {
        if (pageSize < 4096 || !BitOperations.IsPow2(pageSize))
            return Errno.EINVAL;
        return range.Length > ulong.MaxValue - range.Iova ? Errno.EOVERFLOW : Errno.None;
    }

    private bool AttachedAt(in UserBuffer argument, int payloadOffset) => argument.PointerOffset == PayloadOffset + payloadOffset;
}
