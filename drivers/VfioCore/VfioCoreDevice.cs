using Conformance.Model.Contract;
using Conformance.Model.Migration.Device;
using Conformance.Model.Requirements;

namespace Conformance.Drivers.VfioCore;

/// <summary>
/// Makes an <see cref="IMigrationDriver"/> look like a device fd of the Linux VFIO core: envelope, paths, descriptors, DMA log checks (every row that the
/// contract marks [C]). It belongs to the judged side and shares nothing with the judge.
/// Every decision is one <c>protected virtual</c> member, so that a seeded fault is one override. The core itself knows nothing of faults.
/// Calls are serialised as the kernel's state mutex does (MIG-FSM-17); none allocates once the pools are warm.
/// </summary>
public partial class VfioCoreDevice : IMigrationDevice, IArcTrace, IFailureInjection
{
    // One atomic operation a call; a lock that knows its owner takes two and a look at the thread. No call is made from within another one.
    private SpinLock gate = new(enableThreadOwnerTracking: false);
    private readonly byte[] nextHop;
    private readonly bool bindsOnOpen;
    private bool disposed;

    /// <summary>Opens a device on a driver, which is disposed of together with it.</summary>
    /// <param name="driver">The driver.</param>
    /// <param name="level">The uAPI level whose behaviour is shown (V.1).</param>
    /// <param name="bound">False: without the access that BIND_IOMMUFD grants (ABI-18).</param>
    public VfioCoreDevice(IMigrationDriver driver, UapiLevel level = UapiLevel.V7_2, bool bound = true)
    {
        ArgumentNullException.ThrowIfNull(driver);
        Driver = driver;
        Level = level;
        Features = level < UapiLevel.V6_2 ? driver.Features & ~MigrationFeatures.PreCopy : driver.Features;
        nextHop = NextHop.Cells(Features);
        bindsOnOpen = bound;
        IsOpen = true;
        IsBound = bound;
        State = DeviceState.Running;
    }

    /// <summary>The driver behind this device.</summary>
    protected IMigrationDriver Driver { get; }

    /// <summary>The uAPI level that is shown.</summary>
    protected UapiLevel Level { get; }

    /// <summary>The feature set at this level: below 6.2 there is no PRE_COPY.</summary>
    protected MigrationFeatures Features { get; }

    /// <summary>True while a user holds the device.</summary>
    protected bool IsOpen { get; private set; }

    /// <summary>True when access was granted (ABI-18).</summary>
    protected bool IsBound { get; private set; }

    /// <summary>True after feature 12 was set; dropped at last close only (PINFO2-07).</summary>
    protected bool OptedIn { get; set; }

    /// <inheritdoc/>
    public IWorkload? Workload => Driver.Workload;

    /// <inheritdoc/>
    public IFailureInjection? Failures => Driver.Failures is null ? null : this;

    /// <inheritdoc/>
    public IArcTrace? Arcs => this;

    /// <inheritdoc/>
    public CallResult Feature(in UserBuffer argument)
    {
        Enter();
        try
        {
            return AnswerFeature(argument);
        }
        finally
        {
            Leave();
        }
    }

    /// <inheritdoc/>
    public CallResult DeviceIoctl(uint request, in UserBuffer argument)
    {
        if (request == Uapi.DeviceFeature)
            return Feature(argument);
        if (request == Uapi.DeviceReset)
            return Reset();
        Enter();
        try
        {
            var errno = CheckAccess();
            return errno != 0 ? CallResult.Fail(errno) : OtherDeviceIoctl(request, argument);
        }
        finally
        {
            Leave();
        }
    }

    /// <inheritdoc/>
    public CallResult Reset()
    {
        Enter();
        try
        {
            var errno = CheckAccess();
            if (errno == 0)
                errno = ResetDevice();
            return errno != 0 ? CallResult.Fail(errno) : CallResult.Success;
        }
        finally
        {
            Leave();
        }
    }

    /// <inheritdoc/>
    public CallResult Bind()
    {
        Enter();
        try
        {
            if (!IsOpen)
                return CallResult.Fail(Errno.EBADF);
            IsBound = true;
            return CallResult.Success;
        }
        finally
        {
            Leave();
        }
    }

    /// <inheritdoc/>
    public void CloseDevice()
    {
        Enter();
        try
        {
            if (IsOpen)
                LastClose();
        }
        finally
        {
            Leave();
        }
    }

    /// <inheritdoc/>
    public void Reopen()
    {
        Enter();
        try
        {
            if (IsOpen)
                return;
            IsOpen = true;
            IsBound = bindsOnOpen;
            State = StateAtReopen();
        }
        finally
        {
            Leave();
        }
    }

    /// <summary>
    /// Closes the device and every descriptor, and disposes of the driver. Waits for nobody, so that a hung call does not hang its owner as well.
    /// </summary>
    public void Dispose()
    {
        if (!disposed)
        {
            disposed = true;
            if (IsOpen)
                LastClose();
            for (var handle = descriptors.Any(); handle >= 0; handle = descriptors.Any())
                descriptors.Remove(handle);
            Driver.Dispose();
        }
        GC.SuppressFinalize(this);
    }

    /// <summary>Seam: begins a call; calls are served one after the other (MIG-FSM-17).</summary>
    protected virtual void Enter()
    {
        var taken = false;
        gate.Enter(ref taken);
    }

    /// <summary>Seam: ends a call.</summary>
    protected virtual void Leave() => gate.Exit(useMemoryBarrier: false);

    /// <summary>Seam: is the caller allowed to use the device at all (ABI-18)?</summary>
    /// <returns>0 or an errno.</returns>
    protected virtual int CheckAccess() =>
        !IsOpen ? Errno.EBADF
        : IsBound ? Errno.None
        : Errno.EINVAL;

    /// <summary>Seam: an ioctl of the device fd other than feature and reset. GET_PRECOPY_INFO is not one of the device's (ABI-20).</summary>
    protected virtual CallResult OtherDeviceIoctl(uint request, in UserBuffer argument) => CallResult.Fail(Errno.ENOTTY);

    /// <summary>Seam: VFIO_DEVICE_RESET. The opt-in of feature 12 survives it (MIG-ERR-17).</summary>
    /// <returns>0 or an errno, with nothing changed.</returns>
    protected virtual int ResetDevice()
    {
        var errno = Driver.Reset();
        if (errno != 0)
            return errno;
        Disarm();
        EndSession(SessionEnd.Reset);
        PublishState(StateAfterReset());
        return Errno.None;
    }

    /// <summary>Seam: the state that a successful reset leaves (MIG-ERR-03).</summary>
    protected virtual DeviceState StateAfterReset() => DeviceState.Running;

    /// <summary>Seam: the state that a reopened device shows (MIG-FSM-20).</summary>
    protected virtual DeviceState StateAtReopen() => DeviceState.Running;

    /// <summary>Seam: the last reference to the device goes away (MIG-FD-16, PINFO2-07, DLOG-32).</summary>
    protected virtual void LastClose()
    {
        EndSession(SessionEnd.Closed);
        IsOpen = false;
        IsBound = false;
        OptedIn = false;
        Driver.Close();
    }
}
