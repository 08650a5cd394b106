using Conformance.Drivers.Reference.Migration;
using Conformance.Drivers.VfioCore;
using Conformance.Model.Contract;
using Conformance.Model.Migration.Device;
using static Conformance.Drivers.Faults.Seed;
using static Conformance.Model.Requirements.RequirementId;

namespace Conformance.Drivers.Faults;

/// <summary>Faults of errors and reset (MIG-ERR).</summary>
internal static class ErrorFaults
{
    public static IReadOnlyList<MigrationFault> All { get; } =
    [
        Of(MIG_ERR_01, "leaves-error-by-request", F1, "ERROR to RUNNING succeeds", s => new LeavesErrorByRequest(s)),
        Of(MIG_ERR_02, "fails-on-its-own", F1, "STOP_COPY turns into ERROR between two GETs", s => new FailsOnItsOwn(s)),
        Of(MIG_ERR_03, "reset-keeps-state", F1, "reset leaves the state as it was", s => new ResetKeepsState(s)),
        Of(MIG_ERR_07, "failure-survives-reset", F1, "the first arc after a reset fails", OnDriver(f => new FailureSurvivesReset(f))),
        Of(MIG_ERR_08, "reset-only-when-needed", F1, "a second reset is refused when nothing happened since", s => new ResetOnlyWhenNeeded(s)),
        Of(MIG_ERR_10, "bad-request-breaks-device", F1, "a request that is refused puts the device into ERROR", s => new BadRequestBreaksDevice(s)),
        Of(MIG_ERR_11, "notices-block-half-way", F5, "STOP_COPY to PRE_COPY is refused after STOP was reached", s => new NoticesBlockHalfWay(s)),
        Of(MIG_ERR_12, "failed-arc-is-unsupported", F1, "a failed arc gives ENOTTY", s => new FailedArcIsUnsupported(s)),
        Of(MIG_ERR_13, "session-survives-error", F1, "the session delivers data in ERROR", s => new SessionSurvivesError(s)),
        Of(MIG_ERR_14, "failed-save-looks-complete", F1, "a save that failed ends like a complete one", OnSaving(d => new FailedSaveLooksComplete(d))),
        Of(MIG_ERR_14, "failed-read-is-the-end", F1, "the read behind one that failed gives 0", OnSaving(d => new FailedReadIsTheEnd(d))),
        Of(MIG_ERR_14, "failed-read-loses-bytes", F1, "the read behind one that failed begins 8 bytes later", OnSaving(d => new FailedReadLosesBytes(d))),
        Of(MIG_ERR_14, "failed-read-ends-pre-copy", F5, "in pre-copy the read behind one that failed gives 0", OnSaving(d => new FailedReadEndsPreCopy(d))),
        Of(
            MIG_ERR_14,
            "failed-read-drops-pre-copy",
            F5,
            "what a failed read in pre-copy did not deliver is dropped, and the stream goes on behind it",
            OnSaving(d => new FailedReadDropsPreCopy(d))
        ),
        Of([MIG_ERR_17, PINFO2_07], "F-MIG-ERR-17", "reset-drops-opt-in", F5, "reset takes the opt-in of feature 12 back", s => new ResetDropsOptIn(s)),
        Of(MIG_ERR_17, "reset-drops-flags", F5, "after a reset the migration flags lack PRE_COPY", s => new ResetDropsFlags(s)),
        Of(
            [MIG_FSM_20, MIG_ERR_09, MIG_ERR_19],
            "F-MIG-ERR-19",
            "reopens-resuming-without-session",
            F1,
            "RESUMING survives close and reopen, its session does not",
            s => new ReopensResumingWithoutSession(s)
        ),
        new(
            "crashes-resuming-after-reopen",
            [MIG_ERR_19],
            "F-MIG-ERR-19",
            F1,
            "RESUMING survives close and reopen; leaving it takes the process down",
            s => new CrashesResumingAfterReopen(s)
        )
        {
            Crashes = true,
        },
    ];

    private sealed class LeavesErrorByRequest(FaultSite s) : FaultyCore(s)
    {
        protected override int Refuse(DeviceState current, uint target, int errno)
        {
            if (current != DeviceState.Error || target != (uint)DeviceState.Running)
                return errno;
            PublishState(DeviceState.Running);
            return Errno.None;
        }
    }

    private sealed class FailsOnItsOwn(FaultSite s) : FaultyCore(s)
    {
        private DeviceState seen;

        protected override int GetState(out DeviceState state)
        {
            if (seen == DeviceState.StopCopy && State == DeviceState.StopCopy)
                PublishState(DeviceState.Error);
            var errno = base.GetState(out state);
            seen = state;
            return errno;
        }
    }

    private sealed class ResetKeepsState(FaultSite s) : FaultyCore(s)
    {
        protected override DeviceState StateAfterReset() => State;
    }

