using Conformance.Drivers.VfioCore;
using Conformance.Model.Contract;
using Conformance.Model.Migration.Device;
using Conformance.Model.Requirements;
using static Conformance.Drivers.Faults.Seed;
using static Conformance.Model.Migration.Device.DeviceState;
using static Conformance.Model.Requirements.RequirementId;

namespace Conformance.Drivers.Faults;

/// <summary>Faults of the state machine (MIG-FSM).</summary>
internal static class StateMachineFaults
{
    public static IReadOnlyList<MigrationFault> All { get; } =
    [
        Of(MIG_FSM_01, "get-returns-data-fd", F1, "GET returns the descriptor of the session", s => new GetReturnsDataFd(s)),
        Of(MIG_FSM_02, "reports-p2p-without-p2p", F1, "STOP is reported as RUNNING_P2P", s => new ReportsP2PWithoutP2P(s)),
        Of(MIG_FSM_03, "reopens-session-on-same-state", F1, "STOP_COPY to STOP_COPY makes a new session", s => new ReopensSessionOnSameState(s)),
        Of(MIG_FSM_04, "stops-one-arc-early", F1, "after a request of several arcs the state before the last one is reported", s => new StopsOneArcEarly(s)),
        Of(MIG_FSM_05, "leaves-pre-copy-alone", F5, "PRE_COPY turns into RUNNING between two GETs", s => new LeavesPreCopyAlone(s)),
        .. Dropped(F1, (Stop, StopCopy), (StopCopy, Stop), (Stop, Resuming), (Resuming, Stop), (Running, Stop), (Stop, Running)),
        .. Dropped(F3, (Running, RunningP2P), (RunningP2P, Running), (RunningP2P, Stop), (Stop, RunningP2P)),
        .. Dropped(F5, (Running, PreCopy), (PreCopy, Running), (PreCopy, StopCopy)),
        .. Dropped(F7, (RunningP2P, PreCopyP2P), (PreCopyP2P, RunningP2P), (PreCopy, PreCopyP2P), (PreCopyP2P, PreCopy), (PreCopyP2P, StopCopy)),
        Of(MIG_FSM_07, "refuses-long-paths", F1, "a request of more than one arc is refused", s => new RefusesLongPaths(s)),
        Of(MIG_FSM_08, "stops-through-pre-copy", F5, "RUNNING to STOP_COPY goes through PRE_COPY", s => new StopsThroughPreCopy(s)),
        Of(MIG_FSM_09, "allows-stop-copy-to-pre-copy", F5, "STOP_COPY to PRE_COPY is walked through STOP and RUNNING", s => new AllowsStopCopyToPreCopy(s)),
        Of(MIG_FSM_09, "blocked-request-ends-session", F5, "the refusal of STOP_COPY to PRE_COPY ends the session", s => new BlockedRequestEndsSession(s)),
        Of(MIG_FSM_10, "accepts-error-target", F1, "a request of ERROR succeeds", s => new AcceptsErrorTarget(s)),
        Of(MIG_FSM_11, "accepts-target-eight", F1, "target 8 succeeds: the bound is compared with '>'", s => new AcceptsTargetEight(s)),
        Of(MIG_FSM_12, "unsupported-target-stops-device", F1, "the refusal of an unsupported state stops the device", s => new UnsupportedTargetStopsDevice(s)),
        Of(MIG_FSM_13, "parks-elsewhere-after-failure", F1, "a failing arc leaves a state that is not on the path", s => new ParksElsewhereAfterFailure(s)),
        Of(MIG_FSM_14, "hides-failed-arc", F1, "a request whose arc failed succeeds", s => new HidesFailedArc(s)),
        Of(MIG_FSM_15, "latches-failure", F1, "after a failed arc every further one fails until reset", s => new LatchesFailure(s)),
        Of(
            [MIG_FSM_15],
            "F-MIG-FSM-15, P-061",
            "half-session-stays",
            F1,
            "a save that failed at its request is in the way of the next",
            s => new HalfSessionStays(s)
        ),
        Of(MIG_FSM_16, "reset-fails-after-error", F1, "reset is refused in ERROR", s => new ResetFailsAfterError(s)),
        new(
            "shows-intermediate-states",
            [MIG_FSM_18],
            "F-MIG-FSM-18",
            F1,
            "a GET during a long transition reports the steps on the way",
            s => new ShowsIntermediateStates(s)
        )
        {
            NeedsConcurrency = true,
        },
        Of(MIG_FSM_19, "second-save-fails", F1, "the second session of STOP_COPY fails", s => new SecondSaveFails(s)),
        new(
            "every-third-save-fails",
            [MIG_FSM_06, MIG_FSM_07],
            "F-MIG-FSM-06",
            F1,
            "every third request of STOP_COPY since the driver was loaded fails",
            s => new EveryThirdSaveFails(s)
        )
        {
            NowAndThen = true,
        },
        Of(
            [MIG_FSM_20, MIG_ERR_09],
            "F-MIG-FSM-20, F-MIG-ERR-09, P-041",
            "keeps-state-over-reopen",
            F1,
            "close and reopen leaves the state as it was",
            s => new KeepsStateOverReopen(s)
        ),
        Of(MIG_FSM_21, "get-fails-in-error", F1, "GET gives EIO in ERROR", s => new GetFailsInError(s)),
        Of(MIG_FSM_22, "data-size-restarts-device", F1, "asking for the data size returns the device to RUNNING", s => new DataSizeRestartsDevice(s)),
        Of(MIG_FSM_23, "goes-through-p2p-without-p2p", F5, "RUNNING to STOP goes through RUNNING_P2P", s => new GoesThroughP2PWithoutP2P(s)),
        Of(MIG_FSM_26, "echoes-reached-state", F1, "a failed SET returns the reached state in the payload", s => new EchoesReachedState(s)),
        new(
            "every-thousandth-get-fails",
            [MIG_FSM_21, MIG_FSM_01],
            "F-MIG-FSM-21",
            F1,
            "every thousandth GET since the driver was loaded gives EIO; GETs of a second thread do not count",
            s => new EveryThousandthGetFails(s)
        )
        {
            NowAndThen = true,
        },
        new("hangs-on-blocked-arc", [MIG_FSM_27], "F-MIG-FSM-27", F5, "STOP_COPY to PRE_COPY never returns", s => new HangsOnBlockedArc(s)) { Hangs = true },
    ];

