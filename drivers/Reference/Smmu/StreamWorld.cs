namespace Conformance.Drivers.Reference.Smmu;

/// <summary>The translation regimes that tag what the TLB holds.</summary>
internal enum StreamWorld : byte
{
    /// <summary>NS-EL1: VMID and ASID, two halves.</summary>
    El1,

    /// <summary>EL2 without CR2.E2H: no VMID, no ASID, one half, one privilege.</summary>
    El2,

    /// <summary>EL2 with CR2.E2H: ASID, two halves.</summary>
    El2Host,
}
