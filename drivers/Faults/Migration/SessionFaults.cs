using Conformance.Drivers.Reference.Migration;
using Conformance.Drivers.VfioCore;
using Conformance.Model.Contract;
using Conformance.Model.Migration.Device;
using static Conformance.Drivers.Faults.Seed;
using static Conformance.Model.Requirements.RequirementId;

namespace Conformance.Drivers.Faults;

/// <summary>Faults of sessions and their descriptors (MIG-FD).</summary>
internal static class SessionFaults
{
    public static IReadOnlyList<MigrationFault> All { get; } =
    [
        Of(MIG_FD_01, "forgets-data-fd", F1, "a session arc returns no descriptor", s => new ForgetsDataFd(s)),
        Of(MIG_FD_02, "new-fd-inside-saving-group", F5, "entering STOP_COPY from pre-copy returns a second descriptor", s => new NewFdInsideSavingGroup(s)),
        Of(MIG_FD_03, "saving-fd-survives-resuming", F1, "STOP_COPY to RESUMING leaves the old session readable", s => new SavingFdSurvivesResuming(s)),
        Of(MIG_FD_04, "rewinds-on-stop-copy", F5, "entering STOP_COPY puts the position back to the start", OnSaving(d => new RewindsOnStopCopy(d))),
        Of(MIG_FD_05, "ignores-direction", F1, "a transfer in the wrong direction succeeds", s => new IgnoresDirection(s)),
        Of(MIG_FD_06, "pread-moves-position", F1, "pread and pwrite work, and move the position", s => new PreadMovesPosition(s)),
        Of(MIG_FD_06, "allows-seek", F1, "lseek succeeds", s => new AllowsSeek(s)),
        Of(MIG_FD_07, "no-close-on-exec", F1, "FD_CLOEXEC is not set", s => new NoCloseOnExec(s)),
        Of(
            MIG_FD_08,
            "loses-byte-after-odd-read",
            F1,
            "a read whose size is no multiple of 4 loses the byte after it",
            OnSaving(d => new LosesByteAfterOddRead(d))
        ),
        Of(MIG_FD_09, "wants-whole-header", F1, "the header must come in one write", OnResuming(d => new WantsWholeHeader(d))),
        Of(MIG_FD_10, "swaps-records", F1, "two records are saved in the wrong order", OnSaving(d => new SwapsRecords(d))),
        Of(MIG_FD_11, "end-is-reported-once", F1, "the second read at the end gives EINVAL", OnSaving(d => new EndIsReportedOnce(d))),
        Of(MIG_FD_12, "temporary-end-in-stop-copy", F1, "the end in STOP_COPY is ENOMSG", OnSaving(d => new TemporaryEndInStopCopy(d))),
        Of(MIG_FD_13, "poll-is-silent-at-end", F1, "poll does not report the end", OnSaving(d => new PollIsSilentAtEnd(d))),
        Of(
            MIG_FD_14,
            "session-survives-its-states",
            F1,
            "leaving the saving group or RESUMING leaves the session alive",
            s => new SessionSurvives(s, SessionEnd.Left)
        ),
        Of(
            [MIG_FD_15, MIG_ERR_04],
            "F-MIG-FD-15, F-MIG-ERR-04, P-039",
            "session-survives-reset",
            F1,
            "reset leaves the session alive",
            s => new SessionSurvives(s, SessionEnd.Reset)
        ),
        Of(MIG_FD_16, "session-survives-close", F1, "the last close leaves the session alive", s => new SessionSurvives(s, SessionEnd.Closed)),
        new(
            "crashes-on-fd-after-close",
            [MIG_FD_16],
            "F-MIG-FD-16",
            F1,
            "a transfer on a descriptor whose device is closed takes the process down",
            s => new CrashesOnFdAfterClose(s)
        )
        {
            Crashes = true,
        },
        new(
            "removal-waits-for-data-fd",
            [MIG_FD_16],
            "F-MIG-FD-16",
            F1,
            "a data fd holds the device, so that its removal never ends",
            s => new RemovalWaitsForDataFd(s)
        )
        {
            Hangs = true,
        },
        new(
            "removal-misses-last-close",
            [MIG_FD_16],
            "F-MIG-FD-16",
            F1,
            "a removal that began while the device was open is not told of the last close, and never ends",
            s => new RemovalMissesLastClose(s)
        )
        {
            Hangs = true,
        },
        Of(MIG_FD_17, "closing-fd-is-an-error", F1, "closing the data fd puts the device into ERROR", s => new ClosingFdIsAnError(s)),
        Of(MIG_FD_18, "revives-dead-fd", F1, "a dead descriptor delivers the data of the next session", s => new RevivesDeadFd(s)),
        Of(MIG_FD_19, "stream-never-ends", F1, "at the end the stream begins again", OnSaving(d => new StreamNeverEnds(d))),
        Of(MIG_FD_20, "keeps-counters-aside", F1, "the counters are not in the stream", OnSaving(d => new KeepsCountersAside(d))),
        Of(MIG_FD_21, "empty-transfer-ends-session", F1, "a transfer of 0 bytes ends the session", s => new EmptyTransferEndsSession(s)),
        Of(MIG_FD_22, "counts-undelivered-bytes", F1, "a transfer with memory that is not there succeeds", s => new CountsUndeliveredBytes(s)),
        Of(MIG_FD_23, "leaks-uninstalled-file", F1, "a session that could not be handed over keeps its file for ever", s => new LeaksUninstalledFile(s)),
        Of(MIG_FD_24, "resuming-fd-has-ioctl", F1, "an ioctl on the resuming fd succeeds", s => new ResumingFdHasIoctl(s)),
        Of(MIG_FD_25, "poll-misses-data", F1, "poll does not report data", OnSaving(d => new PollMissesData(d))),
        Of(
            [MIG_FD_27, MIG_FD_28],
            "F-MIG-FD-27",
            "saving-counts-itself",
            F1,
            "each save increments a counter that is saved",
            OnSaving(d => new SavingCountsItself(d))
        ),
        Of(
            [MIG_FD_28, MIG_STOP_08], // work that waits is lost, and missed sooner than the content
            "F-MIG-FD-28",
            "saving-empties-queue",
            F1,
            "the work queue is empty after a save",
            OnSaving(d => new SavingEmptiesQueue(d))
        ),
        Of(MIG_FD_29, "duplicate-has-own-position", F1, "a duplicate has a position of its own, and a life of its own", s => new DuplicateHasOwnPosition(s)),
        Of(MIG_FD_30, "short-write-takes-all", F1, "a write takes everything but reports 16 bytes at most", OnResuming(d => new ShortWriteTakesAll(d))),
    ];

