using Conformance.Engine.Ledgers;
using Conformance.Engine.Migration;
using Conformance.Engine.Workers;
using Conformance.Model.Contract;
using Conformance.Model.Migration.Device;
using Conformance.Model.Migration.Oracle;
using Conformance.Model.Migration.Steps;
using Conformance.Model.Requirements;

namespace Conformance.Engine.Migration;

/// <summary>How a plan ended.</summary>
public enum PlanEnd
{
    /// <summary>Every step went as the contract allows.</summary>
    Agreed,

    /// <summary>The device differed; see the finding.</summary>
    Diverged,

    /// <summary>The harness could not go on, and that is not the driver's fault; see the message.</summary>
    HarnessError,
}

/// <summary>The result of one plan.</summary>
/// <param name="End">How it ended.</param>
/// <param name="Finding">The difference, when there is one.</param>
/// <param name="Message">What went wrong with the harness; empty otherwise.</param>
public readonly record struct PlanResult(PlanEnd End, Finding? Finding = null, string Message = "");

/// <summary>
/// Runs plans against a device and the oracle together and stops at the first difference. The device is always released. Deadlines are kept by whoever reads
/// the journal.
/// </summary>
public sealed class LockstepRunner
{
    // More is not kept of one stream, whatever a driver declares.
    private const long ImageLimit = 1L << 30;
    private const int TraceLength = 4096;

    private readonly IMigrationTarget target;
    private readonly MigrationMachine machine;
    private readonly IJournal journal;
    private readonly StepRunner steps;
    private readonly Step[] traceSteps = new Step[TraceLength];
    private readonly Observation[] traceSeen = new Observation[TraceLength];
    private readonly bool mayResetFirst,
        isBounded,
        mayHang;
    private int traced;
    private ModelState reached;

    /// <summary>Prepares runs on a driver.</summary>
    public LockstepRunner(IMigrationTarget target, MigrationMachine machine, IJournal journal)
    {
        this.target = target;
        this.machine = machine;
        this.journal = journal;
        isBounded = machine.Traits.MaxImageBytes is > 0 and <= ImageLimit;
        steps = new(journal, isBounded ? machine.Traits.MaxImageBytes : ImageLimit);
        mayHang = machine.Can(ChannelCapabilities.ThrowAway);
        mayResetFirst = machine is { HasMigration: true, Channel: Channels.Kernel };
    }

    /// <summary>The device model that runs are judged by.</summary>
    public MigrationMachine Machine => machine;

    /// <summary>Everything that the plan that was run last left behind on the judging side: with it and the device alone it is settled what any further step shows.</summary>
    public RunState Reached => new(reached, steps.Live, steps.Stale, steps.Held, steps.ImagesDigest);

    /// <summary>Runs a plan.</summary>
    /// <param name="plan">The plan.</param>
    /// <param name="campaign">The name to put into a finding.</param>
    /// <param name="ledger">What is counted.</param>
    /// <param name="coverage">What was reached.</param>
    public PlanResult Run(Plan plan, string campaign, Ledger ledger, Coverage coverage)
    {
        IMigrationDevice? device = null;
        var state = ModelState.Opened(plan.Unbound);
        var at = -1;
        try
        {
            traced = 0;
            journal.Enter(-1);
            device = plan.Unbound ? target.OpenUnbound() : target.Open();
            steps.Begin(device);
            coverage.Begin();
            state = Prepare(state, plan.Unbound);
            ledger.Plans++;
            return RunSteps(plan, campaign, ledger, coverage, ref state, ref at);
        }
        catch (DeviceLostException lost) when (lost.Loss != DeviceLoss.Unreachable)
        {
            var kind = lost.Loss == DeviceLoss.TimedOut ? DivergenceKind.Hang : DivergenceKind.Crash;
            return new(PlanEnd.Diverged, LossFinding(plan, campaign, at, state, kind, lost.Message, lost.LastWords));
        }
        catch (DeviceLostException lost)
        {
            return new(PlanEnd.HarnessError, Message: lost.Message);
        }
        finally
        {
            reached = state;
            journal.Enter(plan.Steps.Count);
            Release(device, state);
            journal.Leave();
        }
    }

