using System.Buffers.Binary;
using Conformance.Drivers.Reference.Migration;
using Conformance.Drivers.VfioCore;
using Conformance.Model.Contract;
using Conformance.Model.Migration.Device;
using static Conformance.Drivers.Faults.Seed;
using static Conformance.Model.Requirements.RequirementId;

namespace Conformance.Drivers.Faults;

/// <summary>Faults of pre-copy, its counters and its flags (MIG-PRE, PINFO2).</summary>
internal static class PreCopyFaults
{
    public static IReadOnlyList<MigrationFault> All { get; } =
    [
        Of(MIG_PRE_01, "info-in-pre-copy-alone", F7, "GET_PRECOPY_INFO is refused in PRE_COPY_P2P", s => new InfoInPreCopyAlone(s)),
        Of(MIG_PRE_02, "info-in-stop-copy", F5, "GET_PRECOPY_INFO succeeds in STOP_COPY", s => new InfoInStopCopy(s)),
        Of(MIG_PRE_02, "info-of-ended-session", F5, "GET_PRECOPY_INFO succeeds on the data fd of a cancelled session", s => new InfoOfEndedSession(s)),
        Of(MIG_PRE_03, "announces-nothing", F5, "initial_bytes is 0 from the start", OnSaving(d => new AnnouncesNothing(d))),
        Of(MIG_PRE_04, "initial-bytes-wander", F5, "initial_bytes grows from answer to answer", OnSaving(d => new InitialBytesWander(d))),
        Of(
            [MIG_PRE_04, MIG_PRE_08],
            "F-MIG-PRE-04",
            "initial-bytes-never-fall",
            F5,
            "initial_bytes is the size of the initial data, read or not",
            OnSaving(d => new InitialBytesNeverFall(d))
        ),
        Of(MIG_PRE_05, "dirty-bytes-start-high", F5, "dirty_bytes starts at 4096", OnSaving(d => new DirtyBytesStartHigh(d))),
        Of(MIG_PRE_07, "temporary-end-stays", F5, "behind the first ENOMSG every read gives ENOMSG", OnSaving(d => new TemporaryEndStays(d, untilStop: false))),
        Of(
            [MIG_PRE_07, MIG_PRE_08],
            "F-MIG-PRE-07",
            "temporary-end-stays-in-pre-copy",
            F5,
            "behind the first ENOMSG every read of pre-copy gives ENOMSG",
            OnSaving(d => new TemporaryEndStays(d, untilStop: true))
        ),
        Of(MIG_PRE_08, "counts-phantom-bytes", F5, "dirty_bytes counts what no read will give", OnSaving(d => new CountsPhantomBytes(d))),
        Of(MIG_PRE_09, "idles-in-pre-copy", F5, "the queue is stopped in PRE_COPY", OnDriver(f => new IdlesInPreCopy(f))),
        Of(
            [MIG_PRE_10, MIG_PRE_12],
            "F-MIG-PRE-10",
            "omits-unread-initial-data",
            F5,
            "initial data that nobody read before STOP_COPY are not in the stream",
            OnSaving(d => new OmitsUnreadInitialData(d))
        ),
        Of(MIG_PRE_11, "must-be-read-before-stop", F5, "STOP_COPY gives EBUSY while initial data are unread", OnDriver(f => new MustBeReadBeforeStop(f))),
        Of(MIG_PRE_12, "drops-unread-buffer", F5, "what was read in part when STOP_COPY is entered is dropped", OnSaving(d => new DropsUnreadBuffer(d))),
        Of(MIG_PRE_13, "sends-stale-registers-again", F5, "what changed is sent again as it was", OnSaving(d => new SendsStaleRegistersAgain(d))),
        Of(
            [MIG_PRE_15, MIG_PRE_03],
            "F-MIG-PRE-15",
            "goes-on-behind-cancel",
            F5,
            "a session behind a cancelled one goes on where that one was",
            OnSaving(d => new GoesOnBehindCancel(d))
        ),
        Of(MIG_PRE_15, "cancel-resets-registers", F5, "a cancelled pre-copy clears the registers", OnDriver(f => new CancelResetsRegisters(f))),
        Of(MIG_PRE_16, "restarts-between-pre-copy-states", F7, "PRE_COPY_P2P to PRE_COPY starts the stream again", OnDriver(f => new RestartsBetween(f))),
        Of(
            [MIG_PRE_18, MIG_PRE_19],
            "F-MIG-PRE-18",
            "info-eats-bytes",
            F5,
            "GET_PRECOPY_INFO moves the position of the stream",
            OnSaving(d => new InfoEatsBytes(d))
        ),
        Of(
            MIG_PRE_19,
            "gives-less-than-announced",
            F5,
            "initial_bytes counts 64 bytes that are not sent before the temporary end",
            OnSaving(d => new GivesLessThanAnnounced(d))
        ),
        Of(
            [MIG_PRE_19, MIG_PRE_08],
            "P-015",
            "initial-bytes-are-all-ones",
            F5,
            "initial_bytes is 2^64-1 until the stream is at its end",
            OnSaving(d => new InitialBytesAreAllOnes(d))
        ),
        Of(MIG_PRE_20, "poll-is-silent-in-pre-copy", F5, "poll does not report data before STOP_COPY", OnSaving(d => new PollIsSilentInPreCopy(d))),
        Of(MIG_PRE_21, "info-without-pre-copy", F1, "without PRE_COPY, GET_PRECOPY_INFO gives zeros", s => new InfoWithoutPreCopy(s)),
        Of([MIG_PRE_22, ABI_01], "F-MIG-PRE-22", "pre-copy-starts-logging", F7, "PRE_COPY starts the DMA log", OnDriver(f => new PreCopyStartsLogging(f))),
        Of(MIG_PRE_23, "idle-device-stays-dirty", F5, "each look at the end finds the same registers dirty again", OnSaving(d => new IdleDeviceStaysDirty(d))),
        Of(
            [MIG_PRE_24, MIG_PRE_09],
            "F-MIG-PRE-24",
            "stays-stopped-in-pre-copy",
            F5,
            "PRE_COPY from STOP leaves the device stopped",
            OnDriver(f => new StaysStoppedInPreCopy(f))
        ),
        Of(MIG_PRE_25, "fills-one-counter", F5, "only the counter of the current phase is written", s => new FillsOneCounter(s)),
        Of([ABI_25], "P-014", "info-returns-residue", F5, "a copy of the counters that fails returns how many bytes were left", s => new InfoReturnsResidue(s)),
        Of(PINFO2_01, "opt-in-needs-payload", F5, "feature 12 wants a payload of 8 bytes", s => new OptInNeedsPayload(s)),
        Of([PINFO2_02, PINFO2_06], "F-PINFO2-02", "probe-opts-in", F5, "a PROBE of feature 12 opts in", s => new ProbeOptsIn(s)),
        Of([PINFO2_02, ABI_10], "F-PINFO2-02", "opt-in-can-be-read", F5, "GET of feature 12 succeeds", s => new OptInCanBeRead(s)),
        Of(PINFO2_04, "flags-echo-behind-opt-in", F5, "the flags word echoes the caller's after the opt-in, too", s => new FlagsEchoBehindOptIn(s)),
        Of(PINFO2_05, "second-flag-behind-opt-in", F5, "bit 1 of the flags is set after the opt-in", s => new SecondFlagBehindOptIn(s)),
        Of(PINFO2_06, "reinit-without-opt-in", F5, "REINIT is reported to everybody", s => new ReinitWithoutOptIn(s)),
        Of(
            [PINFO2_07, PINFO2_06],
            "F-PINFO2-07",
            "opt-in-outlives-close",
            F5,
            "the opt-in is still there when the device is opened again",
            s => new OptInOutlivesClose(s)
        ),
        Of(PINFO2_07, "opts-in-once", F5, "a second opt-in fails", s => new OptsInOnce(s)),
        Of(PINFO2_08, "opt-in-is-for-new-sessions", F5, "the opt-in counts for sessions that begin behind it", s => new OptInIsForNewSessions(s)),
        Of(PINFO2_09, "dirty-bytes-beside-reinit", F5, "dirty_bytes stays what it was when REINIT is reported", OnSaving(d => new DirtyBytesBesideReinit(d))),
        Of(
            [PINFO2_10, MIG_PRE_08],
            "F-PINFO2-10",
            "initial-bytes-stay-behind-reinit",
            F5,
            "behind REINIT initial_bytes never falls",
            OnSaving(d => new InitialBytesStay(d))
        ),
        Of([PINFO2_11, MIG_PRE_04], "F-PINFO2-11", "forgets-reinit", F5, "initial_bytes rises without REINIT", OnSaving(d => new ForgetsReinit(d))),
        Of([PINFO2_12, MIG_PRE_18], "F-PINFO2-12", "reinit-drops-queue", F5, "what was queued is dropped with REINIT", OnSaving(d => new ReinitDropsQueue(d))),
        Of(
            [PINFO2_13, MIG_PRE_13],
            "F-PINFO2-13",
            "new-initial-data-for-readers-of-flags",
            F5,
            "registers that all changed are sent again only to who opted in",
            OnSaving(d => new NewInitialDataForReadersOfFlags(d))
        ),
        Of(PINFO2_14, "reinit-for-ever", F5, "REINIT stays once it was reported", OnSaving(d => new ReinitForEver(d))),
    ];

