using Conformance.Model.Contract;
using Conformance.Model.Migration.Device;
using Conformance.Model.Migration.Oracle;
using Conformance.Model.Requirements;

namespace Conformance.Suites.Migration;

/// <summary>What groups of plans need of a device and its channel: each says what is lacking, as a phrase, or null.</summary>
internal static class Needs
{
    /// <summary>What every device has.</summary>
    internal static string? Nothing(MigrationMachine machine) => null;

    /// <summary>Migration.</summary>
    internal static string? Migration(MigrationMachine machine) => machine.HasMigration ? null : "the device has no migration";

    /// <summary>No migration: what is refused then.</summary>
    internal static string? NoMigration(MigrationMachine machine) => machine.HasMigration ? "the device has migration" : null;

    /// <summary>A feature of this kit's table that the device supports.</summary>
    internal static string? AnyFeature(MigrationMachine machine) => machine.HasLogging ? null : Migration(machine);

    /// <summary>A DMA log.</summary>
    internal static string? Logging(MigrationMachine machine) => Migration(machine) ?? (machine.HasLogging ? null : "the device has no DMA logging");

    /// <summary>A DMA log that can be read.</summary>
    internal static string? Report(MigrationMachine machine) =>
        Logging(machine) ?? (machine.CanReport ? null : "the kernel is built without the bitmap helper: REPORT gives EOPNOTSUPP (DLOG-41)");

    /// <summary>The same, and DMA writes that can be seen.</summary>
    internal static string? LoggedDma(MigrationMachine machine) => Report(machine) ?? WorkNeeds.Memory(machine);

    /// <summary>A log that names nothing but what was written.</summary>
    internal static string? ExactLog(MigrationMachine machine) =>
        machine.Traits.ExactLog ? null : "the driver does not declare that its log is exact (trait exactLog), and over-reporting is legal (DLOG-20)";

    /// <summary>No DMA log: what is refused then.</summary>
    internal static string? NoLogging(MigrationMachine machine) => machine.HasLogging ? "the device has DMA logging" : null;

    /// <summary>PRE_COPY.</summary>
    internal static string? PreCopy(MigrationMachine machine) => Migration(machine) ?? (machine.HasPreCopy ? null : "the device has no PRE_COPY");

    /// <summary>Flags of the pre-copy counters.</summary>
    internal static string? InfoFlags(MigrationMachine machine) =>
        PreCopy(machine) ?? Ioctl(machine) ?? (machine.Level >= UapiLevel.V7_2 ? null : "the kernel does not know feature 12");

    /// <summary>A driver that reports REINIT, and a workload that makes it do so.</summary>
    internal static string? Reinit(MigrationMachine machine) =>
        Workload(machine) ?? (machine.Traits.Reinitialises ? null : "the driver does not declare that it ever reports REINIT (trait reinitialises)");

    /// <summary>A device that has nothing more to offer when it is left alone.</summary>
    internal static string? IdleSettles(MigrationMachine machine) =>
        machine.Traits.IdleDirties ? "the driver declares that an idle device stays dirty (trait idleDirties)" : null;

    /// <summary>A stream that is there when the request has returned.</summary>
    internal static string? SynchronousSave(MigrationMachine machine) =>
        machine.Traits.SynchronousSave ? null : "the driver does not declare that its stream is there when the request returns (trait synchronousSave)";

    /// <summary>No PRE_COPY: what is refused then.</summary>
    internal static string? NoPreCopy(MigrationMachine machine) => machine.HasPreCopy ? "the device has PRE_COPY" : null;

    /// <summary>A stream that can be read before the device stops.</summary>
    internal static string? EarlyStream(MigrationMachine machine) =>
        Migration(machine) ?? (machine.HasPreCopy ? null : "the device has no PRE_COPY: nothing is read before STOP_COPY");

    /// <summary>A state that the feature set has not.</summary>
    internal static string? MissingState(MigrationMachine machine) =>
        Migration(machine) ?? (machine.Features == (MigrationFeatures)7 ? "the feature set has every state" : null);

    /// <summary>An arc that the feature set has not, on a driver whose arcs can be seen.</summary>
    internal static string? MissingArc(MigrationMachine machine) =>
        Migration(machine) ?? (machine.Features == (MigrationFeatures)7 ? "the feature set leaves nothing out" : ArcTrace(machine));

