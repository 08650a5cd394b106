using Conformance.Engine.Campaigns;
using Conformance.Engine.Smmu;
using Conformance.Model.Smmu.Device;
using Conformance.Model.Smmu.Structures;
using static Conformance.Model.Requirements.RequirementId;

namespace Conformance.Suites.Smmu;

/// <summary>SMMU-CACHE: what caches may keep. Each scene fills them, changes something, invalidates it and asks again.</summary>
internal static class CacheCampaigns
{
    private const ulong Va = SceneDraft.PageAt;
    private const int Asid = 0x11;

    internal static IEnumerable<ICampaign<SceneTarget, Scene>> All =>
        [
            // After CFGI_STE and SYNC the new STE is in force, for every StreamID.
            new SmmuCampaign("cfgi-ste", [SMMU_CACHE_01, SMMU_CACHE_04], Needs.Nothing, Entries),
            // CFGI_STE_RANGE covers 2^(Range+1) StreamIDs from its start aligned down; Range=31 covers all.
            new SmmuCampaign("cfgi-ste-range", [SMMU_CACHE_02], Needs.Nothing, EntryRanges),
            // CFGI_CD, CFGI_CD_ALL and CFGI_STE each drop the cached CD.
            new SmmuCampaign("cfgi-cd", [SMMU_CACHE_03], Needs.Stage1, Contexts),
            // TLBI_NH_VA at any address of a page or block drops it, for every granule and level; TLBI_NH_VAA whatever the ASID.
            new SmmuCampaign("tlbi-by-address", [SMMU_CACHE_05, SMMU_CACHE_06, SMMU_CACHE_08], Needs.Stage1, ByAddress),
            // A range of (NUM+1) * 2^SCALE pages is dropped from its first page to its last.
            new SmmuCampaign("tlbi-of-ranges", [SMMU_CACHE_07], Needs.All(Needs.Stage1, Needs.Ranges), Ranges),
            // A true TTL hint drops the leaf.
            new SmmuCampaign("tlbi-with-level-hints", [SMMU_CACHE_08], Needs.All(Needs.Stage1, Needs.Ranges), Hints),
            // TLBI_NH_ALL drops what a VMID has; TLBI_NSNH_ALL what all have.
            new SmmuCampaign("tlbi-of-everything", [SMMU_CACHE_09], Needs.Nested, Everything),
            // S2_IPA and NH_ALL make a new stage-2 mapping effective, of data and of the pages of stage-1 tables.
            new SmmuCampaign("stage-2-changes-of-nested-streams", [SMMU_CACHE_10], Needs.Nested, NestedStage2),
            // S12_VMALL drops both stages of a VMID.
            new SmmuCampaign("tlbi-s12-vmall", [SMMU_CACHE_11], Needs.Stage2, ByVmid),
            // Nobody is served by an entry of another ASID, all its bits compared.
            new SmmuCampaign("asids", [SMMU_CACHE_12, SMMU_CD_09], Needs.Stage1, Asids),
            // Nobody is served by an entry of another VMID, all its bits compared.
            new SmmuCampaign("vmids", [SMMU_CACHE_12], Needs.Stage2, Vmids),
            // What faulted is not remembered: invalid to valid and AF 0 to 1 need no command.
            new SmmuCampaign("faults-are-not-cached", [SMMU_CACHE_13, SMMU_CACHE_26], Needs.Nothing, FaultsAreNotCached),
            // Without an invalidation the old leaf and the new one are both right; SMMUEN off and on changes nothing of that.
            new SmmuCampaign("stale-leaves", [SMMU_CACHE_14, SMMU_CACHE_18], Needs.Nothing, Stale),
            // After a permission was taken away and invalidated no write lands.
            new SmmuCampaign("permissions-taken-away", [SMMU_CACHE_15], Needs.Nothing, Revoked),
            // Far more pages than a cache holds: each is translated rightly, again and again.
            new SmmuCampaign("more-pages-than-a-cache-holds", [SMMU_CACHE_16], Needs.Nothing, ManyPages),
            // A stage-1 page that is larger than those of stage 2: each part goes where stage 2 leads.
            new SmmuCampaign("stage-1-pages-over-smaller-ones-of-stage-2", [SMMU_CACHE_17], Needs.All(Needs.Nested, Needs.SeveralGranules), Scattered),
            // An STE is rewritten doubleword by doubleword under traffic: what is seen is a mix of old and new ones.
            new SmmuCampaign("structures-rewritten-in-place", [SMMU_CACHE_19], Needs.Stage1, InPlace),
            // A global leaf is dropped by TLBI_NH_VA with any ASID.
            new SmmuCampaign("global-leaves", [SMMU_CACHE_20], Needs.Stage1, Global),
            // TBI: TLBI_NH_VA names an address without its tag, and drops what was asked for with one.
            new SmmuCampaign("tagged-addresses", [SMMU_CACHE_05], Needs.Stage1, Tagged),
            // A block of stage 1 is dropped by any address in it, also where stage 2 is of pages.
            new SmmuCampaign("stage-1-blocks-over-pages-of-stage-2", [SMMU_CACHE_05], Needs.Nested, BlocksOverPages),
            // A CD whose fetch failed in stage 2 is fetched again.
            new SmmuCampaign("failed-fetches-are-not-cached", [SMMU_CACHE_21], Needs.Nested, FailedFetch),
            // CFGI and TLBI work while SMMUEN=0.
            new SmmuCampaign("invalidation-while-disabled", [SMMU_CACHE_22], Needs.Nothing, Disabled),
            // S2_IPA is enough for a stage-2-only stream.
            new SmmuCampaign("tlbi-s2-ipa", [SMMU_CACHE_23], Needs.Stage2, ByIntermediate),
            // A change of STE.Config needs CFGI_STE only.
            new SmmuCampaign("ste-config-changes", [SMMU_CACHE_24], Needs.Nothing, ConfigChanges),
            // After a table was exchanged, Leaf=0 leaves no walk through the old one.
            new SmmuCampaign("exchanged-tables", [SMMU_CACHE_25], Needs.Stage1, ExchangedTables),
        ];

