using System.Runtime.CompilerServices;
using Conformance.Model.Contract;
using Conformance.Model.Migration.Device;
using Conformance.Model.Migration.Steps;
using Conformance.Model.Requirements;
using static Conformance.Model.Requirements.RequirementId;

namespace Conformance.Model.Migration.Oracle;

/// <content>Compares an observation with the outcomes that <see cref="Allowed"/> gave.</content>
public static partial class MigrationOracle
{
    /// <summary>Finds the outcome that the observation meets, or the first facet in which it fails the closest one.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)] // once a step, by one caller
    public static Judgement Compare(MigrationMachine machine, in ModelState state, in Step step, in Observation seen, in OutcomeSet set)
    {
        // Nearly every answer is the first of those that may come.
        if (IsOrdinary(step, seen, set))
            return new(DivergenceKind.None, Rules.None, 0);
        // Whatever may come back, it must be an errno.
        if ((seen.Marks & Marks.Errno) != 0)
            return new(DivergenceKind.Errno, StepTable.Of(step.Kind).OddReturn, set.Count - 1);
        if ((seen.Marks & Marks.Endless) != 0)
            return new(DivergenceKind.Endless, OfEndless(machine, state), -1);
        if (set.Count == 0)
            return new(DivergenceKind.None, Rules.None, -1);
        if ((seen.Marks & Marks.Return) != 0)
            return new(DivergenceKind.Return, StepTable.Of(step.Kind).OddReturn, 0);
        var closest = new Judgement(DivergenceKind.Result, set[0].Result, 0);
        for (var i = 0; i < set.Count; i++)
        {
            ref readonly var outcome = ref set[i];
            if (!outcome.Errnos.Contains(seen.Errno))
                continue;
            if (outcome.Grade == Grade.Forbidden)
            {
                // A listed way to be wrong names the requirement, unless an allowed outcome came close already.
                if (closest.Kind == DivergenceKind.Result)
                    closest = new(DivergenceKind.Result, outcome.Result, i);
                continue;
            }

            var facet = Facets(machine, state, step, seen, outcome);
            if (facet.Kind == DivergenceKind.None)
                return new(DivergenceKind.None, Rules.None, i);
            closest = new(facet.Kind, facet.Rules, i);
        }

        // A call that was made again and again says nothing about what came before it.
        if (closest.Kind == DivergenceKind.Result && seen.Errno is Errno.EINTR or Errno.EAGAIN)
            return closest with { Rules = closest.Rules.IsNone ? Rules.None : Rules.Of(closest.Rules.First) };
        // Bytes that got lost behind a short write are its fault.
        return closest.Kind == DivergenceKind.Result && (seen.Marks & Marks.Short) != 0 ? closest with { Rules = closest.Rules.And(MIG_FD_30) } : closest;
    }

    // True when the answer meets the first outcome in every facet, as far as that is settled without a look at the model; Facets says the same.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static bool IsOrdinary(in Step step, in Observation seen, in OutcomeSet set)
    {
        if (seen.Marks != Marks.None || set.Count == 0 || step.Kind is StepKind.GiveTime or StepKind.PrecopyInfo)
            return false;
        ref readonly var first = ref set[0];
        return first.Errnos.Contains(seen.Errno)
            && first.Grade == Grade.Allowed
            && (first.ReportRules.IsNone || first.Reports.Contains((DeviceState)seen.State))
            && (first.DescriptorRules.IsNone || (first.WantsDescriptor ? seen.Descriptor >= 0 : seen.Descriptor == -1))
            && (first.EchoRules.IsNone || (StepTable.Is(step, StepTraits.Request) && seen.State == step.A))
            && (first.HashRules.IsNone || seen.Hash == first.Hash)
            && (first.ValueRules.IsNone || Holds(first, seen.Value));
    }

