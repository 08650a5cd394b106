using System.Buffers.Binary;
using System.Net.Sockets;
using System.Text;
using Conformance.Drivers.Processes;
using Conformance.Model.Contract;
using Conformance.Model.Migration.Device;

namespace Conformance.Drivers.LinuxVfio;

/// <summary>
/// The system calls of a guest, through the agent of <c>labs/kernel</c> over a unix socket (protocol: <c>labs/kernel/agent/protocol.md</c>).
/// An agent that is silent for longer than the deadline, hangs up or answers nonsense ends the connection: that call and every later one throws
/// <see cref="DeviceLostException"/>.
/// </summary>
public sealed class GuestCalls : ISystemCalls
{
    private const uint RequestMagic = 0x51524643,
        ResponseMagic = 0x53524643,
        FromReturnValue = 0xFFFF_FFFF;
    private const string StoodStill = "the guest stood still: it is stopped, or the machine is too busy; that says nothing of the driver";
    private const int FrameSize = 16,
        CallSize = 56,
        ResultSize = 24,
        MessageLimit = 1 << 20,
        CallLimit = 4096;

    // Room for the frame, one call and its result; the rest of a message may be one transfer.
    private const int TransferLimit = MessageLimit - 4096;
    private const int TextLimit = 64 * 1024;

    private readonly Lock gate = new();
    private readonly Socket socket;
    private readonly TimeSpan deadline;
    private readonly Func<string> lastWords;
    private readonly Patience waiting;
    private byte[] outgoing = new byte[4096],
        incoming = new byte[4096];
    private uint sequence;
    private DeviceLostException? lost;

    private enum Operation : ushort
    {
        Hello = 2,
        Open = 3,
        Close = 4,
        Ioctl = 5,
        Read = 6,
        Write = 7,
        PositionedRead = 8,
        PositionedWrite = 9,
        Seek = 10,
        Poll = 11,
        Duplicate = 12,
        Control = 13,
        SetLimit = 14,
        GetLimit = 15,
        Access = 16,
        ReadLink = 17,
        ReadFile = 18,
        WriteFile = 19,
        List = 20,
        CountDescriptors = 21,
        Release = 22,
        Threads = 23,
        Event = 24,
        Map = 25,
        Unmap = 26,
        Load = 27,
        Store = 28,
        BeginWriteFile = 29,
        EndWriteFile = 30,
    }

    [Flags]
    private enum CallFlags : ushort
    {
        None = 0,
        Buffer = 1,
        ReadOnly = 2,
        Attached = 8,
    }

    /// <summary>Connects and gets in step with the agent.</summary>
    /// <param name="socketPath">The agent's unix socket on the host.</param>
    /// <param name="deadline">How long one answer may take of the guest's time.</param>
    /// <param name="lastWords">What the guest said last, asked for when it is lost; null: nothing is known.</param>
    /// <exception cref="DeviceLostException">No agent answers there.</exception>
    public GuestCalls(string socketPath, TimeSpan deadline, Func<string>? lastWords = null)
        : this(socketPath, deadline, lastWords, null) { }

