using Conformance.Engine.Campaigns;
using Conformance.Engine.Judging;
using Conformance.Engine.Migration;
using Conformance.Engine.Plans;
using Conformance.Model.Migration.Device;
using Conformance.Model.Migration.Oracle;
using Conformance.Model.Migration.Steps;
using Conformance.Model.Requirements;

namespace Conformance.Suites.Migration;

/// <summary>A campaign of the migration suite: groups of plans, each there for some requirements.</summary>
public abstract class MigrationCampaign : ICampaign<MigrationMachine, Plan>
{
    private readonly AimedGroup[] groups;
    private readonly Witness[] witnesses;

    private protected MigrationCampaign(string name, IEnumerable<AimedGroup> groups, params Witness[] witnesses)
    {
        Name = name;
        this.groups = [.. groups];
        this.witnesses = witnesses;
        Aims = [.. this.groups.SelectMany(group => group.Purposes).SelectMany(purpose => purpose.Requirements).Distinct().OrderBy(id => id.Number)];
    }

    /// <inheritdoc/>
    public string Name { get; }

    /// <inheritdoc/>
    public string Suite => MigrationCampaigns.Suite;

    /// <inheritdoc/>
    public IReadOnlyList<RequirementId> Aims { get; }

    /// <inheritdoc/>
    public virtual bool IsRandom => false;

    /// <inheritdoc/>
    public virtual bool DividesItself => false;

    /// <inheritdoc/>
    public string? Lacks(MigrationMachine device)
    {
        string? first = null;
        foreach (var group in groups)
        {
            if (group.Lacks(device) is not { } lacking)
                return null;
            first ??= lacking;
        }

        return first;
    }

    /// <summary>What each purpose that the campaign has with a requirement lacks on a device; null for one that lacks nothing.</summary>
    internal IEnumerable<string?> LacksFor(RequirementId id, MigrationMachine machine) =>
        groups.SelectMany(group => group.Purposes).Where(purpose => purpose.Requirements.Contains(id)).Select(purpose => purpose.Lacks(machine));

    /// <inheritdoc/>
    public IEnumerable<Named<Plan>> Plans(MigrationMachine device, CampaignInput input) =>
        Lacks(device) is null ? Make(device, input).Select(plan => new Named<Plan>(plan)) : [];

    /// <inheritdoc/>
    public IReadOnlyList<Witness> MustSee(MigrationMachine device, CampaignInput input) =>
        Lacks(device) is null && device.HasMigration ? [.. Witnesses(input).Where(witness => CanBeSeen(witness, device))] : [];

    /// <inheritdoc/>
    public virtual string Place(CampaignInput input, int plan) => FormattableString.Invariant($"at plan {plan}");

    /// <summary>What the campaign must see; what a feature set or a channel cannot show is left out by the caller.</summary>
    private protected virtual IEnumerable<Witness> Witnesses(CampaignInput input) => witnesses;

    /// <summary>Makes the plans, group after group, leaving out those that a device lacks everything for.</summary>
    private protected virtual IEnumerable<Plan> Make(MigrationMachine machine, CampaignInput input) =>
        groups.OfType<PlanGroup>().Where(group => group.Lacks(machine) is null).SelectMany(group => group.Make(machine, input));

    // Only a driver that can be broken has to show ERROR (E-02).
    private static bool CanBeSeen(Witness witness, MigrationMachine machine) =>
        witness == MigrationWitness.PreCopySession ? machine.HasPreCopy
        : witness == MigrationWitness.P2PPass ? (machine.Features & MigrationFeatures.P2P) != 0
        : witness != MigrationWitness.RecoveredError || (machine.HasReset && machine.HasFailableArc && machine.Can(ChannelCapabilities.BreakingArcs));

    /// <inheritdoc/>
    public override string ToString() => Name;
}

/// <summary>Plans that were thought of, group after group.</summary>
/// <param name="name">Its name.</param>
/// <param name="groups">The groups, in the order in which they run.</param>
/// <param name="witnesses">What the campaign must see.</param>
internal sealed class DirectedPlans(string name, PlanGroup[] groups, params Witness[] witnesses) : MigrationCampaign(name, groups, witnesses);

/// <summary>
/// Every step of its groups in every model state, breadth first, so that a failing plan is as short as one can be. Blocked requests are left out: they have a
/// campaign of their own, because they stop some kernels for good.
/// </summary>
/// <param name="name">Its name.</param>
/// <param name="depth">The longest way to a model state, in steps.</param>
/// <param name="lead">Steps that only lead on; no plan ends with one.</param>
/// <param name="look">Steps that follow each plan and look at what it did.</param>
/// <param name="groups">The steps that are tried, in the order in which they are tried.</param>
/// <param name="witnesses">What the campaign must see.</param>
internal sealed class Search(
    string name,
    int depth,
    Func<MigrationMachine, IEnumerable<Step>> lead,
    Step[] look,
    StepGroup[] groups,
    params Witness[] witnesses
) : MigrationCampaign(name, groups, witnesses)
{
    private protected override IEnumerable<Plan> Make(MigrationMachine machine, CampaignInput input)
    {
        Step[] leading = [.. lead(machine)];
        Step[] alphabet = [.. leading, .. groups.SelectMany(group => group.Steps(machine))];
        return BreadthFirst.Explore(machine, alphabet, look, depth, leading.Length).Where(plan => !AsksBlocked(machine, plan));
    }

    private static bool AsksBlocked(MigrationMachine machine, Plan plan)
    {
        var state = ModelState.Opened();
        foreach (var step in plan.Steps)
        {
            if (MigrationOracle.MayBeBlocked(machine, state, step))
                return true;
            state = Simulation.Step(machine, state, step);
        }

        return false;
    }
}
