using Conformance.Model.Contract;
using Conformance.Model.Nested.Device;

namespace Conformance.Drivers.Reference.Nested;

/// <summary>A correct container of type 1 in memory. Its seams are where a fault puts a mistake.</summary>
/// <param name="pageSize">The smallest page of its IOMMU, in bytes.</param>
public class MemoryContainer(ulong pageSize = 4096) : IDmaContainer
{
    private readonly SortedDictionary<ulong, Mapping> mappings = [];
    private readonly List<ContainerGroups> groups = [];

    /// <inheritdoc/>
    public ulong PageSize => pageSize;

    /// <inheritdoc/>
    public ContainerGroups Groups => ContainerGroups.All;

    /// <summary>True between START and STOP.</summary>
    protected bool IsTracking { get; private set; }

    /// <summary>True when a group is there that tells nobody what it writes.</summary>
    protected bool HasSilentGroup => groups.Contains(ContainerGroups.Silent);

    /// <inheritdoc/>
    public CallResult Join(ContainerGroups kind)
    {
        groups.Add(kind);
        return CallResult.Success;
    }

    /// <inheritdoc/>
    public CallResult Leave(ContainerGroups kind)
    {
        if (groups.Count < 2 || !groups.Remove(kind))
            return CallResult.Fail(Errno.EINVAL);
        if (kind == ContainerGroups.Silent && IsTracking && RemembersWhoLeft)
            foreach (var mapping in mappings.Values)
                Array.Fill(mapping.IsDirty, true);
        // What it pinned is dirty already.
        if (kind == ContainerGroups.Pinning)
            foreach (var mapping in mappings.Values)
                Array.Clear(mapping.IsPinned);
        return CallResult.Success;
    }

    /// <inheritdoc/>
    public CallResult Map(ulong iova, ulong size)
    {
        if (size == 0 || (iova | size) % PageSize != 0 || iova + size < iova)
            return CallResult.Fail(Errno.EINVAL);
        if (mappings.Any(one => iova < one.Key + one.Value.Size && one.Key < iova + size))
            return CallResult.Fail(Errno.EEXIST);
        mappings.Add(iova, new(size, (int)(size / PageSize)));
        return CallResult.Success;
    }

    /// <inheritdoc/>
    public CallResult Unmap(ulong iova, ulong size) =>
        mappings.TryGetValue(iova, out var mapping) && mapping.Size == size && mappings.Remove(iova) ? CallResult.Success : CallResult.Fail(Errno.EINVAL);

    /// <inheritdoc/>
    public CallResult Unmap(in DirtyPagesRequest request, Span<byte> bitmap)
    {
        if (!TakesToUnmap(request.Flags))
            return CallResult.Fail(Errno.EINVAL);
        var result = Check(request);
        if (!result.Ok)
            return result;
        if (ReportsWhatGoes)
            Report(request, bitmap);
        var (first, size) = (request.Iova, request.Size);
        foreach (var iova in mappings.Keys.Where(iova => iova >= first && iova - first < size).ToList())
            mappings.Remove(iova);
        return CallResult.Success;
    }

    /// <inheritdoc/>
    public CallResult Pin(ulong iova, bool isPinned)
    {
        var (mapping, page) = Find(iova);
        if (mapping is null || !groups.Contains(ContainerGroups.Pinning))
            return CallResult.Fail(Errno.EINVAL);
        mapping.IsPinned[page] = isPinned;
        // Also the one that lets go: until then it could write.
        mapping.IsDirty[page] |= IsTracking;
        return CallResult.Success;
    }

    /// <inheritdoc/>
    public CallResult Write(ulong iova)
    {
        if (!groups.Contains(ContainerGroups.Pinning))
            return CallResult.Fail(Errno.EINVAL);
        foreach (var at in new[] { iova, LastNoted(iova) })
        {
            var (mapping, page) = Find(at);
            if (mapping is null)
                return CallResult.Fail(Errno.EINVAL);
            mapping.IsDirty[page] |= IsTracking && NotesWrites;
        }

        return CallResult.Success;
    }

    /// <inheritdoc/>
    public CallResult DirtyPages(in DirtyPagesRequest request, Span<byte> bitmap)
    {
        switch (FlagOf(request.Flags))
        {
            case DirtyPagesRequest.Start:
                if (IsTracking)
                    return StartedAgain;
                IsTracking = true;
                foreach (var mapping in mappings.Values)
                    mapping.IsPinned.CopyTo(mapping.IsDirty, 0);
                return CallResult.Success;
            case DirtyPagesRequest.Stop:
                IsTracking = false;
                foreach (var mapping in mappings.Values)
                    Array.Clear(mapping.IsDirty);
                return CallResult.Success;
            case DirtyPagesRequest.Get:
                var result = Check(request);
                if (result.Ok)
                    Report(request, bitmap);
                return result;
            default:
                return CallResult.Fail(Errno.EINVAL);
        }
    }

