using Conformance.Model.Contract;

namespace Conformance.Drivers.Plugin;

/// <summary>
/// Somebody else's workload: every call goes through the fate of whoever wrote it, and what it declares is looked at before anybody relies on it.
/// </summary>
internal sealed class GuardedWorkload : IWorkload, IGuard
{
    private readonly IWorkload workload;
    private readonly Fate fate;
    private readonly WorkloadParts parts;

    public GuardedWorkload(IWorkload workload, Fate fate)
    {
        this.workload = workload;
        this.fate = fate;
        // Asked for once: a part that comes and goes would change what can be judged from step to step.
        parts = fate.Ask("the parts of the workload", workload, static w => WorkloadParts.Of(w));
        if (parts.Registers is { } registers)
            Registers = new GuardedRegisters(registers, fate);
        if (parts.Queue is { } queue)
            Queue = new GuardedQueue(queue, fate);
        if (parts.Memory is { } memory)
            Memory = new GuardedMemory(memory, fate);
        if (parts.Interrupts is { } interrupts)
            Interrupts = new GuardedInterrupts(interrupts, fate);
        if (parts.Peer is { } peer)
            Peer = new GuardedPeer(peer, fate);
        if (parts.Config is { } config)
            Config = new GuardedConfig(config, fate);
    }

    public object Inner => workload;

    public IWorkloadRegisters? Registers { get; }

    public IWorkQueue? Queue { get; }

    public IGuestMemory? Memory { get; }

    public IInterruptLines? Interrupts { get; }

    public IPeer? Peer { get; }

    public ulong? Packets => parts.HasPackets ? fate.Ask("Packets of the workload", workload, static w => w.Packets ?? 0) : null;

    public IConfigSpace? Config { get; }

    public bool HasCounter => parts.HasCounter;

    public void Apply(uint pattern) => fate.Ask("Apply of the workload", (workload, pattern), static w => Done(() => w.workload.Apply(w.pattern)));

    public ulong Digest() => fate.Ask("Digest of the workload", workload, static w => w.Digest());

    public ulong ReadCounter() => fate.Ask("ReadCounter of the workload", workload, static w => w.ReadCounter());

    private static bool Done(Action act)
    {
        act();
        return true;
    }

    private readonly struct PluginPart<T>(T inner, Fate fate)
    {
        public TResult Ask<TResult>(string call, Func<T, TResult> ask) => fate.Ask(call, inner, ask);

        public void Demand(bool holds, string wrong, string hint)
        {
            if (!holds)
                throw fate.Unusable(wrong, hint);
        }

        /// <summary>Asks for what counts since the device was opened.</summary>
        /// <param name="what">The member.</param>
        /// <param name="before">What it gave last.</param>
        /// <param name="ask">Asks for it.</param>
        /// <param name="of">Which of several, as it is written behind the member.</param>
        public ulong AskCount(string what, ref ulong before, Func<T, ulong> ask, string of = "")
        {
            var now = Ask($"{what} of the workload", ask);
            Demand(now >= before, $"{what}{of} of the workload went from {before} back to {now}", "It counts since the device was opened");
            return before = now;
        }
    }

    private sealed record WorkloadParts(
        IWorkloadRegisters? Registers,
        IWorkQueue? Queue,
        IGuestMemory? Memory,
        IInterruptLines? Interrupts,
        IPeer? Peer,
        IConfigSpace? Config,
        bool HasPackets,
        bool HasCounter
    )
    {
        public static WorkloadParts Of(IWorkload w) => new(w.Registers, w.Queue, w.Memory, w.Interrupts, w.Peer, w.Config, w.Packets is not null, w.HasCounter);
    }

    private sealed class GuardedRegisters : IWorkloadRegisters
    {
        private readonly PluginPart<IWorkloadRegisters> part;

        public GuardedRegisters(IWorkloadRegisters inner, Fate fate)
        {
            part = new(inner, fate);
            Count = part.Ask("Registers.Count of the workload", static r => r.Count);
            part.Demand(Count is > 0 and <= 256, $"the workload has {Count} registers", "Registers.Count is 1 to 256; without registers, Registers is null");
        }

        public int Count { get; }

        public uint Bits(int register) => part.Ask("Registers.Bits of the workload", r => r.Bits(register));

        public int Write(int register, uint value) => part.Ask("Registers.Write of the workload", r => r.Write(register, value));

        public int Read(int register, out uint value)
        {
            (var errno, value) = part.Ask("Registers.Read of the workload", r => (r.Read(register, out var read), read));
            return errno;
        }
    }

    private sealed class GuardedQueue : IWorkQueue
    {
        private const WorkKinds All = (WorkKinds)((1 << ((int)WorkKind.Stuck + 1)) - 1);
        private readonly PluginPart<IWorkQueue> part;

