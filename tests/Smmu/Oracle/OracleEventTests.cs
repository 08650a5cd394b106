using Conformance.Model.Requirements;
using Conformance.Model.Smmu.Device;
using Conformance.Model.Smmu.Oracle;
using Conformance.Model.Smmu.Structures;
using NUnit.Framework;
using static Conformance.Model.Requirements.RequirementId;
using static Conformance.Model.Smmu.Device.SmmuRegister;
using static Conformance.Tests.Smmu.Oracle.OracleScene;

namespace Conformance.Tests.Smmu.Oracle;

/// <summary>The event queue: records that have to be there, must not be there, may be merged, do not fit, come later.</summary>
[Category("quick")]
public sealed class OracleEventTests
{
    private const uint Overflow = 1u << 31;

    /// <summary>Stream 1 has stage 1 with an empty table, stream 2 is aborted, the others have no STE.</summary>
    private static OracleScene Faulting(
        SmmuPort port = SmmuPort.Replies | SmmuPort.Stalls,
        Func<ContextDescriptor, ContextDescriptor>? change = null,
        bool merges = false
    )
    {
        var scene = new OracleScene(port: port);
        var table = scene.NewTable();
        scene.Ste(1, Stage1() with { MEV = merges });
        scene.Ste(2, new() { Valid = true });
        scene.Cd(Contexts, (change ?? (cd => cd))(Context(table)));
        scene.Complete(SmmuCommand.CfgiAll(), SmmuCommand.TlbiNsnhAll());
        return scene;
    }

    private static SmmuTransaction Read(ulong address, uint stream = 1) => new(stream, address, true, 4);

    private static void Expect(SmmuJudgement judgement, SmmuDivergence kind, RequirementId rule)
    {
        Assert.That(judgement.Kind, Is.EqualTo(kind), judgement.Rules.ToString());
        Assert.That(judgement.Rules.Has(rule), judgement.Rules.ToString());
    }

    [Test]
    public void A_record_has_to_be_there_and_is_compared_field_by_field()
    {
        (string Name, Func<SmmuEvent, SmmuEvent> Change, RequirementId Rule)[] wrong =
        [
            ("InputAddr", record => record with { D2 = record.D2 & ~0xfffful }, SMMU_EVT_03),
            ("RnW", record => record with { D1 = record.D1 ^ 1ul << 35 }, SMMU_EVT_02),
            ("PnU", record => record with { D1 = record.D1 ^ 1ul << 33 }, SMMU_EVT_02),
            ("S2", record => record with { D1 = record.D1 ^ 1ul << 39 }, SMMU_EVT_16),
            ("CLASS", record => record with { D1 = record.D1 & ~(3ul << 40) }, SMMU_EVT_16),
            ("type", record => record with { D0 = record.D0 ^ 1 }, SMMU_EVT_12),
            ("reserved", record => record with { D3 = 1ul << 60 }, SMMU_EVT_10),
        ];
        foreach (var (name, change, rule) in wrong)
        {
            var scene = Faulting();
            var record = scene.Do(Read(0x1234)).Event;
            var judgement = scene.SeeEvents(1, change(record));
            Assert.That(judgement.Kind, Is.EqualTo(SmmuDivergence.EventField), name);
            Assert.That(judgement.Rules.Has(rule), $"{name}: {judgement.Rules}");
        }

        var right = Faulting();
        var seen = right.Do(Read(0x1234)).Event with { STAG = 7 };
        Assert.That(right.SeeEvents(1, seen with { D3 = 0x5000 }).Agrees, "STAG and the IPA of stage 1 are UNKNOWN");
        Assert.That(right.Shows(EventqProd, 1));
    }

