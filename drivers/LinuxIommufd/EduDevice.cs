using System.Buffers.Binary;
using Conformance.Drivers.LinuxVfio;
using Conformance.Model.Contract;

namespace Conformance.Drivers.LinuxIommufd;

/// <summary>One of QEMU's educational PCI devices in a guest, bound to vfio-pci.</summary>
/// <param name="Name">Its PCI address in the guest.</param>
/// <param name="Node">Its node.</param>
/// <param name="StreamId">Its physical StreamID.</param>
internal sealed record EduDevice(string Name, string Node, uint StreamId)
{
    /// <summary>Where the emulator has its buffer, in its own memory.</summary>
    public List<long> Candidates { get; } = [];

    /// <summary>The place.</summary>
    public long Buffer => Candidates[0];
}

/// <summary>A device that was opened and belongs to an iommufd.</summary>
internal sealed class OpenedEdu : IDisposable
{
    // Registers, and where the device's own engine has its buffer.
    private const long Source = 0x80,
        Destination = 0x88,
        Length = 0x90,
        Command = 0x98;
    private const ulong Buffer = 0x40000;
    private const int Upper = 2048;

    // 100 ms of the guest's time, and one more.
    private const int TransferMilliseconds = 101,
        MostLooks = 50;

    private readonly GuestMachine machine;
    private readonly int descriptor;
    private readonly long registers;
    private uint token = 0xed00_0001;

    /// <summary>Opens a device and binds it.</summary>
    /// <exception cref="DeviceLostException">That fails.</exception>
    public OpenedEdu(GuestMachine machine, EduDevice device, int iommu)
    {
        this.machine = machine;
        Device = device;
        descriptor = (int)GuestMachine.Demand(machine.Calls.Open(device.Node, OpenFlags.ReadWrite), "open of " + device.Node).Value;
        try
        {
            Span<byte> bytes = stackalloc byte[32];
            var bind = new Request(bytes[..16]);
            bind.Set(8, (uint)iommu);
            GuestMachine.Demand(bind.Send(machine.Calls, descriptor, VfioNumbers.BindIommufd), "VFIO_DEVICE_BIND_IOMMUFD");
            Id = bind.Word(12);
            registers = Region(bytes, IommufdNumbers.Bar0);
            // Memory space and bus mastering.
            Span<byte> command = [6, 0];
            GuestMachine.Demand(
                machine.Calls.PositionedWrite(descriptor, new UserBuffer(command), Region(bytes, IommufdNumbers.Config) + 4),
                "write of the PCI command register"
            );
        }
        catch
        {
            machine.Calls.Close(descriptor);
            throw;
        }
    }

    /// <summary>What it is.</summary>
    public EduDevice Device { get; }

    /// <summary>Its id in the iommufd.</summary>
    public uint Id { get; }

    /// <summary>Closes it.</summary>
    /// <exception cref="DeviceLostException">The guest was lost, now or before.</exception>
    public void Dispose() => machine.Calls.Close(descriptor);

    /// <summary>VFIO_DEVICE_ATTACH_IOMMUFD_PT.</summary>
    public CallResult Attach(uint table)
    {
        Span<byte> bytes = stackalloc byte[16];
        var request = new Request(bytes);
        request.Set(8, table);
        return request.Send(machine.Calls, descriptor, VfioNumbers.AttachIommufd);
    }

    /// <summary>VFIO_DEVICE_DETACH_IOMMUFD_PT.</summary>
    public CallResult Detach()
    {
        Span<byte> bytes = stackalloc byte[12];
        return new Request(bytes).Send(machine.Calls, descriptor, VfioNumbers.DetachIommufd);
    }

    /// <summary>
    /// Writes 8 bytes by DMA; false when nothing arrived. The device does not say so: a word that is nowhere in memory is written first, and looked for. Of a
    /// word of 4 bytes that fails, the SMMU makes one record; of 8 bytes it makes two.
    /// </summary>
    public bool Write(ulong address, ulong value)
    {
        while (machine.Holds(++token))
            continue;
        Span<byte> bytes = stackalloc byte[8];
        BinaryPrimitives.WriteUInt64LittleEndian(bytes, token);
        machine.Hardware.WriteProcess(Device.Buffer, bytes);
        Transfer(address, 0, 4, isWrite: true);
        if (!machine.Holds(token))
            return false;
        BinaryPrimitives.WriteUInt64LittleEndian(bytes, value);
        machine.Hardware.WriteProcess(Device.Buffer, bytes);
        Transfer(address, 0, 8, isWrite: true);
        return true;
    }

    /// <summary>
    /// Reads 8 bytes by DMA; null when they did not arrive. A read that fails looks like a read of zeros: it has a record, or it is made again while no word
    /// of memory is zero.
    /// </summary>
    public ulong? Read(ulong address)
    {
        var before = machine.CountRecords(Device.StreamId);
        if (ReadWord(address) != 0)
            return ReadBoth(address);
        if (machine.CountRecords(Device.StreamId) != before)
            return null;
        if (ReadWord(address + 4) != 0)
            return ReadBoth(address);
        return machine.WithoutZeros(() => ReadWord(address + 4)) != 0 ? 0 : null;
    }

    /// <summary>One transfer between memory and the device's buffer.</summary>
    /// <param name="address">What the device emits.</param>
    /// <param name="at">Where in the buffer.</param>
    /// <param name="length">Bytes.</param>
    /// <param name="isWrite">True to memory.</param>
    public void Transfer(ulong address, int at, int length, bool isWrite)
    {
        var own = Buffer + (ulong)at;
        Store(Source, isWrite ? own : address);
        Store(Destination, isWrite ? address : own);
        Store(Length, (ulong)length);
        Store(Command, isWrite ? 3u : 1u);
        Span<byte> bytes = stackalloc byte[8];
        for (var look = 0; look < MostLooks; look++)
        {
            // While the guest sleeps its time passes at once.
            GuestMachine.Demand(machine.Calls.Poll(machine.Memory, 0, TransferMilliseconds), "poll");
            GuestMachine.Demand(machine.Calls.PositionedRead(descriptor, new UserBuffer(bytes), registers + Command), "read of a register");
            if ((bytes[0] & 1) == 0)
                return;
        }

        throw new DeviceLostException(DeviceLoss.TimedOut, $"{Device.Name} does not finish a transfer");
    }

    private uint ReadWord(ulong address)
    {
        Span<byte> bytes = stackalloc byte[4];
        Transfer(address, Upper, 4, isWrite: false);
        machine.Hardware.ReadProcess(Device.Buffer + Upper, bytes);
        return BinaryPrimitives.ReadUInt32LittleEndian(bytes);
    }

    private ulong ReadBoth(ulong address)
    {
        Span<byte> bytes = stackalloc byte[8];
        Transfer(address, Upper, 8, isWrite: false);
        machine.Hardware.ReadProcess(Device.Buffer + Upper, bytes);
        return BinaryPrimitives.ReadUInt64LittleEndian(bytes);
    }

    private void Store(long register, ulong value)
    {
        Span<byte> bytes = stackalloc byte[8];
        BinaryPrimitives.WriteUInt64LittleEndian(bytes, value);
        GuestMachine.Demand(machine.Calls.PositionedWrite(descriptor, new UserBuffer(bytes), registers + register), "write of a register");
    }

    private long Region(Span<byte> bytes, uint index)
    {
        var request = new Request(bytes[..32]);
        request.Set(8, index);
        GuestMachine.Demand(request.Send(machine.Calls, descriptor, VfioNumbers.GetRegionInfo), "VFIO_DEVICE_GET_REGION_INFO");
        return (long)request.Long(24);
    }
}
