using Conformance.Drivers.Reference.Migration;
using Conformance.Model.Contract;
using Conformance.Model.Migration.Device;
using NUnit.Framework;

namespace Conformance.Tests.Migration;

/// <summary>What the reference device does by itself, and what of it can be seen.</summary>
[Category("quick")]
public sealed class ReferenceWorkTests
{
    private const MigrationFeatures Full = (MigrationFeatures)7;

    [Test]
    public void Work_is_done_in_its_order_when_there_is_time_for_it()
    {
        using var driver = new ReferenceDriver(Full);
        var memory = driver.Memory;
        var before = WorkloadCounts.Of(driver);
        Assert.That(driver.Submit(new(WorkKind.MemoryWrite, memory.Iova + 4095, 2)), Is.Zero);
        Assert.That(driver.Submit(new(WorkKind.MemoryWrite, memory.Iova + (3 * 4096), 4096)), Is.Zero);
        Assert.That(driver.Submit(new(WorkKind.Interrupt, 2, 1)), Is.Zero);
        Assert.That(driver.Submit(new(WorkKind.PeerWrite, 77, 1)), Is.Zero);
        Assert.That(WorkloadCounts.Of(driver).Since(before).IsNone, Is.True);
        driver.Run(1);
        Assert.That(WorkloadCounts.Of(driver).Since(before).ToString(), Is.EqualTo("1 DMA write"));
        driver.Run(8);
        Assert.Multiple(() =>
        {
            Assert.That(WorkloadCounts.Of(driver).Since(before).ToString(), Is.EqualTo("2 DMA writes, 1 interrupt, 1 peer write"));
            Assert.That(Enumerable.Range(0, 5).Select(memory.WrittenAt), Is.EqualTo(new ulong[] { 1, 1, 0, 2, 0 }));
            Assert.That(((IInterruptLines)driver).Count(2), Is.EqualTo(1));
        });
        var page = new byte[4096];
        memory.CopyPage(3, page);
        Assert.That(page, Is.All.EqualTo(page[0]).And.All.Not.Zero);
    }

    [TestCase(DeviceState.RunningP2P, Full, "1 DMA write")]
    [TestCase(DeviceState.RunningP2P, MigrationFeatures.StopCopy | MigrationFeatures.P2P, "nothing")]
    [TestCase(DeviceState.Stop, Full, "nothing")]
    public void What_a_state_forbids_waits(DeviceState state, MigrationFeatures features, string seen)
    {
        using var driver = new ReferenceDriver(features);
        driver.Submit(new(WorkKind.MemoryWrite, driver.Memory.Iova, 1));
        driver.Submit(new(WorkKind.PeerWrite, 1, 1));
        driver.TakeArc(DeviceState.Running, DeviceState.RunningP2P, out _);
        if (state == DeviceState.Stop)
            driver.TakeArc(DeviceState.RunningP2P, DeviceState.Stop, out _);
        var before = WorkloadCounts.Of(driver);
        driver.Run(16);
        Assert.That(WorkloadCounts.Of(driver).Since(before).ToString(), Is.EqualTo(seen));
        before = WorkloadCounts.Of(driver);
        if (state == DeviceState.Stop)
            driver.TakeArc(DeviceState.Stop, DeviceState.RunningP2P, out _);
        driver.TakeArc(DeviceState.RunningP2P, DeviceState.Running, out _);
        driver.Run(16);
        Assert.That(WorkloadCounts.Of(driver).Since(before)[WorkKind.PeerWrite], Is.EqualTo(1));
    }

    [Test]
    public void Pages_that_changed_places_are_written_where_they_are_mapped_now()
    {
        var memory = new GuestMemory(0x10_0000, 4);
        Assert.That(memory.Write(0x10_0000, 1, 7), Is.True);
        memory.Swap(0, 2);
        Assert.That(memory.Write(0x10_0001, 1, 9), Is.True);
        var page = new byte[4096];
        memory.CopyPage(2, page);
        Assert.That(page[..2], Is.EqualTo(new byte[] { 7, 0 }));
        memory.CopyPage(0, page);
        Assert.That(page[..2], Is.EqualTo(new byte[] { 0, 9 }));
        Assert.That((memory.WrittenAt(0), memory.WrittenAt(2), memory.Writes), Is.EqualTo((2ul, 1ul, 2ul)));
    }

    [TestCase(0xF_FFFFul, 1u)]
    [TestCase(0x10_3FFFul, 2u)]
    [TestCase(ulong.MaxValue, 2u)]
    [TestCase(0x10_0000ul, 0u)]
    public void Nothing_outside_of_the_window_is_written(ulong iova, uint length)
    {
        var memory = new GuestMemory(0x10_0000, 4);
        Assert.That((memory.Write(iova, length, 1), memory.Read(iova, length), memory.Writes), Is.EqualTo((false, (ulong?)null, 0ul)));
    }

    [Test]
    public void Counts_of_a_word_stay_within_it()
    {
        var most = WorkEffects.None.With(WorkKind.PeerWrite, 5000).With(WorkKind.Packet, 1);
        Assert.That(most.ToString(), Is.EqualTo("at least 4095 peer writes, 1 packet"));
        Assert.That(most.Plus(most)[WorkKind.PeerWrite], Is.EqualTo(4095));
        Assert.That(most.Minus(WorkEffects.None.With(WorkKind.Packet, 3)).ToString(), Is.EqualTo("at least 4095 peer writes"));
    }
}
