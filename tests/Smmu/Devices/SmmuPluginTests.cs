using Conformance.Drivers;
using Conformance.Drivers.Addresses;
using Conformance.Engine.Judging;
using Conformance.Engine.Smmu;
using Conformance.Model.Contract;
using Conformance.Model.Migration.Device;
using Conformance.Model.Requirements;
using Conformance.Model.Smmu.Device;
using Conformance.Reports;
using Conformance.Suites.Smmu;
using Conformance.Tests.Plugin;
using NUnit.Framework;

namespace Conformance.Tests.Smmu.Devices;

/// <summary>Somebody's SMMU, as a file: the one that conforms, the one with a mistake, and those that cannot be used.</summary>
[Parallelizable(ParallelScope.Self)]
public sealed class SmmuPluginTests
{
    private const int Scenes = 50;

    [Test]
    public void The_one_that_conforms_conforms() => Assert.That(Broken("TinySmmu"), Is.Empty);

    [Test]
    public void The_mistake_of_the_other_one_is_found() => Assert.That(Broken("ForgetfulSmmu"), Does.Contain(RequirementId.SMMU_CACHE_03));

    /// <summary>What docs/smmu-plugins.md says of the two, with its commands and <c>--strict</c>.</summary>
    [TestCase("TinySmmu", 0)]
    [TestCase("ForgetfulSmmu", 1)]
    public void The_command_says_what_the_page_says(string type, int expected)
    {
        var page = File.ReadAllText(Path.Combine(PluginFiles.Root, "docs", "smmu-plugins.md"));
        Assert.That(
            page,
            Does.Contain($"conformance check 'plugin:examples/TinySmmu/bin/Release/net10.0/TinySmmu.dll?type={type}' --strict")
                .And.Contain($"exit code {expected}")
        );
        var (code, output, document) = CheckedSmmu.Run($"plugin:{PluginFiles.Tiny}?type={type}", "--strict");
        Assert.That(code, Is.EqualTo(expected), output);
        var broken = document.Requirements.Where(row => row.Verdict == RequirementVerdict.Violation).Select(row => row.Id);
        Assert.That(broken, expected == 0 ? Is.Empty : Does.Contain("SMMU-CACHE-03"), output);
        Assert.That(document.HarnessErrors, Is.Empty);
        foreach (var row in document.Requirements.Where(row => row.Verdict == RequirementVerdict.NotExercised))
            Assert.That(row.Reason, Is.Not.Null.And.Not.Empty, row.Id);
    }

    [TestCase("SmmuWithLittleMemory", "the SMMU has 0x100000 bytes of memory at 0x40000000. It must have at least 64 MiB")]
    [TestCase("SmmuWithHoleInMemory", "the SMMU has a hole of 0x10000 bytes at 0x40000000")]
    [TestCase("SmmuWithSilentInterrupts", "does not implement ISmmuInterrupts")]
    [TestCase("Bare", "is abstract")]
    [TestCase("ThrowsInArc", "is a migration driver, not an SMMU")]
    public void One_that_cannot_be_used_is_explained(string type, string mentions)
    {
        var lost = Assert.Throws<DeviceLostException>(() => Open(PluginFiles.Broken, type));
        Assert.That((lost!.Loss, lost.Message.Contains(mentions, StringComparison.Ordinal)), Is.EqualTo((DeviceLoss.Unreachable, true)), lost.Message);
    }

    [TestCase("SmmuThrows", "the SMMU threw in Transact: NotSupportedException: no [31mmaster")]
    [TestCase("SmmuAnswersNonsense", "the SMMU threw in Transact: InvalidOperationException: 77 is not a reply")]
    public void One_that_breaks_is_lost(string type, string message)
    {
        using var target = Open(PluginFiles.Broken, type);
        var batch = new SmmuBatch();
        batch.Transact(new(0, target.Memory.Start, IsRead: true, 4));
        for (var i = 0; i < 2; i++)
            Assert.That(Assert.Throws<DeviceLostException>(() => target.Run(batch))!.Message, Is.EqualTo(message));
        target.Reset();
    }

    [Test]
    public void The_file_decides_the_suite()
    {
        Assert.That(DriverSchemes.Parse($"plugin:{PluginFiles.Tiny}?type=TinySmmu").Contracts, Is.EqualTo([typeof(ISmmuTarget)]));
        Assert.That(DriverSchemes.Parse($"plugin:{PluginFiles.Counter}").Contracts, Is.EqualTo([typeof(IMigrationTarget)]));
        Assert.Throws<DeviceLostException>(() => DriverSchemes.Parse($"plugin:{PluginFiles.Tiny}?type=TinySmmu").Open<IMigrationTarget>());
    }

    // The requirements that an SMMU breaks in the campaigns that it has the features for.
    private static HashSet<RequirementId> Broken(string type)
    {
        using var target = Open(PluginFiles.Tiny, type);
        var runner = new SceneRunner(target);
        var broken = new HashSet<RequirementId>();
        var ran = 0;
        foreach (var campaign in SmmuCampaigns.All.Where(campaign => campaign.Lacks(runner.Facts) is null))
        {
            foreach (var named in campaign.Plans(runner.Facts, new(1, Scenes)))
            {
                ran++;
                if (runner.Run(named.Plan, new Ledger()) is { Passed: false } result)
                    broken.Add(result.Divergence!.Rules.First);
            }
        }
        Assert.That(ran, Is.GreaterThan(Scenes));
        return broken;
    }

    private static ISmmuTarget Open(string file, string type) => DriverSchemes.Parse($"plugin:{file}?type={type}").Open<ISmmuTarget>();
}
