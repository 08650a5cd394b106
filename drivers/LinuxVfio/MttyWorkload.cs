using System.Buffers.Binary;
using Conformance.Model.Contract;
using Conformance.Model.Migration.Device;

namespace Conformance.Drivers.LinuxVfio;

/// <summary>
/// The workload of the kernel's sample serial card mtty: fills the registers and the receive buffer of every port, by pwrite at the region of its I/O BAR.
/// Everything that the stream holds gets a value that depends on the pattern alone; the buffered characters are not in the digest, because reading one removes
/// it. The scratch register of each port can be written and read back, and the configuration space can be read.
/// <para>
/// It has no queue: the card does nothing by itself. What it does on an access (a character that is looped back, the interrupt of that) it does within the
/// access, in STOP as well, and there the access is the user's fault (E-27).
/// </para>
/// </summary>
internal sealed class MttyWorkload : IWorkload, IWorkloadRegisters, IConfigSpace
{
    private const int ConfigurationRegion = 7;

    private const int Data = 0,
        InterruptEnable = 1,
        Fifo = 2,
        LineControl = 3,
        ModemControl = 4,
        LineStatus = 5,
        ModemStatus = 6,
        Scratch = 7;
    private const byte DivisorLatch = 0x80,
        FifoClearAndEnable = 0x07,
        FifoEnable = 0x01;
    private const int FifoSize = 16;

    private readonly ISystemCalls calls;
    private readonly int descriptor;
    private readonly long[] ports;
    private readonly long configuration;

    private MttyWorkload(ISystemCalls calls, int descriptor, long[] ports, long configuration)
    {
        this.calls = calls;
        this.descriptor = descriptor;
        this.ports = ports;
        this.configuration = configuration;
    }

    /// <inheritdoc/>
    public IWorkloadRegisters Registers => this;

    /// <inheritdoc/>
    public IConfigSpace Config => this;

    /// <inheritdoc/>
    public int Count => ports.Length;

    /// <summary>The workload of an opened mtty device with one or two ports.</summary>
    public static MttyWorkload Create(ISystemCalls calls, int descriptor, int ports)
    {
        // mtty fills its table of regions when it is asked for the device's facts, not before.
        Span<byte> info = stackalloc byte[24];
        info.Clear();
        BinaryPrimitives.WriteInt32LittleEndian(info, info.Length);
        Demand(calls.Ioctl(descriptor, VfioNumbers.GetInfo, new UserBuffer(info)), "VFIO_DEVICE_GET_INFO");
        var offsets = new long[ports];
        Span<byte> region = stackalloc byte[32];
        for (var port = 0; port < ports; port++)
        {
            region.Clear();
            BinaryPrimitives.WriteInt32LittleEndian(region, region.Length);
            BinaryPrimitives.WriteInt32LittleEndian(region[8..], port);
            Demand(calls.Ioctl(descriptor, VfioNumbers.GetRegionInfo, new UserBuffer(region)), "VFIO_DEVICE_GET_REGION_INFO");
            if (BinaryPrimitives.ReadUInt64LittleEndian(region[16..]) < 8)
                throw new IOException($"port {port} of the mtty device has no registers");
            offsets[port] = BinaryPrimitives.ReadInt64LittleEndian(region[24..]);
        }

        region.Clear();
        BinaryPrimitives.WriteInt32LittleEndian(region, region.Length);
        BinaryPrimitives.WriteInt32LittleEndian(region[8..], ConfigurationRegion);
        Demand(calls.Ioctl(descriptor, VfioNumbers.GetRegionInfo, new UserBuffer(region)), "VFIO_DEVICE_GET_REGION_INFO");
        return new MttyWorkload(calls, descriptor, offsets, BinaryPrimitives.ReadInt64LittleEndian(region[24..]));
    }

    /// <inheritdoc/>
    public uint Bits(int register) => byte.MaxValue;

