using Conformance.Engine.Migration;
using Conformance.Engine.Plans;
using Conformance.Model.Contract;
using Conformance.Model.Migration.Device;
using Conformance.Model.Migration.Oracle;
using Conformance.Model.Migration.Steps;
using Conformance.Suites.Regressions;

namespace Conformance.Suites.Migration;

/// <summary>
/// Plans that once showed something, run first. Left out are those that the device's feature set, level or channel does not fit, and on a kernel those that are
/// known to stop or crash one: the campaigns at the end ask the same.
/// </summary>
public sealed class StoredRegressions() : MigrationCampaign("regressions", [])
{
    /// <inheritdoc/>
    public override string? Lacks(MigrationMachine machine) => Needs.Migration(machine);

    private protected override IEnumerable<Plan> Make(MigrationMachine machine, CampaignInput input) =>
        StoredPlans
            .All.Where(stored => stored.Token.Suite == Suite && Fits(stored.Token, machine))
            .Select(stored => stored.Token.Plan)
            .Where(plan => machine.Channel != Channels.Kernel || Simulation.IsHarmless(machine, plan));

    private static bool Fits(ReplayToken token, MigrationMachine machine) =>
        (token.Features & ~(ulong)machine.Features) == 0
        && token.Level <= machine.Level
        && machine.Can(StepTable.NeedsOf(token.Plan))
        && token.Plan.Steps.All(step => step.Device == 0);
}
