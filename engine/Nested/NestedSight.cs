using Conformance.Engine.Judging;
using Conformance.Model.Nested.Device;
using Conformance.Model.Nested.Oracle;
using Conformance.Model.Requirements;

namespace Conformance.Engine.Nested;

/// <summary>What nested stages say of themselves: what campaigns are made for.</summary>
/// <param name="Host">The facts of a host.</param>
/// <param name="Info">What GET_HW_INFO says of the first device; null when it says nothing.</param>
/// <param name="HasEvidence">True when the hardware's side can be seen.</param>
/// <param name="HasWriter">True when there is a writer of STEs and CDs.</param>
/// <param name="Machine">The facts of a machine; null where only hosts are under test.</param>
public sealed record NestedSight(NestedHostFacts Host, HardwareInfo? Info, bool HasEvidence, NestedMachineFacts? Machine, bool HasWriter)
{
    /// <summary>What is judged.</summary>
    public NestedParts Parts { get; init; } = NestedParts.All;

    /// <summary>True when there are hosts of another make.</summary>
    public bool HasOtherMakes { get; init; }

    /// <summary>The groups that a container of type 1 can have; none where there is no container.</summary>
    public ContainerGroups Groups { get; init; }

    /// <summary>The smallest page of the IOMMU behind that container, in bytes; 0 where there is none.</summary>
    public ulong ContainerPage { get; init; }

    /// <summary>True when it can be seen whether ATS is on at a device.</summary>
    public bool ShowsAts { get; init; }
}

/// <summary>Where a plan stands: what its steps are judged with.</summary>
/// <param name="Ledger">What is counted; null when it is not.</param>
/// <param name="Parts">What is judged: what the rest keeps is nobody's merit.</param>
internal sealed class NestedRun(Ledger? Ledger, NestedParts Parts)
{
    public int Step { get; set; }

    public NestedDivergence? Found { get; private set; }

    /// <summary>Notes a difference, if it is the first.</summary>
    public void Differ(string kind, string expected, string seen, Rules rules, IReadOnlyList<string>? story = null, IReadOnlyList<string>? facts = null) =>
        Found ??= new()
        {
            Step = Step,
            Kind = kind,
            Expected = expected,
            Seen = seen,
            Rules = rules,
            Story = story ?? [],
            Facts = facts ?? [],
        };

    /// <summary>Counts what an observation could have broken.</summary>
    public void Show(Rules rules)
    {
        if (Found is not null || Ledger is null)
            return;
        for (var i = 0; i < rules.Count; i++)
            Count(rules[i]);
        Ledger.CountWitness(NestedWitnesses.Judged);
    }

    public void Show(IEnumerable<RequirementId> ids)
    {
        if (Found is not null || Ledger is null)
            return;
        foreach (var id in ids)
            Count(id);
    }

    private void Count(RequirementId id)
    {
        if (Parts == NestedParts.All || (Catalogue.Of(id).Parts & Parts) != 0)
            Ledger!.CountExercised(id);
    }

    public void Witness(Witness witness)
    {
        if (Found is null)
            Ledger?.CountWitness(witness);
    }
}
