using Conformance.Model.Contract;
using Conformance.Model.Migration.Device;
using Conformance.Model.Requirements;

namespace Conformance.Model.Migration.Steps;

/// <summary>
/// What must be there for a step. A run leaves a step out where it is not, because a shortened plan need not make sense; a search does not try it.
/// </summary>
public enum StepPlace : byte
{
    /// <summary>The device is open.</summary>
    OpenDevice,

    /// <summary>The device is closed.</summary>
    ClosedDevice,

    /// <summary>Nothing.</summary>
    Anywhere,

    /// <summary>A live session of either direction, and its descriptor.</summary>
    Session,

    /// <summary>A live saving session and its descriptor.</summary>
    SavingSession,

    /// <summary>A live resuming session and its descriptor.</summary>
    ResumingSession,

    /// <summary>The descriptor of a session that has ended.</summary>
    EndedSession,
}

/// <summary>What kind of call a step is, for whoever counts and judges.</summary>
[Flags]
public enum StepTraits : byte
{
    /// <summary>None of these.</summary>
    None = 0,

    /// <summary>A SET of feature 2: A is the requested state.</summary>
    Request = 1,

    /// <summary>An ioctl of the device: refused while the device is not bound (ABI-18).</summary>
    DeviceCall = 2,

    /// <summary>
    /// When the result of the call is another than the contract says, nothing can be said of what follows, not even when only a SHOULD speaks against it.
    /// </summary>
    EndsPlan = 4,

    /// <summary>The walk over arcs is interrupted: the next request makes no arc pair with the one before.</summary>
    BreaksWalk = 8,

    /// <summary>Reads until the stream ends.</summary>
    ReadsToEnd = 16,

    /// <summary>Uses the device itself, its registers or its memory: not in every state may a user do that (MIG-STOP-10, MIG-P2P-10).</summary>
    TouchesDevice = 32,
}

/// <summary>Where a step is known to kill kernels.</summary>
public enum StepDanger : byte
{
    /// <summary>Nowhere.</summary>
    None,

    /// <summary>When the request is blocked: some never return from it (MIG-FSM-27).</summary>
    BlockedRequest,

    /// <summary>In every state but RUNNING (MIG-ERR-19).</summary>
    OutsideRunning,

    /// <summary>When the session that ended was a resuming one (MIG-FD-14).</summary>
    EndedResuming,
}

/// <summary>What <see cref="Observation.Value"/> counts, for printing.</summary>
public enum StepValue : byte
{
    /// <summary>Bytes.</summary>
    Bytes,

    /// <summary>A word of flags.</summary>
    Flags,

    /// <summary>A digest of the device's content.</summary>
    Digest,

    /// <summary>Events of poll.</summary>
    Events,

    /// <summary>What came out of a device: <see cref="WorkEffects"/>.</summary>
    Work,

    /// <summary>A number of the device's.</summary>
    Word,

    /// <summary>In which respects a bitmap differs from the memory: <see cref="DmaLogging.BitmapMarks"/>.</summary>
    Bitmap,
}

/// <summary>
/// All that the kit must know of a kind of step to print, plan, shrink and count it. What a device may answer is the oracle's (<c>MigrationOracle.Allowed</c>
/// and
/// <c>Advance</c>), and how it is done is the runner's.
/// </summary>
/// <param name="Kind">The kind.</param>
/// <param name="Words">The step as a person would say it.</param>
public sealed record StepRow(StepKind Kind, Func<Step, string> Words)
{
    /// <summary>What must be there for it.</summary>
    public StepPlace Place { get; init; }

    /// <summary>What kind of call it is.</summary>
    public StepTraits Traits { get; init; }

    /// <summary>Where it is known to kill kernels.</summary>
    public StepDanger Danger { get; init; }

    /// <summary>What the channel must be able to do, whatever the arguments are.</summary>
    public ChannelCapabilities Needs { get; init; }

    /// <summary>What the channel must be able to do for such arguments.</summary>
    public Func<Step, ChannelCapabilities>? NeedsOfArguments { get; init; }

    /// <summary>Steps that show nearly the same and are simpler, the simplest first; only ever towards the simpler one, so that a search ends.</summary>
    public Func<Step, IEnumerable<Step>>? Simpler { get; init; }

    /// <summary>What the value of an answer counts.</summary>
    public StepValue Value { get; init; }

    /// <summary>What came back besides the result, beginning with a comma; null when there is nothing to say.</summary>
    public Func<Step, Observation, string?>? Answer { get; init; }

    /// <summary>What a return value breaks that is neither 0 nor -1, or of a read or a write a count larger than what it was given.</summary>
    public Rules OddReturn { get; init; } = Rules.Of(RequirementId.ABI_25);

    /// <summary>What every answer to such a step could have broken, whatever else it shows.</summary>
    public Rules AlwaysChecked { get; init; }

    /// <summary>True when the kind is of this sort.</summary>
    public bool Is(StepTraits trait) => (Traits & trait) != 0;
}
