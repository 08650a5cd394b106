using Conformance.Drivers.Reference.Migration;
using Conformance.Drivers.VfioCore;
using Conformance.Model.Contract;
using Conformance.Model.DmaLogging;
using Conformance.Model.Migration.Device;
using Conformance.Model.Requirements;

namespace Conformance.Tests.Migration.Odd;

/// <summary>Odd ways to take requests, to fail, and to be reset.</summary>
internal static class OddRequests
{
    internal static IReadOnlyList<OddDriver> All { get; } =
    [
        new("error-after-every-failed-arc", "E-02", "do not fail a driver for choosing it", set => new ErrorAfterEveryFailedArc(set)),
        new("never-enters-error", "E-02", "Do not require ERROR", set => new NeverEntersError(set)),
        new(
            "failed-requests-go-back-to-the-origin",
            "MIG-FSM-13",
            "the reported state is the origin, an intermediate step of the path, or ERROR",
            set => new BackToTheOrigin(set)
        )
        {
            Around = static (driver, bound) => new BackToTheOriginCore((BackToTheOrigin)driver, bound),
        },
        new("bad-image-breaks-the-device", "MIG-RES-07", "the state is RS or ERROR", set => new BadImageBreaksTheDevice(set)),
        new("refuses-with-a-large-errno", "MIG-FSM-14", "returns a non-zero errno", set => new RefusesWithLargeErrno(set)),
        new("nothing-is-requested-in-error", "MIG-ERR-15", "or gives an errno", set => new ReferenceDriver(set))
        {
            Around = static (driver, bound) => new NothingInError(driver, bound),
        },
        new("every-arc-is-interrupted-once", "MIG-FSM-25", "A SET may be interrupted by a signal", set => new EveryArcIsInterruptedOnce(set)),
        new("has-no-reset", "MIG-ERR-16", "EINVAL (no reset method)", set => new HasNoReset(set)),
        new("reset-wants-to-be-asked-twice", "E-18", "Reset may fail", set => new ResetWantsToBeAskedTwice(set)),
        new("reset-keeps-content", "MIG-ERR-18", "whether device registers keep user-visible content, is driver business", set => new ResetKeepsContent(set)),
        new("resuming-empties-the-device", "MIG-RES-02", "Entering RS may reset device-internal state", set => new ResumingEmptiesTheDevice(set)),
        new(
            "close-empties-the-device",
            "MIG-FSM-20",
            "Closing the last device fd and reopening gives RUNNING with no session",
            set => new CloseEmptiesTheDevice(set)
        ),
        new("logs-whatever-else-it-can", "MIG-FEAT-10", "independent of migration flags", set => new LogsWhateverElse(set, true)),
        new("logs-nothing-whatever-it-can", "MIG-FEAT-10", "independent of migration flags", set => new LogsWhateverElse(set, false)),
        new("running-p2p-is-a-full-stop", "E-26", "RP may equal ST", set => new RunningP2PIsFullStop(set)) { Needs = MigrationFeatures.P2P },
    ];

    private sealed class ErrorAfterEveryFailedArc(MigrationFeatures features) : ReferenceDriver(features)
    {
        public override ArcResult TakeArc(DeviceState from, DeviceState to, out IMigrationFile? file)
        {
            var result = base.TakeArc(from, to, out file);
            if (result.Errno == 0)
                return result;
            At = DeviceState.Error;
            return result with { Broken = true };
        }
    }

    private sealed class NeverEntersError(MigrationFeatures features) : ReferenceDriver(features)
    {
        public override FailureSeams Seams => base.Seams & ~FailureSeams.BreakingArcs;

        public override ArcResult TakeArc(DeviceState from, DeviceState to, out IMigrationFile? file)
        {
            var result = base.TakeArc(from, to, out file);
            if (!result.Broken)
                return result;
            At = from;
            return result with { Broken = false };
        }
    }

    private sealed class BackToTheOrigin(MigrationFeatures features) : ReferenceDriver(features)
    {
        internal void Return(DeviceState origin) => At = origin;
    }

    // Where no session ended on the way there is a way back.
    private sealed class BackToTheOriginCore(BackToTheOrigin driver, bool bound) : VfioCoreDevice(driver, UapiLevel.V7_2, bound)
    {
        protected override DeviceState StateAfterFailure(DeviceState origin, DeviceState reached, ArcResult failure)
        {
            if (failure.Broken || origin is not (DeviceState.Running or DeviceState.RunningP2P or DeviceState.Stop))
                return base.StateAfterFailure(origin, reached, failure);
            driver.Return(origin);
            return origin;
        }
    }

