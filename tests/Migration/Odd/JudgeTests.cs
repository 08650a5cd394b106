using Conformance.Drivers.Faults;
using Conformance.Drivers.Reference.Migration;
using Conformance.Drivers.VfioCore;
using Conformance.Engine.Migration;
using Conformance.Engine.Workers;
using Conformance.Model.Contract;
using Conformance.Model.Migration.Device;
using Conformance.Model.Migration.Oracle;
using Conformance.Model.Migration.Steps;
using Conformance.Model.Requirements;
using Conformance.Reports;
using NUnit.Framework;
using static Conformance.Model.Requirements.RequirementId;

namespace Conformance.Tests.Migration.Odd;

/// <summary>Single plans on which the judge was wrong, or silent.</summary>
[Category("quick")]
[Parallelizable(ParallelScope.Self)]
public sealed class JudgeTests
{
    private const MigrationFeatures All = (MigrationFeatures)7;
    private static readonly Step save = Step.Set(DeviceState.StopCopy);
    private static readonly Step early = Step.Set(DeviceState.PreCopy);
    private static readonly Step run = Step.Set(DeviceState.Running);

    private static IEnumerable<TestCaseData> FailuresThatNeverCameToPass =>
        [
            Named("a stream that ends before", FailSave(5000), save, Step.ReadToEnd(), Step.ReadToEnd()),
            Named("the same in small reads", FailSave(5000), save, Step.ReadToEnd(7), new(StepKind.Read, 7), new(StepKind.QueryDataSize)),
            Named("a session that was cancelled before", FailSave(24), early, run, save, Step.ReadToEnd()),
            Named("a pre-copy that was read up to it", FailSave(24), early, new(StepKind.Read, 24), run, save, Step.ReadToEnd()),
            Named("a reset in between", FailSave(0), new(StepKind.FailSaveRequest, 0, Errno.EIO), new(StepKind.Reset), save, Step.ReadToEnd()),
            Named("a request that stops elsewhere", new(StepKind.FailSaveRequest, 0, Errno.EIO), Step.Set(DeviceState.Stop), Step.Get, run, Step.Get),
        ];

    private static IEnumerable<TestCaseData> FailuresThatCome =>
        [
            Named("in pre-copy", FailSave(24), early, new(StepKind.Read, 24), new(StepKind.Read, 24), Step.Get),
            Named("in pre-copy, read to the end", FailSave(24), early, Step.ReadToEnd(), Step.Get),
            Named("before the first byte, seen by the info call", FailSave(0), early, new(StepKind.PrecopyInfo, 24, 64)),
            Named("behind pre-copy", FailSave(200), early, Step.ReadToEnd(16), save, Step.ReadToEnd(16), run, Step.Get),
            Named("in the request, and not in the next", new(StepKind.FailSaveRequest, 0, Errno.EIO), save, Step.Get, save, Step.ReadToEnd(), run, Step.Get),
            Named("in the request behind pre-copy", new(StepKind.FailSaveRequest, 0, Errno.EIO), early, Step.ReadToEnd(), save, Step.Get, run, Step.Get),
            Named("in the second of two sessions", new(StepKind.FailSaveRequest, 0, Errno.EIO), early, run, save, Step.Get, run, Step.Get),
        ];

    [TestCaseSource(nameof(FailuresThatNeverCameToPass))]
    [TestCaseSource(nameof(FailuresThatCome))]
    public void A_driver_that_fails_as_it_was_told_is_right(Step[] steps) => Assert.That(Judge(new ReferenceDriver(All), steps)?.Rules, Is.Null);

    [TestCase(0u)]
    [TestCase(24u)]
    public void A_save_that_failed_does_not_end(uint bytes)
    {
        var shown = Judge(new EndsInsteadOfFailing(), [FailSave(bytes), save, Step.ReadToEnd()]);
        Assert.That(shown?.Rules.First, Is.EqualTo(MIG_ERR_14));
        shown = Judge(new EndsInsteadOfFailing(), [new(StepKind.FailSaveRequest, 0, Errno.EIO), save, Step.ReadToEnd()]);
        Assert.That(shown?.Rules.First, Is.EqualTo(MIG_ERR_14), "nor one of which the request said nothing");
    }

