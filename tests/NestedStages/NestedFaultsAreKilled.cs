using Conformance.Drivers.Faults;
using Conformance.Engine.Judging;
using Conformance.Engine.Nested;
using Conformance.Model.Requirements;
using Conformance.Reports;
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

    // What the kernel and the SMMU of labs/nested are known for: the two faults that are the same mistakes are expected there.
    private static readonly string[] known = ["unissued-commands-counted", "both-table-bases-translated"];

    private static readonly KnownDeviations deviations = new(
        Expectations.Parse(File.ReadAllText(Clone.File("labs", "nested", "expectations", "7.2.json")), "7.2.json")
    );

    private static bool IsExpected(Finding finding) => deviations.Find(finding.Verdict, finding.Facts ?? []) >= 0;

    private static IEnumerable<TestCaseData> FaultsOfLabs =>
        FaultCatalogue
            .Nested.Where(fault => fault.Part is NestedParts.Host or NestedParts.Machine && !known.Contains(fault.Name))
            .Select(fault => new TestCaseData(fault).SetArgDisplayNames(fault.Name));

    /// <summary>The expectations of labs/nested accept what is known, and no other mistake of a host or a VMM.</summary>
    [TestCaseSource(nameof(FaultsOfLabs))]
    public void What_is_expected_of_the_lab_does_not_excuse_it(NestedFault fault)
    {
        using var target = fault.Create();
        var runner = new NestedRunner(target);
        SeededFault.IsShown(fault, NestedCampaigns.All, runner.Sight, runner, finding => !IsExpected(finding));
    }

    [Test]
    public void What_is_known_of_the_lab_is_expected([ValueSource(nameof(known))] string name)
    {
        var fault = (NestedFault)FaultCatalogue.Find(name)!;
        using var target = fault.Create();
        var runner = new NestedRunner(target);
        SeededFault.IsShown(fault, NestedCampaigns.All, runner.Sight, runner, IsExpected);
    }
}
