using Conformance.Reports;

namespace Conformance.Engine.Judging;

/// <summary>
/// Runs plans against a device and the oracle together, each to its first difference. The hot loop is its own; the engine meets it once a plan.
/// </summary>
/// <typeparam name="TPlan">What one run asks of a device.</typeparam>
public interface IJudge<in TPlan>
    where TPlan : class
{
    /// <summary>
    /// How many differences that look alike are made small before later ones are only counted: more than one where what looks alike at first often turns out to
    /// have several causes.
    /// </summary>
    int Looks => 1;

    /// <summary>How many candidates a search for a smaller plan may run; without bound where a plan costs next to nothing.</summary>
    int Candidates => int.MaxValue;

    /// <summary>Why a plan may not run on this device, as a phrase; null when it may.</summary>
    string? Refuses(TPlan plan) => null;

    /// <summary>The known deviation by which a plan ends the device or makes it hang: its number; -1 when none speaks of it.</summary>
    int KnownLoss(TPlan plan) => -1;

    /// <summary>Runs a plan. A device that hangs or dies on its own side is a difference; what takes this process along is the supervisor's business.</summary>
    /// <param name="plan">The plan.</param>
    /// <param name="ledger">What is counted; null when it is not.</param>
    /// <param name="again">
    /// True when nothing that ran before may play a part: the plan failed, and it is to be seen whether it does so by itself. A judge does what it can; that it
    /// did enough is seen on a driver that was opened anew (<c>engine/Campaigns/CampaignRunner.cs</c>).
    /// </param>
    PlanResult Run(TPlan plan, Ledger? ledger, bool again);

    /// <summary>What happened in the plan that was run last, as far as it was kept: by the lines of its language.</summary>
    IReadOnlyList<TraceLine> Trace(TPlan plan);

    /// <summary>The finding of the result document, with its facts.</summary>
    /// <param name="plan">The plan, cut off behind the failing step.</param>
    /// <param name="divergence">What it showed.</param>
    Finding Describe(TPlan plan, Divergence divergence);
}

/// <summary>How a plan ended.</summary>
/// <param name="Worst">Where the device parted from the contract; null when it did not.</param>
/// <param name="HarnessError">Why the kit could not go on, which is not the driver's fault; null when it could.</param>
public readonly record struct PlanResult(Divergence? Worst, string? HarnessError = null)
{
    /// <summary>The known deviations on the way, each with its number.</summary>
    public IReadOnlyList<(int Entry, Divergence Divergence)> Known
    {
        get => field ?? [];
        init;
    }
}