    private CallResult Check(in DirtyPagesRequest request)
    {
        var (iova, size) = (request.Iova, request.Size);
        if (iova + size < iova)
            return Wraps;
        if (!Takes(request.PageSize) || size == 0 || (iova | size) % PageSize != 0 || !IsTracking)
            return CallResult.Fail(Errno.EINVAL);
        if (request.BitmapBytes == 0 || !Holds(request.BitmapBytes, size / PageSize))
            return CallResult.Fail(Errno.EINVAL);
        return mappings.Any(one => Cuts(one.Key, one.Key + one.Value.Size, iova) || Cuts(one.Key, one.Key + one.Value.Size, iova + size))
            ? CallResult.Fail(Errno.EINVAL)
            : CallResult.Success;
    }

    private void Report(in DirtyPagesRequest request, Span<byte> bitmap)
    {
        foreach (var (from, mapping) in mappings)
        {
            if (from < request.Iova || from - request.Iova >= request.Size)
                continue;
            var first = (int)((from - request.Iova) / PageSize);
            for (var page = 0; page < mapping.IsDirty.Length; page++)
                if (IsReported(mapping.IsDirty[page]) && Reaches(first + page))
                    bitmap[(first + page) / 8] |= (byte)(1 << ((first + page) % 8));
            // What is pinned may be written at any time.
            if (RemembersPins)
                mapping.IsPinned.CopyTo(mapping.IsDirty, 0);
            else
                Array.Clear(mapping.IsDirty);
        }
    }

    private (Mapping? Mapping, int Page) Find(ulong iova)
    {
        foreach (var (from, mapping) in mappings)
            if (iova >= from && iova - from < mapping.Size)
                return (mapping, (int)((iova - from) / PageSize));
        return default;
    }

    /// <summary>Seam: the one flag that is set; anything else is refused (DIRTY-14).</summary>
    private protected virtual uint FlagOf(uint flags) => flags;

    /// <summary>Seam: START while it is started (DIRTY-14).</summary>
    private protected virtual CallResult StartedAgain => CallResult.Success;

    /// <summary>Seam: a range that wraps (DIRTY-14).</summary>
    private protected virtual CallResult Wraps => CallResult.Fail(Errno.EINVAL);

    /// <summary>Seam: a bitmap is long enough (DIRTY-14).</summary>
    private protected virtual bool Holds(ulong bytes, ulong pages) => bytes >= (pages + 63) / 64 * 8;

    /// <summary>Seam: which bits of a bitmap are written (DIRTY-13).</summary>
    private protected virtual bool Reaches(int bit) => true;

    /// <summary>Seam: what a bit may stand for (DIRTY-14).</summary>
    private protected virtual bool Takes(ulong pageSize) => pageSize == PageSize;

    /// <summary>Seam: the end of a range lies within a mapping (DIRTY-14).</summary>
    private protected virtual bool Cuts(ulong from, ulong to, ulong at) => at > from && at < to;

    /// <summary>Seam: with a group that tells nothing, all that is mapped is dirty (DIRTY-13).</summary>
    private protected virtual bool IsReported(bool isDirty) => isDirty || HasSilentGroup;

    /// <summary>Seam: what such a group may have written until it left (DIRTY-13).</summary>
    private protected virtual bool RemembersWhoLeft => true;

    /// <summary>Seam: a pinned page is dirty at every query (DIRTY-13).</summary>
    private protected virtual bool RemembersPins => true;

    /// <summary>Seam: writes through the kernel (DIRTY-13).</summary>
    private protected virtual bool NotesWrites => true;

    /// <summary>Seam: a byte of the last page that a write of a word was noted for (DIRTY-13).</summary>
    private protected virtual ulong LastNoted(ulong iova) => iova + IDmaContainer.WordBytes - 1;

    /// <summary>Seam: an unmap with a bitmap reports (DIRTY-13).</summary>
    private protected virtual bool ReportsWhatGoes => true;

    /// <summary>Seam: the flags that an unmap with a bitmap takes (DIRTY-14).</summary>
    private protected virtual bool TakesToUnmap(uint flags) => flags == DirtyPagesRequest.UnmapGet;

    /// <inheritdoc/>
    public void Dispose()
    {
        mappings.Clear();
        GC.SuppressFinalize(this);
    }

    private sealed class Mapping(ulong size, int pages)
    {
        public ulong Size => size;

        public bool[] IsDirty { get; } = new bool[pages];

        public bool[] IsPinned { get; } = new bool[pages];
    }
}
