using NUnit.Framework;

namespace Conformance.Tests.Lab;

/// <summary>
/// A finding of a driver in a guest is confirmed outside of the kit: its section names the program. What they end with is held where the labs are.
/// </summary>
[Category("quick")]
public sealed class FindingsPageTests
{
    private static readonly FindingsPage[] pages = [HisiPage.Findings, KernelLab.Findings];

    [Test]
    public void Every_finding_names_a_program_of_its_own_and_the_lab_runs_it([Range(0, 1)] int page)
    {
        var programs = pages[page].Of("trixie").Select(finding => finding.Program).ToList();
        Assert.That(programs, Is.Unique.And.EquivalentTo(pages[page].Listed.Select(line => line.Split(' ')[0]).Distinct()));
    }

    [TestCase("-", ExpectedResult = "exit code 0")]
    [TestCase("violation, until the device is opened again", ExpectedResult = "exit code 1")]
    [TestCase("warning", ExpectedResult = "exit code 1")]
    [TestCase("no PRE_COPY", ExpectedResult = "exit code 2")]
    [TestCase("not asked", ExpectedResult = "exit code 2")]
    [TestCase("crash", ExpectedResult = "ended the guest")]
    [TestCase("hang", ExpectedResult = "ended the guest")]
    public string What_a_cell_says_is_how_a_program_ends(string cell) => FindingsPage.End(cell);
}
