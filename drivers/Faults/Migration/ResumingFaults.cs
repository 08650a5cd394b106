using Conformance.Drivers.Reference.Migration;
using Conformance.Drivers.VfioCore;
using Conformance.Model.Contract;
using Conformance.Model.Migration.Device;
using static Conformance.Drivers.Faults.Seed;
using static Conformance.Model.Requirements.RequirementId;

namespace Conformance.Drivers.Faults;

/// <summary>Faults of loading a stream (MIG-RES).</summary>
internal static class ResumingFaults
{
    public static IReadOnlyList<MigrationFault> All { get; } =
    [
        Of([MIG_RES_01, MIG_FD_01], "F-MIG-RES-01", "resuming-without-fd", F1, "RESUMING is entered, and data_fd is -1", s => new ResumingWithoutFd(s)),
        Of(
            [MIG_RES_03, MIG_FD_20, MIG_FD_10],
            "F-MIG-RES-03, P-033",
            "load-leaves-one-register",
            F1,
            "one register keeps what the destination had",
            OnResuming(d => new LeavesOneRegister(d))
        ),
        Of(MIG_RES_04, "load-ignores-length", F1, "whatever was taken of a stream is loaded, complete or not", OnResuming(d => new IgnoresLength(d))),
        Of(MIG_RES_05, "load-skips-magic", F1, "the magic of a stream is not looked at", OnResuming(d => new SkipsMagic(d))),
        Of(MIG_RES_06, "load-skips-device-id", F1, "the device that has saved a stream is not looked at", OnResuming(d => new SkipsDeviceId(d))),
        Of([MIG_RES_07, MIG_FSM_13], "F-MIG-RES-07", "failed-load-reports-stop", F1, "a load that fails leaves STOP", s => new FailedLoadReportsStop(s)),
        Of(MIG_RES_08, "half-load-survives-reset", F1, "a reset keeps the registers that were loaded so far", OnDriver(f => new HalfLoadSurvives(f))),
        Of(MIG_RES_08, "refused-load-survives-reset", F1, "a reset keeps what a refused stream held", OnDriver(f => new RefusedLoadSurvives(f))),
        Of(MIG_RES_09, "load-drops-surplus", F1, "bytes behind a complete stream are taken and dropped", OnResuming(d => new DropsSurplus(d))),
        Of(MIG_RES_10, "load-accepts-nothing", F1, "RESUMING can be left without any data", OnResuming(d => new AcceptsNothing(d))),
        Of(MIG_RES_11, "load-checked-for-stop-only", F1, "only a request of STOP looks at the stream", s => new CheckedForStopOnly(s, new(s.Features))),
        Of(MIG_RES_12, "second-try-passes", F1, "a load that failed once succeeds when it is asked for again", OnResuming(d => new SecondTryPasses(d))),
        Of(
            [MIG_RES_13, MIG_RES_05, MIG_RES_06],
            "F-MIG-RES-13",
            "write-error-is-forgotten",
            F1,
            "a write refuses the content, and the request that leaves RESUMING does not",
            OnResuming(d => new WriteErrorForgotten(d))
        ),
        Of([MIG_RES_14], "F-MIG-RES-14, P-032", "match-is-kept", F1, "the header is looked at once in an open", OnResuming(d => new MatchIsKept(d))),
        Of([MIG_RES_15, MIG_FD_14], "F-MIG-RES-15", "resuming-fd-survives", F1, "writes are taken after RESUMING was left", s => new ResumingFdSurvives(s)),
        new MigrationFault(
            "load-crashes-on-length",
            [MIG_RES_16],
            "F-MIG-RES-16",
            F1,
            "the length of a record is believed, and the process ends",
            OnResuming(d => new CrashesOnLength(d))
        )
        {
            Crashes = true,
        },
        Of(
            [MIG_RES_17],
            "F-MIG-RES-17",
            "load-allocates-length",
            F1,
            "memory is taken for what the length of a record says",
            OnResuming(d => new AllocatesLength(d))
        ),
        Of(
            [MIG_RES_18, MIG_RES_09],
            "F-MIG-RES-18",
            "load-restarts-at-header",
            F1,
            "a stream behind a complete one begins a new load",
            OnResuming(d => new RestartsAtHeader(d))
        ),
        Of(MIG_RES_19, "load-takes-newer-version", F1, "a version that is not known is taken for the known one", OnResuming(d => new TakesNewerVersion(d))),
        Of(
            [MIG_RES_20],
            "F-MIG-RES-20",
            "save-behind-load-loses-counters",
            F1,
            "a save right after a load has no counters",
            OnDriver(f => new SaveBehindLoad(f))
        ),
        Of(MIG_RES_21, "load-adds-counters", F1, "a second load adds its counters to those that are there", OnResuming(d => new AddsCounters(d))),
        Of(
            [MIG_RES_22],
            "F-MIG-RES-22",
            "self-load-shares-buffer",
            F1,
            "from STOP_COPY to RESUMING, saving and loading share a buffer, and the queue is lost",
            OnDriver(f => new SelfLoadSharesBuffer(f))
        ),
        Of(
            [MIG_RES_23, MIG_STOP_07, MIG_STOP_01],
            "F-MIG-RES-23",
            "load-kicks-queue",
            F1,
            "the queue of a stream is begun while it is loaded",
            OnDriver(f => new LoadKicksQueue(f))
        ),
        Of(MIG_RES_24, "load-refuses-pre-copy", F5, "a stream that began in pre-copy is refused", OnResuming(d => new RefusesPreCopy(d))),
        Of(
            [MIG_RES_25],
            "F-MIG-RES-25",
            "load-accepts-prefix",
            F5,
            "a stream of pre-copy that ends behind a record is complete",
            OnResuming(d => new AcceptsPrefix(d))
        ),
        Of(
            [MIG_RES_26, MIG_RES_21],
            "F-MIG-RES-26",
            "second-load-merges",
            F1,
            "a second load keeps the registers that are not 0",
            OnResuming(d => new SecondLoadMerges(d))
        ),
        Of(MIG_RES_27, "refused-write-poisons", F1, "a write that was refused behind a complete stream spoils it", OnResuming(d => new RefusedWritePoisons(d))),
        Of(
            [MIG_RES_27],
            "F-MIG-RES-27",
            "unreadable-write-poisons",
            F1,
            "a write from memory that cannot be read spoils the load",
            s => new UnreadableWritePoisons(s)
        ),
        Of(
            [MIG_FD_20, MIG_FD_10, MIG_RES_03],
            "P-030",
            "save-swaps-halves",
            F1,
            "the halves of the counters change places when they are saved",
            OnSaving(d => new SwapsHalves(d))
        ),
        Of(
            [MIG_FD_20, MIG_FD_10, MIG_RES_03],
            "P-031",
            "load-invents-work",
            F1,
            "a device that nobody has set up is loaded with a descriptor of zeros",
            OnResuming(d => new InventsWork(d))
        ),
        Of(
            [MIG_FD_20, MIG_FD_10, MIG_RES_03],
            "P-034",
            "save-forgets-pending-interrupt",
            F1,
            "an interrupt that waits is not part of the stream",
            OnSaving(d => new ForgetsPendingInterrupt(d))
        ),
        Of(
            [MIG_FD_20, MIG_FD_10, MIG_RES_03],
            "P-036",
            "load-limit-below-save",
            F1,
            "a stream of more than 300 bytes cannot be loaded, though it is saved",
            OnResuming(d => new LimitBelowSave(d))
        ),
        Of(MIG_RES_28, "load-trusts-ring-index", F1, "the ring's head is taken from the stream as it is", OnResuming(d => new TrustsRingIndex(d))),
    ];

