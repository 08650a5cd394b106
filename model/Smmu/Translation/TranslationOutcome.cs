using System.Runtime.CompilerServices;
using Conformance.Model.Requirements;
using Conformance.Model.Smmu.Device;
using Conformance.Model.Smmu.Structures;

namespace Conformance.Model.Smmu.Translation;

/// <summary>How a transaction ends. Reused from run to run.</summary>
public struct TranslationOutcome
{
    /// <summary>What the master sees.</summary>
    public SmmuReply Reply;

    /// <summary>The physical address, for <see cref="SmmuReply.Completed"/>.</summary>
    public ulong PhysicalAddress;

    /// <summary>The binary logarithm of the range of input addresses that translates together: that of the smaller leaf. 64 without translation.</summary>
    public int LeafShift;

    /// <summary>The stage-1 memory attributes: AttrIndx [2:0] and SH [4:3] of the leaf. Stage 1 only.</summary>
    public byte Stage1Attributes;

    /// <summary>The stage-2 memory attributes: MemAttr [3:0] and SH [5:4] of the leaf. Stage 2 only.</summary>
    public byte Stage2Attributes;

    /// <summary>True when <see cref="Event"/> is recorded, as far as the event queue allows.</summary>
    public bool HasEvent;

    /// <summary>The event record; <see cref="SmmuEventMask.Of"/> says which bits of it can be compared. STAG is 0.</summary>
    public SmmuEvent Event;

    /// <summary>
    /// True when the transaction uses a format of tables that is not modelled: VMSAv8-32 where IDR0.TTF has it, and VMSAv8-64 where it has not. What else is
    /// said of the transaction means nothing then: whatever follows is allowed.
    /// </summary>
    public bool IsOutsideModel;

    /// <summary>The requirements that speak of this outcome.</summary>
    public Rules Rules;

    /// <summary>What hardware does to descriptors on the way.</summary>
    public DescriptorUpdates Updates;
}

/// <summary>
/// What hardware does to one translation table descriptor (HTTU): a compare-and-swap of 64 bits, or several one after the other. Memory holds
/// <see cref="Old"/> before it; afterwards every bit of <see cref="Must"/> is inverted, and any bit of <see cref="May"/> may be.
/// </summary>
/// <param name="Address">The physical address of the descriptor.</param>
/// <param name="Old">The doubleword before it, as a little-endian processor loads it.</param>
/// <param name="Must">The bits that are changed.</param>
/// <param name="May">The bits that may be changed as well: nothing says whether hardware does so before a fault, or by speculation.</param>
public readonly record struct DescriptorUpdate(ulong Address, ulong Old, ulong Must, ulong May)
{
    /// <summary>The doubleword afterwards, with what must be done and nothing else.</summary>
    public ulong New => Old ^ Must;

    /// <summary>True when memory may hold this doubleword afterwards.</summary>
    public bool Allows(ulong present) => ((present ^ New) & ~May) == 0;
}

/// <summary>The updates of one transaction, in their order; each descriptor is there at most once.</summary>
public struct DescriptorUpdates
{
    /// <summary>The most that one transaction can have: seven stage-2 walks and one of stage 1, four descriptors each.</summary>
    public const int Capacity = 32;

    private Items items;

    /// <summary>How many there are.</summary>
    public int Count { get; private set; }

    /// <summary>One of them.</summary>
    public readonly DescriptorUpdate this[int index] => items[index];

    internal void Clear() => Count = 0;

    /// <summary>A doubleword that was fetched, with what this transaction did to it before.</summary>
    internal readonly ulong Applied(ulong address, ulong value)
    {
        for (var i = 0; i < Count; i++)
            if (items[i].Address == address && items[i].Old == value)
                return items[i].New;
        return value;
    }

    /// <summary>Adds an update, to that of the same descriptor if there is one. <paramref name="value"/> is the doubleword after earlier updates.</summary>
    internal void Add(ulong address, ulong value, ulong must, ulong may)
    {
        for (var i = 0; i < Count; i++)
        {
            if (items[i].Address != address)
                continue;
            must |= items[i].Must;
            items[i] = items[i] with { Must = must, May = (items[i].May | may) & ~must };
            return;
        }

        items[Count++] = new(address, value, must, may);
    }

    /// <summary>The transaction does not complete: what hardware would have done before is done or not.</summary>
    internal void MakeOptional()
    {
        for (var i = 0; i < Count; i++)
            items[i] = items[i] with { Must = 0, May = items[i].May | items[i].Must };
    }

    [InlineArray(Capacity)]
    private struct Items
    {
        private DescriptorUpdate first;
    }
}
