namespace Conformance.Model.Contract;

/// <summary>
/// What makes a device hold something worth migrating. Used in RUNNING and PRE_COPY only: elsewhere the user must not touch the device (MIG-STOP-10).
/// </summary>
public interface IWorkload
{
    /// <summary>Puts the device into a content that depends on <paramref name="pattern"/> alone, whatever it held before.</summary>
    void Apply(uint pattern);

    /// <summary>A digest of everything that <see cref="Apply"/> wrote, read back from the device without changing it. Never 0.</summary>
    ulong Digest();
}
