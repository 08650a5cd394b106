using Conformance.Drivers.Processes;
using Conformance.Tests.Support;
using NUnit.Framework;

namespace Conformance.Tests.Drivers;

/// <summary>How long the answer of another process is waited for: as long as that process could have given it.</summary>
[Category("quick")]
public sealed class PatienceTests : FolderFixture
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(2);

    [Test]
    public void A_side_that_could_run_is_late_at_the_deadline()
    {
        var (clock, peer) = (new Clock(), new Peer());
        Assert.That(Waited(new(peer, clock), clock), Is.EqualTo((Wait.Late, Deadline)));
        Assert.That(Waited(new(null, clock), clock), Is.EqualTo((Wait.Late, Deadline)), "and one of which nothing is known");
    }

    [Test]
    public void What_it_waited_for_the_processor_does_not_count()
    {
        var (clock, peer) = (new Clock(), new Peer { Busy = TimeSpan.FromSeconds(5) });
        Assert.That(Waited(new(peer, clock), clock), Is.EqualTo((Wait.Late, Deadline + peer.Busy)));
    }

    [Test]
    public void While_it_is_stopped_no_time_runs()
    {
        var (clock, peer) = (new Clock(), new Peer());
        var patience = new Patience(peer, clock);
        Assert.That(patience.Look(1, Deadline), Is.EqualTo(Wait.Goes));
        peer.IsStopped = true;
        for (var look = 0; look < 300; look++)
        {
            clock.Now += Patience.Slice;
            Assert.That(patience.Look(1, Deadline), Is.EqualTo(Wait.Goes));
        }

        peer.IsStopped = false;
        Assert.That(Waited(patience, clock, which: 1), Is.EqualTo((Wait.Late, Deadline)));
    }

    [Test]
    public void Who_never_gets_time_is_given_up_and_not_late()
    {
        var (clock, peer) = (new Clock(), new Peer { Busy = TimeSpan.FromDays(1) });
        var (end, after) = Waited(new(peer, clock), clock);
        Assert.That(end, Is.EqualTo(Wait.Stuck));
        Assert.That(after, Is.GreaterThanOrEqualTo(30 * Deadline).And.LessThan(TimeSpan.FromMinutes(5)));
        peer = new() { IsStopped = true };
        Assert.That(Waited(new(peer, clock), clock), Is.EqualTo((Wait.Stuck, after)));
    }

    /// <summary>A machine that slept, and one that was too busy for us to look.</summary>
    [Test]
    public void What_nobody_watched_counts_little()
    {
        var (clock, peer) = (new Clock(), new Peer());
        var patience = new Patience(peer, clock);
        Assert.That(patience.Look(1, Deadline), Is.EqualTo(Wait.Goes));
        clock.Now += TimeSpan.FromHours(1) / 60;
        Assert.That(patience.Look(1, Deadline), Is.EqualTo(Wait.Goes));
        Assert.That(Waited(patience, clock, which: 1), Is.EqualTo((Wait.Late, Deadline - 5 * Patience.Slice)));
    }

    [Test]
    public void Another_call_has_its_own_time()
    {
        var (clock, peer) = (new Clock(), new Peer());
        var patience = new Patience(peer, clock);
        Assert.That(Waited(patience, clock, which: 1), Is.EqualTo((Wait.Late, Deadline)));
        Assert.That(Waited(patience, clock, which: 2), Is.EqualTo((Wait.Late, Deadline)));
        Assert.That(peer.Begins, Is.EqualTo(2));
    }

    [Test]
    public void The_kernel_says_it_of_a_process_and_its_children()
    {
        Thread(7, 7, 1_000_000, "9");
        Thread(9, 9, 2_000_000);
        File.WriteAllText(Path.Combine(Folder, "7", "stat"), "7 (sh) S 1");
        File.WriteAllText(Path.Combine(Folder, "9", "stat"), "9 (qemu T) S 7");
        var time = new PeerTime(7, Folder);
        time.Begin();
        Assert.That((time.Waited(), time.IsStopped), Is.EqualTo((TimeSpan.Zero, false)));
        Thread(7, 7, 3_000_000, "9");
        Thread(9, 9, 42_000_000);
        File.WriteAllText(Path.Combine(Folder, "9", "stat"), "9 (qemu S) T 7");
        Assert.That((time.Waited(), time.IsStopped), Is.EqualTo((TimeSpan.FromMilliseconds(40), true)));
        Assert.That(new PeerTime(8, Folder).Waited(), Is.EqualTo(TimeSpan.Zero), "nobody is there");
    }

    // Looks once a slice until something else than waiting is said, and tells after which time.
    private static (Wait End, TimeSpan After) Waited(Patience patience, Clock clock, long which = 0)
    {
        var begin = clock.Now;
        while (true)
        {
            if (patience.Look(which, Deadline) is not Wait.Goes and var end)
                return (end, clock.Now - begin);
            clock.Now += Patience.Slice;
        }
    }

    private void Thread(int process, int thread, long delay, string children = "")
    {
        var folder = Directory.CreateDirectory(Path.Combine(Folder, $"{process}", "task", $"{thread}")).FullName;
        File.WriteAllText(Path.Combine(folder, "schedstat"), $"5 {delay} 6");
        File.WriteAllText(Path.Combine(folder, "children"), children);
    }

    private sealed class Clock : TimeProvider
    {
        public TimeSpan Now { get; set; }

        public override long TimestampFrequency => TimeSpan.TicksPerSecond;

        public override long GetTimestamp() => Now.Ticks;
    }

    private sealed class Peer : IPeerTime
    {
        public TimeSpan Busy { get; init; }

        public bool IsStopped { get; set; }

        public int Begins { get; private set; }

        public void Begin() => Begins++;

        public TimeSpan Waited() => Busy;
    }
}
