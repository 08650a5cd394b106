using Conformance.Drivers.Reference.Migration;
using Conformance.Model.Contract;
using Conformance.Model.Migration.Device;
using static Conformance.Drivers.Faults.Seed;
using static Conformance.Model.Migration.Device.DeviceState;
using static Conformance.Model.Requirements.RequirementId;

namespace Conformance.Drivers.Faults;

/// <summary>Faults of a device that should have stopped, or should work again (MIG-STOP).</summary>
internal static class StopFaults
{
    public static IReadOnlyList<MigrationFault> All { get; } =
    [
        Of(MIG_STOP_01, "dma-goes-on-in-stop", F1, "DMA writes that wait are made in STOP", OnDriver(f => new ActsInStop(f, WorkKind.MemoryWrite))),
        Of(MIG_STOP_02, "late-interrupt", F1, "an interrupt that waits is raised in STOP", OnDriver(f => new LateInterrupt(f))),
        Of(MIG_STOP_03, "counter-runs-in-stop", F1, "a counter that is saved grows in STOP", OnDriver(f => new CounterRunsInStop(f))),
        Of(MIG_STOP_04, "sends-packets-in-stop", F1, "packets that wait are sent in STOP", OnDriver(f => new ActsInStop(f, WorkKind.Packet))),
        Of(MIG_STOP_05, "no-configuration-space-in-stop", F1, "the configuration space cannot be read in STOP", OnDriver(f => new NoConfigInStop(f))),
        Of(MIG_STOP_06, "dies-of-write-in-stop", F1, "a register that is written in STOP takes the host down", OnDriver(f => new DiesOfWriteInStop(f))),
        Of(MIG_STOP_07, "resumes-on-read", F1, "the device works again once the stream is read", OnDriver(f => new ResumesOnRead(f))),
        Of(MIG_STOP_08, "drops-queue-on-stop", F1, "work that waits is forgotten when the device is stopped", OnDriver(f => new DropsQueueOnStop(f))),
        Of(MIG_STOP_09, "obeys-doorbell-in-stop", F1, "work that is submitted in STOP is done in STOP", OnDriver(f => new ObeysDoorbellInStop(f))),
        Of(MIG_STOP_11, "ignores-vectors-in-stop", F1, "vectors that are set up in STOP stay as they were", OnDriver(f => new IgnoresVectorsInStop(f))),
        Of(MIG_STOP_12, "clears-pending-interrupt", F1, "an interrupt that waits for delivery is lost by a stop", OnDriver(f => new ClearsPendingInterrupt(f))),
        new("stop-waits-for-stuck-work", [MIG_STOP_13], "F-MIG-STOP-13", F1, "a stop waits for work that never ends", OnDriver(f => new WaitsForStuckWork(f)))
        {
            Hangs = true,
        },
        Of(
            [MIG_STOP_14, MIG_FSM_14],
            "F-MIG-STOP-14",
            "ignores-failed-stop",
            F1,
            "a stop that failed inside succeeds, and the device goes on",
            OnDriver(f => new IgnoresFailedStop(f))
        ),
        Of(
            [MIG_STOP_15, MIG_STOP_08, MIG_STOP_17],
            "F-MIG-STOP-15",
            "stays-stopped",
            F1,
            "a device that was stopped does no work any more",
            OnDriver(f => new StaysStopped(f))
        ),
        Of(MIG_STOP_16, "keeps-translations-over-stop", F1, "DMA goes where its pages were before the stop", OnDriver(f => new KeepsTranslations(f))),
        Of(
            [MIG_STOP_17, MIG_STOP_15],
            "F-MIG-STOP-17",
            "register-gated-after-save",
            F1,
            "the second region answers with ones after a save",
            OnDriver(f => new RegisterGatedAfterSave(f))
        ),
    ];

    private sealed class ActsInStop(MigrationFeatures f, WorkKind kind) : ReferenceDriver(f)
    {
        protected override void Operate()
        {
            if (At == Stop && OldestKind == kind)
                Perform(TakeOldest());
            else
                base.Operate();
        }
    }

    private sealed class LateInterrupt(MigrationFeatures f) : ReferenceDriver(f)
    {
        protected override void Operate()
        {
            base.Operate();
            if (At == Stop && OldestKind == WorkKind.Interrupt)
                Signal((uint)(TakeOldest().Address % ContentLimits.Vectors));
        }
    }

    private sealed class CounterRunsInStop(MigrationFeatures f) : ReferenceDriver(f)
    {
        protected override void Operate()
        {
            base.Operate();
            if (IsStopped)
                Content.Counters[2]++;
        }
    }

    private sealed class NoConfigInStop(MigrationFeatures f) : ReferenceDriver(f)
    {
        protected override int ReadConfig(int offset, out uint value)
        {
            if (At != Stop)
                return base.ReadConfig(offset, out value);
            value = uint.MaxValue;
            return Errno.EIO;
        }
    }

    private sealed class DiesOfWriteInStop(MigrationFeatures f) : ReferenceDriver(f)
    {
        protected override int WriteRegister(int register, uint value) =>
            At == Stop
                ? throw new DeviceLostException(DeviceLoss.Died, "the host stopped with a synchronous external abort")
                : base.WriteRegister(register, value);
    }

