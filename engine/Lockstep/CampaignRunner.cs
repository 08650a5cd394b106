using Conformance.Engine.Ledgers;
using Conformance.Engine.Plans;
using Conformance.Engine.Workers;
using Conformance.Model.Migration;

namespace Conformance.Engine.Lockstep;

/// <summary>What one campaign gave.</summary>
/// <param name="Ledger">Counts and findings.</param>
/// <param name="Coverage">What was reached.</param>
/// <param name="HarnessErrors">What went wrong on our side.</param>
/// <param name="Abandoned">Why the campaign did not run to its end; null when it did.</param>
public sealed record CampaignRun(Ledger Ledger, Coverage Coverage, IReadOnlyList<string> HarnessErrors, string? Abandoned);

/// <summary>Runs the plans of one campaign, and makes the first plan of every new difference as short as it gets.</summary>
public static class CampaignRunner
{
    /// <summary>How many losses (hangs and crashes) a campaign may have before it is given up.</summary>
    public const int LossLimit = 3;

    private const int Tries = 2000;
    private const int TriesWithLoss = 24;

    /// <summary>Runs a campaign.</summary>
    /// <param name="campaign">The campaign.</param>
    /// <param name="index">Its place, for the journal.</param>
    /// <param name="input">What it makes its plans from.</param>
    /// <param name="lockstep">What runs them.</param>
    /// <param name="skip">Plans that are left out or not made shorter, because they killed a worker.</param>
    /// <param name="journal">Where it is noted what runs.</param>
    public static CampaignRun Run(ICampaign campaign, int index, CampaignInput input, LockstepRunner lockstep, SkipList skip, IJournal journal)
    {
        var ledger = new Ledger();
        var coverage = new Coverage();
        var errors = new List<string>();
        var mayDie = input.Machine.Can(ChannelCapabilities.ThrowAway);
        var number = -1;
        var losses = 0;
        foreach (var plan in campaign.Plans(input))
        {
            number++;
            if (skip.Stops(number))
                break;
            if (!skip.Runs(number) || (!mayDie && !Simulation.IsHarmless(input.Machine, plan)))
                continue;
            journal.Begin(index, number, plan);
            var result = lockstep.Run(plan, campaign.Name, ledger, coverage);
            journal.End();
            if (result.End == PlanEnd.HarnessError)
            {
                errors.Add($"{campaign.Name}, plan {number}: {result.Message}");
                return new(ledger, coverage, errors, "the harness could not go on");
            }

            if (result.Finding is not { } finding)
                continue;
            var isLoss = finding.Kind is DivergenceKind.Hang or DivergenceKind.Crash;
            if (!ledger.Knows(finding))
                ledger.Note(finding, skip.Shrinks(number) ? Shorten(finding, lockstep, mayDie, index, number, journal) : finding);
            if (isLoss && ++losses == LossLimit)
                return new(ledger, coverage, errors, $"given up after {LossLimit} hangs or crashes");
        }

        return new(ledger, coverage, errors, null);
    }

    private static Finding Shorten(Finding finding, LockstepRunner lockstep, bool mayDie, int index, int number, IJournal journal)
    {
        var isLoss = finding.Kind is DivergenceKind.Hang or DivergenceKind.Crash;
        var last = finding;
        var scratch = new Ledger();
        var unused = new Coverage();
        Minimiser.Minimise(finding.Plan, Same, isLoss ? TriesWithLoss : Tries, out var minimal);
        return new()
        {
            Rules = last.Rules,
            Kind = last.Kind,
            IsWarning = last.IsWarning,
            Campaign = last.Campaign,
            Expected = last.Expected,
            Seen = last.Seen,
            Before = last.Before,
            Plan = last.Plan,
            FailingStep = last.FailingStep,
            Trace = last.Trace,
            LastWords = last.LastWords,
            Minimal = minimal,
        };

        Plan? Same(Plan candidate)
        {
            if (candidate.Steps.Count == 0 || (!mayDie && !Simulation.IsHarmless(lockstep.Machine, candidate)))
                return null;
            journal.Begin(index, number, candidate, PlanPhase.Shrink);
            var result = lockstep.Run(candidate, finding.Campaign, scratch, unused);
            journal.End();
            if (result.Finding is not { } found || !found.HasSignatureOf(finding))
                return null;
            last = found;
            return found.Plan;
        }
    }
}
