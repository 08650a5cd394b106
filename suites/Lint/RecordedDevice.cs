using System.Buffers.Binary;
using Conformance.Model.Contract;
using Conformance.Model.Migration.Device;
using static System.FormattableString;

namespace Conformance.Suites.Lint;

/// <summary>A device whose calls are written down as a trace. What its workload does is not: that is the guest's.</summary>
internal sealed class RecordedDevice : IMigrationDevice
{
    // Session handles begin at 0.
    private const int DeviceFd = 1000;
    private const ulong FnvOffset = 14695981039346656037;
    private const ulong FnvPrime = 1099511628211;

    private readonly IMigrationDevice device;
    private readonly TraceWriter trace;
    private readonly long process;
    private readonly string name;
    private readonly Dictionary<int, ulong> sums = [];

    /// <param name="device">The device; it is disposed of with this one.</param>
    /// <param name="trace">Where its calls go.</param>
    /// <param name="process">Whose calls they are: each device of a migration has a user of its own.</param>
    /// <param name="name">What it is called; one word.</param>
    internal RecordedDevice(IMigrationDevice device, TraceWriter trace, long process, string name)
    {
        (this.device, this.trace, this.process, this.name) = (device, trace, process, name);
        NoteOpen();
    }

    public IWorkload? Workload => device.Workload;

    public IDevicePort? Port => device.Port;

    public IFailureInjection? Failures => device.Failures;

    public IArcTrace? Arcs => device.Arcs;

    public CallResult Feature(in UserBuffer argument)
    {
        var before = TraceWriter.Payload(argument.Bytes);
        var result = device.Feature(argument);
        var bytes = argument.Bytes;
        if (bytes.Length < Uapi.EnvelopeSize)
            return result;
        var (size, flags) = (BinaryPrimitives.ReadUInt32LittleEndian(bytes), BinaryPrimitives.ReadUInt32LittleEndian(bytes[4..]));
        Write("feature", DeviceFd, Invariant($"argsz={size} flags=0x{flags:x} in={before} out={TraceWriter.Payload(bytes)} {TraceWriter.Result(result)}"));
        if (result.Ok && (flags & ~Uapi.FeatureMask) == Uapi.Set && (flags & Uapi.FeatureMask) == Uapi.MigDeviceState && bytes.Length >= 16)
            sums[BinaryPrimitives.ReadInt32LittleEndian(bytes[12..])] = FnvOffset;
        return result;
    }

    public CallResult DeviceIoctl(uint request, in UserBuffer argument) =>
        Noted(device.DeviceIoctl(request, argument), "ioctl", DeviceFd, Invariant($"request=0x{request:x} "));

    public CallResult Reset() => Noted(device.Reset(), "reset", DeviceFd, "");

    public CallResult Bind() => device.Bind();

    public void CloseDevice()
    {
        device.CloseDevice();
        Write("close", DeviceFd, "ret=0");
    }

    public void BeginRemoval() => device.BeginRemoval();

    public void RemoveDevice() => device.RemoveDevice();

    public void Reopen()
    {
        device.Reopen();
        NoteOpen();
    }

    public CallResult Read(int handle, in UserBuffer buffer)
    {
        var result = device.Read(handle, buffer);
        Transferred("read", handle, buffer.Bytes, result);
        return result;
    }

    public CallResult Write(int handle, in UserBuffer buffer)
    {
        var result = device.Write(handle, buffer);
        Transferred("write", handle, buffer.Bytes, result);
        return result;
    }

    public CallResult PositionedRead(int handle, in UserBuffer buffer, long offset) =>
        Noted(device.PositionedRead(handle, buffer, offset), "pread", handle, Invariant($"size={buffer.Bytes.Length} offset={(ulong)offset} "));

    public CallResult PositionedWrite(int handle, in UserBuffer buffer, long offset) =>
        Noted(device.PositionedWrite(handle, buffer, offset), "pwrite", handle, Invariant($"size={buffer.Bytes.Length} offset={(ulong)offset} "));

    public CallResult Seek(int handle, long offset) => Noted(device.Seek(handle, offset), "lseek", handle, Invariant($"offset={(ulong)offset} "));

    public CallResult DataIoctl(int handle, uint request, in UserBuffer argument)
    {
        var result = device.DataIoctl(handle, request, argument);
        if (request != Uapi.PrecopyInfo || argument.Bytes.Length < Uapi.EnvelopeSize)
            return Noted(result, "ioctl", handle, Invariant($"request=0x{request:x} "));
        var (size, flags) = (BinaryPrimitives.ReadUInt32LittleEndian(argument.Bytes), BinaryPrimitives.ReadUInt32LittleEndian(argument.Bytes[4..]));
        return Noted(result, "info", handle, Invariant($"argsz={size} flags=0x{flags:x} out={TraceWriter.Payload(argument.Bytes)} "));
    }

    public CallResult Poll(int handle, int events, int timeoutMilliseconds) =>
        Noted(device.Poll(handle, events, timeoutMilliseconds), "poll", handle, Invariant($"events={events} "));

    public CallResult Duplicate(int handle)
    {
        var result = Noted(device.Duplicate(handle), "dup", handle, "");
        if (result.Ok && sums.TryGetValue(handle, out var sum))
            sums[(int)result.Value] = sum;
        return result;
    }

    public CallResult DescriptorFlags(int handle) => device.DescriptorFlags(handle);

    public CallResult CloseData(int handle) => Noted(device.CloseData(handle), "close", handle, "");

    public void ExhaustDescriptors(bool exhausted) => device.ExhaustDescriptors(exhausted);

    public int CountDescriptors() => device.CountDescriptors();

    public void Dispose() => device.Dispose();

    private void NoteOpen() => trace.Line("device", process, Invariant($"fd={DeviceFd} name={name}"));

    private void Transferred(string call, int handle, ReadOnlySpan<byte> bytes, CallResult result)
    {
        var count = result.Ok ? (int)Math.Clamp(result.Value, 0, bytes.Length) : 0;
        var sum = sums.GetValueOrDefault(handle, FnvOffset);
        foreach (var one in bytes[..count])
            sum = (sum ^ one) * FnvPrime;
        sums[handle] = sum;
        Write(call, handle, Invariant($"size={bytes.Length} sum={sum:x} head={TraceWriter.Head(bytes[..count])} {TraceWriter.Result(result)}"));
    }

    private CallResult Noted(CallResult result, string call, int handle, string words)
    {
        Write(call, handle, $"{words}{TraceWriter.Result(result)}");
        return result;
    }

    private void Write(string call, int fd, string words) => trace.Line(call, process, Invariant($"fd={fd} {words}"));
}
