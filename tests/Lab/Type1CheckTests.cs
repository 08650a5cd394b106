using Conformance.Model.Requirements;
using Conformance.Reports;
using NUnit.Framework;

namespace Conformance.Tests.Lab;

/// <summary>
/// The command, as a user runs it, on containers of type 1 of real kernels: with a group that tells nobody what it writes, with mtty, whose driver would pin
/// and never does, on arm64 with edu behind an SMMUv3, and with the device of labs/type1, which pins on request, beside both of the others.
/// </summary>
[TestFixture("hisi", "trixie", HisiLab.FirstDevice)]
[TestFixture("hisi", "bookworm", HisiLab.FirstDevice)]
[TestFixture("kernel", "trixie", KernelLab.FirstDevice)]
[TestFixture("nested", "", "0000:00:03.0")]
[TestFixture("type1", Type1Lab.Kernel, Type1Lab.Pinner)]
[Parallelizable(ParallelScope.Self)]
[Category("lab")]
public sealed class Type1CheckTests(string lab, string kernel, string device)
{
    private static readonly string[] both = ["DIRTY-13", "DIRTY-14"];

    // What mtty's container reports is up to it: none of its pages is due.
    private string[] Keeps => lab == "kernel" ? both[1..] : both;

    private string Boot => lab == "nested" ? $"'{NestedLab.Boot()}'" : KernelLab.BootCommand(lab, kernel);

    private string Beside => lab == "type1" ? $"&beside={Type1Lab.Silent},{Type1Lab.Idle}" : "";

    [Test]
    public void The_kernel_keeps_what_it_is_asked()
    {
        var check = LabCheck.Run($"type1:{device}?guest={Boot}{Beside}", "--strict");
        Assert.That(check.Code, Is.EqualTo(0), check.Output);
        Assert.That(check.Document.HarnessErrors, Is.Empty);
        var passed = check.Document.Requirements.Where(row => row.Verdict == RequirementVerdict.Pass).ToList();
        Assert.That(passed.Select(row => row.Id), Is.EquivalentTo(Keeps));
        Assert.That(passed.Select(row => row.Exercised), Has.All.GreaterThan(10));
    }
}
