using Conformance.Engine.Campaigns;
using Conformance.Engine.Smmu;
using Conformance.Model.Requirements;
using Conformance.Model.Smmu.Device;
using Conformance.Model.Smmu.Structures;
using static Conformance.Model.Requirements.RequirementId;

namespace Conformance.Suites.Smmu;

/// <summary>SMMU-HTTU: access flags and dirty state that hardware writes into descriptors. Each scene reads them back.</summary>
internal static class UpdateCampaigns
{
    private const ulong Va = SceneDraft.PageAt;
    private const ulong Ipa = 0x8_0000;
    private const ulong AccessFlag = 1 << 10;
    private const ulong Dbm = 1ul << 51;

    // Clean leaves: read-only, and writable once hardware has said so.
    private const ulong Clean1 = SceneEntry.Stage1ReadWrite | 1 << 7 | Dbm;
    private const ulong Clean2 = SceneEntry.Stage2ReadWrite & ~(1ul << 7) | Dbm;

    internal static IEnumerable<ICampaign<SceneTarget, Scene>> All =>
        [
            // HA x AFFD (S2HA x S2AFFD) over leaves of every level with AF=0, and with HAFT over tables.
            new SmmuCampaign("access-flags-set-by-hardware", [SMMU_HTTU_01, SMMU_HTTU_12], Needs.AccessFlag, AccessFlags),
            // HA and HD x DBM x the permission of the leaf, read and then written.
            new SmmuCampaign("dirty-state-set-by-hardware", [SMMU_HTTU_02, SMMU_HTTU_03, SMMU_HTTU_04, SMMU_HTTU_11], Needs.DirtyState, DirtyState),
            // A write that APTable, PAN, privilege or the other stage denies, and a prefetch, leave a leaf clean.
            new SmmuCampaign("what-leaves-a-leaf-clean", [SMMU_HTTU_02, SMMU_HTTU_03], Needs.DirtyState, StaysClean),
            // Software changes a leaf that the TLB knows as clean, and sends no command: the update does not bring the old one back.
            new SmmuCampaign("updates-of-changed-leaves", [SMMU_HTTU_05], Needs.DirtyState, ChangedLeaves),
            // The update of a stage-1 descriptor is a write through stage 2.
            new SmmuCampaign("updates-through-stage-2", [SMMU_HTTU_06], Needs.All(Needs.Nested, Needs.DirtyState), ThroughStage2),
            // Software makes a leaf clean again and again.
            new SmmuCampaign("leaves-made-clean-again", [SMMU_HTTU_07], Needs.DirtyState, CleanAgain),
            // When SYNC is consumed, the updates of what ended before are there.
            new SmmuCampaign("updates-before-sync", [SMMU_HTTU_08], Needs.DirtyState, BeforeSync),
            // A write anywhere in a block makes the block dirty.
            new SmmuCampaign("dirty-blocks", [SMMU_HTTU_09], Needs.DirtyState, Blocks),
            // HAFT and S2HAFT without what they need.
            new SmmuCampaign("updates-of-tables-without-those-of-leaves", [SMMU_HTTU_11], Needs.AccessFlag, TablesAlone),
            // The page of a CD, or of a table of them, gets AF in stage 2 and stays clean.
            new SmmuCampaign("pages-of-cds", [SMMU_HTTU_13], Needs.All(Needs.Nested, Needs.DirtyState), ContextPages),
            // SMMUEN=0: transactions and prefetches update nothing.
            new SmmuCampaign("no-updates-while-disabled", [SMMU_HTTU_14], Needs.AccessFlag, Disabled),
        ];

