using Conformance.Drivers.Faults;
using Conformance.Drivers.Reference.Migration;
using Conformance.Engine.Campaigns;
using Conformance.Engine.Judging;
using Conformance.Engine.Migration;
using Conformance.Engine.Workers;
using Conformance.Model.Migration.Oracle;
using Conformance.Model.Migration.Steps;
using Conformance.Model.Requirements;
using Conformance.Reports;

namespace Conformance.Tests.Migration.Minimality;

/// <summary>The plan by which the suite shows that a seeded fault breaks its requirement, and whether there is a shorter one.</summary>
internal sealed class NamedPlan : IDisposable
{
    private readonly JudgedDriver? driver,
        correct;

    /// <summary>Takes the shortest plan out of what a run of the suite found.</summary>
    /// <param name="fault">The fault.</param>
    /// <param name="found">What the run found.</param>
    public NamedPlan(MigrationFault fault, IReadOnlyList<Found<Plan>> found)
    {
        Requirement = fault.Requirements[0];
        // A watched request holds any number of GETs, so its plan only looks short.
        Finding = found
            .Where(finding => finding.Divergence.Rules.Has(Requirement))
            .OrderBy(finding => finding.Plan.Steps.Any(step => step.Kind == StepKind.SetWatched))
            .ThenBy(finding => finding.Plan.Steps.Count)
            .FirstOrDefault();
        var target = fault.CreateTarget($"fault:{fault.Name}", fault.Features, fault.Level);
        Machine = Survey.Look(target, NullJournal.Instance).Machine;
        if (Machine is null)
            return;
        driver = new(target, Machine);
        var reference = ReferenceTarget.Create("reference", fault.Features, fault.Level);
        correct = new(reference, Survey.Look(reference, NullJournal.Instance).Machine!);
    }

    /// <summary>What must be shown.</summary>
    public RequirementId Requirement { get; }

    /// <summary>The finding with the plan; null when the run did not show the requirement.</summary>
    public Found<Plan>? Finding { get; }

    /// <summary>What the driver is judged by; null when the first look already ends, so that nothing but it can be run.</summary>
    public MigrationMachine? Machine { get; }

    /// <summary>The number of steps of the plan.</summary>
    public int Length => Finding!.Plan.Steps.Count;

    /// <summary>The plan without one step, when that shows the same; null when no step can be left out.</summary>
    public Plan? WithoutOne()
    {
        var plan = Finding!.Plan;
        return Length == 1 || driver is null
            ? null
            : Enumerable
                .Range(0, Length)
                .Select(left => MigrationLanguage.Instance.Without(plan, left, 1))
                .FirstOrDefault(shorter => driver.Run(shorter) is { } shown && shown.HasSignatureOf(Finding.Divergence));
    }

    /// <summary>Searches for the shortest plan that shows the requirement.</summary>
    /// <param name="alphabet">The steps.</param>
    /// <param name="length">The longest plan that is tried.</param>
    /// <param name="limit">No more plans than these are tried.</param>
    public SearchResult Search(IReadOnlyList<Step> alphabet, int length, long limit = long.MaxValue) =>
        new ShorterPlans(driver!, correct!).Search(Requirement, alphabet, length, limit);

    /// <inheritdoc/>
    public void Dispose()
    {
        driver?.Dispose();
        correct?.Dispose();
    }
}
