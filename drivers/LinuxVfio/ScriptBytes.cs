using System.Buffers.Binary;
using Conformance.Model.Contract;
using Conformance.Model.Migration.Device;

namespace Conformance.Drivers.LinuxVfio;

/// <summary>
/// The bytes of a <see cref="ThreadScript"/> and of its results, as the agent knows them (<c>labs/kernel/agent/protocol.md</c>, operation 23). What comes from
/// the agent is not trusted.
/// </summary>
internal static class ScriptBytes
{
    private const int HeadSize = 32,
        CallSize = 32,
        RecordSize = 48;
    private const ushort IoctlCall = 5,
        ReadCall = 6,
        WriteCall = 7;

    [Flags]
    private enum Flags : ushort
    {
        None = 0,
        Pointer = 1,
        OnSession = 2,
        Opens = 4,
        ToEnd = 8,
        Again = 16,
    }

    /// <summary>Bytes of the results of all rounds.</summary>
    public static int RoomOf(ThreadScript script) => checked(script.Rounds * RoundOf(script));

    /// <summary>Bytes of the results of one round.</summary>
    public static int RoundOf(ThreadScript script) => script.Calls.Sum(call => RecordSize + call.Room);

    /// <summary>The script.</summary>
    public static byte[] Write(int device, ThreadScript script)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(script.Calls.Count, ThreadScript.MostCalls, nameof(script));
        var bytes = new byte[
            HeadSize + (CallSize * script.Calls.Count) + script.Calls.Sum(call => (IsIoctl(call) ? call.Bytes.Length : 0) + call.Image.Length)
        ];
        var head = bytes.AsSpan();
        BinaryPrimitives.WriteInt32LittleEndian(head, script.Rounds);
        BinaryPrimitives.WriteInt32LittleEndian(head[4..], script.Calls.Count);
        BinaryPrimitives.WriteInt32LittleEndian(head[8..], device);
        BinaryPrimitives.WriteInt32LittleEndian(head[12..], script.Session);
        BinaryPrimitives.WriteInt32LittleEndian(head[16..], script.Position);
        BinaryPrimitives.WriteInt32LittleEndian(head[20..], script.Keeps ? 1 : 0);
        BinaryPrimitives.WriteInt32LittleEndian(head[24..], script.Window);
        BinaryPrimitives.WriteInt32LittleEndian(head[28..], script.Chunk);
        var data = HeadSize + (CallSize * script.Calls.Count);
        foreach (var call in script.Calls.Where(IsIoctl))
        {
            call.Bytes.Span.CopyTo(bytes.AsSpan(data));
            data += call.Bytes.Length;
        }

        var images = data;
        for (var at = 0; at < script.Calls.Count; at++)
        {
            var call = script.Calls[at];
            var to = bytes.AsSpan(HeadSize + (CallSize * at));
            BinaryPrimitives.WriteUInt16LittleEndian(
                to,
                call.Operation switch
                {
                    ScriptOperation.DeviceIoctl or ScriptOperation.DataIoctl => IoctlCall,
                    ScriptOperation.Write => WriteCall,
                    _ => ReadCall,
                }
            );
            BinaryPrimitives.WriteUInt16LittleEndian(to[2..], (ushort)FlagsOf(call));
            BinaryPrimitives.WriteInt32LittleEndian(to[4..], call.Thread);
            BinaryPrimitives.WriteUInt64LittleEndian(to[8..], call.Request);
            BinaryPrimitives.WriteInt32LittleEndian(to[16..], IsIoctl(call) ? call.Bytes.Length : call.Size);
            BinaryPrimitives.WriteInt32LittleEndian(to[20..], images - data);
            BinaryPrimitives.WriteInt32LittleEndian(to[24..], call.Image.Length);
            call.Image.Span.CopyTo(bytes.AsSpan(images));
            images += call.Image.Length;
        }

        return bytes;
    }

    /// <summary>The results; null when they cannot be those of the script.</summary>
    public static IReadOnlyList<ScriptResult[]>? Read(ThreadScript script, ReadOnlyMemory<byte> records)
    {
        var rounds = new ScriptResult[script.Rounds][];
        var at = 0;
        for (var round = 0; round < rounds.Length; round++)
        {
            rounds[round] = new ScriptResult[script.Calls.Count];
            for (var index = 0; index < script.Calls.Count; index++)
            {
                var room = script.Calls[index].Room;
                if (records.Length - at < RecordSize + room || ReadOne(script, index, records.Slice(at, RecordSize + room)) is not { } result)
                    return null;
                rounds[round][index] = result;
                at += RecordSize + room;
            }
        }

        return rounds;
    }

    private static ScriptResult? ReadOne(ThreadScript script, int index, ReadOnlyMemory<byte> record)
    {
        var bytes = record.Span;
        if (BinaryPrimitives.ReadUInt32LittleEndian(bytes[12..]) == 0)
            return new ScriptResult();
        var value = BinaryPrimitives.ReadInt64LittleEndian(bytes);
        var errno = BinaryPrimitives.ReadInt32LittleEndian(bytes[8..]);
        var session = BinaryPrimitives.ReadInt32LittleEndian(bytes[16..]);
        var begin = BinaryPrimitives.ReadUInt64LittleEndian(bytes[24..]);
        var end = BinaryPrimitives.ReadUInt64LittleEndian(bytes[32..]);
        var length = BinaryPrimitives.ReadUInt32LittleEndian(bytes[40..]);
        if (
            errno < 0
            || (value == -1 && errno == 0)
            || session < ScriptResult.NoSession
            || session >= script.Calls.Count
            || begin > end
            || end > long.MaxValue
            || length > script.Calls[index].Room
        )
            return null;
        return new()
        {
            Made = true,
            Result = value < 0 && errno != 0 ? CallResult.Fail(errno) : CallResult.Of(value),
            Bytes = record.Slice(RecordSize, (int)length),
            Session = session,
            Position = (int)Math.Min(BinaryPrimitives.ReadUInt32LittleEndian(bytes[20..]), int.MaxValue),
            Begin = (long)begin,
            End = (long)end,
        };
    }

    private static bool IsIoctl(ScriptCall call) => call.Operation is ScriptOperation.DeviceIoctl or ScriptOperation.DataIoctl;

    private static Flags FlagsOf(ScriptCall call) =>
        (IsIoctl(call) && call.Bytes.Length > 0 ? Flags.Pointer : Flags.None)
        | (call.Operation == ScriptOperation.DataIoctl ? Flags.OnSession : Flags.None)
        | (call.Opens ? Flags.Opens : Flags.None)
        | (call.Operation == ScriptOperation.ReadToEnd ? Flags.ToEnd : Flags.None)
        | (call.Again ? Flags.Again : Flags.None);
}
