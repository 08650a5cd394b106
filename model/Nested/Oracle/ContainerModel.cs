using Conformance.Model.Contract;
using Conformance.Model.DmaLogging;
using Conformance.Model.Nested.Device;
using Conformance.Model.Requirements;
using static Conformance.Model.Requirements.RequirementId;

namespace Conformance.Model.Nested.Oracle;

/// <summary>What a container of type 1 has to answer, and which pages it has to report. It never looks at one.</summary>
/// <param name="pageSize">The smallest page of the IOMMU, in bytes.</param>
public sealed class ContainerModel(ulong pageSize)
{
    private readonly HostExpectation expected = new();
    private readonly List<(ulong Iova, ulong Size)> mappings = [];
    private readonly HashSet<ulong> pinned = [];

    // Written through the kernel, or by nobody knows whom, and not reported since.
    private readonly PageSet written = new();
    private readonly Dictionary<ContainerGroups, int> groups = new()
    {
        [ContainerGroups.Silent] = 0,
        [ContainerGroups.Pinning] = 0,
        [ContainerGroups.Idle] = 0,
    };

    /// <summary>True between START and STOP.</summary>
    public bool IsTracking { get; private set; }

    /// <summary>True when a group is in it that tells nobody what it writes.</summary>
    public bool HasSilent => groups[ContainerGroups.Silent] > 0;

    private bool HasPinning => groups[ContainerGroups.Pinning] > 0;

    /// <summary>True when a group is in it.</summary>
    public bool IsThere => groups.Values.Sum() > 0;

    /// <summary>True when a group of that kind can leave: one is there, and another one stays.</summary>
    public bool MayLeave(ContainerGroups kind) => groups[kind] > 0 && groups.Values.Sum() > 1;

    /// <summary>True when a group of that kind can join: of those that pin there is one at most, so that everybody knows whose a pin is.</summary>
    public bool MayJoin(ContainerGroups kind) => kind != ContainerGroups.Pinning || !HasPinning;

    /// <summary>True when a page can be pinned by the group that pins: there is one, and the page is mapped.</summary>
    public bool MayPin(ulong iova) => HasPinning && iova % pageSize == 0 && IsMapped(iova);

    /// <summary>True when its device can write a word: all of it is mapped.</summary>
    public bool MayWrite(ulong iova) =>
        HasPinning && iova <= ulong.MaxValue - IDmaContainer.WordBytes && IsMapped(iova) && IsMapped(iova + IDmaContainer.WordBytes - 1);

    private bool IsMapped(ulong iova) => mappings.Exists(one => iova >= one.Iova && iova - one.Iova < one.Size);

    /// <summary>True when a page is pinned, so that it can be let go of.</summary>
    public bool IsPinned(ulong iova) => pinned.Contains(iova / pageSize);

    /// <summary>True when a range can be mapped: it meets no other, and is of whole pages.</summary>
    public bool MayMap(ulong iova, ulong size) =>
        size != 0 && (iova | size) % pageSize == 0 && iova + size > iova && !mappings.Exists(one => iova < one.Iova + one.Size && one.Iova < iova + size);

    /// <summary>True when a range is a mapping.</summary>
    public bool MayUnmap(ulong iova, ulong size) => mappings.Contains((iova, size));

    /// <summary>A group joined.</summary>
    public void Joined(ContainerGroups kind) => groups[kind]++;

    /// <summary>
    /// A group left. What one that tells nobody may have written until then has to be reported once more, and what one that pins had pinned (DIRTY-13).
    /// </summary>
    public void Left(ContainerGroups kind)
    {
        groups[kind]--;
        if (kind == ContainerGroups.Pinning)
            foreach (var page in pinned.ToList())
                Pinned(page * pageSize, isPinned: false);
        else if (kind == ContainerGroups.Silent && IsTracking)
            foreach (var (iova, size) in mappings)
                written.Add(iova / pageSize, ((iova + size) / pageSize) - 1);
    }

    /// <summary>A range was mapped.</summary>
    public void Mapped(ulong iova, ulong size) => mappings.Add((iova, size));

    /// <summary>A mapping is gone, and what it knew.</summary>
    public void Unmapped(ulong iova, ulong size)
    {
        mappings.Remove((iova, size));
        written.Remove(iova / pageSize, ((iova + size) / pageSize) - 1);
        pinned.RemoveWhere(page => page >= iova / pageSize && page < (iova + size) / pageSize);
    }

    /// <summary>A page was pinned, or let go of. Who has let go of it may have written it before.</summary>
    public void Pinned(ulong iova, bool isPinned)
    {
        if (isPinned)
            pinned.Add(iova / pageSize);
        else if (pinned.Remove(iova / pageSize) && IsTracking)
            written.Add(iova / pageSize, iova / pageSize);
    }

    /// <summary>A word was written through the kernel.</summary>
    public void Wrote(ulong iova)
    {
        if (IsTracking)
            written.Add(iova / pageSize, (iova + IDmaContainer.WordBytes - 1) / pageSize);
    }

