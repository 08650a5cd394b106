using System.Buffers.Binary;
using Conformance.Model.Contract;
using Conformance.Model.Migration.Device;

namespace Conformance.Tests.Drivers;

/// <summary>System calls as a user of a device would make them.</summary>
internal static class Calls
{
    public static CallResult Feature(this IMigrationDevice device, uint flags, ulong payload, out ulong answer, uint argsz = 16)
    {
        Span<byte> bytes = stackalloc byte[64];
        bytes.Clear();
        BinaryPrimitives.WriteUInt32LittleEndian(bytes, argsz);
        BinaryPrimitives.WriteUInt32LittleEndian(bytes[4..], flags);
        BinaryPrimitives.WriteUInt64LittleEndian(bytes[8..], payload);
        var result = device.Feature(new UserBuffer(bytes));
        answer = BinaryPrimitives.ReadUInt64LittleEndian(bytes[8..]);
        return result;
    }

    public static CallResult Get(this IMigrationDevice device, out DeviceState state)
    {
        var result = device.Feature(Uapi.MigDeviceState | Uapi.Get, 0, out var answer);
        state = (DeviceState)(uint)answer;
        return result;
    }

    public static DeviceState State(this IMigrationDevice device)
    {
        device.Get(out var state);
        return state;
    }

    public static CallResult Set(this IMigrationDevice device, uint target, out int fd)
    {
        var result = device.Feature(Uapi.MigDeviceState | Uapi.Set, target | (0xDEADUL << 32), out var answer);
        fd = (int)(answer >> 32);
        return result;
    }

    public static CallResult Set(this IMigrationDevice device, DeviceState target, out int fd) => device.Set((uint)target, out fd);

    public static CallResult Set(this IMigrationDevice device, DeviceState target) => device.Set((uint)target, out _);

    public static CallResult Read(this IMigrationDevice device, int fd, byte[] buffer) => device.Read(fd, new UserBuffer(buffer));

    public static CallResult Write(this IMigrationDevice device, int fd, ReadOnlySpan<byte> bytes) => device.Write(fd, new UserBuffer(bytes.ToArray()));

    /// <summary>Reads until the read gives nothing more; the last result says why.</summary>
    public static byte[] Drain(this IMigrationDevice device, int fd, Func<int> chunk, out CallResult last)
    {
        var all = new List<byte>();
        while (true)
        {
            var buffer = new byte[chunk()];
            last = device.Read(fd, buffer);
            if (last.Value <= 0)
                return [.. all];
            all.AddRange(buffer.AsSpan(0, (int)last.Value));
        }
    }

    /// <summary>Writes everything, or gives the first refusal.</summary>
    public static CallResult Fill(this IMigrationDevice device, int fd, ReadOnlySpan<byte> bytes, Func<int> chunk)
    {
        while (!bytes.IsEmpty)
        {
            var result = device.Write(fd, bytes[..Math.Min(bytes.Length, chunk())]);
            if (!result.Ok)
                return result;
            bytes = bytes[(int)result.Value..];
        }
        return CallResult.Success;
    }
}
