using Conformance.Model.Smmu.Device;
using Conformance.Model.Smmu.Oracle;
using Conformance.Model.Smmu.Structures;
using NUnit.Framework;
using static Conformance.Model.Smmu.Device.SmmuRegister;
using static Conformance.Tests.Smmu.Oracle.OracleScene;

namespace Conformance.Tests.Smmu.Oracle;

/// <summary>Registers and their protocols: what may be read, and what may not.</summary>
[Category("quick")]
public sealed class OracleRegisterTests
{
    private static bool Shows64(OracleScene scene, uint offset, ulong value) => scene.Oracle.ObserveRegister64(offset, value).Agrees;

    [Test]
    public void CR0ACK_follows_the_implemented_bits_of_CR0()
    {
        var scene = new OracleScene(SmmuCapabilities.QemuNested, enable: false);
        scene.Oracle.WriteRegister(Cr0, 0xffff_fff2);
        Assert.That(scene.Shows(Cr0Ack, 0));
        Assert.That(scene.Shows(Cr0Ack, 0x12), Is.False, "PRIQEN, ATSCHK: SMMU-REG-13");
        Assert.That(scene.Shows(Cr0, 0), "reserved bits need not be stored");
        Assert.That(scene.Shows(Cr0, 0xffff_fff2), "nor be dropped");
        scene.Oracle.WriteRegister(Cr0, 0xc);
        Assert.That(scene.Shows(Cr0Ack, 0xc));
        Assert.That(scene.Shows(Cr0Ack, 0), Is.False);
        Assert.That(scene.Shows(Cr0, 4), Is.False);
        scene.Oracle.WriteRegister(IrqCtrl, 0xff);
        Assert.That(scene.Shows(IrqCtrlAck, 5));
        Assert.That(scene.Shows(IrqCtrlAck, 7), Is.False, "PRIQ_IRQEN");
    }

    [Test]
    public void Features_that_are_there_show_their_enables()
    {
        var scene = new OracleScene(SmmuCapabilities.Full with { PRI = true, VMW = true }, enable: false);
        scene.Oracle.WriteRegister(Cr0, 0x1d2);
        Assert.That(scene.Shows(Cr0Ack, 0x1d2));
    }

    [Test]
    public void Identification_registers_never_change()
    {
        var scene = new OracleScene(SmmuCapabilities.QemuStage1);
        Assert.That(scene.Shows(Idr0, 0x0d44101a));
        Assert.That(scene.Shows(Idr0, 0x0d44101b), Is.False);
        Assert.That(scene.Shows(Iidr, 0x43b), "IMPLEMENTATION DEFINED");
        scene.Oracle.WriteRegister(Iidr, 0);
        Assert.That(scene.Shows(Iidr, 0), Is.False);
        scene.Oracle.Reset();
        Assert.That(scene.Shows(Iidr, 0x43b));
        Assert.That(scene.Shows(Aidr, 1));
    }

    [Test]
    public void GBPA_is_written_with_UPDATE_only()
    {
        var scene = new OracleScene(enable: false);
        Assert.That(scene.Shows(Gbpa, 0x1000), "its reset value is the implementation's");
        scene.Oracle.WriteRegister(Gbpa, 1 << 20);
        Assert.That(scene.Shows(Gbpa, 0x1000));
        Assert.That(scene.Shows(Gbpa, 0x10_0000), Is.False, "SMMU-REG-03");
        scene.Oracle.WriteRegister(Gbpa, 1u << 31 | 1 << 20 | 0x1000);
        Assert.That(scene.Shows(Gbpa, 0x8010_1000), Is.False, "UPDATE is done");
        Assert.That(scene.Shows(Gbpa, 0x1000), Is.False);
        Assert.That(scene.Shows(Gbpa, 0x10_1000));
        Assert.That(scene.Read(1, Data), Is.EqualTo(Any("Aborted")));
        scene.Oracle.WriteRegister(Gbpa, 1u << 31);
        Assert.That(scene.Read(1, Data), Is.EqualTo($"0x{Data:x}"));
        Assert.That(scene.Read(1, Data + (1ul << 52)), Is.EqualTo(Any("Aborted")), "SMMU-REG-12");
    }

    [Test]
    public void A_GBPA_that_nobody_has_looked_at_leaves_both()
    {
        var scene = new OracleScene(enable: false);
        Assert.That(scene.Read(1, Data), Is.EqualTo(Any($"0x{Data:x}", "Aborted")));
    }

    [Test]
    public void A_guarded_register_in_use_is_open_up_to_3_1_and_ignores_writes_from_3_2()
    {
        var scene = new OracleScene();
        scene.Oracle.WriteRegister64(StrtabBase, Ram);
        Assert.That(Shows64(scene, StrtabBase, Ram + 0x4000_0000));
        Assert.That(scene.Ask(new(1, Data, true, 4)).Unjudged);

        scene = new(SmmuCapabilities.Full with { Aidr = 2 });
        scene.Oracle.WriteRegister64(StrtabBase, Ram);
        scene.Oracle.WriteRegister(StrtabBaseCfg, 3);
        scene.Oracle.WriteRegister64(CmdqBase, Ram | 3);
        scene.Oracle.WriteRegister(CmdqCons, 9);
        scene.Oracle.WriteRegister(EventqProd, 9);
        Assert.That(Shows64(scene, StrtabBase, Ram), Is.False);
        Assert.That(Shows64(scene, StrtabBase, Streams));
        Assert.That(scene.Shows(StrtabBaseCfg, 3), Is.False);
        Assert.That(Shows64(scene, CmdqBase, Commands | 6));
        Assert.That(scene.Shows(CmdqCons, 9), Is.False);
        Assert.That(scene.Shows(EventqProd, 9), Is.False);
        Assert.That(scene.Read(1, Data), Is.EqualTo(Any("BadSte")));
    }