    private sealed class ForgetsDataFd(FaultSite s) : FaultyCore(s)
    {
        protected override int InstallDescriptor(OpenFile file, out int fd)
        {
            fd = -1;
            return Errno.None;
        }
    }

    private sealed class NewFdInsideSavingGroup(FaultSite s) : FaultyCore(s)
    {
        protected override bool AnswersWithDescriptor(DeviceState from, DeviceState to, bool created) =>
            created || (IsSaving(from) && to == DeviceState.StopCopy);
    }

    private sealed class SavingFdSurvivesResuming(FaultSite s) : FaultyCore(s)
    {
        protected override bool EndsSession(DeviceState from, DeviceState to)
        {
            if (from == DeviceState.StopCopy && Target == (uint)DeviceState.Resuming)
            {
                ForgetSession();
                return false;
            }
            return base.EndsSession(from, to);
        }
    }

    private sealed class RewindsOnStopCopy(ReferenceDriver d) : SavingSession(d)
    {
        public override void Complete()
        {
            base.Complete();
            Position = 0;
        }
    }

    private sealed class IgnoresDirection(FaultSite s) : FaultyCore(s)
    {
        protected override CallResult WrongDirection(OpenFile file, int count) => CallResult.Of(count);
    }

    private sealed class PreadMovesPosition(FaultSite s) : FaultyCore(s)
    {
        protected override CallResult TransferAt(OpenFile file, in UserBuffer buffer, long offset, bool writing) => Transfer(file, buffer, writing);
    }

