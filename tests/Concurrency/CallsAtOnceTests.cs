using Conformance.Drivers;
using Conformance.Drivers.Addresses;
using Conformance.Engine.Judging;
using Conformance.Engine.Migration;
using Conformance.Engine.Workers;
using Conformance.Model.Contract;
using Conformance.Model.Migration.Device;
using Conformance.Model.Migration.Oracle;
using Conformance.Model.Migration.Steps;
using Conformance.Reports;
using Conformance.Tests.Migration;
using NUnit.Framework;

namespace Conformance.Tests.Concurrency;

/// <summary>
/// Calls of real threads, with times that somebody wrote down: a correct driver makes the calls one behind the other, and what it gave is recorded as if they
/// had overlapped.
/// </summary>
[Category("quick")]
public sealed class CallsAtOnceTests
{
    private static readonly Step Save = Step.Set(DeviceState.StopCopy);
    private static readonly Step Read = new(StepKind.Read, 16);
    private static readonly Step Reset = new(StepKind.Reset);

    private static readonly Plan[] Plans =
    [
        Plan.Of(Save.By(1), Step.Get.By(2), Step.Get, Read),
        Plan.Of(Save.By(1), Save.By(2), Step.Get, Read),
        Plan.Of(Save, Read.By(1), Read.By(2), Step.Get, Read),
        Plan.Of(Save, Step.Set(DeviceState.Stop).By(1), Read.By(2), Step.Get, Read),
        Plan.Of(Save, Step.ReadToEnd(), Step.Set(DeviceState.Stop), Save, Read.By(1), Read.By(2), Step.Get, Read),
        Plan.Of(
            Save,
            Step.ReadToEnd(),
            Step.Set(DeviceState.Resuming),
            new Step(StepKind.Write, 4096).By(1),
            new Step(StepKind.Write, 4096).By(2),
            Step.Get,
            Read
        ),
        Plan.Of(Save.By(1), Reset.By(2), Step.Get, Read),
        Plan.Of(Save, Step.Get.By(1), Read.By(1), Reset.By(2), Read.By(3), Step.Get, Read),
    ];

    /// <summary>Whatever the order in which they were made, and whatever part of them overlapped.</summary>
    [Test]
    public void Answers_of_an_order_have_one([Range(0, 7)] int plan, [Values] Times times, [Values] bool reversed)
    {
        using var run = new Recorded(times, reversed, (_, _, _) => { });
        var result = run.Runner.Run(Plans[plan], run.Ledger);
        Assert.That(result.HarnessError, Is.Null);
        Assert.That(result.Worst, Is.Null);
        Assert.That(run.Rounds, Is.GreaterThan(1), "the device is brought back to where the threads begin");
    }

    [Test]
    public void What_fits_no_order_is_shown_with_its_times()
    {
        using var run = new Recorded(
            Times.Beside,
            false,
            (round, call, result) =>
            {
                // A torn state, in one round of many.
                if (round == 3 && call.Thread == 2)
                    BitConverter.TryWriteBytes(result.AsSpan(8), (uint)DeviceState.Resuming);
            }
        );
        var plan = Plans[0];
        var worst = (PlanDivergence)run.Runner.Run(plan, run.Ledger).Worst!;
        Assert.That(worst.NeedNotRepeat, Is.True);
        var finding = run.Runner.Describe(plan, worst);
        Assert.That(finding.Requirements[0], Is.EqualTo("MIG-FSM-17"));
        Assert.That(finding.Trace[0].Observation, Does.StartWith("(--)"));
        Assert.That(finding.Trace[1].Observation, Does.StartWith(".()"));
        Assert.That(finding.Verdict, Is.EqualTo(RequirementVerdict.Violation));
    }

    [Test]
    public void A_round_that_did_not_begin_as_it_should_is_not_judged()
    {
        using var run = new Recorded(
            Times.Beside,
            false,
            (round, call, result) =>
            {
                if (round > 0 && call.Thread is 0 or 2 && result.Length >= 12)
                    BitConverter.TryWriteBytes(result.AsSpan(8), 77u);
            }
        );
        Assert.That(run.Runner.Run(Plan.Of(Step.Get, Save.By(1), Step.Get.By(2), Step.Get, Read), run.Ledger).Worst, Is.Null);
    }

    [Test]
    public void What_may_stop_a_kernel_in_some_order_is_not_made_at_once()
    {
        using var run = new Recorded(Times.Beside, false, (_, _, _) => { });
        Assert.That(
            run.Runner.Refuses(Plan.Of(Save.By(1), Step.Set(DeviceState.PreCopy).By(2), Step.Get)),
            Does.Contain("in an order that is known to stop kernels")
        );
        Assert.That(run.Runner.Refuses(Plan.Of(Step.Set(DeviceState.PreCopy).By(1), Save.By(1), Step.Get.By(2))), Is.Null);
    }

    /// <summary>How the times of two threads lie.</summary>
    public enum Times
    {
        /// <summary>One within the other.</summary>
        Beside,

        /// <summary>All at one time, none of which took any.</summary>
        AtOneTime,

        /// <summary>Each begins when the other one has come back.</summary>
        Touching,
    }

    private sealed class Recorded : IDisposable
    {
        private readonly Target target;

        public Recorded(Times times, bool reversed, Action<int, ScriptCall, byte[]> change)
        {
            target = new(DriverSchemes.Parse("reference:full").Open<IMigrationTarget>(), times, reversed, change);
            Runner = new(target, Survey.Look(target, NullJournal.Instance).Machine!, NullJournal.Instance);
        }

