using System.Buffers.Binary;
using Conformance.Model.Requirements;
using Conformance.Model.Smmu.Device;
using Conformance.Model.Smmu.Structures;
using Conformance.Model.Smmu.Translation;
using static Conformance.Model.Requirements.RequirementId;

namespace Conformance.Model.Smmu.Oracle;

// What transactions may give, and what is learned from what they gave.
public sealed partial class SmmuOracle
{
    private readonly SmmuOutcomeSet scratch = new();
    private readonly List<PendingTransaction> pending = [];
    private readonly Stack<PendingTransaction> spare = [];

    // Hardware may have updated descriptors for a transaction that was not judged.
    private bool hasStrayUpdates;

    // What the last transaction was there to show; blamed for what it should not have left behind.
    private Rules transactionRules;

    /// <summary>Lists every legal way in which a transaction may end now.</summary>
    public void Allowed(in SmmuTransaction transaction, SmmuOutcomeSet set) => Enumerate(transaction, set, ignoresInvalidations: false);

    private void Enumerate(in SmmuTransaction transaction, SmmuOutcomeSet set, bool ignoresInvalidations)
    {
        set.Clear();
        if (IsMemoryDoubtful || (registers.IsEnabled && !(KnowsStreamTable && (tableExchanged <= memory.Floor || tableInvalidated > tableExchanged))))
        {
            set.Unjudged = true;
            return;
        }

        Declare(transaction.StreamId, transaction.HasSubstream, transaction.SubstreamId);
        NoteContexts();
        if (search.HasLeftModel)
        {
            set.Unjudged = true;
            return;
        }

        var settings = Settings;
        search.Split = settings.Split;
        search.Now = now;
        search.IgnoresInvalidations = ignoresInvalidations;
        search.Run(settings, transaction, set);

        // A register that nobody has written since reset: both readings.
        if (!registers.IsEnabled && !registers.Gbpa.Has(1u << 20))
            search.Run(settings with { Gbpa = settings.Gbpa ^ 1u << 20 }, transaction, set);
        if (registers.IsEnabled && !registers.Cr2.Has(2))
            search.Run(settings with { Cr2 = settings.Cr2 ^ 2 }, transaction, set);
        search.IgnoresInvalidations = false;
    }

    private SmmuSettings Settings =>
        new(registers.Cr0, (uint)registers.Cr2.Value, (uint)registers.Gbpa.Value, registers.StrtabBase.Value, (uint)registers.StrtabBaseCfg.Value);

    // What the contexts are now: TLB entries may be made with them from now on, and remain when they change.
    private void NoteContexts()
    {
        if (!contextsHaveChanged || !registers.IsEnabled)
            return;
        contextsHaveChanged = false;
        if (!KnowsStreamTable)
            return;
        search.Split = Settings.Split;
        search.Now = now;
        foreach (var context in declared)
            search.Note(Settings, context);
    }

    private bool KnowsStreamTable =>
        registers.StrtabBase.Has(Bits.Mask(51, 6)) && registers.StrtabBaseCfg.Has(0x307ff) && (!Capabilities.HYP || registers.Cr2.Has(1));

    /// <summary>
    /// A transaction was sent and ended so. Judges what was seen and keeps the outcomes that agree with it; their records and updates are judged when the
    /// queue and the memory are read.
    /// </summary>
    /// <param name="transaction">The transaction.</param>
    /// <param name="set">What <see cref="Allowed"/> gave for it just before.</param>
    /// <param name="reply">How it ended; <see cref="SmmuReply.Unknown"/> when the port does not show it. A failed read then gives zeros.</param>
    /// <param name="data">What was written, or what was read.</param>
    /// <param name="ticket">A number of the caller's for a stalled transaction: see <see cref="ObserveAnswer"/>.</param>
    public SmmuJudgement Observe(in SmmuTransaction transaction, SmmuOutcomeSet set, SmmuReply reply, ReadOnlySpan<byte> data, int ticket = 0)
    {
        now++;
        if (set.Unjudged || set.TooMany)
        {
            if (set.TooMany)
                TooManyCount++;
            else
                UnjudgedCount++;
            LoseMemory(transaction);
            hasStrayRecords = true;
            hasStrayStalls |= reply == SmmuReply.Stalled;
            return default;
        }

        var word = WordOf(data);
        var sent = Rent(transaction, word);
        for (var i = 0; i < set.Count; i++)
            if (Agrees(transaction, set[i], reply, word))
                sent.Add(set[i]);
        if (sent.Count == 0)
        {
            spare.Push(sent);
            return new(SmmuDivergence.Transaction, Blame(transaction, set, reply, word));
        }

        transactionRules = sent.Outcomes[0].Rules;
        if (sent.Outcomes[0].Reply == SmmuReply.Stalled)
        {
            sent.Stall = new(transaction, word, ticket, sent.Outcomes[0].Event.S2);
            stalled.Add(sent.Stall);
        }

        Enter(sent);
        return new(SmmuDivergence.None, sent.Count == 1 ? transactionRules : Common(sent));
    }