    private sealed class InfoInPreCopyAlone(FaultSite s) : FaultyCore(s)
    {
        protected override int CheckInfoState(OpenFile file) => State == DeviceState.PreCopyP2P ? Errno.EINVAL : base.CheckInfoState(file);
    }

    private sealed class InfoInStopCopy(FaultSite s) : FaultyCore(s)
    {
        protected override int CheckInfoState(OpenFile file) => State == DeviceState.StopCopy && file.File is not null ? Errno.None : base.CheckInfoState(file);
    }

    private sealed class InfoOfEndedSession(FaultSite s) : FaultyCore(s)
    {
        protected override int CheckInfoState(OpenFile file) => file.File is null ? Errno.None : base.CheckInfoState(file);

        protected override int PrecopyInfo(OpenFile file, out ulong initialBytes, out ulong dirtyBytes, out bool reinitialised)
        {
            if (file.File is not null)
                return base.PrecopyInfo(file, out initialBytes, out dirtyBytes, out reinitialised);
            initialBytes = dirtyBytes = 0;
            reinitialised = false;
            return Errno.None;
        }
    }

    private sealed class AnnouncesNothing(ReferenceDriver d) : SavingSession(d)
    {
        public override int PrecopyInfo(out ulong initialBytes, out ulong dirtyBytes)
        {
            var errno = base.PrecopyInfo(out initialBytes, out dirtyBytes);
            initialBytes = 0;
            return errno;
        }
    }

