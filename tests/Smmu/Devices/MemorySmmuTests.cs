using Conformance.Drivers.Reference.Smmu;
using Conformance.Model.Smmu.Device;
using Conformance.Model.Smmu.Structures;
using NUnit.Framework;

namespace Conformance.Tests.Smmu.Devices;

/// <summary>What the SMMU in memory does, one thing at a time.</summary>
[Category("quick")]
public sealed class MemorySmmuTests
{
    private const ulong Va = 0x12_3456_7000;
    private static readonly ulong Mask32 = uint.MaxValue;

    [Test]
    public void Bypasses_until_it_is_enabled()
    {
        using var board = new Board(SmmuCapabilities.QemuNested);
        board.Smmu.WriteRegister(SmmuRegister.Cr0, 0xc);
        board.Fill(Board.Data);
        Assert.That(board.Read(Board.Data), Is.EqualTo((SmmuReply.Completed, (uint)Board.Data)));
        Assert.That(board.Read(Board.Data + (1ul << 44)).Reply, Is.EqualTo(SmmuReply.Aborted));
        board.Smmu.WriteRegister(SmmuRegister.Gbpa, 1 << 20);
        Assert.That(board.Read(Board.Data).Reply, Is.EqualTo(SmmuReply.Completed));
        board.Smmu.WriteRegister(SmmuRegister.Gbpa, 1u << 31 | 1 << 20);
        Assert.That(board.Smmu.ReadRegister(SmmuRegister.Gbpa), Is.EqualTo(1u << 20));
        Assert.That(board.Read(Board.Data).Reply, Is.EqualTo(SmmuReply.Aborted));
        Assert.That(board.TakeEvent(), Is.Null);
    }

    [Test]
    public void Stage_1_reads_writes_and_faults()
    {
        using var board = new Board(SmmuCapabilities.QemuStage1);
        var table = Stage1(board);
        board.Fill(Board.Data);
        Assert.That(board.Read(Va + 8), Is.EqualTo((SmmuReply.Completed, (uint)Board.Data + 8)));
        Assert.That(board.Write(Va + 4, 0xabcd), Is.EqualTo(SmmuReply.Completed));
        Assert.That(board.Word(Board.Data) >> 32, Is.EqualTo(0xabcd));
        Assert.That(board.TakeEvent(), Is.Null);
        Assert.That(board.Write(Va + 0x1004, 1), Is.EqualTo(SmmuReply.Aborted));
        Assert.That(
            board.TakeEvent(),
            Is.EqualTo(
                new SmmuEvent
                {
                    Type = SmmuEventType.Translation,
                    StreamId = 8,
                    Class = SmmuEventClass.InputAddress,
                    InputAddress = Va + 0x1004,
                }
            )
        );
        board.Map(table, Va + 0x1000, Board.Page1(Board.Data, 1ul << 7));
        Assert.That(board.Read(Va + 0x1000).Reply, Is.EqualTo(SmmuReply.Completed));
        Assert.That(board.Write(Va + 0x1004, 1), Is.EqualTo(SmmuReply.Aborted));
        Assert.That(board.TakeEvent()!.Value.Type, Is.EqualTo(SmmuEventType.Permission));
    }

    [Test]
    public void Stage_2_reads_and_faults_with_the_address_that_was_refused()
    {
        using var board = new Board(SmmuCapabilities.QemuStage2);
        var top = board.NewTable(0x4000);
        board.Map(top, 0x80_0000_5000, Board.Page2(Board.Data));
        board.Put(Board.Stream, Board.GoodStage2(top));
        board.Fill(Board.Data);
        Assert.That(board.Read(0x80_0000_5010), Is.EqualTo((SmmuReply.Completed, (uint)Board.Data + 0x10)));
        Assert.That(board.Read(0x80_0000_6010).Reply, Is.EqualTo(SmmuReply.Aborted));
        var seen = board.TakeEvent()!.Value;
        Assert.That((seen.Type, seen.S2, seen.Class, seen.IPA), Is.EqualTo((SmmuEventType.Translation, true, SmmuEventClass.InputAddress, 0x80_0000_6000ul)));
    }