    /// <summary>A plain stream and the leaf behind its page.</summary>
    private static (SceneDraft Draft, StructureReference Leaf) Plain(SceneTarget target)
    {
        var draft = SceneDraft.Plain(target);
        return (draft, draft.Entry(0, Va));
    }

    // What drops a leaf of the plain stream for certain.
    private static SceneDraft Drop(SceneDraft draft) => draft.Target.Capabilities.S1P ? draft.InvalidateVa(Va) : draft.Send(SmmuCommand.TlbiS2Ipa(3, Va, true));

    private static IEnumerable<Named<Scene>> Entries(SceneTarget target)
    {
        foreach (var id in target.StreamIds.Count > 0 ? target.StreamIds.Distinct() : (uint[])[0, 5, 0xb, 0x28, 0x1ff, 0xab5, 0x5a07])
        {
            foreach (var (field, first, then) in ((string, ulong, ulong)[])[("V", 1, 0), ("V", 0, 1), ("Config", 0, target.Capabilities.S1P ? 5u : 6)])
            {
                foreach (var leaf in (bool[])[true, false])
                {
                    var draft = SceneDraft.Plain(target);
                    draft.Setup = draft.Setup with { Log2Size = Math.Max(9, 32 - uint.LeadingZeroCount(id)) };
                    draft.Stream(0, stream => stream with { Id = id, Fields = [FieldValue.Ste(field, first)] });
                    draft.Access(0, Va).EditSte(0, field, then).InvalidateSte(0, leaf).Access(0, Va, SMMU_CACHE_01, SMMU_CACHE_04);
                    yield return draft.Named($"StreamID 0x{id:x}, {field} {first} to {then}, Leaf={(leaf ? 1 : 0)}");
                }
            }
        }
    }

    private static IEnumerable<Named<Scene>> EntryRanges(SceneTarget target)
    {
        foreach (var id in target.StreamIds.Count > 0 ? target.StreamIds.Distinct() : (uint[])[1, 7, 8, 0x3f, 0xab])
        {
            foreach (var range in (int[])[0, 1, 2, 3, 4, 5, 7, 8, 15, 30, 31])
            {
                // From the middle of the range that the stream is in; of its last StreamID; with Range=31 of any.
                var size = range >= 31 ? 0 : (2ul << range) - 1;
                foreach (var start in (uint[])[id, (uint)(id & ~size), (uint)((id & ~size) | (size & 0xff))])
                {
                    var draft = SceneDraft.Plain(target);
                    draft.Setup = draft.Setup with { Log2Size = Math.Max(9, 32 - uint.LeadingZeroCount(id)) };
                    draft.Stream(0, stream => stream with { Id = id });
                    draft.Read(0, Va).EditSte(0, "V", 0).Send(SmmuCommand.CfgiSteRange(start, range)).Read(0, Va, SMMU_CACHE_02);
                    yield return draft.Named($"StreamID 0x{id:x}, from 0x{start:x}, Range={range}");
                }
            }
        }
    }

