using System.Runtime.CompilerServices;
using Conformance.Engine.Concurrency;
using Conformance.Engine.Judging;
using Conformance.Engine.Migration;
using Conformance.Engine.Workers;
using Conformance.Model.Contract;
using Conformance.Model.Migration.Device;
using Conformance.Model.Migration.Oracle;
using Conformance.Model.Migration.Steps;
using Conformance.Model.Requirements;
using Conformance.Reports;

namespace Conformance.Engine.Migration;

/// <summary>
/// Runs plans against a device and the oracle together and stops at the first difference. The device is always released. Deadlines are kept by whoever reads
/// the journal.
/// </summary>
public sealed class LockstepRunner : IJudge<Plan>
{
    // Who has shown a stream without an end need not show it at length again.
    private const long EndlessAgain = 1L << 20;

    // What is seen of a plan's last steps. A longer trace leaves the cache nearest to the processor too small for the rest.
    private const int TraceLength = 256;

    // Rounds of calls that really overlap; what showed something is looked at longer, since it need not show it each time.
    private const int RoundsOnce = 16,
        RoundsAgain = 128;

    // Where the device cannot be brought back to where the threads begin, or no two calls met, all of the plan is run again.
    private const int RunsOnce = 4,
        RunsAgain = 16;

    // How often an interrupted request is made again. Signals are rare: a driver that says so each time was not interrupted.
    private const int Interruptions = 100;

    private readonly IMigrationTarget target;
    private readonly MigrationMachine machine;
    private readonly IJournal journal;
    private readonly long mostBytes;
    private StepRunner steps;
    private StepRunner? others;
    private byte turn;
    private readonly Lazy<ConcurrentRunner> concurrent;
    private readonly int[] traceSteps = new int[TraceLength];
    private readonly Observation[] traceSeen = new Observation[TraceLength];
    private readonly string?[] traceReached = new string?[TraceLength]; // of plans that are run again
    private readonly ArcCoverage arcs = new();
    private readonly ExerciseTally exercised;
    private readonly Ledger unread = new();
    private readonly bool mayResetFirst,
        isBounded,
        mayHang;
    private Plan? ran;
    private int traced;
    private int? lost; // the step at which the device was lost
    private bool wasConcurrent,
        isAgain;
    private ModelState reached;

    // Large values: one each for all steps.
    private OutcomeSet outcomes;
    private Outcome nothingKnown;

    /// <summary>Prepares runs on a driver.</summary>
    public LockstepRunner(IMigrationTarget target, MigrationMachine machine, IJournal journal)
    {
        this.target = target;
        this.machine = machine;
        this.journal = journal;
        isBounded = machine.StreamBound > 0;
        exercised = new(machine, isBounded);
        mostBytes = isBounded ? machine.StreamBound : MigrationMachine.KeptBytes;
        steps = new(journal, mostBytes);
        concurrent = new(() => new(machine, journal, mostBytes));
        mayHang = machine.Can(ChannelCapabilities.ThrowAway);
        mayResetFirst = machine is { HasMigration: true, Channel: Channels.Kernel };
    }

    /// <summary>The device model that runs are judged by.</summary>
    public MigrationMachine Machine => machine;

    /// <summary>
    /// Everything that the plan that was run last left behind on the judging side: with it and the device alone it is settled what any further step shows.
    /// </summary>
    public RunState Reached => new(reached, steps.Live, steps.Stale, steps.Held, steps.ImagesDigest);

    /// <inheritdoc/>
    public string? Refuses(Plan plan)
    {
        if (plan.UsesPeer && (StepTable.Missing(plan, machine.Capabilities) & ChannelCapabilities.Peer) != 0)
            return "it needs a second device, and there is none";
        if (plan.IsConcurrent)
            return RefusesThreads(plan);
        var broken = Simulation.BrokenByUser(machine, plan);
        return broken != RequirementId.None ? $"it asks what a user must not ask ({Catalogue.Of(broken).Name})"
            : mayHang || Simulation.IsHarmless(machine, plan) ? null
            : "it holds a request that is known to stop or crash kernels: it is run in throw-away guests only";
    }

