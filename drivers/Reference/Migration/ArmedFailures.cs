using Conformance.Model.Contract;
using Conformance.Model.Migration.Device;

namespace Conformance.Drivers.Reference.Migration;

/// <summary>What a driver in memory was told to fail (<see cref="IFailureInjection"/>), each until it came to pass.</summary>
internal sealed class ArmedFailures
{
    /// <summary>All that there is can be told.</summary>
    internal const FailureSeams Seams = FailureSeams.Arcs | FailureSeams.BreakingArcs | FailureSeams.Saves | FailureSeams.SaveRequests | FailureSeams.SlowArcs;

    private int arc = -1;
    private ArcResult arcFailure;
    private int save = -1;
    private int saveErrno;
    private int saveRequest;
    private int delay;

    /// <inheritdoc cref="IFailureInjection.FailArc"/>
    internal void FailArc(int arc, int errno, bool broken)
    {
        this.arc = arc;
        arcFailure = new(errno, broken);
    }

    /// <inheritdoc cref="IFailureInjection.FailSave"/>
    internal void FailSave(int bytes, int errno)
    {
        save = bytes;
        saveErrno = errno;
    }

    /// <inheritdoc cref="IFailureInjection.FailSaveRequest"/>
    internal void FailSaveRequest(int errno) => saveRequest = errno;

    /// <summary>Slows arcs down until it is called with 0; the core does so when the SET returns.</summary>
    internal void DelayArcs(int milliseconds) => delay = milliseconds;

    /// <summary>A reset: nothing is to fail any more. Arcs stay slow.</summary>
    internal void Disarm()
    {
        arc = save = -1;
        saveRequest = Errno.None;
    }

    /// <summary>Takes as long as an arc was told to.</summary>
    internal void Delay()
    {
        if (delay != 0)
            Thread.Sleep(delay);
    }

    /// <summary>An arc is taken: how it fails; null when it was not told to.</summary>
    internal ArcResult? TakeArc() => arc >= 0 && arc-- == 0 ? arcFailure : null;

    /// <summary>An arc to this state begins or completes a save: how it fails; null when it was not told to, or is no such arc.</summary>
    internal ArcResult? TakeSaveRequest(DeviceState to)
    {
        if (to != DeviceState.StopCopy || saveRequest == Errno.None)
            return null;
        var failure = new ArcResult(saveRequest);
        saveRequest = Errno.None;
        return failure;
    }

    /// <summary>A saving session begins: behind how many bytes it fails, -1: it does not, and with what.</summary>
    internal (int Bytes, int Errno) TakeSave()
    {
        var told = (save, saveErrno);
        save = -1;
        return told;
    }
}
