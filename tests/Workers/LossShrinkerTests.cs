using Conformance.Engine.Migration;
using Conformance.Engine.Workers;
using Conformance.Model.Migration.Device;
using Conformance.Model.Migration.Oracle;
using Conformance.Model.Migration.Steps;
using Conformance.Model.Requirements;
using Conformance.Reports;
using NUnit.Framework;

namespace Conformance.Tests.Workers;

/// <summary>The search for shorter plans that hang, on a driver that is only a function.</summary>
[Category("quick")]
public sealed class LossShrinkerTests
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(10);
    private static readonly Step Bad = Step.Set(DeviceState.PreCopy);
    private static readonly Plan Long = Plan.Of(Step.Get, Step.Set(DeviceState.StopCopy), Step.Get, Step.ReadToEnd(), Bad);

    [Test]
    public void Only_what_the_hang_needs_is_left()
    {
        var deadlines = new List<TimeSpan>();
        var shrinker = new LossShrinker<Plan>(
            MigrationLanguage.Instance,
            (plan, deadline) =>
            {
                deadlines.Add(deadline);
                return new(Hang(plan, Step.Set(DeviceState.StopCopy)));
            },
            Deadline,
            TimeSpan.FromMilliseconds(40),
            TimeSpan.FromMinutes(1)
        );
        var found = shrinker.Shrink(Hang(Long)!);
        Assert.Multiple(() =>
        {
            Assert.That(found.Lost.Plan.Steps, Is.EqualTo([Step.Set(DeviceState.StopCopy), Bad]));
            Assert.That((found.Minimal, found.CutShort, found.Repeats), Is.EqualTo((true, (string?)null, (string?)null)));
            // Ten times the slowest call that came back; the shortest plan once with the whole deadline.
            Assert.That(deadlines.SkipLast(1), Is.All.EqualTo(TimeSpan.FromMilliseconds(400)));
            Assert.That(deadlines[^1], Is.EqualTo(Deadline));
        });
    }

    [Test]
    public void A_fast_driver_is_given_a_quarter_of_a_second()
    {
        var least = Deadline;
        new LossShrinker<Plan>(
            MigrationLanguage.Instance,
            (plan, deadline) =>
            {
                least = deadline < least ? deadline : least;
                return new(Hang(plan));
            },
            Deadline,
            TimeSpan.FromMilliseconds(1),
            TimeSpan.FromMinutes(1)
        ).Shrink(Hang(Long)!);
        Assert.That(least, Is.EqualTo(TimeSpan.FromMilliseconds(250)));
    }

    [Test]
    public void A_search_without_time_says_so()
    {
        var found = new LossShrinker<Plan>(MigrationLanguage.Instance, (plan, _) => new(Hang(plan)), Deadline, default, TimeSpan.Zero).Shrink(Hang(Long)!);
        Assert.That(found.Lost.Plan, Is.SameAs(Long));
        Assert.That(found.Minimal, Is.False);
        Assert.That(found.CutShort, Is.EqualTo("the plan was not made shorter (--shrink-budget 0s)"));
    }

    [Test]
    public void A_search_that_runs_out_of_time_shows_the_shortest_so_far()
    {
        var shrinker = new LossShrinker<Plan>(
            MigrationLanguage.Instance,
            (plan, _) =>
            {
                Thread.Sleep(30);
                return new(Hang(plan));
            },
            Deadline,
            default,
            TimeSpan.FromMilliseconds(400)
        );
        var found = shrinker.Shrink(Hang(new Plan([.. Enumerable.Repeat(Step.Get, 50), Bad]))!);
        Assert.That(found.Lost.Plan.Steps.Count, Is.LessThan(51));
        Assert.That(found.Minimal, Is.False);
        Assert.That(found.CutShort, Is.Not.Null);
    }

    [Test]
    public void What_does_not_hang_again_is_left_as_it_was()
    {
        var found = new LossShrinker<Plan>(MigrationLanguage.Instance, (_, _) => default, Deadline, default, TimeSpan.FromMinutes(1)).Shrink(Hang(Long)!);
        Assert.That((found.Lost.Plan, found.Repeats, found.Minimal), Is.EqualTo((Long, "0 of 2", false)));
    }

    [Test]
    public void What_is_only_slow_is_no_shorter_hang()
    {
        // Short plans come back after a second: too late for candidates, in time for the whole deadline.
        var shrinker = new LossShrinker<Plan>(
            MigrationLanguage.Instance,
            (plan, deadline) => new(plan.Steps.Count == Long.Steps.Count || deadline < TimeSpan.FromSeconds(1) ? Hang(plan) : null),
            Deadline,
            default,
            TimeSpan.FromMinutes(1)
        );
        var found = shrinker.Shrink(Hang(Long)!);
        Assert.That(found.Lost.Plan, Is.SameAs(Long));
        Assert.That(found.CutShort, Does.Contain("only slow"));
    }

    // It hung once, and each of its runs alone is only slow: late for the short deadline, in time for the whole one.
    [Test]
    public void What_is_only_late_by_the_short_deadline_did_not_hang_again()
    {
        var shrinker = new LossShrinker<Plan>(
            MigrationLanguage.Instance,
            (plan, deadline) => new(deadline < Deadline ? Hang(plan) : null),
            Deadline,
            default,
            TimeSpan.FromMinutes(1)
        );
        var found = shrinker.Shrink(Hang(Long)!);
        Assert.That((found.Lost.Plan, found.Repeats, found.Minimal), Is.EqualTo((Long, "0 of 1", false)));
    }

    [TestCase(0)]
    [TestCase(60)]
    public void A_hang_is_run_again_whatever_the_budget_is(int seconds)
    {
        var runs = 0;
        var found = new LossShrinker<Plan>(
            MigrationLanguage.Instance,
            (_, _) =>
            {
                runs++;
                return default;
            },
            Deadline,
            default,
            TimeSpan.FromSeconds(seconds)
        ).Shrink(Hang(Long)!);
        Assert.That(runs, Is.GreaterThan(0));
        Assert.That(found.Repeats, Is.EqualTo($"0 of {runs}"));
    }

    [Test]
    public void What_could_not_run_says_why_and_not_that_it_did_not_repeat()
    {
        var found = new LossShrinker<Plan>(
            MigrationLanguage.Instance,
            (_, _) => new(null, "the device is gone"),
            Deadline,
            default,
            TimeSpan.FromMinutes(1)
        ).Shrink(Hang(Long)!);
        Assert.That(
            (found.Lost.Plan, found.Repeats, found.CutShort, found.Minimal),
            Is.EqualTo((Long, (string?)null, "the plan was not run again: the device is gone", false))
        );
    }

    [Test]
    public void A_search_in_which_a_candidate_could_not_run_ends_there()
    {
        var runs = 0;
        var found = new LossShrinker<Plan>(
            MigrationLanguage.Instance,
            (plan, _) => ++runs == 2 ? new(null, "the run was interrupted") : new(Hang(plan)),
            Deadline,
            default,
            TimeSpan.FromMinutes(1)
        ).Shrink(Hang(Long)!);
        // Once before, once as a candidate, once to confirm.
        Assert.That(runs, Is.EqualTo(3));
        Assert.That((found.Minimal, found.CutShort), Is.EqualTo((false, "the search for a shorter plan was cut short: the run was interrupted")));
    }

    [TestCase(
        "Unhandled exception. System.IO.IOException: fd 17\n   at A.B() in /a/b.cs:line 3",
        "log 9\nUnhandled exception. System.IO.IOException: fd 4\n   at A.B() in /c/b.cs:line 8",
        true
    )]
    [TestCase("Unhandled exception. System.IO.IOException: fd 17\n   at A.B()", "Unhandled exception. System.IO.IOException: fd 17\n   at A.C()", false)]
    [TestCase("x: /src/smmu.c:12: walk: Assertion `level < 4' failed.", "y: ../smmu.c:99: walk: Assertion `level < 4' failed.", false)]
    [TestCase("x: /src/smmu.c:12: walk: Assertion `level < 4' failed.", "x: ../smmu.c:99: walk: Assertion `level < 4' failed.", true)]
    [TestCase("x: smmu.c:12: walk: Assertion `level < 4' failed.", "x: smmu.c:14: walk: Assertion `stage' failed.", false)]
    [TestCase("panic at 0xffff81234567, pid 812", "some log\npanic at 0xffff8fffffff, pid 9", true)]
    [TestCase("", "", true)]
    public void Crashes_are_told_apart_by_what_was_said_over_them(string one, string other, bool same)
    {
        Assert.That(Crash(one).HasSignatureOf(Crash(other)), Is.EqualTo(same));
        Assert.That(Crash(one).DiedLike(Crash(other)), Is.EqualTo(same && one.Length > 0));
        var list = new FindingList(factsTellApart: true);
        list.Note(Of(one));
        list.Note(Of(other));
        Assert.That(list.All, Has.Count.EqualTo(same ? 1 : 2));

        static LostPlan<Plan> Crash(string words) =>
            Hang(Long)! with
            {
                Death = Hang(Long)!.Death with { Kind = DeathKind.Crash, LastWords = words, Description = "the process was ended by SIGABRT (exit code 134)" },
            };
        static Finding Of(string words) =>
            new()
            {
                Requirements = [],
                Kind = "crash",
                Verdict = RequirementVerdict.Crash,
                Campaign = "",
                Expected = "an answer",
                Seen = "the process was ended by SIGABRT",
                LastWords = words,
            };
    }

    [Test]
    public void Another_hang_is_not_followed()
    {
        var shrinker = new LossShrinker<Plan>(
            MigrationLanguage.Instance,
            (plan, _) => new(Hang(plan, id: plan.Steps.Count < 5 ? RequirementId.MIG_FD_16 : RequirementId.MIG_FSM_27)),
            Deadline,
            default,
            TimeSpan.FromMinutes(1)
        );
        Assert.That(shrinker.Shrink(Hang(Long)!).Lost.Plan.Steps, Is.EqualTo(Long.Steps));
    }

    private static LostPlan<Plan>? Hang(Plan plan, Step? needed = null, RequirementId? id = null)
    {
        var at = plan.Steps.ToList().IndexOf(Bad);
        if (at < 0 || (needed is { } step && !plan.Steps.Take(at).Contains(step)))
            return null;
        var entry = new JournalEntry
        {
            Campaign = 0,
            Number = 0,
            Step = at,
            Requirement = id ?? RequirementId.MIG_FSM_27,
            Phase = PlanPhase.Run,
            Plan = ReadOnlyMemory<byte>.Empty,
            InCall = true,
            Plans = 1,
        };
        return new(MigrationLanguage.Instance.Upto(plan, at), new(DeathKind.Hang, entry, "no answer", ""));
    }
}
