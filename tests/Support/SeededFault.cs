using Conformance.Drivers.Faults;
using Conformance.Engine.Campaigns;
using Conformance.Engine.Judging;
using Conformance.Model.Requirements;
using Conformance.Reports;
using NUnit.Framework;

namespace Conformance.Tests.Support;

/// <summary>Whether a seeded fault is found by the campaigns of its suite.</summary>
internal static class SeededFault
{
    private const int RandomPlans = 300;

    /// <summary>Runs the campaigns, those that aim at the fault first, until plans have shown all that it proves; fails when one is never shown.</summary>
    /// <param name="fault">The fault.</param>
    /// <param name="all">The campaigns of the suite.</param>
    /// <param name="device">The faulty device.</param>
    /// <param name="judge">Runs plans on it.</param>
    /// <param name="counts">Which findings count; null for all.</param>
    internal static void IsShown<TDevice, TPlan>(
        Fault fault,
        IReadOnlyList<ICampaign<TDevice, TPlan>> all,
        TDevice device,
        IJudge<TPlan> judge,
        Func<Finding, bool>? counts = null
    )
        where TDevice : class
        where TPlan : class
    {
        var aimed = all.Where(campaign => campaign.Aims.Intersect(fault.Requirements).Any()).ToList();
        var wanted = FaultCatalogue.ProvenBy(fault).Select(id => Catalogue.Of(id).Name).ToHashSet();
        var others = new List<string>();
        foreach (var campaign in aimed.Concat(all.Except(aimed)).Where(campaign => campaign.Lacks(device) is null))
        foreach (var named in campaign.Plans(device, new(1, RandomPlans)))
        {
            if (judge.Run(named.Plan, null, again: false).Worst is not { } worst)
                continue;
            var finding = judge.Describe(named.Plan, worst);
            if (counts is not null && !counts(finding))
                continue;
            var broken = finding.Requirements;
            wanted.ExceptWith(broken);
            if (wanted.Count == 0)
                return;
            if (others.Count < 3)
                others.Add($"{campaign.Name}: {string.Join(", ", broken)}");
        }

        Assert.Fail(
            $"{fault.Name} ({fault.Description}) does not show as {string.Join(", ", wanted)}. "
                + $"{(others.Count == 0 ? "Nothing shows it." : $"It shows as {string.Join("; ", others)}.")}"
        );
    }
}
