using Conformance.Reports;
using NUnit.Framework;

namespace Conformance.Tests.Lab;

/// <summary>
/// The command, as a user runs it, on the driver of HiSilicon's accelerators: on functions that no guest's driver has set up, and on ready ones.
/// </summary>
[TestFixture("trixie", false)]
[TestFixture("trixie", true)]
[Parallelizable(ParallelScope.Self)]
[Category("lab")]
public sealed class HisiCheckTests(string kernel, bool ready)
{
    private LabCheck check = null!;

    private ResultDocument Document => check.Document;

    [OneTimeSetUp]
    public void Check()
    {
        KernelLab.BootCommand("hisi", kernel);
        check = LabCheck.Run(
            TimeSpan.FromMinutes(30),
            $"vfio:{HisiLab.FirstDevice}?guest=labs/hisi/boot --kernel {kernel}{(ready ? " --model ready=1" : "")}&traits={HisiLab.Traits}",
            "--strict",
            "--expect",
            HisiLab.Expectations(kernel)
        );
    }

    [Test]
    public void Only_known_deviations_are_found()
    {
        Assert.That(check.Code, Is.EqualTo(0), check.Output);
        Assert.That(Document.HarnessErrors, Is.Empty);
        Assert.That(Document.Campaigns.Where(campaign => campaign.Abandoned is not null), Is.Empty);
        Assert.That(Document.Requirements.Where(row => row.Verdict == RequirementVerdict.ExpectedDeviation).Select(row => row.Id), Is.EqualTo(["MIG-PRE-06"]));
    }

    [Test]
    public void Everything_that_can_be_reached_is_reached()
    {
        Assert.That(Document.Coverage!.RequestPairs, Is.EqualTo(new CoverageSet(20, 20, 42)));
        Assert.That(Document.Coverage.Arcs, Is.EqualTo(new CoverageSet(9, 9, 15)));
        Assert.That(Document.Coverage.ArcPairs, Is.EqualTo(new CoverageSet(18, 18, 35)));
    }

    [Test]
    public void Nothing_mandatory_is_left_out() =>
        Assert.That(Document.Requirements.Where(row => row.Mandatory && row.Verdict == RequirementVerdict.NotExercised).Select(row => row.Id), Is.Empty);
}
