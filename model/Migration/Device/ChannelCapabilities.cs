using Conformance.Model.Contract;

namespace Conformance.Model.Migration.Device;

/// <summary>
/// What a way of reaching a device can do and show. A requirement that needs more than the channel has is "not exercised", with that as its reason.
/// </summary>
[Flags]
public enum ChannelCapabilities
{
    /// <summary>A bare request and reply channel.</summary>
    None = 0,

    /// <summary>
    /// Sessions are descriptors: seek, pread, poll, dup, close and descriptor flags mean something. Without it, the handle of every session is 0.
    /// </summary>
    Descriptors = 1 << 0,

    /// <summary>ioctls reach the data fd (GET_PRECOPY_INFO) and unknown ioctls reach the device.</summary>
    Ioctl = 1 << 1,

    /// <summary>Unmapped and read-only argument memory can be given to a call (EFAULT probes).</summary>
    MemoryProtection = 1 << 2,

    /// <summary>The process can run out of descriptors on request (EMFILE probes).</summary>
    DescriptorLimit = 1 << 3,

    /// <summary>A device can be opened without the access that BIND_IOMMUFD grants (ABI-18).</summary>
    Unbound = 1 << 4,

    /// <summary>The device has a workload (<see cref="IWorkload"/>).</summary>
    Workload = 1 << 5,

    /// <summary>Arcs can be made to fail (<see cref="IFailureInjection"/>).</summary>
    FailureInjection = 1 << 6,

    /// <summary>The arcs that the driver was asked for can be seen (<see cref="IArcTrace"/>).</summary>
    ArcTrace = 1 << 7,

    /// <summary>The data fd of a session survives the device that it came from, so that it can be used after close (MIG-FD-16).</summary>
    OutlivingDescriptors = 1 << 8,

    /// <summary>A crash or a hang costs nothing but this run: requests that are known to kill kernels may be sent (E-47).</summary>
    ThrowAway = 1 << 9,
}
