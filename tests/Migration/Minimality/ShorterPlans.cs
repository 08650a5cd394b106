using System.Diagnostics;
using Conformance.Engine.Migration;
using Conformance.Model.Migration.Oracle;
using Conformance.Model.Migration.Steps;
using Conformance.Model.Requirements;

namespace Conformance.Tests.Migration.Minimality;

/// <summary>What a search gave.</summary>
/// <param name="Searched">The length up to which every plan was tried or is settled by one that was.</param>
/// <param name="Tried">The plans that were run.</param>
/// <param name="Shorter">The shortest plan that shows the requirement; null when there is none of the searched length.</param>
/// <param name="Discounted">Plans that show it, but for which the correct driver is blamed as well.</param>
/// <param name="IsComparable">False when a device could not be looked into, so that its history was taken for no other.</param>
internal readonly record struct SearchResult(int Searched, long Tried, Plan? Shorter, long Discounted, bool IsComparable);

/// <summary>
/// Breadth-first search for the shortest plan by which a driver breaks a requirement. Every sequence of steps is tried, on a device opened with access and on
/// one opened without, except where something settles it that was tried:
/// a step that a run leaves out (the shorter sequence); what follows a violation (the run ends there); a sequence that leaves the same behind as an earlier, no
/// longer one, in every field of the device, the model and the bytes kept, since whatever follows shows the same; and a last raw call for which the oracle has
/// no outcome that speaks of the requirement, since nothing that is seen there can break it.
/// </summary>
/// <param name="driver">The driver.</param>
/// <param name="correct">A correct driver with the same features. Steps in any order may ask what a user must not ask: what it is blamed for as well is not
/// counted.</param>
internal sealed class ShorterPlans(JudgedDriver driver, JudgedDriver correct)
{
    /// <summary>Searches.</summary>
    /// <param name="requirement">What must be shown.</param>
    /// <param name="alphabet">The steps.</param>
    /// <param name="length">The longest plan that is tried.</param>
    /// <param name="limit">No more plans than these are run.</param>
    public SearchResult Search(RequirementId requirement, IReadOnlyList<Step> alphabet, int length, long limit = long.MaxValue)
    {
        var seen = new HashSet<(bool Warned, RunState Judge, UInt128 Device)>();
        var open = new List<(Step[] Way, bool Unbound, ModelState Model)>();
        var (tried, discounted, isComparable) = (0L, 0L, true);
        Keep([], false);
        Keep([], true);
        for (var at = 1; at <= length; at++)
        {
            var ways = open;
            open = [];
            // First the steps that may end a plan; those that can only be gone on from are many more.
            foreach (var speaks in at == length ? [true] : new[] { true, false })
            foreach (var (way, unbound, model) in ways)
            foreach (var step in alphabet)
            {
                if (!model.HasPlaceFor(step) || MaySpeakOf(requirement, model, step) != speaks)
                    continue;
                if (tried == limit)
                    return new(speaks ? at - 1 : at, tried, null, discounted, isComparable);
                tried++;
                Step[] next = [.. way, step];
                if ((at < length ? Keep(next, unbound) : driver.Run(new(next, unbound))) is not { } finding || !finding.Rules.Has(requirement))
                    continue;
                if (finding.Step == at - 1 && !speaks)
                    throw new UnreachableException($"{step} breaks {requirement}, of which the oracle does not speak there");
                if (correct.Run(Cut(next, unbound, finding)) is null)
                    return new(at - 1, tried, Cut(next, unbound, finding), discounted, isComparable);
                discounted++;
            }
        }

        return new(length, tried, null, discounted, isComparable);

        // Runs a plan; what it leaves behind is gone on from when it is new.
        PlanDivergence? Keep(Step[] way, bool unbound)
        {
            var (finding, judge, device) = driver.RunAndLook(new(way, unbound));
            isComparable &= device is not null;
            if (finding is not { IsWarning: false } && (device is null || seen.Add((finding is not null, judge, device.Value))))
                open.Add((way, unbound, judge.Model));
            return finding;
        }
    }

    private static Plan Cut(Step[] way, bool unbound, PlanDivergence shown) => MigrationLanguage.Instance.Upto(new(way, unbound), shown.Step);

    // Most steps are raw calls, and asking the oracle costs a fraction of a run. The judge has these sources and no other for a raw call.
    private bool MaySpeakOf(RequirementId requirement, in ModelState model, in Step step)
    {
        if (step.Kind != StepKind.Probe || requirement == RequirementId.ABI_19 || requirement == RequirementId.ABI_25)
            return true;
        var outcomes = default(OutcomeSet);
        MigrationOracle.Allowed(driver.Machine, model, step, ref outcomes);
        for (var i = 0; i < outcomes.Count; i++)
        {
            ref readonly var outcome = ref outcomes[i];
            if (
                !outcome.ReportRules.IsNone
                || outcome.Result.Has(requirement)
                || outcome.DescriptorRules.Has(requirement)
                || outcome.EchoRules.Has(requirement)
                || outcome.HashRules.Has(requirement)
                || outcome.ValueRules.Has(requirement)
                || outcome.UntouchedRules.Has(requirement)
            )
                return true;
        }

        return false;
    }
}
