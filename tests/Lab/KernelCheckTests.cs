using System.Text.RegularExpressions;
using Conformance.Reports;
using NUnit.Framework;

namespace Conformance.Tests.Lab;

/// <summary>The command, as a user runs it, on kernels of Debian: all deviations are known, everything is asked, and the two runs share the machine.</summary>
[TestFixture("bookworm-backports")]
[TestFixture("trixie")]
[Parallelizable(ParallelScope.Self)]
[Category("lab")]
public sealed class KernelCheckTests(string kernel)
{
    // They are about the temporary end of pre-copy data, and mtty has none: MIG-PRE-06 ends each plan that gets there.
    private static readonly string[] behindTheEndOfPreCopy = ["MIG-PRE-08", "MIG-PRE-19"];

    private static readonly string[] groups =
    [
        "ABI",
        "MIG-FEAT",
        "MIG-FSM",
        "MIG-FD",
        "MIG-PRE",
        "MIG-STOP",
        "MIG-P2P",
        "MIG-RES",
        "MIG-ERR",
        "SIZE",
        "DLOG",
        "SEED",
    ];

    private LabCheck check = null!;

    private ResultDocument Document => check.Document;

    [OneTimeSetUp]
    public void Check()
    {
        KernelLab.BootCommand(kernel);
        // For a run that does not end: with overlapping calls one takes minutes, and twelve and more on a machine that is busy.
        check = LabCheck.Run(
            $"vfio:{KernelLab.FirstDevice}?guest=labs/kernel/boot --kernel {kernel}&peer={KernelLab.SecondDevice}",
            "--strict",
            "--shrink-budget",
            "10m",
            "--expect",
            KernelLab.Expectations(kernel)
        );
    }

    [Test]
    public void Only_known_deviations_are_found()
    {
        Assert.That(check.Code, Is.EqualTo(0), check.Output);
        Assert.That(Document.HarnessErrors, Is.Empty);
        // Without the build a report is no evidence.
        var build = Document.Driver.Identity.ToDictionary(fact => fact.Name, fact => fact.Value);
        Assert.That(build["kernel"], Does.StartWith("Linux ").And.Contain("Debian"));
        Assert.That(build["driver"], Does.Match("^mtty .*srcversion [0-9A-F]+$"));
        Assert.That(build["device"], Does.EndWith("mtty-2"));
        Assert.That(Document.Counts.ExpectedDeviation, Is.EqualTo(kernel == "trixie" ? 11 : 13));
    }

    [Test]
    public void Every_requirement_is_exercised_or_says_why_not()
    {
        var rows = Document.Requirements.Where(row => groups.Contains(row.Group)).ToList();
        Assert.That(rows.Where(row => row.Exercised > 0).Select(row => row.Group).Distinct(), Is.EquivalentTo(groups));
        Assert.That(
            rows.Where(row => row.Exercised == 0 && (string.IsNullOrEmpty(row.Reason) || row.Reason.StartsWith("nothing that ran", StringComparison.Ordinal)))
                .Select(row => row.Id)
                .Except(behindTheEndOfPreCopy),
            Is.Empty
        );
        Assert.That(rows.Where(row => row.Mandatory && row.Verdict == RequirementVerdict.NotExercised).Select(row => row.Id), Is.Empty);
    }

    [Test]
    public void Everything_that_can_be_reached_is_reached()
    {
        // What counts is an answer: on the older core SC>PC and SC>PP give none.
        Assert.That(Document.Coverage!.RequestPairs, Is.EqualTo(new CoverageSet(kernel == "trixie" ? 42 : 40, 42, 42)));
        Assert.That(Document.Coverage.Arcs, Is.EqualTo(new CoverageSet(15, 15, 15)));
        Assert.That(Document.Coverage.ArcPairs, Is.EqualTo(new CoverageSet(35, 35, 35)));
    }

    [Test]
    public void A_campaign_that_was_given_up_stays_visible()
    {
        string[] expected = kernel == "trixie" ? ["close-in-rs"] : ["close-in-rs", "blocked-requests"];
        Assert.That(Document.Campaigns.Where(campaign => campaign.Abandoned is not null).Select(campaign => campaign.Name), Is.EqualTo(expected));
        Assert.That(check.Output, Does.Contain("ABANDONED CAMPAIGNS").And.Contain("close-in-rs: given up after 3 hangs or crashes"));
    }

    /// <summary>Between cards of two types: what one saved is refused by the other, but for the header that is looked at once.</summary>
    [Test]
    public void The_images_of_the_other_type_are_refused()
    {
        var foreign = LabCheck.Run(
            $"vfio:{KernelLab.FirstDevice}?guest=labs/kernel/boot --kernel {kernel}&stranger={KernelLab.SinglePortDevice}",
            "--strict",
            "--campaign",
            "foreign-images",
            "--expect",
            KernelLab.Expectations(kernel)
        );
        Assert.That(foreign.Code, Is.EqualTo(0), foreign.Output);
        var row = foreign.Document.Requirements.Single(row => row.Id == "MIG-RES-06");
        Assert.That(row.Verdict, Is.EqualTo(RequirementVerdict.ExpectedDeviation));
        Assert.That(row.Exercised, Is.GreaterThan(20));
    }

    [Test]
    public void A_crash_brings_the_words_of_the_kernel()
    {
        var crashes = Document.Findings.Where(finding => finding.Kind == "crash").ToDictionary(finding => finding.Name, finding => finding.LastWords ?? "");
        Assert.That(crashes["MIG-ERR-19"], Does.StartWith("BUG: kernel NULL pointer dereference").And.Contain("Call Trace:").And.Contain("[mtty]"));
        if (kernel != "trixie")
            Assert.That(crashes["MIG-FSM-27"], Does.StartWith("watchdog: BUG: soft lockup").And.Contain("vfio_mig_get_next_state"));
        Assert.That(crashes.Values.Where(words => Regex.IsMatch(words, @"^\[ *\d+\.\d+\]", RegexOptions.Multiline)), Is.Empty);
    }
}
