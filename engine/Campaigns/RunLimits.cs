using System.Diagnostics;
using Conformance.Engine.Workers;
using Conformance.Reports;

namespace Conformance.Engine.Campaigns;

/// <summary>How far the campaigns of one worker go, together: how long, and up to which finding. What the plans are does not depend on it.</summary>
public sealed class RunLimits
{
    private readonly Stopwatch shrinking = new();

    /// <summary>How long the search for shorter plans may take that hang or crash.</summary>
    public static TimeSpan DefaultShrinkBudget { get; } = TimeSpan.FromSeconds(60);

    /// <summary>No plan begins after this; null when the plans alone bound the run.</summary>
    public DateTime? Until { get; init; }

    /// <summary>How long the search for shorter plans may take that hang or crash, over all campaigns. Zero: no plan is made shorter at all.</summary>
    public TimeSpan ShrinkBudget { get; init; } = DefaultShrinkBudget;

    /// <summary>Which findings end the run: no plan begins behind one of them. Null when none does.</summary>
    public Func<Finding, bool>? EndsAt { get; init; }

    /// <summary>True when no further plan is to begin.</summary>
    public bool IsOver => EndedByFinding || (Until is { } until && DateTime.UtcNow >= until);

    /// <summary>True when plans are shown as they failed.</summary>
    internal bool ShrinksNothing => ShrinkBudget == TimeSpan.Zero;

    /// <summary>True when no further hang or crash is to be made shorter.</summary>
    internal bool ShrinkingIsOver => shrinking.Elapsed >= ShrinkBudget;

    /// <summary>True when a finding ended the run.</summary>
    public bool EndedByFinding { get; private set; }

    /// <summary>Something was found, which may end the run.</summary>
    public void Saw(Finding finding) => EndedByFinding |= EndsAt?.Invoke(finding) == true;

    /// <summary>Why a plan is no shorter.</summary>
    internal string UnshrunkText => Unshrunk.For(ShrinkBudget);

    /// <summary>The clock runs while a hang or a crash is made shorter.</summary>
    internal void Shrinking(bool on)
    {
        if (on)
            shrinking.Start();
        else
            shrinking.Stop();
    }
}
