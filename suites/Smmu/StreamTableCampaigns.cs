using Conformance.Engine.Scenes;
using Conformance.Model.Smmu;
using static Conformance.Model.Requirements.RequirementId;

namespace Conformance.Suites.Smmu;

/// <summary>SMMU-STE: the stream table and its entries.</summary>
internal static class StreamTableCampaigns
{
    internal static IEnumerable<ISceneCampaign> All =>
    [
        // A StreamID beyond the table is aborted; C_BAD_STREAMID is recorded only with CR2.RECINVSID.
        new SmmuCampaign("streams beyond the table", [SMMU_STE_01], Needs.Nothing, BeyondTheTable),

        // Every value of STE.Config, with both stages' fields good: each stage that is not there is C_BAD_STE, 000..011 abort without a record.
        new SmmuCampaign("every STE.Config", [SMMU_STE_08, SMMU_STE_09, SMMU_STE_10, SMMU_STE_11], Needs.Nothing, EveryConfig),

        // S2T0SZ x S2SL0 x S2TG with S2PS varied: what the inequality of start levels and the bounds of the size rule out is C_BAD_STE.
        new SmmuCampaign("stage-2 geometry", [SMMU_STE_16], Needs.Stage2, Geometry),
    ];

    private static IEnumerable<NamedScene> BeyondTheTable(SceneTarget target)
    {
        foreach (var records in new[] { true, false })
        {
            foreach (var id in target.StreamIds.Count > 0 ? target.StreamIds.Distinct() : new uint[] { 1, 2, 3, 4, 7, 8, 255, 256 })
            {
                // The table ends right below the StreamID, or right above it.
                var bits = (uint)(31 - uint.LeadingZeroCount(id));
                foreach (var log2 in (uint[])[bits, bits + 1])
                {
                    var draft = SceneDraft.Plain(target);
                    draft.Setup = draft.Setup with { Log2Size = log2, Cr2 = records ? 2u : 0 };
                    draft.Stream(0, stream => stream with { Id = id });
                    draft.Read(0, SceneDraft.PageAt, SMMU_STE_01).Write(0, SceneDraft.PageAt, SMMU_STE_01);
                    yield return draft.Named($"StreamID 0x{id:x}, LOG2SIZE={log2}, RECINVSID={(records ? 1 : 0)}");
                }
            }
        }
    }

    private static IEnumerable<NamedScene> EveryConfig(SceneTarget target)
    {
        for (ulong config = 0; config < 8; config++)
        {
            foreach (var valid in (ulong[])[1, 0])
            {
                var draft = SceneDraft.Plain(target);
                draft.Stream(0, stream => stream with { Fields = [FieldValue.Ste("V", valid), FieldValue.Ste("Config", config)] });
                // Without translation the address is a physical one: that of a data word.
                var aim = valid == 0 ? SMMU_STE_08 : config switch { < 4 => SMMU_STE_09, 4 => SMMU_STE_10, _ => SMMU_STE_11 };
                draft.Access(0, draft.Data(1), aim).Access(0, draft.Data(1) | 1UL << target.Capabilities.OutputAddressSize, aim);
                yield return draft.Named($"Config={config}, V={valid}");
            }
        }
    }

    private static IEnumerable<NamedScene> Geometry(SceneTarget target)
    {
        for (ulong granule = 0; granule < 4; granule++)
        {
            for (ulong start = 0; start < 4; start++)
            {
                for (ulong size = 0; size < 64; size++)
                {
                    var draft = new SceneDraft(target);
                    draft.Stream2(draft.Tree2());
                    draft.Stream(0, stream => stream with
                    {
                        Fields = [FieldValue.Ste("S2TG", granule), FieldValue.Ste("S2SL0", start), FieldValue.Ste("S2T0SZ", size), FieldValue.Ste("S2PS", (size + start) % 8)],
                    });
                    draft.Read(0, 0, SMMU_STE_16);
                    yield return draft.Named($"S2TG={granule} S2SL0={start} S2T0SZ={size} S2PS={(size + start) % 8}");
                }
            }
        }
    }
}
