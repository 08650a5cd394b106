using System.Buffers.Binary;
using Conformance.Model.Requirements;
using Conformance.Model.Smmu.Device;
using Conformance.Model.Smmu.Structures;
using static Conformance.Model.Requirements.RequirementId;

namespace Conformance.Model.Smmu.Oracle;

// The event queue: S.6, S.7, S.11.
public sealed partial class SmmuOracle
{
    private const ulong PageOffset = 0xfff;

    // Records may appear that nothing accounts for: something before was not judged.
    private bool hasStrayRecords;

    // The record of a stalled transaction may come at any time, or never: the transaction was not judged, or the record met an external abort.
    private bool hasStrayStalls;

    // A record that may have been written met an external abort.
    private bool mayHaveAborted;

    // A record met an external abort: nothing says whether PROD counts it.
    private bool isProducerLoose;

    // A PREFETCH was consumed since records were read last.
    private bool hasPrefetched;

    private bool[] accounted = new bool[64];

    /// <summary>Where the records that the SMMU may have written since the last <see cref="ObserveEvents"/> begin: an index into the queue.</summary>
    public uint NextEvent => (uint)registers.EventqProd.Value & EventQueue.Count - 1;

    private bool KnowsEventQueue =>
        registers.EventqBase.Has(Bits.Mask(51, 5) | 0x1f) && registers.EventqProd.Has(EventQueue.Mask) && registers.EventqCons.Has(EventQueue.Mask);

    private bool IsEventQueueAborted => ((registers.GError.Value ^ registers.GErrorN.Value) & EventQueueAbort) != 0;

    private uint Room(QueueGeometry queue)
    {
        var used = ((uint)registers.EventqProd.Value - (uint)registers.EventqCons.Value) & queue.Mask;
        return used > queue.Count ? 0 : queue.Count - used;
    }

    /// <summary>
    /// EVENTQ_PROD was read, and the records from the place where it was before up to the new one. Judges how many there are, each record field by field,
    /// the overflow flag, and whether a record is missing.
    /// </summary>
    /// <param name="prod">EVENTQ_PROD as it was read.</param>
    /// <param name="records">The records that are new, in their order, 32 bytes each.</param>
    public SmmuJudgement ObserveEvents(uint prod, ReadOnlySpan<byte> records)
    {
        now++;
        var queue = EventQueue;
        if (!KnowsEventQueue || isProducerLoose)
        {
            if (registers.EventqBase.Has(0x1f))
                registers.EventqProd.Write(prod, Overflow | queue.Mask);
            isProducerLoose = false;
            AccountForNothing();
            return default;
        }

        var before = (uint)registers.EventqProd.Value;
        var count = (int)((prod - before) & queue.Mask);
        if (count > queue.Count)
            return new(SmmuDivergence.Register, Rules.Of(SMMU_EVT_08, SMMU_EVT_05));
        if (count > records.Length / SmmuEvent.Length)
        {
            // Not all of them were read: no more can be said than how many there may be.
            var most = Awaited();
            registers.EventqProd.Write(prod, Overflow | queue.Mask);
            AccountForNothing();
            return count <= most || hasStrayRecords ? default : new(SmmuDivergence.ExtraEvent, Rules.Of(SMMU_EVT_04, SMMU_EVT_08));
        }

        if (accounted.Length < count)
            accounted = new bool[count * 2];
        accounted.AsSpan(0, count).Clear();

        var judgement = Account(records, count, before, prod, queue);
        Store(records, count, before, queue);
        NoteArrival(before, count, queue);
        registers.EventqProd.Write(prod, Overflow | queue.Mask);
        hasPrefetched = false;
        if (!hasStrayRecords)
            return judgement;
        hasStrayRecords = hasStrayStalls;
        return default;
    }

    // How many records there may be.
    private uint Awaited()
    {
        var most = 0u;
        foreach (var sent in pending)
            if (sent.AwaitsRecord)
                most += IsSplit(sent.Transaction) ? (uint)sent.Transaction.Length / 4 : 1;
        return most;
    }

