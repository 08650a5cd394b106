using System.Buffers.Binary;
using Conformance.Drivers.LinuxVfio;
using Conformance.Drivers.Processes;
using Conformance.Drivers.Reference.Nested;
using Conformance.Model.Contract;
using Conformance.Model.Migration.Device;
using Conformance.Model.Nested.Device;
using Conformance.Model.Smmu.Device;
using Conformance.Model.Smmu.Structures;

namespace Conformance.Drivers.LinuxIommufd;

/// <summary>
/// A descriptor of /dev/iommu in a guest, as a host: the calls of iommufd, whatever IOMMU is behind it. What devices are on it, and what they do, is of the
/// classes that are made from it. The devices' migration is not the kernel's: they have no driver that migrates.
/// </summary>
internal abstract class KernelHost : INestedStage
{
    private const int EventHeader = 8;

    private readonly Dictionary<uint, MigratingDevice> migrations = [];
    private readonly Dictionary<uint, int> queues = [];

    /// <summary>Opens /dev/iommu, with one address space.</summary>
    /// <param name="calls">The guest.</param>
    /// <param name="memory">The descriptor of the file that the memory is in.</param>
    /// <param name="from">Where in that file the memory of this host begins, in bytes.</param>
    /// <exception cref="DeviceLostException">That fails.</exception>
    protected KernelHost(ISystemCalls calls, int memory, ulong from)
    {
        (Calls, Memory, From) = (calls, memory, from);
        Iommu = (int)GuestMachine.Demand(calls.Open("/dev/iommu", OpenFlags.ReadWrite), "open of /dev/iommu").Value;
        try
        {
            Span<byte> bytes = stackalloc byte[12];
            var space = new Request(bytes);
            GuestMachine.Demand(space.Send(calls, Iommu, VfioNumbers.IoasAlloc), "IOMMU_IOAS_ALLOC");
            AddressSpace = space.Word(8);
        }
        catch
        {
            calls.Close(Iommu);
            throw;
        }
    }

    /// <inheritdoc/>
    public abstract NestedHostFacts Facts { get; }

    /// <inheritdoc/>
    public virtual INestedEvidence? Evidence => null;

    /// <summary>The guest's system calls.</summary>
    protected ISystemCalls Calls { get; }

    /// <summary>The descriptor of /dev/iommu.</summary>
    protected int Iommu { get; }

    /// <summary>The descriptor of the file that the memory is in.</summary>
    protected int Memory { get; }

    /// <summary>Where in that file the memory begins, in bytes.</summary>
    protected ulong From { get; }

    /// <summary>The IOAS.</summary>
    protected uint AddressSpace { get; }

    /// <inheritdoc/>
    public abstract void Dispose();

    /// <inheritdoc/>
    public abstract CallResult HwInfo(uint device, uint dataType, out HardwareInfo? info);

    /// <inheritdoc/>
    public abstract CallResult Attach(uint device, uint table);

    /// <inheritdoc/>
    public abstract CallResult Detach(uint device);

    /// <inheritdoc/>
    public abstract void ReadRam(ulong ram, Span<byte> bytes);

    /// <inheritdoc/>
    public abstract void WriteRam(ulong ram, ReadOnlySpan<byte> bytes);

    /// <inheritdoc/>
    public DmaResult Dma(uint device, in DmaRequest request) => migrations[device].Dma(request, TransactorOf(device));

    /// <inheritdoc/>
    public void TakeDone(uint device, ICollection<(DmaRequest Request, DmaResult Result)> into) => migrations[device].TakeDone(into);

    /// <inheritdoc/>
    public DeviceState StateOf(uint device) => migrations[device].State;

    /// <inheritdoc/>
    public CallResult SetState(uint device, DeviceState state) => migrations[device].SetState(state, TransactorOf(device));

    /// <inheritdoc/>
    public CallResult ReadImage(uint device, out byte[] image) => migrations[device].ReadImage(out image);

    /// <inheritdoc/>
    public CallResult WriteImage(uint device, ReadOnlySpan<byte> image) => migrations[device].WriteImage(image);

