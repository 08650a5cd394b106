using System.Runtime.CompilerServices;
using Conformance.Model.Contract;
using Conformance.Model.Migration.Device;
using Conformance.Model.Migration.Steps;
using Conformance.Model.Requirements;
using static Conformance.Model.Requirements.RequirementId;

namespace Conformance.Model.Migration.Oracle;

/// <content>MIG-FSM: GET and SET of the state, and what must not leak over many of them.</content>
public static partial class MigrationOracle
{
    /// <summary>
    /// True when a request must be refused whatever the device does: ERROR, unsupported and out-of-range targets, blocked pairs, everything in ERROR.
    /// </summary>
    public static bool IsRefused(MigrationMachine machine, in ModelState state, DeviceState target)
    {
        if (state.States.Count != 1)
            return false;
        var current = state.States.First;
        return current == DeviceState.Error ? target != DeviceState.Error : machine.Paths.Path(current, target).Count == 0;
    }

    /// <summary>
    /// True when a step may be a blocked request: some kernels never come back from one (MIG-FSM-27). After a failure that is every request that is blocked
    /// from one of the states that the device may be in.
    /// </summary>
    public static bool MayBeBlocked(MigrationMachine machine, in ModelState state, in Step step) =>
        StepTable.Is(step, StepTraits.Request) && (state.States.Bits & machine.Paths.BlockedFrom(step.A).Bits) != 0;

    private static void AllowGet(MigrationMachine machine, in ModelState state, ref OutcomeSet set)
    {
        if (!machine.HasMigration)
        {
            set.Add(machine.Refusal(Errno.ENOTTY), Rules.Of(ABI_13));
            return;
        }

        ref var outcome = ref set.Add(machine.Plain.Get);
        outcome.Reports = state.States;
        outcome.ReportRules = state
            .StateRules.And(
                state.AfterRefusal ? MIG_ERR_10
                : state.States.Contains(DeviceState.Error) ? RequirementId.None
                : MIG_ERR_02
            )
            .And(MIG_FSM_02);
        set.Add(machine.Plain.NoGet);
    }

    /// <summary>What is the same of every GET.</summary>
    internal static void PrepareGet(MigrationMachine machine, ref OutcomeSet set)
    {
        ref var outcome = ref set.Add(ErrnoSet.Success, Rules.Of(MIG_FSM_21));
        outcome.UntouchedRules = Rules.Of(ABI_12);
        if (machine.Can(ChannelCapabilities.Descriptors))
            outcome.DescriptorRules = Rules.Of(MIG_FSM_01);
        set.Add(ErrnoSet.Of(Errno.ENOTTY), Rules.Of(MIG_FEAT_06)).Grade = Grade.Forbidden;
    }

    /// <summary>Who is to blame for a reported state that is not among the allowed ones.</summary>
    /// <param name="machine">The device.</param>
    /// <param name="state">The model before the GET.</param>
    /// <param name="reported">The state that the GET gave.</param>
    public static Rules OfReportedState(MigrationMachine machine, in ModelState state, DeviceState reported)
    {
        // A newer kernel may have newer states, and a failure may lead there (E-29).
        if ((uint)reported >= 8 && state.AfterFailure)
            return Rules.None;
        if (reported != DeviceState.Error && !machine.Paths.Supports(reported))
            return state.StateRules.And(MIG_FSM_02);
        if (reported == DeviceState.Error)
            return state.StateRules.And(state.AfterRefusal ? MIG_ERR_10 : MIG_ERR_02);
        return state.StateRules;
    }

    private static void AfterGet(ref ModelState next, in Observation seen)
    {
        if (seen.Errno != 0 || seen.State >= 8)
            return;
        var reported = (DeviceState)seen.State;
        var loadFailed = next.LoadFailed;
        if (next.Session == SessionKind.Unknown)
        {
            // A failed request left it open whether the session had ended. Outside its states it has; inside them it may have, and nothing is claimed.
            if (reported == DeviceState.Error)
                EndSession(ref next, Rules.Of(MIG_ERR_13));
            else if (!StateSet.Saving.Contains(reported) && reported != DeviceState.Resuming)
                EndSession(ref next, Rules.Of(MIG_FD_14));
        }

        if (IsLeft(next.Session, reported))
        {
            // An interrupted request came so far that the session is over.
            if (next.Session == SessionKind.Resuming && next.LoadIsComplete && reported != DeviceState.Error)
            {
                next.Content = next.Image(next.Source).Content;
                next.ContentRules = LoadRules(next);
                NoteLoad(ref next);
            }

            EndSession(ref next, Rules.Of(reported == DeviceState.Error ? MIG_ERR_13 : MIG_FD_14));
        }

        if (next.KeptContent != 0 && reported == next.KeptIn)
        {
            next.Content = next.KeptContent;
            next.ContentRules = Rules.Of(MIG_ERR_10);
        }

        next.KeptContent = 0;
        next.LoadFailed = loadFailed && reported is DeviceState.Error or DeviceState.Resuming;
        next.States = StateSet.Of(reported);
        next.StateRules = Rules.Of(MIG_FSM_05);
        next.AfterRefusal = false;
    }

