using Conformance.Model.Smmu.Device;
using Conformance.Model.Smmu.Structures;
using NUnit.Framework;
using static Conformance.Tests.Smmu.Oracle.OracleScene;

namespace Conformance.Tests.Smmu.Oracle;

/// <summary>
/// Caches as permission to be stale, row by row of the contract's table: until the right invalidation is complete old and new are accepted, after it the new
/// alone.
/// </summary>
[Category("quick")]
public sealed class OracleCacheTests
{
    private const ulong Va = 0x1234_5000;
    private static readonly string Old = Name(Data);
    private static readonly string New = Name(Data + 0x1000);

    private static string Name(ulong address) => $"0x{address:x}";

    private static SmmuCommand NhVa(int asid = 1, ulong va = Va, bool leaf = true, int vmid = 0) => SmmuCommand.TlbiNhVa(vmid, asid, va, leaf);

    /// <summary>Stage 1: stream 1, ASID 1, Va mapped to Data.</summary>
    private static (OracleScene Scene, ulong Table, ulong Leaf) Stage1Scene()
    {
        var scene = new OracleScene();
        var table = scene.NewTable();
        scene.Ste(1, Stage1());
        scene.Cd(Contexts, Context(table));
        var leaf = scene.Map(table, Va, Page(Data));
        scene.Complete(SmmuCommand.CfgiAll(), SmmuCommand.TlbiNsnhAll());
        Assert.That(scene.Read(1, Va), Is.EqualTo(Any(Old)));
        return (scene, table, leaf);
    }

    /// <summary>Both stages, VMID 1: IPA is PA for tables, Va to IPA 0x8000_0000 to Data.</summary>
    private static (OracleScene Scene, ulong Stage2Table, ulong Leaf2) NestedScene()
    {
        var scene = new OracleScene();
        var stage2 = scene.NewTable();
        var table = scene.NewTable();
        scene.Ste(1, Nested(stage2));
        scene.Cd(Contexts, Context(table));
        scene.Map(table, Va, Page(0x8000_0000));
        foreach (var page in new[] { Contexts, table, scene.Word(table + (Va >> 30) * 8) & ~0xffful, Level3(scene, table) })
            scene.Map(stage2, page, Page2(page));
        var leaf2 = scene.Map(stage2, 0x8000_0000, Page2(Data));
        scene.Complete(SmmuCommand.CfgiAll(), SmmuCommand.TlbiNsnhAll());
        Assert.That(scene.Read(1, Va), Is.EqualTo(Any(Old)));
        return (scene, stage2, leaf2);
    }

    private static ulong Level3(OracleScene scene, ulong table)
    {
        var level2 = scene.Word(table + (Va >> 30) * 8) & ~0xffful;
        return scene.Word(level2 + (Va >> 21 & 0x1ff) * 8) & ~0xffful;
    }

    private static void Both(OracleScene scene, uint stream = 1, ulong va = Va) =>
        Assert.That(scene.Read(stream, va), Is.EqualTo(Any(Old, New)), "old and new");

    private static void OnlyNew(OracleScene scene, uint stream = 1, ulong va = Va) => Assert.That(scene.Read(stream, va), Is.EqualTo(Any(New)), "only new");

