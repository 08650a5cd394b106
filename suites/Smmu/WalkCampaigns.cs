using Conformance.Engine.Campaigns;
using Conformance.Engine.Smmu;
using Conformance.Model.Requirements;
using Conformance.Model.Smmu.Device;
using Conformance.Model.Smmu.Structures;
using static Conformance.Model.Requirements.RequirementId;

namespace Conformance.Suites.Smmu;

/// <summary>SMMU-WALK: walks through translation tables, and what their descriptors permit.</summary>
internal static class WalkCampaigns
{
    private const ulong Va = SceneDraft.PageAt;

    internal static IEnumerable<ICampaign<SceneTarget, Scene>> All =>
        [
            // Every size of input address x granule x level of the leaf x half: its first leaf, its last one and one between.
            new SmmuCampaign("walks-of-stage-1-every-size", [SMMU_WALK_01], Needs.Stage1, EverySize1),
            // The same for stage 2, with every start level that a size may have.
            new SmmuCampaign("walks-of-stage-2-every-size", [SMMU_WALK_01], Needs.Stage2, EverySize2),
            // Every granule and leaf of stage 1 over every one of stage 2.
            new SmmuCampaign("walks-through-both-stages", [SMMU_WALK_01], Needs.Nested, BothStages),
            // Descriptors whose bit 0 is 0, blocks at levels that have none, and bits [1:0]=1 at level 3 are Translation faults.
            new SmmuCampaign("descriptors-of-every-type", [SMMU_WALK_02, SMMU_WALK_27], Needs.Nothing, EveryType),
            // Addresses right below and above the range of each half, in the gap between, and with single upper bits that are off.
            new SmmuCampaign("addresses-beside-the-ranges", [SMMU_WALK_03], Needs.Stage1, BesideTheRanges),
            // The top byte is ignored in the half whose TBI is set, and in no other.
            new SmmuCampaign("top-bytes", [SMMU_WALK_04], Needs.Stage1, TopBytes),
            // A half with EPD=1 is not walked: it faults the same with good tables, without any, and where the first fetch would abort.
            new SmmuCampaign("disabled-halves", [SMMU_WALK_05], Needs.Stage1, DisabledHalves),
            // The output size is below that of a leaf, or of the next table, in each value that IPS and S2PS can have.
            new SmmuCampaign("output-sizes", [SMMU_WALK_06, SMMU_WALK_07], Needs.Nothing, OutputSizes),
            // AF x AFFD x write permission, of each stage: F_ACCESS goes before F_PERMISSION.
            new SmmuCampaign("access-flags-and-permissions", [SMMU_WALK_08, SMMU_WALK_09], Needs.Nothing, AccessFlags),
            // What a table forbids, at each level: on the first access and on the next one, after a deeper fault, and not with HAD.
            new SmmuCampaign("permissions-of-tables", [SMMU_WALK_10, SMMU_WALK_11], Needs.Stage1, TablePermissions),
            // HAD0 and HAD1 each for its half.
            new SmmuCampaign("hierarchical-attributes-disabled", [SMMU_WALK_12], Needs.Hierarchy, HierarchyDisabled),
            // AP x UXN x PXN of a leaf, WXN and PAN, read, written and executed by privileged and unprivileged masters; overrides of the STE.
            new SmmuCampaign("privilege-and-execution", [SMMU_WALK_13], Needs.All(Needs.Stage1, Needs.Attributes), Privilege),
            // A descriptor that cannot be fetched, at each level and of each stage.
            new SmmuCampaign("descriptors-in-the-hole", [SMMU_WALK_14], Needs.Nothing, AbortedWalks),
            // 1, 2, 4, 8 and 16 first tables beside each other, with a leaf in each.
            new SmmuCampaign("concatenated-tables", [SMMU_WALK_15], Needs.Stage2, Concatenated),
            // S2AP 0..3: on the first access and on the next one, in either order.
            new SmmuCampaign("permissions-of-stage-2", [SMMU_WALK_16], Needs.Stage2, Permissions2),
            // XN[1:0] of stage 2.
            new SmmuCampaign("execution-through-stage-2", [SMMU_WALK_17], Needs.All(Needs.Stage2, Needs.Attributes), Execution2),
            // An input address beyond IAS, recorded whatever S2R says.
            new SmmuCampaign("stage-2-input-beyond-the-size", [SMMU_WALK_18], Needs.Stage2, BeyondInput),
            // Big-endian tables are walked or refused.
            new SmmuCampaign("big-endian-tables", [SMMU_WALK_19], Needs.Nothing, BigEndian),
            // Every member of a contiguous run leads to its own page.
            new SmmuCampaign("contiguous-runs", [SMMU_WALK_20], Needs.Nothing, Contiguous),
            // Structures whose bytes are all different are read little-endian, whatever the host is.
            new SmmuCampaign("byte-order-of-structures", [SMMU_WALK_21], Needs.TwoLevel, ByteOrder),
            // Bits [15:12] of a descriptor of 64 KiB are address bits [51:48].
            new SmmuCampaign("addresses-of-52-bits", [SMMU_WALK_22], Needs.LargeOutput, LargeAddresses),
            // One descriptor with several defects; one is taken away at a time.
            new SmmuCampaign("defects-of-one-descriptor", [SMMU_WALK_23], Needs.Nothing, Defects),
            // E0PD0 and E0PD1 close a half to unprivileged accesses alone.
            new SmmuCampaign("halves-closed-to-the-unprivileged", [SMMU_WALK_24], Needs.Privilege, ClosedHalves),
            // S2PTW=1 keeps tables and CDs out of Device memory, data not.
            new SmmuCampaign("protected-table-walks", [SMMU_WALK_25], Needs.Stage2, ProtectedWalks),
            // Start levels that OAS rules out, and the same size from concatenated tables one level lower.
            new SmmuCampaign("start-levels-beyond-the-output-size", [SMMU_WALK_26], Needs.SmallOutput, StartLevels),
            // Bits below the granule in the address of the next table.
            new SmmuCampaign("low-bits-of-table-addresses", [SMMU_WALK_27], Needs.Nothing, LowTableBits),
        ];

