using Conformance.Model.Contract;
using Conformance.Model.Migration.Device;
using Conformance.Model.Migration.Steps;
using Conformance.Model.Requirements;
using static Conformance.Model.Requirements.RequirementId;

namespace Conformance.Model.Migration.Oracle;

/// <content>MIG-STOP and MIG-P2P: what a device does by itself, and must not do.</content>
public static partial class MigrationOracle
{
    // A piece of work needs two operations at most (IWorkQueue.Run).
    private const int OperationsOfPiece = 2;

    private static readonly StateSet Stopped = StateSet.Of(DeviceState.Stop).With(DeviceState.StopCopy).With(DeviceState.Resuming);
    private static readonly StateSet Quiesced = StateSet.Of(DeviceState.RunningP2P).With(DeviceState.PreCopyP2P);

    private static bool IsIn(in ModelState state, StateSet states) => state.States.Count == 1 && states.Contains(state.States.First);

    private static bool MayBeUsed(in ModelState state) => state.Is(DeviceState.Running) || state.Is(DeviceState.PreCopy);

    // What a running device owes, however it came to run; in PRE_COPY it runs as well (MIG-PRE-09).
    private static Rules Operation(in ModelState state) => state.Work.Rules.IsNone ? Rules.Of(MIG_STOP_17) : state.Work.Rules;

    private static void AllowWorkStep(MigrationMachine machine, in ModelState state, in Step step, ref OutcomeSet set)
    {
        switch (step.Kind)
        {
            case StepKind.SubmitWork:
                // As long as no more than four pieces wait there is room (IWorkQueue.Capacity).
                var hasRoom = MayBeUsed(state) && !state.Work.Has(WorkFlags.Unknown | WorkFlags.Stuck) && state.Work.Pieces < 4;
                set.Add(hasRoom ? ErrnoSet.Success : ErrnoSet.Anything, hasRoom ? Operation(state) : Rules.None).After = state.States;
                break;
            case StepKind.GiveTime:
                AllowTime(machine, state, step, ref set);
                break;
            case StepKind.WriteRegister:
                set.Add(MayBeUsed(state) ? ErrnoSet.Success : ErrnoSet.Anything, MayBeUsed(state) ? Operation(state) : Rules.None);
                break;
            case StepKind.ReadRegister:
                ref var register = ref set.Add(ErrnoSet.Anything, Rules.None);
                if (!MayBeUsed(state))
                    break;
                register.Errnos = ErrnoSet.Success;
                register.Result = Operation(state);
                if (state.Work.Register != 1 + step.A)
                    break;
                register.Least = register.Most = state.Work.Value;
                register.ValueRules = Operation(state);
                break;
            case StepKind.ReadCounter:
                ref var counter = ref set.Add(ErrnoSet.Success, Rules.None);
                if (!MayBeUsed(state) || state.Work.Counter == 0)
                    break;
                counter.Least = state.Work.Counter - 1 + (state.Work.Has(WorkFlags.CounterRan) ? 1u : 0);
                counter.Most = ulong.MaxValue;
                counter.ValueRules = Operation(state);
                break;
            case StepKind.ReadTaken:
                ref var taken = ref set.Add(ErrnoSet.Success, Rules.None);
                if (!MayBeUsed(state) || state.Work.Taken == 0)
                    break;
                taken.Least = state.Work.Taken - 1;
                taken.Most = ulong.MaxValue;
                taken.ValueRules = Rules.Of(MIG_P2P_04, SEED_06);
                break;
            case StepKind.EnableVector:
                set.Add(ErrnoSet.Success, Rules.Of(MIG_STOP_05)).After = state.States;
                break;
            case StepKind.ReadConfig:
                ref var config = ref set.Add(ErrnoSet.Success, Rules.Of(MIG_STOP_05));
                if (step.A != 0 || state.Work.Config == 0)
                    break;
                config.Least = config.Most = state.Work.Config - 1;
                config.ValueRules = Rules.Of(MIG_STOP_05);
                break;
            case StepKind.Trespass:
                // It may be ignored, refused or obeyed: what it may not do is harm to others, which a lost device would be.
                set.Add(ErrnoSet.Anything, Rules.None).Confirms = Rules.Of(MIG_STOP_06);
                break;
            default:
                set.Add(ErrnoSet.Anything, Rules.None).After = state.States;
                break;
        }
    }

