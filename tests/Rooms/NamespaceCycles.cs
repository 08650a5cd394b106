using Mono.Cecil;

namespace Conformance.Tests.Rooms;

/// <summary>The namespaces of one assembly as a graph, and the circles in it.</summary>
internal static class NamespaceCycles
{
    /// <summary>A shortest circle through each group of namespaces that reach each other, a line for each step: "A -> B: A.User uses B.Used".</summary>
    public static IReadOnlyList<string> Of(ModuleDefinition module)
    {
        // One example each; the first by name, so that the text does not change from build to build.
        var edges = TypeUses
            .Of(module)
            .Where(use => use.Used.Scope == module && use.Used.Namespace != use.User.Namespace)
            .GroupBy(use => use.User.Namespace, StringComparer.Ordinal)
            .ToDictionary(
                uses => uses.Key,
                uses =>
                    uses.GroupBy(use => use.Used.Namespace, StringComparer.Ordinal)
                        .OrderBy(group => group.Key, StringComparer.Ordinal)
                        .ToDictionary(
                            group => group.Key,
                            group => group.Select(use => $"{use.User.FullName} uses {use.Used.FullName}").Min(StringComparer.Ordinal)!,
                            StringComparer.Ordinal
                        ),
                StringComparer.Ordinal
            );
        var found = new List<string>();
        var told = new HashSet<string>(StringComparer.Ordinal);
        foreach (var start in edges.Keys.Order(StringComparer.Ordinal))
        {
            if (told.Contains(start) || Circle(edges, start) is not { } circle)
                continue;
            told.UnionWith(circle);
            var steps = circle.Zip(circle.Skip(1).Append(start), (from, to) => $"{from} -> {to}: {edges[from][to]}");
            found.Add(string.Join('\n', steps));
        }

        return found;
    }

    // Breadth first: the shortest way from a namespace back to itself.
    private static List<string>? Circle(Dictionary<string, Dictionary<string, string>> edges, string start)
    {
        var before = new Dictionary<string, string>(StringComparer.Ordinal);
        var queue = new Queue<string>([start]);
        while (queue.TryDequeue(out var at))
        {
            if (!edges.TryGetValue(at, out var next))
                continue;
            foreach (var to in next.Keys)
            {
                if (to == start)
                {
                    List<string> circle = [at];
                    while (circle[^1] != start)
                        circle.Add(before[circle[^1]]);
                    circle.Reverse();
                    return circle;
                }

                if (before.TryAdd(to, at))
                    queue.Enqueue(to);
            }
        }

        return null;
    }
}
