using Conformance.Model.Contract;

namespace Conformance.Model.Migration.Device;

/// <summary>A device that asks another one, whatever it is asked: what stands before a device overrides what it changes.</summary>
/// <param name="device">The other one; it is disposed of with this one.</param>
public abstract class DecoratedDevice(IMigrationDevice device) : IMigrationDevice
{
    /// <inheritdoc/>
    public virtual IWorkload? Workload => device.Workload;

    /// <inheritdoc/>
    public IDevicePort? Port => device.Port;

    /// <inheritdoc/>
    public IFailureInjection? Failures => device.Failures;

    /// <inheritdoc/>
    public IArcTrace? Arcs => device.Arcs;

    /// <inheritdoc/>
    public virtual IDeviceEvidence? Evidence => device.Evidence;

    /// <inheritdoc/>
    public virtual CallResult Feature(in UserBuffer argument) => device.Feature(argument);

    /// <inheritdoc/>
    public virtual CallResult DeviceIoctl(uint request, in UserBuffer argument) => device.DeviceIoctl(request, argument);

    /// <inheritdoc/>
    public virtual CallResult Reset() => device.Reset();

    /// <inheritdoc/>
    public CallResult Bind() => device.Bind();

    /// <inheritdoc/>
    public virtual void CloseDevice() => device.CloseDevice();

    /// <inheritdoc/>
    public virtual void BeginRemoval() => device.BeginRemoval();

    /// <inheritdoc/>
    public virtual void RemoveDevice() => device.RemoveDevice();

    /// <inheritdoc/>
    public void Reopen() => device.Reopen();

    /// <inheritdoc/>
    public virtual CallResult Read(int handle, in UserBuffer buffer) => device.Read(Inner(handle), buffer);

    /// <inheritdoc/>
    public virtual CallResult Write(int handle, in UserBuffer buffer) => device.Write(Inner(handle), buffer);

    /// <inheritdoc/>
    public CallResult PositionedRead(int handle, in UserBuffer buffer, long offset) => device.PositionedRead(Inner(handle), buffer, offset);

    /// <inheritdoc/>
    public CallResult PositionedWrite(int handle, in UserBuffer buffer, long offset) => device.PositionedWrite(Inner(handle), buffer, offset);

    /// <inheritdoc/>
    public CallResult Seek(int handle, long offset) => device.Seek(Inner(handle), offset);

    /// <inheritdoc/>
    public virtual CallResult DataIoctl(int handle, uint request, in UserBuffer argument) => device.DataIoctl(Inner(handle), request, argument);

    /// <inheritdoc/>
    public virtual CallResult Poll(int handle, int events, int timeoutMilliseconds) => device.Poll(Inner(handle), events, timeoutMilliseconds);

    /// <inheritdoc/>
    public virtual CallResult Duplicate(int handle) => device.Duplicate(Inner(handle));

    /// <inheritdoc/>
    public CallResult DescriptorFlags(int handle) => device.DescriptorFlags(Inner(handle));

    /// <inheritdoc/>
    public CallResult CloseData(int handle) => device.CloseData(Inner(handle));

    /// <inheritdoc/>
    public void ExhaustDescriptors(bool exhausted) => device.ExhaustDescriptors(exhausted);

    /// <inheritdoc/>
    public int CountDescriptors() => device.CountDescriptors();

    /// <inheritdoc/>
    public bool Control(IThreadSchedule? schedule) => device.Control(schedule);

    /// <inheritdoc/>
    public virtual IReadOnlyList<ScriptResult[]>? Run(ThreadScript script) =>
        device.Run(script.Session < 0 ? script : script with { Session = Inner(script.Session) });

    /// <inheritdoc/>
    public void Dispose()
    {
        device.Dispose();
        GC.SuppressFinalize(this);
    }

    /// <summary>The handle by which the other device knows a session.</summary>
    protected virtual int Inner(int handle) => handle;
}
