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
    public virtual int PrecopyInfoV2(out ulong initialBytes, out ulong dirtyBytes, out bool reinitialised)
    {
        // Whatever is changed in the one answer is in the other as well.
        var errno = file.PrecopyInfoV2(out _, out _, out reinitialised);
        var plain = PrecopyInfo(out initialBytes, out dirtyBytes);
        return errno != 0 ? errno : plain;
    }

    /// <inheritdoc/>
    public void Terminate() => file.Terminate();
}

/// <summary>A target whose devices have something before them.</summary>
/// <param name="target">The target.</param>
/// <param name="before">What is put before each device.</param>
/// <param name="boot">What reaching its machine takes; nothing by default.</param>
internal sealed class OddTarget(IMigrationTarget target, Func<IMigrationDevice, IMigrationDevice> before, Action? boot = null) : IMigrationTarget
{
    public string Address => target.Address;

    public Channels Channel => target.Channel;

    public ChannelCapabilities Capabilities => target.Capabilities;

    public DeviceTraits Traits => target.Traits;

    public TimeSpan Deadline => target.Deadline;

    public void Reach()
    {
        boot?.Invoke();
        target.Reach();
    }

    public IMigrationDevice Open() => before(target.Open());

    public IMigrationDevice OpenUnbound() => before(target.OpenUnbound());

    public IMigrationDevice OpenPeer() => before(target.OpenPeer());

    public void Dispose() => target.Dispose();
}
