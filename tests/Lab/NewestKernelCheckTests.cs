using Conformance.Model.Requirements;
using Conformance.Reports;
using NUnit.Framework;

namespace Conformance.Tests.Lab;

/// <summary>
/// The self-built kernel, which alone has what came with 7.2, is asked for that and nothing else: its whole run (labs/kernel/README.md) is longer than both of
/// those of Debian's kernels, and KernelExpectationsTests judge it as it was recorded.
/// </summary>
[Parallelizable(ParallelScope.Self)]
[Category("lab")]
public sealed class NewestKernelCheckTests
{
    private const string Kernel = "7.2";

    // mtty has PRE_COPY, and says nowhere that it ever reports REINIT.
    private static readonly string[] notOfMtty = ["ABI-16", "PINFO2-03", "PINFO2-10", "PINFO2-12"];

    [Test]
    public void What_came_with_it_is_asked_and_kept()
    {
        KernelLab.BootCommand(Kernel);
        var newest = Catalogue.All.Where(row => row.Level == UapiLevel.V7_2).Select(row => row.Name).ToList();
        Assert.That(newest, Has.Count.GreaterThanOrEqualTo(16));
        var check = LabCheck.Run(
            $"vfio:{KernelLab.FirstDevice}?guest=labs/kernel/boot --kernel {Kernel}&peer={KernelLab.SecondDevice}",
            "--strict",
            "--requirement",
            string.Join(',', newest),
            "--expect",
            KernelLab.Expectations(Kernel)
        );
        Assert.That(check.Code, Is.EqualTo(0), check.Output);
        var rows = check.Document.Requirements.Where(row => newest.Contains(row.Id)).ToList();
        Assert.That(rows.Where(row => row.Verdict == RequirementVerdict.NotExercised).Select(row => row.Id), Is.EquivalentTo(notOfMtty));
        Assert.That(rows.Where(row => !notOfMtty.Contains(row.Id)).Select(row => row.Verdict), Has.All.EqualTo(RequirementVerdict.Pass));
    }
}
