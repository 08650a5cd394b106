using System.Runtime.InteropServices;

namespace Conformance.Drivers.LinuxVfio;

/// <summary>Memory that ends at a page without access, so that the first byte behind the accessible part faults.</summary>
internal sealed unsafe partial class GuardedBuffer : IDisposable
{
    /// <summary>Most accessible bytes, and most inaccessible bytes behind them.</summary>
    public const int Capacity = 1 << 20;

    private const int ProtectNone = 0,
        ProtectRead = 1,
        ProtectWrite = 2,
        MapPrivate = 2,
        MapAnonymous = 0x20;

    private readonly nuint page = (nuint)Environment.SystemPageSize;
    private byte* start;

    public GuardedBuffer()
    {
        var mapped = Map(0, 2 * Capacity, ProtectNone, MapPrivate | MapAnonymous, -1, 0);
        if (mapped == -1)
            throw new InvalidOperationException($"mmap of a guarded buffer failed with errno {Marshal.GetLastPInvokeError()}");
        start = (byte*)mapped;
        if (Protect(start, Capacity, ProtectRead | ProtectWrite) != 0)
            throw new InvalidOperationException($"mprotect of a guarded buffer failed with errno {Marshal.GetLastPInvokeError()}");
    }

    /// <summary>The place of a buffer whose first <paramref name="accessible"/> bytes are mapped.</summary>
    public byte* Place(int accessible)
    {
        ObjectDisposedException.ThrowIf(start == null, this);
        ArgumentOutOfRangeException.ThrowIfNegative(accessible);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(accessible, Capacity);
        return start + Capacity - accessible;
    }

    /// <summary>Makes the pages of a placed buffer read-only, or writable again.</summary>
    public void SetReadOnly(int accessible, bool readOnly)
    {
        var length = ((nuint)accessible + page - 1) & ~(page - 1);
        if (length > 0 && Protect(start + Capacity - length, length, readOnly ? ProtectRead : ProtectRead | ProtectWrite) != 0)
            throw new InvalidOperationException($"mprotect of a guarded buffer failed with errno {Marshal.GetLastPInvokeError()}");
    }

    public void Dispose()
    {
        if (start == null)
            return;
        _ = Unmap(start, 2 * Capacity);
        start = null;
    }

    [LibraryImport("libc", EntryPoint = "mmap", SetLastError = true)]
    private static partial nint Map(nint address, nuint length, int protection, int flags, int descriptor, long offset);

    [LibraryImport("libc", EntryPoint = "mprotect", SetLastError = true)]
    private static partial int Protect(byte* address, nuint length, int protection);

    [LibraryImport("libc", EntryPoint = "munmap", SetLastError = true)]
    private static partial int Unmap(byte* address, nuint length);
}
