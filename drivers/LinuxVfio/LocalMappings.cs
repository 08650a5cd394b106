using System.Runtime.InteropServices;
using Conformance.Model.Contract;

namespace Conformance.Drivers.LinuxVfio;

/// <summary>
/// Mappings of this process. The runtime cannot survive a fault of its own access (SIGBUS: behind the end of a file, or a device that has switched its memory
/// off). So the kernel copies, from and to a pipe, and says EFAULT.
/// </summary>
internal sealed unsafe partial class LocalMappings : IDisposable
{
    // A pipe takes so much without waiting for a reader.
    private const int Piece = 4096;

    private const int ReadWrite = 3,
        Shared = 1,
        PrivateAnonymous = 0x22,
        CloseOnExec = 0x80000;

    private readonly Lock gate = new();
    private readonly Dictionary<ulong, ulong> lengths = [];
    private int readEnd = -1,
        writeEnd = -1;

    /// <summary>As <see cref="ISystemCalls.Map"/>.</summary>
    public CallResult Map(int? descriptor, long offset, long length)
    {
        if (descriptor < 0)
            return CallResult.Fail(Errno.EBADF);
        if (length < 1)
            return CallResult.Fail(Errno.EINVAL);
        lock (gate)
        {
            var mapped = MapMemory(
                0,
                (nuint)length,
                ReadWrite,
                descriptor is null ? PrivateAnonymous : Shared,
                descriptor ?? -1,
                descriptor is null ? 0 : offset
            );
            if (mapped == -1)
                return Failure();
            lengths[(ulong)mapped] = (ulong)length;
            return CallResult.Of(mapped);
        }
    }

    /// <summary>As <see cref="ISystemCalls.Unmap"/>.</summary>
    public CallResult Unmap(ulong address)
    {
        lock (gate)
        {
            if (!lengths.Remove(address, out var length))
                return CallResult.Fail(Errno.EINVAL);
            return UnmapMemory((void*)address, (nuint)length) == 0 ? CallResult.Success : Failure();
        }
    }

    /// <summary>As <see cref="ISystemCalls.Load"/>.</summary>
    public CallResult Load(ulong address, Span<byte> bytes)
    {
        fixed (byte* own = bytes)
            return Copy(address, (byte*)address, own, bytes.Length);
    }

    /// <summary>As <see cref="ISystemCalls.Store"/>.</summary>
    public CallResult Store(ulong address, ReadOnlySpan<byte> bytes)
    {
        fixed (byte* own = bytes)
            return Copy(address, own, (byte*)address, bytes.Length);
    }

    public void Dispose()
    {
        lock (gate)
        {
            foreach (var (address, length) in lengths)
                _ = UnmapMemory((void*)address, (nuint)length);
            lengths.Clear();
            if (readEnd >= 0)
                _ = CloseFile(readEnd);
            if (writeEnd >= 0)
                _ = CloseFile(writeEnd);
            readEnd = writeEnd = -1;
        }
    }

    // One of the two places is in a mapping at `address`.
    private CallResult Copy(ulong address, byte* from, byte* to, int length)
    {
        lock (gate)
        {
            if (
                !lengths.Any(mapping =>
                    address >= mapping.Key && address - mapping.Key <= mapping.Value && (ulong)length <= mapping.Value - (address - mapping.Key)
                )
            )
                return CallResult.Fail(Errno.EINVAL);
            var ends = stackalloc int[2];
            if (readEnd < 0)
            {
                if (Pipe(ends, CloseOnExec) != 0)
                    return Failure();
                (readEnd, writeEnd) = (ends[0], ends[1]);
            }

            for (var done = 0; done < length; )
            {
                var piece = Math.Min(Piece, length - done);
                var taken = Repeat(() => WriteFile(writeEnd, from + done, (nuint)piece));
                if (!taken.Ok)
                    return taken;
                var given = Repeat(() => ReadFile(readEnd, to + done, (nuint)taken.Value));
                if (!given.Ok || given.Value < taken.Value)
                    Drain((int)taken.Value - (int)Math.Max(0, given.Ok ? given.Value : 0));
                if (!given.Ok)
                    return given;
                if (given.Value < piece)
                    return CallResult.Fail(Errno.EFAULT);
                done += piece;
            }

            return CallResult.Of(length);
        }
    }

    // What a fault left in the pipe.
    private void Drain(int length)
    {
        var rest = stackalloc byte[Piece];
        _ = Repeat(() => ReadFile(readEnd, rest, (nuint)length));
    }

    private static CallResult Repeat(Func<nint> call)
    {
        while (true)
        {
            var value = call();
            if (value >= 0)
                return CallResult.Of(value);
            if (Marshal.GetLastPInvokeError() != Errno.EINTR)
                return Failure();
        }
    }

    private static CallResult Failure() => CallResult.Fail(Marshal.GetLastPInvokeError());

    [LibraryImport("libc", EntryPoint = "mmap", SetLastError = true)]
    private static partial nint MapMemory(nint address, nuint length, int protection, int flags, int descriptor, long offset);

    [LibraryImport("libc", EntryPoint = "munmap", SetLastError = true)]
    private static partial int UnmapMemory(void* address, nuint length);

    [LibraryImport("libc", EntryPoint = "pipe2", SetLastError = true)]
    private static partial int Pipe(int* ends, int flags);

    [LibraryImport("libc", EntryPoint = "read", SetLastError = true)]
    private static partial nint ReadFile(int descriptor, byte* bytes, nuint length);

    [LibraryImport("libc", EntryPoint = "write", SetLastError = true)]
    private static partial nint WriteFile(int descriptor, byte* bytes, nuint length);

    [LibraryImport("libc", EntryPoint = "close", SetLastError = true)]
    private static partial int CloseFile(int descriptor);
}