        public GuardedQueue(IWorkQueue inner, Fate fate)
        {
            part = new(inner, fate);
            (Kinds, Capacity, TellsPeersApart) = part.Ask("the facts of the workload's queue", static q => (q.Kinds, q.Capacity, q.TellsPeersApart));
            part.Demand(
                Kinds != WorkKinds.None && (Kinds & ~All) == 0,
                $"the workload's queue takes the kinds 0x{(int)Kinds:x}",
                "Kinds is a set of WorkKinds"
            );
            part.Demand(Capacity is >= 4 and <= 4096, $"the workload's queue has room for {Capacity} pieces", "Capacity is 4 to 4096");
        }

        public WorkKinds Kinds { get; }

        public int Capacity { get; }

        public bool TellsPeersApart { get; }

        public int Submit(in WorkItem item)
        {
            var copy = item;
            return part.Ask("Queue.Submit of the workload", q => q.Submit(copy));
        }

        public void Run(int operations) => part.Ask("Queue.Run of the workload", q => Done(() => q.Run(operations)));
    }

    private sealed class GuardedMemory : IGuestMemory
    {
        private readonly PluginPart<IGuestMemory> part;
        private ulong writes,
            reads;

        public GuardedMemory(IGuestMemory inner, Fate fate)
        {
            part = new(inner, fate);
            (Iova, PageSize, Pages, CanSwap) = part.Ask("the facts of the workload's memory", static m => (m.Iova, m.PageSize, m.Pages, m.CanSwap));
            part.Demand(
                PageSize >= 4096 && (PageSize & (PageSize - 1)) == 0 && Iova % (uint)PageSize == 0,
                $"the workload's memory has pages of {PageSize} bytes from 0x{Iova:x}",
                "PageSize is a power of two of at least 4096, and Iova a multiple of it"
            );
            part.Demand(
                Pages >= 4 && (ulong)Pages <= (ulong.MaxValue - Iova) / (uint)PageSize,
                $"the workload's memory has {Pages} pages",
                "There are 4 at least, all of them below 2^64"
            );
        }

        public ulong Iova { get; }

        public int PageSize { get; }

        public int Pages { get; }

        public bool CanSwap { get; }

        public ulong Writes => part.AskCount("Memory.Writes", ref writes, static m => m.Writes);

        public ulong Reads => part.AskCount("Memory.Reads", ref reads, static m => m.Reads);

        public ulong WrittenAt(int page) => part.Ask("Memory.WrittenAt of the workload", m => m.WrittenAt(page));

        public void CopyPage(int page, Span<byte> bytes)
        {
            var copy = new byte[PageSize];
            part.Ask("Memory.CopyPage of the workload", m => Done(() => m.CopyPage(page, copy)));
            copy.CopyTo(bytes);
        }

        public void Swap(int page, int other) => part.Ask("Memory.Swap of the workload", m => Done(() => m.Swap(page, other)));
    }

    private sealed class GuardedInterrupts : IInterruptLines
    {
        private readonly PluginPart<IInterruptLines> part;
        private readonly ulong[] counts;

        public GuardedInterrupts(IInterruptLines inner, Fate fate)
        {
            part = new(inner, fate);
            (Vectors, CanEnable) = part.Ask("the facts of the workload's interrupts", static i => (i.Vectors, i.CanEnable));
            part.Demand(
                Vectors is >= 1 and <= 32,
                $"the workload has {Vectors} interrupt vectors",
                "There are 1 to 32; without interrupts, Interrupts is null"
            );
            counts = new ulong[Vectors];
        }

        public int Vectors { get; }

        public bool CanEnable { get; }

        public ulong Count(int vector) => part.AskCount("Interrupts.Count", ref counts[vector], i => i.Count(vector), $"({vector})");

        public int Enable(int vector, bool enabled) => part.Ask("Interrupts.Enable of the workload", i => i.Enable(vector, enabled));
    }

    private sealed class GuardedPeer : IPeer
    {
        private readonly PluginPart<IPeer> part;
        private ulong received;

        public GuardedPeer(IPeer inner, Fate fate)
        {
            part = new(inner, fate);
            (CanAccess, CanSet) = part.Ask("the facts of the workload's peer", static p => (p.CanAccess, p.CanSet));
        }

        public bool CanAccess { get; }

        public bool CanSet { get; }

        public ulong Received => part.AskCount("Peer.Received", ref received, static p => p.Received);

        public int Access(uint value) => part.Ask("Peer.Access of the workload", p => p.Access(value));

        public ulong ReadTaken() => part.Ask("Peer.ReadTaken of the workload", static p => p.ReadTaken());

        public int Set(PeerState state) => part.Ask("Peer.Set of the workload", p => p.Set(state));
    }

    private sealed class GuardedConfig(IConfigSpace inner, Fate fate) : IConfigSpace
    {
        public int Read(int offset, out uint value)
        {
            (var errno, value) = fate.Ask("Config.Read of the workload", inner, c => (c.Read(offset, out var read), read));
            return errno;
        }
    }
}
