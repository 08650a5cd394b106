using System.Runtime.CompilerServices;
using Conformance.Model.Requirements;
using Conformance.Model.Smmu.Structures;

namespace Conformance.Model.Smmu.Oracle;

/// <summary>A doubleword that hardware may or must have rewritten: AF, dirty state.</summary>
/// <param name="Address">Its physical address.</param>
/// <param name="Old">What it was.</param>
/// <param name="New">What it becomes.</param>
/// <param name="Mandatory">True when it has to be rewritten; false when it may be.</param>
/// <param name="Rules">What says so.</param>
public readonly record struct SmmuUpdate(ulong Address, ulong Old, ulong New, bool Mandatory, Rules Rules);

/// <summary>One legal way in which a transaction may end.</summary>
public struct SmmuOutcome
{
    /// <summary>The most doublewords that one transaction rewrites.</summary>
    public const int MaxUpdates = 32;

    private UpdateSlots updates;

    /// <summary>What the master sees.</summary>
    public SmmuReply Reply;

    /// <summary>True when it needs something that is not in memory any more, or a reading of an open point that is not the nominal one.</summary>
    public bool Uncommon;

    /// <summary>The physical address that is read or written, when <see cref="Reply"/> is <see cref="SmmuReply.Completed"/>.</summary>
    public ulong PhysicalAddress;

    /// <summary>True when a record belongs to it, whether the queue can take it or not.</summary>
    public bool HasEvent;

    /// <summary>The record.</summary>
    public SmmuEvent Event;

    /// <summary>The bits of the record that can be compared.</summary>
    public SmmuEventMask EventMask;

    /// <summary>STE.MEV: records like this one may be merged.</summary>
    public bool MergesEvents;

    /// <summary>What says so.</summary>
    public Rules Rules;

    /// <summary>How many doublewords are rewritten.</summary>
    public int UpdateCount;

    /// <summary>A doubleword that is rewritten.</summary>
    public readonly SmmuUpdate Update(int index) => updates[index];

    /// <summary>Adds a doubleword that is rewritten.</summary>
    internal void Add(in SmmuUpdate update) => updates[UpdateCount++] = update;

    /// <summary>True when nobody can tell this outcome from that one.</summary>
    internal readonly bool SameAs(in SmmuOutcome other)
    {
        if (Reply != other.Reply || HasEvent != other.HasEvent || UpdateCount != other.UpdateCount
            || (Reply == SmmuReply.Completed && PhysicalAddress != other.PhysicalAddress)
            || (HasEvent && (EventMask != other.EventMask || !EventMask.Matches(Event, other.Event))))
        {
            return false;
        }

        for (var i = 0; i < UpdateCount; i++)
            if (updates[i] != other.updates[i])
                return false;
        return true;
    }

    [InlineArray(MaxUpdates)]
    private struct UpdateSlots
    {
        private SmmuUpdate first;
    }
}

/// <summary>Every legal way in which a transaction may end. Reused from transaction to transaction, it does not allocate.</summary>
public sealed class SmmuOutcomeSet
{
    /// <summary>The most outcomes that are listed.</summary>
    public const int Capacity = 64;

    private readonly SmmuOutcome[] outcomes = new SmmuOutcome[Capacity];

    /// <summary>How many outcomes there are. Never 0 after <see cref="SmmuOracle.Allowed"/>, unless the transaction is not judged.</summary>
    public int Count { get; private set; }

    /// <summary>
    /// True when the contract says nothing that could be checked (a guarded register was written while it was in use, the stream table was exchanged and not
    /// invalidated, page sizes were changed in place without BBML=2): everything is allowed.
    /// </summary>
    public bool Unjudged { get; internal set; }

    /// <summary>True when there are more possibilities than are enumerated: everything is allowed. The generator should avoid such scenes.</summary>
    public bool TooMany { get; internal set; }

    /// <summary>How many times the translation ran to find them.</summary>
    public int Runs { get; internal set; }

    /// <summary>The outcomes. The first is the nominal one: present memory, no cache, the first reading of every open point.</summary>
    public ReadOnlySpan<SmmuOutcome> Outcomes => outcomes.AsSpan(0, Count);

    /// <summary>An outcome.</summary>
    public ref readonly SmmuOutcome this[int index] => ref outcomes[index];

    /// <summary>Makes the set empty.</summary>
    public void Clear()
    {
        Count = 0;
        Unjudged = TooMany = false;
        Runs = 0;
    }

    /// <summary>Room for one more outcome; it becomes part of the set with <see cref="Keep"/>.</summary>
    internal ref SmmuOutcome Next()
    {
        ref var next = ref outcomes[Count];
        next.UpdateCount = 0;
        return ref next;
    }

    /// <summary>Keeps what was written into <see cref="Next"/>, unless it is there already or the set is full.</summary>
    internal void Keep()
    {
        ref var next = ref outcomes[Count];
        for (var i = 0; i < Count; i++)
            if (outcomes[i].SameAs(next))
                return;
        if (Count == Capacity - 1)
            TooMany = true;
        else
            Count++;
    }
}
