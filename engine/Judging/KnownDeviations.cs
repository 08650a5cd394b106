using Conformance.Reports;

namespace Conformance.Engine.Judging;

/// <summary>
/// The deviations of a device that are known, as far as their condition is one of facts. What they name is counted but not made smaller, and a plan goes on
/// behind it where it can, so that one cause in thousands of plans neither takes the time nor hides what comes after it.
/// </summary>
/// <param name="expectations">The entries of the expectations file.</param>
public sealed class KnownDeviations(IReadOnlyList<Expectation> expectations)
{
    private readonly (Expectation Entry, FactCondition Condition)[] entries =
    [
        .. expectations.Select(entry => (entry, FactCondition.Parse(entry.When)!)).Where(pair => pair.Item2 is not null),
    ];

    /// <summary>Nothing is known.</summary>
    public static KnownDeviations None { get; } = new([]);

    /// <summary>True when nothing is known.</summary>
    public bool IsEmpty => entries.Length == 0;

    /// <summary>True when a hang or a crash is known.</summary>
    public bool HasLosses => entries.Any(pair => pair.Entry.Verdict is "crash" or "hang");

    /// <summary>The number of the first entry that a difference belongs to; -1 when it belongs to none.</summary>
    /// <param name="verdict">What it would be.</param>
    /// <param name="facts">What is true of it.</param>
    public int Find(RequirementVerdict verdict, IReadOnlyList<string> facts)
    {
        for (var i = 0; i < entries.Length; i++)
            if (Expectations.Speaks(entries[i].Entry.Verdict, verdict) && entries[i].Condition.Holds(facts))
                return i;
        return -1;
    }

    /// <summary>The number of the first entry by which a device dies or hangs where this is true; -1 when there is none.</summary>
    public int FindLoss(IReadOnlyList<string> facts)
    {
        var crash = Find(RequirementVerdict.Crash, facts);
        return crash >= 0 ? crash : Find(RequirementVerdict.Hang, facts);
    }
}