    private static IEnumerable<Named<Scene>> Contexts(SceneTarget target)
    {
        foreach (
            var command in (SmmuCommand[])
                [
                    SmmuCommand.CfgiCd(target.StreamId(0), 0, true),
                    SmmuCommand.CfgiCd(target.StreamId(0), 0, false),
                    SmmuCommand.CfgiCdAll(target.StreamId(0)),
                    SmmuCommand.CfgiSte(target.StreamId(0), true),
                    SmmuCommand.CfgiSte(target.StreamId(0), false),
                    SmmuCommand.CfgiAll(),
                ]
        )
        {
            foreach (var (field, value) in ((string, ulong)[])[("V", 0), ("R", 0), ("EPD0", 1)])
            {
                var (draft, leaf) = Plain(target);
                draft.Access(0, Va).EditCd(0, field, value).Send(command);
                if (field == "EPD0")
                    draft.Send(SmmuCommand.TlbiNhAsid(target.Capabilities.S2P ? 3 : 0, Asid));
                // CD.R shows in what is recorded of a fault.
                draft.Edit(leaf, "Type", 0).Send(SmmuCommand.TlbiNhAll(target.Capabilities.S2P ? 3 : 0)).Access(0, Va, SMMU_CACHE_03);
                yield return draft.Named($"{ScenePrinter.Command(command)}, {field}={value}");
            }
        }
    }

    private static IEnumerable<Named<Scene>> ByAddress(SceneTarget target)
    {
        foreach (var granule in SceneDraft.Granules(target.Capabilities))
        {
            for (var level = granule == 12 ? 1 : 2; level <= 3; level++)
            {
                var shift = granule + ((3 - level) * (granule - 3));
                var size = 1ul << shift;
                foreach (var any in (bool[])[false, true])
                {
                    foreach (var (at, leafOnly) in ((ulong, bool)[])[(0, true), (size - 0x1000, true), (size / 2 & ~0xffful, false)])
                    {
                        var draft = new SceneDraft(target);
                        var tree = draft.Tree1(granule, 48);
                        var start = 5ul << Math.Max(shift, 40);
                        var offset = draft.Data(3) & (size - 1);
                        var leaf = draft.Map(tree, start, draft.Data(3) & ~(size - 1), level);
                        draft.Stream1(draft.Context(tree));
                        var vmid = target.Capabilities.S2P ? 3 : 0;
                        var command = any ? SmmuCommand.TlbiNhVaa(vmid, start + at, leafOnly) : SmmuCommand.TlbiNhVa(vmid, Asid, start + at, leafOnly);
                        draft.Access(0, start + offset).Edit(leaf, "Type", 0).Send(command).Access(0, start + offset, any ? SMMU_CACHE_06 : SMMU_CACHE_05);
                        yield return draft.Named($"{ScenePrinter.Granule(granule)}, level {level}, {ScenePrinter.Command(command)}");
                    }
                }
            }
        }

        // TTL means nothing with TG=0.
        for (var hint = 1; hint <= 3; hint++)
        {
            var (draft, leaf) = Plain(target);
            draft
                .Access(0, Va)
                .Edit(leaf, "Type", 0)
                .Send(SmmuCommand.TlbiNhVa(target.Capabilities.S2P ? 3 : 0, Asid, Va, true) with { TTL = hint })
                .Access(0, Va, SMMU_CACHE_08);
            yield return draft.Named($"TG=0, TTL={hint}");
        }
    }

    private static IEnumerable<Named<Scene>> Ranges(SceneTarget target)
    {
        foreach (var granule in SceneDraft.Granules(target.Capabilities))
        {
            foreach (
                var (number, scale) in ((int, int)[])[(0, 1), (1, 0), (2, 0), (31, 0), (0, 5), (1, 3), (31, 4), (2, 10), (0, 20), (31, 20), (0, 31), (31, 31)]
            )
            {
                foreach (var upper in (bool[])[false, true])
                {
                    var page = 1ul << granule;
                    var pages = (UInt128)(uint)(number + 1) << scale;
                    var space = 1ul << (48 - granule);
                    var covered = (ulong)UInt128.Min(pages, space - 1);
                    // The upper half ends at 2^64: the range ends there as well, and does not go on at 0.
                    var start =
                        upper ? 0ul - (covered * page)
                        : covered == space - 1 ? page
                        : 3 * page;
                    var draft = new SceneDraft(target);
                    var tree = draft.Tree1(granule, 48, upper: upper);
                    draft.Stream1(upper ? draft.Context(null, tree) : draft.Context(tree));
                    ulong[] indices = [0, covered - 1, covered / 2];
                    var leaves = indices.Distinct().Select((index, place) => (Address: start + (index * page), Place: place)).ToList();
                    var references = leaves.Select(leaf => draft.Map(tree, leaf.Address, draft.Data(leaf.Place * 16) & ~(page - 1))).ToList();
                    foreach (var leaf in leaves)
                        draft.Read(0, leaf.Address);
                    foreach (var reference in references)
                        draft.Edit(reference, "Type", 0);
                    draft.Send(
                        SmmuCommand.TlbiNhVa(target.Capabilities.S2P ? 3 : 0, Asid, start, true) with
                        {
                            TG = (granule - 10) / 2,
                            NUM = number,
                            SCALE = scale,
                        }
                    );
                    foreach (var leaf in leaves)
                        draft.Read(0, leaf.Address, SMMU_CACHE_07);
                    yield return draft.Named($"{ScenePrinter.Granule(granule)}, NUM={number} SCALE={scale} from 0x{start:x}");
                }
            }
        }
    }

