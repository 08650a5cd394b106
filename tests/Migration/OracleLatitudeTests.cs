using Conformance.Engine.Migration;
using Conformance.Model.Contract;
using Conformance.Model.Migration.Device;
using Conformance.Model.Migration.Oracle;
using Conformance.Model.Migration.Steps;
using Conformance.Model.Requirements;
using NUnit.Framework;
using static Conformance.Model.Requirements.RequirementId;

namespace Conformance.Tests.Migration;

/// <summary>What real drivers do and the contract allows: none of it is a violation.</summary>
[Category("quick")]
public sealed class OracleLatitudeTests
{
    private const ChannelCapabilities KernelCapabilities = ChannelCapabilities.Descriptors | ChannelCapabilities.Ioctl | ChannelCapabilities.MemoryProtection;

    private static readonly Step Save = Step.Set(DeviceState.StopCopy);
    private static readonly Step Poll = new(StepKind.Poll, 200);
    private static readonly Step DataSize = new(StepKind.QueryDataSize);
    private static readonly Step Reset = new(StepKind.Reset);

    [Test]
    public void A_saving_descriptor_need_not_be_readable_before_an_asynchronous_save_has_data()
    {
        Assert.That(See(Kernel(), [Save], Poll, default).Rules.IsNone);
        Assert.That(See(Kernel(), [Save, Step.ReadToEnd()], Poll, default).Rules.First, Is.EqualTo(MIG_FD_13), "but at the end it must be");
    }

    [Test]
    public void Requests_after_an_early_close_of_the_descriptor_are_a_convention()
    {
        var judged = See(
            Kernel(),
            [Step.Set(DeviceState.PreCopy), new(StepKind.CloseData)],
            Step.Set(DeviceState.Running),
            new()
            {
                Errno = Errno.ENODEV,
                State = 2,
                Descriptor = -1,
            }
        );
        Assert.That(judged.Rules, Is.EqualTo(Rules.Of(MIG_FD_17)));
    }

    [Test]
    public void No_byte_may_be_left_at_the_end_of_the_stream()
    {
        Assert.That(See(Kernel(), [Save, Step.ReadToEnd()], DataSize, default).Agrees);
        Assert.That(See(Kernel(), [Save], DataSize, default).Rules, Is.EqualTo(Rules.Of(SIZE_04)), "but before there are some");
    }

    [Test]
    public void The_data_size_may_differ_once_something_was_read([Values] bool read)
    {
        Step[] before = read ? [Save, DataSize, new(StepKind.Read, 5), Step.Set(DeviceState.Stop)] : [Save, DataSize, Step.Set(DeviceState.Stop)];
        Assert.That(See(Kernel(), before, DataSize, new() { Value = 77 }).Agrees, Is.EqualTo(read));
    }

    [Test]
    public void A_reset_may_not_get_its_locks_and_then_nothing_is_known()
    {
        var machine = Kernel();
        var state = After(machine, [Save]);
        Assert.That(See(machine, [Save], Reset, new() { Errno = Errno.EAGAIN }).Agrees);
        var next = MigrationOracle.Next(machine, state, Reset, new() { Errno = Errno.EAGAIN }, default);
        Assert.That(next.States, Is.EqualTo(machine.Paths.States.With(DeviceState.Error)));
    }

    [Test]
    public void Hardware_may_not_be_able_to_track_a_range()
    {
        var start = new Probe(Uapi.DmaLoggingStart | Uapi.Set, 32, Options: ProbeOptions.Range).ToStep();
        Assert.That(See(Kernel(), [], start, new() { Errno = Errno.EOPNOTSUPP }).Rules.IsNone);
        Assert.That(See(Kernel(), [], start, new() { Errno = Errno.EINVAL }).Rules.Has(ABI_01), "but a range that is well formed is not invalid");
    }

    [Test]
    public void Without_descriptors_the_handle_of_an_ended_session_is_that_of_the_live_one()
    {
        var socket = new MigrationMachine(
            (MigrationFeatures)7,
            UapiLevel.V6_12,
            Channels.Socket,
            ChannelCapabilities.None,
            DeviceTraits.Cautious,
            hasLogging: false,
            hasReset: true
        );
        Step[] twice = [Save, Step.Set(DeviceState.Running), Save];
        var read = new Step(StepKind.StaleRead, 16);
        Assert.That(See(socket, twice, read, new() { Value = 16 }).Rules.IsNone);
        Assert.That(See(socket, [Save, Step.Set(DeviceState.Running)], read, new() { Value = 16 }).Rules.Has(MIG_FD_14), "but without a live one it is dead");
    }

    [Test]
    public void A_read_that_gives_more_than_was_asked_for_is_no_matter_of_ioctls()
    {
        var judged = See(Kernel(), [Save], new(StepKind.Read, 5), new() { Value = 6, Marks = Marks.Return });
        Assert.That(judged.Rules, Is.EqualTo(Rules.Of(MIG_FD_08)));
    }

