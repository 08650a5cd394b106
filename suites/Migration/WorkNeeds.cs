using Conformance.Model.Contract;
using Conformance.Model.Migration.Device;
using Conformance.Model.Migration.Oracle;

namespace Conformance.Suites.Migration;

/// <summary>What groups of plans need of the workload of a device: each says what is lacking, as a phrase, or null.</summary>
internal static class WorkNeeds
{
    /// <summary>Work of one kind at least.</summary>
    internal static string? AnyWork(MigrationMachine machine) =>
        Needs.Workload(machine) ?? (Kinds(machine).Any() ? null : "the workload gives the device nothing to do by itself");

    /// <summary>DMA writes.</summary>
    internal static string? Memory(MigrationMachine machine) =>
        Of(machine, ChannelCapabilities.WorkMemory, "the workload has no guest memory that the device writes");

    /// <summary>DMA reads.</summary>
    internal static string? Reads(MigrationMachine machine) =>
        Of(machine, ChannelCapabilities.WorkReads, "the workload has no guest memory that the device reads");

    /// <summary>Interrupts.</summary>
    internal static string? Interrupts(MigrationMachine machine) => Of(machine, ChannelCapabilities.WorkInterrupts, "the workload raises no interrupts");

    /// <summary>Vectors that can be set up.</summary>
    internal static string? Vectors(MigrationMachine machine) =>
        Interrupts(machine) ?? Of(machine, ChannelCapabilities.WorkVectors, "the workload cannot set up interrupt vectors");

    /// <summary>Writes to a peer, or packets.</summary>
    internal static string? PeersOrLink(MigrationMachine machine) =>
        Needs.Workload(machine)
        ?? (
            machine.Can(ChannelCapabilities.WorkPeerWrites) || machine.Can(ChannelCapabilities.WorkPackets)
                ? null
                : "the workload has neither a peer nor a link that the device could be seen on"
        );

    /// <summary>Pages that can be mapped elsewhere.</summary>
    internal static string? Remapping(MigrationMachine machine) =>
        Memory(machine) ?? Of(machine, ChannelCapabilities.WorkRemapping, "the workload cannot map its memory elsewhere");

    /// <summary>The configuration space.</summary>
    internal static string? Config(MigrationMachine machine) => Of(machine, ChannelCapabilities.WorkConfig, "the workload has no configuration space");

    /// <summary>Something that a user could touch, on a device that may be lost over it.</summary>
    internal static string? Trespass(MigrationMachine machine) =>
        Of(machine, ChannelCapabilities.WorkRegisters, "the workload has no registers") ?? MayBeLost(machine);

    /// <summary>A doorbell that a user could ring, on a device that may be lost over it.</summary>
    internal static string? Doorbell(MigrationMachine machine) => Memory(machine) ?? MayBeLost(machine);

    /// <summary>Work that never ends.</summary>
    internal static string? Stuck(MigrationMachine machine) => Of(machine, ChannelCapabilities.WorkStuck, "the workload cannot make the device get stuck");

    /// <summary>Anything that shows whether a running device works.</summary>
    internal static string? Operation(MigrationMachine machine) =>
        Needs.Workload(machine)
        ?? (
            Kinds(machine).Any() || machine.Can(ChannelCapabilities.WorkRegisters) || machine.Can(ChannelCapabilities.WorkCounter)
                ? null
                : "the workload has nothing that shows whether the device works"
        );

    /// <summary>Memory, a peer or a link: where lost work is missed.</summary>
    internal static string? PeersOrMemory(MigrationMachine machine) => Memory(machine) is null ? null : PeersOrLink(machine);

    /// <summary>What subsystems outside of the user use.</summary>
    internal static string? Outside(MigrationMachine machine) => Config(machine) is null ? null : Vectors(machine);

    /// <summary>P2P, and writes to a peer.</summary>
    internal static string? PeerWrites(MigrationMachine machine) =>
        Needs.State(DeviceState.RunningP2P)(machine) ?? Of(machine, ChannelCapabilities.WorkPeerWrites, "the workload has no peer that the device writes to");

    /// <summary>PRE_COPY_P2P, and writes to a peer.</summary>
    internal static string? PeerWritesInPreCopy(MigrationMachine machine) => Needs.State(DeviceState.PreCopyP2P)(machine) ?? PeerWrites(machine);

    /// <summary>P2P of a driver that cannot tell it from other DMA.</summary>
    internal static string? AllDmaAlike(MigrationMachine machine) =>
        Needs.State(DeviceState.RunningP2P)(machine)
        ?? Memory(machine)
        ?? Of(machine, ChannelCapabilities.WorkAllDmaAlike, "the driver can tell peer-to-peer DMA from other DMA");

    /// <summary>P2P, and a peer that accesses the device.</summary>
    internal static string? PeerAccesses(MigrationMachine machine) =>
        Needs.State(DeviceState.RunningP2P)(machine) ?? Of(machine, ChannelCapabilities.WorkPeerAccesses, "the workload has no peer that accesses the device");

    /// <summary>P2P, and a peer that can be walked through states.</summary>
    internal static string? PeerStates(MigrationMachine machine) =>
        PeerWrites(machine) ?? Of(machine, ChannelCapabilities.WorkPeerStates, "the workload has no peer with states");

    /// <summary>No P2P: what is refused then.</summary>
    internal static string? NoP2P(MigrationMachine machine) =>
        Needs.Migration(machine) ?? (machine.Paths.Supports(DeviceState.RunningP2P) ? "the device has P2P" : null);

    /// <summary>PRE_COPY without P2P, and DMA writes.</summary>
    internal static string? PreCopyWithoutP2P(MigrationMachine machine) => Needs.PreCopy(machine) ?? NoP2P(machine) ?? Memory(machine);

    /// <summary>The kinds of work that can be seen on a device, but for what never ends.</summary>
    internal static IEnumerable<WorkKind> Kinds(MigrationMachine machine)
    {
        if (machine.Can(ChannelCapabilities.WorkMemory))
            yield return WorkKind.MemoryWrite;
        if (machine.Can(ChannelCapabilities.WorkReads))
            yield return WorkKind.MemoryRead;
        if (machine.Can(ChannelCapabilities.WorkInterrupts))
            yield return WorkKind.Interrupt;
        if (machine.Can(ChannelCapabilities.WorkPeerWrites))
            yield return WorkKind.PeerWrite;
        if (machine.Can(ChannelCapabilities.WorkPackets))
            yield return WorkKind.Packet;
    }

    private static string? MayBeLost(MigrationMachine machine) =>
        machine.Channel != Channels.Kernel || machine.Can(ChannelCapabilities.ThrowAway)
            ? null
            : "a stopped device is touched in throw-away guests only (MIG-STOP-10)";

    private static string? Of(MigrationMachine machine, ChannelCapabilities needed, string lacking) =>
        Needs.Workload(machine) ?? (machine.Can(needed) ? null : lacking);
}
