using System.Diagnostics;
using System.Globalization;
using System.IO.Pipes;
using System.Runtime.InteropServices;
using System.Text;
using Conformance.Model.Contract;
using Conformance.Reports;

namespace Conformance.Engine.Workers;

/// <summary>The worker's side: runs a job and reports on a pipe that nobody else writes to. What the driver prints goes elsewhere.</summary>
public static partial class WorkerHost
{
    /// <summary>Reads what the supervisor sends first on standard input; null when somebody else wrote it, or nobody.</summary>
    public static WorkerOrders? ReadOrders()
    {
        using var input = Console.OpenStandardInput();
        var line = new MemoryStream();
        // Byte by byte: what follows on standard input is not for here.
        for (int value; (value = input.ReadByte()) is not (-1 or '\n'); )
        {
            line.WriteByte((byte)value);
            if (line.Length > WorkerOrders.MaxLength)
                return null;
        }

        return WorkerOrders.Read(Encoding.UTF8.GetString(line.GetBuffer(), 0, (int)line.Length));
    }

    /// <summary>Runs the job to its end.</summary>
    /// <param name="orders">What the supervisor wants.</param>
    /// <param name="open">Makes the job.</param>
    /// <returns>The exit code of the process, 0 when every message was sent.</returns>
    public static int Run(WorkerOrders orders, Func<IWorkerJob> open)
    {
        using var journal = Journal.Open(orders.Journal);
        using var pipe = new AnonymousPipeClientStream(PipeDirection.Out, orders.Pipe);
        // A process that the driver starts must not hold the pipe open, let alone write to it.
        _ = SetDescriptorFlags((int)pipe.SafePipeHandle.DangerousGetHandle(), FSetFd, FdCloseOnExec);
        using var writer = new StreamWriter(pipe, new UTF8Encoding(false)) { AutoFlush = true, NewLine = "\n" };

        // The supervisor decides what Ctrl-C and a request to end mean; both may go to every process of the group.
        using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, context => context.Cancel = true);
        using var terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, context => context.Cancel = true);
        DieWithSupervisor();
        using var heart = new Heart(journal);

        void Send(string kind, int campaign, string text, IReadOnlyList<string> names) =>
            writer.WriteLine(new WorkerMessage(kind, campaign, text, names).Write());

        try
        {
            using var job = open();
            Send(WorkerMessage.Survey, -1, job.Survey(journal), job.Campaigns);
            for (var campaign = orders.From; campaign < job.Campaigns.Count && !journal.IsStopping; campaign++)
            {
                string outcome;
                try
                {
                    outcome = job.Run(campaign, campaign == orders.From ? orders.LeftOut() : SkipList.Empty, journal);
                }
                catch (Exception error)
                {
                    // A lost device is an observation of the engine; what comes up to here is nothing that the driver is blamed for.
                    Send(WorkerMessage.Error, campaign, $"campaign {job.Campaigns[campaign]}: {Describe(error)}", []);
                    continue;
                }

                Send(WorkerMessage.Finished, campaign, outcome, []);
            }

            Send(WorkerMessage.End, -1, "", []);
            return 0;
        }
        catch (DeviceLostException error)
        {
            Send(WorkerMessage.Unreachable, -1, error.Described, []);
            return 0;
        }
    }

    // Takes no lock and allocates nothing, so that only what keeps the whole process from running keeps it from beating.
    private sealed class Heart : IDisposable
    {
        private readonly Thread thread;
        private volatile bool stops;

        internal Heart(Journal journal)
        {
            thread = new(() =>
            {
                while (!stops)
                {
                    journal.Beat();
                    Thread.Sleep(Journal.BeatPeriod);
                }
            })
            {
                IsBackground = true,
                Name = "heartbeat",
            };
            thread.Start();
        }

        // The journal goes away behind this.
        public void Dispose()
        {
            stops = true;
            thread.Join();
        }
    }

    private static string Describe(Exception error)
    {
        var place = error.StackTrace?.Split('\n', 2)[0].Trim() ?? "";
        return Escaping.Line($"{error.GetType().Name}: {error.Message} {place}", 600);
    }

    private static void DieWithSupervisor()
    {
        if (!Console.IsInputRedirected)
            return;
        var input = Console.OpenStandardInput();
        var watch = new Thread(() =>
        {
            Span<byte> buffer = stackalloc byte[16];
            while (input.Read(buffer) > 0) { }

            // Not Environment.Exit: that waits for a driver that may never come back.
            Process.GetCurrentProcess().Kill();
        })
        {
            IsBackground = true,
            Name = "supervisor watch",
        };
        watch.Start();
    }

    private const int FSetFd = 2;
    private const int FdCloseOnExec = 1;

    [LibraryImport("libc", EntryPoint = "fcntl")]
    private static partial int SetDescriptorFlags(int descriptor, int command, int flags);
}
