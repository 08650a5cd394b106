using System.Numerics;
using Conformance.Model.Smmu.Device;
using Conformance.Model.Smmu.Structures;
using Conformance.Model.Smmu.Translation;

namespace Conformance.Model.Smmu.Oracle;

/// <summary>
/// The invalidations that are complete: consumed, and a SYNC behind them as well. Each says when it was submitted (what was filled before is gone) and when
/// it completed (from then on nothing stale that it covers is used). SMMU-CACHE-01 to -26, table S.13.
/// </summary>
internal sealed class InvalidationLog(SmmuCapabilities capabilities)
{
    private Item[] items = new Item[32];
    private int complete;
    private int count;

    /// <summary>When the latest complete invalidation was submitted: what ended after it was not dropped.</summary>
    public long LatestSubmitted { get; private set; }

    /// <summary>When the first invalidation was submitted that is not complete; null when all are.</summary>
    public long? Incomplete => complete < count ? items[complete].Submitted : null;

    /// <summary>Forgets everything.</summary>
    public void Clear()
    {
        complete = count = 0;
        LatestSubmitted = 0;
    }

    /// <summary>An invalidation was consumed. It counts from the next <see cref="Complete"/> on.</summary>
    public void Add(in SmmuCommand command, long submitted)
    {
        if (Parse(command, out var item))
        {
            if (count == items.Length)
                Array.Resize(ref items, count * 2);
            items[count++] = item with { Submitted = submitted };
        }
    }

    /// <summary>A SYNC was consumed.</summary>
    /// <param name="now">The time.</param>
    /// <param name="lastFill">The last time that a cache could be filled: now, or when SMMUEN became 0.</param>
    public void Complete(long now, long lastFill)
    {
        for (; complete < count; complete++)
        {
            // Nothing can be filled again between submission and completion while SMMUEN is 0 (SMMU-CACHE-22).
            items[complete].Completed = lastFill > items[complete].Submitted ? now : items[complete].Submitted;
            LatestSubmitted = Math.Max(LatestSubmitted, items[complete].Submitted);
        }
    }

    /// <summary>Invalidations that no SYNC completed are not known to have happened: the queue was lost.</summary>
    public void DropIncomplete() => count = complete;

    /// <summary>
    /// What may still hold a value: the subset of <paramref name="holders"/> that no completed invalidation has cleaned for good since the value ended. One
    /// that was dropped while something inside it could fill it again is not clean.
    /// </summary>
    public Holders Surviving(long end, Holders holders, in CacheTag tag)
    {
        if (end > LatestSubmitted)
            return holders;
        Span<long> cleanSince = stackalloc long[14];
        var clean = Holders.None;
        for (var i = 0; i < complete; i++)
        {
            ref readonly var item = ref items[i];
            if (item.Submitted < end)
                continue;
            var covered = Covered(item, holders, tag);
            if ((covered & ~clean) == Holders.None)
                continue;

            // From the inside out: a holder is clean when everything inside it was clean before, or is dropped by the same command.
            for (var rest = (uint)holders; rest != 0; rest &= rest - 1)
            {
                var bit = BitOperations.TrailingZeroCount(rest);
                var holder = (Holders)(1 << bit);
                if ((covered & holder) != 0)
                {
                    if ((clean & holder) == 0)
                    {
                        clean |= holder;
                        cleanSince[bit] = item.Completed;
                    }
                }
                else if (holder != Holders.Leaf && ((clean & holder) == 0 || cleanSince[bit] > item.Submitted))
                {
                    break; // what is outside may be filled again from here; the two kinds of leaves are beside each other
                }
            }

            if (clean == holders)
                return Holders.None;
        }

        return holders & ~clean;
    }

