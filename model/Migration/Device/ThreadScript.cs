using Conformance.Model.Contract;

namespace Conformance.Model.Migration.Device;

/// <summary>Which call of a <see cref="ThreadScript"/> it is.</summary>
public enum ScriptOperation
{
    /// <summary>An ioctl of the device, with a pointer to <see cref="ScriptCall.Bytes"/>; without a pointer when they are empty.</summary>
    DeviceIoctl,

    /// <summary>An ioctl of the session that lives, with a pointer to <see cref="ScriptCall.Bytes"/>.</summary>
    DataIoctl,

    /// <summary>A read of the session that lives, of <see cref="ScriptCall.Size"/> bytes.</summary>
    Read,

    /// <summary>
    /// Reads of the session that lives, of <see cref="ThreadScript.Chunk"/> bytes each, until 0, a failure, or <see cref="ScriptCall.Size"/> bytes.
    /// </summary>
    ReadToEnd,

    /// <summary>
    /// A write to the session that lives, of <see cref="ScriptCall.Size"/> bytes of <see cref="ScriptCall.Image"/>, from the place on up to which the session
    /// has been written.
    /// </summary>
    Write,
}

/// <summary>One call of a <see cref="ThreadScript"/>.</summary>
/// <param name="Thread">Who makes it: 1 to 4 are the threads; 0 comes before them, and <see cref="ThreadScript.After"/> behind them.</param>
/// <param name="Operation">Which call.</param>
public sealed record ScriptCall(int Thread, ScriptOperation Operation)
{
    /// <summary>The request of an ioctl.</summary>
    public uint Request { get; init; }

    /// <summary>What an ioctl is given; each round begins with these.</summary>
    public ReadOnlyMemory<byte> Bytes { get; init; }

    /// <summary>How many bytes a read or a write asks for.</summary>
    public int Size { get; init; }

    /// <summary>What is written.</summary>
    public ReadOnlyMemory<byte> Image { get; init; }

    /// <summary>True for an ioctl that puts the descriptor of a new session, when there is one, into the s32 at offset 12.</summary>
    public bool Opens { get; init; }

    /// <summary>True when the call is made again after EINTR, and after EAGAIN.</summary>
    public bool Again { get; init; }

    /// <summary>Bytes that the call may give back.</summary>
    public int Room =>
        Operation switch
        {
            ScriptOperation.Write => 0,
            ScriptOperation.DeviceIoctl or ScriptOperation.DataIoctl => Bytes.Length,
            _ => Size,
        };
}

/// <summary>
/// Small scripts, one for each of several threads that begin together, made again and again. Each round after the first begins with the calls that come before
/// the threads, and ends with those that come behind them; then the descriptors that it opened are closed.
/// </summary>
/// <param name="Calls">The calls; those of one thread in their order.</param>
public sealed record ThreadScript(IReadOnlyList<ScriptCall> Calls)
{
    /// <summary>The <see cref="ScriptCall.Thread"/> of calls that come behind the threads.</summary>
    public const int After = 5;

    /// <summary>The most calls.</summary>
    public const int MostCalls = 64;

    /// <summary>How often a transfer is made again (<see cref="ScriptCall.Again"/>).</summary>
    public const int MostRepeats = 100;

    /// <summary>How many rounds.</summary>
    public int Rounds { get; init; } = 1;

    /// <summary>The session that lives when the first round begins; negative when there is none.</summary>
    public int Session { get; init; } = -1;

    /// <summary>Up to where that one has been written, in bytes.</summary>
    public int Position { get; init; }

    /// <summary>True when a session lives on from the calls before the threads; false when it has ended there.</summary>
    public bool Keeps { get; init; }

    /// <summary>In every other round each thread waits first, for a time below this that is another one each time, in nanoseconds.</summary>
    public int Window { get; init; } = 4_000;

    /// <summary>Bytes of one read of <see cref="ScriptOperation.ReadToEnd"/>; at least 1.</summary>
    public int Chunk { get; init; } = 4096;

    /// <summary>How many threads there are.</summary>
    public int Threads => Calls.Where(call => call.Thread < After).Select(call => call.Thread).DefaultIfEmpty(0).Max();
}

/// <summary>What one call of a <see cref="ThreadScript"/> gave in one round.</summary>
public readonly record struct ScriptResult()
{
    /// <summary>The <see cref="Session"/> of a call that was not made on one.</summary>
    public const int NoSession = -2;

    /// <summary>The <see cref="Session"/> that was there before the round began.</summary>
    public const int FirstSession = -1;

    /// <summary>False when there was no session to make it on, or nothing left to write.</summary>
    public bool Made { get; init; }

    /// <summary>What it returned.</summary>
    public CallResult Result { get; init; }

    /// <summary>What an ioctl left in its bytes, or what was read.</summary>
    public ReadOnlyMemory<byte> Bytes { get; init; }

    /// <summary>The call that opened the session it was made on, by its place in the script.</summary>
    public int Session { get; init; } = NoSession;

    /// <summary>The position in the image that a write took its bytes from.</summary>
    public int Position { get; init; }

    /// <summary>When it began, on a clock that all threads share, in nanoseconds (CLOCK_MONOTONIC).</summary>
    public long Begin { get; init; }

    /// <summary>When it had come back; not before <see cref="Begin"/>.</summary>
    public long End { get; init; }
}
