namespace Conformance.Drivers.Reference.Smmu;

/// <summary>What an SMMU in memory keeps between transactions. All three are correct.</summary>
public enum SmmuCaching
{
    /// <summary>What transactions needed, until it is invalidated or replaced.</summary>
    OnDemand,

    /// <summary>Nothing: every transaction fetches everything.</summary>
    None,

    /// <summary>Whatever can be reached, fetched before a transaction needs it.</summary>
    Eager,
}
