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

    /// <summary>How long one call into the driver may take, of the time in which the worker could run.</summary>
    public TimeSpan CallDeadline { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>
    /// How long the worker may take without any call, which is longer than a guest may take to boot: a mistake of the kit, not of the driver, ends there.
    /// </summary>
    public TimeSpan IdleDeadline { get; init; } = TimeSpan.FromMinutes(10);

    /// <summary>How often the supervisor looks.</summary>
    public TimeSpan Poll { get; init; } = TimeSpan.FromMilliseconds(20);

    /// <summary>How long a worker may take to report what it found when the run is stopped.</summary>
    public TimeSpan StopPatience { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>How long a worker may take to end when it has reported all: what it still lets go of is not judged any more.</summary>
    public TimeSpan EndPatience { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>
    /// How long a worker may stand still as a whole, beside five deadlines, before the run goes on without it: one that was stopped, or that gets no time. That
    /// says nothing about the driver.
    /// </summary>
    public TimeSpan StandstillPatience { get; init; } = TimeSpan.FromMinutes(1);

    /// <summary>How the time is told that a worker could run; null for the real one.</summary>
    internal Func<Journal, int, IWorkerTime>? Time { get; init; }

    /// <summary>What deadlines are measured with.</summary>
    public TimeProvider Clock { get; init; } = TimeProvider.System;

    /// <summary>Which hang or crash, in which campaign, ends the job: no worker begins after it. Null when none does.</summary>
    public Func<WorkerDeath, string, bool>? EndsAt { get; init; }

    /// <summary>After so many hangs and crashes a campaign is abandoned.</summary>
    public int MaxDeaths { get; init; } = 3;
}
