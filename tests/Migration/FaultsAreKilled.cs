using Conformance.Drivers.Faults;
using Conformance.Model.Migration;
using NUnit.Framework;

namespace Conformance.Tests.Migration;

/// <summary>Power: every seeded fault is found, by the requirement that it breaks.</summary>
public sealed class FaultsAreKilled
{
    private static IEnumerable<string> Faults => FaultCatalogue.Migration.Where(fault => !fault.Hangs && !fault.Crashes && !fault.NeedsConcurrency).Select(fault => fault.Name);

    [TestCaseSource(nameof(Faults))]
    public void By_the_requirement_that_it_breaks(string name)
    {
        var fault = (MigrationFault)FaultCatalogue.Find(name)!;
        var (ledger, _, _, _) = DirectRun.Of($"fault:{name}");
        var text = string.Join('\n', ledger.Findings.Select(ReferenceDriversConform.Describe));
        // A watched request holds any number of GETs, so its plan only looks short.
        var plain = ledger.Findings.Where(finding => finding.Plan.Steps.All(step => step.Kind != StepKind.SetWatched)).ToList();
        var shortest = plain.Where(finding => finding.Plan.Steps.Count == plain.Min(other => other.Plan.Steps.Count)).ToList();
        Assert.Multiple(() =>
        {
            Assert.That(ledger.Findings.Any(finding => finding.Rules.Has(fault.Requirements[0])), Is.True, $"{fault.Requirements[0]} is not among\n{text}");
            Assert.That(shortest.Any(finding => fault.Requirements.Any(finding.Rules.Has)), Is.True, $"the shortest plan shows {string.Join(" | ", shortest.Select(finding => finding.Rules))}, not {fault.Requirements[0]}\n{text}");
        });
    }
}
