using Conformance.Engine.Campaigns;
using Conformance.Engine.Smmu;
using Conformance.Model.Smmu.Device;
using Conformance.Model.Smmu.Structures;
using static Conformance.Model.Requirements.RequirementId;
using static Conformance.Suites.Smmu.WalkDraft;

namespace Conformance.Suites.Smmu;

/// <summary>Walks through tables of every size: granules, sizes of the input address, start levels, concatenated tables.</summary>
internal static class WalkSizes
{
    internal static IEnumerable<Named<Scene>> EverySize1(SceneTarget target)
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

    internal static IEnumerable<Named<Scene>> EverySize2(SceneTarget target)
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

    internal static IEnumerable<Named<Scene>> BothStages(SceneTarget target)
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

    internal static IEnumerable<Named<Scene>> Concatenated(SceneTarget target)
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

    internal static IEnumerable<Named<Scene>> StartLevels(SceneTarget target)
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

    // The levels that have leaves, from the level of the first table on.
    private static IEnumerable<int> LeafLevels(SmmuCapabilities can, int granule, int first)
    {
        var lowest = granule == 12 || (granule == 16 && can.OutputAddressSize == 52) ? 1 : 2;
        for (var level = Math.Max(lowest, first); level <= 3; level++)
            yield return level;
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
}
