using Conformance.Drivers.Faults;
using Conformance.Drivers.Reference.Migration;
using Conformance.Drivers.VfioCore;
using Conformance.Engine.Campaigns;
using Conformance.Engine.Migration;
using Conformance.Engine.Workers;
using Conformance.Model.Contract;
using Conformance.Model.Migration.Device;
using Conformance.Model.Migration.Oracle;
using Conformance.Model.Migration.Steps;
using Conformance.Model.Requirements;
using Conformance.Reports;
using Conformance.Tests.Migration.Odd;
using NUnit.Framework;
using static Conformance.Model.Requirements.RequirementId;

namespace Conformance.Tests.Migration;

/// <summary>What a card names first is what broke: not a habit of the driver, and not each way out of one bad state.</summary>
[Category("long")]
[Parallelizable(ParallelScope.All)]
public sealed class FirstRequirementTests
{
    private static readonly Step save = Step.Set(DeviceState.StopCopy);

    // What is wrong with the driver besides, and what it breaks.
    [TestCase("keeps-counters-aside")]
    [TestCase("swaps-records")]
    [TestCase("saving-empties-queue")]
    [TestCase("end-is-reported-once")]
    [TestCase("loses-byte-after-odd-read")]
    [TestCase("reset-keeps-state")]
    [TestCase("session-survives-its-states")]
    [TestCase("failed-save-looks-complete")]
    public void A_driver_that_always_reads_and_writes_short_is_blamed_for_its_mistake(string name)
    {
        var fault = (MigrationFault)FaultCatalogue.Find(name)!;
        using var target = new OddTarget(fault.CreateTarget($"fault:{name}", fault.Features, fault.Level), device => new Short(device));
        var cards = Cards(target);
        var named = cards.Select(card => card.Requirements[0]).ToList();
        Assert.That(named, Has.None.EqualTo("MIG-FD-30").And.None.EqualTo("MIG-FD-09"), string.Join('\n', cards.Select(Shown)));
        Assert.That(
            cards.SelectMany(card => card.Requirements),
            Has.Some.EqualTo(Catalogue.Of(fault.Requirements[0]).Name),
            string.Join('\n', cards.Select(Shown))
        );
    }

    [Test]
    public void A_short_write_that_loses_bytes_is_still_blamed()
    {
        using var target = ((MigrationFault)FaultCatalogue.Find("short-write-takes-all")!).CreateTarget("fault", (MigrationFeatures)1, UapiLevel.V7_2);
        Assert.That(Cards(target).Select(card => card.Requirements[0]), Has.Some.EqualTo("MIG-FD-30"));
    }

    // Where calls overlap nobody knows from which state a request was made, so that what is seen there has a card of its own.
    [TestCase(DeviceState.Stop, 7)]
    [TestCase(DeviceState.StopCopy, 7)]
    [TestCase(DeviceState.RunningP2P, 7)]
    [TestCase(DeviceState.PreCopy, 7)]
    [TestCase(DeviceState.PreCopyP2P, 7)]
    [TestCase(DeviceState.Stop, 1)]
    [TestCase(DeviceState.PreCopy, 5)]
    public void A_state_that_cannot_be_left_is_one_card(DeviceState state, int features)
    {
        using var target = Target(() => new Wedged((MigrationFeatures)features, state));
        var cards = Cards(target, campaign => !campaign.Name.StartsWith("overlapping", StringComparison.Ordinal));
        Assert.That(cards, Has.Count.EqualTo(1), string.Join('\n', cards.Select(Shown)));
    }

    [Test]
    public void A_stream_without_an_end_is_found_without_a_declared_bound()
    {
        var fault = (MigrationFault)FaultCatalogue.Find("stream-never-ends")!;
        using var target = fault.CreateTarget("fault", fault.Features, fault.Level, traits: DeviceTraits.Cautious);
        var run = DirectRun.Of(target, only: campaign => campaign.Name is "streams" or "session-calls");
        Assert.That(run.Problems, Is.Empty);
        var found = run.Ledger.Findings.All;
        Assert.That(found.Select(finding => finding.Requirements[0]).Distinct(), Is.EqualTo((string[])["MIG-FD-19"]));
        Assert.That(found[0].Expected, Is.EqualTo("success, an end within 268435456 bytes (the driver declares no maxImageBytes)"));
    }

