using Conformance.Drivers.Addresses;
using Conformance.Drivers.Reference.HisiAcc;
using Conformance.Drivers.VfioCore;
using Conformance.Engine.Campaigns;
using Conformance.Model.Contract;
using Conformance.Model.Migration.Device;
using Conformance.Model.Migration.Oracle;
using Conformance.Model.Migration.Steps;
using Conformance.Model.Requirements;
using Conformance.Reports;
using Conformance.Tests.Migration;
using Conformance.Tests.Support;
using NUnit.Framework;

namespace Conformance.Tests.Lab;

/// <summary>
/// The command, as a user runs it, on the driver of HiSilicon's accelerators: on functions that no guest's driver has set up, and on ready ones. A second
/// function is the other end of migrations.
/// </summary>
[TestFixture("trixie", false)]
[TestFixture("trixie", true)]
[TestFixture("bookworm", true)]
[TestFixture("7.2", false)]
[TestFixture("7.2", true)]
[Parallelizable(ParallelScope.Self)]
[Category("lab")]
public sealed class HisiCheckTests(string kernel, bool ready)
{
    // Pre-copy data end with 0; behind the first match nothing is compared.
    private static readonly string[] deviationsOfTrixie = ["MIG-PRE-06", "MIG-RES-05", "MIG-RES-06", "MIG-RES-11", "MIG-RES-19"];

    // Pre-copy data end with 0; what a write refused is loaded; behind the first match of an open nothing is compared.
    private static readonly string[] deviationsOfNewest =
    [
        "MIG-FD-16", // for its maintainers first
        "MIG-PRE-06",
        "MIG-RES-05",
        "MIG-RES-06",
        "MIG-RES-11",
        "MIG-RES-13",
        "MIG-RES-14",
        "MIG-RES-19",
    ];

    // Each piece of a stream is the first one, so that a device does not take its own stream back (MIG-RES-22) and a request that is on a way with such a load
    // fails; a session outlives its device, in both directions.
    private static readonly string[] deviationsOfBookworm =
    [
        "MIG-FSM-06",
        "MIG-FSM-07",
        "MIG-FD-08",
        "MIG-FD-09",
        "MIG-FD-10",
        "MIG-FD-16",
        "MIG-FD-20",
        "MIG-FD-27",
        "MIG-RES-15",
        "MIG-RES-22",
    ];

    // Once it has matched, 6.12 refuses no stream of 176 bytes for what is in it: then nobody can tell whether it would remember that it did.
    private static readonly string[] leftOutOfReadyTrixie = ["MIG-RES-13"];

    // What the driver in memory breaks and the real one does not: in memory each open is of a function into which nothing was loaded yet, so that it still
    // compares; the real one did for the last time when the first plan of the run had loaded something. HisiFindingsTests has the real one on such functions.
    private string[] OfFreshFunctions =>
        kernel == "trixie" ? ["MIG-RES-13", "MIG-RES-14"]
        // The driver in memory has nothing that its maintainers hear first.
        : kernel == "7.2" ? ["MIG-FD-16"]
        : [];

    // The kernels of Debian do not check their memory: all three are asked what those can be asked.
    private static bool IsForAll(ICampaign<MigrationMachine, Plan> campaign) =>
        campaign.Lacks(Kernel(ChannelCapabilities.Removal)) is null
        == campaign.Lacks(Kernel(ChannelCapabilities.Removal | ChannelCapabilities.ChecksMemory)) is null;

    private static MigrationMachine Kernel(ChannelCapabilities more) =>
        new(
            MigrationFeatures.StopCopy | MigrationFeatures.PreCopy,
            UapiLevel.V7_2,
            Channels.Kernel,
            ChannelCapabilities.Descriptors | ChannelCapabilities.Ioctl | ChannelCapabilities.ThrowAway | more,
            TraitsFile.Read(Clone.File("labs", "hisi", "traits.json")),
            hasLogging: false,
            hasReset: true
        );

    // The command's exit code when something mandatory was not exercised.
    private const int ExitOfNotExercised = 4;

    private LabCheck check = null!;

    private ResultDocument Document => check.Document;

    private IEnumerable<string> LeftOut =>
        Document.Requirements.Where(row => row.Mandatory && row.Verdict == RequirementVerdict.NotExercised).Select(row => row.Id);

    [OneTimeSetUp]
    public void Check()
    {
        KernelLab.BootCommand("hisi", kernel);
        var guest = $"labs/hisi/boot --kernel {kernel}{(ready ? " --model ready=1" : "")}";
        List<string> words =
        [
            $"vfio:{HisiLab.FirstDevice}?guest={guest}&peer={HisiLab.SecondDevice}&traits={HisiLab.Traits}",
            "--strict",
            "--expect",
            HisiLab.Expectations(kernel),
        ];
        if (kernel == "7.2")
            words.AddRange(["--campaign", string.Join(',', DirectRun.Campaigns.Where(IsForAll).Select(campaign => campaign.Name))]);
        check = LabCheck.Run(words);
    }

    [Test]
    public void Only_known_deviations_are_found()
    {
        Assert.That(check.Code, Is.EqualTo(LeftOut.Any() ? ExitOfNotExercised : 0), check.Output);
        Assert.That(Document.HarnessErrors, Is.Empty);
        // Of an entry that nothing matched, a run of some campaigns says no more than that.
        Assert.That(Document.Notes.Where(note => note.StartsWith("line ", StringComparison.Ordinal)), Is.Empty);
        Assert.That(Document.Campaigns.Where(campaign => campaign.Abandoned is not null), Is.Empty);
        Assert.That(
            Document.Requirements.Where(row => row.Verdict == RequirementVerdict.ExpectedDeviation).Select(row => row.Id),
            Is.EquivalentTo(
                kernel == "bookworm" ? deviationsOfBookworm
                : kernel == "trixie" ? deviationsOfTrixie
                : deviationsOfNewest
            )
        );
    }