    private static IEnumerable<MigrationFault> Dropped(MigrationFeatures features, params (DeviceState From, DeviceState To)[] arcs) =>
        arcs.Select(arc =>
            Of(
                [MIG_FSM_06, MIG_FSM_07], // a combination through the arc may be the shorter way to see it
                "F-MIG-FSM-06",
                $"drops-arc-{Lower(arc.From)}-{Lower(arc.To)}",
                features,
                $"the arc {arc.From.Abbreviation()}>{arc.To.Abbreviation()} gives EINVAL",
                s => new DropsArc(s, arc.From, arc.To)
            )
        );

#pragma warning disable CA1308 // names of faults are lower case
    private static string Lower(DeviceState state) => state.Abbreviation().ToLowerInvariant();
#pragma warning restore CA1308

    private sealed class GetReturnsDataFd(FaultSite s) : FaultyCore(s)
    {
        protected override int DataFdOfGet() => Session is null ? -1 : LastDescriptor;
    }

    private sealed class ReportsP2PWithoutP2P(FaultSite s) : FaultyCore(s)
    {
        protected override int GetState(out DeviceState state)
        {
            state = State == Stop ? RunningP2P : State;
            return Errno.None;
        }
    }

    private sealed class ReopensSessionOnSameState(FaultSite s) : FaultyCore(s)
    {
        protected override int Stay(DeviceState state, out OpenFile? opened)
        {
            opened = null;
            if (state != StopCopy)
                return Errno.None;
            var errno = SetState((uint)Stop, out _);
            return errno != 0 ? errno : SetState((uint)StopCopy, out opened);
        }
    }

    private sealed class StopsOneArcEarly(FaultSite s) : FaultyCore(s)
    {
        protected override int SetState(uint target, out OpenFile? opened)
        {
            var errno = base.SetState(target, out opened);
            if (errno == 0 && LastPath.Arcs > 1)
                State = LastPath[LastPath.Count - 2];
            return errno;
        }
    }

    private sealed class LeavesPreCopyAlone(FaultSite s) : FaultyCore(s)
    {
        private DeviceState seen;

