using System.Runtime.ExceptionServices;
using Conformance.Model.Migration.Device;
using Conformance.Model.Migration.Steps;

namespace Conformance.Engine.Concurrency;

/// <summary>
/// Threads of which one runs at a time, and which one is settled by a plan: the same schedule gives the same history. The thread that runs settles it for all,
/// so that nothing here needs a lock of its own; handing over is what makes memory of one visible to the next.
/// </summary>
public sealed class ControlledThreads : IThreadSchedule
{
    // A thread that nobody needs any more ends: there are as many of these as there are drivers in a test run.
    private static readonly TimeSpan idle = TimeSpan.FromSeconds(2);

    private readonly Worker[] workers;
    private readonly Turn through = new();
    private readonly List<(string Gate, int Holder)> gates = [];
    private readonly List<Waiting> deadlock = [];
    private IReadOnlyList<Switch> schedule = [];
    private Action<int> body = _ => { };
    private ExceptionDispatchInfo? thrown;
    private int count,
        current;
    private bool isAbandoned;

    /// <summary>No thread is started before it is needed.</summary>
    public ControlledThreads() => workers = [.. Enumerable.Range(0, Plan.MostThreads).Select(index => new Worker(this, index))];

    /// <summary>Who waits for whom in the run before; empty when no dead-lock was met.</summary>
    public IReadOnlyList<Waiting> Deadlock => deadlock;

    /// <summary>Switch points that the run before went through.</summary>
    public int Points { get; private set; }

    /// <summary>Runs threads to their end, or to a dead-lock.</summary>
    /// <param name="threads">How many.</param>
    /// <param name="changes">Where another one goes on.</param>
    /// <param name="each">What a thread does; it is given its number, from 1.</param>
    public void Run(int threads, IReadOnlyList<Switch> changes, Action<int> each)
    {
        (count, schedule, body, current, isAbandoned, thrown, Points) = (threads, changes, each, 0, false, null, 0);
        gates.Clear();
        deadlock.Clear();
        for (var index = 0; index < threads; index++)
            workers[index].Prepare();
        workers[0].Signal();
        through.Take();
        thrown?.Throw();
    }

    /// <summary>The thread that runs begins a step: places are counted from here.</summary>
    /// <param name="step">The index of the step in the plan.</param>
    public void Begin(int step)
    {
        (workers[current].Step, workers[current].Point) = (step, 0);
        Point();
    }

    /// <inheritdoc/>
    public void Point()
    {
        ThrowIfAbandoned();
        Points++;
        var me = workers[current];
        var point = me.Point++;
        foreach (var change in schedule)
        {
            if (change.Step != me.Step || change.Point != point)
                continue;
            var to = change.To - 1;
            if (to >= 0 && to < count && to != current && CanRun(workers[to]))
                HandOver(to);
            return;
        }
    }

    /// <inheritdoc/>
    public void Enter(string gate)
    {
        Point();
        var me = workers[current];
        while (HolderOf(gate) >= 0)
        {
            me.WaitsFor = gate;
            if (Next() is not { } next)
            {
                Abandon();
                throw new ScheduleAbandonedException();
            }

            HandOver(next);
        }

        me.WaitsFor = null;
        gates.Add((gate, me.Index));
    }

    /// <inheritdoc/>
    public bool TryEnter(string gate)
    {
        Point();
        if (HolderOf(gate) >= 0)
            return false;
        gates.Add((gate, current));
        return true;
    }

    /// <inheritdoc/>
    public void Leave(string gate)
    {
        var at = gates.FindIndex(held => held.Gate == gate);
        if (at >= 0 && !isAbandoned)
            gates.RemoveAt(at);
    }

    private int HolderOf(string gate)
    {
        foreach (var (held, holder) in gates)
            if (held == gate)
                return holder;
        return -1;
    }

    private bool CanRun(Worker worker) => !worker.IsThrough && (worker.WaitsFor is not { } gate || HolderOf(gate) < 0);

    private int? Next()
    {
        for (var index = 0; index < count; index++)
            if (CanRun(workers[index]))
                return index;
        return null;
    }

    // Not back before somebody hands over to the one that runs now.
    private void HandOver(int next)
    {
        var me = workers[current];
        current = next;
        workers[next].Signal();
        me.Wait();
        ThrowIfAbandoned();
    }

    private void ThrowIfAbandoned()
    {
        if (isAbandoned)
            throw new ScheduleAbandonedException();
    }

    private void Abandon()
    {
        if (!isAbandoned)
            foreach (var worker in workers.AsSpan(0, count))
                if (worker.WaitsFor is { } gate)
                    deadlock.Add(new(worker.Index + 1, gate, workers[HolderOf(gate)].IsThrough ? 0 : HolderOf(gate) + 1));
        isAbandoned = true;
    }

    private void Work(Worker me)
    {
        try
        {
            ThrowIfAbandoned();
            body(me.Index + 1);
        }
        catch (ScheduleAbandonedException) { }
#pragma warning disable CA1031 // whoever runs the threads gets it
        catch (Exception error)
#pragma warning restore CA1031
        {
            thrown ??= ExceptionDispatchInfo.Capture(error);
            isAbandoned = true;
        }

        me.IsThrough = true;
        End();
    }

    // One after the other, also when the schedule was given up: what a call leaves behind on its way out is not for two threads.
    private void End()
    {
        var next = Next();
        if (isAbandoned || next is null)
        {
            var waiting = Array.FindIndex(workers, 0, count, worker => !worker.IsThrough);
            if (waiting >= 0)
                Abandon();
            next = waiting < 0 ? null : waiting;
        }

        if (next is not { } index)
        {
            through.Give();
            return;
        }

        current = index;
        workers[index].Signal();
    }

    private sealed class Worker(ControlledThreads owner, int index)
    {
        private readonly Turn turn = new();
        private Thread? thread;
        private bool mayBegin;

        public int Index => index;

        public string? WaitsFor { get; set; }

        public bool IsThrough { get; set; }

        public int Step { get; set; }

        public int Point { get; set; }

        public void Prepare() => (WaitsFor, IsThrough, Step, Point, mayBegin) = (null, false, -1, 0, true);

        /// <summary>Its turn.</summary>
        public void Signal()
        {
            lock (turn)
            {
                if (thread is null)
                {
                    thread = new(Loop) { IsBackground = true, Name = $"thread {index + 1} of a plan" };
                    thread.Start();
                }

                turn.Give();
            }
        }

        public void Wait() => turn.Take();

        private void Loop()
        {
            while (true)
            {
                lock (turn)
                {
                    if (!turn.Take(idle))
                    {
                        thread = null;
                        return;
                    }
                }

                if (!mayBegin)
                    continue;
                mayBegin = false;
                owner.Work(this);
            }
        }
    }

    // What semaphores do, but that nobody spins: one thread runs at a time, so whoever waits takes the processor from the one that is waited for.
    private sealed class Turn
    {
        private int given;

        public void Give()
        {
            lock (this)
            {
                given++;
                Monitor.Pulse(this);
            }
        }

        public void Take() => Take(Timeout.InfiniteTimeSpan);

        /// <summary>False when the time was over before it was given.</summary>
        public bool Take(TimeSpan most)
        {
            lock (this)
            {
                while (given == 0)
                    if (!Monitor.Wait(this, most) && given == 0)
                        return false;
                given--;
                return true;
            }
        }
    }
}
