using System.Runtime.CompilerServices;
using Conformance.Engine.Judging;
using Conformance.Model.Migration.Device;
using Conformance.Model.Migration.Oracle;
using Conformance.Model.Migration.Steps;

namespace Conformance.Engine.Migration;

/// <summary>What campaigns of the migration suite must have seen to have shown anything.</summary>
public static class MigrationWitness
{
    /// <summary>A session gave data in STOP_COPY.</summary>
    public static readonly Witness StopCopyData = new(0, "stop-copy-data");

    /// <summary>A session that began in a pre-copy state was taken to STOP_COPY.</summary>
    public static readonly Witness PreCopySession = new(1, "pre-copy-session");

    /// <summary>RUNNING_P2P was left by a request.</summary>
    public static readonly Witness P2PPass = new(2, "p2p-pass");

    /// <summary>A saving session was left before its end.</summary>
    public static readonly Witness CancelledSession = new(3, "cancelled-session");

    /// <summary>RESUMING was left with a complete image.</summary>
    public static readonly Witness CompletedLoad = new(4, "completed-load");

    /// <summary>A reset ended ERROR.</summary>
    public static readonly Witness RecoveredError = new(5, "recovered-error");

    /// <summary>A request was refused as it must be.</summary>
    public static readonly Witness RefusedRequest = new(6, "refused-request");

    /// <summary>All of them.</summary>
    public static IReadOnlyList<Witness> All { get; } =
    [StopCopyData, PreCopySession, P2PPass, CancelledSession, CompletedLoad, RecoveredError, RefusedRequest];

    /// <summary>What the answer to a step other than a request, one that the contract allows, is a witness of.</summary>
    /// <param name="state">The model before the step.</param>
    /// <param name="step">The step.</param>
    /// <param name="seen">The answer.</param>
    internal static Witness? Of(in ModelState state, in Step step, in Observation seen) =>
        step.Kind switch
        {
            StepKind.GetState when seen.Errno == 0 && state.States.Count > 1 => OfInterrupted(state, (DeviceState)seen.State),
            StepKind.Reset when seen.Errno == 0 && state.Is(DeviceState.Error) => MigrationWitness.RecoveredError,
            StepKind.Read
            or StepKind.ReadToEnd when seen is { Errno: 0, Value: > 0 } && state.Session == SessionKind.Saving && state.Is(DeviceState.StopCopy) =>
                MigrationWitness.StopCopyData,
            _ => null,
        };

    // Where an interrupted request has led to.
    private static Witness? OfInterrupted(in ModelState state, DeviceState reported) =>
        reported == DeviceState.Error || !MigrationOracle.IsLeft(state.Session, reported) ? null
        : state.LoadIsComplete ? CompletedLoad
        : state.Session == SessionKind.Saving && state.Phase != StreamPhase.End ? CancelledSession
        : null;

    /// <summary>What the answer to a request (<see cref="StepKind.SetState"/>), one that the contract allows, is a witness of.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)] // once a request, by one caller
    internal static Witness? OfRequest(in ModelState state, DeviceState from, DeviceState target, in Observation seen)
    {
        if (seen.Errno != 0)
            return state.FailingArc == 0 ? MigrationWitness.RefusedRequest : null;
        if (from == target)
            return null;
        return from switch
        {
            DeviceState.RunningP2P => MigrationWitness.P2PPass,
            DeviceState.Resuming when state.LoadIsComplete => MigrationWitness.CompletedLoad,
            DeviceState.PreCopy or DeviceState.PreCopyP2P when target == DeviceState.StopCopy => MigrationWitness.PreCopySession,
            _ when state.Session == SessionKind.Saving && state.Phase != StreamPhase.End && !StateSet.Saving.Contains(target) =>
                MigrationWitness.CancelledSession,
            _ => null,
        };
    }
}
