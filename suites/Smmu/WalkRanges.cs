using Conformance.Engine.Campaigns;
using Conformance.Engine.Smmu;
using static Conformance.Model.Requirements.RequirementId;
using static Conformance.Suites.Smmu.WalkDraft;

namespace Conformance.Suites.Smmu;

/// <summary>Which addresses are translated at all: ranges of the halves, halves that are closed, sizes of input and output.</summary>
internal static class WalkRanges
{
    internal static IEnumerable<Named<Scene>> BesideTheRanges(SceneTarget target)
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

    internal static IEnumerable<Named<Scene>> TopBytes(SceneTarget target)
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

    internal static IEnumerable<Named<Scene>> DisabledHalves(SceneTarget target)
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

    internal static IEnumerable<Named<Scene>> OutputSizes(SceneTarget target)
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

    internal static IEnumerable<Named<Scene>> BeyondInput(SceneTarget target)
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

    internal static IEnumerable<Named<Scene>> LargeAddresses(SceneTarget target)
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

    internal static IEnumerable<Named<Scene>> ClosedHalves(SceneTarget target)
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
}
