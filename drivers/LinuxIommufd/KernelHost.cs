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
/// A descriptor of /dev/iommu in a guest, with devices of its own: iommufd and the kernel's driver of the SMMUv3 as a host of nested stages. Two of them in one
/// guest are two hosts. The devices' migration is not the kernel's: they have no driver that migrates.
/// </summary>
internal sealed class KernelHost : INestedStage, INestedEvidence
{
    private const int EventHeader = 8;

    private readonly GuestMachine machine;
    private readonly LastBreath last;
    private readonly ISystemCalls calls;
    private readonly int place;
    private readonly int iommu;
    private readonly List<OpenedEdu> opened = [];
    private readonly Dictionary<uint, OpenedEdu> devices = [];
    private readonly Dictionary<uint, MigratingDevice> migrations = [];
    private readonly Dictionary<uint, int> queues = [];

    /// <summary>Opens /dev/iommu, and binds the devices of a place to it.</summary>
    /// <param name="machine">The guest.</param>
    /// <param name="last">Who is told of a guest that is lost while this host is closed.</param>
    /// <exception cref="DeviceLostException">That fails.</exception>
    public KernelHost(GuestMachine machine, LastBreath last)
    {
        this.machine = machine;
        this.last = last;
        calls = machine.Calls;
        place = machine.Take();
        iommu = -1;
        try
        {
            iommu = (int)GuestMachine.Demand(calls.Open("/dev/iommu", OpenFlags.ReadWrite), "open of /dev/iommu").Value;
            Span<byte> bytes = stackalloc byte[12];
            var space = new Request(bytes);
            GuestMachine.Demand(space.Send(calls, iommu, VfioNumbers.IoasAlloc), "IOMMU_IOAS_ALLOC");
            for (var i = 0; i < GuestMachine.HostDevices; i++)
            {
                var device = new OpenedEdu(machine, machine.Devices[(place * GuestMachine.HostDevices) + i], iommu);
                opened.Add(device);
                devices.Add(device.Id, device);
                migrations.Add(device.Id, new());
            }

            Facts = new()
            {
                AddressSpace = space.Word(8),
                Devices = [.. opened.Select(device => new NestedDevice(device.Id, 0, [device.Device.StreamId], HasAts: false))],
                RamSize = GuestMachine.HostMemory,
                MapsDirty = true,
            };
        }
        catch
        {
            Close();
            throw;
        }
    }

    /// <inheritdoc/>
    public NestedHostFacts Facts { get; }

    /// <inheritdoc/>
    public INestedEvidence? Evidence => this;

    /// <inheritdoc/>
    public void Dispose() => Close();

    /// <inheritdoc/>
    public CallResult HwInfo(uint device, uint dataType, out HardwareInfo? info)
    {
        info = null;
        Span<byte> data = stackalloc byte[40];
        data.Clear();
        Span<byte> bytes = stackalloc byte[40];
        var request = new Request(bytes);
        // IOMMU_HW_INFO_FLAG_INPUT_TYPE: a type is asked for.
        request.Set(4, dataType == 0 ? 0u : 1u);
        request.Set(8, device);
        request.Set(12, (uint)data.Length);
        request.Set(24, dataType);
        request.Attach(16, data);
        var result = request.Send(calls, iommu, IommufdNumbers.GetHwInfo);
        if (!result.Ok || request.Word(24) != Iommufd.ArmSmmuv3Info)
            return result;
        // flags, reserved, IDR0..IDR5, IIDR, AIDR.
        Span<uint> words = stackalloc uint[10];
        for (var i = 0; i < words.Length; i++)
            words[i] = BinaryPrimitives.ReadUInt32LittleEndian(data[(4 * i)..]);
        info = new(SmmuCapabilities.Of(words[2], words[3], words[5], words[7], words[9]), (request.Long(32) & 1) != 0);
        return result;
    }

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
    public CallResult Attach(uint device, uint table) => devices.TryGetValue(device, out var one) ? one.Attach(table) : CallResult.Fail(Errno.ENODEV);

    /// <inheritdoc/>
    public CallResult Detach(uint device) => devices.TryGetValue(device, out var one) ? one.Detach() : CallResult.Fail(Errno.ENODEV);

    /// <inheritdoc/>
    public CallResult Destroy(uint id)
    {
        // Its descriptor holds the object.
        if (queues.Remove(id, out var descriptor))
            calls.Close(descriptor);
        Span<byte> bytes = stackalloc byte[8];
        var request = new Request(bytes);
        request.Set(4, id);
        return request.Send(calls, iommu, IommufdNumbers.Destroy);
    }

