using System.Runtime.CompilerServices;
using Conformance.Model.Contract;
using Conformance.Model.Migration.Device;
using Conformance.Model.Requirements;

namespace Conformance.Drivers.VfioCore;

/// <summary>
/// Makes an <see cref="IMigrationDriver"/> look like a device fd of the Linux VFIO core: envelope, paths, descriptors, DMA log checks (every row that the
/// contract marks [C]). It belongs to the judged side and shares nothing with the judge.
/// Every decision is one <c>protected virtual</c> member, so that a seeded fault is one override. The core itself knows nothing of faults.
/// Calls that look at the state or change it are serialised as by a kernel driver's state mutex (MIG-FSM-17). Where a schedule says whose turn it is, reads
/// and writes of sessions take only the lock of the sessions, which the others take for each arc and each call into the driver, and always behind the state
/// (MIG-FSM-24). Where nobody does, the state is the lock of both. A reset never waits for a call that looks at the state or changes it: whoever makes that one
/// does the reset before he lets the state go (MIG-ERR-05). For a read or a write it waits. No call allocates once the pools are warm.
/// </summary>
public partial class VfioCoreDevice : IMigrationDevice, IArcTrace, IFailureInjection
{
    private const int ResetRetries = 100;
    private const string StateGate = "the state lock",
        SessionGate = "the session lock";

    // One atomic operation a call; a lock that knows its owner takes two and a look at the thread. No call is made from within another one.
    private SpinLock state = new(enableThreadOwnerTracking: false);
    private IThreadSchedule? schedule;
    private bool isResetDeferred;

    // Whoever has the state is a call that looks at it or changes it, and none of a session alone. Nobody asks where there is a schedule.
    private bool servesState;
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
    public IDevicePort Port => new DriverPort(Driver);

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
        // Reads and writes come to an end without a user's help; a request may not.
        var spin = new SpinWait();
        while (!TryEnter())
        {
            if (IsScheduled || Volatile.Read(ref servesState))
                return DeferReset();
            spin.SpinOnce();
        }

        servesState = true;
        try
        {
            var errno = CheckAccess();
            if (errno == 0)
                errno = ResetWithSessions();
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
            if (!IsOpen)
                return;
            using var held = HoldSessions();
            LastClose();
        }
        finally
        {
            Leave();
        }
    }

    /// <summary>Nothing waits for the last close here.</summary>
    public virtual void BeginRemoval() { }

    /// <summary>A driver in this process is gone with its last close: the next open has another one.</summary>
    public virtual void RemoveDevice() { }

    /// <inheritdoc/>
    public bool Control(IThreadSchedule? schedule)
    {
        this.schedule = schedule;
        return true;
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

    /// <summary>Seam: takes the state; calls that need it are served one after the other (MIG-FSM-17).</summary>
    protected virtual void Enter()
    {
        EnterState();
        servesState = true;
    }

    /// <summary>Seam: takes the state when nobody has it.</summary>
    protected virtual bool TryEnter()
    {
        if (schedule is { } controlled)
            return controlled.TryEnter(StateGate);
        var taken = false;
        state.TryEnter(ref taken);
        return taken;
    }

    /// <summary>Seam: lets the state go, after a reset that was deferred to this moment (MIG-ERR-05).</summary>
    protected virtual void Leave() => LeaveState();

    /// <summary>
    /// Takes the sessions and the driver, behind the state, so that nobody waits for who waits for him (MIG-FSM-24). Without a schedule, who has the state has
    /// them.
    /// </summary>
    protected void EnterSessions() => schedule?.Enter(SessionGate);

    /// <summary>Lets the sessions go.</summary>
    protected void LeaveSessions() => schedule?.Leave(SessionGate);

    /// <summary>Takes the sessions until the end of the block; the state is taken.</summary>
    protected HeldSessions HoldSessions()
    {
        EnterSessions();
        return new(this);
    }

    /// <summary>The sessions, which are let go when this is disposed of.</summary>
    protected readonly ref struct HeldSessions(VfioCoreDevice device)
    {
        /// <summary>Lets them go.</summary>
        public void Dispose() => device.LeaveSessions();
    }

    // The sessions for a call that has no need of the state. Its seams (ReadData and the like) may take the state only where there is a schedule.
    private SessionsAlone HoldSessionsAlone()
    {
        if (IsScheduled)
            EnterSessions();
        else
            EnterState();
        return new(this);
    }

    private readonly ref struct SessionsAlone(VfioCoreDevice device)
    {
        public void Dispose()
        {
            if (device.IsScheduled)
                device.LeaveSessions();
            else
                device.LeaveState();
        }
    }

    /// <summary>Another thread may go on here, when somebody schedules them.</summary>
    protected void Point() => schedule?.Point();

    /// <summary>True while somebody else settles which thread goes on: nobody may wait in another way.</summary>
    protected bool IsScheduled => schedule is not null;

    [MethodImpl(MethodImplOptions.AggressiveInlining)] // once a call, which is short
    private void EnterState()
    {
        var taken = false;
        if (schedule is { } controlled)
            controlled.Enter(StateGate);
        else
            state.Enter(ref taken);
        // Its user was told that the device is reset: no call that comes later may be served before it is.
        if (isResetDeferred)
            ResetDeferred();
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void LeaveState()
    {
        servesState = false;
        if (isResetDeferred || schedule is not null)
        {
            LeaveAndReset();
            return;
        }

        state.Exit(useMemoryBarrier: false);
        // One that came while the state was let go saw it taken.
        if (Volatile.Read(ref isResetDeferred) && TryEnter())
            LeaveAndReset();
    }

    private void LeaveAndReset()
    {
        do
        {
            try
            {
                if (isResetDeferred)
                    ResetDeferred();
            }
            finally
            {
                if (schedule is { } controlled)
                    controlled.Leave(StateGate);
                else
                    state.Exit(useMemoryBarrier: false);
            }
        } while (Volatile.Read(ref isResetDeferred) && TryEnter());
    }

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

    /// <summary>Seam: somebody has the state, and will do the reset before he lets it go (MIG-ERR-05). Waiting for him here could take for ever.</summary>
    protected virtual CallResult DeferReset()
    {
        var errno = CheckAccess();
        if (errno != 0)
            return CallResult.Fail(errno);
        Volatile.Write(ref isResetDeferred, true);
        // Between letting go and looking for the flag he has no barrier, because that would cost every call something; here it costs nobody.
        Interlocked.MemoryBarrierProcessWide();
        if (TryEnter())
            Leave();
        return CallResult.Success;
    }

    /// <summary>Takes a deferred reset upon oneself: true once for each, when there is one.</summary>
    protected bool TakeDeferredReset()
    {
        var isDeferred = isResetDeferred;
        isResetDeferred = false;
        return isDeferred;
    }

    // Its user was told that the device is reset, so that nobody will ask again where a driver wants that (MIG-ERR-16). One that cannot be is beyond repair.
    private void ResetDeferred()
    {
        if (!TakeDeferredReset())
            return;
        var errno = ResetWithSessions();
        for (var again = 0; errno is Errno.EAGAIN or Errno.EINTR && again < ResetRetries; again++)
            errno = ResetWithSessions();
        if (errno == 0)
            return;
        using var held = HoldSessions();
        EndSession(SessionEnd.Broken);
        PublishState(DeviceState.Error);
    }

    private int ResetWithSessions()
    {
        using var held = HoldSessions();
        return ResetDevice();
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
