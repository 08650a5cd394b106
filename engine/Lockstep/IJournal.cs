namespace Conformance.Engine.Lockstep;

/// <summary>Where a run notes what it is about to do, so that somebody outside can tell what it was doing when it hung or died. Must cost next to nothing.</summary>
public interface IJournal
{
    /// <summary>A plan begins.</summary>
    /// <param name="plan">Its place in the campaign, from 0.</param>
    void EnterPlan(int plan);

    /// <summary>A step begins: the driver is about to be called, and the deadline runs.</summary>
    /// <param name="step">Its place in the plan, from 0; -1 for opening the device, the number of steps for releasing it.</param>
    void EnterStep(int step);

    /// <summary>The driver came back and is not called for a while; no deadline runs.</summary>
    void Rest();
}

/// <summary>A journal that nobody reads.</summary>
public sealed class NullJournal : IJournal
{
    /// <summary>The only instance that is needed.</summary>
    public static NullJournal Instance { get; } = new();

    /// <inheritdoc/>
    public void EnterPlan(int plan)
    {
    }

    /// <inheritdoc/>
    public void EnterStep(int step)
    {
    }

    /// <inheritdoc/>
    public void Rest()
    {
    }
}
