using Conformance.Model.Requirements;
using Conformance.Model.Smmu.Device;
using Conformance.Model.Smmu.Structures;
using Conformance.Model.Smmu.Translation;

namespace Conformance.Model.Smmu.Oracle;

/// <summary>One legal way in which a transaction may end.</summary>
public struct SmmuOutcome
{
    /// <summary>The translation that gives it.</summary>
    public TranslationOutcome Translation;

    /// <summary>The bits of the record that can be compared.</summary>
    public SmmuEventMask EventMask;

    /// <summary>STE.MEV: records like this one may be merged.</summary>
    public bool MergesEvents;

    /// <summary>What it needs from a cache, or <see cref="StaleKinds.None"/> when the present content of memory gives it.</summary>
    public StaleKinds Stale;

    /// <summary>What the master sees.</summary>
    public readonly SmmuReply Reply => Translation.Reply;

    /// <summary>The physical address that is read or written, when <see cref="Reply"/> is <see cref="SmmuReply.Completed"/>.</summary>
    public readonly ulong PhysicalAddress => Translation.PhysicalAddress;

    /// <summary>True when a record belongs to it, whether the queue can take it or not.</summary>
    public readonly bool HasEvent => Translation.HasEvent;

    /// <summary>The record.</summary>
    public readonly SmmuEvent Event => Translation.Event;

    /// <summary>What says so.</summary>
    public readonly Rules Rules => Translation.Rules;

    /// <summary>True when nobody can tell this outcome from that one.</summary>
    internal readonly bool SameAs(in SmmuOutcome other)
    {
        if (
            Reply != other.Reply
            || HasEvent != other.HasEvent
            || Translation.Updates.Count != other.Translation.Updates.Count
            || (Reply == SmmuReply.Completed && PhysicalAddress != other.PhysicalAddress)
            || (HasEvent && (EventMask != other.EventMask || !EventMask.Matches(Event, other.Event)))
        )
        {
            return false;
        }

        for (var i = 0; i < Translation.Updates.Count; i++)
            if (Translation.Updates[i] != other.Translation.Updates[i])
                return false;
        return true;
    }
}

/// <summary>What an outcome needs from a cache because memory has changed since.</summary>
[Flags]
public enum StaleKinds : byte
{
    /// <summary>Nothing.</summary>
    None = 0,

    /// <summary>An STE or L1STD.</summary>
    StreamTable = 1 << 0,

    /// <summary>A CD or L1CD.</summary>
    Context = 1 << 1,

    /// <summary>A stage-1 descriptor.</summary>
    Stage1 = 1 << 2,

    /// <summary>A stage-2 descriptor.</summary>
    Stage2 = 1 << 3,

    /// <summary>TLB entries made with a CD or STE of another stream, or with an earlier one of the same.</summary>
    Regime = 1 << 4,
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
    /// invalidated, page sizes were changed in place without BBML=2, tables of a format that is not modelled): everything is allowed.
    /// </summary>
    public bool Unjudged { get; internal set; }

    /// <summary>True when there are more possibilities than are enumerated: everything is allowed. The generator should avoid such scenes.</summary>
    public bool TooMany { get; internal set; }

    /// <summary>STE.Config as the translation met it in present memory, reserved values as Abort; null when it came to no valid STE.</summary>
    public StreamConfig? Config { get; internal set; }

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
        Config = null;
        Runs = 0;
    }

    /// <summary>Room for one more outcome; it becomes part of the set with <see cref="Keep"/>.</summary>
    internal ref SmmuOutcome Next()
    {
        ref var next = ref outcomes[Count];
        next.Translation.Event = default;
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
