using System.Buffers.Binary;
using Conformance.Drivers.LinuxVfio;
using Conformance.Drivers.Processes;
using Conformance.Model.Contract;
using Conformance.Model.Nested.Device;
using Conformance.Model.Smmu.Device;
using Conformance.Model.Smmu.Structures;

namespace Conformance.Drivers.LinuxIommufd;

/// <summary>
/// iommufd and the kernel's driver of the SMMUv3 as a host of nested stages, with <c>edu</c> devices of its own. Two of them in one guest are two hosts.
/// </summary>
internal sealed class SmmuHost : KernelHost, INestedEvidence
{
    private readonly GuestMachine machine;
    private readonly LastBreath last;
    private readonly int place;
    private readonly List<OpenedEdu> opened = [];
    private readonly Dictionary<uint, OpenedEdu> devices = [];

    private SmmuHost(GuestMachine machine, LastBreath last, int place)
        : base(machine.Calls, machine.Memory, (ulong)place * GuestMachine.HostMemory)
    {
        this.machine = machine;
        this.last = last;
        this.place = place;
        try
        {
            for (var i = 0; i < GuestMachine.HostDevices; i++)
            {
                var device = new OpenedEdu(machine, machine.Devices[(place * GuestMachine.HostDevices) + i], Iommu);
                opened.Add(device);
                devices.Add(device.Id, device);
                Add(device.Id);
            }

            Facts = new()
            {
                AddressSpace = AddressSpace,
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

    /// <summary>Opens /dev/iommu, and binds the devices of a place to it.</summary>
    /// <param name="machine">The guest.</param>
    /// <param name="last">Who is told of a guest that is lost while this host is closed.</param>
    /// <exception cref="DeviceLostException">That fails.</exception>
    public static SmmuHost Open(GuestMachine machine, LastBreath last)
    {
        var place = machine.Take();
        try
        {
            return new(machine, last, place);
        }
        catch
        {
            machine.Release(place);
            throw;
        }
    }

    /// <inheritdoc/>
    public override NestedHostFacts Facts { get; }

    /// <inheritdoc/>
    public override INestedEvidence? Evidence => this;

    /// <inheritdoc/>
    public override void Dispose() => Close();

    /// <inheritdoc/>
    public override CallResult HwInfo(uint device, uint dataType, out HardwareInfo? info)
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
        var result = request.Send(Calls, Iommu, IommufdNumbers.GetHwInfo);
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
    public override CallResult Attach(uint device, uint table) => devices.TryGetValue(device, out var one) ? one.Attach(table) : CallResult.Fail(Errno.ENODEV);

    /// <inheritdoc/>
    public override CallResult Detach(uint device) => devices.TryGetValue(device, out var one) ? one.Detach() : CallResult.Fail(Errno.ENODEV);

    /// <inheritdoc/>
    public override void ReadRam(ulong ram, Span<byte> bytes) => machine.ReadRam(place, ram, bytes);

    /// <inheritdoc/>
    public override void WriteRam(ulong ram, ReadOnlySpan<byte> bytes) => machine.WriteRam(place, ram, bytes);

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

    /// <inheritdoc/>
    protected override Func<DmaRequest, DmaResult> TransactorOf(uint device)
    {
        var one = devices[device];
        return request =>
            request.IsWrite ? new(one.Write(request.Address, request.Value) ? DmaEnd.Completed : DmaEnd.Aborted)
            : one.Read(request.Address) is { } value ? new(DmaEnd.Completed, value)
            : new(DmaEnd.Aborted);
    }

    private void Close()
    {
        // Whoever met a loss before has told it.
        var wasLost = machine.IsLost;
        try
        {
            CloseQueues();
            foreach (var device in opened)
                device.Dispose();
            Calls.Close(Iommu);
            // What this one left in the queues is nobody's.
            TakeRecords([]);
        }
        catch (DeviceLostException loss)
        {
            if (!wasLost)
                last.Keep(loss);
        }

        Forget();
        opened.Clear();
        machine.Release(place);
    }
}
