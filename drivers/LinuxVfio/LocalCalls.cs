using System.Runtime.InteropServices;
using System.Text;
using Conformance.Model.Contract;
using Conformance.Model.Migration.Device;

namespace Conformance.Drivers.LinuxVfio;

/// <summary>The system calls of this machine, for a device that it has itself.</summary>
public sealed unsafe partial class LocalCalls : ISystemCalls
{
    private const int TextLimit = 64 * 1024;

    // A signal storm must not keep us in a call for ever; the caller then sees EINTR.
    private const int InterruptionLimit = 1000;

    private readonly Lock gate = new();
    private readonly GuardedBuffer argument = new(),
        attached = new();
    private readonly LocalMappings mappings = new();
    private Task<CallResult>? beside;

    private enum Transfers
    {
        Ioctl,
        Read,
        Write,
        PositionedRead,
        PositionedWrite,
    }

    /// <inheritdoc/>
    public CallResult Open(string path, OpenFlags flags)
    {
        for (var attempt = 0; ; attempt++)
        {
            var result = Result(OpenFile(path, (int)(flags | OpenFlags.CloseOnExec), 0));
            if (result.Errno != Errno.EINTR || attempt == InterruptionLimit)
                return result;
        }
    }

    // Not repeated after EINTR: Linux has closed the descriptor by then, and its number may be in use again.
    /// <inheritdoc/>
    public CallResult Close(int descriptor) => Result(CloseFile(descriptor));

    /// <inheritdoc/>
    public CallResult Ioctl(int descriptor, uint request, ulong value) => Result(Control(descriptor, request, (void*)value));

    /// <inheritdoc/>
    public CallResult Ioctl(int descriptor, uint request, in UserBuffer argument) => Invoke(Transfers.Ioctl, descriptor, request, argument);

    /// <inheritdoc/>
    public CallResult Read(int descriptor, in UserBuffer buffer) => Invoke(Transfers.Read, descriptor, 0, buffer);

    /// <inheritdoc/>
    public CallResult Write(int descriptor, in UserBuffer buffer) => Invoke(Transfers.Write, descriptor, 0, buffer);

    /// <inheritdoc/>
    public CallResult PositionedRead(int descriptor, in UserBuffer buffer, long offset) => Invoke(Transfers.PositionedRead, descriptor, offset, buffer);

    /// <inheritdoc/>
    public CallResult PositionedWrite(int descriptor, in UserBuffer buffer, long offset) => Invoke(Transfers.PositionedWrite, descriptor, offset, buffer);

    /// <inheritdoc/>
    public CallResult Seek(int descriptor, long offset, int whence) => Result(SeekFile(descriptor, offset, whence));

    /// <inheritdoc/>
    public CallResult Poll(int descriptor, int events, int timeoutMilliseconds)
    {
        var due = Environment.TickCount64 + timeoutMilliseconds;
        for (var left = timeoutMilliseconds; ; )
        {
            var polled = new PollDescriptor { Descriptor = descriptor, Events = (short)events };
            var result = Result(PollFiles(&polled, 1, left));
            if (result.Errno != Errno.EINTR)
                return result.Ok ? CallResult.Of((ushort)polled.Returned) : result;
            if (timeoutMilliseconds >= 0)
                left = (int)Math.Max(0, due - Environment.TickCount64);
        }
    }

    /// <inheritdoc/>
    public CallResult Duplicate(int descriptor) => Result(DuplicateFile(descriptor));

    /// <inheritdoc/>
    public CallResult Control(int descriptor, int command, long value) => Result(FileControl(descriptor, command, value));

    /// <inheritdoc/>
    public CallResult DescriptorLimit()
    {
        ResourceLimit limit;
        var result = Result(GetLimit(DescriptorResource, &limit));
        return result.Ok ? CallResult.Of((long)Math.Min(limit.Soft, long.MaxValue)) : result;
    }

    /// <inheritdoc/>
    public CallResult SetDescriptorLimit(ulong limit)
    {
        ResourceLimit both;
        var result = Result(GetLimit(DescriptorResource, &both));
        if (!result.Ok)
            return result;
        both.Soft = limit;
        return Result(SetLimit(DescriptorResource, &both));
    }

    // The runtime opens and closes descriptors of its own at any time: only kinds that a device hands out are counted.
    /// <inheritdoc/>
    public int CountDescriptors()
    {
        var count = 0;
        foreach (var name in List("/proc/self/fd"))
        {
            var target = ReadLink("/proc/self/fd/" + name);
            if (
                target is not null
                && (
                    target.StartsWith("anon_inode:", StringComparison.Ordinal)
                    || target.StartsWith("/dev/vfio", StringComparison.Ordinal)
                    || target == "/dev/iommu"
                )
            )
                count++;
        }

        return count;
    }

