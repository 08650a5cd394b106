using System.Diagnostics;
using System.Globalization;
using Conformance.Engine.Plans;

namespace Conformance.Engine.Workers;

/// <summary>What a search for a smaller plan that hangs or crashes came to.</summary>
/// <param name="Lost">The plan to show.</param>
/// <param name="Minimal">True when nothing can be left out.</param>
/// <param name="CutShort">Why the search ended early, or why the plan was not run again at all; null when neither is so.</param>
/// <param name="Repeats">How often the plan was lost alone, "0 of 2"; null when it was every time, or when it was not run again.</param>
public sealed record ShrunkLoss<TPlan>(LostPlan<TPlan> Lost, bool Minimal = false, string? CutShort = null, string? Repeats = null)
    where TPlan : class;

/// <summary>What a plan did alone in a fresh worker.</summary>
/// <param name="Lost">How it was lost; null when it came back, or did not run.</param>
/// <param name="NotRun">Why it did not run, or not so that anything can be told, as a phrase; null when it ran.</param>
public readonly record struct LossRun<TPlan>(LostPlan<TPlan>? Lost, string? NotRun = null)
    where TPlan : class;

/// <summary>
/// Runs plans again that hung or ended the worker, and makes them smaller: every run costs a process, so that there is a budget. A hang is run again in any
/// case, with the whole deadline: one that does not come again was none. Candidates have a short deadline; the smallest plan is confirmed once with the whole
/// one.
/// </summary>
/// <param name="language">What plans are made of.</param>
/// <param name="run">Runs a plan alone in a fresh worker with this deadline per call.</param>
/// <param name="deadline">The deadline of a call.</param>
/// <param name="slowest">How long the slowest call took that came back.</param>
/// <param name="budget">How long all searches together may take.</param>
public sealed class LossShrinker<TPlan>(
    IPlanLanguage<TPlan> language,
    Func<TPlan, TimeSpan, LossRun<TPlan>> run,
    TimeSpan deadline,
    TimeSpan slowest,
    TimeSpan budget
)
    where TPlan : class
{
    private const int Patience = 10;
    private static readonly TimeSpan least = TimeSpan.FromMilliseconds(250);
    private readonly IPlanLanguage<TPlan> language = language;
    private readonly Func<TPlan, TimeSpan, LossRun<TPlan>> run = run;
    private readonly TimeSpan deadline = deadline;
    private readonly TimeSpan slowest = slowest;
    private readonly TimeSpan budget = budget;
    private readonly Stopwatch clock = new();

    /// <summary>Looks for a smaller plan that hangs or crashes in the same way.</summary>
    /// <param name="found">The plan that the worker was running.</param>
    public ShrunkLoss<TPlan> Shrink(LostPlan<TPlan> found)
    {
        ArgumentNullException.ThrowIfNull(found);
        clock.Start();
        try
        {
            return language.Steps(found.Plan) > 0 && clock.Elapsed < budget ? new Search(this, found).Run()
                : found.Death.Kind == DeathKind.Hang ? new Search(this, found).Confirm(language.Steps(found.Plan) == 0 ? null : CutShort)
                : new(found, CutShort: language.Steps(found.Plan) == 0 ? null : CutShort);
        }
        finally
        {
            clock.Stop();
        }
    }

    private string CutShort => Unshrunk.For(budget);

    private sealed class Search(LossShrinker<TPlan> shrinker, LostPlan<TPlan> found)
    {
        private int ran;
        private int lost;
        private string? notRun;

        public ShrunkLoss<TPlan> Run()
        {
            var deadline = shrinker.deadline;
            var patience = Min(deadline, Max(least, shrinker.slowest * Patience));
            var last = Again(found.Plan, patience);
            if (last is null && notRun is null)
            {
                // Too short a deadline for it, or it does not fail alone: then a smaller plan means nothing.
                patience = deadline;
                last = Again(found.Plan, patience);
            }

            if (last is null)
                return Unrepeated();
            Minimiser.Minimise(
                shrinker.language,
                last.Plan,
                candidate =>
                {
                    if (shrinker.language.Steps(candidate) == 0 || notRun is not null || IsOver || Same(candidate, patience) is not { } smaller)
                        return null;
                    last = smaller;
                    return smaller.Plan;
                },
                int.MaxValue,
                out _
            );
            var cut =
                notRun is { } why ? $"the search for a shorter plan was cut short: {why}"
                : IsOver ? shrinker.CutShort
                : null;
            if (patience == deadline)
                return new(last, Minimal: cut is null, CutShort: cut);
            notRun = null;
            if (Same(last.Plan, deadline) is { } confirmed)
                return new(confirmed, Minimal: cut is null, CutShort: cut);
            // What is late by the short deadline was no hang yet: the plan that was found must hang by the whole one.
            (ran, lost) = (0, 0);
            return Confirm(
                notRun is null
                    ? "a shorter plan was only slow: it came back within the whole deadline"
                    : $"a shorter plan could not be confirmed with the whole deadline: {notRun}"
            );
        }

        // Runs the plan once more with the whole deadline.
        public ShrunkLoss<TPlan> Confirm(string? cutShort)
        {
            notRun = null;
            return Again(found.Plan, shrinker.deadline) is null ? Unrepeated() : new(found, CutShort: cutShort);
        }

        private bool IsOver => shrinker.clock.Elapsed >= shrinker.budget;

        private ShrunkLoss<TPlan> Unrepeated() =>
            notRun is { } why
                ? new(found, CutShort: $"the plan was not run again: {why}")
                : new(found, Repeats: string.Create(CultureInfo.InvariantCulture, $"{lost} of {ran}"));

        private LostPlan<TPlan>? Again(TPlan plan, TimeSpan patience)
        {
            var same = Same(plan, patience);
            if (notRun is null)
                ran++;
            if (same is not null)
                lost++;
            return same;
        }

        private LostPlan<TPlan>? Same(TPlan plan, TimeSpan patience)
        {
            var result = shrinker.run(plan, patience);
            notRun = result.NotRun;
            return result.Lost is { } again && again.HasSignatureOf(found)
                ? again with
                {
                    Death = again.Death.LastWords.Length > 0 ? again.Death : again.Death with { LastWords = found.Death.LastWords },
                }
                : null;
        }
    }

    private static TimeSpan Min(TimeSpan one, TimeSpan other) => one < other ? one : other;

    private static TimeSpan Max(TimeSpan one, TimeSpan other) => one > other ? one : other;
}
