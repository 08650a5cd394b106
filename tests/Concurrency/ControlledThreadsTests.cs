using Conformance.Engine.Concurrency;
using Conformance.Model.Migration.Steps;
using NUnit.Framework;

namespace Conformance.Tests.Concurrency;

/// <summary>One thread at a time, and the schedule says which.</summary>
[Category("quick")]
public sealed class ControlledThreadsTests
{
    private readonly List<string> log = [];

    private static readonly Action<ControlledThreads, List<string>, int> ThreePoints = (threads, log, thread) =>
    {
        threads.Begin(thread - 1);
        log.Add($"{thread}a");
        threads.Point();
        log.Add($"{thread}b");
        threads.Point();
        log.Add($"{thread}c");
    };

    [Test]
    public void Without_a_change_each_runs_to_its_end() => Assert.That(Run(3, [], ThreePoints), Is.EqualTo("1a 1b 1c 2a 2b 2c 3a 3b 3c"));

    [Test]
    public void A_change_leaves_a_thread_at_its_point_and_the_first_one_goes_on_afterwards()
    {
        Assert.That(Run(2, [new(0, 1, 2)], ThreePoints), Is.EqualTo("1a 2a 2b 2c 1b 1c"));
        Assert.That(Run(3, [new(0, 0, 3), new(2, 2, 2)], ThreePoints), Is.EqualTo("3a 3b 2a 2b 2c 1a 1b 1c 3c"));
    }

    [Test]
    public void A_change_to_a_thread_that_is_not_there_or_is_through_changes_nothing() =>
        Assert.That(Run(2, [new(0, 1, 4), new(0, 2, 0), new(1, 1, 1)], ThreePoints), Is.EqualTo("1a 1b 1c 2a 2b 2c"));

    [Test]
    public void The_same_schedule_gives_the_same_history()
    {
        Switch[] schedule = [new(0, 2, 2), new(1, 1, 3), new(2, 1, 1)];
        var first = Run(3, schedule, ThreePoints);
        for (var again = 0; again < 20; again++)
            Assert.That(Run(3, schedule, ThreePoints), Is.EqualTo(first));
    }

    [Test]
    public void Who_wants_a_lock_waits_and_the_holder_goes_on()
    {
        var history = Run(
            2,
            [new(0, 2, 2)],
            (threads, log, thread) =>
            {
                threads.Begin(thread - 1);
                threads.Enter("lock");
                log.Add($"{thread} in");
                threads.Point();
                log.Add($"{thread} out");
                threads.Leave("lock");
            }
        );
        Assert.That(history, Is.EqualTo("1 in 1 out 2 in 2 out"));
    }

    [Test]
    public void A_lock_that_somebody_has_is_not_had_at_once()
    {
        var history = Run(
            2,
            [new(0, 2, 2)],
            (threads, log, thread) =>
            {
                threads.Begin(thread - 1);
                log.Add($"{thread} {threads.TryEnter("lock")}");
                threads.Point();
            }
        );
        Assert.That(history, Is.EqualTo("1 True 2 False"));
    }

    [Test]
    public void A_deadlock_ends_all_and_says_who_waits_for_whom()
    {
        var threads = new ControlledThreads();
        var left = 0;
        threads.Run(
            3,
            [new(0, 2, 2)],
            thread =>
            {
                try
                {
                    threads.Begin(thread - 1);
                    if (thread == 3)
                        return;
                    threads.Enter(thread == 1 ? "A" : "B");
                    threads.Point();
                    threads.Enter(thread == 1 ? "B" : "A");
                    Assert.Fail("both locks cannot be had");
                }
                finally
                {
                    left++;
                }
            }
        );
        Assert.That(threads.Deadlock, Is.EqualTo([new Waiting(1, "B", 2), new Waiting(2, "A", 1)]));
        Assert.That(left, Is.EqualTo(3));
        // And again, with nothing left over from before.
        Assert.That(Run(threads, 2, [], ThreePoints), Is.EqualTo("1a 1b 1c 2a 2b 2c"));
        Assert.That(threads.Deadlock, Is.Empty);
    }

    [Test]
    public void A_lock_of_a_thread_that_is_through_is_waited_for_in_vain()
    {
        var threads = new ControlledThreads();
        threads.Run(
            2,
            [],
            thread =>
            {
                threads.Begin(thread - 1);
                threads.Enter("lock");
            }
        );
        Assert.That(threads.Deadlock, Is.EqualTo([new Waiting(2, "lock", 0)]));
    }

    [Test]
    public void What_a_thread_throws_is_thrown_where_they_were_started()
    {
        var threads = new ControlledThreads();
        Assert.Throws<NotSupportedException>(() =>
            threads.Run(
                2,
                [],
                thread =>
                {
                    threads.Begin(thread - 1);
                    if (thread == 1)
                        throw new NotSupportedException();
                }
            )
        );
        Assert.That(Run(threads, 2, [], ThreePoints), Is.EqualTo("1a 1b 1c 2a 2b 2c"));
    }

    private string Run(int count, IReadOnlyList<Switch> schedule, Action<ControlledThreads, List<string>, int> each) => Run(new(), count, schedule, each);

    private string Run(ControlledThreads threads, int count, IReadOnlyList<Switch> schedule, Action<ControlledThreads, List<string>, int> each)
    {
        log.Clear();
        threads.Run(count, schedule, thread => each(threads, log, thread));
        return string.Join(' ', log);
    }
}
