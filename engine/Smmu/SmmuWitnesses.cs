using Conformance.Engine.Judging;

namespace Conformance.Engine.Smmu;

/// <summary>What campaigns of the smmu suite must have seen to have shown anything.</summary>
public static class SmmuWitnesses
{
    /// <summary>A transaction whose nominal outcome is that it goes through.</summary>
    public static readonly Witness Translated = new(0, "translated");

    /// <summary>A transaction whose nominal outcome is that it does not.</summary>
    public static readonly Witness Refused = new(1, "refused");

    /// <summary>A transaction that may end in more than one way.</summary>
    public static readonly Witness Ambiguous = new(2, "ambiguous");
}
