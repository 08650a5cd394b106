using System.Collections.Concurrent;
using Conformance.Drivers.Faults;
using Conformance.Engine.Campaigns;
using Conformance.Engine.Judging;
using Conformance.Engine.Migration;
using Conformance.Model.Migration.Device;
using Conformance.Model.Migration.Oracle;
using Conformance.Model.Migration.Steps;
using Conformance.Model.Requirements;
using Conformance.Reports;
using Conformance.Tests.Migration.Minimality;
using NUnit.Framework;

namespace Conformance.Tests.Migration;

/// <summary>Power: every seeded fault is found, by the requirement that it breaks and by a plan without a superfluous step.</summary>
[Category("long")]
[Parallelizable(ParallelScope.All)]
public sealed class FaultsAreKilled
{
    private readonly ConcurrentDictionary<
        (MigrationFeatures Features, UapiLevel Level, DeviceTraits Traits, bool HasLogging, bool HasReset),
        IReadOnlyList<Step>
    > alphabets = [];

    private static IEnumerable<string> Faults => FaultCatalogue.Migration.Where(fault => !fault.Hangs && !fault.Crashes).Select(fault => fault.Name);

    [TestCaseSource(nameof(Faults))]
    public void By_the_requirement_that_it_breaks(string name)
    {
        var fault = (MigrationFault)FaultCatalogue.Find(name)!;
        var run = DirectRun.Of($"fault:{name}");
        var text = string.Join('\n', run.Ledger.Findings.All.Select(FindingText.Of));
        // A watched request holds any number of GETs, so its plan only looks short; what only a watched request shows has no other plan.
        var plain = run.Found.Where(finding => fault.NeedsConcurrency || finding.Plan.Steps.All(step => step.Kind != StepKind.SetWatched)).ToList();
        var shortest = plain.Where(finding => finding.Plan.Steps.Count == plain.Min(other => other.Plan.Steps.Count)).ToList();
        Assert.Multiple(() =>
        {
            foreach (var proven in FaultCatalogue.ProvenBy(fault))
                Assert.That(run.Found.Any(finding => finding.Divergence.Rules.Has(proven)), Is.True, $"{proven} is not among\n{text}");
            Assert.That(
                shortest.Any(finding => fault.Requirements.Any(finding.Divergence.Rules.Has)),
                Is.True,
                $"the shortest plan shows {string.Join(" | ", shortest.Select(finding => finding.Divergence.Rules))}, not {fault.Requirements[0]}\n{text}"
            );
            // Made smaller, a plan must still be one that a user may ask (MIG-STOP-10).
            if (run.Machine is { } machine)
                Assert.That(run.Found.Select(finding => finding.Plan).Where(plan => Simulation.BrokenByUser(machine, plan) != RequirementId.None), Is.Empty);
            if (!fault.NowAndThen)
                HasNoSuperfluousStep(fault, run.Found);
        });
    }

    // All plans of one step, and of two without raw calls other than those of the plan: docs/minimality.md has the search at length. It must find the plan
    // itself, too, when that is so short.
    private void HasNoSuperfluousStep(MigrationFault fault, IReadOnlyList<Found<Plan>> found)
    {
        using var named = new NamedPlan(fault, found);
        if (named.Finding is null || named.Machine is null)
            return;
        Assert.That(named.WithoutOne(), Is.Null, $"shows the same as {named.Finding.Plan}");
        // What one thread can show is not blamed on overlapping calls, so no plan of the search below can be one of these.
        if (named.Finding.Plan.IsConcurrent)
            return;
        var machine = named.Machine;
        var all = alphabets.GetOrAdd(
            (machine.Features, machine.Level, machine.Traits, machine.HasLogging, machine.HasReset),
            _ => StepAlphabet.Of(machine, unbound: true)
        );
        // Watched requests take milliseconds each and are in no alphabet, except those that the plan has.
        all = [.. all, .. named.Finding.Plan.Steps.Where(step => step.Kind == StepKind.SetWatched).Distinct()];
        var first = named.Search(all, 1).Shorter;
        if (named.Length == 1)
        {
            Assert.That(first, Is.Not.Null, $"the search does not find {named.Finding.Plan}");
            return;
        }

        Assert.That(first, Is.Null, $"is shorter than {named.Finding.Plan}");
        var raw = named.Finding.Plan.Steps.Where(step => step.Kind == StepKind.Probe).ToHashSet();
        var second = named.Search([.. all.Where(step => step.Kind != StepKind.Probe || raw.Contains(step))], 2).Shorter;
        Assert.That(second is not null, Is.EqualTo(named.Length == 2), $"{second?.ToString() ?? "nothing"} was found beside {named.Finding.Plan}");
    }
}
