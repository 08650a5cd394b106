namespace Conformance.Model.Migration.Steps;

/// <summary>
/// A list of steps: what is generated, run, shortened, stored and replayed. Steps with a <see cref="Step.Thread"/> overlap: those before the first of them come
/// first, then all threads begin, and when they are through the other steps follow.
/// </summary>
/// <param name="steps">The steps, at least one.</param>
/// <param name="unbound">True when the device is opened without the access that BIND_IOMMUFD grants (ABI-18).</param>
/// <param name="schedule">Which thread goes on where; null when there is one only.</param>
public sealed class Plan(IReadOnlyList<Step> steps, bool unbound = false, IReadOnlyList<Switch>? schedule = null)
{
    /// <summary>The most steps of a plan with threads that do not overlap: with more, no search for an order is needed to see what is wrong.</summary>
    public const int MostSequential = 10;

    /// <summary>
    /// The most steps of all threads together: 5 calls have 120 orders, each of which may have to be tried, and more calls than these show little else
    /// (CsCheck has the same bounds).
    /// </summary>
    public const int MostParallel = 5;

    /// <summary>The most threads.</summary>
    public const int MostThreads = 4;

    private readonly Step[] steps = steps as Step[] ?? [.. steps];

    /// <summary>A plan of these steps.</summary>
    public static Plan Of(params Step[] steps) => new(steps);

    /// <summary>The steps.</summary>
    public IReadOnlyList<Step> Steps => steps;

    /// <summary>The steps, for loops in which the interface of a list would cost more than the step.</summary>
    public ReadOnlySpan<Step> AsSpan() => steps;

    /// <summary>True when the device is opened without access.</summary>
    public bool Unbound { get; } = unbound;

    /// <summary>Which thread goes on where.</summary>
    public IReadOnlyList<Switch> Schedule { get; } = schedule ?? [];

    /// <summary>How many steps come before the threads begin: all of them when there are none.</summary>
    public int Before { get; } = FirstOfThread(steps);

    /// <summary>True when a step is done to the peer, so that there must be one.</summary>
    public bool UsesPeer { get; } = steps.Any(step => step.Device != 0);

    /// <summary>True when steps overlap.</summary>
    public bool IsConcurrent => Before < steps.Length;

    /// <summary>The steps in words, separated by semicolons.</summary>
    public override string ToString() =>
        (Unbound ? "open without access; " : "") + string.Join("; ", [.. Steps.Select(step => step.ToString()), .. Schedule.Select(Say)]);

    /// <summary>A change of threads in words.</summary>
    public string Say(Switch change) =>
        change.Step >= steps.Length ? $"(thread {change.To} goes on in a step that is not there)"
        : change.Point == 0 ? $"(thread {change.To} goes on before {steps[change.Step].By(0)} of thread {steps[change.Step].Thread})"
        : $"(thread {change.To} goes on in the middle of {steps[change.Step].By(0)} of thread {steps[change.Step].Thread}, at its point {change.Point})";

    private static int FirstOfThread(IReadOnlyList<Step> steps)
    {
        for (var at = 0; at < steps.Count; at++)
            if (steps[at].Thread != 0)
                return at;
        return steps.Count;
    }
}
