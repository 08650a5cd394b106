using Conformance.Drivers;
using Conformance.Engine.Judging;
using Conformance.Engine.Workers;
using Conformance.Suites.NestedStages;
using Conformance.Suites.Proof;
using Conformance.Suites.Seam;
using NUnit.Framework;

namespace Conformance.Tests.NestedStages;

/// <summary>The correct hosts and VMMs keep every requirement, and each is exercised on one of them, or somebody says why not.</summary>
[Category("long")]
public sealed class NestedReferencesConform
{
    private const int RandomPlans = 300;

    private readonly Dictionary<
        string,
        (Ledger Ledger, NestedSuite Suite, OpenedDriver<Engine.Nested.NestedSight, Model.Nested.Steps.NestedPlan> Driver)
    > runs = [];

    private static IReadOnlyList<string> Addresses => new NestedSuite().References;

    [OneTimeSetUp]
    public void Run()
    {
        foreach (var address in Addresses)
        {
            var suite = new NestedSuite();
            var driver = suite.Open(DriverSchemes.Parse(address), OpenOptions.Plain, NullJournal.Instance);
            var ledger = new Ledger();
            foreach (var campaign in suite.All.Where(campaign => campaign.Lacks(driver.Device!) is null))
            foreach (var named in campaign.Plans(driver.Device!, new(1, RandomPlans)))
            {
                Assert.That(driver.Judge!.Refuses(named.Plan), Is.Null);
                var result = driver.Judge.Run(named.Plan, ledger, again: false);
                Assert.That(result.HarnessError, Is.Null);
                if (result.Worst is { } worst)
                    ledger.Findings.Note(driver.Judge.Describe(named.Plan, worst) with { Campaign = campaign.Name });
            }

            runs.Add(address, (ledger, suite, driver));
        }
    }

    [OneTimeTearDown]
    public void Close()
    {
        foreach (var (_, _, driver) in runs.Values)
            driver.Dispose();
    }

    [TestCaseSource(nameof(Addresses))]
    public void Nobody_is_blamed(string address) =>
        Assert.That(
            runs[address].Ledger.Findings.All.Select(finding => $"{finding.Campaign}: {string.Join("; ", finding.Steps)}: {finding.Expected}, {finding.Seen}"),
            Is.Empty
        );

    [TestCaseSource(nameof(Addresses))]
    public void What_is_not_exercised_has_a_reason(string address)
    {
        var (ledger, suite, driver) = runs[address];
        var silent = suite.Requirements.Where(row => ledger.Exercised(row.Id) == 0 && suite.WhyNot(driver.Device, row) is null);
        Assert.That(silent.Select(row => row.Name), Is.Empty);
    }

    [Test]
    public void Every_requirement_that_is_checked_is_exercised_somewhere()
    {
        var suite = new NestedSuite();
        var missing = suite.Requirements.Where(row =>
            Checks.Missing(row, suite.Campaigns) is null && runs.Values.All(run => run.Ledger.Exercised(row.Id) == 0)
        );
        Assert.That(missing.Select(row => row.Name), Is.Empty);
    }
}
