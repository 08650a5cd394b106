using System.Buffers.Binary;
using System.Diagnostics;
using Conformance.Drivers.LinuxVfio;
using Conformance.Model.Contract;
using Conformance.Model.Migration.Device;
using NUnit.Framework;

namespace Conformance.Tests.Lab;

/// <summary>
/// The blocked arcs SC&gt;PC and SC&gt;PP (MIG-FSM-27): a kernel refuses them, or hangs and takes the guest with it. Neither costs us more than some seconds.
/// </summary>
[TestFixture("bookworm-backports")]
[TestFixture("trixie")]
[Category("lab")]
public sealed class KernelHangTests(string kernel)
{
    [Test]
    public void A_blocked_arc_is_refused_or_ends_the_guest([Values(DeviceState.PreCopy, DeviceState.PreCopyP2P)] DeviceState requested)
    {
        using var target = LinuxVfioTarget.InGuest("hang", KernelLab.FirstDevice, KernelLab.BootCommand(kernel));
        using var device = target.Open();
        Assert.That(Set(device, DeviceState.StopCopy), Is.EqualTo(CallResult.Success));
        var watch = Stopwatch.StartNew();
        try
        {
            Assert.That(Set(device, requested), Is.EqualTo(CallResult.Fail(Errno.EINVAL)));
            TestContext.Out.WriteLine($"{kernel}: refused");
        }
        catch (DeviceLostException lost)
        {
            TestContext.Out.WriteLine($"{kernel}: lost after {watch.Elapsed.TotalSeconds:0.0} s ({lost.Message})");
            Assert.That(lost.Loss, Is.EqualTo(DeviceLoss.Died));
            Assert.That(lost.LastWords, Does.Contain("soft lockup"));
            Assert.That(watch.Elapsed, Is.LessThan(target.Deadline));
            using var next = target.Open();
            Assert.That(Set(next, DeviceState.Stop), Is.EqualTo(CallResult.Success), "a new guest");
        }
    }

    private static CallResult Set(IMigrationDevice device, DeviceState state)
    {
        var argument = new byte[16];
        BinaryPrimitives.WriteInt32LittleEndian(argument, argument.Length);
        BinaryPrimitives.WriteUInt32LittleEndian(argument.AsSpan(4), Uapi.Set | Uapi.MigDeviceState);
        BinaryPrimitives.WriteUInt32LittleEndian(argument.AsSpan(8), (uint)state);
        return device.Feature(new UserBuffer(argument));
    }
}