    private SmmuJudgement Account(ReadOnlySpan<byte> records, int count, uint before, uint prod, QueueGeometry queue)
    {
        var judgement = default(SmmuJudgement);
        var confirmed = Rules.None;
        var written = 0u;
        var overflow = before & Overflow;
        var overflowIsOpen = false;
        var kept = 0;
        for (var i = 0; i < pending.Count; i++)
        {
            var sent = pending[i];
            if (sent.AwaitsRecord)
            {
                var one = AccountFor(sent, records, count, ref written, ref overflow, ref overflowIsOpen);
                if (!one.Agrees && (judgement.Agrees || judgement.IsWarning))
                    judgement = one;
                else if (one.Agrees)
                    confirmed = confirmed.And(one.Rules);
            }

            if (sent.AwaitsRecord || sent.HasOpenWrite)
                pending[kept++] = sent;
            else if (sent.Stall?.Retry != sent)
                spare.Push(sent);
        }

        pending.RemoveRange(kept, pending.Count - kept);
        if (!judgement.Agrees && !judgement.IsWarning)
            return judgement;
        for (var i = 0; i < count; i++)
            if (!accounted[i])
                return new(SmmuDivergence.ExtraEvent, written >= Room(queue) ? Rules.Of(SMMU_EVT_05) : BlameExtra(records, i));
        if (((prod ^ overflow) & Overflow) != 0 && !overflowIsOpen)
            return new(SmmuDivergence.Register, Rules.Of(SMMU_EVT_05, SMMU_EVT_14));
        if (!judgement.Agrees)
            return judgement;
        return new(SmmuDivergence.None, confirmed);
    }

    private SmmuJudgement AccountFor(
        PendingTransaction sent,
        ReadOnlySpan<byte> records,
        int count,
        ref uint written,
        ref uint overflow,
        ref bool overflowIsOpen
    )
    {
        var isFull = written >= sent.Room;
        var places = 0ul;
        var found = isFull && !sent.IsPostponed ? -1 : Find(sent, records, count, out places);
        if (found >= 0)
        {
            accounted[found] = true;
            Narrow(sent, places);
            sent.AwaitsRecord = false;
            var record = SmmuEvent.Read(records[(found * SmmuEvent.Length)..]);
            written++;
            written += AccountForBurst(sent, records, count);
            return record.Stall ? AccountForStall(sent, record) : new(SmmuDivergence.None, sent.Outcomes[0].Rules.And(SMMU_EVT_01));
        }

        // No record of it: it had none, there was no room, or it was merged.
        var silent = 0ul;
        var isStall = false;
        var mayBeDropped = false;
        for (var i = 0; i < sent.Count; i++)
        {
            if (!sent.Outcomes[i].HasEvent)
                silent |= 1ul << i;
            isStall |= sent.Outcomes[i].HasEvent && sent.Outcomes[i].Event.Stall;
            mayBeDropped |= isFull && sent.Outcomes[i].HasEvent && !sent.Outcomes[i].Event.Stall;
        }

        if (isStall && (isFull || sent.IsPostponed || (silent == 0 && sent.Stall is { IsHeld: false })))
        {
            // It comes once there is room; when the transaction has ended meanwhile, it need not.
            overflowIsOpen |= mayBeDropped && ((overflow ^ sent.Acknowledged) & Overflow) == 0;
            sent.IsPostponed = true;
            return default;
        }

        if (silent != 0)
        {
            overflowIsOpen |= mayBeDropped && ((overflow ^ sent.Acknowledged) & Overflow) == 0;
            if (!mayBeDropped)
                Narrow(sent, silent);
            sent.AwaitsRecord = false;
            return new(SmmuDivergence.None, sent.Outcomes[0].Rules);
        }

        sent.AwaitsRecord = false;
        if (isFull)
        {
            if (((overflow ^ sent.Acknowledged) & Overflow) == 0)
                overflow ^= Overflow;
            return new(SmmuDivergence.None, Rules.Of(SMMU_EVT_05));
        }

        if (IsMerged(sent, records, count, out var isAdvised))
            return isAdvised ? new(SmmuDivergence.None, sent.Outcomes[0].Rules) : new(SmmuDivergence.MergedEvent, Rules.Of(SMMU_EVT_04));
        return BlameMissing(sent, records, count);
    }

