using Conformance.Drivers.Faults;
using Conformance.Drivers.Reference.Migration;
using Conformance.Model.Migration.Device;
using Conformance.Model.Requirements;
using NUnit.Framework;
using static Conformance.Model.Requirements.RequirementId;

namespace Conformance.Tests.Migration.Odd;

/// <summary>Power: what a driver declares of its loads excuses that, and no other mistake.</summary>
[Category("long")]
public sealed class TraitsExcuseNothingElse
{
    private static readonly DeviceTraits reference = new ReferenceDriver(MigrationFeatures.StopCopy).Traits;

    private static IEnumerable<TestCaseData> Cases =>
        [
            new(reference with { Validation = ValidationLevel.B }, "load-ignores-length", MIG_RES_04),
            new(reference with { Validation = ValidationLevel.C }, "failed-load-reports-stop", MIG_FSM_13),
            new(reference with { EmptyState = true }, "load-ignores-length", MIG_RES_04),
            new(reference with { JoinedStreams = true }, "load-skips-magic", MIG_RES_05),
            new(reference with { Stream = StreamFields.Of("complete 40") }, "load-ignores-length", MIG_RES_04),
            new(DeviceTraits.Cautious, "load-drops-surplus", MIG_RES_09),
        ];

    [TestCaseSource(nameof(Cases))]
    public void Another_fault_is_found(DeviceTraits traits, string fault, RequirementId broken)
    {
        var seeded = (MigrationFault)FaultCatalogue.Find(fault)!;
        using var target = seeded.CreateTarget($"fault:{fault}", seeded.Features, UapiLevel.V7_2, traits: traits);
        var run = DirectRun.Of(target, 1, only: campaign => campaign.Name is "refused-loads" or "incomplete-loads");
        Assert.That(run.Found.Any(found => found.Divergence.Rules.Has(broken)), Is.True);
    }
}