    private sealed class ResumesOnRead(MigrationFeatures f) : ReferenceDriver(f)
    {
        private bool resumed;

        public override ArcResult TakeArc(DeviceState from, DeviceState to, out IMigrationFile? file)
        {
            resumed = false;
            return base.TakeArc(from, to, out file);
        }

        protected override SavingSession CreateSaving() => new Session(this);

        protected override void Operate()
        {
            if (resumed && At == StopCopy && OldestKind is not null)
                Perform(TakeOldest());
            else
                base.Operate();
        }

        private sealed class Session(ResumesOnRead device) : SavingSession(device)
        {
            public override CallResult Read(Span<byte> buffer)
            {
                device.resumed = true;
                return base.Read(buffer);
            }
        }
    }

    // Work that the user submitted, so that the contents of Apply are carried as ever.
    private sealed class DropsQueueOnStop(MigrationFeatures f) : ReferenceDriver(f)
    {
        private bool submitted;

        public override int Submit(in WorkItem item)
        {
            submitted = true;
            return base.Submit(item);
        }

        public override ArcResult TakeArc(DeviceState from, DeviceState to, out IMigrationFile? file)
        {
            if (to == Stop && submitted)
            {
                Content.Pending = 0;
                submitted = false;
            }

            return base.TakeArc(from, to, out file);
        }
    }

    private sealed class ObeysDoorbellInStop(MigrationFeatures f) : ReferenceDriver(f)
    {
        private int rung;

        public override int Submit(in WorkItem item)
        {
            if (At == Stop)
                rung++;
            return base.Submit(item);
        }

        protected override void Operate()
        {
            base.Operate();
            if (At != Stop || rung == 0)
                return;
            rung--;
            Perform(TakeOldest());
        }
    }

    private sealed class IgnoresVectorsInStop(MigrationFeatures f) : ReferenceDriver(f)
    {
        public override int Enable(int vector, bool enabled) => IsStopped ? Errno.None : base.Enable(vector, enabled);
    }

    // An interrupt that work has raised, so that the contents of Apply are carried as ever.
    private sealed class ClearsPendingInterrupt(MigrationFeatures f) : ReferenceDriver(f)
    {
        private bool raised;

        public override ArcResult TakeArc(DeviceState from, DeviceState to, out IMigrationFile? file)
        {
            if (to == Stop && raised)
                Content.InterruptPending = false;
            return base.TakeArc(from, to, out file);
        }

        protected override void Perform(in QueueEntry entry)
        {
            raised = KindOf(entry) == WorkKind.Interrupt;
            base.Perform(entry);
        }
    }

    private sealed class WaitsForStuckWork(MigrationFeatures f) : ReferenceDriver(f)
    {
        public override ArcResult TakeArc(DeviceState from, DeviceState to, out IMigrationFile? file)
        {
            if (to == Stop && OldestKind == WorkKind.Stuck)
                Thread.Sleep(Timeout.Infinite);
            return base.TakeArc(from, to, out file);
        }
    }

    private sealed class IgnoresFailedStop(MigrationFeatures f) : ReferenceDriver(f)
    {
        private bool runsOn;

        public override ArcResult TakeArc(DeviceState from, DeviceState to, out IMigrationFile? file)
        {
            var result = base.TakeArc(from, to, out file);
            runsOn = to == Stop && from is Running or RunningP2P && result.Errno != 0 && !result.Broken;
            if (!runsOn)
                return result;
            At = Stop;
            return ArcResult.Taken;
        }

        protected override void Operate()
        {
            if (!runsOn)
            {
                base.Operate();
                return;
            }

            At = Running;
            base.Operate();
            At = Stop;
        }
    }

    private sealed class StaysStopped(MigrationFeatures f) : ReferenceDriver(f)
    {
        private bool stopped;

        public override ArcResult TakeArc(DeviceState from, DeviceState to, out IMigrationFile? file)
        {
            stopped |= to == Stop;
            return base.TakeArc(from, to, out file);
        }

        public override int Reset()
        {
            stopped = false;
            return base.Reset();
        }

        protected override void Operate()
        {
            if (!stopped)
                base.Operate();
        }
    }

    private sealed class KeepsTranslations(MigrationFeatures f) : ReferenceDriver(f)
    {
        private readonly Dictionary<ulong, int> frames = [];

        protected override void WriteMemory(ulong iova, uint length)
        {
            var page = (iova - Memory.Iova) / (ulong)Memory.PageSize;
            if (page < (ulong)Memory.Pages)
            {
                var frame = Memory.FrameOf((int)page);
                frames.TryAdd(page, frame);
                if (frames[page] != frame)
                    return;
            }

            base.WriteMemory(iova, length);
        }
    }

    private sealed class RegisterGatedAfterSave(MigrationFeatures f) : ReferenceDriver(f)
    {
        private bool gated;

        public override ArcResult TakeArc(DeviceState from, DeviceState to, out IMigrationFile? file)
        {
            gated |= to == StopCopy;
            return base.TakeArc(from, to, out file);
        }

        public override int Reset()
        {
            gated = false;
            return base.Reset();
        }

        protected override int ReadRegister(int register, out uint value)
        {
            var errno = base.ReadRegister(register, out value);
            if (gated && register == 1)
                value = uint.MaxValue;
            return errno;
        }
    }
}
