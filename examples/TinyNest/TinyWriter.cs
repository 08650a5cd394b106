using Conformance.Model.Nested.Device;
using Conformance.Model.Smmu.Structures;

namespace Examples;

/// <summary>
/// A writer of STEs and CDs: what hardware does not read of the old entry is written first, then the one doubleword that counts, then the rest. Where more than
/// one counts the entry is made invalid in between.
/// </summary>
public class TinyWriter : IStreamTableWriter
{
    private const int Words = 8;

    public void Dispose() => GC.SuppressFinalize(this);

    public void WriteStream(IEntryMemory memory, IReadOnlyList<uint> streams, ReadOnlySpan<ulong> target)
    {
        foreach (var stream in Named(streams))
            Write(
                memory,
                stream,
                target,
                isContext: false,
                () =>
                {
                    memory.Issue(SmmuCommand.CfgiSte(stream, leaf: true));
                    memory.Issue(SmmuCommand.Sync());
                }
            );
    }

    public void WriteContext(IEntryMemory memory, IReadOnlyList<uint> streams, ReadOnlySpan<ulong> target) =>
        Write(
            memory,
            0,
            target,
            isContext: true,
            () =>
            {
                foreach (var stream in Named(streams))
                    memory.Issue(SmmuCommand.CfgiCd(stream, 0, leaf: true));
                memory.Issue(SmmuCommand.Sync());
            }
        );

    /// <summary>The StreamIDs that entries and invalidations are for: each once.</summary>
    protected virtual IEnumerable<uint> Named(IReadOnlyList<uint> streams) => streams.Distinct();

    private static void Write(IEntryMemory memory, uint entry, ReadOnlySpan<ulong> target, bool isContext, Action synchronise)
    {
        var (now, next) = (new ulong[Words], target.ToArray());
        for (var i = 0; i < Words; i++)
            now[i] = memory.Load(entry, i);
        var (before, after) = (Read(now, isContext), Read(next, isContext));
        if (!isContext)
            before[1] &= ~(Free(now, next) & after[1]);
        // The entry with everything changed that hardware does not read yet.
        ulong[] ready = [.. now.Select((word, i) => (word & before[i]) | (next[i] & ~before[i]))];
        int[] counting = [.. Enumerable.Range(0, Words).Where(i => (ready[i] & after[i]) != next[i])];
        if (counting.Length > 1)
        {
            Store(memory, entry, new ulong[Words], [0], synchronise);
            Store(memory, entry, next, Enumerable.Range(1, Words - 1), synchronise);
        }
        else if (counting.Length == 1)
        {
            Store(memory, entry, ready, Enumerable.Range(0, Words).Except(counting), synchronise);
            Store(memory, entry, next, counting, synchronise);
        }

        Store(memory, entry, next, Enumerable.Range(0, Words), synchronise);
    }

    private static void Store(IEntryMemory memory, uint entry, ulong[] words, IEnumerable<int> which, Action synchronise)
    {
        int[] changed = [.. which.Where(i => memory.Load(entry, i) != words[i])];
        foreach (var i in changed)
            memory.Store(entry, i, words[i]);
        if (changed.Length > 0)
            synchronise();
    }

    // MEV may change at any time, and so may EATS between off and on where neither entry splits stages or stalls.
    private static ulong Free(ulong[] now, ulong[] next)
    {
        const ulong Mev = 1ul << 19,
            Eats = 1ul << 28;
        return ((now[1] | next[1]) >> 29 & 1) == 0 && ((now[2] | next[2]) >> 57 & 1) == 0 ? Mev | Eats : Mev;
    }

    // The bits of an entry that hardware reads.
    private static ulong[] Read(ulong[] entry, bool isContext)
    {
        var read = new ulong[Words];
        if (isContext)
        {
            var context = new ContextDescriptor { D0 = entry[0] };
            if (!context.Valid)
                return [1ul << 31, 0, 0, 0, 0, 0, 0, 0];
            Array.Fill(read, ulong.MaxValue);
            if (context.EPD0)
                (read[0], read[1]) = (~0x3ffful, 0xfff0_0000_0000_000f);
            return read;
        }

        var stream = new StreamTableEntry { D0 = entry[0], D1 = entry[1] };
        read[0] = stream.Valid ? 0xfu : 1;
        if (!stream.Valid)
            return read;
        var (one, two) = (((int)stream.Config & 5) == 5, ((int)stream.Config & 6) == 6);
        if (stream.Config == StreamConfig.Bypass || two || (one && stream.S1DSS == 1))
            read[1] |= 3ul << 44;
        if (one || two)
            (read[1], read[2]) = (read[1] | 3ul << 28 | 1ul << 19, 0xffff);
        if (one)
            (read[0], read[1]) = (read[0] | 0xf80f_ffff_ffff_fff0, read[1] | 0xff | 1ul << 27 | 3ul << 30);
        if (two)
            (read[1], read[2], read[3]) = (read[1] | 1ul << 25, read[2] | 0x065f_ffff_0000_0000, 0x000f_ffff_ffff_fff0);
        return read;
    }
}
