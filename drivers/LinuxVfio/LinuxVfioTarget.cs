using Conformance.Model.Contract;
using Conformance.Model.Migration.Device;
using Conformance.Model.Migration.Oracle;
using Conformance.Model.Requirements;

namespace Conformance.Drivers.LinuxVfio;

/// <summary>
/// A migration driver of a Linux kernel: a device of this machine, or of a guest. Facts that need the machine (capabilities, traits) are found out at first
/// use, which boots the guest and may throw <see cref="DeviceLostException"/>. After a guest was lost, <see cref="Open"/> boots a new one.
/// </summary>
public sealed class LinuxVfioTarget : IMigrationTarget, IIdentified
{
    // What a guest's first process puts there (labs/kernel/guest/init).
    private const string ChecksMemory = "/run/checks-memory";

    private readonly LinuxMachine machine;
    private readonly bool ownsMachine;
    private readonly string device;
    private readonly LinuxVfioOptions options;
    private readonly LinuxVfioTarget? peer;
    private VfioLocation? location;
    private ISystemCalls? locatedBy;
    private bool canFail;
    private DeviceRemoval? removed;

    /// <summary>A target on a machine.</summary>
    /// <param name="address">The address as the user wrote it.</param>
    /// <param name="device">A node in /dev/vfio/devices, a PCI address, or the UUID of a mediated device.</param>
    /// <param name="machine">Where the device is.</param>
    /// <param name="options">Options of the address.</param>
    /// <param name="ownsMachine">True: disposing the target disposes the machine.</param>
    public LinuxVfioTarget(string address, string device, LinuxMachine machine, LinuxVfioOptions? options = null, bool ownsMachine = false)
    {
        Address = address;
        this.device = device;
        this.machine = machine;
        this.options = options ?? new LinuxVfioOptions();
        this.ownsMachine = ownsMachine;
        peer = (this.options.Peer ?? this.options.Stranger) is { } second
            ? new(address, second, machine, this.options with { Peer = null, Stranger = null })
            : null;
    }

    /// <inheritdoc/>
    public string Address { get; }

    /// <inheritdoc/>
    public Channels Channel => Channels.Kernel;

    /// <inheritdoc/>
    public TimeSpan Deadline => options.Deadline ?? DefaultDeadline(machine.IsGuest);

    /// <inheritdoc/>
    public ChannelCapabilities Capabilities
    {
        get
        {
            var known = Locate(machine.Connect());
            var capabilities =
                ChannelCapabilities.Descriptors
                | ChannelCapabilities.Ioctl
                | ChannelCapabilities.MemoryProtection
                | ChannelCapabilities.DescriptorLimit
                | ChannelCapabilities.OutlivingDescriptors;
            // On one processor threads take turns between calls, and hardly ever within.
            if (machine.Connect().ReadText("/sys/devices/system/cpu/online") is { Length: > 0 } processors && processors != "0")
                capabilities |= ChannelCapabilities.Threads;
            if (ByNode(known))
                capabilities |= ChannelCapabilities.Unbound;
            if (options.HisiAccWorkload || (options.Workload && MttyPorts(known) > 0))
                capabilities |= ChannelCapabilities.Workload | ChannelCapabilities.WorkRegisters | ChannelCapabilities.WorkConfig;
            if (canFail)
                capabilities |= ChannelCapabilities.FailingArcs;
            if (machine.IsGuest)
            {
                capabilities |= ChannelCapabilities.ThrowAway;
                if (machine.Connect().Exists(ChecksMemory))
                    capabilities |= ChannelCapabilities.ChecksMemory;
                if (DeviceRemoval.Of(machine.Connect(), known) is not null)
                    capabilities |= ChannelCapabilities.Removal;
            }
            if (peer is not null)
                capabilities |= options.Peer is null ? ChannelCapabilities.Stranger : ChannelCapabilities.Peer;
            return capabilities;
        }
    }

    /// <inheritdoc/>
    public DeviceTraits Traits
    {
        get
        {
            var traits = options.Traits ?? KnownTraits();
            return options.Level is { } level ? traits with { Level = level } : traits;
        }
    }

    /// <inheritdoc/>
    public IReadOnlyList<IdentityFact> Identity
    {
        get
        {
            var calls = machine.Connect();
            var known = Locate(calls);
            return VfioIdentity.Of(calls, known, ByNode(known));
        }
    }

    /// <summary>The machine, for a second target on it.</summary>
    public LinuxMachine Machine => machine;

    /// <summary>The deadline of one call when the address names none: a reset of hardware may take 60 s (E-38), a guest answers at once or never.</summary>
    public static TimeSpan DefaultDeadline(bool guest) => TimeSpan.FromSeconds(guest ? 10 : 90);

    /// <summary>A target on this machine.</summary>
    public static LinuxVfioTarget Local(string address, string device, LinuxVfioOptions? options = null) =>
        new(address, device, LinuxMachine.Local(), options, ownsMachine: true);

