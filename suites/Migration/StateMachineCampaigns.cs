using Conformance.Engine.Judging;
using Conformance.Engine.Migration;
using Conformance.Model.Migration.Device;
using Conformance.Model.Migration.Oracle;
using Conformance.Model.Migration.Steps;
using static Conformance.Model.Requirements.RequirementId;

namespace Conformance.Suites.Migration;

/// <summary>MIG-FSM: requests of states.</summary>
internal static class StateMachineCampaigns
{
    internal static MigrationCampaign RequestPairs { get; } =
        new Search(
            "request-pairs",
            depth: 6,
            _ => [],
            [Step.Get, Step.Get],
            [
                // Every state of the set is requested in every model state: the request works, ends where it should, echoes the word, and a GET then says so.
                // Out of RESUMING without an image it may fail, and then it fails in an orderly way.
                new(
                    [
                        MIG_FSM_02,
                        MIG_FSM_03,
                        MIG_FSM_04,
                        MIG_FSM_06,
                        MIG_FSM_07,
                        MIG_FSM_21,
                        MIG_FSM_26,
                        MIG_FEAT_07,
                        MIG_ERR_02,
                        MIG_FSM_13,
                        MIG_FSM_14,
                        MIG_ERR_12,
                    ],
                    Needs.Migration,
                    machine => [Step.ReadToEnd(), Step.WriteRest(), .. Routes.Requests(machine)],
                    // A GET has no data_fd; a request has one exactly when its last arc opens a session.
                    ([MIG_FSM_01, MIG_FD_01, MIG_FD_02], Needs.Descriptors),
                    // The path is the contracted one, and passes no state that the set leaves out.
                    ([MIG_FSM_08], Needs.ArcTrace),
                    ([MIG_FSM_23], Needs.MissingArc)
                ),
                // ERROR is no target. A refusal comes in bounded time, changes nothing and does not lead to ERROR.
                new([MIG_FSM_10, MIG_FSM_27, MIG_ERR_10, MIG_ERR_11], Needs.Migration, [Step.Set(DeviceState.Error)]),
                // States that the feature set leaves out cannot be requested.
                new([MIG_FSM_12, MIG_FEAT_07, MIG_ERR_11], Needs.MissingState, machine => Routes.Unsupported(machine).Select(Step.Set)),
                // Neither can values that are no state.
                new([MIG_FSM_11, MIG_ERR_11], Needs.Migration, [.. Routes.OutOfRange.Select(value => new Step(StepKind.SetState, value))]),
            ],
            MigrationWitness.RefusedRequest,
            MigrationWitness.P2PPass
        );

    internal static MigrationCampaign ArcPairs { get; } =
        new DirectedPlans(
            "arc-pairs",
            [
                // The shortest walk over all pairs of arcs, once, and three times in one open: no arc works only the first time.
                new(
                    [MIG_FSM_04, MIG_FSM_06, MIG_FSM_19],
                    Needs.Migration,
                    machine => [Tour(machine, rounds: 1), Tour(machine, rounds: 3)],
                    ([MIG_FD_01, MIG_FD_02], Needs.Descriptors),
                    ([MIG_FSM_08], Needs.ArcTrace)
                ),
            ],
            MigrationWitness.P2PPass,
            MigrationWitness.PreCopySession,
            MigrationWitness.CompletedLoad
        );

    internal static MigrationCampaign Stillness { get; } =
        new DirectedPlans(
            "stillness",
            [
                // Nothing moves by itself, and nothing is lost by itself.
                new([MIG_FSM_05, MIG_FSM_21, MIG_ERR_02], Needs.Migration, Waits),
            ]
        );

    internal static MigrationCampaign WatchedRequests { get; } =
        new DirectedPlans(
            "watched-requests",
            [
                // A request that is under way shows where it came from or where it goes, and nothing in between.
                new([MIG_FSM_18], Needs.SlowArcs, Watched),
            ]
        );

    internal static MigrationCampaign Repetition { get; } =
        new DirectedPlans(
            "repetition",
            [
                // Many migrations in one open: no wear, and no descriptors that are left over.
                new([MIG_FSM_19], Needs.Migration, Rounds),
            ]
        );

    internal static MigrationCampaign BlockedRequests { get; } =
        new DirectedPlans(
            "blocked-requests",
            [
                // STOP_COPY to a pre-copy state is refused, in bounded time, and the session is none the worse for it.
                new([MIG_FSM_09, MIG_FSM_27, MIG_ERR_11], Needs.BlockedRequest, Blocked),
            ]
        );

    // A save first, so that there is an image to load; then the walk, with a GET behind each request.
    private static Plan Tour(MigrationMachine machine, int rounds)
    {
        var steps = new List<Step> { Step.Set(DeviceState.StopCopy), Step.ReadToEnd(), Step.Set(DeviceState.Running) };
        for (var round = 0; round < rounds; round++)
        {
            foreach (var arc in ArcPairTour.Of(machine.Paths))
            {
                steps.Add(Step.Set(arc.To));
                steps.Add(Step.Get);
                if (arc.To == DeviceState.Resuming)
                    steps.Add(Step.WriteRest(image: Images.First));
            }

            if (Simulation.Run(machine, new(steps)) is var end && !end.Is(DeviceState.Running))
                steps.Add(Step.Set(DeviceState.Running));
        }

        return new(steps);
    }

    private static IEnumerable<Plan> Waits(MigrationMachine machine) =>
        Routes.States(machine).Select(state => Plan.Of([.. Routes.Ready(machine, state), Step.Get, new(StepKind.Pause, 20), Step.Get, Step.Get]));

    private static IEnumerable<Plan> Watched(MigrationMachine machine) =>
        from pair in Routes.Pairs(machine)
        where machine.Paths.Path(pair.From, pair.To).Arcs > 1
        select Plan.Of([.. Routes.Ready(machine, pair.From), new(StepKind.SetWatched, (uint)pair.To), Step.Get]);

    private static IEnumerable<Plan> Rounds(MigrationMachine machine)
    {
        var count = new Step(StepKind.CountDescriptors);
        foreach (var state in Routes.States(machine).Where(state => state != DeviceState.Running))
        {
            Step[] round = state switch
            {
                DeviceState.StopCopy => [Step.Set(state), Step.ReadToEnd(), Step.Set(DeviceState.Running)],
                DeviceState.Resuming => [Step.Set(state), Step.WriteRest(), Step.Set(DeviceState.Running)],
                _ => [Step.Set(state), Step.Set(DeviceState.Running)],
            };
            Step[] first = state == DeviceState.Resuming ? [Step.Set(DeviceState.StopCopy), Step.ReadToEnd(), .. round] : round;
            Step[] measured = machine.Can(ChannelCapabilities.Descriptors) ? [count] : [];
            yield return Plan.Of([.. first, .. measured, .. round, .. round, .. round, .. round, .. measured, Step.Get]);
        }
    }

    private static IEnumerable<Plan> Blocked(MigrationMachine machine)
    {
        Step[] load = [Step.Set(DeviceState.Resuming), Step.WriteRest(), Step.Set(DeviceState.Running), Step.Get];
        foreach (var (from, to) in Routes.Pairs(machine).Where(pair => machine.Paths.IsBlocked(pair.From, pair.To)))
        {
            var way = Routes.To(machine, from);
            yield return Plan.Of([.. way, Step.Set(to), Step.Get, Step.Get]);
            yield return Plan.Of([.. way, Step.Set(to), Step.ReadToEnd(), .. load]);
            yield return Plan.Of([.. way, new(StepKind.Read, 5), Step.Set(to), Step.ReadToEnd(), .. load]);
        }
    }
}
