namespace Conformance.Drivers.Reference.Smmu;

/// <summary>Entries in sets of four, found by tag and address; the oldest of a full set makes room.</summary>
internal class TranslationCache(int sets)
{
    private const int Ways = 4;

    private readonly TlbEntry[] entries = new TlbEntry[sets * Ways];
    private readonly byte[] next = new byte[sets];
    private readonly int[] sizes = new int[64];
    private ulong shifts;

    /// <summary>Every place for an entry, in use or not.</summary>
    public ReadOnlySpan<TlbEntry> Entries => entries;

    /// <summary>Looks for what translates an address. The smallest size is looked at first.</summary>
    public bool Find(in TlbTag tag, ulong address, out TlbEntry found)
    {
        for (var left = shifts; left != 0; left &= left - 1)
        {
            if (Find(tag, address, System.Numerics.BitOperations.TrailingZeroCount(left), out found))
                return true;
        }
        found = default;
        return false;
    }

    /// <summary>Looks for what translates an address, of one size.</summary>
    public bool Find(in TlbTag tag, ulong address, int shift, out TlbEntry found)
    {
        var input = address >> shift << shift;
        if ((shifts >> shift & 1) != 0)
        {
            foreach (ref readonly var entry in entries.AsSpan(SetOf(tag, input, shift) * Ways, Ways))
            {
                if (entry.InUse && entry.Shift == shift && Answers(entry, tag, input))
                {
                    found = entry;
                    return true;
                }
            }
        }
        found = default;
        return false;
    }

    /// <summary>Puts an entry in, in place of the one for the same address.</summary>
    public void Insert(in TlbEntry entry)
    {
        var set = SetOf(entry.Tag, entry.Input, entry.Shift);
        var start = set * Ways;
        var place = -1;
        for (var way = start; way < start + Ways; way++)
        {
            ref var old = ref entries[way];
            if (old.InUse && old.Shift == entry.Shift && old.Input == entry.Input && old.Tag == entry.Tag)
            {
                place = way;
                break;
            }
            if (!old.InUse && place < 0)
                place = way;
        }
        if (place < 0)
        {
            place = start + next[set];
            next[set] = (byte)((next[set] + 1) % Ways);
        }
        Remove(place);
        entries[place] = entry;
        entries[place].InUse = true;
        if (sizes[entry.Shift]++ == 0)
            shifts |= 1ul << entry.Shift;
    }

    /// <summary>Removes the entry at a place.</summary>
    public void Remove(int place)
    {
        ref var entry = ref entries[place];
        if (!entry.InUse)
            return;
        entry.InUse = false;
        if (--sizes[entry.Shift] == 0)
            shifts &= ~(1ul << entry.Shift);
    }

    /// <summary>Removes everything.</summary>
    public void Clear()
    {
        for (var place = 0; place < entries.Length && shifts != 0; place++)
            Remove(place);
    }

    /// <summary>Seam: an entry of the right size and set is the one that is looked for.</summary>
    protected virtual bool Answers(in TlbEntry entry, in TlbTag tag, ulong input) => entry.Input == input && entry.Tag == tag;

    /// <summary>Seam: the set that an entry is kept in.</summary>
    protected virtual int SetOf(in TlbTag tag, ulong input, int shift)
    {
        var key = (input >> shift) ^ ((ulong)tag.Asid << 20) ^ ((ulong)tag.Vmid << 36) ^ ((ulong)tag.Kind << 52) ^ ((ulong)shift << 56);
        return (int)((key * 0x9e37_79b9_7f4a_7c15 >> 32) % (uint)sets);
    }
}