    [Test]
    public void ERROR_is_a_place_to_go_after_a_failed_arc_and_nowhere_else()
    {
        Step[] failed = [Step.FailArc(0, Errno.EIO, broken: false), Step.Set(DeviceState.Stop), Step.Get];
        Assert.That(Judge(new GoesToError(), [.. failed, run, Step.Get, new(StepKind.Reset), Step.Get])?.Rules, Is.Null);
        var refused = ((MigrationFault)FaultCatalogue.Find("bad-request-breaks-device")!).CreateTarget("fault", All, UapiLevel.V7_2);
        Assert.That(Judge(refused, [Step.Set(DeviceState.Error), Step.Get])?.Rules.Has(MIG_ERR_10), Is.True);
    }

    [TestCase(Errno.EAGAIN)]
    [TestCase(Errno.EINVAL)]
    public void A_reset_that_is_refused_disarms_nothing_for_certain(int errno)
    {
        foreach (var disarms in new[] { false, true })
            Assert.That(
                Judge(
                    new RefusesReset(errno, disarms),
                    [Step.FailArc(0, Errno.EIO, broken: false), new(StepKind.Reset), Step.Get, Step.Set(DeviceState.Stop)]
                )?.Rules,
                Is.Null
            );
    }

    [Test]
    public void What_is_interrupted_without_end_is_one_finding()
    {
        var requests = Findings(new AlwaysInterrupted(requests: true));
        Assert.That(requests.Select(finding => finding.Requirements[0]).Distinct(), Is.EqualTo((string[])["MIG-FSM-06"]));
        Assert.That(requests[0].Seen, Is.EqualTo("EINTR, 102 times in a row"));
        var reads = Findings(new AlwaysInterrupted(requests: false));
        Assert.That(reads.Select(finding => finding.Requirements[0]).Distinct(), Is.EqualTo((string[])["MIG-FD-08"]));
        foreach (var found in new[] { requests, reads })
            Assert.That(Causes.Of([.. found]), Has.Count.EqualTo(1));
    }

    [Test]
    public void An_answer_that_counts_what_remains_is_held_to_what_comes()
    {
        Step[] asked = [save, new(StepKind.Read, 200), new(StepKind.QueryDataSize), Step.ReadToEnd()];
        Assert.That(Judge(new SizeIsWhatRemains(0), asked)?.Rules, Is.Null);
        Assert.That(Judge(new SizeIsWhatRemains(1), asked)?.Rules, Is.EqualTo(Rules.Of(SIZE_07)), "a byte too few");
    }

    [Test]
    public void Poll_is_held_to_data_that_must_be_there()
    {
        Step[] polled = [save, new(StepKind.Poll, 10)];
        Assert.That(Judge(new NothingIsReadable(), polled, DeviceTraits.Cautious)?.Rules, Is.Null);
        Assert.That(Judge(new NothingIsReadable(), polled)?.Rules.First, Is.EqualTo(MIG_FD_25), "a driver that says that nothing waits");
        Assert.That(Judge(new NothingIsReadable(), [save, Step.ReadToEnd(), polled[1]], DeviceTraits.Cautious)?.Rules.First, Is.EqualTo(MIG_FD_13));
    }

    [TestCase(-Errno.EINVAL, "errno -22, which is none: EINVAL is 22, data_fd -1")]
    [TestCase(-Errno.ENOMSG, "errno -42, which is none: ENOMSG is 42, data_fd -1")]
    [TestCase(-64, "errno -64, which is none: errno 64 is 64, data_fd -1")]
    [TestCase(4096, "errno 4096, which is none, data_fd -1")]
    [TestCase(int.MinValue, "errno -2147483648, which is none, data_fd -1")]
    public void What_is_no_errno_is_said_to_be_none(int errno, string seen)
    {
        var shown = Judge(new Negative(Where.Arc, errno), [save]);
        Assert.That(shown?.Kind, Is.EqualTo(DivergenceKind.Errno));
        Assert.That(shown?.Seen, Is.EqualTo(seen));
        Assert.That(shown?.Expected, Is.EqualTo("success, or an errno of 1 to 4095"));
    }

