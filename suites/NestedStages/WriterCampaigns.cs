using Conformance.Engine.Campaigns;
using Conformance.Engine.Nested;
using Conformance.Model.Contract;
using Conformance.Model.Nested.Steps;
using static Conformance.Model.Requirements.RequirementId;

namespace Conformance.Suites.NestedStages;

/// <summary>Writers of STEs and CDs, while hardware reads (SMMU-NEST-18, SMMU-NEST-22).</summary>
internal static class WriterCampaigns
{
    public static IReadOnlyList<ICampaign<NestedSight, NestedPlan>> All { get; } =
    [
        new NestedCampaign("entry-writer", [SMMU_NEST_18, SMMU_NEST_22], NestedCampaigns.Writer, Pairs),
        new RandomNested("random-entries", [SMMU_NEST_18], NestedCampaigns.Writer, Random),
    ];

    private static NestedStep Write(bool isContext, int from, int to, int more = 0, bool twice = false) =>
        NestedStep.Of(NestedStepKind.WriteEntry, isContext ? 1u : 0, (ulong)from, (ulong)to, (ulong)more, twice ? 1u : 0);

    // Every pair of the values that have a name; of masters with several streams, too.
    private static IEnumerable<Named<NestedPlan>> Pairs(NestedSight sight)
    {
        foreach (var isContext in new[] { false, true })
        {
            var values = isContext ? EntryValues.Contexts : EntryValues.Streams;
            foreach (var (more, twice) in new[] { (0, false), (1, false), (2, true) })
                for (var from = 0; from < values; from++)
                for (var to = 0; to < values; to++)
                    yield return new(NestedPlan.Of(Write(isContext, from, to, more, twice)));
        }
    }

    private static NestedPlan Random(NestedSight sight, ulong seed)
    {
        var dice = new SplitMix(seed);
        var isContext = dice.Next() % 4 == 0;
        int Value() => (int)(dice.Next() % int.MaxValue);
        return NestedPlan.Of(Write(isContext, Value(), Value(), (int)(dice.Next() % 4), dice.Next() % 4 == 0));
    }
}
