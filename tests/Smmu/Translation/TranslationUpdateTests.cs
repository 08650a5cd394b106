using Conformance.Model.Smmu.Structures;
using Conformance.Model.Smmu.Translation;
using NUnit.Framework;
using static Conformance.Model.Requirements.RequirementId;

namespace Conformance.Tests.Smmu.Translation;

/// <summary>HTTU: which descriptors hardware writes, which it may write, and which it must not.</summary>
[Category("quick")]
public sealed class TranslationUpdateTests
{
    private const ulong Page = 0x4000_5000;
    private const ulong Unprivileged = 1 << 6;
    private const ulong Dirty = 1 << 7; // stage 1: AP[2] is cleared; stage 2: S2AP[1] is set
    private const ulong Accessed = 1 << 10;
    private const ulong Tracked = 1ul << 51;
    private const ulong Readable2 = 0x43c | 1 << 6; // stage 2: Normal memory, S2AP=1

    private static TranslationBed Stage1(bool isRead, ulong attributes, bool ha = true, bool hd = true)
    {
        var bed = new TranslationBed();
        bed.Context = bed.Context with { HA = ha, HD = hd };
        bed.Transaction = bed.Transaction with { IsRead = isRead };
        bed.MapStage1(Page, 0x71000, 3, attributes);
        return bed;
    }

    // What the leaf holds, and which bits must be and may be inverted.
    [TestCase(true, Unprivileged, Accessed, 0ul, "Completed 71678", TestName = "read, AF=0")]
    [TestCase(true, Unprivileged | Accessed, 0ul, 0ul, "Completed 71678", TestName = "read, AF=1")]
    [TestCase(true, Unprivileged | Accessed | Dirty | Tracked, 0ul, 0ul, "Completed 71678", TestName = "read of a clean page")]
    [TestCase(false, Unprivileged | Accessed | Dirty | Tracked, Dirty, 0ul, "Completed 71678", TestName = "write to a clean page")]
    [TestCase(false, Unprivileged | Dirty | Tracked, Accessed | Dirty, 0ul, "Completed 71678", TestName = "write to a clean page, AF=0")]
    [TestCase(false, Unprivileged | Accessed | Tracked, 0ul, 0ul, "Completed 71678", TestName = "write to a dirty page")]
    [TestCase(false, Unprivileged | Accessed | Dirty, 0ul, 0ul, "Aborted Permission IN", TestName = "write to a read-only page")]
    [TestCase(false, Unprivileged | Dirty, 0ul, Accessed, "Aborted Permission IN", TestName = "write to a read-only page, AF=0")]
    [TestCase(false, Accessed | Dirty | Tracked, 0ul, 0ul, "Aborted Permission IN", TestName = "unprivileged write to a privileged clean page")]
    public void Stage_1(bool isRead, ulong attributes, ulong must, ulong may, string expected)
    {
        var bed = Stage1(isRead, attributes).Run();
        bed.Expect(expected);
        ExpectUpdates(bed, must == 0 && may == 0 ? [] : [(0x100_1028, must, may)]);
    }

    [Test]
    public void A_table_that_forbids_writes_keeps_a_page_clean()
    {
        var bed = Stage1(false, Unprivileged | Accessed | Dirty | Tracked);
        bed[TranslationBed.Stage1Table + 8] |= 2ul << 61;
        bed.Run().Expect("Aborted Permission IN", SMMU_WALK_10);
        ExpectUpdates(bed);
    }

    [Test]
    public void PAN_keeps_a_page_clean()
    {
        var bed = Stage1(false, Unprivileged | Accessed | Dirty | Tracked);
        bed.Context = bed.Context with { PAN = true };
        bed.Transaction = bed.Transaction with { IsPrivileged = true };
        bed.Run().Expect("Aborted Permission IN", SMMU_WALK_13);
        ExpectUpdates(bed);
    }

