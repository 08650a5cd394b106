using Conformance.Drivers.Reference.Migration;
using Conformance.Model.Contract;
using Conformance.Model.Migration.Device;

namespace Conformance.Tests.Migration.Odd;

/// <summary>Odd ways to fail when told to.</summary>
internal static class OddSeams
{
    internal static IReadOnlyList<OddDriver> All { get; } =
    [
        new("image-ends-before-the-save-can-fail", "MIG-FD-11", "once all state is delivered, read returns 0", set => new ShortImage(set)),
        new("image-is-built-at-the-request", "MIG-FSM-14", "returns a non-zero errno", set => new BuiltAtRequest(set)),
        new("only-a-stop-can-fail", "MIG-FSM-14", "A SET that reached the driver and failed", set => new OnlyStops(set)),
        new("failed-save-is-told-at-once", "MIG-ERR-14", "reported as an errno by read", set => new ToldAtOnce(set)),
        new("failed-read-can-be-made-again", "MIG-FD-08", "any read sizes give the same byte sequence", set => new ToldOnce(set)),
        new("failed-read-fails-otherwise-then", "MIG-FD-08", "or an errno", set => new FailsOtherwiseThen(set)),
    ];

    // Fails a save as firmware would; its image is shorter than most saves that are made to fail.
    private sealed class ShortImage(MigrationFeatures features) : PlainDriver(features), IFailureInjection
    {
        private int failAt = -1,
            failErrno,
            armedArc = -1,
            delay;
        private ArcResult armed;

        public override IFailureInjection? Failures => this;

        public FailureSeams Seams => FailureSeams.Arcs | FailureSeams.Saves | FailureSeams.SlowArcs;

        public override ArcResult TakeArc(DeviceState from, DeviceState to, out IMigrationFile? file)
        {
            file = null;
            if (delay != 0)
                Thread.Sleep(delay);
            if (armedArc >= 0 && armedArc-- == 0)
                return armed;
            var result = base.TakeArc(from, to, out file);
            if (file is { IsSaving: true } && failAt >= 0)
            {
                file = new Failing(file, failAt, failErrno);
                failAt = -1;
            }

            return result;
        }

        public override int Reset()
        {
            failAt = armedArc = -1;
            return base.Reset();
        }

        public void FailArc(int arc, int errno, bool broken)
        {
            armedArc = arc;
            armed = new(errno, broken);
        }

        public void FailSave(int bytes, int errno)
        {
            failAt = bytes;
            failErrno = errno;
        }

        public void FailSaveRequest(int errno) => throw new NotSupportedException();

        public void DelayArcs(int milliseconds) => delay = milliseconds;

        private sealed class Failing(IMigrationFile file, int failAt, int errno) : DecoratedFile(file)
        {
            private int left = failAt;

            public override CallResult Read(Span<byte> buffer)
            {
                if (left == 0)
                    return CallResult.Fail(errno);
                var result = base.Read(buffer[..Math.Min(left, buffer.Length)]);
                left -= (int)Math.Max(0, result.Value);
                return result;
            }
        }
    }

    // There is no stream that could fail: the image is there before the request returns, or the request fails.
    private sealed class BuiltAtRequest(MigrationFeatures features) : PlainDriver(features), IFailureInjection
    {
        private int failErrno,
            armedArc = -1;
        private ArcResult armed;

        public override IFailureInjection? Failures => this;

        public FailureSeams Seams => FailureSeams.Arcs | FailureSeams.BreakingArcs | FailureSeams.SaveRequests;

        public override ArcResult TakeArc(DeviceState from, DeviceState to, out IMigrationFile? file)
        {
            file = null;
            if (armedArc >= 0 && armedArc-- == 0)
                return armed;
            if (to == DeviceState.StopCopy && failErrno != 0)
            {
                var errno = failErrno;
                failErrno = 0;
                return new(errno);
            }

            return base.TakeArc(from, to, out file);
        }

        public override int Reset()
        {
            failErrno = 0;
            armedArc = -1;
            return base.Reset();
        }

        public void FailArc(int arc, int errno, bool broken)
        {
            armedArc = arc;
            armed = new(errno, broken);
        }

        public void FailSave(int bytes, int errno) => throw new NotSupportedException();

        public void FailSaveRequest(int errno) => failErrno = errno;

        public void DelayArcs(int milliseconds) => throw new NotSupportedException();
    }

    // The device can refuse to stop, and does all else whatever it was told.
    private sealed class OnlyStops(MigrationFeatures features) : ReferenceDriver(features), IFailureInjection
    {
        private ArcResult? told;

        public override FailureSeams Seams => FailureSeams.Arcs;

        bool IFailureInjection.CanFail(DeviceState from, DeviceState to) => IsStop(from, to);

        public override void FailArc(int arc, int errno, bool broken) => told = new(errno, broken);

        public override ArcResult TakeArc(DeviceState from, DeviceState to, out IMigrationFile? file)
        {
            file = null;
            if (told is not { } failure || !IsStop(from, to))
                return base.TakeArc(from, to, out file);
            told = null;
            return failure;
        }

        private static bool IsStop(DeviceState from, DeviceState to) =>
            to is DeviceState.Stop or DeviceState.StopCopy
            && from is DeviceState.Running or DeviceState.RunningP2P or DeviceState.PreCopy or DeviceState.PreCopyP2P;
    }

    // The read behind the one that failed gives the byte that was next.
    private sealed class ToldOnce(MigrationFeatures features) : ReferenceDriver(features)
    {
        protected override SavingSession CreateSaving() => new FailureToldOnce(this);
    }

    // The first read tells what went wrong, and every other one that there is nothing to be had any more.
    private sealed class FailsOtherwiseThen(MigrationFeatures features) : ReferenceDriver(features)
    {
        protected override SavingSession CreateSaving() => new Otherwise(this);

        private sealed class Otherwise(ReferenceDriver device) : SavingSession(device)
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
                if (result.Errno is Errno.None or Errno.ENOMSG)
                    return result;
                if (failed)
                    return CallResult.Fail(Errno.ENODEV);
                failed = true;
                return result;
            }
        }
    }

    private sealed class ToldAtOnce(MigrationFeatures features) : ReferenceDriver(features)
    {
        public override void FailSave(int bytes, int errno) => base.FailSave(0, errno);
    }
}
