using Conformance.Drivers.Reference.Migration;
using Conformance.Drivers.VfioCore;
using Conformance.Model.Contract;
using Conformance.Model.Migration.Device;
using Conformance.Model.Requirements;

namespace Conformance.Tests.Migration.Odd;

/// <summary>Odd counters of pre-copy, and odd ends of it.</summary>
internal static class OddPreCopy
{
    internal static IReadOnlyList<OddDriver> All { get; } =
    [
        Of("initial-bytes-fall-at-the-end", "MIG-PRE-04", "falls as data is read", d => new FallsAtTheEnd(d)),
        Of("announces-one-byte", "MIG-PRE-19", "at least the initial_bytes announced", d => new AnnouncesOneByte(d)),
        Of("dirty-bytes-are-too-many", "E-07", "are estimates", d => new TooManyDirtyBytes(d)),
        Of("dirty-bytes-grow-while-dirty", "MIG-PRE-05", "may rise", d => new GrowsWhileDirty(d)),
        Of("settles-in-the-third-round", "MIG-PRE-23", "reach 0 and stay 0", d => new OffersAgain(d, 2)),
        Of("is-never-clean", "MIG-PRE-23", "declares the trait idleDirties", d => new OffersAgain(d, int.MaxValue)) with
        {
            Traits = new()
            {
                DeterministicStream = true,
                SynchronousSave = true,
                IdleDirties = true,
            },
        },
        Of("never-reinitialises", "PINFO2-09", "initial_bytes may rise", d => new NeverReinitialises(d)) with
        {
            Traits = DeviceTraits.Cautious,
        },
        Of("reinit-counts-what-is-new", "PINFO2-12", "is the driver's choice", d => new CountsWhatIsNew(d)),
        new("stale-info-is-einval", "E-13", "Accept both families on dead fds", set => new ReferenceDriver(set))
        {
            Needs = MigrationFeatures.PreCopy,
            Around = static (driver, bound) => new StaleInfoIsEinval(driver, bound),
        },
    ];

    private static OddDriver Of(string name, string label, string sentence, Func<ReferenceDriver, SavingSession> make) =>
        new(name, label, sentence, set => new WithSaving(set, make)) { Needs = MigrationFeatures.PreCopy };

    private sealed class WithSaving(MigrationFeatures features, Func<ReferenceDriver, SavingSession> make) : ReferenceDriver(features)
    {
        protected override SavingSession CreateSaving() => make(this);
    }

    // All of it is one piece to this driver, which is there or was read.
    private sealed class FallsAtTheEnd(ReferenceDriver d) : SavingSession(d)
    {
        private ulong piece;

        public override void Begin(bool preCopy, int failAt, int failErrno)
        {
            piece = 0;
            base.Begin(preCopy, failAt, failErrno);
        }

        public override int PrecopyInfo(out ulong initialBytes, out ulong dirtyBytes)
        {
            var errno = base.PrecopyInfo(out initialBytes, out dirtyBytes);
            piece = initialBytes == 0 ? 0 : Math.Max(piece, initialBytes);
            initialBytes = piece;
            return errno;
        }
    }

    private sealed class AnnouncesOneByte(ReferenceDriver d) : SavingSession(d)
    {
        public override int PrecopyInfo(out ulong initialBytes, out ulong dirtyBytes)
        {
            var errno = base.PrecopyInfo(out initialBytes, out dirtyBytes);
            if (Position != 0)
                dirtyBytes += initialBytes;
            initialBytes = Position == 0 ? 1u : 0;
            return errno;
        }

        public override int PrecopyInfoV2(out ulong initialBytes, out ulong dirtyBytes, out bool reinitialised)
        {
            reinitialised = false;
            return PrecopyInfo(out initialBytes, out dirtyBytes);
        }
    }

    private sealed class TooManyDirtyBytes(ReferenceDriver d) : SavingSession(d)
    {
        public override int PrecopyInfo(out ulong initialBytes, out ulong dirtyBytes)
        {
            var errno = base.PrecopyInfo(out initialBytes, out dirtyBytes);
            dirtyBytes *= 3;
            return errno;
        }
    }

    private sealed class GrowsWhileDirty(ReferenceDriver d) : SavingSession(d)
    {
        private ulong looks;

        public override int PrecopyInfo(out ulong initialBytes, out ulong dirtyBytes)
        {
            var errno = base.PrecopyInfo(out initialBytes, out dirtyBytes);
            if (dirtyBytes != 0)
                dirtyBytes += 8 * ++looks;
            return errno;
        }
    }

    // As virtio: who asks at the end of what there is gets all of it once more.
    private sealed class OffersAgain(ReferenceDriver d, int times) : SavingSession(d)
    {
        private int offered;

        public override void Begin(bool preCopy, int failAt, int failErrno)
        {
            offered = 0;
            base.Begin(preCopy, failAt, failErrno);
        }

        public override int PrecopyInfo(out ulong initialBytes, out ulong dirtyBytes)
        {
            if (Position == Length && Position != 0 && offered < times && Length < ReferenceFormat.MaxImage / 2)
            {
                offered++;
                AppendRegisters(0, ContentLimits.Registers);
            }

            return base.PrecopyInfo(out initialBytes, out dirtyBytes);
        }
    }

    private sealed class NeverReinitialises(ReferenceDriver d) : SavingSession(d)
    {
        public override int PrecopyInfoV2(out ulong initialBytes, out ulong dirtyBytes, out bool reinitialised)
        {
            reinitialised = false;
            return PrecopyInfo(out initialBytes, out dirtyBytes);
        }
    }

    // Older bytes that nobody has read stand before the new ones, and are not counted.
    private sealed class CountsWhatIsNew(ReferenceDriver d) : SavingSession(d)
    {
        private int begin;

        public override void Begin(bool preCopy, int failAt, int failErrno)
        {
            begin = 0;
            base.Begin(preCopy, failAt, failErrno);
        }

        public override int PrecopyInfoV2(out ulong initialBytes, out ulong dirtyBytes, out bool reinitialised)
        {
            var before = Length;
            var errno = base.PrecopyInfoV2(out initialBytes, out dirtyBytes, out reinitialised);
            if (reinitialised)
                begin = before;
            initialBytes = Math.Min(initialBytes, (ulong)Math.Max(0, InitialLength - begin));
            return errno;
        }
    }

    private sealed class StaleInfoIsEinval(IMigrationDriver driver, bool bound) : VfioCoreDevice(driver, UapiLevel.V7_2, bound)
    {
        protected override int CheckInfoState(OpenFile file) => base.CheckInfoState(file) == 0 ? Errno.None : Errno.EINVAL;
    }
}
