using Conformance.Drivers;
using Conformance.Drivers.Addresses;
using Conformance.Drivers.LinuxVfio;
using Conformance.Model.Contract;
using Conformance.Model.Migration.Device;
using NUnit.Framework;

namespace Conformance.Tests.Lab;

[TestFixture]
[Category("quick")]
public sealed class VfioAddressTests
{
    [Test]
    public void A_device_of_this_machine_has_the_long_deadline()
    {
        using var target = Open("vfio:0000:75:00.1");
        Assert.That(target.Address, Is.EqualTo("vfio:0000:75:00.1"));
        Assert.That(target.Channel, Is.EqualTo(Channels.Kernel));
        Assert.That(target.Deadline, Is.EqualTo(TimeSpan.FromSeconds(90)));
        Assert.That(target.Machine.IsGuest, Is.False);
    }

    [Test]
    public void A_guest_is_not_booted_before_it_is_needed()
    {
        using var target = Open($"vfio:{KernelLab.FirstDevice}?guest=labs/kernel/boot --kernel trixie&via=group&deadline=3s&workload=none");
        Assert.That(target.Deadline, Is.EqualTo(TimeSpan.FromSeconds(3)));
        Assert.That(target.Machine.IsGuest, Is.True);
        Assert.That(target.Machine.Boots, Is.Zero);
    }

    [TestCase("vfio:x?via=door")]
    [TestCase("vfio:x?workload=heavy")]
    [TestCase("vfio:x?guest='labs/kernel/boot")]
    [TestCase("vfio:0000:75:00.1?peer=")]
    [TestCase("vfio:0000:75:00.1?stranger=0000:75:00.1")]
    [TestCase("vfio:0000:75:00.1?peer=0000:75:00.2&stranger=0000:75:00.3")]
    public void A_wrong_option_says_what_is_right(string address) =>
        Assert.That(() => Open(address), Throws.TypeOf<DriverAddressException>().With.Message.Contains("\n"));

    private static LinuxVfioTarget Open(string address) => (LinuxVfioTarget)DriverSchemes.Parse(address).Open<IMigrationTarget>();
}
