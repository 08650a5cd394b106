using Conformance.Model.Contract;
using Conformance.Model.Migration.Device;
using Conformance.Model.Migration.Steps;
using Conformance.Model.Requirements;
using static Conformance.Model.Requirements.RequirementId;

namespace Conformance.Model.Migration.Oracle;

/// <content>
/// MIG-PRE and PINFO2: the counters of pre-copy, its temporary end, and what a stream that began there owes. The counters are estimates (E-07): only the
/// relations that the sections name are asserted.
/// </content>
public static partial class MigrationOracle
{
    // How often an idle device may be read empty and still have more to offer (MIG-PRE-23, PINFO2-14): the contract gives no number.
    private const int SettlesWithin = 3;

    private static void AllowPrecopyInfo(MigrationMachine machine, in ModelState state, in Step step, ref OutcomeSet set)
    {
        if (!IsJudged(state))
            return;
        if (state.Session == SessionKind.Resuming)
        {
            set.Add(ErrnoSet.Of(Errno.ENOTTY), Rules.Of(MIG_FD_24));
            return;
        }

        var mapped = (uint)step.B;
        if (!machine.HasPreCopy)
        {
            // The file may have no ioctl, or one that has no state to answer in.
            if (mapped >= Uapi.PrecopyInfoSize)
                set.Add(ErrnoSet.Of(Errno.EINVAL).Or(Errno.ENOTTY), Rules.Of(MIG_PRE_21));
            return;
        }

        if (mapped < Uapi.PrecopyInfoSize)
            set.Add(ErrnoSet.Of(Errno.EFAULT), Rules.Of(ABI_22));
        else if (step.A < Uapi.PrecopyInfoSize)
            set.Add(ErrnoSet.Of(Errno.EINVAL), Rules.Of(ABI_22));
        else if (IsIn(state, PreCopies))
            AllowCounters(machine, state, step, ref set);
        else if (state.Is(DeviceState.StopCopy))
            set.Add(ErrnoSet.Of(Errno.EINVAL), Rules.Of(MIG_PRE_02));
        else
            return;
        if (state.SaveFailsAt != 0)
            set.Add(ErrnoSet.AnyFailure.Except(Errno.ENOTTY), Rules.None);
        set.Add(ErrnoSet.Of(Errno.ENOTTY), Rules.Of(MIG_FEAT_08)).Grade = Grade.Forbidden;
    }

    private static readonly StateSet PreCopies = StateSet.Of(DeviceState.PreCopy).With(DeviceState.PreCopyP2P);

    // Value is initial_bytes, the hash is dirty_bytes: Least and Most are those of the first, the hash that is expected is the 0 of the second.
    private static void AllowCounters(MigrationMachine machine, in ModelState state, in Step step, ref OutcomeSet set)
    {
        ref var info = ref set.Add(ErrnoSet.Success, step.A > Uapi.PrecopyInfoSize ? Rules.Of(MIG_PRE_01, ABI_22) : Rules.Of(MIG_PRE_01));
        info.UntouchedRules = Rules.Of(ABI_22);
        info.Confirms = Rules.Of(IsOverwritten(state, step) ? MIG_PRE_25 : RequirementId.None, state.OptedIn ? PINFO2_09 : RequirementId.None);
        info.EchoRules = OfFlags(machine, state);
        info.Most = ulong.MaxValue;
        ref readonly var before = ref Counters(state);
        if (MustHaveSettled(machine, state))
        {
            info.Most = 0;
            info.ValueRules = info.HashRules = Rules.Of(MIG_PRE_23);
            if (state.OptedIn)
                info.Confirms = info.Confirms.And(PINFO2_14);
        }
        else if (!before.Has(PreCopyFlags.Asked))
        {
            info.Least = state.Read == 0 ? 1u : 0;
            info.ValueRules = state.Read == 0 ? Rules.Of(MIG_PRE_03) : Rules.None;
            if (state.Read == 0 && IsIdle(state))
                info.HashRules = Rules.Of(MIG_PRE_05);
        }
        else
        {
            // Whoever has read as much as was announced has read some of the initial data, whatever came first.
            var hasFallen = before.Initial > 0 && state.Read - before.InitialRead >= before.Initial;
            var isReinitialised = before.Has(PreCopyFlags.Reinitialised);
            // After REINIT older bytes may stand before those that are counted (PINFO2-12), so that only the end tells.
            info.Most =
                isReinitialised && state.Phase == StreamPhase.TemporaryEnd ? 0
                : hasFallen && !isReinitialised ? before.Initial - 1
                : before.Initial;
            info.ValueRules =
                isReinitialised ? Rules.Of(MIG_PRE_04, PINFO2_10)
                : state.OptedIn ? Rules.Of(MIG_PRE_04, PINFO2_11)
                : Rules.Of(MIG_PRE_04);
        }
    }

