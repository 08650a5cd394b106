using Conformance.Drivers.Reference.Smmu;
using Conformance.Model.Smmu.Device;
using Conformance.Model.Smmu.Structures;
using NUnit.Framework;
using static Conformance.Model.Smmu.Device.SmmuRegister;

namespace Conformance.Tests.Smmu.Devices;

/// <summary>Registers, queues and errors of the SMMU in memory.</summary>
[Category("quick")]
public sealed class MemorySmmuQueueTests
{
    [Test]
    public void Registers_that_belong_to_something_enabled_keep_their_values()
    {
        using var board = new Board(SmmuCapabilities.QemuNested);
        foreach (var offset in (uint[])[StrtabBase, StrtabBaseCfg, CmdqBase, CmdqCons, EventqBase, EventqProd, Cr1, Cr2])
        {
            var before = board.Smmu.ReadRegister(offset);
            board.Smmu.WriteRegister(offset, ~before);
            Assert.That(board.Smmu.ReadRegister(offset), Is.EqualTo(before), $"0x{offset:x}");
        }
        board.Smmu.WriteRegister(Cr0, 0);
        board.Smmu.WriteRegister(CmdqCons, 5);
        board.Smmu.WriteRegister(EventqProd, 0x8000_0007);
        board.Smmu.WriteRegister64(CmdqBase, ulong.MaxValue);
        Assert.That((board.Smmu.ReadRegister(CmdqCons), board.Smmu.ReadRegister(EventqProd)), Is.EqualTo((5u, 0x8000_0007u)));
        Assert.That(board.Smmu.ReadRegister64(CmdqBase), Is.EqualTo(0x400f_ffff_ffff_ffff));
        board.Smmu.WriteRegister(CmdqBase + 4, 0);
        Assert.That(board.Smmu.ReadRegister64(CmdqBase), Is.EqualTo(0xffff_ffff));
    }

    [TestCase(false, 0x0du, 0x5u)]
    [TestCase(true, 0x1du, 0x5u)]
    public void What_is_not_there_is_not_acknowledged(bool full, uint control, uint interrupts)
    {
        using var smmu = new MemorySmmu(full ? SmmuCapabilities.Full : SmmuCapabilities.QemuStage1);
        smmu.WriteRegister(Cr0, uint.MaxValue);
        smmu.WriteRegister(IrqCtrl, uint.MaxValue);
        Assert.That((smmu.ReadRegister(Cr0Ack), smmu.ReadRegister(IrqCtrlAck)), Is.EqualTo((control, interrupts)));
        smmu.WriteRegister(Idr0, 0);
        Assert.That(smmu.ReadRegister(Idr0), Is.Not.Zero);
    }

    [Test]
    public void Every_opcode_is_legal_or_illegal_by_what_is_implemented()
    {
        byte[] always = [0x01, 0x02, 0x03, 0x04, 0x30, 0x46],
            stage1 = [0x05, 0x06, 0x10, 0x11, 0x12, 0x13],
            stage2 = [0x28, 0x2a],
            full = [0x20, 0x21, 0x22, 0x23, 0x40, 0x44, 0x45];
        foreach (
            var (capabilities, legal) in ((SmmuCapabilities, byte[])[])
                [
                    (SmmuCapabilities.QemuStage1, [.. always, .. stage1]),
                    (SmmuCapabilities.QemuStage2, [.. always, .. stage2]),
                    (SmmuCapabilities.QemuNested, [.. always, .. stage1, .. stage2]),
                    (SmmuCapabilities.Full, [.. always, .. stage1, .. stage2, .. full]),
                ]
        )
        {
            for (var opcode = 0; opcode < 256; opcode++)
            {
                using var board = new Board(capabilities);
                board.Run(new SmmuCommand { D0 = (ulong)opcode });
                var isLegal = legal.Contains((byte)opcode);
                Assert.That(board.Smmu.ReadRegister(CmdqCons), Is.EqualTo(isLegal ? 1u : 0x0100_0000), $"0x{opcode:x2}");
                Assert.That(board.Smmu.ReadRegister(GError), Is.EqualTo(isLegal ? 0u : 1));
            }
        }
    }

    [Test]
    public void A_Secure_StreamID_is_illegal_where_there_is_one()
    {
        byte[] secured = [0x01, 0x02, 0x03, 0x04, 0x05, 0x06, 0x44, 0x45];
        foreach (var opcode in (byte[])[.. secured, 0x10, 0x11, 0x12, 0x13, 0x28, 0x2a, 0x30, 0x40, 0x46])
        {
            using var board = new Board(SmmuCapabilities.Full);
            board.Run(new SmmuCommand { D0 = opcode, SSec = true });
            Assert.That(board.Smmu.ReadRegister(GError), Is.EqualTo(secured.Contains(opcode) ? 1u : 0), $"0x{opcode:x2}");
        }
    }

