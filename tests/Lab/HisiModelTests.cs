using System.Buffers.Binary;
using System.Globalization;
using Conformance.Drivers.LinuxVfio;
using Conformance.Model.Contract;
using Conformance.Model.Migration.Device;
using NUnit.Framework;
using static Conformance.Tests.Lab.DeviceCalls;

namespace Conformance.Tests.Lab;

/// <summary>The software device of labs/hisi under the real driver: does what the driver does reach it, and does what it holds reach the stream?</summary>
[TestFixture("trixie")]
[Parallelizable(ParallelScope.Self)]
[Category("lab")]
public sealed class HisiModelTests(string kernel)
{
    private const int VfState = 0x60,
        InterruptMask = 0x0c,
        Bar = 2;
    private const uint Ready = 0;

    private LinuxMachine machine = null!;
    private LinuxVfioTarget first = null!,
        second = null!;

    [OneTimeSetUp]
    public void Boot()
    {
        machine = LinuxMachine.Guest(KernelLab.BootCommand("hisi", kernel), LinuxVfioTarget.DefaultDeadline(guest: true));
        first = new LinuxVfioTarget("first", HisiLab.FirstDevice, machine, new LinuxVfioOptions());
        second = new LinuxVfioTarget("second", HisiLab.SecondDevice, machine, new LinuxVfioOptions());
    }

    [OneTimeTearDown]
    public void End()
    {
        first?.Dispose();
        second?.Dispose();
        machine?.Dispose();
    }

    [Test]
    public void The_model_passes_its_own_test_which_can_fail()
    {
        // The test was written for 64 queues; a model with fewer is another one.
        foreach (var (parameter, passes) in new[] { ("queues=64", true), ("queues=32", false) })
        {
            using var guest = new GuestProcess($"{KernelLab.BootCommand("hisi", kernel)} --model {parameter}");
            guest.Start();
            Assert.That(() => guest.Fact("selftest"), Is.Not.Null.After(5000, 10));
            var counts = guest.Fact("selftest")!.Split(" of ").Select(int.Parse).ToArray();
            Assert.That(counts[1], Is.GreaterThan(150));
            Assert.That(counts[0], passes ? Is.EqualTo(counts[1]) : Is.LessThan(counts[1]));
        }
    }

    [Test]
    public void The_stream_is_as_long_as_the_function_is_ready()
    {
        using var device = Opened(first);
        var match = Save(device);
        Assert.That(match, Has.Length.EqualTo(40));
        Assert.That(BinaryPrimitives.ReadUInt64LittleEndian(match), Is.EqualTo(0xAACC_FEED_DECA_DEDEul));
        Assert.That(BinaryPrimitives.ReadInt32LittleEndian(match.AsSpan(8)), Is.EqualTo(64));
        Assert.That(BinaryPrimitives.ReadInt32LittleEndian(match.AsSpan(12)), Is.EqualTo(0xa251));
        Write(device, VfState, Ready);
        var whole = Save(device);
        Assert.That(whole, Has.Length.EqualTo(176));
        Assert.That(whole.AsSpan(0, 24).ToArray(), Is.EqualTo(match.AsSpan(0, 24).ToArray()));
        Assert.That(BinaryPrimitives.ReadUInt64LittleEndian(whole.AsSpan(160)), Is.EqualTo(HisiLab.Number(machine, HisiLab.FirstDevice, "sqc")));
        Assert.That(BinaryPrimitives.ReadUInt64LittleEndian(whole.AsSpan(168)), Is.EqualTo(HisiLab.Number(machine, HisiLab.FirstDevice, "cqc")));
        Assert.That(device.Reset(), Is.EqualTo(CallResult.Success));
        Assert.That(Save(device), Has.Length.EqualTo(40));
    }

    [Test]
    public void State_goes_from_one_function_to_another()
    {
        using var source = Opened(first);
        using var target = Opened(second);
        Assert.That(HisiLab.Number(machine, HisiLab.SecondDevice, "sqc"), Is.Not.EqualTo(HisiLab.Number(machine, HisiLab.FirstDevice, "sqc")));
        Write(source, VfState, Ready);
        Write(source, InterruptMask, 0x5a);
        Load(target, Save(source));
        Assert.That(Read(target, InterruptMask), Is.EqualTo(0x5a));
        Assert.That(Read(target, VfState), Is.EqualTo(Ready));
        Assert.That(HisiLab.Number(machine, HisiLab.SecondDevice, "sqc"), Is.EqualTo(HisiLab.Number(machine, HisiLab.FirstDevice, "sqc")));
    }