    // S1 descriptor: TLBI_NH_VA, VAA, ASID, ALL with the right VMID.
    private static IEnumerable<TestCaseData> LeafInvalidations()
    {
        yield return new TestCaseData(NhVa(), true).SetArgDisplayNames("NH_VA leaf");
        yield return new TestCaseData(NhVa(leaf: false), true).SetArgDisplayNames("NH_VA");
        yield return new TestCaseData(SmmuCommand.TlbiNhVaa(0, Va, true), true).SetArgDisplayNames("NH_VAA");
        yield return new TestCaseData(SmmuCommand.TlbiNhAsid(0, 1), true).SetArgDisplayNames("NH_ASID");
        yield return new TestCaseData(SmmuCommand.TlbiNhAll(0), true).SetArgDisplayNames("NH_ALL");
        yield return new TestCaseData(SmmuCommand.TlbiS12VmAll(0), true).SetArgDisplayNames("S12_VMALL");
        yield return new TestCaseData(SmmuCommand.TlbiNsnhAll(), true).SetArgDisplayNames("NSNH_ALL");
        yield return new TestCaseData(NhVa(asid: 2), false).SetArgDisplayNames("NH_VA, another ASID");
        yield return new TestCaseData(NhVa(va: Va + 0x1000), false).SetArgDisplayNames("NH_VA, the next page");
        yield return new TestCaseData(NhVa(vmid: 1), false).SetArgDisplayNames("NH_VA, another VMID");
        yield return new TestCaseData(SmmuCommand.TlbiNhAsid(0, 257), false).SetArgDisplayNames("NH_ASID, equal in 8 bits");
        yield return new TestCaseData(SmmuCommand.TlbiNhAll(1), false).SetArgDisplayNames("NH_ALL, another VMID");
        yield return new TestCaseData(SmmuCommand.TlbiS2Ipa(0, Va, true), false).SetArgDisplayNames("S2_IPA");
        yield return new TestCaseData(SmmuCommand.CfgiAll(), false).SetArgDisplayNames("CFGI_ALL");
        yield return new TestCaseData(SmmuCommand.TlbiEl2All(), false).SetArgDisplayNames("EL2_ALL");
        yield return new TestCaseData(NhVa() with { TG = 1, NUM = 0, TTL = 3 }, true).SetArgDisplayNames("NH_VA of level 3");
        yield return new TestCaseData(NhVa() with { TG = 1, NUM = 0, TTL = 2 }, false).SetArgDisplayNames("NH_VA of level 2, not aligned to it");
        yield return new TestCaseData(NhVa(va: 0x1220_0000) with { TG = 1, NUM = 0, TTL = 2 }, false).SetArgDisplayNames("NH_VA of level 2");
        yield return new TestCaseData(NhVa() with { TTL = 2 }, true).SetArgDisplayNames("NH_VA, TTL without TG");
        yield return new TestCaseData(NhVa(va: Va - 0x3000) with { TG = 1, NUM = 1, SCALE = 1 }, true).SetArgDisplayNames("NH_VA of four pages");
        yield return new TestCaseData(NhVa(va: Va - 0x4000) with { TG = 1, NUM = 1, SCALE = 1 }, false).SetArgDisplayNames("NH_VA of four pages before");
        yield return new TestCaseData(NhVa(va: 0) with { TG = 1, NUM = 31, SCALE = 31 }, true).SetArgDisplayNames("NH_VA of everything");
        yield return new TestCaseData(NhVa(va: 0x1234_4000) with { TG = 2, NUM = 3 }, false).SetArgDisplayNames("NH_VA of another granule");
        yield return new TestCaseData(NhVa(va: 0xffff_ffff_ffff_f000) with { TG = 1, NUM = 31, SCALE = 31 }, false).SetArgDisplayNames(
            "NH_VA that would have to wrap"
        );
    }

    [TestCaseSource(nameof(LeafInvalidations))]
    public void A_stage_1_leaf_stays_until_its_invalidation_is_complete(SmmuCommand command, bool isRight)
    {
        var (scene, _, leaf) = Stage1Scene();
        scene.Word(leaf, Page(Data + 0x1000));
        Both(scene); // SMMU-CACHE-14
        scene.Submit(command);
        Both(scene); // not before the SYNC
        scene.Submit(SmmuCommand.Sync());
        if (isRight)
            OnlyNew(scene);
        else
            Both(scene);
    }

    [Test]
    public void What_changed_after_the_invalidation_was_submitted_may_still_be_old()
    {
        var (scene, _, leaf) = Stage1Scene();
        scene.Submit(NhVa());
        scene.Word(leaf, Page(Data + 0x1000));
        scene.Submit(SmmuCommand.Sync());
        Both(scene);
    }

    [Test]
    public void Invalid_to_valid_needs_nothing()
    {
        var (scene, table, _) = Stage1Scene();
        Assert.That(scene.Read(1, Va + 0x1000), Is.EqualTo(Any("Translation")));
        scene.Map(table, Va + 0x1000, Page(Data + 0x1000));
        OnlyNew(scene, va: Va + 0x1000);
    }

    [Test]
    public void Valid_to_invalid_needs_an_invalidation()
    {
        var (scene, _, leaf) = Stage1Scene();
        scene.Word(leaf, 0);
        Assert.That(scene.Read(1, Va), Is.EqualTo(Any(Old, "Translation")));
        scene.Complete(NhVa());
        Assert.That(scene.Read(1, Va), Is.EqualTo(Any("Translation")));
    }

