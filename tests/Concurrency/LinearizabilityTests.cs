using Conformance.Engine.Concurrency;
using Conformance.Model.Contract;
using Conformance.Model.Migration.Device;
using Conformance.Model.Migration.Oracle;
using Conformance.Model.Migration.Steps;
using Conformance.Model.Requirements;
using NUnit.Framework;

namespace Conformance.Tests.Concurrency;

/// <summary>Histories that somebody wrote down: which have an order, and which call has a place in none.</summary>
[Category("quick")]
public sealed class LinearizabilityTests
{
    private static readonly Step Save = Step.Set(DeviceState.StopCopy);
    private static readonly Step Reset = new(StepKind.Reset);
    private static readonly Step Read = new(StepKind.Read, 16);

    private static readonly MigrationMachine Machine = new(
        MigrationFeatures.StopCopy,
        UapiLevel.V7_2,
        Channels.Kernel,
        ChannelCapabilities.Descriptors | ChannelCapabilities.Ioctl,
        DeviceTraits.Cautious,
        hasLogging: false,
        hasReset: true
    );

    [Test]
    public void A_get_beside_a_request_may_show_the_old_state_and_the_new_one([Values(DeviceState.Running, DeviceState.StopCopy)] DeviceState state) =>
        HasOrder(Set(0, 5, DeviceState.StopCopy, 0), Get(1, 2, state));

    [Test]
    public void And_nothing_else() => HasNone(1, Set(0, 5, DeviceState.StopCopy, 0), Get(1, 2, DeviceState.Resuming));

    [Test]
    public void Who_has_seen_the_new_state_sees_it_from_then_on() =>
        HasNone(2, Set(0, 9, DeviceState.StopCopy, 0), Get(1, 2, DeviceState.StopCopy), Get(3, 4, DeviceState.Running));

    [Test]
    public void Of_two_requests_of_one_state_one_opens_a_session()
    {
        HasOrder(Set(0, 5, DeviceState.StopCopy, 0), Set(1, 6, DeviceState.StopCopy, -1));
        HasOrder(Set(0, 5, DeviceState.StopCopy, -1), Set(1, 6, DeviceState.StopCopy, 0));
        // Either may be first; the one that came back first is named.
        HasNone(0, Set(0, 5, DeviceState.StopCopy, 0), Set(1, 6, DeviceState.StopCopy, 1));
    }

    /// <summary>MIG-ERR-05.</summary>
    [Test]
    public void A_get_beside_a_reset_may_show_the_old_state_and_one_behind_it_may_not()
    {
        HasOrder(Set(0, 1, DeviceState.StopCopy, 0), Done(2, 5, Reset), Get(3, 6, DeviceState.StopCopy));
        HasNone(2, Set(0, 1, DeviceState.StopCopy, 0), Done(2, 5, Reset), Get(6, 7, DeviceState.StopCopy));
    }

    /// <summary>MIG-ERR-05: the reset is done by the GET that it met, and a read does not wait for that one.</summary>
    [Test]
    public void A_read_behind_a_reset_may_still_get_data_while_the_call_that_the_reset_met_goes_on()
    {
        HasOrder(Set(0, 1, DeviceState.StopCopy, 0), Get(2, 9, DeviceState.StopCopy), Done(3, 4, Reset), Data(5, 6, 0));
        HasNone(2, Set(0, 1, DeviceState.StopCopy, 0), Done(3, 4, Reset), Data(5, 6, 0));
        HasNone(3, Set(0, 1, DeviceState.StopCopy, 0), Get(2, 5, DeviceState.StopCopy), Done(3, 6, Reset), Data(7, 8, 0));
    }

    /// <summary>MIG-ERR-05: so may GET_PRECOPY_INFO and another reset be met.</summary>
    [Test]
    public void A_reset_may_be_put_off_to_another_one() =>
        HasOrder(Set(0, 1, DeviceState.StopCopy, 0), Done(2, 9, Reset), Done(3, 4, Reset), Data(5, 6, 0), Get(10, 11, DeviceState.Running));

    /// <summary>MIG-ERR-06.</summary>
    [Test]
    public void A_request_that_a_reset_overtakes_may_succeed_with_a_dead_descriptor()
    {
        HasOrder(Set(0, 5, DeviceState.StopCopy, 0), Done(1, 2, Reset), Get(6, 7, DeviceState.Running), Dead(8, 9, 0));
        // All of one or all of the other, but no mixture.
        HasOrder(Set(0, 5, DeviceState.StopCopy, 0), Done(1, 2, Reset), Get(6, 7, DeviceState.StopCopy), Data(8, 9, 0));
        HasNone(3, Set(0, 5, DeviceState.StopCopy, 0), Done(1, 2, Reset), Get(6, 7, DeviceState.StopCopy), Dead(8, 9, 0));
        HasNone(3, Set(0, 5, DeviceState.StopCopy, 0), Done(1, 2, Reset), Get(6, 7, DeviceState.Running), Data(8, 9, 0));
    }

