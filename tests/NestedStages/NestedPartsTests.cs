using Conformance.Drivers.Faults;
using Conformance.Model.Nested.Oracle;
using Conformance.Model.Requirements;
using NUnit.Framework;

namespace Conformance.Tests.NestedStages;

/// <summary>Whose a requirement is agrees with what is broken: a host is asked what a fault of a host proves, and so for VMMs and writers.</summary>
[Category("quick")]
public sealed class NestedDutiesTests
{
    // NestedDuties.Of takes a requirement that no list of its names for the VMM's. A new one of a host would be asked of nobody's host.
    [Test]
    public void Where_the_fault_is_the_duty_is() =>
        Assert.That(
            FaultCatalogue
                .Nested.Where(fault => (NestedDuties.Of(fault.Requirements[0]) & fault.Part) == 0)
                .Select(fault =>
                    $"{fault.Name} is in a {fault.Part}, {Catalogue.Of(fault.Requirements[0]).Name} is for a {NestedDuties.Of(fault.Requirements[0])}"
                ),
            Is.Empty
        );
}