    [TestCase(0, 0ul, 256L << 20)]
    [TestCase(4096, 1ul << 40, 4096)]
    [TestCase(0, 80ul << 20, 320L << 20)]
    [TestCase(0, 1ul << 30, 0)]
    [TestCase(2L << 30, 0ul, 0)]
    [TestCase(0, ulong.MaxValue - 21, 256L << 20)]
    public void The_bound_of_a_stream(long declared, ulong estimate, long bound) =>
        Assert.That(
            new MigrationMachine(
                (MigrationFeatures)1,
                UapiLevel.V7_2,
                Channels.InProcess,
                ChannelCapabilities.None,
                new() { MaxImageBytes = declared },
                hasLogging: false,
                hasReset: true,
                estimate: estimate
            ).StreamBound,
            Is.EqualTo(bound)
        );

    [TestCase(false)]
    [TestCase(true)]
    public void Pre_copy_that_always_has_more_is_a_matter_of_a_trait(bool declared)
    {
        using var target = Target(() => new AlwaysMore(), new() { IdleDirties = declared });
        var lockstep = new LockstepRunner(target, Survey.Look(target, NullJournal.Instance).Machine!, NullJournal.Instance);
        var result = lockstep.Run(Plan.Of(Step.Set(DeviceState.PreCopy), Step.ReadToEnd(), save, Step.ReadToEnd()));
        Assert.That(result.HarnessError, Is.Null);
        Assert.That((result.Worst as PlanDivergence)?.Rules, declared ? Is.Null : Is.EqualTo(Rules.Of(MIG_PRE_23)));
    }

    private static List<Finding> Cards(IMigrationTarget target, Func<ICampaign, bool>? only = null)
    {
        var run = DirectRun.Of(target, only: only);
        Assert.That(run.Problems, Is.Empty);
        var findings = run.Ledger.Findings.All;
        return [.. Causes.Of([.. findings]).Select(cause => findings[cause.Finding])];
    }

    private static string Shown(Finding finding) =>
        $"{string.Join(' ', finding.Requirements)}\n{FindingText.Of(finding)}\n  {string.Join(' ', finding.Facts ?? [])}";

    private static InProcessTarget Target(Func<IMigrationDriver> make, DeviceTraits? traits = null) =>
        new("wrong", make(), bound => new(make(), UapiLevel.V7_2, bound), InProcessTarget.DefaultDeadline, traits);

    // Each read gives five bytes at most and each write takes thirteen.
    private sealed class Short(IMigrationDevice device) : DecoratedDevice(device)
    {
        public override CallResult Read(int fd, in UserBuffer buffer) => base.Read(fd, Cut(buffer, 5));

        public override CallResult Write(int fd, in UserBuffer buffer) => base.Write(fd, Cut(buffer, 13));

        private static UserBuffer Cut(in UserBuffer buffer, int most) =>
            buffer.Bytes.Length <= most ? buffer : new(buffer.Bytes[..most]) { Accessible = Math.Min(most, buffer.Accessible), ReadOnly = buffer.ReadOnly };
    }

    // Firmware that answers nothing any more in one state.
    private sealed class Wedged(MigrationFeatures features, DeviceState state) : ReferenceDriver(features)
    {
        public override ArcResult TakeArc(DeviceState from, DeviceState to, out IMigrationFile? file)
        {
            file = null;
            return from == state && At == state ? new(Errno.EIO) : base.TakeArc(from, to, out file);
        }
    }

    private sealed class AlwaysMore() : DecoratedDriver((MigrationFeatures)5)
    {
        protected override IMigrationFile BeforeSaving(IMigrationFile file) => new More(this, file);

        private sealed class More(AlwaysMore device, IMigrationFile file) : DecoratedFile(file)
        {
            public override CallResult Read(Span<byte> buffer) => device.At == DeviceState.PreCopy ? CallResult.Of(buffer.Length) : base.Read(buffer);
        }
    }
}
