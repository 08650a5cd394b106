using System.Numerics;
using Conformance.Drivers.Reference.Nested;
using Conformance.Model.Contract;
using Conformance.Model.Nested.Device;
using static Conformance.Drivers.Faults.NestedSeed;
using static Conformance.Model.Requirements.RequirementId;

namespace Conformance.Drivers.Faults;

/// <summary>Faults of containers of type 1 (DIRTY-13, DIRTY-14).</summary>
internal static class ContainerFaults
{
    public static IReadOnlyList<NestedFault> All { get; } =
    [
        Of(DIRTY_13, "pinned-scope-beside-another-group", "pinned pages alone are dirty, although another group writes too", () => new PinnedScope()),
        Of(DIRTY_13, "group-that-left-forgotten", "what a group may have written until it left is not reported", () => new ForgetsWhoLeft()),
        Of(DIRTY_13, "pinned-page-dirty-once", "a pinned page is dirty at the first query alone", () => new PinnedOnce()),
        Of(DIRTY_13, "kernel-writes-unnoted", "what a driver writes through the kernel is not reported", () => new WritesUnnoted()),
        Of(DIRTY_13, "second-word-lost", "of a bitmap the first 64 bits are written", () => new OneWord()),
        Of(DIRTY_13, "write-across-pages-noted-once", "of a word in two pages the first page is reported alone", () => new OnePage()),
        Of(DIRTY_13, "unmap-reports-nothing", "an unmap with a bitmap leaves it as it was", () => new UnmapsInSilence()),
        Of(DIRTY_14, "unmap-takes-any-flags", "an unmap with a bitmap is one of all mappings too", () => new UnmapsWithAnyFlags()),
        Of(DIRTY_14, "bitmap-size-unchecked", "a bitmap may be too short, if it is not empty", () => new AnyLength()),
        Of(DIRTY_14, "second-start-fails", "START while it is started gives EBUSY", () => new SecondStartFails()),
        Of(DIRTY_14, "two-requests-in-one", "of several flags the lowest counts", () => new LowestFlag()),
        Of(DIRTY_14, "larger-pgsize-taken", "a multiple of the smallest page is taken as pgsize", () => new LargerPages()),
        Of(DIRTY_14, "query-may-cut-a-mapping", "a range may end within a mapping", () => new Cutting()),
    ];

    private sealed class PinnedScope : MemoryContainer
    {
        private protected override bool IsReported(bool isDirty) => isDirty;
    }

    private sealed class ForgetsWhoLeft : MemoryContainer
    {
        private protected override bool RemembersWhoLeft => false;
    }

    private sealed class PinnedOnce : MemoryContainer
    {
        private protected override bool RemembersPins => false;
    }

    private sealed class WritesUnnoted : MemoryContainer
    {
        private protected override bool NotesWrites => false;
    }

    private sealed class OnePage : MemoryContainer
    {
        private protected override ulong LastNoted(ulong iova) => iova;
    }

    private sealed class UnmapsInSilence : MemoryContainer
    {
        private protected override bool ReportsWhatGoes => false;
    }

    private sealed class UnmapsWithAnyFlags : MemoryContainer
    {
        private protected override bool TakesToUnmap(uint flags) => (flags & DirtyPagesRequest.UnmapGet) != 0;
    }

    private sealed class OneWord : MemoryContainer
    {
        private protected override bool Reaches(int bit) => bit < 64;
    }

    // What does not fit is not written: the mistake is that the call succeeds.
    private sealed class AnyLength : MemoryContainer
    {
        private int bits;

        private protected override bool Holds(ulong bytes, ulong pages)
        {
            bits = (int)(bytes * 8);
            return true;
        }

        private protected override bool Reaches(int bit) => bit < bits;
    }

    private sealed class SecondStartFails : MemoryContainer
    {
        private protected override CallResult StartedAgain => CallResult.Fail(Errno.EBUSY);
    }

    private sealed class LowestFlag : MemoryContainer
    {
        private protected override uint FlagOf(uint flags) => flags & (~flags + 1);
    }

    private sealed class LargerPages : MemoryContainer
    {
        private protected override bool Takes(ulong pageSize) => pageSize >= PageSize && BitOperations.IsPow2(pageSize);
    }

    private sealed class Cutting : MemoryContainer
    {
        private protected override bool Cuts(ulong from, ulong to, ulong at) => false;
    }
}
