using Conformance.Model.Contract;
using Conformance.Model.Migration.Device;

namespace Conformance.Drivers.LinuxVfio;

/// <summary>
/// The system calls of the machine that has the device: this one (<see cref="LocalCalls"/>) or a guest (<see cref="GuestCalls"/>).
/// Nothing is interpreted; the only repair is E-37: a transfer that a signal interrupted before it moved a byte is made again, an ioctl never is.
/// Every member throws <see cref="DeviceLostException"/> when the machine cannot be asked any more.
/// </summary>
public interface ISystemCalls : IDisposable
{
    /// <summary>open(2), always with O_CLOEXEC; the value is the descriptor.</summary>
    CallResult Open(string path, OpenFlags flags);

    /// <summary>close(2).</summary>
    CallResult Close(int descriptor);

    /// <summary>ioctl(2) with a number instead of a pointer.</summary>
    CallResult Ioctl(int descriptor, uint request, ulong value);

    /// <summary>ioctl(2) with a pointer.</summary>
    CallResult Ioctl(int descriptor, uint request, in UserBuffer argument);

    /// <summary>read(2). May ask for less than the buffer's length when that exceeds what one message carries.</summary>
    CallResult Read(int descriptor, in UserBuffer buffer);

    /// <summary>write(2).</summary>
    CallResult Write(int descriptor, in UserBuffer buffer);

    /// <summary>pread(2).</summary>
    CallResult PositionedRead(int descriptor, in UserBuffer buffer, long offset);

    /// <summary>pwrite(2).</summary>
    CallResult PositionedWrite(int descriptor, in UserBuffer buffer, long offset);

    /// <summary>lseek(2); whence 0 is from the start.</summary>
    CallResult Seek(int descriptor, long offset, int whence);

    /// <summary>poll(2) of one descriptor; the value is the returned events, 0 after the time-out.</summary>
    CallResult Poll(int descriptor, int events, int timeoutMilliseconds);

    /// <summary>dup(2).</summary>
    CallResult Duplicate(int descriptor);

    /// <summary>fcntl(2) with a number.</summary>
    CallResult Control(int descriptor, int command, long value);

    /// <summary>The soft limit of descriptors (RLIMIT_NOFILE).</summary>
    CallResult DescriptorLimit();

    /// <summary>Sets the soft limit of descriptors.</summary>
    CallResult SetDescriptorLimit(ulong limit);

    /// <summary>
    /// How many descriptors are open. Only differences mean something; a process with other work counts only those that can belong to a device.
    /// </summary>
    int CountDescriptors();

    /// <summary>True when the path exists.</summary>
    bool Exists(string path);

    /// <summary>The target of a symbolic link, or null.</summary>
    string? ReadLink(string path);

    /// <summary>The first 64 KiB of a small text file (sysfs, procfs) without the last newline, or null.</summary>
    string? ReadText(string path);

    /// <summary>Writes a small text to an existing file (sysfs) in one write(2).</summary>
    CallResult WriteText(string path, string text);

    /// <summary>
    /// Begins to write a small text, at most 256 bytes, to an existing file (sysfs), and goes on without waiting for the end: what removes a device from its
    /// machine waits until nobody has it open. One at a time.
    /// </summary>
    /// <returns>Success when the write was begun.</returns>
    CallResult BeginWriteText(string path, string text);

    /// <summary>Waits for what <see cref="BeginWriteText"/> began; the result is that of the write(2).</summary>
    CallResult EndWriteText();

    /// <summary>The names in a folder, sorted; empty when it cannot be read.</summary>
    IReadOnlyList<string> List(string path);

    /// <summary>
    /// mmap(2) for reading and writing. A mapping of a device keeps it open until it is removed, whatever became of its descriptor. A guest's agent has room
    /// for 64 mappings of 64 MiB together, and refuses more with ENOMEM.
    /// </summary>
    /// <param name="descriptor">What is mapped, shared with whoever has it; null: memory of nobody else, all 0.</param>
    /// <param name="offset">Where in it the mapping begins, whole pages; 0 where there is no descriptor.</param>
    /// <param name="length">Bytes, at least 1.</param>
    /// <returns>The address, in the process that makes the calls.</returns>
    CallResult Map(int? descriptor, long offset, long length);

    /// <summary>munmap(2) of the whole mapping that begins at an address; EINVAL where none does.</summary>
    CallResult Unmap(ulong address);

    /// <summary>
    /// Loads from a mapping. In a guest one access where the length is 2, 4 or 8 bytes and the address is a multiple of it, else one for each byte; this
    /// machine's kernel chooses by itself. Not more than a message of the agent has room for, 1 MiB less 4 KiB. EINVAL where not all of it is in one mapping of
    /// <see cref="Map"/>, EFAULT where memory does not answer.
    /// </summary>
    /// <returns>How many bytes were loaded: all of them.</returns>
    CallResult Load(ulong address, Span<byte> bytes);

    /// <summary>Stores to a mapping; otherwise as <see cref="Load"/>.</summary>
    CallResult Store(ulong address, ReadOnlySpan<byte> bytes);

    /// <summary>Makes calls of several threads at once on a device.</summary>
    /// <returns>Each round's results, in the order of the script's calls.</returns>
    IReadOnlyList<ScriptResult[]> RunThreads(int descriptor, ThreadScript script);

    /// <summary>Makes one-byte accesses in order, in as few messages as possible, and fills in values and errnos.</summary>
    void Transfer(int descriptor, Span<RegisterAccess> accesses);
}