    private static IEnumerable<Named<Scene>> AccessFlags(SceneTarget target)
    {
        foreach (var stage in Stages(target))
        {
            foreach (var granule in SceneDraft.Granules(target.Capabilities))
            {
                for (var level = 2; level <= 3; level++)
                {
                    for (ulong flags = 0; flags < 8; flags++)
                    {
                        var (hardware, noFault, tables) = (flags & 1, flags >> 1 & 1, flags >> 2);
                        if (tables == 1 && (target.Capabilities.HTTU < 3 || hardware == 0))
                            continue;
                        var plain = stage == 1 ? SceneEntry.Stage1ReadWrite : SceneEntry.Stage2ReadWrite;
                        var (draft, leaf, at) = Alone(
                            target,
                            stage,
                            plain & ~AccessFlag,
                            granule,
                            level,
                            ("HA", hardware),
                            ("AFFD", noFault),
                            ("HAFT", tables)
                        );
                        draft.Read(0, at, SMMU_HTTU_01, SMMU_HTTU_12).ReadBack(leaf, SMMU_HTTU_01, SMMU_HTTU_12);
                        draft.Write(0, at).ReadBack(leaf, SMMU_HTTU_01).ReadBack(draft.Entry(0, at, 1), SMMU_HTTU_01);
                        yield return draft.Named(
                            $"stage {stage}, {ScenePrinter.Granule(granule)}, level {level}, HA={hardware} AFFD={noFault}{(tables == 1 ? " HAFT=1" : "")}"
                        );
                    }
                }
            }
        }

        if (Needs.Nested(target) is not null)
            yield break;
        for (ulong flags = 0; flags < 4; flags++)
        {
            var (draft, first, second) = Nested(
                target,
                SceneEntry.Stage1ReadWrite & ~AccessFlag,
                SceneEntry.Stage2ReadWrite & ~AccessFlag,
                [("HA", flags & 1)],
                [("HA", flags >> 1)]
            );
            draft.Access(0, Va, SMMU_HTTU_01).ReadBack(first, SMMU_HTTU_01).ReadBack(second, SMMU_HTTU_01);
            yield return draft.Named($"nested, HA={flags & 1} S2HA={flags >> 1}");
        }
    }

    private static IEnumerable<Named<Scene>> DirtyState(SceneTarget target)
    {
        foreach (var stage in Stages(target))
        {
            for (ulong flags = 0; flags < 4; flags++)
            {
                foreach (var marked in (bool[])[true, false])
                {
                    foreach (var accessed in (bool[])[true, false])
                    {
                        for (ulong permission = 0; permission < 4; permission++)
                        {
                            var plain = (stage == 1 ? SceneEntry.Stage1ReadWrite : SceneEntry.Stage2ReadWrite) & ~(3ul << 6) & ~AccessFlag;
                            var attributes = plain | permission << 6 | (marked ? Dbm : 0) | (accessed ? AccessFlag : 0);
                            var (draft, leaf, at) = Alone(target, stage, attributes, null, 3, ("HA", flags & 1), ("HD", flags >> 1));
                            RequirementId[] aims = flags switch
                            {
                                2 => [SMMU_HTTU_11],
                                3 when marked => [SMMU_HTTU_02],
                                3 => [SMMU_HTTU_02, SMMU_HTTU_04],
                                _ => [SMMU_HTTU_04],
                            };
                            draft.Read(0, at, SMMU_HTTU_03).ReadBack(leaf, SMMU_HTTU_03);
                            draft.Write(0, at, aims).ReadBack(leaf, aims).Write(0, at, aims).Read(0, at, aims).ReadBack(leaf, aims);
                            yield return draft.Named(
                                $"stage {stage}, HA={flags & 1} HD={flags >> 1} DBM={(marked ? 1 : 0)} AF={(accessed ? 1 : 0)} "
                                    + $"{(stage == 1 ? "AP[2:1]" : "S2AP")}={permission}"
                            );
                        }
                    }
                }
            }
        }
    }

    private static IEnumerable<Named<Scene>> StaysClean(SceneTarget target)
    {
        foreach (var stage in Stages(target))
        {
            var (prefetched, page, where) = Alone(target, stage, stage == 1 ? Clean1 : Clean2, null, 3, ("HA", 1), ("HD", 1));
            prefetched
                .Send(SmmuCommand.PrefetchAddress(prefetched.Id(), where))
                .ReadBack(page, SMMU_HTTU_03)
                .Read(0, where, SMMU_HTTU_03)
                .ReadBack(page, SMMU_HTTU_03);
            yield return prefetched.Named($"stage {stage}, prefetched");
        }

        if (!target.Capabilities.S1P)
            yield break;
        foreach (var bit in (int[])[62, 61])
        {
            var (draft, leaf, at) = Alone(target, 1, Clean1, null, 3, ("HA", 1), ("HD", 1));
            draft.Map(0, at, default, 2, 1ul << bit, EntryKind.Table);
            draft.Write(0, at, SMMU_HTTU_02).ReadBack(leaf, SMMU_HTTU_02, SMMU_HTTU_03);
            yield return draft.Named($"APTable[{bit - 61}]");
        }

        if (Needs.Attributes(target) is null)
        {
            foreach (var (privileged, attributes) in ((bool, ulong)[])[(true, Clean1), (false, Clean1 & ~(1ul << 6))])
            {
                var (draft, leaf, at) = Alone(target, 1, attributes, null, 3, ("HA", 1), ("HD", 1), ("PAN", 1));
                draft.Transact(new(draft.Id(), at, false, 4) { IsPrivileged = privileged }, SMMU_HTTU_02).ReadBack(leaf, SMMU_HTTU_02, SMMU_HTTU_03);
                yield return draft.Named(privileged ? "PAN" : "no unprivileged access");
            }
        }

        if (Needs.Nested(target) is not null)
            yield break;
        // Stage 1 denies: stage 2 stays clean. Stage 2 denies: stage 1 may be dirty, and stage 2 is what it was.
        foreach (var (stage1, stage2) in ((ulong, ulong)[])[(Clean1 & ~Dbm, Clean2), (Clean1, Clean2 & ~Dbm)])
        {
            var (draft, first, second) = Nested(target, stage1, stage2, [("HA", 1), ("HD", 1)], [("HA", 1), ("HD", 1)]);
            draft.Write(0, Va, SMMU_HTTU_03).ReadBack(first).ReadBack(second, SMMU_HTTU_03);
            yield return draft.Named($"nested, denied by stage {(stage2 == Clean2 ? 1 : 2)}");
        }
    }

