using System.Diagnostics;
using System.Runtime.CompilerServices;
using Conformance.Model.Contract;
using Conformance.Model.Migration.Device;
using Conformance.Model.Migration.Steps;
using Conformance.Model.Requirements;
using static Conformance.Model.Requirements.RequirementId;

namespace Conformance.Model.Migration.Oracle;

/// <summary>
/// The judge of the migration state machine: two pure functions over <see cref="ModelState"/>. <see cref="Allowed"/> lists how a step may go, with the
/// requirement that says so; <see cref="Next"/> gives the model after a step that went that way. All latitude of the contract is here and nowhere else. This
/// file says which function speaks of which kind of step; the functions stand in the file of their section of the catalogue.
/// </summary>
public static partial class MigrationOracle
{
    /// <summary>Fills <paramref name="set"/> with the outcomes of a step. An empty set means: nothing is known, everything is allowed.</summary>
    public static void Allowed(MigrationMachine machine, in ModelState state, in Step step, ref OutcomeSet set)
    {
        set.Clear();
        // Who touches a device that he must not touch can ask nothing more of it (MIG-STOP-10).
        if (state.Work.Has(WorkFlags.Trespassed) && step.Kind is not (StepKind.Reset or StepKind.GiveTime or StepKind.Trespass))
            return;
        if (state.Unbound && step.Kind != StepKind.Bind)
        {
            AllowUnbound(step, ref set);
            return;
        }

        // Most steps of most plans are one of these two, and what the others need is not prepared for them.
        if (step.Kind == StepKind.GetState)
            AllowGet(machine, state, ref set);
        else if (step.Kind == StepKind.SetState)
            AllowSet(machine, state, step, ref set);
        else
            AllowOther(machine, state, step, ref set);
    }

