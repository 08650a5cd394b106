using Conformance.Engine.Scenes;
using Conformance.Model.Smmu;
using static Conformance.Model.Requirements.RequirementId;

namespace Conformance.Suites.Smmu;

/// <summary>SMMU-WALK: walks through translation tables, and what their descriptors permit.</summary>
internal static class WalkCampaigns
{
    private const ulong Va = SceneDraft.PageAt;

    internal static IEnumerable<ISceneCampaign> All =>
    [
        // Every size of input address x granule x level of the leaf x half: its first leaf, its last one and one between.
        new SmmuCampaign("walks of stage 1, every size", [SMMU_WALK_01], Needs.Stage1, EverySize1),

        // The same for stage 2, with every start level that a size may have.
        new SmmuCampaign("walks of stage 2, every size", [SMMU_WALK_01], Needs.Stage2, EverySize2),

        // Every granule and leaf of stage 1 over every one of stage 2.
        new SmmuCampaign("walks through both stages", [SMMU_WALK_01], Needs.Nested, BothStages),

        // Descriptors whose bit 0 is 0, blocks at levels that have none, and bits [1:0]=1 at level 3 are Translation faults.
        new SmmuCampaign("descriptors of every type", [SMMU_WALK_02, SMMU_WALK_27], Needs.Nothing, EveryType),

        // Addresses right below and above the range of each half, in the gap between, and with single upper bits that are off.
        new SmmuCampaign("addresses beside the ranges", [SMMU_WALK_03], Needs.Stage1, BesideTheRanges),
    ];

    // The levels that have leaves, from the level of the first table on.
    private static IEnumerable<int> LeafLevels(SmmuCapabilities can, int granule, int first)
    {
        var lowest = granule == 12 || (granule == 16 && can.OutputAddressSize == 52) ? 1 : 2;
        for (var level = Math.Max(lowest, first); level <= 3; level++) yield return level;
    }

    private static ulong Low(int bits) => (1ul << bits) - 1;

    private static string Half(bool upper) => upper ? "TTB1" : "TTB0";

    // The smallest size of input address with small tables is that of a table with two pages.
    private static IEnumerable<int> Sizes(SmmuCapabilities can, int granule, int largest)
    {
        for (var bits = !can.STT ? 25 : granule == 16 ? 17 : 16; bits <= largest; bits++) yield return bits;
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

    private static IEnumerable<NamedScene> EverySize1(SceneTarget target)
    {
        foreach (var granule in SceneDraft.Granules(target.Capabilities))
        {
            foreach (var bits in Sizes(target.Capabilities, granule, granule == 16 && target.Capabilities.VAX == 1 ? 52 : 48))
            {
                foreach (var upper in (bool[])[false, true])
                {
                    var first = new SceneTree { Stage = 1, Granule = granule, InputBits = bits }.FirstLevel;
                    foreach (var level in LeafLevels(target.Capabilities, granule, first))
                    {
                        var draft = new SceneDraft(target);
                        var tree = draft.Tree1(granule, bits, upper: upper);
                        draft.Stream1(upper ? draft.Context(null, tree) : draft.Context(tree));
                        foreach (var at in MapEnds(draft, tree, level)) draft.Access(0, upper ? at | ~Low(bits) : at, SMMU_WALK_01);
                        yield return draft.Named($"{ScenePrinter.Granule(granule)}, {bits} bits, leaves at level {level}, {Half(upper)}");
                    }
                }
            }
        }
    }

    private static IEnumerable<NamedScene> EverySize2(SceneTarget target)
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
                        foreach (var at in MapEnds(draft, tree, level)) draft.Access(0, at, SMMU_WALK_01);
                        yield return draft.Named($"{ScenePrinter.Granule(granule)}, {bits} bits from level {start}, leaves at level {level}");
                    }
                }
            }
        }
    }

    private static IEnumerable<NamedScene> BothStages(SceneTarget target)
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
                        if (shift2 >= 25) continue;
                        var draft = new SceneDraft(target);
                        var stage2 = draft.Tree2(granule2, bits2);
                        var stage1 = draft.Tree1(granule1, bits1, stage2);
                        var shift1 = draft.Tree(stage1).Shift(block1 ? 2 : 3);
                        if (shift1 >= bits1) continue;
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

    private static IEnumerable<NamedScene> EveryType(SceneTarget target)
    {
        foreach (var stage in (int[])[1, 2])
        {
            if ((stage == 1 ? Needs.Stage1(target) : Needs.Stage2(target)) is not null) continue;
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
                        if (stage == 1) draft.Stream1(draft.Context(tree));
                        else draft.Stream2(tree);
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

    private static IEnumerable<NamedScene> BesideTheRanges(SceneTarget target)
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
                    foreach (var address in edges.Concat(single).Concat(single.Select(bit => ~bit)).Distinct()) draft.Read(0, address & ~7ul, SMMU_WALK_03);
                    yield return draft.Named($"{ScenePrinter.Granule(granule)}, {lower} and {upper} bits, TBI={ignored}");
                }
            }
        }
    }
}
