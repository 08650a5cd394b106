using System.Runtime.CompilerServices;
using Conformance.Model.Smmu.Device;
using Conformance.Model.Smmu.Structures;
using Conformance.Model.Smmu.Translation;

namespace Conformance.Model.Smmu.Oracle;

/// <summary>
/// Finds every legal way in which a transaction may end: the decision procedure is run again and again over answers that count on like an odometer. A fetch
/// of a doubleword that was rewritten has several answers as long as a cache may hold an older one; so has a choice that the architecture leaves.
/// </summary>
internal sealed class OutcomeSearch(SmmuCapabilities capabilities, ShadowMemory memory, SmmuRange hole, InvalidationLog log)
{
    /// <summary>The most runs for one transaction.</summary>
    public const int MaxRuns = 2048;

    private const int MaxNotes = 64;
    private const int MaxDigits = 48;
    private const int MaxAnswers = 24;

    private readonly int[] digits = new int[MaxDigits];
    private readonly int[] radices = new int[MaxDigits];
    private readonly Answer[] answers = new Answer[MaxAnswers];
    private readonly TranslationContexts contexts = new(memory, log);
    private readonly ContextPlaces places = new(log);
    private SmmuTransaction transaction;
    private int known;
    private int position;
    private bool overflow;
    private bool foreign;
    private bool conflicts;
    private bool isNoting;

    // What one run has done so far.
    private StreamTableEntry entry;
    private bool hasStage1;
    private bool hasL1Context;
    private int stage1Level;
    private int stage1Shift;
    private ulong stage1Word;
    private FetchKind lastKind;
    private byte lastLevel;
    private SmmuEventClass lastClass;
    private ulong lastIpa;
    private bool lastIsStale;
    private StaleKinds stale;
    private Holders needed;
    private Holders neededOfStage2;
    private bool needsGlobal;
    private bool needsLocal;
    private long regimeFrom;
    private long regimeUntil;
    private ulong lookedUpOfStream;
    private ulong lookedUpOfStage1;
    private int contextOfStream;
    private int contextOfStage1;
    private TranslationContexts.Context context;
    private ulong place;
    private int granule1;
    private int granule2;
    private TranslationOutcome ignored;

    /// <summary>The time.</summary>
    public long Now { get; set; }

    /// <summary>The binary logarithm of the StreamIDs that share an L1STD.</summary>
    public int Split { get; set; }

    /// <summary>True once a stream was met that may use tables which are not modelled: what they leave in the TLB is not known.</summary>
    public bool HasLeftModel { get; private set; }

    /// <summary>Takes every earlier value for possible, as if no invalidation had been sent: to find out which one was ignored.</summary>
    public bool IgnoresInvalidations { get; set; }

    /// <summary>Forgets which contexts were in use.</summary>
    public void Reset()
    {
        contexts.Clear();
        places.Clear();
        memory.Unmark();
        HasLeftModel = false;
    }

    /// <summary>Fills a set.</summary>
    public void Run(in SmmuSettings settings, in SmmuTransaction of, SmmuOutcomeSet set)
    {
        transaction = of;
        known = 0;
        overflow = foreign = conflicts = false;
        var source = new Source(this);
        do
        {
            Begin();
            ref var next = ref set.Next();
            SmmuTranslation.Run(ref source, capabilities, settings, of, ref next.Translation);
            set.Runs++;
            if (set.Runs == 1)
            {
                if (context.IsSet)
                    contexts.Note(context);
                if (entry.Valid)
                    set.Config = entry.Config < StreamConfig.Bypass ? StreamConfig.Abort : entry.Config;
            }

            if (next.Translation.IsOutsideModel)
            {
                HasLeftModel = set.Unjudged = true;
            }
            else if (IsPossible(next.Translation))
            {
                next.Stale = stale;
                next.MergesEvents = entry.MEV;
                if (next.HasEvent)
                    next.EventMask = SmmuEventMask.Of(next.Event);
                set.Keep();
            }

            if (!Advance())
                break;
            overflow |= set.Runs == MaxRuns;
        } while (!overflow);

        set.TooMany |= overflow;
        set.Unjudged |= foreign || conflicts;
    }

