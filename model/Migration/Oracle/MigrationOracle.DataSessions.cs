using Conformance.Model.Contract;
using Conformance.Model.Migration.Device;
using Conformance.Model.Migration.Steps;
using Conformance.Model.Requirements;
using static Conformance.Model.Requirements.RequirementId;

namespace Conformance.Model.Migration.Oracle;

/// <content>MIG-FD: calls on the descriptor of a data session, and how sessions begin and end.</content>
public static partial class MigrationOracle
{
    // True when the contract says what a call on the live session gives: it is certain which state and which session there are, and the stream has not failed.
    private static bool IsJudged(in ModelState state) => IsCertain(state) && state.Phase != StreamPhase.Failed;

    private static bool IsCertain(in ModelState state) =>
        state.States.Count == 1 && state.Session is SessionKind.Saving or SessionKind.Resuming && state.HandleOpen;

    private static bool IsJudged(in ModelState state, SessionKind session) => state.Session == session && IsJudged(state);

    private static void AllowRead(MigrationMachine machine, in ModelState state, in Step step, ref OutcomeSet set)
    {
        if (state.Phase == StreamPhase.Failed && state.Session == SessionKind.Saving && IsCertain(state))
        {
            AllowRetry(machine, state, step, ref set);
            return;
        }

        if (!IsJudged(state, SessionKind.Saving))
            return;
        var stopped = state.Is(DeviceState.StopCopy);
        if (step.A == 0)
        {
            ref var empty = ref set.Add(ErrnoSet.Success, Rules.Of(MIG_FD_21));
            empty.Least = empty.Most = 0;
            empty.ValueRules = Rules.Of(MIG_FD_21);
            return;
        }

        var whole = step.Kind == StepKind.ReadToEnd;
        if (state.SaveFailsAt != 0 && stopped && state.Phase != StreamPhase.End)
        {
            AllowFailingRead(machine, state, step, whole, ref set);
            return;
        }

        var live =
            state.ReadFailed ? BehindFailure
            : IsSoft(state.SessionRules) ? state.SessionRules
            : state.SessionRules == Rules.Of(MIG_FD_10) ? Rules.Of(MIG_FD_08)
            : Rules.Of(MIG_FD_08).And(state.SessionRules);
        if (!stopped && whole)
        {
            AllowTemporaryEnd(state, live, ref set);
            if (state.SaveFailsAt != 0)
                set.Add(ErrnoSet.AnyFailure, Rules.Of(MIG_ERR_14));
            set.Add(ErrnoSet.Success, Rules.Of(MIG_PRE_06)).Grade = Grade.Forbidden;
            return;
        }

        ref var data = ref set.Add(ErrnoSet.Success, stopped && state.Phase == StreamPhase.End ? Rules.Of(MIG_FD_11) : live);
        data.Most = whole ? ulong.MaxValue : step.A;
        data.ValueRules = live;
        if (stopped && state.Phase == StreamPhase.End)
        {
            data.Most = 0;
            data.ValueRules = Rules.Of(MIG_FD_11);
        }
        else if (whole && stopped && machine.Traits.DataSizeSlack is { } slack && state.DataSize != 0 && state.Direct)
        {
            // Whether the answer counted what had been read before is the driver's choice (SIZE-03): it covers what came since it was given.
            var room = Math.Min(state.DataSize - 1, long.MaxValue) + (ulong)slack;
            var since = state.Read - state.DataSizeRead;
            data.Most = room - Math.Min(since, room);
            data.ValueRules = Rules.Of(SIZE_07);
        }
        else if (whole && stopped && IsSavedAgain(machine, state))
        {
            data.Most = state.First.Length - Math.Min(state.Read, state.First.Length);
            data.ValueRules = Rules.Of(MIG_FSM_19);
        }

        if (whole && IsSameStream(machine, state))
        {
            data.Hash = state.StoppedHash;
            data.HashRules = state.Work.Has(WorkFlags.RanStopped) ? live.And(MIG_STOP_03) : live;
        }

        if (stopped)
            set.Add(ErrnoSet.Of(Errno.ENOMSG), Rules.Of(MIG_FD_12).And(state.PreCopy.Has(PreCopyFlags.MetEnd) ? MIG_PRE_07 : RequirementId.None)).Grade =
                Grade.Forbidden;
        else
        {
            // At a temporary end, 0 is what only the permanent one should say.
            data.Least = 1;
            data.ValueRules = Rules.Of(MIG_PRE_06);
            AllowTemporaryEnd(state, live, ref set);
            if (state.SaveFailsAt != 0)
                set.Add(ErrnoSet.AnyFailure, Rules.Of(MIG_ERR_14));
        }
    }

