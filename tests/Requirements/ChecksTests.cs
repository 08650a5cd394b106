using Conformance.Drivers.Faults;
using Conformance.Engine.Campaigns;
using Conformance.Model.Contract;
using Conformance.Model.Requirements;
using Conformance.Suites;
using Conformance.Suites.Migration;
using Conformance.Suites.Proof;
using Conformance.Suites.Smmu;
using NUnit.Framework;

namespace Conformance.Tests.Requirements;

/// <summary>Whether a requirement is checked follows from campaigns and faults.</summary>
public sealed class ChecksTests
{
    private static IReadOnlyList<ICampaign> Campaigns { get; } = AllSuites.Campaigns;

    [Test]
    public void A_requirement_is_checked_when_a_campaign_aims_at_it_and_a_fault_proves_it()
    {
        foreach (var row in Catalogue.All.Where(row => row.Uncheckable is null))
            Assert.That(
                Checks.Missing(row, Campaigns) is null,
                Is.EqualTo(Campaigns.Any(campaign => campaign.Aims.Contains(row.Id)) && FaultCatalogue.All.Any(fault => fault.Requirements.Contains(row.Id))),
                row.Name
            );
    }

    [Test]
    public void What_is_checked_can_be_observed()
    {
        var all = Catalogue.All.Where(row => Checks.Missing(row, Campaigns) is null).ToList();
        Assert.That(all, Is.Not.Empty);
        Assert.That(all.Where(row => row.Channels == Channels.None).Select(row => row.Name), Is.Empty);
    }

    [Test]
    public void Says_what_is_missing()
    {
        var row = Catalogue.Of(RequirementId.MIG_FSM_06);
        Assert.That(Checks.Missing(row, Campaigns), Is.Null);
        Assert.That(Checks.Missing(row, [.. SmmuCampaigns.All]), Is.EqualTo("not checked yet: suite 'migration' has no campaigns"));
        Assert.That(Checks.Missing(row, [new Aimless()]), Is.EqualTo("not checked yet: no campaign aims at it"));
        var unproven = Catalogue.Of(RequirementId.MIG_FSM_25) with { Uncheckable = null };
        Assert.That(Checks.Missing(unproven, [new Aimless(unproven.Id) { Suite = unproven.Suite }]), Is.EqualTo("not checked yet: no fault proves the check"));
        Assert.That(Checks.Missing(Catalogue.Of(RequirementId.MIG_FSM_25), Campaigns), Does.StartWith("latitude"));
    }

    // A campaign that no longer aims at what it was made for would otherwise turn a check into "not checked yet" in silence.
    [Test]
    public void What_a_fault_is_there_for_is_checked() =>
        Assert.That(
            FaultCatalogue
                .All.Select(fault => (fault.Name, Row: Catalogue.Of(fault.Requirements[0])))
                .Where(pair => Checks.Missing(pair.Row, Campaigns) is not null)
                .Select(pair => $"{pair.Name}: {pair.Row.Name}"),
            Is.Empty
        );

    // A campaign that aims at what no fault can break, or a fault of what no campaign asks, is half a check.
    [Test]
    public void Campaigns_aim_at_what_a_fault_proves_or_the_oracle_grants() =>
        Assert.That(
            Campaigns
                .SelectMany(campaign => campaign.Aims)
                .Distinct()
                .Select(Catalogue.Of)
                .Where(row => Checks.Missing(row, Campaigns) is { } why && why != row.Uncheckable),
            Is.Empty
        );

    private sealed class Aimless(params RequirementId[] aims) : ICampaign
    {
        public string Name => "aimless";

        public string Suite { get; init; } = MigrationCampaigns.Suite;

        public IReadOnlyList<RequirementId> Aims => aims;
    }
}