    [Test]
    public void An_access_flag_that_is_set_needs_nothing_and_a_permission_needs_an_invalidation()
    {
        var (scene, _, leaf) = Stage1Scene();
        scene.Word(leaf, 0);
        scene.Complete(NhVa());
        scene.Word(leaf, Page(Data) & ~0x400ul);
        Assert.That(scene.Read(1, Va), Is.EqualTo(Any("Access")));
        scene.Word(leaf, Page(Data) | 0x80);
        Assert.That(scene.Write(1, Va), Is.EqualTo(Any("Permission")));
        scene.Word(leaf, Page(Data));
        Assert.That(scene.Write(1, Va), Is.EqualTo(Any(Old, "Permission")));
        scene.Complete(NhVa());
        Assert.That(scene.Write(1, Va), Is.EqualTo(Any(Old)));
    }

    [TestCase(true)]
    [TestCase(false)]
    public void A_table_pointer_needs_an_invalidation_of_more_than_the_leaf(bool leaf)
    {
        var (scene, table, _) = Stage1Scene();
        var level2 = scene.Word(table + (Va >> 30) * 8) & ~0xffful;
        var place = level2 + (Va >> 21 & 0x1ff) * 8;
        var other = scene.NewTable();
        scene.Word(other + (Va >> 12 & 0x1ff) * 8, Page(Data + 0x1000));
        scene.Word(place, other | 3);
        Both(scene);
        scene.Complete(NhVa(leaf: leaf));
        if (leaf)
            Both(scene);
        else
            OnlyNew(scene);
    }

    [Test]
    public void An_invalidation_of_a_neighbour_drops_the_pointer_and_not_the_entry_of_the_page()
    {
        var (scene, table, _) = Stage1Scene();
        var level2 = scene.Word(table + (Va >> 30) * 8) & ~0xffful;
        var other = scene.NewTable();
        scene.Word(other + (Va >> 12 & 0x1ff) * 8, Page(Data + 0x1000));
        scene.Map(table, Va + 0x2000, Page(Data + 0x2000));
        scene.Word(level2 + (Va >> 21 & 0x1ff) * 8, other | 3);
        Assert.That(scene.Read(1, Va + 0x2000), Is.EqualTo(Any(Name(Data + 0x2000), "Translation")));
        scene.Complete(NhVa(va: Va + 0x2000, leaf: false));
        Both(scene);
        Assert.That(scene.Read(1, Va + 0x2000), Is.EqualTo(Any("Translation")));
    }

    [TestCase(0x1220_0000ul, true)]
    [TestCase(0x123f_f000ul, true)]
    [TestCase(0x1240_0000ul, false)]
    public void Any_address_in_a_block_drops_it(ulong va, bool isRight)
    {
        var (scene, table, _) = Stage1Scene();
        const ulong block = 0x1220_0000;
        var level2 = scene.Word(table + (Va >> 30) * 8) & ~0xffful;
        scene.Word(level2 + (block >> 21 & 0x1ff) * 8, 0);
        scene.Complete(SmmuCommand.TlbiNhAll(0));
        var place = scene.Map(table, block, Block(Ram + 0x80_0000), level: 2);
        scene.Word(place, Block(Ram + 0xa0_0000));
        Assert.That(scene.Read(1, Va), Is.EqualTo(Any(Name(Ram + 0x94_5000), Name(Ram + 0xb4_5000))));
        scene.Complete(NhVa(va: va));
        Assert.That(scene.Read(1, Va), Is.EqualTo(isRight ? Name(Ram + 0xb4_5000) : Any(Name(Ram + 0x94_5000), Name(Ram + 0xb4_5000))));
    }

    [Test]
    public void A_global_leaf_goes_with_any_ASID_by_address_and_stays_by_ASID()
    {
        var (scene, table, leaf) = Stage1Scene();
        scene.Word(leaf, GlobalPage(Data));
        scene.Complete(SmmuCommand.TlbiNhAll(0));
        scene.Read(1, Va);
        scene.Word(leaf, GlobalPage(Data + 0x1000));
        scene.Complete(SmmuCommand.TlbiNhAsid(0, 1));
        Both(scene);
        scene.Complete(NhVa(asid: 7));
        OnlyNew(scene);
        Assert.That(table, Is.Not.Zero);
    }

    [TestCase(false)]
    [TestCase(true)]
    public void A_global_leaf_of_another_ASID_may_be_met(bool isGlobal)
    {
        var (scene, _, _) = Stage1Scene();
        var table = scene.NewTable();
        scene.Ste(2, Stage1(Contexts + 0x1000));
        scene.Cd(Contexts + 0x1000, Context(table, asid: 2));
        scene.Complete(SmmuCommand.CfgiAll());
        scene.Map(table, Va, isGlobal ? GlobalPage(Data + 0x1000) : Page(Data + 0x1000));
        scene.Read(2, Va);
        if (isGlobal)
            Both(scene);
        else
            Assert.That(scene.Read(1, Va), Is.EqualTo(Any(Old)));
    }

