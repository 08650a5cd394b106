using System.Diagnostics;
using Conformance.Engine.Plans;

namespace Conformance.Engine.Workers;

/// <summary>What a search for a smaller plan that hangs or crashes came to.</summary>
/// <param name="Lost">The plan to show.</param>
/// <param name="Minimal">True when nothing can be left out.</param>
/// <param name="CutShort">Why the search ended early; null when it did not.</param>
/// <param name="Repeats">How often the plan failed alone; null when it did every time.</param>
public sealed record ShrunkLoss<TPlan>(LostPlan<TPlan> Lost, bool Minimal = false, string? CutShort = null, string? Repeats = null)
    where TPlan : class;

/// <summary>
/// Makes plans smaller that hang or end the worker: every candidate costs a process, so that there is a budget. Candidates have a short deadline; the smallest
/// plan is confirmed once with the whole one.
/// </summary>
/// <param name="language">What plans are made of.</param>
/// <param name="run">Runs a plan alone in a fresh worker with this deadline per call: how it is lost, or null.</param>
/// <param name="deadline">The deadline of a call.</param>
/// <param name="slowest">How long the slowest call took that came back.</param>
/// <param name="budget">How long all searches together may take.</param>
public sealed class LossShrinker<TPlan>(
    IPlanLanguage<TPlan> language,
    Func<TPlan, TimeSpan, LostPlan<TPlan>?> run,
    TimeSpan deadline,
    TimeSpan slowest,
    TimeSpan budget
)
    where TPlan : class
{
    private const int Patience = 10;
    private static readonly TimeSpan least = TimeSpan.FromMilliseconds(250);
    private readonly Stopwatch clock = new();

    /// <summary>Looks for a smaller plan that hangs or crashes in the same way.</summary>
    /// <param name="found">The plan that the worker was running.</param>
    public ShrunkLoss<TPlan> Shrink(LostPlan<TPlan> found)
    {
        clock.Start();
        try
        {
            return language.Steps(found.Plan) == 0 ? new(found)
                : clock.Elapsed >= budget ? new(found, CutShort: CutShort)
                : Search(found);
        }
        finally
        {
            clock.Stop();
        }
    }

    private string CutShort =>
        FormattableString.Invariant($"the search for a shorter plan was cut short after {budget.TotalSeconds:0.###} s (--shrink-budget)");

    private ShrunkLoss<TPlan> Search(LostPlan<TPlan> found)
    {
        var patience = Min(deadline, Max(least, slowest * Patience));
        var last = Same(found.Plan, patience);
        if (last is null)
        {
            // Too short a deadline for it, or it does not fail alone: then a smaller plan means nothing.
            patience = deadline;
            last = Same(found.Plan, patience);
            if (last is null)
                return new(found, Repeats: "0 of 1");
        }

        Minimiser.Minimise(
            language,
            last.Plan,
            candidate =>
            {
                if (language.Steps(candidate) == 0 || clock.Elapsed >= budget || Same(candidate, patience) is not { } smaller)
                    return null;
                last = smaller;
                return smaller.Plan;
            },
            int.MaxValue,
            out _
        );
        var cut = clock.Elapsed >= budget;
        if (patience < deadline)
            last = Same(last.Plan, deadline);
        return last is null
            ? new(found, CutShort: "a shorter plan was only slow: it came back within the whole deadline")
            : new(last, Minimal: !cut, CutShort: cut ? CutShort : null);

        LostPlan<TPlan>? Same(TPlan plan, TimeSpan patience) =>
            run(plan, patience) is { } lost && lost.HasSignatureOf(found)
                ? lost with
                {
                    Death = lost.Death.LastWords.Length > 0 ? lost.Death : lost.Death with { LastWords = found.Death.LastWords },
                }
                : null;
    }

    private static TimeSpan Min(TimeSpan one, TimeSpan other) => one < other ? one : other;

    private static TimeSpan Max(TimeSpan one, TimeSpan other) => one > other ? one : other;
}