    /// <summary>MIG-ERR-06: only a reset that it meets is an excuse for a request.</summary>
    [Test]
    public void A_request_that_a_reset_overtakes_may_fail()
    {
        HasOrder(Failed(0, 5, DeviceState.StopCopy), Done(1, 2, Reset), Get(6, 7, DeviceState.Running));
        HasNone(0, Failed(0, 5, DeviceState.StopCopy), Done(6, 7, Reset), Get(8, 9, DeviceState.Running));
        HasNone(2, Failed(0, 5, DeviceState.StopCopy), Done(1, 2, Reset), Get(6, 7, DeviceState.Stop));
    }

    [Test]
    public void A_session_that_another_thread_ended_is_dead_for_its_reader()
    {
        HasOrder(Set(0, 1, DeviceState.StopCopy, 0), Set(2, 7, DeviceState.Stop, -1), Dead(3, 4, 0));
        HasOrder(Set(0, 1, DeviceState.StopCopy, 0), Set(2, 7, DeviceState.Stop, -1), Data(3, 4, 0));
        HasNone(2, Set(0, 1, DeviceState.StopCopy, 0), Set(2, 3, DeviceState.Stop, -1), Data(4, 5, 0));
        HasNone(3, Set(0, 1, DeviceState.StopCopy, 0), Set(2, 7, DeviceState.Stop, -1), Dead(3, 4, 0), Data(5, 6, 0));
    }

    /// <summary>A call that did not come back overlaps everything behind its begin; one order with it is enough.</summary>
    [Test]
    public void What_did_not_come_back_may_have_been_done() =>
        HasOrder(Set(0, int.MaxValue, DeviceState.StopCopy, 0), Get(1, 2, DeviceState.Running), Get(3, 4, DeviceState.StopCopy));

    /// <summary>Real clocks: what came back at the time at which another began did not come before it.</summary>
    [Test]
    public void Calls_that_touch_overlap()
    {
        HasOrder(Set(0, 3, DeviceState.StopCopy, 0), Get(3, 5, DeviceState.Running));
        HasNone(1, Set(0, 3, DeviceState.StopCopy, 0), Get(4, 5, DeviceState.Running));
        HasOrder(Get(0, 3, DeviceState.StopCopy), Set(3, 5, DeviceState.StopCopy, 0));
        HasNone(0, Get(0, 2, DeviceState.StopCopy), Set(3, 5, DeviceState.StopCopy, 0));
    }

    [Test]
    public void Calls_that_took_no_time_overlap_what_was_at_that_time()
    {
        HasOrder(Set(2, 2, DeviceState.StopCopy, 0), Get(2, 2, DeviceState.Running));
        HasOrder(Set(2, 2, DeviceState.StopCopy, 0), Get(2, 2, DeviceState.StopCopy));
        HasOrder(Set(0, 2, DeviceState.StopCopy, 0), Get(1, 1, DeviceState.Running), Get(1, 1, DeviceState.StopCopy));
        HasNone(1, Set(2, 2, DeviceState.StopCopy, 0), Get(3, 3, DeviceState.Running));
    }

    [Test]
    public void Calls_of_one_thread_keep_their_order_at_one_time()
    {
        var (set, get) = (Set(2, 2, DeviceState.StopCopy, 0), Get(2, 2, DeviceState.Running));
        (set.Step, get.Step) = (set.Step.By(1), get.Step.By(1));
        HasNone(1, set, get);
        get.Step = get.Step.By(2);
        HasOrder(set, get);
    }

    private static void HasOrder(params Call[] calls) => Assert.That(Search(calls), Is.Null);

    private static void HasNone(int blamed, params Call[] calls)
    {
        var none = Search(calls);
        Assert.That(none, Is.Not.Null);
        Assert.That(none!.Call, Is.EqualTo(blamed), $"blamed after {string.Join(", ", none.Order)}");
    }

    private static NoOrder? Search(Call[] calls)
    {
        for (var index = 0; index < calls.Length; index++)
            calls[index].Index = index;
        return new Linearizability(Machine).Search(ModelState.Opened(), calls, default);
    }

    private static Call Of(int called, int returned, Step step, Observation seen, int session = Call.NoSession) =>
        new()
        {
            Step = step,
            Called = called,
            Returned = returned,
            Seen = seen,
            Session = session,
        };

    private static Call Get(int called, int returned, DeviceState state) => Of(called, returned, Step.Get, new() { State = (uint)state, Descriptor = -1 });

    private static Call Set(int called, int returned, DeviceState state, int descriptor) =>
        Of(called, returned, Step.Set(state), new() { State = (uint)state, Descriptor = descriptor });

    private static Call Failed(int called, int returned, DeviceState state) =>
        Of(
            called,
            returned,
            Step.Set(state),
            new()
            {
                State = (uint)state,
                Descriptor = -1,
                Errno = Errno.EIO,
            }
        );

    private static Call Done(int called, int returned, Step step) => Of(called, returned, step, default);

    private static Call Data(int called, int returned, int session) => Of(called, returned, Read, new() { Value = 16 }, session);

    private static Call Dead(int called, int returned, int session) => Of(called, returned, Read, new() { Errno = Errno.ENODEV }, session);
}
