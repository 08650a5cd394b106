using System.Text.Json;
using Conformance.Drivers;
using Conformance.Drivers.Addresses;
using Conformance.Engine.Campaigns;
using Conformance.Engine.Judging;
using Conformance.Engine.Plans;
using Conformance.Engine.Workers;
using Conformance.Model.Contract;
using Conformance.Reports;
using Conformance.Suites.Regressions;
using Conformance.Suites.Seam;

namespace Conformance.Suites.Command;

/// <summary>Makes the worker's part of <c>check</c> and of <c>replay</c> for a suite.</summary>
/// <param name="request">What to do.</param>
/// <param name="opened">When the first worker had opened the driver; null in the first worker.</param>
internal sealed class SuiteJobs(CheckRequest request, DateTime? opened) : ISuiteVisitor<IWorkerJob>
{
    public IWorkerJob Visit<TDevice, TPlan>(Suite<TDevice, TPlan> suite)
        where TDevice : class
        where TPlan : class => new SuiteJob<TDevice, TPlan>(suite, request, opened);
}

/// <summary>The worker's part of <c>check</c> and of <c>replay</c>: opens the driver, looks at it, and runs campaigns or one plan.</summary>
internal sealed class SuiteJob<TDevice, TPlan> : IWorkerJob
    where TDevice : class
    where TPlan : class
{
    private readonly Suite<TDevice, TPlan> suite;
    private readonly CheckRequest request;
    private readonly DateTime? opened;
    private readonly ReplayToken? token;
    private readonly IReadOnlyList<ICampaign<TDevice, TPlan>> chosen;
    private RunLimits limits = new();
    private OpenedDriver<TDevice, TPlan>? driver;
    private Bench<TDevice, TPlan>? bench;

    internal SuiteJob(Suite<TDevice, TPlan> suite, CheckRequest request, DateTime? opened)
    {
        this.suite = suite;
        this.request = request;
        this.opened = opened;
        if (request.Token is { } text && !ReplayToken.TryParse(text, out token, out var error))
            throw new InvalidDataException(error);
        chosen = Chosen(suite, request);
    }

    public IReadOnlyList<string> Campaigns =>
        bench is null ? []
        : token is not null ? [CampaignOutcome.Replay]
        : [.. chosen.Select(campaign => campaign.Name)];

    public string Survey(IJournal journal)
    {
        try
        {
            var known = request.Expect is null ? KnownDeviations.None : new KnownDeviations(request.Expectations);
            var address = DriverSchemes.Parse(request.Address);
            var options = new OpenOptions(request.WithoutFault, known);
            driver = suite.Open(address, options, journal);
            bench = suite.BenchOf(driver, address, options, journal);
        }
        catch (DriverAddressException error)
        {
            throw new DeviceLostException(DeviceLoss.Unreachable, error.Message);
        }

        limits = new()
        {
            Until = request.Budget is { } budget ? (opened ?? DateTime.UtcNow) + budget : null,
            EndsAt = request.FailFast ? EndsAt() : null,
            ShrinkBudget = request.ShrinkBudget,
        };
        // Every shard looks, one of them counts it.
        if (request.Shard.Index == 1)
            foreach (var finding in driver.Ledger.Findings.All)
                limits.Saw(finding);
        var outcome = new SurveyOutcome
        {
            Driver = driver.Driver,
            MadeFor = driver.MadeFor,
            Reasons = request.Requirements.ToDictionary(row => row.Name, row => suite.WhyNot(driver.Device, row, chosen), StringComparer.Ordinal),
            Chances = request
                .Requirements.Select(row => (row.Name, Excuse: suite.Chance(driver.Device, row)))
                .Where(row => row.Excuse is not null)
                .ToDictionary(row => row.Name, row => row.Excuse!, StringComparer.Ordinal),
            Reachable = driver.Device is { } looked ? suite.Reachable(looked) : null,
            Outcome = CampaignOutcome.Of(driver.Ledger, 0),
        };
        return JsonSerializer.Serialize(outcome, OutcomeContext.Default.SurveyOutcome);
    }

    // What shows the same as an earlier finding is that finding in the report, and is what the expectations are asked about. A fresh worker knows none of those
    // before it: at worst it ends a run that was to go on.
    private Func<Finding, bool> EndsAt()
    {
        var (seen, known, today) = (new FindingList(suite.FactsTellApart), request.Expectations, DateOnly.FromDateTime(DateTime.UtcNow));
        return finding => request.EndsAt(seen.All[seen.Note(finding)], known, today);
    }

    public string Run(int campaign, SkipList skip, IJournal journal) =>
        JsonSerializer.Serialize(
            token is not null ? Replay(token, bench!, skip, journal) : RunCampaign(campaign, bench!, skip, journal),
            OutcomeContext.Default.CampaignOutcome
        );

    public void Dispose() => driver?.Dispose();

    /// <summary>What a request means to run, in this order: the team's own regressions first.</summary>
    internal static IReadOnlyList<ICampaign<TDevice, TPlan>> Chosen(Suite<TDevice, TPlan> suite, CheckRequest request)
    {
        var chosen = request.Choose(suite.All);
        return request.RegressionsFolder is { } folder
            ? [new StoredRegressions<TDevice, TPlan>(suite, CampaignOutcome.OwnRegressions, [.. StoredPlans.Parse(request.Regressions, folder)]), .. chosen]
            : chosen;
    }

    private CampaignOutcome RunCampaign(int campaign, Bench<TDevice, TPlan> bench, SkipList skip, IJournal journal)
    {
        var input = new CampaignInput(request.Seed, request.Plans) { Shard = request.Shard };
        var run = CampaignRunner.Run(chosen[campaign], campaign, bench, input, skip, journal, limits);
        return CampaignOutcome.Of(run.Ledger, suite.CoverageFlags) with
        {
            HarnessErrors = run.HarnessErrors,
            Abandoned = run.Abandoned,
            CutShort = run.CutShort,
            EndedByFinding = run.EndedByFinding,
            Notes = [.. run.Notes, .. LeftOut(chosen[campaign], bench, input)],
            Witnesses = [.. run.Witnesses.Select(pair => new WitnessResult(pair.Witness.Name, pair.Seen))],
        };
    }

    // Who keeps plans counts on their being run.
    private static IEnumerable<string> LeftOut(ICampaign<TDevice, TPlan> campaign, Bench<TDevice, TPlan> bench, CampaignInput input)
    {
        if (campaign is not StoredRegressions<TDevice, TPlan> { Name: CampaignOutcome.OwnRegressions } own)
            yield break;
        var left = own.Count - own.Plans(bench.Device, input).Count(named => bench.Judge.Refuses(named.Plan) is null);
        if (left > 0)
            yield return FormattableString.Invariant(
                $"{own.Name}: {left} of {own.Count} plans did not run: they were made for a device that has more, or another"
            );
    }

    private CampaignOutcome Replay(ReplayToken token, Bench<TDevice, TPlan> bench, SkipList skip, IJournal journal)
    {
        var ledger = new Ledger();
        var plan = token.Read(suite.Language);
        if ((suite.Lacks(bench.Device, token.MadeFor, plan) ?? Refusal(bench.Judge.Refuses(plan))) is { } obstacle)
            return CampaignOutcome.Of(ledger, 0) with { HarnessErrors = [obstacle] };
        if (!skip.Runs(0))
            return CampaignOutcome.Of(ledger, 0);
        journal.Begin(0, 0, suite.Language, plan);
        var result = bench.Judge.Run(plan, ledger, again: true);
        journal.End();
        foreach (var divergence in result.Worst is { } worst ? [worst] : result.Known.Select(pair => pair.Divergence).Take(1))
        {
            var shown = suite.Language.Upto(plan, divergence.Step);
            ledger.Findings.Note(
                bench.Judge.Describe(shown, divergence) with
                {
                    Campaign = CampaignOutcome.Replay,
                    Replay = ReplayToken.Of(suite.Token, bench.MadeFor, suite.Language, shown)?.ToString(),
                }
            );
        }

        return CampaignOutcome.Of(ledger, 0) with
        {
            Trace = bench.Judge.Trace(plan),
            HarnessErrors = result.HarnessError is { } error ? [error] : [],
        };
    }

    private static string? Refusal(string? why) => why is null ? null : $"the plan was not run: {why}";
}
