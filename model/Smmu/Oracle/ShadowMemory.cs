using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using Conformance.Model.Smmu.Device;

namespace Conformance.Model.Smmu.Oracle;

/// <summary>
/// The memory of an SMMU, with what each doubleword was before and until when. Grows with the pages that are used; reused from scene to scene it does not
/// allocate.
/// </summary>
internal sealed class ShadowMemory(SmmuRange range)
{
    /// <summary>The end of a value that memory may still have: an update by hardware that was not seen yet.</summary>
    public const long Present = long.MaxValue;

    private const int PageBits = 12;
    private const int Slots = 1 << PageBits - 3;

    private readonly Page?[] pages = new Page?[(int)(range.Size >> PageBits)];
    private readonly List<Page> used = [];
    private readonly List<Page> marked = []; // those that were fetched from, a few of those that are used
    private readonly List<(Page Page, int Slot)> rewritten = [];
    private Version[] versions = new Version[64];
    private int versionCount = 1;

    /// <summary>Where it lies.</summary>
    public SmmuRange Range => range;

    /// <summary>What was overwritten up to this time is in no cache and is not remembered.</summary>
    public long Floor { get; set; }

    /// <summary>
    /// True when something was written that can be a descriptor of a global page: whoever walks to it may leave an entry for every ASID. Attributes tell pages
    /// from pointers.
    /// </summary>
    public bool HasGlobalPages { get; private set; }

    /// <summary>Makes every doubleword 0 and forgets what was.</summary>
    public void Clear()
    {
        HasGlobalPages = false;
        Forget();
        Unmark();
        foreach (var page in used)
        {
            Array.Clear(page.Values);
            page.Used = false;
        }

        used.Clear();
    }

    /// <summary>Forgets what doublewords were before: nothing can hold it any more.</summary>
    public void Forget()
    {
        foreach (var (page, slot) in rewritten)
        {
            page.Heads![slot] = 0;
            page.Begins![slot] = 0;
        }

        rewritten.Clear();
        versionCount = 1;
    }

    /// <summary>A doubleword.</summary>
    /// <param name="address">A multiple of 8 inside the range.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public ulong Read(ulong address)
    {
        var offset = address - range.Start;
        var page = pages[(int)(offset >> PageBits)];
        return page is null ? 0 : page.Values[(int)(offset >> 3) & Slots - 1];
    }

    /// <summary>Reads bytes at any address.</summary>
    public void Read(ulong address, Span<byte> bytes)
    {
        if (!range.Contains(address, (ulong)bytes.Length))
            throw new ArgumentOutOfRangeException(nameof(address), "The bytes do not lie in the memory.");
        for (var i = 0; i < bytes.Length; i++, address++)
            bytes[i] = (byte)(Read(address & ~7ul) >> (int)(address & 7) * 8);
    }

    /// <summary>A doubleword and the first of its earlier values, 0 when it has none.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public ulong Read(ulong address, out int earlier)
    {
        var offset = address - range.Start;
        var page = pages[(int)(offset >> PageBits)];
        earlier = 0;
        if (page is null)
            return 0;
        var slot = (int)(offset >> 3) & Slots - 1;
        if (page.Heads is { } heads)
            earlier = heads[slot];
        return page.Values[slot];
    }

    /// <summary>An earlier value.</summary>
    /// <param name="version">From <see cref="Read(ulong, out int)"/> or an earlier call.</param>
    /// <param name="end">When it was overwritten, or <see cref="Present"/>.</param>
    /// <param name="next">One more earlier value, or 0.</param>
    public ulong Earlier(int version, out long end, out int next)
    {
        ref var found = ref versions[version];
        end = found.End;
        next = found.Next;
        return found.Value;
    }

    /// <summary>When an earlier value was written first; 0 for long ago.</summary>
    public long BeginOf(int version) => versions[version].Begin;

    /// <summary>When the present value of a doubleword was written; 0 for long ago.</summary>
    public long BeginOf(ulong address)
    {
        var offset = address - range.Start;
        return pages[(int)(offset >> PageBits)]?.Begins is { } begins ? begins[(int)(offset >> 3) & Slots - 1] : 0;
    }

    /// <summary>A stream table, CD or table of descriptors was fetched from the page of an address.</summary>
    /// <param name="address">The address.</param>
    /// <param name="isTable">True for descriptors whose flags hardware may set; false for structures.</param>
    public void Mark(ulong address, bool isTable)
    {
        if (pages[(int)(address - range.Start >> PageBits)] is not { } page)
            return;
        if (!page.IsTable && !page.IsStructure)
            marked.Add(page);
        page.IsTable |= isTable;
        page.IsStructure |= !isTable;
    }

    /// <summary>True when hardware may set flags of descriptors in the page of an address.</summary>
    public bool IsTable(ulong address) => pages[(int)(address - range.Start >> PageBits)] is { IsTable: true };

    /// <summary>True when a structure was fetched from a page of a range.</summary>
    public bool HasStructure(ulong address, int length)
    {
        for (var page = address - range.Start >> PageBits; page <= address - range.Start + (ulong)length - 1 >> PageBits; page++)
            if (pages[(int)page] is { IsStructure: true })
                return true;
        return false;
    }

