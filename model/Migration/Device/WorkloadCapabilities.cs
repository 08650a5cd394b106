using Conformance.Model.Contract;

namespace Conformance.Model.Migration.Device;

/// <summary>What a workload declares, as capabilities of the channel.</summary>
public static class WorkloadCapabilities
{
    /// <summary>Everything that a workload can add to a channel.</summary>
    public const ChannelCapabilities All =
        ChannelCapabilities.Workload
        | ChannelCapabilities.WorkRegisters
        | ChannelCapabilities.WorkMemory
        | ChannelCapabilities.WorkReads
        | ChannelCapabilities.WorkRemapping
        | ChannelCapabilities.WorkInterrupts
        | ChannelCapabilities.WorkVectors
        | ChannelCapabilities.WorkPeerWrites
        | ChannelCapabilities.WorkPeerAccesses
        | ChannelCapabilities.WorkPeerStates
        | ChannelCapabilities.WorkPackets
        | ChannelCapabilities.WorkConfig
        | ChannelCapabilities.WorkCounter
        | ChannelCapabilities.WorkStuck
        | ChannelCapabilities.WorkAllDmaAlike
        | ChannelCapabilities.WorkTime;

    /// <summary>
    /// The capabilities of a workload; none without one. A kind of work counts only together with the part of the workload that shows what came of it.
    /// </summary>
    public static ChannelCapabilities Of(IWorkload? workload)
    {
        if (workload is null)
            return ChannelCapabilities.None;
        var can = ChannelCapabilities.Workload;
        var queue = workload.Queue;
        var kinds = queue?.Kinds ?? WorkKinds.None;
        if (workload.Registers is not null)
            can |= ChannelCapabilities.WorkRegisters;
        if (workload.Config is not null)
            can |= ChannelCapabilities.WorkConfig;
        if (workload.Memory is { } memory)
        {
            can |= Where(kinds, WorkKinds.MemoryWrite, ChannelCapabilities.WorkMemory | (memory.CanSwap ? ChannelCapabilities.WorkRemapping : 0));
            can |= Where(kinds, WorkKinds.MemoryRead, ChannelCapabilities.WorkReads);
        }

        if (workload.Interrupts is { } lines)
            can |= Where(kinds, WorkKinds.Interrupt, ChannelCapabilities.WorkInterrupts | (lines.CanEnable ? ChannelCapabilities.WorkVectors : 0));
        if (workload.Peer is { } peer)
        {
            can |= Where(kinds, WorkKinds.PeerWrite, ChannelCapabilities.WorkPeerWrites);
            if (peer.CanAccess)
                can |= ChannelCapabilities.WorkPeerAccesses;
            if (peer.CanSet)
                can |= ChannelCapabilities.WorkPeerStates;
        }

        if (workload.Packets is not null)
            can |= Where(kinds, WorkKinds.Packet, ChannelCapabilities.WorkPackets);
        if (queue is null)
            return can;
        can |= ChannelCapabilities.WorkTime | Where(kinds, WorkKinds.Stuck, ChannelCapabilities.WorkStuck);
        if (!queue.TellsPeersApart)
            can |= ChannelCapabilities.WorkAllDmaAlike;
        return workload.HasCounter ? can | ChannelCapabilities.WorkCounter : can;
    }

    private static ChannelCapabilities Where(WorkKinds kinds, WorkKinds kind, ChannelCapabilities then) =>
        (kinds & kind) != 0 ? then : ChannelCapabilities.None;
}