    [Test]
    public void Wherever_an_errno_comes_in([Values] Where where, [Values(-Errno.EINVAL, -Errno.ENOMSG, -64, -128, 5000, int.MinValue)] int errno)
    {
        Step[] loaded = [save, Step.ReadToEnd(), Step.Set(DeviceState.Resuming)];
        Step[] steps = where switch
        {
            Where.Arc => [save],
            Where.BrokenArc => [Step.FailArc(0, Errno.EIO, broken: true), Step.Set(DeviceState.Stop)],
            Where.Load => [Step.Set(DeviceState.Resuming), run],
            Where.Read or Where.ReadCount => [save, new(StepKind.Read, 16)],
            Where.End => [save, Step.ReadToEnd()],
            Where.TemporaryEnd => [early, Step.ReadToEnd()],
            Where.Write or Where.WriteCount => [.. loaded, new(StepKind.Write, 4)],
            Where.DataSize => [new(StepKind.QueryDataSize)],
            Where.PrecopyInfo => [early, new(StepKind.PrecopyInfo, 24, 64)],
            Where.Logging => [new Probe(Uapi.DmaLoggingStart | Uapi.Set, 32, Options: ProbeOptions.Range).ToStep()],
            _ => [new(StepKind.Reset)],
        };
        if (where is Where.ReadCount or Where.WriteCount && errno > 0)
            Assert.Ignore("a count");
        Assert.That(Judge(new Negative(where, errno), steps)?.Kind, Is.EqualTo(DivergenceKind.Errno));
    }

    [Test]
    public void No_set_holds_what_is_no_errno([Values(-1, -22, -42, -64, -128, int.MinValue, 4096, int.MaxValue)] int errno)
    {
        Assert.That(ErrnoSet.Anything.Contains(errno), Is.False);
        Assert.That(ErrnoSet.AnyFailure.Contains(errno), Is.False);
        Assert.That(() => ErrnoSet.Of(errno), Throws.TypeOf<ArgumentOutOfRangeException>());
        Assert.That(ErrnoSet.AnyFailure.Contains(Errno.Largest));
    }

    [TestCase(DeviceState.Running, "")]
    [TestCase(DeviceState.PreCopy, "")]
    [TestCase(DeviceState.RunningP2P, "MIG-P2P-10")]
    [TestCase(DeviceState.PreCopyP2P, "MIG-P2P-10")]
    [TestCase(DeviceState.Stop, "MIG-STOP-10")]
    [TestCase(DeviceState.StopCopy, "MIG-STOP-10")]
    [TestCase(DeviceState.Resuming, "MIG-STOP-10")]
    public void A_device_is_touched_only_where_its_user_may(DeviceState state, string obligation)
    {
        var machine = Survey.Look(ReferenceTarget.Create("reference", All), NullJournal.Instance).Machine!;
        foreach (var touch in new[] { new Step(StepKind.Apply, 1), new Step(StepKind.Digest) })
        {
            var plan = Plan.Of(Step.Set(state), touch, Step.Get);
            Assert.That(Rules.Of(Simulation.BrokenByUser(machine, plan)).ToString(), Is.EqualTo(obligation));
            var refused = new LockstepRunner(ReferenceTarget.Create("reference", All), machine, NullJournal.Instance).Refuses(plan);
            Assert.That(refused, obligation.Length == 0 ? Is.Null : Is.EqualTo($"it asks what a user must not ask ({obligation})"));
        }

        if (obligation.Length > 0)
            Assert.That(Catalogue.All.Single(row => row.Name == obligation).Strength, Is.EqualTo(Strength.User));
    }