        protected override int GetState(out DeviceState state)
        {
            if (seen == PreCopy && State == PreCopy)
                SetState((uint)Running, out _);
            var errno = base.GetState(out state);
            seen = state;
            return errno;
        }
    }

    private sealed class DropsArc(FaultSite s, DeviceState dropFrom, DeviceState dropTo) : FaultyCore(s)
    {
        protected override ArcResult TakeArc(DeviceState from, DeviceState to, out IMigrationFile? file)
        {
            if (from != dropFrom || to != dropTo)
                return base.TakeArc(from, to, out file);
            file = null;
            return new(Errno.EINVAL);
        }
    }

    private sealed class RefusesLongPaths(FaultSite s) : FaultyCore(s)
    {
        protected override int Hop(DeviceState current, uint target, out DeviceState next)
        {
            var errno = base.Hop(current, target, out next);
            return errno == 0 && (uint)next != target ? Errno.EINVAL : errno;
        }
    }

    private sealed class StopsThroughPreCopy(FaultSite s) : FaultyCore(s)
    {
        protected override int Hop(DeviceState current, uint target, out DeviceState next)
        {
            if (current != Running || target != (uint)StopCopy)
                return base.Hop(current, target, out next);
            next = PreCopy;
            return Errno.None;
        }
    }

    private sealed class AllowsStopCopyToPreCopy(FaultSite s) : FaultyCore(s)
    {
        protected override int Hop(DeviceState current, uint target, out DeviceState next)
        {
            if (current != StopCopy || target is not ((uint)PreCopy or (uint)PreCopyP2P))
                return base.Hop(current, target, out next);
            next = Stop;
            return Errno.None;
        }
    }

    private sealed class BlockedRequestEndsSession(FaultSite s) : FaultyCore(s)
    {
        protected override int Refuse(DeviceState current, uint target, int errno)
        {
            if (current != StopCopy || target is not ((uint)PreCopy or (uint)PreCopyP2P))
                return errno;
            EnterSessions();
            EndSession(SessionEnd.Left);
            LeaveSessions();
            return errno;
        }
    }

    private sealed class AcceptsErrorTarget(FaultSite s) : FaultyCore(s)
    {
        protected override int Refuse(DeviceState current, uint target, int errno)
        {
            if (target != (uint)Error)
                return errno;
            PublishState(Error);
            return Errno.None;
        }
    }

    private sealed class AcceptsTargetEight(FaultSite s) : FaultyCore(s)
    {
        protected override int Refuse(DeviceState current, uint target, int errno) => target == 8 ? Errno.None : errno;
    }

    private sealed class UnsupportedTargetStopsDevice(FaultSite s) : FaultyCore(s)
    {
        protected override int Refuse(DeviceState current, uint target, int errno)
        {
            if (current is not (Error or StopCopy) && target is (uint)RunningP2P or (uint)PreCopy or (uint)PreCopyP2P)
                SetState((uint)Stop, out _);
            return errno;
        }
    }

    private sealed class ParksElsewhereAfterFailure(FaultSite s) : FaultyCore(s)
    {
        protected override DeviceState StateAfterFailure(DeviceState origin, DeviceState reached, ArcResult failure) =>
            Target == (uint)Resuming || origin == Resuming ? StopCopy : Resuming;
    }

    private sealed class HidesFailedArc(FaultSite s) : FaultyCore(s)
    {
        protected override int ErrnoOfFailure(ArcResult failure) => Errno.None;
    }

    private sealed class HalfSessionStays(FaultSite s) : FaultyCore(s)
    {
        private bool isHalf;

        protected override ArcResult TakeArc(DeviceState from, DeviceState to, out IMigrationFile? file)
        {
            file = null;
            if ((from, to) != (Stop, StopCopy))
                return base.TakeArc(from, to, out file);
            if (isHalf)
                return new(Errno.EBUSY);
            var result = base.TakeArc(from, to, out file);
            isHalf = result.Errno != 0;
            return result;
        }

        protected override int ResetDevice()
        {
            isHalf = false;
            return base.ResetDevice();
        }
    }

    private sealed class LatchesFailure(FaultSite s) : FaultyCore(s)
    {
        private bool latched;

        protected override ArcResult TakeArc(DeviceState from, DeviceState to, out IMigrationFile? file)
        {
            file = null;
            var result = latched ? new(Errno.EIO) : base.TakeArc(from, to, out file);
            latched = result.Errno != 0;
            return result;
        }

