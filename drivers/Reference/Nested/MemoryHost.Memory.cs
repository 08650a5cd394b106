using Conformance.Model.Contract;
using Conformance.Model.Nested.Device;
using Conformance.Model.Smmu.Structures;

namespace Conformance.Drivers.Reference.Nested;

// Stage 2, and the dirty state that its leaves keep.
public partial class MemoryHost
{
    private const ulong Page = Stage2Tables.Page,
        Block = Stage2Tables.Block,
        LastInput = (1ul << 39) - 1;

    /// <inheritdoc/>
    public CallResult Map(ulong iova, ulong length, ulong ram, bool writable)
    {
        if (length == 0 || (iova | length | ram) % Page != 0)
            return CallResult.Fail(Errno.EINVAL);
        if (iova + length - 1 < iova || ram + length < ram)
            return CallResult.Fail(Errno.EOVERFLOW);
        if (ram + length > Facts.RamSize || iova + length - 1 > LastInput)
            return CallResult.Fail(Errno.EINVAL);
        if (mappings.Exists(other => iova < other.Iova + other.Length && other.Iova < iova + length))
            return CallResult.Fail(Errno.EEXIST);
        var mapping = new Mapping(iova, length, Ram + ram, writable);
        mappings.Add(mapping);
        foreach (var table in objects.Values.OfType<PagingTable>())
            Enter(table, mapping);
        return CallResult.Success;
    }

    private void Enter(PagingTable table, Mapping mapping)
    {
        for (ulong at = 0; at < mapping.Length; )
        {
            var size = ((mapping.Iova + at) | (mapping.Place + at)) % Block == 0 && mapping.Length - at >= Block ? Block : Page;
            table.Tables.Map(mapping.Iova + at, mapping.Place + at, size, mapping.IsWritable, table.IsDirty);
            if (table.IsDirty && mapping.IsWritable && !NewMappingsAreDirty)
                Clean(table, mapping.Iova + at);
            at += size;
        }

        if (mapping.Length >= Block)
            Drop(table, 0, 0);
    }

    /// <summary>Seam: a page that is mapped while tracking is on was written as far as anybody knows (DIRTY-08).</summary>
    private protected virtual bool NewMappingsAreDirty => true;

    /// <inheritdoc/>
    public CallResult Unmap(ulong iova, ulong length)
    {
        if (length == 0 || iova + length - 1 < iova)
            return CallResult.Fail(length == 0 ? Errno.EINVAL : Errno.EOVERFLOW);
        var inside = mappings.FindAll(one => one.Iova < iova + length && iova < one.Iova + one.Length);
        if (inside.Count == 0 || inside.Exists(one => one.Iova < iova || one.Iova + one.Length > iova + length))
            return CallResult.Fail(Errno.ENOENT);
        foreach (var mapping in inside)
        {
            mappings.Remove(mapping);
            foreach (var table in objects.Values.OfType<PagingTable>())
                Remove(table, mapping);
        }

        return CallResult.Success;
    }

    private void Remove(PagingTable table, Mapping mapping)
    {
        for (var at = mapping.Iova; at < mapping.Iova + mapping.Length; )
        {
            var (place, leaf, size) = table.Tables.Find(at);
            Unmapped(table, at, leaf, size);
            table.Tables.Write(place, 0);
            at += size;
        }

        Drop(table, mapping.Iova, mapping.Length);
    }

    /// <summary>Seam: the dirty state of a leaf that is gone is gone (DIRTY-09).</summary>
    private protected virtual void Unmapped(PagingTable table, ulong iova, TranslationDescriptor leaf, ulong size) { }

    /// <summary>Seam: what a change of stage 2 invalidates: first stage 2, then what was combined with stage 1 (DIRTY-01).</summary>
    private protected virtual void Drop(PagingTable table, ulong iova, ulong length)
    {
        if (length is 0 or > 16 * Page)
            Issue(SmmuCommand.TlbiS12VmAll(table.Vmid));
        else
        {
            for (ulong at = 0; at < length; at += Page)
                Issue(SmmuCommand.TlbiS2Ipa(table.Vmid, iova + at, leaf: true));
            Issue(SmmuCommand.TlbiNhAll(table.Vmid));
        }

        Synchronise();
    }

    /// <inheritdoc/>
    public CallResult SetDirtyTracking(uint table, uint flags, uint reserved = 0)
    {
        if (flags > Iommufd.Enable || reserved != 0)
            return CallResult.Fail(Errno.EOPNOTSUPP);
        if (objects.GetValueOrDefault(table) is not PagingTable paging)
            return CallResult.Fail(Errno.ENOENT);
        if (!paging.IsDirty)
            return CallResult.Fail(Errno.EOPNOTSUPP);
        if (flags == Iommufd.Enable)
            Baseline(paging);
        return CallResult.Success;
    }