    /// <summary>The calls of the plan that was run last, when they overlapped.</summary>
    public IEnumerable<Call> History => wasConcurrent ? concurrent.Value.Calls : [];

    /// <summary>Runs a plan. What a driver without mercy keeps from plan to plan it keeps: a plan that leans on earlier ones is shown as flaky.</summary>
    /// <inheritdoc/>
    public PlanResult Run(Plan plan, Ledger? ledger = null, bool again = false)
    {
        isAgain = again;
        steps.LooksBehind = again;
        others?.LooksBehind = again;
        var result = RunOnce(plan, ledger ?? unread);
        if (result.Worst is PlanDivergence { IsLoss: false } shown && shown.Rules.Has(RequirementId.MIG_FD_30) && !plan.IsConcurrent)
            return FailsInPieces(plan, shown.Step) ? new(shown with { Rules = shown.Rules.Without(RequirementId.MIG_FD_30) }) : result;
        for (var run = 1; result == new PlanResult() && wasConcurrent && run < MoreRuns(again); run++)
            result = RunOnce(plan, ledger ?? unread);
        // What goes wrong without any overlap is no matter of threads, and the plainer requirement is the one that broke.
        return result.Worst is PlanDivergence { Kind: DivergenceKind.Order } && Serially(plan) is { } plain ? new(plain) : result;
    }

    // A driver that never takes all that it is offered has a short write in all that it does. Where the plan fails without one as well, that is not why.
    private bool FailsInPieces(Plan plan, int at)
    {
        InPieces(true);
        try
        {
            return RunOnce(plan, unread).Worst is PlanDivergence inPieces && inPieces.Step <= at;
        }
        finally
        {
            InPieces(false);
        }
    }

    private void InPieces(bool are)
    {
        steps.InPieces = are;
        others?.InPieces = are;
    }

    private int MoreRuns(bool again) =>
        !IsAtOnce ? 0
        : concurrent.Value.Rounds <= 1 ? (again ? RunsAgain : RunsOnce)
        : concurrent.Value.Met ? 0
        : RunsOnce;

    private PlanResult RunOnce(Plan plan, Ledger ledger)
    {
        IMigrationDevice? device = null;
        IMigrationDevice? peer = null;
        var state = ModelState.Opened(plan.Unbound);
        var peerState = default(ModelState);
        var at = -1;
        try
        {
            ran = plan;
            exercised.Begin(ledger);
            traced = 0;
            wasConcurrent = false;
            lost = null;
            device = FirstCall.Open(target, journal, plan.Unbound);
            steps.Begin(device);
            arcs.Begin(ledger.Coverage);
            state = Prepare(state, plan);
            _ = steps.TakeEvidence();
            if (plan.UsesPeer)
                peerState = OpenPeer(plan, ref peer);
            ledger.Plans++;
            var result = RunSteps(plan, ledger, ref state, ref peerState, ref at);
            return result.Worst is not null || result.HarnessError is not null || !plan.IsConcurrent ? result : RunThreads(plan, device, ledger, state, ref at);
        }
        catch (DeviceLostException loss) when (loss.Loss != DeviceLoss.Unreachable)
        {
            return new(LossOf(plan, at, turn == 0 ? state : peerState, loss));
        }
        catch (DeviceLostException loss)
        {
            return new(null, Escaping.Line(loss.Described));
        }
        finally
        {
            if (turn != 0)
                Turn();
            reached = state;
            exercised.Settle();
            journal.Enter(plan.Steps.Count);
            Release(device, state);
            Release(peer, peerState);
            journal.Leave();
        }
    }

    /// <inheritdoc/>
    public IReadOnlyList<TraceLine> Trace(Plan plan)
    {
        var lines = Trace();
        // A plan of overlapping calls is also run in the orders of one thread (Serially), and the last of these is what there is a trace of.
        return PlanDivergence.Lines(plan, ReferenceEquals(ran, plan) ? lines : [.. lines.Select(line => InPlan(plan, line))]);
    }

