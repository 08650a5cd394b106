using System.Globalization;
using System.Text;
using Conformance.Drivers;
using Conformance.Engine.Smmu;
using Conformance.Engine.Workers;
using Conformance.Model.Requirements;
using Conformance.Model.Smmu.Device;
using Conformance.Reports;
using Conformance.Suites.Proof;
using Conformance.Suites.Smmu;
using NUnit.Framework;

namespace Conformance.Suites.NUnit;

/// <summary>The smmu suite under <c>dotnet test</c>: campaigns fill the ledger, and one case per requirement reports it.</summary>
/// <param name="address">The SMMU.</param>
[TestFixtureSource(typeof(DriverAddresses), nameof(DriverAddresses.ChosenSmmus))]
public sealed class SmmuSuite(string address)
{
    private const int SceneCount = 256;

    private readonly SceneLedger ledger = new();
    private readonly List<Finding> findings = [];
    private ISmmuTarget? target;
    private SceneRunner? runner;

    private static IEnumerable<ISceneCampaign> Campaigns => SmmuCampaigns.All;

    private static IEnumerable<TestCaseData> Rows =>
        Catalogue
            .All.Where(row => row.Group.Suite() == SmmuCampaigns.Suite && Checks.Missing(row, SmmuCampaigns.All) is null)
            .Select(row => new TestCaseData(row.Id).SetArgDisplayNames(row.Name));

    /// <summary>Opens the SMMU and looks at it.</summary>
    [OneTimeSetUp]
    public void Open()
    {
        target = DriverSchemes.Parse(address).Open<ISmmuTarget>();
        runner = new(target);
    }

    /// <summary>Releases the SMMU.</summary>
    [OneTimeTearDown]
    public void Close() => target?.Dispose();

    /// <summary>Runs a campaign. What an SMMU does wrong is reported by the requirement, unless none speaks of it.</summary>
    [TestCaseSource(nameof(Campaigns))]
    public void Campaign(ISceneCampaign campaign)
    {
        var index = Campaigns.TakeWhile(other => other.Name != campaign.Name).Count();
        var run = SceneCampaignRunner.Run(campaign, index, runner!, new(1, SceneCount), SkipList.Empty, NullJournal.Instance);
        ledger.Add(run.Ledger);
        findings.AddRange(run.Findings);
        Assert.That(
            run.Findings.Where(finding => finding.Requirements.Count == 0).Select(Card),
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
        var about = findings.Where(finding => finding.Requirements.Contains(row.Name)).ToList();
        if (about.Any(finding => finding.Verdict != RequirementVerdict.Warning))
            Assert.Fail($"{address} breaks {row.Name}: {row.Statement}\n{string.Join('\n', about.Select(Card))}");
        if (about.Count > 0)
            Assert.Warn($"{address} does not keep {row.Name} ({row.Strength}): {row.Statement}\n{string.Join('\n', about.Select(Card))}");
        if (ledger.Exercised(id) > 0)
            return;
        var reason = SmmuNotExercised.Reason(runner!.Facts, row);
        if (reason is null)
            Assert.Fail($"{address}: {row.Name} was not exercised, and nothing says why");
        Assert.Ignore($"{address}: {reason}");
    }

    private static string Card(Finding finding)
    {
        var text = new StringBuilder();
        text.Append(CultureInfo.InvariantCulture, $"  expected: {finding.Expected}\n  seen:     {finding.Seen}\n");
        for (var i = 0; i < finding.Steps.Count; i++)
            text.Append(CultureInfo.InvariantCulture, $"  {(i == finding.FailingStep ? '>' : ' ')} {finding.Steps[i]}\n");
        foreach (var line in finding.Trace)
            text.Append(CultureInfo.InvariantCulture, $"    | {line.Observation}\n");
        return text.ToString();
    }
}
