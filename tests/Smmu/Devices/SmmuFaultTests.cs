using Conformance.Drivers;
using Conformance.Drivers.Addresses;
using Conformance.Drivers.Faults;
using Conformance.Drivers.Reference.Smmu;
using Conformance.Model.Contract;
using Conformance.Model.Migration.Device;
using Conformance.Model.Smmu.Device;
using Conformance.Model.Smmu.Structures;
using NUnit.Framework;

namespace Conformance.Tests.Smmu.Devices;

/// <summary>Every fault is an SMMU that still mostly works, and every address of an SMMU opens.</summary>
[Category("quick")]
public sealed class SmmuFaultTests
{
    private static IEnumerable<SmmuFault> Faults => FaultCatalogue.Smmu;

    [TestCaseSource(nameof(Faults))]
    public void Opens_and_answers(SmmuFault fault)
    {
        ArgumentNullException.ThrowIfNull(fault);
        using var target = DriverSchemes.Parse($"fault:{fault.Name}").Open<ISmmuTarget>();
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

    private const ulong Va = 0x12_3456_7000;

    // Defects that hardly any sequence of operations shows, each with one that does. What it gives must differ from what the correct SMMU gives.
    private static readonly (string Fault, Func<Board, object?> Scene)[] RareSights =
    [
        (
            "queue-size-unlimited",
            board =>
            {
                board.Smmu.WriteRegister(SmmuRegister.Cr0, 5);
                board.Smmu.WriteRegister64(SmmuRegister.CmdqBase, board.Smmu.Memory.Start | 31);
                board.Put(board.Smmu.Memory.Start, 0x46);
                board.Smmu.WriteRegister(SmmuRegister.Cr0, 0xd);
                board.Smmu.WriteRegister(SmmuRegister.CmdqProd, 1);
                return board.Smmu.ReadRegister(SmmuRegister.CmdqCons);
            }
        ),
        (
            "two-level-base-mask-one-short",
            board =>
            {
                board.Smmu.WriteRegister(SmmuRegister.Cr0, 0xc);
                board.Smmu.WriteRegister64(SmmuRegister.StrtabBase, Board.Contexts | 1 << 6);
                board.Smmu.WriteRegister(SmmuRegister.StrtabBaseCfg, 1 << 16 | 6 << 6 | 10);
                board.Put(Board.Contexts, Board.StreamTable | 7);
                board.Put(Board.Stream, new StreamTableEntry { Valid = true, Config = StreamConfig.Bypass });
                board.Smmu.WriteRegister(SmmuRegister.Cr0, 0xd);
                return board.Read(Board.Data).Reply;
            }
        ),
        (
            "cd-fetch-address-in-d2",
            board =>
            {
                board.Put(Board.Stream, Board.GoodStage1(board.Smmu.Hole.Start));
                board.Read(Va);
                return board.TakeEvent();
            }
        ),
        (
            "fetch-abort-skips-entry",
            board =>
            {
                board.Smmu.WriteRegister(SmmuRegister.Cr0, 5);
                board.Smmu.WriteRegister64(SmmuRegister.CmdqBase, board.Smmu.Hole.Start | 4);
                board.Smmu.WriteRegister(SmmuRegister.Cr0, 0xd);
                board.Smmu.WriteRegister(SmmuRegister.CmdqProd, 1);
                return board.Smmu.ReadRegister(SmmuRegister.CmdqCons);
            }
        ),
        (
            "dirty-before-table-permission",
            board =>
            {
                var (table, leaf) = CleanPage(board);
                var top = table + ((Va >> 30) * 8);
                board.Put(top, board.Word(top) | 1ul << 62);
                return (board.Write(Va, 1), board.Word(leaf));
            }
        ),
        (
            "update-by-blind-store",
            board =>
            {
                var (_, leaf) = CleanPage(board);
                board.Read(Va);
                board.Put(leaf, 0);
                return (board.Write(Va, 1), board.Word(leaf));
            }
        ),
        (
            "table-update-passes-stage-two",
            board =>
            {
                var (table, leaf) = CleanPage(board);
                var top = board.NewTable(0x4000);
                foreach (var page in (ulong[])[Board.Contexts, Board.Data, table, board.Word(table + ((Va >> 30) * 8)), leaf])
                    board.Map(top, page & 0x0000_ffff_ffff_f000, Board.Page2(page & 0x0000_ffff_ffff_f000) & ~((page == leaf ? 1ul : 0) << 7));
                board.Put(Board.Stream, Board.GoodStage2(top) with { Config = StreamConfig.Nested, S1ContextPtr = Board.Contexts });
                return (board.Write(Va, 1), board.Word(leaf));
            }
        ),
    ];

    [TestCaseSource(nameof(RareNames))]
    public void Shows_in_the_sequence_that_is_made_for_it(string name)
    {
        var fault = (SmmuFault)FaultCatalogue.Find(name)!;
        var scene = RareSights.Single(rare => rare.Fault == name).Scene;
        using var correct = new Board(new MemorySmmu(fault.Capabilities));
        using var faulty = new Board(fault.Create());
        Assert.That(scene(faulty), Is.Not.EqualTo(scene(correct)));
    }

    private static IEnumerable<string> RareNames => RareSights.Select(rare => rare.Fault);

    // A page of stage 1 that is writable and clean, with hardware updates.
    private static (ulong Table, ulong Leaf) CleanPage(Board board)
    {
        var table = board.NewTable();
        var leaf = board.Map(table, Va, Board.Page1(Board.Data, 1ul << 7 | 1ul << 51));
        board.Put(Board.Contexts, Board.GoodContext(table) with { HA = true, HD = true });
        board.Put(Board.Stream, Board.GoodStage1());
        return (table, leaf);
    }

    [TestCase("reference:smmuv3", SmmuPort.Replies | SmmuPort.Attributes | SmmuPort.Interrupts | SmmuPort.Substreams | SmmuPort.Stalls)]
    [TestCase("reference:smmuv3?stage=1", SmmuPort.Replies | SmmuPort.Attributes | SmmuPort.Interrupts)]
    [TestCase("reference:smmuv3?stage=nested&caches=eager", SmmuPort.Replies | SmmuPort.Attributes | SmmuPort.Interrupts)]
    [TestCase("fault:ste-span-exponent?on=reference:smmuv3%3Fstage=2", SmmuPort.Replies | SmmuPort.Attributes | SmmuPort.Interrupts)]
    public void An_address_of_an_SMMU_opens(string text, SmmuPort port)
    {
        var address = DriverSchemes.Parse(text);
        Assert.That(address.Contracts, Is.EqualTo([typeof(ISmmuTarget)]));
        using var target = address.Open<ISmmuTarget>();
        Assert.That((target.Port, target.Address), Is.EqualTo((port, text)));
        Assert.Throws<DeviceLostException>(() => address.Open<IMigrationTarget>());
    }

    [TestCase("reference:smmuv3?stage=3", "stage=nested")]
    [TestCase("reference:smmuv3?caches=some", "caches=eager")]
    [TestCase("reference:smmuv3?level=6.1", "caches, deadline, stage")]
    [TestCase("reference:full?stage=1", "deadline, level, traits, workload")]
    [TestCase("fault:ste-span-exponent?level=6.1", "deadline, on")]
    public void An_address_that_cannot_be_is_explained(string text, string mentions) =>
        Assert.That(Assert.Throws<DriverAddressException>(() => DriverSchemes.Parse(text))!.Message, Does.Contain(mentions));

    [Test]
    public void A_fault_of_an_SMMU_needs_an_SMMU() =>
        Assert.Throws<DriverAddressException>(() => DriverSchemes.Parse("fault:ste-span-exponent?on=reference:full").Open<ISmmuTarget>());

    [Test]
    public void An_SMMU_that_throws_is_lost_and_replaced()
    {
        using var target = DriverSchemes.Parse("fault:stream-index-without-bound").Open<ISmmuTarget>();
        var batch = new SmmuBatch();
        Span<byte> command = stackalloc byte[16];
        SmmuCommand.CfgiSte(0x10000, leaf: true).Write(command);
        batch.WriteMemory(target.Memory.Start, command);
        batch.WriteRegister64(SmmuRegister.CmdqBase, target.Memory.Start | 4);
        batch.WriteRegister(SmmuRegister.Cr0, 8);
        batch.WriteRegister(SmmuRegister.CmdqProd, 1);
        var lost = Assert.Throws<DeviceLostException>(() => target.Run(batch));
        Assert.That(
            (lost!.Loss, lost.Message),
            Is.EqualTo((DeviceLoss.Died, "the SMMU threw in WriteRegister: IndexOutOfRangeException: Index was outside the bounds of the array."))
        );
        batch.Clear();
        var read = batch.ReadRegister(SmmuRegister.Cr0);
        target.Run(batch);
        Assert.That(batch.Results[read].Value, Is.Zero);
    }

    [Test]
    public void A_batch_that_cannot_be_is_no_fault_of_the_SMMU()
    {
        using var target = DriverSchemes.Parse("reference:smmuv3").Open<ISmmuTarget>();
        var batch = new SmmuBatch();
        batch.ReadMemory(target.Memory.End - 4, 8);
        Assert.Throws<ArgumentException>(() => target.Run(batch));
    }

    [Test]
    public void A_transaction_that_was_not_held_has_nothing_to_tell()
    {
        using var target = DriverSchemes.Parse("reference:smmuv3").Open<ISmmuTarget>();
        var batch = new SmmuBatch();
        var transaction = new SmmuTransaction(1, target.Memory.Start, IsRead: true, 4);
        var sent = batch.Transact(transaction);
        var asked = batch.Ask(0, transaction);
        target.Run(batch);
        Assert.That((batch.Results[sent].Reply, batch.Results[asked].Reply), Is.EqualTo((SmmuReply.Completed, SmmuReply.Unknown)));
    }

    [Test]
    public void A_transaction_that_was_held_tells_its_end_as_often_as_it_is_asked()
    {
        using var board = new Board(SmmuCapabilities.Full);
        using var target = new InMemorySmmuTarget("held", () => board.Smmu, "an SMMU with a stream that stalls");
        var table = board.NewTable();
        board.Put(Board.Contexts, Board.GoodContext(table) with { S = true });
        board.Put(Board.Stream, Board.GoodStage1());
        board.Flush();
        var transaction = new SmmuTransaction(Board.Stream, Va, IsRead: true, 4);
        var batch = new SmmuBatch();
        batch.Transact(transaction);
        batch.Ask(0, transaction);
        target.Run(batch);
        Assert.That(batch.Results.ToArray().Select(result => result.Reply), Is.All.EqualTo(SmmuReply.Stalled));

        board.Map(table, Va, Board.Page1(Board.Data));
        board.Fill(Board.Data);
        board.Run(SmmuCommand.Resume(Board.Stream, ResumeAction.Retry, 0));
        batch.Clear();
        for (var i = 0; i < 3; i++)
            batch.Ask(0, transaction);
        target.Run(batch);
        for (var i = 0; i < 3; i++)
            Assert.That((batch.Results[i].Reply, BitConverter.ToUInt32(batch.DataOf(i))), Is.EqualTo((SmmuReply.Completed, (uint)Board.Data)));
    }
}
