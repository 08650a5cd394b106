using System.Diagnostics;
using System.Globalization;
using Conformance.Engine.Migration;
using Conformance.Engine.Workers;
using Conformance.Model.Contract;
using Conformance.Model.Migration.Device;
using Conformance.Model.Migration.Steps;
using Conformance.Model.Requirements;

namespace Conformance.Tests.Workers;

/// <summary>A job that misbehaves as its script says, run in a real process: see <see cref="StartupHook"/>.</summary>
internal sealed class FakeWorker(string script, nint pipeHandle) : IWorkerJob
{
    internal const string Variable = "CONFORMANCE_FAKE_WORKER";

    /// <summary>The script of a worker that does not even read what it is to do.</summary>
    internal const string NeverReads = "never reads";

    /// <summary>Names the file by which the worker lets time pass: see <see cref="WorkerClock"/>.</summary>
    internal const string ClockVariable = "CONFORMANCE_FAKE_WORKER_CLOCK";

    public IReadOnlyList<string> Campaigns { get; } = ["first", "second", "third"];

    public string Survey(IJournal journal)
    {
        // What a worker before this one waited for is over.
        File.Delete(Clock);
        switch (script)
        {
            case "unreachable":
                throw new DeviceLostException(DeviceLoss.Unreachable, "nothing listens there", "connection refused");
            case "dies at the survey":
                Console.Error.WriteLine("no such device");
                Environment.Exit(7);
                break;
            case "hangs at the survey":
                journal.Enter(-1);
                Hang();
                break;
        }

        return "seen";
    }

    public string Run(int campaign, SkipList skip, IJournal journal)
    {
        var ran = new List<int>();
        for (var plan = 0; plan < 10 && !skip.Stops(plan); plan++)
        {
            if (!skip.Runs(plan))
                continue;
            journal.Begin(campaign, plan, MigrationLanguage.Instance, Plan.Of(Step.Get, Step.Set(DeviceState.Stop), Step.Get));
            for (var step = 0; step < 3; step++)
            {
                journal.Enter(step, RequirementId.MIG_FSM_01);
                if (step == 1)
                    Misbehave(campaign, plan, skip, journal);
                journal.Leave();
            }

            journal.End();
            ran.Add(plan);
        }

        if (campaign == 1 && script == "throws")
            throw new InvalidOperationException("a mistake of the kit");
        if (campaign == 1 && script == "idle")
            Hang();
        return $"ran {string.Join(' ', ran)}";
    }

    public void Dispose()
    {
        if (script == "dies at the end")
            Environment.FailFast("while cleaning up");
        if (script == "leaves a thread")
            new Thread(() => Thread.Sleep(Timeout.Infinite)).Start();
    }

    private void Misbehave(int campaign, int plan, SkipList skip, IJournal journal)
    {
        var here = campaign == 1 && plan == 4;
        switch (script)
        {
            case "hang" when here:
                Console.Error.WriteLine("\u001b[31mI am stuck\u202e");
                Hang();
                break;
            case "crash" when here:
                throw new NotSupportedExceptionInThread();
            case "stack overflow" when here:
                Recurse(0);
                break;
            case "fail fast" when here:
                Environment.FailFast("the driver gave up");
                break;
            case "exit" when here:
                Environment.Exit(0);
                break;
            case "killed" when here:
                Process.Start("/bin/sh", ["-c", string.Create(CultureInfo.InvariantCulture, $"kill -KILL {Environment.ProcessId}")]).WaitForExit();
                Thread.Sleep(Timeout.Infinite);
                break;
            case "told to end" when here:
                Process.Start("/bin/sh", ["-c", string.Create(CultureInfo.InvariantCulture, $"kill -TERM {Environment.ProcessId}")]).WaitForExit();
                break;
            case "hangs often" when campaign == 1 && plan >= 2:
            case "hangs always" when campaign == 1:
                Hang();
                break;
            case "hangs while shrinking" when here && skip.Shrinks(plan):
                journal.Begin(campaign, plan, MigrationLanguage.Instance, Plan.Of(Step.Get), PlanPhase.Shrink);
                journal.Enter(0);
                Hang();
                break;
            case "slow":
                LetTimePass();
                break;
            case "prints" when here:
                Console.Out.WriteLine("{\"Kind\":\"end\",\"Campaign\":0,\"Text\":\"\",\"Names\":[]}");
                Console.Error.WriteLine(new string('x', 1 << 20));
                break;
            case "garbage" when here:
                // Not through the host: as a driver would that writes to every descriptor that it finds.
                using (var pipe = new FileStream(new Microsoft.Win32.SafeHandles.SafeFileHandle(pipeHandle, ownsHandle: false), FileAccess.Write, 1))
                {
                    pipe.Write("not a message\n{\"Kind\":null}\n[]\n{\"Kind\":\"odd\",\"Campaign\":1,\"Text\":\"\",\"Names\":[]}\n"u8);
                    pipe.Write("{\"Kind\":\"survey\",\"Campaign\":-1,\"Text\":\"\",\"Names\":[\"first\",null]}\n"u8);
                    pipe.Write("{\"Kind\":\"error\",\"Campaign\":-7,\"Text\":\"\",\"Names\":[]}\n"u8);
                    pipe.Write("{\"Kind\":\"error\",\"Campaign\":1,\"Text\":\"\\ud800\",\"Names\":[]}\n"u8);
                    pipe.Write("{\"Kind\":\"campaign\",\"Campaign\":9,\"Text\":\"forged\",\"Names\":[]}\n"u8);
                }

                break;
            case "leaves a child" when here:
                // It keeps every descriptor that it inherits.
                Process.Start(new ProcessStartInfo("/bin/sleep", "60") { UseShellExecute = false });
                Hang();
                break;
        }
    }

    private static string Clock => Environment.GetEnvironmentVariable(ClockVariable)!;

    // From here on time passes, and nothing else happens.
    internal static void Hang()
    {
        File.WriteAllText(Clock, "");
        Thread.Sleep(Timeout.Infinite);
    }

    // The clock takes the file away when enough time passed.
    private static void LetTimePass()
    {
        File.WriteAllText(Clock, "");
        while (File.Exists(Clock))
            Thread.Sleep(1);
    }

    private static int Recurse(int depth) => depth < 0 ? 0 : Recurse(depth + 1) + Recurse(depth + 2);

    // Thrown where the host would catch it, the exception would be a mistake of the kit; on another thread it ends the process.
    private sealed class NotSupportedExceptionInThread : Exception
    {
        public NotSupportedExceptionInThread()
        {
            var thread = new Thread(() => throw new InvalidOperationException("the driver broke"));
            thread.Start();
            thread.Join();
        }
    }
}
