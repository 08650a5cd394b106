using Conformance.Engine.Campaigns;
using Conformance.Engine.Smmu;
using Conformance.Model.Smmu.Device;
using Conformance.Model.Smmu.Structures;
using static Conformance.Model.Requirements.RequirementId;
using static Conformance.Suites.Smmu.WalkDraft;

namespace Conformance.Suites.Smmu;

/// <summary>What descriptors permit: the access flag, permissions of leaves and tables, execution.</summary>
internal static class WalkPermissions
{
    internal static IEnumerable<Named<Scene>> AccessFlags(SceneTarget target)
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

    internal static IEnumerable<Named<Scene>> TablePermissions(SceneTarget target)
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

    internal static IEnumerable<Named<Scene>> HierarchyDisabled(SceneTarget target)
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

    internal static IEnumerable<Named<Scene>> Privilege(SceneTarget target)
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

    internal static IEnumerable<Named<Scene>> Permissions2(SceneTarget target)
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

    internal static IEnumerable<Named<Scene>> Execution2(SceneTarget target)
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
}
