using Conformance.Engine.Scenes;
using static Conformance.Model.Requirements.RequirementId;

namespace Conformance.Suites.Smmu;

/// <summary>SMMU-CD: context descriptors.</summary>
internal static class ContextCampaigns
{
    internal static IEnumerable<ISceneCampaign> All =>
    [
        // From a good CD one field at a time takes every value that makes it illegal; those next to the limits stay legal.
        new SmmuCampaign("one field off in a CD", [SMMU_CD_01, SMMU_CD_03], Needs.Stage1, OneFieldOff),

        // TxSZ 0..63 for every granule and both halves: 16 to 39 is legal (48, 47 with small tables), whatever the sizes of addresses.
        new SmmuCampaign("every TxSZ", [SMMU_CD_12], Needs.Stage1, EverySize),
    ];

    private static IEnumerable<NamedScene> OneFieldOff(SceneTarget target)
    {
        (string Name, ulong[] Values)[] fields =
        [
            ("V", [0]), ("AA64", [0]), ("TG0", [0, 1, 2, 3]), ("T0SZ", [15, 16, 39, 40]), ("ENDI", [1]), ("A", [0]), ("S", [1]), ("R", [0]), ("HA", [1]), ("HD", [1]), ("HAFT", [1]),
            ("IPS", [0, 1, 2, 3, 4, 5, 6, 7]), ("AFFD", [1]), ("ASET", [1]), ("WXN", [1]), ("UWXN", [1]), ("PAN", [1]), ("MAIR", [0]), ("AMAIR", [ulong.MaxValue]),
        ];
        foreach (var (name, values) in fields)
        {
            foreach (var value in values)
            {
                var draft = SceneDraft.Plain(target);
                draft.Context(0, context => context with { Fields = [FieldValue.Cd(name, value)] });
                draft.Access(0, SceneDraft.PageAt, name == "IPS" ? SMMU_CD_03 : SMMU_CD_01);
                yield return draft.Named($"{name}={value}");
            }
        }
    }

    private static IEnumerable<NamedScene> EverySize(SceneTarget target)
    {
        foreach (var granule in SceneDraft.Granules(target.Capabilities))
        {
            foreach (var upper in new[] { false, true })
            {
                for (ulong size = 0; size < 64; size++)
                {
                    var draft = new SceneDraft(target);
                    var tree = draft.Tree1(granule, upper: upper);
                    draft.Stream1(upper ? draft.Context(null, tree) : draft.Context(tree));
                    draft.Context(0, context => context with { Fields = [FieldValue.Cd(upper ? "T1SZ" : "T0SZ", size)] });
                    draft.Read(0, upper ? ulong.MaxValue & ~0xfffUL : 0, SMMU_CD_12);
                    yield return draft.Named($"{(upper ? "T1SZ" : "T0SZ")}={size}, {ScenePrinter.Granule(granule)} granule");
                }
            }
        }
    }
}