    [TestCase(SmmuCaching.OnDemand)]
    [TestCase(SmmuCaching.None)]
    [TestCase(SmmuCaching.Eager)]
    public void Nested_stages_compose(SmmuCaching caching)
    {
        using var board = new Board(SmmuCapabilities.QemuNested, caching);
        var nested = new Nested(board);
        board.Fill(Board.Data);
        board.Flush();
        Assert.That(board.Read(Va), Is.EqualTo((SmmuReply.Completed, (uint)Board.Data)));
        nested.Map2(0x70_0000_0000, 0);
        board.Run(SmmuCommand.TlbiS2Ipa(3, 0x70_0000_0000, leaf: true), SmmuCommand.TlbiNhAll(3), SmmuCommand.Sync());
        Assert.That(board.Read(Va).Reply, Is.EqualTo(SmmuReply.Aborted));
        var seen = board.TakeEvent()!.Value;
        Assert.That((seen.Type, seen.S2, seen.Class, seen.IPA), Is.EqualTo((SmmuEventType.Translation, true, SmmuEventClass.InputAddress, 0x70_0000_0000ul)));
    }

    [Test]
    public void A_stale_translation_is_served_until_it_is_invalidated()
    {
        using var board = new Board(SmmuCapabilities.QemuStage1);
        var table = Stage1(board);
        board.Fill(Board.Data);
        board.Fill(Board.Data + 0x1000);
        Assert.That(board.Read(Va).Value, Is.EqualTo(Board.Data & Mask32));
        board.Map(table, Va, Board.Page1(Board.Data + 0x1000));
        Assert.That(board.Read(Va).Value, Is.EqualTo(Board.Data & Mask32));
        board.Run(SmmuCommand.TlbiNhVa(0, 2, Va, leaf: true), SmmuCommand.TlbiNhVa(0, 1, Va + 0x1000, leaf: true), SmmuCommand.Sync());
        Assert.That(board.Read(Va).Value, Is.EqualTo(Board.Data & Mask32), "wrong ASID, wrong address");
        board.Run(SmmuCommand.TlbiNhVa(0, 1, Va, leaf: true), SmmuCommand.Sync());
        Assert.That(board.Read(Va).Value, Is.EqualTo((Board.Data + 0x1000) & Mask32));
    }

    [Test]
    public void A_stale_configuration_is_used_until_it_is_invalidated()
    {
        using var board = new Board(SmmuCapabilities.QemuStage1);
        Stage1(board);
        Assert.That(board.Read(Va).Reply, Is.EqualTo(SmmuReply.Completed));
        board.Put(Board.Stream, default(StreamTableEntry));
        Assert.That(board.Read(Va).Reply, Is.EqualTo(SmmuReply.Completed));
        board.Run(SmmuCommand.CfgiSteRange(0, 2), SmmuCommand.Sync());
        Assert.That(board.Read(Va).Reply, Is.EqualTo(SmmuReply.Completed), "StreamIDs 0 to 7");
        board.Run(SmmuCommand.CfgiSteRange(0, 3), SmmuCommand.Sync());
        Assert.That(board.Read(Va).Reply, Is.EqualTo(SmmuReply.Aborted));
        Assert.That(board.TakeEvent(), Is.EqualTo(new SmmuEvent { Type = SmmuEventType.BadSte, StreamId = 8 }));
    }