    // The value of the observation is what came out since the last request returned, the hash what came out since the last look.
    private static void AllowTime(MigrationMachine machine, in ModelState state, in Step step, ref OutcomeSet set)
    {
        ref var outcome = ref set.Add(ErrnoSet.Success, Rules.None);
        outcome.After = state.States;
        if (
            state.States.Count != 1
            || state.Closed
            || (state.Work.Has(WorkFlags.Trespassed) && !(state.Work.Has(WorkFlags.Doorbell) && state.Is(DeviceState.Stop)))
        )
            return;
        if (IsIn(state, Stopped) || IsIn(state, Quiesced))
        {
            outcome.ValueRules = OfActivity(machine, state, AtIssue(machine, state));
            outcome.Comparison = ValueRule.OnlyBits;
            outcome.Most = Permitted(machine, state);
        }
        else if (MayBeUsed(state) && IsEnough(state, step))
        {
            outcome.Hash = state.Work.Waiting;
            outcome.HashRules = OfLostWork(state, new(state.Work.Waiting));
        }
    }

    private static bool IsEnough(in ModelState state, in Step step) =>
        !state.Work.Has(WorkFlags.Unknown | WorkFlags.Stuck | WorkFlags.Trespassed)
        && state.Work.Disabled == 0
        && state.Work.Pieces is > 0 and var pieces
        && step.A >= OperationsOfPiece * pieces;

    // What may come out in this state: all of it, nothing, or all but what a quiesced device does not begin.
    private static ulong Permitted(MigrationMachine machine, in ModelState state)
    {
        if (!IsIn(state, Quiesced))
            return 0;
        var all = new WorkEffects(ulong.MaxValue).With(WorkKind.PeerWrite, 0);
        return machine.Can(ChannelCapabilities.WorkAllDmaAlike) ? all.With(WorkKind.MemoryWrite, 0).With(WorkKind.MemoryRead, 0).Packed : all.Packed;
    }

    // What a device would do here if it did something: what waits, or where that is not known, all that can be seen of it.
    private static WorkEffects AtIssue(MigrationMachine machine, in ModelState state)
    {
        if (!state.Work.Has(WorkFlags.Unknown))
            return new(state.Work.Waiting);
        if (state.LoadIsComplete && state.Image(state.Source) is { WorkIsKnown: true } image)
            return new(image.Waiting);
        var effects = WorkEffects.None;
        if (machine.Can(ChannelCapabilities.WorkMemory))
            effects = effects.With(WorkKind.MemoryWrite, 1);
        if (machine.Can(ChannelCapabilities.WorkInterrupts))
            effects = effects.With(WorkKind.Interrupt, 1);
        if (machine.Can(ChannelCapabilities.WorkPeerWrites))
            effects = effects.With(WorkKind.PeerWrite, 1);
        return effects;
    }

    // Which requirements forbid these effects in this state: the general one first, what a plan without a superfluous step is broken at last.
    private static Rules OfActivity(MigrationMachine machine, in ModelState state, WorkEffects effects)
    {
        var rules = Rules.None;
        if (effects.IsNone)
            return rules;
        if (state.Work.Has(WorkFlags.Doorbell))
            return Rules.Of(MIG_STOP_09);
        var memory = effects[WorkKind.MemoryWrite] + effects[WorkKind.MemoryRead] > 0;
        var peers = effects[WorkKind.PeerWrite] > 0;
        if (peers && IsStoppedInOrder(state))
            return Rules.Of(MIG_P2P_09);
        if (IsIn(state, Quiesced))
        {
            if (memory && machine.Can(ChannelCapabilities.WorkAllDmaAlike))
                rules = rules.And(MIG_P2P_02);
            if (!peers)
                return rules;
            rules = rules.And(MIG_P2P_01);
            if (state.Work.Has(WorkFlags.Started))
                rules = rules.And(MIG_P2P_03);
            if (state.Is(DeviceState.PreCopyP2P))
                rules = rules.And(MIG_PRE_17);
        }
        else
        {
            if (memory)
                rules = rules.And(MIG_STOP_01);
            if (effects[WorkKind.Interrupt] > 0)
                rules = rules.And(MIG_STOP_02);
            if (peers || effects[WorkKind.Packet] > 0)
                rules = rules.And(MIG_STOP_04);
            if (!state.Is(DeviceState.Stop))
                rules = rules.And(MIG_STOP_07);
            if (state.Is(DeviceState.Resuming) && state.LoadIsComplete)
                rules = rules.And(MIG_RES_23);
            if (state.Work.Has(WorkFlags.FromPreCopy))
                rules = rules.And(MIG_P2P_12);
            if (state.Work.Has(WorkFlags.StopFailed))
                rules = rules.And(MIG_STOP_14);
        }

        return rules;
    }

    private static bool IsStoppedInOrder(in ModelState state) => state.Work.Peer == PeerState.Stop && state.Work.Has(WorkFlags.PeerInOrder);