    [Test]
    public void A_record_that_is_missing_or_too_much_is_found()
    {
        var scene = Faulting();
        scene.Do(Read(0x1000));
        Assert.That(scene.SeeEvents(0).Kind, Is.EqualTo(SmmuDivergence.MissingEvent));

        scene = Faulting();
        var record = scene.Do(Read(0x1000)).Event;
        Expect(scene.SeeEvents(2, record, record), SmmuDivergence.ExtraEvent, SMMU_EVT_04);

        scene = Faulting();
        scene.Do(Read(0x1000, stream: 2));
        Expect(scene.SeeEvents(1, record with { StreamId = 2 }), SmmuDivergence.ExtraEvent, SMMU_STE_09);

        scene = Faulting(change: cd => cd with { R = false });
        scene.Do(Read(0x1000));
        Expect(scene.SeeEvents(1, record), SmmuDivergence.ExtraEvent, SMMU_CD_08);
        Assert.That(Faulting().SeeEvents(0).Agrees);
    }

    [Test]
    public void Records_of_different_streams_may_come_in_any_order_and_those_of_one_may_not()
    {
        var scene = Faulting();
        var first = scene.Do(Read(0x1000)).Event;
        var second = scene.Do(Read(0x2000, stream: 3)).Event;
        Assert.That(scene.SeeEvents(2, second, first).Agrees);
        scene = Faulting();
        first = scene.Do(Read(0x1000)).Event;
        second = scene.Do(Read(0x2000)).Event;
        Assert.That(scene.SeeEvents(2, second, first).Agrees, Is.False, "SMMU-EVT-08");
    }

    [TestCase(true)]
    [TestCase(false)]
    public void Equal_records_may_be_merged_with_MEV_and_should_not_be_without(bool merges)
    {
        var scene = Faulting(merges: merges);
        var record = scene.Do(Read(0x1000)).Event;
        scene.Do(Read(0x1008));
        var judgement = scene.SeeEvents(1, record);
        Assert.That(judgement.Kind, Is.EqualTo(merges ? SmmuDivergence.None : SmmuDivergence.MergedEvent));
        Assert.That(judgement.IsWarning, Is.Not.EqualTo(merges));
        scene = Faulting(merges: merges);
        record = scene.Do(Read(0x1000)).Event;
        scene.Do(Read(0x3000));
        Assert.That(scene.SeeEvents(1, record).Kind, Is.EqualTo(SmmuDivergence.MissingEvent), "another page");
    }

    [Test]
    public void A_bad_STE_may_be_merged_without_MEV()
    {
        var scene = Faulting();
        var record = scene.Do(Read(0x1000, stream: 3)).Event;
        Assert.That(scene.SeeEvents(1, record).Agrees);
        scene.Do(Read(0x5000, stream: 3));
        Assert.That(scene.SeeEvents(1).Agrees, "the first is still in the queue");
        scene.Oracle.WriteRegister(EventqCons, 1);
        scene.Do(Read(0x5000, stream: 3));
        Assert.That(scene.SeeEvents(1).Kind, Is.EqualTo(SmmuDivergence.MissingEvent), "it was consumed");
    }

    [Test]
    public void A_burst_without_replies_may_give_a_record_for_each_part()
    {
        var scene = Faulting(port: SmmuPort.None);
        var record = scene.Do(new(1, 0x1000, true, 8)).Event;
        Assert.That(scene.SeeEvents(2, record, record with { InputAddress = 0x1004 }).Agrees);
        scene.Do(new(1, 0x2000, true, 8));
        Assert.That(scene.SeeEvents(3, record with { InputAddress = 0x2000 }).Agrees);
        scene.Do(Read(0x3000));
        Assert.That(scene.SeeEvents(5, record with { InputAddress = 0x3000 }, record with { InputAddress = 0x3004 }).Agrees, Is.False);
    }