    /// <summary>Takes note of the contexts that a stream may have, old and new structures mixed as caches may mix them.</summary>
    public void Note(in SmmuSettings settings, in SmmuTransaction of)
    {
        transaction = of;
        known = 0;
        overflow = false;
        isNoting = true;
        var source = new Source(this);
        for (var runs = 0; runs < MaxNotes; runs++)
        {
            Begin();
            SmmuTranslation.Run(ref source, capabilities, settings, of, ref ignored);
            HasLeftModel |= ignored.IsOutsideModel;
            NotePlace(isPresent: runs == 0); // the first run is the one through memory as it is
            if (context.IsSet)
                contexts.Note(context);
            if (!Advance())
                break;
        }

        isNoting = false;
    }

    // Where a run has found its CD: it can be fetched from there now. What is fetched through something stale goes with it when that is being invalidated.
    private void NotePlace(bool isPresent)
    {
        if (place != 0)
            places.Note(transaction.StreamId, transaction.HasSubstream ? transaction.SubstreamId : 0, place, entry.D0, isPresent ? Now : log.Incomplete ?? Now);
    }

    // To the next choice that was not tried; false after the last.
    private bool Advance()
    {
        while (position > 0 && digits[position - 1] + 1 == radices[position - 1])
            position--;
        if (position == 0)
            return false;
        digits[position - 1]++;
        known = position;
        return true;
    }

    private void Begin()
    {
        position = 0;
        entry = default;
        hasStage1 = hasL1Context = false;
        stage1Level = -1;
        stage1Shift = granule1 = granule2 = 0;
        lastKind = FetchKind.L1StreamTable;
        lastIpa = ulong.MaxValue;
        lastIsStale = false;
        stale = StaleKinds.None;
        needed = neededOfStage2 = Holders.None;
        needsGlobal = needsLocal = false;
        regimeFrom = 0;
        regimeUntil = long.MaxValue;
        contextOfStream = contextOfStage1 = -1;
        context = default;
        place = 0;
    }

    private int Pick(int alternatives)
    {
        if (position == MaxDigits)
        {
            overflow = true;
            return 0;
        }

        if (position == known)
        {
            digits[position] = 0;
            radices[position] = alternatives;
            known++;
        }

        return digits[position++];
    }

    // A CD that is still held although the structures lead elsewhere: whatever had to be fetched for it was fetched long ago.
    private bool FindContext(in FetchKey key, out ulong address)
    {
        address = 0;
        var count = isNoting ? 0 : places.Find(TagOf(FetchKind.ContextDescriptor, key, 0), entry.D0, IgnoresInvalidations);
        var chosen = count == 0 ? 0 : Pick(count + 1);
        if (chosen == 0)
            return false;
        address = places[chosen - 1];
        stale |= StaleKinds.Context;
        needed = Later(needed, Holders.ContextDescriptor);
        return true;
    }

    private bool Fetch(ulong address, FetchKind kind, in FetchKey key, out ulong value)
    {
        if (!memory.Range.Contains(address, 8))
        {
            value = 0;
            foreign |= position == 0 && !hole.Contains(address, 8); // only mixes of old and new lead elsewhere otherwise
            lastKind = kind;
            lastLevel = key.Level;
            lastClass = key.Class;
            lastIsStale = false;
            return false;
        }

        value = memory.Read(address, out var earlier);
        if (key.Purpose >= FetchPurpose.Update)
            return true;
        if (key.Purpose == FetchPurpose.Regime && isNoting)
        {
            context.Fill(key, entry, address, kind == FetchKind.StreamTable);
            return true;
        }

        if (key.Purpose == FetchPurpose.Use && (earlier == 0 || (isNoting && kind == FetchKind.Stage1Descriptor)))
        {
            Follow(kind, key, value, address);
            lastIsStale = false;
            return true;
        }

        if (key.Purpose == FetchPurpose.Regime)
            value = FetchRegime(address, kind, key, value, earlier);
        else
            value = FetchAmbiguous(address, kind, key, value, earlier);
        return true;
    }

