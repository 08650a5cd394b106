using Conformance.Engine.Campaigns;
using Conformance.Engine.Plans;
using Conformance.Model.Migration.Oracle;
using Conformance.Model.Migration.Steps;
using Conformance.Model.Requirements;

namespace Conformance.Suites.Migration;

/// <summary>What a group of plans is there for, and what a device must have so that it can show it.</summary>
/// <param name="Lacks">What a device or its channel lacks, as a phrase; null when it has everything. See <see cref="Needs"/>.</param>
/// <param name="Requirements">The requirements.</param>
internal sealed record Purpose(Func<MigrationMachine, string?> Lacks, RequirementId[] Requirements);

/// <summary>Plans, or steps of a search, that are there for the same requirements.</summary>
internal abstract class AimedGroup
{
    private readonly Purpose[] purposes;

    /// <param name="requirements">What the group is there for.</param>
    /// <param name="lacks">What a device lacks for that: see <see cref="Needs"/>.</param>
    /// <param name="also">What some plans of the group are there for besides, where a device has more: they stand between the others.</param>
    private protected AimedGroup(
        RequirementId[] requirements,
        Func<MigrationMachine, string?> lacks,
        (RequirementId[], Func<MigrationMachine, string?>)[] also
    ) => purposes = [new(lacks, requirements), .. also.Select(more => new Purpose(more.Item2, more.Item1))];

    /// <summary>What the group is there for.</summary>
    public IReadOnlyList<Purpose> Purposes => purposes;

    /// <summary>What a device lacks for every purpose of the group; null when the group is good for something there.</summary>
    public string? Lacks(MigrationMachine machine)
    {
        string? first = null;
        foreach (var purpose in purposes)
        {
            if (purpose.Lacks(machine) is not { } lacking)
                return null;
            first ??= lacking;
        }

        return first;
    }
}

/// <summary>A group of plans.</summary>
internal sealed class PlanGroup(
    RequirementId[] requirements,
    Func<MigrationMachine, string?> lacks,
    Func<MigrationMachine, CampaignInput, IEnumerable<Plan>> make,
    params (RequirementId[], Func<MigrationMachine, string?>)[] also
) : AimedGroup(requirements, lacks, also)
{
    /// <summary>A group of which the plans depend on the device alone.</summary>
    public PlanGroup(
        RequirementId[] requirements,
        Func<MigrationMachine, string?> lacks,
        Func<MigrationMachine, IEnumerable<Plan>> make,
        params (RequirementId[], Func<MigrationMachine, string?>)[] also
    )
        : this(requirements, lacks, (machine, _) => make(machine), also) { }

    /// <summary>Makes the plans, for a device that has what one of the purposes needs.</summary>
    public IEnumerable<Plan> Make(MigrationMachine machine, CampaignInput input) => make(machine, input);
}

/// <summary>A group of steps that a search tries in every model state.</summary>
internal sealed class StepGroup(
    RequirementId[] requirements,
    Func<MigrationMachine, string?> lacks,
    Func<MigrationMachine, IEnumerable<Step>> steps,
    params (RequirementId[], Func<MigrationMachine, string?>)[] also
) : AimedGroup(requirements, lacks, also)
{
    /// <summary>A group of the same steps for every device.</summary>
    public StepGroup(
        RequirementId[] requirements,
        Func<MigrationMachine, string?> lacks,
        Step[] steps,
        params (RequirementId[], Func<MigrationMachine, string?>)[] also
    )
        : this(requirements, lacks, _ => steps, also) { }

    /// <summary>
    /// The steps that the channel of the device can carry, whether or not the group has a purpose there: a search leads through them as well.
    /// </summary>
    public IEnumerable<Step> Steps(MigrationMachine machine) => steps(machine).Where(step => machine.Can(StepTable.NeedsOf(step)));
}
