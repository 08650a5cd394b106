using Conformance.Model.Requirements;
using Conformance.Model.Smmu.Device;
using Conformance.Model.Smmu.Oracle;
using Conformance.Model.Smmu.Structures;
using NUnit.Framework;
using static Conformance.Model.Requirements.RequirementId;
using static Conformance.Model.Smmu.Device.SmmuRegister;
using static Conformance.Tests.Smmu.Oracle.OracleScene;

namespace Conformance.Tests.Smmu.Oracle;

/// <summary>The command queue: what is consumed, where it stops, how it goes on.</summary>
[Category("quick")]
public sealed class OracleCommandTests
{
    private const uint Illegal = 1u << 24;
    private const uint Aborted = 2u << 24;

    private static SmmuCommand Raw(ulong d0, ulong d1 = 0) => new() { D0 = d0, D1 = d1 };

    [Test]
    public void Commands_are_consumed_in_order_and_to_the_end()
    {
        var scene = new OracleScene();
        scene.Submit(SmmuCommand.CfgiAll(), SmmuCommand.TlbiNsnhAll(), SmmuCommand.Sync());
        Assert.That(scene.Shows(CmdqCons, 3));
        Assert.That(scene.Shows(CmdqCons, 2), Is.False, "SMMU-CMDQ-08");
        Assert.That(scene.Shows(CmdqCons, 4), Is.False);
        Assert.That(scene.Shows(CmdqCons, 3 | Illegal), "ERR is UNKNOWN without an error: SMMU-CMDQ-09");
        Assert.That(scene.Shows(GError, 1), Is.False);
    }

    [TestCase(0)]
    [TestCase(1)]
    [TestCase(3)]
    public void The_queue_wraps(int log2Size)
    {
        var scene = new OracleScene(enable: false);
        scene.Oracle.WriteRegister64(CmdqBase, Commands | (uint)log2Size);
        scene.Oracle.WriteRegister(CmdqProd, 0);
        scene.Oracle.WriteRegister(CmdqCons, 0);
        scene.Oracle.WriteRegister(Cr0, 8);
        var mask = (2u << log2Size) - 1;
        for (var round = 1u; round < 9; round++)
        {
            scene.Word(Commands + (round - 1 & mask >> 1) * 16, SmmuCommand.Sync().D0);
            scene.Oracle.WriteRegister(CmdqProd, round & mask);
            Assert.That(scene.Shows(CmdqCons, round & mask));
            Assert.That(scene.Shows(CmdqCons, (round & mask) ^ mask / 2 + 1), Is.False, "the wrap bit");
        }
    }

    [Test]
    public void An_illegal_command_stops_the_queue_until_it_is_acknowledged()
    {
        var scene = new OracleScene();
        scene.Submit(SmmuCommand.Sync(), Raw(0xff), SmmuCommand.Sync());
        Assert.That(scene.Shows(CmdqCons, 1 | Illegal));
        Assert.That(scene.Shows(CmdqCons, 3), Is.False, "SMMU-CMDQ-01");
        Assert.That(scene.Shows(CmdqCons, 1 | Aborted), Is.False);
        Assert.That(scene.Shows(GError, 0), Is.False);
        Assert.That(scene.Shows(GError, 1));
        scene.Submit(SmmuCommand.Sync());
        Assert.That(scene.Shows(CmdqCons, 1 | Illegal), "SMMU-CMDQ-02: PROD does not resume");
        scene.Oracle.WriteRegister(Cr0, 5);
        scene.Oracle.WriteRegister(Cr0, 0xd);
        Assert.That(scene.Shows(CmdqCons, 1 | Illegal), "SMMU-CMDQ-12: CMDQEN does not acknowledge");
        scene.Oracle.WriteRegister(GErrorN, 1);
        Assert.That(scene.Shows(CmdqCons, 1 | Illegal), "it is still illegal");
        Assert.That(scene.Shows(GError, 0), "and toggled again");
        scene.Word(Commands + 16, SmmuCommand.Sync().D0);
        scene.Oracle.WriteRegister(GErrorN, 0);
        Assert.That(scene.Shows(CmdqCons, 4));
        Assert.That(scene.Shows(CmdqCons, 1 | Illegal), Is.False, "it is fetched again");
    }