    /// <inheritdoc/>
    public CallResult AllocateTable(in TableRequest request, out uint id)
    {
        Span<byte> data = stackalloc byte[64];
        data.Clear();
        BinaryPrimitives.WriteUInt64LittleEndian(data, request.Word0);
        BinaryPrimitives.WriteUInt64LittleEndian(data[8..], request.Word1);
        Span<byte> bytes = stackalloc byte[48];
        var asked = new Request(bytes);
        asked.Set(4, request.Flags);
        asked.Set(8, request.Device);
        asked.Set(12, request.Parent);
        asked.Set(20, request.Reserved);
        asked.Set(24, request.DataType);
        asked.Set(28, request.DataLength);
        if (request.DataLength != 0)
            asked.Attach(32, data);
        return Made(asked, IommufdNumbers.HwptAlloc, 16, out id);
    }

    /// <inheritdoc/>
    public CallResult AllocateViommu(uint flags, uint type, uint device, uint parent, out uint id)
    {
        Span<byte> bytes = stackalloc byte[40];
        var request = new Request(bytes);
        request.Set(4, flags);
        request.Set(8, type);
        request.Set(12, device);
        request.Set(16, parent);
        return Made(request, IommufdNumbers.ViommuAlloc, 20, out id);
    }

    /// <inheritdoc/>
    public CallResult AllocateVdevice(uint viommu, uint device, ulong virtualId, out uint id)
    {
        Span<byte> bytes = stackalloc byte[24];
        var request = new Request(bytes);
        request.Set(4, viommu);
        request.Set(8, device);
        request.Set(16, virtualId);
        return Made(request, IommufdNumbers.VdeviceAlloc, 12, out id);
    }

    /// <inheritdoc/>
    public CallResult AllocateEventQueue(uint flags, uint type, uint viommu, uint depth, out uint id)
    {
        Span<byte> bytes = stackalloc byte[32];
        var request = new Request(bytes);
        request.Set(4, flags);
        request.Set(8, viommu);
        request.Set(12, type);
        request.Set(16, depth);
        var result = Made(request, IommufdNumbers.VeventqAlloc, 20, out id);
        if (result.Ok)
            queues[id] = (int)request.Word(24);
        return result;
    }

    /// <inheritdoc/>
    public CallResult Destroy(uint id)
    {
        // Its descriptor holds the object.
        if (queues.Remove(id, out var descriptor))
            Calls.Close(descriptor);
        Span<byte> bytes = stackalloc byte[8];
        var request = new Request(bytes);
        request.Set(4, id);
        return request.Send(Calls, Iommu, IommufdNumbers.Destroy);
    }

    /// <inheritdoc/>
    public virtual CallResult Map(ulong iova, ulong length, ulong ram, bool writable)
    {
        Span<byte> bytes = stackalloc byte[40];
        var request = new Request(bytes);
        request.Set(4, IommufdNumbers.MapFixed | IommufdNumbers.MapReadable | (writable ? IommufdNumbers.MapWritable : 0));
        request.Set(8, AddressSpace);
        request.Set(12, (uint)Memory);
        request.Set(16, From + ram);
        request.Set(24, length);
        request.Set(32, iova);
        return request.Send(Calls, Iommu, IommufdNumbers.IoasMapFile);
    }

    /// <inheritdoc/>
    public virtual CallResult Unmap(ulong iova, ulong length)
    {
        Span<byte> bytes = stackalloc byte[24];
        var request = new Request(bytes);
        request.Set(4, AddressSpace);
        request.Set(8, iova);
        request.Set(16, length);
        return request.Send(Calls, Iommu, IommufdNumbers.IoasUnmap);
    }

    /// <inheritdoc/>
    public CallResult Invalidate(uint id, uint dataType, uint entryLength, ReadOnlySpan<byte> entries, ref uint count)
    {
        Span<byte> bytes = stackalloc byte[32];
        var request = new Request(bytes);
        request.Set(4, id);
        request.Set(16, dataType);
        request.Set(20, entryLength);
        request.Set(24, count);
        request.Attach(8, entries.ToArray());
        var result = request.Send(Calls, Iommu, IommufdNumbers.HwptInvalidate);
        count = request.Word(24);
        return result;
    }

