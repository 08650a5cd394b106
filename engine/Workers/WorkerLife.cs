using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.IO.Pipes;
using System.Text;
using Conformance.Reports;

namespace Conformance.Engine.Workers;

/// <summary>What a worker came to.</summary>
/// <param name="Done">It did all that it was told to.</param>
/// <param name="Surveyed">It looked at the driver.</param>
/// <param name="Death">How it hung or died; null when it did neither.</param>
/// <param name="Broken">What went wrong in the kit; null when nothing did.</param>
/// <param name="Lives">It could not be ended.</param>
/// <param name="WasKilled">It died by SIGKILL or SIGTERM, which was not the supervisor's.</param>
/// <param name="Slowest">About how long the slowest call took that came back.</param>
internal readonly record struct WorkerEnd(
    bool Done,
    bool Surveyed,
    WorkerDeath? Death,
    string? Broken,
    bool Lives = false,
    bool WasKilled = false,
    TimeSpan Slowest = default
);

/// <summary>One worker process, from its start to its end: sends its orders, hands its messages over, and looks at its journal.</summary>
/// <param name="options">How it is started and how long it may take.</param>
/// <param name="journal">What it is doing.</param>
/// <param name="handle">Takes what it says.</param>
/// <param name="report">Takes what it says that makes no sense.</param>
/// <param name="progress">Called now and then; may be null.</param>
internal sealed class WorkerLife(SupervisorOptions options, Journal journal, Action<WorkerMessage> handle, Action<string> report, Action? progress)
    : IDisposable
{
    // A worker lives for seconds. Code that was compiled ahead and turns out to be hot is compiled again at once, instead of being watched for a while first: a
    // quarter less processor time in checks of five seconds, no difference after ten. Whoever sets it otherwise has it so.
    private const string WatchHotCode = "DOTNET_TieredPGO_InstrumentOnlyHotCode";

    // A message holds the findings of one campaign; nothing honest comes near this.
    private const int MaxMessage = 64 << 20;
    private const int MostLines = 256;
    private const int ExitOfKilled = 128 + 9,
        ExitOfTerminated = 128 + 15;
    private const int PollsPerProgress = 5;
    private const int PatienceWithSilent = 5;
    private const int PatienceWithSlow = 30;
    private static readonly TimeSpan KillPatience = TimeSpan.FromSeconds(5);

    private static readonly TimeSpan PipePatience = TimeSpan.FromSeconds(1);

    // No program that the driver starts has the messages' end of the pipe: what the worker sent is all there, however busy the machine is, and a worker whose
    // last message was not read would be one that died.
    private static readonly TimeSpan MessagePatience = TimeSpan.FromSeconds(10);

    // Who writes more than is taken waits: whatever comes, this process does not grow.
    private readonly BlockingCollection<string> lines = new(MostLines);
    private bool done;
    private bool surveyed;
    private int said;
    private TimeSpan slowest;

    /// <summary>Lets go of what came and was not taken: a reader that still waits to hand a line over ends.</summary>
    public void Dispose()
    {
        lines.CompleteAdding();
        lines.Dispose();
    }

    /// <summary>Starts it and waits for its end.</summary>
    internal WorkerEnd Run(WorkerOrders orders, CancellationToken cancel)
    {
        using var pipe = new AnonymousPipeServerStream(PipeDirection.In, HandleInheritability.Inheritable);
        Process process;
        try
        {
            process = Process.Start(Prepare())!;
        }
        catch (System.ComponentModel.Win32Exception error)
        {
            return new(false, false, null, $"the worker {Path.GetFileName(options.FileName)} could not be started: {Escaping.Line(error.Message, 200)}");
        }

        using (process)
        {
            var told = orders with { Pipe = pipe.GetClientHandleAsString() };
            pipe.DisposeLocalCopyOfClientHandle();
            var teller = Background("worker orders", () => Tell(process, told));
            var errors = new LastWords(process.StandardError.BaseStream);
            var output = new LastWords(process.StandardOutput.BaseStream);
            var reader = Background("worker messages", () => ReadLines(pipe));
            var stuck = Watch(process, cancel);
            if (!process.HasExited)
                Kill(process);
            // A task that loops inside the kernel cannot be killed (MIG-FSM-27).
            var lives = !process.WaitForExit(KillPatience);
            // A process that the driver started may hold these open for ever.
            teller.Join(PipePatience);
            var waited = Stopwatch.StartNew();
            do TakeMessages();
            while (!reader.Join(options.Poll) && waited.Elapsed < MessagePatience);
            TakeMessages();
            errors.Join();
            output.Join();
            return End(process, stuck, lives, errors.Text, cancel.IsCancellationRequested) with { Slowest = slowest };
        }
    }

    private ProcessStartInfo Prepare()
    {
        var start = new ProcessStartInfo(options.FileName)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            UseShellExecute = false,
        };
        foreach (var argument in options.Arguments)
            start.ArgumentList.Add(argument);
        start.Environment.TryAdd(WatchHotCode, "0");
        foreach (var (name, value) in options.Environment)
            start.Environment[name] = value;
        return start;
    }

    // On a thread of its own: a worker that does not read blocks the writer, and the deadline of its first call ends both. Standard input stays open: a worker
    // ends when its supervisor is gone.
    private static void Tell(Process process, WorkerOrders orders)
    {
        try
        {
            process.StandardInput.Write(orders.Write() + "\n");
            process.StandardInput.Flush();
        }
        catch (Exception error) when (error is IOException or ObjectDisposedException or InvalidOperationException)
        {
            // It is gone already, and that is what will be said of it.
        }
    }

    private WorkerEnd End(Process process, Stuck? stuck, bool lives, string lastWords, bool isCancelled)
    {
        if (done || isCancelled)
            return new(done, surveyed, null, null);
        if (stuck is { Broken: { } broken })
            return new(false, surveyed, null, broken);
        var description = stuck?.Description ?? Describe(process.ExitCode, said == 0);
        var death = new WorkerDeath(stuck is null ? DeathKind.Crash : DeathKind.Hang, journal.Read(), description, lastWords);
        return new(false, surveyed, death, null, lives, stuck is null && process.ExitCode is (ExitOfKilled or ExitOfTerminated));
    }

    private void TakeMessages()
    {
        // No more than were there: one that never stops must not keep its deadline from being looked at.
        for (var most = MostLines; most > 0 && lines.TryTake(out var line); most--)
        {
            said++;
            if (!WorkerMessage.TryRead(line, out var message))
                report($"a message of the worker could not be read: {Escaping.Line(line, 120)}");
            else if (message.Kind == WorkerMessage.End)
                done = true;
            else
                handle(message);
            surveyed |= message?.Kind == WorkerMessage.Survey;
        }
    }

    private sealed record Stuck(string? Description, string? Broken);

    // Returns null when the process ended by itself.
    private Stuck? Watch(Process process, CancellationToken cancel)
    {
        var counter = journal.Counter;
        var still = TimeSpan.Zero;
        var isTimed = false;
        var time = options.Time?.Invoke(journal, process.Id) ?? new WorkerTime(journal, new(process.Id));
        var polls = 0;
        var stopped = new Stopwatch();
        var ended = new Stopwatch();
        var last = options.Clock.GetTimestamp();
        while (!process.WaitForExit(options.Poll))
        {
            if (cancel.IsCancellationRequested)
            {
                // What the campaign at hand found is worth a moment.
                journal.Stop();
                if (stopped.Elapsed > options.StopPatience)
                    return null;
                stopped.Start();
            }

            TakeMessages();
            if (done)
            {
                // A thread that the driver left behind may keep the process for ever, and its heartbeat is over.
                if (ended.Elapsed > options.EndPatience)
                    return null;
                ended.Start();
                continue;
            }

            var now = options.Clock.GetTimestamp();
            // A machine that slept, or was too busy to look, did not watch the driver meanwhile.
            var passed = TimeSpan.FromTicks(Math.Min(options.Clock.GetElapsedTime(last, now).Ticks, 5 * options.Poll.Ticks));
            last = now;
            var seen = journal.Counter;
            if (seen != counter && (counter & 1) != 0 && still + passed > slowest)
                slowest = still + passed;
            if (seen != counter)
                (still, isTimed) = (TimeSpan.Zero, false);
            else if (isTimed)
                still += passed;
            else
            {
                time.Begin();
                isTimed = true;
            }

            counter = seen;
            if (Judge(time, still, inCall: (seen & 1) != 0) is { } stuck)
                return stuck;
            if (progress is not null && ++polls % PollsPerProgress == 0)
                progress();
        }

        return null;
    }

    // A deadline runs while the worker could run. One that could not for long is given up, and nobody blamed.
    private Stuck? Judge(IWorkerTime time, TimeSpan still, bool inCall)
    {
        var deadline = inCall ? options.CallDeadline : options.IdleDeadline;
        if (still <= deadline)
            return null;
        var ran = time.CouldRun(still);
        if (ran > deadline)
            return inCall
                ? new(string.Create(CultureInfo.InvariantCulture, $"no answer within {deadline.TotalSeconds:0.###} s"), null)
                : new(null, string.Create(CultureInfo.InvariantCulture, $"the worker did nothing for {deadline.TotalSeconds:0.###} s"));
        if (still <= options.StandstillPatience + (time.Beats ? PatienceWithSlow : PatienceWithSilent) * deadline)
            return null;
        var why =
            time.IsStopped ? "it is stopped (SIGSTOP)"
            : time.Beats ? string.Create(CultureInfo.InvariantCulture, $"it could run for {ran.TotalSeconds:0.###} s of them, the machine is too busy")
            : "not even its heartbeat came";
        return new(
            null,
            string.Create(CultureInfo.InvariantCulture, $"the worker stood still for {still.TotalSeconds:0} s: {why}; that says nothing of the driver")
        );
    }

    private static Thread Background(string name, ThreadStart work)
    {
        var thread = new Thread(work) { IsBackground = true, Name = name };
        thread.Start();
        return thread;
    }

    private static void Kill(Process process)
    {
        try
        {
            process.Kill(entireProcessTree: true);
        }
        catch (Exception error) when (error is InvalidOperationException or AggregateException or System.ComponentModel.Win32Exception)
        {
            // It ended in the meantime, or a child of it did.
        }
    }

    private static string Describe(int code, bool silent)
    {
        var when = silent ? " before it said anything" : "";
        return code switch
        {
            0 => $"the process ended by itself with 0{when}",
            > 128 and < 160 => string.Create(CultureInfo.InvariantCulture, $"the process was ended by {Signal(code - 128)} (exit code {code}){when}"),
            _ => string.Create(CultureInfo.InvariantCulture, $"the process ended by itself with {code}{when}"),
        };
    }

    private static string Signal(int number) =>
        number switch
        {
            4 => "SIGILL",
            6 => "SIGABRT",
            7 => "SIGBUS",
            8 => "SIGFPE",
            9 => "SIGKILL",
            11 => "SIGSEGV",
            15 => "SIGTERM",
            _ => string.Create(CultureInfo.InvariantCulture, $"signal {number}"),
        };

    private void ReadLines(Stream stream)
    {
        var line = new MemoryStream();
        var buffer = new byte[1 << 16];
        try
        {
            int count;
            while ((count = stream.Read(buffer)) > 0)
            {
                var rest = buffer.AsSpan(0, count);
                int end;
                while ((end = rest.IndexOf((byte)'\n')) >= 0)
                {
                    line.Write(rest[..end]);
                    lines.Add(Encoding.UTF8.GetString(line.GetBuffer(), 0, (int)line.Length));
                    line.SetLength(0);
                    rest = rest[(end + 1)..];
                }

                // Too long to be honest: what was kept is handed over as it is and will be refused.
                if (line.Length + rest.Length <= MaxMessage)
                    line.Write(rest);
            }

            if (line.Length > 0)
                lines.Add(Encoding.UTF8.GetString(line.GetBuffer(), 0, (int)line.Length));
        }
        catch (Exception error) when (error is IOException or ObjectDisposedException or InvalidOperationException)
        {
            // The supervisor closed its end.
        }
    }
}
