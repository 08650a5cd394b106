using Conformance.Engine.Migration;
using Conformance.Engine.Workers;
using Conformance.Model.Contract;
using Conformance.Model.Migration.Device;
using Conformance.Suites.Seam;

namespace Conformance.Suites.Migration;

/// <summary>The states of a migration driver: its stream at power-on and with the content of a workload.</summary>
internal sealed class MigrationStates : IStateSource
{
    private const string NotDeterministic =
        "the driver does not declare a deterministic stream (trait deterministicStream), so there is nothing that its states could be compared with";

    private readonly IMigrationTarget target;
    private readonly IJournal journal;
    private readonly IReadOnlyList<StateRecipe> recipes;

    /// <param name="target">The driver, which is released with this.</param>
    /// <param name="journal">Where it is noted what runs.</param>
    internal MigrationStates(IMigrationTarget target, IJournal journal)
    {
        this.target = target;
        this.journal = journal;
        var capabilities = target.Capabilities;
        if (!target.Traits.DeterministicStream)
            throw new DeviceLostException(DeviceLoss.Unreachable, NotDeterministic);
        if (Survey.Look(target, journal).Machine is not { HasMigration: true } machine)
            throw new DeviceLostException(DeviceLoss.Unreachable, "the device has no migration, so there is no state to compare");
        recipes = StateReader.Recipes(machine.Features, capabilities);
    }

    public IReadOnlyList<string> Names => [.. recipes.Select(recipe => recipe.Name)];

    public byte[] Save(int number) => StateReader.Save(target, recipes[number], number, journal);

    public void Dispose() => target.Dispose();
}
