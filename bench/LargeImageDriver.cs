using Conformance.Model.Contract;
using Conformance.Model.DmaLogging;
using Conformance.Model.Migration.Device;

namespace Conformance.Bench;

/// <summary>A device with nothing but a large memory: its image is that, and a load takes over all of it. As fast as a driver can be.</summary>
/// <param name="memory">What it holds. It outlives the device, so that opening one costs nothing.</param>
/// <param name="loaded">As much again, for what is on the way into it.</param>
internal sealed class LargeImageDriver(byte[] memory, byte[] loaded) : IMigrationDriver
{
    private Session? session;

    public MigrationFeatures Features => MigrationFeatures.StopCopy;

    public DeviceTraits Traits { get; } =
        new()
        {
            DeterministicStream = true,
            MaxImageBytes = memory.Length,
            SynchronousSave = true,
        };

    public IDmaLog? DmaLog => null;

    public IWorkload? Workload => null;

    public IFailureInjection? Failures => null;

    public ArcResult TakeArc(DeviceState from, DeviceState to, out IMigrationFile? file)
    {
        if (from == DeviceState.Resuming && session!.Moved < memory.Length)
        {
            file = null;
            return new(Errno.EINVAL);
        }

        if (from == DeviceState.Resuming)
            loaded.CopyTo(memory, 0);
        file = session = (from, to) switch
        {
            (DeviceState.Stop, DeviceState.StopCopy) => new(memory, isSaving: true),
            (DeviceState.Stop, DeviceState.Resuming) => new(loaded, isSaving: false),
            _ => null,
        };
        return ArcResult.Taken;
    }

    public int DataSize(out ulong size)
    {
        size = (ulong)memory.Length;
        return Errno.None;
    }

    public int Reset() => Errno.None;

    public void Close() { }

    public void Dispose() { }

    private sealed class Session(byte[] image, bool isSaving) : IMigrationFile
    {
        public int Moved { get; private set; }

        public bool IsSaving => isSaving;

        public bool IsReadable => true;

        public CallResult Read(Span<byte> buffer)
        {
            var count = Math.Min(buffer.Length, image.Length - Moved);
            image.AsSpan(Moved, count).CopyTo(buffer);
            Moved += count;
            return new(count, Errno.None);
        }

        public CallResult Write(ReadOnlySpan<byte> buffer)
        {
            if (buffer.Length > image.Length - Moved)
                return CallResult.Fail(Errno.EINVAL);
            buffer.CopyTo(image.AsSpan(Moved));
            Moved += buffer.Length;
            return new(buffer.Length, Errno.None);
        }

        public int PrecopyInfo(out ulong initialBytes, out ulong dirtyBytes)
        {
            initialBytes = dirtyBytes = 0;
            return Errno.EINVAL;
        }

        public void Terminate() { }
    }
}