    // Keeps track of how far a run has come.
    private void Follow(FetchKind kind, in FetchKey key, ulong value, ulong address)
    {
        switch (kind)
        {
            case FetchKind.StreamTable:
                switch (address >> 3 & 7)
                {
                    case 0:
                        memory.Mark(address, isTable: false);
                        entry.D0 = value;
                        break;
                    case 1:
                        entry.D1 = value;
                        break;
                    case 2:
                        entry.D2 = value;
                        break;
                    case 3:
                        entry.D3 = value;
                        break;
                }

                break;
            case FetchKind.L1StreamTable:
                memory.Mark(address, isTable: false);
                break;
            case FetchKind.L1ContextTable:
                memory.Mark(address, isTable: false);
                hasL1Context = true;
                break;
            case FetchKind.ContextDescriptor:
                switch (address >> 3 & 7)
                {
                    case 0:
                        memory.Mark(address, isTable: false);
                        place = address;
                        context.D0 = value;
                        break;
                    case 1:
                        context.D1 = value;
                        break;
                    case 2:
                        context.D2 = value;
                        break;
                }

                break;
            case FetchKind.Stage1Descriptor:
                if (!hasStage1 && contextOfStage1 >= 0)
                    needed = Later(needed, needsGlobal || key.Level == 3 ? Holders.Leaf : (Holders)(1 << 9 + key.Level));
                hasStage1 = true;
                stage1Level = key.Level;
                stage1Shift = key.Shift;
                stage1Word = value;
                granule1 = CacheTag.GranuleOf(key.Level, key.Shift);
                contexts.HasGlobalEntries |= (value >> 11 & 1) == 0 && IsLeaf(key.Level, value) && (value & 1) != 0;
                if (HasUpdates && (context.D0 >> 43 & 1) != 0)
                    memory.Mark(address, isTable: true);
                break;
            case FetchKind.Stage2Descriptor:
                if (lastKind != FetchKind.Stage2Descriptor || key.Ipa != lastIpa || key.Level <= lastLevel || key.Class != lastClass)
                    neededOfStage2 = Holders.None;
                granule2 = CacheTag.GranuleOf(key.Level, key.Shift);
                lastIpa = key.Ipa;
                if (HasUpdates && entry.S2HA)
                    memory.Mark(address, isTable: true);
                break;
        }

        lastKind = kind;
        lastLevel = key.Level;
        lastClass = key.Class;
    }

    private ulong FetchAmbiguous(ulong address, FetchKind kind, in FetchKey key, ulong present, int earlier)
    {
        // So that a walk of stage 2 that begins here knows that it does, and the tag has the granules.
        Follow(kind, key, present, address);
        answers[0] = new(present, Holders.None, Holders.None, 0, 0);
        var count = 1;
        for (var version = earlier; version != 0; )
        {
            var value = memory.Earlier(version, out var end, out version);
            var holders = HoldersOf(kind, key, value);
            var surviving = end == ShadowMemory.Present ? holders : Surviving(end, holders, TagOf(kind, key, value));
            if (surviving == Holders.None || count == MaxAnswers)
                continue;
            for (var other = 0; other < count; other++)
                conflicts |= MayConflict(kind, key.Level, answers[other].Value, value);
            answers[count++] = new(value, end == ShadowMemory.Present ? Holders.None : holders, surviving, 0, 0);
        }

        var chosen = count == 1 ? 0 : Pick(count);
        lastIsStale = chosen != 0 && answers[chosen].Holders != Holders.None;
        if (chosen == 0)
            return present;
        if (lastIsStale)
        {
            Need(answers[chosen], kind, key);
            stale |= KindOf(kind);
        }

        Follow(kind, key, answers[chosen].Value, address);
        return answers[chosen].Value;
    }

