using Conformance.Model.Migration.Device;
using Conformance.Model.Migration.Oracle;

namespace Conformance.Engine.Migration;

/// <summary>
/// The shortest walk from RUNNING that takes every arc pair of a feature set. Arcs are the nodes of a graph and arc pairs its edges; the walk is an Euler path
/// after the cheapest doubling of edges, which is also the proof that no shorter one exists.
/// </summary>
public static class ArcPairTour
{
    /// <summary>The arcs of the walk in order.</summary>
    public static IReadOnlyList<Arc> Of(PathTable paths)
    {
        var arcs = paths.Arcs;
        var count = arcs.Count;
        var next = new List<int>[count];
        for (var a = 0; a < count; a++)
            next[a] = [.. Enumerable.Range(0, count).Where(b => arcs[b].From == arcs[a].To)];
        var steps = Distances(next);
        int[]? best = null;
        for (var first = 0; first < count; first++)
        {
            if (arcs[first].From != DeviceState.Running)
                continue;
            for (var last = 0; last < count; last++)
            {
                var walk = Walk(next, steps, first, last);
                if (walk is not null && (best is null || walk.Length < best.Length))
                    best = walk;
            }
        }

        return [.. best!.Select(a => arcs[a])];
    }

    // For a given first and last arc: double the cheapest edges that balance the graph, then take an Euler path.
    private static int[]? Walk(List<int>[] next, int[,] steps, int first, int last)
    {
        var count = next.Length;
        var missing = new int[count]; // > 0: more edges come in than go out
        for (var a = 0; a < count; a++)
            foreach (var b in next[a])
            {
                missing[a]--;
                missing[b]++;
            }

        missing[first]++;
        missing[last]--;
        var sources = Expand(missing, 1);
        var sinks = Expand(missing, -1);
        var pairing = CheapestPairing(sources, sinks, steps);
        if (pairing is null)
            return null;
        var edges = new List<int>[count];
        for (var a = 0; a < count; a++)
            edges[a] = [.. next[a]];
        for (var i = 0; i < sources.Count; i++)
        for (int at = sources[i], to = sinks[pairing[i]]; at != to; )
        {
            var step = next[at].First(b => steps[b, to] == steps[at, to] - 1);
            edges[at].Add(step);
            at = step;
        }

        return EulerPath(edges, first);
    }

    private static List<int> Expand(int[] missing, int sign)
    {
        var nodes = new List<int>();
        for (var a = 0; a < missing.Length; a++)
        for (var i = 0; i < missing[a] * sign; i++)
            nodes.Add(a);
        return nodes;
    }

    private static int[,] Distances(List<int>[] next)
    {
        const int far = 1000;
        var count = next.Length;
        var steps = new int[count, count];
        for (var a = 0; a < count; a++)
        for (var b = 0; b < count; b++)
            steps[a, b] =
                a == b ? 0
                : next[a].Contains(b) ? 1
                : far;
        for (var via = 0; via < count; via++)
        for (var a = 0; a < count; a++)
        for (var b = 0; b < count; b++)
            steps[a, b] = Math.Min(steps[a, b], steps[a, via] + steps[via, b]);
        return steps;
    }

    // The assignment problem by shortest augmenting paths with potentials: sources to sinks at the least sum of distances.
    private static int[]? CheapestPairing(List<int> sources, List<int> sinks, int[,] steps)
    {
        var n = sources.Count;
        if (n != sinks.Count)
            return null;
        var rowPotential = new int[n + 1];
        var columnPotential = new int[n + 1];
        var rowOf = new int[n + 1];
        for (var row = 1; row <= n; row++)
        {
            var least = new int[n + 1];
            Array.Fill(least, int.MaxValue);
            var from = new int[n + 1];
            var used = new bool[n + 1];
            rowOf[0] = row;
            var column = 0;
            do
            {
                used[column] = true;
                var (delta, nearest) = (int.MaxValue, 0);
                for (var j = 1; j <= n; j++)
                {
                    if (used[j])
                        continue;
                    var cost = steps[sources[rowOf[column] - 1], sinks[j - 1]] - rowPotential[rowOf[column]] - columnPotential[j];
                    if (cost < least[j])
                        (least[j], from[j]) = (cost, column);
                    if (least[j] < delta)
                        (delta, nearest) = (least[j], j);
                }

                for (var j = 0; j <= n; j++)
                    if (used[j])
                    {
                        rowPotential[rowOf[j]] += delta;
                        columnPotential[j] -= delta;
                    }
                    else
                        least[j] -= delta;
                column = nearest;
            } while (rowOf[column] != 0);
            for (; column != 0; column = from[column])
                rowOf[column] = rowOf[from[column]];
        }

        var pairing = new int[n];
        for (var j = 1; j <= n; j++)
            pairing[rowOf[j] - 1] = j - 1;
        return pairing;
    }

    private static int[] EulerPath(List<int>[] edges, int first)
    {
        var stack = new Stack<int>([first]);
        var path = new List<int>();
        while (stack.TryPeek(out var at))
            if (edges[at].Count == 0)
                path.Add(stack.Pop());
            else
            {
                stack.Push(edges[at][0]);
                edges[at].RemoveAt(0);
            }

        path.Reverse();
        return [.. path];
    }
}