    [Test]
    public void Commands_that_PROD_takes_back_never_run()
    {
        var scene = new OracleScene();
        var table = scene.NewTable();
        scene.Ste(1, Stage1());
        scene.Cd(Contexts, Context(table));
        scene.Complete(SmmuCommand.CfgiAll(), SmmuCommand.TlbiNsnhAll());
        var leaf = scene.Map(table, Data, Page(Data));
        scene.Read(1, Data);
        scene.Word(leaf, Page(Data + 0x1000));
        scene.Submit(Raw(0), SmmuCommand.TlbiNhAll(0), SmmuCommand.Sync());
        Assert.That(scene.Shows(CmdqCons, 4 | Illegal));
        scene.Oracle.WriteRegister(CmdqProd, 4);
        scene.Oracle.WriteRegister(GErrorN, 1);
        Assert.That(scene.Shows(CmdqCons, 4));
        Assert.That(scene.Shows(CmdqCons, 7), Is.False);
        Assert.That(scene.Read(1, Data), Does.Contain(" or "), "nothing was invalidated");
    }

    [Test]
    public void A_fetch_that_is_aborted_is_retried_after_the_acknowledgement()
    {
        var scene = new OracleScene(enable: false);
        scene.Oracle.WriteRegister64(CmdqBase, Hole | 3);
        scene.Oracle.WriteRegister(CmdqProd, 1);
        scene.Oracle.WriteRegister(CmdqCons, 0);
        scene.Oracle.WriteRegister(Cr0, 8);
        Assert.That(scene.Shows(CmdqCons, Aborted));
        Assert.That(scene.Shows(CmdqCons, 1), Is.False, "SMMU-CMDQ-03");
        Assert.That(scene.Shows(CmdqCons, Illegal), Is.False);
        scene.Oracle.WriteRegister(GErrorN, 1);
        Assert.That(scene.Shows(GError, 0));
        Assert.That(scene.Shows(CmdqCons, Aborted));
    }

    // S.7: CONS.ERR is UNKNOWN unless CMDQ_ERR is active.
    [Test]
    public void ERR_is_fixed_while_the_error_is_active_and_open_otherwise()
    {
        var scene = new OracleScene();
        scene.Submit(Raw(0));
        Assert.That(scene.Shows(CmdqCons, 0), Is.False);
        Assert.That(scene.Shows(CmdqCons, Aborted), Is.False);
        Assert.That(scene.Shows(CmdqCons, Illegal));
        scene.Word(Commands, SmmuCommand.Sync().D0);
        scene.Oracle.WriteRegister(GErrorN, 1);
        foreach (var error in (uint[])[0, Illegal, Aborted, 0x7f00_0000])
            Assert.That(scene.Shows(CmdqCons, 1 | error), $"0x{error:x}");
        Assert.That(scene.Shows(CmdqCons, Illegal), Is.False, "the index is not open");
    }

    [Test]
    public void Software_that_writes_CONS_may_overwrite_ERR_and_does_not_acknowledge()
    {
        var scene = new OracleScene();
        scene.Submit(Raw(0));
        scene.Oracle.WriteRegister(Cr0, 5);
        scene.Oracle.WriteRegister(CmdqCons, 0);
        scene.Word(Commands, SmmuCommand.Sync().D0);
        scene.Oracle.WriteRegister(Cr0, 0xd);
        Assert.That(scene.Shows(CmdqCons, 0));
        Assert.That(scene.Shows(CmdqCons, Illegal));
        Assert.That(scene.Shows(CmdqCons, 1), Is.False, "SMMU-CMDQ-12: the error is still active");
        Assert.That(scene.Shows(GError, 0), Is.False);
        scene.Oracle.WriteRegister(GErrorN, 1);
        Assert.That(scene.Shows(CmdqCons, 1));
        Assert.That(scene.Shows(CmdqCons, 0), Is.False);
        scene.Submit(Raw(0));
        Assert.That(scene.Shows(CmdqCons, 1 | Illegal), "the next error says what it is");
        Assert.That(scene.Shows(CmdqCons, 1), Is.False);
    }