    // Entries of different sizes for one address: without BBML=2 they may end in F_TLB_CONFLICT, or in a mix of both.
    private bool MayConflict(FetchKind kind, int level, ulong one, ulong other)
    {
        const ulong contiguous = 1ul << 52;
        if (capabilities.BBML >= 2 || kind < FetchKind.Stage1Descriptor || (one & other & 1) == 0)
            return false;
        return IsLeaf(level, one) != IsLeaf(level, other) || (IsLeaf(level, one) && ((one ^ other) & contiguous) != 0);
    }

    // What TLB entries were made with: an earlier value of the same doubleword, or the CD or STE of another context with the same tags.
    private ulong FetchRegime(ulong address, FetchKind kind, in FetchKey key, ulong present, int earlier)
    {
        var isStream = kind == FetchKind.StreamTable;
        var word = (int)(address >> 3 & 7);
        var used = (isStream, word) switch
        {
            (true, 2) => entry.D2,
            (true, _) => entry.D3,
            (_, 0) => context.D0,
            (_, 1) => context.D1,
            _ => (context.D0 >> 30 & 1) != 0 ? present : context.D2, // not fetched with EPD1
        };
        var tag = TagOf(kind, key, 0);
        if (isStream ? word == 2 : word == 0)
        {
            context.Fill(key, entry, address, isStream);
            ref var chosenContext = ref isStream ? ref contextOfStream : ref contextOfStage1;
            var others = contexts.Find(context, isStream, tag, IgnoresInvalidations);
            chosenContext = others == 0 ? -1 : Pick(others + 1) - 1;
            if (chosenContext >= 0)
            {
                stale |= StaleKinds.Regime;
                if (!isStream)
                {
                    // Some entry of theirs has to be met: a pointer out of their first table at least.
                    Need(new(0, Holders.ContextDescriptor | Holders.Stage1, contexts.SurvivingOf(chosenContext), 0, 0), kind, key);
                    needsGlobal |= contexts.IsForeign(chosenContext, context);
                }
            }

            PickLookedUp(isStream, word, others, used);

            // Their pages may be of other sizes; those of another ASID are only met where they are global.
            for (var i = 0; i < others; i++)
                conflicts |= capabilities.BBML < 2 && (isStream || contexts.HasGlobalEntries || !contexts.IsForeign(i, context));
        }

        var index = isStream ? contextOfStream : contextOfStage1;
        if (index >= 0)
        {
            // What differs between the two but is no part of the entries is the own.
            var own = isStream
                ? word == 2
                    ? ~TranslationContexts.RegimeOfSte
                    : 0
                : word == 0
                    ? ~TranslationContexts.RegimeOfCd
                    : 0;
            return Looked(contexts.Word(index, isStream, word) & ~own | used & own, isStream, word);
        }

        if (earlier == 0 && used == present)
        {
            regimeFrom = Math.Max(regimeFrom, memory.BeginOf(address));
            return Looked(used, isStream, word);
        }

        var holders = isStream
            ? Holders.StreamTable | Holders.Stage2 | (key.IsNested ? Holders.L1ContextTable | Holders.ContextDescriptor | Holders.Stage1 : Holders.None)
            : Holders.ContextDescriptor | Holders.Stage1;
        // Of a structure that is in no cache any more, the doublewords that made an entry were in memory at the same time.
        var structure = isStream ? Holders.StreamTable : Holders.ContextDescriptor;
        var count = 1;
        var begin = memory.BeginOf(address);
        answers[0] = new(used, Holders.None, Holders.None, begin, long.MaxValue);
        if (used != present)
            AddRegime(new(present, holders, holders, begin, long.MaxValue), used, isStream, word, ref count);
        for (var version = earlier; version != 0; )
        {
            begin = memory.BeginOf(version);
            var value = memory.Earlier(version, out var end, out version);
            if (value == used)
                answers[0] = answers[0] with { Begin = begin };
            else if (end == ShadowMemory.Present || IgnoresInvalidations)
                AddRegime(new(value, holders, holders, begin, long.MaxValue), used, isStream, word, ref count);
            else if (Surviving(end, holders, tag) is var surviving and not Holders.None)
                AddRegime(new(value, holders, surviving, begin, (surviving & structure) != 0 ? long.MaxValue : end), used, isStream, word, ref count);
        }

        for (var i = 1; i < count; i++)
            conflicts |= capabilities.BBML < 2 && ((answers[i].Value ^ used) & ShapeOf(isStream, word)) != 0;
        var chosen = count == 1 ? 0 : Pick(count);
        regimeFrom = Math.Max(regimeFrom, answers[chosen].Begin);
        regimeUntil = Math.Min(regimeUntil, answers[chosen].Until);
        if (chosen == 0)
            return Looked(used, isStream, word);
        stale |= StaleKinds.Regime;
        Need(answers[chosen], kind, key);
        return answers[chosen].Value;
    }