    [Test]
    public void An_unknown_command_stops_the_queue_until_it_is_acknowledged()
    {
        using var board = new Board(SmmuCapabilities.QemuStage1);
        board.Run(SmmuCommand.Sync(), new SmmuCommand { D0 = 0xff }, SmmuCommand.Sync());
        Assert.That(board.Smmu.ReadRegister(SmmuRegister.CmdqCons), Is.EqualTo(0x0100_0001));
        Assert.That(board.Smmu.ReadRegister(SmmuRegister.GError), Is.EqualTo(1));
        board.Run(SmmuCommand.Sync());
        Assert.That(board.Smmu.ReadRegister(SmmuRegister.CmdqCons) & 0xff, Is.EqualTo(1));
        board.Put(Board.Commands + 16, 0x46);
        board.Smmu.WriteRegister(SmmuRegister.GErrorN, 1);
        Assert.That(board.Smmu.ReadRegister(SmmuRegister.CmdqCons) & 0xff, Is.EqualTo(4));
    }

    [Test]
    public void A_stalled_write_waits_for_resume()
    {
        using var board = new Board(SmmuCapabilities.Full);
        var table = Stage1(board, context => context with { S = true });
        var fault = new SmmuTransaction(Board.Stream, Va + 0x1000, IsRead: false, 4);
        Assert.That(board.Send(fault, out var first), Is.EqualTo(SmmuReply.Stalled));
        Assert.That(board.Send(fault, out var second), Is.EqualTo(SmmuReply.Stalled));
        var (one, two) = (board.TakeEvent()!.Value, board.TakeEvent()!.Value);
        Assert.That((one.Stall, two.Stall, one.STAG == two.STAG), Is.EqualTo((true, true, false)));
        Assert.That(board.Smmu.Ask(first, new byte[4]), Is.EqualTo(SmmuReply.Stalled));
        board.Put(Board.Data, ulong.MaxValue);
        board.Map(table, Va + 0x1000, Board.Page1(Board.Data));
        board.Run(
            SmmuCommand.Resume(Board.Stream, ResumeAction.Retry, one.STAG),
            SmmuCommand.Resume(Board.Stream, ResumeAction.Abort, two.STAG),
            SmmuCommand.Sync()
        );
        Assert.That(board.Smmu.Ask(first, new byte[4]), Is.EqualTo(SmmuReply.Completed));
        Assert.That(board.Smmu.Ask(second, new byte[4]), Is.EqualTo(SmmuReply.Aborted));
        Assert.That(board.Word(Board.Data), Is.EqualTo(0xffff_ffff_0000_0000));
        Assert.That(board.Smmu.Ask(first, new byte[4]), Is.EqualTo(SmmuReply.Completed), "as often as it is asked");
        Assert.Throws<ArgumentOutOfRangeException>(() => board.Smmu.Ask(second + 1, new byte[4]));
    }

    [Test]
    public void Hardware_sets_the_access_flag_and_the_dirty_state()
    {
        using var board = new Board(SmmuCapabilities.Full);
        var table = Stage1(board, context => context with { HA = true, HD = true });
        var clean = (Board.Page1(Board.Data) | 1ul << 7 | 1ul << 51) & ~(1ul << 10);
        var slot = board.Map(table, Va, clean);
        Assert.That(board.Read(Va).Reply, Is.EqualTo(SmmuReply.Completed));
        Assert.That(board.Word(slot), Is.EqualTo(clean | 1ul << 10));
        Assert.That(board.Write(Va, 1), Is.EqualTo(SmmuReply.Completed));
        Assert.That(board.Word(slot), Is.EqualTo((clean | 1ul << 10) & ~(1ul << 7)));
    }