    // The judge stops where a user must, also when nobody looked at the plan before.
    [Test]
    public void A_run_ends_before_a_step_that_its_user_must_not_ask()
    {
        var touched = new CountsTouches();
        Assert.That(Judge(touched, [Step.Set(DeviceState.Stop), new(StepKind.Apply, 1), Step.Set(DeviceState.Error)]), Is.Null);
        Assert.That(touched.Touches, Is.Zero);
        Judge(touched, [new(StepKind.Apply, 1)]);
        Assert.That(touched.Touches, Is.EqualTo(1));
    }

    private static TestCaseData Named(string name, params Step[] steps) => new TestCaseData(new object[] { steps }).SetArgDisplayNames(name);

    private static Step FailSave(uint bytes) => new(StepKind.FailSave, bytes, Errno.EIO);

    private static PlanDivergence? Judge(IMigrationDriver driver, Step[] steps, DeviceTraits? traits = null)
    {
        using var target = Target(driver, traits);
        return Judge(target, steps);
    }

    private static PlanDivergence? Judge(IMigrationTarget target, Step[] steps)
    {
        return (PlanDivergence?)new LockstepRunner(target, Survey.Look(target, NullJournal.Instance).Machine!, NullJournal.Instance).Run(new(steps)).Worst;
    }

    private static IReadOnlyList<Finding> Findings(IMigrationDriver driver)
    {
        using var target = Target(driver, null);
        return DirectRun.Of(target, plans: 0).Ledger.Findings.All;
    }

    // One instance for all opens: what it counts and what it arms stays.
    private static InProcessTarget Target(IMigrationDriver driver, DeviceTraits? traits) =>
        new("odd", driver, bound => new(driver, UapiLevel.V7_2, bound), InProcessTarget.DefaultDeadline, traits);

    /// <summary>Where a driver gives an errno.</summary>
    public enum Where
    {
#pragma warning disable CS1591
        Arc,
        BrokenArc,
        Load,
        Read,
        ReadCount,
        End,
        TemporaryEnd,
        Write,
        WriteCount,
        DataSize,
        PrecopyInfo,
        Logging,
        Reset,
#pragma warning restore CS1591
    }

    private sealed class Negative(Where where, int errno) : DecoratedDriver(All)
    {
        public override Model.DmaLogging.IDmaLog? DmaLog => where == Where.Logging ? new Log(errno) : base.DmaLog;

        public override ArcResult TakeArc(DeviceState from, DeviceState to, out IMigrationFile? file)
        {
            var result = base.TakeArc(from, to, out file);
            if (where == Where.Arc && to == DeviceState.StopCopy)
            {
                file = null;
                At = from;
                return new(errno);
            }

            return result.Errno == 0 || where is not (Where.BrokenArc or Where.Load) ? result : result with { Errno = errno };
        }

        public override int DataSize(out ulong bytes)
        {
            var result = base.DataSize(out bytes);
            return where == Where.DataSize ? errno : result;
        }

        public override int Reset() => where == Where.Reset ? errno : base.Reset();

        protected override IMigrationFile BeforeSaving(IMigrationFile file) => new File(file, where, errno);

        protected override IMigrationFile BeforeResuming(IMigrationFile file) => new File(file, where, errno);

        private sealed class Log(int errno) : Model.DmaLogging.IDmaLog
        {
            public int Start(ReadOnlySpan<Model.DmaLogging.IovaRange> ranges, ref ulong pageSize) => errno;

            public int Stop() => errno;

            public int Report(Model.DmaLogging.IovaRange range, ulong pageSize, Span<byte> bitmap) => errno;
        }

