using Conformance.Model.Migration.Device;
using Conformance.Model.Migration.Oracle;
using Conformance.Model.Migration.Steps;
using Conformance.Model.Requirements;

namespace Conformance.Engine.Migration;

/// <summary>Plays steps on the oracle alone, as an ordinary correct device would answer them.</summary>
public static class Simulation
{
    /// <summary>The model after one step.</summary>
    public static ModelState Step(MigrationMachine machine, in ModelState state, in Step step)
    {
        var outcomes = default(OutcomeSet);
        var next = state;
        Advance(machine, ref next, step, ref outcomes);
        return next;
    }

    /// <summary>The model after all steps of a plan.</summary>
    public static ModelState Run(MigrationMachine machine, Plan plan)
    {
        var devices = Opened(machine, plan);
        byte last = 0;
        var outcomes = default(OutcomeSet);
        foreach (ref readonly var step in plan.AsSpan())
            Advance(machine, ref Of(devices, ref last, step), step, ref outcomes);
        return devices[0];
    }

    // The models of the device and its peer.
    private static ModelState[] Opened(MigrationMachine machine, Plan plan) =>
        plan.UsesPeer ? [ModelState.Opened(plan.Unbound), machine.OpenedPeer(plan.Unbound)] : [ModelState.Opened(plan.Unbound)];

    // The model that a step is about. Images go from one device to the other.
    private static ref ModelState Of(ModelState[] devices, ref byte last, in Step step)
    {
        ref var state = ref devices[step.Device];
        if (step.Device != last)
            state.TakeImages(devices[last]);
        last = step.Device;
        return ref state;
    }

    private static void Advance(MigrationMachine machine, ref ModelState state, in Step step, ref OutcomeSet outcomes)
    {
        MigrationOracle.Allowed(machine, state, step, ref outcomes);
        var nothingKnown = default(Outcome);
        ref readonly var outcome = ref outcomes.Count > 0 ? ref outcomes[0] : ref nothingKnown;
        var seen = MigrationOracle.Nominal(machine, state, step, outcome);
        MigrationOracle.Advance(machine, ref state, step, seen, outcome);
    }

    /// <summary>The obligation of the user that the plan breaks on an ordinary device; None when a user may run it.</summary>
    public static RequirementId BrokenByUser(MigrationMachine machine, Plan plan)
    {
        var touches = false;
        foreach (ref readonly var step in plan.AsSpan())
            touches |= StepTable.Is(step, StepTraits.TouchesDevice);
        if (!touches)
            return RequirementId.None;
        var devices = Opened(machine, plan);
        byte last = 0;
        var outcomes = default(OutcomeSet);
        foreach (ref readonly var step in plan.AsSpan())
        {
            ref var state = ref Of(devices, ref last, step);
            if (!state.HasPlaceFor(step))
                continue;
            var broken = MigrationOracle.BrokenByUser(state, step);
            if (broken != RequirementId.None)
                return broken;
            Advance(machine, ref state, step, ref outcomes);
        }

        return RequirementId.None;
    }

    /// <summary>
    /// True when no step of the plan is one that is known to kill kernels: a blocked request (E-47), a close in a state other than RUNNING (MIG-ERR-19), or a
    /// write to the descriptor of an ended resuming session (E-42).
    /// </summary>
    public static bool IsHarmless(MigrationMachine machine, Plan plan)
    {
        var devices = Opened(machine, plan);
        byte last = 0;
        var resumed = new bool[devices.Length];
        foreach (var step in plan.Steps)
        {
            ref var state = ref Of(devices, ref last, step);
            var kills = StepTable.Of(step.Kind).Danger switch
            {
                StepDanger.BlockedRequest => MigrationOracle.MayBeBlocked(machine, state, step),
                StepDanger.OutsideRunning => !state.Is(DeviceState.Running),
                StepDanger.EndedResuming => resumed[step.Device],
                _ => false,
            };
            if (kills)
                return false;
            var before = state.Session;
            state = Step(machine, state, step);
            if (state.Stale && before != state.Session && before is SessionKind.Saving or SessionKind.Resuming)
                resumed[step.Device] = before == SessionKind.Resuming;
        }

        return true;
    }
}