    private static IEnumerable<Named<Scene>> ChangedLeaves(SceneTarget target)
    {
        foreach (var stage in Stages(target))
        {
            foreach (var (field, value) in ((string, ulong)[])[("Type", 0), ("DBM", 0), ("SH", 0), ("Output", 0)])
            {
                foreach (var invalidates in (bool[])[false, true])
                {
                    var (draft, leaf, at) = Alone(target, stage, stage == 1 ? Clean1 : Clean2, null, 3, ("HA", 1), ("HD", 1));
                    draft.Read(0, at);
                    if (field == "Output")
                        draft.Do(new EditStep(leaf, 0, 0x0000_ffff_ffff_f000, draft.Data(32)));
                    else
                        draft.Edit(leaf, field, value);
                    if (invalidates)
                        Drop(draft, stage, at);
                    draft.Write(0, at, SMMU_HTTU_05).ReadBack(leaf, SMMU_HTTU_05);
                    yield return draft.Named($"stage {stage}, {field}={(field == "Output" ? "another page" : value)}{(invalidates ? ", invalidated" : "")}");
                }
            }
        }
    }

    private static IEnumerable<Named<Scene>> ThroughStage2(SceneTarget target)
    {
        foreach (
            var (what, attributes) in ((string, ulong)[])
                [("AF", SceneEntry.Stage1ReadWrite & ~AccessFlag), ("AP[2]", Clean1), ("AF and AP[2]", Clean1 & ~AccessFlag)]
        )
        {
            foreach (var (permission, marked) in ((ulong, ulong)[])[(3, 0), (1, 0), (1, 1), (0, 1), (2, 0)])
            {
                for (ulong flags = 0; flags < 4; flags++)
                {
                    var (draft, leaf, _) = Nested(
                        target,
                        attributes,
                        SceneEntry.Stage2ReadWrite,
                        [("HA", 1), ("HD", 1)],
                        [("HA", flags & 1), ("HD", flags >> 1)]
                    );
                    // The page of the last table.
                    var tables = draft.AddressOf(AddressBase.Tree, 1) + ((ulong)(3 - draft.Tree(1).FirstLevel) << draft.Tree(1).Granule);
                    var page = draft.Entry(0, tables);
                    draft
                        .Edit(page, "S2AP0", permission & 1)
                        .Edit(page, "S2AP1", permission >> 1)
                        .Edit(page, "DBM", marked)
                        .Send(SmmuCommand.CfgiAll())
                        .InvalidateTlb();
                    draft.Read(0, Va, SMMU_HTTU_06).Write(0, Va, SMMU_HTTU_06).ReadBack(page, SMMU_HTTU_06).ReadBack(leaf, SMMU_HTTU_06);
                    yield return draft.Named($"update of {what}, page of the table S2AP={permission} DBM={marked}, S2HA={flags & 1} S2HD={flags >> 1}");
                }
            }
        }
    }

