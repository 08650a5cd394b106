using System.Buffers.Binary;
using System.Globalization;
using Conformance.Model.Contract;
using Conformance.Model.Migration.Device;

namespace Conformance.Suites.Lint;

/// <summary>A migration did not come to its end: which call failed.</summary>
/// <param name="message">In one line.</param>
internal sealed class OwnMigrationException(string message) : Exception(message);

/// <summary>
/// A migration as a user of the uAPI should do it, from a device to its peer, or to itself where it has none: an example, and the trace of a user that lint has
/// nothing against.
/// </summary>
internal static class OwnMigration
{
    private const int ChunkBytes = 64 << 10;

    // Nothing that a test would migrate comes near it.
    private const int MaxBytes = 64 << 20;

    private const int SourceProcess = 1;
    private const int DestinationProcess = 2;

    /// <summary>Does it.</summary>
    /// <returns>The trace.</returns>
    /// <exception cref="OwnMigrationException">A call failed.</exception>
    /// <exception cref="DeviceLostException">The driver cannot be reached.</exception>
    internal static string Of(IMigrationTarget target)
    {
        var trace = new TraceWriter();
        using var source = new RecordedDevice(target.Open(), trace, SourceProcess, "source");
        using var destination = target.Capabilities.HasFlag(ChannelCapabilities.Peer)
            ? new RecordedDevice(target.OpenPeer(), trace, DestinationProcess, "destination")
            : null;
        var features = Query(source);
        Reset(source);
        Feature(source, Uapi.MigDataSize | Uapi.Get, 0, out _);
        var stream = Save(source, features);
        if (destination is null)
            Load(source, features, stream);
        else
        {
            var offered = Query(destination);
            Reset(destination);
            Load(destination, offered, stream);
            Close(destination, trace, DestinationProcess);
        }

        Close(source, trace, SourceProcess);
        return trace.ToString();
    }

    private static byte[] Save(RecordedDevice device, MigrationFeatures features)
    {
        var stream = new MemoryStream();
        var session = -1;
        if (features.HasFlag(MigrationFeatures.PreCopy))
        {
            session = Set(device, DeviceState.PreCopy);
            Info(device, session);
            Read(device, session, stream, isPreCopy: true);
            if (features.HasFlag(MigrationFeatures.P2P))
                Set(device, DeviceState.PreCopyP2P);
        }
        else if (features.HasFlag(MigrationFeatures.P2P))
            Set(device, DeviceState.RunningP2P);
        var given = Set(device, DeviceState.StopCopy);
        session = session < 0 ? given : session;
        Read(device, session, stream, isPreCopy: false);
        Set(device, DeviceState.Stop);
        Must(device.CloseData(session), "close of the data fd");
        return stream.ToArray();
    }

    private static void Load(RecordedDevice device, MigrationFeatures features, byte[] stream)
    {
        var session = Set(device, DeviceState.Resuming);
        for (var at = 0; at < stream.Length; )
        {
            var taken = device.Write(session, new UserBuffer(stream.AsSpan(at, Math.Min(ChunkBytes, stream.Length - at))));
            if (taken.Errno is Errno.EINTR or Errno.EAGAIN)
                continue;
            Must(taken, "write");
            if (taken.Value <= 0)
                throw new OwnMigrationException("write took no byte");
            at += (int)taken.Value;
        }

        Set(device, DeviceState.Stop);
        Must(device.CloseData(session), "close of the data fd");
        if (features.HasFlag(MigrationFeatures.P2P))
            Set(device, DeviceState.RunningP2P);
        Set(device, DeviceState.Running);
    }

    private static void Close(RecordedDevice device, TraceWriter trace, long process)
    {
        device.CloseDevice();
        trace.Line("end", process, "");
    }

    private static void Reset(RecordedDevice device)
    {
        // A device that outlives its users is where the last one left it. Not every device has a reset; then it has to be RUNNING by itself.
        device.Reset();
        Must(Feature(device, Uapi.MigDeviceState | Uapi.Get, 0, out var words), "GET of the state");
        if ((DeviceState)(uint)words != DeviceState.Running)
            throw new OwnMigrationException($"the device is in {((DeviceState)(uint)words).Name()}, and a reset does not change that");
    }

    private static MigrationFeatures Query(RecordedDevice device)
    {
        var result = Feature(device, Uapi.Migration | Uapi.Get, 0, out var features);
        return result.Ok && features != 0
            ? (MigrationFeatures)features
            : throw new OwnMigrationException($"the device has no migration: GET MIGRATION gave {Errno.Name(result.Errno)}");
    }

    private static int Set(RecordedDevice device, DeviceState state)
    {
        // data_fd goes in as -1, so that one that was not written is seen.
        Must(Feature(device, Uapi.MigDeviceState | Uapi.Set, (uint)state | 0xffffffff00000000, out var words), $"SET {state.Name()}");
        return (int)(words >> 32);
    }

    private static CallResult Feature(RecordedDevice device, uint flags, ulong payload, out ulong answer)
    {
        Span<byte> argument = stackalloc byte[Uapi.EnvelopeSize + 8];
        BinaryPrimitives.WriteInt32LittleEndian(argument, argument.Length);
        BinaryPrimitives.WriteUInt32LittleEndian(argument[4..], flags);
        BinaryPrimitives.WriteUInt64LittleEndian(argument[8..], payload);
        var result = device.Feature(new UserBuffer(argument));
        answer = BinaryPrimitives.ReadUInt64LittleEndian(argument[8..]);
        return result;
    }

    private static void Info(RecordedDevice device, int session)
    {
        Span<byte> argument = stackalloc byte[Uapi.PrecopyInfoSize];
        argument.Clear();
        BinaryPrimitives.WriteInt32LittleEndian(argument, argument.Length);
        // Advice for the user, and not every channel has it.
        device.DataIoctl(session, Uapi.PrecopyInfo, new UserBuffer(argument));
    }

    private static void Read(RecordedDevice device, int session, MemoryStream stream, bool isPreCopy)
    {
        var buffer = new byte[ChunkBytes];
        while (true)
        {
            var result = device.Read(session, new UserBuffer(buffer));
            if (result is { Ok: true, Value: 0 } || (isPreCopy && result.Errno is Errno.ENOMSG or Errno.EAGAIN))
                return;
            if (result.Errno is Errno.EINTR or Errno.EAGAIN)
                continue;
            Must(result, "read");
            stream.Write(buffer, 0, (int)Math.Min(result.Value, buffer.Length));
            if (stream.Length > MaxBytes)
                throw new OwnMigrationException(string.Create(CultureInfo.InvariantCulture, $"the stream has more than {MaxBytes >> 20} MiB"));
            // A busy device may have more for ever; some is enough.
            if (isPreCopy && stream.Length > MaxBytes / 2)
                return;
        }
    }

    private static void Must(CallResult result, string what)
    {
        if (!result.Ok)
            throw new OwnMigrationException($"{what} gave {Errno.Name(result.Errno)}");
    }
}
