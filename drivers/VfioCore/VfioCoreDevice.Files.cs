using System.Buffers.Binary;
using Conformance.Model.Contract;
using Conformance.Model.Migration.Device;
using Conformance.Model.Requirements;

namespace Conformance.Drivers.VfioCore;

/// <content>Sessions, descriptors and data transfer (V.4).</content>
public partial class VfioCoreDevice
{
    private const int PollIn = 1,
        PollOut = 4,
        PollInvalid = 32;

    private readonly DescriptorTable descriptors = new();
    private readonly Stack<OpenFile> pool = new();
    private bool exhausted;

    /// <summary>The live session, or null; there is at most one (MIG-FD-18).</summary>
    protected OpenFile? Session { get; private set; }

    /// <summary>The descriptor that was handed out last, or -1.</summary>
    protected int LastDescriptor { get; private set; } = -1;

    /// <inheritdoc/>
    public void ExhaustDescriptors(bool exhausted) => this.exhausted = exhausted;

    /// <inheritdoc/>
    public virtual int CountDescriptors() => descriptors.Count + (IsOpen ? 1 : 0);

    /// <inheritdoc/>
    public CallResult Read(int handle, in UserBuffer buffer)
    {
        using var held = HoldSessionsAlone();
        return descriptors.Find(handle) is { } file ? Transfer(file, buffer, writing: false) : CallResult.Fail(Errno.EBADF);
    }

    /// <inheritdoc/>
    public CallResult Write(int handle, in UserBuffer buffer)
    {
        using var held = HoldSessionsAlone();
        return descriptors.Find(handle) is { } file ? Transfer(file, buffer, writing: true) : CallResult.Fail(Errno.EBADF);
    }

    /// <inheritdoc/>
    public CallResult PositionedRead(int handle, in UserBuffer buffer, long offset)
    {
        using var held = HoldSessionsAlone();
        return descriptors.Find(handle) is { } file ? TransferAt(file, buffer, offset, writing: false) : CallResult.Fail(Errno.EBADF);
    }

    /// <inheritdoc/>
    public CallResult PositionedWrite(int handle, in UserBuffer buffer, long offset)
    {
        using var held = HoldSessionsAlone();
        return descriptors.Find(handle) is { } file ? TransferAt(file, buffer, offset, writing: true) : CallResult.Fail(Errno.EBADF);
    }

    /// <inheritdoc/>
    public CallResult Seek(int handle, long offset)
    {
        using var held = HoldSessionsAlone();
        return descriptors.Find(handle) is { } file ? SeekTo(file, offset) : CallResult.Fail(Errno.EBADF);
    }

    /// <inheritdoc/>
    public CallResult DataIoctl(int handle, uint request, in UserBuffer argument)
    {
        Enter();
        try
        {
            using var held = HoldSessions();
            return descriptors.Find(handle) is { } file ? AnswerDataIoctl(file, request, argument) : CallResult.Fail(Errno.EBADF);
        }
        finally
        {
            Leave();
        }
    }

    /// <summary>poll(2). Nothing can happen while the only caller waits, so the time-out passes at once.</summary>
    public CallResult Poll(int handle, int events, int timeoutMilliseconds)
    {
        using var held = HoldSessionsAlone();
        return CallResult.Of(descriptors.Find(handle) is { } file ? PollMask(file) & events : PollInvalid);
    }

    /// <inheritdoc/>
    public CallResult Duplicate(int handle)
    {
        using var held = HoldSessionsAlone();
        if (descriptors.Find(handle) is not { } file)
            return CallResult.Fail(Errno.EBADF);
        return exhausted || !descriptors.TryAdd(FileOfDuplicate(file), out var duplicate) ? CallResult.Fail(Errno.EMFILE) : CallResult.Of(duplicate);
    }

    /// <inheritdoc/>
    public CallResult DescriptorFlags(int handle)
    {
        using var held = HoldSessionsAlone();
        return descriptors.Find(handle) is { } file ? CallResult.Of(FlagsOf(file)) : CallResult.Fail(Errno.EBADF);
    }

    /// <inheritdoc/>
    public CallResult CloseData(int handle)
    {
        using var held = HoldSessionsAlone();
        if (descriptors.Remove(handle) is not { } file)
            return CallResult.Fail(Errno.EBADF);
        if (file.References == 0)
            LastReference(file);
        return CallResult.Success;
    }

    /// <summary>Seam: opens the session of an arc.</summary>
    protected virtual void BeginSession(IMigrationFile file) => Session = Describe(file);

    /// <summary>Seam: ends the live session, if there is one; its descriptors stay and are dead (MIG-FD-14..16).</summary>
    protected virtual void EndSession(SessionEnd cause)
    {
        if (Session is not { } session)
            return;
        ForgetSession();
        Kill(session);
    }

