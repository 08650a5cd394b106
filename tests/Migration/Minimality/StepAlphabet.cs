using Conformance.Model.Migration.Oracle;
using Conformance.Model.Migration.Steps;
using Conformance.Suites.Migration;

namespace Conformance.Tests.Migration.Minimality;

/// <summary>
/// Every step that the suite's plans hold, but those that take time: pauses, and requests watched by another thread. A poll does not wait.
/// </summary>
internal static class StepAlphabet
{
    /// <summary>How many plans of each random campaign are looked at.</summary>
    public const int Plans = 256;

    /// <summary>The steps in a fixed order.</summary>
    /// <param name="machine">The device.</param>
    /// <param name="unbound">True: those of plans that open the device without access as well.</param>
    public static IReadOnlyList<Step> Of(MigrationMachine machine, bool unbound) =>
        [
            .. DirectRun
                .Campaigns.SelectMany(campaign => campaign.Plans(machine, new(1, Plans)))
                .Select(named => named.Plan)
                .Where(plan => unbound || !plan.Unbound)
                .SelectMany(plan => plan.Steps)
                .Where(step => step.Kind is not (StepKind.Pause or StepKind.SetWatched) && !NeedsAnother(step))
                .Select(WithoutWaiting)
                .Distinct()
                .OrderBy(step => step.Kind)
                .ThenBy(step => step.A)
                .ThenBy(step => step.B),
        ];

    // An image is spoiled behind a save that was read, and written behind that; arbitrary bytes, of which there are many, are as good as zeros; a step on the
    // peer shows in the short plans that are searched what it shows on the device itself.
    private static bool NeedsAnother(Step step) => step.Device != 0 || step.Kind == StepKind.SpoilImage || (step.Kind == StepKind.WriteSurplus && step.B != 0);

    /// <summary>The step with no time to wait.</summary>
    public static Step WithoutWaiting(Step step) => step.Kind is StepKind.Pause or StepKind.Poll ? step with { A = 0 } : step;
}