    private static IEnumerable<Named<Scene>> CleanAgain(SceneTarget target)
    {
        foreach (var stage in Stages(target))
        {
            foreach (var all in (bool[])[false, true])
            {
                var (draft, leaf, at) = Alone(target, stage, stage == 1 ? Clean1 : Clean2, null, 3, ("HA", 1), ("HD", 1));
                for (var round = 0; round < 3; round++)
                {
                    draft.Write(0, at, SMMU_HTTU_07).ReadBack(leaf, SMMU_HTTU_07);
                    draft.Edit(leaf, stage == 1 ? "AP2" : "S2AP1", stage == 1 ? 1u : 0);
                    if (all)
                        draft.InvalidateTlb();
                    else
                        Drop(draft, stage, at);
                }

                draft.Read(0, at).ReadBack(leaf, SMMU_HTTU_03);
                yield return draft.Named($"stage {stage}, {(all ? "TLBI_NSNH_ALL" : "TLBI of the page")}");
            }
        }
    }

    private static IEnumerable<Named<Scene>> BeforeSync(SceneTarget target)
    {
        foreach (var stage in Stages(target))
        {
            foreach (var reads in (bool[])[true, false])
            {
                foreach (var invalidates in (bool[])[true, false])
                {
                    var (draft, leaf, at) = Alone(target, stage, (stage == 1 ? Clean1 : Clean2) & ~AccessFlag, null, 3, ("HA", 1), ("HD", 1));
                    draft.Transact(new(draft.Id(), at, reads, 4), SMMU_HTTU_08);
                    if (invalidates)
                        Drop(draft, stage, at);
                    else
                        draft.Do(CommandStep.Of(SmmuCommand.Sync()));
                    draft.ReadBack(leaf, SMMU_HTTU_08);
                    yield return draft.Named($"stage {stage}, {(reads ? "a read" : "a write")}, {(invalidates ? "TLBI and SYNC" : "SYNC")}");
                }
            }
        }
    }

    private static IEnumerable<Named<Scene>> Blocks(SceneTarget target)
    {
        foreach (var stage in Stages(target))
        {
            foreach (var granule in SceneDraft.Granules(target.Capabilities))
            {
                for (var level = granule == 12 ? 1 : 2; level < 3; level++)
                {
                    foreach (var page in (int[])[0, 63])
                    {
                        var (draft, leaf, at) = Alone(target, stage, stage == 1 ? Clean1 : Clean2, granule, level, ("HA", 1), ("HD", 1));
                        var other = at + ((ulong)page << 12);
                        draft
                            .Read(0, at, SMMU_HTTU_09)
                            .Write(0, other, SMMU_HTTU_09)
                            .ReadBack(leaf, SMMU_HTTU_09)
                            .Write(0, at, SMMU_HTTU_09)
                            .ReadBack(leaf, SMMU_HTTU_09);
                        yield return draft.Named($"stage {stage}, {ScenePrinter.Granule(granule)}, level {level}, data page {page}");
                    }
                }
            }
        }
    }

    private static IEnumerable<Named<Scene>> TablesAlone(SceneTarget target)
    {
        foreach (var stage in Stages(target))
        {
            for (ulong flags = 0; flags < 4; flags++)
            {
                var plain = stage == 1 ? SceneEntry.Stage1ReadWrite : SceneEntry.Stage2ReadWrite;
                var (draft, leaf, at) = Alone(target, stage, plain & ~AccessFlag, null, 3, ("HA", flags & 1), ("HAFT", flags >> 1));
                draft.Access(0, at, SMMU_HTTU_11).ReadBack(leaf, SMMU_HTTU_11).ReadBack(draft.Entry(0, at, 2), SMMU_HTTU_11);
                yield return draft.Named($"stage {stage}, HA={flags & 1} HAFT={flags >> 1}");
            }
        }
    }

    private static IEnumerable<Named<Scene>> ContextPages(SceneTarget target)
    {
        foreach (var substreams in Needs.TwoLevelContexts(target) is null ? (bool[])[false, true] : [false])
        {
            foreach (var permission in (ulong[])[1, 3])
            {
                var (draft, _, _) = Nested(target, SceneEntry.Stage1ReadWrite, SceneEntry.Stage2ReadWrite, [], [("HA", 1), ("HD", 1)]);
                if (substreams)
                    draft.Stream(0, stream => stream with { ContextFormat = 1, ContextBits = 8, Substreams = [new(0x41, 0)] });
                // With two levels the table of L1CDs is in one page, the leaf in the next.
                var seen = draft.AddressOf(AddressBase.ContextTable, 0);
                var pages = new List<StructureReference> { draft.Entry(0, seen) };
                if (substreams)
                    pages.Add(draft.Entry(0, seen + (1ul << draft.Tree(0).Granule)));
                foreach (var page in pages)
                    draft.Edit(page, "AF", 0).Edit(page, "S2AP1", permission >> 1).Edit(page, "DBM", 1);
                draft.Send(SmmuCommand.CfgiAll()).InvalidateTlb();
                foreach (var reads in (bool[])[true, false])
                    draft.Transact(new(draft.Id(), Va, reads, 4) { HasSubstream = substreams, SubstreamId = substreams ? 0x41u : 0 }, SMMU_HTTU_13);
                foreach (var page in pages)
                    draft.ReadBack(page, SMMU_HTTU_13);
                yield return draft.Named($"{(substreams ? "a CD table of two levels" : "one CD")}, its page S2AP={permission}");
            }
        }
    }