    private static IEnumerable<Named<Scene>> Hints(SceneTarget target)
    {
        foreach (var granule in SceneDraft.Granules(target.Capabilities))
        {
            for (var level = granule == 12 ? 1 : 2; level <= 3; level++)
            {
                foreach (var hint in (int[])[0, level])
                {
                    var shift = granule + ((3 - level) * (granule - 3));
                    var draft = new SceneDraft(target);
                    var tree = draft.Tree1(granule, 48);
                    var start = 5ul << Math.Max(shift, 40);
                    var offset = draft.Data(3) & ((1ul << shift) - 1);
                    var leaf = draft.Map(tree, start, draft.Data(3) & ~((1ul << shift) - 1), level);
                    draft.Stream1(draft.Context(tree));
                    draft.Access(0, start + offset).Edit(leaf, "Type", 0);
                    draft.Send(SmmuCommand.TlbiNhVa(target.Capabilities.S2P ? 3 : 0, Asid, start, true) with { TG = (granule - 10) / 2, TTL = hint, NUM = 1 });
                    draft.Access(0, start + offset, SMMU_CACHE_08);
                    yield return draft.Named($"{ScenePrinter.Granule(granule)}, leaf at level {level}, TTL={hint}");
                }
            }
        }
    }

    private static IEnumerable<Named<Scene>> Everything(SceneTarget target)
    {
        foreach (var command in (SmmuCommand[])[SmmuCommand.TlbiNhAll(3), SmmuCommand.TlbiNsnhAll()])
        {
            foreach (var nested in (bool[])[false, true])
            {
                var draft = new SceneDraft(target);
                int? stage2 = nested ? draft.Tree2() : null;
                var tree = draft.Tree1(behind: stage2);
                var leaf = draft.Map(tree, Va, nested ? 0x8000 : draft.Data(0));
                if (stage2 is { } number)
                    draft.Map(number, 0x8000, draft.Data(0));
                draft.Stream1(draft.Context(tree), stage2);
                draft.Access(0, Va).Edit(leaf, "Type", 0).Send(command).Access(0, Va, SMMU_CACHE_09);
                yield return draft.Named($"{ScenePrinter.Command(command)}{(nested ? ", nested" : "")}");
            }
        }
    }

    /// <summary>A nested stream with one page: tree 0 is stage 2, tree 1 stage 1.</summary>
    private static (SceneDraft Draft, StructureReference Stage1, StructureReference Stage2) Nested(
        SceneTarget target,
        int? granule1 = null,
        int? granule2 = null
    )
    {
        var draft = new SceneDraft(target);
        var stage2 = draft.Tree2(granule2);
        var stage1 = draft.Tree1(granule1, behind: stage2);
        var (first, second) = draft.MapNested(stage1, stage2, Va, 0x8_0000, draft.Data(0));
        draft.Stream1(draft.Context(stage1), stage2);
        return (draft, first, second);
    }

    private static IEnumerable<Named<Scene>> NestedStage2(SceneTarget target)
    {
        foreach (var granule in SceneDraft.Granules(target.Capabilities))
        {
            // The page of the data, of the last table, of the first table.
            for (var what = 0; what < 3; what++)
            {
                var (draft, _, data) = Nested(target, granule, granule);
                var seen = what == 0 ? 0x8_0000 : draft.AddressOf(AddressBase.Tree, 1);
                // The tables of a tree follow each other in the order of the walk.
                if (what == 1)
                    seen += (ulong)(3 - draft.Tree(1).FirstLevel) << granule;
                var leaf = what == 0 ? data : draft.Entry(0, seen);
                draft
                    .Read(0, Va)
                    .Do(new EditStep(leaf, 0, 0x0000_ffff_ffff_f000, 0) { Address = what == 0 ? draft.Data(16) : new SceneAddress(AddressBase.Spare, 0, 0) });
                draft.Send(SmmuCommand.TlbiS2Ipa(3, seen, false), SmmuCommand.TlbiNhAll(3)).Read(0, Va, SMMU_CACHE_10);
                yield return draft.Named(
                    $"{ScenePrinter.Granule(granule)}, "
                        + $"{(what switch { 0 => "the page of the data", 1 => "the page of the last table", _ => "the page of TTB0" })}"
                );
            }
        }
    }

