using System.Buffers.Binary;
using Conformance.Model.Requirements;
using Conformance.Model.Smmu.Device;
using Conformance.Model.Smmu.Oracle;
using Conformance.Model.Smmu.Structures;
using NUnit.Framework;
using static Conformance.Model.Requirements.RequirementId;
using static Conformance.Tests.Smmu.Oracle.OracleScene;

namespace Conformance.Tests.Smmu.Oracle;

/// <summary>Memory as it is read back: where writes landed, and what hardware did to descriptors.</summary>
[Category("quick")]
public sealed class OracleUpdateTests
{
    private const ulong Va = 0x1234_5000;
    private const ulong AccessFlag = 1ul << 10;
    private const ulong ReadOnly = 1ul << 7;
    private const ulong Dbm = 1ul << 51;

    private static (OracleScene Scene, ulong Leaf) Scene(ulong leaf, Func<ContextDescriptor, ContextDescriptor>? change = null)
    {
        var scene = new OracleScene();
        var table = scene.NewTable();
        scene.Ste(1, Stage1());
        scene.Cd(Contexts, (change ?? (cd => cd with { HA = true, HD = true }))(Context(table)));
        var place = scene.Map(table, Va, leaf);
        scene.Complete(SmmuCommand.CfgiAll(), SmmuCommand.TlbiNsnhAll());
        return (scene, place);
    }

    private static SmmuTransaction Write => new(1, Va, false, 4);

    private static SmmuTransaction Read => new(1, Va, true, 4);

    private static SmmuJudgement See(OracleScene scene, ulong address, ulong value)
    {
        var bytes = new byte[8];
        BinaryPrimitives.WriteUInt64LittleEndian(bytes, value);
        return scene.Oracle.ObserveMemory(address, bytes);
    }

    [Test]
    public void A_write_lands_where_the_translation_leads_and_nowhere_else()
    {
        var (scene, _) = Scene(Page(Data), cd => cd);
        scene.Do(Write, 0xcafe);
        Assert.That(See(scene, Data, 0xcafe).Agrees);
        (scene, _) = Scene(Page(Data), cd => cd);
        scene.Do(Write, 0xcafe);
        Assert.That(See(scene, Data, 0).Kind, Is.EqualTo(SmmuDivergence.Memory), "it is not there");
        Assert.That(See(scene, Data + 0x1000, 0xcafe).Kind, Is.EqualTo(SmmuDivergence.Memory), "it is elsewhere");
        Assert.That(See(scene, Data + 0x2000, 0).Agrees);
    }

    [TestCase(0ul)]
    [TestCase(1ul)]
    public void Where_a_write_landed_tells_which_outcome_it_was(ulong page)
    {
        var (scene, leaf) = Scene(Page(Data), cd => cd);
        scene.Word(leaf, Page(Data + 0x1000));
        Assert.That(scene.See(Write, SmmuReply.Completed, 0xcafe).Agrees);
        Assert.That(See(scene, Data + page * 0x1000, 0xcafe).Agrees);
        Assert.That(See(scene, Data + (1 - page) * 0x1000, 0xcafe).Agrees, Is.False, "it cannot be in both");
        (scene, leaf) = Scene(Page(Data), cd => cd);
        scene.Word(leaf, Page(Data + 0x1000));
        scene.See(Write, SmmuReply.Completed, 0xcafe);
        Assert.That(See(scene, Data, 0).Agrees);
        Assert.That(See(scene, Data + 0x1000, 0).Agrees, Is.False, "it has to be in one of them");
    }

    [Test]
    public void Data_that_are_read_come_from_an_allowed_place()
    {
        var (scene, leaf) = Scene(Page(Data), cd => cd);
        scene.Word(Data, 1);
        scene.Word(Data + 0x1000, 2);
        scene.Word(leaf, Page(Data + 0x1000));
        Assert.That(scene.See(Read, SmmuReply.Completed, 1).Agrees);
        Assert.That(scene.See(Read, SmmuReply.Completed, 2).Agrees);
        Assert.That(scene.See(Read, SmmuReply.Completed, 3).Kind, Is.EqualTo(SmmuDivergence.Transaction));
        Assert.That(scene.See(Read, SmmuReply.Aborted).Agrees, Is.False);
        scene.Complete(SmmuCommand.TlbiNhVa(0, 1, Va, true));
        var stale = scene.See(Read, SmmuReply.Completed, 1);
        Assert.That(stale.Kind, Is.EqualTo(SmmuDivergence.Transaction));
        Assert.That(stale.Rules.First, Is.EqualTo(SMMU_CACHE_05), "the invalidation that was ignored is named");
    }

    // SMMU-HTTU-01.
    [Test]
    public void An_access_sets_AF()
    {
        var (scene, leaf) = Scene(Page(Data) & ~AccessFlag);
        scene.Do(Read);
        Assert.That(See(scene, leaf, Page(Data)).Agrees);
        (scene, leaf) = Scene(Page(Data) & ~AccessFlag);
        scene.Do(Read);
        Blamed(See(scene, leaf, Page(Data) & ~AccessFlag), SMMU_HTTU_01);
    }

