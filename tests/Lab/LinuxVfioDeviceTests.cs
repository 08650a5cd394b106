using System.Buffers.Binary;
using Conformance.Drivers.LinuxVfio;
using Conformance.Model.Contract;
using Conformance.Model.Migration.Device;
using NUnit.Framework;
using static Conformance.Tests.Lab.DeviceCalls;

namespace Conformance.Tests.Lab;

/// <summary>
/// The adapter against the sample driver of real kernels: does what the suite does reach the device, and does what the device does reach the suite?
/// </summary>
[TestFixture("trixie", VfioPath.Group)]
[TestFixture("7.2", VfioPath.Group)]
[TestFixture("7.2", VfioPath.Device)]
[Parallelizable(ParallelScope.Self)]
[Category("lab")]
public sealed class LinuxVfioDeviceTests(string kernel, VfioPath path)
{
    private LinuxMachine machine = null!;
    private LinuxVfioTarget first = null!,
        second = null!;

    [OneTimeSetUp]
    public void Boot()
    {
        machine = LinuxMachine.Guest(KernelLab.BootCommand(kernel), LinuxVfioTarget.DefaultDeadline(guest: true));
        first = new LinuxVfioTarget("first", KernelLab.FirstDevice, machine, new LinuxVfioOptions { Path = path });
        second = new LinuxVfioTarget("second", KernelLab.SecondDevice, machine, new LinuxVfioOptions { Path = path });
    }

    [OneTimeTearDown]
    public void End()
    {
        first?.Dispose();
        second?.Dispose();
        machine?.Dispose();
    }

    [Test]
    public void Capabilities_and_traits_are_those_of_the_sample_driver()
    {
        Assert.That(first.Capabilities.HasFlag(ChannelCapabilities.Unbound), Is.EqualTo(path == VfioPath.Device));
        Assert.That(first.Capabilities.HasFlag(ChannelCapabilities.Workload | ChannelCapabilities.ThrowAway | ChannelCapabilities.DescriptorLimit), Is.True);
        Assert.That(first.Traits.MaxImageBytes, Is.EqualTo(96));
        using var single = new LinuxVfioTarget("single", KernelLab.SinglePortDevice, machine, new LinuxVfioOptions { Path = path });
        Assert.That(single.Traits.MaxImageBytes, Is.EqualTo(60));
    }

    [Test]
    public void Content_survives_a_migration([Values(0u, 1u, 2u, 3u, 0xFFFF_FFFEu, 0xFFFF_FFFFu)] uint pattern)
    {
        using var source = Opened(first);
        using var target = Opened(second);
        target.Workload!.Apply(pattern + 1);
        source.Workload!.Apply(pattern);
        var digest = source.Workload.Digest();
        Assert.That(target.Workload.Digest(), Is.Not.EqualTo(digest));
        Load(target, Save(source));
        Assert.That(target.Workload.Digest(), Is.EqualTo(digest));
    }

    [Test]
    public void Content_depends_on_the_pattern_alone_and_a_digest_changes_nothing()
    {
        using var device = Opened(first);
        device.Workload!.Apply(7);
        var image = Save(device);
        var digest = device.Workload.Digest();
        Assert.That(device.Workload.Digest(), Is.EqualTo(digest));
        Assert.That(Save(device), Is.EqualTo(image));
        device.Workload.Apply(8);
        Assert.That(Save(device), Is.Not.EqualTo(image));
        device.Workload.Apply(7);
        Assert.That(Save(device), Is.EqualTo(image));
        Assert.That(device.Workload.Digest(), Is.EqualTo(digest));
    }

    [Test]
    public void Patterns_have_digests_of_their_own()
    {
        using var device = Opened(first);
        var digests = new HashSet<ulong>();
        for (var pattern = 0u; pattern < 64; pattern++)
        {
            device.Workload!.Apply(pattern);
            digests.Add(device.Workload.Digest());
        }

        Assert.That(digests, Has.Count.EqualTo(64).And.No.Member(0UL));
    }

    [Test]
    public void Sessions_leave_no_descriptor_behind()
    {
        using var watcher = Opened(second);
        var before = watcher.CountDescriptors();
        var device = Opened(first);
        var session = Set(device, DeviceState.StopCopy, out var handle);
        Assert.That(session.Ok && handle >= 0, Is.True);
        var copy = device.Duplicate(handle);
        Assert.That(copy.Ok, Is.True);
        Assert.That(device.DescriptorFlags(handle).Ok, Is.True);
        Assert.That(device.CloseData((int)copy.Value), Is.EqualTo(CallResult.Success));
        Assert.That(device.CloseData((int)copy.Value), Is.EqualTo(CallResult.Fail(Errno.EBADF)));
        Assert.That(device.Read(12345, new UserBuffer(new byte[1])), Is.EqualTo(CallResult.Fail(Errno.EBADF)));
        device.Dispose();
        Assert.That(watcher.CountDescriptors(), Is.EqualTo(before));
    }