    /// <summary>The finding of a plan that did not come back from a step.</summary>
    public Finding LossFinding(Plan plan, string campaign, int step, DivergenceKind kind, string message, string lastWords) =>
        LossFinding(plan, campaign, step, null, kind, message, lastWords);

    /// <summary>What happened in the plan that was run last, step by step.</summary>
    public IReadOnlyList<TraceLine> Trace()
    {
        var lines = new List<TraceLine>();
        for (var i = Math.Max(0, traced - TraceLength); i < traced; i++)
            lines.Add(new(traceSteps[i % TraceLength], traceSeen[i % TraceLength].Describe(traceSteps[i % TraceLength])));
        return lines;
    }

    private PlanResult RunSteps(Plan plan, string campaign, Ledger ledger, Coverage coverage, ref ModelState state, ref int at)
    {
        var outcomes = default(OutcomeSet);
        var payloadBefore = steps.PayloadBytes;
        var all = plan.AsSpan();
        PlanResult? warning = null;
        for (at = 0; at < all.Length; at++)
        {
            ref readonly var step = ref all[at];
            var makesSense = state.HasPlaceFor(step);
            ledger.CountStep(step.Kind, !makesSense);
            if (!makesSense)
                continue;
            // A plan is chosen for what an ordinary device does; one that stayed in STOP_COPY after all must not be asked for a pre-copy state.
            if (!mayHang && MigrationOracle.MayBeBlocked(machine, state, step))
                break;
            MigrationOracle.Allowed(machine, state, step, ref outcomes);
            var line = traced % TraceLength;
            traceSteps[line] = step;
            var seen = steps.Do(step, state, at, MigrationOracle.OfLoss(machine, state, step).First);
            traceSeen[line] = seen;
            traced++;
            ledger.Steps++;
            var judgement = MigrationOracle.Compare(machine, state, step, seen, outcomes);
            if (judgement.Outcome < 0)
            {
                MigrationOracle.Advance(machine, ref state, step, seen, default);
                continue;
            }

            ref readonly var outcome = ref outcomes[judgement.Outcome];
            if (judgement.Agrees)
            {
                Count(ledger, outcome, step);
                for (var i = 0; i < outcomes.Count; i++)
                    if (outcomes[i].Grade == Grade.Forbidden)
                        Count(ledger, outcomes[i].Result);
                Cover(coverage, state, step, seen);
                if (Witnesses.Of(state, step, seen) is { } witness)
                    ledger.CountWitness(witness);
            }
            else if (judgement.Kind == DivergenceKind.Endless && !isBounded)
                return new(PlanEnd.HarnessError, Message: $"a stream is longer than {ImageLimit} bytes, which is more than is kept of one");
            else if (Weigh(judgement.Rules, out var rules, out var isWarning))
            {
                Count(ledger, rules);
                var finding = Describe(plan, campaign, at, judgement.Kind, rules, isWarning, outcomes, seen, state.States);
                if (!isWarning || (judgement.Kind == DivergenceKind.Result && StepTable.Is(step, StepTraits.EndsPlan)))
                {
                    ledger.PayloadBytes += steps.PayloadBytes - payloadBefore;
                    return new(PlanEnd.Diverged, finding);
                }

                // What only a SHOULD or a convention speaks against is believed, so that what follows can still be checked.
                warning ??= new(PlanEnd.Diverged, finding);
            }

            MigrationOracle.Advance(machine, ref state, step, seen, outcome);
        }

        ledger.PayloadBytes += steps.PayloadBytes - payloadBefore;
        return warning ?? new(PlanEnd.Agreed);
    }

    private ModelState Prepare(ModelState state, bool unbound)
    {
        if (!mayResetFirst || unbound)
            return state;
        // A kernel device is opened again and again; some keep their state over that (E-19), and a reset must come before any request.
        var seen = steps.Do(Step.Get, state, -1, RequirementId.None);
        if (seen.Errno == 0 && seen.State == (uint)DeviceState.Running)
            state.StateRules = Rules.Of(RequirementId.MIG_FSM_20); // its first open was the survey's
        else
        {
            var step = new Step(StepKind.Reset);
            state.StateRules = Rules.Of(RequirementId.MIG_ERR_03);
            if (steps.Do(step, state, -1, RequirementId.None) is { Errno: not 0 } refused)
                state = MigrationOracle.Next(machine, state, step, refused, default);
        }

        return state;
    }

