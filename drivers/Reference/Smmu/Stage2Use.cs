namespace Conformance.Drivers.Reference.Smmu;

/// <summary>Why stage 2 is asked for an address.</summary>
internal enum Stage2Use : byte
{
    /// <summary>To fetch a CD or an L1CD.</summary>
    Context,

    /// <summary>To fetch a stage-1 descriptor.</summary>
    Table,

    /// <summary>To write a stage-1 descriptor.</summary>
    TableUpdate,

    /// <summary>For the transaction itself.</summary>
    Input,
}

/// <summary>What a stage-1 or stage-2 descriptor is.</summary>
internal enum DescriptorKind : byte
{
    Invalid,
    Table,
    Leaf,
}

/// <summary>The end of a walk.</summary>
internal struct Leaf
{
    /// <summary>The descriptor.</summary>
    public ulong Descriptor;

    /// <summary>Where it lies: a PA, or an IPA for stage 1 of two.</summary>
    public ulong At;

    /// <summary>Where it lies: a PA.</summary>
    public ulong Address;

    /// <summary>Its level.</summary>
    public int Level;

    /// <summary>log2 of what it covers.</summary>
    public int Shift;

    /// <summary>The first address of the page or block.</summary>
    public ulong Output;

    /// <summary>What the tables above it forbid.</summary>
    public Rights Inherited;
}
