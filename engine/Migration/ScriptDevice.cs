using System.Diagnostics;
using Conformance.Model.Contract;
using Conformance.Model.Migration.Device;

namespace Conformance.Engine.Migration;

/// <summary>
/// Stands in the place of a device when calls are made elsewhere, by a <see cref="ThreadScript"/>: first it notes which call a step makes, and later it answers
/// that call with what was seen. So what a step asks and what its answer means is known in one place, the <see cref="StepRunner"/>.
/// </summary>
internal sealed class ScriptDevice : IMigrationDevice
{
    private ScriptResult answer;
    private int read;

    /// <summary>The call that was made last, by nobody in particular; null when none was.</summary>
    public ScriptCall? Noted { get; private set; }

    /// <inheritdoc/>
    public IWorkload? Workload => null;

    /// <inheritdoc/>
    public IFailureInjection? Failures => null;

    /// <inheritdoc/>
    public IArcTrace? Arcs => null;

    /// <summary>What the calls to come are answered with.</summary>
    public void Answer(ScriptResult with) => (answer, read, Noted) = (with, 0, null);

    /// <inheritdoc/>
    public CallResult Feature(in UserBuffer argument) => Ioctl(ScriptOperation.DeviceIoctl, Uapi.DeviceFeature, argument);

    /// <inheritdoc/>
    public CallResult DeviceIoctl(uint request, in UserBuffer argument) => Ioctl(ScriptOperation.DeviceIoctl, request, argument);

    /// <inheritdoc/>
    public CallResult DataIoctl(int handle, uint request, in UserBuffer argument) => Ioctl(ScriptOperation.DataIoctl, request, argument);

    /// <inheritdoc/>
    public CallResult Reset()
    {
        Noted = new(0, ScriptOperation.DeviceIoctl) { Request = Uapi.DeviceReset };
        return answer.Result;
    }

    /// <inheritdoc/>
    public CallResult Read(int handle, in UserBuffer buffer)
    {
        Noted = new(0, ScriptOperation.Read) { Size = buffer.Bytes.Length, Again = true };
        // Reads to the end were made one behind the other: the bytes of all of them come first, and then how the last one ended.
        var bytes = answer.Bytes.Span[read..];
        if (bytes.IsEmpty || !answer.Made)
            return answer.Result.Ok && answer.Bytes.Length > 0 ? CallResult.Of(0) : answer.Result;
        bytes = bytes[..Math.Min(bytes.Length, buffer.Bytes.Length)];
        bytes.CopyTo(buffer.Bytes);
        read += bytes.Length;
        // A count that no read of this length gives is the device's, and shown as it is.
        return answer.Result.Ok && answer.Result.Value > buffer.Bytes.Length ? answer.Result : CallResult.Of(bytes.Length);
    }

    /// <inheritdoc/>
    public CallResult Write(int handle, in UserBuffer buffer)
    {
        Noted = new(0, ScriptOperation.Write) { Size = buffer.Bytes.Length, Again = true };
        return answer.Result;
    }

    /// <inheritdoc/>
    public CallResult CloseData(int handle) => CallResult.Success;

    /// <inheritdoc/>
    public CallResult Bind() => throw new UnreachableException();

    /// <inheritdoc/>
    public void CloseDevice() => throw new UnreachableException();

    /// <inheritdoc/>
    public void Reopen() => throw new UnreachableException();

    /// <inheritdoc/>
    public CallResult PositionedRead(int handle, in UserBuffer buffer, long offset) => throw new UnreachableException();

    /// <inheritdoc/>
    public CallResult PositionedWrite(int handle, in UserBuffer buffer, long offset) => throw new UnreachableException();

    /// <inheritdoc/>
    public CallResult Seek(int handle, long offset) => throw new UnreachableException();

    /// <inheritdoc/>
    public CallResult Poll(int handle, int events, int timeoutMilliseconds) => throw new UnreachableException();

    /// <inheritdoc/>
    public CallResult Duplicate(int handle) => throw new UnreachableException();

    /// <inheritdoc/>
    public CallResult DescriptorFlags(int handle) => throw new UnreachableException();

    /// <inheritdoc/>
    public void ExhaustDescriptors(bool exhausted) => throw new UnreachableException();

    /// <inheritdoc/>
    public int CountDescriptors() => throw new UnreachableException();

    /// <inheritdoc/>
    public void Dispose() { }

    private CallResult Ioctl(ScriptOperation operation, uint request, in UserBuffer argument)
    {
        Noted = new(0, operation) { Request = request, Bytes = argument.Bytes.ToArray() };
        answer.Bytes.Span[..Math.Min(answer.Bytes.Length, argument.Bytes.Length)].CopyTo(argument.Bytes);
        return answer.Result;
    }
}
