using Conformance.Drivers.Faults;
using Conformance.Model.Requirements;
using NUnit.Framework;

namespace Conformance.Tests.NestedStages;

/// <summary>Whose a requirement is agrees with what is broken: a host is asked what a fault of a host proves, and so for the other parts.</summary>
[Category("quick")]
public sealed class NestedPartsTests
{
    // A row that says nothing is the VMM's. A new one of a host would be asked of nobody's host.
    [Test]
    public void Where_the_fault_is_the_requirement_is() =>
        Assert.That(
            FaultCatalogue
                .Nested.Select(fault => (Fault: fault, Row: Catalogue.Of(fault.Requirements[0])))
                .Where(pair => (pair.Row.Parts & pair.Fault.Part) == 0)
                .Select(pair => $"{pair.Fault.Name} is in a {pair.Fault.Part}, {pair.Row.Name} is for a {pair.Row.Parts}"),
            Is.Empty
        );
}
