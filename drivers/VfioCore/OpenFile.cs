using Conformance.Model.Migration.Device;

namespace Conformance.Drivers.VfioCore;

/// <summary>
/// An open file description of a data session: what all duplicates of a descriptor share (MIG-FD-29). It outlives its session, dead (MIG-FD-14).
/// Instances are pooled by the core.
/// </summary>
public sealed class OpenFile
{
    /// <summary>The session's stream, or null when the session is over.</summary>
    public IMigrationFile? File { get; private set; }

    /// <summary>The direction, fixed when the file was opened (MIG-FD-05).</summary>
    public bool IsSaving { get; private set; }

    /// <summary>How many descriptors refer to this file.</summary>
    public int References { get; internal set; }

    internal void Begin(IMigrationFile file)
    {
        File = file;
        IsSaving = file.IsSaving;
        References = 0;
    }

    internal void End() => File = null;
}