    private sealed class FailureSurvivesReset(MigrationFeatures f) : ReferenceDriver(f)
    {
        public override int Reset()
        {
            var errno = base.Reset();
            FailArc(0, Errno.EIO, broken: false);
            return errno;
        }
    }

    private sealed class ResetOnlyWhenNeeded(FaultSite s) : FaultyCore(s)
    {
        private bool wasReset;

        protected override int ResetDevice()
        {
            if (wasReset && State == DeviceState.Running)
                return Errno.EBUSY;
            wasReset = true;
            return base.ResetDevice();
        }
    }

    private sealed class BadRequestBreaksDevice(FaultSite s) : FaultyCore(s)
    {
        protected override int Refuse(DeviceState current, uint target, int errno)
        {
            PublishState(DeviceState.Error);
            return errno;
        }
    }

    private sealed class NoticesBlockHalfWay(FaultSite s) : FaultyCore(s)
    {
        protected override int Hop(DeviceState current, uint target, out DeviceState next)
        {
            var blocked = LastPath[0] == DeviceState.StopCopy && target is (uint)DeviceState.PreCopy or (uint)DeviceState.PreCopyP2P;
            if (!blocked)
                return base.Hop(current, target, out next);
            next = DeviceState.Stop;
            return current == DeviceState.StopCopy ? Errno.None : Errno.EINVAL;
        }
    }

    private sealed class FailedArcIsUnsupported(FaultSite s) : FaultyCore(s)
    {
        protected override int ErrnoOfFailure(ArcResult failure) => Errno.ENOTTY;
    }

    private sealed class SessionSurvivesError(FaultSite s) : FaultyCore(s)
    {
        protected override void EndSession(SessionEnd cause)
        {
            if (cause == SessionEnd.Broken)
                ForgetSession();
            else
                base.EndSession(cause);
        }
    }

    private sealed class FailedSaveLooksComplete(ReferenceDriver d) : SavingSession(d)
    {
        public override CallResult Read(Span<byte> buffer)
        {
            var result = base.Read(buffer);
            return result.Errno is Errno.None or Errno.ENOMSG ? result : CallResult.Success;
        }
    }

    private sealed class FailedReadIsTheEnd(ReferenceDriver d) : FailureToldOnce(d)
    {
        protected override void AfterFailure()
        {
            if (IsComplete)
                Position = Length;
        }
    }

    private sealed class FailedReadLosesBytes(ReferenceDriver d) : FailureToldOnce(d)
    {
        protected override void AfterFailure() => Position = Math.Min(Length, Position + 8);
    }

    private sealed class FailedReadEndsPreCopy(ReferenceDriver d) : SavingSession(d)
    {
        private bool failed;

        public override void Begin(bool preCopy, int failAt, int failErrno)
        {
            failed = false;
            base.Begin(preCopy, failAt, failErrno);
        }

        public override CallResult Read(Span<byte> buffer)
        {
            var result = base.Read(buffer);
            if (IsComplete || result.Errno is Errno.None or Errno.ENOMSG)
                return result;
            if (failed)
                return CallResult.Success;
            failed = true;
            return result;
        }
    }

    private sealed class FailedReadDropsPreCopy(ReferenceDriver d) : FailureToldOnce(d)
    {
        protected override void AfterFailure()
        {
            if (!IsComplete)
                Position = Length;
        }
    }

    private sealed class ResetDropsOptIn(FaultSite s) : FaultyCore(s)
    {
        protected override int ResetDevice()
        {
            OptedIn = false;
            return base.ResetDevice();
        }
    }

    private sealed class ResetDropsFlags(FaultSite s) : FaultyCore(s)
    {
        private bool dropped;

        protected override ulong MigrationFlags => dropped ? base.MigrationFlags & ~(ulong)MigrationFeatures.PreCopy : base.MigrationFlags;

        protected override int ResetDevice()
        {
            dropped = true;
            return base.ResetDevice();
        }
    }

    private sealed class ReopensResumingWithoutSession(FaultSite s) : FaultyCore(s)
    {
        protected override DeviceState StateAtReopen() => State == DeviceState.Resuming ? State : base.StateAtReopen();
    }

    private sealed class CrashesResumingAfterReopen(FaultSite s) : FaultyCore(s)
    {
        protected override DeviceState StateAtReopen() => State == DeviceState.Resuming ? State : base.StateAtReopen();

        protected override ArcResult TakeArc(DeviceState from, DeviceState to, out IMigrationFile? file)
        {
            if (from == DeviceState.Resuming && Session is null)
                Environment.FailFast("fault crashes-resuming-after-reopen: the session of RESUMING is gone");
            return base.TakeArc(from, to, out file);
        }
    }
}
