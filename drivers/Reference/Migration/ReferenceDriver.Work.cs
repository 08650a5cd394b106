using Conformance.Model.Contract;
using Conformance.Model.Migration.Device;

namespace Conformance.Drivers.Reference.Migration;

/// <content>
/// What the device does by itself. It works when it is given time and at no other moment: one operation takes the oldest descriptor of the queue, or delivers
/// the interrupt that waits. A descriptor that asks for memory outside of the window is met by the IOMMU and comes to nothing.
/// </content>
public partial class ReferenceDriver : IWorkQueue, IWorkloadRegisters, IInterruptLines, IPeer, IConfigSpace
{
    private const int FirstRegister = 4,
        RegisterDistance = 8;
    private const int TicksCounter = 0,
        TakenCounter = 1;
    private const uint KindMask = 7;
    private const ulong WindowIova = 0x4000_0000;
    private const int WindowPages = 1024;

    private readonly ulong[] signalled = new ulong[ContentLimits.Vectors];
    private uint enabled = (1u << ContentLimits.Vectors) - 1;
    private GuestMemory? memory;
    private ReferenceDriver? peer;
    private ulong received;
    private ulong packets;

    IWorkloadRegisters? IWorkload.Registers => this;

    IWorkQueue? IWorkload.Queue => this;

    IGuestMemory? IWorkload.Memory => Memory;

    IInterruptLines? IWorkload.Interrupts => this;

    IPeer? IWorkload.Peer => this;

    ulong? IWorkload.Packets => packets;

    IConfigSpace? IWorkload.Config => this;

    bool IWorkload.HasCounter => true;

    ulong IWorkload.ReadCounter() => Content.Counters[TicksCounter];

    /// <summary>The guest memory that the device writes: 4 MiB, mapped at 0x40000000.</summary>
    public GuestMemory Memory => memory ??= new(WindowIova, WindowPages);

    /// <summary>The device that peer-to-peer writes go to: a second one of the same kind, which is always there.</summary>
    protected ReferenceDriver PeerDevice => peer ??= new(FeatureSet, DeviceId);

    /// <inheritdoc/>
    public WorkKinds Kinds => WorkKinds.MemoryWrite | WorkKinds.MemoryRead | WorkKinds.Interrupt | WorkKinds.PeerWrite | WorkKinds.Packet | WorkKinds.Stuck;

    /// <inheritdoc/>
    public int Capacity => ContentLimits.QueueSlots;

    /// <summary>The device with pre-copy can; the one without stops all DMA in RUNNING_P2P. Both are right (MIG-P2P-02, MIG-P2P-06).</summary>
    public bool TellsPeersApart => (FeatureSet & MigrationFeatures.PreCopy) != 0;

    /// <summary>True while no peer-to-peer write may begin (MIG-P2P-01).</summary>
    protected bool IsQuiesced => At is DeviceState.RunningP2P or DeviceState.PreCopyP2P;

    /// <inheritdoc/>
    public virtual int Submit(in WorkItem item)
    {
        if (Content.Pending == ContentLimits.QueueSlots)
            return Errno.EAGAIN;
        Content.PendingEntry((int)Content.Pending++) = new(item.Address, item.Length, (uint)item.Kind);
        return Errno.None;
    }

    /// <inheritdoc/>
    public virtual void Run(int operations)
    {
        for (; operations > 0; operations--)
            Operate();
    }

    /// <summary>Seam: one operation.</summary>
    protected virtual void Operate()
    {
        if (IsStopped)
            return;
        Content.Counters[TicksCounter]++;
        if (!DeliverInterrupt() && OldestKind is { } kind && MayBegin(kind))
            Perform(TakeOldest());
    }

    /// <summary>Seam: may the device begin with this now? It is not stopped.</summary>
    protected virtual bool MayBegin(WorkKind kind) =>
        kind switch
        {
            WorkKind.Stuck => false,
            WorkKind.PeerWrite => !IsQuiesced,
            WorkKind.MemoryWrite or WorkKind.MemoryRead => !IsQuiesced || TellsPeersApart,
            WorkKind.Interrupt => !Content.InterruptPending,
            _ => true,
        };

    /// <summary>Seam: does what a descriptor asks for.</summary>
    protected virtual void Perform(in QueueEntry entry)
    {
        switch (KindOf(entry))
        {
            case WorkKind.MemoryWrite:
                WriteMemory(entry.Address, entry.Length);
                break;
            case WorkKind.MemoryRead:
                if (Memory.Read(entry.Address, entry.Length) is { } sum)
                    Content.Registers[1] = sum;
                break;
            case WorkKind.Interrupt:
                Content.InterruptPending = true;
                Content.Vector = (uint)(entry.Address % ContentLimits.Vectors);
                break;
            case WorkKind.PeerWrite:
                received++;
                PeerDevice.Take((uint)entry.Address);
                break;
            case WorkKind.Packet:
                packets++;
                break;
            default:
                break;
        }
    }