    [TestCase(1, 0, true)]
    [TestCase(2, 0, false)]
    [TestCase(1, 1, false)]
    public void Streams_with_equal_tags_may_share_entries_and_others_may_not(int asid, int vmid, bool shares)
    {
        var (scene, _, _) = Stage1Scene();
        var table = scene.NewTable();
        scene.Ste(2, Stage1(Contexts + 0x1000, vmid));
        scene.Cd(Contexts + 0x1000, Context(table, asid));
        scene.Complete(SmmuCommand.CfgiAll());
        scene.Map(table, Va, Page(Data + 0x1000));
        scene.Read(2, Va);
        if (shares)
            Both(scene);
        else
            Assert.That(scene.Read(1, Va), Is.EqualTo(Any(Old)));
    }

    [Test]
    public void An_STE_needs_CFGI_STE_of_its_stream_and_no_TLBI()
    {
        var (scene, _, _) = Stage1Scene();
        var bypass = new StreamTableEntry
        {
            Valid = true,
            Config = StreamConfig.Bypass,
            SHCFG = 1,
        };
        scene.Ste(1, bypass);
        scene.Complete(SmmuCommand.CfgiSte(2, true), SmmuCommand.CfgiCdAll(1), SmmuCommand.TlbiNsnhAll());
        Assert.That(scene.Read(1, Va), Does.Contain(Old).And.Contain(Name(Va)));
        scene.Complete(SmmuCommand.CfgiSte(1, true));
        Assert.That(scene.Read(1, Va), Is.EqualTo(Any(Name(Va)))); // SMMU-CACHE-24
        scene.Ste(1, Stage1());
        scene.Complete(SmmuCommand.CfgiSteRange(0, 0));
        Assert.That(scene.Read(1, Va), Is.EqualTo(Any(Old)));
        scene.Ste(1, default);
        Assert.That(scene.Read(1, Va), Is.EqualTo(Any(Old, "BadSte")));
        scene.Complete(SmmuCommand.CfgiSteRange(0x40, 5));
        Assert.That(scene.Read(1, Va), Is.EqualTo(Any(Old, "BadSte")));
        scene.Complete(SmmuCommand.CfgiAll());
        Assert.That(scene.Read(1, Va), Is.EqualTo(Any("BadSte")));
        scene.Ste(1, Stage1());
        Assert.That(scene.Read(1, Va), Is.EqualTo(Any(Old, "BadSte")), "an invalid STE may be cached");
        scene.Complete(SmmuCommand.CfgiSte(1, false));
        Assert.That(scene.Read(1, Va), Is.EqualTo(Any(Old)));
    }

    [TestCase(0, 0, true)]
    [TestCase(0x40, 5, false)]
    [TestCase(0x3f, 5, true)]
    [TestCase(2, 0, false)]
    [TestCase(1, 31, true)]
    public void A_range_of_streams_begins_aligned(int start, int range, bool isRight)
    {
        var (scene, _, _) = Stage1Scene();
        scene.Ste(1, default);
        scene.Complete(SmmuCommand.CfgiSteRange((uint)start, range));
        Assert.That(scene.Read(1, Va), Is.EqualTo(isRight ? "BadSte" : Any(Old, "BadSte")));
    }

    [TestCase(true)]
    [TestCase(false)]
    public void An_L1STD_needs_CFGI_STE_without_Leaf(bool leaf)
    {
        var scene = new OracleScene(enable: false);
        scene.Enable(log2Size: 8 | 6 << 6 | 1 << 16);
        var table = scene.NewTable();
        scene.Cd(Contexts, Context(table));
        scene.Map(table, Va, Page(Data));
        var bytes = new byte[64];
        Stage1().Write(bytes);
        scene.Oracle.WriteMemory(Ram + 0x40040, bytes);
        scene.Word(Streams, Ram + 0x40000 | 7);
        scene.Complete(SmmuCommand.CfgiAll());
        Assert.That(scene.Read(1, Va), Is.EqualTo(Any(Old)));
        scene.Word(Streams, 0);
        scene.Complete(SmmuCommand.CfgiSte(1, leaf));
        Assert.That(scene.Read(1, Va), Is.EqualTo(leaf ? Any(Old, "BadStreamId") : "BadStreamId"));
    }