    private sealed class AllowsSeek(FaultSite s) : FaultyCore(s)
    {
        protected override CallResult SeekTo(OpenFile file, long offset) => CallResult.Of(offset);
    }

    private sealed class NoCloseOnExec(FaultSite s) : FaultyCore(s)
    {
        protected override int FlagsOf(OpenFile file) => 0;
    }

    private sealed class LosesByteAfterOddRead(ReferenceDriver d) : SavingSession(d)
    {
        public override CallResult Read(Span<byte> buffer)
        {
            var result = base.Read(buffer);
            if (result.Value > 0 && buffer.Length % 4 != 0 && Position < Length)
                Position++;
            return result;
        }
    }

    private sealed class WantsWholeHeader(ReferenceDriver d) : ResumingSession(d)
    {
        public override CallResult Write(ReadOnlySpan<byte> buffer)
        {
            if (Taken != 0 || buffer.Length >= ReferenceFormat.HeaderSize)
                return base.Write(buffer);
            IsPoisoned = true;
            return CallResult.Of(buffer.Length);
        }
    }

    private sealed class SwapsRecords(ReferenceDriver d) : SavingSession(d)
    {
        protected override void AppendFinalRecords()
        {
            AppendInterrupt();
            AppendQueue();
            AppendCounters();
            AppendTrailer();
        }
    }

    private sealed class EndIsReportedOnce(ReferenceDriver d) : SavingSession(d)
    {
        private bool reported;

        public override void Complete()
        {
            reported = false;
            base.Complete();
        }

        protected override CallResult AtEnd()
        {
            var result = reported ? CallResult.Fail(Errno.EINVAL) : base.AtEnd();
            reported = IsComplete;
            return result;
        }
    }

    private sealed class TemporaryEndInStopCopy(ReferenceDriver d) : SavingSession(d)
    {
        protected override CallResult AtEnd() => CallResult.Fail(Errno.ENOMSG);
    }

    private sealed class PollIsSilentAtEnd(ReferenceDriver d) : SavingSession(d)
    {
        public override bool IsReadable => base.IsReadable && !(IsComplete && Position == Length);
    }

    private sealed class SessionSurvives(FaultSite s, SessionEnd survived) : FaultyCore(s)
    {
        protected override void EndSession(SessionEnd cause)
        {
            if (cause == survived)
                ForgetSession();
            else
                base.EndSession(cause);
        }
    }

    private sealed class CrashesOnFdAfterClose(FaultSite s) : FaultyCore(s)
    {
        protected override CallResult DeadTransfer(OpenFile file)
        {
            if (!IsOpen)
                Environment.FailFast("fault crashes-on-fd-after-close: the device of this descriptor is gone");
            return base.DeadTransfer(file);
        }
    }

    private sealed class RemovalWaitsForDataFd(FaultSite s) : FaultyCore(s)
    {
        public override void RemoveDevice()
        {
            // The device is closed: what is left are data fds.
            if (CountDescriptors() > 0)
                Thread.Sleep(Timeout.Infinite);
        }
    }

    private sealed class RemovalMissesLastClose(FaultSite s) : FaultyCore(s)
    {
        private bool hasBegun;

        public override void BeginRemoval() => hasBegun = true;

        public override void RemoveDevice()
        {
            if (hasBegun)
                Thread.Sleep(Timeout.Infinite);
        }
    }

    private sealed class ClosingFdIsAnError(FaultSite s) : FaultyCore(s)
    {
        protected override void LastReference(OpenFile file)
        {
            if (file == Session)
                PublishState(DeviceState.Error);
            base.LastReference(file);
        }
    }

