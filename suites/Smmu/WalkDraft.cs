using Conformance.Engine.Smmu;
using Conformance.Model.Requirements;

namespace Conformance.Suites.Smmu;

/// <summary>Streams, trees and accesses that scenes of walks have in common.</summary>
internal static class WalkDraft
{
    /// <summary>The address that is mapped where only one is.</summary>
    internal const ulong Va = SceneDraft.PageAt;

    internal static ulong Low(int bits) => (1ul << bits) - 1;

    internal static string Half(bool upper) => upper ? "TTB1" : "TTB0";

    internal static IEnumerable<int> Stages(SceneTarget target)
    {
        if (target.Capabilities.S1P)
            yield return 1;
        if (target.Capabilities.S2P)
            yield return 2;
    }

    // Every kind of access that a master can make.
    internal static void EveryAccess(SceneDraft draft, ulong address, RequirementId aim)
    {
        foreach (var privileged in (bool[])[false, true])
        {
            foreach (var (reads, executes) in ((bool, bool)[])[(true, false), (false, false), (true, true)])
                draft.Transact(new(draft.Id(), address, reads, 4) { IsPrivileged = privileged, IsInstruction = executes }, aim);
        }
    }

    /// <summary>A stream of one stage with one page, and its leaf.</summary>
    internal static (SceneDraft Draft, StructureReference Stage1, StructureReference Stage2) Alone(SceneTarget target, int stage, int? granule = null)
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
    internal static (SceneDraft Draft, StructureReference Stage1, StructureReference Stage2) Nested(SceneTarget target)
    {
        var draft = new SceneDraft(target);
        var stage2 = draft.Tree2();
        var stage1 = draft.Tree1(behind: stage2);
        var (first, second) = draft.MapNested(stage1, stage2, Va, 0x8_0000, draft.Data(0));
        draft.Stream1(draft.Context(stage1), stage2);
        return (draft, first, second);
    }
}
