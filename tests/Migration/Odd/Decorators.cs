using Conformance.Drivers.Reference.Migration;
using Conformance.Model.Contract;
using Conformance.Model.Migration.Device;

namespace Conformance.Tests.Migration.Odd;

/// <summary>A reference driver with something before its sessions.</summary>
internal abstract class DecoratedDriver(MigrationFeatures features) : ReferenceDriver(features)
{
    /// <inheritdoc/>
    public override ArcResult TakeArc(DeviceState from, DeviceState to, out IMigrationFile? file)
    {
        var result = base.TakeArc(from, to, out file);
        if (file is not null)
            file = file.IsSaving ? BeforeSaving(file) : BeforeResuming(file);
        return result;
    }

    /// <summary>What stands before a saving session.</summary>
    protected virtual IMigrationFile BeforeSaving(IMigrationFile file) => file;

    /// <summary>What stands before a resuming session.</summary>
    protected virtual IMigrationFile BeforeResuming(IMigrationFile file) => file;
}

/// <summary>A session that asks another one.</summary>
internal class DecoratedFile(IMigrationFile file) : IMigrationFile
{
    /// <inheritdoc/>
    public bool IsSaving => file.IsSaving;

    /// <inheritdoc/>
    public virtual bool IsReadable => file.IsReadable;

    /// <inheritdoc/>
    public virtual CallResult Read(Span<byte> buffer) => file.Read(buffer);

    /// <inheritdoc/>
    public virtual CallResult Write(ReadOnlySpan<byte> buffer) => file.Write(buffer);

    /// <inheritdoc/>
    public virtual int PrecopyInfo(out ulong initialBytes, out ulong dirtyBytes) => file.PrecopyInfo(out initialBytes, out dirtyBytes);

    /// <inheritdoc/>
    public void Terminate() => file.Terminate();
}

/// <summary>A target whose devices have something before them.</summary>
internal sealed class OddTarget(IMigrationTarget target, Func<IMigrationDevice, IMigrationDevice> before) : IMigrationTarget
{
    public string Address => target.Address;

    public Channels Channel => target.Channel;

    public ChannelCapabilities Capabilities => target.Capabilities;

    public DeviceTraits Traits => target.Traits;

    public TimeSpan Deadline => target.Deadline;

    public IMigrationDevice Open() => before(target.Open());

    public IMigrationDevice OpenUnbound() => before(target.OpenUnbound());

    public void Dispose() => target.Dispose();
}

/// <summary>A device that asks another one.</summary>
internal class DecoratedDevice(IMigrationDevice device) : IMigrationDevice
{
    public IWorkload? Workload => device.Workload;

    public IFailureInjection? Failures => device.Failures;

    public IArcTrace? Arcs => device.Arcs;

    public bool Control(IThreadSchedule? schedule) => device.Control(schedule);

    public virtual CallResult Feature(in UserBuffer argument) => device.Feature(argument);

    public virtual CallResult DeviceIoctl(uint request, in UserBuffer argument) => device.DeviceIoctl(request, argument);

    public virtual CallResult Reset() => device.Reset();

    public CallResult Bind() => device.Bind();

    public void CloseDevice() => device.CloseDevice();

    public void Reopen() => device.Reopen();

    public virtual CallResult Read(int handle, in UserBuffer buffer) => device.Read(Inner(handle), buffer);

    public virtual CallResult Write(int handle, in UserBuffer buffer) => device.Write(Inner(handle), buffer);

    public CallResult PositionedRead(int handle, in UserBuffer buffer, long offset) => device.PositionedRead(Inner(handle), buffer, offset);

    public CallResult PositionedWrite(int handle, in UserBuffer buffer, long offset) => device.PositionedWrite(Inner(handle), buffer, offset);

    public CallResult Seek(int handle, long offset) => device.Seek(Inner(handle), offset);

    public virtual CallResult DataIoctl(int handle, uint request, in UserBuffer argument) => device.DataIoctl(Inner(handle), request, argument);

    public virtual CallResult Poll(int handle, int events, int timeoutMilliseconds) => device.Poll(Inner(handle), events, timeoutMilliseconds);

    public virtual CallResult Duplicate(int handle) => device.Duplicate(Inner(handle));

    public CallResult DescriptorFlags(int handle) => device.DescriptorFlags(Inner(handle));

    public CallResult CloseData(int handle) => device.CloseData(Inner(handle));

    public void ExhaustDescriptors(bool exhausted) => device.ExhaustDescriptors(exhausted);

    public int CountDescriptors() => device.CountDescriptors();

    public void Dispose() => device.Dispose();

    /// <summary>The other device's handle.</summary>
    protected virtual int Inner(int handle) => handle;
}
