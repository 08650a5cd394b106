using Conformance.Model.Contract;
using Conformance.Model.Migration.Device;

namespace Conformance.Drivers.VfioCore;

/// <summary>
/// A driver in this process as a target: each open makes a new driver, and the core around it. A new device costs about a microsecond, so nothing is reused.
/// </summary>
public sealed class InProcessTarget : IMigrationTarget
{
    private readonly Func<bool, VfioCoreDevice> open;

    /// <summary>Describes the target by looking at one driver, which is disposed of.</summary>
    /// <param name="address">The address as the user wrote it.</param>
    /// <param name="sample">A driver of the kind that <paramref name="open"/> uses.</param>
    /// <param name="open">Makes a device; the argument says whether it is bound (ABI-18).</param>
    /// <param name="deadline">The deadline of one call.</param>
    /// <param name="traits">Replaces what the driver declares, or null.</param>
    public InProcessTarget(string address, IMigrationDriver sample, Func<bool, VfioCoreDevice> open, TimeSpan deadline, DeviceTraits? traits = null)
    {
        ArgumentNullException.ThrowIfNull(sample);
        Address = address;
        this.open = open;
        Deadline = deadline;
        Traits = traits ?? sample.Traits;
        Capabilities =
            ChannelCapabilities.Descriptors
            | ChannelCapabilities.Ioctl
            | ChannelCapabilities.MemoryProtection
            | ChannelCapabilities.DescriptorLimit
            | ChannelCapabilities.Unbound
            | ChannelCapabilities.ArcTrace
            | ChannelCapabilities.OutlivingDescriptors
            | ChannelCapabilities.ThrowAway
            | ChannelCapabilities.Interleaving
            | ChannelCapabilities.Removal
            | ChannelCapabilities.ChecksMemory
            | ChannelCapabilities.Peer
            | WorkloadCapabilities.Of(sample.Workload)
            | SeamsOf(sample);
        sample.Dispose();
    }

    private static ChannelCapabilities SeamsOf(IMigrationDriver driver)
    {
        var seams = driver.Failures?.Seams ?? FailureSeams.None;
        var capabilities = ChannelCapabilities.None;
        foreach (
            var (seam, capability) in new[]
            {
                (FailureSeams.Arcs, ChannelCapabilities.FailingArcs),
                (FailureSeams.BreakingArcs, ChannelCapabilities.BreakingArcs),
                (FailureSeams.Saves, ChannelCapabilities.FailingSaves),
                (FailureSeams.SaveRequests, ChannelCapabilities.FailingSaveRequests),
                (FailureSeams.SlowArcs, ChannelCapabilities.SlowArcs),
            }
        )
            if (seams.HasFlag(seam))
                capabilities |= capability;
        return capabilities;
    }

    /// <summary>The deadline of a call in process, unless the user says otherwise.</summary>
    public static TimeSpan DefaultDeadline { get; } = TimeSpan.FromSeconds(10);

    /// <inheritdoc/>
    public string Address { get; }

    /// <inheritdoc/>
    public Channels Channel => Channels.InProcess;

    /// <inheritdoc/>
    public ChannelCapabilities Capabilities { get; }

    /// <inheritdoc/>
    public DeviceTraits Traits { get; }

    /// <inheritdoc/>
    public TimeSpan Deadline { get; }

    /// <inheritdoc/>
    public IMigrationDevice Open() => open(true);

    /// <inheritdoc/>
    public IMigrationDevice OpenUnbound() => open(false);

    /// <inheritdoc/>
    public IMigrationDevice OpenPeer() => open(true);

    /// <summary>There is nothing to give back.</summary>
    public void Dispose() { }
}
