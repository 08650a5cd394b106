using Conformance.Model.Migration.Device;

namespace Conformance.Model.Migration.Oracle;

/// <summary>One direct transition of the state machine.</summary>
/// <param name="From">Where it starts.</param>
/// <param name="To">Where it ends.</param>
public readonly record struct Arc(DeviceState From, DeviceState To)
{
    /// <summary>RU&gt;PC, RP&gt;PP, ST&gt;SC and ST&gt;RS create a data session (MIG-FD-01).</summary>
    public bool OpensSession => (Openers >> Index & 1) != 0;

    private static readonly ulong Openers =
        new Arc(DeviceState.Running, DeviceState.PreCopy).Bit
        | new Arc(DeviceState.RunningP2P, DeviceState.PreCopyP2P).Bit
        | new Arc(DeviceState.Stop, DeviceState.StopCopy).Bit
        | new Arc(DeviceState.Stop, DeviceState.Resuming).Bit;

    /// <summary>The place of the arc in a table of all pairs, 0..63.</summary>
    internal int Index => (int)From * 8 + (int)To;

    /// <summary>The arc in a set of 64 bits.</summary>
    internal ulong Bit => 1ul << Index;

    /// <summary>The arc as <c>RU&gt;PC</c>.</summary>
    public override string ToString() => $"{From.Abbreviation()}>{To.Abbreviation()}";
}

/// <summary>
/// Arcs and paths of one feature set, derived rather than listed. Fifteen arcs make the full machine. A feature that is missing is read as the uAPI text
/// reads it: RUNNING_P2P means RUNNING and PRE_COPY_P2P means PRE_COPY (MIG-P2P-13), and without PRE_COPY nothing touches its states. A request takes the
/// shortest path; a path with both ends in the saving group stays inside it, any other one avoids the group between its ends (MIG-FSM-08). What has no such
/// path is blocked (MIG-FSM-09).
/// </summary>
public sealed class PathTable
{
    private static readonly Arc[] FullMachine =
    [
        new(DeviceState.Running, DeviceState.RunningP2P),
        new(DeviceState.RunningP2P, DeviceState.Running),
        new(DeviceState.RunningP2P, DeviceState.Stop),
        new(DeviceState.Stop, DeviceState.RunningP2P),
        new(DeviceState.Stop, DeviceState.StopCopy),
        new(DeviceState.StopCopy, DeviceState.Stop),
        new(DeviceState.Stop, DeviceState.Resuming),
        new(DeviceState.Resuming, DeviceState.Stop),
        new(DeviceState.Running, DeviceState.PreCopy),
        new(DeviceState.PreCopy, DeviceState.Running),
        new(DeviceState.RunningP2P, DeviceState.PreCopyP2P),
        new(DeviceState.PreCopyP2P, DeviceState.RunningP2P),
        new(DeviceState.PreCopy, DeviceState.PreCopyP2P),
        new(DeviceState.PreCopyP2P, DeviceState.PreCopy),
        new(DeviceState.PreCopyP2P, DeviceState.StopCopy),
    ];

    private static readonly PathTable[] Tables = [new(1), new(3), new(5), new(7)];

    private readonly StatePath[] paths = new StatePath[64];
    private readonly ulong[] arcsOfPaths = new ulong[64];
    private readonly StateSet[] blockedFrom = new StateSet[8];
    private readonly Arc[] arcs;

    private PathTable(int features)
    {
        Features = (MigrationFeatures)features;
        arcs = [.. FullMachine.Select(Contract).OfType<Arc>().Distinct()];
        var states = StateSet.None;
        foreach (var arc in arcs)
            states = states.With(arc.From).With(arc.To);
        States = states;
        for (var from = 1; from < 8; from++)
        for (var to = 1; to < 8; to++)
        {
            var path = Search((DeviceState)from, (DeviceState)to);
            paths[from * 8 + to] = path;
            for (var i = 0; i + 1 < path.Count; i++)
                arcsOfPaths[from * 8 + to] |= new Arc(path[i], path[i + 1]).Bit;
            if (IsBlocked((DeviceState)from, (DeviceState)to))
                blockedFrom[to] = blockedFrom[to].With((DeviceState)from);
        }
    }

