using Conformance.Model.Contract;
using Conformance.Model.Migration.Device;
using Conformance.Model.Migration.Steps;
using Conformance.Model.Requirements;
using static Conformance.Model.Requirements.RequirementId;

namespace Conformance.Model.Migration.Oracle;

/// <content>
/// Calls that overlap (MIG-FSM-17, MIG-FSM-24, MIG-ERR-05, MIG-ERR-06, SIZE-09, MIG-FD-33, DLOG-11, DLOG-12, DLOG-25): what they may answer is what they may
/// answer in some order. What is allowed besides, because they overlap, is said here and only of those that do.
/// </content>
public static partial class MigrationOracle
{
    /// <summary>
    /// True for steps that may be done by one of several threads, or behind them: a call each, of which every answer can be put into an order.
    /// </summary>
    public static bool MayOverlap(StepKind kind) =>
        kind
            is StepKind.QueryFeatures
                or StepKind.GetState
                or StepKind.SetState
                or StepKind.QueryDataSize
                or StepKind.Reset
                or StepKind.Read
                or StepKind.Write
                or StepKind.PrecopyInfo
        || IsOfLog(kind);

    /// <summary>True for calls that concern the DMA log. The log and the state machine have nothing to do with each other (DLOG-25).</summary>
    public static bool IsOfLog(StepKind kind) => kind is StepKind.StartLogging or StepKind.StopLogging or StepKind.ReportLogging;

    /// <summary>True for calls that need the state: one that begins behind a reset waits for whatever that was put off to (MIG-ERR-05).</summary>
    public static bool NeedsState(StepKind kind) => kind is StepKind.GetState or StepKind.SetState or StepKind.QueryDataSize or StepKind.QueryFeatures;

    /// <summary>
    /// True for calls that a reset may be put off to (MIG-ERR-05): those that need the state, GET_PRECOPY_INFO, for which most drivers take it as well, and
    /// another reset that is under way. For the calls of the DMA log some drivers take it too.
    /// </summary>
    public static bool MayDeferReset(StepKind kind) => NeedsState(kind) || IsOfLog(kind) || kind is StepKind.PrecopyInfo or StepKind.Reset;

    /// <summary>True for calls on a data fd.</summary>
    public static bool IsTransfer(StepKind kind) => kind is StepKind.Read or StepKind.Write;

    /// <summary>True for calls of a data fd that may overlap: transfers, and GET_PRECOPY_INFO.</summary>
    public static bool IsOnSession(StepKind kind) => IsTransfer(kind) || kind == StepKind.PrecopyInfo;

    /// <summary>
    /// True when a call that began after a RESET had returned may yet come before it: it does not need the state, so it does not wait for the call that the
    /// reset was put off to (MIG-ERR-05).
    /// </summary>
    /// <param name="later">What began after the RESET had returned, while a call that needs the state and overlaps the RESET was not through.</param>
    public static bool MayComeBeforeDeferredReset(StepKind later) => !NeedsState(later) && later != StepKind.Reset;

    /// <summary>
    /// What a SET may answer besides when a reset overtakes it: the device is reset under it, so that it may fail, whatever its path is (MIG-ERR-06). The reset
    /// comes behind it in any case.
    /// </summary>
    public static void AllowOvertaken(MigrationMachine machine, in ModelState state, in Step step, ref OutcomeSet set)
    {
        if (set.Count == 0 || state.States.Count != 1)
            return;
        ref var failed = ref set.Add(ErrnoSet.AnyFailure, Rules.Of(MIG_ERR_06));
        failed.After = machine.Paths.States.With(DeviceState.Error);
        failed.AfterRules = Rules.Of(MIG_ERR_06);
        failed.Effect = SessionEffect.Unknown;
    }

    /// <summary>True when an observation meets an outcome: one may meet several.</summary>
    public static bool Meets(MigrationMachine machine, in ModelState state, in Step step, in Observation seen, in Outcome outcome) =>
        outcome.Grade == Grade.Allowed
        && (seen.Marks & (Marks.Return | Marks.Errno)) == 0
        && outcome.Errnos.Contains(seen.Errno)
        && Facets(machine, state, step, seen, outcome).Kind == DivergenceKind.None;

    /// <summary>
    /// Which requirement is there for such an overlap: the one to name when answers have no order, and to count when they have one.
    /// </summary>
    /// <param name="a">A step.</param>
    /// <param name="b">A step that overlaps it.</param>
    public static RequirementId OfOverlap(StepKind a, StepKind b)
    {
        if (IsTransfer(a) && IsTransfer(b))
            return MIG_FD_33;
        if (IsOfLog(a) && IsOfLog(b))
            return a == StepKind.StartLogging && b == StepKind.StartLogging ? DLOG_11 : DLOG_12;
        if ((IsOfLog(a) || IsOfLog(b)) && a != StepKind.Reset && b != StepKind.Reset)
            return DLOG_25;
        if (a == StepKind.QueryDataSize || b == StepKind.QueryDataSize)
            return a is StepKind.SetState or StepKind.Reset || b is StepKind.SetState or StepKind.Reset ? SIZE_09 : MIG_FSM_17;
        if (IsOnSession(a) || IsOnSession(b))
            return MIG_FSM_24;
        if (a == StepKind.Reset || b == StepKind.Reset)
            return a == StepKind.SetState || b == StepKind.SetState ? MIG_ERR_06 : MIG_ERR_05;
        return MIG_FSM_17;
    }
}