    // The first record that fits and that no earlier record of the same stream comes before.
    private int Find(PendingTransaction sent, ReadOnlySpan<byte> records, int count, out ulong places)
    {
        places = 0;
        for (var i = 0; i < count; i++)
        {
            if (accounted[i])
                continue;
            var record = SmmuEvent.Read(records[(i * SmmuEvent.Length)..]);
            for (var at = 0; at < sent.Count; at++)
                if (sent.Outcomes[at].HasEvent && Fits(sent.Transaction, sent.Outcomes[at], record))
                    places |= 1ul << at;
            if (places != 0)
                return i;
            if (record.StreamId == sent.Transaction.StreamId && !sent.IsPostponed)
                return -1;
        }

        return -1;
    }

    // A master without replies sends more than 4 bytes as several accesses, each with a record of its own.
    private bool IsSplit(in SmmuTransaction transaction) => (port & SmmuPort.Replies) == 0 && transaction.Length > 4;

    private bool Fits(in SmmuTransaction transaction, in SmmuOutcome outcome, in SmmuEvent record)
    {
        if (!IsSplit(transaction) || record.InputAddress - transaction.Address >= (ulong)transaction.Length)
            return outcome.EventMask.Matches(outcome.Event, record);
        return outcome.EventMask.Matches(outcome.Event, record with { InputAddress = outcome.Event.InputAddress });
    }

    private uint AccountForBurst(PendingTransaction sent, ReadOnlySpan<byte> records, int count)
    {
        if (!IsSplit(sent.Transaction))
            return 0;
        var more = 0u;
        for (var i = 0; i < count && more < sent.Transaction.Length / 4 - 1; i++)
        {
            if (accounted[i] || !Fits(sent.Transaction, sent.Outcomes[0], SmmuEvent.Read(records[(i * SmmuEvent.Length)..])))
                continue;
            accounted[i] = true;
            more++;
        }

        return more;
    }

    private SmmuJudgement AccountForStall(PendingTransaction sent, in SmmuEvent record)
    {
        if (sent.Stall is not { } stall || hasStrayStalls)
            return default; // it may be the record of another one
        foreach (var other in stalled)
            if (other != stall && other.IsHeld && other.Stag == record.STAG && other.Transaction.StreamId == record.StreamId)
                return new(SmmuDivergence.EventField, Rules.Of(SMMU_EVT_11));
        stall.Stag = record.STAG;
        return new(SmmuDivergence.None, Rules.Of(SMMU_EVT_11, sent.IsPostponed ? SMMU_EVT_18 : SMMU_EVT_01));
    }

    private bool IsMerged(PendingTransaction sent, ReadOnlySpan<byte> records, int count, out bool isAdvised)
    {
        ref readonly var outcome = ref sent.Outcomes[0];
        isAdvised =
            outcome.MergesEvents
            || outcome.Event.Type is SmmuEventType.UnsupportedTransaction or SmmuEventType.BadStreamId or SmmuEventType.SteFetch or SmmuEventType.BadSte;
        if (outcome.Event.Stall)
            return false;
        var mask = outcome.EventMask with { D2 = outcome.EventMask.D2 & ~PageOffset };
        for (var i = 0; i < count; i++)
            if (mask.Matches(outcome.Event, SmmuEvent.Read(records[(i * SmmuEvent.Length)..])))
                return true;

        // In the queue and not consumed yet.
        var queue = EventQueue;
        var end = (uint)registers.EventqProd.Value;
        var used = (end - (uint)registers.EventqCons.Value) & queue.Mask;
        for (var back = 1u; back <= Math.Min(used, 64); back++)
        {
            var at = queue.At(end - back);
            if (!memory.Range.Contains(at, SmmuEvent.Length))
                break;
            if (
                mask.Matches(
                    outcome.Event,
                    new()
                    {
                        D0 = memory.Read(at),
                        D1 = memory.Read(at + 8),
                        D2 = memory.Read(at + 16),
                        D3 = memory.Read(at + 24),
                    }
                )
            )
                return true;
        }

        return false;
    }

