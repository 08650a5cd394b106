using Conformance.Model.Migration.Device;
using Conformance.Model.Migration.Oracle;
using Conformance.Model.Migration.Steps;

namespace Conformance.Engine.Migration;

/// <summary>Exhaustive search over (model state x step), so that a plan that fails is as short as one can be.</summary>
public static class BreadthFirst
{
    /// <summary>A plan for every step of the alphabet in every model state that the alphabet reaches, shortest plans first.</summary>
    /// <param name="machine">The device.</param>
    /// <param name="alphabet">The steps, in the order in which they are tried.</param>
    /// <param name="after">Steps that follow each plan and look at what it did.</param>
    /// <param name="depth">The longest way to a state, in steps.</param>
    /// <param name="from">The step from which on plans are given out; earlier ones only lead on. 0: all.</param>
    public static IEnumerable<Plan> Explore(MigrationMachine machine, IReadOnlyList<Step> alphabet, IReadOnlyList<Step> after, int depth, int from = 0)
    {
        var start = ModelState.Opened();
        var seen = new HashSet<Key> { Key.Of(start) };
        var open = new Queue<(ModelState State, Step[] Way)>([(start, [])]);
        while (open.TryDequeue(out var node))
            for (var i = 0; i < alphabet.Count; i++)
            {
                var step = alphabet[i];
                if (!node.State.HasPlaceFor(step))
                    continue;
                if (i >= from)
                    yield return new([.. node.Way, step, .. after]);
                var next = Simulation.Step(machine, node.State, step);
                if (next.States.Count == 1 && node.Way.Length < depth && seen.Add(Key.Of(next)))
                    open.Enqueue((next, [.. node.Way, step]));
            }
    }

    /// <summary>The shortest steps of the alphabet that lead to a model state, or null when there are none within the depth.</summary>
    public static Step[]? Route(MigrationMachine machine, IReadOnlyList<Step> alphabet, Func<ModelState, bool> goal, int depth = 8)
    {
        var start = ModelState.Opened();
        if (goal(start))
            return [];
        var seen = new HashSet<Key> { Key.Of(start) };
        var open = new Queue<(ModelState State, Step[] Way)>([(start, [])]);
        while (open.TryDequeue(out var node))
            foreach (var step in alphabet)
            {
                if (!node.State.HasPlaceFor(step))
                    continue;
                var next = Simulation.Step(machine, node.State, step);
                if (next.States.Count != 1 || node.Way.Length >= depth || !seen.Add(Key.Of(next)))
                    continue;
                Step[] way = [.. node.Way, step];
                if (goal(next))
                    return way;
                open.Enqueue((next, way));
            }

        return null;
    }

    // What tells model states apart for searching: not why something holds, nor how many bytes went by.
    private readonly record struct Key(
        StateSet States,
        SessionKind Session,
        StreamPhase Phase,
        bool HandleOpen,
        bool Stale,
        bool Closed,
        bool AfterFailure,
        bool HasImage,
        int Load,
        byte FailingArc
    )
    {
        public static Key Of(in ModelState state) =>
            new(
                state.States,
                state.Session,
                state.Phase,
                state.HandleOpen,
                state.Stale,
                state.Closed,
                state.AfterFailure,
                state.Latest.Length > 0,
                state.Session != SessionKind.Resuming || state.Written == 0 ? 0
                    : state.LoadIsComplete ? 2
                    : 1,
                state.FailingArc
            );
    }
}