    // The levels that have leaves, from the level of the first table on.
    private static IEnumerable<int> LeafLevels(SmmuCapabilities can, int granule, int first)
    {
        var lowest = granule == 12 || (granule == 16 && can.OutputAddressSize == 52) ? 1 : 2;
        for (var level = Math.Max(lowest, first); level <= 3; level++)
            yield return level;
    }

    private static ulong Low(int bits) => (1ul << bits) - 1;

    private static string Half(bool upper) => upper ? "TTB1" : "TTB0";

    // The smallest size of input address with small tables is that of a table with two pages.
    private static IEnumerable<int> Sizes(SmmuCapabilities can, int granule, int largest)
    {
        for (
            var bits =
                !can.STT ? 25
                : granule == 16 ? 17
                : 16;
            bits <= largest;
            bits++
        )
            yield return bits;
    }

    // Maps the first leaf of a tree, its last one and one between to data pages of their own. Gives where those are.
    private static List<ulong> MapEnds(SceneDraft draft, int tree, int level)
    {
        var (bits, shift) = (draft.Tree(tree).InputBits, draft.Tree(tree).Shift(level));
        var leaves = ((ulong[])[0, 0x5a5a_a5a5_5a5a_a5a5, ulong.MaxValue]).Select(input => input & Low(bits) & ~Low(shift)).Distinct().ToList();
        for (var i = 0; i < leaves.Count; i++)
        {
            var data = draft.Data(i * 16);
            draft.Map(tree, leaves[i], data & ~Low(shift), level);
            leaves[i] += (data & Low(shift)) + ((ulong)i * 8);
        }

        return leaves;
    }

    private static IEnumerable<Named<Scene>> EverySize1(SceneTarget target)
    {
        foreach (var granule in SceneDraft.Granules(target.Capabilities))
        {
            foreach (var bits in Sizes(target.Capabilities, granule, granule == 16 && target.Capabilities.VAX == 1 ? 52 : 48))
            {
                foreach (var upper in (bool[])[false, true])
                {
                    var first = new SceneTree
                    {
                        Stage = 1,
                        Granule = granule,
                        InputBits = bits,
                    }.FirstLevel;
                    foreach (var level in LeafLevels(target.Capabilities, granule, first))
                    {
                        var draft = new SceneDraft(target);
                        var tree = draft.Tree1(granule, bits, upper: upper);
                        draft.Stream1(upper ? draft.Context(null, tree) : draft.Context(tree));
                        foreach (var at in MapEnds(draft, tree, level))
                            draft.Access(0, upper ? at | ~Low(bits) : at, SMMU_WALK_01);
                        yield return draft.Named($"{ScenePrinter.Granule(granule)}, {bits} bits, leaves at level {level}, {Half(upper)}");
                    }
                }
            }
        }
    }

    private static IEnumerable<Named<Scene>> EverySize2(SceneTarget target)
    {
        foreach (var granule in SceneDraft.Granules(target.Capabilities))
        {
            foreach (var bits in Sizes(target.Capabilities, granule, Math.Min(granule == 16 ? 52 : 48, target.Capabilities.IntermediateAddressSize)))
            {
                foreach (var start in SceneDraft.StartLevels(target.Capabilities, granule, bits))
                {
                    foreach (var level in LeafLevels(target.Capabilities, granule, start))
                    {
                        var draft = new SceneDraft(target);
                        var tree = draft.Tree2(granule, bits, start);
                        draft.Stream2(tree);
                        foreach (var at in MapEnds(draft, tree, level))
                            draft.Access(0, at, SMMU_WALK_01);
                        yield return draft.Named($"{ScenePrinter.Granule(granule)}, {bits} bits from level {start}, leaves at level {level}");
                    }
                }
            }
        }
    }

    private static IEnumerable<Named<Scene>> BothStages(SceneTarget target)
    {
        foreach (var granule1 in SceneDraft.Granules(target.Capabilities))
        {
            foreach (var granule2 in SceneDraft.Granules(target.Capabilities))
            {
                foreach (var (bits1, bits2) in ((int, int)[])[(25, 31), (39, 32), (48, 40)])
                {
                    foreach (var (block1, block2) in ((bool, bool)[])[(false, false), (true, false), (false, true), (true, true)])
                    {
                        // Blocks of level 2; those of stage 2 end below the tables that lie behind it.
                        var shift2 = granule2 + (block2 ? granule2 - 3 : 0);
                        if (shift2 >= 25)
                            continue;
                        var draft = new SceneDraft(target);
                        var stage2 = draft.Tree2(granule2, bits2);
                        var stage1 = draft.Tree1(granule1, bits1, stage2);
                        var shift1 = draft.Tree(stage1).Shift(block1 ? 2 : 3);
                        if (shift1 >= bits1)
                            continue;
                        draft.Stream1(draft.Context(stage1), stage2);
                        for (var i = 0; i < 3; i++)
                        {
                            var (data, ipa) = (draft.Data(i * 16), (ulong)(5 - i) << 18 | (draft.Data(i * 16) & Low(shift2)));
                            var at = ((ulong)i << 22 & ~Low(shift1)) | (ipa & Low(shift1));
                            draft.Map(stage1, at & ~Low(shift1), ipa & ~Low(shift1), block1 ? 2 : 3);
                            draft.Map(stage2, ipa & ~Low(shift2), data & ~Low(shift2), block2 ? 2 : 3);
                            draft.Access(0, at, SMMU_WALK_01);
                        }

                        yield return draft.Named($"{Leaf(granule1, bits1, block1)} over {Leaf(granule2, bits2, block2)}");
                    }
                }
            }
        }

        static string Leaf(int granule, int bits, bool block) => $"{(block ? "a block" : "pages")} of {ScenePrinter.Granule(granule)} tables with {bits} bits";
    }

