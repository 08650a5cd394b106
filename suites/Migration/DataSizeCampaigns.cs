using Conformance.Model.Migration.Device;
using Conformance.Model.Migration.Oracle;
using Conformance.Model.Migration.Steps;
using static Conformance.Model.Requirements.RequirementId;

namespace Conformance.Suites.Migration;

/// <summary>SIZE: the estimate of what is left to be read.</summary>
internal static class DataSizeCampaigns
{
    private static readonly Step ask = new(StepKind.QueryDataSize);

    internal static MigrationCampaign DataSizes { get; } =
        new DirectedPlans(
            "data-sizes",
            [
                // The estimate is given in every state, is sane, and is the same again while the device stands still; asking moves nothing.
                new([SIZE_01, SIZE_02, SIZE_04, SIZE_05, SIZE_06], Needs.DataSize, InEveryState),
                // Asked before and in the middle of a stream, it leaves the stream as it was; the stream is no longer than it and the declared slack.
                new([SIZE_05, SIZE_06], Needs.DataSize, WithStreams, ([SIZE_07], Needs.DataSizeSlack)),
            ]
        );

    private static IEnumerable<Plan> InEveryState(MigrationMachine machine) =>
        Routes.States(machine).Select(state => Plan.Of([.. Routes.Ready(machine, state), ask, Step.Get, ask, Step.Get]));

    private static IEnumerable<Plan> WithStreams(MigrationMachine machine)
    {
        Step[] load = [Step.ReadToEnd(), Step.Set(DeviceState.Resuming), Step.WriteRest(), Step.Set(DeviceState.Running)];
        yield return Plan.Of([Step.Set(DeviceState.StopCopy), ask, ask, .. load]);
        yield return Plan.Of([Step.Set(DeviceState.StopCopy), new(StepKind.Read, 5), ask, .. load]);
        yield return Plan.Of([Step.Set(DeviceState.Stop), ask, Step.Set(DeviceState.StopCopy), ask, .. load]);
    }
}
