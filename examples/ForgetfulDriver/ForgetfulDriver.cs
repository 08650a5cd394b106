using System.Buffers.Binary;
using System.Numerics;
using Conformance.Model.Contract;
using Conformance.Model.DmaLogging;
using Conformance.Model.Migration.Device;

namespace Examples;

/// <summary>
/// A device with four counters, and the driver that migrates it: stop, copy, resume. Its image has 48 bytes, little-endian:
/// magic u32, version u32, length u32, checksum u32 (CRC-32C of the counters), then four counters u64.
/// </summary>
public sealed class ForgetfulDriver : IMigrationDriver, IWorkload
{
    private const uint Magic = 0x52544E43,
        Version = 1;
    private const int HeaderBytes = 16,
        ImageBytes = HeaderBytes + (4 * sizeof(ulong));

    private readonly ulong[] counters = new ulong[4];
    private LoadingFile? loading;

    // What the driver can do. StopCopy is the least; P2P and PreCopy come with states and arcs of their own.
    public MigrationFeatures Features => MigrationFeatures.StopCopy;

    // What the driver promises where the contract leaves a choice. Each promise lets the kit check more.
    public DeviceTraits Traits { get; } =
        new()
        {
            DeterministicStream = true,
            MaxImageBytes = ImageBytes,
            DataSizeSlack = 0,
            Stream = StreamFields.Of("identity 0+4, version 4+4<=1, length 8+4"),
        };

    public IWorkload? Workload => this;

    public IDmaLog? DmaLog => null;

    public IFailureInjection? Failures => null;

    // One arc at a time: which arcs make up the way to a state is decided outside of the driver, as in the kernel.
    public ArcResult TakeArc(DeviceState from, DeviceState to, out IMigrationFile? file)
    {
        file = (from, to) switch
        {
            (DeviceState.Stop, DeviceState.StopCopy) => new SavingFile(Save()),
            (DeviceState.Stop, DeviceState.Resuming) => loading = new LoadingFile(),
            _ => null,
        };

        // Leaving RESUMING is where an image is accepted or refused. A refusal leaves the device in RESUMING.
        return from == DeviceState.Resuming ? new(Load(loading!.Written)) : ArcResult.Taken;
    }

    public int DataSize(out ulong bytes)
    {
        bytes = ImageBytes;
        return Errno.None;
    }

    public int Reset()
    {
        Array.Clear(counters);
        return Errno.None;
    }

    public void Close() { }

    public void Dispose() { }

    // The workload is how the kit gives the device something that is worth migrating, and sees whether it arrived.
    public void Apply(uint pattern)
    {
        for (var i = 0; i < counters.Length; i++)
            counters[i] = (pattern + 1) * 0x9E3779B97F4A7C15UL * (ulong)(i + 1);
    }

    public ulong Digest() => 1 + (ulong)Checksum(counters);

    private byte[] Save()
    {
        var image = new byte[ImageBytes];
        BinaryPrimitives.WriteUInt32LittleEndian(image, Magic);
        BinaryPrimitives.WriteUInt32LittleEndian(image.AsSpan(4), Version);
        BinaryPrimitives.WriteUInt32LittleEndian(image.AsSpan(8), ImageBytes);
        BinaryPrimitives.WriteUInt32LittleEndian(image.AsSpan(12), Checksum(counters));
        for (var i = 0; i < counters.Length; i++)
            BinaryPrimitives.WriteUInt64LittleEndian(image.AsSpan(HeaderBytes + (8 * i)), counters[i]);
        return image;
    }

    // Everything is checked before anything is taken over: a refused image must leave no trace.
    private int Load(ReadOnlySpan<byte> image)
    {
        if (
            image.Length != ImageBytes
            || BinaryPrimitives.ReadUInt32LittleEndian(image) != Magic
            || BinaryPrimitives.ReadUInt32LittleEndian(image[4..]) != Version
            || BinaryPrimitives.ReadUInt32LittleEndian(image[8..]) != ImageBytes
        )
            return Errno.EINVAL;
        var loaded = new ulong[counters.Length];
        for (var i = 0; i < loaded.Length; i++)
            loaded[i] = BinaryPrimitives.ReadUInt64LittleEndian(image[(HeaderBytes + (8 * i))..]);
        if (BinaryPrimitives.ReadUInt32LittleEndian(image[12..]) != Checksum(loaded))
            return Errno.EINVAL;
        loaded.CopyTo(counters, 0);
        return Errno.None;
    }

    private static uint Checksum(ReadOnlySpan<ulong> values)
    {
        var sum = uint.MaxValue;
        foreach (var value in values)
            sum = BitOperations.Crc32C(sum, value);
        return sum;
    }

    // The data fd of STOP_COPY. The reader chooses the sizes; 0 bytes are the end.
    private sealed class SavingFile(byte[] image) : IMigrationFile
    {
        private int position;

        public bool IsSaving => true;

        public bool IsReadable => true;

        public CallResult Read(Span<byte> buffer)
        {
            var count = Math.Min(buffer.Length, image.Length - position);
            image.AsSpan(position, count).CopyTo(buffer);
            position += count;
            return CallResult.Of(count);
        }

        public CallResult Write(ReadOnlySpan<byte> buffer) => CallResult.Fail(Errno.EBADF);

        public int PrecopyInfo(out ulong initialBytes, out ulong dirtyBytes)
        {
            initialBytes = dirtyBytes = 0;
            return Errno.ENOTTY;
        }

        public void Terminate() { }
    }

    // The data fd of RESUMING. It only collects; Load judges.
    private sealed class LoadingFile : IMigrationFile
    {
        private readonly byte[] image = new byte[ImageBytes];
        private int length;

        public ReadOnlySpan<byte> Written => image.AsSpan(0, length);

        public bool IsSaving => false;

        public bool IsReadable => false;

        public CallResult Read(Span<byte> buffer) => CallResult.Fail(Errno.EBADF);

        public CallResult Write(ReadOnlySpan<byte> buffer)
        {
            if (buffer.Length > image.Length)
                return CallResult.Fail(Errno.EINVAL);
            buffer.CopyTo(image);
            length = buffer.Length;
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
