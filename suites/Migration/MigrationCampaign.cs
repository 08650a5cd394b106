using Conformance.Engine.Ledgers;
using Conformance.Engine.Plans;
using Conformance.Model.Migration.Device;
using Conformance.Model.Migration.Oracle;
using Conformance.Model.Migration.Steps;
using Conformance.Model.Requirements;

namespace Conformance.Suites.Migration;

/// <summary>A campaign of the migration suite. One that needs something that the channel does not have makes no plans.</summary>
/// <param name="name">Its name.</param>
/// <param name="needs">What the channel must have.</param>
/// <param name="aims">The requirements that it aims at.</param>
public abstract class MigrationCampaign(string name, ChannelCapabilities needs, params RequirementId[] aims) : ICampaign
{
    /// <inheritdoc/>
    public string Name { get; } = name;

    /// <inheritdoc/>
    public string Suite => MigrationCampaigns.Suite;

    /// <summary>What the channel must have for this campaign.</summary>
    public ChannelCapabilities Needs { get; } = needs;

    /// <inheritdoc/>
    public IReadOnlyList<RequirementId> Aims { get; } = aims;

    /// <inheritdoc/>
    public virtual bool IsRandom => false;

    /// <inheritdoc/>
    public IEnumerable<Plan> Plans(CampaignInput input) =>
        input.Machine.Can(Needs) && (input.Machine.HasMigration || WithoutMigration) ? Make(input.Machine, input) : [];

    /// <inheritdoc/>
    public IReadOnlyList<Witness> MustSee(CampaignInput input) =>
        input.Machine.Can(Needs) && input.Machine.HasMigration ? [.. Witnesses(input.Machine, input).Where(witness => CanBeSeen(witness, input.Machine))] : [];

    /// <inheritdoc/>
    public virtual string Place(CampaignInput input, int plan) => FormattableString.Invariant($"at plan {plan}");

    /// <summary>What the campaign is for; what a feature set or a channel cannot show is left out by the caller.</summary>
    protected virtual IEnumerable<Witness> Witnesses(MigrationMachine machine, CampaignInput input) => [];

    /// <summary>True when the campaign has something to ask of a device without migration.</summary>
    protected virtual bool WithoutMigration => false;

    /// <summary>Makes the plans.</summary>
    protected abstract IEnumerable<Plan> Make(MigrationMachine machine, CampaignInput input);

    // Only a driver whose arcs can be made to fail has to show ERROR.
    private static bool CanBeSeen(Witness witness, MigrationMachine machine) =>
        witness switch
        {
            Witness.PreCopySession => machine.HasPreCopy,
            Witness.P2PPass => (machine.Features & MigrationFeatures.P2P) != 0,
            Witness.RecoveredError => machine.HasReset && machine.Can(ChannelCapabilities.FailureInjection),
            _ => true,
        };

    /// <inheritdoc/>
    public override string ToString() => Name;
}
