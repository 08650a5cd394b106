using System.Buffers.Binary;
using System.Globalization;
using Conformance.Drivers.LinuxVfio;
using Conformance.Model.Contract;
using Conformance.Model.Migration.Device;
using Conformance.Model.Serialization;
using NUnit.Framework;
using static Conformance.Tests.Lab.DeviceCalls;

namespace Conformance.Tests.Lab;

/// <summary>
/// The software device of labs/hisi under the real driver: does what the driver does reach it, and does what it holds reach the stream? Memory for its DMA is
/// mapped in a container on 6.12, and in an address space of an iommufd on 7.2. 6.1 reads nothing but the first piece of its stream (HisiFindingsTests).
/// </summary>
[TestFixture("trixie")]
[TestFixture("7.2")]
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
            Assert.That(counts[1], Is.GreaterThan(250));
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
        using var played = Played(HisiLab.FirstDevice);
        using var other = Played(HisiLab.SecondDevice);
        using var device = Opened(played);
        using var destination = Opened(other);
        var workload = device.Workload!;
        var image = Contents(device, workload, 1, out var content);
        // The bases that went by mailbox are ones that only this workload gives.
        var given = BinaryPrimitives.ReadUInt64LittleEndian(image.AsSpan(AccVfData.SqcDma));
        Assert.That(
            given,
            Is.EqualTo(HisiLab.Number(machine, HisiLab.FirstDevice, "sqc")).And.Not.EqualTo(HisiLab.Number(machine, HisiLab.SecondDevice, "sqc"))
        );
        Assert.That(workload.Digest(), Is.EqualTo(content), "asked twice, and after a stop");
        var second = Contents(device, workload, 2, out var next);
        Assert.That(next, Is.Not.EqualTo(content));
        foreach (var (at, length, name) in parts)
            Assert.That(second.AsSpan(at, length).SequenceEqual(image.AsSpan(at, length)), Is.False, name);
        Load(device, image);
        Assert.That(workload.Digest(), Is.EqualTo(content));
        Assert.That(HisiLab.Number(machine, HisiLab.FirstDevice, "sqc"), Is.EqualTo(given));
        // Another function had none of this.
        Load(destination, second);
        Assert.That(destination.Workload!.Digest(), Is.EqualTo(next));
        Assert.That(Save(destination).AsSpan(AccVfData.QmEqcDw).ToArray(), Is.EqualTo(second.AsSpan(AccVfData.QmEqcDw).ToArray()));
        workload.Apply(7);
        Assert.That(workload.Digest(), Is.Not.EqualTo(content));
        Assert.That(Save(device), Has.Length.EqualTo(40));
    }

    private static readonly (int At, int Length, string Name)[] parts =
    [
        (AccVfData.QmEqcDw, 4 * AccVfData.ContextWords, "context of the event queue"),
        (AccVfData.QmAeqcDw, 4 * AccVfData.ContextWords, "context of the asynchronous event queue"),
        (AccVfData.EqeDma, 8, "address of the event queue"),
        (AccVfData.AeqeDma, 8, "address of the asynchronous event queue"),
        (AccVfData.SqcDma, 8, "contexts of the submission queues"),
        (AccVfData.CqcDma, 8, "contexts of the completion queues"),
    ];

    /// <summary>What the model counts: four commands, and two doorbells that a store rang, which it sees when its next tick or command looks.</summary>
    [Test]
    public void Commands_and_doorbells_of_the_workload_reach_the_function()
    {
        using var played = Played(HisiLab.FirstDevice);
        using var device = Opened(played);
        var before = Counts();
        device.Workload!.Apply(1);
        Assert.That(Counts().Mailboxes - before.Mailboxes, Is.EqualTo(4));
        Assert.That(() => Counts().Doorbells - before.Doorbells, Is.EqualTo(2).After(10_000, 5));
        device.Workload!.Digest();
        Assert.That(Counts().Mailboxes - before.Mailboxes, Is.EqualTo(8));

        (ulong Mailboxes, ulong Doorbells) Counts() =>
            (HisiLab.Number(machine, HisiLab.FirstDevice, "mailboxes"), HisiLab.Number(machine, HisiLab.FirstDevice, "doorbells"));
    }

    /// <summary>A mapping that lives would keep the function open, and the next one could not have it.</summary>
    [Test]
    public void A_function_that_the_workload_mapped_can_be_closed_and_opened_again()
    {
        using var played = Played(HisiLab.FirstDevice);
        using var device = Opened(played);
        // More often than the agent has room for mappings.
        for (var time = 0; time < 70; time++)
        {
            var resets = HisiLab.Number(machine, HisiLab.FirstDevice, "resets");
            device.Workload!.Registers!.Read(0, out _);
            device.CloseDevice();
            device.Reopen();
            Assert.That(HisiLab.Number(machine, HisiLab.FirstDevice, "resets"), Is.GreaterThan(resets));
        }
    }

    private LinuxVfioTarget Played(string function) => new("played", function, machine, new LinuxVfioOptions { HisiAccWorkload = true });

    // The image of a content, and its digest before the function was stopped.
    private static byte[] Contents(IMigrationDevice device, IWorkload workload, uint pattern, out ulong digest)
    {
        workload.Apply(pattern);
        digest = workload.Digest();
        var image = Save(device);
        Assert.That(image, Has.Length.EqualTo(AccVfData.Size));
        return image;
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
