using Conformance.Model.Contract;
using Conformance.Model.Migration.Device;
using Conformance.Model.Migration.Steps;
using Conformance.Model.Requirements;
using static Conformance.Model.Requirements.RequirementId;

namespace Conformance.Model.Migration.Oracle;

/// <summary>
/// The judge of the migration state machine: two pure functions over <see cref="ModelState"/>. <see cref="Allowed"/> lists how a step may go, with the
/// requirement that says so; <see cref="Next"/> gives the model after a step that went that way. All latitude of the contract is here and nowhere else.
/// </summary>
public static partial class MigrationOracle
{
    /// <summary>Fills <paramref name="set"/> with the outcomes of a step. An empty set means: nothing is known, everything is allowed.</summary>
    public static void Allowed(MigrationMachine machine, in ModelState state, in Step step, ref OutcomeSet set)
    {
        set.Clear();
        if (state.Unbound && step.Kind != StepKind.Bind)
        {
            AllowUnbound(step, ref set);
            return;
        }

        switch (step.Kind)
        {
            case StepKind.QueryFeatures:
                AllowQuery(machine, state, ref set);
                break;
            case StepKind.GetState:
                AllowGet(machine, state, ref set);
                break;
            case StepKind.SetState or StepKind.SetWithoutDescriptor or StepKind.SetReadOnly or StepKind.SetWatched:
                AllowSet(machine, state, step, ref set);
                break;
            case StepKind.QueryDataSize:
                AllowDataSize(machine, state, ref set);
                break;
            case StepKind.Reset:
                AllowReset(machine, state, ref set);
                break;
            case StepKind.Probe:
                AllowProbe(machine, state, Probe.From(step), ref set);
                break;
            case StepKind.DeviceIoctl:
                AllowDeviceIoctl(machine, ref set);
                break;
            case StepKind.CountDescriptors:
                AllowCount(state, ref set);
                break;
            case StepKind.Digest:
                AllowDigest(state, ref set);
                break;
            case StepKind.Bind or StepKind.CloseDevice or StepKind.Reopen or StepKind.FailArc or StepKind.FailSave or StepKind.Apply or StepKind.Pause:
                set.Add(ErrnoSet.Success, Rules.None).After = state.States;
                break;
            default:
                AllowSessionStep(machine, state, step, ref set);
                break;
        }
    }

    /// <summary>The model after a step that gave <paramref name="seen"/> and was matched by <paramref name="outcome"/>.</summary>
    public static ModelState Next(MigrationMachine machine, in ModelState state, in Step step, in Observation seen, in Outcome outcome)
    {
        var next = state;
        Advance(machine, ref next, step, seen, outcome);
        return next;
    }

    /// <summary><see cref="Next"/> in place, for whoever does not need the model before the step any more: it is a large value.</summary>
    public static void Advance(MigrationMachine machine, ref ModelState next, in Step step, in Observation seen, in Outcome outcome)
    {
        switch (step.Kind)
        {
            case StepKind.QueryFeatures:
                Untouched(ref next, Rules.Of(MIG_FSM_22, MIG_FEAT_04));
                break;
            case StepKind.GetState:
                AfterGet(ref next, seen);
                break;
            case StepKind.SetState or StepKind.SetWithoutDescriptor or StepKind.SetReadOnly or StepKind.SetWatched:
                AfterSet(machine, ref next, step, seen, outcome);
                break;
            case StepKind.QueryDataSize:
                Untouched(ref next, Rules.Of(MIG_FSM_22, SIZE_05));
                if (seen.Errno == 0 && IsStopped(next))
                    next.DataSize = seen.Value;
                break;
            case StepKind.Reset:
                AfterReset(machine, ref next, seen);
                break;
            case StepKind.Probe:
                AfterProbe(machine, ref next, Probe.From(step), seen);
                break;
            case StepKind.Bind:
                next.Unbound = false;
                break;
            case StepKind.CloseDevice:
                EndSession(ref next, Rules.Of(MIG_FD_16));
                if (!machine.Can(ChannelCapabilities.OutlivingDescriptors))
                    next.Stale = false;
                next.Closed = true;
                next.States = StateSet.Of(DeviceState.Running);
                next.StateRules = Rules.Of(MIG_FSM_20, MIG_ERR_09);
                next.Content = 0;
                next.Logging = next.OptedIn = false;
                next.DataSize = next.StoppedHash = 0;
                break;
            case StepKind.Reopen:
                next.Closed = false;
                next.AfterReopen = true;
                break;
            case StepKind.CountDescriptors:
                if (next.Descriptors == 0)
                    next.Descriptors = seen.Value + 1;
                break;
            case StepKind.FailArc:
                next.FailingArc = (byte)(1 + (step.A & 0xFF));
                next.FailureBreaks = (step.A & 0x100) != 0;
                break;
            case StepKind.FailSave:
                next.FailingSave = true;
                break;
            case StepKind.Apply:
                next.Content = 0;
                next.StoppedHash = 0;
                break;
            case StepKind.Digest:
                next.Content = seen.Value;
                break;
            case StepKind.Pause:
                next.StateRules = Rules.Of(MIG_FSM_05);
                break;
            case StepKind.DeviceIoctl:
                Untouched(ref next, Rules.Of(MIG_FSM_22));
                break;
            default:
                AfterSessionStep(machine, ref next, step, seen);
                break;
        }
    }

    /// <summary>What a loss (the device died, or did not answer) at this step breaks; none when no requirement speaks of it.</summary>
    public static Rules OfLoss(MigrationMachine machine, in ModelState state, in Step step) =>
        StepTable.PlaceOf(step) == StepPlace.EndedSession ? state.StaleRules
        : step.Kind == StepKind.SetState && IsRefused(machine, state, (DeviceState)step.A) ? Rules.Of(MIG_FSM_27)
        : state.AfterReopen ? Rules.Of(MIG_ERR_19)
        : Rules.None;