    private static Rules OfFlags(MigrationMachine machine, in ModelState state) =>
        state.OptedIn
            ? (
                state.AfterReset ? Rules.Of(PINFO2_05, PINFO2_04, MIG_ERR_17, PINFO2_07)
                : state.PreCopy.Has(PreCopyFlags.LateOptIn) ? Rules.Of(PINFO2_05, PINFO2_04, PINFO2_08)
                : Rules.Of(PINFO2_05, PINFO2_04)
            )
        : machine.Level < UapiLevel.V7_2 ? Rules.None
        : state.PreCopy.Has(PreCopyFlags.Probed) ? Rules.Of(PINFO2_06, PINFO2_02)
        : state.AfterReopen ? Rules.Of(PINFO2_06, PINFO2_07)
        : Rules.Of(PINFO2_06);

    private static bool IsIdle(in ModelState state) => !state.PreCopy.Has(PreCopyFlags.Touched) && state.Work.Waiting == 0 && !state.Work.Has(WorkFlags.Stuck);

    private static bool MustHaveSettled(MigrationMachine machine, in ModelState state) =>
        state.PreCopy.Rounds >= SettlesWithin
        && state.Phase == StreamPhase.TemporaryEnd
        && state.Work.Waiting == 0
        && !state.Work.Has(WorkFlags.Stuck)
        && !machine.Traits.IdleDirties;

    private static (DivergenceKind Kind, Rules Rules) OfPrecopyInfo(in ModelState state, in Step step, in Observation seen, in Outcome outcome)
    {
        if (outcome.EchoRules.IsNone && outcome.ValueRules.IsNone && outcome.HashRules.IsNone && outcome.Confirms.IsNone)
            return default;
        if (IsOverwritten(state, step) && (seen.Value == ulong.MaxValue || seen.Hash == ulong.MaxValue))
            return (DivergenceKind.Value, Rules.Of(MIG_PRE_25));
        var isReinit = (seen.State & Uapi.PrecopyReinit) != 0;
        if (!outcome.EchoRules.IsNone && (state.OptedIn ? seen.State & ~Uapi.PrecopyReinit : seen.State) != 0)
            // All ones were sent: they are another fault than a bit that nobody sent or that is one of many.
            return (DivergenceKind.Echo, seen.State == uint.MaxValue || !state.OptedIn ? outcome.EchoRules : Rules.Of(PINFO2_05));
        if (isReinit && state.OptedIn)
            return outcome.Confirms.Has(PINFO2_14) ? (DivergenceKind.Value, Rules.Of(PINFO2_14))
                : seen.Hash != 0 ? (DivergenceKind.Value, Rules.Of(PINFO2_09))
                : default;
        if (!outcome.HashRules.IsNone && seen.Hash != 0)
            return (DivergenceKind.Value, outcome.HashRules);
        return outcome.ValueRules.IsNone || Holds(outcome, seen.Value) ? default : (DivergenceKind.Value, outcome.ValueRules);
    }