    [Test]
    public void Without_descriptors_a_session_arc_fails_and_the_limit_comes_back()
    {
        using var device = Opened(first);
        device.ExhaustDescriptors(true);
        var refused = Set(device, DeviceState.StopCopy, out var handle);
        device.ExhaustDescriptors(false);
        Assert.That(refused, Is.EqualTo(CallResult.Fail(Errno.EMFILE)));
        Assert.That(handle, Is.EqualTo(-7), "E-05: the payload is not rewritten");
        Assert.That(device.Reset(), Is.EqualTo(CallResult.Success));
        Assert.That(Set(device, DeviceState.StopCopy, out handle).Ok && handle >= 0, Is.True);
    }

    [Test]
    public void Memory_faults_reach_the_driver()
    {
        using var device = Opened(first);
        var argument = Envelope(Uapi.Get, 0);
        Assert.That(device.Feature(new UserBuffer(argument) { Accessible = 12 }).Errno, Is.EqualTo(Errno.EFAULT));
        Assert.That(device.Feature(new UserBuffer(argument) { ReadOnly = true }).Errno, Is.EqualTo(Errno.EFAULT), "E-34");
        Assert.That(device.Feature(new UserBuffer(argument)).Ok, Is.True);
        Assert.That(BinaryPrimitives.ReadUInt32LittleEndian(argument.AsSpan(8)), Is.EqualTo((uint)DeviceState.Running));
    }

    [Test]
    public void A_session_outlives_a_closed_device()
    {
        using var device = Opened(first);
        Set(device, DeviceState.StopCopy, out var handle);
        device.CloseDevice();
        Assert.That(device.Read(handle, new UserBuffer(new byte[16])).Errno, Is.Not.EqualTo(Errno.EBADF));
        device.Reopen();
        Assert.That(device.Reset(), Is.EqualTo(CallResult.Success));
        Assert.That(device.Workload, Is.Not.Null);
    }

    [Test]
    public void An_unbound_device_refuses_until_it_is_bound()
    {
        if (path != VfioPath.Device)
        {
            Assert.That(() => first.OpenUnbound(), Throws.TypeOf<NotSupportedException>());
            return;
        }

        using var device = first.OpenUnbound();
        Assert.That(device.Feature(new UserBuffer(Envelope(Uapi.Get, 0))).Errno, Is.EqualTo(Errno.EINVAL));
        Assert.That(device.Bind(), Is.EqualTo(CallResult.Success));
        Assert.That(device.Feature(new UserBuffer(Envelope(Uapi.Get, 0))).Ok, Is.True);
        device.Reset();
    }

    [Test]
    public void What_cannot_be_opened_says_why()
    {
        using var nowhere = new LinuxVfioTarget("nowhere", "0000:75:00.1", machine);
        Assert.That(Assert.Throws<DeviceLostException>(() => nowhere.Open())!.Message, Does.Contain("/sys/bus/pci/devices/0000:75:00.1 does not exist"));
        using var nonsense = new LinuxVfioTarget("nonsense", "../../etc", machine);
        Assert.That(Assert.Throws<DeviceLostException>(() => nonsense.Open())!.Message, Does.Contain("neither a node"));
        using var device = first.Open();
        var twice = Assert.Throws<DeviceLostException>(() => first.Open())!;
        Assert.That(twice.Loss, Is.EqualTo(DeviceLoss.Unreachable));
        Assert.That(twice.Message, Does.Contain(path == VfioPath.Device ? "EINVAL" : "EBUSY"));
        Assert.That(device.Reset(), Is.EqualTo(CallResult.Success));
    }

    [Test]
    public void A_panic_is_a_death_with_last_words_and_the_next_open_boots_again()
    {
        int boots;
        using (Opened(first))
        {
            boots = machine.Boots;
            var lost = Assert.Throws<DeviceLostException>(() => machine.Connect().WriteText("/proc/sysrq-trigger", "c"))!;
            Assert.That(lost.Loss, Is.EqualTo(DeviceLoss.Died));
            Assert.That(lost.LastWords, Does.Contain("sysrq"));
        }

        using var device = Opened(first);
        Assert.That(machine.Boots, Is.EqualTo(boots + 1));
        Assert.That(Save(device), Has.Length.EqualTo(96));
    }
}
