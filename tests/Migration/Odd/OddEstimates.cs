using Conformance.Drivers.Reference.Migration;
using Conformance.Model.Contract;
using Conformance.Model.Migration.Device;

namespace Conformance.Tests.Migration.Odd;

/// <summary>Odd answers to MIG_DATA_SIZE.</summary>
internal static class OddEstimates
{
    internal static IReadOnlyList<OddDriver> All { get; } =
    [
        new("size-is-what-remains", "SIZE-03", "an estimate of the bytes", set => new SizeIsWhatRemains(set)),
        new("size-is-enormous", "SIZE-03", "an estimate of the bytes", set => new SizeIs(set, 1ul << 62)),
        new("size-is-a-constant", "SIZE-03", "an estimate of the bytes", set => new SizeIs(set, 4096)),
        new("size-is-far-below", "SIZE-07", "hisi_acc may be far below", set => new SizeIs(set, 40)) { Traits = DeviceTraits.Cautious },
        new("size-wanders-while-running", "SIZE-06", "Within one stopped period", set => new SizeWandersWhileRunning(set)),
        new("size-fails-in-error", "SIZE-01", "in ERROR an errno is tolerated", set => new SizeFailsInError(set)),
    ];

    private sealed class SizeIsWhatRemains(MigrationFeatures features) : ReferenceDriver(features)
    {
        public override int DataSize(out ulong bytes)
        {
            var errno = base.DataSize(out bytes);
            if (Saving.IsLive && At is DeviceState.StopCopy)
                bytes = (ulong)Saving.Remaining();
            return errno;
        }
    }

    private sealed class SizeIs(MigrationFeatures features, ulong size) : ReferenceDriver(features)
    {
        public override int DataSize(out ulong bytes)
        {
            bytes = size;
            return Errno.None;
        }
    }

    private sealed class SizeWandersWhileRunning(MigrationFeatures features) : ReferenceDriver(features)
    {
        private ulong answers;

        public override int DataSize(out ulong bytes)
        {
            var errno = base.DataSize(out bytes);
            if (!IsStopped)
                bytes += answers++ * 7919 % 104729;
            return errno;
        }
    }

    private sealed class SizeFailsInError(MigrationFeatures features) : ReferenceDriver(features)
    {
        public override int DataSize(out ulong bytes)
        {
            var errno = base.DataSize(out bytes);
            return At == DeviceState.Error ? Errno.EIO : errno;
        }
    }
}
