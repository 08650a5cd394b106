namespace Conformance.Reports;

/// <summary>Findings that one mistake of the driver explains, as far as their facts tell (docs/result-document.md, "Causes").</summary>
public sealed record Cause
{
    /// <summary>The index of the finding that is shown: the most urgent one with the shortest plan.</summary>
    public required int Finding { get; init; }

    /// <summary>The indices of all its findings, ascending; <see cref="Finding"/> is among them.</summary>
    public required IReadOnlyList<int> Findings { get; init; }

    /// <summary>How many plans showed any of them.</summary>
    public required long Occurrences { get; init; }

    /// <summary>The requirements that any of them breaks: first those of the finding that is shown, then the others by name.</summary>
    public required IReadOnlyList<string> Requirements { get; init; }

    /// <summary>The facts that all of them have; null when there are none.</summary>
    public IReadOnlyList<string>? Facts { get; init; }
}