        public LockstepRunner Runner { get; }

        public Ledger Ledger { get; } = new();

        public int Rounds => target.Rounds;

        public void Dispose() => target.Dispose();
    }

    private sealed class Target(IMigrationTarget reference, Times times, bool reversed, Action<int, ScriptCall, byte[]> change) : IMigrationTarget
    {
        public int Rounds { get; set; }

        public string Address => reference.Address;

        public Channels Channel => reference.Channel;

        public ChannelCapabilities Capabilities =>
            (reference.Capabilities & ~(ChannelCapabilities.Interleaving | ChannelCapabilities.ArcTrace)) | ChannelCapabilities.Threads;

        public DeviceTraits Traits => reference.Traits;

        public TimeSpan Deadline => reference.Deadline;

        public IMigrationDevice Open() => new Device(reference.Open(), this, times, reversed, change);

        public IMigrationDevice OpenUnbound() => new Device(reference.OpenUnbound(), this, times, reversed, change);

        public void Dispose() => reference.Dispose();
    }

    // Makes the calls of a script one behind the other, and says other times.
    private sealed class Device(IMigrationDevice device, Target target, Times times, bool reversed, Action<int, ScriptCall, byte[]> change)
        : DecoratedDevice(device)
    {
        private const long Long = 100;
        private int live,
            owner,
            position;
        private long now = 1;

        public override IReadOnlyList<ScriptResult[]>? Run(ThreadScript script)
        {
            var rounds = new List<ScriptResult[]>();
            for (var round = 0; round < script.Rounds; round++)
            {
                var results = new ScriptResult[script.Calls.Count];
                Array.Fill(results, new());
                (live, owner, position) = round == 0 ? (script.Session, -1, script.Position) : (-1, -1, 0);
                var order = Enumerable.Range(0, script.Calls.Count).GroupBy(index => script.Calls[index].Thread).OrderBy(group => group.Key).ToList();
                var beside = order.Where(group => group.Key is > 0 and < ThreadScript.After).ToList();
                if (reversed)
                    beside.Reverse();
                if (round > 0)
                {
                    foreach (var index in order.Where(group => group.Key == 0).SelectMany(group => group))
                        results[index] = Make(round, index, script) with { Begin = now++, End = now++ };
                    if (!script.Keeps)
                        live = -1;
                }

                var begin = now;
                foreach (var group in beside)
                foreach (var (index, at) in group.Select((index, at) => (index, at)))
                    results[index] = At(Make(round, index, script), begin, group.Key, at, group.Count());
                now = Math.Max(now, begin + Long) + 1;
                foreach (var index in order.Where(group => group.Key == ThreadScript.After).SelectMany(group => group))
                    results[index] = Make(round, index, script) with { Begin = now++, End = now++ };
                rounds.Add(results);
            }

            target.Rounds = rounds.Count;
            return rounds;
        }

        private ScriptResult At(ScriptResult made, long begin, int thread, int at, int count) =>
            times switch
            {
                Times.AtOneTime => made with { Begin = begin, End = begin },
                Times.Touching => made with { Begin = now, End = ++now },
                _ => made with { Begin = begin + (at * Long / count) + thread, End = begin + ((at + 1) * Long / count) - thread },
            };

        private ScriptResult Make(int round, int index, ThreadScript script)
        {
            var call = script.Calls[index];
            var from = position;
            var bytes = call.Operation == ScriptOperation.Write ? call.Image[Math.Min(from, call.Image.Length)..].ToArray() : new byte[call.Room];
            bytes = call.Operation == ScriptOperation.Write ? bytes[..Math.Min(bytes.Length, call.Size)] : bytes;
            if ((call.Operation != ScriptOperation.DeviceIoctl && live < 0) || (call.Operation == ScriptOperation.Write && bytes.Length == 0))
                return new();
            call.Bytes.CopyTo(bytes);
            var length = 0;
            var result = CallResult.Success;
            do
            {
                result = call.Operation switch
                {
                    ScriptOperation.DeviceIoctl when call.Request == Uapi.DeviceReset => Reset(),
                    ScriptOperation.DeviceIoctl => Feature(new UserBuffer(bytes)),
                    ScriptOperation.DataIoctl => DataIoctl(live, call.Request, new UserBuffer(bytes)),
                    ScriptOperation.Write => Write(live, new UserBuffer(bytes)),
                    _ => Read(live, new UserBuffer(bytes.AsSpan(length))),
                };
                length += call.Operation is ScriptOperation.Read or ScriptOperation.ReadToEnd && result.Ok ? (int)result.Value : 0;
            } while (call.Operation == ScriptOperation.ReadToEnd && result is { Ok: true, Value: > 0 });
            var session = call.Operation == ScriptOperation.DeviceIoctl ? ScriptResult.NoSession : owner;
            if (call.Opens && result.Ok && BitConverter.ToInt32(bytes, 12) is >= 0 and var opened)
                (live, owner, position) = (opened, index, 0);
            else if (call.Operation == ScriptOperation.Write && result.Ok)
                position += (int)result.Value;
            change(round, call, bytes);
            return new()
            {
                Made = true,
                Result = result,
                Bytes =
                    call.Operation == ScriptOperation.Write ? default
                    : call.Operation is ScriptOperation.Read or ScriptOperation.ReadToEnd ? bytes.AsMemory(0, length)
                    : bytes,
                Session = session,
                Position = from,
            };
        }
    }
}