    // A counter that was all ones before anybody had sent that is the driver's own.
    private static bool IsOverwritten(in ModelState state, in Step step) =>
        step.B >= Step.CountersSet && state.PreCopy.Has(PreCopyFlags.Asked) && state.PreCopy.Initial != ulong.MaxValue;

    private static void AllowStalePrecopyInfo(MigrationMachine machine, in ModelState state, ref OutcomeSet set)
    {
        // EINVAL or ENODEV, by what the driver looks at first (E-13); a resuming session, and a device without PRE_COPY, may not know the call.
        if (state.Stale && !IsSharedHandle(machine, state))
            set.Add(ErrnoSet.AnyFailure, Rules.Of(machine.HasPreCopy ? MIG_PRE_02 : MIG_PRE_21));
    }

    private static void AfterPrecopyInfo(MigrationMachine machine, ref ModelState next, in Step step, in Observation seen)
    {
        AfterSessionCall(ref next);
        if (next.Session != SessionKind.Saving || !machine.HasPreCopy)
            return;
        next.StateRules = Rules.Of(MIG_FSM_22, MIG_PRE_18);
        if (!IsSoft(next.SessionRules))
            next.SessionRules = Rules.Of(MIG_PRE_18);
        if (seen.Errno != 0 || step.A < Uapi.PrecopyInfoSize)
            return;
        ref var counters = ref next.PreCopy;
        if (next.OptedIn && (seen.State & Uapi.PrecopyReinit) != 0)
        {
            counters.Flags |= PreCopyFlags.Reinitialised;
            counters.Announced = 0;
            next.SessionRules = Rules.Of(PINFO2_12);
            if (next.Phase == StreamPhase.TemporaryEnd)
                next.Phase = StreamPhase.Middle;
        }
        else if (next.Read == 0 && !counters.Has(PreCopyFlags.Asked))
            counters.Announced = seen.Value;

        counters.Flags |= PreCopyFlags.Asked | PreCopyFlags.AskedBehindEnd;
        counters.Flags = (seen.Value | seen.Hash) != 0 ? counters.Flags | PreCopyFlags.More : counters.Flags & ~PreCopyFlags.More;
        counters.Initial = seen.Value;
        counters.InitialRead = next.Read;
    }

    private static void AfterOptIn(ref ModelState next)
    {
        if (next.Session == SessionKind.Saving && !next.OptedIn)
            next.PreCopy.Flags |= PreCopyFlags.LateOptIn;
        next.OptedIn = true;
    }

    private static ref readonly PreCopyState Counters(in ModelState state) => ref state.PreCopy;

    private static bool HasMore(in ModelState state) => state.PreCopy.Has(PreCopyFlags.More);

    // ENOMSG where there may be nothing to read: neither just behind counters that say there is, nor before what was announced has come.
    private static void AllowTemporaryEnd(in ModelState state, Rules live, ref OutcomeSet set)
    {
        ref var end = ref set.Add(ErrnoSet.Of(Errno.ENOMSG), live);
        end.Confirms = Rules.Of(MIG_PRE_06);
        end.Most = ulong.MaxValue;
        ref readonly var counters = ref Counters(state);
        var isChanged = counters.Has(PreCopyFlags.TouchedBehindEnd);
        if (counters.Has(PreCopyFlags.More))
        {
            end.Least = 1;
            end.ValueRules =
                state.Phase == StreamPhase.Failed ? Rules.Of(MIG_ERR_14, MIG_PRE_08)
                : isChanged ? Rules.Of(MIG_PRE_08, MIG_PRE_07)
                : Rules.Of(MIG_PRE_08);
        }

        if (counters.Announced <= state.Read)
            return;
        end.Least = Math.Max(end.Least, counters.Announced - state.Read);
        end.ValueRules = (state.Phase == StreamPhase.Failed ? Rules.Of(MIG_ERR_14) : end.ValueRules).And(MIG_PRE_19);
    }