    /// <summary>True in a state in which a live session of this kind cannot be.</summary>
    public static bool IsLeft(SessionKind session, DeviceState state) =>
        session switch
        {
            SessionKind.Saving => !StateSet.Saving.Contains(state),
            SessionKind.Resuming => state != DeviceState.Resuming,
            _ => false,
        };

    private static void AllowSet(MigrationMachine machine, in ModelState state, in Step step, ref OutcomeSet set)
    {
        var target = (DeviceState)step.A;
        if (!machine.HasMigration)
        {
            set.Add(machine.Refusal(Errno.ENOTTY), Rules.Of(ABI_13));
            return;
        }

        // After a failure, until a GET has told the state, nothing can be said of a request.
        if (state.States.Count != 1 || state.Closed)
            return;
        var current = state.States.First;
        if (step.Kind == StepKind.SetState && (uint)target < 8 && machine.Plain.TryAllow(machine.Paths, state, current, target, ref set))
            return;
        if (current == DeviceState.Error)
        {
            if (target != DeviceState.Error)
            {
                var rules = state.LoadFailed ? Rules.Of(MIG_ERR_01, MIG_RES_12) : Rules.Of(MIG_ERR_01);
                Refuse(machine, state, step, ErrnoSet.AnyFailure, rules, rules, ref set);
            }
            else
                set.Add(ErrnoSet.Anything, Rules.None).After = state.States; // MIG-ERR-15
            return;
        }

        var path = machine.Paths.Path(current, target);
        if (path.Count == 0)
        {
            var rules =
                target == DeviceState.Error ? Rules.Of(MIG_FSM_10)
                : (uint)target > 7 ? Rules.Of(MIG_FSM_11)
                : machine.Paths.Supports(target) ? Rules.Of(MIG_FSM_09)
                : target is DeviceState.RunningP2P or DeviceState.PreCopyP2P && !machine.Paths.Supports(DeviceState.RunningP2P)
                    ? Rules.Of(MIG_FEAT_07, MIG_P2P_05, SEED_02, MIG_FSM_12)
                : Rules.Of(MIG_FEAT_07, SEED_02, MIG_FSM_12);
            // The kernel's core looks at the range of the target itself; every other refusal is the driver's, and the contract fixes no errno of drivers.
            var errnos = (uint)target > 7 || machine.Channel == Channels.InProcess ? machine.Refusal(Errno.EINVAL) : ErrnoSet.AnyFailure;
            Refuse(machine, state, step, errnos, rules, Rules.Of(MIG_ERR_11, rules[rules.Count - 1]), ref set);
            return;
        }

        if (path.Count == 1)
        {
            ref var same = ref set.Add(ErrnoSet.Success, Rules.Of(MIG_FSM_03));
            same.After = state.States;
            same.AfterRules = Rules.Of(MIG_FSM_03);
            Answer(machine, step, Rules.Of(MIG_FSM_03), wantsDescriptor: false, ref same);
            return;
        }

        if (state.FailingArc != 0 && machine.CanFail(path, state.FailingArc - 1))
        {
            AllowInjectedFailure(machine, state, step, path, ref set);
            if (!state.MayBeDisarmed)
                return;
        }

        if (current == DeviceState.Resuming && !(state.Session == SessionKind.Resuming && state.LoadIsComplete))
            AllowIncompleteLoad(machine, state, step, path, ref set);
        else
            AllowTransition(machine, state, step, path, ref set);
    }