    // A save that was made to fail in STOP_COPY: data or the errno, and an end only before the byte behind which it fails.
    private static void AllowFailingRead(MigrationMachine machine, in ModelState state, in Step step, bool whole, ref OutcomeSet set)
    {
        var left = state.SaveFailsAt - 1 - Math.Min(state.Read, state.SaveFailsAt - 1);
        set.Add(ErrnoSet.AnyFailure.Except(Errno.ENOMSG), Rules.Of(MIG_ERR_14));
        if (!whole || left > 0)
        {
            ref var data = ref set.Add(ErrnoSet.Success, Rules.Of(MIG_ERR_14));
            data.Least = left == 0 ? 1ul : 0;
            data.Most = whole ? left - 1 : step.A;
            data.ValueRules = Rules.Of(MIG_ERR_14, MIG_ERR_13);
            if (whole && state.ReadFailed && IsSameStream(machine, state))
            {
                data.Hash = state.StoppedHash;
                data.HashRules = BehindFailure;
            }
        }
        else
            set.Add(ErrnoSet.Success, Rules.Of(MIG_ERR_14, MIG_ERR_13)).Grade = Grade.Forbidden;
    }

    // What was read before a read failed and what comes behind it are one stream, or none.
    private static readonly Rules BehindFailure = Rules.Of(MIG_FD_08, MIG_ERR_14);

    // All of it must be the bytes that were read in this stopped period before.
    private static bool IsSameStream(MigrationMachine machine, in ModelState state) =>
        state.Is(DeviceState.StopCopy) && state.Direct && state.StoppedHash != 0 && machine.Traits.DeterministicStream;

    // A driver that promises the same stream for the same content makes it no longer the more often it is saved.
    private static bool IsSavedAgain(MigrationMachine machine, in ModelState state) =>
        machine.Traits.DeterministicStream
        && state.Direct
        && state.Content != 0
        && state.ContentIsSeen
        && state.First is { Length: > 0, Flaw: LoadFlaw.None, FromPreCopy: false } first
        && first.Content == state.Content
        && first.Device == state.Device
        && first.Waiting == state.Work.Waiting;

    // Behind a read that failed: a failure again, or the byte that was next. An end would say that all was delivered. In pre-copy the failure may have come
    // just where there was nothing more for the moment, as far as nobody was told that there is.
    private static void AllowRetry(MigrationMachine machine, in ModelState state, in Step step, ref OutcomeSet set)
    {
        if (step.A == 0)
            return;
        var whole = step.Kind == StepKind.ReadToEnd;
        set.Add(ErrnoSet.AnyFailure.Except(Errno.ENOMSG), Rules.Of(MIG_ERR_14));
        ref var data = ref set.Add(ErrnoSet.Success, Rules.Of(MIG_ERR_14));
        data.Least = 1;
        data.Most = whole ? ulong.MaxValue : step.A;
        data.ValueRules = BehindFailure;
        if (whole && IsSameStream(machine, state))
        {
            data.Hash = state.StoppedHash;
            data.HashRules = BehindFailure;
        }

        if (state.Is(DeviceState.StopCopy))
            set.Add(ErrnoSet.Of(Errno.ENOMSG), Rules.Of(MIG_ERR_14, MIG_FD_12)).Grade = Grade.Forbidden;
        else
            AllowTemporaryEnd(state, Rules.Of(MIG_ERR_14), ref set);
    }

