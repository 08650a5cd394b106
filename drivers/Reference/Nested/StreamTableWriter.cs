using Conformance.Model.Nested.Device;
using Conformance.Model.Smmu.Structures;

namespace Conformance.Drivers.Reference.Nested;

/// <summary>
/// A correct writer of STEs and CDs: what hardware does not read of the old value is moved first, then the one doubleword that counts, then what is left over.
/// Where two doublewords count the entry is made invalid in between.
/// </summary>
public class StreamTableWriter : IStreamTableWriter
{
    private const int Words = 8;

    /// <inheritdoc/>
    public void WriteStream(IEntryMemory memory, IReadOnlyList<uint> streams, ReadOnlySpan<ulong> target)
    {
        ArgumentNullException.ThrowIfNull(memory);
        foreach (var stream in Masters(streams))
            Write(memory, stream, target, isContext: false, () => SynchroniseStream(memory, stream));
    }

    /// <inheritdoc/>
    public void WriteContext(IEntryMemory memory, IReadOnlyList<uint> streams, ReadOnlySpan<ulong> target)
    {
        ArgumentNullException.ThrowIfNull(memory);
        Write(memory, 0, target, isContext: true, () => SynchroniseContext(memory, streams));
    }

    /// <summary>There is nothing to give back.</summary>
    public void Dispose() => GC.SuppressFinalize(this);

    /// <summary>Seam: the entries that are written (SMMU-NEST-22).</summary>
    private protected virtual IEnumerable<uint> Masters(IReadOnlyList<uint> streams) => streams.Distinct();

    private static void SynchroniseStream(IEntryMemory memory, uint stream)
    {
        memory.Issue(SmmuCommand.CfgiSte(stream, leaf: true));
        memory.Issue(SmmuCommand.Sync());
    }

    /// <summary>Seam: what a changed CD invalidates (SMMU-NEST-22).</summary>
    private protected virtual void SynchroniseContext(IEntryMemory memory, IReadOnlyList<uint> streams)
    {
        foreach (var stream in streams.Distinct())
            memory.Issue(SmmuCommand.CfgiCd(stream, 0, leaf: true));
        memory.Issue(SmmuCommand.Sync());
    }

    /// <summary>Seam: the stores and their order (SMMU-NEST-18).</summary>
    private protected virtual void Write(IEntryMemory memory, uint entry, ReadOnlySpan<ulong> target, bool isContext, Action synchronise)
    {
        Span<ulong> current = stackalloc ulong[Words];
        Span<ulong> unused = stackalloc ulong[Words];
        Span<ulong> zero = stackalloc ulong[Words];
        zero.Clear();
        for (var i = 0; i < Words; i++)
            current[i] = memory.Load(entry, i);
        var critical = Plan(current, target, isContext, unused, out var count);
        if (count > 1 && Breaks)
        {
            Store(memory, entry, zero, 0, 1, synchronise);
            Store(memory, entry, target, 1, Words, synchronise);
            Store(memory, entry, target, 0, 1, synchronise);
            return;
        }

        if (count == 1)
        {
            unused[critical] = current[critical];
            Store(memory, entry, unused, 0, Words, synchronise);
            Store(memory, entry, target, critical, critical + 1, synchronise);
        }

        StoreLast(memory, entry, target, synchronise);
    }

    /// <summary>Seam: an entry is made invalid where two doublewords count (SMMU-NEST-18).</summary>
    private protected virtual bool Breaks => true;

    /// <summary>Seam: what is left over is cleared (SMMU-NEST-18).</summary>
    private protected virtual void StoreLast(IEntryMemory memory, uint entry, ReadOnlySpan<ulong> target, Action synchronise) =>
        Store(memory, entry, target, 0, Words, synchronise);

    /// <summary>Stores doublewords that differ, in ascending order, and completes an invalidation when there was one.</summary>
    private protected static void Store(IEntryMemory memory, uint entry, ReadOnlySpan<ulong> words, int first, int end, Action synchronise)
    {
        var changed = false;
        for (var i = first; i < end; i++)
            if (memory.Load(entry, i) != words[i])
            {
                memory.Store(entry, i, words[i]);
                changed = true;
            }

        if (changed)
            synchronise();
    }

    // The doublewords that change what hardware reads: how many, and the last of them. The others are in the update already.
    private static int Plan(ReadOnlySpan<ulong> current, ReadOnlySpan<ulong> target, bool isContext, Span<ulong> update, out int count)
    {
        Span<ulong> now = stackalloc ulong[Words];
        Span<ulong> then = stackalloc ulong[Words];
        Used(current, isContext, now);
        Used(target, isContext, then);
        if (!isContext)
            now[1] &= ~(Safe(current, target) & then[1]);
        count = 0;
        var critical = 0;
        for (var i = 0; i < Words; i++)
        {
            update[i] = (current[i] & now[i]) | (target[i] & ~now[i]);
            if ((update[i] & then[i]) == target[i])
                continue;
            critical = i;
            count++;
        }

        return critical;
    }

    private static ulong Safe(ReadOnlySpan<ulong> current, ReadOnlySpan<ulong> target)
    {
        var safe = 1ul << 19;
        if (((current[1] | target[1]) >> 29 & 1) == 0 && ((current[2] | target[2]) >> 57 & 1) == 0)
            safe |= 1ul << 28;
        return safe;
    }

    private static void Used(ReadOnlySpan<ulong> entry, bool isContext, Span<ulong> used)
    {
        used.Clear();
        if (isContext)
        {
            UsedContext(new ContextDescriptor { D0 = entry[0] }, used);
            return;
        }

        var value = new StreamTableEntry { D0 = entry[0], D1 = entry[1] };
        used[0] = value.Valid ? 0xfu : 1u;
        if (!value.Valid)
            return;
        var (one, two) = (value.Config is StreamConfig.Stage1 or StreamConfig.Nested, value.Config is StreamConfig.Stage2 or StreamConfig.Nested);
        if (value.Config == StreamConfig.Bypass || two || (one && value.S1DSS == 1))
            used[1] |= 3ul << 44;
        if (one || two)
        {
            used[1] |= (3ul << 28) | (1ul << 19);
            used[2] |= 0xffff;
        }

        if (one)
        {
            used[0] |= 0xf80f_ffff_ffff_fff0;
            used[1] |= 0xff | (1ul << 27) | (3ul << 30);
        }

        if (two)
        {
            used[1] |= 1ul << 25;
            used[2] |= 0x065f_ffff_0000_0000;
            used[3] |= 0x000f_ffff_ffff_fff0;
        }
    }

    private static void UsedContext(in ContextDescriptor value, Span<ulong> used)
    {
        used[0] = 1ul << 31;
        if (!value.Valid)
            return;
        used.Fill(ulong.MaxValue);
        if (!value.EPD0)
            return;
        used[0] &= ~0x3ffful;
        used[1] &= 0xfff0_0000_0000_000f;
    }
}
