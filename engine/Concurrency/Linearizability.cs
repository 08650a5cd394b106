using System.Numerics;
using Conformance.Engine.Judging;
using Conformance.Model.Migration.Device;
using Conformance.Model.Migration.Oracle;
using Conformance.Model.Migration.Steps;
using Conformance.Model.Requirements;

namespace Conformance.Engine.Concurrency;

/// <summary>Where the search for an order came to its end.</summary>
/// <param name="Call">The call that can be put nowhere, by its place in the history.</param>
/// <param name="Order">The calls that have an order without it, in that order; the longest there is.</param>
/// <param name="Judgement">In which respect it fails behind them.</param>
/// <param name="Expected">What it may give, in words: behind them, and behind other orders.</param>
public sealed record NoOrder(int Call, IReadOnlyList<int> Order, Judgement Judgement, IReadOnlyList<string> Expected);

/// <summary>
/// Looks for an order of the calls of a history in which each gives what the oracle allows, and in which none comes behind one that began after it had come
/// back (Herlihy and Wing). The search is that of Wing and Gong, and remembers where it was: the calls that were placed, the model behind them, and the session
/// that lives. The oracle may allow several outcomes of one call, and each is followed.
/// </summary>
/// <param name="machine">The device.</param>
public sealed class Linearizability(MigrationMachine machine)
{
    private readonly HashSet<Node> seen = [];
    private readonly List<int> order = [];
    private readonly List<int> deepest = [];
    private readonly List<(int Call, Judgement Judgement, string Expected)> failures = [];
    private Call[] calls = [];
    private uint[] before = [];
    private ReadOnlyMemory<byte> image;
    private int depth;

    private readonly record struct Node(uint Placed, int Session, ModelState State);

    /// <summary>Searches; null when there is an order.</summary>
    /// <param name="start">The model before the first call.</param>
    /// <param name="history">The calls.</param>
    /// <param name="saved">The bytes of the image that <paramref name="start"/> calls the latest; empty when they are not kept.</param>
    public NoOrder? Search(in ModelState start, Call[] history, ReadOnlyMemory<byte> saved)
    {
        (calls, image, depth) = (history, saved, -1);
        before = [.. Enumerable.Range(0, history.Length).Select(MustComeBefore)];
        seen.Clear();
        order.Clear();
        deepest.Clear();
        failures.Clear();
        if (Place(0, start, start.HandleOpen ? Call.FirstSession : Call.NoSession))
            return null;
        // The one that came back first: what began later can only have seen what it did.
        var blamed = failures.MinBy(failure => history[failure.Call].Returned);
        return new(
            blamed.Call,
            [.. deepest],
            blamed.Judgement,
            [.. failures.Where(failure => failure.Call == blamed.Call).Select(failure => failure.Expected).Where(text => text.Length > 0).Distinct()]
        );
    }

    private uint MustComeBefore(int later)
    {
        var mask = 0u;
        for (var earlier = 0; earlier < calls.Length; earlier++)
            if (ComesBefore(calls[earlier], calls[later]) && !IsStillToCome(calls[earlier], calls[later]))
                mask |= 1u << earlier;
        return mask;
    }

    // Times of a clock may be alike: that puts nothing before anything else, but calls of one thread.
    private static bool ComesBefore(in Call earlier, in Call later) =>
        earlier.Returned < later.Called || (earlier.IsOfThread(later) && earlier.Index < later.Index && earlier.Returned <= later.Called);

    // A reset that met a call which needs the state is done at the end of that call; what does not need the state may see the device before it (MIG-ERR-05).
    private bool IsStillToCome(in Call reset, in Call later)
    {
        if (reset.Step.Kind != StepKind.Reset || !MigrationOracle.MayComeBeforeDeferredReset(later.Step.Kind))
            return false;
        foreach (ref readonly var call in calls.AsSpan())
            if (MigrationOracle.MayDeferReset(call.Step.Kind) && call.Overlaps(reset) && call.Returned > later.Called)
                return true;
        return false;
    }

    private bool Place(uint placed, in ModelState state, int session)
    {
        if (BitOperations.PopCount(placed) == calls.Length)
            return true;
        if (!seen.Add(new(placed, session, state)))
            return false;
        for (var next = 0; next < calls.Length; next++)
        {
            if ((placed & 1u << next) != 0 || (before[next] & ~placed) != 0)
                continue;
            order.Add(next);
            if (PlaceNext(placed, state, session, next))
                return true;
            order.RemoveAt(order.Count - 1);
        }

        return false;
    }

