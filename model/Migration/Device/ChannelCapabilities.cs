using Conformance.Model.Contract;

namespace Conformance.Model.Migration.Device;

/// <summary>
/// What a way of reaching a device can do and show. A requirement that needs more than the channel has is "not exercised", with that as its reason.
/// </summary>
[Flags]
public enum ChannelCapabilities : long
{
    /// <summary>A bare request and reply channel.</summary>
    None = 0,

    /// <summary>
    /// Sessions are descriptors: seek, pread, poll, dup, close and descriptor flags mean something. Without it, the handle of every session is 0.
    /// </summary>
    Descriptors = 1 << 0,

    /// <summary>ioctls reach the data fd (GET_PRECOPY_INFO) and unknown ioctls reach the device.</summary>
    Ioctl = 1 << 1,

    /// <summary>Unmapped and read-only argument memory can be given to a call (EFAULT probes).</summary>
    MemoryProtection = 1 << 2,

    /// <summary>The process can run out of descriptors on request (EMFILE probes).</summary>
    DescriptorLimit = 1 << 3,

    /// <summary>A device can be opened without the access that BIND_IOMMUFD grants (ABI-18).</summary>
    Unbound = 1 << 4,

    /// <summary>The device has a workload (<see cref="IWorkload"/>).</summary>
    Workload = 1 << 5,

    /// <summary>Arcs can be made to fail (<see cref="FailureSeams.Arcs"/>).</summary>
    FailingArcs = 1 << 6,

    /// <summary>The arcs that the driver was asked for can be seen (<see cref="IArcTrace"/>).</summary>
    ArcTrace = 1 << 7,

    /// <summary>The data fd of a session survives the device that it came from, so that it can be used after close (MIG-FD-16).</summary>
    OutlivingDescriptors = 1 << 8,

    /// <summary>A crash or a hang costs nothing but this run: requests that are known to kill kernels may be sent (E-47).</summary>
    ThrowAway = 1 << 9,

    /// <summary>An arc that fails can break the device (<see cref="FailureSeams.BreakingArcs"/>).</summary>
    BreakingArcs = 1 << 10,

    /// <summary>A save can be made to fail while it is read (<see cref="FailureSeams.Saves"/>).</summary>
    FailingSaves = 1 << 11,

    /// <summary>A save can be made to fail in the request that stops the device (<see cref="FailureSeams.SaveRequests"/>).</summary>
    FailingSaveRequests = 1 << 12,

    /// <summary>Arcs can be made to take long (<see cref="FailureSeams.SlowArcs"/>).</summary>
    SlowArcs = 1 << 13,

    /// <summary>Which of several threads goes on can be settled inside of calls (<see cref="IMigrationDevice.Control"/>).</summary>
    Interleaving = 1 << 14,

    /// <summary>Calls of several threads can be made at once, and nobody says which one goes on (<see cref="IMigrationDevice.Run"/>).</summary>
    Threads = 1 << 15,

    /// <summary>The workload has registers (<see cref="Contract.IWorkloadRegisters"/>).</summary>
    WorkRegisters = 1 << 16,

    /// <summary>The device writes guest memory by itself (<see cref="Contract.WorkKind.MemoryWrite"/>).</summary>
    WorkMemory = 1 << 17,

    /// <summary>Its DMA reads can be seen as well (<see cref="Contract.WorkKind.MemoryRead"/>).</summary>
    WorkReads = 1 << 18,

    /// <summary>Pages of that memory can be mapped elsewhere (<see cref="Contract.IGuestMemory.Swap"/>).</summary>
    WorkRemapping = 1 << 19,

    /// <summary>The device raises interrupts (<see cref="Contract.WorkKind.Interrupt"/>).</summary>
    WorkInterrupts = 1 << 20,

    /// <summary>Its vectors can be set up (<see cref="Contract.IInterruptLines.Enable"/>).</summary>
    WorkVectors = 1 << 21,

    /// <summary>The device writes to a peer (<see cref="Contract.WorkKind.PeerWrite"/>).</summary>
    WorkPeerWrites = 1 << 22,

    /// <summary>A peer can access the device (<see cref="Contract.IPeer.Access"/>).</summary>
    WorkPeerAccesses = 1 << 23,

    /// <summary>The peer can be walked through states (<see cref="Contract.IPeer.Set"/>).</summary>
    WorkPeerStates = 1 << 24,

    /// <summary>The device sends packets (<see cref="Contract.WorkKind.Packet"/>).</summary>
    WorkPackets = 1 << 25,

    /// <summary>The configuration space can be read (<see cref="Contract.IConfigSpace"/>).</summary>
    WorkConfig = 1 << 26,

    /// <summary>The device has a counter that grows by itself (<see cref="Contract.IWorkload.HasCounter"/>).</summary>
    WorkCounter = 1 << 27,

    /// <summary>The device can be given work that never ends (<see cref="Contract.WorkKind.Stuck"/>).</summary>
    WorkStuck = 1 << 28,

    /// <summary>The driver cannot tell peer-to-peer DMA from other DMA (<see cref="Contract.IWorkQueue.TellsPeersApart"/> is false).</summary>
    WorkAllDmaAlike = 1 << 29,

    /// <summary>The workload has a queue (<see cref="Contract.IWorkQueue"/>), so that the device can be given time.</summary>
    WorkTime = 1 << 30,

    /// <summary>A call that writes where it must not ends the machine that has the device at once, instead of another one later.</summary>
    ChecksMemory = 1L << 31,

    /// <summary>There is a second device of the same kind (<see cref="IMigrationTarget.OpenPeer"/>).</summary>
    Peer = 1L << 32,

    /// <summary>
    /// There is a second device that is not of the same kind: <see cref="IMigrationTarget.OpenPeer"/> opens it, and neither of the two may load what the other
    /// one saved (MIG-RES-06). Never together with <see cref="Peer"/>.
    /// </summary>
    Stranger = 1L << 33,

    /// <summary>
    /// The device can be removed from its machine while a data fd is held, and the next open brings it back (<see cref="IMigrationDevice.RemoveDevice"/>).
    /// </summary>
    Removal = 1L << 34,
}
