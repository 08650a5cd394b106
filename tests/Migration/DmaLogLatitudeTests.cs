using Conformance.Engine.Migration;
using Conformance.Model.Contract;
using Conformance.Model.DmaLogging;
using Conformance.Model.Migration.Device;
using Conformance.Model.Migration.Oracle;
using Conformance.Model.Migration.Steps;
using Conformance.Model.Requirements;
using NUnit.Framework;
using static Conformance.Model.Requirements.RequirementId;

namespace Conformance.Tests.Migration;

/// <summary>What a DMA log may do, and what is the other side of each freedom.</summary>
[Category("quick")]
public sealed class DmaLogLatitudeTests
{
    private static readonly Step start = new LogStart(LogRanges.One).ToStep();
    private static readonly Step stop = new(StepKind.StopLogging);
    private static readonly Step report = new LogReport().ToStep();
    private static readonly Step quiet = Step.Set(DeviceState.Stop);

    [Test]
    public void A_kernel_without_the_bitmap_helper_says_so_whatever_the_state_of_the_log([Values] bool active)
    {
        var refused = new Observation { Errno = Errno.EOPNOTSUPP };
        Assert.That(See(Kernel(), active ? [start] : [], report, refused).Agrees);
        Assert.That(See(InProcess(), active ? [start] : [], report, refused).Agrees, Is.EqualTo(!active), "but no driver of ours may");
    }

    [Test]
    public void Bits_too_many_are_held_against_an_exact_log_alone([Values(BitmapMarks.Extra, BitmapMarks.Old, BitmapMarks.Again)] BitmapMarks marks)
    {
        var seen = new Observation { Value = (ulong)marks };
        Assert.That(See(Kernel(), [start, report], report, seen).Agrees);
        var exact = See(InProcess(), [start, report], report, seen);
        Assert.That(
            exact.Rules.First,
            Is.EqualTo(
                marks == BitmapMarks.Extra ? DLOG_22
                : marks == BitmapMarks.Old ? DLOG_28
                : DLOG_18
            )
        );
    }

    [Test]
    public void What_a_stopped_device_has_reported_is_clean_whoever_reports_it()
    {
        var again = new Observation { Value = (ulong)BitmapMarks.Again };
        Assert.That(See(Kernel(), [start, quiet, report], report, again).Rules, Is.EqualTo(Rules.Of(DLOG_18)));
        Assert.That(See(Kernel(), [start, report, quiet], report, again).Agrees, "but before it stopped it may have written again");
        Assert.That(See(Kernel(), [start, quiet, report, Step.Set(DeviceState.Running)], report, again).Agrees, "and when it runs again as well");
    }

    [Test]
    public void A_lost_page_is_held_against_everybody()
    {
        var lost = new Observation { Value = (ulong)BitmapMarks.Missing };
        Assert.That(See(Kernel(), [start], report, lost).Rules, Is.EqualTo(Rules.Of(DLOG_19)));
        Assert.That(See(InProcess(), [start], report, lost).Rules, Is.EqualTo(Rules.Of(DLOG_19)));
    }

    [Test]
    public void A_tracker_that_lost_pages_says_so([Values(Errno.EIO, Errno.ENOMEM)] int errno) =>
        Assert.That(See(Kernel(), [start], report, new() { Errno = errno }).Agrees);

    [Test]
    public void What_is_not_logged_may_be_refused_and_what_is_may_not([Values(Errno.EINVAL, Errno.EOPNOTSUPP)] int errno)
    {
        var refused = new Observation { Errno = errno };
        var holes = new LogStart(LogRanges.Holes).ToStep();
        Assert.That(See(InProcess(), [holes], report, refused).Agrees);
        Assert.That(See(InProcess(), [start], new LogReport(LogRequest.Outside).ToStep(), refused).Agrees);
        var part = new LogReport(LogRequest.Pages, 8, 8).ToStep();
        Assert.That(See(InProcess(), [start], part, refused).Rules, Is.EqualTo(Rules.Of(DLOG_29)));
        Assert.That(See(InProcess(), [new LogStart(LogRanges.Adjacent).ToStep()], part, refused).Rules.Has(DLOG_29), "over the border of two ranges neither");
    }

    [Test]
    public void A_reset_and_a_failed_request_leave_everything_open([Values] bool reset)
    {
        var machine = InProcess();
        Step[] before = reset ? [start, new(StepKind.Reset)] : [start, Step.FailArc(0, Errno.EIO, broken: true), quiet];
        foreach (var step in new[] { start, stop, report })
        foreach (var errno in new[] { 0, Errno.EINVAL, Errno.EIO })
            Assert.That(See(machine, before, step, new() { Errno = errno, Value = step == start ? 4096u : 0 }).Agrees, $"{step}: {errno}");
    }