    /// <summary>Which results VFIO_IOMMU_DIRTY_PAGES may have (DIRTY-14).</summary>
    public HostExpectation Allowed(in DirtyPagesRequest request)
    {
        expected.Clear(Rules.Of(DIRTY_14));
        expected.Fails(request.Flags is not (DirtyPagesRequest.Start or DirtyPagesRequest.Stop or DirtyPagesRequest.Get), Errno.EINVAL);
        if (request.Flags == DirtyPagesRequest.Get)
            AllowedBitmap(request.Iova, request.Size, request);
        expected.OtherwiseSucceeds();
        return expected;
    }

    /// <summary>Which results VFIO_IOMMU_UNMAP_DMA with a bitmap may have (DIRTY-14).</summary>
    public HostExpectation AllowedUnmap(in DirtyPagesRequest request)
    {
        expected.Clear(Rules.Of(DIRTY_14));
        expected.Fails(request.Flags != DirtyPagesRequest.UnmapGet, Errno.EINVAL);
        AllowedBitmap(request.Iova, request.Size, request);
        expected.OtherwiseSucceeds();
        return expected;
    }

    private void AllowedBitmap(ulong iova, ulong size, in DirtyPagesRequest request)
    {
        var last = iova + size - 1;
        // The older kernels say EINVAL, the newer ones that it wraps.
        expected.Fails(size != 0 && last < iova, Errno.EINVAL);
        expected.Fails(size != 0 && last < iova, Errno.EOVERFLOW);
        expected.Fails(!IsTracking || request.PageSize != pageSize || size == 0 || (iova | size) % pageSize != 0, Errno.EINVAL);
        expected.Fails(request.BitmapBytes == 0 || request.BitmapBytes < BytesOf(size / pageSize), Errno.EINVAL);
        expected.Fails(Cuts(iova, size), Errno.EINVAL);
        // The last byte there is: to some a sum of 0 is a wrap, to others it is none.
        if (size == 0 || iova + size != 0)
            return;
        if (!expected.HasFailed)
            expected.Grants(Errno.None);
        expected.Fails(true, Errno.EINVAL);
        expected.Fails(true, Errno.EOVERFLOW);
    }

    /// <summary>True when a range of some bytes begins or ends within a mapping.</summary>
    public bool Cuts(ulong iova, ulong size) => mappings.Exists(one => IsWithin(one, iova) || IsWithin(one, iova + size));

    private static bool IsWithin((ulong Iova, ulong Size) mapping, ulong at) => at > mapping.Iova && at - mapping.Iova < mapping.Size;

    /// <summary>How long a bitmap of pages is, in bytes: whole words of 64 bits. The reference has a formula of its own, which is judged by this one.</summary>
    public static ulong BytesOf(ulong pages) => (pages + 63) / 64 * 8;

    /// <summary>VFIO_IOMMU_DIRTY_PAGES succeeded: takes what follows from the call.</summary>
    /// <param name="request">What was asked.</param>
    /// <param name="bitmap">The bitmap.</param>
    /// <param name="due">How many pages had to be in it.</param>
    /// <returns>The first page that had to be in it and is not; null when there is none.</returns>
    public ulong? Answered(in DirtyPagesRequest request, ReadOnlySpan<byte> bitmap, out int due)
    {
        due = 0;
        switch (request.Flags)
        {
            case DirtyPagesRequest.Start:
                IsTracking = true;
                return null;
            case DirtyPagesRequest.Stop:
                IsTracking = false;
                written.Clear();
                return null;
            default:
                return Reported(request.Iova, request.Size, bitmap, ref due);
        }
    }

    /// <summary>VFIO_IOMMU_UNMAP_DMA with a bitmap succeeded: what is in the range is gone.</summary>
    /// <param name="request">What was asked.</param>
    /// <param name="bitmap">The bitmap.</param>
    /// <param name="due">How many pages had to be in it.</param>
    /// <returns>The first page that had to be in it and is not; null when there is none.</returns>
    public ulong? Unmapped(in DirtyPagesRequest request, ReadOnlySpan<byte> bitmap, out int due)
    {
        var (iova, size) = (request.Iova, request.Size);
        due = 0;
        var missing = Reported(iova, size, bitmap, ref due);
        foreach (var one in mappings.Where(one => one.Iova >= iova && one.Iova - iova < size).ToList())
            Unmapped(one.Iova, one.Size);
        return missing;
    }

    private ulong? Reported(ulong iova, ulong size, ReadOnlySpan<byte> bitmap, ref int due)
    {
        ulong? missing = null;
        foreach (var one in mappings.Where(one => one.Iova >= iova && one.Iova - iova < size))
        {
            for (var at = one.Iova; at < one.Iova + one.Size; at += pageSize)
            {
                var page = at / pageSize;
                var bit = (int)((at - iova) / pageSize);
                if (!HasSilent && !pinned.Contains(page) && !written.HasAny(page, page))
                    continue;
                due++;
                if ((bitmap[bit / 8] >> (bit % 8) & 1) == 0)
                    missing ??= at;
            }

            written.Remove(one.Iova / pageSize, ((one.Iova + one.Size) / pageSize) - 1);
        }

        return missing;
    }

    /// <summary>Why a page has to be reported, in words.</summary>
    public string Why(ulong iova) =>
        HasSilent ? "a group that tells nobody what it writes is there"
        : IsPinned(iova) ? "it is pinned"
        : "it may have been written since it was reported last";
}