    private static Holders Covered(in Item item, Holders of, in CacheTag tag)
    {
        var covered = Holders.None;
        switch (item.Opcode)
        {
            case SmmuOpcode.CfgiSte or SmmuOpcode.CfgiSteRange:
                if (tag.StreamId >= item.FirstStream && tag.StreamId <= item.LastStream)
                    covered = Holders.StreamTable | Holders.ContextDescriptor | Holders.L1ContextTable;
                if (!item.Leaf && tag.StreamId >> tag.Split >= item.FirstStream >> tag.Split && tag.StreamId >> tag.Split <= item.LastStream >> tag.Split)
                    covered |= Holders.L1StreamTable;
                break;
            case SmmuOpcode.CfgiCd:
                if (tag.StreamId != item.FirstStream)
                    break;
                if (tag.SubstreamId == item.SubstreamId)
                    covered = Holders.ContextDescriptor;
                if (!item.Leaf && tag.SubstreamId >> tag.LeafTableBits == item.SubstreamId >> tag.LeafTableBits)
                    covered |= Holders.L1ContextTable;
                break;
            case SmmuOpcode.CfgiCdAll:
                if (tag.StreamId == item.FirstStream)
                    covered = Holders.ContextDescriptor | Holders.L1ContextTable;
                break;
            case SmmuOpcode.TlbiNsnhAll:
                covered = tag.World == StreamWorld.El1 ? Holders.Stage1 | Holders.Stage2 : Holders.None;
                break;
            case SmmuOpcode.TlbiS12VmAll:
                covered = tag.World == StreamWorld.El1 && tag.Vmid == item.Vmid ? Holders.Stage1 | Holders.Stage2 : Holders.None;
                break;
            case SmmuOpcode.TlbiNhAll:
                covered = tag.World == StreamWorld.El1 && tag.Vmid == item.Vmid ? Holders.Stage1 : Holders.None;
                break;
            case SmmuOpcode.TlbiNhAsid:
                covered = tag.World == StreamWorld.El1 && tag.Vmid == item.Vmid && tag.Asid == item.Asid ? Holders.Stage1 & ~Holders.GlobalLeaf : Holders.None;
                break;
            case SmmuOpcode.TlbiNhVa or SmmuOpcode.TlbiNhVaa:
                if (tag.World == StreamWorld.El1 && tag.Vmid == item.Vmid)
                    covered = ByAddress(item, of, tag, item.Opcode == SmmuOpcode.TlbiNhVaa);
                break;
            case SmmuOpcode.TlbiEl2All:
                covered = tag.World != StreamWorld.El1 ? Holders.Stage1 : Holders.None;
                break;
            case SmmuOpcode.TlbiEl2Asid:
                covered = tag.World == StreamWorld.El2E2H && tag.Asid == item.Asid ? Holders.Stage1 & ~Holders.GlobalLeaf : Holders.None;
                break;
            case SmmuOpcode.TlbiEl2Va or SmmuOpcode.TlbiEl2Vaa:
                if (tag.World != StreamWorld.El1)
                    covered = ByAddress(item, of, tag, item.Opcode == SmmuOpcode.TlbiEl2Vaa || tag.World == StreamWorld.El2);
                break;
            case SmmuOpcode.TlbiS2Ipa:
                if (tag.World == StreamWorld.El1 && tag.Vmid == item.Vmid)
                    covered = ByIpa(item, of, tag);
                break;
        }

        return covered & of;
    }

    // A global entry goes whatever the ASID, pointers belong to an ASID (SMMU-CACHE-20). Pointers and the level hint: the hint is about leaves, pointers are
    // only known to go without one.
    private static Holders ByAddress(in Item item, Holders of, in CacheTag tag, bool anyAsid)
    {
        if (item.Granule != 0 && item.Granule != tag.Granule1)
            return Holders.None;
        var covered = Holders.None;
        var right = anyAsid || tag.Asid == item.Asid;
        if ((of & (Holders.Leaf | Holders.GlobalLeaf)) != 0 && (item.Level == 0 || item.Level == tag.LeafLevel) && Meets(item, tag.Va, tag.LeafShift))
            covered = right ? Holders.Leaf | Holders.GlobalLeaf : Holders.GlobalLeaf;
        if (right && !item.Leaf && item.Level == 0 && tag.Granule1 != 0)
        {
            for (var level = 0; level < 3; level++)
                if (Meets(item, tag.Va, tag.Granule1 + (3 - level) * (tag.Granule1 - 3)))
                    covered |= (Holders)(1 << 9 + level);
        }

        return covered;
    }