    // Nobody knows whether a device answers an ATC_INV. The SYNC behind it completes, or stops the queue with CERROR_ATC_INV_SYNC until the acknowledgement.
    [TestCase(true)]
    [TestCase(false)]
    public void A_SYNC_behind_an_ATC_INV_may_time_out(bool timesOut)
    {
        const uint timeout = 3u << 24;
        var scene = new OracleScene();
        var table = scene.NewTable();
        scene.Ste(1, Stage1());
        scene.Cd(Contexts, Context(table));
        var leaf = scene.Map(table, Data, Page(Data));
        scene.Complete(SmmuCommand.CfgiAll(), SmmuCommand.TlbiNsnhAll());
        scene.Word(leaf, Page(Data + 0x1000));
        scene.Submit(SmmuCommand.TlbiNhAll(0), SmmuCommand.AtcInv(1, 0, 52), SmmuCommand.Sync());
        Assert.That(scene.Shows(CmdqCons, 6 | Illegal), Is.False);
        Assert.That(scene.Shows(CmdqCons, 5 | timeout), Is.False, "at the SYNC");
        Assert.That(scene.Shows(CmdqCons, timesOut ? 6 | timeout : 7));
        Assert.That(scene.Shows(CmdqCons, timesOut ? 7 : 6 | timeout), Is.False, "it is decided");
        Assert.That(scene.Read(1, Data).Contains(" or "), Is.EqualTo(timesOut), "the TLBI is complete with the SYNC");
        if (timesOut)
        {
            scene.Oracle.WriteRegister(GErrorN, 1);
            Assert.That(scene.Shows(CmdqCons, 7));
        }

        Assert.That(scene.Read(1, Data), Does.Not.Contain(" or "));
        scene.Submit(SmmuCommand.Sync());
        Assert.That(scene.Shows(CmdqCons, 7 | timeout), Is.False, "nothing is open any more");
    }

    [Test]
    public void CMDQEN_keeps_CONS()
    {
        var scene = new OracleScene();
        scene.Submit(SmmuCommand.Sync(), SmmuCommand.Sync());
        scene.Oracle.WriteRegister(Cr0, 5);
        scene.Submit(SmmuCommand.Sync());
        Assert.That(scene.Shows(CmdqCons, 2));
        scene.Oracle.WriteRegister(Cr0, 0xd);
        Assert.That(scene.Shows(CmdqCons, 3));
        Assert.That(scene.Shows(CmdqCons, 0), Is.False, "SMMU-CMDQ-10");
    }

    [Test]
    public void The_base_is_aligned_to_the_queue()
    {
        var scene = new OracleScene(enable: false);
        scene.Oracle.WriteRegister64(CmdqBase, Commands + 0x200 | 6);
        scene.Oracle.WriteRegister(CmdqProd, 0);
        scene.Oracle.WriteRegister(CmdqCons, 0);
        scene.Oracle.WriteRegister(Cr0, 8);
        scene.Submit(SmmuCommand.Sync());
        Assert.That(scene.Shows(CmdqCons, 1), "SMMU-REG-15");
        Assert.That(scene.Shows(CmdqCons, Illegal), Is.False);
    }

    // A queue of one entry at an address with bit 5.
    [Test]
    public void Bit_5_of_the_base_counts_for_a_small_queue()
    {
        var scene = new OracleScene(enable: false);
        scene.Oracle.WriteRegister64(CmdqBase, Commands + 0x20);
        scene.Oracle.WriteRegister(CmdqProd, 1);
        scene.Oracle.WriteRegister(CmdqCons, 0);
        scene.Word(Commands + 0x20, SmmuCommand.Sync().D0);
        scene.Oracle.WriteRegister(Cr0, 8);
        Assert.That(scene.Shows(CmdqCons, 1));
    }

    private static readonly byte[] Always = [1, 2, 3, 4, 0x30, 0x46];