    private static IEnumerable<Named<Scene>> EveryType(SceneTarget target)
    {
        foreach (var stage in (int[])[1, 2])
        {
            if ((stage == 1 ? Needs.Stage1(target) : Needs.Stage2(target)) is not null)
                continue;
            foreach (var granule in SceneDraft.Granules(target.Capabilities))
            {
                var bits = stage == 1 ? 48 : Math.Min(48, target.Capabilities.IntermediateAddressSize);
                var probe = new SceneDraft(target);
                var first = probe.Tree(stage == 1 ? probe.Tree1(granule, bits) : probe.Tree2(granule, bits)).FirstLevel;
                for (var level = first; level <= 3; level++)
                {
                    for (ulong type = 0; type < 4; type++)
                    {
                        var draft = new SceneDraft(target);
                        var tree = stage == 1 ? draft.Tree1(granule, bits) : draft.Tree2(granule, bits);
                        if (stage == 1)
                            draft.Stream1(draft.Context(tree));
                        else
                            draft.Stream2(tree);
                        var shift = draft.Tree(tree).Shift(level);
                        var at = (1ul << Math.Max(shift, 40)) | (draft.Data(0) & Low(shift));
                        // What bits [1:0]=3 make a table has zeros in it, so that nothing is mapped below.
                        var output = type == 3 && level < 3 ? target.Spare : draft.Data(0) & ~Low(shift);
                        var attributes = stage == 1 ? SceneEntry.Stage1ReadWrite : SceneEntry.Stage2ReadWrite;
                        draft.Map(tree, at, default, level, output | attributes | type, EntryKind.Raw);
                        draft.Access(0, at, SMMU_WALK_02, SMMU_WALK_27);
                        yield return draft.Named($"stage {stage}, {ScenePrinter.Granule(granule)}, bits [1:0]={type} at level {level}");
                    }
                }
            }
        }
    }

    private static IEnumerable<Named<Scene>> BesideTheRanges(SceneTarget target)
    {
        foreach (var granule in SceneDraft.Granules(target.Capabilities))
        {
            foreach (var (lower, upper) in ((int, int)[])[(39, 39), (48, 48), (32, 48), (48, 32), (25, 36)])
            {
                foreach (var ignored in (ulong[])[0, 1])
                {
                    var draft = new SceneDraft(target);
                    var low = draft.Tree1(granule, lower);
                    var high = draft.Tree1(granule, upper, upper: true);
                    // The same leaf at the start and at the end of both halves: an address that is taken for another one is mapped.
                    var page = Low(granule);
                    foreach (var (tree, bits) in ((int, int)[])[(low, lower), (high, upper)])
                    {
                        draft.Map(tree, 0, draft.Data(tree * 32));
                        draft.Map(tree, Low(bits) & ~page, draft.Data((tree * 32) + 16));
                    }

                    draft.Stream1(draft.Context(low, high, 0x11, FieldValue.Cd("TBI0", ignored), FieldValue.Cd("TBI1", ignored)));
                    ulong[] edges = [0, Low(lower), Low(lower) + 1, ~Low(upper), ~Low(upper) - 1, ulong.MaxValue];
                    ulong[] single = [1ul << 63, 1ul << 56, 1ul << 55, 1ul << 54, 1ul << Math.Max(lower, upper)];
                    foreach (var address in edges.Concat(single).Concat(single.Select(bit => ~bit)).Distinct())
                        draft.Read(0, address & ~7ul, SMMU_WALK_03);
                    yield return draft.Named($"{ScenePrinter.Granule(granule)}, {lower} and {upper} bits, TBI={ignored}");
                }
            }
        }
    }

    private static IEnumerable<Named<Scene>> TopBytes(SceneTarget target)
    {
        for (ulong flags = 0; flags < 4; flags++)
        {
            var draft = new SceneDraft(target);
            var (low, high) = (draft.Tree1(), draft.Tree1(upper: true));
            draft.Map(low, Va, draft.Data(0));
            draft.Map(high, Va, draft.Data(16));
            draft.Stream1(draft.Context(low, high, 0x11, FieldValue.Cd("TBI0", flags & 1), FieldValue.Cd("TBI1", flags >> 1)));
            foreach (var top in (ulong[])[0, 0xff, 0x5a, 0xa5, 0x01, 0x80, 0x7f])
            {
                draft.Read(0, top << 56 | Va, SMMU_WALK_04);
                draft.Read(0, top << 56 | (~Low(39) & Low(56)) | Va, SMMU_WALK_04);
            }

            yield return draft.Named($"TBI0={flags & 1} TBI1={flags >> 1}");
        }
    }

    private static IEnumerable<Named<Scene>> DisabledHalves(SceneTarget target)
    {
        foreach (var upper in (bool[])[false, true])
        {
            foreach (var where in (string[])["good tables", "no tables", "tables in the hole"])
            {
                var draft = new SceneDraft(target);
                var (low, high) = (draft.Tree1(), draft.Tree1(upper: true));
                if (where == "good tables")
                {
                    draft.Map(low, Va, draft.Data(0));
                    draft.Map(high, Va, draft.Data(0));
                }

                var fields = new List<FieldValue> { FieldValue.Cd(upper ? "EPD1" : "EPD0", 1) };
                if (where == "tables in the hole")
                    fields.Add(FieldValue.Cd(upper ? "TTB1" : "TTB0", target.Hole.Start >> 4));
                draft.Stream1(draft.Context(low, high, 0x11, [.. fields]));
                draft.Access(0, upper ? ~Low(39) | Va : Va, SMMU_WALK_05).Access(0, upper ? Va : ~Low(39) | Va);
                yield return draft.Named($"{Half(upper)} disabled, {where}");
            }
        }
    }

