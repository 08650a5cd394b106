using Conformance.Model.Migration.Steps;

namespace Conformance.Engine.Plans;

/// <summary>
/// Makes a failing plan shorter without changing what it shows: chunks are left out, then single steps, then arguments are made simpler, then any two steps are left out
/// together, until nothing goes.
/// </summary>
public static class Minimiser
{
    /// <summary>Minimises a plan that was cut off behind its failing step.</summary>
    /// <param name="plan">The plan.</param>
    /// <param name="stillFails">Runs a candidate: the plan cut off behind its failing step when it shows the same, else null.</param>
    /// <returns>A plan of which no step can be left out, nor any two, as far as <paramref name="stillFails"/> can tell.</returns>
    public static Plan Minimise(Plan plan, Func<Plan, Plan?> stillFails)
    {
        var best = plan;
        bool progress;
        do
        {
            progress = false;
            for (var chunk = Math.Max(1, best.Steps.Count / 2); chunk >= 1; chunk /= 2)
            for (var start = Math.Max(0, best.Steps.Count - chunk); start >= 0; start -= chunk)
            {
                if (best.Steps.Count <= chunk || start + chunk > best.Steps.Count)
                    continue;
                if (stillFails(Without(best, start, chunk)) is not { } shorter)
                    continue;
                best = shorter;
                progress = true;
            }

            for (var at = 0; at < best.Steps.Count; at++)
                foreach (var simpler in StepTable.Simpler(best.Steps[at]))
                {
                    if (stillFails(With(best, at, simpler)) is not { } plain || plain.Steps.Count > best.Steps.Count)
                        continue;
                    best = plain;
                    progress = true;
                    break;
                }

            // Two steps may need each other: one leads somewhere, and the other leads back.
            for (var second = best.Steps.Count - 1; second > 0 && !progress; second--)
            for (var first = 0; first < second && best.Steps.Count > 2; first++)
            {
                if (stillFails(Without(Without(best, second, 1), first, 1)) is not { } shorter)
                    continue;
                best = shorter;
                progress = true;
                break;
            }
        } while (progress);
        return best;
    }

    private static Plan Without(Plan plan, int start, int count) => new([.. plan.Steps.Where((_, at) => at < start || at >= start + count)], plan.Unbound);

    private static Plan With(Plan plan, int at, Step step) => new([.. plan.Steps.Select((old, i) => i == at ? step : old)], plan.Unbound);
}