    private void AddRegime(in Answer answer, ulong used, bool isStream, int word, ref int count)
    {
        if (count == MaxAnswers)
            return;

        // Another ASID, another VMID: other entries. What was not valid made none.
        var value = answer.Value;
        if (isStream ? word == 2 && (ushort)(value ^ used) != 0 : word == 0 && ((value ^ used) >> 48 != 0 || (value >> 31 & 1) == 0))
            return;
        const ulong tbi = 3ul << 38;
        if (!isStream && word == 0)
            value = value & ~tbi | used & tbi;
        answers[count++] = answer with { Value = value };

        var mask = LookedUp(isStream, word);
        var looked = value & ~mask | used & mask;
        if (looked != value && count < MaxAnswers)
            answers[count++] = answer with { Value = looked };
    }

    // An entry may be made of the tables of one context with what another looked up: the own, or one with the same tags.
    private void PickLookedUp(bool isStream, int word, int others, ulong used)
    {
        var mask = LookedUp(isStream, word);
        Span<ulong> values = stackalloc ulong[8];
        values[0] = used & mask;
        var count = 1;
        for (var i = 0; i < others && count < values.Length; i++)
            if ((contexts.Word(i, isStream, word) & mask) is var value && !values[..count].Contains(value))
                values[count++] = value;
        var chosen = count == 1 ? 0 : Pick(count);
        if (isStream)
            lookedUpOfStream = values[chosen];
        else
            lookedUpOfStage1 = values[chosen];
        if (chosen == 0)
            return;
        stale |= StaleKinds.Regime;
        if (!isStream)
            needed = Later(needed, Holders.Leaf);
    }

    private ulong Looked(ulong value, bool isStream, int word) =>
        LookedUp(isStream, word) is var mask and not 0 ? value & ~mask | (isStream ? lookedUpOfStream : lookedUpOfStage1) : value;

    // What may be part of an entry or be looked up at each access. CD.D0: EPD0, EPD1, AFFD, WXN, UWXN, PAN, HD, HA; STE.D2: S2AFFD, S2PTW, S2HD, S2HA.
    private static ulong LookedUp(bool isStream, int word) =>
        (isStream, word) switch
        {
            (true, 2) => 15ul << 53,
            (false, 0) => 1ul << 14 | 1ul << 30 | 7ul << 35 | 1ul << 40 | 3ul << 42,
            _ => 0,
        };

    // What decides where tables lie and how large their pages are. CD.D0: T0SZ, TG0, T1SZ, TG1; STE.D2: S2T0SZ, S2SL0, S2TG; otherwise a table base.
    private static ulong ShapeOf(bool isStream, int word) =>
        (isStream, word) switch
        {
            (true, 2) => 0xfful << 32 | 3ul << 46,
            (false, 0) => 0xff | 0xff << 16,
            _ => Bits.Mask(51, 4),
        };

    private Holders Surviving(long end, Holders holders, in CacheTag tag) => IgnoresInvalidations ? holders : log.Surviving(end, holders, tag);