    private static IEnumerable<Named<Scene>> OutputSizes(SceneTarget target)
    {
        foreach (var stage in Stages(target))
        {
            foreach (var granule in SceneDraft.Granules(target.Capabilities))
            {
                for (ulong code = 0; code < 8; code++)
                {
                    var size = target.Capabilities.EffectiveAddressSize((int)code);
                    if (granule != 16)
                        size = Math.Min(size, 48);
                    // Bits from 48 on have a place in descriptors of 64 KiB only, and there only with 52 bits.
                    if (size >= 48 && !(granule == 16 && target.Capabilities.OutputAddressSize == 52))
                        continue;
                    if (size == 52)
                        continue;
                    for (var level = 2; level <= 3; level++)
                    {
                        foreach (var table in level == 2 ? (bool[])[false, true] : [false])
                        {
                            var draft = new SceneDraft(target);
                            // From level 2 on, so that the tables that are good lie within the size.
                            var tree =
                                stage == 1
                                    ? draft.Tree1(granule, granule + (2 * (granule - 3)))
                                    : draft.Tree2(granule, Math.Min(40, granule + (2 * (granule - 3))), 2);
                            if (stage == 1)
                                draft.Stream1(draft.Context(tree, null, 0x11, FieldValue.Cd("IPS", code)));
                            else
                                draft.Stream2(tree, null, FieldValue.Ste("S2PS", code));
                            var shift = draft.Tree(tree).Shift(level);
                            var at = 0x2000_0000 & Low(draft.Tree(tree).InputBits - 1) & ~Low(shift);
                            var offset = draft.Data(0) & Low(shift);
                            var output = 1ul << size | (table ? target.Spare : draft.Data(0) & ~Low(shift));
                            draft.Map(tree, at, output, level, table ? 0 : null, table ? EntryKind.Table : EntryKind.Leaf);
                            draft.Access(0, at + offset, table ? SMMU_WALK_07 : SMMU_WALK_06);
                            yield return draft.Named(
                                $"stage {stage}, {ScenePrinter.Granule(granule)}, {(stage == 1 ? "IPS" : "S2PS")}={code}, {(table ? "table" : "leaf")} "
                                    + $"at level {level}"
                            );
                        }
                    }
                }
            }
        }
    }

    private static IEnumerable<Named<Scene>> AccessFlags(SceneTarget target)
    {
        foreach (var stage in Stages(target))
        {
            foreach (var nested in Needs.Nested(target) is null ? (bool[])[false, true] : [false])
            {
                for (ulong flags = 0; flags < 16; flags++)
                {
                    var (draft, leaf1, leaf2) = nested ? Nested(target) : Alone(target, stage);
                    var leaf = stage == 1 ? leaf1 : leaf2;
                    var (flag, noFault, permission) = (flags & 1, flags >> 1 & 1, flags >> 2);
                    draft.Edit(leaf, "AF", flag);
                    draft.Edit(leaf, stage == 1 ? "AP1" : "S2AP0", permission & 1).Edit(leaf, stage == 1 ? "AP2" : "S2AP1", permission >> 1);
                    if (stage == 1)
                        draft.EditCd(0, "AFFD", noFault);
                    else
                        draft.EditSte(0, "S2AFFD", noFault);
                    draft.Send(SmmuCommand.CfgiAll()).InvalidateTlb();
                    draft.Access(0, Va, SMMU_WALK_08, SMMU_WALK_09);
                    yield return draft.Named(
                        $"stage {stage}{(nested ? " of a nested stream" : "")}, AF={flag} {(stage == 1 ? "AFFD" : "S2AFFD")}={noFault} "
                            + $"{(stage == 1 ? "AP[2:1]" : "S2AP")}={permission}"
                    );
                }
            }
        }
    }

    private static IEnumerable<Named<Scene>> TablePermissions(SceneTarget target)
    {
        foreach (var granule in SceneDraft.Granules(target.Capabilities))
        {
            var probe = new SceneDraft(target);
            var first = probe.Tree(probe.Tree1(granule)).FirstLevel;
            for (var level = first; level < 3; level++)
            {
                foreach (var bit in (int[])[62, 61])
                {
                    foreach (var below in (string[])["a good leaf", "an invalid leaf", "a leaf with AF=0"])
                    {
                        var draft = new SceneDraft(target);
                        var tree = draft.Tree1(granule);
                        draft.Map(tree, Va, default, level, 1ul << bit, EntryKind.Table);
                        var attributes = below == "a leaf with AF=0" ? SceneEntry.Stage1ReadWrite & ~(1ul << 10) : SceneEntry.Stage1ReadWrite;
                        draft.Map(tree, Va, draft.Data(0), 3, attributes, below == "an invalid leaf" ? EntryKind.Invalid : EntryKind.Leaf);
                        draft.Stream1(draft.Context(tree));
                        var aim = below == "a good leaf" ? SMMU_WALK_10 : SMMU_WALK_11;
                        if (target.Can(SmmuPort.Attributes))
                            draft.Transact(new(draft.Id(), Va, true, 4) { IsPrivileged = true }, aim);
                        draft.Read(0, Va, aim).Write(0, Va, aim).Read(0, Va, aim).InvalidateTlb().Write(0, Va, aim);
                        yield return draft.Named($"{ScenePrinter.Granule(granule)}, APTable[{bit - 61}] at level {level}, {below}");
                    }
                }
            }
        }
    }

    private static IEnumerable<Named<Scene>> HierarchyDisabled(SceneTarget target)
    {
        for (ulong flags = 0; flags < 4; flags++)
        {
            var draft = new SceneDraft(target);
            var (low, high) = (draft.Tree1(), draft.Tree1(upper: true));
            foreach (var tree in (int[])[low, high])
            {
                draft.Map(tree, Va, default, 2, 1ul << 62, EntryKind.Table);
                draft.Map(tree, Va, draft.Data(tree * 16));
            }

            draft.Stream1(draft.Context(low, high, 0x11, FieldValue.Cd("HAD0", flags & 1), FieldValue.Cd("HAD1", flags >> 1)));
            draft.Access(0, Va, SMMU_WALK_12).Access(0, ~Low(39) | Va, SMMU_WALK_12);
            yield return draft.Named($"HAD0={flags & 1} HAD1={flags >> 1}");
        }
    }