    [Test]
    public void Everything_that_can_be_reached_is_reached()
    {
        Assert.That(Document.Coverage!.RequestPairs, Is.EqualTo(kernel == "bookworm" ? new CoverageSet(12, 12, 42) : new CoverageSet(20, 20, 42)));
        Assert.That(Document.Coverage.Arcs, Is.EqualTo(kernel == "bookworm" ? new CoverageSet(6, 6, 15) : new CoverageSet(9, 9, 15)));
        Assert.That(Document.Coverage.ArcPairs, Is.EqualTo(kernel == "bookworm" ? new CoverageSet(12, 12, 35) : new CoverageSet(18, 18, 35)));
    }

    /// <summary>The model refuses to pause a function, and the driver must say so: what nothing but an arc that fails can show.</summary>
    [Test]
    public void Arcs_that_the_model_makes_fail_are_judged()
    {
        string[] ofFailures = ["MIG-FSM-15", "MIG-STOP-14"];
        Assert.That(Document.Campaigns.Single(campaign => campaign.Name == "failing-arcs").Plans, Is.GreaterThan(0));
        var rows = Document.Requirements.Where(row => ofFailures.Contains(row.Id)).ToList();
        Assert.That(rows.Select(row => row.Verdict), Has.All.EqualTo(RequirementVerdict.Pass));
        Assert.That(rows.Select(row => row.Exercised), Has.All.GreaterThan(5));
    }

    /// <summary>The model counts what the driver does to it, and a finding shows that beside the steps.</summary>
    [Test]
    public void What_reached_the_device_is_shown() =>
        Assert.That(
            Document.Findings.SelectMany(finding => finding.Trace).Select(line => line.Note),
            Has.Some.StartsWith("the device got ").And.Some.Contains("mailbox command")
        );

    [Test]
    public void Nothing_mandatory_is_left_out() => Assert.That(LeftOut, Is.SubsetOf(kernel == "trixie" && ready ? leftOutOfReadyTrixie : []));

    /// <summary>
    /// docs/findings/hisi_acc.md has the verdicts of functions that are ready, requirement by requirement where one deviates, and in numbers. Of those that are
    /// not it says that they deviate in the same.
    /// </summary>
    [Test]
    public void The_page_says_what_was_found()
    {
        var found = Document.Requirements.ToDictionary(row => row.Id, HisiPage.Word);
        var matrix = HisiPage.Table("Three generations", kernel);
        Assert.That(
            found.Where(row => HisiPage.Deviates(row.Value)).Select(row => (row.Key, row.Value)),
            Is.EquivalentTo(matrix.Where(row => HisiPage.Deviates(row.Cell)))
        );
        if (!ready)
            return;
        Assert.That(matrix, Is.EqualTo(matrix.Select(row => (row.Row, found[row.Row]))));
        var counts = HisiPage.Table("What was exercised", kernel).Take(1 + Document.Requirements.Select(row => row.Group).Distinct().Count()).ToList();
        Assert.That(counts[^1].Row, Is.EqualTo("all"));
        Assert.That(
            counts,
            Is.EqualTo(counts.Select(row => (row.Row, HisiPage.Counts(Document.Requirements.Where(one => row.Row == "all" || one.Group == row.Row)))))
        );
    }

    /// <summary>The same campaigns on the driver in memory: of what both were asked, both keep a requirement or both break it.</summary>
    [Test]
    public void The_driver_in_memory_breaks_the_same_requirements()
    {
        var (habits, level) = kernel switch
        {
            "bookworm" => (HisiAccHabits.Linux61, UapiLevel.V6_1),
            "trixie" => (HisiAccHabits.Linux612, UapiLevel.V6_12),
            _ => (HisiAccHabits.Linux72, UapiLevel.V7_2),
        };
        using var target = new InProcessTarget(
            "reference:hisi_acc",
            Driver(),
            bound => new HisiAccCore(Driver(), habits, level, bound),
            InProcessTarget.DefaultDeadline,
            TraitsFile.Read(Clone.File("labs", "hisi", "traits.json"))
        );
        var (ledger, _, problems, _) = DirectRun.Of(target, only: IsForAll);
        Assert.That(problems, Is.Empty);
        var real = Document.Requirements.Where(row => row.Exercised > 0).ToDictionary(row => row.Id, row => row.Verdict != RequirementVerdict.Pass);
        var both = Catalogue.All.Where(row => ledger.Exercised(row.Id) > 0 && real.ContainsKey(row.Name)).ToList();
        Assert.That(both, Has.Count.GreaterThan(90));
        Assert.That(
            both.Where(row => ledger.Violated(row.Id) + ledger.Warned(row.Id) > 0 != real[row.Name]).Select(row => row.Name),
            Is.EquivalentTo(OfFreshFunctions.Intersect(both.Select(row => row.Name))),
            string.Join('\n', ledger.Findings.All.Select(FindingText.Of))
        );

        UnplayedHisiAcc Driver() => new(new HisiAccDriver(HisiAccReference.FeaturesAt(level), habits), ready);
    }
}
