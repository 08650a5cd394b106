using Conformance.Model.Smmu.Structures;

namespace Conformance.Drivers.Reference.Smmu;

/// <summary>A CD as the SMMU holds it: fetched once, decoded once.</summary>
internal sealed class CachedContext
{
    public bool InUse;
    public uint StreamId;
    public uint SubstreamId;
    public ContextDescriptor Descriptor;
    public ContextFlaws Flaws;
    public ContextHalf Lower,
        Upper;

    /// <summary>The tag of its translations that are not global.</summary>
    public ushort Asid;

    public bool AccessFlag,
        Dirty,
        TableAccessFlag;
}

/// <summary>What a CD says about one half of the address space.</summary>
internal struct ContextHalf
{
    public TableFormat Tables;
    public bool Disabled,
        TopByteIgnored,
        IgnoresTableAttributes,
        NoUnprivileged;
}
