using System.Buffers.Binary;
using System.Collections.Concurrent;
using Conformance.Model.Contract;
using Conformance.Model.Migration.Device;
using Conformance.Model.Migration.Steps;

namespace Conformance.Drivers.LinuxVfio;

/// <summary>
/// An opened device of a Linux kernel. Session handles are the kernel's descriptor numbers; a number that did not come from this device, or was closed,
/// gives EBADF without asking the kernel, because in our own process it could be anybody's descriptor.
/// </summary>
public sealed class LinuxVfioDevice : IMigrationDevice
{
    private const int GetDescriptorFlags = 1,
        InterruptionLimit = 100,
        StateOffset = 8,
        DataOffset = 12;

    private readonly ISystemCalls calls;
    private readonly Func<OpenedDevice> open;
    private readonly Func<ISystemCalls, OpenedDevice, VfioPort, IWorkload?> createWorkload;
    private readonly HisiAccFailures? failures;
    private readonly Func<DeviceRemoval?>? removalOf;
    private DeviceRemoval? removal;
    private readonly ConcurrentDictionary<int, bool> handles = new(); // Feature may be called from two threads
    private OpenedDevice? opened;
    private IWorkload? workload;
    private VfioPort? port;
    private CallResult? ordinaryLimit;

    internal LinuxVfioDevice(
        ISystemCalls calls,
        Func<OpenedDevice> open,
        Func<ISystemCalls, OpenedDevice, VfioPort, IWorkload?> createWorkload,
        Func<DeviceRemoval?>? removalOf = null,
        HisiAccFailures? failures = null,
        IDeviceEvidence? evidence = null
    )
    {
        this.failures = failures;
        Evidence = evidence;
        this.removalOf = removalOf;
        this.calls = calls;
        this.open = open;
        this.createWorkload = createWorkload;
        Reopen();
    }

    /// <inheritdoc/>
    public IWorkload? Workload => opened is { IsBound: true } device ? workload ??= createWorkload(calls, device, port ??= new(calls, device)) : null;

    /// <inheritdoc/>
    public IDevicePort? Port => opened is { IsBound: true } device ? port ??= new(calls, device) : null;

    /// <inheritdoc/>
    public IFailureInjection? Failures => failures;

    /// <inheritdoc/>
    public IArcTrace? Arcs => null;

    /// <inheritdoc/>
    public IDeviceEvidence? Evidence { get; }

    private int Descriptor => opened?.Descriptor ?? -1;

    /// <inheritdoc/>
    public CallResult Feature(in UserBuffer argument)
    {
        var flags = argument.Accessible >= Uapi.EnvelopeSize ? BinaryPrimitives.ReadUInt32LittleEndian(argument.Bytes[4..]) : 0;
        if (failures is not { IsArmed: true } || !ReachesDriver(argument, flags))
            return Feature(argument, flags);
        failures.Begin(CurrentState(), BinaryPrimitives.ReadUInt32LittleEndian(argument.Bytes[StateOffset..]));
        try
        {
            return Feature(argument, flags);
        }
        finally
        {
            failures.End();
        }
    }

    // What the core refuses by its envelope disarms nothing.
    private static bool ReachesDriver(in UserBuffer argument, uint flags) =>
        flags == (Uapi.MigDeviceState | Uapi.Set)
        && argument.Accessible >= DataOffset + 4
        && BinaryPrimitives.ReadUInt32LittleEndian(argument.Bytes) >= DataOffset + 4;