    private sealed class RevivesDeadFd(FaultSite s) : FaultyCore(s)
    {
        protected override OpenFile ServedBy(OpenFile file) => file.File is null && Session is { } live && live.IsSaving == file.IsSaving ? live : file;
    }

    private sealed class StreamNeverEnds(ReferenceDriver d) : SavingSession(d)
    {
        public override CallResult Read(Span<byte> buffer)
        {
            if (IsComplete && Position == Length)
                Position = 0;
            return base.Read(buffer);
        }
    }

    private sealed class KeepsCountersAside(ReferenceDriver d) : SavingSession(d)
    {
        protected override void AppendCounters()
        {
            AppendRecord(ReferenceFormat.Counters, 8 * ContentLimits.Counters);
            for (var i = 0; i < ContentLimits.Counters; i++)
                AppendU64(0);
        }
    }

    private sealed class EmptyTransferEndsSession(FaultSite s) : FaultyCore(s)
    {
        protected override CallResult EmptyTransfer(OpenFile file)
        {
            EndSession(SessionEnd.Left);
            return base.EmptyTransfer(file);
        }
    }

    private sealed class CountsUndeliveredBytes(FaultSite s) : FaultyCore(s)
    {
        protected override CallResult UnusableBuffer(OpenFile file, int count) => CallResult.Of(count);
    }

    private sealed class LeaksUninstalledFile(FaultSite s) : FaultyCore(s)
    {
        private int leaked;

        public override int CountDescriptors() => base.CountDescriptors() + leaked;

        protected override void DropUninstalled(OpenFile file) => leaked++;
    }

    private sealed class ResumingFdHasIoctl(FaultSite s) : FaultyCore(s)
    {
        protected override int IoctlOnPlainFile(OpenFile file, uint request) => file.IsSaving ? base.IoctlOnPlainFile(file, request) : Errno.None;
    }

    private sealed class PollMissesData(ReferenceDriver d) : SavingSession(d)
    {
        public override bool IsReadable => IsComplete && Position == Length;
    }

    private sealed class SavingCountsItself(ReferenceDriver d) : SavingSession(d)
    {
        public override void Begin(bool preCopy, int failAt, int failErrno)
        {
            Device.Content.Counters[0]++;
            base.Begin(preCopy, failAt, failErrno);
        }
    }

    private sealed class SavingEmptiesQueue(ReferenceDriver d) : SavingSession(d)
    {
        public override void Complete()
        {
            base.Complete();
            Device.Content.Pending = 0;
        }
    }

    private sealed class DuplicateHasOwnPosition(FaultSite s) : FaultyCore(s)
    {
        protected override OpenFile FileOfDuplicate(OpenFile file) => file.File is SavingSession session ? Describe(new Apart(session)) : file;

        private sealed class Apart(SavingSession session) : IMigrationFile
        {
            private int position = session.Position;

            public bool IsSaving => true;

            public bool IsReadable => true;

            public CallResult Read(Span<byte> buffer)
            {
                var shared = session.Position;
                session.Position = position;
                var result = session.Read(buffer);
                position = session.Position;
                session.Position = shared;
                return result;
            }

            public CallResult Write(ReadOnlySpan<byte> buffer) => session.Write(buffer);

            public int PrecopyInfo(out ulong initialBytes, out ulong dirtyBytes) => session.PrecopyInfo(out initialBytes, out dirtyBytes);

            public int PrecopyInfoV2(out ulong initialBytes, out ulong dirtyBytes, out bool reinitialised) =>
                session.PrecopyInfoV2(out initialBytes, out dirtyBytes, out reinitialised);

            public void Terminate() { }
        }
    }

    private sealed class ShortWriteTakesAll(ReferenceDriver d) : ResumingSession(d)
    {
        public override CallResult Write(ReadOnlySpan<byte> buffer)
        {
            var result = base.Write(buffer);
            return result.Value > 16 ? CallResult.Of(16) : result;
        }
    }
}
