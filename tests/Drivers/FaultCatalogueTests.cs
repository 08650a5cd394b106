using Conformance.Drivers;
using Conformance.Drivers.Addresses;
using Conformance.Drivers.Faults;
using Conformance.Engine.Campaigns;
using Conformance.Model.Contract;
using Conformance.Model.Migration.Device;
using Conformance.Model.Requirements;
using Conformance.Suites;
using Conformance.Suites.Migration;
using Conformance.Suites.Smmu;
using NUnit.Framework;

namespace Conformance.Tests.Drivers;

/// <summary>The list of faults is complete and every fault is a device that still mostly works.</summary>
[Category("quick")]
public sealed class FaultCatalogueTests
{
    private static IEnumerable<Fault> Faults => FaultCatalogue.All;

    private static IEnumerable<MigrationFault> MigrationFaults => FaultCatalogue.Migration;

    [TestCaseSource(nameof(Faults))]
    public void Has_a_name_and_a_description(Fault fault)
    {
        ArgumentNullException.ThrowIfNull(fault);
        Assert.That(fault.Name, Does.Match("^[a-z0-9]+(-[a-z0-9]+)+$"));
        Assert.That(fault.Description, Is.Not.Empty.And.Not.EndsWith(".").And.Not.Contains("\n"));
        Assert.That(fault.Requirements, Is.Not.Empty);
    }

    /// <summary>What faults have to show is all that any of them breaks, and the first that each is there for.</summary>
    [Test]
    public void Every_requirement_that_a_fault_breaks_is_proven_by_one()
    {
        var proven = FaultCatalogue.All.SelectMany(FaultCatalogue.ProvenBy).ToHashSet();
        Assert.That(Catalogue.All.Where(row => FaultCatalogue.Of(row.Id).Any() && !proven.Contains(row.Id)).Select(row => row.Name), Is.Empty);
        Assert.That(FaultCatalogue.All.Where(fault => !FaultCatalogue.ProvenBy(fault).Contains(fault.Requirements[0])), Is.Empty);
        Assert.That(proven, Has.Count.LessThan(FaultCatalogue.All.Sum(fault => fault.Requirements.Count)), "one fault each, not all of those that break it");
    }

    [TestCaseSource(nameof(MigrationFaults))]
    public void Opens_and_answers(MigrationFault fault)
    {
        ArgumentNullException.ThrowIfNull(fault);
        using var target = DriverSchemes.Parse($"fault:{fault.Name}").Open<IMigrationTarget>();
        using var device = target.Open();
        var result = device.Get(out var state);
        if (fault.Features == MigrationFeatures.None || fault.Name == "payload-at-sixteen")
            Assert.That(result.Ok || result.Errno is Errno.ENOTTY or Errno.EFAULT);
        else
            Assert.That(result.Ok && state is DeviceState.Running or DeviceState.Stop or DeviceState.Error);
    }

    [Test]
    public void Names_and_sources_resolve()
    {
        Assert.That(Faults.Select(f => f.Name), Is.Unique);
        foreach (var fault in Faults)
        {
            Assert.That(FaultCatalogue.Find(fault.Name), Is.SameAs(fault));
            foreach (var source in fault.Source.Split(", "))
                Assert.That(FaultCatalogue.Find(source)!.Source, Does.Contain(source));
        }
        Assert.That(FaultCatalogue.Find("F-MIG-FSM-06")!.Name, Does.StartWith("drops-arc-"));
        Assert.That(FaultCatalogue.Find("nothing"), Is.Null);
        Assert.That(FaultCatalogue.Nearest("accept-short-argsz")!.Name, Is.EqualTo("accepts-short-argsz"));
    }

    [Test]
    public void Every_requirement_that_a_campaign_aims_at_has_a_fault_or_a_reason()
    {
        var excused = FaultCatalogue.NotSeeded.Select(n => n.Source).ToHashSet();
        var seeded = Faults.SelectMany(f => f.Requirements).ToHashSet();
        var aims = AllSuites.Campaigns.SelectMany(campaign => campaign.Aims).Distinct().ToList();
        Assert.That(aims, Is.Not.Empty);
        foreach (var requirement in aims.Select(Catalogue.Of))
            Assert.That(seeded.Contains(requirement.Id), Is.Not.EqualTo(excused.Contains(requirement.Name)), requirement.Name);
    }

    [Test]
    public void Every_arc_can_be_dropped() => Assert.That(Faults.Count(f => f.Name.StartsWith("drops-arc-", StringComparison.Ordinal)), Is.EqualTo(15 + 3));

    [Test]
    public void A_fault_can_be_put_on_another_driver()
    {
        using var target = DriverSchemes.Parse("fault:second-save-fails?on=reference:p2p%3Flevel=6.1").Open<IMigrationTarget>();
        using var device = target.Open();
        Assert.That(device.Feature(Uapi.Migration | Uapi.Get, 0, out var flags).Ok);
        Assert.That(flags, Is.EqualTo(3));
        Assert.That(device.Feature(Uapi.MigDataSize | Uapi.Get, 0, out _).Errno, Is.EqualTo(Errno.ENOTTY));
        Assert.That(device.Set(DeviceState.StopCopy).Ok);
        Assert.That(device.Set(DeviceState.Stop).Ok);
        Assert.That(device.Set(DeviceState.StopCopy).Ok, Is.False);
        Assert.Throws<DriverAddressException>(() => DriverSchemes.Parse("fault:second-save-fails?on=reference:smmuv3").Open<IMigrationTarget>());
        Assert.Throws<DriverAddressException>(() => DriverSchemes.Parse("fault:second-save-fails?on=vfio:x").Open<IMigrationTarget>());
    }
}
