using Conformance.Model.Migration.Oracle;
using Conformance.Model.Migration.Steps;
using Conformance.Model.Requirements;

namespace Conformance.Engine.Ledgers;

/// <summary>Per requirement: how often it was exercised, violated and warned about. One plan exercises many requirements, so verdicts belong here.</summary>
public sealed class Ledger
{
    private const int StepKinds = byte.MaxValue + 1;

    private readonly long[] exercised = new long[Catalogue.All.Count + 1];
    private readonly long[] witnessed = new long[Witnesses.Count];
    private readonly long[] planned = new long[StepKinds];
    private readonly long[] leftOut = new long[StepKinds];
    private readonly List<Finding> findings = [];
    private readonly Dictionary<(Rules Rules, DivergenceKind Kind), Finding> known = [];

    /// <summary>The differences that were found, each with the shortest plan that shows it.</summary>
    public IReadOnlyList<Finding> Findings => findings;

    /// <summary>Plans that were run.</summary>
    public long Plans { get; set; }

    /// <summary>Steps that were run.</summary>
    public long Steps { get; set; }

    /// <summary>Bytes that were moved through sessions.</summary>
    public long PayloadBytes { get; set; }

    /// <summary>How often a requirement was exercised: an observation could have broken it.</summary>
    public long Exercised(RequirementId id) => exercised[(int)id];

    /// <summary>How many plans violated it.</summary>
    public long Violated(RequirementId id) => Finding.IsWarningRule(id) ? 0 : Broken(id);

    /// <summary>How many plans did not keep it, when it is a SHOULD or a convention.</summary>
    public long Warned(RequirementId id) => Finding.IsWarningRule(id) ? Broken(id) : 0;

    /// <summary>Counts one that an observation could have broken.</summary>
    public void CountExercised(RequirementId id, long times = 1) => exercised[(int)id] += times;

    /// <summary>How often something was seen.</summary>
    public long Witnessed(Witness witness) => witnessed[(int)witness];

    /// <summary>Counts something that was seen.</summary>
    public void CountWitness(Witness witness, long times = 1) => witnessed[(int)witness] += times;

    /// <summary>How many steps of a kind came up in plans, and how many of them were left out because they made no sense there.</summary>
    public (long Planned, long LeftOut) CountOf(StepKind kind) => (planned[(int)kind], leftOut[(int)kind]);

    /// <summary>Counts a step that came up.</summary>
    public void CountStep(StepKind kind, bool isLeftOut)
    {
        planned[(int)kind]++;
        if (isLeftOut)
            leftOut[(int)kind]++;
    }

    /// <summary>
    /// True when a finding like this was noted before, whatever it became; then it is only counted. One that came up with fewer steps than the plan that is shown,
    /// short as that was made, is worth another look.
    /// </summary>
    public bool Knows(Finding finding)
    {
        if (!known.TryGetValue((finding.Rules, finding.Kind), out var noted) || (noted.Minimal && IsShorter(finding, noted)))
            return false;
        noted.Occurrences++;
        return true;
    }

    /// <summary>Notes a finding under what it became when its plan was made as short as it gets.</summary>
    /// <returns>True when that is shown from now on; false when something better is known.</returns>
    public bool Note(Finding finding, Finding shortest)
    {
        var same =
            findings.Find(other => other.Rules == shortest.Rules && other.Kind == shortest.Kind) ?? findings.Find(other => IsSameFailure(other, shortest));
        if (same is null)
            findings.Add(same = shortest);
        else if (IsBetter(shortest, same))
        {
            shortest.Occurrences = same.Occurrences + 1;
            findings[findings.IndexOf(same)] = shortest;
            foreach (var key in known.Where(pair => pair.Value == same).Select(pair => pair.Key).ToList())
                known[key] = shortest;
            same = shortest;
        }
        else
            same.Occurrences++;
        known[(finding.Rules, finding.Kind)] = same;
        return ReferenceEquals(same, shortest);
    }

    /// <summary>Notes a finding as it is.</summary>
    public bool Note(Finding finding) => Note(finding, finding);

    /// <summary>Adds what another ledger has, its findings behind the own ones.</summary>
    public void Add(Ledger other)
    {
        for (var i = 0; i < exercised.Length; i++)
            exercised[i] += other.exercised[i];
        for (var i = 0; i < witnessed.Length; i++)
            witnessed[i] += other.witnessed[i];
        for (var i = 0; i < StepKinds; i++)
        {
            planned[i] += other.planned[i];
            leftOut[i] += other.leftOut[i];
        }

        foreach (var finding in other.findings)
            Merge(finding);
        Plans += other.Plans;
        Steps += other.Steps;
        PayloadBytes += other.PayloadBytes;
    }

    private void Merge(Finding finding)
    {
        var same = findings.FindIndex(other => (other.Rules == finding.Rules && other.Kind == finding.Kind) || IsSameFailure(other, finding));
        if (same < 0)
        {
            findings.Add(finding);
            return;
        }

        var (kept, dropped) = IsBetter(finding, findings[same]) ? (finding, findings[same]) : (findings[same], finding);
        kept.Occurrences += dropped.Occurrences;
        findings[same] = kept;
    }

    // The same step in the same state with the same answer is one failure, whatever came before it: what a longer history adds is no cause. Kept apart are
    // failures of which neither's rules hold the other's.
    private static bool IsSameFailure(Finding one, Finding other) =>
        one.Kind == other.Kind
        && one.Kind is DivergenceKind.Result or DivergenceKind.Value or DivergenceKind.Content
        && one.Failing == other.Failing
        && one.Before == other.Before
        && one.Before.Count == 1
        && one.Seen == other.Seen
        && one.Expected == other.Expected
        && (IsShorter(one, other) ? Explains(one, other) : Explains(other, one));

    private static bool Explains(Finding shorter, Finding longer) =>
        (longer.IsWarning && !shorter.IsWarning) || longer.Rules.And(shorter.Rules) == longer.Rules;

    // A plan that shows it now and then only is no better for being short.
    private static bool IsBetter(Finding one, Finding other) => (one.Repeats is null) == (other.Repeats is null) ? IsShorter(one, other) : one.Repeats is null;

    private static bool IsShorter(Finding one, Finding other) => one.Plan.Steps.Count < other.Plan.Steps.Count;

    private long Broken(RequirementId id)
    {
        var count = 0L;
        foreach (var finding in findings)
            if (finding.Rules.Has(id))
                count += finding.Occurrences;
        return count;
    }
}
