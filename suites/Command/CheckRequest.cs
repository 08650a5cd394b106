using System.Globalization;
using Conformance.Engine.Lockstep;
using Conformance.Engine.Plans;
using Conformance.Engine.Workers;
using Conformance.Model.Requirements;
using Conformance.Suites.Migration;
using Conformance.Suites.Proof;
using Conformance.Suites.Smmu;

namespace Conformance.Suites.Command;

/// <summary>What <c>check</c> was asked for, as far as a worker must know it.</summary>
/// <param name="Address">The driver.</param>
/// <param name="Suites">The suites.</param>
/// <param name="Campaign">The one campaign to run; null for all.</param>
/// <param name="Seed">The seed of everything random.</param>
/// <param name="Plans">The plans of random campaigns.</param>
internal sealed record CheckRequest(string Address, IReadOnlyList<string> Suites, string? Campaign, ulong Seed, int Plans)
{
    /// <summary>The part that is run.</summary>
    internal Shard Shard { get; init; } = Shard.Whole;

    /// <summary>How long plans may begin after the driver was opened; null when the plans alone bound the run.</summary>
    internal TimeSpan? Budget { get; init; }

    /// <summary>When the first worker had opened the driver; null in the first worker.</summary>
    internal DateTime? Opened { get; init; }

    /// <summary>How long the search for shorter plans may take that hang or crash.</summary>
    internal TimeSpan ShrinkBudget { get; init; } = RunLimits.DefaultShrinkBudget;

    /// <summary>The file with the known deviations; null when there is none.</summary>
    internal string? Expect { get; init; }

    /// <summary>The one plan to run instead of campaigns; null when campaigns are to run.</summary>
    internal ReplayToken? Token { get; init; }

    /// <summary>True when not the fault of the address is asked, but the correct driver that it is seeded into.</summary>
    internal bool WithoutFault { get; init; }

    /// <summary>The hidden verb that a worker is started with.</summary>
    internal const string Verb = "worker";

    private const string Correct = "correct";

    /// <summary>The names that <c>--suite</c> takes.</summary>
    internal static IReadOnlyList<string> SuiteNames { get; } = [MigrationCampaigns.Suite, SmmuCampaigns.Suite];

    /// <summary>Every campaign of every suite.</summary>
    internal static IReadOnlyList<ISuiteCampaign> AllCampaigns { get; } = [.. MigrationCampaigns.All, .. SmmuCampaigns.All];

    /// <summary>The campaigns that are to run. Where time may run out, what is mandatory goes first.</summary>
    internal IReadOnlyList<ISuiteCampaign> Campaigns =>
        [
            .. AllCampaigns
                .Where(campaign => Suites.Contains(campaign.Suite) && (Campaign is null || campaign.Name == Campaign))
                .OrderBy(campaign => Budget is not null && campaign.IsRandom),
        ];

    /// <summary>No plan begins after this, when the driver is open now; null when the plans alone bound the run.</summary>
    internal DateTime? EndOfBudget() => Budget is { } budget ? (Opened ?? DateTime.UtcNow) + budget : null;

    /// <summary>True when an SMMU is asked.</summary>
    internal bool IsSmmu => Suites.Contains(SmmuCampaigns.Suite);

    /// <summary>The requirements that the suites ask.</summary>
    internal IReadOnlyList<Requirement> Requirements => [.. Catalogue.All.Where(row => Suites.Contains(row.Group.Suite()))];

    /// <summary>Why a requirement is not checked; null when it is.</summary>
    internal static string? Unchecked(Requirement row) => Checks.Missing(row, AllCampaigns);

    /// <summary>The words that start a worker, the orders not among them.</summary>
    internal IReadOnlyList<string> ToArguments() =>
        [
            Verb,
            Address,
            string.Join(',', Suites),
            Campaign ?? "",
            Seed.ToString(CultureInfo.InvariantCulture),
            Plans.ToString(CultureInfo.InvariantCulture),
            Shard.ToString(),
            Budget?.Ticks.ToString(CultureInfo.InvariantCulture) ?? "",
            ShrinkBudget.Ticks.ToString(CultureInfo.InvariantCulture),
            Token?.ToString() ?? "",
            Expect ?? "",
            WithoutFault ? Correct : "",
        ];

    /// <summary>Runs as a worker.</summary>
    /// <param name="words">What <see cref="ToArguments"/> made, and the orders.</param>
    /// <returns>The exit code; null when these are not the words of a supervisor.</returns>
    internal static int? RunWorker(string[] words)
    {
        ReplayToken? token = null;
        if (
            words
                is not [
                    Verb,
                    var address,
                    var suites,
                    var campaign,
                    var seed,
                    var plans,
                    var shard,
                    var budget,
                    var shrinkBudget,
                    var plan,
                    var expect,
                    ("" or Correct)
                    and var correct,
                    .. var rest,
                ]
            || !ulong.TryParse(seed, NumberStyles.None, CultureInfo.InvariantCulture, out var seedNumber)
            || !int.TryParse(plans, NumberStyles.None, CultureInfo.InvariantCulture, out var planCount)
            || Shard.Parse(shard) is not { } part
            || !long.TryParse(budget.Length == 0 ? "0" : budget, NumberStyles.None, CultureInfo.InvariantCulture, out var budgetTicks)
            || !long.TryParse(shrinkBudget, NumberStyles.None, CultureInfo.InvariantCulture, out var shrinkTicks)
            || (plan.Length > 0 && !ReplayToken.TryParse(plan, out token, out _))
            || WorkerOrders.Parse(rest) is not { } orders
        )
            return null;
        var request = new CheckRequest(address, suites.Split(','), campaign.Length == 0 ? null : campaign, seedNumber, planCount)
        {
            Shard = part,
            Budget = budget.Length == 0 ? null : new(budgetTicks),
            Opened = orders.Opened,
            ShrinkBudget = new(shrinkTicks),
            Token = token,
            Expect = expect.Length == 0 ? null : expect,
            WithoutFault = correct == Correct,
        };
        return WorkerHost.Run(
            orders,
            () =>
                token is not null ? new ReplayJob(request, token)
                : request.IsSmmu ? new SmmuJob(request)
                : new CheckJob(request)
        );
    }
}