    private sealed class BadImageBreaksTheDevice(MigrationFeatures features) : ReferenceDriver(features)
    {
        public override ArcResult TakeArc(DeviceState from, DeviceState to, out IMigrationFile? file)
        {
            var result = base.TakeArc(from, to, out file);
            if (result.Errno == 0 || from != DeviceState.Resuming)
                return result;
            At = DeviceState.Error;
            return result with { Broken = true };
        }
    }

    private sealed class RefusesWithLargeErrno(MigrationFeatures features) : ReferenceDriver(features)
    {
        private const int LargestErrno = 4095,
            NotRecoverable = 131;

        public override ArcResult TakeArc(DeviceState from, DeviceState to, out IMigrationFile? file)
        {
            var result = base.TakeArc(from, to, out file);
            return result.Errno == 0 ? result : result with { Errno = from == DeviceState.Resuming ? NotRecoverable : LargestErrno };
        }
    }

    private sealed class NothingInError(IMigrationDriver driver, bool bound) : VfioCoreDevice(driver, UapiLevel.V7_2, bound)
    {
        protected override int Refuse(DeviceState current, uint target, int errno) => current == DeviceState.Error ? Errno.EIO : errno;

        protected override int Stay(DeviceState state, out OpenFile? opened)
        {
            opened = null;
            return state == DeviceState.Error ? Errno.EIO : Errno.None;
        }

        protected override int DataSize(out ulong bytes)
        {
            var errno = base.DataSize(out bytes);
            return State == DeviceState.Error ? Errno.EIO : errno;
        }
    }

    private sealed class EveryArcIsInterruptedOnce(MigrationFeatures features) : ReferenceDriver(features)
    {
        private bool interrupted,
            armed;

        public override ArcResult TakeArc(DeviceState from, DeviceState to, out IMigrationFile? file)
        {
            interrupted = !interrupted && !armed;
            armed = false;
            file = null;
            return interrupted ? new(Errno.EINTR) : base.TakeArc(from, to, out file);
        }

        public override void FailArc(int arc, int errno, bool broken)
        {
            armed = true;
            base.FailArc(arc, errno, broken);
        }
    }

    private sealed class HasNoReset(MigrationFeatures features) : ReferenceDriver(features)
    {
        public override int Reset() => Errno.EINVAL;
    }

    private sealed class ResetWantsToBeAskedTwice(MigrationFeatures features) : ReferenceDriver(features)
    {
        private bool asked;

        public override int Reset()
        {
            asked = !asked;
            return asked ? Errno.EAGAIN : base.Reset();
        }
    }

    private sealed class ResetKeepsContent(MigrationFeatures features) : ReferenceDriver(features)
    {
        public override int Reset()
        {
            var kept = new DeviceContent();
            kept.CopyFrom(Content);
            var errno = base.Reset();
            Content.CopyFrom(kept);
            return errno;
        }
    }

    private sealed class ResumingEmptiesTheDevice(MigrationFeatures features) : ReferenceDriver(features)
    {
        public override ArcResult TakeArc(DeviceState from, DeviceState to, out IMigrationFile? file)
        {
            var result = base.TakeArc(from, to, out file);
            if (result.Errno == 0 && to == DeviceState.Resuming)
                Content.PowerOn();
            return result;
        }
    }

    private sealed class CloseEmptiesTheDevice(MigrationFeatures features) : ReferenceDriver(features)
    {
        public override void Close()
        {
            base.Close();
            Content.PowerOn();
        }
    }

    private sealed class LogsWhateverElse(MigrationFeatures features, bool logs) : ReferenceDriver(features)
    {
        private readonly ReferenceDmaLog log = new();

        public override IDmaLog? DmaLog => logs ? log : null;

        protected override void NoteWrite(ulong iova, uint length) => log.Wrote(iova, length);

        public override void Close()
        {
            base.Close();
            log.Stop();
        }
    }

    private sealed class RunningP2PIsFullStop(MigrationFeatures features) : ReferenceDriver(features)
    {
        public override void Apply(uint pattern)
        {
            if (At is not (DeviceState.RunningP2P or DeviceState.PreCopyP2P))
                base.Apply(pattern);
        }
    }
}