    // Every kind of access that a master can make.
    private static void EveryAccess(SceneDraft draft, ulong address, RequirementId aim)
    {
        foreach (var privileged in (bool[])[false, true])
        {
            foreach (var (reads, executes) in ((bool, bool)[])[(true, false), (false, false), (true, true)])
                draft.Transact(new(draft.Id(), address, reads, 4) { IsPrivileged = privileged, IsInstruction = executes }, aim);
        }
    }

    private static IEnumerable<Named<Scene>> Privilege(SceneTarget target)
    {
        ulong[] tables = [0, 1ul << 59, 1ul << 60, 1ul << 61];
        foreach (var table in tables)
        {
            for (ulong flags = 0; flags < 4; flags++)
            {
                for (ulong attributes = 0; attributes < 16; attributes++)
                {
                    var draft = new SceneDraft(target);
                    var tree = draft.Tree1();
                    if (table != 0)
                        draft.Map(tree, Va, default, 2, table, EntryKind.Table);
                    draft.Map(tree, Va, draft.Data(0), 3, (SceneEntry.Stage1ReadWrite & ~(1ul << 6)) | (attributes & 3) << 6 | attributes >> 2 << 53);
                    draft.Stream1(draft.Context(tree, null, 0x11, FieldValue.Cd("WXN", flags & 1), FieldValue.Cd("PAN", flags >> 1)));
                    EveryAccess(draft, Va, SMMU_WALK_13);
                    yield return draft.Named(
                        $"AP[2:1]={attributes & 3} PXN={attributes >> 2 & 1} UXN={attributes >> 3} WXN={flags & 1} "
                            + $"PAN={flags >> 1}{(table == 0 ? "" : $", table 0x{table:x}")}"
                    );
                }
            }
        }

        // Overrides of the STE, and the EL2 StreamWorld, in which there is one privilege.
        for (ulong privilege = 0; privilege < 4; privilege++)
        {
            for (ulong instruction = 0; instruction < 4; instruction++)
            {
                foreach (var world in target.Capabilities.HYP ? (ulong[])[0, 2] : [0])
                {
                    foreach (var attributes in (ulong[])[0, 1, 2, 3, 4, 9])
                    {
                        var draft = new SceneDraft(target);
                        var tree = draft.Tree1();
                        draft.Map(tree, Va, draft.Data(0), 3, (SceneEntry.Stage1ReadWrite & ~(1ul << 6)) | (attributes & 3) << 6 | attributes >> 2 << 53);
                        draft.Stream1(
                            draft.Context(tree),
                            null,
                            null,
                            FieldValue.Ste("PRIVCFG", privilege),
                            FieldValue.Ste("INSTCFG", instruction),
                            FieldValue.Ste("STRW", world)
                        );
                        EveryAccess(draft, Va, SMMU_WALK_13);
                        yield return draft.Named($"PRIVCFG={privilege} INSTCFG={instruction} STRW={world} AP[2:1]={attributes & 3} XN={attributes >> 2}");
                    }
                }
            }
        }
    }

    private static IEnumerable<Named<Scene>> AbortedWalks(SceneTarget target)
    {
        foreach (var stage in Stages(target))
        {
            foreach (var granule in SceneDraft.Granules(target.Capabilities))
            {
                var probe = new SceneDraft(target);
                var first = probe.Tree(stage == 1 ? probe.Tree1(granule) : probe.Tree2(granule, 39)).FirstLevel;
                // The level of the table that cannot be read.
                for (var level = first; level <= 3; level++)
                {
                    var draft = new SceneDraft(target);
                    var tree = stage == 1 ? draft.Tree1(granule) : draft.Tree2(granule, 39);
                    if (level > first)
                        draft.Map(tree, Va, new SceneAddress(AddressBase.Hole, 0, 0), level - 1, 0, EntryKind.Table);
                    if (stage == 1)
                        draft.Stream1(draft.Context(tree, null, 0x11, level > first ? [] : [FieldValue.Cd("TTB0", target.Hole.Start >> 4)]));
                    else
                        draft.Stream2(tree, null, level > first ? [] : [FieldValue.Ste("S2TTB", target.Hole.Start >> 4)]);
                    draft.Access(0, Va, SMMU_WALK_14);
                    yield return draft.Named($"stage {stage}, {ScenePrinter.Granule(granule)}, level {level}");
                }
            }
        }

        if (Needs.Nested(target) is not null)
            yield break;
        foreach (var what in (string[])["the table of stage 1", "the page of the data", "the CD"])
        {
            foreach (var leaf in (bool[])[true, false])
            {
                // Stage 2 leads to the hole, or cannot be walked there.
                var (draft, _, data) = Nested(target);
                var seen = what switch
                {
                    "the CD" => draft.AddressOf(AddressBase.ContextTable, 0),
                    "the page of the data" => data.Input,
                    _ => draft.AddressOf(AddressBase.Tree, 1),
                };
                draft.Do(new EditStep(draft.Entry(0, seen, leaf ? 3 : 2), 0, 0x0000_ffff_ffff_f000, 0) { Address = new SceneAddress(AddressBase.Hole, 0, 0) });
                draft.Send(SmmuCommand.CfgiAll()).InvalidateTlb().Access(0, Va, SMMU_WALK_14);
                yield return draft.Named($"nested, stage 2 of {what}, {(leaf ? "its output" : "its table")} in the hole");
            }
        }
    }