    /// <summary>The transaction that was observed last is known to deviate: whether it leaves a record is not judged.</summary>
    public void Disregard() => hasStrayRecords = true;

    // A transaction that is not judged may have written anywhere, and hardware may have updated any descriptor for it.
    private void LoseMemory(in SmmuTransaction transaction)
    {
        IsMemoryDoubtful |= !transaction.IsRead;
        hasStrayUpdates = Capabilities.HTTU != 0;
    }

    /// <summary>The processor reads memory and sees <paramref name="bytes"/>.</summary>
    public SmmuJudgement ObserveMemory(ulong address, ReadOnlySpan<byte> bytes)
    {
        now++;
        var judgement = default(SmmuJudgement);
        while (bytes.Length > 0)
        {
            var aligned = address & ~7ul;
            var skip = (int)(address - aligned);
            var count = Math.Min(8 - skip, bytes.Length);
            var mask = count == 8 ? ulong.MaxValue : (1ul << count * 8) - 1 << skip * 8;
            var seen = WordOf(bytes[..count]) << skip * 8;
            var one = ObserveWord(aligned, seen, mask);
            if (judgement.Agrees)
                judgement = one.Agrees ? new(SmmuDivergence.None, judgement.Rules.And(one.Rules)) : one;
            address += (ulong)count;
            bytes = bytes[count..];
        }

        return judgement;
    }