    private static void AllowOther(MigrationMachine machine, in ModelState state, in Step step, ref OutcomeSet set)
    {
        switch (step.Kind)
        {
            case StepKind.QueryFeatures:
                AllowQuery(machine, state, ref set);
                break;
            case StepKind.SetWithoutDescriptor or StepKind.SetReadOnly or StepKind.SetWatched:
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
            case StepKind.Read or StepKind.ReadToEnd or StepKind.ReadDuplicate:
                AllowRead(machine, state, step, ref set);
                break;
            case StepKind.ReadUnmapped:
                AllowUnmapped(state, step, ref set);
                break;
            case StepKind.Write or StepKind.WriteRest:
                AllowWrite(state, step, ref set);
                break;
            case StepKind.WriteSurplus:
                AllowSurplus(state, step, ref set);
                break;
            case StepKind.WriteUnmapped:
                AllowUnmappedWrite(state, step, ref set);
                break;
            case StepKind.CloseData:
                AllowCloseData(state, ref set);
                break;
            case StepKind.StaleRead or StepKind.StaleWrite:
                AllowStale(machine, state, step, ref set);
                break;
            case StepKind.StalePrecopyInfo:
                AllowStalePrecopyInfo(machine, state, ref set);
                break;
            case StepKind.WrongDirection:
                AllowWrongDirection(state, ref set);
                break;
            case StepKind.Seek or StepKind.PositionedRead or StepKind.PositionedWrite:
                AllowPositioned(state, step, ref set);
                break;
            case StepKind.Poll:
                AllowPoll(machine, state, ref set);
                break;
            case StepKind.DescriptorFlags:
                AllowDescriptorFlags(state, ref set);
                break;
            case StepKind.UnknownDataIoctl:
                AllowUnknownDataIoctl(state, ref set);
                break;
            case StepKind.PrecopyInfo:
                AllowPrecopyInfo(machine, state, step, ref set);
                break;
            case StepKind.CountDescriptors:
                AllowCount(state, ref set);
                break;
            case StepKind.Digest:
                AllowDigest(state, ref set);
                break;
            case >= StepKind.SubmitWork and <= StepKind.Trespass:
                AllowWorkStep(machine, state, step, ref set);
                break;
            case >= StepKind.StartLogging and <= StepKind.ReportLogging:
                AllowLogStep(machine, state, step, ref set);
                break;
            case StepKind.Bind
            or StepKind.CloseDevice
            or StepKind.Reopen
            or StepKind.FailArc
            or StepKind.FailSave
            or StepKind.FailSaveRequest
            or StepKind.Apply
            or StepKind.SpoilImage
            or StepKind.Pause:
                set.Add(ErrnoSet.Success, Rules.None).After = state.States;
                break;
            default:
                throw new UnreachableException($"the oracle does not know {step.Kind}");
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
        if (step.Kind == StepKind.GetState)
            AfterGet(ref next, seen);
        else if (StepTable.Is(step, StepTraits.Request))
        {
            var origin = next.States;
            var failing = next.FailingArc;
            AfterSet(machine, ref next, step, seen, outcome);
            AfterRequest(machine, ref next, origin, failing, step, seen);
            if (next.Log.IsKept)
                AfterRequestOfLog(ref next, origin);
        }
        else
            AdvanceOther(machine, ref next, step, seen);
    }

    private static void AdvanceOther(MigrationMachine machine, ref ModelState next, in Step step, in Observation seen)
    {
        switch (step.Kind)
        {
            case StepKind.QueryFeatures:
                Untouched(ref next, Rules.Of(MIG_FSM_22, MIG_FEAT_04));
                break;
            case StepKind.QueryDataSize:
                AfterDataSize(ref next, seen);
                break;
            case StepKind.Reset:
                AfterReset(machine, ref next, seen);
                if (seen.Errno == 0)
                    next.Work.Reset();
                else
                    next.Work.Forget();
                break;
            case StepKind.CloseDevice:
                AfterClose(machine, ref next);
                next.Removed = step.A != 0;
                // Which request the session served is no matter any more.
                if (next.Removed)
                    next.StaleRules = Rules.Of(MIG_FD_16);
                next.Work.Forget();
                break;
            case StepKind.Reopen:
                next.Closed = false;
                next.AfterReopen = true;
                break;
            case StepKind.Bind:
                next.Unbound = false;
                break;
            case StepKind.Probe:
                AfterProbe(machine, ref next, Probe.From(step), seen);
                break;
            case StepKind.DeviceIoctl:
                Untouched(ref next, Rules.Of(MIG_FSM_22));
                break;
            case StepKind.Read or StepKind.ReadDuplicate or StepKind.ReadUnmapped or StepKind.ReadToEnd:
                AfterRead(ref next, step, seen);
                break;
            case StepKind.Write or StepKind.WriteRest:
                AfterWrite(ref next, step, seen);
                break;
            case StepKind.SpoilImage:
                AfterSpoil(machine, ref next, step, seen);
                break;
            case StepKind.WriteSurplus:
                AfterSurplus(machine, ref next, step, seen);
                break;
            case StepKind.WriteUnmapped:
                AfterUnmappedWrite(ref next, step, seen);
                break;
            case StepKind.CloseData:
                AfterSessionCall(ref next);
                next.HandleOpen = false;
                next.StateRules = Rules.Of(MIG_FD_17);
                break;
            case StepKind.StaleWrite:
                AfterSessionCall(ref next);
                if (IsSharedHandle(machine, next))
                    next.Session = SessionKind.Unknown;
                break;
            case StepKind.Seek or StepKind.PositionedRead or StepKind.PositionedWrite:
                AfterSessionCall(ref next);
                next.SessionRules = Rules.Of(MIG_FD_06);
                break;
            case StepKind.WrongDirection:
                AfterSessionCall(ref next);
                next.SessionRules = Rules.Of(MIG_FD_05);
                break;
            case StepKind.UnknownDataIoctl:
                AfterSessionCall(ref next);
                next.SessionRules = Rules.Of(ABI_21);
                break;
            case StepKind.StaleRead or StepKind.Poll or StepKind.DescriptorFlags or StepKind.StalePrecopyInfo:
                AfterSessionCall(ref next);
                break;
            case StepKind.PrecopyInfo:
                AfterPrecopyInfo(machine, ref next, step, seen);
                break;
            case StepKind.CountDescriptors:
                if (next.Descriptors == 0)
                    next.Descriptors = seen.Value + 1;
                break;
            case StepKind.FailArc:
                next.FailingArc = (byte)(1 + (step.A & 0xFF));
                next.MayBeDisarmed = false;
                break;
            case StepKind.FailSave:
                next.NextSaveFailsAt = 1ul + step.A;
                break;
            case StepKind.FailSaveRequest:
                next.StoppedSaveFailsAt = 1;
                break;
            case StepKind.Apply:
                next.LastReset = ResetKind.None;
                next.Content = next.KeptContent = 0;
                next.StoppedHash = 0;
                next.Work.Forget();
                Touch(ref next);
                break;
            case >= StepKind.SubmitWork and <= StepKind.Trespass:
                AfterWorkStep(ref next, step, seen);
                if (next.Log.IsKept)
                    AfterWorkOfLog(ref next, step, seen);
                break;
            case >= StepKind.StartLogging and <= StepKind.ReportLogging:
                AfterLogStep(machine, ref next, step, seen);
                break;
            case StepKind.Digest:
                next.Content = seen.Value;
                next.ContentIsSeen = true;
                if (next.LastReset == ResetKind.Plain)
                    next.Fresh = seen.Value;
                break;
            case StepKind.Pause:
                next.StateRules = Rules.Of(MIG_FSM_05);
                if (step.A > 0 && IsIn(next, Stopped))
                    AfterStoppedTime(ref next);
                break;
            default:
                throw new UnreachableException($"the oracle does not know {step.Kind}");
        }
    }

    /// <summary>What a loss (the device died, or did not answer) at this step breaks; none when no requirement speaks of it.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)] // once a step, by one caller
    public static Rules OfLoss(MigrationMachine machine, in ModelState state, in Step step) =>
        StepTable.PlaceOf(step) == StepPlace.EndedSession ? state.StaleRules
        : step.Kind == StepKind.Trespass || state.Work.Has(WorkFlags.Trespassed) ? Rules.Of(MIG_STOP_06)
        : step.Kind == StepKind.SetState && IsRefused(machine, state, (DeviceState)step.A) ? Rules.Of(MIG_FSM_27)
        : step is { Kind: StepKind.CloseDevice, A: not 0 } ? Rules.Of(MIG_FD_16)
        : state.Work.Has(WorkFlags.Stuck) && Stops(machine, state, step) ? Rules.Of(MIG_STOP_13)
        : step.Kind == StepKind.StopLogging && !state.Log.MayBeActive ? Rules.Of(DLOG_13)
        : state.AfterReopen ? Rules.Of(MIG_ERR_19)
        : state.Flaw != LoadFlaw.None || IsOfSpoilt(state, step) ? Rules.Of(MIG_RES_16)
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
            StepKind.WriteRest => state.Image((Images)step.B).Length - Math.Min(state.WritePosition, state.Image((Images)step.B).Length),
            StepKind.Digest => state.Content == 0 ? 1 : state.Content,
            StepKind.GiveTime or StepKind.ReadCounter or StepKind.ReadTaken => outcome.Least,
            StepKind.StartLogging => LogStart.From(step).PageSize,
            StepKind.ReportLogging => 0,
            _ => outcome.Comparison == ValueRule.Range && outcome.Most != ulong.MaxValue ? outcome.Most : outcome.Least,
        };
        // A running device does what waits.
        if (step.Kind == StepKind.GiveTime && MayBeUsed(state) && step.A >= OperationsOfPiece * state.Work.Pieces)
            seen.Value = seen.Hash = state.Work.Waiting;
        if (step.Kind == StepKind.GetState)
            seen.State = (uint)(state.States.Count > 1 ? new StateSet((byte)(state.States.Bits & ~StateSet.Of(DeviceState.Error).Bits)) : state.States).First;
        return seen;
    }
}