    [Test]
    public void HD_without_HA_does_nothing()
    {
        var bed = Stage1(false, Unprivileged | Accessed | Dirty | Tracked, ha: false);
        bed.Run().Expect("Aborted Permission IN");
        ExpectUpdates(bed);
        bed = Stage1(true, Unprivileged, ha: false);
        bed.Run().Expect("Aborted Access IN");
        ExpectUpdates(bed);
    }

    [Test]
    public void HA_makes_AFFD_irrelevant()
    {
        var bed = Stage1(true, Unprivileged);
        bed.Context = bed.Context with { AFFD = true };
        bed.Run().Expect("Completed 71678", SMMU_HTTU_01);
        ExpectUpdates(bed, (0x100_1028, Accessed, 0));
    }

    [Test]
    public void HA_without_HD_sets_AF_alone()
    {
        var bed = Stage1(false, Unprivileged | Tracked, hd: false);
        bed.Run().Expect("Completed 71678", SMMU_HTTU_01);
        ExpectUpdates(bed, (0x100_1028, Accessed, 0));
        bed = Stage1(false, Unprivileged | Accessed | Dirty | Tracked, hd: false);
        bed.Run().Expect("Aborted Permission IN");
        ExpectUpdates(bed);
    }

    [Test]
    public void Big_endian_descriptors_are_updated_in_their_order()
    {
        var bed = Stage1(false, 0);
        bed.Context = bed.Context with { ENDI = true };
        bed.Swap(bed.MapStage1(Page, 0x8000_0000, 1, Unprivileged | Dirty | Tracked));
        bed.Run().Expect("Completed 80005678", SMMU_HTTU_02);
        ExpectUpdates(bed, (TranslationBed.Stage1Table + 8, 0x8004_0000_0000_0000, 0));
    }

    [Test]
    public void HAFT_sets_AF_of_tables()
    {
        var bed = Stage1(true, Unprivileged | Accessed);
        bed.Context = bed.Context with { HAFT = true };
        bed.Run().Expect("Completed 71678");
        ExpectUpdates(bed, (TranslationBed.Stage1Table + 8, Accessed, 0), (0x100_0000, Accessed, 0));

        bed.Capabilities = bed.Capabilities with { HTTU = 2 };
        bed.Run().Expect("Completed 71678");
        ExpectUpdates(bed);
    }

    [Test]
    public void A_descriptor_that_changed_meanwhile_is_looked_at_again()
    {
        var bed = Stage1(true, Unprivileged);
        bed.Stale[(FetchPurpose.Use, 0x100_1028)] = bed[0x100_1028];
        bed[0x100_1028] = 0;
        bed.Run().Expect("Aborted Translation IN", SMMU_HTTU_05);
        ExpectUpdates(bed);

        bed[0x100_1028] = 0x7_2000 | Unprivileged | 3;
        bed.Run().Expect("Completed 72678");
        ExpectUpdates(bed, (0x100_1028, Accessed, 0));
        Assert.That(bed.Outcome.Updates[0].Old, Is.EqualTo(0x7_2043));
    }

    private static TranslationBed Stage2(bool isRead, ulong attributes)
    {
        var bed = new TranslationBed();
        bed.Stage2();
        bed.Entry = bed.Entry with { S2HA = true, S2HD = true };
        bed.Transaction = bed.Transaction with { IsRead = isRead };
        bed.MapStage2(Page, 0x71000, 3, attributes);
        return bed;
    }

    [TestCase(true, 0x7cul, Accessed, 0ul, "Completed 71678", TestName = "stage 2: read, AF=0")]
    [TestCase(true, Readable2 | Tracked, 0ul, 0ul, "Completed 71678", TestName = "stage 2: read of a clean page")]
    [TestCase(false, Readable2 | Tracked, Dirty, 0ul, "Completed 71678", TestName = "stage 2: write to a clean page")]
    [TestCase(false, 0x43cul | Tracked, Dirty, 0ul, "Completed 71678", TestName = "stage 2: write to a clean page that cannot be read")]
    [TestCase(true, 0x43cul | Tracked, 0ul, 0ul, "Aborted Permission S2 IN 40005000", TestName = "stage 2: read of a page that cannot be read")]
    [TestCase(false, Readable2, 0ul, 0ul, "Aborted Permission S2 IN 40005000", TestName = "stage 2: write to a read-only page")]
    [TestCase(false, 0x7cul, 0ul, Accessed, "Aborted Permission S2 IN 40005000", TestName = "stage 2: write to a read-only page, AF=0")]
    public void Stage_2(bool isRead, ulong attributes, ulong must, ulong may, string expected)
    {
        var bed = Stage2(isRead, attributes).Run();
        bed.Expect(expected);
        ExpectUpdates(bed, must == 0 && may == 0 ? [] : [(0x100_1028, must, may)]);
    }

