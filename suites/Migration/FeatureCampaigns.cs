using Conformance.Model.Migration.Device;
using Conformance.Model.Migration.Oracle;
using Conformance.Model.Migration.Steps;
using static Conformance.Model.Requirements.RequirementId;

namespace Conformance.Suites.Migration;

/// <summary>MIG-FEAT: the query itself, in every state and after everything that could disturb it.</summary>
internal static class FeatureCampaigns
{
    private static readonly Step Query = new(StepKind.QueryFeatures);
    private static readonly Step Reset = new(StepKind.Reset);

    internal static MigrationCampaign Queries { get; } =
        new DirectedPlans(
            "feature-queries",
            [
                // The first GET after the device was created says RUNNING; the query gives one of the four feature sets, and with it come features 2 and 9. A
                // call with a flags word of 0 is no query.
                new(
                    [MIG_FEAT_11],
                    Needs.Nothing,
                    First,
                    ([ABI_01, MIG_FEAT_01, MIG_FEAT_02, MIG_FEAT_03, MIG_FEAT_06], Needs.Migration),
                    ([MIG_FEAT_05], Needs.FirstOpen),
                    ([ABI_13], Needs.NoMigration)
                ),
                // The answer is the same in every state, after a reset from there, and on the way back; asking moves nothing.
                new([MIG_FEAT_03, MIG_FEAT_04], Needs.Migration, InEveryState, ([MIG_ERR_17], Needs.Reset)),
                // A query in the middle of a stream does not move its position.
                new([MIG_FEAT_04], Needs.Migration, InMidStream),
            ]
        );

    private static IEnumerable<Plan> First(MigrationMachine machine) =>
        [Plan.Of(Step.Get), Plan.Of(Query), Plan.Of(new Step(StepKind.QueryDataSize)), Plan.Of(new Probe(0, 16).ToStep(), Step.Get)];

    private static IEnumerable<Plan> InEveryState(MigrationMachine machine)
    {
        foreach (var state in Routes.States(machine))
        {
            var way = Routes.Ready(machine, state);
            yield return Plan.Of([.. way, Query, Step.Get]);
            yield return Plan.Of([.. way, Reset, Query, Step.Get]);
            yield return Plan.Of([.. way, Step.Set(DeviceState.Running), Query, Step.Set(state), Query]);
        }
    }

    private static IEnumerable<Plan> InMidStream(MigrationMachine machine)
    {
        foreach (var state in new[] { DeviceState.StopCopy, DeviceState.PreCopy, DeviceState.PreCopyP2P }.Where(machine.Paths.Supports))
        {
            Step[] load = [Step.Set(DeviceState.Resuming), Step.WriteRest(), Step.Set(DeviceState.Running)];
            Step[] finish = state == DeviceState.StopCopy ? [Step.ReadToEnd()] : [Step.Set(DeviceState.StopCopy), Step.ReadToEnd()];
            yield return Plan.Of([.. Routes.To(machine, state), new Step(StepKind.Read, 5), Query, .. finish, .. load]);
        }
    }
}
