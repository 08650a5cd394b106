using Conformance.Drivers.Addresses;
using Conformance.Model.Contract;
using Conformance.Model.Migration.Device;
using Conformance.Model.Requirements;
using NUnit.Framework;

namespace Conformance.Tests.Drivers;

/// <summary>What addresses mean, and what is said about bad ones.</summary>
public sealed class DriverAddressTests
{
    [TestCase("reference:full", DriverScheme.Reference, "full", "")]
    [TestCase("reference:p2p?level=6.1&deadline=5s", DriverScheme.Reference, "p2p", "deadline=5s level=6.1")]
    [TestCase("plugin:path/to/My.dll?type=Name", DriverScheme.Plugin, "path/to/My.dll", "type=Name")]
    [TestCase("vfio:0000:75:00.1", DriverScheme.Vfio, "0000:75:00.1", "")]
    [TestCase(
        "vfio:83b8f4f2-509f-382f-3c1e-e6bfe0fa1001?guest=labs/kernel/boot",
        DriverScheme.Vfio,
        "83b8f4f2-509f-382f-3c1e-e6bfe0fa1001",
        "guest=labs/kernel/boot"
    )]
    [TestCase("plugin:drivers/what ?/My.dll?deadline=90s", DriverScheme.Plugin, "drivers/what ?/My.dll", "deadline=90s")]
    [TestCase("plugin:http/%3Flevel=3/My.dll", DriverScheme.Plugin, "http/?level=3/My.dll", "")]
    [TestCase("vfio:a%3fb?guest=./boot --url=http://h/%3Flevel=3", DriverScheme.Vfio, "a?b", "guest=./boot --url=http://h/?level=3")]
    [TestCase("qemu-smmuv3:?stage=nested", DriverScheme.QemuSmmu, "", "stage=nested")]
    public void Good(string text, DriverScheme scheme, string name, string options)
    {
        var address = DriverAddress.Parse(text);
        Assert.That((address.Scheme, address.Name), Is.EqualTo((scheme, name)));
        Assert.That(string.Join(' ', address.Options.OrderBy(o => o.Key, StringComparer.Ordinal).Select(o => $"{o.Key}={o.Value}")), Is.EqualTo(options));
        Assert.That(address.ToString(), Is.EqualTo(text));
    }

    [TestCase("", "scheme")]
    [TestCase("full", "scheme")]
    [TestCase("ref:full", "'ref'")]
    [TestCase("reference:fall", "reference:full")]
    [TestCase("fault:no-such-thing", "There is no fault")]
    [TestCase("plugin:", "assembly")]
    [TestCase("reference:full?lvl=6.1", "'lvl'")]
    [TestCase("reference:full?level=6.1&lvl=6.1", "deadline, guest, level")]
    [TestCase("reference:full?level=6.3", "6.1, 6.2")]
    [TestCase("reference:full?level=", "no value")]
    [TestCase("reference:full?level", "reference:full")]
    [TestCase("reference:full?level=6.1&level=6.1", "twice")]
    [TestCase("reference:full?level=6.1&", "key=value")]
    [TestCase("reference:full?level=6.1?deadline=1s", "%3F")]
    [TestCase("reference:full?deadline=soon", "90s")]
    [TestCase("reference:full?deadline=0", "more than 0")]
    [TestCase("qemu-smmuv3:?stage=3", "stage=nested")]
    public void Bad(string text, string mentions)
    {
        var error = Assert.Throws<DriverAddressException>(() => DriverAddress.Parse(text));
        Assert.That(error!.Message, Does.Contain(mentions));
        Assert.That(error.Message.Split('\n'), Has.Length.InRange(1, 3));
    }

    [Test]
    public void Opens_at_the_level_and_with_the_deadline()
    {
        using var target = DriverAddress.Parse("reference:full?level=6.1&deadline=250ms").Open();
        Assert.That(target.Deadline, Is.EqualTo(TimeSpan.FromMilliseconds(250)));
        Assert.That(target.Channel, Is.EqualTo(Channels.InProcess));
        using var device = target.Open();
        Assert.That(device.Feature(Uapi.Migration | Uapi.Get, 0, out var flags).Ok);
        Assert.That(flags, Is.EqualTo(3));
        Assert.That(device.Set(DeviceState.PreCopy).Errno, Is.EqualTo(Errno.EINVAL));
    }

    [Test]
    public void An_smmu_is_no_migration_driver()
    {
        var error = Assert.Throws<DeviceLostException>(() => DriverAddress.Parse("qemu-smmuv3:").Open());
        Assert.That(error!.Loss, Is.EqualTo(DeviceLoss.Unreachable));
    }

    [Test]
    public void Traits_are_read_by_name()
    {
        var traits = TraitsFile.Parse("t.json", """{ "deterministicStream": true, "maxImageBytes": 96, "level": "6.12" }""");
        Assert.That(
            traits,
            Is.EqualTo(
                new DeviceTraits
                {
                    DeterministicStream = true,
                    MaxImageBytes = 96,
                    Level = UapiLevel.V6_12,
                }
            )
        );
    }

    [Test]
    public void Every_trait_can_be_written_in_a_file() =>
        Assert.That(
            TraitsFile.Names,
            Is.EquivalentTo(
                typeof(DeviceTraits)
                    .GetProperties()
                    .Where(property => property.SetMethod is { IsStatic: false })
                    .Select(property => System.Text.Json.JsonNamingPolicy.CamelCase.ConvertName(property.Name))
            )
        );

    [TestCase("""{ "deterministic": true }""", "'deterministic' is not a trait")]
    [TestCase("""{ "deterministicStream": 1 }""", "deterministicStream is true or false")]
    [TestCase("""{ "deterministicStream": true, "deterministicStream": false }""", "twice")]
    [TestCase("""{ "dataSizeSlack": null }""", "a number of bytes")]
    [TestCase("""{ "maxImageBytes": 1e99 }""", "a number of bytes")]
    [TestCase("""{ "level": "9.9" }""", "7.2")]
    [TestCase("""{ "level": "\ud800" }""", "no text")]
    [TestCase("""{ "maxImageBytes": -1 }""", "negative")]
    [TestCase("{ ", "line")]
    [TestCase("null", "object")]
    public void Traits_that_are_none(string text, string mentions)
    {
        var error = Assert.Throws<DriverAddressException>(() => TraitsFile.Parse("t.json", text));
        Assert.That(error!.Message, Does.Contain(mentions));
        Assert.That(error.Message.Split('\n'), Has.Length.InRange(1, 3));
        Assert.That(error.Message, Does.Not.Contain("System.").And.Not.Contain("Conformance.").And.Not.Contain("Json"));
        Assert.That(Assert.Throws<DriverAddressException>(() => TraitsFile.Read("/no/such/file"))!.Message, Does.Contain("/no/such/file"));
    }
}