    [Test]
    public void A_CD_needs_CFGI_CD_of_every_stream_and_a_TLBI_does_not_do()
    {
        var (scene, _, _) = Stage1Scene();
        scene.Ste(2, Stage1());
        scene.Complete(SmmuCommand.CfgiSte(2, true));
        scene.Word(Contexts, 0);
        scene.Complete(SmmuCommand.TlbiNsnhAll());
        Assert.That(scene.Read(1, Va), Is.EqualTo(Any(Old, "BadCd")));
        scene.Complete(SmmuCommand.CfgiCd(1, 1, true));
        Assert.That(scene.Read(1, Va), Is.EqualTo(Any(Old, "BadCd")));
        scene.Complete(SmmuCommand.CfgiCd(1, 0, true));
        Assert.That(scene.Read(1, Va), Is.EqualTo(Any("BadCd")));
        Assert.That(scene.Read(2, Va), Is.EqualTo(Any(Old, "BadCd")));
        scene.Complete(SmmuCommand.CfgiCdAll(2));
        Assert.That(scene.Read(2, Va), Is.EqualTo(Any("BadCd")));
    }

    [Test]
    public void CFGI_STE_drops_CDs()
    {
        var (scene, _, _) = Stage1Scene();
        scene.Cd(Contexts, default);
        scene.Complete(SmmuCommand.CfgiSte(1, true));
        Assert.That(scene.Read(1, Va), Is.EqualTo(Any("BadCd")));
    }

    // A CD is held by its StreamID, so an STE that leads elsewhere may meet it: here stage 2 is switched on, and the CD that is held has other tables.
    [Test]
    public void A_CD_that_is_held_may_meet_a_new_STE_until_CFGI()
    {
        var (scene, table, _) = Stage1Scene();
        var stage2 = scene.NewTable();
        var other = scene.NewTable();
        scene.Map(other, Va, Page(Data));
        scene.Cd(Contexts + 0x1000, Context(other, asid: 2));
        foreach (var top in new[] { table, other })
        foreach (var page in new[] { top, scene.Word(top + (Va >> 30) * 8) & ~0xffful, Level3(scene, top) })
            scene.Map(stage2, page, Page2(page));
        scene.Map(stage2, Contexts + 0x1000, Page2(Contexts + 0x1000));
        scene.Map(stage2, Data, Page2(Data + 0x1000));
        scene.Word(Level3(scene, table) + (Va >> 12 & 0x1ff) * 8, Page(Data + 0x4000));
        scene.Map(stage2, Data + 0x4000, Page2(Data + 0x2000));
        scene.Complete(SmmuCommand.TlbiNsnhAll());
        var old = Name(Data + 0x4000);
        var held = Name(Data + 0x2000);
        Assert.That(scene.Read(1, Va), Is.EqualTo(Any(old)));

        // S2VMID stays; the fields of stage 2 mean nothing until D0 switches it on and leads to the other CD.
        var entry = Nested(stage2, vmid: 0, contexts: Contexts + 0x1000);
        scene.Word(Streams + 64 + 16, entry.D2);
        scene.Word(Streams + 64 + 24, entry.D3);
        for (var i = 0; i < 2; i++)
            scene.Complete(SmmuCommand.CfgiSte(1, true), SmmuCommand.TlbiNsnhAll()); // stage 2, then the CDs that were found through it, and their tables
        scene.Word(Streams + 64, entry.D0);
        var mixes = Any(old, held, New, Old); // old STE and old CD, new and old, new and new, old and new
        Assert.That(scene.Read(1, Va), Is.EqualTo(mixes));
        scene.Complete(SmmuCommand.CfgiCd(1, 0, true));
        Assert.That(scene.Read(1, Va), Is.EqualTo(mixes), "either STE may be held, and with it its CD fetched again");
        scene.Complete(SmmuCommand.CfgiSte(1, true));
        OnlyNew(scene);
    }

