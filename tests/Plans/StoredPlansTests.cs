using System.Text.RegularExpressions;
using Conformance.Drivers;
using Conformance.Drivers.Faults;
using Conformance.Engine.Judging;
using Conformance.Engine.Migration;
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
        Assert.That(stored.Comment, Does.EndWith($": {Plan(stored)}"));
    }

    [TestCaseSource(nameof(Plans))]
    public void A_seeded_fault_is_still_shown(StoredPlan stored)
    {
        ArgumentNullException.ThrowIfNull(stored);
        var name = Fault().Match(stored.Comment).Groups[1].Value;
        if (name.Length == 0)
            Assert.Ignore("of a real driver");
        Assert.That(FaultCatalogue.Find(name), Is.Not.Null);
        using var target = DriverSchemes.Parse($"fault:{name}").Open<IMigrationTarget>();
        var machine = Survey.Look(target, NullJournal.Instance).Machine!;
        var result = new LockstepRunner(target, machine, NullJournal.Instance).Run(Plan(stored));
        Assert.That(result.Worst, Is.Not.Null);
        Assert.That(Catalogue.TryParse(stored.Comment.Split(',')[0], out var row), Is.True);
        Assert.That(result.Worst!.Rules.Has(row!.Id), Is.True, result.Worst.Rules.ToString());
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
            (stored.Token.MadeFor.Features & ~(ulong)machine!.Features) == 0 && stored.Token.MadeFor.Level <= machine.Level
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

    private static Plan Plan(StoredPlan stored) => stored.Token.Read(MigrationLanguage.Instance);

    [GeneratedRegex("fault:([a-z0-9-]+):")]
    private static partial Regex Fault();
}