        protected override int ResetDevice()
        {
            latched = false;
            return base.ResetDevice();
        }
    }

    private sealed class ResetFailsAfterError(FaultSite s) : FaultyCore(s)
    {
        protected override int ResetDevice() => State == Error ? Errno.EIO : base.ResetDevice();
    }

    private sealed class ShowsIntermediateStates(FaultSite s) : FaultyCore(s)
    {
        private const int MillisecondsForOthers = 250;
        private int caller;
        private int turns;

        protected override void Enter()
        {
            base.Enter();
            if (caller == Environment.CurrentManagedThreadId)
                return;
            caller = Environment.CurrentManagedThreadId;
            Volatile.Write(ref turns, turns + 1);
        }

        // Others get their turn between two arcs, as without a lock over the whole walk. Where another thread asks, its next call is waited for, however busy
        // the machine is.
        protected override void ArcTaken(DeviceState reached)
        {
            PublishState(reached);
            var before = turns;
            Leave();
            if (before > 1 && !IsScheduled)
                SpinWait.SpinUntil(() => Volatile.Read(ref turns) != before, MillisecondsForOthers);
            Enter();
        }
    }

    private sealed class SecondSaveFails(FaultSite s) : FaultyCore(s)
    {
        private int saves;

        protected override ArcResult TakeArc(DeviceState from, DeviceState to, out IMigrationFile? file)
        {
            file = null;
            return to == StopCopy && ++saves == 2 ? new(Errno.EIO) : base.TakeArc(from, to, out file);
        }
    }

    private sealed class EveryThirdSaveFails(FaultSite s) : FaultyCore(s)
    {
        private readonly DriverHistory history = s.History;

        protected override ArcResult TakeArc(DeviceState from, DeviceState to, out IMigrationFile? file)
        {
            file = null;
            return to == StopCopy && ++history.Saves % 3 == 0 ? new(Errno.EIO) : base.TakeArc(from, to, out file);
        }
    }

    private sealed class EveryThousandthGetFails(FaultSite s) : FaultyCore(s)
    {
        private readonly DriverHistory history = s.History;
        private readonly int opener = Environment.CurrentManagedThreadId;

        // How often another thread asks during a watched request depends on the machine. If that counted, the failing GET would fall into another plan in each
        // run.
        protected override int GetState(out DeviceState state)
        {
            var errno = base.GetState(out state);
            return Environment.CurrentManagedThreadId == opener && ++history.Gets % 1000 == 0 ? Errno.EIO : errno;
        }
    }

    private sealed class KeepsStateOverReopen(FaultSite s) : FaultyCore(s)
    {
        protected override DeviceState StateAtReopen() => State;
    }

    private sealed class GetFailsInError(FaultSite s) : FaultyCore(s)
    {
        protected override int GetState(out DeviceState state)
        {
            var errno = base.GetState(out state);
            return state == Error ? Errno.EIO : errno;
        }
    }

    private sealed class DataSizeRestartsDevice(FaultSite s) : FaultyCore(s)
    {
        protected override int DataSize(out ulong bytes)
        {
            var errno = base.DataSize(out bytes);
            // The request takes the sessions itself.
            LeaveSessions();
            SetState((uint)Running, out _);
            EnterSessions();
            return errno;
        }
    }

    private sealed class GoesThroughP2PWithoutP2P(FaultSite s) : FaultyCore(s)
    {
        protected override int Hop(DeviceState current, uint target, out DeviceState next)
        {
            next = Stop;
            if (current == RunningP2P)
                return Errno.None;
            var errno = base.Hop(current, target, out next);
            if (errno == 0 && current == Running && next == Stop)
                next = RunningP2P;
            return errno;
        }
    }

    private sealed class EchoesReachedState(FaultSite s) : FaultyCore(s)
    {
        protected override uint EchoedState(uint requested, int errno) => errno != 0 ? (uint)State : requested;
    }

    private sealed class HangsOnBlockedArc(FaultSite s) : FaultyCore(s)
    {
        protected override int Refuse(DeviceState current, uint target, int errno)
        {
            if (current == StopCopy && target is (uint)PreCopy or (uint)PreCopyP2P)
                Thread.Sleep(Timeout.Infinite);
            return errno;
        }
    }
}
