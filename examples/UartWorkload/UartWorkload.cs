using Conformance.Model.Contract;

namespace Examples;

/// <summary>
/// A workload for a serial card with an 8250 UART in BAR 0 (the kernel's sample device mtty is one): two registers to write and read back, and the
/// configuration space. It does nothing by itself, so it declares no queue, no memory, no interrupts and no peer.
/// </summary>
public sealed class UartWorkload : IWorkloadFactory
{
    /// <summary>Called for every device that is opened. What it throws ends the run, and is not blamed on the driver.</summary>
    public IWorkload Create(IDevicePort device) => new Uart(device);

    private sealed class Uart(IDevicePort device) : IWorkload, IWorkloadRegisters, IConfigSpace
    {
        private const int Bar0 = 0,
            ConfigurationSpace = 7;
        private const ulong LineControl = 3,
            Scratch = 7;

        // The top bit of the line control register opens the divisor latch, which hides other registers: it stays 0.
        private static readonly (ulong Offset, uint Bits)[] Known = [(Scratch, 0xFF), (LineControl, 0x7F)];

        public IWorkloadRegisters Registers => this;

        public IConfigSpace Config => this;

        public int Count => Known.Length;

        /// <summary>All that the device holds must depend on the pattern alone, whatever it held before.</summary>
        public void Apply(uint pattern)
        {
            for (var register = 0; register < Known.Length; register++)
                Demand(Write(register, ((pattern * 37) + (uint)register) & Known[register].Bits));
        }

        /// <summary>Reads what Apply wrote, and changes nothing by it.</summary>
        public ulong Digest()
        {
            var digest = 1ul;
            for (var register = 0; register < Known.Length; register++)
            {
                Demand(Read(register, out var value));
                digest = (digest << 8) | value;
            }

            return digest;
        }

        public uint Bits(int register) => Known[register].Bits;

        public int Write(int register, uint value) => device.Write(Bar0, Known[register].Offset, [(byte)value]);

        public int Read(int register, out uint value)
        {
            Span<byte> read = stackalloc byte[1];
            var errno = device.Read(Bar0, Known[register].Offset, read);
            value = read[0] & Known[register].Bits;
            return errno;
        }

        /// <summary>A word of the configuration space, for MIG-STOP-05.</summary>
        int IConfigSpace.Read(int offset, out uint value)
        {
            Span<byte> word = stackalloc byte[4];
            var errno = device.Read(ConfigurationSpace, (ulong)offset, word);
            value = BitConverter.ToUInt32(word);
            return errno;
        }

        private static void Demand(int errno)
        {
            if (errno != Errno.None)
                throw new IOException($"the UART does not answer: {Errno.Name(errno)}");
        }
    }
}
