using Conformance.Drivers;
using Conformance.Drivers.Addresses;
using Conformance.Model.Contract;
using Conformance.Model.Migration.Device;
using Conformance.Model.Requirements;
using NUnit.Framework;

namespace Conformance.Tests.Drivers;

/// <summary>What addresses mean, and what is said about bad ones.</summary>
[Category("quick")]
public sealed class DriverAddressTests
{
    [TestCase("250ms", 250)]
    [TestCase("0s", 0)]
    [TestCase("1.5s", 1500)]
    [TestCase("5m", 300_000)]
    [TestCase("168h", 604_800_000)]
    [TestCase("169h", null)]
    [TestCase("-1s", null)]
    [TestCase("-Infinitys", null)]
    [TestCase("Infinitym", null)]
    [TestCase("NaNs", null)]
    [TestCase("1e3s", null)]
    [TestCase("5", null)]
    [TestCase("ms", null)]
    [TestCase("", null)]
    public void Times_have_a_unit(string text, int? milliseconds) =>
        Assert.That(TimeText.Parse(text), Is.EqualTo(milliseconds is { } number ? TimeSpan.FromMilliseconds(number) : (TimeSpan?)null));

    [TestCase("reference:full", "reference", "full", "")]
    [TestCase("reference:p2p?level=6.1&deadline=5s", "reference", "p2p", "deadline=5s level=6.1")]
    [TestCase("plugin:path/to/My.dll?type=Name", "plugin", "path/to/My.dll", "type=Name")]
    [TestCase("vfio:0000:75:00.1", "vfio", "0000:75:00.1", "")]
    [TestCase("vfio:83b8f4f2-509f-382f-3c1e-e6bfe0fa1001?guest=labs/kernel/boot", "vfio", "83b8f4f2-509f-382f-3c1e-e6bfe0fa1001", "guest=labs/kernel/boot")]
    [TestCase("plugin:drivers/what ?/My.dll?deadline=90s", "plugin", "drivers/what ?/My.dll", "deadline=90s")]
    [TestCase("plugin:http/%3Flevel=3/My.dll", "plugin", "http/?level=3/My.dll", "")]
    [TestCase("vfio:a%3fb?guest=./boot --url=http://h/%3Flevel=3", "vfio", "a?b", "guest=./boot --url=http://h/?level=3")]
    [TestCase("qemu-smmuv3:?stage=nested", "qemu-smmuv3", "", "stage=nested")]
    public void Good(string text, string scheme, string name, string options)
    {
        var address = DriverSchemes.Parse(text);
        Assert.That((address.Scheme.Name, address.Name), Is.EqualTo((scheme, name)));
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
    [TestCase("reference:full?level=6.1&lvl=6.1", "deadline, level, traits, workload")]
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
        var error = Assert.Throws<DriverAddressException>(() => DriverSchemes.Parse(text));
        Assert.That(error!.Message, Does.Contain(mentions));
        Assert.That(error.Message.Split('\n'), Has.Length.InRange(1, 3));
    }

    private static IEnumerable<IDriverScheme> Schemes => DriverSchemes.All;

    [TestCaseSource(nameof(Schemes))]
    public void A_scheme_keeps_its_promises(IDriverScheme scheme)
    {
        var example = DriverSchemes.Parse(scheme.Example);
        Assert.Multiple(() =>
        {
            Assert.That(example.Scheme, Is.SameAs(scheme));
            Assert.That(DriverSchemes.All.Count(other => other.Name == scheme.Name), Is.EqualTo(1));
            Assert.That(scheme.Name, Does.Match("^[a-z][a-z0-9-]*$"));
            Assert.That(scheme.Keys(example), Is.Ordered.Using((IComparer<string>)StringComparer.Ordinal).And.Contains("deadline"));
            Assert.That(DriverSchemes.Parse(scheme.Example + "?deadline=5s").Deadline, Is.EqualTo(TimeSpan.FromSeconds(5)));
        });
    }

    [TestCase("full", "reference:full")]
    [TestCase("pre_copy?level=6.1", "reference:pre_copy?level=6.1")]
    [TestCase("ref:full", "reference:full")]
    [TestCase("vifo:0000:75:00.1", "vfio:0000:75:00.1")]
    [TestCase("REFERENCE:FULL", "reference:full")]
    [TestCase("size-is-zer", "fault:size-is-zero")]
    [TestCase("75:00.1", "vfio:0000:75:00.1")]
    [TestCase("0000:AF:00.1", "vfio:0000:AF:00.1")]
    [TestCase("/dev/vfio/vfio3", "vfio:/dev/vfio/devices/vfio3")]
    [TestCase("/sys/bus/mdev/devices/83b8f4f2-509f-382f-3c1e-e6bfe0fa1001/", "vfio:83b8f4f2-509f-382f-3c1e-e6bfe0fa1001")]
    [TestCase(@"C:\drivers\My.dll", @"plugin:C:\drivers\My.dll")]
    [TestCase("plug:My.dll", "plugin:My.dll")]
    [TestCase("qemu:/opt/qemu-system-aarch64?stage=2", "qemu-smmuv3:/opt/qemu-system-aarch64?stage=2")]
    public void An_address_that_nearly_is_one_is_answered_with_the_one_meant(string text, string meant) =>
        Assert.That(Assert.Throws<DriverAddressException>(() => DriverSchemes.Parse(text))!.Message, Does.Contain(meant));

    [TestCase("nonsense")]
    [TestCase("dll")]
    [TestCase(".dll")]
    [TestCase("12:34")]
    [TestCase("a:b:c")]
    [TestCase("/etc/passwd")]
    public void What_is_near_nothing_gets_no_guess(string text) =>
        Assert.That(Assert.Throws<DriverAddressException>(() => DriverSchemes.Parse(text))!.Message, Does.Not.Contain("Did you mean"));

    [TestCase("a", "", 1)]
    [TestCase("", "", 0)]
    [TestCase("vifo", "VFIO", 1)]
    [TestCase("reference", "refrence", 1)]
    [TestCase("full", "fault", 2)]
    public void Spelling_counts_slips(string first, string second, int slips)
    {
        Assert.That(Spelling.Distance(first, second), Is.EqualTo(slips));
        Assert.That(Spelling.Distance(second, first), Is.EqualTo(slips));
    }

    [Test]
    public void Opens_at_the_level_and_with_the_deadline()
    {
        using var target = DriverSchemes.Parse("reference:full?level=6.1&deadline=250ms").Open<IMigrationTarget>();
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
        var error = Assert.Throws<DeviceLostException>(() => DriverSchemes.Parse("qemu-smmuv3:").Open<IMigrationTarget>());
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
