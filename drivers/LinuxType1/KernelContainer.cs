using System.Buffers.Binary;
using System.Globalization;
using Conformance.Drivers.LinuxVfio;
using Conformance.Drivers.Processes;
using Conformance.Model.Contract;
using Conformance.Model.Nested.Device;

namespace Conformance.Drivers.LinuxType1;

/// <summary>
/// A container of /dev/vfio/vfio, by ioctl. What is mapped is memory that the guest's agent has anyway, the same for every mapping: nothing is read there, and
/// the device does nothing. One group joins; of a mediated device it is one that would pin, of any other one that tells nobody what it writes.
/// </summary>
internal sealed class KernelContainer : IDmaContainer
{
    // VFIO_DMA_MAP_FLAG_READ and VFIO_DMA_MAP_FLAG_WRITE.
    private const uint ReadWrite = 3;

    private readonly ISystemCalls calls;
    private readonly VfioLocation location;
    private readonly LastBreath last;
    private readonly (ulong Address, ulong Length) memory;
    private int container = -1,
        group = -1;

    /// <summary>Opens a container; the group is put into it by <see cref="Join"/>.</summary>
    /// <exception cref="DeviceLostException">It cannot be opened, or the agent has no memory that can be mapped.</exception>
    public KernelContainer(ISystemCalls calls, VfioLocation location, LastBreath last)
    {
        this.calls = calls;
        this.location = location;
        this.last = last;
        if (location.GroupNode is null)
            throw new DeviceLostException(DeviceLoss.Unreachable, $"{location.Name} has no group node in /dev/vfio");
        memory = Largest(calls.ReadText("/proc/self/maps") ?? "");
        container = Opened("/dev/vfio/vfio");
    }

    /// <inheritdoc/>
    public ulong PageSize { get; private set; }

    /// <inheritdoc/>
    public ContainerGroups Groups => location.Type.Length > 0 ? ContainerGroups.Pinning : ContainerGroups.Silent;

    /// <inheritdoc/>
    public CallResult Join(bool pins)
    {
        if (group >= 0 || pins != (Groups == ContainerGroups.Pinning))
            return CallResult.Fail(Errno.ENODEV);
        group = Opened(location.GroupNode!);
        Span<byte> descriptor = stackalloc byte[4];
        BinaryPrimitives.WriteInt32LittleEndian(descriptor, container);
        Demand(calls.Ioctl(group, VfioNumbers.GroupSetContainer, new UserBuffer(descriptor)), "VFIO_GROUP_SET_CONTAINER");
        Demand(calls.Ioctl(container, VfioNumbers.SetIommu, VfioNumbers.Type1V2), "VFIO_SET_IOMMU");
        Span<byte> info = stackalloc byte[24];
        var request = new Request(info);
        Demand(request.Send(calls, container, VfioNumbers.Type1GetInfo), "VFIO_IOMMU_GET_INFO");
        var sizes = request.Long(8);
        PageSize = sizes & (~sizes + 1);
        return CallResult.Success;
    }

    /// <summary>The only group does not leave.</summary>
    public CallResult Leave(bool pins) => CallResult.Fail(Errno.EBUSY);

    /// <inheritdoc/>
    public CallResult Map(ulong iova, ulong size)
    {
        if (size > memory.Length)
            return CallResult.Fail(Errno.ENOMEM);
        Span<byte> bytes = stackalloc byte[32];
        var request = new Request(bytes);
        request.Set(4, ReadWrite);
        request.Set(8, memory.Address);
        request.Set(16, iova);
        request.Set(24, size);
        return request.Send(calls, container, VfioNumbers.MapDma);
    }

    /// <inheritdoc/>
    public CallResult Unmap(ulong iova, ulong size)
    {
        Span<byte> bytes = stackalloc byte[24];
        var request = new Request(bytes);
        request.Set(8, iova);
        request.Set(16, size);
        return request.Send(calls, container, VfioNumbers.UnmapDma);
    }

    /// <summary>No driver of a lab pins when it is told to.</summary>
    public CallResult Pin(ulong iova, bool isPinned) => CallResult.Fail(Errno.ENOTTY);

    /// <summary>No driver of a lab writes when it is told to.</summary>
    public CallResult Write(ulong iova) => CallResult.Fail(Errno.ENOTTY);

    /// <inheritdoc/>
    public CallResult DirtyPages(in DirtyPagesRequest request, Span<byte> bitmap)
    {
        // The range follows where a bitmap is asked for, among other things or alone.
        Span<byte> bytes = stackalloc byte[(request.Flags & DirtyPagesRequest.Get) != 0 ? 48 : 8];
        var argument = new Request(bytes);
        argument.Set(4, request.Flags);
        if (bytes.Length > 8)
        {
            argument.Set(8, request.Iova);
            argument.Set(16, request.Size);
            argument.Set(24, request.PageSize);
            argument.Set(32, request.BitmapBytes);
            argument.Attach(40, bitmap);
        }

        return argument.Send(calls, container, VfioNumbers.DirtyPages);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        try
        {
            // With the last group the container loses its mappings.
            if (group >= 0)
                calls.Close(group);
            if (container >= 0)
                calls.Close(container);
        }
        catch (DeviceLostException loss)
        {
            last.Keep(loss);
        }

        group = container = -1;
    }

    // The longest range of anonymous memory that may be written, other than a stack: "START-END rw-p OFFSET MAJOR:MINOR INODE [heap]".
    private static (ulong Address, ulong Length) Largest(string maps)
    {
        var best = (Address: 0ul, Length: 0ul);
        foreach (var line in maps.Split('\n'))
        {
            var words = line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
            if (words is not [var range, "rw-p", _, _, "0", ..] || words is [.., "[stack]"] || range.Split('-') is not [var from, var to])
                continue;
            if (
                ulong.TryParse(from, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var first)
                && ulong.TryParse(to, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var end)
                && end > first
                && end - first > best.Length
            )
                best = (first, end - first);
        }

        return best.Length > 0 ? best : throw new DeviceLostException(DeviceLoss.Unreachable, "the guest's agent has no memory that could be mapped");
    }

    private int Opened(string path)
    {
        var result = calls.Open(path, OpenFlags.ReadWrite);
        Demand(result, $"open of {path}");
        return (int)result.Value;
    }

    private void Demand(CallResult result, string what)
    {
        if (!result.Ok)
            throw new DeviceLostException(DeviceLoss.Unreachable, $"{location.Name}, {what}: {Errno.Name(result.Errno)}");
    }
}
