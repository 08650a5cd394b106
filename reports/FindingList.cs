using Conformance.Model.Requirements;

namespace Conformance.Reports;

/// <summary>Findings, each once: what comes up again is counted, and of two that show the same the smaller plan is kept. Places never change.</summary>
/// <param name="factsTellApart">
/// True when findings of the same requirements in the same respect are two when other facts are true of them; false when these facts are no more than
/// circumstances.
/// </param>
public sealed class FindingList(bool factsTellApart = false)
{
    private readonly List<Finding> findings = [];

    /// <summary>The findings, in the order in which they came up.</summary>
    public IReadOnlyList<Finding> All => findings;

    /// <summary>Notes a finding with its occurrences.</summary>
    /// <returns>Its place, or that of the finding that shows the same.</returns>
    public int Note(Finding finding) => Note(finding, out _);

    /// <summary>Notes a finding with its occurrences.</summary>
    /// <param name="finding">The finding.</param>
    /// <param name="isShown">True when it is the one that is shown there now; false when another one that shows the same is the better one.</param>
    /// <returns>Its place, or that of the finding that shows the same.</returns>
    public int Note(Finding finding, out bool isShown)
    {
        // A twin may stand behind one that only fails in the same call.
        var place = findings.FindIndex(other => IsTwin(other, finding));
        if (place < 0)
            place = findings.FindIndex(other => IsSameFailure(other, finding));
        if (place < 0)
        {
            findings.Add(finding);
            isShown = true;
            return findings.Count - 1;
        }

        isShown = IsBetter(finding, findings[place]);
        var kept = isShown ? finding : findings[place];
        findings[place] = kept with { Occurrences = findings[place].Occurrences + finding.Occurrences };
        return place;
    }

    /// <summary>Counts a finding once more.</summary>
    public void Count(int place) => findings[place] = findings[place] with { Occurrences = findings[place].Occurrences + 1 };

    /// <summary>Puts a finding in the place of another one, whose occurrences it takes over.</summary>
    public void Replace(int place, Finding finding) => findings[place] = finding with { Occurrences = findings[place].Occurrences };

    /// <summary>How many plans showed a finding that names a requirement and is judged like that.</summary>
    /// <param name="requirement">The id: "MIG-FSM-07".</param>
    /// <param name="counts">Which verdicts count.</param>
    public long Occurrences(string requirement, Func<RequirementVerdict, bool> counts) =>
        findings.Where(finding => counts(finding.Verdict) && finding.Requirements.Contains(requirement)).Sum(finding => finding.Occurrences);

    // The same requirements in the same respect, under the same facts where these tell findings apart; of two crashes with the same cause where both say one.
    private bool IsTwin(Finding one, Finding other) =>
        one.Kind == other.Kind
        && one.Requirements.Count == other.Requirements.Count
        && !one.Requirements.Except(other.Requirements, StringComparer.Ordinal).Any()
        && (!factsTellApart || (one.Facts ?? []).SequenceEqual(other.Facts ?? [], StringComparer.Ordinal))
        && (one.Requirements.Count > 0 || Call(one) == Call(other))
        && MayDieTheSame(one, other);

    // Of losses that no requirement speaks of, the call tells which they are.
    private static string? Call(Finding finding) => finding.Facts?.FirstOrDefault(fact => fact.StartsWith(Finding.CallFact, StringComparison.Ordinal));

    private static bool MayDieTheSame(Finding one, Finding other)
    {
        if (one.Kind != "crash")
            return true;
        var (first, second) = (DeathCause.Of(one.LastWords), DeathCause.Of(other.LastWords));
        return first.Length == 0 || second.Length == 0 || first == second;
    }

    /// <summary>True when the first finding is the better one to show. A plan that shows it now and then only is no better for being short.</summary>
    public static bool IsBetter(Finding one, Finding other) =>
        (one.Repeats is null) == (other.Repeats is null) ? one.Steps.Count < other.Steps.Count : one.Repeats is null;

    // The same step in the same state with the same answer, of which the longer history adds requirements: what came before is no cause. Only where the answer
    // of one call is wrong, and where it is known in which one state the device was.
    private static bool IsSameFailure(Finding one, Finding other) =>
        one.Kind is "result" or "value" or "content"
        && one.Kind == other.Kind
        && one.FailingStep is { } first
        && other.FailingStep is { } second
        && one.Steps[first] == other.Steps[second]
        && one.Seen == other.Seen
        && one.Expected == other.Expected
        && From(one) is { } from
        && from == From(other)
        && (one.Steps.Count < other.Steps.Count ? Explains(one, other) : Explains(other, one));

    private static string? From(Finding finding)
    {
        var states = (finding.Facts ?? []).Where(fact => fact.StartsWith("from=", StringComparison.Ordinal)).ToList();
        return states.Count == 1 ? states[0] : null;
    }

    // What names four requirements may break more: there is no place for a fifth.
    private static bool Explains(Finding shorter, Finding longer) =>
        (longer.Verdict == RequirementVerdict.Warning && shorter.Verdict != RequirementVerdict.Warning)
        || longer.Requirements.Count >= Rules.Most
        || !shorter.Requirements.Except(longer.Requirements, StringComparer.Ordinal).Any();
}
