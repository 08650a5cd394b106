using Conformance.Drivers.Faults;
using Conformance.Drivers.Reference.Migration;
using Conformance.Drivers.VfioCore;
using Conformance.Model.Contract;
using Conformance.Model.Migration.Device;
using Conformance.Model.Requirements;
using NUnit.Framework;
using static Conformance.Model.Requirements.RequirementId;

namespace Conformance.Tests.Migration;

/// <summary>A second device of another kind: a driver that looks at what a stream says of its source is not blamed, one that does not is.</summary>
[Category("quick")]
public sealed class StrangerTests
{
    [TestCase("reference:stop-copy")]
    [TestCase("reference:full")]
    public void A_driver_that_refuses_the_streams_of_another_device_conforms(string address)
    {
        using var target = new TargetWithStranger(ReferenceTarget.Create(address, FeaturesOf(address)), FeaturesOf(address));
        var run = Foreign(target);
        Assert.That(run.Found.Select(found => found.Divergence.Rules.First), Is.Empty);
        Assert.That(run.Problems.Concat(run.Missing), Is.Empty);
        Assert.That(run.Ledger.Exercised(MIG_RES_06), Is.GreaterThan(10));
    }

    [Test]
    public void A_driver_that_takes_them_is_found()
    {
        var seeded = (MigrationFault)FaultCatalogue.Find("load-skips-device-id")!;
        using var target = new TargetWithStranger(seeded.CreateTarget("fault", seeded.Features, UapiLevel.V7_2), seeded.Features);
        Assert.That(Foreign(target).Found.Select(found => found.Divergence.Rules.Has(MIG_RES_06)), Has.Some.True);
    }

    private static MigrationFeatures FeaturesOf(string address) => address == "reference:full" ? (MigrationFeatures)7 : MigrationFeatures.StopCopy;

    private static DirectResult Foreign(IMigrationTarget target) => DirectRun.Of(target, only: campaign => campaign.Name == "foreign-images");

    // The same features, and another device id.
    private sealed class TargetWithStranger(IMigrationTarget target, MigrationFeatures features) : IMigrationTarget
    {
        public string Address => target.Address;

        public Channels Channel => target.Channel;

        public ChannelCapabilities Capabilities => (target.Capabilities & ~ChannelCapabilities.Peer) | ChannelCapabilities.Stranger;

        public DeviceTraits Traits => target.Traits;

        public TimeSpan Deadline => target.Deadline;

        public IMigrationDevice Open() => target.Open();

        public IMigrationDevice OpenUnbound() => target.OpenUnbound();

        public IMigrationDevice OpenPeer() => new VfioCoreDevice(new ReferenceDriver(features, 0x0000_BEEF), UapiLevel.V7_2, true);

        public void Dispose() => target.Dispose();
    }
}
