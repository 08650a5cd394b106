namespace Conformance.Reports;

/// <summary>Which row of a document has the card of which cause, for renderings with an entry per requirement: each cause is told once.</summary>
internal sealed class CauseCards
{
    private readonly ResultDocument document;
    private readonly Cause?[] byFinding;
    private readonly Dictionary<Cause, string> homes = new(ReferenceEqualityComparer.Instance);

    internal CauseCards(ResultDocument document)
    {
        this.document = document;
        Causes = Wording.Shown(document);
        byFinding = new Cause?[document.Findings.Count];
        foreach (var cause in Causes)
        {
            foreach (var index in cause.Findings)
                byFinding[index] = cause;
            if (Home(cause) is { } home)
                homes.Add(cause, home.Id);
        }
    }

    /// <summary>The causes in the order in which they are shown.</summary>
    internal IReadOnlyList<Cause> Causes { get; }

    /// <summary>The causes that no requirement of the document tells.</summary>
    internal IEnumerable<Cause> Homeless => Causes.Where(cause => !homes.ContainsKey(cause));

    /// <summary>The causes whose cards are at a row, the one of the finding that the row names first.</summary>
    internal IReadOnlyList<Cause> At(RequirementResult row) =>
        [.. Causes.Where(cause => homes.GetValueOrDefault(cause) == row.Id).OrderBy(cause => row.Finding is { } index && byFinding[index] == cause ? 0 : 1)];

    /// <summary>Where the card is that tells the finding of a row; null when it is at the row itself or nowhere.</summary>
    internal string? Elsewhere(RequirementResult row) =>
        row.Finding is { } index && byFinding[index] is { } cause && homes.TryGetValue(cause, out var home) && home != row.Id ? home : null;

    // The row of the requirement that names the finding that is shown; when there is none, the first that any variant breaks.
    private RequirementResult? Home(Cause cause)
    {
        var rows = document.Requirements.Where(row => Tells(row) && cause.Requirements.Contains(row.Id)).ToList();
        return rows.Find(row => row.Id == document.Findings[cause.Finding].Name) ?? rows.FirstOrDefault();
    }

    private static bool Tells(RequirementResult row) =>
        row.Verdict
            is RequirementVerdict.Violation
                or RequirementVerdict.Warning
                or RequirementVerdict.Flaky
                or RequirementVerdict.Hang
                or RequirementVerdict.Crash;
}