    /// <summary>Connects to the agent of a guest that this machine runs: its deadlines are of the time in which its process could run.</summary>
    /// <exception cref="DeviceLostException">No agent answers there.</exception>
    internal GuestCalls(string socketPath, TimeSpan deadline, Func<string>? lastWords, IPeerTime? peer)
    {
        waiting = new(peer);
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(deadline, TimeSpan.Zero);
        this.deadline = deadline;
        this.lastWords = lastWords ?? (() => "");
        socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            socket.SendTimeout = Milliseconds(deadline);
            socket.Connect(new UnixDomainSocketEndPoint(socketPath));
            Synchronize();

            // The agent sees a hang-up only when it waits for a message; requests of an earlier connection may have kept it busy.
            Plain(Operation.Release, -1);
        }
        catch (Exception exception) when (exception is SocketException or ArgumentException)
        {
            socket.Dispose();
            throw new DeviceLostException(DeviceLoss.Unreachable, $"no agent at {socketPath}: {exception.Message}", this.lastWords());
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    /// <summary>True after the connection ended; nothing brings it back.</summary>
    public bool IsLost => lost is not null;

    /// <inheritdoc/>
    public CallResult Open(string path, OpenFlags flags) => PathCall(Operation.Open, path, (ulong)(flags | OpenFlags.CloseOnExec));

    /// <inheritdoc/>
    public CallResult Close(int descriptor) => Plain(Operation.Close, descriptor);

    /// <inheritdoc/>
    public CallResult Ioctl(int descriptor, uint request, ulong value) => Plain(Operation.Ioctl, descriptor, request, value);

    /// <inheritdoc/>
    public CallResult Ioctl(int descriptor, uint request, in UserBuffer argument) =>
        Single(Operation.Ioctl, descriptor, request, 0, CallFlags.Buffer, argument, true);

    /// <inheritdoc/>
    public CallResult Read(int descriptor, in UserBuffer buffer) => Single(Operation.Read, descriptor, 0, 0, CallFlags.None, Clip(buffer), false);

    /// <inheritdoc/>
    public CallResult Write(int descriptor, in UserBuffer buffer) => WriteAll(Operation.Write, descriptor, 0, buffer);

    /// <inheritdoc/>
    public CallResult PositionedRead(int descriptor, in UserBuffer buffer, long offset) =>
        Single(Operation.PositionedRead, descriptor, (ulong)offset, 0, CallFlags.None, Clip(buffer), false);

    /// <inheritdoc/>
    public CallResult PositionedWrite(int descriptor, in UserBuffer buffer, long offset) => WriteAll(Operation.PositionedWrite, descriptor, offset, buffer);

    /// <inheritdoc/>
    public CallResult Seek(int descriptor, long offset, int whence) => Plain(Operation.Seek, descriptor, (ulong)offset, (ulong)whence);

    /// <inheritdoc/>
    public CallResult Poll(int descriptor, int events, int timeoutMilliseconds) =>
        Single(Operation.Poll, descriptor, (ulong)events, (ulong)timeoutMilliseconds, CallFlags.None, default, false, Math.Max(0, timeoutMilliseconds));

    /// <inheritdoc/>
    public CallResult Duplicate(int descriptor) => Plain(Operation.Duplicate, descriptor);

    /// <inheritdoc/>
    public CallResult Control(int descriptor, int command, long value) => Plain(Operation.Control, descriptor, (ulong)command, (ulong)value);

    /// <inheritdoc/>
    public CallResult DescriptorLimit() => Plain(Operation.GetLimit, -1);

    /// <inheritdoc/>
    public CallResult SetDescriptorLimit(ulong limit) => Plain(Operation.SetLimit, -1, limit);

    /// <inheritdoc/>
    public int CountDescriptors() => (int)Plain(Operation.CountDescriptors, -1).Value;

    /// <inheritdoc/>
    public bool Exists(string path) => PathCall(Operation.Access, path, 0).Ok;

    /// <inheritdoc/>
    public string? ReadLink(string path) => Text(Operation.ReadLink, path, 4096);

    /// <inheritdoc/>
    public string? ReadText(string path) => Text(Operation.ReadFile, path, TextLimit)?.TrimEnd('\n');

    /// <inheritdoc/>
    public CallResult WriteText(string path, string text) => WriteText(Operation.WriteFile, path, text);

    /// <inheritdoc/>
    public CallResult BeginWriteText(string path, string text) => WriteText(Operation.BeginWriteFile, path, text);

    /// <inheritdoc/>
    public CallResult EndWriteText() => Single(Operation.EndWriteFile, -1, 0, 0, CallFlags.None, default, false);

    private CallResult WriteText(Operation operation, string path, string text)
    {
        var content = Encoding.UTF8.GetBytes(text);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(content.Length, TransferLimit, nameof(text));
        return Single(operation, -1, 0, 0, CallFlags.None, WithAttached(path, content), true);
    }

    /// <inheritdoc/>
    public IReadOnlyList<string> List(string path)
    {
        var names = (Text(Operation.List, path, TextLimit) ?? "").Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Array.Sort(names, StringComparer.Ordinal);
        return names;
    }

    /// <inheritdoc/>
    public CallResult Map(int? descriptor, long offset, long length) =>
        // -1 is memory of nobody, and no descriptor that a caller could have.
        descriptor < 0
            ? CallResult.Fail(Errno.EBADF)
            : Plain(Operation.Map, descriptor ?? -1, (ulong)offset, (ulong)length);

    /// <inheritdoc/>
    public CallResult Unmap(ulong address) => Plain(Operation.Unmap, -1, address);

    /// <inheritdoc/>
    public CallResult Load(ulong address, Span<byte> bytes) =>
        Whole(Single(Operation.Load, -1, address, 0, CallFlags.None, new UserBuffer(bytes), false), bytes.Length);

    /// <inheritdoc/>
    public CallResult Store(ulong address, ReadOnlySpan<byte> bytes) =>
        Whole(Single(Operation.Store, -1, address, 0, CallFlags.None, new UserBuffer(bytes.ToArray()), true), bytes.Length);

    /// <inheritdoc/>
    public IReadOnlyList<ScriptResult[]> RunThreads(int descriptor, ThreadScript script)
    {
        var argument = ScriptBytes.Write(descriptor, script);
        var records = new byte[ScriptBytes.RoomOf(script)];
        var result = Single(
            Operation.Threads,
            -1,
            0,
            0,
            CallFlags.None,
            new UserBuffer(argument) { Attached = records, AttachedAccessible = records.Length },
            true
        );
        if (!result.Ok)
            throw Lose(DeviceLoss.Died, $"the agent refused a script of threads ({Errno.Name(result.Errno)}): host and agent do not fit, rebuild the lab");
        return result.Value == records.Length && ScriptBytes.Read(script, records) is { } rounds
            ? rounds
            : throw Lose(DeviceLoss.Died, "the agent's answer to a script of threads contradicts the script");
    }

    /// <inheritdoc/>
    public void Transfer(int descriptor, Span<RegisterAccess> accesses)
    {
        Span<byte> one = stackalloc byte[1];
        lock (gate)
        {
            for (; !accesses.IsEmpty; accesses = accesses[Math.Min(accesses.Length, CallLimit)..])
            {
                var batch = accesses[..Math.Min(accesses.Length, CallLimit)];
                var used = FrameSize;
                foreach (ref readonly var access in batch)
                {
                    one[0] = access.Value;
                    Append(
                        ref used,
                        access.Write ? Operation.PositionedWrite : Operation.PositionedRead,
                        descriptor,
                        (ulong)access.Offset,
                        0,
                        CallFlags.None,
                        new UserBuffer(one),
                        access.Write
                    );
                }

                var at = 0;
                var body = Exchange(used, batch.Length, 0);
                foreach (ref var access in batch)
                {
                    one[0] = access.Value;
                    var result = Take(body, ref at, new UserBuffer(one));
                    access.Value = one[0];
                    access.Errno =
                        !result.Ok ? result.Errno
                        : result.Value == 1 ? 0
                        : Errno.EIO;
                }
            }
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        lock (gate)
        {
            lost ??= new DeviceLostException(DeviceLoss.Died, "the connection to the agent was closed by us");
            socket.Dispose();
        }
    }

    private static int Milliseconds(TimeSpan time) => (int)Math.Clamp(Math.Ceiling(time.TotalMilliseconds), 1, int.MaxValue);

    // A read of less than was asked for is always legal; the caller sees how many bytes came.
    private static UserBuffer Clip(in UserBuffer buffer) =>
        buffer.Bytes.Length <= TransferLimit
            ? buffer
            : new UserBuffer(buffer.Bytes[..TransferLimit]) { Accessible = Math.Min(buffer.Accessible, TransferLimit), ReadOnly = buffer.ReadOnly };

    private static UserBuffer WithAttached(string path, byte[] attached) =>
        new(Encoding.UTF8.GetBytes(path)) { Attached = attached, AttachedAccessible = attached.Length };

    // All of it or an errno.
    private CallResult Whole(CallResult result, int length) =>
        !result.Ok || result.Value == length ? result : throw Lose(DeviceLoss.Died, "the agent accessed another length of a mapping than it was told");

    private CallResult Plain(Operation operation, int descriptor, ulong a = 0, ulong b = 0) =>
        Single(operation, descriptor, a, b, CallFlags.None, default, false);

    private CallResult PathCall(Operation operation, string path, ulong a) =>
        Single(operation, -1, a, 0, CallFlags.None, new UserBuffer(Encoding.UTF8.GetBytes(path)), true);

    private string? Text(Operation operation, string path, int room)
    {
        var text = new byte[room];
        var result = Single(operation, -1, 0, 0, CallFlags.None, WithAttached(path, text), true);
        return result.Ok ? Encoding.UTF8.GetString(text, 0, (int)Math.Clamp(result.Value, 0, room)) : null;
    }

    // One write(2) may be larger than a message. The driver sees several, and the first short one ends it, as it would end a caller's loop.
    private CallResult WriteAll(Operation operation, int descriptor, long offset, in UserBuffer buffer)
    {
        if (buffer.Bytes.Length <= TransferLimit)
            return Single(operation, descriptor, (ulong)offset, 0, CallFlags.None, buffer, true);
        long written = 0;
        while (written < buffer.Bytes.Length)
        {
            var length = (int)Math.Min(TransferLimit, buffer.Bytes.Length - written);
            var part = new UserBuffer(buffer.Bytes.Slice((int)written, length)) { Accessible = (int)Math.Clamp(buffer.Accessible - written, 0, length) };
            var result = Single(operation, descriptor, (ulong)(offset + written), 0, CallFlags.None, part, true);
            if (!result.Ok)
                return written > 0 ? CallResult.Of(written) : result;
            written += result.Value;
            if (result.Value < length)
                break;
        }

        return CallResult.Of(written);
    }

    private CallResult Single(Operation operation, int descriptor, ulong a, ulong b, CallFlags flags, in UserBuffer buffer, bool sends, int patience = 0)
    {
        if ((long)buffer.Bytes.Length + buffer.Attached.Length > TransferLimit)
            throw new ArgumentException(
                $"{operation} with {buffer.Bytes.Length} + {buffer.Attached.Length} bytes does not fit a message of the agent ({TransferLimit} bytes)"
            );
        lock (gate)
        {
            var used = FrameSize;
            Append(ref used, operation, descriptor, a, b, flags, buffer, sends);
            var at = 0;
            return Take(Exchange(used, 1, patience), ref at, buffer);
        }
    }

    private void Append(ref int used, Operation operation, int descriptor, ulong a, ulong b, CallFlags flags, in UserBuffer buffer, bool sends)
    {
        var sent = sends ? buffer.Accessible : 0;
        var attachedSent = sends ? buffer.AttachedAccessible : 0;
        var need = used + CallSize + sent + attachedSent;
        if (outgoing.Length < need)
            Array.Resize(ref outgoing, Math.Max(need, 2 * outgoing.Length));
        if (buffer.ReadOnly)
            flags |= CallFlags.ReadOnly;
        var attach = buffer.PointerOffset >= 0 && operation == Operation.Ioctl && buffer.Bytes.Length > 0;
        if (attach)
            flags |= CallFlags.Attached;
        var call = outgoing.AsSpan(used, CallSize);
        BinaryPrimitives.WriteUInt16LittleEndian(call, (ushort)operation);
        BinaryPrimitives.WriteUInt16LittleEndian(call[2..], (ushort)flags);
        BinaryPrimitives.WriteInt32LittleEndian(call[4..], descriptor);
        BinaryPrimitives.WriteUInt64LittleEndian(call[8..], a);
        BinaryPrimitives.WriteUInt64LittleEndian(call[16..], b);
        BinaryPrimitives.WriteInt32LittleEndian(call[24..], buffer.Bytes.Length);
        BinaryPrimitives.WriteInt32LittleEndian(call[28..], buffer.Accessible);
        BinaryPrimitives.WriteInt32LittleEndian(call[32..], sent);
        BinaryPrimitives.WriteInt32LittleEndian(call[36..], attach ? buffer.PointerOffset : 0);
        BinaryPrimitives.WriteInt32LittleEndian(call[40..], buffer.Attached.Length);
        BinaryPrimitives.WriteInt32LittleEndian(call[44..], buffer.AttachedAccessible);
        BinaryPrimitives.WriteInt32LittleEndian(call[48..], attachedSent);
        BinaryPrimitives.WriteUInt32LittleEndian(call[52..], FromReturnValue);
        buffer.Bytes[..sent].CopyTo(outgoing.AsSpan(used + CallSize));
        buffer.Attached[..attachedSent].CopyTo(outgoing.AsSpan(used + CallSize + sent));
        used = need;
    }

    // Sends what Append collected and returns the body of the answer, which has passed every check but those of its results.
    private ReadOnlySpan<byte> Exchange(int used, int calls, int patience)
    {
        if (lost is not null)
            throw new DeviceLostException(lost.Loss, lost.Message, lost.LastWords);
        WriteFrame(outgoing, used - FrameSize, ++sequence, calls);
        try
        {
            Send(outgoing.AsSpan(0, used));
            var allowed = deadline + TimeSpan.FromMilliseconds(patience);
            var due = Environment.TickCount64 + Milliseconds(allowed);
            Receive(incoming.AsSpan(0, FrameSize), due, allowed);
            var length = BinaryPrimitives.ReadUInt32LittleEndian(incoming.AsSpan(4));
            if (
                BinaryPrimitives.ReadUInt32LittleEndian(incoming) != ResponseMagic
                || length > MessageLimit
                || BinaryPrimitives.ReadUInt32LittleEndian(incoming.AsSpan(8)) != sequence
                || BinaryPrimitives.ReadUInt32LittleEndian(incoming.AsSpan(12)) != calls
            )
                throw Lose(DeviceLoss.Died, "the agent's answer is not one to this request");
            if (incoming.Length < length)
                incoming = new byte[Math.Max((int)length, 2 * incoming.Length)];
            var body = incoming.AsSpan(0, (int)length);
            Receive(body, due, allowed);
            return body;
        }
        catch (SocketException exception)
        {
            throw Lose(DeviceLoss.Died, $"the connection to the guest broke: {exception.Message}");
        }
        catch (ObjectDisposedException)
        {
            throw Lose(DeviceLoss.Died, "the connection to the guest was closed while a call was under way");
        }
    }

    private CallResult Take(ReadOnlySpan<byte> body, ref int at, in UserBuffer buffer)
    {
        if (body.Length - at < ResultSize)
            throw Lose(DeviceLoss.Died, "the agent's answer is too short for its results");
        var value = BinaryPrimitives.ReadInt64LittleEndian(body[at..]);
        var errno = BinaryPrimitives.ReadInt32LittleEndian(body[(at + 8)..]);
        var status = BinaryPrimitives.ReadUInt32LittleEndian(body[(at + 12)..]);
        var length = BinaryPrimitives.ReadUInt32LittleEndian(body[(at + 16)..]);
        var attachedLength = BinaryPrimitives.ReadUInt32LittleEndian(body[(at + 20)..]);
        at += ResultSize;
        if (
            length > buffer.Accessible
            || attachedLength > buffer.AttachedAccessible
            || length + attachedLength > body.Length - at
            || errno < 0
            || (value == -1 && errno == 0)
        )
            throw Lose(DeviceLoss.Died, "the agent's answer contradicts the request");
        if (status != 0)
            throw Lose(DeviceLoss.Died, $"the agent refused a call (status {status}): host and agent do not fit, rebuild the lab");
        body.Slice(at, (int)length).CopyTo(buffer.Bytes);
        body.Slice(at + (int)length, (int)attachedLength).CopyTo(buffer.Attached);
        at += (int)(length + attachedLength);
        return value < 0 && errno != 0 ? CallResult.Fail(errno) : CallResult.Of(value);
    }

    private void Send(ReadOnlySpan<byte> bytes)
    {
        while (!bytes.IsEmpty)
        {
            var sent = socket.Send(bytes, SocketFlags.None, out var error);
            if (error is SocketError.TimedOut or SocketError.WouldBlock)
                throw Lose(DeviceLoss.TimedOut, $"the guest did not take a request within {deadline.TotalSeconds:0.###} s");
            if (error == SocketError.Interrupted)
                continue;
            if (error != SocketError.Success)
                throw Lose(DeviceLoss.Died, $"the guest hung up ({error})");
            bytes = bytes[sent..];
        }
    }

    private void Receive(Span<byte> bytes, long due, TimeSpan allowed)
    {
        socket.ReceiveTimeout = (int)Patience.Slice.TotalMilliseconds;
        while (!bytes.IsEmpty)
        {
            // Whoever talks all the time and never ends is late as well.
            if (Environment.TickCount64 >= due)
                Look(allowed);
            var got = socket.Receive(bytes, SocketFlags.None, out var error);
            if (error is SocketError.TimedOut or SocketError.WouldBlock or SocketError.Interrupted)
            {
                Look(allowed);
                continue;
            }

            if (error != SocketError.Success)
                throw Lose(DeviceLoss.Died, $"the guest hung up ({error})");
            if (got == 0)
                throw Lose(DeviceLoss.Died, "the guest hung up: its kernel ended, or the agent did");
            bytes = bytes[got..];
        }
    }

    private void Look(TimeSpan allowed)
    {
        switch (waiting.Look(sequence, allowed))
        {
            case Wait.Late:
                throw Lose(DeviceLoss.TimedOut, $"the guest did not answer within {deadline.TotalSeconds:0.###} s");
            case Wait.Stuck:
                throw Lose(DeviceLoss.Unreachable, StoodStill);
        }
    }

    // An earlier connection may have left half a request in the agent and half an answer on its way: Hello is repeated until an
    // answer with exactly our sequence is found, whatever comes before it.
    private void Synchronize()
    {
        sequence = (uint)Random.Shared.Next(1, int.MaxValue / 2);
        Span<byte> expected = stackalloc byte[FrameSize];
        var window = 0;
        var fresh = false;
        var silent = 0;
        Wait wait;
        while ((wait = waiting.Look(0, deadline)) == Wait.Goes)
        {
            if (!fresh)
            {
                var used = FrameSize;
                Append(ref used, Operation.Hello, -1, 0, 0, CallFlags.None, default, false);
                WriteFrame(outgoing, used - FrameSize, ++sequence, 1);
                Send(outgoing.AsSpan(0, used));
                WriteFrame(expected, ResultSize, sequence, 1);
                BinaryPrimitives.WriteUInt32LittleEndian(expected, ResponseMagic);
                fresh = true;
                silent = 0;
            }

            // The agent drops half a request after 2 s.
            const int slicesToAskAgain = 7;
            socket.ReceiveTimeout = (int)Patience.Slice.TotalMilliseconds;
            var got = socket.Receive(incoming.AsSpan(window), SocketFlags.None, out var error);
            if (error is SocketError.TimedOut or SocketError.WouldBlock)
            {
                fresh = ++silent < slicesToAskAgain;
                continue;
            }

            if (error == SocketError.Interrupted)
                continue;
            if (error != SocketError.Success || got == 0)
                throw Lose(DeviceLoss.Unreachable, "the guest hung up before the agent answered");
            window += got;
            var found = incoming.AsSpan(0, window).IndexOf(expected);
            if (found >= 0 && window - found >= FrameSize + ResultSize)
            {
                var version = BinaryPrimitives.ReadInt64LittleEndian(incoming.AsSpan(found + FrameSize));
                if (version != 1)
                    throw Lose(DeviceLoss.Unreachable, $"the agent speaks protocol {version}, this kit speaks 1");
                return;
            }

            var keep = Math.Min(window, FrameSize + ResultSize);
            if (found < 0 && window > incoming.Length / 2)
            {
                incoming.AsSpan(window - keep, keep).CopyTo(incoming);
                window = keep;
            }
            else if (found > 0)
            {
                incoming.AsSpan(found, window - found).CopyTo(incoming);
                window -= found;
            }
        }

        throw Lose(DeviceLoss.Unreachable, wait == Wait.Stuck ? StoodStill : $"the agent did not answer within {deadline.TotalSeconds:0.###} s");
    }

    private static void WriteFrame(Span<byte> frame, int length, uint sequence, int calls)
    {
        BinaryPrimitives.WriteUInt32LittleEndian(frame, RequestMagic);
        BinaryPrimitives.WriteInt32LittleEndian(frame[4..], length);
        BinaryPrimitives.WriteUInt32LittleEndian(frame[8..], sequence);
        BinaryPrimitives.WriteInt32LittleEndian(frame[12..], calls);
    }

    private DeviceLostException Lose(DeviceLoss loss, string message)
    {
        lost = new DeviceLostException(loss, message, lastWords());
        socket.Dispose();
        return lost;
    }
}