    private static IEnumerable<Named<Scene>> ByVmid(SceneTarget target)
    {
        var alone = new SceneDraft(target);
        var tree = alone.Tree2();
        var page = alone.Map(tree, Va, alone.Data(0));
        alone.Stream2(tree);
        alone.Access(0, Va).Edit(page, "Type", 0).Send(SmmuCommand.TlbiS12VmAll(3)).Access(0, Va, SMMU_CACHE_11);
        yield return alone.Named("stage 2");
        if (!target.Capabilities.S1P)
            yield break;
        foreach (var first in (bool[])[true, false])
        {
            var (draft, stage1, stage2) = Nested(target);
            draft.Access(0, Va).Edit(first ? stage1 : stage2, "Type", 0).Send(SmmuCommand.TlbiS12VmAll(3)).Access(0, Va, SMMU_CACHE_11);
            yield return draft.Named(first ? "nested, a leaf of stage 1" : "nested, a leaf of stage 2");
        }
    }

    private static IEnumerable<Named<Scene>> Asids(SceneTarget target)
    {
        foreach (var other in target.Capabilities.ASID16 ? (uint[])[0x12, 0x111, 0x8011] : [0x12])
        {
            var draft = new SceneDraft(target);
            for (var i = 0; i < 2; i++)
            {
                var tree = draft.Tree1();
                draft.Map(tree, Va, draft.Data(i));
                draft.Stream1(draft.Context(tree, asid: i == 0 ? Asid : other));
            }

            draft.Read(0, Va).Read(1, Va, SMMU_CACHE_12, SMMU_CD_09).Write(0, Va, SMMU_CACHE_12).Write(1, Va, SMMU_CACHE_12, SMMU_CD_09);
            yield return draft.Named($"ASIDs 0x11 and 0x{other:x}");
        }
    }

    private static IEnumerable<Named<Scene>> Vmids(SceneTarget target)
    {
        foreach (var other in target.Capabilities.VMID16 ? (uint[])[4, 0x103, 0x8003] : [4])
        {
            foreach (var nested in target.Capabilities.S1P ? (bool[])[false, true] : [false])
            {
                var draft = new SceneDraft(target);
                for (var i = 0; i < 2; i++)
                {
                    var stage2 = draft.Tree2();
                    draft.Map(stage2, Va, draft.Data(i));
                    if (nested)
                    {
                        var stage1 = draft.Tree1(behind: stage2);
                        draft.Map(stage1, Va, Va);
                        draft.Stream1(draft.Context(stage1), stage2);
                    }
                    else
                        draft.Stream2(stage2);
                }

                draft.Stream(1, stream => stream with { Vmid = other });
                draft.Read(0, Va).Read(1, Va, SMMU_CACHE_12).Write(0, Va, SMMU_CACHE_12).Write(1, Va, SMMU_CACHE_12);
                yield return draft.Named($"VMIDs 3 and 0x{other:x}{(nested ? ", nested" : "")}");
            }
        }
    }

    private static IEnumerable<Named<Scene>> FaultsAreNotCached(SceneTarget target)
    {
        foreach (var nested in (bool?[])[null, false, true])
        {
            if (nested is not null && Needs.Nested(target) is not null)
                continue;
            var (draft, leaf) = nested is { } second
                ? Nested(target) is var (made, stage1, stage2)
                    ? (made, second ? stage2 : stage1)
                    : default
                : Plain(target);
            draft.Edit(leaf, "Type", 0).Send(SmmuCommand.CfgiAll(), SmmuCommand.TlbiNsnhAll()).Access(0, Va).Edit(leaf, "Type", 3).Access(0, Va, SMMU_CACHE_13);
            yield return draft.Named($"invalid to valid{Where(nested)}");
        }

        foreach (var nested in (bool?[])[null, false, true])
        {
            if (nested is not null && Needs.Nested(target) is not null)
                continue;
            var (draft, leaf) = nested is { } second
                ? Nested(target) is var (made, stage1, stage2)
                    ? (made, second ? stage2 : stage1)
                    : default
                : Plain(target);
            draft.Edit(leaf, "AF", 0).Send(SmmuCommand.TlbiNsnhAll()).Access(0, Va).Edit(leaf, "AF", 1).Access(0, Va, SMMU_CACHE_26);
            yield return draft.Named($"AF 0 to 1{Where(nested)}");
        }

        static string Where(bool? nested) =>
            nested switch
            {
                null => "",
                false => ", nested, stage 1",
                _ => ", nested, stage 2",
            };
    }

    private static IEnumerable<Named<Scene>> Stale(SceneTarget target)
    {
        foreach (var toggle in (bool[])[false, true])
        {
            foreach (var (field, value) in ((string, ulong)[])[("Type", 0), ("AF", 0)])
            {
                var (draft, leaf) = Plain(target);
                draft.Access(0, Va).Edit(leaf, field, value);
                if (toggle)
                    draft.WriteRegister(SmmuRegister.Cr0, 0xc).WriteRegister(SmmuRegister.Cr0, 0xd);
                draft.Access(0, Va, toggle ? SMMU_CACHE_18 : SMMU_CACHE_14);
                yield return draft.Named($"{field}={value}{(toggle ? ", SMMUEN off and on" : "")}");
            }
        }
    }