    private static ulong WordOf(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length >= 8)
            return BinaryPrimitives.ReadUInt64LittleEndian(bytes);
        var word = 0ul;
        for (var i = bytes.Length - 1; i >= 0; i--)
            word = word << 8 | bytes[i];
        return word;
    }

    private PendingTransaction Rent(in SmmuTransaction transaction, ulong data)
    {
        var sent = spare.Count > 0 ? spare.Pop() : new();
        sent.Begin(transaction, data);
        return sent;
    }

    private void ForgetTransactions()
    {
        foreach (var sent in pending)
            spare.Push(sent);
        pending.Clear();
        stalled.Clear();
        hasStrayUpdates = hasStrayRecords = hasStrayStalls = mayHaveAborted = isProducerLoose = hasPrefetched = false;
        transactionRules = Rules.None;
    }

    // What lies behind the SMMU aborts an access to the hole.
    private SmmuReply ReplyOf(in SmmuOutcome outcome) =>
        outcome.Reply == SmmuReply.Completed && !memory.Range.Contains(outcome.PhysicalAddress) ? SmmuReply.Aborted : outcome.Reply;

    private bool Agrees(in SmmuTransaction transaction, in SmmuOutcome outcome, SmmuReply reply, ulong data, bool isLate = false)
    {
        // What lies neither in memory nor in the hole is not known: an access that gets there may end in any way.
        if (outcome.Reply == SmmuReply.Completed && !memory.Range.Contains(outcome.PhysicalAddress) && !hole.Contains(outcome.PhysicalAddress))
            return reply is SmmuReply.Unknown or SmmuReply.Completed or SmmuReply.Aborted;
        var expected = ReplyOf(outcome);
        if (reply != SmmuReply.Unknown && reply != expected)
            return false;
        if (!transaction.IsRead)
            return true;
        return expected switch
        {
            SmmuReply.Completed => Holds(outcome.PhysicalAddress, transaction.Length, data, isLate),
            SmmuReply.ReadAsZeroWriteIgnored => data == 0,
            _ => reply != SmmuReply.Unknown || data == 0,
        };
    }

    // True when memory may show these bytes; late, when it may have shown them at any time.
    private bool Holds(ulong address, int length, ulong data, bool isLate)
    {
        var shift = (int)(address & 7) * 8;
        var mask = length >= 8 ? ulong.MaxValue : (1ul << length * 8) - 1;
        var present = memory.Read(address & ~7ul, out var earlier);
        if ((present >> shift & mask) == data)
            return true;
        for (var version = earlier; version != 0; )
            if ((memory.Earlier(version, out var end, out version) >> shift & mask) == data && (isLate || end == ShadowMemory.Present))
                return true;
        return false;
    }

    // What a transaction leaves behind: memory, descriptors, a record.
    private void Enter(PendingTransaction sent)
    {
        Write(sent);
        Update(sent);
        AwaitRecord(sent);
        if (sent.AwaitsRecord || sent.HasOpenWrite)
            pending.Add(sent);
        else if (sent.Stall?.Retry != sent)
            spare.Push(sent);
    }

    private bool Writes(PendingTransaction sent, in SmmuOutcome outcome) => !sent.Transaction.IsRead && ReplyOf(outcome) == SmmuReply.Completed;

    private void Write(PendingTransaction sent)
    {
        if (sent.Transaction.IsRead)
            return;
        var place = 0ul;
        var writing = 0;
        var isOne = true;
        foreach (ref readonly var outcome in sent.Outcomes)
        {
            if (!Writes(sent, outcome))
                continue;
            isOne &= writing++ == 0 || place == outcome.PhysicalAddress;
            place = outcome.PhysicalAddress;
        }

        sent.HasOpenWrite = false;
        if (writing == sent.Count && isOne)
        {
            memory.Settle(place & ~7ul, Written(sent, place), now);
            return;
        }

        if (writing == 0)
            return;
        sent.HasOpenWrite = true;
        foreach (ref readonly var outcome in sent.Outcomes)
            if (Writes(sent, outcome))
                memory.MayBe(outcome.PhysicalAddress & ~7ul, Written(sent, outcome.PhysicalAddress));
    }

    private ulong Written(PendingTransaction sent, ulong place)
    {
        var shift = (int)(place & 7) * 8;
        var mask = (sent.Transaction.Length >= 8 ? ulong.MaxValue : (1ul << sent.Transaction.Length * 8) - 1) << shift;
        return memory.Read(place & ~7ul) & ~mask | sent.Data << shift & mask;
    }

    private void Update(PendingTransaction sent)
    {
        const ulong accessFlag = 1ul << 10;
        foreach (ref readonly var outcome in sent.Outcomes)
        {
            var updates = outcome.Translation.Updates.Count;
            for (var i = 0; i < updates; i++)
            {
                var update = outcome.Translation.Updates[i];
                if (!memory.Range.Contains(update.Address, 8))
                    continue;
                if (update.Must != 0)
                {
                    if (memory.Read(update.Address) != update.Old)
                        continue;
                    if (!IsCertain(sent, update))
                        memory.MayBe(update.Address, update.New);
                    else if (update.Must == accessFlag)
                        memory.Replace(update.Address, update.New);
                    else
                        memory.Settle(update.Address, update.New, now);
                }

                // Every subset of what may be done as well.
                for (var some = update.May; some != 0; some = some - 1 & update.May)
                    memory.MayBe(update.Address, update.New ^ some);
            }
        }
    }

    private static bool IsCertain(PendingTransaction sent, in DescriptorUpdate update)
    {
        foreach (ref readonly var outcome in sent.Outcomes)
        {
            var has = false;
            for (var i = 0; i < outcome.Translation.Updates.Count; i++)
                has |= outcome.Translation.Updates[i].Address == update.Address && outcome.Translation.Updates[i].New == update.New;
            if (!has)
                return false;
        }

        return true;
    }

    private SmmuJudgement ObserveWord(ulong address, ulong seen, ulong mask)
    {
        var present = memory.Read(address, out var earlier);
        var isOpen = false;
        var value = present;
        var found = ((present ^ seen) & mask) == 0;
        for (var version = earlier; version != 0; )
        {
            var other = memory.Earlier(version, out var end, out version);
            if (end != ShadowMemory.Present)
                continue;
            isOpen = true;
            if (found || ((other ^ seen) & mask) != 0)
                continue;
            found = true;
            value = other;
        }

        if (found)
        {
            if (!isOpen)
                return default;
            var rules = NarrowWrites(address, seen, mask);
            memory.Settle(address, value, LastFill);
            return new(SmmuDivergence.None, rules);
        }

        if (IsSpeculative(address, present, seen, mask))
        {
            memory.Replace(address, present | 1ul << 10);
            return default;
        }

        // AF is never cleared by hardware, whatever else is open (S.12).
        if (hasStrayUpdates && ((present ^ seen) & mask & ~(1ul << 10 | 1ul << 7)) == 0 && (present & ~seen & mask & 1ul << 10) == 0)
        {
            memory.Settle(address, present & ~mask | seen & mask, LastFill);
            return default;
        }

        var isRecord =
            registers.HasEventQueue && KnowsEventQueue && new SmmuRange(EventQueue.Address, (ulong)EventQueue.Count * SmmuEvent.Length).Contains(address);
        memory.Write(address, present & ~mask | seen & mask, LastFill);
        return isRecord || IsMemoryDoubtful ? default : new(SmmuDivergence.Memory, BlameMemory(address, present, seen));
    }

    // AF may be set at any time by hardware that keeps it, wherever it may look.
    private bool IsSpeculative(ulong address, ulong present, ulong seen, ulong mask) =>
        Capabilities.HTTU != 0
        && registers.IsEnabled
        && ((present ^ seen) & mask) == 1ul << 10
        && (seen >> 10 & 1) != 0
        && (present & 1) != 0
        && memory.IsTable(address);

    // What was seen tells where writes went whose place was open.
    private Rules NarrowWrites(ulong address, ulong seen, ulong mask)
    {
        var rules = Rules.None;
        foreach (var sent in pending)
        {
            if (!sent.HasOpenWrite)
                continue;
            var places = 0ul;
            var present = memory.Read(address);
            for (var i = 0; i < sent.Count; i++)
            {
                ref readonly var outcome = ref sent.Outcomes[i];
                var here = Writes(sent, outcome) && (outcome.PhysicalAddress & ~7ul) == address;
                var expected = here ? Written(sent, outcome.PhysicalAddress) : present;
                if (((expected ^ seen) & mask) == 0)
                    places |= 1ul << i;
            }

            if (places == 0 || !Narrow(sent, places))
                continue;
            rules = rules.And(sent.Outcomes[0].Rules);
        }

        return rules;
    }

    // Fewer outcomes are left: what only the others would have done to memory was not done.
    private bool Narrow(PendingTransaction sent, ulong places)
    {
        if (places == ulong.MaxValue >> 64 - sent.Count)
            return false;
        for (var i = 0; i < sent.Count; i++)
        {
            if ((places >> i & 1) != 0)
                continue;
            ref readonly var outcome = ref sent.Outcomes[i];
            if (sent.HasOpenWrite && Writes(sent, outcome))
                memory.CannotBe(outcome.PhysicalAddress & ~7ul, Written(sent, outcome.PhysicalAddress));
            for (var at = 0; at < outcome.Translation.Updates.Count; at++)
                if (outcome.Translation.Updates[at] is var update && memory.Range.Contains(update.Address, 8))
                    memory.CannotBe(update.Address, update.New);
        }

        sent.Keep(places);
        if (sent.HasOpenWrite)
            Write(sent);
        Update(sent);
        return true;
    }

    private static Rules Common(PendingTransaction sent)
    {
        var rules = sent.Outcomes[0].Rules;
        foreach (ref readonly var outcome in sent.Outcomes)
        {
            var both = Rules.None;
            for (var i = 0; i < rules.Count; i++)
                if (outcome.Rules.Has(rules[i]))
                    both = both.And(rules[i]);
            rules = both;
        }

        return rules;
    }

    // An old result names the invalidation that was ignored; any other, what the nominal outcome says.
    private Rules Blame(in SmmuTransaction transaction, SmmuOutcomeSet set, SmmuReply reply, ulong data)
    {
        var nominal = set.Count > 0 ? set[0].Rules : Rules.None;
        Enumerate(transaction, scratch, ignoresInvalidations: true);
        for (var i = 0; i < scratch.Count; i++)
        {
            ref readonly var stale = ref scratch[i];
            if (stale.Stale != StaleKinds.None && Agrees(transaction, stale, reply, data))
                return OfStale(stale).And(nominal);
        }

        return nominal;
    }

    private Rules OfStale(in SmmuOutcome stale)
    {
        if ((stale.Stale & StaleKinds.StreamTable) != 0)
            return Rules.Of(SMMU_CACHE_01, SMMU_CACHE_24);
        if ((stale.Stale & StaleKinds.Context) != 0)
            return Rules.Of(SMMU_CACHE_03, SMMU_CACHE_01);
        switch (stale.Event.Type)
        {
            case SmmuEventType.Translation or SmmuEventType.AddressSize:
                return Rules.Of(SMMU_CACHE_13, SMMU_CACHE_21);
            case SmmuEventType.Access:
                return Rules.Of(SMMU_CACHE_26);
        }

        return (stale.Stale & StaleKinds.Stage2) != 0 ? Rules.Of(Capabilities.S1P ? SMMU_CACHE_10 : SMMU_CACHE_23, SMMU_CACHE_11)
            : (stale.Stale & StaleKinds.Stage1) != 0 ? Rules.Of(SMMU_CACHE_05, SMMU_CACHE_15)
            : Rules.Of(SMMU_CACHE_12);
    }

    private Rules BlameMemory(ulong address, ulong present, ulong seen)
    {
        if (Capabilities.HTTU == 0 || !memory.IsTable(address))
            return transactionRules;
        var changed = present ^ seen;
        if (changed == 1ul << 10)
            return (seen & 1ul << 10) == 0 ? Rules.Of(SMMU_HTTU_01, SMMU_HTTU_08) : Rules.Of(SMMU_HTTU_14);
        if ((changed & ~(1ul << 10 | 1ul << 7)) == 0)
            return transactionRules.Has(SMMU_HTTU_02) ? Rules.Of(SMMU_HTTU_02, SMMU_HTTU_07, SMMU_HTTU_08) : Rules.Of(SMMU_HTTU_03, SMMU_HTTU_02);
        return Rules.Of(SMMU_HTTU_05);
    }
}
