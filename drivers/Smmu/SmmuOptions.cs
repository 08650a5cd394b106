namespace Conformance.Drivers.Smmu;

/// <summary>Choices that the architecture leaves to an SMMU.</summary>
public sealed record SmmuOptions
{
    /// <summary>What it caches.</summary>
    public SmmuCaching Caching { get; init; }

    /// <summary>How many reads of CR0ACK still give the old value after a write of CR0. With 0 a write takes effect at once.</summary>
    public int AcknowledgeReads { get; init; }
}