    private static IEnumerable<Named<Scene>> Concatenated(SceneTarget target)
    {
        foreach (var granule in SceneDraft.Granules(target.Capabilities))
        {
            for (var start = 0; start < 3; start++)
            {
                for (var more = 0; more <= 4; more++)
                {
                    var bits = granule + ((4 - start) * (granule - 3)) + more;
                    if (bits > Math.Min(granule == 16 ? 52 : 48, target.Capabilities.IntermediateAddressSize) || bits < 25)
                        continue;
                    if (!SceneDraft.StartLevels(target.Capabilities, granule, bits).Contains(start))
                        continue;
                    var draft = new SceneDraft(target);
                    var tree = draft.Tree2(granule, bits, start);
                    draft.Stream2(tree);
                    var size = bits - more;
                    for (ulong number = 0; number < 1ul << more; number++)
                    {
                        // Each leaf at another place of its table, each in a page of its own as far as there are pages.
                        var at = (number << size) + (number << granule);
                        draft.Map(tree, at, draft.Data((int)number % (4 << (16 - granule)) << (granule - 12)));
                        draft.Access(0, at, SMMU_WALK_15).Read(0, (number << size) + ((number + 1) << granule), SMMU_WALK_15);
                    }

                    yield return draft.Named($"{ScenePrinter.Granule(granule)}, {1 << more} tables at level {start}");
                }
            }
        }
    }

    private static IEnumerable<Named<Scene>> Permissions2(SceneTarget target)
    {
        foreach (var nested in Needs.Nested(target) is null ? (bool[])[false, true] : [false])
        {
            for (ulong permission = 0; permission < 4; permission++)
            {
                foreach (var reads in (bool[])[true, false])
                {
                    var (draft, _, leaf) = nested ? Nested(target) : Alone(target, 2);
                    draft.Edit(leaf, "S2AP0", permission & 1).Edit(leaf, "S2AP1", permission >> 1).InvalidateTlb();
                    for (var i = 0; i < 4; i++)
                        draft.Transact(new(draft.Id(), Va, reads == (i % 2 == 0), 4), SMMU_WALK_16);
                    yield return draft.Named($"S2AP={permission}, {(reads ? "read" : "written")} first{(nested ? ", nested" : "")}");
                }
            }
        }
    }

    private static IEnumerable<Named<Scene>> Execution2(SceneTarget target)
    {
        foreach (var nested in Needs.Nested(target) is null ? (bool[])[false, true] : [false])
        {
            for (ulong never = 0; never < 4; never++)
            {
                var (draft, leaf1, leaf2) = nested ? Nested(target) : Alone(target, 2);
                // A page that is writable without privilege is not executed with it.
                if (nested)
                    draft.Edit(leaf1, "AP2", 1);
                draft.Edit(leaf2, "XN0", never & 1).Edit(leaf2, "XN", never >> 1).InvalidateTlb();
                EveryAccess(draft, Va, SMMU_WALK_17);
                yield return draft.Named($"XN={never}{(nested ? ", nested" : "")}");
            }
        }
    }

    private static IEnumerable<Named<Scene>> BeyondInput(SceneTarget target)
    {
        foreach (var records in (ulong[])[1, 0])
        {
            var (draft, _, _) = Alone(target, 2);
            draft.Stream(0, stream => stream with { Fields = [FieldValue.Ste("S2R", records)] });
            // Right beyond the size, the page itself with a bit beyond it, and with top bytes, which stage 2 never ignores.
            var size = target.Capabilities.IntermediateAddressSize;
            foreach (var address in (ulong[])[1ul << size, Va | 1ul << size, Va | 1ul << 63, Va | 0x5aul << 56, Low(size) & ~7ul, 1ul << 32])
                draft.Access(0, address, SMMU_WALK_18);
            yield return draft.Named($"S2R={records}");
        }
    }

    private static IEnumerable<Named<Scene>> BigEndian(SceneTarget target)
    {
        foreach (var stage in Stages(target))
        {
            foreach (var granule in SceneDraft.Granules(target.Capabilities))
            {
                for (ulong flags = 0; flags < 4; flags++)
                {
                    var (draft, _, _) = Alone(target, stage, granule);
                    var (says, isSo) = (flags & 1, flags >> 1 != 0);
                    draft.Tree(0, tree => tree with { BigEndian = isSo });
                    if (stage == 1)
                        draft.Context(0, context => context with { Fields = [FieldValue.Cd("ENDI", says)] });
                    else
                        draft.Stream(0, stream => stream with { Fields = [FieldValue.Ste("S2ENDI", says)] });
                    draft.Access(0, Va, SMMU_WALK_19);
                    yield return draft.Named(
                        $"stage {stage}, {ScenePrinter.Granule(granule)}, {(stage == 1 ? "ENDI" : "S2ENDI")}={says}, {(isSo ? "big" : "little")}-endian tables"
                    );
                }
            }
        }

        if (Needs.Nested(target) is not null)
            yield break;
        foreach (var first in (bool[])[true, false])
        {
            var (draft, _, _) = Nested(target);
            draft.Tree(first ? 1 : 0, tree => tree with { BigEndian = true });
            if (first)
                draft.Context(0, context => context with { Fields = [FieldValue.Cd("ENDI", 1)] });
            else
                draft.Stream(0, stream => stream with { Fields = [FieldValue.Ste("S2ENDI", 1)] });
            draft.Access(0, Va, SMMU_WALK_19);
            yield return draft.Named($"nested, big-endian tables of stage {(first ? 1 : 2)}");
        }
    }