    private sealed class InitialBytesWander(ReferenceDriver d) : SavingSession(d)
    {
        private ulong answers;

        public override void Begin(bool preCopy, int failAt, int failErrno)
        {
            answers = 0;
            base.Begin(preCopy, failAt, failErrno);
        }

        public override int PrecopyInfo(out ulong initialBytes, out ulong dirtyBytes)
        {
            var errno = base.PrecopyInfo(out initialBytes, out dirtyBytes);
            if (initialBytes != 0)
                initialBytes += 8 * answers++;
            return errno;
        }
    }

    private sealed class InitialBytesNeverFall(ReferenceDriver d) : SavingSession(d)
    {
        public override int PrecopyInfo(out ulong initialBytes, out ulong dirtyBytes)
        {
            var errno = base.PrecopyInfo(out initialBytes, out dirtyBytes);
            initialBytes = (ulong)InitialLength;
            return errno;
        }
    }

    private sealed class DirtyBytesStartHigh(ReferenceDriver d) : SavingSession(d)
    {
        public override int PrecopyInfo(out ulong initialBytes, out ulong dirtyBytes)
        {
            var errno = base.PrecopyInfo(out initialBytes, out dirtyBytes);
            if (Position == 0)
                dirtyBytes += 4096;
            return errno;
        }
    }

    private sealed class TemporaryEndStays(ReferenceDriver d, bool untilStop) : SavingSession(d)
    {
        private bool stays;

        public override void Begin(bool preCopy, int failAt, int failErrno)
        {
            stays = false;
            base.Begin(preCopy, failAt, failErrno);
        }

        public override void Complete()
        {
            stays &= !untilStop;
            base.Complete();
        }

        public override CallResult Read(Span<byte> buffer)
        {
            if (stays)
                return CallResult.Fail(Errno.ENOMSG);
            var result = base.Read(buffer);
            stays = result.Errno == Errno.ENOMSG;
            return result;
        }
    }

    private sealed class CountsPhantomBytes(ReferenceDriver d) : SavingSession(d)
    {
        public override int PrecopyInfo(out ulong initialBytes, out ulong dirtyBytes)
        {
            var errno = base.PrecopyInfo(out initialBytes, out dirtyBytes);
            if (initialBytes == 0 && dirtyBytes == 0)
                dirtyBytes = 64;
            return errno;
        }
    }

    private sealed class IdlesInPreCopy(MigrationFeatures f) : ReferenceDriver(f)
    {
        protected override bool MayBegin(WorkKind kind) => At != DeviceState.PreCopy && base.MayBegin(kind);
    }

