using NUnit.Framework;

namespace Conformance.Tests.Lab;

/// <summary>
/// The findings of docs/findings/hisi_acc.md without the kit: programs in C ask the driver in the guest of labs/hisi, and what each of them says is what the
/// page says of the kernel, in both directions.
/// </summary>
[TestFixture("bookworm")]
[TestFixture("trixie")]
[TestFixture("7.2")]
[Parallelizable(ParallelScope.Self)]
[Category("lab")]
public sealed class HisiConfirmTests(string kernel)
{
    private IReadOnlyList<ConfirmRun.Asked> ran = [];

    [OneTimeSetUp]
    public void Run() => ran = ConfirmRun.Of("hisi", kernel);

    [Test]
    public void All_that_are_listed_ran() => Assert.That(ran.Select(one => one.Line), Is.EqualTo(HisiPage.Findings.Listed));

    [Test]
    public void Each_finding_is_seen_where_the_page_says_and_nowhere_else()
    {
        using (Assert.EnterMultipleScope())
        {
            foreach (var (cell, program) in HisiPage.Findings.Of(kernel))
            {
                var asked = ran.Where(one => one.Program == program && !IsControl(one)).ToList();
                Assert.That(asked.Select(one => one.End), Is.Not.Empty.And.All.EqualTo(FindingsPage.End(cell)), string.Join('\n', asked));
            }
        }
    }

    /// <summary>The finding that all three kernels have: where a stream was loaded each queue is rung.</summary>
    [Test]
    public void A_function_that_loaded_a_stream_has_its_queues_rung() =>
        Assert.That(ran.Where(IsControl).Select(one => one.End), Is.EqualTo([FindingsPage.Kept]));

    [Test]
    public void Only_a_match_that_the_page_says_ends_with_the_open_does()
    {
        var (cell, program) = HisiPage.Findings.Of(kernel).Single(finding => finding.Program == "one-match");
        var compares = cell == "-" || cell.EndsWith("until the device is opened again", StringComparison.Ordinal);
        Assert.That(ran.Single(one => one.Program == program).Said, Does.EndWith(compares ? ": compared" : ": not compared"));
    }

    // With a second function, whose stream is loaded.
    private static bool IsControl(ConfirmRun.Asked one) => one.Program == "no-doorbells" && one.Line.Count(letter => letter == ' ') == 2;
}