    private void Need(in Answer answer, FetchKind kind, in FetchKey key)
    {
        // From the inside out; as long as the innermost holds it, it is as if memory had it.
        var innermost = Lowest(answer.Holders);
        var lowest = Lowest(answer.Surviving);
        if (lowest == innermost)
            return;
        if ((lowest & Holders.Stage2) != 0)
            neededOfStage2 = Later(neededOfStage2, lowest);
        else if (lowest == Holders.GlobalLeaf)
            needed = Later(needed, Holders.Leaf);
        else
            needed = Later(needed, lowest);
        if ((lowest & (Holders.Leaf | Holders.GlobalLeaf)) == 0)
            return;
        if (kind == FetchKind.Stage2Descriptor && key.Class == SmmuEventClass.InputAddress)
            neededOfStage2 = Holders.Leaf;
        needsGlobal |= (answer.Surviving & Holders.Leaf) == 0;
        needsLocal |= (answer.Surviving & Holders.GlobalLeaf) == 0;
    }

    private static Holders Lowest(Holders holders) => holders & (Holders)(-(int)holders);

    private static Holders Later(Holders first, Holders second) => first > second ? first : second;

    private static StaleKinds KindOf(FetchKind kind) =>
        kind switch
        {
            FetchKind.L1StreamTable or FetchKind.StreamTable => StaleKinds.StreamTable,
            FetchKind.L1ContextTable or FetchKind.ContextDescriptor => StaleKinds.Context,
            FetchKind.Stage1Descriptor => StaleKinds.Stage1,
            _ => StaleKinds.Stage2,
        };

    private Holders HoldersOf(FetchKind kind, in FetchKey key, ulong value)
    {
        switch (kind)
        {
            case FetchKind.L1StreamTable:
                return Holders.L1StreamTable | Holders.StreamTable;
            case FetchKind.StreamTable:
                return Holders.StreamTable;
            case FetchKind.L1ContextTable:
                return Holders.L1ContextTable | Holders.ContextDescriptor;
            case FetchKind.ContextDescriptor:
                return Holders.ContextDescriptor;
            case FetchKind.Stage1Descriptor:
                return IsLeaf(key.Level, value) ? LeafOf(value) : WalkFrom(Holders.Stage1Walk, 9, key.Level) | Holders.Leaf | Holders.GlobalLeaf;
        }

        var holders = IsLeaf(key.Level, value) ? Holders.Stage2Leaf : WalkFrom(Holders.Stage2Walk, 2, key.Level) | Holders.Stage2Leaf;
        switch (key.Class)
        {
            case SmmuEventClass.ContextDescriptor:
                holders |= HasL1ContextAhead ? Holders.L1ContextTable | Holders.ContextDescriptor : Holders.ContextDescriptor;
                break;
            case SmmuEventClass.TranslationTable:
                holders |= hasStage1 ? WalkFrom(Holders.Stage1Walk, 9, stage1Level) | Holders.Leaf | Holders.GlobalLeaf : Holders.Stage1;
                break;
            default:
                if (hasStage1)
                    holders |= LeafOf(stage1Word);
                break;
        }

        return holders;
    }

    private bool HasUpdates => capabilities.HTTU != 0;

    private bool HasL1ContextAhead => !hasL1Context && capabilities.CD2L && capabilities.SSIDSIZE != 0 && entry.S1CDMax != 0 && entry.S1Fmt is 1 or 2;

    private static bool IsLeaf(int level, ulong value) => level == 3 || (value & 2) == 0;

    private static Holders LeafOf(ulong leaf) => (leaf >> 11 & 1) != 0 ? Holders.Leaf : Holders.GlobalLeaf;

    private static Holders WalkFrom(Holders walk, int first, int level) => walk & (Holders)(-1 << first + level);

