using Conformance.Model.Requirements;
using Conformance.Reports;
using NUnit.Framework;

namespace Conformance.Tests.Lab;

/// <summary>
/// The command, as a user runs it, on containers of type 1 of real kernels: with a group that tells nobody what it writes, and with mtty, whose driver would
/// pin and never does.
/// </summary>
[TestFixture("hisi", "trixie")]
[TestFixture("hisi", "bookworm")]
[TestFixture("hisi", "7.2")]
[TestFixture("kernel", "trixie")]
[Parallelizable(ParallelScope.Self)]
[Category("lab")]
public sealed class Type1CheckTests(string lab, string kernel)
{
    private static readonly string[] both = ["DIRTY-13", "DIRTY-14"];

    private bool IsSilent => lab == "hisi";

    [Test]
    public void The_kernel_keeps_what_it_is_asked()
    {
        KernelLab.BootCommand(lab, kernel);
        var device = IsSilent ? HisiLab.FirstDevice : KernelLab.FirstDevice;
        var check = LabCheck.Run($"type1:{device}?guest=labs/{lab}/boot --kernel {kernel}", "--strict");
        Assert.That(check.Code, Is.EqualTo(0), check.Output);
        Assert.That(check.Document.HarnessErrors, Is.Empty);
        var passed = check.Document.Requirements.Where(row => row.Verdict == RequirementVerdict.Pass).ToList();
        Assert.That(passed.Select(row => row.Id), Is.EquivalentTo(IsSilent ? both : both[1..]));
        Assert.That(passed.Select(row => row.Exercised), Has.All.GreaterThan(10));
    }
}
