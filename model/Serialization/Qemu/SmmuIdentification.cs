namespace Conformance.Model.Serialization.Qemu;

/// <summary>Identification registers as this kit's own SMMUs put them into a stream: a state fits only an SMMU that has the same (VMS-06).</summary>
/// <param name="Idr0">SMMU_IDR0.</param>
/// <param name="Idr1">SMMU_IDR1.</param>
/// <param name="Idr3">SMMU_IDR3.</param>
/// <param name="Idr5">SMMU_IDR5.</param>
/// <param name="Aidr">SMMU_AIDR.</param>
public readonly record struct SmmuIdentification(uint Idr0, uint Idr1, uint Idr3, uint Idr5, uint Aidr)
{
    /// <summary>The idstr of the section, version 1: the five registers, big-endian.</summary>
    public const string SectionName = "smmuv3-idr";

    /// <summary>Bytes of the section's fields.</summary>
    public const int Size = 20;

    /// <summary>The registers in their order.</summary>
    public IEnumerable<uint> Values => [Idr0, Idr1, Idr3, Idr5, Aidr];
}