    /// <summary>The table of a feature set.</summary>
    /// <exception cref="ArgumentOutOfRangeException">Not one of 1, 3, 5 and 7 (MIG-FEAT-02).</exception>
    public static PathTable For(MigrationFeatures features) =>
        (ulong)features is 1 or 3 or 5 or 7
            ? Tables[(int)features / 2]
            : throw new ArgumentOutOfRangeException(nameof(features), features, "a feature set is 1, 3, 5 or 7");

    /// <summary>The feature set.</summary>
    public MigrationFeatures Features { get; }

    /// <summary>The states that can be requested; ERROR is not among them.</summary>
    public StateSet States { get; }

    /// <summary>The direct arcs: 6, 8, 9 or 15.</summary>
    public IReadOnlyList<Arc> Arcs => arcs;

    /// <summary>True when the state can be requested with this feature set.</summary>
    public bool Supports(DeviceState state) => States.Contains(state);

    /// <summary>The path of a request; empty when it is blocked or an end is not supported, the origin alone when both ends are the same.</summary>
    public StatePath Path(DeviceState from, DeviceState to) => (uint)from < 8 && (uint)to < 8 ? paths[(int)from * 8 + (int)to] : default;

    /// <summary>True when the device has both states and no path leads from one to the other (MIG-FSM-09).</summary>
    public bool IsBlocked(DeviceState from, DeviceState to) => Supports(from) && Supports(to) && Path(from, to).Count == 0;

    /// <summary>The states from which the request of a state is blocked.</summary>
    internal StateSet BlockedFrom(uint target) => target < (uint)blockedFrom.Length ? blockedFrom[target] : StateSet.None;

    /// <summary>The arcs of a path of this table, one bit each: from * 8 + to.</summary>
    internal ulong ArcsOf(StatePath path) => path.Count == 0 ? 0 : arcsOfPaths[new Arc(path[0], path[path.Count - 1]).Index];

    /// <summary>The arcs of the path of a request, one bit each.</summary>
    internal ulong ArcsOf(DeviceState from, DeviceState to) => arcsOfPaths[new Arc(from, to).Index];

    /// <summary>True when the last arc of the path creates a data session (MIG-FD-01).</summary>
    public static bool OpensSession(StatePath path) => path.Arcs > 0 && new Arc(path[path.Count - 2], path[path.Count - 1]).OpensSession;

    private Arc? Contract(Arc arc)
    {
        var from = Reading(arc.From);
        var to = Reading(arc.To);
        if (from == to)
            return null;
        var touchesPreCopy = from == DeviceState.PreCopy || to == DeviceState.PreCopy || from == DeviceState.PreCopyP2P || to == DeviceState.PreCopyP2P;
        return touchesPreCopy && !Features.HasFlag(MigrationFeatures.PreCopy) ? null : new Arc(from, to);
    }

    private DeviceState Reading(DeviceState state) =>
        Features.HasFlag(MigrationFeatures.P2P)
            ? state
            : state switch
            {
                DeviceState.RunningP2P => DeviceState.Running,
                DeviceState.PreCopyP2P => DeviceState.PreCopy,
                _ => state,
            };

    private StatePath Search(DeviceState from, DeviceState to)
    {
        if (!Supports(from) || !Supports(to))
            return default;
        var inside = StateSet.Saving.Contains(from) && StateSet.Saving.Contains(to);
        var seen = StateSet.Of(from);
        var open = new Queue<StatePath>([StatePath.From(from)]);
        while (open.TryDequeue(out var path))
        {
            var last = path[path.Count - 1];
            if (last == to)
                return path;
            if (last != from && StateSet.Saving.Contains(last) != inside)
                continue;
            foreach (var arc in arcs)
                if (arc.From == last && !seen.Contains(arc.To) && (!inside || StateSet.Saving.Contains(arc.To)))
                {
                    seen = seen.With(arc.To);
                    open.Enqueue(path.Then(arc.To));
                }
        }

        return default;
    }
}