    [Test]
    public void A_full_queue_drops_records_and_says_so_once()
    {
        var scene = Faulting();
        var records = Enumerable.Range(0, 8).Select(i => scene.Do(Read((ulong)i << 12)).Event).ToArray();
        Assert.That(scene.SeeEvents(8, records).Agrees);
        scene.Do(Read(0x10_0000));
        Expect(scene.SeeEvents(8), SmmuDivergence.Register, SMMU_EVT_05);

        scene = Faulting();
        records = [.. Enumerable.Range(0, 8).Select(i => scene.Do(Read((ulong)i << 12)).Event)];
        scene.Do(Read(0x10_0000));
        scene.Do(Read(0x11_0000));
        Assert.That(scene.Shows(GError, 4), Is.False, "an overflow is no abort");
        Assert.That(scene.SeeEvents(8 | Overflow, records).Agrees);
        scene.Do(Read(0x12_0000));
        Assert.That(scene.SeeEvents(8 | Overflow).Agrees, "once");

        // SMMU-EVT-14: room without acknowledgement.
        scene.Oracle.WriteRegister(EventqCons, 1);
        var next = scene.Do(Read(0x13_0000)).Event;
        Assert.That(scene.SeeEvents(9 | Overflow, next).Agrees);
        scene.Do(Read(0x14_0000));
        Assert.That(scene.SeeEvents(9 | Overflow).Agrees);
        scene.Oracle.WriteRegister(EventqCons, 1 | Overflow);
        scene.Do(Read(0x15_0000));
        Assert.That(scene.SeeEvents(9).Agrees, "and once more after it");
    }

    [Test]
    public void A_record_over_the_end_of_a_full_queue_is_too_much()
    {
        var scene = Faulting();
        var records = Enumerable.Range(0, 9).Select(i => scene.Do(Read((ulong)i << 12)).Event).ToArray();
        Assert.That(scene.SeeEvents(9 | Overflow, records).Agrees, Is.False);
    }

    [Test]
    public void The_queue_wraps()
    {
        var scene = Faulting();
        for (var i = 0u; i < 40; i++)
        {
            var record = scene.Do(Read(i << 12)).Event;
            Assert.That(scene.Oracle.NextEvent, Is.EqualTo(i & 7));
            Assert.That(scene.Shows(EventqProd, i + 1 & 15));
            Assert.That(scene.SeeEvents(i + 1 & 15, record).Agrees);
            scene.Oracle.WriteRegister(EventqCons, i + 1 & 15);
        }
    }

    [Test]
    public void Nothing_is_written_while_the_queue_is_disabled()
    {
        var scene = Faulting();
        scene.Oracle.WriteRegister(Cr0, 9);
        var record = scene.Do(Read(0x1000)).Event;
        Assert.That(scene.Shows(EventqProd, 1), Is.False, "SMMU-EVT-07");
        Expect(scene.SeeEvents(1, record), SmmuDivergence.ExtraEvent, SMMU_EVT_07);
        scene = Faulting();
        scene.Oracle.WriteRegister(Cr0, 9);
        scene.Do(Read(0x1000));
        Assert.That(scene.SeeEvents(0).Agrees);
        scene.Oracle.WriteRegister(Cr0, 0xd);
        Assert.That(scene.SeeEvents(0).Agrees, "and it is lost");
    }

    [Test]
    public void An_abort_of_the_queue_is_reported_once_until_it_is_acknowledged()
    {
        var scene = Faulting();
        scene.Oracle.WriteRegister(Cr0, 9);
        scene.Oracle.WriteRegister64(EventqBase, Hole | 3);
        scene.Oracle.WriteRegister(Cr0, 0xd);
        scene.Do(Read(0x1000));
        Assert.That(scene.Shows(GError, 0), Is.False, "SMMU-EVT-06");
        Assert.That(scene.Shows(GError, 4));
        scene.Do(Read(0x1000));
        Assert.That(scene.Shows(GError, 4), "once");
        scene.Oracle.WriteRegister(GErrorN, 4);
        scene.Do(Read(0x1000));
        Assert.That(scene.Shows(GError, 0));

        // SMMU-EVT-13: the queue lies in memory again, but the error is active.
        scene.Oracle.WriteRegister(Cr0, 9);
        scene.Oracle.WriteRegister64(EventqBase, Events | 3);
        scene.Oracle.WriteRegister(EventqProd, 0);
        scene.Oracle.WriteRegister(Cr0, 0xd);
        Assert.That(scene.SeeEvents(0).Agrees);
        var record = scene.Do(Read(0x1000)).Event;
        Assert.That(scene.Shows(EventqProd, 1), Is.False);
        Expect(scene.SeeEvents(1, record), SmmuDivergence.ExtraEvent, SMMU_EVT_13);
        scene.Oracle.WriteRegister(EventqCons, 1);
        scene.Oracle.WriteRegister(GErrorN, 0);
        record = scene.Do(Read(0x1000)).Event;
        Assert.That(scene.SeeEvents(2, record).Agrees);
    }