    /// <inheritdoc/>
    public CallResult ReadEvents(uint queue, ICollection<VirtualEvent> into)
    {
        ArgumentNullException.ThrowIfNull(into);
        if (!queues.TryGetValue(queue, out var descriptor))
            return CallResult.Fail(Errno.ENOENT);
        var bytes = new byte[64 * (EventHeader + SmmuEvent.Length)];
        while (true)
        {
            var polled = Calls.Poll(descriptor, 1, 0);
            if (!polled.Ok || (polled.Value & 1) == 0)
                return polled.Ok ? CallResult.Success : polled;
            var read = Calls.Read(descriptor, new UserBuffer(bytes));
            if (!read.Ok || read.Value == 0)
                return read.Ok ? CallResult.Success : read;
            TakeEvents(bytes.AsSpan(0, (int)Math.Clamp(read.Value, 0, bytes.Length)), into);
        }
    }

    /// <summary>Takes the records apart that one read of a vEVENTQ gave.</summary>
    /// <param name="bytes">What it gave.</param>
    /// <param name="into">Where they go.</param>
    /// <exception cref="DeviceLostException">They do not end with the end of a record, as the kernel promises: what follows cannot be read either.</exception>
    internal static void TakeEvents(ReadOnlySpan<byte> bytes, ICollection<VirtualEvent> into)
    {
        for (var rest = bytes; !rest.IsEmpty; )
        {
            var isLost = rest.Length >= EventHeader && (BinaryPrimitives.ReadUInt32LittleEndian(rest) & Iommufd.LostEvents) != 0;
            var length = isLost ? EventHeader : EventHeader + SmmuEvent.Length;
            if (rest.Length < length)
                throw new DeviceLostException(
                    DeviceLoss.Died,
                    $"a read of a vEVENTQ gave {bytes.Length} bytes, and a record of {length} bytes begins at {bytes.Length - rest.Length}"
                );
            into.Add(
                new(
                    BinaryPrimitives.ReadUInt32LittleEndian(rest),
                    BinaryPrimitives.ReadUInt32LittleEndian(rest[4..]),
                    isLost ? default : SmmuEvent.Read(rest.Slice(EventHeader, SmmuEvent.Length))
                )
            );
            rest = rest[length..];
        }
    }

    /// <inheritdoc/>
    public virtual CallResult SetDirtyTracking(uint table, uint flags, uint reserved = 0)
    {
        Span<byte> bytes = stackalloc byte[16];
        var request = new Request(bytes);
        request.Set(4, flags);
        request.Set(8, table);
        request.Set(12, reserved);
        return request.Send(Calls, Iommu, IommufdNumbers.SetDirtyTracking);
    }

    /// <inheritdoc/>
    public CallResult GetDirtyBitmap(in BitmapRequest request, Span<byte> buffer, int offset)
    {
        Span<byte> bytes = stackalloc byte[48];
        var asked = new Request(bytes);
        asked.Set(4, request.Table);
        asked.Set(8, request.Flags);
        asked.Set(12, request.Reserved);
        asked.Set(16, request.Iova);
        asked.Set(24, request.Length);
        asked.Set(32, request.PageSize);
        asked.Attach(40, buffer[offset..]);
        return asked.Send(Calls, Iommu, IommufdNumbers.GetDirtyBitmap);
    }

    /// <summary>A device is on this host.</summary>
    protected void Add(uint device) => migrations.Add(device, new());

    /// <summary>How a device does a DMA now.</summary>
    protected abstract Func<DmaRequest, DmaResult> TransactorOf(uint device);

    /// <summary>Closes what the queues are read through.</summary>
    protected void CloseQueues()
    {
        foreach (var queue in queues.Values)
            Calls.Close(queue);
    }

    /// <summary>Forgets queues and migrations; nothing is asked of the guest.</summary>
    protected void Forget()
    {
        queues.Clear();
        foreach (var migration in migrations.Values)
            migration.Dispose();
        migrations.Clear();
    }

    private CallResult Made(in Request request, uint number, int at, out uint id)
    {
        var result = request.Send(Calls, Iommu, number);
        id = result.Ok ? request.Word(at) : 0;
        return result;
    }
}
