using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;

namespace Conformance.Engine.Workers;

/// <summary>
/// The plans of one campaign that a fresh worker leaves out, because an earlier worker hung or died in them. Campaigns are deterministic, so the rest of the
/// campaign is the same.
/// </summary>
public sealed record SkipList
{
    /// <summary>Leaves nothing out.</summary>
    public static SkipList Empty { get; } = new();

    /// <summary>Plans that are not run at all.</summary>
    public ImmutableSortedSet<int> Plans { get; init; } = [];

    /// <summary>Plans that are run, but neither repeated nor shrunk: it was a shorter plan that hung.</summary>
    public ImmutableSortedSet<int> NotShrunk { get; init; } = [];

    /// <summary>The campaign ends before this plan; null when it goes to its end.</summary>
    public int? StopBefore { get; init; }

    /// <summary>True when the plan is to be run.</summary>
    public bool Runs(int plan) => !Stops(plan) && !Plans.Contains(plan);

    /// <summary>True when the plan may be repeated and shrunk.</summary>
    public bool Shrinks(int plan) => Runs(plan) && !NotShrunk.Contains(plan);

    /// <summary>True when the campaign ends before this plan.</summary>
    public bool Stops(int plan) => plan >= StopBefore;

    /// <summary>One word for a command line: "3,7s,-12" leaves out 3, does not shrink 7 and ends before 12.</summary>
    public override string ToString() =>
        string.Join(',', Plans.Select(Number).Concat(NotShrunk.Select(plan => Number(plan) + "s")).Concat(StopBefore is { } stop ? [$"-{Number(stop)}"] : []));

    /// <summary>Reads what <see cref="ToString"/> wrote.</summary>
    public static bool TryParse(string text, [NotNullWhen(true)] out SkipList? list)
    {
        list = Empty;
        foreach (var word in text.Split(',', StringSplitOptions.RemoveEmptyEntries))
        {
            var stop = word[0] == '-';
            var shrink = word[^1] == 's';
            if (
                !int.TryParse(word.AsSpan((stop ? 1 : 0)..(shrink ? ^1 : ^0)), NumberStyles.None, CultureInfo.InvariantCulture, out var plan)
                || (stop && shrink)
            )
            {
                list = null;
                return false;
            }

            list =
                stop ? list with { StopBefore = plan }
                : shrink ? list with { NotShrunk = list.NotShrunk.Add(plan) }
                : list with { Plans = list.Plans.Add(plan) };
        }

        return true;
    }

    private static string Number(int plan) => plan.ToString(CultureInfo.InvariantCulture);
}
