using Conformance.Model.Migration;
using Conformance.Model.Requirements;

namespace Conformance.Engine.Ledgers;

/// <summary>Per requirement: how often it was exercised, violated and warned about. One plan exercises many requirements, so verdicts belong here.</summary>
public sealed class Ledger
{
    private readonly long[] exercised = new long[Catalogue.All.Count + 1];
    private readonly long[] violated = new long[Catalogue.All.Count + 1];
    private readonly long[] warned = new long[Catalogue.All.Count + 1];
    private readonly List<Finding> findings = [];

    /// <summary>The differences that were found, one for each (requirement, kind), in the order of their first sight.</summary>
    public IReadOnlyList<Finding> Findings => findings;

    /// <summary>Plans that were run.</summary>
    public long Plans { get; set; }

    /// <summary>Steps that were run.</summary>
    public long Steps { get; set; }

    /// <summary>Bytes that were moved through sessions.</summary>
    public long PayloadBytes { get; set; }

    /// <summary>How often a requirement was exercised: an observation could have broken it.</summary>
    public long Exercised(RequirementId id) => exercised[(int)id];

    /// <summary>How often it was violated.</summary>
    public long Violated(RequirementId id) => violated[(int)id];

    /// <summary>How often a SHOULD or a convention was not kept.</summary>
    public long Warned(RequirementId id) => warned[(int)id];

    /// <summary>Counts rules that an observation could have broken.</summary>
    public void CountExercised(Rules rules)
    {
        for (var rest = rules.Packed; rest != 0; rest >>= 16)
            exercised[(ushort)rest]++;
    }

    /// <summary>Counts one that an observation could have broken.</summary>
    public void CountExercised(RequirementId id) => exercised[(int)id]++;

    /// <summary>Notes a difference. One with the same signature that is there already is only counted.</summary>
    /// <returns>True when it is the first of its signature.</returns>
    public bool Note(Finding finding)
    {
        var counts = finding.IsWarning ? warned : violated;
        for (var i = 0; i < finding.Rules.Count; i++)
            counts[(int)finding.Rules[i]]++;
        foreach (var known in findings)
            if (known.HasSignatureOf(finding))
            {
                known.Occurrences++;
                return false;
            }

        findings.Add(finding);
        return true;
    }

    /// <summary>Puts a shorter plan into the place of a finding.</summary>
    public void Replace(Finding finding, Finding shorter)
    {
        shorter.Occurrences = finding.Occurrences;
        findings[findings.IndexOf(finding)] = shorter;
    }

    /// <summary>Adds what another ledger has, its findings behind the own ones.</summary>
    public void Add(Ledger other)
    {
        for (var i = 0; i < exercised.Length; i++)
        {
            exercised[i] += other.exercised[i];
            violated[i] += other.violated[i];
            warned[i] += other.warned[i];
        }

        foreach (var finding in other.findings)
        {
            var known = findings.Find(finding.HasSignatureOf);
            if (known is null)
                findings.Add(finding);
            else
                known.Occurrences += finding.Occurrences;
        }

        Plans += other.Plans;
        Steps += other.Steps;
        PayloadBytes += other.PayloadBytes;
    }

    /// <summary>The counts of one requirement, for sending them elsewhere.</summary>
    public (long Exercised, long Violated, long Warned) Counts(RequirementId id) => (exercised[(int)id], violated[(int)id], warned[(int)id]);

    /// <summary>Adds counts that came from elsewhere.</summary>
    public void AddCounts(RequirementId id, long exercisedMore, long violatedMore, long warnedMore)
    {
        exercised[(int)id] += exercisedMore;
        violated[(int)id] += violatedMore;
        warned[(int)id] += warnedMore;
    }
}