    /// <summary>Makes a session no longer the live one, without ending it.</summary>
    protected void ForgetSession() => Session = null;

    /// <summary>Ends a file for good.</summary>
    protected void Kill(OpenFile file)
    {
        file.File?.Terminate();
        file.End();
        if (file.References == 0)
            pool.Push(file);
    }

    /// <summary>An open file on a stream, from the pool when there is one.</summary>
    protected OpenFile Describe(IMigrationFile file)
    {
        var open = pool.Count != 0 ? pool.Pop() : new();
        open.Begin(file);
        return open;
    }

    /// <summary>Seam: gives a session a descriptor (MIG-FD-01, MIG-FD-23).</summary>
    /// <returns>0, or EMFILE.</returns>
    protected virtual int InstallDescriptor(OpenFile file, out int fd)
    {
        fd = -1;
        if (exhausted || !descriptors.TryAdd(file, out fd))
            return Errno.EMFILE;
        LastDescriptor = fd;
        return Errno.None;
    }

    /// <summary>
    /// Seam: a session could not be handed over; its file is released here (MIG-FD-23). The session itself goes on until its state is left, so there is
    /// nothing to do: without references the file returns to the pool when the session ends.
    /// </summary>
    protected virtual void DropUninstalled(OpenFile file) { }

    /// <summary>Seam: the last descriptor of a file was closed. That is not an abort (MIG-FD-17).</summary>
    protected virtual void LastReference(OpenFile file)
    {
        if (file.File is null)
            pool.Push(file);
    }

    /// <summary>Seam: the file that a duplicate refers to: the same one (MIG-FD-29).</summary>
    protected virtual OpenFile FileOfDuplicate(OpenFile file) => file;

    /// <summary>Seam: the file that serves a descriptor's file: itself (MIG-FD-18).</summary>
    protected virtual OpenFile ServedBy(OpenFile file) => file;

    /// <summary>Seam: FD_CLOEXEC is set (MIG-FD-07).</summary>
    protected virtual int FlagsOf(OpenFile file) => 1;

    /// <summary>
    /// Seam: the events that are true of a file (MIG-FD-13, MIG-FD-25). A dead file has an error to read; a resuming file has no poll of its own.
    /// </summary>
    protected virtual int PollMask(OpenFile file)
    {
        if (!file.IsSaving)
            return PollIn | PollOut;
        return file.File is null || file.File.IsReadable ? PollIn : 0;
    }

    /// <summary>Seam: lseek on a stream (MIG-FD-06).</summary>
    protected virtual CallResult SeekTo(OpenFile file, long offset) => CallResult.Fail(Errno.ESPIPE);

    /// <summary>Seam: pread and pwrite on a stream (MIG-FD-06).</summary>
    protected virtual CallResult TransferAt(OpenFile file, in UserBuffer buffer, long offset, bool writing) => CallResult.Fail(Errno.ESPIPE);

    /// <summary>Reads or writes at the position of the stream, in the order in which the kernel looks: direction, life, count, memory.</summary>
    protected CallResult Transfer(OpenFile file, in UserBuffer buffer, bool writing)
    {
        if (file.IsSaving == writing)
            return WrongDirection(file, buffer.Bytes.Length);
        file = ServedBy(file);
        if (file.File is null)
            return DeadTransfer(file);
        if (buffer.Bytes.Length == 0)
            return EmptyTransfer(file);
        if (buffer.Accessible < buffer.Bytes.Length || (buffer.ReadOnly && !writing))
            return UnusableBuffer(file, buffer.Bytes.Length);
        Point();
        return writing ? WriteData(file, buffer.Bytes) : ReadData(file, buffer.Bytes);
    }

    /// <summary>Seam: a transfer against the direction of the file (MIG-FD-05).</summary>
    protected virtual CallResult WrongDirection(OpenFile file, int count) => CallResult.Fail(Errno.EBADF);

    /// <summary>Seam: a transfer on a file whose session is over (MIG-FD-14).</summary>
    protected virtual CallResult DeadTransfer(OpenFile file) => CallResult.Fail(Errno.ENODEV);

    /// <summary>Seam: a transfer of no bytes (MIG-FD-21).</summary>
    protected virtual CallResult EmptyTransfer(OpenFile file) => CallResult.Success;

    /// <summary>Seam: a transfer with memory that cannot be used: nothing is consumed or taken (MIG-FD-22).</summary>
    protected virtual CallResult UnusableBuffer(OpenFile file, int count) => CallResult.Fail(Errno.EFAULT);

    /// <summary>Seam: reads from the driver's stream.</summary>
    protected virtual CallResult ReadData(OpenFile file, Span<byte> buffer) => file.File!.Read(buffer);