    /// <inheritdoc/>
    public Finding Describe(Plan plan, Divergence divergence) => ((PlanDivergence)divergence).Describe(plan, machine.Features);

    /// <summary>What happened in the plan that was run last, step by step.</summary>
    public IReadOnlyList<StepTrace> Trace() => Trace(int.MaxValue);

    private List<StepTrace> Trace(int failing)
    {
        var lines = new List<StepTrace>();
        for (var i = Math.Max(0, traced - TraceLength); i < traced; i++)
        {
            var at = traceSteps[i % TraceLength];
            var step = ran!.Steps[at];
            lines.Add(new(step, traceSeen[i % TraceLength].Describe(step), at, isAgain ? traceReached[i % TraceLength] ?? "" : ""));
        }

        if (wasConcurrent)
            lines.AddRange(concurrent.Value.Trace(failing));
        if (lost is not { } lostAt || ran!.Steps.Count == 0)
            return lines;
        // Nothing came back from the step that was lost: what its line holds, an earlier plan has left there.
        if (!wasConcurrent && lines is [.., { } last] && last.At == lostAt)
            lines.RemoveAt(lines.Count - 1);
        lines.Add(new(ran.Steps[lostAt], "", wasConcurrent ? -1 : lostAt));
        return lines;
    }

    private string? RefusesThreads(Plan plan)
    {
        if (!machine.Can(ChannelCapabilities.Interleaving) && !machine.Can(ChannelCapabilities.Threads))
            return "it has calls that overlap, and on this channel one comes behind the other";
        if (plan.UsesPeer)
            return "it has calls that overlap, and two devices: calls overlap on one";
        foreach (ref readonly var step in plan.AsSpan()[plan.Before..])
            if (!MigrationOracle.MayOverlap(step.Kind))
                return "it has a step among or behind calls that overlap which cannot be put into an order with them";
        return IsAtOnce ? RefusesAtOnce(plan) : null;
    }

    // Nobody says which call goes on: they come in each order.
    private bool IsAtOnce => !machine.Can(ChannelCapabilities.Interleaving);

    private string? RefusesAtOnce(Plan plan)
    {
        // The older cores do not come back from a blocked request, and whether they do is asked without threads.
        if (!ThreadMoves.Orders(plan).All(order => Simulation.IsHarmless(machine, order)))
            return "its calls may come in an order that is known to stop kernels: without threads that is asked";
        if (plan.Steps.Any(step => step.Kind == StepKind.FailArc))
            return "arcs fail only where calls are made one by one";
        if (plan.Steps.Any(step => MigrationOracle.IsOfLog(step.Kind)))
            return "calls of the DMA log have ranges or a bitmap beside them, which threads that nobody controls are not given";
        if (!mayHang && ConcurrentRunner.OfLoss(plan) == RequirementId.MIG_FD_33)
            return "transfers of several threads have ended kernels: they are made in throw-away guests only";
        if (
            !machine.Can(ChannelCapabilities.ChecksMemory)
            && plan.Steps.Where(step => step is { Kind: StepKind.Write, Thread: not 0 }).DistinctBy(step => step.Thread).Count() > 1
        )
            return "writes of several threads that are taken beyond the limit show where memory is checked, and end another plan elsewhere";
        return null;
    }

    private PlanResult RunThreads(Plan plan, IMigrationDevice device, Ledger ledger, in ModelState state, ref int at)
    {
        var runner = concurrent.Value;
        PlanDivergence? found;
        try
        {
            wasConcurrent = true;
            found = IsAtOnce
                ? runner.RunAtOnce(plan, device, state, steps, ledger, isAgain ? RoundsAgain : RoundsOnce)
                : runner.Run(plan, device, state, steps, ledger);
        }
        finally
        {
            at = runner.At;
        }

        if (found is null)
            return new();
        return Weigh(found.Rules, out var rules, out _) ? new(found with { Rules = rules, Trace = Trace(found.Step) }) : new();
    }

