using Conformance.Model.Contract;
using Conformance.Model.Migration.Device;
using Conformance.Model.Migration.Steps;
using Conformance.Model.Requirements;
using static Conformance.Model.Requirements.RequirementId;

namespace Conformance.Model.Migration.Oracle;

/// <content>Calls on the descriptor of a data session.</content>
public static partial class MigrationOracle
{
    private static void AllowSessionStep(MigrationMachine machine, in ModelState state, in Step step, ref OutcomeSet set)
    {
        if (step.Kind is StepKind.StaleRead or StepKind.StaleWrite)
        {
            if (state.Stale && !IsSharedHandle(machine, state))
                AllowStale(state, ref set);
            return;
        }

        if (state.States.Count != 1 || state.Session is SessionKind.None or SessionKind.Unknown || !state.HandleOpen || state.Phase == StreamPhase.Failed)
            return;
        var saving = state.Session == SessionKind.Saving;
        switch (step.Kind)
        {
            case StepKind.Read or StepKind.ReadToEnd or StepKind.ReadDuplicate when saving:
                AllowRead(machine, state, step, ref set);
                break;
            case StepKind.ReadUnmapped when saving:
                AllowUnmapped(state, step, ref set);
                break;
            case StepKind.Write or StepKind.WriteRest when !saving:
                AllowWrite(state, step, ref set);
                break;
            case StepKind.CloseData:
                set.Add(ErrnoSet.Success, Rules.Of(MIG_FD_17)).After = state.States;
                break;
            case StepKind.WrongDirection:
                set.Add(ErrnoSet.Of(Errno.EBADF), Rules.Of(MIG_FD_05));
                break;
            case StepKind.Seek or StepKind.PositionedRead or StepKind.PositionedWrite:
                // On a descriptor of the other direction the VFS may look at the direction first.
                set.Add(step.Kind == StepKind.Seek ? ErrnoSet.Of(Errno.ESPIPE) : ErrnoSet.Of(Errno.ESPIPE).Or(Errno.EBADF), Rules.Of(MIG_FD_06));
                break;
            // A driver that saves asynchronously is not readable before data are there (E-08, E-11): elsewhere only the end is certain.
            case StepKind.Poll when saving && state.Is(DeviceState.StopCopy) && (state.Phase == StreamPhase.End || machine.Channel == Channels.InProcess):
                ref var ready = ref set.Add(ErrnoSet.Success, Rules.Of(MIG_FD_25));
                ready.Comparison = ValueRule.HasBits;
                ready.Least = 1;
                ready.ValueRules = state.Phase == StreamPhase.End ? Rules.Of(MIG_FD_13, MIG_FD_25) : Rules.Of(MIG_FD_25);
                break;
            case StepKind.DescriptorFlags:
                ref var flags = ref set.Add(ErrnoSet.Success, Rules.Of(MIG_FD_07));
                flags.Comparison = ValueRule.HasBits;
                flags.Least = 1;
                flags.ValueRules = Rules.Of(MIG_FD_07);
                break;
            case StepKind.UnknownDataIoctl:
                set.Add(ErrnoSet.Of(Errno.ENOTTY), Rules.Of(saving ? ABI_21 : MIG_FD_24));
                break;
            case StepKind.PrecopyInfo when !saving:
                set.Add(ErrnoSet.Of(Errno.ENOTTY), Rules.Of(MIG_FD_24));
                break;
            case StepKind.PrecopyInfo:
                AllowPrecopyInfo(machine, state, step, ref set);
                break;
        }
    }

    // Without descriptors every session has the same handle: what is asked of an ended one is answered by the one that lives.
    private static bool IsSharedHandle(MigrationMachine machine, in ModelState state) =>
        !machine.Can(ChannelCapabilities.Descriptors) && state.Session != SessionKind.None;

    private static void AllowStale(in ModelState state, ref OutcomeSet set)
    {
        // While another session lives, the dead one must not deliver that one's data either (MIG-FD-18).
        var rules = state.Session is SessionKind.Saving or SessionKind.Resuming ? state.StaleRules.And(MIG_FD_18) : state.StaleRules;
        set.Add(ErrnoSet.AnyFailure, rules);
        ref var nothing = ref set.Add(ErrnoSet.Success, rules);
        nothing.Least = nothing.Most = 0;
        nothing.ValueRules = rules;
    }

