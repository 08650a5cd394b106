using Conformance.Model.Contract;
using Conformance.Model.Migration.Device;
using Conformance.Model.Requirements;

namespace Conformance.Model.Migration.Oracle;

/// <summary>What has happened to the work of a device.</summary>
[Flags]
public enum WorkFlags : ushort
{
    /// <summary>Nothing.</summary>
    None = 0,

    /// <summary>How much work waits is not known.</summary>
    Unknown = 1 << 0,

    /// <summary>The device was given work that never ends.</summary>
    Stuck = 1 << 1,

    /// <summary>The device had time since work was submitted, so that some may be half done.</summary>
    Started = 1 << 2,

    /// <summary>Work waited while the device was stopped or quiesced, or was loaded.</summary>
    Carried = 1 << 3,

    /// <summary>Pages were mapped elsewhere while the device was stopped, and it has not shown yet where it writes.</summary>
    Swapped = 1 << 4,

    /// <summary>Vectors were set up while the device was stopped, and it has not raised an interrupt yet.</summary>
    VectorsSet = 1 << 5,

    /// <summary>The device had time in this stopped period.</summary>
    RanStopped = 1 << 6,

    /// <summary>PRE_COPY was left for STOP_COPY on a device without P2P (MIG-P2P-12).</summary>
    FromPreCopy = 1 << 7,

    /// <summary>The arc into this stopped period was made to fail, and the request succeeded nevertheless (MIG-STOP-14).</summary>
    StopFailed = 1 << 8,

    /// <summary>The peer was stopped behind the quiescence of both devices, as MIG-P2P-08 asks.</summary>
    PeerInOrder = 1 << 9,

    /// <summary>The user touched the device where a user must not: but for MIG-STOP-06 and MIG-STOP-09, nothing more is asked of it until a reset.</summary>
    Trespassed = 1 << 10,

    /// <summary>In doing so he rang the doorbell of a device in STOP.</summary>
    Doorbell = 1 << 11,

    /// <summary>What waits is known to the piece: the device was looked at since it was stopped.</summary>
    Settled = 1 << 12,

    /// <summary>The device had time in RUNNING or PRE_COPY since its counter was read.</summary>
    CounterRan = 1 << 13,

    /// <summary>Pages were mapped elsewhere, whenever that was.</summary>
    Moved = 1 << 14,
}

/// <summary>What is known of the work of a device (<see cref="IWorkload"/>): a comparable value, part of <see cref="ModelState"/>.</summary>
public record struct WorkState
{
    /// <summary>What was submitted and has not come out yet: a <see cref="WorkEffects"/>.</summary>
    public ulong Waiting { get; set; }

    /// <summary>Why a running device must do its work: how RUNNING was reached. None: it was opened or reset.</summary>
    public Rules Rules { get; set; }

    /// <summary>1 + the counter that was read last, 0: not known.</summary>
    public ulong Counter { get; set; }

    /// <summary>1 + the writes of peers that the device has taken, 0: not known.</summary>
    public ulong Taken { get; set; }

    /// <summary>1 + the first word of the configuration space, 0: not read.</summary>
    public ulong Config { get; set; }

    /// <summary>What was written to the register.</summary>
    public uint Value { get; set; }

    /// <summary>The vectors that are not enabled, a bit each.</summary>
    public uint Disabled { get; set; }

    /// <summary>What has happened.</summary>
    public WorkFlags Flags { get; set; }

    /// <summary>1 + the register that was written last, 0: none.</summary>
    public ushort Register { get; set; }

    /// <summary>The state that the peer was walked to; 0: it was not.</summary>
    public PeerState Peer { get; set; }

    /// <summary>How many pieces wait.</summary>
    public readonly int Pieces
    {
        get
        {
            var pieces = 0;
            for (var rest = Waiting; rest != 0; rest >>= 12)
                pieces += (int)(rest & 0xFFF);
            return pieces;
        }
    }

    /// <summary>True when one of these holds.</summary>
    public readonly bool Has(WorkFlags flags) => (Flags & flags) != 0;

    /// <summary>Nothing is known any more of what the device holds or has to do.</summary>
    public void Forget()
    {
        Waiting = Counter = Taken = 0;
        Register = 0;
        Flags = (Flags & ~(WorkFlags.Settled | WorkFlags.Stuck)) | WorkFlags.Unknown;
    }

    /// <summary>The device was reset: nothing waits if nothing did before. What becomes of what did is the driver's business (MIG-ERR-18).</summary>
    public void Reset()
    {
        var waited = Waiting != 0 || Has(WorkFlags.Unknown);
        Forget();
        Flags = waited ? WorkFlags.Unknown : WorkFlags.None;
        Rules = Rules.None;
    }

    /// <summary>The device was loaded with an image.</summary>
    public void Restore(in SavedImage image)
    {
        Forget();
        Taken = image.Taken;
        if (!image.WorkIsKnown)
            return;
        Waiting = image.Waiting;
        Flags = (Flags & ~WorkFlags.Unknown) | WorkFlags.Settled;
        if (Waiting != 0)
            Flags |= WorkFlags.Carried;
    }
}
