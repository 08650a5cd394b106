using Conformance.Model.Contract;
using Conformance.Model.DmaLogging;
using Conformance.Model.Migration.Device;
using Conformance.Model.Requirements;

namespace Conformance.Model.Migration.Oracle;

/// <summary>
/// What the oracle must know of a device before it can judge it: found by asking (feature set, logging, level) or declared (traits, channel).
/// </summary>
public sealed class MigrationMachine
{
    private readonly bool[] asked;
    private readonly ulong failableArcs;

    /// <summary>Describes a device.</summary>
    /// <param name="features">1, 3, 5 or 7; <see cref="MigrationFeatures.None"/> for a device without migration.</param>
    /// <param name="level">The uAPI level.</param>
    /// <param name="channel">Exactly one of Kernel, Socket and InProcess.</param>
    /// <param name="capabilities">What the channel can do and show.</param>
    /// <param name="traits">What the driver declares.</param>
    /// <param name="hasLogging">True when feature 6 answers a PROBE.</param>
    /// <param name="hasReset">True when a reset was seen to work.</param>
    /// <param name="canReport">False when REPORT answers that the kernel cannot do it (DLOG-41).</param>
    /// <param name="window">Where the memory of the workload is; by default where nobody has any.</param>
    /// <param name="estimate">What MIG_DATA_SIZE answered while the device was running; 0: it was not asked.</param>
    /// <param name="failableArcs">See <see cref="FailableArcs"/>.</param>
    public MigrationMachine(
        MigrationFeatures features,
        UapiLevel level,
        Channels channel,
        ChannelCapabilities capabilities,
        DeviceTraits traits,
        bool hasLogging,
        bool hasReset,
        bool canReport = true,
        IovaRange? window = null,
        ulong estimate = 0,
        ulong failableArcs = ulong.MaxValue
    )
    {
        Features = features;
        Paths = PathTable.For(features == MigrationFeatures.None ? MigrationFeatures.StopCopy : features);
        Level = level;
        Channel = channel;
        Capabilities = capabilities;
        Traits = traits;
        HasLogging = hasLogging;
        HasReset = hasReset;
        CanReport = hasLogging && canReport;
        Window = window ?? DefaultWindow;
        StreamBound = BoundOf(traits.MaxImageBytes, estimate);
        this.failableArcs = failableArcs;
        asked = new bool[RequirementId.Bound];
        foreach (var row in Catalogue.All)
            asked[row.Id.Number] = row.Level <= level && (row.Channels & Shows) != 0;
        Plain = new(this);
    }

    /// <summary>The feature set.</summary>
    public MigrationFeatures Features { get; }

    /// <summary>Arcs and paths of the feature set.</summary>
    public PathTable Paths { get; }

    /// <summary>The uAPI level.</summary>
    public UapiLevel Level { get; }

    /// <summary>The channel.</summary>
    public Channels Channel { get; }

    /// <summary>What the channel can do and show.</summary>
    public ChannelCapabilities Capabilities { get; }

    /// <summary>What the driver declares.</summary>
    public DeviceTraits Traits { get; }

    /// <summary>True when the device has a DMA log.</summary>
    public bool HasLogging { get; }

    /// <summary>True when the log can be read: a kernel without the bitmap helper cannot (DLOG-41).</summary>
    public bool CanReport { get; }

    /// <summary>The most bytes that are kept of one stream, whatever a driver declares.</summary>
    public const long KeptBytes = 1L << 30;

    /// <summary>What a stream is held to of which nobody says how long it may be.</summary>
    public const long UndeclaredBound = 256L << 20;

    /// <summary>
    /// The most bytes of a complete stream: what is longer has no end (MIG-FD-19). It is what the driver declares, or <see cref="UndeclaredBound"/>, or four
    /// times the answer of MIG_DATA_SIZE where that is more. 0: that would be more than <see cref="KeptBytes"/>, so that nothing can be said.
    /// </summary>
    public long StreamBound { get; }

    /// <summary>The memory of the workload, which ranges to be logged are taken from.</summary>
    public IovaRange Window { get; }