    [TestCase(0, 0, 0, 0, true)]
    [TestCase(1, 0, 0, 0, false)]
    [TestCase(1, 1, 0, 0, true)]
    [TestCase(1, 0, 1, 0, true)]
    [TestCase(1, 0, 0, 3, true)]
    [TestCase(2, 0, 0, 1, false)]
    [TestCase(3, 0, 0, 1, true)]
    public void A_range_of_nothing_is_illegal(int tg, int num, int scale, int ttl, bool legal)
    {
        using var board = new Board(SmmuCapabilities.QemuNested);
        board.Run(SmmuCommand.TlbiNhVa(0, 1, 0, leaf: true) with { TG = tg, NUM = num, SCALE = scale, TTL = ttl });
        Assert.That(board.Smmu.ReadRegister(GError), Is.EqualTo(legal ? 0u : 1));
    }

    [Test]
    public void A_command_that_cannot_be_fetched_is_fetched_again()
    {
        using var board = new Board(SmmuCapabilities.QemuStage1);
        board.Smmu.WriteRegister(Cr0, 5);
        board.Smmu.WriteRegister64(CmdqBase, board.Smmu.Hole.Start | 4);
        board.Smmu.WriteRegister(Cr0, 0xd);
        board.Smmu.WriteRegister(CmdqProd, 1);
        Assert.That((board.Smmu.ReadRegister(CmdqCons), board.Smmu.ReadRegister(GError)), Is.EqualTo((0x0200_0000u, 1u)));
        board.Smmu.WriteRegister(Cr0, 5);
        Assert.That(board.Smmu.ReadRegister(GError) ^ board.Smmu.ReadRegister(GErrorN), Is.EqualTo(1), "CMDQEN acknowledges nothing");
        board.Smmu.WriteRegister64(CmdqBase, Board.Commands | 4);
        board.Put(Board.Commands, 0x46);
        board.Smmu.WriteRegister(Cr0, 0xd);
        Assert.That(board.Smmu.ReadRegister(CmdqCons) & 0xff, Is.Zero);
        board.Smmu.WriteRegister(GErrorN, 1);
        Assert.That(board.Smmu.ReadRegister(CmdqCons) & 0xff, Is.EqualTo(1));
    }

    [Test]
    public void Commands_that_were_taken_back_do_not_run()
    {
        using var board = new Board(SmmuCapabilities.QemuStage1);
        board.Run(new SmmuCommand { D0 = 0xff }, SmmuCommand.Sync(), SmmuCommand.Sync());
        board.Smmu.WriteRegister(CmdqProd, 0);
        board.Smmu.WriteRegister(GErrorN, 1);
        Assert.That((board.Smmu.ReadRegister(CmdqCons) & 0xff, board.Smmu.ReadRegister(GError)), Is.EqualTo((0u, 1u)));
    }

    [Test]
    public void A_queue_of_one_entry_wraps_each_time()
    {
        using var board = new Board(SmmuCapabilities.QemuStage1);
        board.Smmu.WriteRegister(Cr0, 5);
        board.Smmu.WriteRegister64(CmdqBase, Board.Commands + 32);
        board.Smmu.WriteRegister(CmdqProd, 0);
        board.Smmu.WriteRegister(Cr0, 0xd);
        board.Put(Board.Commands + 32, 0x46 | 1 << 12);
        for (var i = 1u; i < 6; i++)
        {
            board.Smmu.WriteRegister(CmdqProd, i & 1);
            Assert.That(board.Smmu.ReadRegister(CmdqCons), Is.EqualTo(i & 1));
        }
        Assert.That(board.Smmu.TakeInterrupts()[SmmuInterrupt.CommandSync], Is.EqualTo(5));
    }

    [Test]
    public void An_aborted_record_silences_the_queue_until_it_is_acknowledged()
    {
        using var board = new Board(SmmuCapabilities.QemuStage1);
        board.Smmu.WriteRegister(IrqCtrl, 5);
        board.Smmu.WriteRegister(Cr0, 9);
        board.Smmu.WriteRegister64(EventqBase, board.Smmu.Hole.Start | 6);
        board.Smmu.WriteRegister(Cr0, 0xd);
        board.Read(0);
        board.Read(0);
        Assert.That((board.Smmu.ReadRegister(GError), board.Smmu.ReadRegister(EventqProd)), Is.EqualTo((4u, 0u)));
        board.Smmu.WriteRegister(Cr0, 9);
        board.Smmu.WriteRegister64(EventqBase, Board.Events | 6);
        board.Smmu.WriteRegister(Cr0, 0xd);
        board.Read(0);
        Assert.That(board.TakeEvent(), Is.Null);
        board.Smmu.WriteRegister(GErrorN, 4);
        board.Read(0);
        Assert.That(board.TakeEvent()!.Value.Type, Is.EqualTo(SmmuEventType.BadSte));
        var interrupts = board.Smmu.TakeInterrupts();
        Assert.That((interrupts[SmmuInterrupt.GlobalError], interrupts[SmmuInterrupt.EventQueue]), Is.EqualTo((1, 1)));
    }