    private static IEnumerable<Named<Scene>> Revoked(SceneTarget target)
    {
        var (draft, leaf) = Plain(target);
        draft.Access(0, Va).Edit(leaf, target.Capabilities.S1P ? "AP2" : "S2AP1", target.Capabilities.S1P ? 1u : 0);
        Drop(draft).Write(0, Va, SMMU_CACHE_15).Read(0, Va, SMMU_CACHE_15);
        yield return draft.Named("write permission");
        if (Needs.Nested(target) is not null)
            yield break;
        foreach (var first in (bool[])[true, false])
        {
            var (nested, stage1, stage2) = Nested(target);
            nested
                .Access(0, Va)
                .Edit(first ? stage1 : stage2, first ? "AP2" : "S2AP1", first ? 1u : 0)
                .InvalidateTlb()
                .Write(0, Va, SMMU_CACHE_15)
                .Read(0, Va, SMMU_CACHE_15);
            yield return nested.Named($"write permission, nested, stage {(first ? 1 : 2)}");
        }
    }

    private static IEnumerable<Named<Scene>> ManyPages(SceneTarget target)
    {
        const int pages = 640;
        var draft = new SceneDraft(target);
        int tree;
        if (target.Capabilities.S1P)
            draft.Stream1(draft.Context(tree = draft.Tree1()));
        else
            draft.Stream2(tree = draft.Tree2());
        var shift = SceneDraft.SmallestGranule(target.Capabilities);
        var frames = SceneTarget.DataSize >> shift;
        // Neighbours, and pages that agree in their lower bits.
        ulong At(int i) => Va + ((ulong)(i % 40) << shift) + ((ulong)(i / 40) << 24);
        for (var i = 0; i < pages; i++)
            draft.Map(tree, At(i), target.Data.Start + ((ulong)(i * 7 % frames) << shift));
        for (var round = 0; round < 2; round++)
        for (var i = 0; i < pages; i++)
            draft.Read(0, At(i), SMMU_CACHE_16);
        yield return draft.Named($"{pages} pages, twice");
    }

    private static IEnumerable<Named<Scene>> Scattered(SceneTarget target)
    {
        foreach (var large in SceneDraft.Granules(target.Capabilities))
        {
            foreach (var small in SceneDraft.Granules(target.Capabilities).Where(granule => granule < large))
            {
                var draft = new SceneDraft(target);
                var stage2 = draft.Tree2(small);
                var stage1 = draft.Tree1(large, behind: stage2);
                draft.Map(stage1, Va & ~((1ul << large) - 1), 0x10_0000);
                var parts = 1 << (large - small);
                for (var i = 0; i < parts; i++)
                    draft.Map(stage2, 0x10_0000 + ((ulong)i << small), target.Data.Start + ((ulong)(i * 5 % parts) << small));
                draft.Stream1(draft.Context(stage1), stage2);
                for (var i = 0; i < parts; i++)
                    draft.Access(0, (Va & ~((1ul << large) - 1)) + ((ulong)i << small) + 8, SMMU_CACHE_17);
                yield return draft.Named($"{ScenePrinter.Granule(large)} over {ScenePrinter.Granule(small)}");
            }
        }
    }

    private static IEnumerable<Named<Scene>> InPlace(SceneTarget target)
    {
        var (draft, _) = Plain(target);
        var entry = new StructureReference(StructureKind.StreamTableEntry, 0);
        draft
            .Access(0, Va, SMMU_CACHE_19)
            .Do(new EditStep(entry, 1, ulong.MaxValue, 1ul << 44))
            .Access(0, Va, SMMU_CACHE_19)
            .Do(new EditStep(entry, 0, 0xf, 0))
            .Access(0, Va, SMMU_CACHE_19)
            .Do(new EditStep(entry, 0, 0xf, 0xb))
            .Access(0, Va, SMMU_CACHE_19)
            .InvalidateSte(0)
            .Access(0, Va, SMMU_CACHE_19);
        yield return draft.Named("an STE");
        var (context, _) = Plain(target);
        context
            .Access(0, Va, SMMU_CACHE_19)
            .EditCd(0, "R", 0)
            .Access(0, Va, SMMU_CACHE_19)
            .EditCd(0, "MAIR", 0)
            .Access(0, Va, SMMU_CACHE_19)
            .EditCd(0, "V", 0)
            .Access(0, Va, SMMU_CACHE_19)
            .InvalidateCd(0)
            .Access(0, Va, SMMU_CACHE_19);
        yield return context.Named("a CD");
        // Both halves of a doubleword change: V below, R and ASID above.
        var (halves, _) = Plain(target);
        halves.Context(0, with => with with { Fields = [FieldValue.Cd("V", 0)] });
        halves
            .Access(0, Va)
            .Do(new EditStep(new(StructureKind.ContextDescriptor, 0), 0, 1ul << 31 | 1ul << 45, 1ul << 31))
            .InvalidateCd(0)
            .Access(0, Va, SMMU_CACHE_19)
            .Access(0, Va + 0x10_0000, SMMU_CACHE_19);
        yield return halves.Named("both halves of a doubleword");
    }

