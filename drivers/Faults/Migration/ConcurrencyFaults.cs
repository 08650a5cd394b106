using Conformance.Drivers.Reference.Migration;
using Conformance.Drivers.VfioCore;
using Conformance.Model.Contract;
using Conformance.Model.Migration.Device;
using Conformance.Model.Requirements;
using static Conformance.Drivers.Faults.Seed;
using static Conformance.Model.Requirements.RequirementId;

namespace Conformance.Drivers.Faults;

/// <summary>Faults that only calls of several threads can show: locks that are missing, taken in the wrong order, or let go too early.</summary>
internal static class ConcurrencyFaults
{
    public static IReadOnlyList<MigrationFault> All { get; } =
    [
        Overlapping([MIG_FSM_17], "F-MIG-FSM-17", "takes-no-state-lock", F1, "requests do not wait for each other", s => new TakesNoStateLock(s)),
        Overlapping(
            [MIG_FSM_17],
            "F-MIG-FSM-17",
            "tears-the-state",
            F1,
            "RESUMING is stored in two halves, and a GET may come between them",
            s => new TearsTheState(s)
        ),
        Overlapping(
            [MIG_FSM_17],
            "F-MIG-FSM-17",
            "loses-the-other-request",
            F1,
            "a request looks at the state, lets others in, and goes on from what it saw",
            s => new LosesTheOtherRequest(s)
        ),
        Overlapping(
            [MIG_FSM_24],
            "F-MIG-FSM-24",
            "read-takes-locks-in-the-wrong-order",
            F1,
            "a read takes the session lock, then the state lock",
            s => new ReadTakesLocksInTheWrongOrder(s)
        ),
        Overlapping(
            [MIG_FD_33],
            "F-MIG-FD-33",
            "read-looks-before-it-locks",
            F1,
            "a read takes its position before it takes the lock",
            s => new ReadLooksBeforeItLocks(s)
        ),
        Overlapping([MIG_ERR_05], "F-MIG-ERR-05", "loses-deferred-reset", F1, "a reset that meets another call is forgotten", s => new LosesDeferredReset(s)),
        Overlapping(
            [MIG_ERR_06, MIG_ERR_05],
            "F-MIG-ERR-06, P-040",
            "stores-state-after-deferred-reset",
            F1,
            "a request does the reset that it met, then stores the state that it was asked for",
            s => new StoresStateAfterDeferredReset(s)
        ),
        Overlapping(
            [SIZE_09],
            "F-SIZE-09",
            "data-size-takes-locks-in-the-wrong-order",
            F1,
            "asking for the data size takes the session lock, then the state lock",
            s => new DataSizeTakesLocksInTheWrongOrder(s)
        ),
        Overlapping(
            [DLOG_25],
            "F-DLOG-25, P-045",
            "log-start-writes-state-back",
            F3,
            "state and log stand in one word, which START reads before it takes the lock",
            s => new StartWritesStateBack(s)
        ),
        Overlapping(
            [DLOG_11],
            "F-DLOG-11",
            "two-starts-at-once",
            F3,
            "START looks whether the log is on before it takes the lock",
            s => new TwoStartsAtOnce(s)
        ),
    ];

    private static MigrationFault Overlapping(
        RequirementId[] ids,
        string source,
        string name,
        MigrationFeatures features,
        string description,
        Func<FaultSite, VfioCoreDevice> build
    ) => new(name, ids, source, features, description, build) { NeedsConcurrency = true };

    private sealed class TakesNoStateLock(FaultSite s) : FaultyCore(s)
    {
        protected override void Enter() => Point();

        protected override bool TryEnter() => true;

        protected override void Leave() { }
    }

    private sealed class TearsTheState(FaultSite s) : FaultyCore(s)
    {
        private int half = (int)DeviceState.Running;

        protected override void PublishState(DeviceState state)
        {
            half = (half & 4) | ((int)state & 3);
            if (state == DeviceState.Resuming)
            {
                Leave();
                Enter();
            }

            half = (int)state;
            base.PublishState(state);
        }

        protected override int GetState(out DeviceState state)
        {
            state = (DeviceState)half;
            return Errno.None;
        }
    }

    private sealed class LosesTheOtherRequest(FaultSite s) : FaultyCore(s)
    {
        protected override int SetState(uint target, out OpenFile? opened)
        {
            var looked = State;
            Leave();
            Enter();
            var errno = base.SetState(target, out opened);
            // What the other request reached is overwritten by what this one believes.
            if (errno != 0)
                PublishState(looked);
            return errno;
        }
    }

    private sealed class ReadTakesLocksInTheWrongOrder(FaultSite s) : FaultyCore(s)
    {
        protected override CallResult ReadData(OpenFile file, Span<byte> buffer)
        {
            // Without a schedule a read has the state already.
            if (!IsScheduled)
                return base.ReadData(file, buffer);
            Enter();
            var result = base.ReadData(file, buffer);
            Leave();
            return result;
        }
    }

    private sealed class ReadLooksBeforeItLocks(FaultSite s) : FaultyCore(s)
    {
        protected override CallResult ReadData(OpenFile file, Span<byte> buffer)
        {
            var position = ((SavingSession)file.File!).Position;
            LeaveSessions();
            EnterSessions();
            if (file.File is not SavingSession session)
                return CallResult.Fail(Errno.ENODEV);
            session.Position = position;
            return base.ReadData(file, buffer);
        }
    }

    private sealed class LosesDeferredReset(FaultSite s) : FaultyCore(s)
    {
        protected override CallResult DeferReset() => CallResult.Success;
    }

    private sealed class StoresStateAfterDeferredReset(FaultSite s) : FaultyCore(s)
    {
        protected override void PublishState(DeviceState state)
        {
            if (TakeDeferredReset())
            {
                EnterSessions();
                ResetDevice();
                LeaveSessions();
            }

            base.PublishState(state);
        }
    }

    private sealed class DataSizeTakesLocksInTheWrongOrder(FaultSite s) : FaultyCore(s)
    {
        protected override int DataSize(out ulong bytes)
        {
            Leave();
            Enter();
            return base.DataSize(out bytes);
        }
    }

    // A call on the log that gives both its locks up in its middle.
    private abstract class LetsOthersIn(FaultSite s) : FaultyCore(s)
    {
        private protected void LetOthersIn()
        {
            LeaveSessions();
            Leave();
            Enter();
            EnterSessions();
        }
    }

    private sealed class StartWritesStateBack(FaultSite s) : LetsOthersIn(s)
    {
        protected override int StartLogging(in UserBuffer argument)
        {
            var looked = State;
            LetOthersIn();
            var errno = base.StartLogging(argument);
            PublishState(looked);
            return errno;
        }
    }

    private sealed class TwoStartsAtOnce(FaultSite s) : LetsOthersIn(s)
    {
        private bool isOn;

        protected override int StartLogging(in UserBuffer argument)
        {
            if (isOn)
                return Errno.EINVAL;
            LetOthersIn();
            Log!.Stop();
            var errno = base.StartLogging(argument);
            isOn |= errno == 0;
            return errno;
        }

        protected override void LastClose()
        {
            isOn = false;
            base.LastClose();
        }

        protected override int StopLogging()
        {
            isOn = false;
            return base.StopLogging();
        }
    }
}