    private PlanDivergence? Serially(Plan plan)
    {
        foreach (var order in concurrent.Value.SerialOrders().ToList())
        {
            var serial = new Plan([.. order.Select(index => plan.Steps[index] with { Thread = 0 })], plan.Unbound);
            if (RunOnce(serial, unread).Worst is not PlanDivergence divergence)
                continue;
            return divergence with { Step = order[divergence.Step], Trace = [.. divergence.Trace.Select(line => InPlan(plan, line))] };
        }

        return null;
    }

    // The step of the plan that was done by one thread instead of by its own.
    private static StepTrace InPlan(Plan plan, StepTrace line) =>
        line with
        {
            Step = plan.Steps.First(other => other with { Thread = 0 } == line.Step with { Thread = 0 }),
            At = -1,
        };

    private ModelState OpenPeer(Plan plan, ref IMigrationDevice? peer)
    {
        peer = target.OpenPeer();
        others ??= new(journal, mostBytes) { LooksBehind = isAgain };
        others.BeginPeer(peer, steps);
        Turn();
        var state = Prepare(machine.OpenedPeer(), plan);
        _ = steps.TakeEvidence();
        Turn();
        return state;
    }

    private long PayloadBytes => steps.PayloadBytes + (others?.PayloadBytes ?? 0);

    // From here on the steps of the other device are done.
    private void Turn()
    {
        (steps, others) = (others!, steps);
        turn ^= 1;
        arcs.Break();
    }

    private PlanResult RunSteps(Plan plan, Ledger ledger, ref ModelState own, ref ModelState peers, ref int at)
    {
        var payloadBefore = PayloadBytes;
        var all = plan.AsSpan()[..plan.Before];
        PlanDivergence? warning = null;
        PlanResult? end = null;
        for (at = 0; at < all.Length && end is null; at++)
        {
            ref readonly var step = ref all[at];
            ref var state = ref step.Device == 0 ? ref own : ref peers;
            if (step.Device != turn)
            {
                Turn();
                state.TakeImages(turn == 0 ? peers : own);
            }

            var makesSense = StepTable.PlaceOf(step) == StepPlace.OpenDevice ? !state.Closed : state.HasPlaceFor(step);
            ledger.CountStep((byte)step.Kind, !makesSense);
            if (!makesSense)
                continue;
            // A plan is chosen for what an ordinary device does; one that stayed in STOP_COPY after all must not be asked for a pre-copy state. And no device
            // is asked what a user must not ask, however short the plan would be.
            if (
                (!mayHang && MigrationOracle.MayBeBlocked(machine, state, step))
                || (StepTable.Is(step, StepTraits.TouchesDevice) && MigrationOracle.BrokenByUser(state, step) != RequirementId.None)
            )
                break;
            traced++;
            if (isAgain)
                traceReached[(traced - 1) & (TraceLength - 1)] = null;
            var interrupted = Take(plan, at, step, ledger, ref state, ref warning, ref end);
            for (var again = 0; interrupted && end is null; again++)
            {
                // As a user would (E-37): where is the device, and then the same request.
                _ = Take(plan, at, Step.Get with { Device = step.Device }, ledger, ref state, ref warning, ref end);
                if (end is null && (interrupted = Take(plan, at, step, ledger, ref state, ref warning, ref end)) && again == Interruptions)
                    end = new(Stuck(plan, at, state.States));
            }
        }

        ledger.PayloadBytes += PayloadBytes - payloadBefore;
        return end ?? new(warning);
    }

