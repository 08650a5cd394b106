#pragma warning disable CA1001 // the device that stands in for another one holds nothing

using Conformance.Engine.Concurrency;
using Conformance.Engine.Judging;
using Conformance.Engine.Workers;
using Conformance.Model.Migration.Device;
using Conformance.Model.Migration.Oracle;
using Conformance.Model.Migration.Steps;
using Conformance.Model.Requirements;

namespace Conformance.Engine.Migration;

/// <summary>
/// Runs the part of a plan in which calls overlap, and what follows it, and looks for an order of them all. Which thread goes on where is the plan's, so that
/// the same plan gives the same history on a driver in this process. Where nobody can say that, real threads make the calls.
/// </summary>
/// <param name="machine">The device.</param>
/// <param name="journal">Where each call is noted.</param>
/// <param name="imageLimit">The most bytes that are taken from one session.</param>
internal sealed partial class ConcurrentRunner(MigrationMachine machine, IJournal journal, long imageLimit)
{
    private const int MostCalls = Plan.MostParallel + Plan.MostSequential;

    private readonly ControlledThreads threads = new();
    private readonly Linearizability search = new(machine);
    private readonly StepRunner[] runners = [.. Enumerable.Range(0, Plan.MostThreads + 1).Select(_ => new StepRunner(journal, imageLimit))];
    private readonly Call[] calls = new Call[MostCalls];
    private readonly int[] begun = new int[Plan.MostThreads + 1];
    private Plan plan = new([]);
    private ModelState start;
    private int count,
        clock,
        handle,
        session;
    private ulong written;

    /// <summary>The step that began last, by its index.</summary>
    public int At { get; private set; }

    /// <summary>The calls of the plan that was run last, by the indices of their steps.</summary>
    public IEnumerable<Call> Calls => calls.Take(count).OrderBy(call => call.Index);

    /// <summary>Switch points that the plan that was run last went through.</summary>
    public int Points => threads.Points;

    /// <summary>Runs it.</summary>
    /// <param name="whole">The plan. What comes before the threads was done.</param>
    /// <param name="device">The device.</param>
    /// <param name="state">The model behind what was done.</param>
    /// <param name="done">Who did it.</param>
    /// <param name="ledger">What is counted.</param>
    /// <returns>Where the device parts from the contract; null when there is an order, without the trace of what was done before.</returns>
    public PlanDivergence? Run(Plan whole, IMigrationDevice device, in ModelState state, StepRunner done, Ledger ledger)
    {
        (plan, start, count, clock) = (whole, state, 0, 0);
        (handle, session, written) = (
            state.HandleOpen ? done.Live : -1,
            state.HandleOpen ? Call.FirstSession : Call.NoSession,
            state.Session == SessionKind.Resuming ? state.Written : 0
        );
        foreach (var runner in runners)
            runner.Begin(device, done);
        if (!device.Control(threads))
            throw new InvalidOperationException("calls on this device cannot be interleaved: the plan should have been refused");
        try
        {
            threads.Run(Threads(whole), whole.Schedule, RunThread);
        }
        finally
        {
            device.Control(null);
        }

        if (threads.Deadlock.Count == 0)
            for (var index = whole.Before; index < whole.Steps.Count; index++)
                if (whole.Steps[index].Thread == 0)
                    Do(runners[0], index, ledger: ledger);
        for (var index = 0; index < count; index++)
            ledger.CountStep((byte)calls[index].Step.Kind, isLeftOut: false);
        ledger.Steps += count;
        if (threads.Deadlock.Count > 0)
            return OfDeadlock();
        if (search.Search(start, calls[..count], done.Saved(start.Latest.Length)) is { } none)
            return Of(none);
        CountOverlaps(ledger);
        return null;
    }

    /// <summary>Orders in which the steps could have been done by one thread: the index of each step of the plan.</summary>
    public IEnumerable<int[]> SerialOrders()
    {
        int[] before = [.. Enumerable.Range(0, plan.Before)],
            after = [.. Enumerable.Range(plan.Before, plan.Steps.Count - plan.Before).Where(index => plan.Steps[index].Thread == 0)];
        var parallel = calls.Take(count).Where(call => call.Step.Thread != 0).ToList();
        IEnumerable<IEnumerable<Call>> orders =
        [
            parallel.OrderBy(call => call.Called),
            parallel.OrderBy(call => call.Returned),
            parallel.OrderBy(call => call.Step.Thread).ThenBy(call => call.Called),
            parallel.OrderByDescending(call => call.Step.Thread).ThenBy(call => call.Called),
        ];
        return orders
            .Select(order => order.Select(call => call.Index).ToArray())
            .DistinctBy(order => string.Join(',', order))
            .Select(order => (int[])[.. before, .. order, .. after]);
    }

