using Conformance.Model.Requirements;
using Conformance.Reports;

namespace Conformance.Engine.Judging;

/// <summary>Per requirement: how often it was exercised, violated and warned about. One plan exercises many requirements, so verdicts belong here.</summary>
/// <param name="factsTellApart">Whether facts tell findings apart: see <see cref="FindingList"/>.</param>
public sealed class Ledger(bool factsTellApart = false)
{
    private const int StepKinds = byte.MaxValue + 1;

    private readonly long[] exercised = new long[RequirementId.Bound];
    private readonly long[] witnessed = new long[Witness.Most];
    private readonly long[] planned = new long[StepKinds];
    private readonly long[] leftOut = new long[StepKinds];

    /// <summary>The differences that were found, each with the smallest plan that shows it.</summary>
    public FindingList Findings { get; } = new(factsTellApart);

    /// <summary>What was reached.</summary>
    public Coverage Coverage { get; } = new();

    /// <summary>Plans that were run.</summary>
    public long Plans { get; set; }

    /// <summary>Steps that were run; of an SMMU, the transactions that were sent.</summary>
    public long Steps { get; set; }

    /// <summary>Steps whose answer was not judged, because the contract leaves too much open.</summary>
    public long Unjudged { get; set; }

    /// <summary>Bytes that were moved through sessions.</summary>
    public long PayloadBytes { get; set; }

    /// <summary>How often a requirement was exercised: an observation could have broken it.</summary>
    public long Exercised(RequirementId id) => exercised[id.Number];

    /// <summary>How many plans violated it.</summary>
    public long Violated(RequirementId id) =>
        Strengths.IsWarning(id) ? 0 : Findings.Occurrences(Catalogue.Of(id).Name, verdict => verdict != RequirementVerdict.Warning);

    /// <summary>How many plans did not keep it, and that counts as a warning.</summary>
    public long Warned(RequirementId id) =>
        Findings.Occurrences(Catalogue.Of(id).Name, verdict => verdict == RequirementVerdict.Warning || Strengths.IsWarning(id));

    /// <summary>Counts one that an observation could have broken.</summary>
    public void CountExercised(RequirementId id, long times = 1) => exercised[id.Number] += times;

    /// <summary>Counts requirements that an observation could have broken.</summary>
    public void CountExercised(Rules rules)
    {
        for (var rest = rules.Packed; rest != 0; rest >>= 16)
            exercised[(ushort)rest]++;
    }

    /// <summary>How often something was seen.</summary>
    public long Witnessed(Witness witness) => witnessed[witness.Number];

    /// <summary>Counts something that was seen.</summary>
    public void CountWitness(Witness witness, long times = 1) => witnessed[witness.Number] += times;

    /// <summary>How many steps of a kind came up in plans, and how many of them were left out because they made no sense there.</summary>
    public (long Planned, long LeftOut) CountOf(byte kind) => (planned[kind], leftOut[kind]);

    /// <summary>Counts a step that came up.</summary>
    public void CountStep(byte kind, bool isLeftOut)
    {
        planned[kind]++;
        if (isLeftOut)
            leftOut[kind]++;
    }

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

        foreach (var finding in other.Findings.All)
            Findings.Note(finding);
        Coverage.Add(other.Coverage);
        Plans += other.Plans;
        Steps += other.Steps;
        Unjudged += other.Unjudged;
        PayloadBytes += other.PayloadBytes;
    }
}