    private static IEnumerable<Named<Scene>> Disabled(SceneTarget target)
    {
        foreach (var stage in Stages(target))
        {
            foreach (var fromTheStart in (bool[])[true, false])
            {
                var clean = (stage == 1 ? Clean1 : Clean2) & ~AccessFlag;
                var (draft, leaf, at) = Alone(target, stage, clean, null, 3, ("HA", 1), ("HD", target.Capabilities.HTTU >= 2 ? 1u : 0));
                if (fromTheStart)
                    draft.Setup = draft.Setup with { Cr0 = 0xc };
                else
                    draft.Access(0, at + 0x10_0000).WriteRegister(SmmuRegister.Cr0, 0xc);
                draft.Send(SmmuCommand.PrefetchConfig(draft.Id()), SmmuCommand.PrefetchAddress(draft.Id(), at)).ReadBack(leaf, SMMU_HTTU_14);
                // The page has the address of a data word: a write that is not translated lands somewhere.
                draft.Access(0, at, SMMU_HTTU_14).ReadBack(leaf, SMMU_HTTU_14);
                yield return draft.Named($"stage {stage}, {(fromTheStart ? "disabled from the start" : "disabled after use")}");
            }
        }
    }

    private static IEnumerable<int> Stages(SceneTarget target)
    {
        if (target.Capabilities.S1P)
            yield return 1;
        if (target.Capabilities.S2P)
            yield return 2;
    }

    // What drops a leaf for certain.
    private static void Drop(SceneDraft draft, int stage, ulong address)
    {
        if (stage == 1)
            draft.InvalidateVa(address);
        else
            draft.Send(SmmuCommand.TlbiS2Ipa(3, address, true));
    }

    // The leaf of one stage, and an address in it that leads to data page 0. Fields are named as in a CD.
    private static (SceneDraft Draft, StructureReference Leaf, ulong At) Alone(
        SceneTarget target,
        int stage,
        ulong attributes,
        int? granule,
        int level,
        params (string Name, ulong Value)[] fields
    )
    {
        var draft = new SceneDraft(target);
        var tree = stage == 1 ? draft.Tree1(granule) : draft.Tree2(granule, 39);
        var inside = (1ul << draft.Tree(tree).Shift(level)) - 1;
        var leaf = draft.Map(tree, draft.Data(0) & ~inside, draft.Data(0) & ~inside, level, attributes);
        if (stage == 1)
            draft.Stream1(draft.Context(tree, null, 0x11, Context(fields)));
        else
            draft.Stream2(tree, null, Stream(fields));
        return (draft, leaf, draft.Data(0));
    }

    // A nested stream with one page: tree 0 is stage 2, tree 1 stage 1.
    private static (SceneDraft Draft, StructureReference Stage1, StructureReference Stage2) Nested(
        SceneTarget target,
        ulong attributes1,
        ulong attributes2,
        (string Name, ulong Value)[] context,
        (string Name, ulong Value)[] stream
    )
    {
        var draft = new SceneDraft(target);
        var stage2 = draft.Tree2();
        var stage1 = draft.Tree1(behind: stage2);
        var first = draft.Map(stage1, Va, Ipa, attributes: attributes1);
        var second = draft.Map(stage2, Ipa, draft.Data(0), attributes: attributes2);
        draft.Stream1(draft.Context(stage1, null, 0x11, Context(context)), stage2, null, Stream(stream));
        return (draft, first, second);
    }

    private static FieldValue[] Context((string Name, ulong Value)[] fields) => [.. fields.Select(field => FieldValue.Cd(field.Name, field.Value))];

    // PAN has no counterpart in stage 2.
    private static FieldValue[] Stream((string Name, ulong Value)[] fields) => [.. fields.Select(field => FieldValue.Ste($"S2{field.Name}", field.Value))];
}