    // Null where the device does not say.
    private DeviceState? CurrentState()
    {
        var bytes = new byte[DataOffset + 4];
        BinaryPrimitives.WriteInt32LittleEndian(bytes, bytes.Length);
        BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(4), Uapi.MigDeviceState | Uapi.Get);
        return Feature(new UserBuffer(bytes), Uapi.MigDeviceState | Uapi.Get).Ok
            ? (DeviceState)BinaryPrimitives.ReadUInt32LittleEndian(bytes.AsSpan(StateOffset))
            : null;
    }

    private static bool IsSetOfState(uint flags) => (flags & (Uapi.FeatureMask | Uapi.Set | Uapi.Probe)) == (Uapi.MigDeviceState | Uapi.Set);

    private CallResult Feature(in UserBuffer argument, uint flags)
    {
        for (var attempt = 0; ; attempt++)
        {
            var result = calls.Ioctl(Descriptor, Uapi.DeviceFeature, argument);
            if (result.Ok && IsSetOfState(flags) && argument.Bytes.Length >= DataOffset + 4)
            {
                var handle = BinaryPrimitives.ReadInt32LittleEndian(argument.Bytes[DataOffset..]);
                if (handle >= 0)
                    handles[handle] = true;
            }

            // E-37: what only asks is asked again; a SET may have moved the state already and is never repeated here.
            if (result.Errno != Errno.EINTR || (flags & Uapi.Set) != 0 || attempt == InterruptionLimit)
                return result;
        }
    }

    /// <inheritdoc/>
    public CallResult DeviceIoctl(uint request, in UserBuffer argument) => calls.Ioctl(Descriptor, request, argument);

    // A reset that a signal interrupted may be made again: its outcome does not depend on how often it is made.
    /// <inheritdoc/>
    public CallResult Reset()
    {
        for (var attempt = 0; ; attempt++)
        {
            var result = calls.Ioctl(Descriptor, Uapi.DeviceReset, 0);
            if (result.Ok)
                failures?.Disarm();
            if (result.Errno != Errno.EINTR || attempt == InterruptionLimit)
                return result;
        }
    }

    /// <inheritdoc/>
    public CallResult Bind() => opened?.Bind() ?? CallResult.Fail(Errno.EBADF);

    /// <inheritdoc/>
    public void CloseDevice()
    {
        failures?.Disarm();
        // First: what it has mapped of the device would keep that open.
        (workload as IDisposable)?.Dispose();
        workload = null;
        port = null;
        opened?.Dispose();
        opened = null;
    }

    /// <inheritdoc/>
    public void BeginRemoval()
    {
        removal = TakeAway();
        removal.Begin();
    }

    /// <inheritdoc/>
    public void RemoveDevice()
    {
        (removal ?? TakeAway()).End();
        removal = null;
    }

    private DeviceRemoval TakeAway() => removalOf?.Invoke() ?? throw new NotSupportedException("the device cannot be removed");

    /// <inheritdoc/>
    public void Reopen()
    {
        if (opened is not null)
            throw new InvalidOperationException("the device is open already");
        opened = open();
    }

    /// <inheritdoc/>
    public CallResult Read(int handle, in UserBuffer buffer) => handles.ContainsKey(handle) ? calls.Read(handle, buffer) : Unknown;

    /// <inheritdoc/>
    public CallResult Write(int handle, in UserBuffer buffer) => handles.ContainsKey(handle) ? calls.Write(handle, buffer) : Unknown;

    /// <inheritdoc/>
    public CallResult PositionedRead(int handle, in UserBuffer buffer, long offset) =>
        handles.ContainsKey(handle) ? calls.PositionedRead(handle, buffer, offset) : Unknown;

    /// <inheritdoc/>
    public CallResult PositionedWrite(int handle, in UserBuffer buffer, long offset) =>
        handles.ContainsKey(handle) ? calls.PositionedWrite(handle, buffer, offset) : Unknown;

    /// <inheritdoc/>
    public CallResult Seek(int handle, long offset) => handles.ContainsKey(handle) ? calls.Seek(handle, offset, 0) : Unknown;

    /// <inheritdoc/>
    public CallResult DataIoctl(int handle, uint request, in UserBuffer argument) =>
        handles.ContainsKey(handle) ? calls.Ioctl(handle, request, argument) : Unknown;

    /// <inheritdoc/>
    public CallResult Poll(int handle, int events, int timeoutMilliseconds) =>
        handles.ContainsKey(handle) ? calls.Poll(handle, events, timeoutMilliseconds) : CallResult.Of(32);

    /// <inheritdoc/>
    public CallResult Duplicate(int handle)
    {
        if (!handles.ContainsKey(handle))
            return Unknown;
        var result = calls.Duplicate(handle);
        if (result.Ok)
            handles[(int)result.Value] = true;
        return result;
    }

    /// <inheritdoc/>
    public CallResult DescriptorFlags(int handle) => handles.ContainsKey(handle) ? calls.Control(handle, GetDescriptorFlags, 0) : Unknown;

    /// <inheritdoc/>
    public CallResult CloseData(int handle) => handles.TryRemove(handle, out _) ? calls.Close(handle) : Unknown;

    /// <inheritdoc/>
    public IReadOnlyList<ScriptResult[]> Run(ThreadScript script) => calls.RunThreads(Descriptor, script);

    /// <inheritdoc/>
    public void ExhaustDescriptors(bool exhausted)
    {
        if (!exhausted)
        {
            if (ordinaryLimit is { } limit)
                Demand(calls.SetDescriptorLimit((ulong)limit.Value));
            ordinaryLimit = null;
            return;
        }

        if (ordinaryLimit is not null)
            return;
        var before = calls.DescriptorLimit();
        Demand(before);

        // The lowest free number is what the next descriptor would get; a limit there leaves no number at all.
        var probe = calls.Open("/dev/null", OpenFlags.ReadOnly);
        Demand(probe);
        calls.Close((int)probe.Value);
        Demand(calls.SetDescriptorLimit((ulong)probe.Value));
        ordinaryLimit = before;
    }

    /// <inheritdoc/>
    public int CountDescriptors() => calls.CountDescriptors();

    /// <inheritdoc/>
    public void Dispose()
    {
        try
        {
            ExhaustDescriptors(false);
            foreach (var handle in handles.Keys)
                calls.Close(handle);
        }
        catch (DeviceLostException)
        {
            // The machine is gone, and the descriptors with it.
        }

        handles.Clear();
        CloseDevice();
    }

    private static CallResult Unknown => CallResult.Fail(Errno.EBADF);

    private static void Demand(CallResult result)
    {
        if (!result.Ok)
            throw new IOException($"the limit of descriptors cannot be changed: {Errno.Name(result.Errno)}");
    }
}
