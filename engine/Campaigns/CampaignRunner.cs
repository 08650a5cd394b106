using System.Globalization;
using System.Runtime.InteropServices;
using Conformance.Engine.Judging;
using Conformance.Engine.Plans;
using Conformance.Engine.Workers;
using Conformance.Model.Contract;
using Conformance.Reports;

namespace Conformance.Engine.Campaigns;

/// <summary>What a campaign is run with.</summary>
/// <param name="Device">What the device says of itself.</param>
/// <param name="Judge">What runs plans on it.</param>
/// <param name="Language">What plans are made of.</param>
/// <param name="Token">The number of the suite in replay tokens.</param>
/// <param name="MadeFor">What replay tokens say of the device.</param>
public sealed record Bench<TDevice, TPlan>(TDevice Device, IJudge<TPlan> Judge, IPlanLanguage<TPlan> Language, int Token, MadeFor MadeFor)
    where TPlan : class
{
    /// <summary>
    /// Opens the driver once more, beside the one at hand: nothing that ran before is known to it. Null where opening it again would not begin anew, or takes
    /// too long. It may throw <see cref="DeviceLostException"/>, and give null when what was opened cannot be asked.
    /// </summary>
    public Func<FreshDriver<TPlan>?>? OpenFresh { get; init; }
}

/// <summary>A driver that was opened for one run.</summary>
/// <param name="Judge">What runs a plan on it.</param>
/// <param name="Owned">What is released behind it.</param>
public sealed record FreshDriver<TPlan>(IJudge<TPlan> Judge, IDisposable Owned) : IDisposable
    where TPlan : class
{
    /// <inheritdoc/>
    public void Dispose() => Owned.Dispose();
}

/// <summary>
/// Runs the plans of one campaign, and makes the first plans of every new difference as small as they get, and any later one that is smaller still to begin
/// with. Before and after that the plan runs again: a difference that does not come back every time is flaky. The last of these runs is on a driver that was
/// opened anew: what a driver or a judge keeps from plan to plan is not in the token.
/// </summary>
public static class CampaignRunner
{
    /// <summary>How many losses (hangs and crashes) a campaign may have before it is given up.</summary>
    public const int LossLimit = 3;

    /// <summary>
    /// How often a plan that failed is run again, before it is made smaller and after. A loss is run again once: each costs a deadline, a server or a guest.
    /// </summary>
    public const int Repeats = 5;

    // How often a smaller plan is run, when what it shows need not repeat.
    private const int RareRuns = 3;

    /// <summary>Runs a campaign.</summary>
    /// <param name="campaign">The campaign.</param>
    /// <param name="index">Its place, for the journal.</param>
    /// <param name="bench">The device, and what runs plans on it.</param>
    /// <param name="input">What it makes its plans from.</param>
    /// <param name="skip">Plans that are left out or not made smaller, because they killed a worker.</param>
    /// <param name="journal">Where it is noted what runs.</param>
    /// <param name="limits">How long it may take; null for as long as it takes.</param>
    public static CampaignRun<TPlan> Run<TDevice, TPlan>(
        ICampaign<TDevice, TPlan> campaign,
        int index,
        Bench<TDevice, TPlan> bench,
        CampaignInput input,
        SkipList skip,
        IJournal journal,
        RunLimits? limits = null
    )
        where TPlan : class => new Runner<TDevice, TPlan>(campaign, index, bench, input, skip, journal, limits ?? new()).Run();

