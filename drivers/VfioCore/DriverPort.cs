using Conformance.Model.Contract;
using Conformance.Model.Migration.Device;

namespace Conformance.Drivers.VfioCore;

/// <summary>A device in this process: it has no regions, but a driver.</summary>
internal sealed class DriverPort(IMigrationDriver driver) : IDevicePort
{
    /// <inheritdoc/>
    public VfioDescriptors? Descriptors => null;

    /// <inheritdoc/>
    public object Driver => driver;

    /// <inheritdoc/>
    public int Read(int region, ulong offset, Span<byte> bytes) => Errno.ENOTTY;

    /// <inheritdoc/>
    public int Write(int region, ulong offset, ReadOnlySpan<byte> bytes) => Errno.ENOTTY;
}
