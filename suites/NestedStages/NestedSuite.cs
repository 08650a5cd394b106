using System.Globalization;
using Conformance.Drivers.Addresses;
using Conformance.Drivers.Faults;
using Conformance.Engine.Campaigns;
using Conformance.Engine.Nested;
using Conformance.Engine.Plans;
using Conformance.Engine.Workers;
using Conformance.Model.Contract;
using Conformance.Model.Nested.Device;
using Conformance.Model.Nested.Oracle;
using Conformance.Model.Nested.Steps;
using Conformance.Model.Requirements;
using Conformance.Reports;
using Conformance.Suites.Seam;

namespace Conformance.Suites.NestedStages;

/// <summary>The nested suite: stage 1 of a guest behind stage 2 of a VMM, and what becomes of it when the VM migrates.</summary>
public sealed class NestedSuite : Suite<NestedSight, NestedPlan>
{
    /// <inheritdoc/>
    public override string Name => NestedCampaigns.Suite;

    /// <inheritdoc/>
    public override int Token => 2;

    /// <inheritdoc/>
    public override string Title => "nested stages";

    /// <inheritdoc/>
    public override string Sample => "reference:nested";

    /// <inheritdoc/>
    public override IReadOnlyList<string> References { get; } =
    ["reference:nested?dirty=stage2", "reference:nested?dirty=dlog", "reference:nested?dirty=all", "reference:nested?dirty=refused"];

    /// <inheritdoc/>
    public override IPlanLanguage<NestedPlan> Language => NestedLanguage.Instance;

    /// <inheritdoc/>
    protected override IReadOnlyList<ICampaign<NestedSight, NestedPlan>> Sections => NestedCampaigns.All;

    /// <inheritdoc/>
    public override bool Asks(DriverAddress address) => address.Contracts.Contains(typeof(INestedTarget));

    /// <inheritdoc/>
    public override bool Has(Fault fault) => fault is NestedFault;

    /// <inheritdoc/>
    public override OpenedDriver<NestedSight, NestedPlan> Open(DriverAddress address, OpenOptions options, IJournal journal) =>
        Open<INestedTarget>(address, options, target => Look(address, target, journal));

    private static OpenedDriver<NestedSight, NestedPlan> Look(DriverAddress address, INestedTarget target, IJournal journal)
    {
        journal.Enter(-1);
        var runner = new NestedRunner(target, journal);
        journal.Leave();
        return new(target)
        {
            Device = runner.Sight,
            Judge = runner,
            Driver = new()
            {
                Address = Escaping.Line(address.Text),
                Channel = target.Channel == Channels.InProcess ? "in-process" : "kernel",
                Description = $"{Escaping.Line(target.Description, 120)}; {Describe(runner.Sight)}",
            },
            MadeFor = new(runner.Sight.Host.GrantsDirtyParent ? 1u : 0, null, Digest(runner.Sight)),
        };
    }

    /// <summary>A stored plan names devices and asks what was there to be asked: it is run where the same is there.</summary>
    public override bool Fits(NestedSight device, MadeFor madeFor, NestedPlan plan)
    {
        ArgumentNullException.ThrowIfNull(madeFor);
        return madeFor.Digest == Digest(device);
    }

    /// <summary>What the kit's own parts keep says nothing.</summary>
    public override string? WhyNot(NestedSight? device, Requirement row, IReadOnlyList<ICampaign<NestedSight, NestedPlan>>? chosen = null)
    {
        if (base.WhyNot(device, row, chosen) is { } why)
            return why;
        if (device is null)
            return null;
        var duty = row.Parts;
        return (duty & device.Parts) != 0 ? null
            : duty.HasFlag(NestedParts.Writer) ? "there is no writer of STEs and CDs"
            : duty.HasFlag(NestedParts.Container) ? "there is no container of type 1"
            : duty.HasFlag(NestedParts.Host) ? "the host is the kit's own"
            : "the VMM is the kit's own";
    }

    /// <inheritdoc/>
    public override Finding DescribeLoss(NestedPlan? plan, MadeFor madeFor, WorkerDeath death) =>
        NestedLoss.Describe(plan, death.Kind == DeathKind.Hang, death.Description, death.LastWords);

    private static string Digest(NestedSight sight) => ShortDigest.Of(Describe(sight));

    private static string Describe(NestedSight sight)
    {
        var host = sight.Host;
        if (sight.Parts == NestedParts.Writer)
            return "a writer of STEs and CDs";
        if (sight.Parts == NestedParts.Container)
            return sight.Groups.HasFlag(ContainerGroups.PinsOnRequest) ? "it pins on request"
                : sight.Groups.HasFlag(ContainerGroups.Silent) ? "it does not pin"
                : "it would pin";
        return string.Create(
            CultureInfo.InvariantCulture,
            $"{host.Devices.Count} devices, {host.RamSize >> 20} MiB, dirty tracking of a parent {(host.GrantsDirtyParent ? "granted" : "refused")}, "
                + $"device logs {(host.HasDeviceLogs ? "yes" : "no")}, evidence {(sight.HasEvidence ? "yes" : "no")}{(host.HasStage1 ? "" : ", no stage 1")}"
        );
    }
}