    // Does a step and judges it; true when a signal interrupted it. What was seen last is what the trace shows of a step that is made again.
    private bool Take(Plan plan, int at, in Step step, Ledger ledger, ref ModelState state, ref PlanDivergence? warning, ref PlanResult? end)
    {
        MigrationOracle.Allowed(machine, state, step, ref outcomes);
        var line = (traced - 1) & (TraceLength - 1);
        traceSteps[line] = at;
        ref var seen = ref traceSeen[line];
        steps.Do(step, state, at, MigrationOracle.OfLoss(machine, state, step).First, out seen);
        if (isAgain && steps.TakeEvidence() is { Length: > 0 } reached)
            // A step that is made again has one line, and the look at the state between is in it.
            traceReached[line] = traceReached[line] is { } earlier ? $"{earlier}, then {reached}" : reached;
        ledger.Steps++;
        var judgement = MigrationOracle.Compare(machine, state, step, seen, outcomes);
        ref readonly var outcome = ref judgement.Outcome < 0 ? ref nothingKnown : ref outcomes[judgement.Outcome];
        if (judgement.Agrees && judgement.Outcome >= 0)
        {
            exercised.Count(step.Kind, outcome, outcomes);
            if (step.Kind == StepKind.SetState)
                NoteRequest(ledger, state, (DeviceState)step.A, seen);
            // A GET covers nothing, and is a witness only of where an interrupted request has led to.
            else if (step.Kind != StepKind.GetState || state.States.Count > 1)
                Note(ledger, state, step, seen);
        }
        else if (judgement is { Kind: DivergenceKind.Endless, Rules.IsNone: true })
            // In pre-copy there may always be more: the plan, which wants an end, is over.
            end = isBounded ? new PlanResult() : new(null, $"a stream is longer than {MigrationMachine.KeptBytes} bytes, which is more than is kept of one");
        else if (!judgement.Agrees && Weigh(judgement.Rules, out var rules, out var isWarning))
        {
            Count(ledger, rules);
            var divergence = Differ(plan, at, judgement.Kind, rules, outcomes, seen, state.States);
            if (judgement.Kind == DivergenceKind.Endless)
                ExpectEnds();
            if (!isWarning || judgement.Kind == DivergenceKind.Endless || (judgement.Kind == DivergenceKind.Result && StepTable.Is(step, StepTraits.EndsPlan)))
                end = new(divergence);
            else
                // What only a SHOULD or a convention speaks against is believed, so that what follows can still be checked.
                warning ??= divergence;
        }

        if (end is not null)
            return false;
        MigrationOracle.Advance(machine, ref state, step, seen, outcome);
        return MigrationOracle.IsInterrupted(step, seen, outcome);
    }

    private void ExpectEnds()
    {
        steps.ImageLimit = Math.Min(mostBytes, EndlessAgain);
        others?.ImageLimit = steps.ImageLimit;
    }

    private PlanDivergence Stuck(Plan plan, int at, StateSet before) =>
        new()
        {
            Rules = Rules.Of(RequirementId.MIG_FSM_06),
            Kind = DivergenceKind.Result,
            Expected = "success",
            Seen = $"EINTR, {Interruptions + 2} times in a row",
            Before = before,
            Step = at,
            Trace = Trace(),
        };

    private ModelState Prepare(ModelState state, Plan plan)
    {
        if (!mayResetFirst || plan.Unbound)
            return state;
        // A kernel device is opened again and again; some keep their state over that (E-19), and a reset must come before any request.
        steps.Do(Step.Get, state, -1, RequirementId.None, out var seen);
        if (seen.Errno == 0 && seen.State == (uint)DeviceState.Running)
            state.StateRules = Rules.Of(RequirementId.MIG_FSM_20); // its first open was the survey's
        else
        {
            var step = new Step(StepKind.Reset);
            state.StateRules = Rules.Of(RequirementId.MIG_ERR_03);
            steps.Do(step, state, -1, RequirementId.None, out var reset);
            if (reset.Errno != 0)
                state = MigrationOracle.Next(machine, state, step, reset, default);
            return state;
        }

        // Work of an earlier plan may wait in it as well.
        if (!GivesWork(plan))
            return state;
        steps.Do(new(StepKind.Reset), state, -1, RequirementId.None, out var emptied);
        if (emptied.Errno != 0)
            state.Work.Forget();
        return state;
    }

    private static bool GivesWork(Plan plan)
    {
        foreach (ref readonly var step in plan.AsSpan())
            if (step.Kind is StepKind.SubmitWork or StepKind.GiveTime)
                return true;
        return false;
    }

