using System.Globalization;
using System.Text;
using Conformance.Drivers;
using Conformance.Engine.Ledgers;
using Conformance.Engine.Lockstep;
using Conformance.Engine.Migration;
using Conformance.Engine.Plans;
using Conformance.Engine.Workers;
using Conformance.Model.Migration.Device;
using Conformance.Model.Migration.Oracle;
using Conformance.Model.Migration.Steps;
using Conformance.Model.Requirements;
using Conformance.Suites.Migration;
using Conformance.Suites.Proof;
using NUnit.Framework;

namespace Conformance.Suites.NUnit;

/// <summary>The migration suite under <c>dotnet test</c>: campaigns fill the ledger, and one case per requirement reports it.</summary>
/// <param name="address">The driver.</param>
[TestFixtureSource(typeof(DriverAddresses), nameof(DriverAddresses.Chosen))]
public sealed class MigrationSuite(string address)
{
    private const int PlanCount = 256;

    private readonly Ledger ledger = new();
    private IMigrationTarget? target;
    private SurveyResult? survey;
    private LockstepRunner? lockstep;

    private static IEnumerable<ICampaign> Campaigns => MigrationCampaigns.All;

    /// <summary>The requirements that the suite reports.</summary>
    public static IReadOnlyList<Requirement> Requirements { get; } =
    [.. Catalogue.All.Where(row => row.Group.Suite() == MigrationCampaigns.Suite && Checks.Missing(row, MigrationCampaigns.All) is null)];

    private static IEnumerable<TestCaseData> Rows => Requirements.Select(row => new TestCaseData(row.Id).SetArgDisplayNames(row.Name));

    /// <summary>Opens the driver and looks at it.</summary>
    [OneTimeSetUp]
    public void Open()
    {
        target = DriverSchemes.Parse(address).Open<IMigrationTarget>();
        survey = Survey.Look(target, NullJournal.Instance);
        ledger.Add(survey.Ledger);
        if (survey.Machine is not null)
            lockstep = new(target, survey.Machine, NullJournal.Instance);
    }

    /// <summary>Releases the driver.</summary>
    [OneTimeTearDown]
    public void Close() => target?.Dispose();

    /// <summary>Runs a campaign. It fails only when the harness could not do its work: what a driver did wrong is reported by the requirement.</summary>
    [TestCaseSource(nameof(Campaigns))]
    public void Campaign(ICampaign campaign)
    {
        if (lockstep is null)
            Assert.Ignore($"{address}: unknown feature set 0x{survey!.Flags:x}");
        var index = Campaigns.TakeWhile(other => other.Name != campaign.Name).Count();
        var run = CampaignRunner.Run(campaign, index, new(lockstep.Machine, 1, PlanCount), lockstep, SkipList.Empty, NullJournal.Instance);
        ledger.Add(run.Ledger);
        Assert.That(run.HarnessErrors, Is.Empty, address);
        Assert.That(
            run.Ledger.Findings.Where(finding => finding.Rules.IsNone).Select(Card),
            Is.Empty,
            $"{address}: hangs and crashes of which no requirement speaks"
        );
    }

    /// <summary>Reports a requirement: violated, kept, or not exercised with the reason.</summary>
    [TestCaseSource(nameof(Rows))]
    [DependsOnTest(nameof(Campaign), AllowFailure = true)]
    public void Requirement(RequirementId id)
    {
        var row = Catalogue.Of(id);
        var findings = ledger.Findings.Where(finding => finding.Rules.Has(id) || finding.Rules.IsNone).Select(Card).ToList();
        if (ledger.Violated(id) > 0)
            Assert.Fail($"{address} breaks {row.Name}: {row.Statement}\n{string.Join('\n', findings)}");
        if (ledger.Warned(id) > 0)
            Assert.Warn($"{address} does not keep {row.Name} ({row.Strength}): {row.Statement}\n{string.Join('\n', findings)}");
        if (ledger.Exercised(id) > 0)
            return;
        var reason = NotExercised.Reason(survey!.Machine, row);
        if (reason is null)
            Assert.Fail($"{address}: {row.Name} was not exercised, and nothing says why");
        Assert.Ignore($"{address}: {reason}");
    }

    private static string Card(Finding finding)
    {
        var text = new StringBuilder();
        text.Append(CultureInfo.InvariantCulture, $"  expected: {finding.Expected}\n  seen:     {finding.Seen}\n");
        for (var i = 0; i < finding.Plan.Steps.Count; i++)
            text.Append(CultureInfo.InvariantCulture, $"  {(i == finding.FailingStep ? '>' : ' ')}{i + 1, 3}. {finding.Plan.Steps[i]}\n");
        return text.ToString();
    }
}
