namespace Conformance.Drivers.VfioCore;

/// <summary>Why a data session ends.</summary>
public enum SessionEnd
{
    /// <summary>The saving group or RESUMING was left (MIG-FD-14).</summary>
    Left,

    /// <summary>The device went to ERROR (MIG-ERR-13).</summary>
    Broken,

    /// <summary>The device was reset (MIG-FD-15).</summary>
    Reset,

    /// <summary>The last reference to the device was closed (MIG-FD-16).</summary>
    Closed,
}