    [Test]
    public void A_guarded_register_is_known_again_once_it_was_written_properly()
    {
        var scene = new OracleScene();
        scene.Oracle.WriteRegister64(StrtabBase, Ram);
        scene.Enable();
        scene.Complete(SmmuCommand.CfgiAll());
        scene.Oracle.WriteRegister(Cr0, 0xc);
        scene.Complete(SmmuCommand.CfgiAll());
        scene.Oracle.WriteRegister(Cr0, 0xd);
        Assert.That(scene.Read(1, Data), Is.EqualTo(Any("BadSte")));
    }

    [Test]
    public void Queue_indices_are_writable_while_the_queue_is_disabled()
    {
        var scene = new OracleScene(enable: false);
        scene.Oracle.WriteRegister64(CmdqBase, Commands | 6);
        scene.Oracle.WriteRegister64(EventqBase, Events | 3);
        scene.Oracle.WriteRegister(CmdqCons, 5);
        scene.Oracle.WriteRegister(CmdqProd, 0xffff_ff05);
        scene.Oracle.WriteRegister(EventqProd, 0x8000_0003);
        scene.Oracle.WriteRegister(EventqCons, 3);
        Assert.That(scene.Shows(CmdqCons, 5));
        Assert.That(scene.Shows(CmdqCons, 0), Is.False, "SMMU-REG-06");
        Assert.That(scene.Shows(CmdqProd, 0x05), "bits above the wrap bit");
        Assert.That(scene.Shows(CmdqProd, 0x45), Is.False);
        Assert.That(scene.Shows(EventqProd, 0x8000_0003));
        Assert.That(scene.Shows(EventqProd, 3), Is.False);
        Assert.That(scene.Shows(EventqCons, 0x8000_0003), Is.False);
    }

    [TestCase(OracleScene.Hole + 0x100, false)]
    [TestCase(OracleScene.Data, false)]
    [TestCase(OracleScene.Ram - 0x1000, true)]
    public void What_lies_neither_in_memory_nor_in_the_hole_is_not_known(ulong address, bool mayBeAnything)
    {
        var scene = new OracleScene(enable: false);
        var outcomes = new SmmuOutcomeSet();
        var transaction = new SmmuTransaction(1, address, true, 4);
        scene.Oracle.Allowed(transaction, outcomes);
        Assert.That(scene.Oracle.Observe(transaction, outcomes, SmmuReply.Unknown, [1, 2, 3, 4]).Agrees, Is.EqualTo(mayBeAnything));
    }

    [Test]
    public void Halves_and_wholes_are_the_same()
    {
        var scene = new OracleScene(enable: false);
        scene.Oracle.WriteRegister(StrtabBase, 0x4000_0000);
        scene.Oracle.WriteRegister(StrtabBase + 4, 0x4000_0008);
        Assert.That(Shows64(scene, StrtabBase, 0x4000_0008_4000_0000));
        Assert.That(Shows64(scene, StrtabBase, 0x4000_0000), Is.False, "SMMU-REG-07");
        scene.Oracle.WriteRegister64(EventqBase, 0x4000_0009_0000_0003);
        Assert.That(scene.Shows(EventqBase, 3));
        Assert.That(scene.Shows(EventqBase + 4, 0x4000_0009));
        Assert.That(scene.Shows(EventqBase + 4, 0), Is.False);
    }

    [Test]
    public void A_size_above_the_limit_counts_as_the_limit_and_need_not_be_stored()
    {
        var scene = new OracleScene(SmmuCapabilities.Full with { EVENTQS = 4 }, enable: false);
        scene.Oracle.WriteRegister64(EventqBase, Events | 31);
        Assert.That(Shows64(scene, EventqBase, Events | 4));
        Assert.That(Shows64(scene, EventqBase, Events | 31));
        Assert.That(Shows64(scene, EventqBase, Ram | 31), Is.False);
        scene.Oracle.WriteRegister(EventqProd, 0x5f);
        Assert.That(scene.Shows(EventqProd, 0x1f));
        Assert.That(scene.Shows(EventqProd, 0x0f), Is.False);
    }

    [Test]
    public void Reset_clears_what_it_has_to_and_leaves_the_rest_unknown()
    {
        var scene = new OracleScene();
        scene.Oracle.Reset();
        Assert.Multiple(() =>
        {
            foreach (var offset in (ReadOnlySpan<uint>)[Cr0Ack, IrqCtrlAck, GError])
            {
                Assert.That(scene.Shows(offset, 0));
                Assert.That(scene.Shows(offset, 1), Is.False);
            }

            Assert.That(scene.Shows(Cr1, 0xabc));
            Assert.That(Shows64(scene, StrtabBase, 0x1234_5678_9000));
        });
    }

    // GERROR: what is not active is not acknowledged.
    [Test]
    public void Toggling_GERRORN_without_an_error_is_unpredictable_for_that_bit_alone()
    {
        var scene = new OracleScene();
        scene.Oracle.WriteRegister(GErrorN, 4);
        Assert.That(scene.Shows(GError, 4));
        Assert.That(scene.Shows(GError, 1), Is.False);
    }

    [Test]
    public void A_value_set_names_what_says_so()
    {
        var values = new SmmuValueSet();
        new OracleScene().Oracle.AllowedRegister(Cr0Ack, ref values);
        Assert.That((values.Count, values[0].Value, values[0].Rules.ToString()), Is.EqualTo((1, 0xdul, "SMMU-REG-01, SMMU-REG-13, SMMU-REG-10")));
    }
}
