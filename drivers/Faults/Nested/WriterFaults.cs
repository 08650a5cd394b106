using Conformance.Drivers.Reference.Nested;
using Conformance.Model.Nested.Device;
using static Conformance.Drivers.Faults.NestedSeed;
using static Conformance.Model.Requirements.RequirementId;

namespace Conformance.Drivers.Faults;

/// <summary>Faults of writers of STEs and CDs (SMMU-NEST-18, SMMU-NEST-22).</summary>
internal static class WriterFaults
{
    public static IReadOnlyList<NestedFault> All { get; } =
    [
        Of(SMMU_NEST_18, "entry-written-in-order", "the doublewords of an entry are stored from the first to the last, whatever counts", () => new InOrder()),
        Of(SMMU_NEST_18, "last-sync-left-out", "nothing is invalidated behind the last stores", () => new NoLastSync()),
        Of(SMMU_NEST_18, "entry-never-broken", "an entry of which two doublewords count is not made invalid in between", () => new NeverBreaks()),
        Of(SMMU_NEST_22, "first-streamid-only", "of a master with several StreamIDs the first STE is written", () => new FirstOnly()),
        Of(SMMU_NEST_22, "cd-sync-of-one-streamid", "a changed CD is invalidated for the first StreamID of the master", () => new SyncsFirst()),
    ];

    private sealed class InOrder : StreamTableWriter
    {
        private protected override void Write(IEntryMemory memory, uint entry, ReadOnlySpan<ulong> target, bool isContext, Action synchronise) =>
            Store(memory, entry, target, 0, target.Length, synchronise);
    }

    private sealed class NoLastSync : StreamTableWriter
    {
        private protected override void StoreLast(IEntryMemory memory, uint entry, ReadOnlySpan<ulong> target, Action synchronise) =>
            base.StoreLast(memory, entry, target, () => { });
    }

    private sealed class NeverBreaks : StreamTableWriter
    {
        private protected override bool Breaks => false;
    }

    private sealed class FirstOnly : StreamTableWriter
    {
        private protected override IEnumerable<uint> Masters(IReadOnlyList<uint> streams) => streams.Take(1);
    }

    private sealed class SyncsFirst : StreamTableWriter
    {
        private protected override void SynchroniseContext(IEntryMemory memory, IReadOnlyList<uint> streams) => base.SynchroniseContext(memory, [streams[0]]);
    }
}
