using System.Globalization;
using Conformance.Engine.Plans;
using Conformance.Engine.Workers;
using Conformance.Model.Requirements;
using Conformance.Suites.Migration;

namespace Conformance.Suites.Command;

/// <summary>What <c>check</c> was asked for, as far as a worker must know it.</summary>
/// <param name="Address">The driver.</param>
/// <param name="Suites">The suites.</param>
/// <param name="Campaign">The one campaign to run; null for all.</param>
/// <param name="Seed">The seed of everything random.</param>
/// <param name="Plans">The plans of random campaigns.</param>
internal sealed record CheckRequest(string Address, IReadOnlyList<string> Suites, string? Campaign, ulong Seed, int Plans)
{
    /// <summary>The hidden verb that a worker is started with.</summary>
    internal const string Verb = "worker";

    /// <summary>The names that <c>--suite</c> takes.</summary>
    internal static IReadOnlyList<string> SuiteNames { get; } = ["migration", "dma-logging", "smmu", "nested"];

    /// <summary>Every campaign of every suite.</summary>
    internal static IReadOnlyList<ICampaign> AllCampaigns => MigrationCampaigns.All;

    /// <summary>The campaigns that are to run.</summary>
    internal IReadOnlyList<ICampaign> Campaigns => [.. AllCampaigns.Where(campaign => Suites.Contains(campaign.Suite) && (Campaign is null || campaign.Name == Campaign))];

    /// <summary>The requirements that the suites ask.</summary>
    internal IReadOnlyList<Requirement> Requirements => [.. Catalogue.All.Where(row => Suites.Contains(row.Group.Suite()))];

    /// <summary>Why a requirement is not checked; null when it is.</summary>
    internal static string? Unchecked(Requirement row) =>
        row.Unchecked ?? (AllCampaigns.Any(campaign => campaign.Suite == row.Group.Suite()) ? null : $"not checked yet: suite '{row.Group.Suite()}' has no campaigns");

    /// <summary>The words that start a worker, the orders not among them.</summary>
    internal IReadOnlyList<string> ToArguments() =>
        [Verb, Address, string.Join(',', Suites), Campaign ?? "", Seed.ToString(CultureInfo.InvariantCulture), Plans.ToString(CultureInfo.InvariantCulture)];

    /// <summary>Runs as a worker.</summary>
    /// <param name="words">What <see cref="ToArguments"/> made, and the orders.</param>
    /// <returns>The exit code; null when these are not the words of a supervisor.</returns>
    internal static int? RunWorker(string[] words)
    {
        if (words is not [Verb, var address, var suites, var campaign, var seed, var plans, .. var rest]
            || !ulong.TryParse(seed, NumberStyles.None, CultureInfo.InvariantCulture, out var seedNumber)
            || !int.TryParse(plans, NumberStyles.None, CultureInfo.InvariantCulture, out var planCount)
            || WorkerOrders.Parse(rest) is not { } orders)
            return null;
        var request = new CheckRequest(address, suites.Split(','), campaign.Length == 0 ? null : campaign, seedNumber, planCount);
        return WorkerHost.Run(orders, () => new CheckJob(request));
    }
}