    /// <summary>What the calls gave, with the times at which they began and came back as a bar.</summary>
    /// <param name="failing">The index of the step that shows a difference: what follows all of it is left out.</param>
    public IEnumerable<StepTrace> Trace(int failing = int.MaxValue)
    {
        var shown = Calls.Where(call => call.Step.Thread != 0 || call.Index <= failing).ToList();
        var end = shown.Count == 0 ? 0 : shown.Max(call => call.Returned == int.MaxValue ? clock : call.Returned + 1);
        return shown.Select(call => new StepTrace(call.Step, Say(call, end)));
    }

    /// <summary>How many threads a plan has.</summary>
    public static int Threads(Plan plan)
    {
        var most = 0;
        foreach (ref readonly var step in plan.AsSpan())
            most = Math.Max(most, step.Thread);
        return most;
    }

    private void RunThread(int thread)
    {
        for (var index = plan.Before; index < plan.Steps.Count; index++)
        {
            if (plan.Steps[index].Thread != thread)
                continue;
            begun[thread] = index;
            threads.Begin(index);
            Do(runners[thread], index);
        }
    }

    private void Do(StepRunner runner, int index, Ledger? ledger = null)
    {
        var step = plan.Steps[index];
        At = index;
        var isOnSession = MigrationOracle.IsOnSession(step.Kind);
        var offset = written;
        // There is no descriptor yet, or nothing is left to write: the step makes no sense where it stands.
        if ((isOnSession && handle < 0) || (step.Kind == StepKind.Write && !runner.HasMore((Images)step.B, offset)))
        {
            ledger?.CountStep((byte)step.Kind, isLeftOut: true);
            return;
        }

        var place = count++;
        calls[place] = new()
        {
            Index = index,
            Step = step,
            Called = clock++,
            Returned = int.MaxValue,
            Session = isOnSession ? session : Call.NoSession,
            Offset = offset,
        };
        var on = start with { HandleOpen = true, States = StateSet.None, Written = offset };
        var seen = runner.DoOn(step, handle, on, index, OfLoss(step.Kind), out var opened, out var bytes);
        calls[place].Seen = seen;
        calls[place].Bytes = bytes;
        calls[place].Returned = clock++;
        if (opened >= 0)
            (handle, session, written) = (opened, place, 0);
        else if (step.Kind == StepKind.Write && seen.Errno == 0 && calls[place].Session == session)
            written += seen.Value;
    }

    // What is broken when one of these calls does not come back, though nothing of ours is in its way.
    private static RequirementId OfLoss(params ReadOnlySpan<StepKind> kinds) =>
        kinds.Contains(StepKind.QueryDataSize) ? RequirementId.SIZE_09
        : Any(kinds, MigrationOracle.IsOnSession) ? RequirementId.MIG_FSM_24
        : Any(kinds, MigrationOracle.IsOfLog) ? RequirementId.DLOG_25
        : RequirementId.MIG_FSM_17;

    private static bool Any(ReadOnlySpan<StepKind> kinds, Func<StepKind, bool> isSuch)
    {
        foreach (var kind in kinds)
            if (isSuch(kind))
                return true;
        return false;
    }

    private PlanDivergence OfDeadlock()
    {
        var waiting = threads.Deadlock;
        var broken = OfLoss([.. waiting.Select(one => plan.Steps[begun[one.Thread]].Kind)]);
        return new()
        {
            Rules = Rules.Of(broken),
            Kind = DivergenceKind.Deadlock,
            Expected = "an answer",
            Seen =
                "dead-lock: "
                + string.Join(
                    ", ",
                    waiting.Select(one =>
                        $"thread {one.Thread} waits for {one.Gate}, which {(one.Holder == 0 ? "a thread that is through" : $"thread {one.Holder}")} has"
                    )
                ),
            Before = start.States,
            Step = begun[waiting[0].Thread],
            Trace = [],
        };
    }

