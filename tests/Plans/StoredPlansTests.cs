using System.Text.RegularExpressions;
using Conformance.Drivers;
using Conformance.Drivers.Faults;
using Conformance.Engine.Judging;
using Conformance.Engine.Migration;
using Conformance.Engine.Plans;
using Conformance.Engine.Workers;
using Conformance.Model.Contract;
using Conformance.Model.Migration.Device;
using Conformance.Model.Migration.Oracle;
using Conformance.Model.Migration.Steps;
using Conformance.Model.Requirements;
using Conformance.Reports;
using Conformance.Suites;
using Conformance.Suites.Migration;
using Conformance.Suites.Regressions;
using Conformance.Suites.Seam;
using Conformance.Suites.Smmu;
using Conformance.Tests.Migration;
using NUnit.Framework;

namespace Conformance.Tests.Plans;

/// <summary>The plans of suites/Regressions: what their comments say holds, and no correct driver is blamed by them.</summary>
[Category("quick")]
public sealed partial class StoredPlansTests
{
    private static IEnumerable<TestCaseData> Plans =>
        StoredPlans.All.Select((stored, index) => new TestCaseData(stored).SetArgDisplayNames($"{index + 1}. {stored.Comment.Split(':')[0]}"));

    [Test]
    public void There_are_some_of_seeded_faults_and_some_of_real_drivers()
    {
        Assert.That(StoredPlans.All.Count(stored => stored.Comment.Contains("fault:", StringComparison.Ordinal)), Is.GreaterThanOrEqualTo(10));
        Assert.That(StoredPlans.All.Count(stored => stored.Comment.Contains("mtty", StringComparison.Ordinal)), Is.GreaterThanOrEqualTo(3));
        Assert.That(StoredPlans.All.Select(stored => stored.Token.ToString()), Is.Unique);
        Assert.That(AllSuites.All.Select(suite => suite.Campaigns[0].Name), Is.All.EqualTo("regressions"));
    }

    [TestCaseSource(nameof(Plans))]
    public void The_comment_names_a_requirement_and_the_plan(StoredPlan stored)
    {
        ArgumentNullException.ThrowIfNull(stored);
        Assert.That(Catalogue.TryParse(stored.Comment.Split(',')[0], out _), Is.True, stored.Comment);
        Assert.That(stored.Comment, Does.EndWith($": {Suite(stored).Accept(new Words(stored.Token))}"));
    }

    [TestCaseSource(nameof(Plans))]
    public void A_seeded_fault_is_still_shown(StoredPlan stored)
    {
        ArgumentNullException.ThrowIfNull(stored);
        var name = Fault().Match(stored.Comment).Groups[1].Value;
        if (name.Length == 0)
            Assert.Ignore("of a real driver");
        Assert.That(FaultCatalogue.Find(name), Is.Not.Null);
        var shown = Suite(stored).Accept(new Shown(stored.Token, $"fault:{name}"));
        Assert.That(Catalogue.TryParse(stored.Comment.Split(',')[0], out var row), Is.True);
        Assert.That(shown.Has(row!.Id), Is.True, shown.ToString());
    }

    [Test]
    public void No_correct_SMMU_is_blamed([Values("1", "nested")] string stage)
    {
        var suite = new SmmuSuite();
        using var driver = suite.Open(DriverSchemes.Parse($"reference:smmuv3?stage={stage}"), OpenOptions.Plain, NullJournal.Instance);
        var plans = suite.All[0].Plans(driver.Device!, new(1, 1)).ToList();
        Assert.That(plans, Is.Not.Empty, "made for such an SMMU");
        Assert.That(plans.Select(named => driver.Judge!.Run(named.Plan, null, again: true).Worst), Is.All.Null);
    }

    [Test]
    public void No_correct_driver_is_blamed(
        [Values("stop_copy", "p2p", "pre_copy", "full")] string name,
        [Values("6.1", "6.2", "6.6", "6.7", "6.12", "7.2")] string level
    )
    {
        var (ledger, _, problems, machine) = DirectRun($"reference:{name}?level={level}");
        Assert.That(problems, Is.Empty);
        Assert.That(ledger.Findings.All.Select(FindingText.Of), Is.Empty);
        Assert.That(ledger.Plans, Is.GreaterThan(1));
        var fitting = StoredPlans.All.Count(stored =>
            stored.Token.Suite == 0
            && (stored.Token.MadeFor.Features & ~(ulong)machine!.Features) == 0
            && stored.Token.MadeFor.Level <= machine.Level
            && StepTable.Missing(stored.Token.Read(MigrationLanguage.Instance), machine.Capabilities) == ChannelCapabilities.None
        );
        Assert.That(ledger.Plans, Is.EqualTo(fitting + 1), "every plan that fits is run, and the survey");
    }

    [Test]
    public void On_a_kernel_nothing_is_sent_that_may_stop_it()
    {
        var kernel = new MigrationMachine(
            (MigrationFeatures)7,
            UapiLevel.V7_2,
            Channels.Kernel,
            (ChannelCapabilities)0x3FF,
            DeviceTraits.Cautious,
            false,
            true
        );
        var plans = Migration.DirectRun.Campaigns[0].Plans(kernel, new(1, 1)).Select(named => named.Plan).ToList();
        Assert.That(plans, Is.Not.Empty);
        Assert.That(plans.Where(plan => !Simulation.IsHarmless(kernel, plan)), Is.Empty);
        Assert.That(plans, Has.Count.LessThan(StoredPlans.All.Count));
    }

    [TestCase("cfm1-AAAA", "seed.txt, line 1: ")]
    [TestCase("# only a comment\n\nhello", "seed.txt, line 3: a token begins with cfm1-")]
    [TestCase("cfm1-DgAF2gQeoyXhAAIJAwkGIhAhrA", "seed.txt, line 1: nothing says what the plan showed")]
    public void A_wrong_file_is_refused_with_its_line(string text, string message) =>
        Assert.That(() => StoredPlans.Parse(text, "seed.txt").ToList(), Throws.InstanceOf<InvalidDataException>().With.Message.Contain(message));

    private static DirectResult DirectRun(string address) => Migration.DirectRun.Of(address, only: campaign => campaign.Name == "regressions");

    private static ISuite Suite(StoredPlan stored) => AllSuites.OfToken(stored.Token.Suite)!;

    // All steps of a plan; the last line of a scene, which would be too long.
    private sealed class Words(ReplayToken token) : ISuiteVisitor<string>
    {
        public string Visit<TDevice, TPlan>(Suite<TDevice, TPlan> suite)
            where TDevice : class
            where TPlan : class
        {
            var plan = token.Read(suite.Language);
            return plan is Plan ? plan.ToString()! : suite.Language.Lines(plan)[^1].Trim();
        }
    }

    // What the plan shows on a driver.
    private sealed class Shown(ReplayToken token, string address) : ISuiteVisitor<Rules>
    {
        public Rules Visit<TDevice, TPlan>(Suite<TDevice, TPlan> suite)
            where TDevice : class
            where TPlan : class
        {
            using var driver = suite.Open(DriverSchemes.Parse(address), OpenOptions.Plain, NullJournal.Instance);
            var result = driver.Judge!.Run(token.Read(suite.Language), null, again: true);
            Assert.That(result.Worst, Is.Not.Null);
            return result.Worst!.Rules;
        }
    }

    [GeneratedRegex("fault:([a-z0-9-]+):")]
    private static partial Regex Fault();
}