    private static IEnumerable<Named<Scene>> Global(SceneTarget target)
    {
        foreach (var asid in (int[])[Asid, 0x12, 0x33])
        {
            var draft = new SceneDraft(target);
            var tree = draft.Tree1();
            var leaf = draft.Map(tree, Va, draft.Data(0), attributes: SceneEntry.Stage1ReadWrite & ~(1ul << 11));
            draft.Stream1(draft.Context(tree));
            draft.Stream1(draft.Context(tree, asid: 0x12));
            draft.Read(0, Va).Read(1, Va).Edit(leaf, "Type", 0).InvalidateVa(Va, asid).Read(0, Va, SMMU_CACHE_20).Read(1, Va, SMMU_CACHE_20);
            yield return draft.Named($"ASIDs 0x11 and 0x12, TLBI_NH_VA of 0x{asid:x}");
        }
    }

    private static IEnumerable<Named<Scene>> Tagged(SceneTarget target)
    {
        foreach (var tag in (ulong[])[0, 1, 0x7f, 0xff])
        {
            var draft = new SceneDraft(target);
            var tree = draft.Tree1();
            var leaf = draft.Map(tree, Va, draft.Data(0));
            draft.Stream1(draft.Context(tree, null, Asid, FieldValue.Cd("TBI0", 1)));
            draft.Read(0, Va | tag << 56).Edit(leaf, "Type", 0).InvalidateVa(Va).Read(0, Va | tag << 56, SMMU_CACHE_05);
            yield return draft.Named($"tag 0x{tag:x}");
        }
    }

    private static IEnumerable<Named<Scene>> BlocksOverPages(SceneTarget target)
    {
        foreach (var hints in target.Capabilities.RIL ? (bool[])[false, true] : [false])
        {
            var draft = new SceneDraft(target);
            var stage2 = draft.Tree2();
            var stage1 = draft.Tree1(behind: stage2);
            var granule = draft.Tree(stage1).Granule;
            var start = Va >> draft.Tree(stage1).Shift(2) << draft.Tree(stage1).Shift(2);
            var leaf = draft.Map(stage1, start, 0x8000_0000, 2);
            draft.Map(stage2, 0x8000_0000 + (Va - start), draft.Data(0));
            draft.Stream1(draft.Context(stage1), stage2);
            var command = SmmuCommand.TlbiNhVa(3, Asid, start, true);
            if (hints)
                command = command with { TG = (granule - 10) / 2, TTL = 2 };
            draft.Read(0, Va).Edit(leaf, "Type", 0).Send(command).Read(0, Va, SMMU_CACHE_05);
            yield return draft.Named($"TLBI_NH_VA of the block's start, {(hints ? "with TG and TTL" : "without hints")}");
        }
    }

    private static IEnumerable<Named<Scene>> FailedFetch(SceneTarget target)
    {
        foreach (var what in (AddressBase[])[AddressBase.ContextTable, AddressBase.Tree])
        {
            var (draft, _, _) = Nested(target);
            var leaf = draft.Entry(0, draft.AddressOf(what, what == AddressBase.Tree ? 1 : 0));
            draft.Edit(leaf, "Type", 0).Send(SmmuCommand.CfgiAll(), SmmuCommand.TlbiNsnhAll()).Access(0, Va).Edit(leaf, "Type", 3).Access(0, Va, SMMU_CACHE_21);
            yield return draft.Named(what == AddressBase.Tree ? "the page of TTB0" : "the page of the CD");
        }
    }

    private static IEnumerable<Named<Scene>> Disabled(SceneTarget target)
    {
        foreach (var what in (string[])["leaf", "STE", "CD"])
        {
            if (what == "CD" && Needs.Stage1(target) is not null)
                continue;
            var (draft, leaf) = Plain(target);
            draft.Access(0, Va).WriteRegister(SmmuRegister.Cr0, 0xc);
            if (what == "leaf")
                draft.Edit(leaf, "Type", 0);
            else if (what == "STE")
                draft.EditSte(0, "V", 0);
            else
                draft.EditCd(0, "V", 0);
            draft.Send(SmmuCommand.CfgiAll(), SmmuCommand.TlbiNsnhAll()).WriteRegister(SmmuRegister.Cr0, 0xd).Access(0, Va, SMMU_CACHE_22);
            yield return draft.Named(what);
        }
    }

