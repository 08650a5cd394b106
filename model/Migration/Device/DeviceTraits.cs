using Conformance.Model.Requirements;

namespace Conformance.Model.Migration.Device;

/// <summary>When a driver says that a stream is not valid (MIG-RES-04 to MIG-RES-14).</summary>
public enum ValidationLevel : byte
{
    /// <summary>The request that leaves RESUMING fails.</summary>
    A,

    /// <summary>A write fails, and the request may succeed nevertheless: a deviation.</summary>
    B,

    /// <summary>Nothing need fail: nothing is asked of a stream that is not valid.</summary>
    C,
}

/// <summary>What a driver declares where the contract leaves a choice. The defaults are the most cautious: they promise nothing.</summary>
public sealed record DeviceTraits
{
    /// <summary>Promises nothing.</summary>
    public static DeviceTraits Cautious { get; } = new();

    /// <summary>Two saves of the same content in the same way give the same bytes (E-25).</summary>
    public bool DeterministicStream { get; init; }

    /// <summary>
    /// An upper bound of the bytes of one complete stream: a longer one is endless (MIG-FD-19). 0: not declared; then
    /// <see cref="Oracle.MigrationMachine.StreamBound"/> says what a stream is held to.
    /// </summary>
    public long MaxImageBytes { get; init; }

    /// <summary>
    /// By how many bytes a complete stop-copy stream may exceed the MIG_DATA_SIZE answer; null: not declared, then nothing is asserted (SIZE-07).
    /// </summary>
    public long? DataSizeSlack { get; init; }

    /// <summary>
    /// When a request of STOP_COPY has returned, the stream is there: no read waits for it, and poll says so at once (MIG-FD-25). Without it the image may come
    /// later (E-11), and poll is held to the end of the stream alone (MIG-FD-13).
    /// </summary>
    public bool SynchronousSave { get; init; }

    /// <summary>
    /// The DMA log names what the device wrote and nothing else (DLOG-22, DLOG-28). Without it a log may name anything besides (DLOG-20), and only a page that
    /// it loses is judged.
    /// </summary>
    public bool ExactLog { get; init; }

    /// <summary>
    /// An idle device offers data in pre-copy again and again, as one does that cannot tell what has changed (MIG-PRE-23, PINFO2-14).
    /// </summary>
    public bool IdleDirties { get; init; }

    /// <summary>
    /// When all that was streamed has changed, GET_PRECOPY_INFO reports REINIT to who opted in to it (PINFO2-10, PINFO2-12). Most drivers never do.
    /// </summary>
    public bool Reinitialises { get; init; }

    /// <summary>
    /// When a stream that is not valid is refused. <see cref="ValidationLevel.A"/> is what the contract asks for, and the default; a driver that declares less
    /// is not asked for more, but for a state, an errno and a reset as everybody (E-22).
    /// </summary>
    public ValidationLevel Validation { get; init; }

    /// <summary>A device whose complete state is empty: RESUMING may be left without any data (MIG-RES-10).</summary>
    public bool EmptyState { get; init; }

    /// <summary>
    /// The format has no end of its own, so that two streams one behind the other look like a longer one, and may load (MIG-RES-18). Without it, what follows a
    /// complete stream is refused.
    /// </summary>
    public bool JoinedStreams { get; init; }

    /// <summary>What is known of the stream: without it, streams are opaque, and of one with changed bytes nothing is asked (E-20).</summary>
    public StreamFields Stream { get; init; } = StreamFields.None;

    /// <summary>The uAPI level, when detection by probing is to be overridden; null: detect (V.1).</summary>
    public UapiLevel? Level { get; init; }
}
