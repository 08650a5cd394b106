namespace Conformance.Reports;

/// <summary>
/// A condition on the facts of a finding: "stage=2 and field=S2T0SZ" wants both, "AP1=0|APTable=1" one of two, "expected!=completed" that the fact
/// "expected=completed" is not there.
/// </summary>
public sealed class FactCondition
{
    private readonly string[][] parts;

    private FactCondition(string[][] parts) => this.parts = parts;

    /// <summary>Reads a condition.</summary>
    /// <param name="text">The text.</param>
    /// <returns>The condition; null when the text is none, but part of something that a person may have seen.</returns>
    public static FactCondition? Parse(string? text)
    {
        if (string.IsNullOrWhiteSpace(text))
            return null;
        var parts = text.Split(" and ", StringSplitOptions.TrimEntries).Select(part => part.Split('|')).ToArray();
        return parts.All(choices => choices.All(IsFact)) ? new(parts) : null;
    }

    /// <summary>What the condition speaks of: "stage" of "stage=2".</summary>
    public IEnumerable<string> Keys => parts.SelectMany(choices => choices).Select(KeyOf).Distinct(StringComparer.Ordinal);

    /// <summary>The key of a fact.</summary>
    public static string KeyOf(string fact)
    {
        ArgumentNullException.ThrowIfNull(fact);
        return fact[..Math.Max(0, fact.IndexOf('=', StringComparison.Ordinal))].TrimEnd('!');
    }

    /// <summary>True when the condition holds.</summary>
    public bool Holds(IReadOnlyList<string> facts)
    {
        foreach (var choices in parts)
            if (!Holds(choices, facts))
                return false;
        return true;
    }

    /// <summary>The parts of the condition, as they were written, that do not hold.</summary>
    public IReadOnlyList<string> Missing(IReadOnlyList<string> facts) => [.. parts.Where(choices => !Holds(choices, facts)).Select(Text)];

    /// <summary>What a part of a condition speaks of: "AP1" and "APTable" of "AP1=0|APTable=1".</summary>
    public static IEnumerable<string> KeysOf(string part)
    {
        ArgumentNullException.ThrowIfNull(part);
        return part.Split('|').Select(KeyOf).Distinct(StringComparer.Ordinal);
    }

    private static string Text(string[] choices) => string.Join('|', choices);

    private static bool Holds(string[] choices, IReadOnlyList<string> facts)
    {
        var holds = false;
        foreach (var choice in choices)
            holds |= Holds(choice, facts);
        return holds;
    }

    private static bool Holds(string choice, IReadOnlyList<string> facts)
    {
        var sign = choice.IndexOf("!=", StringComparison.Ordinal);
        return sign < 0 ? facts.Contains(choice) : !facts.Contains(choice.Remove(sign, 1));
    }

    private static bool IsFact(string word) => word.IndexOf('=', StringComparison.Ordinal) > 0 && !word.Contains(' ', StringComparison.Ordinal);
}
