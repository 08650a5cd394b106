using System.Diagnostics.CodeAnalysis;
using Conformance.Model.Requirements;
using Conformance.Reports;
using Conformance.Suites.Seam;
using NUnit.Framework;

namespace Conformance.Suites.NUnit;

/// <summary>A suite under <c>dotnet test</c>: campaigns fill the ledger, and one case per requirement reports it.</summary>
/// <typeparam name="TSuite">The suite.</typeparam>
/// <param name="address">The driver.</param>
[SuppressMessage("Design", "CA1000", Justification = "NUnit asks a fixture for its cases before it makes one")]
[TestFixtureSource(typeof(DriverAddresses), nameof(DriverAddresses.Fixtures))]
public sealed class SuiteFixture<TSuite>(string address)
    where TSuite : ISuite, new()
{
    private const int PlanCount = 256;

    private static readonly TSuite suite = new();
    private RunningSuite? running;

    /// <summary>The campaigns of the suite, by their names.</summary>
    public static IReadOnlyList<string> Campaigns { get; } = [.. suite.Campaigns.Select(campaign => campaign.Name)];

    /// <summary>The requirements that the suite reports.</summary>
    public static IReadOnlyList<Requirement> Requirements { get; } = [.. suite.Requirements.Where(row => AllSuites.WhyUnchecked(row) is null)];

    private static IEnumerable<TestCaseData> Rows => Requirements.Select(row => new TestCaseData(row.Id).SetArgDisplayNames(row.Name));

    /// <summary>Opens the driver and looks at it.</summary>
    [OneTimeSetUp]
    public void Open() => running = suite.Accept(new RunningSuites(address, PlanCount));

    /// <summary>Releases the driver.</summary>
    [OneTimeTearDown]
    public void Close() => running?.Dispose();

    /// <summary>
    /// Runs a campaign. It fails when the harness could not do its work, or the campaign did not see what it is for: what a driver did wrong is reported by the
    /// requirement.
    /// </summary>
    [TestCaseSource(nameof(Campaigns))]
    public void Campaign(string campaign)
    {
        if (!running!.CanRun)
            Assert.Ignore($"{address}: {running.WhyNot(Requirements[0])}");
        Assert.That(running.Run(campaign), Is.Empty, address);
        Assert.That(
            running.Ledger.Findings.All.Where(finding => finding.Campaign == campaign && finding.Requirements.Count == 0).Select(FindingText.Of),
            Is.Empty,
            $"{address}: differences of which no requirement speaks"
        );
    }

    /// <summary>Reports a requirement: violated, kept, or not exercised with the reason.</summary>
    [TestCaseSource(nameof(Rows))]
    [DependsOnTest(nameof(Campaign), AllowFailure = true)]
    public void Requirement(RequirementId id)
    {
        var row = Catalogue.Of(id);
        var ledger = running!.Ledger;
        var cards = string.Join(
            '\n',
            ledger.Findings.All.Where(finding => finding.Requirements.Count == 0 || finding.Requirements.Contains(row.Name)).Select(FindingText.Of)
        );
        if (ledger.Violated(id) > 0)
            Assert.Fail($"{address} breaks {row.Name}: {row.Statement}\n{cards}");
        if (ledger.Warned(id) > 0)
            Assert.Warn($"{address} does not keep {row.Name} ({row.Strength.Name()}): {row.Statement}\n{cards}");
        if (ledger.Exercised(id) > 0)
            return;
        var reason = running.WhyNot(row);
        if (reason is null)
            Assert.Fail($"{address}: {row.Name} was not exercised, and nothing says why");
        Assert.Ignore($"{address}: {reason}");
    }
}
