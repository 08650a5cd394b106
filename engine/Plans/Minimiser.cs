namespace Conformance.Engine.Plans;

/// <summary>
/// Makes a failing plan smaller without changing what it shows (shrinking): chunks of steps are left out, then single steps, then what is left is made simpler
/// by the moves of its language, then any two steps are left out together, until nothing goes. The same plan gives the same result.
/// </summary>
public static class Minimiser
{
    /// <summary>Minimises a plan.</summary>
    /// <param name="language">What plans are made of.</param>
    /// <param name="plan">The plan, cut off behind its failing step.</param>
    /// <param name="stillFails">Runs a candidate: the plan cut off behind its failing step when it shows the same, else null.</param>
    /// <param name="candidates">The most candidates that are run.</param>
    /// <param name="minimal">True when no move goes any more, nor leaving out any step or any two; false when the candidates ran out.</param>
    public static TPlan Minimise<TPlan>(IPlanLanguage<TPlan> language, TPlan plan, Func<TPlan, TPlan?> stillFails, int candidates, out bool minimal)
        where TPlan : class
    {
        var search = new Search<TPlan>(language, plan, stillFails, candidates);
        while (search.Pass()) { }
        minimal = search.Left > 0;
        return search.Best;
    }

    private sealed class Search<TPlan>(IPlanLanguage<TPlan> language, TPlan plan, Func<TPlan, TPlan?> stillFails, int candidates)
        where TPlan : class
    {
        public TPlan Best { get; private set; } = plan;

        public int Left { get; private set; } = candidates;

        /// <summary>Tries everything once; false when nothing went.</summary>
        public bool Pass()
        {
            var progress = LeaveOutChunks();
            foreach (var move in language.Moves)
                progress |= Simplify(move);
            // Two steps may need each other: one leads somewhere, and the other leads back.
            return (progress || LeaveOutTwo()) && Left > 0;
        }

        private bool LeaveOutChunks()
        {
            var progress = false;
            for (var chunk = Math.Max(1, language.Steps(Best) / 2); chunk >= 1; chunk /= 2)
            for (var start = Math.Max(0, language.Steps(Best) - chunk); start >= 0; start -= chunk)
            {
                var steps = language.Steps(Best);
                if (start + chunk <= steps && steps > chunk)
                    progress |= Try(language.Without(Best, start, chunk));
            }

            return progress;
        }

        // A move that went is tried in the same place again: what stands there now is something else.
        private bool Simplify(Func<TPlan, int, TPlan?> move)
        {
            var progress = false;
            for (var place = 0; move(Best, place) is { } candidate; )
            {
                if (ReferenceEquals(candidate, Best) || !Try(candidate))
                    place++;
                else
                    progress = true;
            }

            return progress;
        }

        private bool LeaveOutTwo()
        {
            for (var second = language.Steps(Best) - 1; second > 0; second--)
            for (var first = 0; first < second && language.Steps(Best) > 2; first++)
                if (Try(language.Without(language.Without(Best, second, 1), first, 1)))
                    return true;
            return false;
        }

        private bool Try(TPlan candidate)
        {
            if (Left <= 0)
                return false;
            Left--;
            if (stillFails(candidate) is not { } smaller || language.Steps(smaller) > language.Steps(Best))
                return false;
            Best = smaller;
            return true;
        }
    }
}