        private sealed class File(IMigrationFile file, Where where, int errno) : DecoratedFile(file)
        {
            public override CallResult Read(Span<byte> buffer)
            {
                var result = base.Read(buffer);
                return where switch
                {
                    Where.Read => CallResult.Fail(errno),
                    Where.ReadCount => CallResult.Of(errno),
                    Where.End when result is { Errno: 0, Value: 0 } => CallResult.Fail(errno),
                    Where.TemporaryEnd when result.Errno == Errno.ENOMSG => CallResult.Fail(errno),
                    _ => result,
                };
            }

            public override CallResult Write(ReadOnlySpan<byte> buffer) =>
                where switch
                {
                    Where.Write => CallResult.Fail(errno),
                    Where.WriteCount => CallResult.Of(errno),
                    _ => base.Write(buffer),
                };

            public override int PrecopyInfo(out ulong initialBytes, out ulong dirtyBytes)
            {
                var result = base.PrecopyInfo(out initialBytes, out dirtyBytes);
                return where == Where.PrecopyInfo ? errno : result;
            }
        }
    }

    private sealed class EndsInsteadOfFailing() : DecoratedDriver(All)
    {
        private bool isIncomplete;

        public override void FailSaveRequest(int errno) => isIncomplete = true;

        public override int Reset()
        {
            isIncomplete = false;
            return base.Reset();
        }

        protected override IMigrationFile BeforeSaving(IMigrationFile file) => new Ending(file, isIncomplete);

        private sealed class Ending(IMigrationFile file, bool isIncomplete) : DecoratedFile(file)
        {
            public override CallResult Read(Span<byte> buffer)
            {
                if (isIncomplete)
                    return CallResult.Success;
                var result = base.Read(buffer);
                return result.Errno == Errno.EIO ? CallResult.Success : result;
            }
        }
    }

    private sealed class GoesToError() : ReferenceDriver(All)
    {
        public override ArcResult TakeArc(DeviceState from, DeviceState to, out IMigrationFile? file)
        {
            var result = base.TakeArc(from, to, out file);
            return result with { Broken = result.Errno != 0 };
        }
    }

    private sealed class RefusesReset(int errno, bool disarms) : ReferenceDriver(All)
    {
        // The first reset is the survey's, and it says whether there is one at all.
        private bool isReset = errno == Errno.EINVAL;

        public override int Reset()
        {
            if (!isReset)
            {
                isReset = true;
                return base.Reset();
            }

            if (disarms)
                base.FailArc(-1, 0, broken: false);
            return errno;
        }
    }

    private sealed class AlwaysInterrupted(bool requests) : DecoratedDriver(All)
    {
        public override ArcResult TakeArc(DeviceState from, DeviceState to, out IMigrationFile? file)
        {
            file = null;
            return requests ? new(Errno.EINTR) : base.TakeArc(from, to, out file);
        }

        public override void Close()
        {
            At = DeviceState.Running;
            Content.PowerOn(); // the next device is another one: no work of this one waits in it
            base.Close();
        }

        protected override IMigrationFile BeforeSaving(IMigrationFile file) => new Interrupted(file);

        private sealed class Interrupted(IMigrationFile file) : DecoratedFile(file)
        {
            public override CallResult Read(Span<byte> buffer) => CallResult.Fail(Errno.EINTR);
        }
    }

    private sealed class SizeIsWhatRemains(ulong less) : ReferenceDriver(All)
    {
        public override int DataSize(out ulong bytes)
        {
            var errno = base.DataSize(out bytes);
            if (At == DeviceState.StopCopy)
                bytes = (ulong)Saving.Remaining() - less;
            return errno;
        }
    }

    private sealed class NothingIsReadable() : DecoratedDriver(All)
    {
        protected override IMigrationFile BeforeSaving(IMigrationFile file) => new Silent(file);

        private sealed class Silent(IMigrationFile file) : DecoratedFile(file)
        {
            public override bool IsReadable => false;
        }
    }

    private sealed class CountsTouches() : ReferenceDriver(All)
    {
        public int Touches { get; private set; }

        public override void Apply(uint pattern)
        {
            Touches++;
            base.Apply(pattern);
        }
    }
}