    /// <inheritdoc/>
    public int Write(int register, uint value)
    {
        Span<RegisterAccess> access = [RegisterAccess.Put(ports[register] + Scratch, (byte)value)];
        calls.Transfer(descriptor, access);
        return access[0].Errno;
    }

    /// <inheritdoc/>
    public int Read(int register, out uint value)
    {
        Span<RegisterAccess> access = [RegisterAccess.Get(ports[register] + Scratch)];
        calls.Transfer(descriptor, access);
        value = access[0].Value;
        return access[0].Errno;
    }

    /// <inheritdoc/>
    int IConfigSpace.Read(int offset, out uint value)
    {
        Span<byte> word = stackalloc byte[4];
        word.Clear();
        var result = calls.PositionedRead(descriptor, new UserBuffer(word), configuration + offset);
        value = BinaryPrimitives.ReadUInt32LittleEndian(word);
        return result.Ok && result.Value != word.Length ? Errno.EIO : result.Errno;
    }

    /// <inheritdoc/>
    public void Apply(uint pattern)
    {
        var accesses = new List<RegisterAccess>();
        for (var port = 0; port < ports.Length; port++)
        {
            // SplitMix64: neighbouring patterns and ports get unrelated bytes.
            var state = ((ulong)pattern << 8) + (ulong)port;
            void Put(int register, int value) => accesses.Add(RegisterAccess.Put(ports[port] + register, (byte)value));
            byte Next() => (byte)(SplitMix.Next(ref state) >> 56);

            Put(LineControl, 0);
            Put(InterruptEnable, 0);

            // Sixteen characters overwrite the whole buffer, whatever it held; then it is emptied and partly filled.
            Put(Fifo, FifoClearAndEnable);
            for (var count = 0; count < FifoSize; count++)
                Put(Data, Next());
            Put(Fifo, FifoClearAndEnable);
            for (var count = 1 + Next() % 8; count > 0; count--)
                Put(Data, Next());
            Put(Fifo, FifoEnable | (Next() & 0xC0));
            Put(ModemControl, Next() & 0x3F);
            Put(Scratch, Next());
            Put(InterruptEnable, Next() & 0x0F);

            // The divisor can only be read while its latch is open, the interrupt register only while it is closed, and opening
            // the latch clears the divisor: half of the patterns leave it open, so that both are compared.
            Put(LineControl, DivisorLatch);
            Put(Data, Next());
            Put(InterruptEnable, Next());
            Put(LineControl, (Next() & 0x7F) | (pattern % 2 == 0 ? DivisorLatch : 0));
            if (pattern % 2 != 0)
                continue;
            Put(Data, Next());
            Put(InterruptEnable, Next());
        }

        Run(accesses.ToArray());
    }

    /// <inheritdoc/>
    public ulong Digest()
    {
        var control = ports.Select(port => RegisterAccess.Get(port + LineControl)).ToArray();
        Run(control);
        var accesses = new List<RegisterAccess>();
        for (var port = 0; port < ports.Length; port++)
        {
            foreach (var register in (ReadOnlySpan<int>)[InterruptEnable, Fifo, LineControl, ModemControl, LineStatus, ModemStatus, Scratch])
                accesses.Add(RegisterAccess.Get(ports[port] + register));

            // With the latch closed this read would take a character out of the buffer.
            if ((control[port].Value & DivisorLatch) != 0)
                accesses.Add(RegisterAccess.Get(ports[port] + Data));
        }

        var read = accesses.ToArray();
        Run(read);
        return Math.Max(1, RegisterAccess.Digest(read));
    }

    private void Run(Span<RegisterAccess> accesses) => RegisterAccess.Demand(calls, descriptor, accesses, "the mtty device");

    private static void Demand(CallResult result, string what)
    {
        if (!result.Ok)
            throw new IOException($"{what} of the mtty device failed with {Errno.Name(result.Errno)}");
    }
}