    /// <summary>
    /// A request that takes arcs. What it looks at besides the path, the arcs that were taken before, resets and reopens must be a condition of
    /// <see cref="PlainRequests"/>, which keeps its answers.
    /// </summary>
    internal static void AllowTransition(MigrationMachine machine, in ModelState state, in Step step, StatePath path, ref OutcomeSet set)
    {
        var target = path[path.Count - 1];
        var opens = PathTable.OpensSession(path);
        var plain = path.Arcs == 1 ? Rules.Of(MIG_FSM_06) : Rules.Of(MIG_FSM_07);
        if (path[0] == DeviceState.Running && target is DeviceState.RunningP2P or DeviceState.PreCopy or DeviceState.PreCopyP2P)
            plain = plain.And(MIG_FEAT_07);
        // Whoever does not name RUNNING_P2P is led through it.
        for (var i = 1; i + 1 < path.Count; i++)
            if (path[i] == DeviceState.RunningP2P && path[0] == DeviceState.Running)
                plain = plain.And(MIG_P2P_11);
        var result = OfPreCopy(machine, state, path, plain);
        if (path[0] == DeviceState.Resuming)
            result = result.And(LoadRules(state));
        else if ((machine.Paths.ArcsOf(path) & ~state.Taken) == 0)
            result = result.And(MIG_FSM_19);
        if (state.AfterReset)
            result = result.And(MIG_ERR_07);
        if (state.AfterReopen)
            result = result.And(MIG_ERR_19);
        result = AskedInTheThread(path, opens, result);
        // That requests work after the descriptor was closed early is a convention.
        if (state.Session is SessionKind.Saving or SessionKind.Resuming && !state.HandleOpen)
            plain = result = Rules.Of(MIG_FD_17);
        // So is it that a write which was refused has changed nothing.
        if (path[0] == DeviceState.Resuming && state.WriteRefused)
            plain = result = Rules.Of(MIG_RES_27);

        if (step.Kind == StepKind.SetWithoutDescriptor && opens)
        {
            ref var full = ref set.Add(ErrnoSet.Of(Errno.EMFILE).Or(Errno.ENFILE), Rules.Of(MIG_FD_23));
            full.After = Visited(path, path.Count);
            full.AfterRules = Rules.Of(MIG_FD_23);
            full.Effect = SessionEffect.Unknown;
            AllowInterruption(machine, path, ref set);
            set.Add(ErrnoSet.AnyFailure, plain).Grade = Grade.Forbidden;
            return;
        }

        if (step.Kind == StepKind.SetReadOnly)
        {
            ref var fault = ref set.Add(ErrnoSet.Of(Errno.EFAULT), Rules.Of(MIG_FD_23, ABI_17));
            fault.After = Visited(path, path.Count);
            fault.AfterRules = Rules.Of(MIG_FD_23);
            fault.Effect = SessionEffect.Unknown;
            AllowInterruption(machine, path, ref set);
            set.Add(ErrnoSet.AnyFailure, plain).Grade = Grade.Forbidden;
            return;
        }

        ref var taken = ref set.Add(ErrnoSet.Success, result);
        taken.After = StateSet.Of(target);
        var isStuck = state.Work.Has(WorkFlags.Stuck) && Stops(machine, state, step);
        if (isStuck)
            taken.Confirms = Rules.Of(MIG_STOP_13);
        taken.AfterRules = Rules.Of(MIG_FSM_04);
        taken.Effect =
            opens ? SessionEffect.Begin
            : LeavesSession(path) ? SessionEffect.End
            : SessionEffect.Keep;
        Answer(
            machine,
            step,
            target == DeviceState.Resuming ? Rules.Of(MIG_FD_01, MIG_RES_01)
                : opens ? Rules.Of(MIG_FD_01)
                : Rules.Of(MIG_FD_02),
            opens,
            ref taken
        );
        // A saving state that outlived its session (closed and opened again) may begin another one, or none: no rule speaks of it.
        if (StateSet.Saving.Contains(path[0]) && state.Session == SessionKind.None)
            taken.DescriptorRules = Rules.None;
        if (step.Kind == StepKind.SetWatched)
        {
            taken.Comparison = ValueRule.OnlyBits;
            taken.Most = StateSet.Of(path[0]).With(target).Bits;
            taken.ValueRules = Rules.Of(MIG_FSM_18);
        }
        else if (machine.Can(ChannelCapabilities.ArcTrace))
        {
            taken.Hash = path.Packed;
            taken.HashRules = machine.Features == (MigrationFeatures)7 ? Rules.Of(MIG_FSM_08) : Rules.Of(MIG_FSM_23, MIG_FSM_08);
        }

        // A save that was made to fail may do so in the request that needs it.
        if (
            target == DeviceState.StopCopy
                ? (state.SaveFailsAt | state.StoppedSaveFailsAt | (opens ? state.NextSaveFailsAt : 0)) != 0
                : opens && target != DeviceState.Resuming && state.NextSaveFailsAt != 0
        )
            Fail(
                machine,
                step,
                Visited(path, path.Count - 1).With(DeviceState.Error),
                Rules.Of(MIG_FSM_13),
                ErrnoSet.AnyFailure.Except(Errno.ENOTTY).Except(Errno.EINTR),
                Rules.Of(MIG_FSM_14),
                ref set
            );
        AllowInterruption(machine, path, ref set);
        if (isStuck)
        {
            // A device that cannot be stopped may say so, as long as it says anything (MIG-STOP-13).
            ref var refused = ref set.Add(ErrnoSet.AnyFailure, Rules.None);
            refused.After = Visited(path, path.Count).With(DeviceState.Error);
            refused.AfterRules = Rules.Of(MIG_FSM_13);
            refused.Confirms = Rules.Of(MIG_STOP_13);
            refused.Effect = SessionEffect.Unknown;
        }
        else if (state.AfterFailure)
            set.Add(ErrnoSet.AnyFailure, Rules.Of(MIG_FSM_15)).Grade = Grade.Forbidden;
    }

