using Conformance.Drivers.Addresses;
using Conformance.Drivers.Faults;
using Conformance.Engine.Campaigns;
using Conformance.Engine.Judging;
using Conformance.Engine.Migration;
using Conformance.Engine.Plans;
using Conformance.Engine.Workers;
using Conformance.Model.Contract;
using Conformance.Model.Migration.Device;
using Conformance.Model.Migration.Oracle;
using Conformance.Model.Migration.Steps;
using Conformance.Model.Requirements;
using Conformance.Reports;
using Conformance.Suites.Seam;

namespace Conformance.Suites.Migration;

/// <summary>The migration suite: the VFIO migration v2 state machine, asked of anything that an <see cref="IMigrationTarget"/> reaches.</summary>
public sealed class MigrationSuite : Suite<MigrationMachine, Plan>
{
    /// <inheritdoc/>
    public override string Name => MigrationCampaigns.Suite;

    /// <inheritdoc/>
    public override int Token => 0;

    /// <inheritdoc/>
    public override string Title => "a migration driver";

    /// <inheritdoc/>
    public override string Sample => "reference:full";

    /// <inheritdoc/>
    public override IReadOnlyList<string> References { get; } =
    ["reference:stop_copy", "reference:p2p", "reference:pre_copy", "reference:full", "reference:hisi_acc"];

    /// <inheritdoc/>
    public override IPlanLanguage<Plan> Language => MigrationLanguage.Instance;

    /// <inheritdoc/>
    protected override IReadOnlyList<ICampaign<MigrationMachine, Plan>> Sections => MigrationCampaigns.All;

    /// <inheritdoc/>
    public override int CoverageFlags => ArcCoverage.Flags;

    /// <inheritdoc/>
    public override bool Asks(DriverAddress address) => address.Contracts.Contains(typeof(IMigrationTarget));

    /// <inheritdoc/>
    public override bool Has(Fault fault) => fault is MigrationFault;

    /// <inheritdoc/>
    public override OpenedDriver<MigrationMachine, Plan> Open(DriverAddress address, OpenOptions options, IJournal journal) =>
        Open<IMigrationTarget>(address, options, target => Look(address, target, journal));

    /// <inheritdoc/>
    public override bool HasStates => true;

    /// <inheritdoc/>
    public override IStateSource OpenStates(DriverAddress address, IJournal journal) =>
        OpenStates<IMigrationTarget>(address, target => new MigrationStates(target, journal));

    private static OpenedDriver<MigrationMachine, Plan> Look(DriverAddress address, IMigrationTarget target, IJournal journal)
    {
        // A workload of one's own declares what it can on a device that is opened for that: no call of a plan, so the deadline of calls does not count.
        _ = target.Capabilities;
        var survey = Survey.Look(target, journal);
        var traits = TraitsDigest.Of(target.Traits);
        return new(target)
        {
            Device = survey.Machine,
            Judge = survey.Machine is { } machine ? new LockstepRunner(target, machine, journal) : null,
            Driver = new()
            {
                Address = Escaping.Line(address.Text),
                Channel = Channel(target.Channel),
                Features = FeatureSet.Of(survey.Flags),
                Level = survey.Machine is { } known ? known.Level.Name() : null,
                Traits = traits,
            },
            MadeFor = new(survey.Flags, survey.Level, traits),
            Ledger = survey.Ledger,
        };
    }

    /// <inheritdoc/>
    public override Finding DescribeLoss(Plan? plan, MadeFor madeFor, WorkerDeath death)
    {
        ArgumentNullException.ThrowIfNull(madeFor);
        var shown = plan ?? new Plan([]);
        // Of a device that nobody looked at nothing is known.
        return PlanDivergence.Of(shown, death).Describe(shown, madeFor == MadeFor.Anything ? null : (MigrationFeatures)madeFor.Features);
    }

    /// <inheritdoc/>
    public override string? WhyNot(MigrationMachine? device, Requirement row, IReadOnlyList<ICampaign<MigrationMachine, Plan>>? chosen = null) =>
        NotExercised.Reason(device, row, Aiming(row, chosen).OfType<MigrationCampaign>());

    /// <inheritdoc/>
    public override string? Chance(MigrationMachine? device, Requirement row) => NotExercised.Chance(device, row);

    /// <inheritdoc/>
    public override bool Fits(MigrationMachine device, MadeFor madeFor, Plan plan) =>
        (madeFor.Features & ~(ulong)device.Features) == 0
        && (madeFor.Level is not { } level || level <= device.Level)
        && StepTable.Missing(plan, device.Capabilities) == ChannelCapabilities.None
        && (device.Channel != Channels.Kernel || Simulation.IsHarmless(device, plan));

    /// <inheritdoc/>
    public override string? Lacks(MigrationMachine device, MadeFor madeFor, Plan plan)
    {
        if (!device.HasMigration && madeFor.Features != 0)
            return "the device has no migration: the plan was not run";
        var missing = StepTable.Missing(plan, device.Capabilities);
        return missing == ChannelCapabilities.None ? null
            : (missing & ChannelCapabilities.Peer) != 0 ? "the plan needs a second device, and this run has one: it was not run"
            : $"the plan needs {missing}, which this driver's channel does not offer: it was not run";
    }

    /// <inheritdoc/>
    public override CoverageFacts? Reachable(MigrationMachine device) => device.HasMigration ? MigrationCoverage.Reachable(device) : null;

    /// <inheritdoc/>
    public override CoverageFacts Covered(CoverageFacts reachable, Coverage coverage) => MigrationCoverage.Covered(reachable, coverage);

    private static string Channel(Channels channel) =>
        channel switch
        {
            Channels.Kernel => "kernel",
            Channels.Socket => "socket",
            _ => "in-process",
        };
}