    [Test]
    public void After_a_reset_the_user_starts_anew_and_everything_is_known_again()
    {
        Step[] before = [start, new(StepKind.Reset), start];
        Assert.That(See(InProcess(), before, start, new() { Value = 4096 }).Rules, Is.EqualTo(Rules.Of(DLOG_11)));
        Assert.That(See(InProcess(), before, report, new() { Errno = Errno.EINVAL }).Rules.IsNone, Is.False);
    }

    [Test]
    public void A_stop_of_no_log_may_fail_and_that_of_a_log_may_not()
    {
        Assert.That(See(Kernel(), [], stop, new() { Errno = Errno.EINVAL }).Agrees);
        Assert.That(See(Kernel(), [start, stop], stop, new() { Errno = Errno.EINVAL }).Agrees);
        Assert.That(See(Kernel(), [start], stop, new() { Errno = Errno.EINVAL }).Rules, Is.EqualTo(Rules.Of(DLOG_12)));
    }

    [Test]
    public void A_tebibyte_may_be_too_much_for_anybody()
    {
        var wide = new LogStart(LogRanges.Wide).ToStep();
        Assert.That(See(InProcess(), [], wide, new() { Errno = Errno.EOPNOTSUPP, Value = 4096 }).Agrees);
        Assert.That(See(InProcess(), [], start, new() { Errno = Errno.EOPNOTSUPP, Value = 4096 }).Agrees, Is.False, "but 4 MiB are not");
        Assert.That(See(Kernel(), [], start, new() { Errno = Errno.EOPNOTSUPP, Value = 4096 }).Agrees, "of hardware nobody knows");
    }

    [Test]
    public void Another_page_size_may_be_chosen_as_long_as_it_is_a_power_of_two([Values(4096ul, 65536ul, 12288ul, 0ul)] ulong chosen)
    {
        var judged = See(InProcess(), [], start, new() { Value = chosen });
        Assert.That(judged.Rules, Is.EqualTo(chosen is 4096 or 65536 ? Rules.None : Rules.Of(DLOG_02)));
    }

    // The helper of Linux 7.2 takes the bits of a whole page of the log along.
    [Test]
    public void Bits_behind_a_range_that_ends_within_a_page_of_the_log_are_not_judged()
    {
        var behind = new Observation { Marks = Marks.Guard };
        var part = new LogReport(LogRequest.Pages, 0, 8).ToStep();
        Assert.That(See(InProcess(), [new LogStart(LogRanges.One, Shift: 16).ToStep()], part, behind).Agrees);
        Assert.That(See(InProcess(), [start], part, behind).Rules, Is.EqualTo(Rules.Of(DLOG_21)));
    }

    [Test]
    public void That_a_close_ends_the_log_is_a_convention()
    {
        Step[] before = [start, new(StepKind.CloseDevice), new(StepKind.Reopen)];
        Assert.That(See(InProcess(), before, start, new() { Errno = Errno.EINVAL, Value = 4096 }).Rules, Is.EqualTo(Rules.Of(DLOG_32)));
        Assert.That(See(InProcess(), before, report, default).Rules, Is.EqualTo(Rules.Of(DLOG_32)));
    }

    [Test]
    public void Every_kind_of_ranges_that_is_refused_says_by_which_requirement([Values] LogRanges ranges)
    {
        var failing = new LogStart(ranges);
        Assert.That(failing.RefusalRules.IsNone, Is.EqualTo(failing.Refusal == 0));
        Assert.That(failing.Refusal == 0, Is.EqualTo(ranges < LogRanges.None));
        var entries = new IovaRange[LogStart.MostEntries];
        Assert.That(failing.Fill(MigrationMachine.DefaultWindow, entries), Is.GreaterThanOrEqualTo(failing.Readable));
    }

    private static MigrationMachine Kernel() =>
        new(
            (MigrationFeatures)7,
            UapiLevel.V7_2,
            Channels.Kernel,
            ChannelCapabilities.Descriptors | ChannelCapabilities.MemoryProtection,
            DeviceTraits.Cautious,
            hasLogging: true,
            hasReset: true
        );

    private static MigrationMachine InProcess() =>
        new(
            (MigrationFeatures)7,
            UapiLevel.V7_2,
            Channels.InProcess,
            ChannelCapabilities.Descriptors | ChannelCapabilities.MemoryProtection | ChannelCapabilities.FailingArcs,
            DeviceTraits.Cautious with
            {
                ExactLog = true,
            },
            hasLogging: true,
            hasReset: true
        );

    private static Judgement See(MigrationMachine machine, Step[] before, Step step, Observation seen)
    {
        var state = Simulation.Run(machine, new(before));
        var outcomes = default(OutcomeSet);
        MigrationOracle.Allowed(machine, state, step, ref outcomes);
        return MigrationOracle.Compare(machine, state, step, seen, outcomes);
    }
}
