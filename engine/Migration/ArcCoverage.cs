using System.Runtime.CompilerServices;
using Conformance.Engine.Judging;
using Conformance.Model.Migration.Device;
using Conformance.Model.Migration.Oracle;

namespace Conformance.Engine.Migration;

/// <summary>
/// Which request pairs, arcs and arc pairs were taken with success or refused as they must be. Flags of <see cref="Coverage"/>: from * 8 + to for request
/// pairs, 64 behind them for arcs, 128 behind those for two arcs one after the other.
/// </summary>
public sealed class ArcCoverage
{
    /// <summary>How many flags there are: 64, 64 and 512.</summary>
    public const int Flags = ArcPairs + 512;

    private const int States = 8;
    private const int Arcs = 64;
    private const int ArcPairs = 128;

    // Behind each arc, for each request: where the last arc of the request's path begins, plus one; 0 while its path is not covered behind that arc.
    private readonly byte[] known = new byte[States * States * States * States];
    private Coverage coverage = new();
    private Arc last;
    private bool hasLast;

    /// <summary>A new device: what follows is no continuation.</summary>
    /// <param name="into">Where it is noted.</param>
    public void Begin(Coverage into)
    {
        if (!ReferenceEquals(coverage, into))
            Array.Clear(known);
        coverage = into;
        hasLast = false;
    }

    /// <summary>What follows is no continuation of what came before.</summary>
    public void Break() => hasLast = false;

    /// <summary>A request from one supported state to another was answered as the contract wants it.</summary>
    public void CountRequest(DeviceState from, DeviceState to) => CountRequest(coverage, from, to);

    /// <summary>Notes in any coverage that a pair was requested.</summary>
    public static void CountRequest(Coverage coverage, DeviceState from, DeviceState to) => coverage[Request(from, to)] = true;

    /// <summary>Takes a path that was taken with success, where all that it covers is covered already, which is most often so; false where it is not.</summary>
    /// <param name="from">Where it begins.</param>
    /// <param name="to">Where it ends: any value that a request may have.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)] // once a request, by one caller
    public bool TakeKnown(DeviceState from, DeviceState to)
    {
        if (!hasLast || (uint)to >= States || known[PlaceOf(from, to)] is not (> 0 and var begins))
            return false;
        last = new((DeviceState)(begins - 1), to);
        return true;
    }

    /// <summary>A request from one supported state to another was answered as the contract wants it, and its path was taken.</summary>
    public void CountPath(DeviceState from, DeviceState to, StatePath path)
    {
        if (hasLast)
            known[PlaceOf(from, to)] = (byte)(path[path.Count - 2] + 1);
        CountRequest(from, to);
        for (var i = 0; i + 1 < path.Count; i++)
        {
            var arc = new Arc(path[i], path[i + 1]);
            coverage[Of(arc)] = true;
            if (hasLast && last.To == arc.From)
                coverage[Of(last, arc)] = true;
            last = arc;
            hasLast = true;
        }
    }

    /// <summary>True when the pair was requested.</summary>
    public static bool HasRequest(Coverage coverage, DeviceState from, DeviceState to) => coverage[Request(from, to)];

    /// <summary>True when the arc was taken.</summary>
    public static bool HasArc(Coverage coverage, Arc arc) => coverage[Of(arc)];

    /// <summary>True when the second arc was taken right after the first.</summary>
    public static bool HasArcPair(Coverage coverage, Arc first, Arc second) => coverage[Of(first, second)];

    private int PlaceOf(DeviceState from, DeviceState to) => (((((int)last.From * States) + (int)last.To) * States) + (int)from) * States + (int)to;

    private static int Request(DeviceState from, DeviceState to) => ((int)from * 8) + (int)to;

    private static int Of(Arc arc) => Arcs + Request(arc.From, arc.To);

    private static int Of(Arc first, Arc second) => ArcPairs + (Request(first.From, first.To) * 8) + (int)second.To;
}
