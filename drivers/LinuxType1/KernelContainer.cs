using System.Buffers.Binary;
using Conformance.Drivers.LinuxVfio;
using Conformance.Drivers.Processes;
using Conformance.Model.Contract;
using Conformance.Model.Nested.Device;

namespace Conformance.Drivers.LinuxType1;

/// <summary>
/// A container of /dev/vfio/vfio, by ioctl. What is mapped is the same memory of the guest's agent for every mapping: a device that writes leaves every word as
/// it was.
/// </summary>
internal sealed class KernelContainer : IDmaContainer
{
    // The longest mapping, in bytes.
    private const ulong MemoryLength = 2 << 20;

    private readonly ISystemCalls calls;
    private readonly LastBreath last;
    private readonly List<KernelGroup> groups;
    private readonly ulong memory;
    private int container = -1;

    /// <summary>Opens a container; groups are put into it by <see cref="Join"/>.</summary>
    /// <param name="calls">The machine.</param>
    /// <param name="devices">The devices whose groups there are.</param>
    /// <param name="last">Where the loss of the machine goes that is seen when all is closed.</param>
    /// <exception cref="DeviceLostException">It cannot be opened, or the agent gives no memory.</exception>
    public KernelContainer(ISystemCalls calls, IReadOnlyList<VfioLocation> devices, LastBreath last)
    {
        this.calls = calls;
        this.last = last;
        groups = KernelGroup.Of(calls, devices);
        Groups = groups.Aggregate(ContainerGroups.None, (all, one) => all | one.Kind | (one.PinsOnRequest ? ContainerGroups.PinsOnRequest : 0));
        container = (int)KernelGroup.Demand(calls.Open("/dev/vfio/vfio", OpenFlags.ReadWrite), "open of /dev/vfio/vfio");
        var mapped = calls.Map(null, 0, (long)MemoryLength);
        if (!mapped.Ok)
            calls.Close(container);
        memory = (ulong)KernelGroup.Demand(mapped, "mmap of memory for DMA");
    }

    /// <inheritdoc/>
    public ulong PageSize { get; private set; }

    /// <inheritdoc/>
    public ContainerGroups Groups { get; }

    /// <inheritdoc/>
    public CallResult Join(ContainerGroups kind)
    {
        if (groups.Find(one => one.Kind == kind && !one.IsIn) is not { } group)
            return CallResult.Fail(Errno.ENODEV);
        var isFirst = !groups.Exists(one => one.IsIn);
        group.Join(container);
        if (isFirst)
        {
            KernelGroup.Demand(calls.Ioctl(container, VfioNumbers.SetIommu, VfioNumbers.Type1V2), "VFIO_SET_IOMMU");
            Span<byte> info = stackalloc byte[24];
            var request = new Request(info);
            KernelGroup.Demand(request.Send(calls, container, VfioNumbers.Type1GetInfo), "VFIO_IOMMU_GET_INFO");
            var sizes = request.Long(8);
            PageSize = sizes & (~sizes + 1);
        }

        group.OpenDevice();
        return CallResult.Success;
    }

    /// <inheritdoc/>
    public CallResult Leave(ContainerGroups kind)
    {
        if (groups.Count(one => one.IsIn) < 2 || groups.FindLast(one => one.Kind == kind && one.IsIn) is not { } group)
            return CallResult.Fail(Errno.ENODEV);
        group.Leave();
        return CallResult.Success;
    }

    /// <inheritdoc/>
    public CallResult Map(ulong iova, ulong size) =>
        size > MemoryLength ? CallResult.Fail(Errno.ENOMEM) : DmaMemory.MapType1(calls, container, memory, iova, size);

    /// <inheritdoc/>
    public CallResult Unmap(ulong iova, ulong size)
    {
        Span<byte> bytes = stackalloc byte[24];
        var request = new Request(bytes);
        request.Set(8, iova);
        request.Set(16, size);
        return request.Send(calls, container, VfioNumbers.UnmapDma);
    }

    /// <inheritdoc/>
    public CallResult Unmap(in DirtyPagesRequest request, Span<byte> bitmap) => Ask(request, bitmap, VfioNumbers.UnmapDma, hasRange: true);

    /// <summary>The page is pinned. Before it is let go of, the device stores a word through it, of which nobody is told.</summary>
    public CallResult Pin(ulong iova, bool isPinned)
    {
        if (Pinner is not { } pinner)
            return CallResult.Fail(Errno.ENOTTY);
        if (isPinned)
            return pinner.Command(PinnerOperation.Pin, iova);
        var stored = pinner.Command(PinnerOperation.Store, iova);
        return stored.Ok ? pinner.Command(PinnerOperation.Unpin, iova) : stored;
    }

    /// <inheritdoc/>
    public CallResult Write(ulong iova) => Pinner?.Command(PinnerOperation.Write, iova) ?? CallResult.Fail(Errno.ENOTTY);

    private KernelGroup? Pinner => groups.Find(one => one.PinsOnRequest && one.IsIn);

    /// <summary>VFIO_IOMMU_DIRTY_PAGES. The range follows where a bitmap is asked for, among other things or alone.</summary>
    public CallResult DirtyPages(in DirtyPagesRequest request, Span<byte> bitmap) =>
        Ask(request, bitmap, VfioNumbers.DirtyPages, (request.Flags & DirtyPagesRequest.Get) != 0);

    private CallResult Ask(in DirtyPagesRequest request, Span<byte> bitmap, uint number, bool hasRange)
    {
        Span<byte> bytes = stackalloc byte[hasRange ? 48 : 8];
        var argument = new Request(bytes);
        argument.Set(4, request.Flags);
        if (hasRange)
        {
            argument.Set(8, request.Iova);
            argument.Set(16, request.Size);
            argument.Set(24, request.PageSize);
            argument.Set(32, request.BitmapBytes);
            argument.Attach(40, bitmap);
        }

        return argument.Send(calls, container, number);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        // Whoever met a loss before has told it.
        var wasLost = calls is GuestCalls { IsLost: true };
        try
        {
            // With the last group the container loses its mappings.
            foreach (var group in groups)
                group.Close();
            if (container >= 0)
                calls.Close(container);
            calls.Unmap(memory);
        }
        catch (DeviceLostException loss)
        {
            if (!wasLost)
                last.Keep(loss);
        }

        container = -1;
    }
}
