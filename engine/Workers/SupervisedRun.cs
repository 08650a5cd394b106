using Conformance.Engine.Plans;
using Conformance.Reports;

namespace Conformance.Engine.Workers;

/// <summary>How a worker ended.</summary>
public enum DeathKind
{
    /// <summary>A call into the driver did not come back.</summary>
    Hang,

    /// <summary>The process ended by itself.</summary>
    Crash,
}

/// <summary>A worker that hung or died in a campaign.</summary>
/// <param name="Kind">How.</param>
/// <param name="Journal">What it was doing.</param>
/// <param name="Description">What happened, in one line: "no answer within 10 s", "the process was ended by SIGSEGV".</param>
/// <param name="LastWords">What it said last on standard error, cleaned; empty when nothing.</param>
public sealed record WorkerDeath(DeathKind Kind, JournalEntry Journal, string Description, string LastWords);

/// <summary>A plan that hung or ended its worker.</summary>
/// <param name="Plan">The plan, as far as it came.</param>
/// <param name="Death">What happened.</param>
public sealed record LostPlan<TPlan>(TPlan Plan, WorkerDeath Death)
    where TPlan : class
{
    /// <summary>
    /// True when the other one ended in the same way, at a call that the same requirement speaks of; of two processes that died, when they did so for the same
    /// cause as far as their last words say. What a driver printed before it hung says nothing about why.
    /// </summary>
    public bool HasSignatureOf(LostPlan<TPlan> other)
    {
        ArgumentNullException.ThrowIfNull(other);
        if (Death.Kind != other.Death.Kind || Death.Journal.Requirement != other.Death.Journal.Requirement || Call != other.Call)
            return false;
        return Death.Kind == DeathKind.Hang
            || (Cause.Length > 0 && other.Cause.Length > 0 ? Cause == other.Cause : Death.Description == other.Death.Description);
    }

    /// <summary>True when, besides, both said why they died: then they are one, whatever else is different about their plans.</summary>
    public bool DiedLike(LostPlan<TPlan> other) => HasSignatureOf(other) && Cause.Length > 0 && Cause == other.Cause;

    /// <summary>The call that did not come back, where the language says so (<see cref="IPlanLanguage{TPlan}.CallOf"/>).</summary>
    public string Call { get; init; } = "";

    private string Cause => Death.Kind == DeathKind.Hang ? "" : DeathCause.Of(Death.LastWords);
}

/// <summary>Reads plans of workers that are gone.</summary>
public static class LostPlans
{
    /// <summary>The plan that a worker was running, cut off behind the step that it did not come back from; null when it left none that can be read.</summary>
    public static LostPlan<TPlan>? Of<TPlan>(WorkerDeath death, IPlanLanguage<TPlan> language)
        where TPlan : class
    {
        if (death.Journal.Plan.IsEmpty)
            return null;
        try
        {
            var plan = language.Recall(new(death.Journal.Plan));
            return new LostPlan<TPlan>(language.Upto(plan, Math.Clamp(death.Journal.Step, 0, Math.Max(0, language.Steps(plan) - 1))), death)
            {
                Call = language.CallOf(plan, death.Journal.Step),
            };
        }
        catch (PlanFormatException)
        {
            // A worker that went wild may have written anything.
            return null;
        }
    }
}

/// <summary>What happened to one campaign.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Outcome">What the job reported; null when it never came to an end.</param>
/// <param name="Deaths">The workers that it cost.</param>
/// <param name="Abandoned">Why it was cut short; null when it was not.</param>
public sealed record SupervisedCampaign(string Name, string? Outcome, IReadOnlyList<WorkerDeath> Deaths, string? Abandoned);

/// <summary>What happened to a whole job.</summary>
/// <param name="Survey">What the job saw first; null when it saw nothing.</param>
/// <param name="Unreachable">Why the driver could not be reached; null when it could. Lines: what, then last words.</param>
/// <param name="Campaigns">The campaigns that were begun.</param>
/// <param name="HarnessErrors">What went wrong in the kit.</param>
/// <param name="Interrupted">True when the caller cancelled.</param>
public sealed record SupervisedRun(
    string? Survey,
    string? Unreachable,
    IReadOnlyList<SupervisedCampaign> Campaigns,
    IReadOnlyList<string> HarnessErrors,
    bool Interrupted
)
{
    /// <summary>The campaign in which a hang or a crash ended the job (<see cref="SupervisorOptions.EndsAt"/>); null when none did.</summary>
    public string? EndedIn { get; init; }

    /// <summary>How many workers somebody else ended (SIGKILL, SIGTERM), so that their campaign was begun again without blaming anybody.</summary>
    public int Restarts { get; init; }

    /// <summary>About how long the slowest call took that came back, one look of the supervisor more at most.</summary>
    public TimeSpan SlowestCall { get; init; }
}

/// <summary>Where a run stands.</summary>
/// <param name="Campaign">The name of the campaign, empty before the first.</param>
/// <param name="Index">Its index.</param>
/// <param name="Count">How many campaigns there are, 0 when not known yet.</param>
/// <param name="Plan">The number of the plan.</param>
public readonly record struct SupervisorProgress(string Campaign, int Index, int Count, int Plan);
