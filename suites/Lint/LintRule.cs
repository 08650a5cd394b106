using Conformance.Model.Requirements;
using static Conformance.Model.Requirements.RequirementId;

namespace Conformance.Suites.Lint;

/// <summary>One thing that a user of the uAPI has to keep to, as a trace can show it.</summary>
/// <param name="Name">What breaking it is called; a fact of the finding.</param>
/// <param name="Duty">What a user does.</param>
/// <param name="IsAdvice">True: not keeping to it is a warning.</param>
/// <param name="Requirements">Where it comes from; the first one names the finding.</param>
internal sealed record LintRule(string Name, string Duty, bool IsAdvice, params IReadOnlyList<RequirementId> Requirements)
{
    internal static LintRule QueryWithoutMethod { get; } =
        new("query-without-method", "the flags of a feature call name its index and one of GET, SET and PROBE", false, MIG_FEAT_11, SEED_01);

    internal static LintRule UsedAfterFailedQuery { get; } =
        new("used-after-failed-query", "a device whose answer to GET MIGRATION is an errno has no migration, whichever errno", false, SEED_01);

    internal static LintRule UsedWithoutQuery { get; } =
        new("used-without-query", "GET MIGRATION says what a device can do before it is asked to", false, MIG_FEAT_05);

    internal static LintRule ShortEnvelope { get; } = new("short-envelope", "argsz counts the 8 bytes of the envelope", false, ABI_03);

    internal static LintRule UnknownFlags { get; } = new("unknown-flags", "bits 19 to 31 of the flags are 0", false, ABI_04);

    internal static LintRule TwoMethods { get; } = new("two-methods", "a call without PROBE has one method: GET or SET", false, ABI_05);

    internal static LintRule MethodNotOffered { get; } = new("method-not-offered", "a feature is asked with a method that it offers", false, ABI_10);

    internal static LintRule ShortPayload { get; } = new("short-payload", "argsz has room for the payload of the feature", false, ABI_11);

    internal static LintRule BlockedArc { get; } =
        new("blocked-arc", "STOP_COPY is left for STOP, RUNNING or RESUMING, and not for a state of pre-copy", false, MIG_FSM_09);

    internal static LintRule TargetError { get; } = new("target-error", "ERROR is no state that a user asks for", false, MIG_FSM_10);

    internal static LintRule UnknownTarget { get; } = new("unknown-target", "a state that is asked for is one of the uAPI", false, MIG_FSM_11);

    internal static LintRule StateNotOffered { get; } =
        new("state-not-offered", "states of P2P and of PRE_COPY are asked of devices that have the feature", false, MIG_FSM_12);

    internal static LintRule StateTakenForGranted { get; } =
        new("state-taken-for-granted", "after a SET that failed, GET says where the device is, or a reset brings it to RUNNING", true, MIG_FSM_26);

    internal static LintRule UsedInError { get; } = new("used-in-error", "a device in ERROR is reset", false, MIG_ERR_01);

    internal static LintRule WrongDirection { get; } = new("wrong-direction", "a saving data fd is read, a resuming one is written", false, MIG_FD_05);

    internal static LintRule NotAStream { get; } = new("not-a-stream", "a data fd has no position: read and write alone", false, MIG_FD_06);

    internal static LintRule ReadsOnAfterTheEnd { get; } = new("reads-on-after-the-end", "in STOP_COPY 0 is the end of the stream", false, MIG_FD_11);

    internal static LintRule DeadSession { get; } =
        new("dead-session", "a data fd is not used behind the states or the reset that ended its session", false, MIG_FD_14, MIG_FD_15);

    internal static LintRule IoctlOnResuming { get; } = new("ioctl-on-resuming", "a resuming data fd has no ioctl", false, MIG_FD_24);

    internal static LintRule RestNotWritten { get; } =
        new("rest-not-written", "behind a short write the rest follows before RESUMING is left", false, MIG_FD_30);

    internal static LintRule DataFdNotClosed { get; } =
        new("data-fd-not-closed", "every data fd is closed, also one whose session has ended", false, MIG_FD_31);

    internal static LintRule ShortInfo { get; } = new("short-info", "argsz of GET_PRECOPY_INFO is 24 or more", false, ABI_22);

    internal static LintRule InfoOfTheDevice { get; } = new("info-of-the-device", "GET_PRECOPY_INFO is asked of the data fd", false, ABI_20);

    internal static LintRule InfoOutsidePreCopy { get; } =
        new("info-outside-pre-copy", "GET_PRECOPY_INFO is asked in PRE_COPY and PRE_COPY_P2P", false, MIG_PRE_02);

    internal static LintRule LeavesResumingEarly { get; } =
        new(
            "leaves-resuming-early",
            "RESUMING is left when the whole stream is written, from the first byte to the end that its source read",
            false,
            MIG_RES_04
        );

    internal static LintRule NothingWritten { get; } =
        new("nothing-written", "RESUMING is left by a reset when there is nothing to load", false, MIG_RES_10, MIG_RES_08);

    internal static LintRule TooMuchWritten { get; } = new("too-much-written", "what is written is the output of one data fd", false, MIG_RES_18, MIG_RES_09);

    internal static LintRule CancelledStream { get; } = new("cancelled-stream", "what a cancelled pre-copy gave is thrown away", false, MIG_RES_25);

    internal static LintRule StreamChanged { get; } = new("stream-changed", "a stream is delivered as it was read", false, MIG_FD_10);

    internal static LintRule LeavesFailedLoad { get; } =
        new("leaves-failed-load", "behind a write that was refused, RESUMING is left by a reset", false, MIG_RES_13);

    internal static LintRule TouchedWhileStopped { get; } =
        new("touched-while-stopped", "nobody touches the BARs of a device in STOP and STOP_COPY", false, MIG_STOP_10, SEED_05);

    internal static LintRule TouchedWhileQuiescent { get; } =
        new("touched-while-quiescent", "nobody touches the BARs of a device in RUNNING_P2P and PRE_COPY_P2P", false, MIG_P2P_10, SEED_05);

    internal static LintRule StoppedBesideRunning { get; } =
        new(
            "stopped-beside-running",
            "with several devices all go to RUNNING_P2P or PRE_COPY_P2P before one is stopped, and before one runs again",
            false,
            MIG_P2P_08
        );

    internal static LintRule LogNotPaired { get; } =
        new("log-not-paired", "a START of the DMA log has its STOP, and follows again behind a reset or an error", false, DLOG_40);

    /// <summary>All rules, in the order of docs/lint.md.</summary>
    internal static IReadOnlyList<LintRule> All { get; } =
    [
        QueryWithoutMethod,
        UsedAfterFailedQuery,
        UsedWithoutQuery,
        ShortEnvelope,
        UnknownFlags,
        TwoMethods,
        MethodNotOffered,
        ShortPayload,
        BlockedArc,
        TargetError,
        UnknownTarget,
        StateNotOffered,
        StateTakenForGranted,
        UsedInError,
        WrongDirection,
        NotAStream,
        ReadsOnAfterTheEnd,
        DeadSession,
        IoctlOnResuming,
        RestNotWritten,
        DataFdNotClosed,
        ShortInfo,
        InfoOfTheDevice,
        InfoOutsidePreCopy,
        LeavesResumingEarly,
        NothingWritten,
        TooMuchWritten,
        CancelledStream,
        StreamChanged,
        LeavesFailedLoad,
        TouchedWhileStopped,
        TouchedWhileQuiescent,
        StoppedBesideRunning,
        LogNotPaired,
    ];
}