    /// <summary>Both stages track; the context is at 0x50000000, the stage-1 tables at 0x60000000, all through pages of stage 2.</summary>
    private static TranslationBed Nested(bool isRead, ulong leaf, ulong tables, ulong data, out ulong contextPage, out ulong tablePage, out ulong dataPage)
    {
        var bed = new TranslationBed();
        bed.Stage2(StreamConfig.Nested);
        bed.Entry = bed.Entry with { S2HA = true, S2HD = true, S1ContextPtr = 0x5000_0000 };
        bed.Context = bed.Context with { HA = true, HD = true, T0SZ = 39, TTB0 = 0x6000_0000 };
        bed.Transaction = bed.Transaction with { IsRead = isRead, Address = 0x5678 };

        // 25 bits: a level-2 table and one of level 3, in one page of stage 2 each.
        bed[0x7_0000] = 0x6000_1000 | 3;
        bed[0x7_1028] = 0x4007_1000 | leaf | 3;
        contextPage = bed.MapStage2(0x5000_0000, TranslationBed.Contexts, 3, Readable2 | Tracked);
        bed.MapStage2(0x6000_0000, 0x7_0000);
        tablePage = bed.MapStage2(0x6000_1000, 0x7_1000, 3, tables);
        dataPage = bed.MapStage2(0x4007_1000, 0x9_2000, 3, data);
        return bed;
    }

    [Test]
    public void The_page_of_a_context_is_accessed_and_never_dirty()
    {
        var bed = Nested(true, Unprivileged | Accessed, 0x4fc, 0x4fc, out var contextPage, out _, out _);
        bed[contextPage] &= ~Accessed;
        bed.Run().Expect("Completed 92678", SMMU_NEST_01);
        ExpectUpdates(bed, (contextPage, Accessed, 0));
    }

    [Test]
    public void An_update_of_stage_1_is_a_write_through_stage_2_and_makes_its_page_dirty()
    {
        var bed = Nested(false, Unprivileged | Dirty | Tracked, Readable2 | Tracked, Readable2 | Tracked, out _, out var tablePage, out var dataPage);
        bed.Run().Expect("Completed 92678", SMMU_HTTU_02);
        ExpectUpdates(bed, (tablePage, Dirty, 0), (0x7_1028, Accessed | Dirty, 0), (dataPage, Dirty, 0));
    }

    [Test]
    public void The_page_of_a_table_that_is_only_read_may_become_dirty()
    {
        var bed = Nested(true, Unprivileged | Accessed, Readable2 | Tracked, 0x4fc, out _, out var tablePage, out _);
        bed.Run().Expect("Completed 92678");
        ExpectUpdates(bed, (tablePage, 0, Dirty));
    }

    [Test]
    public void An_update_of_stage_1_needs_the_permission_of_stage_2()
    {
        var bed = Nested(true, Unprivileged, Readable2, 0x4fc, out _, out _, out _);
        bed.Run().Expect("Aborted Permission S2 TT 60001000", SMMU_HTTU_06, SMMU_NEST_03);
        ExpectUpdates(bed);
    }

