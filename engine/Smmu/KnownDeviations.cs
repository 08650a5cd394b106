using Conformance.Reports;

namespace Conformance.Engine.Smmu;

/// <summary>
/// The deviations of an SMMU that are known, as far as their condition is one of facts. What they name is counted but not made smaller, and a scene goes on behind
/// it where it can, so that one cause in thousands of scenes neither takes the time nor hides what comes after it.
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

    /// <summary>The number of the first entry that a divergence belongs to; -1 when it belongs to none.</summary>
    public int Find(Scene scene, SceneDivergence divergence) =>
        entries.Length == 0 ? -1 : Find(SceneFinding.Verdict(divergence), SceneFacts.Of(scene, divergence));

    /// <summary>The number of the first entry that says that a scene like this one ends the SMMU or makes it hang; -1 when there is none.</summary>
    public int FindLoss(Scene scene)
    {
        if (!entries.Any(pair => pair.Entry.Verdict is "crash" or "hang"))
            return -1;
        var facts = SceneFacts.Of(scene, null);
        var crash = Find(RequirementVerdict.Crash, facts);
        return crash >= 0 ? crash : Find(RequirementVerdict.Hang, facts);
    }

    private int Find(RequirementVerdict verdict, IReadOnlyList<string> facts)
    {
        for (var i = 0; i < entries.Length; i++)
            if (Expectations.Speaks(entries[i].Entry.Verdict, verdict) && entries[i].Condition.Holds(facts))
                return i;
        return -1;
    }
}