    private sealed class OmitsUnreadInitialData(ReferenceDriver d) : SavingSession(d)
    {
        public override void Complete()
        {
            base.Complete();
            if (InitialLength != 0 && Position == 0)
                Position = InitialLength;
        }
    }

    private sealed class MustBeReadBeforeStop(MigrationFeatures f) : ReferenceDriver(f)
    {
        public override ArcResult TakeArc(DeviceState from, DeviceState to, out IMigrationFile? file)
        {
            file = null;
            if (from is not (DeviceState.PreCopy or DeviceState.PreCopyP2P) || to != DeviceState.StopCopy)
                return base.TakeArc(from, to, out file);
            Saving.PrecopyInfo(out var initial, out _);
            return initial != 0 ? new(Errno.EBUSY) : base.TakeArc(from, to, out file);
        }
    }

    private sealed class DropsUnreadBuffer(ReferenceDriver d) : SavingSession(d)
    {
        public override void Complete()
        {
            if (Position != 0)
                Position = Length;
            base.Complete();
        }
    }

    private sealed class SendsStaleRegistersAgain(ReferenceDriver d) : SavingSession(d)
    {
        private readonly ulong[] first = new ulong[ContentLimits.Registers];

        public override void Begin(bool preCopy, int failAt, int failErrno)
        {
            Device.Content.Registers.CopyTo(first);
            base.Begin(preCopy, failAt, failErrno);
        }

        protected override void AppendRegisters(int first, int count)
        {
            base.AppendRegisters(first, count);
            var payload = Produced[^(8 * count)..];
            for (var i = 0; i < count; i++)
                BinaryPrimitives.WriteUInt64LittleEndian(payload[(8 * i)..], this.first[first + i]);
        }
    }

    private sealed class GoesOnBehindCancel(ReferenceDriver d) : SavingSession(d)
    {
        public override void Begin(bool preCopy, int failAt, int failErrno)
        {
            var position = IsComplete ? 0 : Position;
            base.Begin(preCopy, failAt, failErrno);
            if (preCopy)
                Position = Math.Min(position, Length);
        }
    }

    private sealed class CancelResetsRegisters(MigrationFeatures f) : ReferenceDriver(f)
    {
        public override ArcResult TakeArc(DeviceState from, DeviceState to, out IMigrationFile? file)
        {
            var result = base.TakeArc(from, to, out file);
            if (result.Errno == 0 && from is DeviceState.PreCopy or DeviceState.PreCopyP2P && to is DeviceState.Running or DeviceState.RunningP2P)
                Content.Registers.Clear();
            return result;
        }
    }

    private sealed class RestartsBetween(MigrationFeatures f) : ReferenceDriver(f)
    {
        public override ArcResult TakeArc(DeviceState from, DeviceState to, out IMigrationFile? file)
        {
            var result = base.TakeArc(from, to, out file);
            if (result.Errno == 0 && from == DeviceState.PreCopyP2P && to == DeviceState.PreCopy)
                Saving.Position = 0;
            return result;
        }
    }

    private sealed class InfoEatsBytes(ReferenceDriver d) : SavingSession(d)
    {
        public override int PrecopyInfo(out ulong initialBytes, out ulong dirtyBytes)
        {
            var errno = base.PrecopyInfo(out initialBytes, out dirtyBytes);
            Position = Math.Min(Position + 8, Length);
            return errno;
        }
    }

    private sealed class GivesLessThanAnnounced(ReferenceDriver d) : SavingSession(d)
    {
        public override int PrecopyInfo(out ulong initialBytes, out ulong dirtyBytes)
        {
            var errno = base.PrecopyInfo(out initialBytes, out dirtyBytes);
            if (initialBytes != 0)
                initialBytes += 64;
            return errno;
        }
    }

    private sealed class InitialBytesAreAllOnes(ReferenceDriver d) : SavingSession(d)
    {
        public override int PrecopyInfo(out ulong initialBytes, out ulong dirtyBytes)
        {
            var errno = base.PrecopyInfo(out initialBytes, out dirtyBytes);
            if (initialBytes != 0)
                initialBytes = ulong.MaxValue;
            return errno;
        }
    }

    private sealed class PollIsSilentInPreCopy(ReferenceDriver d) : SavingSession(d)
    {
        public override bool IsReadable => IsComplete && base.IsReadable;
    }