    private static (DivergenceKind Kind, Rules Rules) Facets(
        MigrationMachine machine,
        in ModelState state,
        in Step step,
        in Observation seen,
        in Outcome outcome
    )
    {
        if (seen.Marks != Marks.None)
        {
            if ((seen.Marks & Marks.Memory) != 0)
                return (DivergenceKind.Value, Rules.Of(MIG_RES_17));
            if ((seen.Marks & Marks.Envelope) != 0 && machine.Channel != Channels.Socket)
                return (DivergenceKind.Envelope, Rules.Of(ABI_19));
            if (!outcome.UntouchedRules.IsNone && (seen.Marks & Marks.Guard) != 0)
                return (DivergenceKind.Guard, outcome.UntouchedRules);
            if (outcome.UntouchedRules.First == ABI_07 && (seen.Marks & Marks.Payload) != 0)
                return (DivergenceKind.Guard, outcome.UntouchedRules);
        }

        if (step.Kind == StepKind.GiveTime)
            return OfTime(machine, state, seen, outcome);
        if (step.Kind == StepKind.PrecopyInfo && seen.Errno == 0)
            return OfPrecopyInfo(state, step, seen, outcome);
        if (!outcome.ReportRules.IsNone && !outcome.Reports.Contains((DeviceState)seen.State))
        {
            var blamed = OfReportedState(machine, state, (DeviceState)seen.State);
            if (!blamed.IsNone)
                return (DivergenceKind.State, blamed);
        }

        if (!outcome.DescriptorRules.IsNone && (outcome.WantsDescriptor ? seen.Descriptor < 0 : seen.Descriptor != -1))
            return (DivergenceKind.Descriptor, outcome.DescriptorRules);
        if (!outcome.EchoRules.IsNone && seen.State != step.A)
            return (DivergenceKind.Echo, outcome.EchoRules);
        // A stream of which too little came ends too early, before it is another one.
        if (StepTable.Is(step, StepTraits.ReadsToEnd) && !outcome.ValueRules.IsNone && seen.Value < outcome.Least)
            return (DivergenceKind.Value, outcome.ValueRules);
        if (!outcome.HashRules.IsNone && seen.Hash != outcome.Hash)
            return (
                DivergenceKind.Content,
                StepTable.Is(step, StepTraits.Request) ? OfPath(machine, new(seen.Hash), new(outcome.Hash), outcome.HashRules) : outcome.HashRules
            );
        if (!outcome.ValueRules.IsNone && !Holds(outcome, seen.Value))
            return (
                DivergenceKind.Value,
                step.Kind == StepKind.ReportLogging ? OfBitmap(machine, state, LogReport.From(step), seen.Value & ~outcome.Most) : OfValue(seen, outcome)
            );
        return default;
    }

    // What is stopped has an end (MIG-FD-19), and so has a stream of which the driver declares one. A running device may have something new each time that it
    // is asked, but for one that is left alone.
    private static Rules OfEndless(MigrationMachine machine, in ModelState state) =>
        machine.StreamBound == 0 || !IsCertain(state) ? Rules.None
        : state.Is(DeviceState.StopCopy) || machine.Traits.MaxImageBytes > 0 ? Rules.Of(MIG_FD_19)
        : IsIdle(state) && !machine.Traits.IdleDirties ? Rules.Of(MIG_PRE_23)
        : Rules.None;

    private static bool Holds(in Outcome outcome, ulong value) =>
        outcome.Comparison switch
        {
            ValueRule.HasBits => (value & outcome.Least) == outcome.Least,
            ValueRule.OnlyBits => (value & ~outcome.Most) == 0,
            ValueRule.PowerOfTwo => System.Numerics.BitOperations.IsPow2(value),
            _ => value >= outcome.Least && value <= outcome.Most,
        };

    // A size that is a negative errno in disguise is that, also when it differs from an earlier one.
    private static Rules OfValue(in Observation seen, in Outcome outcome) =>
        outcome.ValueRules.Has(SIZE_04) && seen.Value - 1 >= long.MaxValue ? Rules.Of(SIZE_04) : outcome.ValueRules;

    // A path through a state that the feature set does not have breaks another sentence than a detour does, and so does one that stops early.
    private static Rules OfPath(MigrationMachine machine, StatePath path, StatePath contracted, Rules rules)
    {
        var early = path.Count < contracted.Count;
        for (var i = 0; i < path.Count; i++)
        {
            if (!machine.Paths.Supports(path[i]))
                return Rules.Of(MIG_FSM_08, MIG_FSM_23);
            early &= path[i] == contracted[i];
        }

        return early ? Rules.Of(MIG_FSM_08, MIG_FSM_04) : Rules.Of(MIG_FSM_08);
    }
}
