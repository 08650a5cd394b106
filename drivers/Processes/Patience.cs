namespace Conformance.Drivers.Processes;

/// <summary>What there is to say while an answer does not come.</summary>
internal enum Wait
{
    /// <summary>It may still come in time.</summary>
    Goes,

    /// <summary>The other side had its time and did not answer.</summary>
    Late,

    /// <summary>The other side had no time for so long that nobody waits for it: that says nothing about it.</summary>
    Stuck,
}

/// <summary>
/// A deadline for answers of another process. It runs while that process could run and this one could look: neither a busy machine nor a stopped process makes
/// a hang. Nothing is asked of the kernel for answers that come at once.
/// </summary>
/// <param name="peer">The other side; null when nothing is known of its time.</param>
/// <param name="clock">What time is measured with; null for the real one.</param>
internal sealed class Patience(IPeerTime? peer, TimeProvider? clock = null)
{
    /// <summary>How long is waited between two looks.</summary>
    public static readonly TimeSpan Slice = TimeSpan.FromMilliseconds(100);

    // Who looks so much later than he meant to was kept from looking.
    private static readonly TimeSpan MostOfLook = 5 * Slice;
    private static readonly TimeSpan Standstill = TimeSpan.FromMinutes(1);
    private const int PatienceWithSlow = 30;

    private readonly TimeProvider clock = clock ?? TimeProvider.System;
    private long call = long.MinValue,
        last;
    private TimeSpan passed,
        stopped,
        standing;

    /// <summary>To be called whenever nothing came for a slice.</summary>
    /// <param name="which">Names the call that is waited for: another one begins anew.</param>
    /// <param name="deadline">How long its answer may take.</param>
    public Wait Look(long which, TimeSpan deadline)
    {
        var now = clock.GetTimestamp();
        if (which != call)
        {
            (call, last) = (which, now);
            passed = stopped = standing = TimeSpan.Zero;
            peer?.Begin();
            return Wait.Goes;
        }

        var gone = clock.GetElapsedTime(last, now);
        var counted = gone < MostOfLook ? gone : MostOfLook;
        last = now;
        standing += gone;
        passed += counted;
        if (peer is { IsStopped: true })
            stopped += counted;
        if (passed - stopped < deadline)
            return standing >= Standstill + PatienceWithSlow * deadline ? Wait.Stuck : Wait.Goes;
        if (peer is null)
            return Wait.Late;
        return passed - stopped - peer.Waited() >= deadline ? Wait.Late
            : standing >= Standstill + PatienceWithSlow * deadline ? Wait.Stuck
            : Wait.Goes;
    }
}
