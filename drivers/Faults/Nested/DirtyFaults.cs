using Conformance.Drivers.Reference.Nested;
using Conformance.Model.Contract;
using Conformance.Model.Nested.Device;
using Conformance.Model.Smmu.Structures;
using static Conformance.Drivers.Faults.NestedSeed;
using static Conformance.Drivers.Reference.Nested.DirtyWay;
using static Conformance.Model.Requirements.RequirementId;

namespace Conformance.Drivers.Faults;

/// <summary>Faults of dirty tracking (DIRTY-01..11, DIRTY-19).</summary>
internal static class DirtyFaults
{
    public static IReadOnlyList<NestedFault> All { get; } =
    [
        Of(DIRTY_01, "clear-without-tlb-flush", Stage2, "after a clear the TLB still knows the page as dirty", h => new ClearWithoutFlush(h)),
        Of(DIRTY_02, "no-clear-clears", Stage2, "NO_CLEAR clears", h => new NoClearClears(h)),
        Of(DIRTY_03, "query-never-clears", Stage2, "no query clears", h => new NeverClears(h)),
        Of(DIRTY_04, "bit-index-absolute", Stage2, "bits are numbered from the next lower multiple of 64 pages", h => new BitIndexAbsolute(h)),
        Of(DIRTY_04, "bitmap-overwritten", Stage2, "bytes of the bitmap are overwritten, not OR-ed", h => new BitmapOverwritten(h)),
        Of(DIRTY_05, "one-bit-for-a-block", Stage2, "a dirty block sets its first bit", h => new OneBitForABlock(h)),
        Of(DIRTY_06, "last-word-dropped", Stage2, "a last word of less than 64 bits is dropped", h => new LastWordDropped(h)),
        Of(DIRTY_07, "einval-for-every-error", Stage2, "every error is EINVAL", h => new EinvalForEveryError(h)),
        Of(DIRTY_08, "new-mapping-clean", Stage2, "a page that is mapped while tracking is on reads as clean", h => new NewMappingClean(h)),
        Of(DIRTY_08, "no-baseline", Stage2, "enabling tracking leaves what was dirty", h => new NoBaseline(h)),
        Of(DIRTY_09, "dirty-outlives-unmap", Stage2, "dirty state is kept after the unmap", h => new DirtyOutlivesUnmap(h)),
        Of(DIRTY_10, "stops-at-hole", Stage2, "a query ends at the first hole, with success", h => new StopsAtFirstHole(h)),
        Of(DIRTY_11, "block-cleared-for-a-part", Stage2, "a block is cleared although a part of it was asked for", h => new BlockClearedForAPart(h)),
        Of(DIRTY_11, "record-begins-unaligned", Stage2, "a block that is asked for in part is recorded with its full length", h => new RecordUnaligned(h)),
        Of(DIRTY_19, "cleared-before-checked", Stage2, "a query that fails has cleared already", h => new ClearedBeforeChecked(h)),
    ];

    private sealed class ClearWithoutFlush(HostHabits h) : MemoryHost(h)
    {
        private protected override void Flush(PagingTable table, in BitmapRequest request) { }
    }

    private sealed class NoClearClears(HostHabits h) : MemoryHost(h)
    {
        private protected override bool Clears(uint flags) => true;
    }

    private sealed class NeverClears(HostHabits h) : MemoryHost(h)
    {
        private protected override bool Clears(uint flags) => false;
    }

    private sealed class BitIndexAbsolute(HostHabits h) : MemoryHost(h)
    {
        private protected override void SetBits(in BitmapRequest request, Span<byte> buffer, int offset, ulong from, ulong to)
        {
            var first = request.Iova & ~(64 * request.PageSize - 1);
            var last = request.Length / request.PageSize;
            for (var bit = (from - first) / request.PageSize; bit <= (to - 1 - first) / request.PageSize; bit++)
                if (bit < last)
                    buffer[offset + (int)(bit / 8)] |= (byte)(1 << (int)(bit % 8));
        }
    }