    private static void AfterTemporaryEnd(ref ModelState next)
    {
        ref var counters = ref next.PreCopy;
        if (counters.Has(PreCopyFlags.AskedBehindEnd) && counters.Has(PreCopyFlags.MetEnd) && counters.Rounds < byte.MaxValue)
            counters.Rounds++;
        counters.Flags = (counters.Flags | PreCopyFlags.MetEnd) & ~(PreCopyFlags.TouchedBehindEnd | PreCopyFlags.AskedBehindEnd);
    }

    // The device was used, or had time.
    private static void Touch(ref ModelState next)
    {
        if (next.Session != SessionKind.Saving)
            return;
        ref var counters = ref next.PreCopy;
        counters.Flags |= counters.Has(PreCopyFlags.MetEnd) ? PreCopyFlags.Touched | PreCopyFlags.TouchedBehindEnd : PreCopyFlags.Touched;
        counters.Flags &= ~PreCopyFlags.More;
        counters.Rounds = 0;
    }

    // What a request owes to a session of pre-copy that it leaves, or to one that it begins.
    private static Rules OfPreCopy(MigrationMachine machine, in ModelState state, StatePath path, Rules rules)
    {
        if (!machine.HasPreCopy)
            return rules;
        var target = path[path.Count - 1];
        if (PreCopies.Contains(path[0]) && state.Session == SessionKind.Saving && state.Phase != StreamPhase.TemporaryEnd)
            rules = rules.And(MIG_PRE_11);
        if (target == DeviceState.PreCopy && StartsForPreCopy(path))
            rules = rules.And(MIG_PRE_24);
        return PreCopies.Contains(target) && !PreCopies.Contains(path[0]) && machine.HasLogging && !state.Log.MayBeActive ? rules.And(MIG_PRE_22) : rules;
    }

    private static bool StartsForPreCopy(StatePath path) => path[0] is DeviceState.Stop or DeviceState.Resuming;

    // Inside the saving group the stream goes on where it was (MIG-FD-04); what was special about it before comes last.
    private static Rules GoesOn(in ModelState state, DeviceState target)
    {
        var before = Special(state.SessionRules);
        if (target != DeviceState.StopCopy)
            return Rules.Of(before == RequirementId.None ? MIG_FD_04 : before, MIG_PRE_16);
        var rules =
            state.Read == 0 ? Rules.Of(MIG_PRE_12, MIG_PRE_10)
            : state.Phase != StreamPhase.TemporaryEnd ? Rules.Of(MIG_FD_04, MIG_PRE_12)
            : Rules.Of(MIG_FD_04);
        return before == RequirementId.None ? rules : Rules.Of(rules.First, before);
    }

    // The last of those that speak of more than this session's place in the saving group.
    private static RequirementId Special(Rules rules)
    {
        for (var i = rules.Count - 1; i >= 0; i--)
            if (rules[i] == MIG_PRE_15 || rules[i] == MIG_PRE_16 || rules[i] == MIG_PRE_18 || rules[i] == PINFO2_12)
                return rules[i];
        return RequirementId.None;
    }

    // What loading the image that was just completed will be measured by.
    private static Rules OfImage(in ModelState state) =>
        state.ReadFailed ? BehindFailure
        : !state.PreCopy.Has(PreCopyFlags.Touched) || IsSoft(state.SessionRules) ? state.SessionRules
        : state.SessionRules.Has(PINFO2_12) ? Rules.Of(MIG_PRE_13, PINFO2_12)
        : state.OptedIn ? Rules.Of(Special(state.SessionRules), MIG_PRE_13)
        : Rules.Of(PINFO2_13, MIG_PRE_13);

    private static void AfterCancel(ref ModelState next)
    {
        next.ContentRules = Rules.Of(MIG_PRE_15);
        next.PreCopy.Flags |= PreCopyFlags.Cancelled;
    }
}
