using System.Text.Json;
using Conformance.Engine.Plans;
using Conformance.Engine.Workers;
using Conformance.Reports;
using Conformance.Suites.Seam;

namespace Conformance.Suites.Command;

/// <summary>Makes findings of workers that hung or died.</summary>
internal interface ILosses
{
    /// <summary>What replay tokens say of the device.</summary>
    MadeFor MadeFor { get; set; }

    /// <summary>The finding, with the smallest plan that is known to be lost in the same way.</summary>
    Finding Of(WorkerDeath death, string campaign);
}

/// <summary>How far losses are looked into.</summary>
/// <param name="Request">What was asked for.</param>
/// <param name="Deadline">The deadline of a call.</param>
/// <param name="Slowest">How long the slowest call took that came back.</param>
/// <param name="Cancel">Ends it.</param>
internal sealed record LossSearch(CheckRequest Request, TimeSpan Deadline, TimeSpan Slowest, CancellationToken Cancel) : ISuiteVisitor<ILosses>
{
    /// <summary>True when plans are to be made smaller, each candidate in a worker of its own.</summary>
    internal bool Shrinks { get; init; } = true;

    /// <summary>Shows plans as they were lost.</summary>
    internal static ILosses AsTheyAre(CheckRequest request) =>
        request.Suite.Accept(new LossSearch(request, default, default, CancellationToken.None) { Shrinks = false });

    public ILosses Visit<TDevice, TPlan>(Suite<TDevice, TPlan> suite)
        where TDevice : class
        where TPlan : class => new Losses<TDevice, TPlan>(suite, this);
}

/// <summary>Makes findings of the lost plans of a suite.</summary>
internal sealed class Losses<TDevice, TPlan> : ILosses
    where TDevice : class
    where TPlan : class
{
    private const string Interrupted = "the run was interrupted";

    private const string TooLongToRun =
        "it is longer than a replay token holds, which is how a worker is told what to run; left as it is, it can be shown and no more";

    private const string TooLongToKeep = "the plan is longer than the journal keeps, so that it can neither be shown nor run again";

    private readonly Suite<TDevice, TPlan> suite;
    private readonly LossSearch search;
    private readonly LossShrinker<TPlan> shrinker;
    private readonly List<(LostPlan<TPlan> Lost, Finding Finding)> known = [];

    internal Losses(Suite<TDevice, TPlan> suite, LossSearch search)
    {
        this.suite = suite;
        this.search = search;
        shrinker = new(suite.Language, Alone, search.Deadline, search.Slowest, search.Request.ShrinkBudget);
    }

    public MadeFor MadeFor { get; set; } = MadeFor.Anything;

    public Finding Of(WorkerDeath death, string campaign)
    {
        if (LostPlans.Of(death, suite.Language) is not { } lost)
            return suite.DescribeLoss(null, MadeFor, death) with { Campaign = campaign, CutShort = death.Journal.PlanIsTooLong ? TooLongToKeep : null };
        // One like it was looked into already. Where facts tell findings apart the way to die is not enough to say so, but what was said over it is.
        if (known.Find(pair => suite.FactsTellApart ? pair.Lost.DiedLike(lost) : pair.Lost.HasSignatureOf(lost)).Finding is { } seen)
            return seen with { Occurrences = 1 };
        var shrunk =
            !search.Shrinks ? new(lost)
            : search.Cancel.IsCancellationRequested ? new(lost, CutShort: $"the plan was not run again: {Interrupted}")
            : shrinker.Shrink(lost);
        var finding = suite.DescribeLoss(shrunk.Lost.Plan, MadeFor, shrunk.Lost.Death);
        finding = finding with
        {
            Campaign = campaign,
            Minimised = shrunk.Minimal,
            CutShort = shrunk.CutShort,
            Repeats = shrunk.Repeats,
            // Whatever kept the call from coming back, it does not do so each time. A process that died did die.
            Verdict = shrunk.Repeats is not null && finding.Verdict == RequirementVerdict.Hang ? RequirementVerdict.Flaky : finding.Verdict,
            Replay = ReplayToken.Of(suite.Token, MadeFor, suite.Language, shrunk.Lost.Plan)?.ToString(),
        };
        // The next one may be the one that comes again.
        if (finding.Verdict != RequirementVerdict.Flaky)
            known.Add((lost, finding));
        return finding;
    }

    // The plan alone in a fresh worker, with a deadline of its own.
    private LossRun<TPlan> Alone(TPlan plan, TimeSpan deadline)
    {
        // What the token says of the driver is for people; the plan is what counts.
        var alone = search.Request with
        {
            Token = ReplayToken.Of(suite.Token, MadeFor.Anything, suite.Language, plan)?.ToString(),
            RegressionsFolder = null,
            Regressions = "",
            Budget = null,
            FailFast = false,
        };
        return alone.Token is null ? new(null, TooLongToRun) : Outcome(WorkerProcess.Supervise(alone.ToJson(), deadline, search.Cancel, quiet: true), plan);
    }

    // Only a plan that was lost, or that came to its end, says something.
    private LossRun<TPlan> Outcome(SupervisedRun run, TPlan plan)
    {
        if (run.Campaigns is [{ Deaths: [var death, ..] }, ..])
            return LostPlans.Of(death, suite.Language) is { } lost
                ? new(lost)
                // It died before it noted the plan, and this is the only plan that it had.
                : new(new(plan, death));
        if (run.Interrupted)
            return new(null, Interrupted);
        if (run.Unreachable is { } unreachable)
            return new(null, $"the driver could not be reached any more: {Escaping.Line(unreachable, 200)}");
        if (run.Campaigns is not [{ Outcome: { } outcome }, ..])
            return new(null, Escaping.Line(run.HarnessErrors.FirstOrDefault("the worker ended without a word"), 300));
        try
        {
            return new(null, CampaignOutcome.Read(outcome).HarnessErrors is [var error, ..] ? Escaping.Line(error, 300) : null);
        }
        catch (JsonException error)
        {
            return new(null, $"what the worker reported makes no sense: {Escaping.Line(error.Message, 200)}");
        }
    }
}