    private sealed class ResumingWithoutFd(FaultSite s) : FaultyCore(s)
    {
        protected override int InstallDescriptor(OpenFile file, out int fd)
        {
            if (file.IsSaving)
                return base.InstallDescriptor(file, out fd);
            fd = -1;
            return Errno.None;
        }
    }

    private sealed class LeavesOneRegister(ReferenceDriver d) : ResumingSession(d)
    {
        public override int Finish()
        {
            var kept = Device.Content.Registers[15];
            var result = base.Finish();
            Device.Content.Registers[15] = kept;
            return result;
        }
    }

    private sealed class IgnoresLength(ReferenceDriver d) : ResumingSession(d)
    {
        public override int Finish()
        {
            IsComplete |= Taken > 0;
            return base.Finish();
        }
    }

    private sealed class SkipsMagic(ReferenceDriver d) : ResumingSession(d)
    {
        protected override bool IsMagic(ulong magic) => true;
    }

    private sealed class SkipsDeviceId(ReferenceDriver d) : ResumingSession(d)
    {
        protected override bool IsDevice(uint deviceId) => true;
    }

    private sealed class FailedLoadReportsStop(FaultSite s) : FaultyCore(s)
    {
        protected override DeviceState StateAfterFailure(DeviceState origin, DeviceState reached, ArcResult failure) =>
            reached == DeviceState.Resuming ? DeviceState.Stop : base.StateAfterFailure(origin, reached, failure);
    }

