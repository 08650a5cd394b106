using System.Reflection;
using Conformance.Drivers;
using Conformance.Model.Contract;
using Conformance.Model.Migration.Device;
using Conformance.Tests.Migration;
using NUnit.Framework;

namespace Conformance.Tests.Plugin;

/// <summary>Workloads of one's own: what they can do is asked, and what goes wrong in them is never the driver's.</summary>
[Category("long")]
[Parallelizable(ParallelScope.Self)]
public sealed class WorkloadPluginTests
{
    private static string Broken(string type) => $"plugin:{PluginFiles.Broken}%3Ftype={type}";

    [Test]
    public void What_a_workload_declares_is_asked_of_the_driver()
    {
        var direct = DirectRun.Of("reference:full", only: IsAboutWork);
        var plugin = DirectRun.Of($"reference:full?workload={Broken("BorrowsOfDriver")}", only: IsAboutWork);
        Assert.That(plugin.Problems, Is.Empty);
        Assert.That(plugin.Found, Is.Empty);
        Assert.That(plugin.Machine!.Capabilities, Is.EqualTo(direct.Machine!.Capabilities));
        Assert.That((plugin.Ledger.Plans, plugin.Ledger.Steps), Is.EqualTo((direct.Ledger.Plans, direct.Ledger.Steps)));
    }

    [TestCase("dma-goes-on-in-stop", "MIG-STOP-01")]
    [TestCase("late-interrupt", "MIG-STOP-02")]
    [TestCase("late-peer-write", "MIG-P2P-03")]
    public void A_defect_is_seen_by_it(string fault, string requirement)
    {
        var run = DirectRun.Of($"fault:{fault}?workload={Broken("BorrowsOfDriver")}", only: IsAboutWork);
        Assert.That(run.Found.Select(found => found.Finding.Name), Does.Contain(requirement));
    }

    [Test]
    public void Without_a_workload_nothing_is_asked_of_one()
    {
        using var target = DriverSchemes.Parse("reference:full?workload=none").Open<IMigrationTarget>();
        using var device = target.Open();
        Assert.That(target.Capabilities & WorkloadCapabilities.All, Is.EqualTo(ChannelCapabilities.None));
        Assert.That(device.Workload, Is.Null);
    }

    // Where it is found out while plans run: the run goes on where it can, and nothing is said of the driver.
    [TestCase("ThrowsInApply", "the workload in Broken.dll threw in Apply of the workload: InvalidOperationException: no queue pair")]
    [TestCase("HangsInRun", "the workload in Broken.dll did not return from Queue.Run of the workload within 0.5 s")]
    public void What_goes_wrong_in_a_plan_is_no_finding(string type, string message)
    {
        var run = DirectRun.Of($"reference:stop_copy?deadline=1s&workload={Broken(type)}", only: campaign => campaign.Name == "work-while-stopped");
        Assert.That(run.Found, Is.Empty);
        Assert.That(run.Problems, Has.Some.Contains(message));
    }

    [TestCase("ThrowsInCreate", "the workload in Broken.dll threw in Create: IOException: BAR 2 cannot be mapped")]
    [TestCase("MakesNothing", "Create of the workload in Broken.dll gave null")]
    [TestCase("CountsBackwards", "Interrupts.Count(0) of the workload went from 9 back to 8")]
    [TestCase("NeverInterrupts", "the workload declares work (interrupt), and on a device that was just opened and reset none came out")]
    [TestCase("KnowsOddKinds", "the workload's queue takes the kinds 0x80")]
    [TestCase("NoDriver", "implements no IWorkloadFactory")]
    [TestCase("ThrowsInAply", "Did you mean ?type=ThrowsInApply")]
    public void What_cannot_be_used_is_said_before_a_plan_runs(string type, string message)
    {
        var lost = Assert.Throws<DeviceLostException>(() =>
        {
            using var target = DriverSchemes.Parse($"reference:full?workload={Broken(type)}").Open<IMigrationTarget>();
            _ = target.Capabilities;
        })!;
        Assert.That(lost.Loss, Is.EqualTo(DeviceLoss.Unreachable));
        Assert.That(lost.Message, Does.Contain(message));
    }

    [Test]
    public void The_example_works_a_UART()
    {
        var uart = new Uart();
        var type = Assembly.LoadFrom(PluginFiles.Uart).GetType("Examples.UartWorkload", throwOnError: true)!;
        var workload = ((IWorkloadFactory)Activator.CreateInstance(type)!).Create(uart);
        workload.Apply(3);
        var digest = workload.Digest();
        workload.Apply(4);
        Assert.That(workload.Digest(), Is.Not.EqualTo(digest).And.Not.Zero);
        Assert.That(workload.Registers!.Write(0, 0x5A), Is.Zero);
        Assert.That(uart.Bytes[7], Is.EqualTo(0x5A));
        Assert.That(workload.Config!.Read(0, out var id), Is.Zero);
        Assert.That(id, Is.EqualTo(0x32534348));
        Assert.That(
            WorkloadCapabilities.Of(workload),
            Is.EqualTo(ChannelCapabilities.Workload | ChannelCapabilities.WorkRegisters | ChannelCapabilities.WorkConfig)
        );
    }

    [Test]
    public void On_a_device_without_regions_the_example_says_so_itself()
    {
        using var target = DriverSchemes.Parse($"reference:full?workload=plugin:{PluginFiles.Uart}").Open<IMigrationTarget>();
        var lost = Assert.Throws<DeviceLostException>(() => _ = target.Capabilities)!;
        Assert.That(lost.Message, Does.Contain("the workload declares register 0, and on a device that was just opened and reset it gave ENOTTY"));
    }

    private static bool IsAboutWork(Engine.Campaigns.ICampaign campaign) =>
        campaign.Name is "work-while-stopped" or "work-over-a-stop" or "operation" or "quiescence" or "touched-while-stopped";

    private sealed class Uart : IDevicePort
    {
        public byte[] Bytes { get; } = new byte[8];

        public VfioDescriptors? Descriptors => null;

        public object? Driver => null;

        public int Read(int region, ulong offset, Span<byte> bytes)
        {
            ((byte[])(region == 7 ? [0x48, 0x43, 0x53, 0x32] : Bytes)).AsSpan((int)offset, bytes.Length).CopyTo(bytes);
            return 0;
        }

        public int Write(int region, ulong offset, ReadOnlySpan<byte> bytes)
        {
            bytes.CopyTo(Bytes.AsSpan((int)offset));
            return 0;
        }
    }
}
