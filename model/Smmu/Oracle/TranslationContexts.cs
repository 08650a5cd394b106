using System.Runtime.InteropServices;
using Conformance.Model.Smmu.Structures;
using Conformance.Model.Smmu.Translation;

namespace Conformance.Model.Smmu.Oracle;

/// <summary>
/// The contexts that translations were made with, as they were then: TLB entries belong to a VMID and an ASID, not to a stream, so whoever has the same tags
/// may meet them (S.13; SMMU-CACHE-12).
/// </summary>
internal sealed class TranslationContexts(ShadowMemory memory, InvalidationLog log)
{
    /// <summary>CD.D0 without ASID, ASET, A, R and S, and without TBI, which is needed before an entry can be met.</summary>
    public const ulong RegimeOfCd = 0x0000_0f3f_ffff_ffff;

    /// <summary>STE.D2 without S2S and S2R.</summary>
    public const ulong RegimeOfSte = ~(3ul << 57);
    private const int Capacity = 256;

    private readonly List<Context> all = [];
    private readonly (int Index, Holders Surviving)[] found = new (int, Holders)[Capacity];
    private int oldest;

    /// <summary>A leaf that is global was met: entries may serve other ASIDs.</summary>
    public bool HasGlobalEntries { get; set; }

    /// <summary>Forgets all.</summary>
    public void Clear()
    {
        all.Clear();
        oldest = 0;
        HasGlobalEntries = false;
    }

    /// <summary>A translation was made with a context.</summary>
    public void Note(in Context context)
    {
        // Asked for every transaction behind a change: most of the others differ in the first word that is looked at.
        foreach (ref readonly var known in CollectionsMarshal.AsSpan(all))
            if (known.D0 == context.D0 && known.StreamId == context.StreamId && known.CdAddress == context.CdAddress && known == context)
                return;
        if (all.Count < Capacity)
            all.Add(context);
        else
            all[oldest++ % Capacity] = context;
    }

    /// <summary>Finds the contexts that may have made TLB entries which a context can hit, and which differ from what it makes itself.</summary>
    /// <returns>How many there are.</returns>
    public int Find(in Context of, bool isStage2, in CacheTag tag, bool ignoresInvalidations)
    {
        if (all.Count == 0 || (all.Count == 1 && all[0] == of))
            return 0;
        var count = 0;
        var contexts = CollectionsMarshal.AsSpan(all);
        for (var i = 0; i < contexts.Length; i++)
        {
            ref readonly var other = ref contexts[i];
            if (other.World != of.World || other.Vmid != of.Vmid)
                continue;
            var surviving = isStage2 ? SurvivingStage2(of, other, tag, ignoresInvalidations) : SurvivingStage1(of, other, tag, ignoresInvalidations);
            if (surviving == Holders.None)
                continue;
            var same = 0;
            while (same < count && !MakeTheSame(contexts[found[same].Index], other, isStage2))
                same++;
            if (same == count)
                found[count++] = (i, surviving);
            else
                found[same].Surviving |= surviving;
        }

        return count;
    }

    private static bool MakeTheSame(in Context first, in Context second, bool isStage2) =>
        isStage2
            ? ((first.SteD2 ^ second.SteD2) & RegimeOfSte) == 0 && first.SteD3 == second.SteD3
            : first.Asid == second.Asid && ((first.D0 ^ second.D0) & RegimeOfCd) == 0 && first.D1 == second.D1 && first.D2 == second.D2;

    /// <summary>What may still hold entries of a context that was found.</summary>
    public Holders SurvivingOf(int found) => this.found[found].Surviving;

    /// <summary>True when a context that was found has another ASID: only global entries are shared.</summary>
    public bool IsForeign(int found, in Context of) => all[this.found[found].Index].Asid != of.Asid;

    /// <summary>A doubleword of a context that was found.</summary>
    public ulong Word(int found, bool isStage2, int word)
    {
        var context = all[this.found[found].Index];
        return (isStage2, word) switch
        {
            (true, 2) => context.SteD2,
            (true, _) => context.SteD3,
            (_, 0) => context.D0,
            (_, 1) => context.D1,
            _ => context.D2,
        };
    }

