using Conformance.Model.Smmu.Device;
using Conformance.Model.Smmu.Oracle;
using Conformance.Model.Smmu.Structures;

namespace Conformance.Engine.Smmu;

/// <summary>What was seen where an SMMU and the contract part, and what would have been right.</summary>
public sealed record SceneSight
{
    /// <summary>The transaction; null when it is about a register or memory.</summary>
    public SmmuTransaction? Transaction { get; init; }

    /// <summary>How the transaction ended.</summary>
    public SmmuReply Reply { get; init; }

    /// <summary>The data that it read or wrote.</summary>
    public ulong Data { get; init; }

    /// <summary>The records that came with it.</summary>
    public IReadOnlyList<SmmuEvent> Events { get; init; } = [];

    /// <summary>Every legal way in which it may end, the nominal one first.</summary>
    public IReadOnlyList<SmmuOutcome> Allowed { get; init; } = [];

    /// <summary>The register or the address of the memory that was read; null for others.</summary>
    public ulong? Place { get; init; }

    /// <summary>True for a register.</summary>
    public bool IsRegister { get; init; }

    /// <summary>What was read there.</summary>
    public ulong Value { get; init; }

    /// <summary>What may be read there.</summary>
    public IReadOnlyList<SmmuValue> Values { get; init; } = [];

    /// <summary>How often the interrupt of the event queue was raised; null when it is not about that.</summary>
    public int? Interrupts { get; init; }

    /// <summary>What of a state it is about: the name of a field, or a word; null when it is not about a state.</summary>
    public string? StateFact { get; init; }

    /// <summary>What a saved state, or the answer to one, had to be; null when it is not about that.</summary>
    public string? StateExpected { get; init; }

    /// <summary>What it was, escaped.</summary>
    public string StateSeen { get; init; } = "";

    /// <summary>The walk of the transaction through memory as it was then, a line per fetch.</summary>
    public IReadOnlyList<string> Walk { get; init; } = [];

    /// <summary>The binary logarithm of the page or block that the transaction asked for, as far as the walk got; 0 when it was not begun.</summary>
    public int RangeBits { get; init; }

    /// <summary>What the walk met that is not plain, as facts.</summary>
    public IReadOnlyList<string> Met { get; init; } = [];

    /// <summary>True when the two have the same types of records, seen and expected, and are about the same register.</summary>
    public bool HasSignatureOf(SceneSight other) =>
        StateFact == other.StateFact
        && IsRegister == other.IsRegister
        && (!IsRegister || Place == other.Place)
        && Type(Events) == Type(other.Events)
        && Nominal == other.Nominal;

    private (SmmuReply, SmmuEventType) Nominal => Allowed.Count == 0 ? default : (Allowed[0].Reply, Allowed[0].HasEvent ? Allowed[0].Event.Type : default);

    private static SmmuEventType Type(IReadOnlyList<SmmuEvent> events) => events.Count == 0 ? default : events[0].Type;
}
