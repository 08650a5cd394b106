using Conformance.Drivers.Reference.Migration;
using Conformance.Drivers.VfioCore;
using Conformance.Model.Contract;
using Conformance.Model.Migration.Device;
using static Conformance.Drivers.Faults.Seed;
using static Conformance.Model.Requirements.RequirementId;

namespace Conformance.Drivers.Faults;

/// <summary>Faults of feature 9 (SIZE). SIZE-02 is broken by "lacks-data-size".</summary>
internal static class DataSizeFaults
{
    public static IReadOnlyList<MigrationFault> All { get; } =
    [
        Of(SIZE_01, "size-only-in-stop-copy", F1, "the size is refused outside STOP_COPY", s => new SizeOnlyInStopCopy(s)),
        Of(SIZE_04, "size-is-an-errno", F1, "the size is -EINVAL as an unsigned number", s => new SizeIs(s, unchecked((ulong)-Errno.EINVAL))),
        Of(SIZE_04, "size-is-zero", F1, "the size is always 0", s => new SizeIs(s, 0)),
        Of(SIZE_05, "size-consumes-data", F1, "asking for the size consumes a byte of the stream", s => new SizeConsumesData(s)),
        Of(SIZE_06, "size-wanders", F1, "every answer is another size", s => new SizeWanders(s)),
        Of(SIZE_07, "size-is-one", F1, "the size is always 1", s => new SizeIs(s, 1)),
        Of(SIZE_08, "size-can-be-set", F1, "SET of the size succeeds", s => new SizeCanBeSet(s)),
    ];

    private sealed class SizeOnlyInStopCopy(FaultSite s) : FaultyCore(s)
    {
        protected override int DataSize(out ulong bytes)
        {
            var errno = base.DataSize(out bytes);
            return State == DeviceState.StopCopy ? errno : Errno.EINVAL;
        }
    }

    private sealed class SizeIs(FaultSite s, ulong size) : FaultyCore(s)
    {
        protected override int DataSize(out ulong bytes)
        {
            bytes = size;
            return Errno.None;
        }
    }

    private sealed class SizeConsumesData(FaultSite s) : FaultyCore(s)
    {
        protected override int DataSize(out ulong bytes)
        {
            if (Session?.File is SavingSession session && session.Position < session.Length)
                session.Position++;
            return base.DataSize(out bytes);
        }
    }

    private sealed class SizeWanders(FaultSite s) : FaultyCore(s)
    {
        private ulong answers;

        protected override int DataSize(out ulong bytes)
        {
            var errno = base.DataSize(out bytes);
            bytes += answers++ * 7919 % 104729;
            return errno;
        }
    }

    private sealed class SizeCanBeSet(FaultSite s) : FaultyCore(s)
    {
        protected override int CheckMethods(FeatureRow row, ref uint flags) => row.Index == Uapi.MigDataSize ? Errno.None : base.CheckMethods(row, ref flags);
    }
}
