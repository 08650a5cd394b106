using Conformance.Model.Contract;

namespace Conformance.Drivers.LinuxVfio;

/// <summary>
/// Plays a guest's driver of a virtual function of a HiSilicon accelerator, by pread and pwrite at BAR 2: interrupt masks of the two event queues, page size,
/// the base of the submission queues' contexts by a mailbox command, and the register that says that the function is ready. The software device of labs/hisi
/// takes all of it; on hardware the base would be an address that nobody has mapped, so that this workload is used where an address asks for it, and nowhere
/// else.
/// <para>
/// In the digest are the registers that a user can read back at once. Not the mask of the communication interrupt, which the driver opens whenever it starts a
/// function; not the base, which takes a mailbox command and the device's time to read: it is in the stream, and compared there.
/// </para>
/// </summary>
internal sealed class HisiAccWorkload : IWorkload, IWorkloadRegisters, IConfigSpace
{
    /// <summary>Patterns with this remainder by 8 leave the function as one without a guest's driver, as those of <c>reference:hisi_acc</c> do.</summary>
    internal const uint NobodyThere = 7;

    private const int Bar = 2,
        ConfigurationRegion = 7;
    private const int AsyncEventQueueMask = 0x04,
        EventQueueMask = 0x0c,
        PageSize = 0x34,
        State = 0x60,
        Mailbox = 0x300,
        MailboxLow = 0x304,
        MailboxHigh = 0x308;
    private const uint SubmissionBase = 4,
        Busy = 1 << 13;

    private static readonly int[] plain = [AsyncEventQueueMask, EventQueueMask, PageSize];

    private readonly ISystemCalls calls;
    private readonly int descriptor;
    private readonly long bar;
    private readonly IDevicePort port;

    private HisiAccWorkload(ISystemCalls calls, int descriptor, long bar, IDevicePort port)
    {
        this.calls = calls;
        this.descriptor = descriptor;
        this.bar = bar;
        this.port = port;
    }

    /// <inheritdoc/>
    public IWorkloadRegisters Registers => this;

    /// <inheritdoc/>
    public IConfigSpace Config => this;

    /// <inheritdoc/>
    public int Count => 1;

    /// <summary>The workload of an opened function.</summary>
    /// <exception cref="IOException">Its BAR is not that of such a function.</exception>
    public static HisiAccWorkload Create(ISystemCalls calls, int descriptor, VfioPort port)
    {
        var errno = port.Locate(Bar, 0, MailboxHigh + 4, out var at);
        return errno == 0
            ? new(calls, descriptor, at, port)
            : throw new IOException($"the device has no BAR 2 with the registers of a HiSilicon accelerator: {Errno.Name(errno)}");
    }

    /// <inheritdoc/>
    public void Apply(uint pattern)
    {
        if (pattern % 8 == NobodyThere)
        {
            Run(Words([(State, 1)]));
            return;
        }

        // SplitMix64: neighbouring patterns get unrelated words. The device looks for a command once per tick, and before those of the driver; the busy bit is
        // in the second byte of its word, and those behind it are 0, so that half of one is never seen.
        var state = (ulong)pattern << 8;
        var submissions = SplitMix.Next(ref state) | 1;
        Run(
            Words([
                (State, 1),
                .. plain.Select(register => (register, (uint)SplitMix.Next(ref state))),
                (MailboxLow, (uint)submissions),
                (MailboxHigh, (uint)(submissions >> 32)),
                (Mailbox, SubmissionBase | Busy),
                (State, 0),
            ])
        );
    }

    /// <inheritdoc/>
    public ulong Digest()
    {
        int[] registers = [State, .. plain];
        var read = Run([.. registers.SelectMany(register => Enumerable.Range(0, 4).Select(part => RegisterAccess.Get(bar + register + part)))]);
        // Where nobody is there, no register means anything.
        if ((read[0].Value & 1) != 0)
            return 1;
        return Math.Max(2, RegisterAccess.Digest(read));
    }

    /// <inheritdoc/>
    public uint Bits(int register) => uint.MaxValue;

    /// <inheritdoc/>
    public int Write(int register, uint value)
    {
        Span<byte> word = stackalloc byte[4];
        BitConverter.TryWriteBytes(word, value);
        return port.Write(Bar, EventQueueMask, word);
    }

    /// <inheritdoc/>
    public int Read(int register, out uint value)
    {
        Span<byte> word = stackalloc byte[4];
        var errno = port.Read(Bar, EventQueueMask, word);
        value = BitConverter.ToUInt32(word);
        return errno;
    }

    /// <inheritdoc/>
    int IConfigSpace.Read(int offset, out uint value)
    {
        Span<byte> word = stackalloc byte[4];
        var errno = port.Read(ConfigurationRegion, (ulong)offset, word);
        value = BitConverter.ToUInt32(word);
        return errno;
    }

    private List<RegisterAccess> Words(ReadOnlySpan<(int Register, uint Value)> words)
    {
        var accesses = new List<RegisterAccess>();
        foreach (var (register, value) in words)
            for (var part = 0; part < 4; part++)
                accesses.Add(RegisterAccess.Put(bar + register + part, (byte)(value >> (8 * part))));
        return accesses;
    }

    private RegisterAccess[] Run(List<RegisterAccess> list)
    {
        var accesses = list.ToArray();
        RegisterAccess.Demand(calls, descriptor, accesses, "the function", bar);
        return accesses;
    }
}