    /// <inheritdoc/>
    public bool Exists(string path) => Access(path, 0) == 0;

    /// <inheritdoc/>
    public string? ReadLink(string path)
    {
        Span<byte> target = stackalloc byte[4096];
        fixed (byte* bytes = target)
        {
            var length = ReadLinkTarget(path, bytes, (nuint)target.Length);
            return length < 0 ? null : Encoding.UTF8.GetString(target[..(int)length]);
        }
    }

    /// <inheritdoc/>
    public string? ReadText(string path)
    {
        var opened = Open(path, OpenFlags.ReadOnly);
        if (!opened.Ok)
            return null;
        try
        {
            var text = new byte[TextLimit];
            var used = 0;
            while (used < text.Length)
            {
                var got = Read((int)opened.Value, new UserBuffer(text.AsSpan(used)));
                if (!got.Ok)
                    return null;
                if (got.Value == 0)
                    break;
                used += (int)got.Value;
            }

            return Encoding.UTF8.GetString(text, 0, used).TrimEnd('\n');
        }
        finally
        {
            Close((int)opened.Value);
        }
    }

    /// <inheritdoc/>
    public CallResult WriteText(string path, string text)
    {
        var opened = Open(path, OpenFlags.WriteOnly);
        if (!opened.Ok)
            return opened;
        var result = Write((int)opened.Value, new UserBuffer(Encoding.UTF8.GetBytes(text)));
        Close((int)opened.Value);
        return result;
    }

