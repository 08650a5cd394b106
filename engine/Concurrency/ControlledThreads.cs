using System.Runtime.ExceptionServices;
using Conformance.Model.Migration.Device;
using Conformance.Model.Migration.Steps;

namespace Conformance.Engine.Concurrency;

/// <summary>
/// Threads of which one runs at a time, and which one is settled by a plan: the same schedule gives the same history. The thread that runs settles it for all,
/// so that nothing here needs a lock of its own; handing over is what makes memory of one visible to the next. Handing over is also what costs: a thread of the
/// plan that nobody is in the middle of is run by the thread of the process that is free, so that only those that interrupt each other have one of their own.
/// </summary>
#pragma warning disable CA1001 // an event without its handle holds nothing, and the handle goes with it
public sealed class ControlledThreads : IThreadSchedule
{
    // A thread that nobody needs any more ends: there are as many of these as there are drivers in a test run.
    private static readonly TimeSpan idle = TimeSpan.FromSeconds(2);

    private readonly Worker[] workers;
    private readonly AutoResetEvent through = new(false);
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
        if (!Work(workers[0]))
            through.WaitOne();
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
        if (workers[next].HasBegun)
            workers[next].GoOn();
        else
            workers[next].BeginOnItsOwn();
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

    // To its end, and then those that nobody is in the middle of. True when all are through; else somebody else was told to go on.
    private bool Work(Worker me)
    {
        while (true)
        {
            me.HasBegun = true;
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
            if (Following() is not { } next)
                return true;
            current = next;
            me = workers[next];
            if (!me.HasBegun)
                continue;
            me.GoOn();
            return false;
        }
    }

    // One after the other, also when the schedule was given up: what a call leaves behind on its way out is not for two threads.
    private int? Following()
    {
        if (!isAbandoned && Next() is { } next)
            return next;
        var waiting = Array.FindIndex(workers, 0, count, worker => !worker.IsThrough);
        if (waiting < 0)
            return null;
        Abandon();
        return waiting;
    }

    private sealed class Worker(ControlledThreads owner, int index)
    {
        private readonly AutoResetEvent turn = new(false),
            begin = new(false);
        private readonly Lock life = new();
        private Thread? thread;

        public int Index => index;

        public string? WaitsFor { get; set; }

        public bool HasBegun { get; set; }

        public bool IsThrough { get; set; }

        public int Step { get; set; }

        public int Point { get; set; }

        public void Prepare() => (WaitsFor, HasBegun, IsThrough, Step, Point) = (null, false, false, -1, 0);

        public void GoOn() => turn.Set();

        public void Wait() => turn.WaitOne();

        public void BeginOnItsOwn()
        {
            lock (life)
            {
                begin.Set();
                if (thread is not null)
                    return;
                thread = new(Loop) { IsBackground = true, Name = $"thread {index + 1} of a plan" };
                thread.Start();
            }
        }

        private void Loop()
        {
            while (true)
            {
                if (!begin.WaitOne(idle))
                {
                    lock (life)
                    {
                        if (!begin.WaitOne(0))
                        {
                            thread = null;
                            return;
                        }
                    }
                }

                if (owner.Work(this))
                    owner.through.Set();
            }
        }
    }
}
