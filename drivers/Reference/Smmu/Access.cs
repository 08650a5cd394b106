using Conformance.Model.Smmu.Device;

namespace Conformance.Drivers.Reference.Smmu;

/// <summary>A transaction on its way through the SMMU.</summary>
internal struct Access
{
    /// <summary>As it arrived.</summary>
    public SmmuTransaction Transaction;

    /// <summary>After the STE's overrides; false for a write.</summary>
    public bool IsInstruction;

    /// <summary>After the STE's overrides.</summary>
    public bool IsPrivileged;

    /// <summary>Nobody waits for it: it records nothing and updates nothing.</summary>
    public bool Speculative;

    /// <summary>Its STE, once found.</summary>
    public CachedStream? Stream;

    /// <summary>Its CD, once found.</summary>
    public CachedContext? Context;

    public readonly bool IsWrite => !Transaction.IsRead;
}