    /// <summary>A request that is blocked, and a device that may be lost over it.</summary>
    internal static string? BlockedRequest(MigrationMachine machine) =>
        Migration(machine)
        ?? (
            !machine.HasPreCopy ? "the feature set has no blocked request"
            : machine.Can(ChannelCapabilities.ThrowAway) ? null
            : "the request stops some kernels for good; it is sent to throw-away guests only"
        );

    /// <summary>A reset that works.</summary>
    internal static string? Reset(MigrationMachine machine) => Migration(machine) ?? (machine.HasReset ? null : "the device has no reset (MIG-ERR-16)");

    /// <summary>A device that nobody has opened before.</summary>
    internal static string? FirstOpen(MigrationMachine machine) =>
        Migration(machine) ?? Expendable(machine, "the device may have been opened before; its first open is seen in throw-away guests only");

    /// <summary>GET of feature 9.</summary>
    internal static string? DataSize(MigrationMachine machine) =>
        Migration(machine)
        ?? (
            machine.Level < UapiLevel.V6_2 ? $"starts at uAPI level 6.2; the device is at {machine.Level.Name()}"
            : machine.Channel == Channels.Socket ? "the channel has no MIG_DATA_SIZE"
            : null
        );

    /// <summary>A declared slack of the estimate.</summary>
    internal static string? DataSizeSlack(MigrationMachine machine) =>
        DataSize(machine) ?? (machine.Traits.DataSizeSlack is null ? "the driver declares no slack of its estimate (trait dataSizeSlack)" : null);

    /// <summary>A stream that is told from one without an end.</summary>
    internal static string? StreamBound(MigrationMachine machine) =>
        Migration(machine) ?? (machine.StreamBound == 0 ? $"a stream may be longer than the {MigrationMachine.KeptBytes} bytes that are kept of one" : null);

    /// <summary>Sessions that are descriptors.</summary>
    internal static string? Descriptors(MigrationMachine machine) =>
        Channel(machine, ChannelCapabilities.Descriptors, "sessions are no descriptors on this channel");

    /// <summary>ioctls of a data fd.</summary>
    internal static string? Ioctl(MigrationMachine machine) => Channel(machine, ChannelCapabilities.Ioctl, "the channel carries no ioctl of a data fd");

    /// <summary>Memory that is not mapped, or can only be read.</summary>
    internal static string? MemoryProtection(MigrationMachine machine) =>
        Channel(machine, ChannelCapabilities.MemoryProtection, "the channel cannot give a driver memory that is not mapped");

    /// <summary>A process that runs out of descriptors.</summary>
    internal static string? DescriptorLimit(MigrationMachine machine) =>
        Channel(machine, ChannelCapabilities.DescriptorLimit, "the channel cannot run out of descriptors");

    /// <summary>A device node that is not bound yet.</summary>
    internal static string? Unbound(MigrationMachine machine) => Channel(machine, ChannelCapabilities.Unbound, "the device is not opened by a cdev");

    /// <summary>A workload.</summary>
    internal static string? Workload(MigrationMachine machine) => Channel(machine, ChannelCapabilities.Workload, "there is no workload for this device");

    /// <summary>PRE_COPY, or a DMA log.</summary>
    internal static string? PreCopyOrLogging(MigrationMachine machine) =>
        machine.HasLogging ? Migration(machine)
        : PreCopy(machine) is null ? null
        : Migration(machine) ?? "the device has neither PRE_COPY nor DMA logging";

    /// <summary>Arcs that fail.</summary>
    internal static string? FailingArcs(MigrationMachine machine) =>
        Seam(machine, ChannelCapabilities.FailingArcs, "arcs of this driver cannot be made to fail")
        ?? (machine.HasFailableArc ? null : "no arc of this driver can be made to fail");

    /// <summary>A stop that fails.</summary>
    internal static string? FailingStops(MigrationMachine machine) =>
        FailingArcs(machine)
        ?? (machine.FirstFailable(DeviceState.Running, DeviceState.Stop) >= 0 ? null : "no arc on the way to STOP can be made to fail with this driver");

