using Conformance.Drivers.LinuxVfio;
using Conformance.Model.Contract;
using Conformance.Model.Migration.Device;
using NUnit.Framework;
using static Conformance.Tests.Lab.DeviceCalls;

namespace Conformance.Tests.Lab;

/// <summary>
/// What docs/findings/hisi_acc.md says of loads that must fail, asked without plans, since it needs functions into which nothing was loaded yet: 6.1 refuses
/// them, 6.12 compares once, and 7.2 once in an open.
/// </summary>
[TestFixture("trixie")]
[TestFixture("bookworm")]
[TestFixture("7.2")]
[Parallelizable(ParallelScope.Self)]
[Category("lab")]
public sealed class HisiFindingsTests(string kernel)
{
    private LinuxMachine machine = null!;

    private bool LoadsThem => kernel != "bookworm";

    [OneTimeSetUp]
    public void Boot() => machine = LinuxMachine.Guest(KernelLab.BootCommand("hisi", kernel), LinuxVfioTarget.DefaultDeadline(guest: true));

    [OneTimeTearDown]
    public void End() => machine?.Dispose();

    [Test]
    public void What_a_write_refused_is_loaded()
    {
        using var fresh = new LinuxVfioTarget("sec", "19e5:00:01.1", machine, new LinuxVfioOptions());
        using var device = Opened(fresh);
        var (wrote, left) = LoadSpoilt(device);
        Assert.That(wrote, Is.EqualTo(LoadsThem ? CallResult.Fail(Errno.EFAULT) : CallResult.Of(40)));
        Assert.That(left, Is.EqualTo(LoadsThem ? CallResult.Success : CallResult.Fail(Errno.EINVAL)));
    }

    [Test]
    public void One_match_is_enough_for_ever_or_until_the_device_is_opened_again()
    {
        using var fresh = new LinuxVfioTarget("hpre", "19e5:00:02.1", machine, new LinuxVfioOptions());
        using (var device = Opened(fresh))
        {
            Load(device, Save(device));
            Assert.That(device.Reset(), Is.EqualTo(CallResult.Success));
            var (taken, loaded) = LoadSpoilt(device);
            Assert.That(taken, Is.EqualTo(CallResult.Of(40)));
            Assert.That(loaded, Is.EqualTo(LoadsThem ? CallResult.Success : CallResult.Fail(Errno.EINVAL)));
        }

        using var again = Opened(fresh);
        var (wrote, left) = LoadSpoilt(again);
        Assert.That(wrote, Is.EqualTo(kernel == "7.2" ? CallResult.Fail(Errno.EFAULT) : CallResult.Of(40)));
        Assert.That(left, Is.EqualTo(LoadsThem ? CallResult.Success : CallResult.Fail(Errno.EINVAL)));
    }

    // Its own stream with another magic: what the write says, and the request that leaves RESUMING.
    private static (CallResult Wrote, CallResult Left) LoadSpoilt(IMigrationDevice device)
    {
        var image = Save(device);
        Assert.That(image, Has.Length.EqualTo(40));
        image[0] ^= 1;
        Assert.That(Set(device, DeviceState.Resuming, out var handle), Is.EqualTo(CallResult.Success));
        var wrote = device.Write(handle, new UserBuffer(image));
        var left = Set(device, DeviceState.Stop, out _);
        Assert.That(device.CloseData(handle), Is.EqualTo(CallResult.Success));
        Assert.That(device.Reset(), Is.EqualTo(CallResult.Success));
        return (wrote, left);
    }
}