    private void Release(IMigrationDevice? device, in ModelState state)
    {
        if (device is null)
            return;
        try
        {
            if (mayResetFirst && !state.Closed && !state.Unbound && !state.Is(DeviceState.Running))
                device.Reset();
            device.Dispose();
        }
        catch (DeviceLostException)
        {
            // The finding says so already, or the next open will.
        }
    }

    private void Count(Ledger ledger, in Outcome outcome, in Step step)
    {
        Count(ledger, outcome.Result);
        Count(ledger, outcome.Confirms);
        Count(ledger, outcome.ReportRules);
        Count(ledger, outcome.DescriptorRules);
        Count(ledger, outcome.EchoRules);
        Count(ledger, outcome.ValueRules);
        Count(ledger, outcome.HashRules);
        Count(ledger, outcome.UntouchedRules);
        Count(ledger, StepTable.AlwaysChecked(step));
        if (isBounded && StepTable.Is(step, StepTraits.ReadsToEnd))
            Count(ledger, Rules.Of(RequirementId.MIG_FD_19));
    }

    private void Count(Ledger ledger, Rules rules)
    {
        for (var rest = rules.Packed; rest != 0; rest >>= 16)
            if (machine.Asks((RequirementId)(ushort)rest))
                ledger.CountExercised((RequirementId)(ushort)rest);
    }

    private void Cover(Coverage coverage, in ModelState state, in Step step, in Observation seen)
    {
        if (step.Kind != StepKind.SetState || state.States.Count != 1)
        {
            if (StepTable.Is(step, StepTraits.BreaksWalk))
                coverage.Begin();
            return;
        }

        var from = state.States.First;
        var to = (DeviceState)step.A;
        if (from == to || !machine.Paths.Supports(from) || !machine.Paths.Supports(to))
            return;
        coverage.CountRequest(from, to);
        if (seen.Errno == 0)
            coverage.CountPath(machine.Paths.Path(from, to));
    }

    // Only requirements that this device owes, and only those that can be broken.
    private bool Weigh(Rules said, out Rules rules, out bool isWarning)
    {
        rules = Rules.None;
        for (var i = 0; i < said.Count; i++)
            if (machine.Asks(said[i]))
                rules = rules.And(said[i]);
        isWarning = Finding.IsWarningOf(rules);
        return !rules.IsNone;
    }

    private Finding Describe(
        Plan plan,
        string campaign,
        int at,
        DivergenceKind kind,
        Rules rules,
        bool isWarning,
        in OutcomeSet outcomes,
        in Observation seen,
        StateSet before
    )
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
            IsWarning = isWarning,
            Campaign = campaign,
            Expected = string.Join(", or ", expected),
            Seen = seen.Describe(step),
            Before = before,
            Plan = Truncate(plan, at),
            FailingStep = at,
            Trace = Trace(),
        };
    }

    private Finding LossFinding(Plan plan, string campaign, int at, ModelState? state, DivergenceKind kind, string message, string lastWords)
    {
        var cut = Math.Clamp(at, 0, plan.Steps.Count - 1);
        var step = plan.Steps[cut];
        // Before the first step nothing was asked yet that could be to blame.
        Weigh(at < 0 ? Rules.None : MigrationOracle.OfLoss(machine, state ?? NominalState(plan, cut), step), out var rules, out _);
        return new()
        {
            Rules = rules,
            Kind = kind,
            IsWarning = false,
            Campaign = campaign,
            Expected = "an answer",
            Seen = message,
            Plan = Truncate(plan, cut),
            FailingStep = cut,
            Trace = state is null ? [.. plan.Steps.Take(cut + 1).Select(s => new TraceLine(s, ""))] : [.. Trace(), new TraceLine(step, "")],
            LastWords = lastWords,
        };
    }

    private ModelState NominalState(Plan plan, int count)
    {
        var state = ModelState.Opened(plan.Unbound);
        for (var i = 0; i < count; i++)
            if (state.HasPlaceFor(plan.Steps[i]))
                state = Simulation.Step(machine, state, plan.Steps[i]);
        return state;
    }

    private static Plan Truncate(Plan plan, int at) => at + 1 == plan.Steps.Count ? plan : new([.. plan.Steps.Take(at + 1)], plan.Unbound);
}
