using Conformance.Drivers;
using Conformance.Drivers.Faults;
using Conformance.Drivers.Smmu;
using Conformance.Model.Migration;
using Conformance.Model.Smmu;
using Conformance.Model.Smmu.Structures;
using NUnit.Framework;

namespace Conformance.Tests.Smmu;

/// <summary>Every fault is an SMMU that still mostly works, and every address of an SMMU opens.</summary>
public sealed class SmmuFaultTests
{
    private static IEnumerable<SmmuFault> Faults => FaultCatalogue.Smmu;

    [TestCaseSource(nameof(Faults))]
    public void Opens_and_answers(SmmuFault fault)
    {
        ArgumentNullException.ThrowIfNull(fault);
        using var target = DriverAddress.Parse($"fault:{fault.Name}").OpenSmmu();
        Assert.That(target.Description, Does.Contain(fault.Name));
        if (fault.Hangs || fault.Crashes)
            return;
        using var board = new Board(fault.Create());
        board.Fill(Board.Data);
        board.Put(Board.Stream, new StreamTableEntry { Valid = true, Config = StreamConfig.Bypass });
        board.Flush();
        var (reply, value) = board.Read(Board.Data);
        // What is wrong with bypass itself shows here already.
        if (fault.Name is not ("upper-half-dropped" or "bypass-decodes-cd" or "skips-a-command"))
            Assert.That((reply, value), Is.EqualTo((SmmuReply.Completed, (uint)Board.Data)));
        board.Smmu.Reset();
        Assert.That(board.Smmu.ReadRegister(SmmuRegister.Cr0Ack) & 1, Is.Zero);
    }

    [TestCase("reference:smmuv3", SmmuPort.Replies | SmmuPort.Attributes | SmmuPort.Interrupts | SmmuPort.Substreams | SmmuPort.Stalls)]
    [TestCase("reference:smmuv3?stage=1", SmmuPort.Replies | SmmuPort.Attributes | SmmuPort.Interrupts)]
    [TestCase("reference:smmuv3?stage=nested&caches=eager", SmmuPort.Replies | SmmuPort.Attributes | SmmuPort.Interrupts)]
    [TestCase("fault:ste-span-exponent?on=reference:smmuv3%3Fstage=2", SmmuPort.Replies | SmmuPort.Attributes | SmmuPort.Interrupts)]
    public void An_address_of_an_SMMU_opens(string text, SmmuPort port)
    {
        var address = DriverAddress.Parse(text);
        Assert.That(address.IsSmmu);
        using var target = address.OpenSmmu();
        Assert.That((target.Port, target.Address), Is.EqualTo((port, text)));
        Assert.Throws<DeviceLostException>(() => address.Open());
    }

    [TestCase("reference:smmuv3?stage=3", "stage=nested")]
    [TestCase("reference:smmuv3?caches=some", "caches=eager")]
    [TestCase("reference:smmuv3?level=6.1", "caches, deadline, stage")]
    [TestCase("reference:full?stage=1", "deadline, level, traits")]
    [TestCase("fault:ste-span-exponent?level=6.1", "deadline, on")]
    public void An_address_that_cannot_be_is_explained(string text, string mentions) =>
        Assert.That(Assert.Throws<DriverAddressException>(() => DriverAddress.Parse(text))!.Message, Does.Contain(mentions));

    [Test]
    public void A_fault_of_an_SMMU_needs_an_SMMU() =>
        Assert.Throws<DriverAddressException>(() => DriverAddress.Parse("fault:ste-span-exponent?on=reference:full").OpenSmmu());

    [Test]
    public void An_SMMU_that_throws_is_lost_and_replaced()
    {
        using var target = DriverAddress.Parse("fault:stream-index-without-bound").OpenSmmu();
        var batch = new SmmuBatch();
        Span<byte> command = stackalloc byte[16];
        SmmuCommand.CfgiSte(0x10000, leaf: true).Write(command);
        batch.WriteMemory(target.Memory.Start, command);
        batch.WriteRegister64(SmmuRegister.CmdqBase, target.Memory.Start | 4);
        batch.WriteRegister(SmmuRegister.Cr0, 8);
        batch.WriteRegister(SmmuRegister.CmdqProd, 1);
        var lost = Assert.Throws<DeviceLostException>(() => target.Run(batch));
        Assert.That((lost!.Loss, lost.Message), Is.EqualTo((DeviceLoss.Died, "the SMMU threw in WriteRegister: IndexOutOfRangeException: Index was outside the bounds of the array.")));
        batch.Clear();
        var read = batch.ReadRegister(SmmuRegister.Cr0);
        target.Run(batch);
        Assert.That(batch.Results[read].Value, Is.Zero);
    }

    [Test]
    public void A_batch_that_cannot_be_is_no_fault_of_the_SMMU()
    {
        using var target = DriverAddress.Parse("reference:smmuv3").OpenSmmu();
        var batch = new SmmuBatch();
        batch.ReadMemory(target.Memory.End - 4, 8);
        Assert.Throws<ArgumentException>(() => target.Run(batch));
    }

    [Test]
    public void A_transaction_that_was_not_held_has_nothing_to_tell()
    {
        using var target = DriverAddress.Parse("reference:smmuv3").OpenSmmu();
        var batch = new SmmuBatch();
        var transaction = new SmmuTransaction(1, target.Memory.Start, IsRead: true, 4);
        var sent = batch.Transact(transaction);
        var asked = batch.Ask(0, transaction);
        target.Run(batch);
        Assert.That((batch.Results[sent].Reply, batch.Results[asked].Reply), Is.EqualTo((SmmuReply.Completed, SmmuReply.Unknown)));
    }
}
