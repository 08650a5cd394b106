using Conformance.Engine.Ledgers;
using Conformance.Engine.Migration;
using Conformance.Engine.Plans;
using Conformance.Model.Migration.Device;
using Conformance.Model.Migration.Oracle;
using Conformance.Model.Migration.Steps;
using static Conformance.Model.Requirements.RequirementId;

namespace Conformance.Suites.Migration;

/// <summary>MIG-FSM: every request in every model state, breadth first, so that a failing plan is as short as one can be.</summary>
public sealed class RequestPairs()
    : MigrationCampaign(
        "request-pairs",
        ChannelCapabilities.None,
        MIG_FSM_01,
        MIG_FSM_02,
        MIG_FSM_03,
        MIG_FSM_04,
        MIG_FSM_06,
        MIG_FSM_07,
        MIG_FSM_08,
        MIG_FSM_10,
        MIG_FSM_11,
        MIG_FSM_12,
        MIG_FSM_13,
        MIG_FSM_14,
        MIG_FSM_21,
        MIG_FSM_23,
        MIG_FSM_26,
        MIG_FSM_27,
        MIG_FEAT_07,
        MIG_FD_01,
        MIG_FD_02,
        MIG_ERR_02,
        MIG_ERR_10,
        MIG_ERR_11,
        MIG_ERR_12
    )
{
    /// <inheritdoc/>
    protected override IEnumerable<Witness> Witnesses(MigrationMachine machine, CampaignInput input) => [Witness.RefusedRequest, Witness.P2PPass];

    /// <inheritdoc/>
    protected override IEnumerable<Plan> Make(MigrationMachine machine, CampaignInput input)
    {
        Step[] moves = [Step.ReadToEnd(), Step.WriteRest(), .. Routes.Requests(machine)];
        Step[] refused =
        [
            Step.Set(DeviceState.Error),
            .. Enumerable.Range(1, 7).Select(value => (DeviceState)value).Where(state => !machine.Paths.Supports(state)).Select(Step.Set),
            .. Routes.OutOfRange.Select(value => new Step(StepKind.SetState, value)),
        ];
        Step[] alphabet = [.. moves, .. refused];
        return BreadthFirst.Explore(machine, alphabet, [Step.Get, Step.Get], depth: 6).Where(plan => !AsksBlocked(machine, plan));
    }

    /// <summary>True when a plan holds a blocked request; those have a campaign of their own, because they stop some kernels for good (E-47).</summary>
    internal static bool AsksBlocked(MigrationMachine machine, Plan plan)
    {
        var state = ModelState.Opened();
        foreach (var step in plan.Steps)
        {
            if (MigrationOracle.MayBeBlocked(machine, state, step))
                return true;
            state = Simulation.Step(machine, state, step);
        }

        return false;
    }
}

/// <summary>MIG-FSM-09, MIG-FSM-27: STOP_COPY to a pre-copy state is refused, in bounded time, and the session is none the worse for it.</summary>
public sealed class BlockedRequests() : MigrationCampaign("blocked-requests", ChannelCapabilities.None, MIG_FSM_09, MIG_FSM_27, MIG_ERR_11)
{
    /// <inheritdoc/>
    protected override IEnumerable<Plan> Make(MigrationMachine machine, CampaignInput input)
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

/// <summary>MIG-FSM-06, -19: the shortest walk over all arc pairs, once and then again.</summary>
public sealed class ArcPairs() : MigrationCampaign("arc-pairs", ChannelCapabilities.None, MIG_FSM_04, MIG_FSM_06, MIG_FSM_08, MIG_FSM_19, MIG_FD_01, MIG_FD_02)
{
    /// <inheritdoc/>
    protected override IEnumerable<Witness> Witnesses(MigrationMachine machine, CampaignInput input) =>
        [Witness.P2PPass, Witness.PreCopySession, Witness.CompletedLoad];

    /// <inheritdoc/>
    protected override IEnumerable<Plan> Make(MigrationMachine machine, CampaignInput input)
    {
        yield return Tour(machine, rounds: 1);
        yield return Tour(machine, rounds: 3);
    }

    /// <summary>A save first, so that there is an image to load; then the walk, with a GET behind each request.</summary>
    internal static Plan Tour(MigrationMachine machine, int rounds)
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
}

/// <summary>MIG-FSM-05: nothing moves by itself.</summary>
public sealed class Stillness() : MigrationCampaign("stillness", ChannelCapabilities.None, MIG_FSM_05, MIG_FSM_21, MIG_ERR_02)
{
    /// <inheritdoc/>
    protected override IEnumerable<Plan> Make(MigrationMachine machine, CampaignInput input) =>
        Routes.States(machine).Select(state => Plan.Of([.. Routes.Ready(machine, state), Step.Get, new(StepKind.Pause, 20), Step.Get, Step.Get]));
}

/// <summary>MIG-FSM-18: a request that is under way shows where it came from or where it goes, and nothing in between.</summary>
public sealed class WatchedRequests() : MigrationCampaign("watched-requests", ChannelCapabilities.FailureInjection, MIG_FSM_18)
{
    /// <inheritdoc/>
    protected override IEnumerable<Plan> Make(MigrationMachine machine, CampaignInput input) =>
        from pair in Routes.Pairs(machine)
        where machine.Paths.Path(pair.From, pair.To).Arcs > 1
        select Plan.Of([.. Routes.Ready(machine, pair.From), new(StepKind.SetWatched, (uint)pair.To), Step.Get]);
}

/// <summary>MIG-FSM-19: many migrations in one open, without wear and without leaks.</summary>
public sealed class Repetition() : MigrationCampaign("repetition", ChannelCapabilities.None, MIG_FSM_19)
{
    /// <inheritdoc/>
    protected override IEnumerable<Plan> Make(MigrationMachine machine, CampaignInput input)
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
}
