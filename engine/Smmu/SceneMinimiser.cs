namespace Conformance.Engine.Smmu;

/// <summary>
/// Makes a failing scene smaller without changing what it shows: steps, commands, streams, contexts, leaves and fields are left out, what is left gets its plain
/// value, until no single move goes any more. The same scene gives the same result.
/// </summary>
public static class SceneMinimiser
{
    /// <summary>Minimises a scene.</summary>
    /// <param name="scene">The scene.</param>
    /// <param name="stillFails">Runs a candidate: the step at which it shows the same; null when it shows something else or nothing.</param>
    /// <param name="tries">The most candidates that are run.</param>
    /// <param name="minimal">True when no move goes any more; false when the tries ran out.</param>
    public static Scene Minimise(Scene scene, Func<Scene, int?> stillFails, int tries, out bool minimal)
    {
        var best = scene;
        var left = tries;
        bool progress;
        do
        {
            progress = Shorten(ref best, stillFails, ref left);
            foreach (var move in SceneMoves.All)
            {
                // A move that went is tried in the same place again: what stands there now is something else.
                for (var place = 0; left > 0; )
                {
                    var candidate = move(best, place);
                    if (candidate is null)
                        break;
                    if (ReferenceEquals(candidate, best) || !Try(candidate, ref best, stillFails, ref left))
                        place++;
                    else
                        progress = true;
                }
            }
        } while (progress && left > 0);
        minimal = left > 0;
        return best;
    }

    private static bool Try(Scene candidate, ref Scene best, Func<Scene, int?> stillFails, ref int left)
    {
        left--;
        if (stillFails(candidate) is not { } step)
            return false;
        best = step + 1 < candidate.Steps.Length && step >= 0 ? candidate with { Steps = candidate.Steps[..(step + 1)] } : candidate;
        return true;
    }

    private static bool Shorten(ref Scene best, Func<Scene, int?> stillFails, ref int left)
    {
        var progress = false;
        for (var chunk = Math.Max(1, best.Steps.Length / 2); chunk >= 1; chunk /= 2)
        {
            for (var start = best.Steps.Length - chunk; start >= 0 && left > 0; start -= chunk)
            {
                if (start + chunk > best.Steps.Length)
                    continue;
                progress |= Try(best with { Steps = best.Steps.RemoveRange(start, chunk) }, ref best, stillFails, ref left);
            }
        }

        return progress;
    }
}