    // Which requirements say that this work must have been done by now, the general one first.
    private static Rules OfLostWork(in ModelState state, WorkEffects lost)
    {
        var carried = state.Work.Has(WorkFlags.Carried);
        // That a cause which waited over a stop is delivered is a recommendation; nothing stronger says so.
        if (carried && lost.With(WorkKind.Interrupt, 0).IsNone)
            return Rules.Of(MIG_STOP_12);
        var rules = lost[WorkKind.PeerWrite] > 0 ? Operation(state) : Operation(state).Without(MIG_P2P_07);
        if (carried)
            rules = rules.And(MIG_STOP_08);
        if (lost[WorkKind.MemoryWrite] > 0 && state.Work.Has(WorkFlags.Swapped))
            rules = rules.And(MIG_STOP_16);
        return !carried && lost[WorkKind.Interrupt] > 0 && state.Work.Has(WorkFlags.VectorsSet) ? rules.And(MIG_STOP_11) : rules;
    }

    // The facets of what a device did when it had time.
    private static (DivergenceKind Kind, Rules Rules) OfTime(MigrationMachine machine, in ModelState state, in Observation seen, in Outcome outcome)
    {
        // What nobody asked for is judged as well.
        if (outcome.Comparison == ValueRule.OnlyBits && (seen.Value & ~outcome.Most) != 0)
            return (DivergenceKind.Value, OfActivity(machine, state, new(seen.Value & ~outcome.Most)));
        if (outcome.HashRules.IsNone)
            return default;
        var lost = new WorkEffects(outcome.Hash).Minus(new(seen.Hash));
        if (!lost.IsNone)
            return (DivergenceKind.Value, OfLostWork(state, lost));
        // An interrupt may come more than once (MIG-STOP-12); what is done twice otherwise was not captured as it was.
        var twice = new WorkEffects(seen.Hash).Minus(new(outcome.Hash)).With(WorkKind.Interrupt, 0);
        return !twice.IsNone && state.Work.Has(WorkFlags.Carried) ? (DivergenceKind.Value, Rules.Of(MIG_STOP_08)) : default;
    }

    private static void AfterWorkStep(ref ModelState next, in Step step, in Observation seen)
    {
        next.LastReset = ResetKind.None;
        ref var work = ref WorkOf(ref next);
        switch (step.Kind)
        {
            case StepKind.SubmitWork:
                if (seen.Errno != 0)
                    return;
                work.Flags |= (WorkKind)(step.A & 0xFF) == WorkKind.Stuck ? WorkFlags.Stuck : 0;
                work.Waiting = new WorkEffects(work.Waiting).Plus(WorkEffects.None.With((WorkKind)(step.A & 0xFF), 1)).Packed;
                Changed(ref next);
                break;
            case StepKind.GiveTime:
                AfterTime(ref next, step, seen);
                break;
            case StepKind.WriteRegister:
                work.Register = (ushort)(seen.Errno == 0 && MayBeUsed(next) ? 1 + step.A : 0);
                work.Value = (uint)seen.Value;
                Changed(ref next);
                break;
            case StepKind.ReadCounter:
                work.Counter = seen.Value + 1;
                work.Flags &= ~WorkFlags.CounterRan;
                break;
            case StepKind.ReadTaken:
                work.Taken = seen.Value + 1;
                break;
            case StepKind.EnableVector:
                var bit = 1u << (int)(step.A & 31);
                if (IsIn(next, Stopped) && step.B != 0 && (work.Disabled & bit) != 0)
                    work.Flags |= WorkFlags.VectorsSet;
                work.Disabled = step.B != 0 ? work.Disabled & ~bit : work.Disabled | bit;
                break;
            case StepKind.SwapPages:
                work.Flags |= WorkFlags.Moved;
                if (IsIn(next, Stopped))
                    work.Flags |= WorkFlags.Swapped;
                else
                    work.Forget();
                break;
            case StepKind.PeerAccess:
                AfterPeerAccess(ref next, seen);
                break;
            case StepKind.SetPeer:
                work.Peer = seen.Errno == 0 ? (PeerState)step.A : 0;
                // Both are quiesced before either is stopped: anything else is the user's fault, and not judged.
                if (work.Peer != PeerState.Stop || !(IsIn(next, Quiesced) || IsIn(next, Stopped)))
                    work.Flags &= ~WorkFlags.PeerInOrder;
                else
                    work.Flags |= WorkFlags.PeerInOrder;
                break;
            case StepKind.ReadConfig:
                if (step.A == 0 && seen.Errno == 0)
                    work.Config = seen.Value + 1;
                break;
            case StepKind.Trespass:
                work.Forget();
                work.Flags |= WorkFlags.Trespassed;
                if (step.A == Trespasses.Doorbell && next.Is(DeviceState.Stop))
                    work.Flags |= WorkFlags.Doorbell;
                Changed(ref next);
                break;
        }
    }

