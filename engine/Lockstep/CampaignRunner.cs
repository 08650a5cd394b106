using System.Globalization;
using Conformance.Engine.Ledgers;
using Conformance.Engine.Migration;
using Conformance.Engine.Plans;
using Conformance.Engine.Workers;
using Conformance.Model.Migration.Device;
using Conformance.Model.Migration.Oracle;
using Conformance.Model.Migration.Steps;

namespace Conformance.Engine.Lockstep;

/// <summary>What one campaign gave.</summary>
/// <param name="Ledger">Counts and findings.</param>
/// <param name="Coverage">What was reached.</param>
/// <param name="HarnessErrors">What went wrong on our side.</param>
/// <param name="Abandoned">Why the campaign did not run to its end; null when it did.</param>
public sealed record CampaignRun(Ledger Ledger, Coverage Coverage, IReadOnlyList<string> HarnessErrors, string? Abandoned)
{
    /// <summary>Where time ran out: "in round 3 of 8 of random-walks"; null when it did not.</summary>
    public string? CutShort { get; init; }

    /// <summary>What a reader should know besides.</summary>
    public IReadOnlyList<string> Notes { get; init; } = [];

    /// <summary>What the campaign must see, and did not. Only a whole campaign that came to its end can say so.</summary>
    public IReadOnlyList<Witness> Missing { get; init; } = [];
}

/// <summary>
/// Runs the plans of one campaign, and makes the first plan of every new difference as short as it gets, and any later one that is shorter still to begin with.
/// Before and after that the plan runs again: a difference that does not come back every time is flaky.
/// </summary>
public static class CampaignRunner
{
    /// <summary>How many losses (hangs and crashes) a campaign may have before it is given up.</summary>
    public const int LossLimit = 3;

    /// <summary>How often a plan that failed is run again, before it is made shorter and after. A loss is run again once: each costs a deadline, a server or a guest.</summary>
    public const int Repeats = 5;

    /// <summary>Runs a campaign.</summary>
    /// <param name="campaign">The campaign.</param>
    /// <param name="index">Its place, for the journal.</param>
    /// <param name="input">What it makes its plans from.</param>
    /// <param name="lockstep">What runs them.</param>
    /// <param name="skip">Plans that are left out or not made shorter, because they killed a worker.</param>
    /// <param name="journal">Where it is noted what runs.</param>
    /// <param name="limits">How long it may take; null for as long as it takes.</param>
    public static CampaignRun Run(
        ICampaign campaign,
        int index,
        CampaignInput input,
        LockstepRunner lockstep,
        SkipList skip,
        IJournal journal,
        RunLimits? limits = null
    )
    {
        limits ??= new();
        var ledger = new Ledger();
        var coverage = new Coverage();
        var notes = new List<string>();
        var mayDie = input.Machine.Can(ChannelCapabilities.ThrowAway);
        var descriptors = CampaignHealth.OpenDescriptors();
        var number = -1;
        var losses = 0;
        foreach (var plan in campaign.Plans(input))
        {
            number++;
            if (skip.Stops(number))
                break;
            if (journal.IsStopping)
                return End($"interrupted {campaign.Place(input, number)}");
            if (limits.IsOver)
                return End(null) with { CutShort = $"{campaign.Place(input, number)} of {campaign.Name}" };
            if (!skip.Runs(number) || (!campaign.IsRandom && !input.Shard.Has(number)) || (!mayDie && !Simulation.IsHarmless(input.Machine, plan)))
                continue;
            journal.Begin(index, number, plan);
            var result = lockstep.Run(plan, campaign.Name, ledger, coverage);
            journal.End();
            if (result.End == PlanEnd.HarnessError)
                return End("the harness could not go on", $"{campaign.Name}, plan {number}: {result.Message}");
            if (result.Finding is not { } finding)
                continue;
            if (!ledger.Knows(finding))
            {
                var shown = skip.Shrinks(number) ? new Examination(lockstep, mayDie, index, number, journal, limits).Of(finding) : finding;
                if (ledger.Note(finding, shown) && shown.IsFlaky)
                    notes.Add(
                        CampaignHealth.Line(
                            CampaignHealth.NondeterministicDriver,
                            campaign.Name,
                            $"the plan that breaks {shown.Named} did so in {shown.Repeats} runs"
                        )
                    );
            }

            if (finding.IsLoss && ++losses == LossLimit)
                return End($"given up after {LossLimit} hangs or crashes");
        }

        return End(null) with
        {
            HarnessErrors = [.. CampaignHealth.Check(campaign.Name, ledger, CampaignHealth.OpenDescriptors() - descriptors)],
            Missing = input.Shard.Count > 1 || ledger.Findings.Count > 0 ? [] : [.. campaign.MustSee(input).Where(witness => ledger.Witnessed(witness) == 0)],
        };

        CampaignRun End(string? abandoned, params string[] errors) => new(ledger, coverage, errors, abandoned) { Notes = notes };
    }

    /// <summary>Looks closer at a plan that failed.</summary>
    private sealed class Examination(LockstepRunner lockstep, bool mayDie, int index, int number, IJournal journal, RunLimits limits)
    {
        private readonly Ledger scratch = new();
        private readonly Coverage unused = new();

        public Finding Of(Finding finding)
        {
            if (!finding.IsLoss)
                return Search(finding, Repeats, () => false);
            limits.Shrinking(true);
            try
            {
                return limits.ShrinkingIsOver ? finding with { CutShort = limits.ShrinkingIsOverText } : Search(finding, 1, () => limits.ShrinkingIsOver);
            }
            finally
            {
                limits.Shrinking(false);
            }
        }

        private Finding Search(Finding finding, int times, Func<bool> isOver)
        {
            var before = Again(finding, finding.Plan, times);
            if (before < times)
                return finding with { Repeats = Text(before, times) };
            var last = finding;
            Minimiser.Minimise(finding.Plan, candidate => isOver() ? null : Same(candidate));
            var cut = isOver() ? limits.ShrinkingIsOverText : null;
            var after = cut is null ? Again(finding, last.Plan, times) : times;
            if (after == times)
                return last with { Minimal = cut is null, CutShort = cut };
            // What fails alone in its first run only leans on the plans before it; the plan that failed each time is shown.
            return after == 0 ? finding with { CutShort = "a shorter plan failed only now and then" } : last with { Repeats = Text(after, times) };

            Plan? Same(Plan candidate)
            {
                if (candidate.Steps.Count == 0 || (!mayDie && !Simulation.IsHarmless(lockstep.Machine, candidate)) || Run(candidate, finding) is not { } found)
                    return null;
                last = found;
                return found.Plan;
            }
        }

        private int Again(Finding finding, Plan plan, int times)
        {
            var failed = 0;
            for (var run = 0; run < times; run++)
                failed += Run(plan, finding) is null ? 0 : 1;
            return failed;
        }

        private Finding? Run(Plan plan, Finding like)
        {
            journal.Begin(index, number, plan, PlanPhase.Shrink);
            var result = lockstep.Run(plan, like.Campaign, scratch, unused);
            journal.End();
            return result.Finding is { } found && found.HasSignatureOf(like) ? found : null;
        }

        private static string Text(int failed, int times) => string.Create(CultureInfo.InvariantCulture, $"{failed} of {times}");
    }
}