    /// <summary>Seam: writes to the driver's stream.</summary>
    protected virtual CallResult WriteData(OpenFile file, ReadOnlySpan<byte> buffer) => file.File!.Write(buffer);

    private CallResult AnswerDataIoctl(OpenFile file, uint request, in UserBuffer argument)
    {
        var errno =
            !HasIoctl(file) ? IoctlOnPlainFile(file, request)
            : request != Uapi.PrecopyInfo ? UnknownDataIoctl(file, request)
            : AnswerPrecopyInfo(file, argument);
        return CompleteDataIoctl(argument, errno);
    }

    /// <summary>Seam: what an ioctl of a data fd returns: 0, or -1 and the errno (ABI-25).</summary>
    protected virtual CallResult CompleteDataIoctl(in UserBuffer argument, int errno) => errno != 0 ? CallResult.Fail(errno) : CallResult.Success;

    /// <summary>Seam: has the file an ioctl of its own? A saving file has, when there is pre-copy (MIG-FEAT-08, MIG-PRE-21).</summary>
    protected virtual bool HasIoctl(OpenFile file)
    {
        return file.IsSaving && Level >= UapiLevel.V6_2 && (Features & MigrationFeatures.PreCopy) != 0;
    }

    /// <summary>Seam: an ioctl on a file that has none (MIG-FD-24).</summary>
    protected virtual int IoctlOnPlainFile(OpenFile file, uint request) => Errno.ENOTTY;

    /// <summary>Seam: an unknown ioctl on a saving file (ABI-21).</summary>
    protected virtual int UnknownDataIoctl(OpenFile file, uint request) => Errno.ENOTTY;

    /// <summary>Seam: the info argument is long enough (ABI-22).</summary>
    protected virtual int CheckInfoArgsz(uint argsz) => argsz < Uapi.PrecopyInfoSize ? Errno.EINVAL : Errno.None;

    /// <summary>Seam: pre-copy info is there in PRE_COPY and PRE_COPY_P2P only, and then on the live session only (MIG-PRE-01, MIG-PRE-02, E-13).</summary>
    protected virtual int CheckInfoState(OpenFile file)
    {
        if (State is not (DeviceState.PreCopy or DeviceState.PreCopyP2P))
            return Errno.EINVAL;
        return file.File is null ? Errno.ENODEV : Errno.None;
    }

    /// <summary>Seam: does this session report REINIT? The opt-in is looked at in each call (PINFO2-08).</summary>
    protected virtual bool HasInfoFlags(OpenFile file) => OptedIn;

    /// <summary>Seam: the flags word of the info: echoed without opt-in, pure output with it (PINFO2-04..06).</summary>
    protected virtual uint InfoFlags(OpenFile file, uint given, bool reinitialised) =>
        !HasInfoFlags(file) ? given
        : reinitialised ? Uapi.PrecopyReinit
        : 0;

    /// <summary>Seam: the counters (MIG-PRE-03..05).</summary>
    protected virtual int PrecopyInfo(OpenFile file, out ulong initialBytes, out ulong dirtyBytes, out bool reinitialised)
    {
        if (HasInfoFlags(file))
            return file.File!.PrecopyInfoV2(out initialBytes, out dirtyBytes, out reinitialised);
        reinitialised = false;
        return file.File!.PrecopyInfo(out initialBytes, out dirtyBytes);
    }

    /// <summary>Seam: writes the counters, whatever the caller left in them (MIG-PRE-25).</summary>
    protected virtual void WriteCounters(in UserBuffer argument, ulong initialBytes, ulong dirtyBytes)
    {
        BinaryPrimitives.WriteUInt64LittleEndian(argument.Bytes[8..], initialBytes);
        BinaryPrimitives.WriteUInt64LittleEndian(argument.Bytes[16..], dirtyBytes);
    }

    private int AnswerPrecopyInfo(OpenFile file, in UserBuffer argument)
    {
        if (!argument.CanRead(0, Uapi.PrecopyInfoSize))
            return Errno.EFAULT;
        var errno = CheckInfoArgsz(BinaryPrimitives.ReadUInt32LittleEndian(argument.Bytes));
        if (errno != 0 || (errno = CheckInfoState(file)) != 0 || (errno = PrecopyInfo(file, out var initial, out var dirty, out var reinitialised)) != 0)
            return errno;
        if (!argument.CanWrite(0, Uapi.PrecopyInfoSize))
            return Errno.EFAULT;
        var flags = argument.Bytes[4..];
        BinaryPrimitives.WriteUInt32LittleEndian(flags, InfoFlags(file, BinaryPrimitives.ReadUInt32LittleEndian(flags), reinitialised));
        WriteCounters(argument, initial, dirty);
        return Errno.None;
    }
}