    private sealed class InfoWithoutPreCopy(FaultSite s) : FaultyCore(s)
    {
        protected override bool HasIoctl(OpenFile file) => file.IsSaving;

        protected override int CheckInfoState(OpenFile file) => file.File is null ? Errno.ENODEV : Errno.None;

        protected override int PrecopyInfo(OpenFile file, out ulong initialBytes, out ulong dirtyBytes, out bool reinitialised)
        {
            initialBytes = dirtyBytes = 0;
            reinitialised = false;
            return Errno.None;
        }
    }

    private sealed class PreCopyStartsLogging(MigrationFeatures f) : ReferenceDriver(f)
    {
        public override ArcResult TakeArc(DeviceState from, DeviceState to, out IMigrationFile? file)
        {
            var result = base.TakeArc(from, to, out file);
            var pageSize = 4096ul;
            if (result.Errno == 0 && to == DeviceState.PreCopy)
                DmaLog!.Start([new(0, 1ul << 32)], ref pageSize);
            return result;
        }
    }

    private sealed class IdleDeviceStaysDirty(ReferenceDriver d) : SavingSession(d)
    {
        public override int PrecopyInfo(out ulong initialBytes, out ulong dirtyBytes)
        {
            if (Position == Length && Length < ReferenceFormat.MaxImage / 2)
                AppendRegisters(0, 1);
            return base.PrecopyInfo(out initialBytes, out dirtyBytes);
        }
    }

    private sealed class StaysStoppedInPreCopy(MigrationFeatures f) : ReferenceDriver(f)
    {
        private bool asleep;

        public override ArcResult TakeArc(DeviceState from, DeviceState to, out IMigrationFile? file)
        {
            var result = base.TakeArc(from, to, out file);
            if (result.Errno == 0 && (from, to) is (DeviceState.Stop, DeviceState.Running))
                asleep = true;
            return result;
        }

        protected override void Operate()
        {
            asleep &= At != DeviceState.Running;
            if (!asleep)
                base.Operate();
        }
    }

    private sealed class FillsOneCounter(FaultSite s) : FaultyCore(s)
    {
        protected override void WriteCounters(in UserBuffer argument, ulong initialBytes, ulong dirtyBytes)
        {
            if (initialBytes != 0)
                BinaryPrimitives.WriteUInt64LittleEndian(argument.Bytes[8..], initialBytes);
            else
                BinaryPrimitives.WriteUInt64LittleEndian(argument.Bytes[16..], dirtyBytes);
        }
    }

    private sealed class InfoReturnsResidue(FaultSite s) : FaultyCore(s)
    {
        protected override CallResult CompleteDataIoctl(in UserBuffer argument, int errno) =>
            errno == Errno.EFAULT ? CallResult.Of(Uapi.PrecopyInfoSize - argument.Accessible) : base.CompleteDataIoctl(argument, errno);
    }

    private sealed class OptInNeedsPayload(FaultSite s) : FaultyCore(s)
    {
        protected override int CheckPayloadSize(FeatureRow row, uint argsz) =>
            row.Index == Uapi.MigPrecopyInfoV2 && argsz < Uapi.EnvelopeSize + 8 ? Errno.EINVAL : base.CheckPayloadSize(row, argsz);
    }

    private sealed class ProbeOptsIn(FaultSite s) : FaultyCore(s)
    {
        protected override int AnswerProbe(FeatureRow row, uint flags, uint argsz, in UserBuffer argument)
        {
            OptedIn |= row.Index == Uapi.MigPrecopyInfoV2;
            return base.AnswerProbe(row, flags, argsz, argument);
        }
    }

    private sealed class OptInCanBeRead(FaultSite s) : FaultyCore(s)
    {
        protected override int CheckMethods(FeatureRow row, ref uint flags) =>
            row.Index == Uapi.MigPrecopyInfoV2 ? Errno.None : base.CheckMethods(row, ref flags);
    }

    private sealed class FlagsEchoBehindOptIn(FaultSite s) : FaultyCore(s)
    {
        protected override uint InfoFlags(OpenFile file, uint given, bool reinitialised) => given | (reinitialised ? Uapi.PrecopyReinit : 0);
    }

    private sealed class SecondFlagBehindOptIn(FaultSite s) : FaultyCore(s)
    {
        protected override uint InfoFlags(OpenFile file, uint given, bool reinitialised) => base.InfoFlags(file, given, reinitialised) | (OptedIn ? 2u : 0);
    }