    private abstract class KeepsOverReset(MigrationFeatures features) : ReferenceDriver(features)
    {
        private readonly ulong[] kept = new ulong[ContentLimits.Registers];
        private bool keeps;

        public override int Reset()
        {
            var result = base.Reset();
            if (keeps)
                kept.CopyTo(Content.Registers);
            keeps = false;
            return result;
        }

        protected void Keep(ReadOnlySpan<ulong> registers, bool isSome)
        {
            keeps = isSome;
            registers.CopyTo(kept);
        }
    }

    private sealed class HalfLoadSurvives(MigrationFeatures features) : KeepsOverReset(features)
    {
        protected override ResumingSession CreateResuming() => new Noting(this);

        private sealed class Noting(HalfLoadSurvives d) : ResumingSession(d)
        {
            public override void Begin()
            {
                base.Begin();
                d.Keep([], isSome: false);
            }

            public override CallResult Write(ReadOnlySpan<byte> buffer)
            {
                var result = base.Write(buffer);
                d.Keep(Staged.Registers, Taken > ReferenceFormat.HeaderSize + ReferenceFormat.RecordHeaderSize);
                return result;
            }

            public override int Finish()
            {
                d.Keep([], isSome: false);
                return base.Finish();
            }
        }
    }

    private sealed class RefusedLoadSurvives(MigrationFeatures features) : KeepsOverReset(features)
    {
        protected override ResumingSession CreateResuming() => new Noting(this);

        private sealed class Noting(RefusedLoadSurvives d) : ResumingSession(d)
        {
            public override int Finish()
            {
                var errno = base.Finish();
                d.Keep(Staged.Registers, isSome: errno != 0 && Taken > ReferenceFormat.HeaderSize + ReferenceFormat.RecordHeaderSize);
                return errno;
            }
        }
    }

    private sealed class DropsSurplus(ReferenceDriver d) : ResumingSession(d)
    {
        public override CallResult Write(ReadOnlySpan<byte> buffer)
        {
            if (IsComplete)
                return CallResult.Of(buffer.Length);
            var result = base.Write(buffer);
            return result.Errno == 0 && IsComplete ? CallResult.Of(buffer.Length) : result;
        }
    }

    private sealed class AcceptsNothing(ReferenceDriver d) : ResumingSession(d)
    {
        public override int Finish() => Taken == 0 && IsBetweenRecords && !IsPoisoned ? Errno.None : base.Finish();
    }

    private sealed class CheckedForStopOnly(FaultSite s, Trusting driver) : VfioCoreDevice(driver, s.Level, s.Bound)
    {
        protected override ArcResult TakeArc(DeviceState from, DeviceState to, out IMigrationFile? file)
        {
            driver.LooksAtStream = Target == (uint)DeviceState.Stop;
            return base.TakeArc(from, to, out file);
        }
    }

    private sealed class Trusting(MigrationFeatures features) : ReferenceDriver(features)
    {
        public bool LooksAtStream { get; set; }

        protected override ResumingSession CreateResuming() => new Session(this);

        private sealed class Session(Trusting d) : ResumingSession(d)
        {
            public override int Finish() => d.LooksAtStream ? base.Finish() : Errno.None;
        }
    }

    private sealed class SecondTryPasses(ReferenceDriver d) : ResumingSession(d)
    {
        private bool hasFailed;

        public override void Begin()
        {
            hasFailed = false;
            base.Begin();
        }