    private PlanDivergence Of(NoOrder none)
    {
        var call = calls[none.Call];
        return new()
        {
            Rules = Blamed(none),
            Kind = DivergenceKind.Order,
            Expected = none.Expected.Count == 0 ? "an answer that fits an order of the calls" : string.Join(", or ", none.Expected),
            Seen = $"{call.Seen.Describe(call.Step)}, for which no order of the calls has a place",
            Before = start.States,
            Step = call.Index,
            Trace = [],
        };
    }

    private Rules Blamed(NoOrder none)
    {
        var call = calls[none.Call];
        if (call.Step.Kind == StepKind.GetState && call.Seen.Errno == 0 && IsOnTheWay(call))
            return Rules.Of(RequirementId.MIG_FSM_18);
        var id = OfOverlaps(call);
        // That a reset may be put off is a permission: who loses it breaks what is said of every reset.
        return id == RequirementId.None ? none.Judgement.Rules
            : id == RequirementId.MIG_ERR_05 ? Rules.Of(RequirementId.MIG_ERR_03, id)
            : Rules.Of(id);
    }

    // A GET beside a request shows a state that the request goes through: a SHOULD speaks of that, and no more (MIG-FSM-18).
    private bool IsOnTheWay(in Call get)
    {
        foreach (ref readonly var other in calls.AsSpan(0, count))
        {
            if (other.Step.Kind != StepKind.SetState || !other.Overlaps(get))
                continue;
            var path = new StatePath(other.Seen.Hash);
            for (var at = 1; at < path.Count - 1; at++)
                if ((uint)path[at] == get.Seen.State)
                    return true;
        }

        return false;
    }

    private RequirementId OfOverlaps(in Call blamed)
    {
        var found = new HashSet<RequirementId>();
        for (var a = 0; a < count; a++)
        for (var b = 0; b < a; b++)
        {
            if (!calls[a].Overlaps(calls[b]))
                continue;
            var (one, other) = calls[a].Step.Kind == StepKind.Reset ? (calls[a], calls[b]) : (calls[b], calls[a]);
            // The rule that a user can see: who asks behind the reset gets RUNNING.
            found.Add(
                one.Step.Kind == StepKind.Reset
                && MigrationOracle.NeedsState(other.Step.Kind)
                && MigrationOracle.NeedsState(blamed.Step.Kind)
                && blamed.Called > one.Returned
                    ? RequirementId.MIG_ERR_05
                    : MigrationOracle.OfOverlap(one.Step.Kind, other.Step.Kind)
            );
        }

        RequirementId[] first =
        [
            RequirementId.MIG_ERR_05,
            RequirementId.MIG_ERR_06,
            RequirementId.SIZE_09,
            RequirementId.MIG_FSM_17,
            RequirementId.MIG_FD_33,
            RequirementId.MIG_FSM_24,
            RequirementId.DLOG_25,
            RequirementId.DLOG_11,
            RequirementId.DLOG_12,
        ];
        foreach (var id in first)
            if (found.Contains(id))
                return id;
        return RequirementId.None;
    }

    private void CountOverlaps(Ledger ledger)
    {
        for (var a = 0; a < count; a++)
        for (var b = 0; b < a; b++)
        {
            if (!calls[a].Overlaps(calls[b]))
                continue;
            var id = MigrationOracle.OfOverlap(calls[a].Step.Kind, calls[b].Step.Kind);
            var reset = calls[a].Step.Kind == StepKind.Reset ? a : b;
            // Only who asks behind the reset could have seen that it was lost.
            if (id != RequirementId.MIG_ERR_05 || IsAskedBehind(calls[reset]))
                Count(ledger, id);
            if (id == RequirementId.MIG_ERR_06 && IsAskedBehind(calls[reset]))
                Count(ledger, RequirementId.MIG_ERR_05);
        }
    }

    private bool IsAskedBehind(in Call reset)
    {
        foreach (ref readonly var call in calls.AsSpan(0, count))
            if (call.Step.Kind == StepKind.GetState && call.Called > reset.Returned)
                return true;
        return false;
    }

    private void Count(Ledger ledger, RequirementId id)
    {
        if (machine.Asks(id))
            ledger.CountExercised(id);
    }

    private static string Say(in Call call, int end)
    {
        var bar = new char[end];
        Array.Fill(bar, '.');
        for (var time = call.Called; time < end && time <= call.Returned; time++)
            bar[time] =
                call.Called == call.Returned ? '|'
                : time == call.Called ? '('
                : time == call.Returned ? ')'
                : '-';
        return $"{new string(bar)} {(call.Returned == int.MaxValue ? "does not come back" : call.Seen.Describe(call.Step))}";
    }
}
