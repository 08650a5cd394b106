using Conformance.Engine.Plans;
using Conformance.Model.Requirements;

namespace Conformance.Engine.Workers;

/// <summary>Why a plan runs.</summary>
public enum PlanPhase
{
    /// <summary>The campaign asked for it.</summary>
    Run,

    /// <summary>It showed something and runs again, or a shorter one does.</summary>
    Shrink,
}

/// <summary>
/// Where a run stands, written before every call into the driver, so that whoever watches can name the plan and the step when the call never comes back.
/// No member allocates or asks for the time: the watcher sees that the counter does not move.
/// </summary>
public interface IJournal
{
    /// <summary>A plan begins.</summary>
    /// <param name="campaign">The index of the campaign.</param>
    /// <param name="number">The number of the plan in its campaign, counted from 0; while shrinking, the number of the plan that is being shrunk.</param>
    /// <param name="language">What the plan is made of.</param>
    /// <param name="plan">The plan itself: kept, so that it can be told without generating it again.</param>
    /// <param name="phase">Why it runs.</param>
    void Begin<TPlan>(int campaign, int number, IPlanLanguage<TPlan> language, TPlan plan, PlanPhase phase = PlanPhase.Run)
        where TPlan : class;

    /// <summary>A call into the driver begins. A step of several calls enters before each of them.</summary>
    /// <param name="step">The index of the step; -1 while the device is opened, the number of steps while it is closed.</param>
    /// <param name="requirement">The requirement that is broken when the call does not come back, or none.</param>
    void Enter(int step, RequirementId requirement = default);

    /// <summary>The call came back.</summary>
    void Leave();

    /// <summary>The plan ended.</summary>
    void End();

    /// <summary>True when whoever watches wants no further plan to begin: the user stopped the run, and what was found so far is to be reported.</summary>
    bool IsStopping => false;
}

/// <summary>Nobody watches.</summary>
public sealed class NullJournal : IJournal
{
    /// <summary>The only one that is needed.</summary>
    public static NullJournal Instance { get; } = new();

    /// <inheritdoc/>
    public void Begin<TPlan>(int campaign, int number, IPlanLanguage<TPlan> language, TPlan plan, PlanPhase phase = PlanPhase.Run)
        where TPlan : class { }

    /// <inheritdoc/>
    public void Enter(int step, RequirementId requirement = default) { }

    /// <inheritdoc/>
    public void Leave() { }

    /// <inheritdoc/>
    public void End() { }
}
