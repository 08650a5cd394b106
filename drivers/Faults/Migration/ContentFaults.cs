using Conformance.Drivers.Reference.Migration;
using Conformance.Drivers.VfioCore;
using Conformance.Model.Contract;
using Conformance.Model.Migration.Device;
using static Conformance.Drivers.Faults.Seed;
using static Conformance.Model.Requirements.RequirementId;

namespace Conformance.Drivers.Faults;

/// <summary>Faults that show with some contents of a device, or behind some histories of it, and with no others.</summary>
internal static class ContentFaults
{
    public static IReadOnlyList<MigrationFault> All { get; } =
    [
        Of(MIG_FD_10, "zero-is-not-loaded", F1, "a register that is zero in the image keeps what it held", OnResuming(d => new ZeroIsNotLoaded(d))),
        Of(MIG_FD_10, "empty-queue-is-not-loaded", F1, "an image with an empty queue leaves the old one", OnResuming(d => new EmptyQueueIsNotLoaded(d))),
        Of(MIG_FD_10, "full-queue-loses-one", F1, "of a full queue one entry is not saved", OnSaving(d => new FullQueueLosesOne(d))),
        Of(
            [MIG_FD_10, MIG_RES_20],
            "F-MIG-RES-20",
            "load-is-saved-for-ever",
            F1,
            "behind a load every save gives what was loaded",
            OnDriver(f => new Keeps(f, of: Kept.Load))
        ),
        Of(
            [MIG_FD_10, MIG_ERR_07],
            "F-MIG-ERR-07",
            "save-outlives-reset",
            F1,
            "the first save behind a reset gives what was saved before it",
            OnDriver(f => new Keeps(f, of: Kept.Save))
        ),
        Of(
            [MIG_FD_10, SIZE_05],
            "F-SIZE-05",
            "size-query-builds-image",
            F1,
            "the counters are saved as they were when the size was asked for",
            OnDriver(f => new Keeps(f, of: Kept.Query))
        ),
        Of(MIG_FD_28, "part-read-is-gone", F1, "what was read of a save that is given up is no longer in the queue", OnDriver(f => new PartReadIsGone(f))),
        Of(
            MIG_ERR_10,
            "failed-arc-empties-device",
            F1,
            "an arc that fails leaves the device where it was, without its content",
            OnDriver(f => new FailedArcEmpties(f))
        ),
    ];

    private enum Kept
    {
        Load,
        Save,
        Query,
    }

    private sealed class ZeroIsNotLoaded(ReferenceDriver d) : ResumingSession(d)
    {
        public override int Finish()
        {
            for (var i = 0; i < ContentLimits.Registers; i++)
                if (IsComplete && Staged.Registers[i] == 0)
                    Staged.Registers[i] = Device.Content.Registers[i];
            return base.Finish();
        }
    }

    private sealed class EmptyQueueIsNotLoaded(ReferenceDriver d) : ResumingSession(d)
    {
        public override int Finish()
        {
            if (IsComplete && Staged.Pending == 0)
            {
                (Staged.Head, Staged.Pending) = (Device.Content.Head, Device.Content.Pending);
                Device.Content.Queue.CopyTo(Staged.Queue);
            }

            return base.Finish();
        }
    }

    private sealed class FullQueueLosesOne(ReferenceDriver d) : SavingSession(d)
    {
        protected override void AppendQueue()
        {
            var isFull = Device.Content.Pending == ContentLimits.QueueSlots;
            if (isFull)
                Device.Content.Pending--;
            base.AppendQueue();
            if (isFull)
                Device.Content.Pending++;
        }
    }

    // Counters that a save takes from somewhere else than the device.
    private sealed class Keeps(MigrationFeatures features, Kept of) : ReferenceDriver(features)
    {
        private readonly Kept of = of;
        private readonly ulong[] kept = new ulong[ContentLimits.Counters];
        private bool has,
            wasReset;

        public override int DataSize(out ulong bytes)
        {
            if (of == Kept.Query)
                Keep();
            return base.DataSize(out bytes);
        }

        public override int Reset()
        {
            wasReset = true;
            return base.Reset();
        }

        public override ArcResult TakeArc(DeviceState from, DeviceState to, out IMigrationFile? file)
        {
            var result = base.TakeArc(from, to, out file);
            if (of == Kept.Load && from == DeviceState.Resuming && result.Errno == 0)
                Keep();
            return result;
        }

        protected override SavingSession CreateSaving() => new Other(this);

        private void Keep()
        {
            Content.Counters.CopyTo(kept);
            has = true;
        }

        private sealed class Other(Keeps d) : SavingSession(d)
        {
            protected override void AppendCounters()
            {
                var isOld = d.has && (d.wasReset || d.of != Kept.Save);
                d.wasReset = false;
                if (!isOld)
                {
                    base.AppendCounters();
                    if (d.of == Kept.Save)
                        d.Keep();
                    return;
                }

                AppendRecord(ReferenceFormat.Counters, 8 * ContentLimits.Counters);
                foreach (var counter in d.kept)
                    AppendU64(counter);
                if (d.of != Kept.Load)
                    d.has = false;
            }
        }
    }

    private sealed class PartReadIsGone(MigrationFeatures features) : ReferenceDriver(features)
    {
        public override ArcResult TakeArc(DeviceState from, DeviceState to, out IMigrationFile? file)
        {
            if (from == DeviceState.StopCopy && Saving.Position > 0 && Saving.Position < Saving.Length && Content.Pending > 0)
                Content.Pending--;
            return base.TakeArc(from, to, out file);
        }
    }

    private sealed class FailedArcEmpties(MigrationFeatures features) : ReferenceDriver(features)
    {
        public override ArcResult TakeArc(DeviceState from, DeviceState to, out IMigrationFile? file)
        {
            var result = base.TakeArc(from, to, out file);
            if (result.Errno != 0 && from != DeviceState.Resuming)
                Content.PowerOn();
            return result;
        }
    }
}