    private SmmuJudgement BlameMissing(PendingTransaction sent, ReadOnlySpan<byte> records, int count)
    {
        ref readonly var outcome = ref sent.Outcomes[0];
        for (var i = 0; i < count; i++)
        {
            var record = SmmuEvent.Read(records[(i * SmmuEvent.Length)..]);
            if (accounted[i] || (record.StreamId != sent.Transaction.StreamId && record.Type != outcome.Event.Type))
                continue;
            accounted[i] = true;
            return new(SmmuDivergence.EventField, OfField(outcome, record));
        }

        return new(SmmuDivergence.MissingEvent, outcome.Rules);
    }

    // The sentence that a wrong field breaks.
    private static Rules OfField(in SmmuOutcome outcome, in SmmuEvent record)
    {
        var expected = outcome.Event;
        if (record.Type != expected.Type)
            return outcome.Rules.And(SMMU_EVT_12);
        if (record.InputAddress != expected.InputAddress)
            return Rules.Of(SMMU_EVT_03, SMMU_EVT_01);
        if (record.S2 != expected.S2 || record.Class != expected.Class)
            return Rules.Of(SMMU_EVT_16, SMMU_EVT_01);
        if (record.RnW != expected.RnW || record.InD != expected.InD || record.PnU != expected.PnU)
            return Rules.Of(SMMU_EVT_02, SMMU_EVT_17);
        if (((record.D3 ^ expected.D3) & outcome.EventMask.D3) == 0)
            return Rules.Of(SMMU_EVT_01);
        return expected.Type switch
        {
            SmmuEventType.SteFetch => Rules.Of(SMMU_STE_07, SMMU_EVT_01),
            SmmuEventType.CdFetch => Rules.Of(SMMU_CD_05, SMMU_EVT_01),
            SmmuEventType.WalkAbort => Rules.Of(SMMU_WALK_14, SMMU_EVT_01),
            _ => Rules.Of(SMMU_EVT_10, SMMU_EVT_16),
        };
    }

    private Rules BlameExtra(ReadOnlySpan<byte> records, int extra)
    {
        if (!registers.HasEventQueue)
            return Rules.Of(SMMU_EVT_07);
        if (IsEventQueueAborted)
            return Rules.Of(SMMU_EVT_13);
        var record = SmmuEvent.Read(records[(extra * SmmuEvent.Length)..]);
        for (var i = 0; i < extra; i++)
            if (
                SmmuEvent.Read(records[(i * SmmuEvent.Length)..]) is var other
                && other.StreamId == record.StreamId
                && other.InputAddress == record.InputAddress
            )
                return Rules.Of(SMMU_EVT_04);
        return hasPrefetched ? Rules.Of(SMMU_EVT_15).And(transactionRules)
            : transactionRules.IsNone ? Rules.Of(SMMU_EVT_04)
            : transactionRules.And(SMMU_EVT_04);
    }

    private void Store(ReadOnlySpan<byte> records, int count, uint before, QueueGeometry queue)
    {
        for (var i = 0; i < count; i++)
        {
            var at = queue.At(before + (uint)i);
            if (!memory.Range.Contains(at, SmmuEvent.Length))
                continue;
            for (var word = 0; word < SmmuEvent.Length; word += 8)
                memory.Settle(at + (ulong)word, BinaryPrimitives.ReadUInt64LittleEndian(records[(i * SmmuEvent.Length + word)..]), LastFill);
        }
    }