    private static void AllowUnmapped(in ModelState state, in Step step, ref OutcomeSet set)
    {
        if (!IsJudged(state, SessionKind.Saving) || state.Phase == StreamPhase.End)
            return;
        set.Add(ErrnoSet.Of(Errno.EFAULT), Rules.Of(MIG_FD_22));
        ref var part = ref set.Add(ErrnoSet.Success, Rules.Of(MIG_FD_22));
        part.Most = step.B;
        part.ValueRules = Rules.Of(MIG_FD_22);
        if (!state.Is(DeviceState.StopCopy))
            set.Add(ErrnoSet.Of(Errno.ENOMSG), Rules.None);
        if (state.SaveFailsAt != 0)
            set.Add(ErrnoSet.AnyFailure, Rules.None);
    }

    private static void AllowWrite(in ModelState state, in Step step, ref OutcomeSet set)
    {
        if (!IsJudged(state, SessionKind.Resuming))
            return;
        var image = state.Image((Images)step.B);
        if (state.Flaw != LoadFlaw.None || image.Flaw != LoadFlaw.None)
        {
            AllowFlawedWrite(state.Flaw == LoadFlaw.None ? image.Flaw : state.Flaw, ref set);
            return;
        }

        if (state.Written > 0 && state.Source != (Images)step.B)
            return;
        var rest = image.Length - Math.Min(state.Written, image.Length);
        if (step.Kind == StepKind.Write && step.A == 0)
        {
            ref var empty = ref set.Add(ErrnoSet.Success, Rules.Of(MIG_FD_21));
            empty.Least = empty.Most = 0;
            empty.ValueRules = Rules.Of(MIG_FD_21);
            return;
        }

        if (rest == 0)
            return;
        var offered = step.Kind == StepKind.WriteRest ? rest : Math.Min(rest, step.A);
        var pieces = state.Written > 0 || step.A < image.Length;
        // That a write which was refused has changed nothing is a convention.
        var rules = state.WriteRefused ? Rules.Of(MIG_RES_27) : LoadRules(state, image, pieces);
        ref var taken = ref set.Add(ErrnoSet.Success, rules);
        taken.Least = step.Kind == StepKind.WriteRest ? rest : 1;
        taken.Most = offered;
        taken.ValueRules = step.Kind == StepKind.WriteRest ? rules.And(MIG_FD_30) : rules;
    }

    private static void AllowCloseData(in ModelState state, ref OutcomeSet set)
    {
        if (IsJudged(state))
            set.Add(ErrnoSet.Success, Rules.Of(MIG_FD_17)).After = state.States;
    }

    private static void AllowWrongDirection(in ModelState state, ref OutcomeSet set)
    {
        if (IsJudged(state))
            set.Add(ErrnoSet.Of(Errno.EBADF), Rules.Of(MIG_FD_05));
    }

    private static void AllowPositioned(in ModelState state, in Step step, ref OutcomeSet set)
    {
        // On a descriptor of the other direction the VFS may look at the direction first.
        if (IsJudged(state))
            set.Add(step.Kind == StepKind.Seek ? ErrnoSet.Of(Errno.ESPIPE) : ErrnoSet.Of(Errno.ESPIPE).Or(Errno.EBADF), Rules.Of(MIG_FD_06));
    }

    private static void AllowPoll(MigrationMachine machine, in ModelState state, ref OutcomeSet set)
    {
        // A driver that saves asynchronously is not readable before data are there (E-08, E-11): only the end is certain, unless it says that it does not.
        var isStopped = state.Is(DeviceState.StopCopy);
        var isCertain = isStopped ? state.Phase == StreamPhase.End || machine.Traits.SynchronousSave : HasMore(state) && machine.Traits.SynchronousSave;
        if (!isCertain || !IsJudged(state, SessionKind.Saving))
            return;
        ref var ready = ref set.Add(ErrnoSet.Success, Rules.Of(isStopped ? MIG_FD_25 : MIG_PRE_20));
        ready.Comparison = ValueRule.HasBits;
        ready.Least = 1;
        ready.ValueRules = isStopped && state.Phase == StreamPhase.End ? Rules.Of(MIG_FD_13, MIG_FD_25) : ready.Result;
    }

