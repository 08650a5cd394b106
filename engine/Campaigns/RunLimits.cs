using System.Diagnostics;
using Conformance.Reports;

namespace Conformance.Engine.Campaigns;

/// <summary>How long the campaigns of one worker may take, together. Only time is limited here: what the plans are does not depend on it.</summary>
public sealed class RunLimits
{
    private readonly Stopwatch shrinking = new();
    private bool isEnded;

    /// <summary>How long the search for shorter plans may take that hang or crash.</summary>
    public static TimeSpan DefaultShrinkBudget { get; } = TimeSpan.FromSeconds(60);

    /// <summary>No plan begins after this; null when the plans alone bound the run.</summary>
    public DateTime? Until { get; init; }

    /// <summary>How long the search for shorter plans may take that hang or crash, over all campaigns.</summary>
    public TimeSpan ShrinkBudget { get; init; } = DefaultShrinkBudget;

    /// <summary>Which findings end the run: no plan begins behind one of them. Null when none does.</summary>
    public Func<Finding, bool>? EndsAt { get; init; }

    /// <summary>True when no further plan is to begin.</summary>
    public bool IsOver => isEnded || (Until is { } until && DateTime.UtcNow >= until);

    /// <summary>True when no further hang or crash is to be made shorter.</summary>
    internal bool ShrinkingIsOver => shrinking.Elapsed >= ShrinkBudget;

    /// <summary>Why a search ended early.</summary>
    internal string ShrinkingIsOverText =>
        FormattableString.Invariant($"the search for a shorter plan was cut short after {ShrinkBudget.TotalSeconds:0.###} s (--shrink-budget)");

    /// <summary>Something was found that is not known.</summary>
    internal void Saw(Finding finding) => isEnded |= EndsAt?.Invoke(finding) == true;

    /// <summary>A campaign was given up: an earlier worker died in it.</summary>
    internal void SawLoss() => isEnded |= EndsAt is not null;

    /// <summary>The clock runs while a hang or a crash is made shorter.</summary>
    internal void Shrinking(bool on)
    {
        if (on)
            shrinking.Start();
        else
            shrinking.Stop();
    }
}
