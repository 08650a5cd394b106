using Conformance.Engine.Campaigns;
using Conformance.Engine.Smmu;
using Conformance.Model.Smmu.Structures;
using static Conformance.Model.Requirements.RequirementId;
using static Conformance.Suites.Smmu.WalkDraft;

namespace Conformance.Suites.Smmu;

/// <summary>How descriptors are fetched and read: their types, byte order, contiguous runs, defects, memory that forbids the fetch.</summary>
internal static class WalkDescriptors
{
    internal static IEnumerable<Named<Scene>> EveryType(SceneTarget target)
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

    internal static IEnumerable<Named<Scene>> AbortedWalks(SceneTarget target)
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

    internal static IEnumerable<Named<Scene>> BigEndian(SceneTarget target)
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

    internal static IEnumerable<Named<Scene>> Contiguous(SceneTarget target)
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

    internal static IEnumerable<Named<Scene>> ByteOrder(SceneTarget target)
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

    internal static IEnumerable<Named<Scene>> Defects(SceneTarget target)
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

    internal static IEnumerable<Named<Scene>> ProtectedWalks(SceneTarget target)
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

    internal static IEnumerable<Named<Scene>> LowTableBits(SceneTarget target)
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
}