    private sealed class Runner<TDevice, TPlan>(
        ICampaign<TDevice, TPlan> campaign,
        int index,
        Bench<TDevice, TPlan> bench,
        CampaignInput input,
        SkipList skip,
        IJournal journal,
        RunLimits limits
    )
        where TPlan : class
    {
        private readonly ICampaign<TDevice, TPlan> campaign = campaign;
        private readonly Bench<TDevice, TPlan> bench = bench;
        private readonly int index = index;
        private readonly IJournal journal = journal;
        private readonly RunLimits limits = limits;
        private readonly IJudge<TPlan> judge = bench.Judge;
        private readonly IPlanLanguage<TPlan> language = bench.Language;
        private readonly Ledger ledger = new(bench.Language.FactsTellApart);
        private readonly List<Found<TPlan>> found = [];
        private readonly List<string> notes = [];
        private readonly Dictionary<string, Family> families = new(StringComparer.Ordinal);
        private readonly Dictionary<int, (int Place, int Size)> known = [];
        private int number = -1;
        private int losses;
        private string? broken;
        private int leftOut;

        /// <summary>What looks alike: how many of it were looked at closely, and what the last of them became.</summary>
        private sealed class Family
        {
            public int Looks;
            public int Place;
            public int SmallestSize;
        }

        public CampaignRun<TPlan> Run()
        {
            if (campaign.Lacks(bench.Device) is not null)
                return End(null);
            var descriptors = CampaignHealth.OpenDescriptors();
            foreach (var named in campaign.Plans(bench.Device, input))
            {
                number++;
                if (skip.Stops(number))
                    break;
                if (!skip.Runs(number) || (!campaign.DividesItself && !input.Shard.Has(number)))
                    continue;
                if (journal.IsStopping)
                    return End($"interrupted {campaign.Place(input, number)}");
                if (limits.IsOver)
                    return End(null) with { CutShort = $"{campaign.Place(input, number)} of {campaign.Name}", EndedByFinding = limits.EndedByFinding };
                if (judge.Refuses(named.Plan) is not null || IsShownAlready(named.Plan))
                    continue;
                if (RunOne(named) is { } end)
                    return end;
            }

            return End(null) with
            {
                HarnessErrors = [.. CampaignHealth.Check(campaign.Name, ledger, CampaignHealth.OpenDescriptors() - descriptors, language.NameOfKind)],
                IsWhole = input.Shard.Count == 1 && skip is { StopBefore: null, Plans.IsEmpty: true },
            };
        }

        // What is known to end the device was shown once: more of it would only take time.
        private bool IsShownAlready(TPlan plan)
        {
            var entry = judge.KnownLoss(plan);
            if (entry < 0 || !known.ContainsKey(entry))
                return false;
            leftOut++;
            return true;
        }

        private CampaignRun<TPlan>? RunOne(in Named<TPlan> named)
        {
            journal.Begin(index, number, language, named.Plan);
            var result = judge.Run(named.Plan, ledger, again: false);
            journal.End();
            if (result.HarnessError is { } error)
                return EndBroken(error);
            foreach (var (entry, divergence) in result.Known)
                NoteKnown(entry, named, divergence);
            if (result.Worst is not { } worst)
                return null;
            var fatal = worst.IsLoss ? judge.KnownLoss(named.Plan) : -1;
            if (fatal >= 0)
            {
                NoteKnown(fatal, named, worst);
                return null;
            }

            Note(named, worst);
            return broken is not null ? EndBroken(broken)
                : worst.IsLoss && ++losses == LossLimit ? End($"given up after {LossLimit} hangs or crashes")
                : null;
        }

        private CampaignRun<TPlan> EndBroken(string error) => End("the harness could not go on", $"{campaign.Name}, plan {number}: {error}");

        private CampaignRun<TPlan> End(string? abandoned, params string[] errors) =>
            new(ledger, abandoned)
            {
                HarnessErrors = errors,
                Notes = [.. notes, .. Counts()],
                // The findings as the ledger has them in the end, with their counts.
                Found = [.. found.Select((one, place) => one with { Finding = ledger.Findings.All[place] })],
                Witnesses =
                    ledger.Findings.All.Count > 0 ? [] : [.. campaign.MustSee(bench.Device, input).Select(witness => (witness, ledger.Witnessed(witness)))],
                LeftOut = leftOut,
            };

        private IEnumerable<string> Counts()
        {
            if (ledger.Unjudged > 0)
                yield return string.Create(CultureInfo.InvariantCulture, $"{campaign.Name}: {ledger.Unjudged} of {ledger.Steps} steps could not be judged");
            if (leftOut > 0)
                yield return string.Create(
                    CultureInfo.InvariantCulture,
                    $"{campaign.Name}: {leftOut} of {ledger.Plans + leftOut} plans left out, known to end the device"
                );
        }

        private void NoteKnown(int entry, in Named<TPlan> named, Divergence divergence)
        {
            var size = language.Size(named.Plan);
            if (known.TryGetValue(entry, out var best))
            {
                if (best.Size <= size)
                    ledger.Findings.Count(best.Place);
                else
                {
                    var smaller = new Found<TPlan>(named.Plan, divergence, Describe(named, divergence));
                    ledger.Findings.Replace(best.Place, smaller.Finding);
                    ledger.Findings.Count(best.Place);
                    found[best.Place] = smaller;
                    known[entry] = (best.Place, size);
                }

                return;
            }

            known[entry] = (Add(new(named.Plan, divergence, Describe(named, divergence))), size);
        }

        private const string NotAgain = "when it was run again, the worker hung or died: whether it shows the same each time is not known";

        private void Note(in Named<TPlan> named, Divergence divergence)
        {
            var plan = language.Upto(named.Plan, divergence.Step);
            ref var family = ref CollectionsMarshal.GetValueRefOrAddDefault(families, divergence.Family, out var isKnown);
            if (isKnown && family!.Looks >= judge.Looks && language.Size(plan) >= family.SmallestSize)
            {
                ledger.Findings.Count(family.Place);
                return;
            }

            family ??= new();
            var shown = skip.Shrinks(number)
                ? new Examination(this, named, divergence).Result(plan)
                : new Found<TPlan>(plan, divergence, Describe(named with { Plan = plan }, divergence) with { CutShort = NotAgain });
            limits.Saw(shown.Finding);
            family.Place = Add(shown);
            family.Looks++;
            // One that came up smaller than the plan that is shown, small as that was made, is worth another look.
            family.SmallestSize = shown.Finding.Minimised ? language.Size(shown.Plan) : 0;
            if (shown.Finding.Verdict == RequirementVerdict.Flaky && ReferenceEquals(found[family.Place], shown))
                notes.Add(
                    CampaignHealth.Line(
                        CampaignHealth.NondeterministicDriver,
                        campaign.Name,
                        $"the plan that breaks {shown.Finding.Name} did so in {shown.Finding.Repeats} runs"
                    )
                );
        }

        private void NoteOnce(string note)
        {
            if (!notes.Contains(note))
                notes.Add(note);
        }

        private int Add(Found<TPlan> shown)
        {
            var place = ledger.Findings.Note(shown.Finding, out var isShown);
            if (place == found.Count)
                found.Add(shown);
            else if (isShown)
                found[place] = shown;
            return place;
        }

        private Finding Describe(in Named<TPlan> named, Divergence divergence)
        {
            var finding = judge.Describe(named.Plan, divergence) with
            {
                Campaign = campaign.Name,
                Replay = language.Size(named.Plan) == 0 ? null : ReplayToken.Of(bench.Token, bench.MadeFor, language, named.Plan)?.ToString(),
            };
            return named.Note.Length == 0 ? finding : finding with { Trace = [new(finding.FailingStep ?? 0, named.Note, ""), .. finding.Trace] };
        }

        /// <summary>Looks closer at a plan that failed.</summary>
        private sealed class Examination(Runner<TDevice, TPlan> runner, Named<TPlan> named, Divergence first)
        {
            private Found<TPlan> Shown(TPlan plan, Divergence divergence, Func<Finding, Finding> with) =>
                new(plan, divergence, with(runner.Describe(named with { Plan = plan }, divergence)));

            public Found<TPlan> Result(TPlan plan)
            {
                var limits = runner.limits;
                if (!first.IsLoss)
                    return limits.ShrinksNothing ? AsItIs(plan) : Search(plan, Repeats, () => false);
                limits.Shrinking(true);
                try
                {
                    // A hang that was seen once is none: on a busy machine anything may be late.
                    if (limits.ShrinkingIsOver && IsHang(plan) && Again(plan, 1) == 0)
                        return runner.broken is null ? Flaky(plan, first, 0, 1) : Broken(plan);
                    return limits.ShrinkingIsOver
                        ? Shown(plan, first, finding => finding with { CutShort = limits.UnshrunkText })
                        : Search(plan, 1, () => limits.ShrinkingIsOver);
                }
                finally
                {
                    limits.Shrinking(false);
                }
            }

            // Whether it shows the same each time is a question of its own.
            private Found<TPlan> AsItIs(TPlan plan)
            {
                var failed = Again(plan, Repeats);
                return runner.broken is not null ? Broken(plan)
                    : failed < Repeats && (failed == 0 || !first.NeedNotRepeat) ? Flaky(plan, first, failed, Repeats)
                    : Shown(plan, first, finding => finding with { CutShort = runner.limits.UnshrunkText });
            }

            private Found<TPlan> Search(TPlan plan, int times, Func<bool> isOver)
            {
                var before = Again(plan, times);
                if (runner.broken is not null)
                    return Broken(plan);
                if (before < times && (before == 0 || !first.NeedNotRepeat))
                    return Flaky(plan, first, before, times);
                var (small, last) = (plan, first);
                Minimiser.Minimise(runner.language, plan, candidate => isOver() ? null : Same(candidate), runner.judge.Candidates, out var minimal);
                var cut = isOver() ? runner.limits.UnshrunkText : null;
                var after = cut is null ? Again(small, times) : times;
                if (runner.broken is not null)
                    return Broken(plan);
                if (after == times)
                    return Shown(small, last, finding => finding with { Minimised = cut is null && minimal, CutShort = cut });
                if (first.NeedNotRepeat && after == 0)
                    return Flaky(plan, first, before, times);
                // What fails alone in its first run only leans on the plans before it; the plan that failed each time is shown.
                return after == 0
                    ? Shown(plan, first, finding => finding with { CutShort = "a smaller plan failed only now and then" })
                    : Flaky(small, last, after, times);

                TPlan? Same(TPlan candidate)
                {
                    if (runner.language.Size(candidate) == 0 || runner.judge.Refuses(candidate) is not null)
                        return null;
                    var seen = Run(candidate);
                    for (var run = 1; seen is null && first.NeedNotRepeat && run < RareRuns; run++)
                        seen = Run(candidate);
                    if (seen is not { } shown)
                        return null;
                    (small, last) = (runner.language.Upto(candidate, shown.Step), shown);
                    return small;
                }
            }

            private bool IsHang(TPlan plan) => runner.judge.Describe(plan, first).Verdict == RequirementVerdict.Hang;

            // A crash stays one, however rare, and so do what is only advised against and what real threads showed. A guest that
            // took itself for hung and did so once is no more than late.
            private Found<TPlan> Flaky(TPlan plan, Divergence divergence, int failed, int times) =>
                Shown(
                    plan,
                    divergence,
                    finding =>
                        finding with
                        {
                            Repeats = string.Create(CultureInfo.InvariantCulture, $"{failed} of {times}"),
                            Verdict =
                                divergence.IsWarning
                                || divergence.NeedNotRepeat
                                || (finding.Verdict == RequirementVerdict.Crash && !(divergence.MayBeStarvation && failed == 0))
                                    ? finding.Verdict
                                    : RequirementVerdict.Flaky,
                        }
                );

            // What the kit could not run says nothing about the driver: the plan is shown as it was found.
            private Found<TPlan> Broken(TPlan plan) =>
                Shown(plan, first, finding => finding with { CutShort = $"the plan could not be looked at any closer: {runner.broken}" });

            // Whatever a judge or a driver makes of "again": one of the runs has nothing before it. Behind a loss the far side is another one anyway.
            private int Again(TPlan plan, int times)
            {
                var failed = 0;
                for (var time = 0; time < times; time++)
                    if ((time == times - 1 && !first.IsLoss ? RunFresh(plan) : Run(plan)) is not null)
                        failed++;
                return failed;
            }

            private Divergence? RunFresh(TPlan plan)
            {
                try
                {
                    using var fresh = runner.bench.OpenFresh?.Invoke();
                    return Run(plan, fresh?.Judge);
                }
                catch (DeviceLostException lost)
                {
                    runner.NoteOnce($"{runner.campaign.Name}: the driver could not be opened anew, to see whether plans fail by themselves: {lost.Message}");
                    return Run(plan);
                }
            }

            private Divergence? Run(TPlan plan, IJudge<TPlan>? judge = null)
            {
                if (runner.broken is not null)
                    return null;
                runner.journal.Begin(runner.index, runner.number, runner.language, plan, PlanPhase.Shrink);
                var result = (judge ?? runner.judge).Run(plan, null, again: true);
                runner.journal.End();
                runner.broken ??= result.HarnessError;
                return result.Worst is { } shown && shown.HasSignatureOf(first) ? shown : null;
            }
        }
    }
}
