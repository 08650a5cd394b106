using Conformance.Engine.Plans;
using Conformance.Model.Migration.Device;
using Conformance.Model.Migration.Oracle;
using Conformance.Model.Migration.Steps;
using static Conformance.Model.Requirements.RequirementId;

namespace Conformance.Suites.Migration;

/// <summary>MIG-FEAT: the query itself, in every state and after everything that could disturb it.</summary>
public sealed class FeatureQueries()
    : MigrationCampaign(
        "feature-queries",
        ChannelCapabilities.None,
        ABI_01,
        ABI_13,
        MIG_FEAT_01,
        MIG_FEAT_02,
        MIG_FEAT_03,
        MIG_FEAT_04,
        MIG_FEAT_05,
        MIG_FEAT_06,
        MIG_FEAT_11,
        MIG_ERR_17
    )
{
    private static readonly Step Query = new(StepKind.QueryFeatures);
    private static readonly Step DataSize = new(StepKind.QueryDataSize);
    private static readonly Step Reset = new(StepKind.Reset);

    /// <inheritdoc/>
    protected override bool WithoutMigration => true;

    /// <inheritdoc/>
    protected override IEnumerable<Plan> Make(MigrationMachine machine, CampaignInput input)
    {
        yield return Plan.Of(Step.Get);
        yield return Plan.Of(Query);
        yield return Plan.Of(DataSize);
        yield return Plan.Of(new Probe(0, 16).ToStep(), Step.Get);
        if (!machine.HasMigration)
            yield break;
        foreach (var state in Routes.States(machine))
        {
            var way = Routes.Ready(machine, state);
            yield return Plan.Of([.. way, Query, Step.Get]);
            yield return Plan.Of([.. way, Reset, Query, Step.Get]);
            yield return Plan.Of([.. way, Step.Set(DeviceState.Running), Query, Step.Set(state), Query]);
        }

        // A query in the middle of a stream must not move the position (MIG-FEAT-04).
        foreach (var state in new[] { DeviceState.StopCopy, DeviceState.PreCopy, DeviceState.PreCopyP2P }.Where(machine.Paths.Supports))
        {
            Step[] load = [Step.Set(DeviceState.Resuming), Step.WriteRest(), Step.Set(DeviceState.Running)];
            yield return Plan.Of([.. Routes.To(machine, state), new Step(StepKind.Read, 5), Query, .. Finish(state), .. load]);
        }
    }

    private static Step[] Finish(DeviceState state) => state == DeviceState.StopCopy ? [Step.ReadToEnd()] : [Step.Set(DeviceState.StopCopy), Step.ReadToEnd()];
}
