namespace Conformance.Drivers.Addresses;

/// <summary>Which of the known words somebody meant.</summary>
public static class Spelling
{
    private const int Longest = 200;

    /// <summary>
    /// The known word that differs in case only, else the nearest one that a third of its letters or fewer tell apart; null when none is near.
    /// </summary>
    public static string? Nearest(string word, IEnumerable<string> known) =>
        known
            .Select(name => (Name: name, Distance: Distance(word, name)))
            .Where(near => near.Distance <= Math.Max(1, near.Name.Length / 3))
            .OrderBy(near => near.Distance)
            .ThenBy(near => near.Name, StringComparer.Ordinal)
            .FirstOrDefault()
            .Name;

    /// <summary>How many letters have to be put in, left out, changed or swapped with their neighbour; case ignored.</summary>
    public static int Distance(string first, string second)
    {
        if (first.Length > Longest || second.Length > Longest)
            return int.MaxValue;
        (first, second) = (first.ToUpperInvariant(), second.ToUpperInvariant());
        int[] before = [],
            row = [.. Enumerable.Range(0, second.Length + 1)];
        for (var i = 1; i <= first.Length; i++)
        {
            var next = new int[second.Length + 1];
            next[0] = i;
            for (var j = 1; j <= second.Length; j++)
            {
                next[j] = Math.Min(Math.Min(next[j - 1], row[j]) + 1, row[j - 1] + (first[i - 1] == second[j - 1] ? 0 : 1));
                if (i > 1 && j > 1 && first[i - 1] == second[j - 2] && first[i - 2] == second[j - 1])
                    next[j] = Math.Min(next[j], before[j - 2] + 1);
            }

            (before, row) = (row, next);
        }
        return row[^1];
    }
}
