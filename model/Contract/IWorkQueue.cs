namespace Conformance.Model.Contract;

/// <summary>What a piece of work does that can be seen outside of the device. The numbers are part of stored plans.</summary>
public enum WorkKind : byte
{
    /// <summary>A DMA write to guest memory.</summary>
    MemoryWrite,

    /// <summary>A DMA read of guest memory.</summary>
    MemoryRead,

    /// <summary>An interrupt.</summary>
    Interrupt,

    /// <summary>A write to the peer.</summary>
    PeerWrite,

    /// <summary>A packet on the link.</summary>
    Packet,

    /// <summary>Work that never ends: the device is stuck with it until a reset (MIG-STOP-13). Nothing of it is seen.</summary>
    Stuck,
}

/// <summary>A set of <see cref="WorkKind"/>, one bit each.</summary>
[Flags]
public enum WorkKinds : byte
{
    /// <summary>No kind.</summary>
    None = 0,

    /// <summary><see cref="WorkKind.MemoryWrite"/>.</summary>
    MemoryWrite = 1 << WorkKind.MemoryWrite,

    /// <summary><see cref="WorkKind.MemoryRead"/>.</summary>
    MemoryRead = 1 << WorkKind.MemoryRead,

    /// <summary><see cref="WorkKind.Interrupt"/>.</summary>
    Interrupt = 1 << WorkKind.Interrupt,

    /// <summary><see cref="WorkKind.PeerWrite"/>.</summary>
    PeerWrite = 1 << WorkKind.PeerWrite,

    /// <summary><see cref="WorkKind.Packet"/>.</summary>
    Packet = 1 << WorkKind.Packet,

    /// <summary><see cref="WorkKind.Stuck"/>.</summary>
    Stuck = 1 << WorkKind.Stuck,
}

/// <summary>A piece of work.</summary>
/// <param name="Kind">What it does.</param>
/// <param name="Address">
/// Of memory: the IOVA of the first byte. Of an interrupt: its vector. Of a peer write: the value, 32 bits. Otherwise 0.
/// </param>
/// <param name="Length">Of memory: bytes, at least 1, all within the window of <see cref="IGuestMemory"/>. Otherwise 1.</param>
public readonly record struct WorkItem(WorkKind Kind, ulong Address, uint Length);

/// <summary>
/// Work that a device is given by its user and does by itself, in the order in which it was given, each piece once. It needs no look of its own: a device is at
/// work when its memory, interrupts, peer or link say so (<see cref="WorkEffects"/>).
/// </summary>
public interface IWorkQueue
{
    /// <summary>The kinds that can be submitted. Memory, interrupts, peer and packets need their part of <see cref="IWorkload"/> besides.</summary>
    WorkKinds Kinds { get; }

    /// <summary>How many pieces can wait at once, at least 4.</summary>
    int Capacity { get; }

    /// <summary>
    /// True when the driver can tell peer-to-peer DMA from other DMA, so that the other may go on in RUNNING_P2P. False: it stops all DMA there (MIG-P2P-02).
    /// </summary>
    bool TellsPeersApart { get; }

    /// <summary>An access of the user: rings the doorbell with one more piece.</summary>
    /// <returns>0, or an errno and nothing was submitted (EAGAIN: no room).</returns>
    int Submit(in WorkItem item);

    /// <summary>
    /// Time for the device, no access: returns when the device had the time for <paramref name="operations"/> operations. A piece of work needs two at most, so
    /// that a running device has done everything that waits after twice as many operations as there are pieces. A stopped device has the time as well, and does
    /// nothing. For hardware: wait until the work is done or a bound is over that a running device never needs; when stopped, as long as that would take.
    /// </summary>
    /// <param name="operations">1..4096.</param>
    void Run(int operations);
}