    private static bool IsLegal(SmmuCapabilities capabilities, int opcode) =>
        Always.Contains((byte)opcode)
        || opcode switch
        {
            5 or 6 or 0x10 or 0x11 or 0x12 or 0x13 => capabilities.S1P,
            0x20 or 0x21 or 0x22 or 0x23 => capabilities.HYP,
            0x28 or 0x2a => capabilities.S2P,
            0x40 => capabilities.ATS,
            0x41 => capabilities.PRI,
            0x44 or 0x45 => capabilities.StallModel != StallModel.TerminateOnly,
            _ => false,
        };

    private static IEnumerable<SmmuCapabilities> Machines =>
        [
            SmmuCapabilities.Qemu7Stage1,
            SmmuCapabilities.QemuStage2,
            SmmuCapabilities.QemuNested,
            SmmuCapabilities.Full,
            SmmuCapabilities.Full with
            {
                PRI = true,
                HYP = false,
            },
        ];

    [TestCaseSource(nameof(Machines))]
    public void Every_opcode_is_legal_where_its_feature_is(SmmuCapabilities capabilities)
    {
        for (var opcode = 0; opcode < 256; opcode++)
        {
            var expected =
                opcode is >= 0x80 and <= 0x8f ? CommandVerdict.Either
                : IsLegal(capabilities, opcode) ? CommandVerdict.Legal
                : CommandVerdict.Illegal;
            Assert.That(CommandRules.Judge(capabilities, Raw((ulong)opcode), out _), Is.EqualTo(expected), $"opcode 0x{opcode:x2}");
        }
    }

    private static IEnumerable<TestCaseData> Operands()
    {
        yield return new(Raw(0x46 | 3 << 12), CommandVerdict.Illegal, SMMU_CMDQ_04);
        yield return new(Raw(0x46 | 2 << 12), CommandVerdict.Legal, SMMU_CMDQ_08);
        yield return new(Raw(0x41, 3 << 12), CommandVerdict.Illegal, SMMU_CMDQ_15);
        yield return new(Raw(0x41, 2 << 12), CommandVerdict.Legal, SMMU_CMDQ_15);
        foreach (var opcode in new ulong[] { 1, 2, 3, 4, 5, 6, 0x44, 0x45 })
            yield return new(Raw(opcode | 1 << 10), CommandVerdict.Illegal, SMMU_CMDQ_06);
        foreach (var opcode in new ulong[] { 0x10, 0x11, 0x12, 0x30, 0x46, 0x40 })
            yield return new(Raw(opcode | 1 << 10), CommandVerdict.Either, SMMU_CMDQ_06);
        foreach (var opcode in new ulong[] { 0x12, 0x13, 0x22, 0x23, 0x2a })
        {
            yield return new(Raw(opcode, 1 << 10), CommandVerdict.Illegal, SMMU_CMDQ_11);
            yield return new(Raw(opcode, 2 << 10 | 1 << 8), CommandVerdict.Illegal, SMMU_CMDQ_11);
            yield return new(Raw(opcode, 1 << 10 | 1 << 8), CommandVerdict.Legal, null!);
            yield return new(Raw(opcode | 1 << 12, 1 << 10), CommandVerdict.Legal, null!);
            yield return new(Raw(opcode | 1 << 20, 3 << 10), CommandVerdict.Legal, null!);
            yield return new(Raw(opcode | 31 << 12, 0), CommandVerdict.Legal, null!);
        }

        yield return new(Raw(3 | 0xffff_fffful << 32), CommandVerdict.Legal, null!);
        yield return new(Raw(3, 2), CommandVerdict.Either, SMMU_CMDQ_16);
        yield return new(Raw(0x30 | 1ul << 40), CommandVerdict.Either, SMMU_CMDQ_16);
        yield return new(Raw(0x44 | 3 << 12), CommandVerdict.Either, SMMU_CMDQ_16);
    }

