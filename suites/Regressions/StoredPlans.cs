using System.Reflection;
using Conformance.Engine.Plans;

namespace Conformance.Suites.Regressions;

/// <summary>A plan that once showed something.</summary>
/// <param name="Comment">What: the requirement, and on which driver.</param>
/// <param name="Token">The plan, and what it was made for.</param>
public sealed record StoredPlan(string Comment, ReplayToken Token);

/// <summary>The plans of <c>suites/Regressions/*.txt</c>: a replay token per line, below a line that begins with '#' and says what it showed.</summary>
public static class StoredPlans
{
    /// <summary>All of them, in the order of the files' names and lines.</summary>
    public static IReadOnlyList<StoredPlan> All { get; } = Read();

    private static List<StoredPlan> Read()
    {
        var assembly = Assembly.GetExecutingAssembly();
        var plans = new List<StoredPlan>();
        foreach (
            var name in assembly
                .GetManifestResourceNames()
                .Where(name => name.StartsWith("Regressions/", StringComparison.Ordinal))
                .Order(StringComparer.Ordinal)
        )
        {
            using var reader = new StreamReader(assembly.GetManifestResourceStream(name)!);
            plans.AddRange(Parse(reader.ReadToEnd(), name));
        }

        return plans;
    }

    /// <summary>Reads a file.</summary>
    /// <param name="text">Its text.</param>
    /// <param name="origin">Its name, for messages.</param>
    /// <exception cref="InvalidDataException">A line is neither a comment nor a token, or a token has no comment.</exception>
    public static IEnumerable<StoredPlan> Parse(string text, string origin)
    {
        var comment = "";
        foreach (var (line, number) in text.Split('\n').Select((line, index) => (line.Trim(), index + 1)))
        {
            if (line.StartsWith('#'))
            {
                comment = line[1..].Trim();
                continue;
            }

            if (line.Length == 0)
                continue;
            if (!ReplayToken.TryParse(line, out var token, out var error))
                throw new InvalidDataException($"{origin}, line {number}: {error}");
            if (comment.Length == 0)
                throw new InvalidDataException($"{origin}, line {number}: nothing says what the plan showed");
            yield return new(comment, token);
            comment = "";
        }
    }
}