    // The points of the hisi_acc thread come last: each is a general sentence seen from one side.
    private static Rules AskedInTheThread(StatePath path, bool opens, Rules result)
    {
        var target = path[path.Count - 1];
        if (opens && target is DeviceState.PreCopy or DeviceState.PreCopyP2P)
            result = result.And(SEED_03);
        if (path[0] == DeviceState.Running && target is DeviceState.RunningP2P or DeviceState.PreCopy or DeviceState.PreCopyP2P)
            result = result.And(SEED_02);
        return result.And(SEED_07);
    }

    // A signal may interrupt a driver that waits (MIG-FSM-25). Nobody can tell from here whether there was one; the request is made again (E-37).
    private static void AllowInterruption(MigrationMachine machine, StatePath path, ref OutcomeSet set)
    {
        if (machine.Channel == Channels.Socket)
            return;
        ref var interrupted = ref set.Add(ErrnoSet.Of(Errno.EINTR), Rules.None);
        interrupted.After = Visited(path, path.Count).With(DeviceState.Error);
        interrupted.AfterRules = Rules.Of(MIG_FSM_13);
        interrupted.Effect = SessionEffect.Unknown;
    }

    /// <summary>True when a request was interrupted by a signal, as far as the contract lets one know, so that it is to be made again (E-37).</summary>
    public static bool IsInterrupted(in Step step, in Observation seen, in Outcome outcome) =>
        seen.Errno == Errno.EINTR && StepTable.Is(step, StepTraits.Request) && outcome.Errnos == ErrnoSet.Of(Errno.EINTR);

    // What comes back in the payload of a SET that reached the driver.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Answer(MigrationMachine machine, in Step step, Rules descriptor, bool wantsDescriptor, ref Outcome outcome)
    {
        if (step.Kind is StepKind.SetReadOnly)
            return;
        outcome.UntouchedRules = Rules.Of(ABI_12);
        outcome.EchoRules = Rules.Of(MIG_FSM_26);
        if (!machine.Can(ChannelCapabilities.Descriptors))
            return;
        outcome.WantsDescriptor = wantsDescriptor;
        outcome.DescriptorRules = descriptor;
    }

    private static StateSet Visited(StatePath path, int count)
    {
        var states = StateSet.None;
        for (var i = 0; i < count && i < path.Count; i++)
            states = states.With(path[i]);
        return states;
    }

