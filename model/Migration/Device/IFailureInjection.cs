namespace Conformance.Model.Migration.Device;

/// <summary>What a driver can be told to do wrong, one by one. What it does not declare it is never told.</summary>
[Flags]
public enum FailureSeams
{
    /// <summary>Nothing.</summary>
    None = 0,

    /// <summary><see cref="IFailureInjection.FailArc"/>, without breaking the device.</summary>
    Arcs = 1 << 0,

    /// <summary><see cref="IFailureInjection.FailArc"/> also with a device that is broken by it. A driver that can always go back has no such thing.</summary>
    BreakingArcs = 1 << 1,

    /// <summary><see cref="IFailureInjection.FailSave"/>: for drivers that make their image while it is read.</summary>
    Saves = 1 << 2,

    /// <summary><see cref="IFailureInjection.FailSaveRequest"/>: for drivers that make their image in the request.</summary>
    SaveRequests = 1 << 3,

    /// <summary><see cref="IFailureInjection.DelayArcs"/>.</summary>
    SlowArcs = 1 << 4,
}

/// <summary>
/// Makes the driver fail inside, as firmware that times out would. A reset that succeeds disarms everything. What is armed and never comes to pass is no
/// failure, and nothing is expected of it.
/// </summary>
public interface IFailureInjection
{
    /// <summary>Which of the members below do something.</summary>
    FailureSeams Seams { get; }

    /// <summary>
    /// True when <see cref="FailArc"/> can make this arc fail; where it cannot, the arc is taken as if nothing had been armed. Asked once of a device, for each
    /// arc: the answer does not change.
    /// </summary>
    bool CanFail(DeviceState from, DeviceState to) => true;

    /// <summary>Arms one failure of the next SET.</summary>
    /// <param name="arc">Which arc of the next SET fails, counted from 0. Disarmed when that SET returns.</param>
    /// <param name="errno">The errno that the arc gives, where the driver can choose it.</param>
    /// <param name="broken">True when the device is beyond repair afterwards: the state becomes ERROR (MIG-ERR-10). A driver may go there without being told to
    /// (E-02).</param>
    void FailArc(int arc, int errno, bool broken);

    /// <summary>
    /// Makes the next saving session fail after <paramref name="bytes"/> bytes were read from it (MIG-ERR-14): the read behind them gives the errno, also where
    /// the stream would end just there. A stream that ends before does not fail, and neither does a later session. The failure may be told earlier than that:
    /// by a read, or by the request that begins the session or takes it to STOP_COPY. A read behind the one that failed fails as well, or goes on with the byte
    /// that was next; it is no end.
    /// </summary>
    void FailSave(int bytes, int errno);

    /// <summary>
    /// Makes the next request that enters STOP_COPY fail, because the image cannot be made (MIG-FSM-14). A driver that finds out later may let every read of
    /// the session fail instead (E-11).
    /// </summary>
    void FailSaveRequest(int errno);

    /// <summary>Makes every arc of the next SET take this long, in milliseconds (MIG-FSM-18). Disarmed when that SET returns.</summary>
    void DelayArcs(int milliseconds);
}