    private bool PlaceNext(uint placed, in ModelState state, int session, int next)
    {
        ref readonly var call = ref calls[next];
        var isLive = call.Session == session && session != Call.NoSession && state.HandleOpen;
        if (MigrationOracle.IsOnSession(call.Step.Kind) && !isLive)
            return PlaceOnEnded(placed, state, session, next);
        if (call.Step.Kind == StepKind.Write && call.Offset != state.Written)
            return PlaceOutOfOrder(placed, state, session, next);
        var outcomes = default(OutcomeSet);
        MigrationOracle.Allowed(machine, state, call.Step, ref outcomes);
        if (call.Step.Kind == StepKind.SetState && IsOvertaken(placed, call))
            MigrationOracle.AllowOvertaken(machine, state, call.Step, ref outcomes);
        if (outcomes.Count == 0)
            return Go(placed, state, session, next, default);
        var isPossible = false;
        for (var i = 0; i < outcomes.Count; i++)
        {
            if (!MigrationOracle.Meets(machine, state, call.Step, call.Seen, outcomes[i]))
                continue;
            if (call.Step.Kind == StepKind.Read && IsWrongPiece(state, call))
            {
                var right = FormattableString.Invariant($"success, the bytes that stand in the stream from {state.Read} on, of which it has {image.Length}");
                Fail(next, new(DivergenceKind.Content, Rules.Of(RequirementId.MIG_FD_08), i), right);
                return false;
            }

            isPossible = true;
            if (Go(placed, state, session, next, outcomes[i]))
                return true;
        }

        if (!isPossible && IsAdvisedAgainst(state, call, outcomes, out var advised))
            return Go(placed, state, session, next, advised);
        if (!isPossible)
            Fail(next, MigrationOracle.Compare(machine, state, call.Step, call.Seen, outcomes), Describe(call.Step, outcomes));
        return false;
    }

    // Where the threads are real, what only a SHOULD speaks against is believed: it is asked where nothing overlaps, and what follows can still be looked at.
    private bool IsAdvisedAgainst(in ModelState state, in Call call, in OutcomeSet outcomes, out Outcome believed)
    {
        believed = default;
        if (machine.Can(ChannelCapabilities.Interleaving))
            return false;
        var judgement = MigrationOracle.Compare(machine, state, call.Step, call.Seen, outcomes);
        if (judgement.Agrees || !Strengths.IsWarning(judgement.Rules))
            return false;
        if (judgement.Outcome >= 0)
            believed = outcomes[judgement.Outcome];
        return true;
    }

    private bool Go(uint placed, in ModelState state, int session, int next, in Outcome outcome)
    {
        ref readonly var call = ref calls[next];
        var after = MigrationOracle.Next(machine, state, call.Step, call.Seen, outcome);
        var live =
            call.Step.Kind == StepKind.SetState && outcome.Effect == SessionEffect.Begin && call.Seen.Errno == 0 ? next
            : after.HandleOpen ? session
            : Call.NoSession;
        return Place(placed | 1u << next, after, live);
    }

    // Whatever became of that session, it must not give anything any more.
    private bool PlaceOnEnded(uint placed, in ModelState state, int session, int next)
    {
        ref readonly var call = ref calls[next];
        var step = new Step(StepKind.StaleRead, call.Step.A);
        var outcomes = default(OutcomeSet);
        MigrationOracle.Allowed(machine, state, step, ref outcomes);
        if (outcomes.Count > 0)
        {
            var judgement = MigrationOracle.Compare(machine, state, step, call.Seen, outcomes);
            if (!judgement.Agrees)
            {
                Fail(next, judgement, Describe(step, outcomes));
                return false;
            }
        }

        return Place(placed | 1u << next, state, session);
    }

    // Two threads wrote, and the later piece came first: nobody knows what the device makes of it, but it takes no more than it was given.
    private bool PlaceOutOfOrder(uint placed, in ModelState state, int session, int next)
    {
        var after = state;
        after.Session = SessionKind.Unknown;
        after.Content = 0;
        return Place(placed | 1u << next, after, session);
    }

    private bool IsOvertaken(uint placed, in Call call)
    {
        for (var other = 0; other < calls.Length; other++)
            if (calls[other].Step.Kind == StepKind.Reset && (placed & 1u << other) == 0 && calls[other].Overlaps(call))
                return true;
        return false;
    }

    // The stream is known when the same stopped device was saved whole before. Pieces that were read at once may be woven into each other (MIG-FD-33), so only
    // a read alone must give the next bytes; but no bytes may come from behind the end.
    private bool IsWrongPiece(in ModelState state, in Call call)
    {
        if (
            !machine.Traits.DeterministicStream
            || !state.Direct
            || state.StoppedHash == 0
            || image.Length == 0
            || (ulong)image.Length != state.Latest.Length
            || call.Seen.Errno != 0
        )
            return false;
        if (call.Seen.Value > (ulong)image.Length || state.Read > (ulong)image.Length - call.Seen.Value)
            return true;
        foreach (ref readonly var other in calls.AsSpan())
            if (MigrationOracle.IsTransfer(other.Step.Kind) && other.Index != call.Index && other.Overlaps(call))
                return false;
        return !image.Span.Slice((int)state.Read, (int)call.Seen.Value).SequenceEqual(call.Bytes.Span);
    }

    private void Fail(int next, Judgement judgement, string expected)
    {
        var length = order.Count - 1;
        if (length > depth)
        {
            depth = length;
            failures.Clear();
            deepest.Clear();
            deepest.AddRange(order.Take(length));
        }

        if (length == depth)
            failures.Add((next, judgement, expected));
    }

    private static string Describe(in Step step, in OutcomeSet outcomes)
    {
        var words = new List<string>();
        for (var i = 0; i < outcomes.Count; i++)
            if (outcomes[i].Grade == Grade.Allowed)
                words.Add(outcomes[i].Describe(step));
        return string.Join(", or ", words);
    }
}
