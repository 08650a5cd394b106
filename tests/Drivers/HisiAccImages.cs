using Conformance.Drivers.Reference.HisiAcc;
using Conformance.Drivers.VfioCore;
using Conformance.Model.Contract;
using Conformance.Model.Migration.Device;
using NUnit.Framework;

namespace Conformance.Tests.Drivers;

/// <summary>Streams of the driver of a HiSilicon accelerator, and what becomes of them.</summary>
internal static class HisiAccImages
{
    public const MigrationFeatures Features = MigrationFeatures.StopCopy | MigrationFeatures.PreCopy;

    /// <summary>Which content a guest's driver gives the function.</summary>
    public const uint Pattern = 1;

    /// <summary>A device with its driver; the device disposes of the driver.</summary>
    public static (VfioCoreDevice Device, HisiAccDriver Driver) Open(
        HisiAccHabits habits = HisiAccHabits.None,
        HisiAccVersion saves = HisiAccVersion.V2,
        HisiAccIdentity? identity = null
    )
    {
        var driver = new HisiAccDriver(Features, habits, saves, identity);
        return (new(driver), driver);
    }

    /// <summary>The stream of a device that a guest's driver has set up or not, read through pre-copy or not.</summary>
    public static byte[] Save(HisiAccVersion version, bool ready, bool preCopy = false, HisiAccHabits habits = HisiAccHabits.None)
    {
        var (device, driver) = Open(habits, version);
        using (device)
        {
            if (ready)
            {
                driver.Function.SetUp(Pattern);
                driver.Function.Interrupt(4);
            }

            return Save(device, preCopy);
        }
    }

    /// <summary>The stream of a device.</summary>
    public static byte[] Save(VfioCoreDevice device, bool preCopy = false)
    {
        var image = new List<byte>();
        int fd;
        if (preCopy)
        {
            Assert.That(device.Set(DeviceState.PreCopy, out fd).Ok);
            image.AddRange(device.Drain(fd, () => 7, out _));
            Assert.That(device.Set(DeviceState.StopCopy).Ok);
        }
        else
            Assert.That(device.Set(DeviceState.StopCopy, out fd).Ok);
        image.AddRange(device.Drain(fd, () => 4096, out var last));
        Assert.That((last.Value, last.Errno), Is.EqualTo((0L, Errno.None)));
        Assert.That(device.Set(DeviceState.Running).Ok);
        device.CloseData(fd);
        return [.. image];
    }

    /// <summary>Writes pieces into a resuming session and leaves it for RUNNING.</summary>
    /// <returns>What the last write gave, and what leaving gave; a write that fails is the last one.</returns>
    public static (CallResult Write, CallResult Leave) Load(VfioCoreDevice device, params IReadOnlyList<byte[]> pieces)
    {
        Assert.That(device.Set(DeviceState.Resuming, out var fd).Ok);
        var write = CallResult.Success;
        foreach (var piece in pieces)
        {
            write = device.Write(fd, piece);
            if (!write.Ok)
                break;
        }

        var leave = device.Set(DeviceState.Running);
        device.CloseData(fd);
        return (write, leave);
    }
}
