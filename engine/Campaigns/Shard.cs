using System.Globalization;

namespace Conformance.Engine.Campaigns;

/// <summary>One of several parts of a run.</summary>
/// <param name="Index">Which, from 1.</param>
/// <param name="Count">How many there are, at least 1.</param>
public sealed record Shard(int Index, int Count)
{
    /// <summary>The most parts that a run can have.</summary>
    public const int Most = 4096;

    /// <summary>All of it.</summary>
    public static Shard Whole { get; } = new(1, 1);

    /// <summary>True when this part does the piece with that number, from 0.</summary>
    public bool Has(int number) => number % Count == Index - 1;

    /// <summary>"2/4".</summary>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Index}/{Count}");

    /// <summary>Reads "2/4"; null when it is something else.</summary>
    public static Shard? Parse(string text)
    {
        var slash = text.IndexOf('/', StringComparison.Ordinal);
        return
            slash > 0
            && int.TryParse(text.AsSpan(0, slash), NumberStyles.None, CultureInfo.InvariantCulture, out var index)
            && int.TryParse(text.AsSpan(slash + 1), NumberStyles.None, CultureInfo.InvariantCulture, out var count)
            && index >= 1
            && index <= count
            && count <= Most
            ? new(index, count)
            : null;
    }
}
