namespace Conformance.Engine.Workers;

/// <summary>Why a plan is shown longer than it may have to be.</summary>
internal static class Unshrunk
{
    /// <summary>In words.</summary>
    /// <param name="budget">How long the search for a shorter plan may take; zero when there is to be none.</param>
    internal static string For(TimeSpan budget) =>
        budget == TimeSpan.Zero
            ? "the plan was not made shorter (--shrink-budget 0s)"
            : FormattableString.Invariant($"the search for a shorter plan was cut short after {budget.TotalSeconds:0.###} s (--shrink-budget)");
}
