using NUnit.Framework;

namespace Conformance.Tests.Lab;

/// <summary>
/// The findings of docs/findings/mtty.md without the kit: programs in C ask the driver in the guest of labs/kernel, and what each of them says is what the page
/// says of the kernel. Those that end the guest cost one each.
/// </summary>
[TestFixture("bookworm-backports")]
[TestFixture("trixie")]
[TestFixture("7.2")]
[Parallelizable(ParallelScope.Self)]
[Category("lab")]
public sealed class KernelConfirmTests(string kernel)
{
    private IReadOnlyList<ConfirmRun.Asked> ran = [];

    [OneTimeSetUp]
    public void Run() => ran = ConfirmRun.Of("kernel", kernel);

    [Test]
    public void All_that_are_listed_ran() => Assert.That(ran.Select(one => one.Line), Is.EqualTo(KernelLab.Findings.Listed));

    [Test]
    public void Each_finding_is_seen_where_the_page_says_and_nowhere_else()
    {
        using (Assert.EnterMultipleScope())
        {
            foreach (var (cell, program) in KernelLab.Findings.Of(kernel))
            {
                var asked = ran.Where(one => one.Program == program).ToList();
                Assert.That(asked.Select(one => one.End), Is.Not.Empty.And.All.EqualTo(FindingsPage.End(cell)), string.Join('\n', asked));
            }
        }
    }

    /// <summary>A guest that ended for another reason has not shown the finding.</summary>
    [Test]
    public void The_kernel_says_why_it_ended()
    {
        var ended = ran.Where(one => one.End == "ended the guest")
            .ToDictionary(one => one.Line.Replace("00000000-0000-0000-0000-000000000000", "CARD"), one => one.Said);
        Assert.That(ended["closed-in-resuming CARD"], Does.Contain("mutex_lock").And.Match("NULL pointer|null-ptr-deref"));
        if (kernel == "bookworm-backports")
            Assert.That(ended["blocked-request CARD"], Does.Contain("soft lockup").And.Contain("vfio_mig_get_next_state"));
        if (kernel != "7.2")
            return;
        Assert.That(ended["two-writers CARD"], Does.Contain("slab-out-of-bounds in _copy_from_user"));
        Assert.That(ended["removed-card CARD saving"], Does.Contain("slab-use-after-free in mtty_precopy_ioctl"));
        Assert.That(ended["removed-card CARD resuming"], Does.Contain("slab-use-after-free in mtty_resume_write"));
    }
}