    [Test]
    public void A_record_tells_which_of_two_outcomes_it_was()
    {
        var scene = Faulting(port: SmmuPort.None);
        var table = scene.Word(Contexts + 8) & ~0xffful;
        var leaf = scene.Map(table, 0x1000, Page(Data));
        scene.Word(leaf, 0);
        var fault = scene.Ask(Read(0x1000))[0].Event;
        Assert.That(scene.Oracle.Observe(Read(0x1000), scene.Ask(Read(0x1000)), SmmuReply.Unknown, new byte[4]).Agrees);
        Assert.That(scene.SeeEvents(0).Agrees, "the old page was read, and it holds 0");
        Assert.That(scene.Oracle.Observe(Read(0x1000), scene.Ask(Read(0x1000)), SmmuReply.Unknown, new byte[4]).Agrees);
        Assert.That(scene.SeeEvents(1, fault).Agrees);
        scene.Complete(SmmuCommand.TlbiNhAll(0));
        Assert.That(scene.Oracle.Observe(Read(0x1000), scene.Ask(Read(0x1000)), SmmuReply.Unknown, new byte[4]).Agrees);
        Assert.That(scene.SeeEvents(1).Kind, Is.Not.EqualTo(SmmuDivergence.None));
    }

    // Stalls: S.11.
    private static OracleScene Stalling() => Faulting(change: cd => cd with { S = true });

    private static SmmuEvent Stall(OracleScene scene, ulong address, int stag, int ticket)
    {
        var outcome = scene.Do(Read(address), ticket: ticket);
        Assert.That(outcome.Reply, Is.EqualTo(SmmuReply.Stalled));
        return outcome.Event with { STAG = stag };
    }

    [Test]
    public void A_stalled_transaction_waits_for_its_RESUME()
    {
        var scene = Stalling();
        Assert.That(scene.SeeEvents(1, Stall(scene, 0x1000, 5, 1)).Agrees);
        Assert.That(scene.Oracle.ObserveAnswer(1, SmmuReply.Stalled, new byte[4]).Agrees);
        Assert.That(scene.Oracle.ObserveAnswer(1, SmmuReply.Aborted, new byte[4]).Agrees, Is.False);
        scene.Complete(SmmuCommand.Resume(1, ResumeAction.Abort, 6), SmmuCommand.Resume(2, ResumeAction.Abort, 5), SmmuCommand.StallTerm(2));
        Assert.That(scene.Oracle.ObserveAnswer(1, SmmuReply.Stalled, new byte[4]).Agrees, "another STAG, another stream");
        scene.Complete(SmmuCommand.Resume(1, ResumeAction.Abort, 5));
        Assert.That(scene.Oracle.ObserveAnswer(1, SmmuReply.Stalled, new byte[4]).Agrees, Is.False);
        Assert.That(scene.Oracle.ObserveAnswer(1, SmmuReply.Aborted, new byte[4]).Agrees);
    }

    [Test]
    public void A_retry_translates_again()
    {
        var scene = Stalling();
        scene.SeeEvents(1, Stall(scene, 0x1000, 5, 1));
        scene.Complete(SmmuCommand.Resume(1, ResumeAction.Retry, 5));
        var again = scene.Ask(Read(0x1000))[0].Event with { STAG = 9 };
        Assert.That(scene.SeeEvents(2, again).Agrees, "it faults again");
        Assert.That(scene.Oracle.ObserveAnswer(1, SmmuReply.Stalled, new byte[4]).Agrees);
        scene.Map(scene.Word(Contexts + 8) & ~0xffful, 0x1000, Page(Data));
        scene.Word(Data, 0x1234);
        scene.Complete(SmmuCommand.Resume(1, ResumeAction.Retry, 9));
        Assert.That(scene.Oracle.ObserveAnswer(1, SmmuReply.Completed, [9, 9, 9, 9]).Agrees, Is.False, "data that were never there");
        Assert.That(scene.Oracle.ObserveAnswer(1, SmmuReply.Completed, [0x34, 0x12, 0, 0]).Agrees);
        Assert.That(scene.SeeEvents(2).Agrees);
    }