    // SMMU-HTTU-02, -03, -04.
    [Test]
    public void A_write_makes_a_clean_page_dirty_and_a_read_does_not()
    {
        var clean = Page(Data) | Dbm | ReadOnly;
        var (scene, leaf) = Scene(clean);
        scene.Do(Read);
        Blamed(See(scene, leaf, clean & ~ReadOnly), SMMU_HTTU_03);
        (scene, leaf) = Scene(clean);
        scene.Do(Write, 1);
        Assert.That(See(scene, leaf, clean & ~ReadOnly).Agrees);
        (scene, leaf) = Scene(clean);
        scene.Do(Write, 1);
        Blamed(See(scene, leaf, clean), SMMU_HTTU_02);
        (scene, leaf) = Scene(clean & ~Dbm);
        Assert.That(scene.Do(Write, 1).Event.Type, Is.EqualTo(SmmuEventType.Permission));
        Assert.That(See(scene, leaf, clean & ~Dbm & ~ReadOnly).Agrees, Is.False);
    }

    // SMMU-HTTU-05, -14.
    [Test]
    public void Nothing_else_of_a_descriptor_changes()
    {
        var (scene, leaf) = Scene(Page(Data));
        scene.Do(Read);
        scene.Word(leaf, 0);
        Blamed(See(scene, leaf, Page(Data)), SMMU_HTTU_05);
        (scene, leaf) = Scene(Page(Data));
        scene.Do(Read);
        Assert.That(See(scene, leaf, Page(Data) & ~AccessFlag).Agrees, Is.False, "AF is never cleared");
    }

    [Test]
    public void AF_may_be_set_without_an_access_where_hardware_looks()
    {
        var (scene, leaf) = Scene(Page(Data));
        scene.Word(leaf + 8, Page(Data + 0x1000) & ~AccessFlag);
        scene.Do(Read);
        Assert.That(See(scene, leaf + 8, Page(Data + 0x1000)).Agrees, "a neighbour");
        (scene, leaf) = Scene(Page(Data), cd => cd);
        scene.Word(leaf + 8, Page(Data + 0x1000) & ~AccessFlag);
        scene.Do(Read);
        Assert.That(See(scene, leaf + 8, Page(Data + 0x1000)).Agrees, Is.False, "not with HA=0");
    }

    // SMMU-HTTU-07.
    [Test]
    public void A_page_that_was_cleaned_becomes_dirty_again_after_the_invalidation()
    {
        var clean = Page(Data) | Dbm | ReadOnly;
        var (scene, leaf) = Scene(clean);
        scene.Do(Write, 1);
        Assert.That(See(scene, leaf, clean & ~ReadOnly).Agrees);
        scene.Word(leaf, clean);
        Assert.That(scene.See(Write, SmmuReply.Completed, 2).Agrees);
        Assert.That(See(scene, leaf, clean).Agrees, "a dirty entry may still be held");
        scene.Complete(SmmuCommand.TlbiNhVa(0, 1, Va, true));
        Assert.That(scene.See(Write, SmmuReply.Completed, 3).Agrees);
        Blamed(See(scene, leaf, clean), SMMU_HTTU_02);
    }

    [Test]
    public void Stage_2_is_dirtied_by_the_update_of_a_stage_1_descriptor()
    {
        var scene = new OracleScene();
        var stage2 = scene.NewTable();
        var table = scene.NewTable();
        scene.Ste(1, Nested(stage2) with { S2HA = true, S2HD = true });
        scene.Cd(Contexts, Context(table) with { HA = true });
        var leaf = scene.Map(table, Va, Page(Data) & ~AccessFlag);
        foreach (var page in new[] { Contexts, table, scene.Word(table + (Va >> 30) * 8) & ~0xffful, Data })
            scene.Map(stage2, page, Page2(page));
        var clean = Page2(leaf & ~0xffful) & ~0x80ul | Dbm;
        var holder = scene.Map(stage2, leaf & ~0xffful, clean);
        scene.Complete(SmmuCommand.CfgiAll(), SmmuCommand.TlbiNsnhAll());
        scene.Do(Read);
        Assert.That(See(scene, leaf, Page(Data)).Agrees);
        Assert.That(See(scene, holder, clean | 0x80).Agrees);
    }

    // A write that nobody can judge may have gone anywhere.
    [Test]
    public void After_a_write_that_is_not_judged_memory_is_not_known()
    {
        var (scene, _) = Scene(Page(Data), cd => cd);
        scene.Oracle.WriteRegister64(SmmuRegister.StrtabBase, Ram);
        Assert.That(scene.See(Write, SmmuReply.Completed, 5).Agrees);
        Assert.That(scene.Oracle.IsMemoryDoubtful);
        Assert.That(scene.Oracle.UnjudgedCount, Is.EqualTo(1));
        Assert.That(See(scene, Data + 0x3000, 5).Agrees);
        scene.Oracle.Clear();
        Assert.That(scene.Oracle.IsMemoryDoubtful, Is.False);
        Assert.That(See(scene, Data + 0x3000, 5).Agrees, Is.False);
    }

    private static void Blamed(SmmuJudgement judgement, RequirementId rule)
    {
        Assert.That(judgement.Kind, Is.EqualTo(SmmuDivergence.Memory));
        Assert.That(judgement.Rules.Has(rule), judgement.Rules.ToString());
    }
}