    [Test]
    public void The_record_of_a_stalled_transaction_waits_for_room()
    {
        using var board = new Board(SmmuCapabilities.Full);
        board.Put(Board.Contexts, Board.GoodContext(board.NewTable()) with { S = true });
        board.Put(Board.Stream, Board.GoodStage1());
        for (var i = 0; i < 64; i++)
            board.Read(0, stream: 1);
        Assert.That(board.Send(new(Board.Stream, 0x1000, IsRead: true, 4), out var ticket), Is.EqualTo(SmmuReply.Stalled));
        Assert.That(board.Smmu.ReadRegister(EventqProd), Is.EqualTo(0x40), "full, no overflow");
        for (var i = 0; i < 64; i++)
            Assert.That(board.TakeEvent()!.Value.Type, Is.EqualTo(SmmuEventType.BadSte));
        Assert.That(board.TakeEvent()!.Value.Stall);
        board.Run(SmmuCommand.StallTerm(Board.Stream), SmmuCommand.Sync());
        Assert.That(board.Smmu.Ask(ticket, new byte[4]), Is.EqualTo(SmmuReply.Aborted));
    }

    [TestCase(0, SmmuEventType.StreamDisabled, SmmuEventType.None, SmmuEventType.None)]
    [TestCase(1, SmmuEventType.None, SmmuEventType.None, SmmuEventType.None)]
    [TestCase(2, SmmuEventType.None, SmmuEventType.StreamDisabled, SmmuEventType.None)]
    [TestCase(3, SmmuEventType.StreamDisabled, SmmuEventType.None, SmmuEventType.None)]
    public void Substreams(int s1dss, SmmuEventType without, SmmuEventType zero, SmmuEventType one)
    {
        const ulong Va = 0x1234_5000;
        foreach (var format in (int[])[0, 1, 2])
        {
            using var board = new Board(SmmuCapabilities.Full);
            var table = board.NewTable();
            board.Map(table, Va, Board.Page1(Board.Data));
            var leaves = board.NewTable(0x1_0000);
            var first = board.NewTable();
            board.Put(first, leaves | 1);
            board.Put(leaves, Board.GoodContext(table));
            board.Put(leaves + 64, Board.GoodContext(table, asid: 2));
            board.Put(Board.Stream, Board.GoodStage1(format == 0 ? leaves : first) with { S1CDMax = 8, S1Fmt = format, S1DSS = s1dss });
            Assert.That(EventOf(board, Va, null), Is.EqualTo(without));
            Assert.That(EventOf(board, Va, 0), Is.EqualTo(zero));
            Assert.That(EventOf(board, Va, 1), Is.EqualTo(one));
            Assert.That(EventOf(board, Va, 256), Is.EqualTo(SmmuEventType.BadSubstreamId));
            Assert.That(EventOf(board, Va, 64), Is.EqualTo(format == 1 ? SmmuEventType.BadSubstreamId : SmmuEventType.BadCd), "the second leaf is not there");
        }
    }

    [Test]
    public void Reset_forgets_everything_but_memory()
    {
        using var board = new Board(SmmuCapabilities.Full);
        board.Put(Board.Stream, new StreamTableEntry { Valid = true, Config = StreamConfig.Bypass });
        Assert.That(board.Read(Board.Data).Reply, Is.EqualTo(SmmuReply.Completed));
        board.Put(Board.Stream, default(StreamTableEntry));
        board.Smmu.Reset();
        foreach (var offset in (uint[])[Cr0, Cr0Ack, IrqCtrl, GError, GErrorN, CmdqProd, CmdqCons, EventqProd, EventqCons])
            Assert.That(board.Smmu.ReadRegister(offset), Is.Zero, $"0x{offset:x}");
        Assert.That(board.Smmu.ReadRegister(Gbpa), Is.EqualTo(0x1000));
        board.Enable();
        Assert.That(board.Read(Board.Data).Reply, Is.EqualTo(SmmuReply.Aborted));
        Assert.That(board.TakeEvent()!.Value.Type, Is.EqualTo(SmmuEventType.BadSte));
    }

    private static SmmuEventType EventOf(Board board, ulong address, uint? substream)
    {
        board.Send(new(Board.Stream, address, IsRead: true, 4) { HasSubstream = substream is not null, SubstreamId = substream ?? 0 }, out _);
        return board.TakeEvent()?.Type ?? SmmuEventType.None;
    }
}