    private sealed class BitmapOverwritten(HostHabits h) : MemoryHost(h)
    {
        public override CallResult GetDirtyBitmap(in BitmapRequest request, Span<byte> buffer, int offset)
        {
            if (Check(request, out _) == Errno.None)
                buffer.Slice(offset, (int)((request.Length / request.PageSize + 7) / 8)).Clear();
            return base.GetDirtyBitmap(request, buffer, offset);
        }
    }

    private sealed class OneBitForABlock(HostHabits h) : MemoryHost(h)
    {
        private protected override (ulong From, ulong To) Reported(ulong leaf, ulong size, ulong at, in BitmapRequest request)
        {
            var (from, to) = base.Reported(leaf, size, at, request);
            return (from, Math.Min(to, from + request.PageSize));
        }
    }

    private sealed class LastWordDropped(HostHabits h) : MemoryHost(h)
    {
        private protected override void SetBits(in BitmapRequest request, Span<byte> buffer, int offset, ulong from, ulong to)
        {
            var bits = request.Length / request.PageSize;
            var whole = bits < 64 ? bits : bits & ~63ul;
            var end = request.Iova + (whole * request.PageSize);
            if (from < end)
                base.SetBits(request, buffer, offset, from, Math.Min(to, end));
        }
    }

    private sealed class EinvalForEveryError(HostHabits h) : MemoryHost(h)
    {
        private protected override int Check(in BitmapRequest request, out PagingTable? table) =>
            base.Check(request, out table) == Errno.None ? Errno.None : Errno.EINVAL;
    }

    private sealed class NewMappingClean(HostHabits h) : MemoryHost(h)
    {
        private protected override bool NewMappingsAreDirty => false;
    }

    private sealed class NoBaseline(HostHabits h) : MemoryHost(h)
    {
        private protected override void Baseline(PagingTable table) { }
    }

    private sealed class DirtyOutlivesUnmap(HostHabits h) : MemoryHost(h)
    {
        private readonly HashSet<ulong> left = [];

        private protected override void Unmapped(PagingTable table, ulong iova, TranslationDescriptor leaf, ulong size)
        {
            if (leaf.DBM && (leaf.S2AP & 2) != 0)
                left.Add(iova);
        }

        public override CallResult GetDirtyBitmap(in BitmapRequest request, Span<byte> buffer, int offset)
        {
            var result = base.GetDirtyBitmap(request, buffer, offset);
            foreach (var page in left)
                if (result.Ok && page >= request.Iova && page < request.Iova + request.Length)
                    SetBits(request, buffer, offset, page, page + 4096);
            return result;
        }
    }

    private sealed class StopsAtFirstHole(HostHabits h) : MemoryHost(h)
    {
        private protected override bool StopsAtHole => true;
    }

    private sealed class BlockClearedForAPart(HostHabits h) : MemoryHost(h)
    {
        private protected override bool ClearsPart(bool isWhole) => true;
    }

    private sealed class RecordUnaligned(HostHabits h) : MemoryHost(h)
    {
        private protected override (ulong From, ulong To) Reported(ulong leaf, ulong size, ulong at, in BitmapRequest request) => (at, at + size);

        private protected override void SetBits(in BitmapRequest request, Span<byte> buffer, int offset, ulong from, ulong to)
        {
            // The page of the bitmap ends somewhere behind it.
            var room = (ulong)(buffer.Length - offset) * 8 * request.PageSize;
            base.SetBits(request, buffer, offset, from, Math.Min(to, request.Iova + room));
        }
    }

    private sealed class ClearedBeforeChecked(HostHabits h) : MemoryHost(h)
    {
        public override CallResult GetDirtyBitmap(in BitmapRequest request, Span<byte> buffer, int offset)
        {
            if (Check(request, out var table) != Errno.None && table is { IsDirty: true })
                Baseline(table);
            return base.GetDirtyBitmap(request, buffer, offset);
        }
    }
}