    private static void AfterSet(MigrationMachine machine, ref ModelState next, in Step step, in Observation seen, in Outcome outcome)
    {
        var origin = next.States;
        var target = (DeviceState)step.A;
        next.LastReset = ResetKind.None;
        next.KeptContent = 0;
        next.FailingArc = 0;
        next.MayBeDisarmed = false;
        if (seen.Errno != 0 && outcome.Effect != SessionEffect.Keep)
            MayDisarm(ref next);
        if (outcome.Result.IsNone && outcome.After.Count == 0)
        {
            // Nothing was known: after success the target holds, after a failure anything.
            next.States = seen.Errno == 0 ? StateSet.Of(target) : machine.Paths.States.With(DeviceState.Error);
            next.StateRules = Rules.None;
            next.Session = SessionKind.Unknown;
            next.Stale = false; // the descriptor that is kept may be the one of a session that this request began
            next.Content = 0;
            next.AfterFailure |= seen.Errno != 0;
            return;
        }

        next.States = outcome.After;
        next.StateRules = outcome.AfterRules;
        next.AfterRefusal = false;
        var path = origin.Count == 1 ? machine.Paths.Path(origin.First, target) : default;
        if (seen.Errno != 0 && outcome.Effect == SessionEffect.Keep)
        {
            // Refused at the first hop: state, session and position stay.
            next.AfterRefusal = true;
            if (next.Session is SessionKind.Saving or SessionKind.Resuming)
                next.SessionRules = Rules.Of(outcome.Result[Math.Max(0, outcome.Result.Count - 1)]);
            return;
        }

        if (path.Count == 1)
        {
            if (next.Session is SessionKind.Saving or SessionKind.Resuming)
                next.SessionRules = Rules.Of(MIG_FSM_03);
            return;
        }

        if (seen.Errno == 0 && path.Count != 0)
            next.Taken |= machine.Paths.ArcsOf(origin.First, target);
        switch (outcome.Effect)
        {
            case SessionEffect.Unknown when IsInterrupted(step, seen, outcome):
                // The GET that follows tells how far it came, and so what became of the session and of what was loaded.
                next.Content = 0;
                return;
            case SessionEffect.Unknown:
                next.LoadFailed |= outcome.AfterRules.Has(MIG_RES_07);
                next.AfterFailure |= seen.Errno is not (Errno.EMFILE or Errno.ENFILE or Errno.EFAULT);
                next.LostDescriptor |= seen.Errno is Errno.EMFILE or Errno.ENFILE or Errno.EFAULT;
                KeepContent(ref next, path, seen);
                next.Content = 0;
                if (origin.Count == 1 && path.Arcs > 0 && LeavesSession(path) && next.Session != SessionKind.None)
                    next.Session = SessionKind.Unknown;
                else if (seen.Errno is Errno.EMFILE or Errno.ENFILE or Errno.EFAULT)
                    EndSession(ref next, Rules.Of(MIG_FD_14));
                else if (next.Session != SessionKind.None)
                    next.Session = SessionKind.Unknown;
                return;
            case SessionEffect.End or SessionEffect.Begin:
                AfterSessionChange(ref next, path, outcome.Effect == SessionEffect.Begin);
                break;
            default:
                // Inside the saving group the stream goes on where it was (MIG-FD-04).
                if (next.Session == SessionKind.Saving)
                {
                    next.SessionRules = GoesOn(next, target);
                    next.PreCopy.Flags &= ~PreCopyFlags.More;
                    if (next.Phase is StreamPhase.TemporaryEnd)
                        next.Phase = StreamPhase.Middle;
                    GoOnBehindFailure(ref next);
                }

                break;
        }

        if (target == DeviceState.StopCopy && next.StoppedSaveFailsAt != 0)
        {
            next.SaveFailsAt = next.StoppedSaveFailsAt;
            next.StoppedSaveFailsAt = 0;
        }

        if (target is not (DeviceState.Stop or DeviceState.StopCopy) || !(origin.Contains(DeviceState.Stop) || origin.Contains(DeviceState.StopCopy)))
            next.DataSize = next.StoppedHash = 0;
        if (target is DeviceState.Running or DeviceState.RunningP2P or DeviceState.PreCopy or DeviceState.PreCopyP2P)
            next.StoppedHash = 0;
    }

    // Nothing was done to a device that is where it was. Entering RESUMING may reset what is inside (MIG-RES-02), and leaving it is a load.
    private static void KeepContent(ref ModelState next, StatePath path, in Observation seen)
    {
        if (path.Arcs == 0 || path[0] == DeviceState.Resuming || path[path.Count - 1] == DeviceState.Resuming)
            return;
        if (seen.Errno is Errno.EMFILE or Errno.ENFILE or Errno.EFAULT)
            return;
        next.KeptContent = next.Content;
        next.KeptIn = path[0];
    }

    private static void AllowCount(in ModelState state, ref OutcomeSet set)
    {
        ref var outcome = ref set.Add(ErrnoSet.Success, Rules.None);
        if (state.Descriptors == 0)
            return;
        outcome.Least = 0;
        outcome.Most = state.Descriptors - 1;
        outcome.ValueRules = state.LostDescriptor ? Rules.Of(MIG_FSM_19, MIG_FD_23) : Rules.Of(MIG_FSM_19);
    }

    // A call that must leave state and session alone: whoever finds them changed afterwards blames these rules.
    private static void Untouched(ref ModelState next, Rules rules)
    {
        next.StateRules = rules;
        if (next.Session is SessionKind.Saving or SessionKind.Resuming)
            next.SessionRules = new(rules.Packed >> (16 * (rules.Count - 1)));
        next.AfterRefusal = false;
    }
}
