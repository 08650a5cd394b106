using System.Buffers.Binary;
using System.Diagnostics;
using System.Runtime.ExceptionServices;
using Conformance.Model.Contract;
using Conformance.Model.Migration.Device;

namespace Conformance.Drivers.LinuxVfio;

/// <summary>A <see cref="ThreadScript"/> with threads of this process: what the agent of <c>labs/kernel</c> does in a guest.</summary>
/// <param name="calls">The system calls; several of them may be made at once.</param>
/// <param name="device">The descriptor of the device.</param>
/// <param name="script">The script.</param>
internal sealed class LocalThreads(ISystemCalls calls, int device, ThreadScript script)
{
    private const int SessionOffset = 12;

    private readonly int threads = script.Threads;
    private readonly List<int> opened = [];
    private ScriptResult[] results = [];
    private ExceptionDispatchInfo? thrown;
    private int round,
        ready,
        position;

    // The session that lives: its descriptor below, and above which call opened it. One word, so that nobody sees half of each.
    private long live;

    /// <summary>Makes all rounds.</summary>
    public IReadOnlyList<ScriptResult[]> Run()
    {
        var rounds = new List<ScriptResult[]>(script.Rounds);
        for (round = 0; round < script.Rounds; round++)
        {
            results = new ScriptResult[script.Calls.Count];
            Array.Fill(results, new());
            (live, position, ready) = (Live(round == 0 ? script.Session : -1, ScriptResult.FirstSession), round == 0 ? script.Position : 0, 0);
            try
            {
                // The first round begins where the device was taken.
                if (round > 0)
                {
                    Make(0);
                    if (!script.Keeps)
                        live = Live(-1, ScriptResult.FirstSession);
                }

                var beside = Enumerable.Range(1, threads).Select(Start).ToList();
                foreach (var thread in beside)
                    thread.Join();
                thrown?.Throw();
                Make(ThreadScript.After);
            }
            finally
            {
                foreach (var descriptor in opened)
                    calls.Close(descriptor);
                opened.Clear();
            }

            rounds.Add(results);
        }

        return rounds;
    }

    private static long Live(int descriptor, int owner) => ((long)owner << 32) | (uint)descriptor;

    // A driver in the kernel may keep a thread for ever, and this process must be able to end all the same.
    private Thread Start(int number)
    {
        var thread = new Thread(() => Beside(number)) { IsBackground = true, Name = $"thread {number} of a plan" };
        thread.Start();
        return thread;
    }

    // All of them stand here before one goes on, and then wait a time that is another one in each round: so calls meet in all of their parts.
    private void Beside(int number)
    {
        try
        {
            Interlocked.Increment(ref ready);
            var wait = new SpinWait();
            while (Volatile.Read(ref ready) < threads)
                wait.SpinOnce(sleep1Threshold: -1);
            if (script.Window > 0 && round % 2 == 1)
            {
                var mixed = unchecked((ulong)((round * 4) + number) * 0x9E37_79B9_7F4A_7C15);
                var due = Now() + (long)((mixed >> 32) % (ulong)script.Window);
                while (Now() < due) { }
            }

            Make(number);
        }
#pragma warning disable CA1031 // whoever runs the script gets it
        catch (Exception error)
#pragma warning restore CA1031
        {
            thrown ??= ExceptionDispatchInfo.Capture(error);
        }
    }

    private void Make(int thread)
    {
        for (var index = 0; index < script.Calls.Count; index++)
            if (script.Calls[index].Thread == thread)
                Make(index, script.Calls[index]);
    }

    private void Make(int index, ScriptCall call)
    {
        var now = Volatile.Read(ref live);
        var (session, owner, from) = ((int)now, (int)(now >> 32), Volatile.Read(ref position));
        var isOnSession = call.Operation != ScriptOperation.DeviceIoctl;
        var image = call.Operation == ScriptOperation.Write && from < call.Image.Length ? call.Image.Span[from..] : [];
        image = image[..Math.Min(image.Length, call.Size)];
        // Nothing to call it on, or nothing left to write.
        if ((isOnSession && session < 0) || (call.Operation == ScriptOperation.Write && image.IsEmpty))
            return;
        var room = call.Operation == ScriptOperation.Write ? image.ToArray() : new byte[call.Room];
        call.Bytes.Span.CopyTo(room);
        var length = 0;
        CallResult result;
        var begin = Now();
        for (var again = 0; ; )
        {
            result = call.Operation switch
            {
                ScriptOperation.DeviceIoctl when room.Length == 0 => calls.Ioctl(device, call.Request, 0),
                ScriptOperation.DeviceIoctl => calls.Ioctl(device, call.Request, new UserBuffer(room)),
                ScriptOperation.DataIoctl => calls.Ioctl(session, call.Request, new UserBuffer(room)),
                ScriptOperation.Write => calls.Write(session, new UserBuffer(room)),
                ScriptOperation.Read => calls.Read(session, new UserBuffer(room)),
                _ => calls.Read(session, new UserBuffer(room.AsSpan(length, Math.Min(script.Chunk, room.Length - length)))),
            };
            if (call.Again && result.Errno is Errno.EINTR or Errno.EAGAIN && again++ < ThreadScript.MostRepeats)
            {
                Thread.Yield();
                continue;
            }

            if (result.Ok && call.Operation is ScriptOperation.Read or ScriptOperation.ReadToEnd)
                length += (int)Math.Clamp(result.Value, 0, room.Length - length);
            if (call.Operation != ScriptOperation.ReadToEnd || !result.Ok || result.Value == 0 || length == room.Length)
                break;
        }

        var end = Now();
        if (!isOnSession || call.Operation == ScriptOperation.DataIoctl)
            length = room.Length;
        results[index] = new()
        {
            Made = true,
            Result = result,
            Bytes = call.Operation == ScriptOperation.Write ? default : room.AsMemory(0, length),
            Session = isOnSession ? owner : ScriptResult.NoSession,
            Position = from,
            Begin = begin,
            End = end,
        };
        Follow(index, call, result, room, owner);
    }

    private void Follow(int index, ScriptCall call, CallResult result, byte[] room, int owner)
    {
        // 0 is what stands there before the call: a driver that leaves it alone opened nothing.
        if (
            call.Opens
            && result.Ok
            && room.Length >= SessionOffset + 4
            && BinaryPrimitives.ReadInt32LittleEndian(room.AsSpan(SessionOffset)) is > 0 and var descriptor
        )
        {
            lock (opened)
                opened.Add(descriptor);
            Volatile.Write(ref position, 0);
            Volatile.Write(ref live, Live(descriptor, index));
        }
        else if (call.Operation == ScriptOperation.Write && result.Ok && (int)(Volatile.Read(ref live) >> 32) == owner)
            Interlocked.Add(ref position, (int)Math.Clamp(result.Value, 0, call.Size));
    }

    private static long Now() => Stopwatch.GetTimestamp() * (1_000_000_000 / Stopwatch.Frequency);
}