    [Test]
    public void A_nested_update_dirties_the_page_of_the_table()
    {
        using var board = new Board(SmmuCapabilities.Full);
        var nested = new Nested(
            board,
            context => context with { HA = true, HD = true },
            entry => entry with { S2HA = true, S2HD = true },
            1ul << 51,
            cleanTables: true
        );
        var slot = nested.TableSlot(nested.Leaf);
        Assert.That(board.Word(slot) >> 7 & 1, Is.Zero);
        Assert.That(board.Read(Va).Reply, Is.EqualTo(SmmuReply.Completed));
        Assert.That(board.Word(slot) >> 7 & 1, Is.Zero, "a read updates nothing");
        board.Put(nested.Leaf, (board.Word(nested.Leaf) | 1ul << 7 | 1ul << 51) & ~(1ul << 10));
        board.Flush();
        Assert.That(board.Write(Va, 1), Is.EqualTo(SmmuReply.Completed));
        Assert.That(board.Word(nested.Leaf) >> 7 & 9, Is.EqualTo(8), "AF set, AP[2] clear");
        Assert.That(board.Word(slot) >> 7 & 1, Is.EqualTo(1));
    }

    [Test]
    public void A_full_event_queue_overflows_once()
    {
        using var board = new Board(SmmuCapabilities.QemuStage1);
        for (var i = 0; i < 70; i++)
            board.Read(Va);
        Assert.That(board.Smmu.ReadRegister(SmmuRegister.EventqProd), Is.EqualTo(0x8000_0040));
        Assert.That(board.Smmu.ReadRegister(SmmuRegister.GError), Is.Zero);
        while (board.TakeEvent() is not null) { }
        board.Read(Va);
        Assert.That(board.Smmu.ReadRegister(SmmuRegister.EventqProd), Is.EqualTo(0x8000_0041));
    }

    // A page of stage 1 at Va for the stream.
    private static ulong Stage1(Board board, Func<ContextDescriptor, ContextDescriptor>? change = null)
    {
        var table = board.NewTable();
        board.Map(table, Va, Board.Page1(Board.Data));
        var context = Board.GoodContext(table);
        board.Put(Board.Contexts, change is null ? context : change(context));
        board.Put(Board.Stream, Board.GoodStage1());
        return table;
    }

    // Va to the IPA 0x70_0000_0000 to the data page; the stage-1 tables and the CD are at IPAs 0x50_0000_0000 above where they are.
    private sealed class Nested
    {
        private const ulong Shift = 0x50_0000_0000;
        private readonly Board board;
        private readonly ulong top;

        public Nested(
            Board board,
            Func<ContextDescriptor, ContextDescriptor>? changeContext = null,
            Func<StreamTableEntry, StreamTableEntry>? changeStream = null,
            ulong more2 = 0,
            bool cleanTables = false
        )
        {
            this.board = board;
            top = board.NewTable(0x4000);
            Map2(0x70_0000_0000, Board.Page2(Board.Data, more2));
            ulong[] tables = [board.NewTable(), board.NewTable(), board.NewTable()];
            foreach (var table in (ulong[])[.. tables, Board.Contexts])
                Map2(table + Shift, Board.Page2(table, more2) & ~(cleanTables ? 1ul << 7 : 0));
            board.Put(tables[0] + ((Va >> 30) * 8), (tables[1] + Shift) | 3);
            board.Put(tables[1] + ((Va >> 21 & 511) * 8), (tables[2] + Shift) | 3);
            Leaf = tables[2] + ((Va >> 12 & 511) * 8);
            board.Put(Leaf, Board.Page1(0x70_0000_0000));
            var context = Board.GoodContext(tables[0] + Shift);
            board.Put(Board.Contexts, changeContext is null ? context : changeContext(context));
            var entry = Board.GoodStage2(top) with { Config = StreamConfig.Nested, S1ContextPtr = Board.Contexts + Shift };
            board.Put(Board.Stream, changeStream is null ? entry : changeStream(entry));
        }

        public ulong Leaf { get; }

        public ulong Map2(ulong ipa, ulong descriptor) => board.Map(top, ipa, descriptor);

        // The stage-2 descriptor of the page that a stage-1 descriptor lies in.
        public ulong TableSlot(ulong address)
        {
            var ipa = (address & ~0xffful) + Shift;
            return board.Map(top, ipa, Board.Page2(address & ~0xffful, 1ul << 51) & ~(1ul << 7));
        }
    }
}
