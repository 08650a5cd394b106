using Conformance.Model.Contract;
using Conformance.Model.Migration.Device;
using Conformance.Model.Migration.Oracle;
using Conformance.Model.Migration.Steps;

namespace Conformance.Engine.Ledgers;

/// <summary>Something that must have happened for a campaign to have shown anything.</summary>
public enum Witness
{
    /// <summary>A session gave data in STOP_COPY.</summary>
    StopCopyData,

    /// <summary>A session that began in a pre-copy state was taken to STOP_COPY.</summary>
    PreCopySession,

    /// <summary>RUNNING_P2P was left by a request.</summary>
    P2PPass,

    /// <summary>A saving session was left before its end.</summary>
    CancelledSession,

    /// <summary>RESUMING was left with a complete image.</summary>
    CompletedLoad,

    /// <summary>A reset ended ERROR.</summary>
    RecoveredError,

    /// <summary>A request was refused as it must be.</summary>
    RefusedRequest,
}

/// <summary>How witnesses are told and named.</summary>
public static class Witnesses
{
    /// <summary>How many there are.</summary>
    public static int Count { get; } = Enum.GetValues<Witness>().Length;

    /// <summary>The word of the result document: "stop-copy-data".</summary>
    public static string Name(this Witness witness) =>
        witness switch
        {
            Witness.StopCopyData => "stop-copy-data",
            Witness.PreCopySession => "pre-copy-session",
            Witness.P2PPass => "p2p-pass",
            Witness.CancelledSession => "cancelled-session",
            Witness.CompletedLoad => "completed-load",
            Witness.RecoveredError => "recovered-error",
            Witness.RefusedRequest => "refused-request",
            _ => throw new ArgumentOutOfRangeException(nameof(witness), witness, "not a witness"),
        };

    /// <summary>What the answer to a step, one that the contract allows, is a witness of.</summary>
    /// <param name="state">The model before the step.</param>
    /// <param name="step">The step.</param>
    /// <param name="seen">The answer.</param>
    public static Witness? Of(in ModelState state, in Step step, in Observation seen) =>
        step.Kind switch
        {
            StepKind.SetState => OfRequest(state, (DeviceState)step.A, seen),
            StepKind.Reset when seen.Errno == 0 && state.Is(DeviceState.Error) => Witness.RecoveredError,
            StepKind.Read
            or StepKind.ReadToEnd when seen is { Errno: 0, Value: > 0 } && state.Session == SessionKind.Saving && state.Is(DeviceState.StopCopy) =>
                Witness.StopCopyData,
            _ => null,
        };

    private static Witness? OfRequest(in ModelState state, DeviceState target, in Observation seen)
    {
        if (state.States.Count != 1)
            return null;
        var from = state.States.First;
        if (seen.Errno != 0)
            return state.FailingArc == 0 ? Witness.RefusedRequest : null;
        if (from == target)
            return null;
        return from switch
        {
            DeviceState.RunningP2P => Witness.P2PPass,
            DeviceState.Resuming when state.LoadIsComplete => Witness.CompletedLoad,
            DeviceState.PreCopy or DeviceState.PreCopyP2P when target == DeviceState.StopCopy => Witness.PreCopySession,
            _ when state.Session == SessionKind.Saving && state.Phase != StreamPhase.End && !StateSet.Saving.Contains(target) => Witness.CancelledSession,
            _ => null,
        };
    }
}