    private static Holders ByIpa(in Item item, Holders of, in CacheTag tag)
    {
        if (item.Granule != 0 && item.Granule != tag.Granule2)
            return Holders.None;
        var covered = Holders.None;
        if ((of & Holders.Stage2Leaf) != 0 && (item.Level == 0 || item.Level == tag.Leaf2Level) && Meets(item, tag.Ipa, tag.Leaf2Shift))
            covered = Holders.Stage2Leaf;
        if (!item.Leaf && item.Level == 0 && tag.Granule2 != 0)
        {
            for (var level = 0; level < 3; level++)
                if (Meets(item, tag.Ipa, tag.Granule2 + (3 - level) * (tag.Granule2 - 3)))
                    covered |= (Holders)(1 << 2 + level);
        }

        return covered;
    }

    private static bool Meets(in Item item, ulong address, int shift)
    {
        if (shift > 63)
            return true;
        var first = address >> shift << shift;
        return first <= item.Last && item.First <= (first | (1ul << shift) - 1);
    }

    private bool Parse(in SmmuCommand command, out Item item)
    {
        item = new()
        {
            Opcode = command.Opcode,
            Leaf = command.Leaf,
            Vmid = (ushort)command.VMID,
            Asid = (ushort)command.ASID,
            SubstreamId = command.SubstreamId,
        };
        switch (command.Opcode)
        {
            case SmmuOpcode.CfgiSte or SmmuOpcode.CfgiCd or SmmuOpcode.CfgiCdAll:
                item.FirstStream = item.LastStream = command.StreamId;
                return true;
            case SmmuOpcode.CfgiSteRange:
                var size = (1ul << command.Range + 1) - 1;
                item.FirstStream = command.StreamId & ~(uint)size;
                item.LastStream = item.FirstStream | (uint)size;
                item.Leaf = false;
                return true;
            case SmmuOpcode.TlbiNhVa or SmmuOpcode.TlbiNhVaa or SmmuOpcode.TlbiEl2Va or SmmuOpcode.TlbiEl2Vaa:
                // Bits above the input address range have to agree with it: otherwise the command may match nothing.
                return (ulong)((long)command.Address << 8 >> 8) == command.Address && ParseRange(command, ulong.MaxValue, ref item);
            case SmmuOpcode.TlbiS2Ipa:
                return ParseRange(command, (1ul << 52) - 1, ref item);
            default:
                return command.Opcode
                    is SmmuOpcode.TlbiNhAll
                        or SmmuOpcode.TlbiNhAsid
                        or SmmuOpcode.TlbiEl2All
                        or SmmuOpcode.TlbiEl2Asid
                        or SmmuOpcode.TlbiS12VmAll
                        or SmmuOpcode.TlbiNsnhAll;
        }
    }

    // False when the range is not aligned as it has to be: which entries go is UNPREDICTABLE.
    private bool ParseRange(in SmmuCommand command, ulong top, ref Item item)
    {
        item.First = item.Last = command.Address & top;
        if (command.TG == 0 || !capabilities.RIL)
            return true;
        var granule = 10 + 2 * command.TG;
        var level = command.TTL == 1 && granule == 14 ? 0 : command.TTL;
        item.Granule = granule;
        item.Level = level;
        var alignment = level == 0 ? granule : granule + (3 - level) * (granule - 3);
        if ((item.First & (1ul << alignment) - 1) != 0)
            return false;

        // At most 32 * 2^31 pages of 64 KiB: no overflow of the length itself. The range ends at the top of the address space (SMMU-CACHE-07).
        var length = (ulong)(command.NUM + 1) << command.SCALE + granule;
        item.Last = length - 1 > top - item.First ? top : item.First + length - 1;
        return true;
    }

    private record struct Item
    {
        public SmmuOpcode Opcode;
        public bool Leaf;
        public ushort Vmid;
        public ushort Asid;
        public uint FirstStream;
        public uint LastStream;
        public uint SubstreamId;
        public ulong First;
        public ulong Last;
        public int Granule;
        public int Level;
        public long Submitted;
        public long Completed;
    }
}
