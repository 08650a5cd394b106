using Conformance.Model.Migration.Steps;

namespace Conformance.Engine.Migration;

/// <summary>
/// What makes a plan with threads simpler: fewer threads, fewer changes between them, earlier ones. A schedule names steps, so that it keeps its meaning when
/// others are left out.
/// </summary>
internal static class ThreadMoves
{
    private const int MovesPerStep = 3;

    /// <summary>The plan without some steps, and without the changes of threads in them.</summary>
    internal static Plan Without(Plan plan, int first, int count) =>
        Arranged(plan, [.. Enumerable.Range(0, plan.Steps.Count).Where(at => at < first || at >= first + count)], _ => null);

    /// <summary>One step before the threads instead of in one, or behind them, or in the thread before.</summary>
    internal static Plan? FewerThreads(Plan plan, int place)
    {
        var at = place / MovesPerStep;
        if (!plan.IsConcurrent || at >= plan.Steps.Count)
            return null;
        if (plan.Steps[at].Thread == 0)
            return plan;
        var others = Enumerable.Range(0, plan.Steps.Count).Where(other => other != at).ToList();
        switch (place % MovesPerStep)
        {
            case 0:
                return Arranged(plan, [.. others.Take(plan.Before), at, .. others.Skip(plan.Before)], Alone);
            case 1:
                var last = others.FindLastIndex(other => plan.Steps[other].Thread != 0) + 1;
                return Arranged(plan, [.. others.Take(last), at, .. others.Skip(last)], Alone);
            default:
                return plan.Steps[at].Thread == 1
                    ? plan
                    : Arranged(plan, [.. Enumerable.Range(0, plan.Steps.Count)], index => index == at ? (byte)(plan.Steps[at].Thread - 1) : null);
        }

        byte? Alone(int index) => index == at ? 0 : null;
    }

    /// <summary>One change of threads less.</summary>
    internal static Plan? FewerSwitches(Plan plan, int place) =>
        place >= plan.Schedule.Count ? null : new([.. plan.Steps], plan.Unbound, [.. plan.Schedule.Where((_, at) => at != place)]);

    /// <summary>A change of threads one point earlier.</summary>
    internal static Plan? EarlierSwitch(Plan plan, int place) =>
        place >= plan.Schedule.Count ? null
        : plan.Schedule[place].Point == 0 ? plan
        : new(
            [.. plan.Steps],
            plan.Unbound,
            [.. plan.Schedule.Select((change, at) => at == place ? change with { Point = (byte)(change.Point - 1) } : change)]
        );

    /// <summary>The plans of one thread, one for each order in which the calls of all threads may come.</summary>
    internal static IEnumerable<Plan> Orders(Plan plan)
    {
        int[] before = [.. Enumerable.Range(0, plan.Before)],
            beside = [.. Enumerable.Range(0, plan.Steps.Count).Where(index => plan.Steps[index].Thread != 0)],
            behind = [.. Enumerable.Range(plan.Before, plan.Steps.Count - plan.Before).Where(index => plan.Steps[index].Thread == 0)];
        return Orders(plan, beside)
            .Select(order => new Plan([.. ((IEnumerable<int>)[.. before, .. order, .. behind]).Select(index => plan.Steps[index].By(0))], plan.Unbound));
    }

    // Calls of one thread keep theirs.
    private static IEnumerable<int[]> Orders(Plan plan, int[] left)
    {
        if (left.Length == 0)
            yield return [];
        foreach (var first in left)
            if (left.First(index => plan.Steps[index].Thread == plan.Steps[first].Thread) == first)
                foreach (var rest in Orders(plan, [.. left.Where(index => index != first)]))
                    yield return [first, .. rest];
    }

    private static Plan Arranged(Plan plan, int[] order, Func<int, byte?> thread)
    {
        var steps = order.Select(index => plan.Steps[index] with { Thread = thread(index) ?? plan.Steps[index].Thread }).ToArray();
        if (!plan.IsConcurrent)
            return new(steps, plan.Unbound);
        // Threads are numbered without gaps: which number one has says nothing but who begins.
        byte[] threads = [.. steps.Select(step => step.Thread).Where(number => number != 0).Distinct().Order()];
        byte Number(byte old) => old == 0 ? (byte)0 : (byte)(Array.IndexOf(threads, old) + 1);
        var schedule = plan
            .Schedule.Select(change => (change, At: Array.IndexOf(order, change.Step), To: Number(change.To)))
            .Where(moved => moved.At >= 0 && moved.To != 0 && steps[moved.At].Thread != 0)
            .Select(moved => new Switch((byte)moved.At, moved.change.Point, moved.To));
        return new([.. steps.Select(step => step with { Thread = Number(step.Thread) })], plan.Unbound, [.. schedule]);
    }
}