    private static void AllowDescriptorFlags(in ModelState state, ref OutcomeSet set)
    {
        if (!IsJudged(state))
            return;
        ref var flags = ref set.Add(ErrnoSet.Success, Rules.Of(MIG_FD_07));
        flags.Comparison = ValueRule.HasBits;
        flags.Least = 1;
        flags.ValueRules = Rules.Of(MIG_FD_07);
    }

    private static void AllowUnknownDataIoctl(in ModelState state, ref OutcomeSet set)
    {
        if (IsJudged(state))
            set.Add(ErrnoSet.Of(Errno.ENOTTY), Rules.Of(state.Session == SessionKind.Saving ? ABI_21 : MIG_FD_24));
    }

    // A call on a data fd leaves the state alone.
    private static void AfterSessionCall(ref ModelState next)
    {
        if (!next.Closed)
            next.StateRules = Rules.Of(MIG_FSM_22);
        next.AfterRefusal = false;
    }

    private static void AllowStale(MigrationMachine machine, in ModelState state, in Step step, ref OutcomeSet set)
    {
        if (!state.Stale || IsSharedHandle(machine, state))
            return;
        // While another session lives, the dead one must not deliver that one's data either (MIG-FD-18).
        var rules = step.Kind == StepKind.StaleRead ? state.StaleRules.Without(MIG_RES_15) : state.StaleRules;
        if (state.Session is SessionKind.Saving or SessionKind.Resuming)
            rules = rules.And(MIG_FD_18);
        set.Add(ErrnoSet.AnyFailure, rules);
        ref var nothing = ref set.Add(ErrnoSet.Success, rules);
        nothing.Least = nothing.Most = 0;
        nothing.ValueRules = rules;
    }

    // Without descriptors every session has the same handle: what is asked of an ended one is answered by the one that lives.
    private static bool IsSharedHandle(MigrationMachine machine, in ModelState state) =>
        !machine.Can(ChannelCapabilities.Descriptors) && state.Session != SessionKind.None;

    private static void AfterRead(ref ModelState next, in Step step, in Observation seen)
    {
        AfterSessionCall(ref next);
        if (!next.CanRead)
            return;
        var whole = step.Kind == StepKind.ReadToEnd;
        if (step.Kind == StepKind.ReadDuplicate)
            next.SessionRules = Rules.Of(MIG_FD_29);
        else if (step.Kind == StepKind.ReadUnmapped)
            next.SessionRules = Rules.Of(MIG_FD_22);
        else if (step.A == 0)
            next.SessionRules = Rules.Of(MIG_FD_21);
        else if (next.SessionRules == Rules.Of(MIG_FD_10) && (!whole || step.A < 4096))
            next.SessionRules = Rules.Of(MIG_FD_08);
        next.Read += seen.Value;
        if (seen.Errno is not (0 or Errno.ENOMSG or Errno.EFAULT))
        {
            next.Phase = StreamPhase.Failed;
            next.ReadFailed = true;
            return;
        }

        next.PreCopy.Flags &= ~PreCopyFlags.More;
        if (seen.Errno == Errno.EFAULT || step.A == 0)
            return;
        GoOnBehindFailure(ref next);
        var ended = whole || seen.Errno == Errno.ENOMSG || (seen.Value == 0 && step.Kind != StepKind.ReadUnmapped);
        if (!ended)
        {
            next.Phase = StreamPhase.Middle;
            return;
        }

        if (!next.Is(DeviceState.StopCopy))
        {
            next.Phase = StreamPhase.TemporaryEnd;
            AfterTemporaryEnd(ref next);
            return;
        }

        if (next.Phase != StreamPhase.End && next.Read > 0)
        {
            // MIG-FD-10 is what loading this image will be measured by; a session that something was done to in between has its own rule.
            var image = new SavedImage
            {
                Length = next.Read,
                Content = next.Content,
                Rules = OfImage(next),
                Waiting = next.Work.Waiting,
                Device = next.Device,
                FromPreCopy = !next.Direct,
                WorkIsKnown = next.Work.Has(WorkFlags.Settled) && !next.Work.Has(WorkFlags.Unknown | WorkFlags.Stuck),
                Taken = next.Work.Taken,
            };
            next.Latest = image;
            if (next.First.Length == 0)
                next.First = image;
            if (next.Direct)
                next.StoppedHash = seen.Hash;
        }

        next.Phase = StreamPhase.End;
    }

