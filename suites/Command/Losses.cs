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
            return suite.DescribeLoss(null, death) with { Campaign = campaign };
        // One like it was looked into already; where facts tell findings apart, the way to die is not enough to say so.
        if (!suite.FactsTellApart && known.Find(pair => pair.Lost.HasSignatureOf(lost)).Finding is { } seen)
            return seen with { Occurrences = 1 };
        var shrunk = search.Shrinks && !search.Cancel.IsCancellationRequested ? shrinker.Shrink(lost) : new(lost);
        var finding = suite.DescribeLoss(shrunk.Lost.Plan, shrunk.Lost.Death) with
        {
            Campaign = campaign,
            Minimised = shrunk.Minimal,
            CutShort = shrunk.CutShort,
            Repeats = shrunk.Repeats,
            Replay = ReplayToken.Of(suite.Token, MadeFor, suite.Language, shrunk.Lost.Plan)?.ToString(),
        };
        known.Add((lost, finding));
        return finding;
    }

    // The plan alone in a fresh worker, with a deadline of its own: how it is lost, or null.
    private LostPlan<TPlan>? Alone(TPlan plan, TimeSpan deadline)
    {
        // What the token says of the driver is for people; the plan is what counts.
        var alone = search.Request with
        {
            Token = ReplayToken.Of(suite.Token, MadeFor.Anything, suite.Language, plan)?.ToString(),
            RegressionsFolder = null,
            Regressions = "",
            Budget = null,
        };
        return
            alone.Token is not null
            && WorkerProcess.Supervise(alone.ToJson(), deadline, search.Cancel, quiet: true).Campaigns is [{ Deaths: [var death, ..] }, ..]
            ? LostPlans.Of(death, suite.Language)
            : null;
    }
}