    /// <summary>What is logged of a device without a workload: 4 MiB.</summary>
    public static IovaRange DefaultWindow { get; } = new(0x4000_0000, 0x40_0000);

    /// <summary>The window of a workload.</summary>
    public static IovaRange WindowOf(IWorkload? workload) =>
        workload?.Memory is { } memory ? new(memory.Iova, (ulong)memory.Pages * (uint)memory.PageSize) : DefaultWindow;

    /// <summary>The arcs that a driver can be told to fail, one bit each: from * 8 + to.</summary>
    public static ulong FailableArcs(IFailureInjection? failures)
    {
        var arcs = 0ul;
        if (failures is null || !failures.Seams.HasFlag(FailureSeams.Arcs))
            return arcs;
        // A feature that is missing makes one arc of two: each set has arcs of its own.
        foreach (var features in (ReadOnlySpan<int>)[1, 3, 5, 7])
        foreach (var arc in PathTable.For((MigrationFeatures)features).Arcs)
            if (failures.CanFail(arc.From, arc.To))
                arcs |= 1ul << arc.Index;
        return arcs;
    }

    /// <summary>True when an arc of a path, counted from 0, can be made to fail.</summary>
    public bool CanFail(StatePath path, int arc) => arc < path.Arcs && (failableArcs >> new Arc(path[arc], path[arc + 1]).Index & 1) != 0;

    /// <summary>The first arc of a path that can be made to fail, counted from 0; -1 when none can.</summary>
    public int FirstFailable(DeviceState from, DeviceState to)
    {
        var path = Paths.Path(from, to);
        for (var arc = 0; arc < path.Arcs; arc++)
            if (CanFail(path, arc))
                return arc;
        return -1;
    }

    /// <summary>True when some arc of the feature set can be made to fail.</summary>
    public bool HasFailableArc => Paths.Arcs.Any(arc => (failableArcs >> arc.Index & 1) != 0);

    /// <summary>True when VFIO_DEVICE_RESET works on the device (MIG-ERR-16).</summary>
    public bool HasReset { get; }

    /// <summary>True when the device answers feature 1.</summary>
    public bool HasMigration => Features != MigrationFeatures.None;

    /// <summary>True when PRE_COPY is in the feature set.</summary>
    public bool HasPreCopy => (Features & MigrationFeatures.PreCopy) != 0;

    /// <summary>The model of the second device, just opened.</summary>
    /// <param name="unbound">True when it was opened without access.</param>
    public ModelState OpenedPeer(bool unbound = false) =>
        ModelState.Opened(unbound) with
        {
            Device = Can(ChannelCapabilities.Stranger) ? ModelState.Stranger : (byte)1,
        };

    /// <summary>True when the channel has all of these.</summary>
    public bool Can(ChannelCapabilities capability) => (Capabilities & capability) == capability;

    /// <summary>
    /// True when the requirement is owed at this level and can be observed on this channel. A driver in this process stands behind the kernel's own core rules.
    /// </summary>
    public bool Asks(RequirementId id) => asked[id.Number];

    /// <summary>What the oracle says of the steps that nearly all plans are made of.</summary>
    internal PlainRequests Plain { get; }

    private static long BoundOf(long declared, ulong estimate)
    {
        // A size that is no size (SIZE-04) says nothing.
        var estimated = estimate > long.MaxValue ? 0 : (long)Math.Min(estimate, KeptBytes) * 4;
        var bound = declared > 0 ? declared : Math.Max(UndeclaredBound, estimated);
        return bound <= KeptBytes ? bound : 0;
    }

    private Channels Shows => Channel == Channels.InProcess ? Channels.InProcess | Channels.Kernel : Channel;

    /// <summary>
    /// The results of a refusal for which the kernel's core fixes an errno: that errno where the core answers, any errno on a socket, where the contract says
    /// only that the request fails.
    /// </summary>
    public ErrnoSet Refusal(int errno) => Channel == Channels.Socket ? ErrnoSet.AnyFailure : ErrnoSet.Of(errno);
}