    private CacheTag TagOf(FetchKind kind, in FetchKey key, ulong value)
    {
        var tag = new CacheTag
        {
            StreamId = key.StreamId,
            SubstreamId = key.SubstreamId,
            LeafTableBits = entry.S1Fmt switch
            {
                1 => 6,
                2 => 10,
                _ => 0,
            },
            Split = Split,
            World = key.World,
            Vmid = key.Vmid,
            Asid = key.Asid,
            Va = (ulong)((long)transaction.Address << 8 >> 8),
            Granule1 = granule1,
            LeafShift = granule1 == 0 ? 12 : granule1,
            LeafLevel = -1,
            Ipa = key.Ipa,
            Granule2 = granule2,
            Leaf2Shift = granule2 == 0 ? 12 : granule2,
            Leaf2Level = -1,
        };
        if (kind == FetchKind.Stage1Descriptor && IsLeaf(key.Level, value))
        {
            tag.LeafShift = key.Shift;
            tag.LeafLevel = key.Level;
        }

        if (kind == FetchKind.Stage2Descriptor)
        {
            var isLeaf = IsLeaf(key.Level, value);
            if (isLeaf)
            {
                tag.Leaf2Shift = key.Shift;
                tag.Leaf2Level = key.Level;
            }

            if (hasStage1 && key.Class == SmmuEventClass.InputAddress)
            {
                tag.LeafShift = Math.Min(stage1Shift, tag.Leaf2Shift);
                tag.LeafLevel = stage1Level;
            }
        }

        return tag;
    }

    // A cache holds what was found, never that nothing was: Translation, Address size and Access faults and aborted fetches are fresh, so what led to them
    // has to be in memory or in a cache that is passed on the way to them (SMMU-CACHE-13, SMMU-CACHE-21, SMMU-CACHE-26).
    private bool IsPossible(in TranslationOutcome outcome)
    {
        if (stale == StaleKinds.None && needed == Holders.None)
            return true;
        if (regimeFrom >= regimeUntil)
            return false;
        if (outcome.Reply == SmmuReply.Completed)
            return !(hasStage1 && IsOfWrongKind);
        var type = outcome.Event.Type;
        switch (type)
        {
            case SmmuEventType.SteFetch:
                return needed < (lastKind == FetchKind.L1StreamTable ? Holders.L1StreamTable : Holders.StreamTable);
            case SmmuEventType.CdFetch:
                return needed < (lastKind == FetchKind.L1ContextTable ? Holders.L1ContextTable : Holders.ContextDescriptor);
            case SmmuEventType.WalkAbort or SmmuEventType.Translation or SmmuEventType.AddressSize or SmmuEventType.Access:
                return outcome.Event.S2 ? IsPossibleStage2(outcome.Event) : IsPossibleStage1(type);
            default:
                return !(hasStage1 && IsOfWrongKind);
        }
    }

    // The entry that is needed is a global one or one of the ASID; the leaf says which it is.
    private bool IsOfWrongKind => (stage1Word >> 11 & 1) != 0 ? needsGlobal : needsLocal;

    private bool IsPossibleStage1(SmmuEventType type)
    {
        if (lastKind != FetchKind.Stage1Descriptor)
            return needed <= Holders.ContextDescriptor;
        return !(lastIsStale && type != SmmuEventType.WalkAbort) && needed <= (Holders)(1 << 8 + stage1Level);
    }

    private bool IsPossibleStage2(in SmmuEvent fault)
    {
        if (lastKind == FetchKind.Stage2Descriptor && lastIpa >> 12 == fault.IPA >> 12 || fault.Type == SmmuEventType.WalkAbort)
        {
            if ((lastIsStale && fault.Type != SmmuEventType.WalkAbort) || neededOfStage2 > (Holders)(1 << 1 + lastLevel))
                return false;
        }

        return fault.Class switch
        {
            SmmuEventClass.ContextDescriptor => needed < (HasL1ContextAhead ? Holders.L1ContextTable : Holders.ContextDescriptor),
            SmmuEventClass.TranslationTable => needed <= (hasStage1 ? (Holders)(1 << 8 + stage1Level) : Holders.ContextDescriptor),
            _ => true,
        };
    }

    private readonly record struct Answer(ulong Value, Holders Holders, Holders Surviving, long Begin, long Until);

    private readonly struct Source(OutcomeSearch search) : ITranslationSource
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public bool Fetch(ulong address, FetchKind kind, in FetchKey key, out ulong value) => search.Fetch(address, kind, key, out value);

        public bool FindContext(in FetchKey key, out ulong address) => search.FindContext(key, out address);

        public int Choose(SmmuLatitude latitude, int alternatives) => search.isNoting ? 0 : search.Pick(alternatives);
    }
}