    private static IEnumerable<Named<Scene>> ByIntermediate(SceneTarget target)
    {
        foreach (var granule in SceneDraft.Granules(target.Capabilities))
        {
            foreach (var leafOnly in (bool[])[true, false])
            {
                var draft = new SceneDraft(target);
                var tree = draft.Tree2(granule);
                var leaf = draft.Map(tree, Va, draft.Data(0));
                draft.Stream2(tree);
                draft
                    .Access(0, Va)
                    .Do(new EditStep(leaf, 0, 0x0000_ffff_ffff_f000, draft.Data(16)))
                    .Send(SmmuCommand.TlbiS2Ipa(3, Va + (1ul << granule) - 0x1000, leafOnly))
                    .Access(0, Va, SMMU_CACHE_23);
                yield return draft.Named($"{ScenePrinter.Granule(granule)}, Leaf={(leafOnly ? 1 : 0)}");
            }
        }
    }

    private static IEnumerable<Named<Scene>> ConfigChanges(SceneTarget target)
    {
        var on = target.Capabilities.S1P ? 5ul : 6;
        // The address is that of a data word, so that it leads somewhere without translation as well.
        ulong[][] orders =
        [
            [on, 4, on],
            [4, on, 4],
            [on, 0, on],
            [4, 0, 4, on],
        ];
        foreach (var order in orders)
        {
            var draft = new SceneDraft(target);
            var page = SceneDraft.SmallestGranule(target.Capabilities) - 12;
            var va = draft.Data(16 << page);
            if (target.Capabilities.S1P)
            {
                var tree = draft.Tree1();
                draft.Map(tree, va, draft.Data(0));
                draft.Stream1(draft.Context(tree));
            }
            else
            {
                var tree = draft.Tree2();
                draft.Map(tree, va, draft.Data(0));
                draft.Stream2(tree);
            }

            draft.Stream(0, stream => stream with { Fields = [FieldValue.Ste("Config", order[0])] });
            draft.Access(0, va);
            foreach (var config in order[1..])
                draft.EditSte(0, "Config", config).InvalidateSte(0).Access(0, va, SMMU_CACHE_24);
            yield return draft.Named($"Config {string.Join(", ", order)}");
        }
    }

    private static IEnumerable<Named<Scene>> ExchangedTables(SceneTarget target)
    {
        foreach (var granule in SceneDraft.Granules(target.Capabilities))
        {
            foreach (var leafOnly in (bool[])[false, true])
            {
                var draft = new SceneDraft(target);
                var tree = draft.Tree1(granule);
                // A tree of one table of level 3 is what the other one is exchanged for.
                var other = draft.Tree1(granule, granule + granule - 3);
                draft.Map(tree, Va, draft.Data(0));
                draft.Map(other, Va & ((1ul << (granule + granule - 3)) - 1), draft.Data(16));
                draft.Stream1(draft.Context(tree));
                draft
                    .Access(0, Va)
                    .Do(new EditStep(draft.Entry(tree, Va, 2), 0, 0x0000_ffff_ffff_f000, 0) { Address = new SceneAddress(AddressBase.Tree, other, 0) })
                    .InvalidateVa(Va, leaf: leafOnly)
                    .Access(0, Va, SMMU_CACHE_25);
                yield return draft.Named($"{ScenePrinter.Granule(granule)}, Leaf={(leafOnly ? 1 : 0)}");
            }

            // A block becomes a table: break, invalidate, make. This is right whatever BBML is.
            var resized = new SceneDraft(target);
            var blocks = resized.Tree1(granule);
            var pages = resized.Tree1(granule, granule + granule - 3);
            var inside = (1ul << (granule + granule - 3)) - 1;
            var at = (Va & ~inside) | (resized.Data(0) & inside);
            var block = resized.Map(blocks, at & ~inside, resized.Data(0) & ~inside, 2);
            resized.Map(pages, at & inside & ~((1ul << granule) - 1), resized.Data(16));
            resized.Stream1(resized.Context(blocks));
            resized
                .Access(0, at)
                .Edit(block, "Type", 0)
                .InvalidateVa(at, leaf: false)
                .Access(0, at)
                .Do(new EditStep(block, 0, 0x0000_ffff_ffff_f000, 0) { Address = new SceneAddress(AddressBase.Tree, pages, 0) })
                .Edit(block, "Type", 3)
                .Access(0, at, SMMU_CACHE_25, SMMU_CACHE_05);
            yield return resized.Named($"{ScenePrinter.Granule(granule)}, a table for a block");
        }
    }
}
