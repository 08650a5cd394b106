namespace Conformance.Engine.Smmu;

/// <summary>What an address is counted from.</summary>
public enum AddressBase : byte
{
    /// <summary>From 0: a number.</summary>
    Zero,

    /// <summary>From the first data word.</summary>
    Data,

    /// <summary>From the start of the range where every access ends with an external abort.</summary>
    Hole,

    /// <summary>From the command queue.</summary>
    CommandQueue,

    /// <summary>From the event queue.</summary>
    EventQueue,

    /// <summary>From the stream table, the first level of a two-level one.</summary>
    StreamTable,

    /// <summary>From the second-level stream table of the stream with that index.</summary>
    SecondLevel,

    /// <summary>From the context descriptor, or the table of them, of the stream with that index.</summary>
    ContextTable,

    /// <summary>From the first table of the tree with that index.</summary>
    Tree,

    /// <summary>From a page of its own that nothing else uses, one per index 0..6.</summary>
    Spare,
}

/// <summary>An address that stays right when a scene becomes smaller: relative to something that the layout places.</summary>
/// <param name="Base">What it is counted from.</param>
/// <param name="Index">Which stream, tree or page.</param>
/// <param name="Offset">How far behind it; also for bits of a register that stand below the address.</param>
public readonly record struct SceneAddress(AddressBase Base, int Index, ulong Offset)
{
    /// <summary>A number.</summary>
    public static implicit operator SceneAddress(ulong number) => new(AddressBase.Zero, 0, number);

    /// <summary>A number.</summary>
    public static SceneAddress Of(ulong number) => new(AddressBase.Zero, 0, number);

    /// <summary>True for the address as the SMMU sees it when it lies behind stage 2; false for the physical address.</summary>
    public bool Intermediate { get; init; }

    /// <inheritdoc/>
    public override string ToString() =>
        Base == AddressBase.Zero ? $"0x{Offset:x}" : $"{Name()}{(Offset == 0 ? "" : $"+0x{Offset:x}")}{(Intermediate ? " (IPA)" : "")}";

    private string Name() =>
        Base switch
        {
            AddressBase.Data => "data",
            AddressBase.Hole => "hole",
            AddressBase.CommandQueue => "command queue",
            AddressBase.EventQueue => "event queue",
            AddressBase.StreamTable => "stream table",
            AddressBase.SecondLevel => $"second-level stream table {Index}",
            AddressBase.ContextTable => $"context table {Index}",
            AddressBase.Tree => $"tree {Index}",
            _ => $"spare page {Index}",
        };
}
