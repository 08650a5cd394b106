using Conformance.Model.Contract;
using Conformance.Model.Migration.Device;

namespace Conformance.Drivers.Plugin;

/// <summary>A target whose devices have another workload than their own.</summary>
/// <param name="target">The target.</param>
/// <param name="make">Makes the workload of a device that was opened; null: it has none.</param>
internal sealed class WorkloadTarget(IMigrationTarget target, Func<IMigrationDevice, IWorkload>? make) : IMigrationTarget
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
    public IMigrationDevice Open() => new WorkloadDevice(target.Open(), make);

    /// <inheritdoc/>
    public IMigrationDevice OpenUnbound() => new WorkloadDevice(target.OpenUnbound(), make);

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
internal sealed class WorkloadDevice(IMigrationDevice device, Func<IMigrationDevice, IWorkload>? make) : IMigrationDevice
{
    private IWorkload? workload;

    /// <inheritdoc/>
    public IWorkload? Workload => workload ??= make?.Invoke(device);

    /// <inheritdoc/>
    public IDevicePort? Port => device.Port;

    /// <inheritdoc/>
    public IFailureInjection? Failures => device.Failures;

    /// <inheritdoc/>
    public IArcTrace? Arcs => device.Arcs;

    /// <inheritdoc/>
    public CallResult Feature(in UserBuffer argument) => device.Feature(argument);

    /// <inheritdoc/>
    public CallResult DeviceIoctl(uint request, in UserBuffer argument) => device.DeviceIoctl(request, argument);

    /// <inheritdoc/>
    public bool Control(IThreadSchedule? schedule) => device.Control(schedule);

    /// <inheritdoc/>
    public CallResult Reset() => device.Reset();

    /// <inheritdoc/>
    public CallResult Bind() => device.Bind();

    /// <inheritdoc/>
    public void CloseDevice()
    {
        workload = null;
        device.CloseDevice();
    }

    /// <inheritdoc/>
    public void Reopen() => device.Reopen();

    /// <inheritdoc/>
    public CallResult Read(int handle, in UserBuffer buffer) => device.Read(handle, buffer);

    /// <inheritdoc/>
    public CallResult Write(int handle, in UserBuffer buffer) => device.Write(handle, buffer);

    /// <inheritdoc/>
    public CallResult PositionedRead(int handle, in UserBuffer buffer, long offset) => device.PositionedRead(handle, buffer, offset);

    /// <inheritdoc/>
    public CallResult PositionedWrite(int handle, in UserBuffer buffer, long offset) => device.PositionedWrite(handle, buffer, offset);

    /// <inheritdoc/>
    public CallResult Seek(int handle, long offset) => device.Seek(handle, offset);

    /// <inheritdoc/>
    public CallResult DataIoctl(int handle, uint request, in UserBuffer argument) => device.DataIoctl(handle, request, argument);

    /// <inheritdoc/>
    public CallResult Poll(int handle, int events, int timeoutMilliseconds) => device.Poll(handle, events, timeoutMilliseconds);

    /// <inheritdoc/>
    public CallResult Duplicate(int handle) => device.Duplicate(handle);

    /// <inheritdoc/>
    public CallResult DescriptorFlags(int handle) => device.DescriptorFlags(handle);

    /// <inheritdoc/>
    public CallResult CloseData(int handle) => device.CloseData(handle);

    /// <inheritdoc/>
    public void ExhaustDescriptors(bool exhausted) => device.ExhaustDescriptors(exhausted);

    /// <inheritdoc/>
    public int CountDescriptors() => device.CountDescriptors();

    /// <inheritdoc/>
    public void Dispose() => device.Dispose();
}
