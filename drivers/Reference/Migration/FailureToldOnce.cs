using Conformance.Model.Contract;

namespace Conformance.Drivers.Reference.Migration;

/// <summary>
/// A saving session of which one read tells that the save has failed, and the read behind it gives the byte that was next: as right as a failure for good
/// (MIG-ERR-14).
/// </summary>
/// <param name="device">The device.</param>
internal class FailureToldOnce(ReferenceDriver device) : SavingSession(device)
{
    private int failAt = -1,
        failErrno;

    /// <inheritdoc/>
    public override void Begin(bool preCopy, int failAt, int failErrno)
    {
        this.failAt = failAt;
        this.failErrno = failErrno;
        base.Begin(preCopy, -1, 0);
    }

    /// <inheritdoc/>
    public override CallResult Read(Span<byte> buffer)
    {
        if (failAt < 0)
            return base.Read(buffer);
        if (Position < failAt)
            return base.Read(buffer[..Math.Min(buffer.Length, failAt - Position)]);
        failAt = -1;
        AfterFailure();
        return CallResult.Fail(failErrno);
    }

    /// <summary>Seam: the failure was told.</summary>
    protected virtual void AfterFailure() { }
}
