using System.Buffers.Binary;
using Conformance.Model.Contract;
using Conformance.Model.DmaLogging;
using Conformance.Model.Migration.Device;

namespace Conformance.Tests.Migration.Odd;

/// <summary>
/// A driver that shares nothing with the reference: four counters, an image that is built when the device stops, and a load that is judged as a whole when
/// RESUMING is left. In pre-copy it streams the header alone, and what it has to say of its device it says in STOP_COPY.
/// </summary>
internal class PlainDriver(MigrationFeatures features) : IMigrationDriver, IWorkload
{
    protected const int HeaderBytes = 16,
        ImageBytes = HeaderBytes + (4 * sizeof(ulong));

    private const ulong Magic = 0x4E49_414C_5044_444F;
    private CollectingFile? loading;
    private StreamingFile? saving;

    public MigrationFeatures Features { get; } = features;

    public virtual DeviceTraits Traits => DeviceTraits.Cautious;

    public IDmaLog? DmaLog => null;

    public IWorkload? Workload => this;

    public virtual IFailureInjection? Failures => null;

    protected ulong[] Counters { get; } = new ulong[4];

    /// <summary>How many bytes of the image are there before the device stops.</summary>
    protected virtual int EarlyBytes => HeaderBytes;

    public virtual ArcResult TakeArc(DeviceState from, DeviceState to, out IMigrationFile? file)
    {
        file = null;
        switch (from, to)
        {
            case (DeviceState.Running, DeviceState.PreCopy):
            case (DeviceState.RunningP2P, DeviceState.PreCopyP2P):
                file = saving = new(Save()[..EarlyBytes], isComplete: false);
                break;
            case (DeviceState.Stop, DeviceState.StopCopy):
                file = saving = new(Save(), isComplete: true);
                break;
            case (DeviceState.PreCopy, DeviceState.StopCopy):
            case (DeviceState.PreCopyP2P, DeviceState.StopCopy):
                saving!.Complete(Save());
                break;
            case (DeviceState.Stop, DeviceState.Resuming):
                file = loading = new();
                break;
            case (DeviceState.Resuming, DeviceState.Stop):
                return new(Load(loading!.Written));
        }

        return ArcResult.Taken;
    }

    public virtual int DataSize(out ulong bytes)
    {
        bytes = (ulong)Save().Length;
        return Errno.None;
    }

    public virtual int Reset()
    {
        Array.Clear(Counters);
        return Errno.None;
    }

    public void Close() { }

    public void Dispose() { }

    public virtual void Apply(uint pattern)
    {
        for (var i = 0; i < Counters.Length; i++)
            Counters[i] = (pattern + 1) * 0x9E37_79B9_7F4A_7C15UL * (ulong)(i + 1);
    }

    public virtual ulong Digest() =>
        1 | (Counters[0] ^ ulong.RotateLeft(Counters[1], 7) ^ ulong.RotateLeft(Counters[2], 13) ^ ulong.RotateLeft(Counters[3], 29));

    /// <summary>The whole image.</summary>
    protected virtual byte[] Save()
    {
        var image = new byte[ImageBytes];
        BinaryPrimitives.WriteUInt64LittleEndian(image, Magic);
        BinaryPrimitives.WriteUInt64LittleEndian(image.AsSpan(8), ImageBytes);
        for (var i = 0; i < Counters.Length; i++)
            BinaryPrimitives.WriteUInt64LittleEndian(image.AsSpan(HeaderBytes + (8 * i)), Counters[i]);
        return image;
    }

    /// <summary>Takes an image over, or refuses it and leaves everything as it was.</summary>
    protected virtual int Load(ReadOnlySpan<byte> image)
    {
        if (
            image.Length != ImageBytes
            || BinaryPrimitives.ReadUInt64LittleEndian(image) != Magic
            || BinaryPrimitives.ReadUInt64LittleEndian(image[8..]) != ImageBytes
        )
            return Errno.EINVAL;
        for (var i = 0; i < Counters.Length; i++)
            Counters[i] = BinaryPrimitives.ReadUInt64LittleEndian(image[(HeaderBytes + (8 * i))..]);
        return Errno.None;
    }

    private sealed class StreamingFile(byte[] first, bool isComplete) : IMigrationFile
    {
        private byte[] bytes = first;
        private int position;

        public bool IsSaving => true;

        public bool IsReadable => isComplete || position < bytes.Length;

        public CallResult Read(Span<byte> buffer)
        {
            var count = Math.Min(buffer.Length, bytes.Length - position);
            if (count == 0)
                return isComplete ? CallResult.Success : CallResult.Fail(Errno.ENOMSG);
            bytes.AsSpan(position, count).CopyTo(buffer);
            position += count;
            return CallResult.Of(count);
        }

        public CallResult Write(ReadOnlySpan<byte> buffer) => CallResult.Fail(Errno.EBADF);

        public int PrecopyInfo(out ulong initialBytes, out ulong dirtyBytes)
        {
            initialBytes = (ulong)(bytes.Length - position);
            dirtyBytes = 0;
            return Errno.None;
        }

        public void Terminate() { }

        // What was streamed before is the beginning of the image, whatever the device did since.
        internal void Complete(byte[] whole)
        {
            bytes = whole;
            isComplete = true;
        }
    }

    private sealed class CollectingFile : IMigrationFile
    {
        private readonly List<byte> bytes = [];

        internal ReadOnlySpan<byte> Written => System.Runtime.InteropServices.CollectionsMarshal.AsSpan(bytes);

        public bool IsSaving => false;

        public bool IsReadable => false;

        public CallResult Read(Span<byte> buffer) => CallResult.Fail(Errno.EBADF);

        public CallResult Write(ReadOnlySpan<byte> buffer)
        {
            bytes.AddRange(buffer);
            return CallResult.Of(buffer.Length);
        }

        public int PrecopyInfo(out ulong initialBytes, out ulong dirtyBytes)
        {
            initialBytes = dirtyBytes = 0;
            return Errno.ENOTTY;
        }

        public void Terminate() { }
    }
}