    /// <summary>Forgets which pages were fetched from.</summary>
    public void Unmark()
    {
        foreach (var page in marked)
            page.IsStructure = page.IsTable = false;
        marked.Clear();
    }

    /// <summary>Writes bytes at any address.</summary>
    /// <param name="address">The address.</param>
    /// <param name="bytes">The bytes.</param>
    /// <param name="end">The time that the values that are overwritten end at.</param>
    public void Write(ulong address, ReadOnlySpan<byte> bytes, long end)
    {
        if (!range.Contains(address, (ulong)bytes.Length))
            throw new ArgumentOutOfRangeException(nameof(address), "The bytes do not lie in the memory.");
        Span<byte> whole = stackalloc byte[8];
        while (bytes.Length > 0)
        {
            var aligned = address & ~7ul;
            var skip = (int)(address - aligned);
            var count = Math.Min(8 - skip, bytes.Length);
            ulong value;
            if (count == 8)
            {
                value = BinaryPrimitives.ReadUInt64LittleEndian(bytes);
            }
            else
            {
                BinaryPrimitives.WriteUInt64LittleEndian(whole, Read(aligned));
                bytes[..count].CopyTo(whole[skip..]);
                value = BinaryPrimitives.ReadUInt64LittleEndian(whole);
            }

            Write(aligned, value, end);
            address += (ulong)count;
            bytes = bytes[count..];
        }
    }

    /// <summary>Writes a doubleword.</summary>
    public void Write(ulong address, ulong value, long end)
    {
        var page = PageOf(address, out var slot);
        var old = page.Values[slot];
        if (old == value)
            return;
        Remember(page, slot, old, page.Begins is { } begins ? begins[slot] : 0, end);
        page.Values[slot] = value;
        HasGlobalPages |= (value & 0x801) == 1 && (value & 0x7fc) != 0;
        if (page.Begins is not null)
            page.Begins[slot] = BeginOf(page, slot, value, end);
    }

    /// <summary>Hardware writes a doubleword in such a way that the old value is as good as the new one.</summary>
    public void Replace(ulong address, ulong value) => PageOf(address, out var slot).Values[slot] = value;

    /// <summary>Says that memory may have a value that was not seen yet.</summary>
    public void MayBe(ulong address, ulong value)
    {
        var page = PageOf(address, out var slot);
        if (page.Values[slot] != value)
            Remember(page, slot, value, 0, Present);
    }

    /// <summary>A value that memory might have had is ruled out.</summary>
    public void CannotBe(ulong address, ulong value)
    {
        _ = Read(address, out var version);
        for (; version != 0; version = versions[version].Next)
            if (versions[version].End == Present && versions[version].Value == value)
                versions[version].End = 0;
    }

    /// <summary>A doubleword was seen: its value is certain from now on.</summary>
    /// <param name="address">Where.</param>
    /// <param name="value">What.</param>
    /// <param name="end">The time that other values end at.</param>
    public void Settle(ulong address, ulong value, long end)
    {
        Write(address, value, end);
        var page = PageOf(address, out var slot);
        if (page.Heads is null)
            return;
        for (var at = page.Heads[slot]; at != 0; at = versions[at].Next)
            if (versions[at].End == Present)
                versions[at].End = end;
    }

    // A value that was there before began then.
    private long BeginOf(Page page, int slot, ulong value, long now)
    {
        for (var at = page.Heads![slot]; at != 0; at = versions[at].Next)
            if (versions[at].Value == value)
                return versions[at].Begin;
        return now;
    }

    private void Remember(Page page, int slot, ulong value, long begin, long end)
    {
        if (end <= Floor)
            return;
        page.Heads ??= new int[Slots];
        page.Begins ??= new long[Slots];
        for (var at = page.Heads[slot]; at != 0; at = versions[at].Next)
        {
            if (versions[at].Value != value)
                continue;
            versions[at].Begin = Math.Min(versions[at].Begin, begin);
            versions[at].End = Math.Max(versions[at].End, end);
            return;
        }

        if (versionCount == versions.Length)
            Array.Resize(ref versions, versions.Length * 2);
        versions[versionCount] = new(value, begin, end, page.Heads[slot]);
        if (page.Heads[slot] == 0)
            rewritten.Add((page, slot));
        page.Heads[slot] = versionCount++;
    }

    private Page PageOf(ulong address, out int slot)
    {
        var offset = address - range.Start;
        slot = (int)(offset >> 3) & Slots - 1;
        ref var page = ref pages[(int)(offset >> PageBits)];
        page ??= new();
        if (!page.Used)
        {
            page.Used = true;
            used.Add(page);
        }

        return page;
    }

    private sealed class Page
    {
        public readonly ulong[] Values = new ulong[Slots];
        public int[]? Heads;
        public long[]? Begins;
        public bool Used;
        public bool IsStructure;
        public bool IsTable;
    }

    private record struct Version(ulong Value, long Begin, long End, int Next);
}