    /// <summary>An observation that the outcome allows: what an ordinary correct device would show. For searching and for printing, not for judging.</summary>
    public static Observation Nominal(MigrationMachine machine, in ModelState state, in Step step, in Outcome outcome)
    {
        const ulong assumedImage = 256;
        var errno = 0;
        while (errno < 127 && !outcome.Errnos.Contains(errno))
            errno++;
        var seen = new Observation
        {
            Errno = errno,
            Descriptor = outcome.WantsDescriptor ? 0 : -1,
            State = step.A,
            Hash = outcome.Hash,
        };
        seen.Value = step.Kind switch
        {
            StepKind.ReadToEnd => state.Phase == StreamPhase.End || state.Read >= assumedImage ? 0 : assumedImage - state.Read,
            StepKind.WriteRest => state.Image((Images)step.B).Length - state.Written,
            StepKind.Digest => state.Content == 0 ? 1 : state.Content,
            _ => outcome.Comparison == ValueRule.Range && outcome.Most != ulong.MaxValue ? outcome.Most : outcome.Least,
        };
        if (step.Kind == StepKind.GetState)
            seen.State = (uint)state.States.First;
        return seen;
    }

    // A call that must leave state and session alone: whoever finds them changed afterwards blames these rules.
    private static void Untouched(ref ModelState next, Rules rules)
    {
        next.StateRules = rules;
        if (next.Session is SessionKind.Saving or SessionKind.Resuming)
            next.SessionRules = new(rules.Packed >> (16 * (rules.Count - 1)));
        next.AfterRefusal = false;
    }

    private static void EndSession(ref ModelState next, Rules why)
    {
        if (next.Session != SessionKind.None && next.HandleOpen)
        {
            next.Stale = true;
            next.StaleRules = why;
        }

        // What was read is no longer there to be counted, though no request was made in between (SIZE-06).
        if (next.Read > 0)
            next.DataSize = 0;
        next.Session = SessionKind.None;
        next.HandleOpen = false;
        next.Phase = StreamPhase.Start;
        next.Read = next.Written = 0;
        next.Chunked = next.ShortWrite = false;
    }

    private static bool IsStopped(in ModelState state) => state.Is(DeviceState.Stop) || state.Is(DeviceState.StopCopy);

    private static void AllowUnbound(in Step step, ref OutcomeSet set)
    {
        if (StepTable.Is(step, StepTraits.DeviceCall))
            set.Add(ErrnoSet.Of(Errno.EINVAL), Rules.Of(ABI_18));
    }

    private static void AllowQuery(MigrationMachine machine, in ModelState state, ref OutcomeSet set)
    {
        if (!machine.HasMigration)
        {
            set.Add(machine.Refusal(Errno.ENOTTY), Rules.Of(ABI_13));
            return;
        }

        ref var outcome = ref set.Add(ErrnoSet.Success, Rules.Of(ABI_01));
        outcome.Least = outcome.Most = (ulong)machine.Features;
        outcome.ValueRules = state.AfterReset ? Rules.Of(MIG_FEAT_03, MIG_ERR_17) : Rules.Of(MIG_FEAT_03);
        outcome.UntouchedRules = Rules.Of(ABI_12);
    }

    private static void AllowDataSize(MigrationMachine machine, in ModelState state, ref OutcomeSet set)
    {
        if (!machine.HasMigration || machine.Level < UapiLevel.V6_2)
        {
            set.Add(machine.Refusal(Errno.ENOTTY), machine.HasMigration ? Rules.Of(ABI_15) : Rules.Of(ABI_13));
            return;
        }

        if (machine.Channel == Channels.Socket)
            return;
        ref var outcome = ref set.Add(ErrnoSet.Success, Rules.Of(SIZE_01));
        outcome.UntouchedRules = Rules.Of(ABI_12);
        // Nothing may be left once the stream was read to its end, nor while the device takes a state in or has lost it.
        var mayBeEmpty = state.Phase == StreamPhase.End || state.States.Contains(DeviceState.Resuming) || state.States.Contains(DeviceState.Error);
        outcome.Least = mayBeEmpty ? 0ul : 1;
        outcome.Most = long.MaxValue;
        outcome.ValueRules = Rules.Of(SIZE_04);
        if (state.DataSize != 0 && state.Read == 0 && IsStopped(state))
        {
            outcome.Least = outcome.Most = state.DataSize;
            outcome.ValueRules = Rules.Of(SIZE_04, SIZE_06);
        }

        if (state.States.Contains(DeviceState.Error))
            set.Add(ErrnoSet.AnyFailure, Rules.None);
        else
            set.Add(ErrnoSet.Of(Errno.ENOTTY), Rules.Of(SIZE_02, MIG_FEAT_06)).Grade = Grade.Forbidden;
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

    private static void AllowDigest(in ModelState state, ref OutcomeSet set)
    {
        ref var outcome = ref set.Add(ErrnoSet.Success, Rules.None);
        if (state.Content == 0)
            return;
        outcome.Least = outcome.Most = state.Content;
        outcome.ValueRules = state.ContentRules;
    }

    private static void AllowDeviceIoctl(MigrationMachine machine, ref OutcomeSet set)
    {
        // A driver that is no PCI driver may have another errno for an ioctl that it does not know.
        set.Add(machine.Channel == Channels.InProcess ? ErrnoSet.Of(Errno.ENOTTY) : ErrnoSet.AnyFailure, Rules.Of(ABI_20));
    }
}