    private static IEnumerable<Named<Scene>> Contiguous(SceneTarget target)
    {
        foreach (var stage in Stages(target))
        {
            foreach (var granule in SceneDraft.Granules(target.Capabilities))
            {
                // 16 pages of 4 KiB, 128 of 16 KiB, 32 of 64 KiB.
                var run =
                    granule
                    + (
                        granule switch
                        {
                            12 => 4,
                            14 => 7,
                            _ => 5,
                        }
                    );
                var draft = new SceneDraft(target);
                var tree = stage == 1 ? draft.Tree1(granule) : draft.Tree2(granule, 32);
                var plain = stage == 1 ? SceneEntry.Stage1ReadWrite : SceneEntry.Stage2ReadWrite;
                var start = draft.Data(0) & ~Low(run);
                for (var page = 0ul; page < 1ul << run; page += 1ul << granule)
                    draft.Map(tree, (Va & ~Low(run)) + page, start + page, 3, plain | 1ul << 52);
                if (stage == 1)
                    draft.Stream1(draft.Context(tree));
                else
                    draft.Stream2(tree);
                for (var page = 0; page < SceneTarget.DataSize >> granule && draft.Data(page << (granule - 12)) - start <= Low(run); page++)
                    draft.Access(0, (Va & ~Low(run)) + (draft.Data(page << (granule - 12), page * 8) - start), SMMU_WALK_20);
                yield return draft.Named($"stage {stage}, {ScenePrinter.Granule(granule)}");
            }
        }
    }

    private static IEnumerable<Named<Scene>> ByteOrder(SceneTarget target)
    {
        foreach (var id in target.StreamIds.Count > 0 ? target.StreamIds.Distinct() : (uint[])[3, 0x128])
        {
            var draft = SceneDraft.Plain(target);
            draft.Setup = draft.Setup with { Format = 1, Split = 6 };
            draft.Stream(0, stream => stream with { Id = id });
            draft.Access(0, SceneDraft.PageAt, SMMU_WALK_21);
            yield return draft.Named($"stream table of two levels, StreamID 0x{id:x}");
        }

        if (Needs.TwoLevelContexts(target) is not null)
            yield break;
        foreach (var format in (uint[])[1, 2])
        {
            var draft = SceneDraft.Plain(target);
            draft.Setup = draft.Setup with { Format = 1, Split = 6 };
            draft.Stream(0, stream => stream with { ContextFormat = format, ContextBits = 11, Substreams = [new(0x405, 0)] });
            draft.Transact(new(draft.Id(), SceneDraft.PageAt, true, 4) { HasSubstream = true, SubstreamId = 0x405 }, SMMU_WALK_21);
            yield return draft.Named($"CD table of two levels, S1Fmt={format}");
        }
    }

    private static IEnumerable<Named<Scene>> LargeAddresses(SceneTarget target)
    {
        foreach (var stage in Stages(target))
        {
            foreach (var (level, code) in ((int, ulong)[])[(3, 5), (2, 5), (3, 6), (2, 6)])
            {
                for (var bit = 48; bit < 52; bit++)
                {
                    var draft = new SceneDraft(target);
                    var tree = stage == 1 ? draft.Tree1(16) : draft.Tree2(16, 39);
                    var shift = draft.Tree(tree).Shift(level);
                    draft.Map(tree, Va & ~Low(shift), 1ul << bit | (draft.Data(0) & ~Low(shift)), level);
                    if (stage == 1)
                        draft.Stream1(draft.Context(tree, null, 0x11, FieldValue.Cd("IPS", code)));
                    else
                        draft.Stream2(tree, null, FieldValue.Ste("S2PS", code));
                    draft.Access(0, (Va & ~Low(shift)) | (draft.Data(0) & Low(shift)), SMMU_WALK_22);
                    yield return draft.Named($"stage {stage}, output bit {bit}, leaf at level {level}, {(stage == 1 ? "IPS" : "S2PS")}={code}");
                }
            }
        }

        // Stage 2 brings the address back to where data are.
        if (Needs.Nested(target) is not null)
            yield break;
        for (var bit = 48; bit < 52; bit++)
        {
            var draft = new SceneDraft(target);
            var stage2 = draft.Tree2(16, 52);
            var stage1 = draft.Tree1(16, behind: stage2);
            draft.MapNested(stage1, stage2, Va, 1ul << bit | 0x8_0000, draft.Data(0));
            draft.Stream1(draft.Context(stage1), stage2);
            draft.Access(0, Va, SMMU_WALK_22);
            yield return draft.Named($"nested, bit {bit} of the intermediate address");
        }
    }

    private static IEnumerable<Named<Scene>> Defects(SceneTarget target)
    {
        foreach (var stage in Stages(target))
        {
            foreach (
                var (invalid, large, old) in ((bool, bool, bool)[])
                    [(true, true, true), (false, true, true), (false, false, true), (false, true, false), (true, false, true), (false, false, false)]
            )
            {
                foreach (var level in (int[])[3, 2])
                {
                    var draft = new SceneDraft(target);
                    // 32 bits of output, beyond which there are some in every descriptor.
                    var tree = stage == 1 ? draft.Tree1() : draft.Tree2(bits: 36);
                    var shift = draft.Tree(tree).Shift(level);
                    var plain = stage == 1 ? SceneEntry.Stage1ReadWrite | 1ul << 7 : SceneEntry.Stage2ReadWrite & ~(1ul << 7);
                    draft.Map(
                        tree,
                        Va & ~Low(shift),
                        (large ? 1ul << 32 : 0) | (draft.Data(0) & ~Low(shift)),
                        level,
                        old ? plain & ~(1ul << 10) : plain,
                        invalid ? EntryKind.Invalid : EntryKind.Leaf
                    );
                    if (stage == 1)
                        draft.Stream1(draft.Context(tree, null, 0x11, FieldValue.Cd("IPS", 0)));
                    else
                        draft.Stream2(tree, null, FieldValue.Ste("S2PS", 0));
                    draft.Write(0, (Va & ~Low(shift)) | (draft.Data(0) & Low(shift)), SMMU_WALK_23);
                    yield return draft.Named(
                        $"stage {stage}, level {level}, "
                            + $"read-only{(invalid ? ", invalid" : "")}{(large ? ", output beyond the size" : "")}{(old ? ", AF=0" : "")}"
                    );
                }
            }
        }
    }

