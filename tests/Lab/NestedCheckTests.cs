using Conformance.Model.Requirements;
using Conformance.Reports;
using Conformance.Tests.Support;
using NUnit.Framework;

namespace Conformance.Tests.Lab;

/// <summary>The command, as a user runs it, on the kernel with nested stages.</summary>
[TestFixture]
[Parallelizable(ParallelScope.Self)]
[Category("lab")]
public sealed class NestedCheckTests
{
    // Those that take moments each: of the host alone, and of the host with the kit's VMM on it.
    private static readonly string[] campaigns =
    [
        "object-errnos",
        "physical-entries",
        "completed-commands",
        "virtual-events",
        "capabilities",
        "nested-translation",
        "stage-one-push",
    ];

    // Of docs/findings/iommufd.md: what the kernel counts, and what QEMU's SMMU records and translates.
    private static readonly string[] deviations = ["SMMU-NEST-03", "SMMU-NEST-04", "SMMU-NEST-06", "SMMU-NEST-11", "SMMU-NEST-12"];

    private static readonly string[] passed =
    [
        "SMMU-NEST-01",
        "SMMU-NEST-02",
        "SMMU-NEST-05",
        "SMMU-NEST-07",
        "SMMU-NEST-08",
        "SMMU-NEST-09",
        "SMMU-NEST-10",
        "SMMU-NEST-13",
        "SMMU-NEST-19",
        "DIRTY-12",
        "DIRTY-18",
    ];

    private static string Expectations => Clone.File("labs", "nested", "expectations", "7.2.json");

    [Test]
    public void The_kernel_keeps_what_it_is_asked_or_is_known_not_to()
    {
        var check = LabCheck.Run(NestedLab.Address(), "--strict", "--expect", Expectations, "--campaign", string.Join(',', campaigns));
        var document = Judged(check);
        Assert.That(check.Code, Is.EqualTo(0), check.Output);
        Assert.That(document.Campaigns.Where(campaign => campaign.Plans > 0).Select(campaign => campaign.Name), Is.EquivalentTo(campaigns));
        Assert.That(With(document, RequirementVerdict.ExpectedDeviation), Is.EquivalentTo(deviations));
        Assert.That(With(document, RequirementVerdict.Pass), Is.EquivalentTo(passed));
    }

    /// <summary>The second problem of the document, with real DMA: nobody tells the destination's host of stage 1.</summary>
    [Test]
    public void A_VMM_that_forgets_the_push_is_found()
    {
        var check = LabCheck.Run(NestedLab.Address("&vmm=no-post-load-push"), "--expect", Expectations, "--campaign", "stage-one-push");
        var finding = Judged(check).Findings.First(one => one.Verdict == RequirementVerdict.Violation);
        Assert.That(check.Code, Is.EqualTo(1), check.Output);
        Assert.That(finding.Requirements[0], Is.EqualTo("HANDOVER-06"), check.Output);
        Assert.That(finding.Facts, Is.SupersetOf(["kind=dma", "host=destination", "stream=translate"]));
    }

    private static IEnumerable<string> With(ResultDocument document, RequirementVerdict verdict) =>
        document.Requirements.Where(row => row.Verdict == verdict).Select(row => row.Id);

    private static ResultDocument Judged(LabCheck check)
    {
        Assert.That(check.Document.HarnessErrors, Is.Empty);
        Assert.That(check.Document.Campaigns.Where(campaign => campaign.Abandoned is not null), Is.Empty);
        Assert.That(check.Document.Driver.Identity.Select(fact => fact.Value), Has.Some.StartsWith("Linux 7.2"));
        return check.Document;
    }
}
