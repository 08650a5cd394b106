using Conformance.Model.Migration.Device;

namespace Conformance.Suites.Lint;

/// <summary>A device of a trace, as its user had reason to see it.</summary>
internal sealed class TracedDevice(long process, string name)
{
    private const int MaxHistory = 40;

    private readonly Queue<string> history = new();

    internal long Process { get; } = process;

    internal string Name { get; } = name;

    /// <summary>How many descriptors it has.</summary>
    internal int Descriptors { get; set; }

    /// <summary>What GET MIGRATION gave; null before.</summary>
    internal ulong? Features { get; set; }

    /// <summary>True when GET MIGRATION gave an errno last.</summary>
    internal bool QueryFailed { get; set; }

    /// <summary>Where it is; null when nobody can know. A device that was just opened is RUNNING (MIG-FEAT-05, MIG-FSM-20).</summary>
    internal DeviceState? State { get; set; } = DeviceState.Running;

    /// <summary>True behind a SET that failed, up to a GET or a reset.</summary>
    internal bool SetFailed { get; set; }

    /// <summary>True when a state was asked for since it was opened.</summary>
    internal bool Migrates { get; set; }

    /// <summary>The live session; null when there is none.</summary>
    internal TracedSession? Session { get; set; }

    /// <summary>True between a START of the DMA log and its STOP.</summary>
    internal bool Logs { get; set; }

    internal bool HasP2P => Features is { } features && (features & (ulong)MigrationFeatures.P2P) != 0;

    /// <summary>The last calls that concerned it.</summary>
    internal IReadOnlyList<string> History => [.. history];

    internal void Note(TraceCall call)
    {
        if (history.Count == MaxHistory)
            history.Dequeue();
        history.Enqueue(call.Text);
    }
}

/// <summary>A data fd of a trace.</summary>
internal sealed class TracedSession(TracedDevice device, TraceCall opened, bool saves)
{
    private const int HeadBytes = 16;

    private readonly List<byte> head = [];
    private readonly Dictionary<long, ulong> sums = [];

    internal TracedDevice Device { get; } = device;

    internal TraceCall Opened { get; } = opened;

    /// <summary>True for a session that is read.</summary>
    internal bool Saves { get; } = saves;

    /// <summary>How many descriptors it has.</summary>
    internal int Descriptors { get; set; }

    /// <summary>False behind the state change or the reset that ended it.</summary>
    internal bool IsLive { get; set; } = true;

    /// <summary>False when a request failed and nobody can know whether it is live.</summary>
    internal bool IsCertain { get; set; } = true;

    /// <summary>True when read gave 0 in STOP_COPY.</summary>
    internal bool HasEnd { get; set; }

    /// <summary>True when it was ended out of pre-copy, without STOP_COPY.</summary>
    internal bool IsCancelled { get; set; }

    /// <summary>Bytes of a short write that were not offered again.</summary>
    internal long Rest { get; set; }

    /// <summary>The errno of a write that was refused last; 0 when none was.</summary>
    internal int Refused { get; set; }

    /// <summary>How many bytes went through it.</summary>
    internal long Bytes { get; private set; }

    /// <summary>The digest of all of them; null when the trace has none.</summary>
    internal ulong? Sum { get; private set; }

    internal void Count(TraceCall call)
    {
        if (call.Result <= 0)
            return;
        Bytes += call.Result;
        Sum = call.Sum;
        if (call.Sum is { } sum)
            sums[Bytes] = sum;
        // Behind a hole nobody knows which bytes they are.
        if (head.Count == Bytes - call.Result)
            head.AddRange(call.Head.Take((int)Math.Min(call.Result, HeadBytes - head.Count)));
    }

    /// <summary>The first bytes of its stream, as far as they were recorded.</summary>
    internal ReadOnlySpan<byte> Head => System.Runtime.InteropServices.CollectionsMarshal.AsSpan(head);

    /// <summary>True when its stream was the other one's, at the place where that one ended.</summary>
    internal bool Passed(TracedSession other) => other.Sum is { } sum && sums.TryGetValue(other.Bytes, out var there) && there == sum;

    /// <summary>True when it may be the other one's stream: it begins alike.</summary>
    internal bool BeginsLike(TracedSession other)
    {
        var common = Math.Min(Head.Length, other.Head.Length);
        return common > 0 && Head[..common].SequenceEqual(other.Head[..common]);
    }
}
