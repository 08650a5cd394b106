using Conformance.Drivers;
using Conformance.Engine.Migration;
using Conformance.Engine.Smmu;
using Conformance.Engine.Workers;
using Conformance.Model.Migration.Device;
using Conformance.Model.Migration.Oracle;
using Conformance.Model.Migration.Steps;
using Conformance.Model.Requirements;
using Conformance.Suites.Migration;
using Conformance.Suites.Seam;
using Conformance.Suites.Smmu;
using Conformance.Tests.Support;
using NUnit.Framework;

namespace Conformance.Tests.Workers;

[Category("quick")]
public sealed class JournalTests
{
    private string path = "";

    [SetUp]
    public void Name() => path = Path.Combine(Path.GetTempPath(), Path.GetRandomFileName());

    [TearDown]
    public void Delete() => File.Delete(path);

    [Test]
    public void What_one_mapping_writes_the_other_reads()
    {
        using var reader = Journal.Create(path);
        using var writer = Journal.Open(path);
        Assert.That(reader.Read(), Has.Property(nameof(JournalEntry.Number)).EqualTo(-1));
        writer.Begin(2, 7, MigrationLanguage.Instance, Plan.Of(Step.Get, Step.Set(DeviceState.Stop)), PlanPhase.Shrink);
        var before = reader.Counter;
        writer.Enter(1, RequirementId.MIG_FSM_06);
        var entry = reader.Read();
        Assert.Multiple(() =>
        {
            Assert.That(reader.Counter, Is.GreaterThan(before));
            Assert.That(entry.InCall, Is.True);
            Assert.That((entry.Campaign, entry.Number, entry.Step), Is.EqualTo((2, 7, 1)));
            Assert.That(entry.Requirement, Is.EqualTo(RequirementId.MIG_FSM_06));
            Assert.That(entry.Phase, Is.EqualTo(PlanPhase.Shrink));
            Assert.That(MigrationLanguage.Instance.Recall(new(entry.Plan)).Steps, Is.EqualTo(new[] { Step.Get, Step.Set(DeviceState.Stop) }));
        });
        writer.Leave();
        Assert.That(reader.Read().InCall, Is.False);
        writer.Enter(0);
        Assert.That(reader.Read().InCall, Is.True);
    }

    /// <summary>A driver that does not live through its second opening does so in the plan that is looked at, not in the first of all.</summary>
    [TestCase("reference:full", TypeArgs = [typeof(MigrationSuite), typeof(MigrationMachine), typeof(Plan)])]
    [TestCase("reference:smmuv3", TypeArgs = [typeof(SmmuSuite), typeof(SceneTarget), typeof(Scene)])]
    public void A_driver_that_is_opened_anew_leaves_the_plan_where_it_is<TSuite, TDevice, TPlan>(string driver)
        where TSuite : Suite<TDevice, TPlan>, new()
        where TDevice : class
        where TPlan : class
    {
        using var journal = Journal.Create(path);
        var suite = new TSuite();
        var address = DriverSchemes.Parse(driver);
        using var opened = suite.Open(address, OpenOptions.Plain, journal);
        var bench = suite.BenchOf(opened, address, OpenOptions.Plain, journal)!;
        journal.Begin(3, 7, MigrationLanguage.Instance, Plan.Of(Step.Get, Step.Get), PlanPhase.Shrink);
        var before = journal.Counter;
        using var fresh = bench.OpenFresh!();
        var entry = journal.Read();
        Assert.That((entry.Campaign, entry.Number, entry.Phase), Is.EqualTo((3, 7, PlanPhase.Shrink)));
        Assert.That(MigrationLanguage.Instance.Recall(new(entry.Plan)).Steps, Has.Count.EqualTo(2));
        Assert.That(journal.Counter, Is.GreaterThan(before), "its calls are watched");
    }

    [Test]
    public void Of_a_plan_that_is_too_long_only_the_step_is_kept()
    {
        using var journal = Journal.Create(path);
        journal.Begin(0, 0, MigrationLanguage.Instance, new Plan([.. Enumerable.Repeat(Step.Get, Journal.MaxPlan + 5)]));
        journal.Enter(Journal.MaxPlan + 3);
        Assert.That((journal.Read().Plan.IsEmpty, journal.Read().Step), Is.EqualTo((true, Journal.MaxPlan + 3)));
        journal.Begin(0, 1, MigrationLanguage.Instance, Plan.Of(Step.Get));
        Assert.That(journal.Read().Plan.IsEmpty, Is.False);
    }

    [Test]
    public void Other_files_are_refused()
    {
        File.WriteAllText(path, "hello");
        Assert.Throws<InvalidDataException>(() => Journal.Open(path));
        File.Delete(path);
        using (Journal.Create(path)) { }

        File.WriteAllBytes(path, new byte[new FileInfo(path).Length]);
        Assert.Throws<InvalidDataException>(() => Journal.Open(path));
    }

    // A worker that went wild may write anything.
    [Test]
    public void Any_bytes_can_be_read()
    {
        using (Journal.Create(path)) { }

        var random = new Random(1);
        var bytes = File.ReadAllBytes(path);
        for (var round = 0; round < 200; round++)
        {
            random.NextBytes(bytes.AsSpan(8, 80));
            File.WriteAllBytes(path, bytes);
            using var journal = Journal.Open(path);
            var entry = journal.Read();
            Assert.That(entry.Step, Is.GreaterThanOrEqualTo(-1));
            Assert.That(entry.Plan.Length, Is.InRange(0, Journal.MaxPlan));
            Assert.That(() => LostPlans.Of(new(DeathKind.Crash, entry, "", ""), MigrationLanguage.Instance), Throws.Nothing);
        }
    }

    [Test]
    public void A_step_allocates_nothing()
    {
        using var journal = Journal.Create(path);
        IJournal seen = journal;
        Spin(seen, 100_000);
        Assert.That(Allocation.Least(() => Spin(seen, 1_000_000)), Is.LessThan(1_000));

        static void Spin(IJournal journal, int count)
        {
            for (var step = 0; step < count; step++)
                journal.Enter(step);
        }
    }

    [TestCase("")]
    [TestCase("3,5")]
    [TestCase("3,7s,-12")]
    public void Skip_lists_survive_the_command_line(string text)
    {
        Assert.That(SkipList.TryParse(text, out var list), Is.True);
        Assert.That(list!.ToString(), Is.EqualTo(text));
    }

    [TestCase("x")]
    [TestCase("-3s")]
    [TestCase("s")]
    [TestCase("-")]
    [TestCase("99999999999")]
    public void Other_words_are_no_skip_list(string text) => Assert.That(SkipList.TryParse(text, out _), Is.False);
}