    private static void AllowRead(MigrationMachine machine, in ModelState state, in Step step, ref OutcomeSet set)
    {
        var stopped = state.Is(DeviceState.StopCopy);
        if (step.A == 0)
        {
            ref var empty = ref set.Add(ErrnoSet.Success, Rules.Of(MIG_FD_21));
            empty.Least = empty.Most = 0;
            empty.ValueRules = Rules.Of(MIG_FD_21);
            return;
        }

        var whole = step.Kind == StepKind.ReadToEnd;
        if (state.FailingSave && stopped)
        {
            // Either more data, or the errno; never an end.
            set.Add(ErrnoSet.AnyFailure.Except(Errno.ENOMSG), Rules.Of(MIG_ERR_14));
            if (!whole)
            {
                ref var more = ref set.Add(ErrnoSet.Success, Rules.Of(MIG_ERR_14));
                more.Least = 1;
                more.Most = step.A;
                more.ValueRules = Rules.Of(MIG_ERR_14);
            }

            set.Add(ErrnoSet.Success, Rules.Of(MIG_ERR_14, MIG_ERR_13)).Grade = Grade.Forbidden;
            return;
        }

        var live =
            IsSoft(state.SessionRules) ? state.SessionRules
            : state.SessionRules == Rules.Of(MIG_FD_10) ? Rules.Of(MIG_FD_08)
            : Rules.Of(MIG_FD_08).And(state.SessionRules);
        if (!stopped && whole)
        {
            set.Add(ErrnoSet.Of(Errno.ENOMSG), live).Confirms = Rules.Of(MIG_PRE_06);
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
            data.Most = state.DataSize + (ulong)slack - Math.Min(state.Read, state.DataSize + (ulong)slack);
            data.ValueRules = Rules.Of(SIZE_07);
        }

        if (stopped && whole && state.Direct && state.StoppedHash != 0 && machine.Traits.DeterministicStream)
        {
            data.Hash = state.StoppedHash;
            data.HashRules = live;
        }

        if (stopped)
            set.Add(ErrnoSet.Of(Errno.ENOMSG), Rules.Of(MIG_FD_12)).Grade = Grade.Forbidden;
        else
        {
            // At a temporary end, 0 is what only the permanent one should say.
            data.Least = 1;
            data.ValueRules = Rules.Of(MIG_PRE_06);
            set.Add(ErrnoSet.Of(Errno.ENOMSG), live).Confirms = Rules.Of(MIG_PRE_06);
        }
    }

    private static void AllowUnmapped(in ModelState state, in Step step, ref OutcomeSet set)
    {
        if (state.Phase == StreamPhase.End)
            return;
        set.Add(ErrnoSet.Of(Errno.EFAULT), Rules.Of(MIG_FD_22));
        ref var part = ref set.Add(ErrnoSet.Success, Rules.Of(MIG_FD_22));
        part.Most = step.B;
        part.ValueRules = Rules.Of(MIG_FD_22);
        if (!state.Is(DeviceState.StopCopy))
            set.Add(ErrnoSet.Of(Errno.ENOMSG), Rules.None);
    }

    private static void AllowWrite(in ModelState state, in Step step, ref OutcomeSet set)
    {
        var image = state.Image((Images)step.B);
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
        var rules = IsSoft(image.Rules) ? image.Rules : Restores.And(image.Rules);
        rules =
            state.ShortWrite ? rules.And(MIG_FD_30)
            : pieces ? rules.And(MIG_FD_09)
            : rules;
        ref var taken = ref set.Add(ErrnoSet.Success, rules);
        taken.Least = step.Kind == StepKind.WriteRest ? rest : 1;
        taken.Most = offered;
        taken.ValueRules = step.Kind == StepKind.WriteRest ? rules.And(MIG_FD_30) : rules;
    }

