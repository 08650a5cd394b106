using Conformance.Drivers.Reference.Migration;
using Conformance.Drivers.VfioCore;
using Conformance.Model.Contract;
using Conformance.Model.Migration.Device;
using static Conformance.Drivers.Faults.Seed;
using static Conformance.Model.Requirements.RequirementId;

namespace Conformance.Drivers.Faults;

/// <summary>Defects that real drivers had: arcs, sessions and reset. P-039 is "session-survives-reset", P-041 is "keeps-state-over-reopen".</summary>
internal static class FieldFaults
{
    public static IReadOnlyList<MigrationFault> All { get; } =
    [
        Of(
            [MIG_FSM_15, MIG_FSM_13],
            "P-001",
            "failure-hides-progress",
            F1,
            "after a failure half way the state before the request is reported",
            s => new FailureHidesProgress(s)
        ),
        Of([MIG_FSM_07, MIG_FSM_06], "P-002", "cannot-cancel-from-stop-copy", F1, "STOP_COPY to RUNNING is refused", s => new CannotCancelFromStopCopy(s)),
        Of([MIG_FEAT_05], "P-003", "starts-in-error", F1, "a new device is in the state of value 0, which is ERROR", s => new StartsInError(s)),
        Of(
            [MIG_FD_10, MIG_RES_03, MIG_RES_23],
            "P-004",
            "works-while-resuming",
            F1,
            "descriptors of the loaded queue are executed before RUNNING",
            OnResuming(d => new WorksWhileResuming(d))
        ),
        Of(
            [MIG_ERR_19, MIG_STOP_17, MIG_FSM_20],
            "P-005",
            "stays-paused-over-close",
            F1,
            "a device that was closed while stopped is still stopped inside after reopen",
            OnDriver(f => new StaysPausedOverClose(f))
        ),
        Of([MIG_FD_08], "P-008", "reads-from-the-start", F1, "every read copies from the start of the buffer", OnSaving(d => new ReadsFromTheStart(d))),
        Of([MIG_PRE_06], "P-009", "temporary-end-is-final", F5, "the temporary end of pre-copy is 0", OnSaving(d => new TemporaryEndIsFinal(d))),
        Of(
            [MIG_FD_27, MIG_FD_18],
            "P-010",
            "position-survives-session",
            F1,
            "the next session goes on at the position of the last one",
            OnSaving(d => new PositionSurvivesSession(d))
        ),
        Of(
            [MIG_FD_14],
            "P-011",
            "failed-request-keeps-fd",
            F1,
            "when a request fails after the session's end, its descriptor still works",
            s => new FailedRequestKeepsFd(s)
        ),
        Of([MIG_ERR_03], "P-038", "reset-does-nothing", F1, "reset succeeds without doing anything", s => new ResetDoesNothing(s)),
    ];

    private sealed class FailureHidesProgress(FaultSite s) : FaultyCore(s)
    {
        protected override DeviceState StateAfterFailure(DeviceState origin, DeviceState reached, ArcResult failure) => origin;
    }

    private sealed class CannotCancelFromStopCopy(FaultSite s) : FaultyCore(s)
    {
        protected override int Hop(DeviceState current, uint target, out DeviceState next)
        {
            var errno = base.Hop(current, target, out next);
            return current == DeviceState.StopCopy && target == (uint)DeviceState.Running ? Errno.EINVAL : errno;
        }
    }

    private sealed class StartsInError : FaultyCore
    {
        public StartsInError(FaultSite s)
            : base(s) => State = default;
    }

    private sealed class WorksWhileResuming(ReferenceDriver d) : ResumingSession(d)
    {
        public override int Finish()
        {
            var errno = base.Finish();
            if (errno == 0)
                Device.Content.Pending = 0;
            return errno;
        }
    }

    private sealed class StaysPausedOverClose(MigrationFeatures f) : ReferenceDriver(f)
    {
        public override void Close()
        {
            var at = At;
            base.Close();
            At = at;
        }
    }

    private sealed class ReadsFromTheStart(ReferenceDriver d) : SavingSession(d)
    {
        public override CallResult Read(Span<byte> buffer)
        {
            var result = base.Read(buffer);
            if (result.Value > 0)
                Produced[..(int)result.Value].CopyTo(buffer);
            return result;
        }
    }

    private sealed class TemporaryEndIsFinal(ReferenceDriver d) : SavingSession(d)
    {
        protected override CallResult AtEnd() => CallResult.Success;
    }

    private sealed class PositionSurvivesSession(ReferenceDriver d) : SavingSession(d)
    {
        public override void Begin(bool preCopy, int failAt, int failErrno)
        {
            var position = Position;
            base.Begin(preCopy, failAt, failErrno);
            Position = Math.Min(position, Length);
        }
    }

    private sealed class FailedRequestKeepsFd(FaultSite s) : FaultyCore(s)
    {
        private OpenFile? ending;

        protected override void EndSession(SessionEnd cause)
        {
            if (cause != SessionEnd.Left)
            {
                base.EndSession(cause);
                return;
            }
            ending = Session;
            ForgetSession();
        }

        // Only a request that succeeds gets as far as ending what it left.
        protected override void PublishState(DeviceState state)
        {
            if (ending is not null && (uint)state == Target)
                Kill(ending);
            ending = null;
            base.PublishState(state);
        }
    }

    private sealed class ResetDoesNothing(FaultSite s) : FaultyCore(s)
    {
        protected override int ResetDevice() => Errno.None;
    }
}
