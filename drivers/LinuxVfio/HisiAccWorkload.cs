using Conformance.Model.Contract;
using Conformance.Model.Serialization;

namespace Conformance.Drivers.LinuxVfio;

/// <summary>
/// Plays a guest's driver of a virtual function of a HiSilicon accelerator: interrupt masks of the two event queues and page size by pwrite at BAR 2; by
/// mailbox the contexts of the event queues, which the function fetches by DMA, and the bases of the contexts of the other queues; then the register that says
/// that the function is ready, and doorbells by stores to the mapped BAR. The software device of labs/hisi takes all of it; on hardware the bases would be
/// addresses that nobody has mapped, so that this workload is used where an address asks for it, and nowhere else.
/// <para>
/// In the digest is what a guest's driver can read back: the registers, and by mailbox bases and contexts, which the function writes by DMA. Not the mask of
/// the communication interrupt, which the driver opens whenever it starts a function. A device that was opened without an address space of its own has no
/// memory for contexts: then they stay as a reset leaves them, and are in the stream alone.
/// </para>
/// </summary>
internal sealed class HisiAccWorkload : IWorkload, IWorkloadRegisters, IConfigSpace, IDisposable
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
        MailboxHigh = 0x308,
        WorkDoorbell = 0x1000,
        EventDoorbell = 0x2000;
    private const uint EventQueueContext = 2,
        AsyncEventQueueContext = 3,
        SubmissionBase = 4,
        CompletionBase = 5,
        Busy = 1 << 13,
        Get = 1 << 14,
        Failed = 0x1e00;

    // A command takes 32 bytes; the stream has fewer words of them, and the last one stays 0.
    private const int ContextBytes = 32;

    // Whole pages, whatever their size. Contexts go there and come back here.
    private const int MemoryBytes = 1 << 16,
        Given = 0,
        Returned = ContextBytes;

    // How often we look whether a command is done: this is not reached by a device that works.
    private const int Patience = 100_000;

    private static readonly int[] plain = [AsyncEventQueueMask, EventQueueMask, PageSize];
    private static readonly uint[] contexts = [EventQueueContext, AsyncEventQueueContext],
        bases = [SubmissionBase, CompletionBase];

    private readonly ISystemCalls calls;
    private readonly int descriptor;
    private readonly long bar;
    private readonly VfioPort port;
    private readonly DmaMemory? memory;
    private readonly ulong? doorbells;

    private HisiAccWorkload(ISystemCalls calls, OpenedDevice opened, long bar, VfioPort port)
    {
        this.calls = calls;
        descriptor = opened.Descriptor;
        this.bar = bar;
        this.port = port;
        memory = DmaMemory.Of(calls, opened, MemoryBytes);
        doorbells = port.Map(Bar);
    }

    /// <inheritdoc/>
    public IWorkloadRegisters Registers => this;

    /// <inheritdoc/>
    public IConfigSpace Config => this;

    /// <inheritdoc/>
    public int Count => 1;

    /// <summary>The workload of an opened function.</summary>
    /// <exception cref="IOException">Its BAR is not that of such a function, or there is no memory.</exception>
    public static HisiAccWorkload Create(ISystemCalls calls, OpenedDevice opened, VfioPort port)
    {
        var errno = port.Locate(Bar, 0, MailboxHigh + 4, out var at);
        return errno == 0
            ? new(calls, opened, at, port)
            : throw new IOException($"the device has no BAR 2 with the registers of a HiSilicon accelerator: {Errno.Name(errno)}");
    }

    /// <inheritdoc/>
    public void Apply(uint pattern)
    {
        Run(Words([(State, 1)]));
        if (pattern % 8 == NobodyThere)
            return;

        // SplitMix64: neighbouring patterns get unrelated words.
        var state = (ulong)pattern << 8;
        Run(Words([.. plain.Select(register => (register, (uint)SplitMix.Next(ref state)))]));
        foreach (var command in bases)
            Command(command, SplitMix.Next(ref state) | 1);
        Span<byte> context = stackalloc byte[ContextBytes];
        foreach (var command in memory is null ? [] : contexts)
        {
            for (var word = 0; word < AccVfData.ContextWords; word++)
                BitConverter.TryWriteBytes(context[(4 * word)..], (uint)SplitMix.Next(ref state) | 1);
            memory!.Write(Given, context);
            Command(command, DmaMemory.Address + Given);
        }

        Run(Words([(State, 0)]));
        Ring(WorkDoorbell, SplitMix.Next(ref state) | 1);
        Ring(EventDoorbell, SplitMix.Next(ref state) | 1);
    }

    /// <inheritdoc/>
    public ulong Digest()
    {
        int[] registers = [State, .. plain];
        var read = Run([.. registers.SelectMany(register => Enumerable.Range(0, 4).Select(part => RegisterAccess.Get(bar + register + part)))]);
        // Where nobody is there, no register means anything.
        if ((read[0].Value & 1) != 0)
            return 1;
        var digest = RegisterAccess.Digest(read);
        foreach (var command in bases)
            digest = Mixed(digest, Command(command | Get, 0));
        Span<byte> context = stackalloc byte[ContextBytes];
        foreach (var command in memory is null ? [] : contexts)
        {
            // What a function leaves there that says yes and does nothing.
            context.Clear();
            memory!.Write(Returned, context);
            Command(command | Get, DmaMemory.Address + Returned);
            memory.Read(Returned, context);
            for (var word = 0; word < AccVfData.ContextWords; word++)
                digest = Mixed(digest, BitConverter.ToUInt32(context[(4 * word)..]));
        }

        return Math.Max(2, digest);
    }

    /// <summary>Gives memory and mapping back; the device has to be open still.</summary>
    public void Dispose()
    {
        memory?.Dispose();
        if (doorbells is not { } mapped)
            return;
        try
        {
            calls.Unmap(mapped);
        }
        catch (DeviceLostException)
        {
            // The machine is gone, and the mapping with it.
        }
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

    private static ulong Mixed(ulong digest, ulong value)
    {
        var state = digest ^ value;
        return SplitMix.Next(ref state);
    }

    // Through the agent one store of 64 bits, as the device wants it. Where the BAR cannot be mapped none is rung.
    private void Ring(int doorbell, ulong value)
    {
        if (doorbells is not { } mapped)
            return;
        var stored = calls.Store(mapped + (ulong)doorbell, BitConverter.GetBytes(value));
        if (!stored.Ok)
            throw new IOException($"a doorbell of the function cannot be rung (offset 0x{doorbell:x}): {Errno.Name(stored.Errno)}");
    }

    // Sends a command, and waits until the function is done with it. Returns what a base is when it was asked for.
    private ulong Command(uint command, ulong data)
    {
        // The busy bit is in the second byte of its word, and those behind it are 0, so that half of a command is never seen. The device of labs/hisi is done
        // when it was written.
        var words = Enumerable.Range(Mailbox, 3 * sizeof(uint)).Select(register => RegisterAccess.Get(bar + register)).ToList();
        List<RegisterAccess> all = [.. Words([(MailboxLow, (uint)data), (MailboxHigh, (uint)(data >> 32)), (Mailbox, command | Busy)]), .. words];
        for (var look = 0; look < Patience; look++)
        {
            var answer = Run(look == 0 ? all : words)[^words.Count..].Select(access => access.Value).ToArray();
            var seen = BitConverter.ToUInt32(answer);
            if ((seen & Busy) != 0)
                continue;
            return (seen & Failed) == 0
                ? BitConverter.ToUInt64(answer, sizeof(uint))
                : throw new IOException($"the function refused mailbox command 0x{command:x} (status 0x{(seen & Failed) >> 9:x})");
        }

        throw new IOException($"the function did not answer mailbox command 0x{command:x}");
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