    private static void AfterTime(ref ModelState next, in Step step, in Observation seen)
    {
        ref var work = ref WorkOf(ref next);
        work.Waiting = new WorkEffects(work.Waiting).Minus(new(seen.Hash)).Packed;
        if (IsIn(next, Stopped))
        {
            work.Flags |= WorkFlags.Settled;
            if (step.A > 0)
                AfterStoppedTime(ref next);
            return;
        }

        work.Flags &= ~WorkFlags.Settled;
        if (step.A == 0)
            return;
        work.Flags |= WorkFlags.Started;
        if (MayBeUsed(next))
            work.Flags |= WorkFlags.CounterRan;
        if (MayBeUsed(next) && work.Waiting == 0)
            work.Flags &= ~(WorkFlags.Started | WorkFlags.Carried | WorkFlags.Swapped | WorkFlags.VectorsSet);
        Changed(ref next);
    }

    // A stopped device had time, and must be the same as before (MIG-STOP-03).
    private static void AfterStoppedTime(ref ModelState next)
    {
        WorkOf(ref next).Flags |= WorkFlags.RanStopped;
        if (next.Content != 0)
            next.ContentRules = Rules.Of(MIG_STOP_03);
    }

    private static void AfterPeerAccess(ref ModelState next, in Observation seen)
    {
        ref var work = ref WorkOf(ref next);
        var mayAccess = work.Peer is 0 or PeerState.Running && (IsIn(next, Quiesced) || MayBeUsed(next));
        if (!mayAccess || seen.Errno != 0)
            work.Taken = 0;
        else if (work.Taken != 0)
            work.Taken++;
        Changed(ref next);
    }

    // What the device holds is another thing than before.
    private static void Changed(ref ModelState next)
    {
        next.Content = 0;
        next.DataSize = next.StoppedHash = 0;
        Touch(ref next);
    }

    // What a request does to the work. The model is that behind the request already.
    private static void AfterRequest(MigrationMachine machine, ref ModelState next, StateSet origin, byte failing, in Step step, in Observation seen)
    {
        ref var work = ref WorkOf(ref next);
        if (origin.Count != 1 || next.States.Count != 1)
        {
            work.Forget();
            return;
        }

        var from = origin.First;
        if (next.Is(from))
            return;
        var path = machine.Paths.Path(from, next.States.First);
        if (work.Waiting != 0 && (LeadsInto(path, Stopped) || LeadsInto(path, Quiesced)))
            work.Flags |= WorkFlags.Carried;
        if (!IsIn(next, Stopped))
            work.Flags &= ~(WorkFlags.Settled | WorkFlags.FromPreCopy | WorkFlags.StopFailed | WorkFlags.RanStopped);
        else if (!Stopped.Contains(from))
        {
            work.Flags &= ~(WorkFlags.Settled | WorkFlags.RanStopped);
            if (seen.Errno == 0 && failing != 0 && machine.CanFail(path, failing - 1))
                work.Flags |= WorkFlags.StopFailed;
            if (from == DeviceState.PreCopy && step.A == (uint)DeviceState.StopCopy && (machine.Features & MigrationFeatures.P2P) == 0)
                work.Flags |= WorkFlags.FromPreCopy;
        }

        if (next.Is(DeviceState.PreCopy))
            work.Rules = Rules.Of(MIG_PRE_09).And(StartsForPreCopy(path) ? MIG_PRE_24 : RequirementId.None);
        if (!next.Is(DeviceState.Running))
            return;
        work.Rules = Rules.Of(MIG_STOP_17);
        for (var i = 0; i + 1 < path.Count; i++)
        {
            if (path[i] == DeviceState.Stop)
                work.Rules = work.Rules.And(MIG_STOP_15);
            if (path[i] == DeviceState.RunningP2P)
                work.Rules = work.Rules.And(MIG_P2P_07);
        }
    }

    private static ref WorkState WorkOf(ref ModelState state) => ref state.Work;

    // True when an arc of the request ends what a device does by itself.
    private static bool Stops(MigrationMachine machine, in ModelState state, in Step step)
    {
        if (!StepTable.Is(step, StepTraits.Request) || state.States.Count != 1 || IsIn(state, Stopped))
            return false;
        return LeadsInto(machine.Paths.Path(state.States.First, (DeviceState)step.A), Stopped);
    }

    private static bool LeadsInto(StatePath path, StateSet states)
    {
        for (var i = 1; i < path.Count; i++)
            if (states.Contains(path[i]))
                return true;
        return false;
    }
}