    [Test]
    public void A_retry_that_faults_again_has_a_record()
    {
        var scene = Stalling();
        scene.SeeEvents(1, Stall(scene, 0x1000, 5, 1));
        scene.Complete(SmmuCommand.Resume(1, ResumeAction.Retry, 5));
        Assert.That(scene.SeeEvents(1).Kind, Is.EqualTo(SmmuDivergence.MissingEvent));
    }

    [Test]
    public void Termination_reads_as_zero_and_SMMUEN_ends_all()
    {
        var scene = Stalling();
        scene.SeeEvents(1, Stall(scene, 0x1000, 5, 1));
        scene.SeeEvents(2, Stall(scene, 0x2000, 6, 2));
        scene.SeeEvents(3, Stall(scene, 0x3000, 7, 3));
        scene.Complete(SmmuCommand.Resume(1, ResumeAction.Terminate, 5));
        Assert.That(scene.Oracle.ObserveAnswer(1, SmmuReply.Aborted, new byte[4]).Agrees, Is.False);
        Assert.That(scene.Oracle.ObserveAnswer(1, SmmuReply.ReadAsZeroWriteIgnored, [1, 0, 0, 0]).Agrees, Is.False);
        Assert.That(scene.Oracle.ObserveAnswer(1, SmmuReply.ReadAsZeroWriteIgnored, new byte[4]).Agrees);
        scene.Oracle.WriteRegister(Cr0, 0xc);
        Assert.That(scene.Oracle.ObserveAnswer(2, SmmuReply.Stalled, new byte[4]).Agrees, Is.False);
        Assert.That(scene.Oracle.ObserveAnswer(3, SmmuReply.Aborted, new byte[4]).Agrees);
    }

    [Test]
    public void A_STAG_is_not_given_twice_while_it_is_live()
    {
        var scene = Stalling();
        scene.SeeEvents(1, Stall(scene, 0x1000, 5, 1));
        Expect(scene.SeeEvents(2, Stall(scene, 0x2000, 5, 2)), SmmuDivergence.EventField, SMMU_EVT_11);
        scene = Stalling();
        scene.SeeEvents(1, Stall(scene, 0x1000, 5, 1));
        scene.Complete(SmmuCommand.StallTerm(1));
        Assert.That(scene.SeeEvents(2, Stall(scene, 0x2000, 5, 2)).Agrees);
    }

    // SMMU-EVT-18.
    [Test]
    public void The_record_of_a_stall_waits_for_room_and_is_no_overflow()
    {
        var scene = Stalling();
        var records = Enumerable.Range(0, 8).Select(i => Stall(scene, (ulong)i << 12, i, i)).ToArray();
        Assert.That(scene.SeeEvents(8, records).Agrees);
        var late = Stall(scene, 0x10_0000, 8, 8);
        Assert.That(scene.SeeEvents(8).Agrees);
        scene.Oracle.WriteRegister(EventqCons, 2);
        Assert.That(scene.SeeEvents(9, late).Agrees);

        scene = Stalling();
        records = [.. Enumerable.Range(0, 8).Select(i => Stall(scene, (ulong)i << 12, i, i))];
        scene.SeeEvents(8, records);
        Stall(scene, 0x10_0000, 8, 8);
        Assert.That(scene.SeeEvents(8 | Overflow).Agrees, Is.False, "no overflow");

        scene = Stalling();
        scene.SeeEvents(8, [.. Enumerable.Range(0, 8).Select(i => Stall(scene, (ulong)i << 12, i, i))]);
        Stall(scene, 0x10_0000, 8, 8);
        scene.SeeEvents(8);
        scene.Oracle.WriteRegister(EventqCons, 2);
        Assert.That(scene.SeeEvents(8).Kind, Is.EqualTo(SmmuDivergence.MissingEvent), "it must not be dropped");
    }
}