    /// <inheritdoc/>
    public CallResult Map(ulong iova, ulong length, ulong ram, bool writable)
    {
        Span<byte> bytes = stackalloc byte[40];
        var request = new Request(bytes);
        request.Set(4, IommufdNumbers.MapFixed | IommufdNumbers.MapReadable | (writable ? IommufdNumbers.MapWritable : 0));
        request.Set(8, Facts.AddressSpace);
        request.Set(12, (uint)machine.Memory);
        request.Set(16, ((ulong)place * GuestMachine.HostMemory) + ram);
        request.Set(24, length);
        request.Set(32, iova);
        return request.Send(calls, iommu, IommufdNumbers.IoasMapFile);
    }

    /// <inheritdoc/>
    public CallResult Unmap(ulong iova, ulong length)
    {
        Span<byte> bytes = stackalloc byte[24];
        var request = new Request(bytes);
        request.Set(4, Facts.AddressSpace);
        request.Set(8, iova);
        request.Set(16, length);
        return request.Send(calls, iommu, IommufdNumbers.IoasUnmap);
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
        var result = request.Send(calls, iommu, IommufdNumbers.HwptInvalidate);
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
            var polled = calls.Poll(descriptor, 1, 0);
            if (!polled.Ok || (polled.Value & 1) == 0)
                return polled.Ok ? CallResult.Success : polled;
            var read = calls.Read(descriptor, new UserBuffer(bytes));
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
    public CallResult SetDirtyTracking(uint table, uint flags, uint reserved = 0)
    {
        Span<byte> bytes = stackalloc byte[16];
        var request = new Request(bytes);
        request.Set(4, flags);
        request.Set(8, table);
        request.Set(12, reserved);
        return request.Send(calls, iommu, IommufdNumbers.SetDirtyTracking);
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
        return asked.Send(calls, iommu, IommufdNumbers.GetDirtyBitmap);
    }

    /// <inheritdoc/>
    public void ReadRam(ulong ram, Span<byte> bytes) => machine.ReadRam(place, ram, bytes);

    /// <inheritdoc/>
    public void WriteRam(ulong ram, ReadOnlySpan<byte> bytes) => machine.WriteRam(place, ram, bytes);

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
    public StreamTableEntry EntryOf(uint device) => machine.Hardware.EntryOf(devices[device].Device.StreamId);

    /// <inheritdoc/>
    public void TakeIssued(ICollection<SmmuCommand> into) => machine.Hardware.TakeIssued(into);

    /// <inheritdoc/>
    public void TakeRecords(ICollection<SmmuEvent> into) => machine.TakeRecords(stream => opened.Exists(one => one.Device.StreamId == stream), into);

    /// <inheritdoc/>
    public ulong LeafOf(ulong iova) => Translate(iova)?.Leaf ?? 0;

    /// <inheritdoc/>
    public ulong? PhysicalOf(ulong iova) => Translate(iova)?.Address;

    // Stage 2 is that of any device: a machine has one.
    private (ulong Address, ulong Leaf)? Translate(ulong iova)
    {
        foreach (var device in opened)
            if (machine.Hardware.EntryOf(device.Device.StreamId) is { Valid: true, Config: StreamConfig.Stage2 or StreamConfig.Nested } entry)
                return machine.Hardware.Translate(entry, iova);
        return null;
    }

    private Func<DmaRequest, DmaResult> TransactorOf(uint device)
    {
        var one = devices[device];
        return request =>
            request.IsWrite ? new(one.Write(request.Address, request.Value) ? DmaEnd.Completed : DmaEnd.Aborted)
            : one.Read(request.Address) is { } value ? new(DmaEnd.Completed, value)
            : new(DmaEnd.Aborted);
    }

    private CallResult Made(in Request request, uint number, int at, out uint id)
    {
        var result = request.Send(calls, iommu, number);
        id = result.Ok ? request.Word(at) : 0;
        return result;
    }

    private void Close()
    {
        // Whoever met a loss before has told it.
        var wasLost = machine.IsLost;
        try
        {
            foreach (var queue in queues.Values)
                calls.Close(queue);
            foreach (var device in opened)
                device.Dispose();
            if (iommu >= 0)
                calls.Close(iommu);
            // What this one left in the queues is nobody's.
            TakeRecords([]);
        }
        catch (DeviceLostException loss)
        {
            if (!wasLost)
                last.Keep(loss);
        }

        queues.Clear();
        opened.Clear();
        foreach (var migration in migrations.Values)
            migration.Dispose();
        migrations.Clear();
        machine.Release(place);
    }
}