        public override int Finish()
        {
            var result = base.Finish();
            if (result != 0 && hasFailed)
                return Errno.None;
            hasFailed = result != 0;
            return result;
        }
    }

    private sealed class WriteErrorForgotten(ReferenceDriver d) : ResumingSession(d)
    {
        public override int Finish() => IsPoisoned ? Errno.None : base.Finish();
    }

    private sealed class MatchIsKept(ReferenceDriver d) : ResumingSession(d)
    {
        private bool magicMatched,
            deviceMatched;

        protected override bool IsMagic(ulong magic) => magicMatched |= base.IsMagic(magic);

        protected override bool IsDevice(uint deviceId) => deviceMatched |= base.IsDevice(deviceId);
    }

    private sealed class ResumingFdSurvives(FaultSite s) : FaultyCore(s)
    {
        protected override void EndSession(SessionEnd cause)
        {
            if (cause == SessionEnd.Left && Session is { IsSaving: false })
                ForgetSession();
            else
                base.EndSession(cause);
        }

        protected override CallResult WriteData(OpenFile file, ReadOnlySpan<byte> buffer) =>
            State == DeviceState.Resuming ? base.WriteData(file, buffer) : CallResult.Of(buffer.Length);
    }

    private sealed class CrashesOnLength(ReferenceDriver d) : ResumingSession(d)
    {
        protected override void Announce(uint tag, uint length)
        {
            if (length > int.MaxValue)
                Environment.FailFast("fault load-crashes-on-length: a record of more than 2 GiB was copied");
        }
    }

    private sealed class AllocatesLength(ReferenceDriver d) : ResumingSession(d)
    {
        // Not all of it: what the fault is about can be seen long before.
        private const uint Most = 256 << 20;

        private byte[] buffer = [];

        protected override void Announce(uint tag, uint length)
        {
            if (length > buffer.Length)
                buffer = GC.AllocateUninitializedArray<byte>((int)Math.Min(length, Most));
            buffer = [];
        }
    }

    private sealed class RestartsAtHeader(ReferenceDriver d) : ResumingSession(d)
    {
        public override CallResult Write(ReadOnlySpan<byte> buffer)
        {
            var used = 0;
            while (true)
            {
                var result = base.Write(buffer[used..]);
                used += result.Errno == 0 ? (int)result.Value : 0;
                if (result.Errno != 0 || !IsComplete || used == buffer.Length)
                    return result.Errno == 0 ? CallResult.Of(used) : result;
                Begin();
            }
        }
    }

    private sealed class TakesNewerVersion(ReferenceDriver d) : ResumingSession(d)
    {
        protected override bool IsVersion(uint version) => version >= ReferenceFormat.Version;
    }

    private sealed class SaveBehindLoad(MigrationFeatures features) : ReferenceDriver(features)
    {
        private bool hasJustLoaded;

        public override ArcResult TakeArc(DeviceState from, DeviceState to, out IMigrationFile? file)
        {
            if (hasJustLoaded && to == DeviceState.StopCopy)
                Content.Counters.Clear();
            hasJustLoaded = from == DeviceState.Resuming;
            return base.TakeArc(from, to, out file);
        }
    }

    private sealed class AddsCounters(ReferenceDriver d) : ResumingSession(d)
    {
        private bool hasLoaded;

        public override int Finish()
        {
            var before = Device.Content.Counters[2];
            var result = base.Finish();
            if (result == 0 && hasLoaded)
                Device.Content.Counters[2] += before;
            hasLoaded |= result == 0;
            return result;
        }
    }

    private sealed class SelfLoadSharesBuffer(MigrationFeatures features) : ReferenceDriver(features)
    {
        private bool hasJustSaved,
            loadsOwn;

        public override ArcResult TakeArc(DeviceState from, DeviceState to, out IMigrationFile? file)
        {
            if (to == DeviceState.Resuming)
                loadsOwn = hasJustSaved;
            hasJustSaved = from == DeviceState.StopCopy;
            var result = base.TakeArc(from, to, out file);
            if (from == DeviceState.Resuming && loadsOwn)
                Content.Pending = 0;
            return result;
        }
    }

    private sealed class LoadKicksQueue(MigrationFeatures features) : ReferenceDriver(features)
    {
        protected override ResumingSession CreateResuming() => new Kicking(this);

