using System.Buffers.Binary;
using Conformance.Drivers.LinuxVfio;
using Conformance.Model.Contract;
using Conformance.Model.Migration.Device;
using NUnit.Framework;

namespace Conformance.Tests.Lab;

/// <summary>What tests of real devices do with one, without the kit's plans.</summary>
internal static class DeviceCalls
{
    /// <summary>An opened device, as it is after a reset.</summary>
    public static IMigrationDevice Opened(LinuxVfioTarget target)
    {
        var device = target.Open();
        Assert.That(device.Reset(), Is.EqualTo(CallResult.Success));
        return device;
    }

    /// <summary>The argument of the feature MIG_DEVICE_STATE.</summary>
    public static byte[] Envelope(uint method, DeviceState state)
    {
        var argument = new byte[16];
        BinaryPrimitives.WriteInt32LittleEndian(argument, argument.Length);
        BinaryPrimitives.WriteUInt32LittleEndian(argument.AsSpan(4), method | Uapi.MigDeviceState);
        BinaryPrimitives.WriteUInt32LittleEndian(argument.AsSpan(8), (uint)state);
        BinaryPrimitives.WriteInt32LittleEndian(argument.AsSpan(12), -7);
        return argument;
    }

    /// <summary>Requests a state.</summary>
    public static CallResult Set(IMigrationDevice device, DeviceState state, out int handle)
    {
        var argument = Envelope(Uapi.Set, state);
        var result = device.Feature(new UserBuffer(argument));
        handle = BinaryPrimitives.ReadInt32LittleEndian(argument.AsSpan(12));
        return result;
    }

    /// <summary>The state that the device is in.</summary>
    public static DeviceState State(IMigrationDevice device)
    {
        var argument = Envelope(Uapi.Get, default);
        Assert.That(device.Feature(new UserBuffer(argument)), Is.EqualTo(CallResult.Success));
        return (DeviceState)BinaryPrimitives.ReadUInt32LittleEndian(argument.AsSpan(8));
    }

    /// <summary>The whole stream in STOP_COPY; the device runs again.</summary>
    public static byte[] Save(IMigrationDevice device)
    {
        Assert.That(Set(device, DeviceState.StopCopy, out var handle), Is.EqualTo(CallResult.Success));
        var image = new List<byte>();
        var buffer = new byte[64];
        for (long got; (got = device.Read(handle, new UserBuffer(buffer)).Value) > 0; )
            image.AddRange(buffer.AsSpan(0, (int)got));
        Assert.That(device.CloseData(handle), Is.EqualTo(CallResult.Success));
        Assert.That(Set(device, DeviceState.Running, out _), Is.EqualTo(CallResult.Success));
        return [.. image];
    }

    /// <summary>Loads a stream; the device runs again.</summary>
    public static void Load(IMigrationDevice device, byte[] image)
    {
        Assert.That(Set(device, DeviceState.Resuming, out var handle), Is.EqualTo(CallResult.Success));
        Assert.That(device.Write(handle, new UserBuffer(image)), Is.EqualTo(CallResult.Of(image.Length)));
        Assert.That(Set(device, DeviceState.Running, out _), Is.EqualTo(CallResult.Success));
        Assert.That(device.CloseData(handle), Is.EqualTo(CallResult.Success));
    }
}
