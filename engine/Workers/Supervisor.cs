using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.IO.Pipes;
using System.Text;
using Conformance.Reports;

namespace Conformance.Engine.Workers;

/// <summary>How workers are started and how long they may take.</summary>
public sealed record SupervisorOptions
{
    /// <summary>The program.</summary>
    public required string FileName { get; init; }

    /// <summary>Its arguments.</summary>
    public IReadOnlyList<string> Arguments { get; init; } = [];

    /// <summary>What the job is, in words that only the job understands.</summary>
    public string Request { get; init; } = "";

    /// <summary>Variables that its environment has besides.</summary>
    public IReadOnlyDictionary<string, string> Environment { get; init; } = new Dictionary<string, string>();

    /// <summary>How long one call into the driver may take.</summary>
    public TimeSpan CallDeadline { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>How long the worker may take without any call: a mistake of the kit, not of the driver, ends there.</summary>
    public TimeSpan IdleDeadline { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>How often the supervisor looks.</summary>
    public TimeSpan Poll { get; init; } = TimeSpan.FromMilliseconds(20);

    /// <summary>How long a worker may take to report what it found when the run is stopped.</summary>
    public TimeSpan StopPatience { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>What deadlines are measured with.</summary>
    public TimeProvider Clock { get; init; } = TimeProvider.System;

    /// <summary>After so many hangs and crashes a campaign is abandoned.</summary>
    public int MaxDeaths { get; init; } = 3;
}

/// <summary>
/// Runs a job in worker processes. A call that does not come back and a process that dies become facts with the plan and the last words; then a fresh worker
/// begins the same campaign again without that plan.
/// </summary>
public sealed class Supervisor(SupervisorOptions options)
{
    // A message holds the findings of one campaign; nothing honest comes near this.
    private const int MaxMessage = 64 << 20;
    private const int MaxHarnessErrors = 100;
    private const int MaxRestarts = 8;
    private const int ExitOfKilled = 128 + 9;
    private static readonly TimeSpan KillPatience = TimeSpan.FromSeconds(5);

    private readonly Dictionary<int, SupervisedCampaign> campaigns = [];
    private readonly List<string> harnessErrors = [];
    private IReadOnlyList<string> names = [];
    private string? survey;
    private string? unreachable;
    private DateTime? opened;
    private int restarts;
    private TimeSpan slowest;

    /// <summary>Runs the job once. A supervisor is used once.</summary>
    /// <param name="progress">Told now and then; may be null.</param>
    /// <param name="cancel">Ends the worker and the run.</param>
    public SupervisedRun Run(Action<SupervisorProgress>? progress, CancellationToken cancel)
    {
        var folder = Directory.CreateTempSubdirectory("conformance-");
        try
        {
            using var journal = Journal.Create(Path.Combine(folder.FullName, "journal"));
            RunWorkers(Path.Combine(folder.FullName, "journal"), journal, progress, cancel);
        }
        finally
        {
            folder.Delete(recursive: true);
        }

        return new(survey, unreachable, [.. campaigns.OrderBy(entry => entry.Key).Select(entry => entry.Value)], harnessErrors, cancel.IsCancellationRequested)
        {
            Restarts = restarts,
            SlowestCall = slowest,
        };
    }

    private void RunWorkers(string path, Journal journal, Action<SupervisorProgress>? progress, CancellationToken cancel)
    {
        var from = 0;
        var skip = SkipList.Empty;
        List<WorkerDeath> deaths = [];
        string? abandoned = null;
        var killed = (Campaign: -1, Plan: -1);
        while (!cancel.IsCancellationRequested)
        {
            journal.Clear();
            var end = RunOne(new WorkerOrders(options.Request, "", path, from, skip.ToString(), opened), journal, progress, Finished, cancel);
            if (end.Done)
                return;
            if (cancel.IsCancellationRequested || unreachable is not null)
            {
                Close(null);
                return;
            }

            if (end.Broken is { } broken)
            {
                Report(broken);
                if (survey is null || from >= names.Count)
                    return;
                abandoned ??= "the kit failed in it";
                Close(null);
                Next();
                if (from >= names.Count)
                    return;
                continue;
            }

            if (end.Death is not { } death)
                return;
            if (end.Killed && restarts < MaxRestarts && (death.Journal.Number < 0 || killed != (from, death.Journal.Number)))
            {
                // SIGKILL comes from outside: an operator, or a machine without memory. A plan that meets it twice is to blame.
                killed = (from, death.Journal.Number);
                restarts++;
                continue;
            }

            if (survey is null)
            {
                unreachable = death.LastWords.Length == 0 ? death.Description : $"{death.Description}\n{death.LastWords}";
                return;
            }

            if (!end.Surveyed)
            {
                // A hang may leave a device behind that nobody can open any more.
                Report($"a fresh worker could not look at the driver again: {death.Description}");
                Close(null);
                return;
            }

            if (from >= names.Count)
            {
                // Every campaign had reported: it died while it cleaned up.
                Report($"the worker did not end well: {death.Description}");
                return;
            }

            // What the journal says of an earlier campaign says nothing about this one.
            if (death.Journal.Campaign != from)
                death = death with { Journal = death.Journal with { Campaign = from, Number = -1, Step = -1, Plan = ReadOnlyMemory<byte>.Empty } };
            deaths.Add(death);
            if (end.Lives)
            {
                // It holds the device, so no other worker gets to it.
                abandoned = "the worker that hung cannot be killed: the device is lost until the machine starts again";
                Close(null);
                return;
            }

            var plan = death.Journal.Number;
            if (abandoned is not null)
            {
                Close(null);
                Next();
            }
            else if (deaths.Count >= options.MaxDeaths || plan < 0)
            {
                // What came before is worth having: once more, up to the plan where patience ended.
                var many = deaths.Count == 1 ? "1 hang or crash" : string.Create(CultureInfo.InvariantCulture, $"{deaths.Count} hangs and crashes");
                abandoned =
                    plan < 0
                        ? $"{death.Description}, outside of any plan"
                        : string.Create(CultureInfo.InvariantCulture, $"abandoned at plan {plan} after {many}");
                if (plan > 0)
                {
                    skip = skip with { StopBefore = plan };
                }
                else
                {
                    Close(null);
                    Next();
                }
            }
            else
            {
                skip =
                    death.Journal.Phase == PlanPhase.Shrink && !skip.NotShrunk.Contains(plan)
                        ? skip with
                        {
                            NotShrunk = skip.NotShrunk.Add(plan),
                        }
                        : skip with
                        {
                            Plans = skip.Plans.Add(plan),
                        };
            }

            if (from >= names.Count)
                return;
        }

        // The campaign at hand ends: with what it reported, or with nothing.
        void Close(string? outcome)
        {
            if (from < names.Count && (outcome is not null || deaths.Count > 0 || abandoned is not null))
                campaigns[from] = new(names[from], outcome, [.. deaths], abandoned);
        }

        void Next()
        {
            from++;
            skip = SkipList.Empty;
            deaths.Clear();
            abandoned = null;
        }

        void Finished(int campaign, string? outcome)
        {
            if (campaign != from)
            {
                Report($"the worker reported campaign {campaign.ToString(CultureInfo.InvariantCulture)} out of turn");
                return;
            }

            if (outcome is null)
                abandoned ??= "the kit failed in it";
            Close(outcome);
            Next();
        }
    }

    private readonly record struct End(bool Done, bool Surveyed, WorkerDeath? Death, string? Broken, bool Lives = false, bool Killed = false);

    private End RunOne(WorkerOrders orders, Journal journal, Action<SupervisorProgress>? progress, Action<int, string?> finished, CancellationToken cancel)
    {
        using var pipe = new AnonymousPipeServerStream(PipeDirection.In, HandleInheritability.Inheritable);
        var start = new ProcessStartInfo(options.FileName)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            UseShellExecute = false,
        };
        foreach (var argument in options.Arguments)
            start.ArgumentList.Add(argument);
        foreach (var (name, value) in options.Environment)
            start.Environment[name] = value;
        Process process;
        try
        {
            process = Process.Start(start)!;
            Tell(process, orders with { Pipe = pipe.GetClientHandleAsString() });
        }
        catch (System.ComponentModel.Win32Exception error)
        {
            return new(false, false, null, $"the worker {Path.GetFileName(options.FileName)} could not be started: {Escaping.Line(error.Message, 200)}");
        }

        pipe.DisposeLocalCopyOfClientHandle();
        using (process)
        {
            var errors = new LastWords(process.StandardError.BaseStream);
            var output = new LastWords(process.StandardOutput.BaseStream);
            var messages = new BlockingCollection<string>();
            var reader = new Thread(() => ReadLines(pipe, messages)) { IsBackground = true, Name = "worker messages" };
            reader.Start();

            var done = false;
            var said = 0;
            var surveyed = false;
            void Take()
            {
                while (messages.TryTake(out var line))
                {
                    said++;
                    if (!WorkerMessage.TryRead(line, out var message))
                        Report($"a message of the worker could not be read: {Escaping.Line(line, 120)}");
                    else if (message.Kind == WorkerMessage.End)
                        done = true;
                    else
                        Handle(message, finished);
                    surveyed |= message?.Kind == WorkerMessage.Survey;
                }
            }

            var death = Watch(process, journal, progress, Take, cancel);
            if (!process.HasExited)
                Kill(process);
            // A task that loops inside the kernel cannot be killed (MIG-FSM-27).
            var lives = !process.WaitForExit(KillPatience);
            // A process that the driver started may hold these open for ever.
            reader.Join(TimeSpan.FromSeconds(1));
            Take();
            errors.Join();
            output.Join();
            if (done || cancel.IsCancellationRequested)
                return new(done, surveyed, null, null);
            if (death is { Broken: { } broken })
                return new(false, surveyed, null, broken);
            if (unreachable is not null)
                return new(false, surveyed, null, null);
            var description = death?.Description ?? Describe(process.ExitCode, said == 0);
            return new(
                false,
                surveyed,
                new(death is null ? DeathKind.Crash : DeathKind.Hang, journal.Read(), description, errors.Text),
                null,
                lives,
                death is null && process.ExitCode == ExitOfKilled
            );
        }
    }

    // Standard input stays open: a worker ends when its supervisor is gone.
    private static void Tell(Process process, WorkerOrders orders)
    {
        try
        {
            process.StandardInput.Write(orders.Write() + "\n");
            process.StandardInput.Flush();
        }
        catch (IOException)
        {
            // It is gone already, and that is what will be said of it.
        }
    }

    private sealed record Stuck(string? Description, string? Broken);

    // Returns null when the process ended by itself.
    private Stuck? Watch(Process process, Journal journal, Action<SupervisorProgress>? progress, Action take, CancellationToken cancel)
    {
        var counter = journal.Counter;
        var still = TimeSpan.Zero;
        var polls = 0;
        var stopped = new Stopwatch();
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

            take();
            var now = options.Clock.GetTimestamp();
            // A machine that slept, or was too busy to look, did not watch the driver meanwhile.
            var passed = TimeSpan.FromTicks(Math.Min(options.Clock.GetElapsedTime(last, now).Ticks, 5 * options.Poll.Ticks));
            last = now;
            var seen = journal.Counter;
            if (seen != counter && (counter & 1) != 0 && still + passed > slowest)
                slowest = still + passed;
            still = seen == counter ? still + passed : TimeSpan.Zero;
            counter = seen;
            var inCall = (seen & 1) != 0;
            if (inCall && still > options.CallDeadline)
                return new(string.Create(CultureInfo.InvariantCulture, $"no answer within {options.CallDeadline.TotalSeconds:0.###} s"), null);
            if (still > options.IdleDeadline)
                return new(null, string.Create(CultureInfo.InvariantCulture, $"the worker did nothing for {options.IdleDeadline.TotalSeconds:0.###} s"));
            if (progress is not null && ++polls % 5 == 0)
                progress(Where(journal));
        }

        return null;
    }

    private SupervisorProgress Where(Journal journal)
    {
        var entry = journal.ReadPosition();
        var known = (uint)entry.Campaign < (uint)names.Count;
        return new(known ? names[entry.Campaign] : "", known ? entry.Campaign : 0, names.Count, Math.Max(0, entry.Number));
    }

    private void Handle(WorkerMessage message, Action<int, string?> finished)
    {
        switch (message.Kind)
        {
            case WorkerMessage.Survey when survey is null:
                survey = message.Text;
                opened = DateTime.UtcNow;
                names = message.Names;
                break;
            case WorkerMessage.Survey:
                // A fresh worker sees the driver again; what it saw first counts.
                if (!names.SequenceEqual(message.Names, StringComparer.Ordinal))
                    Report("a fresh worker named other campaigns than the first one: the driver changed in between");
                break;
            case WorkerMessage.Unreachable when survey is null:
                unreachable = message.Text;
                break;
            case WorkerMessage.Unreachable:
                unreachable = message.Text;
                Report($"the driver could not be reached any more: {Escaping.Line(message.Text, 300)}");
                break;
            case WorkerMessage.Finished:
                finished(message.Campaign, message.Text);
                break;
            case WorkerMessage.Error:
                Report(message.Text);
                finished(message.Campaign, null);
                break;
            default:
                Report($"a message of the worker could not be read: {Escaping.Line(message.Kind, 60)}");
                break;
        }
    }

    private void Report(string error)
    {
        if (harnessErrors.Count < MaxHarnessErrors)
            harnessErrors.Add(error);
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

    private static void ReadLines(Stream stream, BlockingCollection<string> lines)
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
        catch (Exception error) when (error is IOException or ObjectDisposedException)
        {
            // The supervisor closed its end.
        }
    }
}
