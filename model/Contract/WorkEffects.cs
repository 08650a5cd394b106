namespace Conformance.Model.Contract;

/// <summary>
/// What has come out of a device, or came out between two looks: counts of 12 bits for each kind of work but <see cref="WorkKind.Stuck"/>, in the order of the
/// kinds, packed into a word so that it fits into an observation. More than 4095 stays 4095.
/// </summary>
/// <param name="Packed">The counts.</param>
public readonly record struct WorkEffects(ulong Packed)
{
    /// <summary>How many kinds are counted.</summary>
    public const int Kinds = (int)WorkKind.Stuck;

    private const int Bits = 12;
    private const ulong Most = (1 << Bits) - 1;

    /// <summary>Nothing.</summary>
    public static WorkEffects None => default;

    /// <summary>The count of a kind, 0..4095.</summary>
    public int this[WorkKind kind] => (int)((Packed >> (Bits * (int)kind)) & Most);

    /// <summary>True when nothing was seen.</summary>
    public bool IsNone => Packed == 0;

    /// <summary>The same with another count of one kind.</summary>
    public WorkEffects With(WorkKind kind, ulong count) =>
        kind >= WorkKind.Stuck ? this : new((Packed & ~(Most << (Bits * (int)kind))) | (Math.Min(count, Most) << (Bits * (int)kind)));

    /// <summary>The counts of both.</summary>
    public WorkEffects Plus(WorkEffects other)
    {
        var sum = this;
        for (var kind = WorkKind.MemoryWrite; kind < WorkKind.Stuck; kind++)
            sum = sum.With(kind, (ulong)(this[kind] + other[kind]));
        return sum;
    }

    /// <summary>What is left when others were taken away; never less than nothing.</summary>
    public WorkEffects Minus(WorkEffects other)
    {
        var rest = this;
        for (var kind = WorkKind.MemoryWrite; kind < WorkKind.Stuck; kind++)
            rest = rest.With(kind, (ulong)Math.Max(0, this[kind] - other[kind]));
        return rest;
    }

    /// <summary>The counts in words: "2 DMA writes, 1 interrupt"; "nothing".</summary>
    public override string ToString()
    {
        var parts = new List<string>();
        for (var kind = WorkKind.MemoryWrite; kind < WorkKind.Stuck; kind++)
            if (this[kind] != 0)
                parts.Add(Words(kind, this[kind]));
        return parts.Count == 0 ? "nothing" : string.Join(", ", parts);
    }

    /// <summary>One effect of a kind in words.</summary>
    public static string Name(WorkKind kind) =>
        kind switch
        {
            WorkKind.MemoryWrite => "DMA write",
            WorkKind.MemoryRead => "DMA read",
            WorkKind.Interrupt => "interrupt",
            WorkKind.PeerWrite => "peer write",
            _ => "packet",
        };

    private static string Words(WorkKind kind, int count) =>
        FormattableString.Invariant($"{(count == (int)Most ? "at least " : "")}{count} {Name(kind)}{(count == 1 ? "" : "s")}");
}
