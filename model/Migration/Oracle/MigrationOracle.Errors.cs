using Conformance.Model.Contract;
using Conformance.Model.Migration.Device;
using Conformance.Model.Migration.Steps;
using Conformance.Model.Requirements;
using static Conformance.Model.Requirements.RequirementId;

namespace Conformance.Model.Migration.Oracle;

/// <content>MIG-ERR: requests that fail, RESET, and a device that is closed.</content>
public static partial class MigrationOracle
{
    private static void Refuse(MigrationMachine machine, in ModelState state, in Step step, ErrnoSet errnos, Rules result, Rules after, ref OutcomeSet set)
    {
        ref var refused = ref set.Add(errnos, result);
        refused.After = state.States;
        refused.AfterRules = after;
        refused.Confirms = Rules.Of(MIG_FSM_27);
        Answer(machine, step, Rules.Of(MIG_FSM_14), wantsDescriptor: false, ref refused);
    }

    private static void AllowInjectedFailure(MigrationMachine machine, in ModelState state, in Step step, StatePath path, ref OutcomeSet set)
    {
        // The state may be any that was passed before the failing arc (MIG-FSM-13), or ERROR: only the driver knows whether a valid one was left (E-02).
        var after = Visited(path, state.FailingArc).With(DeviceState.Error);
        var stops = state.FailingArc < path.Count && Stopped.Contains(path[state.FailingArc]) && !Stopped.Contains(path[state.FailingArc - 1]);
        var result = stops ? Rules.Of(MIG_FSM_14, MIG_STOP_14) : Rules.Of(MIG_FSM_14);
        Fail(machine, step, after, Rules.Of(MIG_FSM_13), ErrnoSet.AnyFailure.Except(Errno.ENOTTY), result, ref set);
        set.Add(ErrnoSet.Of(Errno.ENOTTY), Rules.Of(MIG_ERR_12)).Grade = Grade.Forbidden;
    }

    private static void AllowIncompleteLoad(MigrationMachine machine, in ModelState state, in Step step, StatePath path, ref OutcomeSet set)
    {
        // What a load is that the model does not know of, or that may be valid, is settled by the answer; a refusal must be a proper one.
        var flaw = OfBadLoad(machine, state, path);
        if (!flaw.IsNone)
        {
            AllowBadLoad(machine, state, step, path, flaw, ref set);
            return;
        }

        Fail(
            machine,
            step,
            Visited(path, path.Count - 1).With(DeviceState.Error),
            Rules.Of(MIG_FSM_13),
            ErrnoSet.AnyFailure.Except(Errno.ENOTTY),
            Rules.Of(MIG_FSM_14),
            ref set
        );
        ref var taken = ref set.Add(ErrnoSet.Success, Rules.None);
        taken.After = StateSet.Of(path[path.Count - 1]);
        taken.AfterRules = Rules.Of(MIG_FSM_04, MIG_FSM_14);
        taken.Effect = PathTable.OpensSession(path) ? SessionEffect.Begin : SessionEffect.End;
        Answer(machine, step, PathTable.OpensSession(path) ? Rules.Of(MIG_FD_01, MIG_FSM_14) : Rules.Of(MIG_FD_02), PathTable.OpensSession(path), ref taken);
        set.Add(ErrnoSet.Of(Errno.ENOTTY), Rules.Of(MIG_ERR_12)).Grade = Grade.Forbidden;
    }

    private static void Fail(MigrationMachine machine, in Step step, StateSet after, Rules afterRules, ErrnoSet errnos, Rules result, ref OutcomeSet set)
    {
        ref var failed = ref set.Add(errnos, result);
        failed.After = after;
        failed.AfterRules = afterRules;
        failed.Effect = SessionEffect.Unknown;
        Answer(machine, step, Rules.Of(MIG_FSM_14), wantsDescriptor: false, ref failed);
    }

    private static void AllowReset(MigrationMachine machine, in ModelState state, ref OutcomeSet set)
    {
        if (state.Closed)
            return;
        var rules =
            state.AfterFailure || state.States.Contains(DeviceState.Error) ? Rules.Of(MIG_ERR_03, MIG_FSM_16)
            : state.Is(DeviceState.Running) ? Rules.Of(MIG_ERR_03, MIG_ERR_08)
            : Rules.Of(MIG_ERR_03);
        ref var done = ref set.Add(ErrnoSet.Success, rules);
        done.After = StateSet.Of(DeviceState.Running);
        done.AfterRules = Rules.Of(MIG_ERR_03).And(rules);
        // A device may have no reset, and one that has may not get its locks (MIG-ERR-16).
        set.Add(machine.HasReset ? ErrnoSet.Of(Errno.EAGAIN) : ErrnoSet.AnyFailure, Rules.None).After = state.States;
    }

    private static void AfterReset(MigrationMachine machine, ref ModelState next, in Observation seen)
    {
        next.AfterRefusal = false;
        if (seen.Errno != 0)
        {
            MayDisarm(ref next);
            next.Log.Reset();
            next.States = machine.Paths.States.With(DeviceState.Error);
            next.StateRules = Rules.None;
            next.Session = next.Session == SessionKind.None ? SessionKind.None : SessionKind.Unknown;
            return;
        }

        next.LastReset = next.Session != SessionKind.None && next.WritePosition > 0 ? ResetKind.OfLoad : ResetKind.Plain;
        EndSession(ref next, Rules.Of(MIG_ERR_04, MIG_FD_15));
        next.StateRules = next.AfterFailure || next.States.Contains(DeviceState.Error) ? Rules.Of(MIG_ERR_03, MIG_FSM_16) : Rules.Of(MIG_ERR_03);
        next.States = StateSet.Of(DeviceState.Running);
        next.AfterReset = true;
        next.AfterFailure = next.AfterReopen = next.MayBeDisarmed = false;
        next.FailingArc = 0;
        next.NextSaveFailsAt = next.StoppedSaveFailsAt = 0;
        next.Content = next.KeptContent = 0;
        next.DataSize = next.StoppedHash = 0;
        next.Log.Reset();
    }

    // What was armed may have come to nothing.
    private static void MayDisarm(ref ModelState next)
    {
        next.MayBeDisarmed = next.FailingArc != 0;
        if (next.NextSaveFailsAt != 0)
            next.NextSaveFailsAt = ulong.MaxValue;
        if (next.StoppedSaveFailsAt != 0)
            next.StoppedSaveFailsAt = ulong.MaxValue;
    }

    private static void AfterClose(MigrationMachine machine, ref ModelState next)
    {
        MayDisarm(ref next);
        EndSession(ref next, Rules.Of(MIG_FD_16));
        if (!machine.Can(ChannelCapabilities.OutlivingDescriptors))
            next.Stale = false;
        next.Closed = true;
        next.States = StateSet.Of(DeviceState.Running);
        next.StateRules = Rules.Of(MIG_FSM_20, MIG_ERR_09);
        next.Content = next.KeptContent = 0;
        next.OptedIn = false;
        next.Log.Close();
        next.PreCopy = default;
        next.DataSize = next.StoppedHash = 0;
    }
}
