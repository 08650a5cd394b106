namespace Conformance.Drivers.LinuxVfio;

/// <summary>One access of one byte of a region.</summary>
/// <param name="Offset">Offset in the device's descriptor: the region's offset plus the register.</param>
/// <param name="Write">True: pwrite of <paramref name="Value"/>; false: pread into it.</param>
/// <param name="Value">The byte.</param>
/// <param name="Errno">0, or why the access failed; a transfer of another length counts as EIO.</param>
public record struct RegisterAccess(long Offset, bool Write, byte Value, int Errno)
{
    /// <summary>A write.</summary>
    public static RegisterAccess Put(long offset, byte value) => new(offset, true, value, 0);

    /// <summary>A read.</summary>
    public static RegisterAccess Get(long offset) => new(offset, false, 0, 0);
}