    /// <summary>Arcs that fail and break the device.</summary>
    internal static string? BreakingArcs(MigrationMachine machine) =>
        FailingArcs(machine) ?? Seam(machine, ChannelCapabilities.BreakingArcs, "no failed arc of this driver breaks the device");

    /// <summary>Saves that fail while they are read.</summary>
    internal static string? FailingSaves(MigrationMachine machine) =>
        Seam(machine, ChannelCapabilities.FailingSaves, "saves of this driver cannot be made to fail while they are read");

    /// <summary>Saves that fail in the request.</summary>
    internal static string? FailingSaveRequests(MigrationMachine machine) =>
        Seam(machine, ChannelCapabilities.FailingSaveRequests, "saves of this driver cannot be made to fail in the request");

    /// <summary>Arcs that take long.</summary>
    internal static string? SlowArcs(MigrationMachine machine) =>
        Seam(machine, ChannelCapabilities.SlowArcs, "arcs of this driver cannot be made to take long");

    /// <summary>Calls of several threads: it can be said which one goes on, or they are made at once.</summary>
    internal static string? Overlap(MigrationMachine machine) =>
        Migration(machine)
        ?? (
            machine.Can(ChannelCapabilities.Interleaving) || machine.Can(ChannelCapabilities.Threads)
                ? null
                : "on this channel calls of several threads come one behind the other"
        );

    /// <summary>The same with calls of the DMA log among them.</summary>
    internal static string? OverlappingLog(MigrationMachine machine) =>
        Logging(machine) ?? Channel(machine, ChannelCapabilities.Interleaving, "on this channel calls of the DMA log come one behind the other");

    /// <summary>Transfers of several threads: some kernels did not survive them.</summary>
    internal static string? OverlappingTransfers(MigrationMachine machine) =>
        Overlap(machine)
        ?? (
            machine.Can(ChannelCapabilities.Interleaving) || machine.Can(ChannelCapabilities.ThrowAway)
                ? null
                : "transfers of several threads on one data fd crash some kernels; they are made in throw-away guests only"
        );

    /// <summary>Arcs that can be seen.</summary>
    internal static string? ArcTrace(MigrationMachine machine) =>
        Channel(machine, ChannelCapabilities.ArcTrace, "the arcs that the driver takes cannot be seen");

    /// <summary>A device that can be closed and opened again, with its data fd still held.</summary>
    internal static string? Reopen(MigrationMachine machine) =>
        Channel(machine, ChannelCapabilities.OutlivingDescriptors, "the channel cannot close a device and open the same one again");

    /// <summary>The same in the middle of a migration.</summary>
    internal static string? ReopenAnywhere(MigrationMachine machine) =>
        Reopen(machine)
        ?? (machine.Can(ChannelCapabilities.ThrowAway) ? null : "closing in mid-migration crashes some kernels; it is done in throw-away guests only");

    /// <summary>A device that can be removed under a data fd that is still held, on a machine that may be lost and sees what is touched then.</summary>
    internal static string? Removal(MigrationMachine machine) =>
        ReopenAnywhere(machine)
        ?? Channel(
            machine,
            ChannelCapabilities.Removal | ChannelCapabilities.ChecksMemory,
            "the device cannot be removed from its machine, or the machine does not check its memory"
        );

    /// <summary>A second device of the same kind.</summary>
    internal static string? Peer(MigrationMachine machine) =>
        Channel(machine, ChannelCapabilities.Peer, "there is no second device to migrate to (kernel drivers: peer= in the address)");

    /// <summary>A second device of another kind.</summary>
    internal static string? Stranger(MigrationMachine machine) =>
        Refusal(machine)
        ?? Channel(machine, ChannelCapabilities.Stranger, "there is no second device of another kind (kernel drivers: stranger= in the address)");

    /// <summary>A device that has something to save.</summary>
    internal static string? State(MigrationMachine machine) =>
        Migration(machine) ?? (machine.Traits.EmptyState ? "the driver declares that its complete state may be empty (trait emptyState)" : null);

    /// <summary>A format of which the driver says where it ends.</summary>
    internal static string? EndOfStream(MigrationMachine machine) =>
        Refusal(machine) ?? (machine.Traits.JoinedStreams ? "the driver declares that its format has no end of its own (trait joinedStreams)" : null);

