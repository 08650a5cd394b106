using Conformance.Model.Contract;

namespace Conformance.Model.Migration.Device;

/// <summary>A driver under test, named by an address: something that devices can be opened on.</summary>
public interface IMigrationTarget : IDisposable
{
    /// <summary>The address that names this driver, as the user wrote it.</summary>
    string Address { get; }

    /// <summary>The kind of channel: exactly one of Kernel, Socket and InProcess.</summary>
    Channels Channel { get; }

    /// <summary>What the channel can do and show.</summary>
    ChannelCapabilities Capabilities { get; }

    /// <summary>What the driver declares where the contract leaves a choice.</summary>
    DeviceTraits Traits { get; }

    /// <summary>The deadline of one call.</summary>
    TimeSpan Deadline { get; }

    /// <summary>
    /// Makes sure that the machine is there which the driver runs on: boots a guest that was lost. That is no call into the driver and takes as long as a boot
    /// takes; <see cref="Open"/> does it as well, within the deadline of a call.
    /// </summary>
    /// <exception cref="DeviceLostException">There is no machine.</exception>
    void Reach() { }

    /// <summary>
    /// Opens a device that no earlier run has touched, as good as the channel can: a new instance in process, a new server process behind a socket.
    /// Where device state outlives a close (a kernel device), an ordinary open.
    /// </summary>
    /// <exception cref="DeviceLostException">The device could not be opened.</exception>
    IMigrationDevice Open();

    /// <summary>Like <see cref="Open"/>, but without the access that BIND_IOMMUFD grants. Only with <see cref="ChannelCapabilities.Unbound"/>.</summary>
    /// <exception cref="NotSupportedException">The channel cannot do that.</exception>
    IMigrationDevice OpenUnbound();

    /// <summary>
    /// Opens a second device: of the same kind, to which the state of the first can be migrated, with <see cref="ChannelCapabilities.Peer"/>; of another kind,
    /// which must refuse it, with <see cref="ChannelCapabilities.Stranger"/>. Both are open at once.
    /// </summary>
    /// <exception cref="DeviceLostException">The device could not be opened.</exception>
    /// <exception cref="NotSupportedException">There is none.</exception>
    IMigrationDevice OpenPeer() => throw new NotSupportedException("there is no second device");
}