    private Holders SurvivingStage1(in Context of, in Context other, in CacheTag tag, bool ignoresInvalidations)
    {
        if (other.Config != of.Config || other.CdAddress == 0 || (other.Asid != of.Asid && !HasGlobalEntries && !memory.HasGlobalPages))
            return Holders.None;

        // Its own earlier doublewords are found in memory, unless the ASID was another one.
        if (other.Asid == of.Asid && other.StreamId == of.StreamId && other.SubstreamId == of.SubstreamId && other.CdAddress == of.CdAddress)
            return Holders.None;
        if (((other.D0 ^ of.D0) & RegimeOfCd) == 0 && other.D1 == of.D1 && other.D2 == of.D2)
            return Holders.None;

        // Of another ASID only a global leaf can be met, but it can be made from any pointer that is left.
        var isForeign = other.Asid != of.Asid;
        var holders = Holders.Stage1 & ~Holders.Stage1Base & ~(isForeign ? Holders.Leaf : Holders.None);
        var end = Math.Min(
            EndOf(other.CdAddress, other.D0),
            Math.Min(EndOf(other.CdAddress + 8, other.D1), (other.D0 >> 30 & 1) != 0 ? ShadowMemory.Present : EndOf(other.CdAddress + 16, other.D2))
        );
        var theirs = tag with { StreamId = other.StreamId, SubstreamId = other.SubstreamId, Asid = other.Asid };
        if (end != ShadowMemory.Present && !ignoresInvalidations)
            holders &= log.Surviving(end, Holders.ContextDescriptor | holders, theirs);
        return isForeign && holders != Holders.None ? Holders.GlobalLeaf : holders;
    }

    private Holders SurvivingStage2(in Context of, in Context other, in CacheTag tag, bool ignoresInvalidations)
    {
        if (other.SteAddress == 0 || other.StreamId == of.StreamId)
            return Holders.None;
        if (((other.SteD2 ^ of.SteD2) & RegimeOfSte) == 0 && other.SteD3 == of.SteD3)
            return Holders.None;
        const Holders holders = Holders.Stage2 | Holders.Stage1;
        var end = Math.Min(EndOf(other.SteAddress + 16, other.SteD2), EndOf(other.SteAddress + 24, other.SteD3));
        if (end == ShadowMemory.Present || ignoresInvalidations)
            return holders;
        return log.Surviving(end, Holders.StreamTable | holders, tag with { StreamId = other.StreamId }) & holders;
    }

    // When memory stopped to have a value that it had; long ago when that is forgotten.
    private long EndOf(ulong address, ulong value)
    {
        if (memory.Read(address, out var earlier) == value)
            return ShadowMemory.Present;
        for (var version = earlier; version != 0; )
            if (memory.Earlier(version, out var end, out version) == value)
                return end;
        return 0;
    }

    /// <summary>One context: its tags, and what its TLB entries are made with.</summary>
    internal record struct Context
    {
        /// <summary>True once a regime was read.</summary>
        public bool IsSet;

        /// <summary>The StreamID.</summary>
        public uint StreamId;

        /// <summary>The SubstreamID; 0 without one.</summary>
        public uint SubstreamId;

        /// <summary>The StreamWorld.</summary>
        public StreamWorld World;

        /// <summary>STE.Config: entries of one stage and combined ones are apart.</summary>
        public StreamConfig Config;

        /// <summary>The VMID.</summary>
        public ushort Vmid;

        /// <summary>The ASID.</summary>
        public ushort Asid;

        /// <summary>The physical address of the STE; 0 without stage 2.</summary>
        public ulong SteAddress;

        /// <summary>STE.D2.</summary>
        public ulong SteD2;

        /// <summary>STE.D3.</summary>
        public ulong SteD3;

        /// <summary>The physical address of the CD; 0 without stage 1.</summary>
        public ulong CdAddress;

        /// <summary>CD.D0.</summary>
        public ulong D0;

        /// <summary>CD.D1.</summary>
        public ulong D1;

        /// <summary>CD.D2; 0 when the upper half is disabled.</summary>
        public ulong D2;

        /// <summary>Fills in what a fetch of the regime says.</summary>
        public void Fill(in FetchKey key, in StreamTableEntry entry, ulong address, bool isStage2)
        {
            IsSet = true;
            StreamId = key.StreamId;
            SubstreamId = key.SubstreamId;
            World = key.World;
            Config = entry.Config;
            Vmid = key.Vmid;
            Asid = key.Asid;
            if (!isStage2)
            {
                CdAddress = address & ~63ul;
                return;
            }

            SteAddress = address & ~63ul;
            SteD2 = entry.D2;
            SteD3 = entry.D3;
        }
    }
}