    [Test]
    public void Nobody_writes_to_an_ended_resuming_session_of_a_kernel_that_is_needed()
    {
        Step[] resumed = [Save, Step.ReadToEnd(), Step.Set(DeviceState.Resuming), Step.WriteRest(), Step.Set(DeviceState.Stop), new(StepKind.StaleWrite, 16)];
        Step[] saved = [Save, Step.Set(DeviceState.Stop), new(StepKind.StaleWrite, 16)];
        Assert.That(Simulation.IsHarmless(Kernel(), new(resumed)), Is.False);
        Assert.That(Simulation.IsHarmless(Kernel(), new(saved)));
    }

    [Test]
    public void Only_a_request_of_a_pre_copy_state_out_of_STOP_COPY_may_be_blocked(
        [Values(StepKind.SetState, StepKind.SetWatched, StepKind.SetReadOnly, StepKind.SetWithoutDescriptor, StepKind.GetState)] StepKind kind,
        [Range(0, 8)] int target
    )
    {
        var blocked = kind != StepKind.GetState && (DeviceState)target is DeviceState.PreCopy or DeviceState.PreCopyP2P;
        for (var states = 1; states < 256; states++)
        {
            var state = ModelState.Opened() with { States = new((byte)states) };
            Assert.That(
                MigrationOracle.MayBeBlocked(Kernel(), state, new(kind, (uint)target)),
                Is.EqualTo(blocked && state.States.Contains(DeviceState.StopCopy)),
                $"{state.States}"
            );
        }
    }

    [Test]
    public void A_leak_is_one_of_a_lost_descriptor_only_after_one_was_lost([Values] bool lost)
    {
        var count = new Step(StepKind.CountDescriptors);
        Step[] before = [count, lost ? new(StepKind.SetReadOnly, (uint)DeviceState.StopCopy) : Save];
        Assert.That(See(Kernel(), before, count, new() { Value = 9 }).Rules.Has(MIG_FD_23), Is.EqualTo(lost));
    }

    /// <summary>E-21: whether bytes behind a complete stream make another complete one, only the driver knows.</summary>
    [TestCase("complete 40", false)]
    [TestCase("complete 40, complete 176", true)]
    public void Bytes_behind_a_stream_may_make_another_one_where_the_driver_says_so(string stream, bool mayLoad)
    {
        var machine = new MigrationMachine(
            MigrationFeatures.StopCopy,
            UapiLevel.V7_2,
            Channels.Kernel,
            KernelCapabilities,
            new() { Stream = StreamFields.Of(stream) },
            hasLogging: false,
            hasReset: true
        );
        var state = ModelState.Opened();
        foreach (
            var (step, seen) in new (Step, Observation)[]
            {
                (Save, Request(DeviceState.StopCopy, 5)),
                (Step.ReadToEnd(), new() { Value = 40, Hash = 1 }),
                (Step.Set(DeviceState.Resuming), Request(DeviceState.Resuming, 6)),
                (Step.WriteRest(), new() { Value = 40 }),
                (new(StepKind.WriteSurplus, 136), new() { Value = 136 }),
            }
        )
        {
            var judged = Judge(machine, state, step, seen, out var outcome);
            Assert.That(judged.Agrees, $"{step}");
            state = MigrationOracle.Next(machine, state, step, seen, outcome);
        }

        var left = Judge(machine, state, Step.Set(DeviceState.Stop), Request(DeviceState.Stop, -1), out _);
        Assert.That(left.Rules.First, Is.EqualTo(mayLoad ? RequirementId.None : MIG_RES_09));
    }

    private static Observation Request(DeviceState state, int descriptor) => new() { State = (uint)state, Descriptor = descriptor };

    private static Judgement Judge(MigrationMachine machine, in ModelState state, in Step step, in Observation seen, out Outcome outcome)
    {
        var outcomes = default(OutcomeSet);
        MigrationOracle.Allowed(machine, state, step, ref outcomes);
        var judged = MigrationOracle.Compare(machine, state, step, seen, outcomes);
        outcome = judged.Outcome < 0 ? default : outcomes[judged.Outcome];
        return judged;
    }

    private static MigrationMachine Kernel() =>
        new((MigrationFeatures)7, UapiLevel.V7_2, Channels.Kernel, KernelCapabilities, DeviceTraits.Cautious, hasLogging: true, hasReset: true);

    private static ModelState After(MigrationMachine machine, Step[] before) => Simulation.Run(machine, new(before));

    private static Judgement See(MigrationMachine machine, Step[] before, Step step, Observation seen)
    {
        var state = After(machine, before);
        var outcomes = default(OutcomeSet);
        MigrationOracle.Allowed(machine, state, step, ref outcomes);
        return MigrationOracle.Compare(machine, state, step, seen, outcomes);
    }
}