    [Test]
    public void A_stage_2_fault_after_it_leaves_open_whether_stage_1_became_dirty()
    {
        var bed = Nested(false, Unprivileged | Dirty | Tracked, Readable2 | Tracked, 0x4fc, out _, out var tablePage, out var dataPage);
        bed[dataPage] = 0;
        bed.Run().Expect("Aborted Translation S2 IN 40071000");
        ExpectUpdates(bed, (tablePage, 0, Dirty), (0x7_1028, 0, Accessed | Dirty));
    }

    [Test]
    public void AF_before_a_permission_fault_of_stage_1_is_a_choice()
    {
        var bed = Nested(false, Unprivileged | Dirty, Readable2, 0x4fc, out _, out _, out _);
        bed.Run().Expect("Aborted Permission IN", SMMU_WALK_09);
        Assert.That(bed.Asked, Is.EquivalentTo(new[] { SmmuLatitude.AccessFlagBeforePermission }));
        bed.Choices[SmmuLatitude.AccessFlagBeforePermission] = 1;
        bed.Run().Expect("Aborted Permission S2 TT 60001000", SMMU_HTTU_06);
    }

    [Test]
    public void Nothing_is_updated_without_SMMUEN()
    {
        var bed = Stage1(false, Unprivileged | Dirty | Tracked);
        bed.Settings = bed.Settings with { Cr0 = 0 };
        bed.Run().Expect("Completed 40005678", SMMU_HTTU_14);
        ExpectUpdates(bed);
        Assert.That(bed.Fetches, Is.Empty);
    }

    [Test]
    public void An_update_allows_what_must_be_and_what_may_be()
    {
        var update = new DescriptorUpdate(0x1000, 0b0000, 0b0001, 0b0100);
        for (var value = 0ul; value < 16; value++)
            Assert.That(update.Allows(value), Is.EqualTo(value is 0b0001 or 0b0101), $"{value:b4}");
    }

    [Test]
    public void The_most_updates_that_there_can_be_fit()
    {
        // Nested, two-level contexts, HAFT and AF at every level of both stages, all stage-2 tables apart.
        var bed = new TranslationBed();
        bed.Stage2(StreamConfig.Nested);
        bed[TranslationBed.Stage2Table] = 0;
        bed.Entry = bed.Entry with { S2SL0 = 2, S2T0SZ = 16, S2HA = true, S2HD = true, S2HAFT = true, S1CDMax = 12, S1Fmt = 1, S1ContextPtr = 0 };
        bed.Context = bed.Context with { T0SZ = 16, HA = true, HD = true, HAFT = true, TTB0 = 2ul << 39 };
        bed.WithSubstream(64);
        bed.Transaction = bed.Transaction with { IsRead = false, Address = 0x5678 };
        ulong Place(ulong part) => part << 39;
        var leaf = 0x3cul | Tracked | 1 << 6;
        bed.MapStage2(Place(0), 0x3_0000, 3, leaf);
        bed.MapStage2(Place(1), TranslationBed.Contexts, 3, leaf);
        for (var table = 2ul; table < 6; table++)
            bed.MapStage2(Place(table), 0x7_0000 + (table << 12), 3, leaf);
        bed.MapStage2(Place(6), 0x9_2000, 3, leaf);
        bed.Write(0x3_0008, Place(1) | 1);
        for (var table = 2ul; table < 5; table++)
            bed.Write(0x7_0000 + (table << 12), Place(table + 1) | 3);
        bed.Write(0x7_5028, Place(6) | Unprivileged | Dirty | Tracked | 3);
        bed.Run().Expect("Completed 92678");
        Assert.That(bed.Outcome.Updates.Count, Is.EqualTo(DescriptorUpdates.Capacity));
    }

    private static void ExpectUpdates(TranslationBed bed, params (ulong Address, ulong Must, ulong May)[] expected)
    {
        var updates = bed.Outcome.Updates;
        var seen = Enumerable.Range(0, updates.Count).Select(i => updates[i]).ToList();
        Assert.That(seen.Select(update => (update.Address, update.Must, update.May)), Is.EqualTo(expected));
        Assert.That(seen.Select(update => update.Old), Is.EqualTo(expected.Select(update => bed[update.Address])));
    }
}
