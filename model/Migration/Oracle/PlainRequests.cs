using Conformance.Model.Migration.Device;
using Conformance.Model.Migration.Steps;
using Conformance.Model.Requirements;

namespace Conformance.Model.Migration.Oracle;

/// <summary>
/// What the oracle allows of the steps that nearly all plans are made of, worked out beforehand for a device: requests that take arcs while nothing unusual is
/// known, and GETs. It is what <see cref="MigrationOracle"/> says of them, kept; nothing is decided here.
/// </summary>
public sealed class PlainRequests
{
    private const int Pairs = 64;
    private const int Histories = 8;

    /// <summary>The largest number of a prepared outcome.</summary>
    public const int Most = OfGet;

    private const ushort OfGet = 1 + Pairs * Histories;

    private readonly Outcome[] taken = new Outcome[Pairs];
    private readonly Outcome[] interrupted = new Outcome[Pairs];
    private readonly byte[] outcomes = new byte[Pairs];
    private readonly Rules[] results = new Rules[Pairs * Histories];

    /// <summary>Works it out.</summary>
    internal PlainRequests(MigrationMachine machine)
    {
        var set = default(OutcomeSet);
        foreach (var from in States(machine))
        foreach (var to in States(machine))
        {
            var pair = Pair(from, to);
            if (from == DeviceState.Resuming || machine.Paths.Path(from, to).Arcs == 0)
                continue;
            for (var history = 0; history < Histories; history++)
            {
                var state = ModelState.Opened();
                state.States = StateSet.Of(from);
                state.Session = StateSet.Saving.Contains(from) ? SessionKind.Saving : SessionKind.None;
                state.HandleOpen = state.Session != SessionKind.None;
                state.Taken = (history & 1) != 0 ? ulong.MaxValue : 0;
                state.AfterReset = (history & 2) != 0;
                state.AfterReopen = (history & 4) != 0;
                set.Clear();
                MigrationOracle.AllowTransition(machine, state, Step.Set(to), machine.Paths.Path(from, to), ref set);
                results[pair * Histories + history] = set[0].Result;
            }

            outcomes[pair] = (byte)set.Count;
            taken[pair] = set[0];
            if (set.Count > 1)
                interrupted[pair] = set[1];
        }

        set.Clear();
        MigrationOracle.PrepareGet(machine, ref set);
        (Get, NoGet) = (set[0] with { Prepared = OfGet }, set[1]);
    }

    /// <summary>What a GET answers, but for the states and what says so.</summary>
    internal readonly Outcome Get;

    /// <summary>What it must not answer.</summary>
    internal readonly Outcome NoGet;

    /// <summary>Adds what a request may answer; false, and nothing, when the model knows of something unusual.</summary>
    internal bool TryAllow(PathTable paths, in ModelState state, DeviceState from, DeviceState to, ref OutcomeSet set)
    {
        var pair = Pair(from, to);
        if (outcomes[pair] == 0 || !IsPlain(state, from))
            return false;
        var history = ((paths.ArcsOf(from, to) & ~state.Taken) == 0 ? 1 : 0) | (state.AfterReset ? 2 : 0) | (state.AfterReopen ? 4 : 0);
        var known = pair * Histories + history;
        ref var outcome = ref set.Add(taken[pair]);
        outcome.Result = results[known];
        outcome.Prepared = (ushort)(1 + known);
        if (outcomes[pair] > 1)
            set.Add(interrupted[pair]);
        return true;
    }

    // What AllowTransition looks at besides the path and the history must be as it is in the states that the table was made with.
    private static bool IsPlain(in ModelState state, DeviceState from) =>
        !state.AfterFailure
        && state.FailingArc == 0
        && (state.SaveFailsAt | state.StoppedSaveFailsAt | state.NextSaveFailsAt) == 0
        && !state.Work.Has(WorkFlags.Stuck)
        && state.Phase != StreamPhase.TemporaryEnd
        && !state.Log.MayBeActive
        && (
            state.Session is SessionKind.Saving or SessionKind.Resuming
                ? state.HandleOpen
                : !(state.Session == SessionKind.None && StateSet.Saving.Contains(from))
        );

    private static int Pair(DeviceState from, DeviceState to) => (int)from * 8 + (int)to;

    private static IEnumerable<DeviceState> States(MigrationMachine machine)
    {
        for (var state = DeviceState.Stop; state <= DeviceState.PreCopyP2P; state++)
            if (machine.Paths.Supports(state))
                yield return state;
    }
}
