using System.Buffers.Binary;
using Conformance.Model.Contract;

namespace Conformance.Drivers.LinuxVfio;

/// <summary>The regions of an opened device, by pread and pwrite of its descriptor.</summary>
internal sealed class VfioPort(ISystemCalls calls, OpenedDevice opened) : IDevicePort
{
    private const int InfoSize = 24,
        RegionSize = 32;
    private const uint CanBeMapped = 4;
    private readonly Dictionary<int, (ulong Offset, ulong Size, uint Flags)> regions = [];
    private bool asked;

    /// <inheritdoc/>
    public VfioDescriptors? Descriptors => calls is LocalCalls ? new(opened.Descriptor, opened.Iommu, opened.AddressSpace) : null;

    /// <inheritdoc/>
    public object? Driver => null;

    /// <inheritdoc/>
    public int Read(int region, ulong offset, Span<byte> bytes)
    {
        var errno = Locate(region, offset, bytes.Length, out var at);
        return errno != 0 ? errno : Outcome(calls.PositionedRead(opened.Descriptor, new UserBuffer(bytes), at), bytes.Length);
    }

    /// <inheritdoc/>
    public int Write(int region, ulong offset, ReadOnlySpan<byte> bytes)
    {
        var errno = Locate(region, offset, bytes.Length, out var at);
        return errno != 0 ? errno : Outcome(calls.PositionedWrite(opened.Descriptor, new UserBuffer(bytes.ToArray()), at), bytes.Length);
    }

    private static int Outcome(CallResult result, int length) =>
        !result.Ok ? result.Errno
        : result.Value == length ? Errno.None
        : Errno.EIO;

    /// <summary>Maps a region as a whole.</summary>
    /// <returns>Where it is mapped, for as long as the device is open; null where the driver does not let it be mapped.</returns>
    internal ulong? Map(int region)
    {
        if (Find(region, out var found) != 0 || (found.Flags & CanBeMapped) == 0)
            return null;
        var mapped = calls.Map(opened.Descriptor, (long)found.Offset, (long)found.Size);
        return mapped.Ok ? (ulong)mapped.Value : null;
    }

    /// <summary>Where a piece of a region is in the file of the device.</summary>
    /// <returns>0 or an errno.</returns>
    internal int Locate(int region, ulong offset, int length, out long at)
    {
        at = 0;
        var errno = Find(region, out var found);
        if (errno != 0)
            return errno;
        if (offset > found.Size || (ulong)length > found.Size - offset)
            return Errno.EINVAL;
        at = (long)(found.Offset + offset);
        return Errno.None;
    }

    private int Find(int region, out (ulong Offset, ulong Size, uint Flags) found)
    {
        if (regions.TryGetValue(region, out found))
            return Errno.None;
        // Some drivers fill their table of regions when they are asked for the device's facts, not before.
        if (!asked)
        {
            Span<byte> facts = stackalloc byte[InfoSize];
            facts.Clear();
            BinaryPrimitives.WriteInt32LittleEndian(facts, InfoSize);
            if (calls.Ioctl(opened.Descriptor, VfioNumbers.GetInfo, new UserBuffer(facts)) is { Ok: false } refused)
                return refused.Errno;
            asked = true;
        }

        Span<byte> info = stackalloc byte[RegionSize];
        info.Clear();
        BinaryPrimitives.WriteInt32LittleEndian(info, RegionSize);
        BinaryPrimitives.WriteInt32LittleEndian(info[8..], region);
        if (calls.Ioctl(opened.Descriptor, VfioNumbers.GetRegionInfo, new UserBuffer(info)) is { Ok: false } unknown)
            return unknown.Errno;
        found = (
            BinaryPrimitives.ReadUInt64LittleEndian(info[24..]),
            BinaryPrimitives.ReadUInt64LittleEndian(info[16..]),
            BinaryPrimitives.ReadUInt32LittleEndian(info[4..])
        );
        regions[region] = found;
        return Errno.None;
    }
}