    // A block becomes a table: without BBML=2 break before make, or nothing can be said.
    [TestCase(0)]
    [TestCase(1)]
    [TestCase(2)]
    public void A_size_that_changes_in_place_is_not_judged_without_BBML_2(int level)
    {
        var transaction = new SmmuTransaction(1, Va, IsRead: true, 4);
        var scene = new OracleScene(SmmuCapabilities.Full with { BBML = level });
        var table = scene.NewTable();
        scene.Ste(1, Stage1());
        scene.Cd(Contexts, Context(table));
        var block = scene.Map(table, Va, Block(Data & ~0x1f_ffffu), level: 2);
        var pages = scene.NewTable();
        scene.Word(pages + (Va >> 12 & 0x1ff) * 8, Page(Data + 0x1000));
        scene.Complete(SmmuCommand.CfgiAll(), SmmuCommand.TlbiNsnhAll());
        var old = Name((Data & ~0x1f_ffffu) | (Va & 0x1f_ffff));
        Assert.That(scene.Read(1, Va), Is.EqualTo(Any(old)));

        scene.Word(block, pages | 3);
        Assert.That(scene.Ask(transaction).Unjudged, Is.EqualTo(level < 2));
        if (level == 2)
            Assert.That(scene.Read(1, Va), Is.EqualTo(Any(old, New)));
        scene.Complete(NhVa(leaf: false));
        OnlyNew(scene);

        // Break, invalidate, make.
        scene.Word(block, 0);
        scene.Complete(NhVa(leaf: false));
        scene.Word(block, Block(Data & ~0x1f_ffffu));
        Assert.That(scene.Read(1, Va), Is.EqualTo(Any(old)));
    }

    // What tables that are not modelled leave in the TLB is not known until the next reset, whoever used them.
    [Test]
    public void Nothing_is_judged_once_tables_of_AArch32_may_be_in_use()
    {
        var scene = new OracleScene(SmmuCapabilities.Full with { TTF = 3 });
        var table = scene.NewTable();
        scene.Ste(1, Stage1());
        scene.Cd(Contexts, Context(table) with { AA64 = false });
        scene.Ste(2, Stage1(Contexts + 0x40));
        scene.Cd(Contexts + 0x40, Context(table));
        scene.Map(table, Va, Page(Data));
        scene.Complete(SmmuCommand.CfgiAll(), SmmuCommand.TlbiNsnhAll());
        Assert.That(scene.Read(2, Va), Is.EqualTo(Any(Old)), "of stream 1 nothing is known yet");
        Assert.That(scene.See(new(1, Va, IsRead: true, 4), SmmuReply.Completed, 7).Agrees);
        Assert.That(scene.SeeEvents(1, new SmmuEvent { Type = SmmuEventType.Translation, StreamId = 1 }).Agrees);
        Assert.That(scene.Ask(new(2, Va, IsRead: true, 4)).Unjudged);
        scene.Oracle.Clear();
        scene.Enable();
        scene.Ste(2, Stage1(Contexts + 0x40));
        scene.Complete(SmmuCommand.CfgiAll());
        Assert.That(scene.Read(2, Va), Is.EqualTo(Any("BadCd")));
    }

    // CD.TTB with the same ASID: CFGI and TLBI, in this order.
    [Test]
    public void A_table_base_needs_CFGI_CD_and_then_TLBI_NH_ASID()
    {
        (OracleScene Scene, ulong Table, ulong Leaf) Changed()
        {
            var made = Stage1Scene();
            var table = made.Scene.NewTable();
            made.Scene.Map(table, Va, Page(Data + 0x1000));
            made.Scene.Cd(Contexts, Context(table));
            Both(made.Scene);
            return made;
        }

        var scene = Changed().Scene;
        scene.Complete(SmmuCommand.CfgiCd(1, 0, true));
        Both(scene);
        scene.Complete(SmmuCommand.TlbiNhAsid(0, 1));
        OnlyNew(scene);

        scene = Changed().Scene;
        scene.Complete(SmmuCommand.TlbiNhAsid(0, 1), SmmuCommand.CfgiCd(1, 0, true));
        Both(scene);

        scene = Changed().Scene;
        scene.Submit(SmmuCommand.CfgiCd(1, 0, true), SmmuCommand.TlbiNhAsid(0, 1), SmmuCommand.Sync());
        Both(scene);
        scene.Submit(SmmuCommand.TlbiNhAsid(0, 1), SmmuCommand.Sync());
        OnlyNew(scene);
    }

    [Test]
    public void An_ASID_that_is_new_needs_CFGI_CD_only()
    {
        var (scene, _, _) = Stage1Scene();
        var table = scene.NewTable();
        scene.Map(table, Va, Page(Data + 0x1000));
        scene.Cd(Contexts, default);
        scene.Complete(SmmuCommand.CfgiCd(1, 0, true));
        scene.Cd(Contexts, Context(table, asid: 2));
        scene.Complete(SmmuCommand.CfgiCd(1, 0, true));
        OnlyNew(scene);
    }

