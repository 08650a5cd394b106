using Conformance.Drivers;
using Conformance.Drivers.Addresses;
using Conformance.Drivers.Readiness;
using Conformance.Engine.Judging;
using Conformance.Engine.Nested;
using Conformance.Engine.Workers;
using Conformance.Model.Contract;
using Conformance.Model.Nested.Device;
using Conformance.Model.Nested.Steps;
using Conformance.Reports;
using Conformance.Suites.NestedStages;
using Conformance.Suites.Seam;
using Conformance.Tests.Smmu.Devices;
using NUnit.Framework;

namespace Conformance.Tests.Plugin;

/// <summary>Somebody's host, VMM and writer of STEs as files: those that conform, those with a mistake, and those that cannot be used.</summary>
[Parallelizable(ParallelScope.Self)]
public sealed class NestedPluginTests
{
    private const int RandomPlans = 100;

    [TestCase("TinyHost")]
    [TestCase("TinyVmm")]
    [TestCase("TinyVmm", "&dirty=dlog")]
    [TestCase("TinyVmm", "&dirty=all")]
    [TestCase("TinyWriter")]
    public void One_that_conforms_conforms(string type, string options = "") => Assert.That(Findings(type, options), Is.Empty);

    [TestCase("ForgetfulHost", "SMMU-NEST-12")]
    [TestCase("ForgetfulVmm", "HANDOVER-06")]
    [TestCase("ForgetfulWriter", "SMMU-NEST-22")]
    public void The_mistake_of_the_other_one_is_found(string type, string requirement) =>
        Assert.That(Findings(type, "").SelectMany(finding => finding.Requirements), Does.Contain(requirement));

    /// <summary>A fault that is told under the name of the hardware, behind a migration as before it: the sentence about names, and no other.</summary>
    [Test]
    public void A_record_under_another_name_blames_the_names_alone() =>
        Assert.That(Findings("ForgetfulHost", "").SelectMany(finding => finding.Requirements).Distinct(), Is.EqualTo(["SMMU-NEST-12"]));

    /// <summary>A plan about what is not there would pass by doing nothing.</summary>
    [Test]
    public void A_plan_about_a_part_that_is_not_there_is_refused()
    {
        using var host = DriverSchemes.Parse($"plugin:{PluginFiles.Nest}?type=TinyHost").Open<INestedTarget>();
        using var writer = DriverSchemes.Parse($"plugin:{PluginFiles.Nest}?type=TinyWriter").Open<INestedTarget>();
        var suite = new NestedSuite();
        var runner = new NestedRunner(host);
        var written = Plans("entry-writer");
        var guest = Plans("nested-translation");
        Assert.That(runner.Refuses(written), Is.EqualTo("it needs a writer of STEs and CDs, and there is none"));
        Assert.That(runner.Refuses(guest), Is.Null);
        Assert.That(runner.Refuses(new([.. guest.Steps, .. written.Steps])), Does.StartWith("its steps are of several parts"));
        Assert.That(new NestedRunner(writer).Refuses(written), Is.Null);

        NestedPlan Plans(string name)
        {
            using var reference = suite.Open(DriverSchemes.Parse(suite.Sample), OpenOptions.Plain, NullJournal.Instance);
            return suite.All.Single(campaign => campaign.Name == name).Plans(reference.Device!, new(1, 1)).First().Plan;
        }
    }

    /// <summary>What the kit's own part keeps is not said to be kept by somebody's.</summary>
    [TestCase("TinyHost", "SMMU-NEST-13", "HANDOVER-06", "the VMM is the kit's own")]
    [TestCase("TinyVmm", "HANDOVER-06", "SMMU-NEST-13", "the host is the kit's own")]
    [TestCase("TinyWriter", "SMMU-NEST-18", "SMMU-NEST-13", "the host is the kit's own")]
    public void What_is_judged_is_what_is_not_the_kits(string type, string judged, string other, string why)
    {
        var suite = new NestedSuite();
        using var driver = suite.Open(DriverSchemes.Parse($"plugin:{PluginFiles.Nest}?type={type}"), OpenOptions.Plain, NullJournal.Instance);
        var ledger = new Ledger();
        foreach (var campaign in suite.All.Where(campaign => campaign.Lacks(driver.Device!) is null))
        foreach (var named in campaign.Plans(driver.Device!, new(1, 1)))
            driver.Judge!.Run(named.Plan, ledger, again: false);
        var rows = suite.Requirements.ToDictionary(row => row.Name);
        Assert.That(ledger.Exercised(rows[judged].Id), Is.GreaterThan(0));
        Assert.That(ledger.Exercised(rows[other].Id), Is.Zero);
        Assert.That(suite.WhyNot(driver.Device, rows[other]), Is.EqualTo(why));
        foreach (var row in rows.Values.Where(row => ledger.Exercised(row.Id) == 0))
            Assert.That(suite.WhyNot(driver.Device, row), Is.Not.Null.And.Not.Empty, row.Name);
    }