    [TestCaseSource(nameof(Operands))]
    public void Operands_make_a_command_illegal_or_leave_it_open(SmmuCommand command, CommandVerdict expected, RequirementId? rule)
    {
        var verdict = CommandRules.Judge(SmmuCapabilities.Full with { PRI = true }, command, out var rules);
        Assert.That(verdict, Is.EqualTo(expected));
        if (rule is { } id)
            Assert.That(rules.Has(id), rules.ToString());
    }

    [Test]
    public void Without_VMIDs_any_VMID_is_no_error()
    {
        Assert.That(CommandRules.Judge(SmmuCapabilities.QemuStage1, SmmuCommand.TlbiNhAll(0xffff), out var rules), Is.EqualTo(CommandVerdict.Legal));
        Assert.That(rules.Has(SMMU_CMDQ_13));
    }

    // SMMU-CMDQ-16: both, but the same every time.
    [TestCase(true)]
    [TestCase(false)]
    public void A_reserved_bit_is_illegal_or_ignored_the_same_every_time(bool isIllegal)
    {
        var scene = new OracleScene();
        scene.Submit(SmmuCommand.Sync(), Raw(3, 1 << 5), SmmuCommand.Sync());
        Assert.That(scene.Shows(CmdqCons, 2), Is.False);
        Assert.That(scene.Shows(CmdqCons, isIllegal ? 1 | Illegal : 3));
        Assert.That(scene.Shows(CmdqCons, isIllegal ? 3 : 1 | Illegal), Is.False, "it is decided");
        Assert.That(scene.Shows(GError, isIllegal ? 1u : 0));
        Assert.That(scene.Shows(GError, isIllegal ? 0u : 1), Is.False);
        scene.Oracle.Reset();
        scene.Enable();
        scene.Submit(Raw(3, 1 << 5));
        Assert.That(scene.Shows(CmdqCons, isIllegal ? 1 : Illegal), Is.False, "and stays so");
        Assert.That(scene.Shows(CmdqCons, isIllegal ? Illegal : 1));
    }

    [Test]
    public void GERROR_alone_tells_that_nothing_was_illegal()
    {
        var scene = new OracleScene();
        scene.Submit(Raw(3, 1 << 5), Raw(6, 1), SmmuCommand.Sync());
        Assert.That(scene.Shows(GError, 0));
        Assert.That(scene.Shows(CmdqCons, 3));
        Assert.That(scene.Shows(CmdqCons, Illegal), Is.False);
    }

    [Test]
    public void An_ignored_command_is_not_relied_on()
    {
        var scene = new OracleScene();
        var table = scene.NewTable();
        scene.Ste(1, Stage1());
        scene.Cd(Contexts, Context(table));
        var leaf = scene.Map(table, Data, Page(Data));
        scene.Complete(SmmuCommand.CfgiAll(), SmmuCommand.TlbiNsnhAll());
        scene.Word(leaf, Page(Data + 0x1000));
        scene.Submit(SmmuCommand.TlbiNhAll(0) with { D1 = 1 }, SmmuCommand.Sync());
        Assert.That(scene.Shows(CmdqCons, 6));
        Assert.That(scene.Read(1, Data), Does.Contain(" or "));
    }

    // The queue is set up wrongly: nothing is known, and nothing is claimed.
    [Test]
    public void A_queue_that_was_exchanged_while_in_use_is_not_judged_until_it_is_set_up_again()
    {
        var scene = new OracleScene();
        scene.Oracle.WriteRegister64(CmdqBase, Ram);
        scene.Submit(Raw(0));
        Assert.That(scene.Shows(CmdqCons, 77));
        scene.Oracle.WriteRegister(Cr0, 0);
        Assert.That(scene.Shows(GError, 1));
        scene.Oracle.WriteRegister(GErrorN, 1);
        scene.Enable();
        scene.Submit(SmmuCommand.Sync());
        Assert.That(scene.Shows(CmdqCons, 1));
        Assert.That(scene.Shows(CmdqCons, 0), Is.False);
    }

    [Test]
    public void A_PROD_that_is_too_far_ahead_is_not_judged()
    {
        var scene = new OracleScene();
        scene.Oracle.WriteRegister(CmdqProd, 0x41);
        Assert.That(scene.Shows(CmdqCons, 0x12));
    }
}