    private static IEnumerable<Named<Scene>> ClosedHalves(SceneTarget target)
    {
        for (ulong flags = 0; flags < 4; flags++)
        {
            var draft = new SceneDraft(target);
            var (low, high) = (draft.Tree1(), draft.Tree1(upper: true));
            draft.Map(low, Va, draft.Data(0));
            draft.Map(high, Va, draft.Data(16));
            draft.Stream1(draft.Context(low, high, 0x11, FieldValue.Cd("E0PD0", flags & 1), FieldValue.Cd("E0PD1", flags >> 1)));
            EveryAccess(draft, Va, SMMU_WALK_24);
            EveryAccess(draft, ~Low(39) | Va, SMMU_WALK_24);
            yield return draft.Named($"E0PD0={flags & 1} E0PD1={flags >> 1}");
        }
    }

    private static IEnumerable<Named<Scene>> ProtectedWalks(SceneTarget target)
    {
        foreach (var protects in (ulong[])[0, 1])
        {
            foreach (var kind in (ulong[])[0, 3, 4, 0xf])
            {
                var (alone, _, page) = Alone(target, 2);
                alone.Stream(0, stream => stream with { Fields = [FieldValue.Ste("S2PTW", protects)] });
                alone.Edit(page, "MemAttr", kind).InvalidateTlb().Access(0, Va, SMMU_WALK_25);
                yield return alone.Named($"stage 2 alone, S2PTW={protects}, MemAttr={kind}");
                if (Needs.Nested(target) is not null)
                    continue;
                foreach (var what in (string[])["the data", "the first table", "the last table", "the CD"])
                {
                    var (draft, _, data) = Nested(target);
                    draft.Stream(0, stream => stream with { Fields = [FieldValue.Ste("S2PTW", protects)] });
                    var tables = draft.AddressOf(AddressBase.Tree, 1);
                    var seen = what switch
                    {
                        "the data" => data.Input,
                        "the CD" => draft.AddressOf(AddressBase.ContextTable, 0),
                        "the first table" => tables,
                        _ => tables + ((ulong)(3 - draft.Tree(1).FirstLevel) << draft.Tree(1).Granule),
                    };
                    draft.Edit(draft.Entry(0, seen), "MemAttr", kind).Send(SmmuCommand.CfgiAll()).InvalidateTlb().Access(0, Va, SMMU_WALK_25);
                    yield return draft.Named($"nested, S2PTW={protects}, MemAttr={kind} of {what}");
                }
            }
        }
    }

    private static IEnumerable<Named<Scene>> StartLevels(SceneTarget target)
    {
        foreach (var granule in SceneDraft.Granules(target.Capabilities))
        {
            for (var bits = 32; bits <= target.Capabilities.IntermediateAddressSize; bits++)
            {
                for (var start = granule == 12 ? 0 : 1; start < 3; start++)
                {
                    var shift = granule + ((3 - start) * (granule - 3));
                    if (bits < shift + 1 || bits > shift + granule + 1)
                        continue;
                    var draft = new SceneDraft(target);
                    var tree = draft.Tree2(granule, bits, start);
                    draft.Map(tree, Va, draft.Data(0));
                    draft.Stream2(tree);
                    draft.Access(0, Va, SMMU_WALK_26);
                    yield return draft.Named($"{ScenePrinter.Granule(granule)}, {bits} bits from level {start}");
                }
            }
        }
    }

    private static IEnumerable<Named<Scene>> LowTableBits(SceneTarget target)
    {
        foreach (var stage in Stages(target))
        {
            foreach (var granule in SceneDraft.Granules(target.Capabilities))
            {
                // With 52 bits the low bits of 64 KiB are the high ones of the address.
                var ignored = granule == 16 && target.Capabilities.OutputAddressSize == 52 ? 0 : Low(granule) & ~Low(12);
                var probe = new SceneDraft(target);
                var first = probe.Tree(stage == 1 ? probe.Tree1(granule) : probe.Tree2(granule, 39)).FirstLevel;
                for (var level = first; level < 3; level++)
                {
                    foreach (var extra in (ulong[])[ignored, ignored & 1ul << 12, ignored & 1ul << 13, 0xbfc])
                    {
                        var draft = new SceneDraft(target);
                        var tree = stage == 1 ? draft.Tree1(granule) : draft.Tree2(granule, 39);
                        draft.Map(tree, Va, default, level, extra, EntryKind.Table);
                        draft.Map(tree, Va, draft.Data(0));
                        if (stage == 1)
                            draft.Stream1(draft.Context(tree));
                        else
                            draft.Stream2(tree);
                        draft.Access(0, Va, SMMU_WALK_27);
                        yield return draft.Named($"stage {stage}, {ScenePrinter.Granule(granule)}, level {level}, bits 0x{extra:x}");
                    }
                }
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

    /// <summary>A stream of one stage with one page, and its leaf.</summary>
    private static (SceneDraft Draft, StructureReference Stage1, StructureReference Stage2) Alone(SceneTarget target, int stage, int? granule = null)
    {
        var draft = new SceneDraft(target);
        var tree = stage == 1 ? draft.Tree1(granule) : draft.Tree2(granule);
        var leaf = draft.Map(tree, Va, draft.Data(0));
        if (stage == 1)
            draft.Stream1(draft.Context(tree));
        else
            draft.Stream2(tree);
        return (draft, leaf, leaf);
    }

    /// <summary>A nested stream with one page, and its leaves: tree 0 is stage 2, tree 1 stage 1.</summary>
    private static (SceneDraft Draft, StructureReference Stage1, StructureReference Stage2) Nested(SceneTarget target)
    {
        var draft = new SceneDraft(target);
        var stage2 = draft.Tree2();
        var stage1 = draft.Tree1(behind: stage2);
        var (first, second) = draft.MapNested(stage1, stage2, Va, 0x8_0000, draft.Data(0));
        draft.Stream1(draft.Context(stage1), stage2);
        return (draft, first, second);
    }
}
