using Conformance.Model.Requirements;

namespace Conformance.Engine.Judging;

/// <summary>Where a device and the contract part. What a suite knows besides is in its own kind of it.</summary>
public abstract record Divergence
{
    /// <summary>The broken requirements. None: no requirement speaks of what happened (a hang, a crash).</summary>
    public required Rules Rules { get; init; }

    /// <summary>The index of the step that shows it; negative when it was none of the plan's.</summary>
    public required int Step { get; init; }

    /// <summary>True when the device did not come back: a hang or a crash.</summary>
    public abstract bool IsLoss { get; }

    /// <summary>What looks alike before it is made small: the engine looks closer at the first few of a family.</summary>
    public abstract string Family { get; }

    /// <summary>True when this shows what the other one does: what a smaller plan must still show.</summary>
    public abstract bool HasSignatureOf(Divergence other);

    /// <summary>
    /// True when what was seen is wrong whether or not it is seen again: calls met that nobody can make meet. It stays what it is when it does not come back
    /// each time, and how often it did is said.
    /// </summary>
    public virtual bool NeedNotRepeat => false;

    /// <summary>True for a loss that a machine without a processor shows as well: it is one when it comes back.</summary>
    public virtual bool MayBeStarvation => false;

    /// <summary>True when everything that is broken is only advised.</summary>
    public virtual bool IsWarning => Strengths.IsWarning(Rules);
}
