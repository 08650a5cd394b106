using System.Diagnostics;
using Conformance.Engine.Ledgers;
using Conformance.Engine.Plans;
using Conformance.Model.Migration.Steps;

namespace Conformance.Engine.Workers;

/// <summary>
/// Makes plans shorter that hang or end the worker: every candidate costs a process, so that there is a budget. Candidates have a short deadline; the shortest
/// plan is confirmed once with the whole one.
/// </summary>
/// <param name="run">Runs a plan alone in a fresh worker with this deadline per call: the hang or crash that it shows, or null.</param>
/// <param name="deadline">The deadline of a call.</param>
/// <param name="slowest">How long the slowest call took that came back.</param>
/// <param name="budget">How long all searches together may take.</param>
public sealed class LossShrinker(Func<Plan, TimeSpan, Finding?> run, TimeSpan deadline, TimeSpan slowest, TimeSpan budget)
{
    private const int Patience = 10;
    private static readonly TimeSpan least = TimeSpan.FromMilliseconds(250);
    private readonly Stopwatch clock = new();

    /// <summary>Looks for a shorter plan that hangs or crashes in the same way.</summary>
    /// <param name="found">A hang or a crash, with the plan that the worker was running.</param>
    public Finding Shrink(Finding found)
    {
        clock.Start();
        try
        {
            return found.Plan.Steps.Count == 0 ? found
                : clock.Elapsed >= budget ? found with { CutShort = CutShort }
                : Search(found);
        }
        finally
        {
            clock.Stop();
        }
    }

    private string CutShort =>
        FormattableString.Invariant($"the search for a shorter plan was cut short after {budget.TotalSeconds:0.###} s (--shrink-budget)");

    private Finding Search(Finding found)
    {
        var patience = Min(deadline, Max(least, slowest * Patience));
        var last = Same(found.Plan, patience);
        if (last is null)
        {
            // Too short a deadline for it, or it does not fail alone: then a shorter plan means nothing.
            patience = deadline;
            last = Same(found.Plan, patience);
            if (last is null)
                return found with { Repeats = "0 of 1" };
        }

        Minimiser.Minimise(
            last.Plan,
            candidate =>
            {
                if (candidate.Steps.Count == 0 || clock.Elapsed >= budget || Same(candidate, patience) is not { } shorter)
                    return null;
                last = shorter;
                return shorter.Plan;
            }
        );
        var cut = clock.Elapsed >= budget;
        if (patience < deadline)
            last = Same(last.Plan, deadline);
        return last is null
            ? found with
            {
                CutShort = "a shorter plan was only slow: it came back within the whole deadline",
            }
            : last with
            {
                Minimal = !cut,
                CutShort = cut ? CutShort : null,
            };

        Finding? Same(Plan plan, TimeSpan patience) =>
            run(plan, patience) is { } lost && lost.HasSignatureOf(found)
                ? lost with
                {
                    Campaign = found.Campaign,
                    LastWords = lost.LastWords.Length > 0 ? lost.LastWords : found.LastWords,
                }
                : null;
    }

    private static TimeSpan Min(TimeSpan one, TimeSpan other) => one < other ? one : other;

    private static TimeSpan Max(TimeSpan one, TimeSpan other) => one > other ? one : other;
}
