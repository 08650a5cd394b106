using Conformance.Reports;
using Conformance.Tests.Support;
using NUnit.Framework;

namespace Conformance.Tests.Lab;

/// <summary>
/// The command, as a user runs it, on the driver of HiSilicon's accelerators with a workload: plans make functions ready, so that one run has images of both
/// lengths and sees what a load restores.
/// </summary>
[Parallelizable(ParallelScope.Self)]
[Category("lab")]
public sealed class HisiWorkloadCheckTests
{
    // What the runs without a workload have, and what the stream of a function that nobody set up leaves as it was.
    private static readonly string[] deviations =
    [
        "MIG-FD-10",
        "MIG-FD-20",
        "MIG-PRE-06",
        "MIG-RES-03",
        "MIG-RES-05",
        "MIG-RES-06",
        "MIG-RES-11",
        "MIG-RES-19",
        "MIG-RES-20",
    ];

    // What nothing but a workload can show.
    private static readonly string[] ofContents = ["MIG-STOP-17", "MIG-RES-08", "MIG-RES-27"];

    [Test]
    public void The_expectations_of_a_run_with_a_workload_are_exact()
    {
        KernelLab.BootCommand("hisi", "trixie");
        var check = LabCheck.Run(
            $"vfio:{HisiLab.FirstDevice}?guest=labs/hisi/boot --kernel trixie&peer={HisiLab.SecondDevice}&traits={HisiLab.Traits}&workload=hisi_acc",
            "--strict",
            "--plans",
            "16",
            "--expect",
            HisiLab.Expectations("trixie-workload")
        );
        Assert.That(check.Code, Is.Zero, check.Output);
        var document = check.Document;
        // Of an entry that nothing matched, a whole run says that it is to go.
        Assert.That(document.ExpectationErrors, Is.Empty);
        Assert.That(document.HarnessErrors, Is.Empty);
        Assert.That(document.Campaigns.Where(campaign => campaign.Abandoned is not null), Is.Empty);
        Assert.That(document.Requirements.Where(row => row.Verdict == RequirementVerdict.ExpectedDeviation).Select(row => row.Id), Is.EquivalentTo(deviations));
        Assert.That(
            document.Requirements.Where(row => ofContents.Contains(row.Id)).Select(row => row.Verdict),
            Is.EqualTo(Enumerable.Repeat(RequirementVerdict.Pass, ofContents.Length))
        );
    }
}