    [Test]
    public void The_workload_plays_a_guests_driver_and_what_it_applied_is_loaded()
    {
        using var played = new LinuxVfioTarget("played", HisiLab.FirstDevice, machine, new LinuxVfioOptions { HisiAccWorkload = true });
        using var device = Opened(played);
        var workload = device.Workload!;
        workload.Apply(1);
        var content = workload.Digest();
        var image = Save(device);
        Assert.That(image, Has.Length.EqualTo(176));
        // The base that went by mailbox is one that only this workload gives.
        var given = BinaryPrimitives.ReadUInt64LittleEndian(image.AsSpan(160));
        Assert.That(
            given,
            Is.EqualTo(HisiLab.Number(machine, HisiLab.FirstDevice, "sqc")).And.Not.EqualTo(HisiLab.Number(machine, HisiLab.SecondDevice, "sqc"))
        );
        workload.Apply(2);
        Assert.That(workload.Digest(), Is.Not.EqualTo(content));
        Assert.That(BinaryPrimitives.ReadUInt64LittleEndian(Save(device).AsSpan(160)), Is.Not.EqualTo(given));
        Load(device, image);
        Assert.That(workload.Digest(), Is.EqualTo(content));
        Assert.That(HisiLab.Number(machine, HisiLab.FirstDevice, "sqc"), Is.EqualTo(given));
        workload.Apply(7);
        Assert.That(workload.Digest(), Is.Not.EqualTo(content));
        Assert.That(Save(device), Has.Length.EqualTo(40));
    }

    [Test]
    public void A_stop_fails_where_the_model_is_told_to_fail_it([Values(0x01u, 0x20u)] uint fault)
    {
        using var device = Opened(first);
        var file = HisiLab.FileOf(HisiLab.FirstDevice, "fault");
        Assert.That(machine.Connect().WriteText(file, fault.ToString(CultureInfo.InvariantCulture)).Ok, Is.True);
        var refused = Set(device, DeviceState.Stop, out _);
        Assert.That(machine.Connect().WriteText(file, "0").Ok, Is.True);
        Assert.That(refused.Ok, Is.False);
        Assert.That(Set(device, DeviceState.Stop, out _), Is.EqualTo(CallResult.Success));
        Assert.That(Set(device, DeviceState.Running, out _), Is.EqualTo(CallResult.Success));
    }

    /// <summary>What the core refuses by its envelope has not reached the driver: the next request that does fails, and the one behind it does not.</summary>
    [TestCase(12u, Uapi.Set)]
    [TestCase(16u, Uapi.Set | Uapi.Get)]
    public void An_arc_that_is_armed_fails_in_the_next_request_that_reaches_the_driver(uint argsz, uint methods)
    {
        using var device = Opened(first);
        device.Failures!.FailArc(0, Errno.EIO, broken: false);
        var refused = new byte[16];
        BinaryPrimitives.WriteUInt32LittleEndian(refused, argsz);
        BinaryPrimitives.WriteUInt32LittleEndian(refused.AsSpan(4), Uapi.MigDeviceState | methods);
        BinaryPrimitives.WriteUInt32LittleEndian(refused.AsSpan(8), (uint)DeviceState.Stop);
        Assert.That(device.Feature(new UserBuffer(refused)).Errno, Is.EqualTo(Errno.EINVAL));
        Assert.That(Set(device, DeviceState.Stop, out _).Ok, Is.False);
        Assert.That(Set(device, DeviceState.Stop, out _), Is.EqualTo(CallResult.Success));
        device.Failures!.FailArc(0, Errno.EIO, broken: false);
        Assert.That(device.Reset(), Is.EqualTo(CallResult.Success));
        Assert.That(Set(device, DeviceState.Stop, out _), Is.EqualTo(CallResult.Success));
    }

    private static void Write(IMigrationDevice device, int register, uint value)
    {
        var bytes = new byte[4];
        BinaryPrimitives.WriteUInt32LittleEndian(bytes, value);
        Assert.That(device.Port!.Write(Bar, (ulong)register, bytes), Is.Zero);
    }

    private static uint Read(IMigrationDevice device, int register)
    {
        var bytes = new byte[4];
        Assert.That(device.Port!.Read(Bar, (ulong)register, bytes), Is.Zero);
        return BinaryPrimitives.ReadUInt32LittleEndian(bytes);
    }
}
