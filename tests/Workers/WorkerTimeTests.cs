using Conformance.Engine.Workers;
using Conformance.Tests.Support;
using NUnit.Framework;

namespace Conformance.Tests.Workers;

/// <summary>The time that a worker had, by what the kernel and its heartbeat say: here a folder and a journal that the tests write.</summary>
[Category("quick")]
public sealed class WorkerTimeTests : FolderFixture
{
    private const int Worker = 100;

    [Test]
    public void The_thread_that_waited_longest_counts_in_all_processes()
    {
        Thread(Worker, Worker, delay: 7_000_000, children: "200 ");
        Thread(Worker, 101, delay: 1_000_000);
        Thread(200, 200, delay: 50_000_000);
        var times = new ProcessTimes(Worker, Folder);
        times.Begin();
        Assert.That(times.Waited(), Is.EqualTo(TimeSpan.Zero), "what was before is nothing");
        Thread(Worker, 101, delay: 4_000_000);
        Thread(200, 200, delay: 52_000_000);
        Assert.That(times.Waited(), Is.EqualTo(TimeSpan.FromMilliseconds(3)));
        Thread(200, 200, delay: 60_000_000);
        Assert.That(times.Waited(), Is.EqualTo(TimeSpan.FromMilliseconds(10)), "a process that the worker started");
        Thread(Worker, 102, delay: 30_000_000);
        Assert.That(times.Waited(), Is.EqualTo(TimeSpan.FromMilliseconds(30)), "a thread that began in between");
    }

    [TestCase("", TestName = "nothing is there")]
    [TestCase("5", TestName = "one word")]
    [TestCase("5 x 7", TestName = "no number")]
    [TestCase("5 -3 7", TestName = "a negative one")]
    public void What_the_kernel_does_not_say_is_nothing(string schedstat)
    {
        var times = new ProcessTimes(Worker, Folder);
        times.Begin();
        if (schedstat.Length > 0)
            Thread(Worker, Worker, schedstat);
        Assert.That((times.Waited(), times.State()), Is.EqualTo((TimeSpan.Zero, '?')));
    }

    [TestCase("100 (dotnet) T 1 1", 'T')]
    [TestCase("100 (a) T (b) S 1 1", 'S')]
    [TestCase("100 (dotnet)", '?')]
    public void The_state_stands_behind_the_last_parenthesis(string stat, char state)
    {
        Directory.CreateDirectory(Path.Combine(Folder, "100"));
        File.WriteAllText(Path.Combine(Folder, "100", "stat"), stat);
        Assert.That(new ProcessTimes(Worker, Folder).State(), Is.EqualTo(state));
        using var journal = Journal.Create(Path.Combine(Folder, "journal"));
        Assert.That(new WorkerTime(journal, new(Worker, Folder)).IsStopped, Is.EqualTo(state == 'T'));
    }

    [Test]
    public void Of_two_witnesses_the_lesser_counts()
    {
        Thread(Worker, Worker, delay: 0);
        using var journal = Journal.Create(Path.Combine(Folder, "journal"));
        journal.Beat();
        var time = new WorkerTime(journal, new(Worker, Folder));
        time.Begin();
        Assert.That((time.CouldRun(TimeSpan.FromSeconds(10)), time.Beats), Is.EqualTo((Journal.BeatPeriod, false)), "the whole process stood still");
        for (var beat = 0; beat < 99; beat++)
            journal.Beat();
        Assert.That((time.CouldRun(TimeSpan.FromSeconds(10)), time.Beats), Is.EqualTo((100 * Journal.BeatPeriod, true)));
        Assert.That(time.CouldRun(TimeSpan.FromMilliseconds(700)), Is.EqualTo(TimeSpan.FromMilliseconds(700)), "no more than passed");
        Thread(Worker, Worker, delay: 600_000_000);
        Assert.That(time.CouldRun(TimeSpan.FromMilliseconds(700)), Is.EqualTo(TimeSpan.FromMilliseconds(100)), "but for what was waited for the processor");
        Thread(Worker, Worker, delay: 900_000_000);
        Assert.That(time.CouldRun(TimeSpan.FromMilliseconds(700)), Is.EqualTo(TimeSpan.Zero));
    }

    [Test]
    public void A_worker_that_has_not_begun_to_beat_is_judged_by_the_kernel_alone()
    {
        Thread(Worker, Worker, delay: 0);
        using var journal = Journal.Create(Path.Combine(Folder, "journal"));
        var time = new WorkerTime(journal, new(Worker, Folder));
        time.Begin();
        Thread(Worker, Worker, delay: 4_000_000_000);
        Assert.That((time.CouldRun(TimeSpan.FromSeconds(10)), time.Beats), Is.EqualTo((TimeSpan.FromSeconds(6), true)));
    }

    private void Thread(int process, int thread, long delay, string children = "") => Thread(process, thread, $"123456 {delay} 42\n", children);

    private void Thread(int process, int thread, string schedstat, string children = "")
    {
        var folder = Directory.CreateDirectory(Path.Combine(Folder, $"{process}", "task", $"{thread}")).FullName;
        File.WriteAllText(Path.Combine(folder, "schedstat"), schedstat);
        File.WriteAllText(Path.Combine(folder, "children"), children);
    }
}