    [Test]
    public void Two_doublewords_that_change_while_V_is_1_may_leave_entries_of_their_mix()
    {
        var (scene, _, _) = Stage1Scene();
        var table = scene.NewTable();
        scene.Map(table, Va, Page(Data + 0x1000));
        scene.Word(Contexts, Context(table, asid: 2).D0);
        scene.Word(Contexts + 8, Context(table, asid: 2).D1);
        scene.Complete(SmmuCommand.CfgiCd(1, 0, true));
        Both(scene);
        scene.Complete(SmmuCommand.TlbiNhAsid(0, 2));
        OnlyNew(scene);
    }

    [Test]
    public void A_structure_in_rewriting_may_be_any_mix_of_doublewords()
    {
        var (scene, _, _) = Stage1Scene();
        var table = scene.NewTable();
        scene.Map(table, Va, Page(Data + 0x1000));

        // D0 gets the ASID, D1 the table: old and new of each.
        scene.Cd(Contexts, Context(table, asid: 2));
        Both(scene);
        scene.Word(Contexts, Context(table, asid: 2).D0 & ~(1ul << 31));
        Assert.That(scene.Read(1, Va), Is.EqualTo(Any(Old, New, "BadCd")));
    }

    [Test]
    public void A_stage_2_leaf_of_both_stages_needs_S2_IPA_and_then_NH_ALL()
    {
        var (scene, _, leaf2) = NestedScene();
        scene.Word(leaf2, Page2(Data + 0x1000));
        Both(scene);
        scene.Complete(SmmuCommand.TlbiS2Ipa(1, 0x8000_0000, true));
        Both(scene);
        scene.Complete(SmmuCommand.TlbiNhAll(1));
        OnlyNew(scene);

        (scene, _, leaf2) = NestedScene();
        scene.Word(leaf2, Page2(Data + 0x1000));
        scene.Complete(SmmuCommand.TlbiNhAll(1), SmmuCommand.TlbiS2Ipa(1, 0x8000_0000, true));
        Both(scene);

        (scene, _, leaf2) = NestedScene();
        scene.Word(leaf2, Page2(Data + 0x1000));
        scene.Complete(SmmuCommand.TlbiS12VmAll(1));
        OnlyNew(scene); // SMMU-CACHE-11

        (scene, _, leaf2) = NestedScene();
        scene.Word(leaf2, Page2(Data + 0x1000));
        scene.Complete(SmmuCommand.TlbiS12VmAll(2), SmmuCommand.TlbiS2Ipa(1, 0x8000_1000, true), SmmuCommand.TlbiNhAll(1));
        Both(scene);
    }

    // The stage-2 mapping of a stage-1 table page, and of the CD's page.
    [Test]
    public void The_page_of_a_stage_1_table_may_stay_until_NH_ALL_and_that_of_a_CD_until_CFGI_CD()
    {
        var (scene, stage2, _) = NestedScene();
        var table = Context(0).TTB0;
        Assert.That(table, Is.Zero);
        table = scene.Word(Contexts + 8) & ~0xffful;
        var level3 = Level3(scene, table);
        var copy = scene.NewTable();
        scene.Word(copy + (Va >> 12 & 0x1ff) * 8, Page(0x8000_1000));
        scene.Map(stage2, 0x8000_1000, Page2(Data + 0x1000));
        scene.Map(stage2, level3, Page2(copy));
        Both(scene);
        scene.Complete(SmmuCommand.TlbiS2Ipa(1, level3, true));
        Both(scene);
        scene.Complete(NhVa(vmid: 1));
        Both(scene); // a pointer may hold where the table was
        scene.Complete(SmmuCommand.TlbiNhAll(1));
        OnlyNew(scene);

        var contexts = scene.NewTable();
        scene.Map(stage2, Contexts, Page2(contexts));
        scene.Complete(SmmuCommand.TlbiS2Ipa(1, Contexts, true), SmmuCommand.TlbiNhAll(1));
        Assert.That(scene.Read(1, Va), Is.EqualTo(Any(New, "BadCd")));
        scene.Complete(SmmuCommand.CfgiCd(1, 0, true));
        Assert.That(scene.Read(1, Va), Is.EqualTo(Any("BadCd")));
    }

    [Test]
    public void A_CD_fetch_that_failed_is_not_remembered()
    {
        var (scene, stage2, _) = NestedScene();
        var place = scene.Map(stage2, Contexts, 0);
        scene.Complete(SmmuCommand.TlbiS12VmAll(1), SmmuCommand.CfgiSte(1, true));
        Assert.That(scene.Read(1, Va), Is.EqualTo(Any("Translation")));
        scene.Word(place, Page2(Contexts));
        Assert.That(scene.Read(1, Va), Is.EqualTo(Any(Old))); // SMMU-CACHE-21
    }