    /// <summary>Seam: a DMA write. Every byte of it is the last byte of the page's number, and one.</summary>
    protected virtual void WriteMemory(ulong iova, uint length)
    {
        if (Memory.Write(iova, length, (byte)((iova >> 12) + 1)))
            NoteWrite(iova, length);
    }

    /// <summary>Seam: a DMA write goes into the log.</summary>
    protected virtual void NoteWrite(ulong iova, uint length) => log?.Wrote(iova, length);

    /// <summary>Seam: delivers the interrupt that waits, when its vector is enabled.</summary>
    /// <returns>True when one was delivered.</returns>
    protected virtual bool DeliverInterrupt()
    {
        if (!Content.InterruptPending || (enabled >> (int)Content.Vector & 1) == 0)
            return false;
        Content.InterruptPending = false;
        Signal(Content.Vector);
        return true;
    }

    /// <summary>Raises an interrupt towards the user.</summary>
    protected void Signal(uint vector) => signalled[vector]++;

    /// <summary>What the oldest descriptor of the queue asks for; null when nothing waits.</summary>
    protected WorkKind? OldestKind => Content.Pending == 0 ? null : KindOf(Content.PendingEntry(0));

    /// <summary>Takes the oldest descriptor out of the queue.</summary>
    protected QueueEntry TakeOldest()
    {
        var entry = Content.PendingEntry(0);
        Content.Head = (Content.Head + 1) % ContentLimits.QueueSlots;
        Content.Pending--;
        return entry;
    }

    /// <summary>What a descriptor asks for.</summary>
    protected static WorkKind KindOf(in QueueEntry entry) => (WorkKind)(entry.Flags & KindMask);

    /// <summary>Seam: a write of a peer arrives (MIG-P2P-04).</summary>
    protected virtual void Take(uint value)
    {
        if (IsStopped)
            return;
        Content.Counters[TakenCounter]++;
        Content.Registers[2] = value;
    }

    ulong IPeer.Received => received;

    bool IPeer.CanAccess => true;

    bool IPeer.CanSet => (FeatureSet & MigrationFeatures.P2P) != 0;

    int IPeer.Access(uint value)
    {
        Take(value);
        return Errno.None;
    }

    ulong IPeer.ReadTaken() => Content.Counters[TakenCounter];

    int IPeer.Set(PeerState state) => PeerDevice.Walk((DeviceState)state);

    // The peer has no core in front of it: its arcs between the three states are walked here.
    private int Walk(DeviceState to)
    {
        while (At != to)
        {
            var next =
                At == DeviceState.RunningP2P ? to
                : to == DeviceState.RunningP2P ? to
                : DeviceState.RunningP2P;
            var result = TakeArc(At, next, out _);
            if (result.Errno != 0)
                return result.Errno;
        }

        return Errno.None;
    }

    int IInterruptLines.Vectors => ContentLimits.Vectors;

    bool IInterruptLines.CanEnable => true;

    ulong IInterruptLines.Count(int vector) => signalled[vector];

    /// <inheritdoc/>
    public virtual int Enable(int vector, bool enabled)
    {
        this.enabled = enabled ? this.enabled | (1u << vector) : this.enabled & ~(1u << vector);
        return Errno.None;
    }

    int IWorkloadRegisters.Count => 2;

    uint IWorkloadRegisters.Bits(int register) => uint.MaxValue;

    int IWorkloadRegisters.Write(int register, uint value) => WriteRegister(register, value);

    int IWorkloadRegisters.Read(int register, out uint value) => ReadRegister(register, out value);

    /// <summary>Seam: the user writes a register; each is in a region of its own. A stopped device does not take it.</summary>
    protected virtual int WriteRegister(int register, uint value)
    {
        if (!IsStopped)
            Content.Registers[FirstRegister + (register * RegisterDistance)] = value;
        return Errno.None;
    }

    /// <summary>Seam: the user reads a register.</summary>
    protected virtual int ReadRegister(int register, out uint value)
    {
        value = (uint)Content.Registers[FirstRegister + (register * RegisterDistance)];
        return Errno.None;
    }

    int IConfigSpace.Read(int offset, out uint value) => ReadConfig(offset, out value);

    /// <summary>Seam: a word of the configuration space: vendor and device id, then zeros.</summary>
    protected virtual int ReadConfig(int offset, out uint value)
    {
        value = offset == 0 ? 0x0001_1DE5u | (DeviceId << 16) : 0;
        return Errno.None;
    }
}
