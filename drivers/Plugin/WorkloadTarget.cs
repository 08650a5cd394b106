using Conformance.Model.Contract;
using Conformance.Model.Migration.Device;

namespace Conformance.Drivers.Plugin;

/// <summary>A target whose devices have another workload than their own.</summary>
/// <param name="target">The target.</param>
/// <param name="make">Makes the workload of a device that was opened; null: it has none.</param>
internal sealed class WorkloadTarget(IMigrationTarget target, Func<IMigrationDevice, IWorkload>? make) : IMigrationTarget, IIdentified
{
    private ChannelCapabilities? capabilities;

    /// <inheritdoc/>
    public string Address => target.Address;

    /// <inheritdoc/>
    public Channels Channel => target.Channel;

    /// <summary>Those of the channel, and what the workload declares on a device that is opened for that.</summary>
    public ChannelCapabilities Capabilities => capabilities ??= (target.Capabilities & ~WorkloadCapabilities.All) | Declared();

    /// <inheritdoc/>
    public DeviceTraits Traits => target.Traits;

    /// <inheritdoc/>
    public TimeSpan Deadline => target.Deadline;

    /// <inheritdoc/>
    public IReadOnlyList<IdentityFact> Identity => (target as IIdentified)?.Identity ?? [];

    /// <inheritdoc/>
    public void Reach() => target.Reach();

    /// <inheritdoc/>
    public IMigrationDevice Open() => new WorkloadDevice(target.Open(), make);

    /// <inheritdoc/>
    public IMigrationDevice OpenUnbound() => new WorkloadDevice(target.OpenUnbound(), make);

    /// <inheritdoc/>
    public IMigrationDevice OpenPeer() => new WorkloadDevice(target.OpenPeer(), make);

    /// <inheritdoc/>
    public void Dispose() => target.Dispose();

    private ChannelCapabilities Declared()
    {
        if (make is null)
            return ChannelCapabilities.None;
        using var device = target.Open();
        var workload = make(device);
        WorkloadTrial.Run(device, workload);
        return WorkloadCapabilities.Of(workload);
    }
}

/// <summary>A device with another workload than its own, made when it is first asked for.</summary>
internal sealed class WorkloadDevice(IMigrationDevice device, Func<IMigrationDevice, IWorkload>? make) : DecoratedDevice(device)
{
    private readonly IMigrationDevice device = device;
    private IWorkload? workload;

    /// <inheritdoc/>
    public override IWorkload? Workload => workload ??= make?.Invoke(device);

    /// <inheritdoc/>
    public override void CloseDevice()
    {
        workload = null;
        base.CloseDevice();
    }
}
