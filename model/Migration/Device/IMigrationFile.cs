using Conformance.Model.Contract;

namespace Conformance.Model.Migration.Device;

/// <summary>
/// One data session of a driver: a stream that is read while saving, or written while resuming. Direction, descriptors and lifetime are kept by the core.
/// </summary>
public interface IMigrationFile
{
    /// <summary>True for a stream that the user reads (PRE_COPY, PRE_COPY_P2P, STOP_COPY), false for one that the user writes (RESUMING).</summary>
    bool IsSaving { get; }

    /// <summary>
    /// Reads on from the current position: 1..length bytes, 0 at the permanent end, ENOMSG at the temporary end of pre-copy (MIG-FD-08, MIG-FD-11, MIG-PRE-06).
    /// A read that cannot give anything yet waits, or gives EAGAIN and is made again (MIG-FD-26).
    /// </summary>
    CallResult Read(Span<byte> buffer);

    /// <summary>Takes bytes at the current position; the value is how many were taken (MIG-FD-30).</summary>
    CallResult Write(ReadOnlySpan<byte> buffer);

    /// <summary>Counters of pre-copy; only called in PRE_COPY and PRE_COPY_P2P.</summary>
    /// <param name="initialBytes">Estimate of the initial bytes still unread.</param>
    /// <param name="dirtyBytes">Estimate of bytes that changed since and are unread.</param>
    /// <returns>0 or an errno.</returns>
    int PrecopyInfo(out ulong initialBytes, out ulong dirtyBytes);

    /// <summary>The same for a user who opted in to the flags (feature 12); a driver that never reports REINIT has nothing to add.</summary>
    /// <param name="initialBytes">Estimate of the initial bytes still unread, those that are new among them.</param>
    /// <param name="dirtyBytes">Estimate of bytes that changed since and are unread; 0 when there are new initial bytes (PINFO2-09).</param>
    /// <param name="reinitialised">REINIT: there are new initial bytes, behind all that was queued (PINFO2-12).</param>
    /// <returns>0 or an errno.</returns>
    int PrecopyInfoV2(out ulong initialBytes, out ulong dirtyBytes, out bool reinitialised)
    {
        reinitialised = false;
        return PrecopyInfo(out initialBytes, out dirtyBytes);
    }

    /// <summary>
    /// True when a read would not block: data, an error or the end is there (MIG-FD-13, MIG-FD-25). While a save is still under way it may be false (E-11).
    /// </summary>
    bool IsReadable { get; }

    /// <summary>The session is over. The core does not call the file again.</summary>
    void Terminate();
}