    /// <summary>Seam: tracking begins with nothing dirty (DIRTY-08).</summary>
    private protected virtual void Baseline(PagingTable table)
    {
        foreach (var mapping in mappings)
            for (var at = mapping.Iova; at < mapping.Iova + mapping.Length; )
                at += Clean(table, at);
        Drop(table, 0, 0);
    }

    // Makes a leaf writable-clean; gives its size.
    private static ulong Clean(PagingTable table, ulong iova)
    {
        var (place, leaf, size) = table.Tables.Find(iova);
        if (IsDirty(leaf))
            table.Tables.Write(place, (leaf with { S2AP = 1 }).Value);
        return size;
    }

    private static bool IsDirty(TranslationDescriptor leaf) => leaf is { Valid: true, DBM: true } && (leaf.S2AP & 2) != 0;

    /// <inheritdoc/>
    public virtual CallResult GetDirtyBitmap(in BitmapRequest request, Span<byte> buffer, int offset)
    {
        var errno = Check(request, out var table);
        if (errno != Errno.None)
            return CallResult.Fail(errno);
        var clears = Clears(request.Flags);
        var end = request.Iova + request.Length;
        var cleaned = false;
        for (var at = request.Iova; at < end; )
        {
            var (place, leaf, size) = table!.Tables.Find(at);
            if (size == 0)
            {
                if (StopsAtHole)
                    break;
                at += Page;
                continue;
            }

            var first = at & ~(size - 1);
            if (IsDirty(leaf))
            {
                var (from, to) = Reported(first, size, at, request);
                SetBits(request, buffer, offset, from, to);
                // A block of which only a part is asked for keeps its dirty state: nobody else would tell of the rest (DIRTY-11).
                if (clears && ClearsPart(first >= request.Iova && first + size <= end))
                {
                    table.Tables.Write(place, (leaf with { S2AP = 1 }).Value);
                    cleaned = true;
                }
            }

            at = first + size;
        }

        if (cleaned)
            Flush(table!, request);
        return CallResult.Success;
    }

    /// <summary>Seam: the errnos, in the order of the interface (DIRTY-07, DIRTY-19).</summary>
    private protected virtual int Check(in BitmapRequest request, out PagingTable? table)
    {
        table = objects.GetValueOrDefault(request.Table) as PagingTable;
        if (request.Flags > Iommufd.NoClear || request.Reserved != 0)
            return Errno.EOPNOTSUPP;
        if (table is null)
            return Errno.ENOENT;
        if (request.Iova + request.Length - 1 < request.Iova)
            return Errno.EOVERFLOW;
        if ((request.Iova | request.Length) % Page != 0)
            return Errno.EINVAL;
        if (request.PageSize == 0 || request.Iova % request.PageSize != 0 || request.Length % request.PageSize != 0)
            return Errno.EINVAL;
        return table.IsDirty ? Errno.None : Errno.EOPNOTSUPP;
    }

    /// <summary>Seam: NO_CLEAR (DIRTY-02, DIRTY-03).</summary>
    private protected virtual bool Clears(uint flags) => (flags & Iommufd.NoClear) == 0;

    /// <summary>Seam: an address that nothing maps ends nothing (DIRTY-10).</summary>
    private protected virtual bool StopsAtHole => false;

    /// <summary>Seam: the addresses that are reported for a dirty leaf (DIRTY-05, DIRTY-11).</summary>
    private protected virtual (ulong From, ulong To) Reported(ulong leaf, ulong size, ulong at, in BitmapRequest request) =>
        (Math.Max(leaf, request.Iova), Math.Min(leaf + size, request.Iova + request.Length));

    /// <summary>Seam: whether a leaf is cleaned (DIRTY-11).</summary>
    private protected virtual bool ClearsPart(bool isWhole) => isWhole;

    /// <summary>Seam: after a clear the hardware must look again (DIRTY-01).</summary>
    private protected virtual void Flush(PagingTable table, in BitmapRequest request) => Drop(table, request.Iova, request.Length);

    /// <summary>Seam: sets the bits of a range (DIRTY-04, DIRTY-06).</summary>
    private protected virtual void SetBits(in BitmapRequest request, Span<byte> buffer, int offset, ulong from, ulong to)
    {
        for (var bit = (from - request.Iova) / request.PageSize; bit <= (to - 1 - request.Iova) / request.PageSize; bit++)
            buffer[offset + (int)(bit / 8)] |= (byte)(1 << (int)(bit % 8));
    }

    /// <inheritdoc/>
    public ulong LeafOf(ulong iova) => objects.Values.OfType<PagingTable>().FirstOrDefault()?.Tables.Find(iova).Size ?? 0;

    /// <inheritdoc/>
    public ulong? PhysicalOf(ulong iova) =>
        mappings.Find(one => iova >= one.Iova && iova - one.Iova < one.Length) is { } mapping ? mapping.Place + (iova - mapping.Iova) : null;
}
