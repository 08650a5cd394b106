using Conformance.Drivers.Reference.Migration;
using Conformance.Drivers.VfioCore;
using Conformance.Engine.Campaigns;
using Conformance.Engine.Migration;
using Conformance.Engine.Workers;
using Conformance.Model.Contract;
using Conformance.Model.Migration.Device;
using Conformance.Model.Migration.Steps;
using Conformance.Reports;
using Conformance.Tests.Migration;
using NUnit.Framework;

namespace Conformance.Tests.Drivers;

/// <summary>What the review of the hisi_acc driver asked of others than drivers: of this kit as a user, and of judges that must not ask too much.</summary>
[Category("long")]
[Parallelizable(ParallelScope.Self)]
public sealed class HisiAccThreadTests
{
    private const MigrationFeatures Full = (MigrationFeatures)7;

    /// <summary>SEED-01: whatever this kit asks, it says how much memory there is, what it asks about, and whether it gets, sets or probes.</summary>
    [Test]
    public void The_kit_never_leaves_flags_out()
    {
        var calls = new List<(uint Argsz, uint Flags)>();
        using var target = new InProcessTarget("watched", new ReferenceDriver(Full), bound => new Watched(bound, calls), InProcessTarget.DefaultDeadline);
        var machine = Survey.Look(target, NullJournal.Instance).Machine!;
        var runner = new LockstepRunner(target, machine, NullJournal.Instance);
        var plans = DirectRun
            .Campaigns.SelectMany(campaign => campaign.Plans(machine, new(1, 64)))
            .Select(plan => plan.Plan)
            // Raw calls are wrong on purpose, and what holds a request up takes its time.
            .Where(plan => plan.Steps.All(step => step.Kind is not (StepKind.Probe or StepKind.SetWatched or StepKind.Pause)));
        foreach (var plan in plans)
            runner.Run(plan);
        Assert.That(calls, Has.Count.GreaterThan(10_000));
        Assert.That(calls.Select(call => Complaint(call.Argsz, call.Flags)).Where(complaint => complaint is not null).Distinct(), Is.Empty);
    }

    /// <summary>The check above can fail: the caller of the first posting is found.</summary>
    [TestCase(16u, 0u, "no feature")]
    [TestCase(16u, Uapi.Migration, "no method")]
    [TestCase(0u, Uapi.Migration | Uapi.Get, "no argsz")]
    [TestCase(16u, Uapi.MigDeviceState | Uapi.Get | Uapi.Set, "two methods")]
    [TestCase(16u, Uapi.Migration | Uapi.Get, null)]
    public void A_client_that_leaves_something_out_is_found(uint argsz, uint flags, string? complaint)
    {
        var calls = new List<(uint Argsz, uint Flags)>();
        using var device = new Watched(true, calls);
        device.Feature(flags, 0, out _, argsz);
        Assert.That(Complaint(calls.Single().Argsz, calls.Single().Flags), Is.EqualTo(complaint));
    }

    /// <summary>SEED-01: a query that fails means "not supported", whatever the errno is: nothing is asked of the device then.</summary>
    [Test]
    public void A_query_that_fails_means_that_there_is_no_migration([Values(Errno.ENOTTY, Errno.EINVAL, Errno.EIO, Errno.EFAULT, Errno.EOPNOTSUPP)] int errno)
    {
        using var target = new InProcessTarget("refusing", new ReferenceDriver(Full), bound => new Refusing(bound, errno), InProcessTarget.DefaultDeadline);
        Assert.That(Survey.Look(target, NullJournal.Instance).Machine is not { HasMigration: true });
    }

    /// <summary>SEED-04, MIG-P2P-06: in RUNNING_P2P nothing moves, as in STOP, and only what peers send arrives.</summary>
    [Test]
    public void A_driver_whose_RUNNING_P2P_is_a_full_stop_conforms([Values(3, 7)] int features)
    {
        using var target = new InProcessTarget(
            "reference:full",
            new FullStop((MigrationFeatures)features),
            bound => new(new FullStop((MigrationFeatures)features), bound: bound),
            InProcessTarget.DefaultDeadline
        );
        var (ledger, _, problems, _) = DirectRun.Of(target);
        Assert.That(problems, Is.Empty);
        Assert.That(ledger.Findings.All.Select(FindingText.Of), Is.Empty);
    }

    private static string? Complaint(uint argsz, uint flags) =>
        argsz < Uapi.EnvelopeSize ? "no argsz"
        : (flags & Uapi.FeatureMask) == 0 ? "no feature"
        : (flags & (Uapi.Get | Uapi.Set)) == 0 ? "no method"
        : (flags & (Uapi.Get | Uapi.Set | Uapi.Probe)) == (Uapi.Get | Uapi.Set) ? "two methods"
        : null;

    private sealed class Watched(bool bound, List<(uint Argsz, uint Flags)> calls) : VfioCoreDevice(new ReferenceDriver(Full), bound: bound)
    {
        protected override int ReadEnvelope(in UserBuffer argument, out uint argsz, out uint flags)
        {
            var errno = base.ReadEnvelope(argument, out argsz, out flags);
            if (errno == 0)
                calls.Add((argsz, flags));
            return errno;
        }
    }

    private sealed class Refusing(bool bound, int errno) : VfioCoreDevice(new ReferenceDriver(Full), bound: bound)
    {
        protected override int CheckGate(FeatureRow row) => row.Index == Uapi.Migration ? errno : base.CheckGate(row);
    }

    private sealed class FullStop(MigrationFeatures features) : ReferenceDriver(features)
    {
        public override void Apply(uint pattern)
        {
            if (At is not (DeviceState.RunningP2P or DeviceState.PreCopyP2P))
                base.Apply(pattern);
        }
    }
}
