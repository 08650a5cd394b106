using Conformance.Engine.Plans;
using Conformance.Model.Migration;
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
    public string Suite => "migration";

    /// <summary>What the channel must have for this campaign.</summary>
    public ChannelCapabilities Needs { get; } = needs;

    /// <inheritdoc/>
    public IReadOnlyList<RequirementId> Aims { get; } = aims;

    /// <inheritdoc/>
    public IEnumerable<Plan> Plans(CampaignInput input) =>
        input.Machine.Can(Needs) && (input.Machine.HasMigration || WithoutMigration) ? Make(input.Machine, input) : [];

    /// <summary>True when the campaign has something to ask of a device without migration.</summary>
    protected virtual bool WithoutMigration => false;

    /// <summary>Makes the plans.</summary>
    protected abstract IEnumerable<Plan> Make(Machine machine, CampaignInput input);

    /// <inheritdoc/>
    public override string ToString() => Name;
}