        protected override void Operate()
        {
            if (At != DeviceState.Resuming || !Resuming.IsComplete || Staged is not { Pending: > 0 } staged)
            {
                base.Operate();
                return;
            }

            Perform(staged.PendingEntry(0));
        }

        private DeviceContent? Staged => (Resuming as Kicking)?.Loaded;

        private sealed class Kicking(ReferenceDriver d) : ResumingSession(d)
        {
            public DeviceContent Loaded => Staged;
        }
    }

    private sealed class RefusesPreCopy(ReferenceDriver d) : ResumingSession(d)
    {
        protected override bool IsLength(ulong total) => total != ReferenceFormat.UnknownLength;
    }

    private sealed class AcceptsPrefix(ReferenceDriver d) : ResumingSession(d)
    {
        private bool isPreCopy;

        public override void Begin()
        {
            isPreCopy = false;
            base.Begin();
        }

        protected override bool IsLength(ulong total)
        {
            isPreCopy = total == ReferenceFormat.UnknownLength;
            return base.IsLength(total);
        }

        public override int Finish()
        {
            IsComplete |= isPreCopy && IsBetweenRecords;
            return base.Finish();
        }
    }

    private sealed class SecondLoadMerges(ReferenceDriver d) : ResumingSession(d)
    {
        private bool hasLoaded;

        public override int Finish()
        {
            Span<ulong> before = stackalloc ulong[ContentLimits.Registers];
            Device.Content.Registers.CopyTo(before);
            var result = base.Finish();
            if (result == 0 && hasLoaded)
                for (var i = 8; i < before.Length; i++)
                    Device.Content.Registers[i] |= before[i];
            hasLoaded |= result == 0;
            return result;
        }
    }

    private sealed class RefusedWritePoisons(ReferenceDriver d) : ResumingSession(d)
    {
        public override CallResult Write(ReadOnlySpan<byte> buffer)
        {
            IsPoisoned |= IsComplete && buffer.Length > 0;
            return base.Write(buffer);
        }
    }

    private sealed class SwapsHalves(ReferenceDriver d) : SavingSession(d)
    {
        protected override void AppendCounters()
        {
            AppendRecord(ReferenceFormat.Counters, 8 * ContentLimits.Counters);
            foreach (var counter in Device.Content.Counters)
                AppendU64(counter << 32 | counter >> 32);
        }
    }

    private sealed class InventsWork(ReferenceDriver d) : ResumingSession(d)
    {
        public override int Finish()
        {
            var result = base.Finish();
            if (result == 0 && Device.Content.Pending == 0)
                Device.Content.PendingEntry((int)Device.Content.Pending++) = default;
            return result;
        }
    }

    private sealed class ForgetsPendingInterrupt(ReferenceDriver d) : SavingSession(d)
    {
        protected override void AppendInterrupt()
        {
            var waits = Device.Content.InterruptPending;
            Device.Content.InterruptPending = false;
            base.AppendInterrupt();
            Device.Content.InterruptPending = waits;
        }
    }

    private sealed class LimitBelowSave(ReferenceDriver d) : ResumingSession(d)
    {
        private const int Limit = 300;

        public override CallResult Write(ReadOnlySpan<byte> buffer) =>
            Taken + (ulong)buffer.Length > Limit ? CallResult.Fail(Errno.ENOMEM) : base.Write(buffer);
    }

    private sealed class TrustsRingIndex(ReferenceDriver d) : ResumingSession(d)
    {
        protected override bool IsSlot(uint slot) => true;
    }

    private sealed class UnreadableWritePoisons(FaultSite s) : FaultyCore(s)
    {
        private bool isPoisoned;

        protected override CallResult UnusableBuffer(OpenFile file, int count)
        {
            isPoisoned |= !file.IsSaving;
            return base.UnusableBuffer(file, count);
        }

        protected override ArcResult TakeArc(DeviceState from, DeviceState to, out IMigrationFile? file)
        {
            file = null;
            var refuses = isPoisoned && from == DeviceState.Resuming;
            isPoisoned &= from == DeviceState.Resuming;
            return refuses ? new(Errno.EINVAL) : base.TakeArc(from, to, out file);
        }
    }
}