    /// <summary>What docs/nested-plugins.md says of the six, with its commands.</summary>
    [TestCase("TinyHost", 0)]
    [TestCase("TinyVmm", 0)]
    [TestCase("TinyWriter", 0)]
    [TestCase("ForgetfulHost", 1, "SMMU-NEST-12")]
    [TestCase("ForgetfulVmm", 1, "HANDOVER-06")]
    [TestCase("ForgetfulWriter", 1, "SMMU-NEST-22")]
    public void The_command_says_what_the_page_says(string type, int expected, string broken = "")
    {
        var page = File.ReadAllText(Path.Combine(PluginFiles.Root, "docs", "nested-plugins.md"));
        Assert.That(page, Does.Contain($"| `{type}` |").And.Contain(broken));
        var (code, output, document) = CheckedSmmu.Run($"plugin:{PluginFiles.Nest}?type={type}", "--strict", "--plans", "40");
        Assert.That(code, Is.EqualTo(expected), output);
        var violated = document.Requirements.Where(row => row.Verdict == RequirementVerdict.Violation).Select(row => row.Id);
        Assert.That(violated, expected == 0 ? Is.Empty : Does.Contain(broken), output);
        Assert.That(document.HarnessErrors, Is.Empty);
    }

    [TestCase("NestWithoutDevices", "the host has no device with a StreamID")]
    [TestCase("NestWithOddMemory", "the host has 0x1000 bytes of memory. RamSize is a multiple of 2 MiB")]
    [TestCase("NestWithVastMemory", "the host has 0x10000000000 bytes of memory. RamSize is a multiple of 2 MiB, not 0 and at most 1 GiB")]
    [TestCase("BareNest", "is abstract")]
    [TestCase("ThrowsInArc", "is a migration driver, not a host of nested stages")]
    public void One_that_cannot_be_used_is_explained(string type, string mentions)
    {
        var lost = Assert.Throws<DeviceLostException>(() => Open(type))!;
        Assert.That((lost.Loss, lost.Message.Contains(mentions, StringComparison.Ordinal)), Is.EqualTo((DeviceLoss.Unreachable, true)), lost.Message);
    }

    [TestCase("NestThrows", "the host threw in HwInfo: NotSupportedException: no [31mregisters")]
    [TestCase("VmmThrows", "the VMM threw in Create: NotSupportedException: no machine")]
    [TestCase("VmmOfNothing", "Create of the VMM gave null")]
    public void One_that_breaks_is_lost(string type, string message)
    {
        using var target = Open(type);
        var lost = Assert.Throws<DeviceLostException>(() =>
        {
            using var host = target.OpenHost();
            host.HwInfo(2, Iommufd.ArmSmmuv3Info, out _);
            target.OpenMachine(host, isDestination: false)?.Dispose();
        });
        Assert.That(lost!.Message, Does.StartWith(message));
    }

    [TestCase("TinyHost", "2 devices, 2 MiB, dirty tracking of a nest parent refused, device logs no, evidence no; the kit's VMM runs on it")]
    [TestCase("TinyVmm", "a VMM with 2 devices, which migrates, on the kit's hosts")]
    [TestCase("TinyWriter", "a writer of STEs and CDs")]
    public void Doctor_says_what_a_check_would_see(string type, string expected)
    {
        var lines = DriverSchemes.Parse($"plugin:{PluginFiles.Nest}?type={type}").Look();
        Assert.That(lines.Select(line => line.Status), Is.All.EqualTo(ReadinessStatus.Ok));
        Assert.That(lines[^1].Seen, Is.EqualTo(expected));
    }

    [TestCase("NestWithoutDevices", "the host has no device with a StreamID")]
    [TestCase("VmmThrows", "the VMM threw in Create: NotSupportedException: no machine")]
    public void Doctor_says_what_is_wrong(string type, string expected)
    {
        var last = DriverSchemes.Parse($"plugin:{PluginFiles.Broken}?type={type}").Look()[^1];
        Assert.That((last.Status, last.Seen), Is.EqualTo((ReadinessStatus.NotOk, expected)));
    }

    [Test]
    public void Options_of_others_mean_nothing()
    {
        var wrong = Assert.Throws<DriverAddressException>(() =>
            DriverSchemes.Parse($"plugin:{PluginFiles.Nest}?type=TinyHost&dirty=all").Open<INestedTarget>()
        );
        Assert.That(wrong!.Message, Does.Contain("'dirty'").And.Contain("means nothing to a host of nested stages"));
        wrong = Assert.Throws<DriverAddressException>(() => DriverSchemes.Parse($"plugin:{PluginFiles.Nest}?type=TinyVmm&dirty=some"));
        Assert.That(wrong!.Message, Does.Contain("'dirty=some'"));
    }

    private static List<Finding> Findings(string type, string options)
    {
        var suite = new NestedSuite();
        using var driver = suite.Open(DriverSchemes.Parse($"plugin:{PluginFiles.Nest}?type={type}{options}"), OpenOptions.Plain, NullJournal.Instance);
        var found = new List<Finding>();
        var ran = 0;
        foreach (var campaign in suite.All.Where(campaign => campaign.Lacks(driver.Device!) is null))
        foreach (var named in campaign.Plans(driver.Device!, new(1, RandomPlans)))
        {
            ran++;
            if (driver.Judge!.Run(named.Plan, null, again: false).Worst is { } worst)
                found.Add(driver.Judge.Describe(named.Plan, worst));
        }

        Assert.That(ran, Is.GreaterThan(RandomPlans));
        return found;
    }

    private static INestedTarget Open(string type) => DriverSchemes.Parse($"plugin:{PluginFiles.Broken}?type={type}").Open<INestedTarget>();
}
