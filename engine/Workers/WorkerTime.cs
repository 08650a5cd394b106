namespace Conformance.Engine.Workers;

/// <summary>How long a worker could have run while it stood still.</summary>
internal interface IWorkerTime
{
    /// <summary>It stands still from now on.</summary>
    void Begin();

    /// <summary>How much of the time since then it could have run.</summary>
    /// <param name="passed">The time that has passed since then.</param>
    TimeSpan CouldRun(TimeSpan passed);

    /// <summary>Whether its heartbeat came since then. One that never had any has not begun.</summary>
    bool Beats { get; }

    /// <summary>Whether somebody stopped it (SIGSTOP).</summary>
    bool IsStopped { get; }
}

/// <summary>
/// Time as a worker has it. Two witnesses, and the lesser counts: a heartbeat in the worker (<see cref="Journal.Beat"/>), which does not come while the whole
/// process stands still or the machine is elsewhere; and the kernel's account of how long threads stood in a run queue (<see cref="ProcessTimes"/>), which
/// tells a call that computes among others that want the processor from one that waits for what never comes. Processes that the worker started count as it
/// does: a call may wait for one of them.
/// </summary>
/// <param name="journal">Where it beats.</param>
/// <param name="times">What the kernel says.</param>
internal sealed class WorkerTime(Journal journal, ProcessTimes times) : IWorkerTime
{
    // Nothing that a worker writes is trusted.
    private const long MostBeats = 1L << 32;
    private long first;

    public void Begin()
    {
        first = journal.Beats;
        times.Begin();
    }

    public TimeSpan CouldRun(TimeSpan passed)
    {
        var could = passed - times.Waited();
        // What has not begun to beat is judged by the kernel's account alone. One beat more: they began before it was looked.
        if (first > 0)
            could = Min(could, Journal.BeatPeriod * Math.Clamp(journal.Beats - first + 1, 1, MostBeats));
        return could < TimeSpan.Zero ? TimeSpan.Zero : could;
    }

    public bool Beats => first == 0 || journal.Beats > first;

    public bool IsStopped => times.State() is 'T' or 't';

    private static TimeSpan Min(TimeSpan one, TimeSpan other) => one < other ? one : other;
}