    private void Release(IMigrationDevice? device, in ModelState state)
    {
        if (device is null)
            return;
        try
        {
            if (mayResetFirst && !state.Closed && !state.Unbound && (wasConcurrent || !state.Is(DeviceState.Running)))
                device.Reset();
            device.Dispose();
        }
        catch (DeviceLostException)
        {
            // The finding says so already, or the next open will.
        }
    }

    private void Count(Ledger ledger, Rules rules)
    {
        for (; !rules.IsNone; rules = rules.Rest)
        {
            var id = rules.First;
            if (machine.Asks(id))
                ledger.CountExercised(id);
        }
    }

    private void Note(Ledger ledger, in ModelState state, in Step step, in Observation seen)
    {
        if (StepTable.Is(step, StepTraits.BreaksWalk))
            arcs.Break();
        if (MigrationWitness.Of(state, step, seen) is { } witness)
            ledger.CountWitness(witness);
    }

    private void NoteRequest(Ledger ledger, in ModelState state, DeviceState to, in Observation seen)
    {
        if (state.States.Count != 1)
            return;
        var from = state.States.First;
        if (seen.Errno != 0 || !arcs.TakeKnown(from, to))
            Cover(from, to, seen.Errno == 0);
        if (MigrationWitness.OfRequest(state, from, to, seen) is { } witness)
            ledger.CountWitness(witness);
    }

    private void Cover(DeviceState from, DeviceState to, bool isTaken)
    {
        if (from == to || !machine.Paths.Supports(from) || !machine.Paths.Supports(to))
            return;
        if (isTaken && machine.Paths.Path(from, to).Arcs > 0)
            arcs.CountPath(from, to, machine.Paths.Path(from, to));
        else
            arcs.CountRequest(from, to);
    }

    // Only requirements that this device owes, and only those that can be broken.
    private bool Weigh(Rules said, out Rules rules, out bool isWarning)
    {
        rules = Rules.None;
        for (var i = 0; i < said.Count; i++)
            if (machine.Asks(said[i]))
                rules = rules.And(said[i]);
        isWarning = Strengths.IsWarning(rules);
        return !rules.IsNone;
    }

    private PlanDivergence Differ(Plan plan, int at, DivergenceKind kind, Rules rules, in OutcomeSet outcomes, in Observation seen, StateSet before)
    {
        var expected = new List<string>();
        var step = plan.Steps[at];
        for (var i = 0; i < outcomes.Count; i++)
            if (outcomes[i].Grade == Grade.Allowed)
                expected.Add(outcomes[i].Describe(step));
        return new()
        {
            Rules = rules,
            Kind = kind,
            Expected =
                kind == DivergenceKind.Errno ? $"success, or an errno of 1 to {Errno.Largest}"
                : kind == DivergenceKind.Endless && machine.Traits.MaxImageBytes == 0
                    ? $"success, an end within {mostBytes} bytes (the driver declares no maxImageBytes)"
                : string.Join(", or ", expected),
            Seen = seen.Describe(step),
            Before = before,
            Step = at,
            Trace = Trace(),
        };
    }

    private PlanDivergence LossOf(Plan plan, int at, ModelState state, DeviceLostException loss)
    {
        var cut = Math.Clamp(at, 0, Math.Max(0, plan.Steps.Count - 1));
        // Before the first step, and in a plan without any, nothing was asked yet that could be to blame.
        Weigh(
            at < 0 || cut >= plan.Steps.Count ? Rules.None
                : wasConcurrent ? Rules.Of(ConcurrentRunner.OfLoss(plan))
                : MigrationOracle.OfLoss(machine, state, plan.Steps[cut]),
            out var rules,
            out _
        );
        lost = cut;
        return new()
        {
            Rules = rules,
            Kind = loss.Loss == DeviceLoss.TimedOut ? DivergenceKind.Hang : DivergenceKind.Crash,
            Expected = "an answer",
            Seen = loss.Message,
            Step = cut,
            Trace = Trace(int.MaxValue),
            LastWords = loss.LastWords,
        };
    }
}