    // A failure that was told is over, and may come again.
    private static void GoOnBehindFailure(ref ModelState next)
    {
        if (next.Phase != StreamPhase.Failed)
            return;
        next.Phase = StreamPhase.Middle;
        if (next.SaveFailsAt != 0)
            next.SaveFailsAt = ulong.MaxValue;
    }

    private static void AfterWrite(ref ModelState next, in Step step, in Observation seen)
    {
        AfterSessionCall(ref next);
        // What is written behind a load that failed may complete it.
        next.LoadFailed = false;
        if (!next.CanWrite)
            return;
        if (step.Kind == StepKind.Write && step.A == 0)
        {
            next.Chunked = true;
            return;
        }

        var image = next.Image((Images)step.B);
        if (next.Flaw == LoadFlaw.None)
            next.Flaw = next.WritePosition > 0 && next.Source != (Images)step.B ? LoadFlaw.Unknown : image.Flaw;
        next.Source = (Images)step.B;
        next.Chunked |= next.Written > 0 || step.A < image.Length || seen.Value < image.Length;
        next.ShortWrite |= (seen.Marks & Marks.Short) != 0;
        next.Written += seen.Value;
        if (seen.Errno == 0)
            return;
        if (next.Flaw == LoadFlaw.None)
            next.Session = SessionKind.Unknown;
        else
            next.Refused += Math.Min(Math.Max(1, step.A), image.Length - Math.Min(next.WritePosition, image.Length));
    }

    private static bool LeavesSession(StatePath path)
    {
        var target = path[path.Count - 1];
        return path[0] == DeviceState.Resuming || (StateSet.Saving.Contains(path[0]) && !StateSet.Saving.Contains(target));
    }