    /// <summary>A driver that refuses what is not valid.</summary>
    internal static string? Refusal(MigrationMachine machine) =>
        Migration(machine)
        ?? (machine.Traits.Validation == ValidationLevel.C ? "the driver declares that it does not look at what is loaded (trait validation: C)" : null);

    /// <summary>A field of the stream that the driver declares.</summary>
    internal static Func<MigrationMachine, string?> Field(FieldRole role) =>
        machine =>
            Refusal(machine)
            ?? (
                machine.Traits.Stream.Of(role).Any()
                    ? null
                    : $"the driver declares no {role.ToString().ToLowerInvariant()} of its stream, which is opaque otherwise (trait stream)"
            );

    /// <summary>A field of the stream in which lengths of gigabytes have room.</summary>
    internal static string? LargeLength(MigrationMachine machine) =>
        Field(FieldRole.Length)(machine)
        ?? (machine.Traits.Stream.Of(FieldRole.Length).Any(field => field.Size >= 4) ? null : "no length of the stream has four bytes");

    /// <summary>Anything in a stream that is known to contradict it.</summary>
    internal static string? Contradiction(MigrationMachine machine) =>
        Refusal(machine)
        ?? (
            machine.Traits.Stream.HasSum || machine.Traits.Stream.Of(FieldRole.Fixed).Any()
                ? null
                : "the driver declares neither a fixed field nor a checksum of its stream, which is opaque otherwise (trait stream)"
        );

    /// <summary>
    /// A device of which nothing is left after a reset or a new open, whatever was loaded; or a machine that may be lost, and is by the plan that did it.
    /// </summary>
    internal static string? Forgetful(MigrationMachine machine) =>
        Outlasting(machine)
        ?? (
            machine.Channel != Channels.Kernel || machine.Can(ChannelCapabilities.ChecksMemory)
                ? null
                : "what such a load leaves shows where the kernel checks its memory, and ends another plan elsewhere"
        );

    /// <summary>A device of which nothing is left after a reset or a new open, whatever was loaded, or a machine that may be lost.</summary>
    internal static string? Outlasting(MigrationMachine machine) =>
        Migration(machine)
        ?? Expendable(machine, "what such a load leaves outlasts resets of some drivers, and crashes the kernel later; it is done in throw-away guests only");

    /// <summary>A write to the descriptor of an ended resuming session.</summary>
    internal static string? EndedResuming(MigrationMachine machine) =>
        Descriptors(machine)
        ?? Expendable(machine, "writing to the descriptor of an ended resuming session crashes some kernels; it is done in throw-away guests only");

    /// <summary>Work that a loaded device would do.</summary>
    internal static string? MemoryWork(MigrationMachine machine) =>
        Channel(machine, ChannelCapabilities.WorkTime | ChannelCapabilities.WorkMemory, "the workload gives the device no DMA to do");

    /// <summary>A state in the feature set.</summary>
    internal static Func<MigrationMachine, string?> State(DeviceState state) =>
        machine => Migration(machine) ?? (machine.Paths.Supports(state) ? null : $"the feature set has no {state.Name()}");

    /// <summary>Several needs: the first that is lacking.</summary>
    internal static Func<MigrationMachine, string?> All(params Func<MigrationMachine, string?>[] needs) =>
        machine => needs.Select(need => need(machine)).FirstOrDefault(lacking => lacking is not null);

    private static string? Seam(MigrationMachine machine, ChannelCapabilities needed, string lacking) =>
        Channel(machine, needed, (machine.Capabilities & Seams) != 0 ? lacking : "arcs of this driver cannot be made to fail or to take long");

    private const ChannelCapabilities Seams =
        ChannelCapabilities.FailingArcs
        | ChannelCapabilities.BreakingArcs
        | ChannelCapabilities.FailingSaves
        | ChannelCapabilities.FailingSaveRequests
        | ChannelCapabilities.SlowArcs;

    private static string? Channel(MigrationMachine machine, ChannelCapabilities needed, string lacking) =>
        Migration(machine) ?? (machine.Can(needed) ? null : lacking);

    // A kernel that may be lost, or none that could be.
    private static string? Expendable(MigrationMachine machine, string why) =>
        machine.Channel != Channels.Kernel || machine.Can(ChannelCapabilities.ThrowAway) ? null : why;
}
