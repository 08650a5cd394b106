using Conformance.Model.Contract;

namespace Conformance.Model.Migration.Device;

/// <summary>
/// One opened device with migration, as its user sees it: what a suite opens. Calls are raw; nothing here interprets, retries or repairs.
/// A bare kernel device, a socket server and a C# class all look like this. Handles of sessions are small non-negative numbers; 0 is one of them (E-06).
/// Every member throws <see cref="DeviceLostException"/> when the far side died, closed the connection or did not answer in time.
/// Disposing closes the device and every session handle. <see cref="CloseDevice"/> closes the device alone.
/// </summary>
public interface IMigrationDevice : IDisposable
{
    /// <summary>
    /// VFIO_DEVICE_FEATURE with {u32 argsz, u32 flags, payload} (ABI-01). It may be called from two threads at once (MIG-FSM-18).
    /// </summary>
    CallResult Feature(in UserBuffer argument);

    /// <summary>Any other ioctl of the device. Without <see cref="ChannelCapabilities.Ioctl"/>: ENOTTY.</summary>
    CallResult DeviceIoctl(uint request, in UserBuffer argument);

    /// <summary>VFIO_DEVICE_RESET.</summary>
    CallResult Reset();

    /// <summary>BIND_IOMMUFD for a device that was opened without access (ABI-18); success when it has access already.</summary>
    CallResult Bind();

    /// <summary>
    /// Closes every reference to the device but keeps session handles, where the channel has <see cref="ChannelCapabilities.OutlivingDescriptors"/>
    /// (otherwise they are closed too). Afterwards only session calls and <see cref="Reopen"/> are legal.
    /// </summary>
    void CloseDevice();

    /// <summary>
    /// Has the device removed from its machine while it is open, and goes on without waiting: the removal waits for the last close. <see cref="CloseDevice"/>
    /// and <see cref="RemoveDevice"/> follow. Only with <see cref="ChannelCapabilities.Removal"/>.
    /// </summary>
    /// <exception cref="NotSupportedException">That cannot be done.</exception>
    void BeginRemoval() => throw new NotSupportedException("the device cannot be removed");

    /// <summary>
    /// Removes the device from its machine, after <see cref="CloseDevice"/>, or waits for the end of what <see cref="BeginRemoval"/> began: only session calls
    /// are legal from then on. The next open of the target brings it back. Only with <see cref="ChannelCapabilities.Removal"/>.
    /// </summary>
    /// <exception cref="NotSupportedException">That cannot be done.</exception>
    void RemoveDevice() => throw new NotSupportedException("the device cannot be removed");

    /// <summary>Opens the device again after <see cref="CloseDevice"/>; session handles from before keep their meaning.</summary>
    void Reopen();

    /// <summary>read(2) on a session.</summary>
    CallResult Read(int handle, in UserBuffer buffer);

    /// <summary>write(2) on a session.</summary>
    CallResult Write(int handle, in UserBuffer buffer);

    /// <summary>pread(2) on a session.</summary>
    CallResult PositionedRead(int handle, in UserBuffer buffer, long offset);

    /// <summary>pwrite(2) on a session.</summary>
    CallResult PositionedWrite(int handle, in UserBuffer buffer, long offset);

    /// <summary>lseek(2) from the start on a session.</summary>
    CallResult Seek(int handle, long offset);

    /// <summary>An ioctl of the data fd.</summary>
    CallResult DataIoctl(int handle, uint request, in UserBuffer argument);

    /// <summary>
    /// poll(2) on a session; the value is the returned events (POLLIN 1, POLLOUT 4, POLLERR 8, POLLHUP 16, POLLNVAL 32), 0 after the time-out.
    /// </summary>
    CallResult Poll(int handle, int events, int timeoutMilliseconds);

    /// <summary>dup(2) on a session; the value is the new handle.</summary>
    CallResult Duplicate(int handle);

    /// <summary>fcntl(F_GETFD): bit 0 is FD_CLOEXEC.</summary>
    CallResult DescriptorFlags(int handle);

    /// <summary>close(2) on a session.</summary>
    CallResult CloseData(int handle);

    /// <summary>While true, no descriptor can be installed in the process that makes the calls: a session arc gives EMFILE (MIG-FD-23).</summary>
    void ExhaustDescriptors(bool exhausted);

    /// <summary>How many descriptors the process that makes the calls holds, or -1 where that cannot be told. Only differences mean something.</summary>
    int CountDescriptors();

    /// <summary>The workload of the device, or null.</summary>
    IWorkload? Workload { get; }

    /// <summary>The device as a workload of one's own reaches it; null where that cannot be.</summary>
    IDevicePort? Port => null;

    /// <summary>The seams that make arcs and saves fail, or null.</summary>
    IFailureInjection? Failures { get; }

    /// <summary>The arcs that the driver was asked for, or null.</summary>
    IArcTrace? Arcs { get; }

    /// <summary>What reached the device behind the driver; null where that cannot be seen.</summary>
    IDeviceEvidence? Evidence => null;

    /// <summary>
    /// Hands the places at which calls of several threads can get in each other's way to a schedule, until it is called with null (MIG-FSM-17, MIG-FSM-24).
    /// While one is set, feature calls, resets, and reads, writes and ioctls of sessions may overlap, each on a thread of the schedule. Two of these may be run
    /// by one thread of the process, one behind the other: the gates of the schedule are the locks, a lock of the process's own is none here.
    /// </summary>
    /// <returns>False where that cannot be done: see <see cref="ChannelCapabilities.Interleaving"/>.</returns>
    bool Control(IThreadSchedule? schedule) => false;

    /// <summary>
    /// Makes calls of several threads at once, of which nobody says which one goes on (<see cref="ChannelCapabilities.Threads"/>). Descriptors that they opened
    /// are closed when it comes back.
    /// </summary>
    /// <returns>Each round's results, in the order of the script's calls; null where that cannot be done.</returns>
    IReadOnlyList<ScriptResult[]>? Run(ThreadScript script) => null;
}
