using Conformance.Model.Requirements;
using Conformance.Suites.Migration;
using Conformance.Suites.NUnit;
using NUnit.Framework;

namespace Examples.Team;

/// <summary>The migration suite on the team's own driver, among the team's own tests.</summary>
public sealed class CounterDriverConforms
{
    private readonly SuiteFixture<MigrationSuite> suite = new($"plugin:{typeof(CounterDriver).Assembly.Location}?type={nameof(CounterDriver)}");

    private static IEnumerable<string> Campaigns => SuiteFixture<MigrationSuite>.Campaigns;

    private static IEnumerable<TestCaseData> Requirements =>
        SuiteFixture<MigrationSuite>.Requirements.Select(row => new TestCaseData(row.Id).SetArgDisplayNames(row.Name));

    [OneTimeSetUp]
    public void Open() => suite.Open();

    [OneTimeTearDown]
    public void Close() => suite.Close();

    // A campaign sends plans to the driver. It fails when it could not do its work, or saw nothing of what it is for.
    [TestCaseSource(nameof(Campaigns))]
    public void Campaign(string campaign) => suite.Campaign(campaign);

    // A requirement reports what all campaigns found out about it.
    [TestCaseSource(nameof(Requirements))]
    [DependsOnTest(nameof(Campaign), AllowFailure = true)]
    public void Requirement(RequirementId id) => suite.Requirement(id);
}
