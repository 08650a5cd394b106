using System.Globalization;
using Conformance.Drivers.Addresses;
using Conformance.Drivers.Faults;
using Conformance.Engine.Campaigns;
using Conformance.Engine.Judging;
using Conformance.Engine.Plans;
using Conformance.Engine.Smmu;
using Conformance.Engine.Workers;
using Conformance.Model.Contract;
using Conformance.Model.Smmu.Device;
using Conformance.Reports;
using Conformance.Suites.Seam;

namespace Conformance.Suites.Smmu;

/// <summary>The smmu suite: the Arm SMMUv3, asked of anything that an <see cref="ISmmuTarget"/> reaches.</summary>
public sealed class SmmuSuite : Suite<SceneTarget, Scene>
{
    /// <inheritdoc/>
    public override string Name => SmmuCampaigns.Suite;

    /// <inheritdoc/>
    public override int Token => 1;

    /// <inheritdoc/>
    public override string Title => "an SMMU";

    /// <inheritdoc/>
    public override string Sample => "reference:smmuv3";

    /// <inheritdoc/>
    public override IReadOnlyList<string> References { get; } =
    ["reference:smmuv3?stage=1", "reference:smmuv3?stage=2", "reference:smmuv3?stage=nested", "reference:smmuv3"];

    /// <inheritdoc/>
    public override IPlanLanguage<Scene> Language => SceneLanguage.Instance;

    /// <inheritdoc/>
    protected override IReadOnlyList<ICampaign<SceneTarget, Scene>> Sections => SmmuCampaigns.All;

    /// <inheritdoc/>
    public override bool Asks(DriverAddress address) => address.Contracts.Contains(typeof(ISmmuTarget));

    /// <inheritdoc/>
    public override bool Has(Fault fault) => fault is SmmuFault;

    /// <inheritdoc/>
    public override OpenedDriver<SceneTarget, Scene> Open(DriverAddress address, OpenOptions options, IJournal journal) =>
        Open<ISmmuTarget>(address, options, target => Look(address, target, options, journal));

    /// <inheritdoc/>
    public override bool HasStates => true;

    /// <inheritdoc/>
    public override IStateSource OpenStates(DriverAddress address, IJournal journal) =>
        OpenStates<ISmmuTarget>(address, target => new SmmuStates(target, journal));

    private static OpenedDriver<SceneTarget, Scene> Look(DriverAddress address, ISmmuTarget target, OpenOptions options, IJournal journal)
    {
        journal.Enter(-1);
        var runner = new SceneRunner(target, journal) { Known = options.Known };
        journal.Leave();
        var can = runner.Facts.Capabilities;
        return new(target)
        {
            Device = runner.Facts,
            Judge = runner,
            Driver = new()
            {
                Address = Escaping.Line(address.Text),
                Channel = target.Channel == Channels.InProcess ? "in-process" : "socket",
                Description = $"{Escaping.Line(target.Description, 120)}; {Describe(can)}",
            },
            MadeFor = new((can.S1P ? 1u : 0) + (can.S2P ? 2u : 0), null, Digest(runner.Facts)),
        };
    }

    /// <summary>A stored scene asks an SMMU like the one that it was made for, with masters like those: what it shows elsewhere nobody has looked at.</summary>
    public override bool Fits(SceneTarget device, MadeFor madeFor, Scene plan)
    {
        ArgumentNullException.ThrowIfNull(madeFor);
        return madeFor.Digest == Digest(device);
    }

    /// <inheritdoc/>
    public override string? Lacks(SceneTarget device, MadeFor madeFor, Scene plan)
    {
        ArgumentNullException.ThrowIfNull(device);
        ArgumentNullException.ThrowIfNull(plan);
        if (device.StateFormat == SmmuStateFormat.None && plan.Steps.Any(step => step is MigrateStep))
            return "the state of this SMMU cannot be saved: the plan was not run";
        foreach (var step in plan.Steps.OfType<TransactionStep>())
        {
            var asked = step.Transaction;
            var needs = (asked.HasSubstream ? SmmuPort.Substreams : 0) | (asked.IsPrivileged || asked.IsInstruction ? SmmuPort.Attributes : 0);
            if (device.StreamIds.Count > 0 && !device.StreamIds.Contains(asked.StreamId))
                return $"no master of this SMMU has StreamID 0x{asked.StreamId:x}: the plan was not run";
            if (!device.Can(needs))
                return $"the masters of this SMMU cannot send {needs & ~device.Port}: the plan was not run";
        }

        return null;
    }

    /// <inheritdoc/>
    public override Finding DescribeLoss(Scene? plan, MadeFor madeFor, WorkerDeath death) =>
        SceneFinding.OfLoss(plan, death.Kind == DeathKind.Hang, death.Description, death.LastWords);

    /// <inheritdoc/>
    public override int CoverageFlags => SceneCoverage.Flags;

    /// <inheritdoc/>
    public override CoverageFacts? Reachable(SceneTarget device) => SmmuCoverage.Reachable(device);

    /// <inheritdoc/>
    public override CoverageFacts Covered(CoverageFacts reachable, Coverage coverage) => SmmuCoverage.Covered(reachable, coverage);

    private static string Digest(SceneTarget device) => ShortDigest.Of($"{Describe(device.Capabilities)}; {device.Port}; {string.Join(',', device.StreamIds)}");

    /// <summary>The capabilities that matter most, in a line.</summary>
    private static string Describe(SmmuCapabilities can)
    {
        var stages = (can.S1P, can.S2P) switch
        {
            (true, true) => "both stages",
            (true, false) => "stage 1",
            (false, true) => "stage 2",
            _ => "no stage",
        };
        var granules = string.Join(
            '/',
            new[] { ("4K", can.GRAN4K), ("16K", can.GRAN16K), ("64K", can.GRAN64K) }.Where(pair => pair.Item2).Select(pair => pair.Item1)
        );
        return string.Create(
            CultureInfo.InvariantCulture,
            $"{stages}, {granules}, OAS {can.OutputAddressSize}, SIDSIZE {can.SIDSIZE}, SSIDSIZE {can.SSIDSIZE}, HTTU {can.HTTU}, STALL_MODEL "
                + $"{(int)can.StallModel}"
        );
    }
}