    private static void AfterSessionChange(ref ModelState next, StatePath path, bool begins)
    {
        if (path.Count > 0 && path[0] == DeviceState.Resuming)
        {
            next.ContentIsSeen = false;
            next.StoppedHash = 0;
            if (next.Session == SessionKind.Resuming && next.LoadIsComplete)
            {
                next.Content = next.Image(next.Source).Content;
                next.ContentRules = LoadRules(next);
                next.Work.Restore(next.Image(next.Source));
                NoteLoad(ref next);
            }
            else
            {
                next.Content = 0;
                next.Work.Forget();
            }
        }
        else if (next.Session == SessionKind.Saving)
            next.ContentRules = next.Work.Has(WorkFlags.RanStopped) ? Rules.Of(MIG_FD_28, MIG_STOP_03) : Rules.Of(MIG_FD_28);
        if (next.Session == SessionKind.Saving && path[0] is DeviceState.PreCopy or DeviceState.PreCopyP2P)
            AfterCancel(ref next);

        var target = path[path.Count - 1];
        var hadSaved = next.Session == SessionKind.Saving;
        if (next.Session != SessionKind.None)
            EndSession(ref next, begins ? Rules.Of(MIG_FD_14, MIG_FD_03) : Rules.Of(MIG_FD_14));
        if (!begins)
            return;
        next.Session = target == DeviceState.Resuming ? SessionKind.Resuming : SessionKind.Saving;
        next.HandleOpen = true;
        next.Direct = target == DeviceState.StopCopy;
        next.SessionRules =
            next.StoppedHash != 0 && next.Direct ? Rules.Of(MIG_FD_27)
            : !next.Direct && next.PreCopy.Has(PreCopyFlags.Cancelled) && next.Session == SessionKind.Saving ? Rules.Of(MIG_PRE_15)
            : Rules.Of(MIG_FD_10);
        if (next.Session == SessionKind.Saving)
        {
            next.SaveFailsAt = next.NextSaveFailsAt;
            next.NextSaveFailsAt = 0;
        }

        if (target == DeviceState.StopCopy && path[0] == DeviceState.Resuming)
            next.SessionRules = Rules.Of(MIG_RES_20);
        if (target == DeviceState.Resuming)
        {
            next.SessionRules = Rules.Of(
                hadSaved ? MIG_RES_22
                : next.HasLoaded ? MIG_RES_26
                : MIG_FD_10
            );
            next.BeforeLoad = next.Content;
            // Entering RESUMING may reset what is inside (MIG-RES-02).
            next.Content = 0;
            next.Work.Forget();
        }
    }

    private static void EndSession(ref ModelState next, Rules why)
    {
        if (next.Session != SessionKind.None && next.HandleOpen)
        {
            next.Stale = true;
            next.StaleRules = next.Session == SessionKind.Resuming ? why.And(MIG_RES_15) : why;
        }

        // What was read is no longer there to be counted, though no request was made in between (SIZE-06).
        if (next.Read > 0)
            next.DataSize = 0;
        next.Session = SessionKind.None;
        next.HandleOpen = false;
        next.Phase = StreamPhase.Start;
        next.Read = next.Written = next.DataSizeRead = next.SaveFailsAt = 0;
        next.Chunked = next.ShortWrite = next.WriteRefused = next.LoadFailed = next.ReadFailed = false;
        next.Flaw = LoadFlaw.None;
        next.Refused = 0;
        next.PreCopy.EndSession();
    }

    private static readonly Rules Restores = Rules.Of(MIG_FD_20, MIG_FD_10);

    // Why a complete image must load: in general, and because of what was special about reading or writing it.
    private static Rules LoadRules(in ModelState state)
    {
        if (state.WriteRefused)
            return Rules.Of(MIG_RES_27);
        return LoadRules(state, state.Image(state.Source), state.Chunked);
    }

    private static Rules LoadRules(in ModelState state, in SavedImage image, bool pieces)
    {
        // A stream with a gap was lost where a read failed, however it is written.
        if (image.Rules == BehindFailure)
            return image.Rules;
        if (state.ShortWrite || pieces)
            return (IsSoft(image.Rules) ? image.Rules : Restores.And(image.Rules)).And(state.ShortWrite ? MIG_FD_30 : MIG_FD_09);
        if (IsSoft(image.Rules))
            return image.Rules;
        // What was done to the stream while it was saved says more than what is special about loading it; both say more than that all of it comes back.
        var special = Rules.Of(OfLoad(state, image)).And(image.Rules);
        return special.Count + Restores.Count > Rules.Most ? Rules.Of(Restores.First).And(special) : Restores.And(special);
    }

    // After a bad buffer or an empty read, lost bytes are only a matter of convention.
    private static bool IsSoft(Rules rules) => rules.Has(MIG_FD_21) || rules.Has(MIG_FD_22);

    private static void AllowDigest(in ModelState state, ref OutcomeSet set)
    {
        ref var outcome = ref set.Add(ErrnoSet.Success, Rules.None);
        if (AllowDigestOfReset(state, ref outcome, ref set) || state.Content == 0)
            return;
        outcome.Least = outcome.Most = state.Content;
        outcome.ValueRules = state.ContentRules;
    }
}