    /// <summary>A target in a guest of its own.</summary>
    /// <param name="address">The address as the user wrote it.</param>
    /// <param name="device">The device in the guest.</param>
    /// <param name="command">The command that boots the guest.</param>
    /// <param name="options">Options of the address.</param>
    /// <exception cref="FormatException">The command cannot be split into words.</exception>
    public static LinuxVfioTarget InGuest(string address, string device, string command, LinuxVfioOptions? options = null) =>
        new(address, device, LinuxMachine.Guest(command, options?.Deadline ?? DefaultDeadline(guest: true)), options, ownsMachine: true);

    /// <inheritdoc/>
    public void Reach() => machine.Connect();

    /// <inheritdoc/>
    public IMigrationDevice Open()
    {
        var calls = machine.Connect();
        var known = Locate(calls);
        return Create(calls, known, () => ByNode(known) ? OpenBound(calls, known) : OpenedDevice.ByGroup(calls, known));
    }

    /// <inheritdoc/>
    public IMigrationDevice OpenUnbound()
    {
        var calls = machine.Connect();
        var known = Locate(calls);
        if (!ByNode(known))
            throw new NotSupportedException("a device that is opened by its group has access from the start");
        return Create(calls, known, () => OpenedDevice.ByNode(calls, known));
    }

    /// <inheritdoc/>
    public IMigrationDevice OpenPeer() => peer?.Open() ?? throw new NotSupportedException("there is no second device; name one with peer= or stranger=");

    /// <inheritdoc/>
    public void Dispose()
    {
        if (ownsMachine)
            machine.Dispose();
    }

    private static OpenedDevice OpenBound(ISystemCalls calls, VfioLocation known)
    {
        var opened = OpenedDevice.ByNode(calls, known);
        try
        {
            var result = opened.Bind();
            return result.Ok
                ? opened
                : throw new DeviceLostException(
                    DeviceLoss.Unreachable,
                    $"the VFIO device {known.Name} cannot be bound to an iommufd: {Errno.Name(result.Errno)}; is /dev/iommu there and accessible? "
                        + $"?via=group is the other way"
                );
        }
        catch
        {
            opened.Dispose();
            throw;
        }
    }

    // "mtty-2" and "mtty-1"; some kernels put the parent's name before it.
    private static int MttyPorts(VfioLocation known) =>
        !known.Type.Contains("mtty", StringComparison.Ordinal) ? 0
        : known.Type.EndsWith("-1", StringComparison.Ordinal) ? 1
        : known.Type.EndsWith("-2", StringComparison.Ordinal) ? 2
        : 0;

    private DeviceTraits KnownTraits()
    {
        var ports = MttyPorts(Locate(machine.Connect()));

        // V.11: header of 24 bytes and 36 bytes per port, byte-identical when saved twice. A port has its 16 characters in a ring with a head and a tail.
        return ports == 0
            ? DeviceTraits.Cautious
            : new DeviceTraits
            {
                DeterministicStream = true,
                SynchronousSave = true,
                MaxImageBytes = 24 + 36 * ports,
                DataSizeSlack = 0,
                Stream = StreamFields.Of(
                    "fixed 0+8, version 8+4<=1, version 12+4<=0, identity 16+4, fixed 20+4, index 48+1<16, index 49+1<16"
                        + (ports == 2 ? ", index 84+1<16, index 85+1<16" : "")
                ),
            };
    }

    private LinuxVfioDevice Create(ISystemCalls calls, VfioLocation known, Func<OpenedDevice> open)
    {
        var ports = options.Workload ? MttyPorts(known) : 0;
        return new LinuxVfioDevice(
            calls,
            open,
            (asked, opened, port) =>
                options.HisiAccWorkload ? HisiAccWorkload.Create(asked, opened, port)
                : ports == 0 ? null
                : MttyWorkload.Create(asked, opened.Descriptor, ports),
            machine.IsGuest ? () => RemovalOf(calls, known) : null,
            canFail ? new(calls, known.Name) : null,
            canFail ? new HisiAccEvidence(calls, known.Name) : null
        );
    }

    // Whoever asks for it takes the device away: the next open brings it back.
    private DeviceRemoval? RemovalOf(ISystemCalls calls, VfioLocation known)
    {
        location = null;
        return removed = DeviceRemoval.Of(calls, known);
    }

    private bool ByNode(VfioLocation known) =>
        options.Path switch
        {
            VfioPath.Device => true,
            VfioPath.Group => false,
            _ => known.Node is not null,
        };

    // Group and node numbers belong to one boot. This machine may renumber as well, when a driver is bound again.
    private VfioLocation Locate(ISystemCalls calls)
    {
        var gone = removed;
        removed = null;
        gone?.BringBack(calls);
        if (location is null || !ReferenceEquals(calls, locatedBy))
        {
            location = VfioLocation.Find(calls, device);
            locatedBy = calls;
            canFail = HisiAccFailures.AreThere(calls, location.Name);
        }

        return location;
    }
}
