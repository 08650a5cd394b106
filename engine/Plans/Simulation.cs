using Conformance.Model.Migration;

namespace Conformance.Engine.Plans;

/// <summary>Plays steps on the oracle alone, as an ordinary correct device would answer them.</summary>
public static class Simulation
{
    /// <summary>The model after one step.</summary>
    public static ModelState Step(Machine machine, in ModelState state, in Step step)
    {
        var outcomes = default(OutcomeSet);
        Oracle.Allowed(machine, state, step, ref outcomes);
        var outcome = outcomes.Count > 0 ? outcomes[0] : default;
        var seen = Oracle.Nominal(machine, state, step, outcome);
        return Oracle.Next(machine, state, step, seen, outcome);
    }

    /// <summary>The model after all steps of a plan.</summary>
    public static ModelState Run(Machine machine, Plan plan)
    {
        var state = ModelState.Opened(plan.Unbound);
        foreach (var step in plan.Steps)
            state = Step(machine, state, step);
        return state;
    }

    /// <summary>
    /// True when no step of the plan is one that is known to kill kernels: a blocked request (E-47), or a close in a state other than RUNNING (MIG-ERR-19).
    /// </summary>
    public static bool IsHarmless(Machine machine, Plan plan)
    {
        var state = ModelState.Opened(plan.Unbound);
        foreach (var step in plan.Steps)
        {
            if (step.Kind is StepKind.SetState or StepKind.SetWatched or StepKind.SetReadOnly or StepKind.SetWithoutDescriptor && state.States.Count == 1 &&
                machine.Paths.Supports((DeviceState)step.A) && Oracle.IsRefused(machine, state, (DeviceState)step.A))
                return false;
            if (step.Kind == StepKind.CloseDevice && !state.Is(DeviceState.Running))
                return false;
            state = Step(machine, state, step);
        }

        return true;
    }
}