    /// <inheritdoc/>
    public CallResult BeginWriteText(string path, string text)
    {
        if (beside is not null)
            return CallResult.Fail(Errno.EBUSY);
        beside = Task.Factory.StartNew(() => WriteText(path, text), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
        return CallResult.Success;
    }

    /// <inheritdoc/>
    public CallResult EndWriteText()
    {
        if (beside is not { } begun)
            return CallResult.Fail(Errno.EINVAL);
        beside = null;
        return begun.GetAwaiter().GetResult();
    }

    /// <inheritdoc/>
    public IReadOnlyList<string> List(string path)
    {
        try
        {
            var names = Directory.GetFileSystemEntries(path).Select(entry => Path.GetFileName(entry)).ToArray();
            Array.Sort(names, StringComparer.Ordinal);
            return names;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return [];
        }
    }

    /// <inheritdoc/>
    public CallResult Map(int? descriptor, long offset, long length) => mappings.Map(descriptor, offset, length);

    /// <inheritdoc/>
    public CallResult Unmap(ulong address) => mappings.Unmap(address);

    /// <inheritdoc/>
    public CallResult Load(ulong address, Span<byte> bytes) => mappings.Load(address, bytes);

    /// <inheritdoc/>
    public CallResult Store(ulong address, ReadOnlySpan<byte> bytes) => mappings.Store(address, bytes);

    /// <inheritdoc/>
    public IReadOnlyList<ScriptResult[]> RunThreads(int descriptor, ThreadScript script) => new LocalThreads(this, descriptor, script).Run();

    /// <inheritdoc/>
    public void Transfer(int descriptor, Span<RegisterAccess> accesses)
    {
        Span<byte> one = stackalloc byte[1];
        foreach (ref var access in accesses)
        {
            one[0] = access.Value;
            var buffer = new UserBuffer(one);
            var result = access.Write ? PositionedWrite(descriptor, buffer, access.Offset) : PositionedRead(descriptor, buffer, access.Offset);
            access.Value = one[0];
            access.Errno =
                !result.Ok ? result.Errno
                : result.Value == 1 ? 0
                : Errno.EIO;
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        lock (gate)
        {
            argument.Dispose();
            attached.Dispose();
            mappings.Dispose();
        }
    }

    private CallResult Invoke(Transfers kind, int descriptor, long parameter, in UserBuffer buffer)
    {
        if (buffer.Accessible == buffer.Bytes.Length && buffer.Accessible > 0 && !buffer.ReadOnly && buffer.PointerOffset < 0)
        {
            fixed (byte* bytes = buffer.Bytes)
                return Repeat(kind, descriptor, parameter, bytes, buffer.Bytes.Length);
        }

        lock (gate)
        {
            ArgumentOutOfRangeException.ThrowIfGreaterThan(buffer.Bytes.Length, GuardedBuffer.Capacity, nameof(buffer));
            ArgumentOutOfRangeException.ThrowIfGreaterThan(buffer.Attached.Length, GuardedBuffer.Capacity, nameof(buffer));
            var bytes = argument.Place(buffer.Accessible);
            var placed = new Span<byte>(bytes, buffer.Accessible);
            buffer.Bytes[..buffer.Accessible].CopyTo(placed);
            var more = attached.Place(buffer.AttachedAccessible);
            var morePlaced = new Span<byte>(more, buffer.AttachedAccessible);
            buffer.Attached[..buffer.AttachedAccessible].CopyTo(morePlaced);
            if (buffer.PointerOffset >= 0 && buffer.PointerOffset < buffer.Accessible)
            {
                Span<byte> address = stackalloc byte[8];
                BitConverter.TryWriteBytes(address, (ulong)more);
                address[..Math.Min(8, buffer.Accessible - buffer.PointerOffset)].CopyTo(placed[buffer.PointerOffset..]);
            }

            if (buffer.ReadOnly)
                argument.SetReadOnly(buffer.Accessible, true);
            CallResult result;
            try
            {
                result = Repeat(kind, descriptor, parameter, bytes, buffer.Bytes.Length);
            }
            finally
            {
                if (buffer.ReadOnly)
                    argument.SetReadOnly(buffer.Accessible, false);
            }

            placed.CopyTo(buffer.Bytes);
            morePlaced.CopyTo(buffer.Attached);
            return result;
        }
    }

    private static CallResult Repeat(Transfers kind, int descriptor, long parameter, byte* bytes, int length)
    {
        for (var attempt = 0; ; attempt++)
        {
            var result = Result(
                kind switch
                {
                    Transfers.Read => ReadFile(descriptor, bytes, (nuint)length),
                    Transfers.Write => WriteFile(descriptor, bytes, (nuint)length),
                    Transfers.PositionedRead => ReadFileAt(descriptor, bytes, (nuint)length, parameter),
                    Transfers.PositionedWrite => WriteFileAt(descriptor, bytes, (nuint)length, parameter),
                    _ => Control(descriptor, (nuint)parameter, bytes),
                }
            );
            if (result.Errno != Errno.EINTR || kind == Transfers.Ioctl || attempt == InterruptionLimit)
                return result;
        }
    }

    private static CallResult Result(long value) => value == -1 ? CallResult.Fail(Marshal.GetLastPInvokeError()) : CallResult.Of(value);

    private const int DescriptorResource = 7;

    [StructLayout(LayoutKind.Sequential)]
    private struct PollDescriptor
    {
        public int Descriptor;
        public short Events,
            Returned;
    }

    [StructLayout(LayoutKind.Sequential)]
    private struct ResourceLimit
    {
        public ulong Soft,
            Hard;
    }

    [LibraryImport("libc", EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int OpenFile(string path, int flags, int mode);

    [LibraryImport("libc", EntryPoint = "close", SetLastError = true)]
    private static partial int CloseFile(int descriptor);

    [LibraryImport("libc", EntryPoint = "ioctl", SetLastError = true)]
    private static partial int Control(int descriptor, nuint request, void* argument);

    [LibraryImport("libc", EntryPoint = "read", SetLastError = true)]
    private static partial nint ReadFile(int descriptor, byte* bytes, nuint length);

    [LibraryImport("libc", EntryPoint = "write", SetLastError = true)]
    private static partial nint WriteFile(int descriptor, byte* bytes, nuint length);

    [LibraryImport("libc", EntryPoint = "pread", SetLastError = true)]
    private static partial nint ReadFileAt(int descriptor, byte* bytes, nuint length, long offset);

    [LibraryImport("libc", EntryPoint = "pwrite", SetLastError = true)]
    private static partial nint WriteFileAt(int descriptor, byte* bytes, nuint length, long offset);

    [LibraryImport("libc", EntryPoint = "lseek", SetLastError = true)]
    private static partial long SeekFile(int descriptor, long offset, int whence);

    [LibraryImport("libc", EntryPoint = "poll", SetLastError = true)]
    private static partial int PollFiles(PollDescriptor* polled, nuint count, int timeout);

    [LibraryImport("libc", EntryPoint = "dup", SetLastError = true)]
    private static partial int DuplicateFile(int descriptor);

    [LibraryImport("libc", EntryPoint = "fcntl", SetLastError = true)]
    private static partial int FileControl(int descriptor, int command, long value);

    [LibraryImport("libc", EntryPoint = "getrlimit", SetLastError = true)]
    private static partial int GetLimit(int resource, ResourceLimit* limit);

    [LibraryImport("libc", EntryPoint = "setrlimit", SetLastError = true)]
    private static partial int SetLimit(int resource, ResourceLimit* limit);

    [LibraryImport("libc", EntryPoint = "access", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Access(string path, int mode);

    [LibraryImport("libc", EntryPoint = "readlink", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial nint ReadLinkTarget(string path, byte* target, nuint length);
}
