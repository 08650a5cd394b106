using Conformance.Engine.Migration;
using Conformance.Model.Contract;
using Conformance.Model.Migration.Device;
using Conformance.Model.Migration.Oracle;
using Conformance.Model.Migration.Steps;
using NUnit.Framework;

namespace Conformance.Tests.Migration;

/// <summary>What docs/expectations.md says of the facts of a migration plan.</summary>
public sealed class PlanFactsTests
{
    [Test]
    public void A_request_tells_its_way_and_what_came_before()
    {
        var plan = Plan.Of(
            Step.Set(DeviceState.StopCopy),
            Step.ReadToEnd(),
            Step.Set(DeviceState.Resuming),
            Step.WriteRest(1, Images.First),
            Step.Set(DeviceState.Running)
        );
        Assert.That(
            Of(plan, DeviceState.Resuming, DivergenceKind.Result, "success, data_fd -1, or EINVAL or EIO, data_fd -1", "ENOENT, data_fd -1"),
            Is.EqualTo(
                "step=set-state from=RESUMING request=RUNNING arc=RS>ST arc=ST>RP arc=RP>RU kind=result session=resuming earlier=read-to-end "
                    + "earlier=write-rest write-chunk=1 image=first expected=success expected=EINVAL expected=EIO seen=ENOENT"
            )
        );
    }

    [TestCase(SpoilKind.Keep, "cut")]
    [TestCase(SpoilKind.Drop, "cut")]
    [TestCase(SpoilKind.Extend, "extended")]
    [TestCase(SpoilKind.Join, "joined")]
    [TestCase(SpoilKind.Splice, "mixed")]
    [TestCase(SpoilKind.TakeRead, "cancelled")]
    [TestCase(SpoilKind.Flip, "changed")]
    [TestCase(SpoilKind.Put, "changed")]
    [TestCase(SpoilKind.Swap, "changed")]
    public void What_was_done_to_an_image_is_named(SpoilKind kind, string expected)
    {
        var plan = Plan.Of(new ImageSpoil(kind, 8).ToStep(), Step.Set(DeviceState.Resuming), Step.WriteRest(), Step.Set(DeviceState.Stop));
        Assert.That(
            Of(plan, DeviceState.Resuming, DivergenceKind.Result, "any errno but ENOTTY, data_fd -1", "success, data_fd -1"),
            Is.EqualTo(
                "step=set-state from=RESUMING request=STOP arc=RS>ST kind=result session=resuming earlier=spoil-image "
                    + $"spoilt={expected} earlier=write-rest expected=any-errno-but-ENOTTY seen=success"
            )
        );
    }

    [TestCase(2u, "below-the-envelope")]
    [TestCase(8u, "envelope")]
    [TestCase(16u, "with-payload")]
    public void A_raw_call_tells_its_envelope(uint argsz, string expected)
    {
        var probe = new Probe(Uapi.MigDeviceState | Uapi.Get | Uapi.Set | 1u << 30, argsz, 4, (byte)DeviceState.Stop, ProbeOptions.Garbage);
        var facts = Of(new([probe.ToStep()], unbound: true), DeviceState.Running, DivergenceKind.Result, "any errno", "success");
        Assert.That(
            facts,
            Is.EqualTo(
                $"step=probe from=RUNNING kind=result opened=without-access session=none feature=2 method=GET method=SET flags=reserved "
                    + $"argsz={expected} mapped=in-part payload=garbage request=STOP expected=any-errno seen=success"
            )
        );
    }

    [Test]
    public void An_injected_failure_and_what_differs_are_named()
    {
        var plan = Plan.Of(Step.FailArc(1, Errno.EIO, broken: true), Step.Set(DeviceState.StopCopy), Step.Get);
        Assert.That(
            Of(plan, DeviceState.Error, DivergenceKind.State, "success, ERROR, data_fd -1", "success, STOP, data_fd -1"),
            Is.EqualTo(
                "step=get-state from=ERROR kind=state session=saving injected=broken-arc injected-arc=2 injected-errno=EIO expected=success "
                    + "seen=success differs=state"
            )
        );
    }

    [Test]
    public void A_crash_and_an_unknown_feature_set_say_less()
    {
        var plan = Plan.Of(Step.Set(DeviceState.Stop));
        Assert.That(
            PlanFacts.Of(plan, 0, StateSet.Of(DeviceState.Running), DivergenceKind.Crash, "an answer", "ended by signal 11", (MigrationFeatures)9),
            Is.EqualTo(["step=set-state", "from=RUNNING", "request=STOP", "kind=crash", "session=none"])
        );
        Assert.That(PlanFacts.Of(new([]), 0, StateSet.None, DivergenceKind.Hang, "an answer", "none", null), Is.Empty);
    }

    [Test]
    public void A_write_that_failed_before_is_named()
    {
        var plan = Plan.Of(Step.Set(DeviceState.Resuming), new(StepKind.Write, 16), Step.WriteRest(), Step.Set(DeviceState.Stop));
        StepTrace[] trace =
        [
            new(plan.Steps[0], "success, data_fd 6"),
            new(plan.Steps[1], "success, 16 bytes"),
            new(plan.Steps[2], "EFAULT, 0 bytes"),
            new(plan.Steps[3], "EINVAL"),
        ];
        IReadOnlyList<string> Facts(IReadOnlyList<StepTrace>? seen) =>
            PlanFacts.Of(plan, 3, StateSet.Of(DeviceState.Resuming), DivergenceKind.Result, "any errno", "success", (MigrationFeatures)7, seen);
        Assert.That(Facts(trace).Except(Facts(null)), Is.EqualTo(["refused=write-rest"]));
        // The failing step is none of those before it.
        Assert.That(Facts(trace[..3]).Except(Facts(null)), Is.Empty);
    }

    [Test]
    public void Of_a_content_it_is_told_how_much_was_loaded()
    {
        var plan = Plan.Of(
            Step.Set(DeviceState.Resuming),
            new(StepKind.Write, 16),
            Step.WriteRest(),
            Step.Set(DeviceState.Resuming),
            new(StepKind.Write, 16),
            Step.WriteRest(),
            Step.Set(DeviceState.Running),
            new(StepKind.Digest)
        );
        string[] load = ["success, data_fd 6", "success, 16 bytes", "success, 160 bytes"];
        string[] seen = [.. load, .. load[..2], "ENOMEM", "success", "success"];
        var trace = plan.Steps.Select((step, index) => new StepTrace(step, seen[index])).ToArray();
        IReadOnlyList<string> Facts(int failing, params IReadOnlyList<StepTrace> steps) =>
            PlanFacts.Of(plan, failing, StateSet.Of(DeviceState.Running), DivergenceKind.Value, "success", "success", (MigrationFeatures)7, steps);
        IEnumerable<string> Loaded(params IReadOnlyList<StepTrace> steps) =>
            Facts(7, steps).Where(fact => fact.StartsWith("loaded=", StringComparison.Ordinal));
        Assert.That(Loaded(trace), Is.EqualTo(["loaded=176", "loaded=16"]));
        Assert.That(Loaded([.. trace[..3], trace[7]]), Is.EqualTo(["loaded=176"]));
        // Not where nothing was loaded, and of nothing else.
        Assert.That(Facts(7, trace[6..]).Concat(Facts(6, trace[..7])), Has.None.StartWith("loaded="));
    }

    private static string Of(Plan plan, DeviceState before, DivergenceKind kind, string expected, string seen) =>
        string.Join(' ', PlanFacts.Of(plan, plan.Steps.Count - 1, StateSet.Of(before), kind, expected, seen, (MigrationFeatures)7));
}