    private sealed class ReinitWithoutOptIn(FaultSite s) : FaultyCore(s)
    {
        protected override bool HasInfoFlags(OpenFile file) => true;
    }

    private sealed class OptInOutlivesClose(FaultSite s) : FaultyCore(s)
    {
        protected override void LastClose()
        {
            var optedIn = OptedIn;
            base.LastClose();
            OptedIn = optedIn;
        }
    }

    private sealed class OptsInOnce(FaultSite s) : FaultyCore(s)
    {
        protected override int OptIn() => OptedIn ? Errno.EEXIST : base.OptIn();
    }

    private sealed class OptInIsForNewSessions(FaultSite s) : FaultyCore(s)
    {
        private bool atStart;

        protected override void BeginSession(IMigrationFile file)
        {
            atStart = OptedIn;
            base.BeginSession(file);
        }

        protected override bool HasInfoFlags(OpenFile file) => OptedIn && atStart;
    }

    private sealed class DirtyBytesBesideReinit(ReferenceDriver d) : SavingSession(d)
    {
        public override int PrecopyInfoV2(out ulong initialBytes, out ulong dirtyBytes, out bool reinitialised)
        {
            base.PrecopyInfo(out _, out var before);
            var errno = base.PrecopyInfoV2(out initialBytes, out dirtyBytes, out reinitialised);
            if (reinitialised)
                dirtyBytes = before;
            return errno;
        }
    }

    private sealed class InitialBytesStay(ReferenceDriver d) : SavingSession(d)
    {
        private ulong stuck;

        public override void Begin(bool preCopy, int failAt, int failErrno)
        {
            stuck = 0;
            base.Begin(preCopy, failAt, failErrno);
        }

        public override int PrecopyInfoV2(out ulong initialBytes, out ulong dirtyBytes, out bool reinitialised)
        {
            var errno = base.PrecopyInfoV2(out initialBytes, out dirtyBytes, out reinitialised);
            if (reinitialised)
                stuck = initialBytes;
            else if (stuck != 0)
                initialBytes = stuck;
            return errno;
        }
    }

    private sealed class ForgetsReinit(ReferenceDriver d) : SavingSession(d)
    {
        public override int PrecopyInfoV2(out ulong initialBytes, out ulong dirtyBytes, out bool reinitialised)
        {
            var errno = base.PrecopyInfoV2(out initialBytes, out dirtyBytes, out reinitialised);
            reinitialised = false;
            return errno;
        }
    }

    private sealed class ReinitDropsQueue(ReferenceDriver d) : SavingSession(d)
    {
        public override int PrecopyInfoV2(out ulong initialBytes, out ulong dirtyBytes, out bool reinitialised)
        {
            if (HasAllChanged())
                Position = Length;
            return base.PrecopyInfoV2(out initialBytes, out dirtyBytes, out reinitialised);
        }
    }

    private sealed class NewInitialDataForReadersOfFlags(ReferenceDriver d) : SavingSession(d)
    {
        private readonly ulong[] first = new ulong[ContentLimits.Registers];
        private bool flags;

        public override void Begin(bool preCopy, int failAt, int failErrno)
        {
            flags = false;
            Device.Content.Registers.CopyTo(first);
            base.Begin(preCopy, failAt, failErrno);
        }

        public override int PrecopyInfoV2(out ulong initialBytes, out ulong dirtyBytes, out bool reinitialised)
        {
            flags = true;
            return base.PrecopyInfoV2(out initialBytes, out dirtyBytes, out reinitialised);
        }

        protected override void AppendRegisters(int first, int count)
        {
            base.AppendRegisters(first, count);
            if (flags || InitialLength == 0 || count != ContentLimits.Registers)
                return;
            var payload = Produced[^(8 * count)..];
            for (var i = 0; i < count; i++)
                BinaryPrimitives.WriteUInt64LittleEndian(payload[(8 * i)..], this.first[i]);
        }
    }

    private sealed class ReinitForEver(ReferenceDriver d) : SavingSession(d)
    {
        private bool ever;

        public override void Begin(bool preCopy, int failAt, int failErrno)
        {
            ever = false;
            base.Begin(preCopy, failAt, failErrno);
        }

        public override int PrecopyInfoV2(out ulong initialBytes, out ulong dirtyBytes, out bool reinitialised)
        {
            var errno = base.PrecopyInfoV2(out initialBytes, out dirtyBytes, out reinitialised);
            ever |= reinitialised;
            reinitialised = ever;
            return errno;
        }
    }
}
