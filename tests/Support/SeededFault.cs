using Conformance.Drivers.Faults;
using Conformance.Engine.Campaigns;
using Conformance.Engine.Judging;
using Conformance.Model.Requirements;
using NUnit.Framework;

namespace Conformance.Tests.Support;

/// <summary>Whether a seeded fault is found by the campaigns of its suite.</summary>
internal static class SeededFault
{
    private const int RandomPlans = 300;

    /// <summary>Runs the campaigns, those that aim at the fault first, until a plan shows one of the requirements; fails when none does.</summary>
    /// <param name="fault">The fault.</param>
    /// <param name="shownAs">The requirements of which one must be shown.</param>
    /// <param name="all">The campaigns of the suite.</param>
    /// <param name="device">The faulty device.</param>
    /// <param name="judge">Runs plans on it.</param>
    internal static void IsShownAsOneOf<TDevice, TPlan>(
        Fault fault,
        IEnumerable<RequirementId> shownAs,
        IReadOnlyList<ICampaign<TDevice, TPlan>> all,
        TDevice device,
        IJudge<TPlan> judge
    )
        where TDevice : class
        where TPlan : class
    {
        var aimed = all.Where(campaign => campaign.Aims.Intersect(fault.Requirements).Any()).ToList();
        var wanted = shownAs.Select(id => Catalogue.Of(id).Name).ToList();
        var others = new List<string>();
        foreach (var campaign in aimed.Concat(all.Except(aimed)).Where(campaign => campaign.Lacks(device) is null))
        foreach (var named in campaign.Plans(device, new(1, RandomPlans)))
        {
            if (judge.Run(named.Plan, null, again: false).Worst is not { } worst)
                continue;
            var broken = judge.Describe(named.Plan, worst).Requirements;
            if (broken.Any(wanted.Contains))
                return;
            if (others.Count < 3)
                others.Add($"{campaign.Name}: {string.Join(", ", broken)}");
        }

        var names = string.Join(", ", fault.Requirements.Select(id => Catalogue.Of(id).Name));
        Assert.Fail(
            $"{fault.Name} ({fault.Description}) does not show as {names}. "
                + $"{(others.Count == 0 ? "Nothing shows it." : $"It shows as {string.Join("; ", others)}.")}"
        );
    }
}