    private static void AllowPrecopyInfo(MigrationMachine machine, in ModelState state, in Step step, ref OutcomeSet set)
    {
        if (!machine.HasPreCopy)
            return;
        if (step.B < Uapi.PrecopyInfoSize)
            set.Add(ErrnoSet.Of(Errno.EFAULT), Rules.Of(ABI_22));
        else if (step.A < Uapi.PrecopyInfoSize)
            set.Add(ErrnoSet.Of(Errno.EINVAL), Rules.Of(ABI_22));
        else if (state.Is(DeviceState.PreCopy) || state.Is(DeviceState.PreCopyP2P))
        {
            ref var info = ref set.Add(ErrnoSet.Success, step.A > Uapi.PrecopyInfoSize ? Rules.Of(MIG_FEAT_08, ABI_22) : Rules.Of(MIG_FEAT_08));
            info.UntouchedRules = Rules.Of(ABI_22);
            // Once opted in to, the flags are an answer; that survives a reset.
            if (state.OptedIn && state.AfterReset)
                info.EchoRules = Rules.Of(MIG_ERR_17);
        }
        else
            return;
        set.Add(ErrnoSet.Of(Errno.ENOTTY), Rules.Of(MIG_FEAT_08)).Grade = Grade.Forbidden;
    }

    private static void AfterSessionStep(MigrationMachine machine, ref ModelState next, in Step step, in Observation seen)
    {
        if (!next.Closed)
            next.StateRules = Rules.Of(MIG_FSM_22);
        next.AfterRefusal = false;
        switch (step.Kind)
        {
            case StepKind.Read or StepKind.ReadDuplicate or StepKind.ReadUnmapped or StepKind.ReadToEnd when next.CanRead:
                AfterRead(ref next, step, seen);
                break;
            case StepKind.Write or StepKind.WriteRest when next.CanWrite:
                if (step.Kind == StepKind.Write && step.A == 0)
                {
                    next.Chunked = true;
                    break;
                }

                var image = next.Image((Images)step.B);
                next.Source = (Images)step.B;
                next.Chunked |= next.Written > 0 || step.A < image.Length || seen.Value < image.Length;
                next.ShortWrite |= (seen.Marks & Marks.Short) != 0;
                next.Written += seen.Value;
                if (seen.Errno != 0)
                    next.Session = SessionKind.Unknown;
                break;
            case StepKind.StaleWrite when IsSharedHandle(machine, next):
                next.Session = SessionKind.Unknown;
                break;
            case StepKind.CloseData:
                next.HandleOpen = false;
                next.StateRules = Rules.Of(MIG_FD_17);
                break;
            case StepKind.Seek or StepKind.PositionedRead or StepKind.PositionedWrite:
                next.SessionRules = Rules.Of(MIG_FD_06);
                break;
            case StepKind.WrongDirection:
                next.SessionRules = Rules.Of(MIG_FD_05);
                break;
            case StepKind.UnknownDataIoctl:
                next.SessionRules = Rules.Of(ABI_21);
                break;
        }
    }

    private static void AfterRead(ref ModelState next, in Step step, in Observation seen)
    {
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
            next.FailingSave = false;
            return;
        }

        if (seen.Errno == Errno.EFAULT || step.A == 0)
            return;
        var ended = whole || seen.Errno == Errno.ENOMSG || (seen.Value == 0 && step.Kind != StepKind.ReadUnmapped);
        if (!ended)
        {
            next.Phase = StreamPhase.Middle;
            return;
        }

        if (!next.Is(DeviceState.StopCopy))
        {
            next.Phase = StreamPhase.TemporaryEnd;
            return;
        }

        if (next.Phase != StreamPhase.End && next.Read > 0)
        {
            // MIG-FD-10 is what loading this image will be measured by; a session that something was done to in between has its own rule.
            var image = new SavedImage
            {
                Length = next.Read,
                Content = next.Content,
                Rules = next.SessionRules,
            };
            next.Latest = image;
            if (next.First.Length == 0)
                next.First = image;
            if (next.Direct)
                next.StoppedHash = seen.Hash;
        }

        next.Phase = StreamPhase.End;
    }
}
