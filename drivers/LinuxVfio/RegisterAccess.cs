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

    /// <summary>Makes accesses that a working device takes.</summary>
    /// <param name="calls">The machine that has the device.</param>
    /// <param name="descriptor">The device.</param>
    /// <param name="accesses">The accesses, in their order.</param>
    /// <param name="whose">The device, in words.</param>
    /// <param name="from">Where its registers begin.</param>
    /// <exception cref="IOException">One of them failed.</exception>
    internal static void Demand(ISystemCalls calls, int descriptor, Span<RegisterAccess> accesses, string whose, long from = 0)
    {
        calls.Transfer(descriptor, accesses);
        foreach (ref readonly var access in accesses)
            if (access.Errno != 0)
                throw new IOException(
                    $"a register of {whose} cannot be {(access.Write ? "written" : "read")} (offset 0x{access.Offset - from:x}): "
                        + Model.Contract.Errno.Name(access.Errno)
                );
    }

    /// <summary>A digest of the bytes (FNV-1a).</summary>
    internal static ulong Digest(ReadOnlySpan<RegisterAccess> accesses)
    {
        var digest = 0xCBF2_9CE4_8422_2325UL;
        foreach (ref readonly var access in accesses)
            digest = (digest ^ access.Value) * 0x100_0000_01B3UL;
        return digest;
    }
}
