using Conformance.Model.Requirements;
using Conformance.Reports;
using NUnit.Framework;

namespace Conformance.Tests.Lab;

/// <summary>The command, as a user runs it, on the kernel with nested stages.</summary>
[TestFixture]
[Parallelizable(ParallelScope.Self)]
[Category("lab")]
public sealed class NestedCheckTests
{
    private static readonly string[] campaigns = ["object-errnos", "physical-entries", "virtual-events", "capabilities"];

    private static readonly string[] exercised =
    [
        "SMMU-NEST-07",
        "SMMU-NEST-08",
        "SMMU-NEST-09",
        "SMMU-NEST-10",
        "SMMU-NEST-11",
        "SMMU-NEST-12",
        "SMMU-NEST-13",
        "SMMU-NEST-19",
        "DIRTY-12",
        "DIRTY-18",
    ];

    [Test]
    public void The_kernel_keeps_what_it_is_asked()
    {
        var check = LabCheck.Run(NestedLab.Address(), "--campaign", string.Join(',', campaigns));
        var document = Judged(check);
        Assert.That(check.Code, Is.EqualTo(0), check.Output);
        Assert.That(document.Campaigns.Where(campaign => campaign.Plans > 0).Select(campaign => campaign.Name), Is.EquivalentTo(campaigns));
        var rows = document.Requirements.Where(row => row.Verdict != RequirementVerdict.NotExercised).ToList();
        Assert.That(rows.Select(row => row.Id), Is.EquivalentTo(exercised));
        Assert.That(rows.Select(row => row.Verdict), Has.All.EqualTo(RequirementVerdict.Pass));
    }

    private static ResultDocument Judged(LabCheck check)
    {
        Assert.That(check.Document.HarnessErrors, Is.Empty);
        Assert.That(check.Document.Campaigns.Where(campaign => campaign.Abandoned is not null), Is.Empty);
        Assert.That(check.Document.Driver.Identity.Select(fact => fact.Value), Has.Some.StartsWith("Linux 7.2"));
        return check.Document;
    }
}