    // Whether a record of a transaction is to be expected, with the queue as it is now.
    private void AwaitRecord(PendingTransaction sent)
    {
        var all = true;
        var any = false;
        var isStall = false;
        foreach (ref readonly var outcome in sent.Outcomes)
        {
            all &= outcome.HasEvent;
            any |= outcome.HasEvent;
            isStall |= outcome.HasEvent && outcome.Event.Stall;
        }

        if (!any)
            return;
        var queue = EventQueue;
        var isWritable = registers.HasEventQueue && KnowsEventQueue && !IsEventQueueAborted;
        if (isWritable && AbortsRecords(queue))
        {
            // The write ends with an external abort (SMMU-EVT-06).
            if (all && !mayHaveAborted)
                registers.GError.Write(registers.GError.Value ^ EventQueueAbort, EventQueueAbort);
            else
                mayHaveAborted = true;
            isProducerLoose = true;
            isWritable = false;
            if (isStall)
                LoseStalls();
        }

        sent.AwaitsRecord = isWritable || (isStall && !hasStrayStalls);
        sent.Room = isWritable ? Room(queue) : 0;
        sent.IsPostponed = isStall && sent.Room == 0;
        sent.Acknowledged = (uint)registers.EventqCons.Value;
    }

    // The queue can be written again: records that had to wait are delivered now.
    private void DeliverStalled()
    {
        if (!registers.HasEventQueue || !KnowsEventQueue || IsEventQueueAborted)
            return;
        if (AbortsRecords(EventQueue) && stalled.Exists(stall => stall is { IsHeld: true, Stag: < 0 }))
        {
            // Whether a record is tried again where one was aborted before is open.
            mayHaveAborted = isProducerLoose = true;
            LoseStalls();
            return;
        }

        foreach (var sent in pending)
        {
            if (!sent.IsPostponed || !sent.AwaitsRecord)
                continue;
            sent.Room = Room(EventQueue);
            sent.IsPostponed = sent.Room == 0;
        }
    }

    // A record is written where there is no memory, and ends with an external abort.
    private bool AbortsRecords(QueueGeometry queue) => !memory.Range.Contains(queue.Address, (ulong)queue.Count * SmmuEvent.Length) && Room(queue) > 0;

    private void LoseStalls() => hasStrayRecords = hasStrayStalls = true;

    private void AccountForNothing()
    {
        if (pending.Exists(sent => sent is { AwaitsRecord: true, IsPostponed: true }))
            LoseStalls();
        foreach (var sent in pending)
            sent.AwaitsRecord = false;
        pending.RemoveAll(sent =>
        {
            if (sent.HasOpenWrite)
                return false;
            if (sent.Stall?.Retry != sent)
                spare.Push(sent);
            return true;
        });
    }

    private void WriteEventqCons(uint value)
    {
        registers.EventqCons.Write(value, uint.MaxValue);
        DeliverStalled();
    }

    private void ValuesOfEventProd(ref SmmuValueSet set)
    {
        var queue = EventQueue;
        var prod = (uint)registers.EventqProd.Value;
        if (!registers.EventqBase.Has(0x1f) || !registers.EventqProd.Has(queue.Mask) || hasStrayRecords || isProducerLoose)
        {
            set.Add(0, 0, Rules.None);
            return;
        }

        var most = 0u;
        var mayOverflow = false;
        var rules = Rules.Of(
            registers.HasEventQueue
                ? IsEventQueueAborted
                    ? SMMU_EVT_13
                    : SMMU_EVT_08
                : SMMU_EVT_07,
            SMMU_EVT_05
        );
        foreach (var sent in pending)
        {
            if (!sent.AwaitsRecord)
                continue;
            most += IsSplit(sent.Transaction) ? (uint)sent.Transaction.Length / 4 : 1;
            mayOverflow |= most > sent.Room;
        }

        if (most >= SmmuValueSet.Capacity)
        {
            set.Add(0, 0, rules);
            return;
        }

        for (var i = 0u; i <= most; i++)
            set.Add(prod & Overflow | (prod + (most - i) & queue.Mask), queue.Mask | (mayOverflow ? 0 : Overflow), rules);
    }

    private void LearnEventQueue(uint value)
    {
        if (!KnowsEventQueue && registers.EventqBase.Has(0x1f))
            registers.EventqProd.Learn(value, Overflow | EventQueue.Mask);
    }
}