    [TestCase(1, 0x8000_0000ul, true)]
    [TestCase(1, 0x8000_1000ul, false)]
    [TestCase(2, 0x8000_0000ul, false)]
    public void A_stage_2_leaf_alone_needs_S2_IPA_only(int vmid, ulong ipa, bool isRight)
    {
        var scene = new OracleScene();
        var table = scene.NewTable();
        scene.Ste(1, Stage2(table));
        var leaf = scene.Map(table, 0x8000_0000, Page2(Data));
        scene.Complete(SmmuCommand.CfgiAll(), SmmuCommand.TlbiNsnhAll());
        scene.Word(leaf, Page2(Data + 0x1000));
        scene.Complete(SmmuCommand.TlbiNhAll(1));
        Both(scene, va: 0x8000_0000);
        scene.Complete(SmmuCommand.TlbiS2Ipa(vmid, ipa, true));
        if (isRight)
            OnlyNew(scene, va: 0x8000_0000);
        else
            Both(scene, va: 0x8000_0000);
    }

    [Test]
    public void A_stage_2_table_base_needs_CFGI_STE_and_a_TLBI_by_VMID()
    {
        var scene = new OracleScene();
        var table = scene.NewTable();
        scene.Ste(1, Stage2(table));
        scene.Map(table, Va, Page2(Data));
        scene.Complete(SmmuCommand.CfgiAll(), SmmuCommand.TlbiNsnhAll());
        var other = scene.NewTable();
        scene.Map(other, Va, Page2(Data + 0x1000));
        scene.Ste(1, Stage2(other));
        scene.Complete(SmmuCommand.CfgiSte(1, true));
        Both(scene);
        scene.Complete(SmmuCommand.TlbiS12VmAll(2));
        Both(scene);
        scene.Complete(SmmuCommand.TlbiS12VmAll(1));
        OnlyNew(scene);
        scene.Ste(1, default);
        scene.Complete(SmmuCommand.CfgiSte(1, true));
        scene.Ste(1, Stage2(table, vmid: 3));
        scene.Complete(SmmuCommand.CfgiSte(1, true));
        Assert.That(scene.Read(1, Va), Is.EqualTo(Any(Old)), "another VMID has no entries");
    }

    // SMMU-CACHE-18, SMMU-CACHE-22.
    [Test]
    public void SMMUEN_is_no_invalidation_and_nothing_is_filled_while_it_is_0()
    {
        var (scene, _, leaf) = Stage1Scene();
        scene.Word(leaf, Page(Data + 0x1000));
        scene.Oracle.WriteRegister(SmmuRegister.Cr0, 0xc);
        scene.Oracle.WriteRegister(SmmuRegister.Cr0, 0xd);
        Both(scene);
        scene.Oracle.WriteRegister(SmmuRegister.Cr0, 0xc);
        scene.Submit(SmmuCommand.CfgiAll(), SmmuCommand.TlbiNsnhAll(), SmmuCommand.Sync());
        scene.Word(leaf, Page(Data + 0x2000));
        scene.Word(leaf, Page(Data + 0x3000));
        scene.Oracle.WriteRegister(SmmuRegister.Cr0, 0xd);
        Assert.That(scene.Read(1, Va), Is.EqualTo(Any(Name(Data + 0x3000))));
    }

    [Test]
    public void An_exchanged_stream_table_is_not_judged_until_CFGI_ALL()
    {
        var (scene, _, _) = Stage1Scene();
        scene.Oracle.WriteRegister(SmmuRegister.Cr0, 0xc);
        scene.Oracle.WriteRegister64(SmmuRegister.StrtabBase, Ram + 0x60000);
        scene.Oracle.WriteRegister(SmmuRegister.Cr0, 0xd);
        Assert.That(scene.Ask(new(1, Va, true, 4)).Unjudged);
        scene.Oracle.WriteRegister(SmmuRegister.Cr0, 0xc);
        scene.Submit(SmmuCommand.CfgiAll(), SmmuCommand.TlbiNsnhAll(), SmmuCommand.Sync());
        scene.Oracle.WriteRegister(SmmuRegister.Cr0, 0xd);
        Assert.That(scene.Read(1, Va), Is.EqualTo(Any("BadSte")));
    }

    [Test]
    public void Reset_empties_the_caches()
    {
        var (scene, _, leaf) = Stage1Scene();
        scene.Word(leaf, Page(Data + 0x1000));
        scene.Oracle.Reset();
        scene.Enable();
        OnlyNew(scene);
    }
}
