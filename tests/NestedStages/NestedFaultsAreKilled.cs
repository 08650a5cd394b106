using Conformance.Drivers.Faults;
using Conformance.Engine.Judging;
using Conformance.Engine.Nested;
using Conformance.Model.Requirements;
using Conformance.Suites.NestedStages;
using Conformance.Tests.Support;
using NUnit.Framework;

namespace Conformance.Tests.NestedStages;

/// <summary>Every seeded defect of nested stages is found, and what it breaks is said to be broken.</summary>
[Parallelizable(ParallelScope.Self)]
[Category("long")]
public sealed class NestedFaultsAreKilled
{
    private static IEnumerable<TestCaseData> Faults => FaultCatalogue.Nested.Select(fault => new TestCaseData(fault).SetArgDisplayNames(fault.Name));

    [TestCaseSource(nameof(Faults))]
    public void A_fault_is_killed_by_the_requirement_that_it_breaks(NestedFault fault)
    {
        using var target = fault.Create();
        var runner = new NestedRunner(target);
        SeededFault.IsShown(fault, NestedCampaigns.All, runner.Sight, runner);
    }
}
