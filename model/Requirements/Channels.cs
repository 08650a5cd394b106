namespace Conformance.Model.Requirements;

/// <summary>Ways of reaching a device on which a requirement can be observed.</summary>
[Flags]
public enum Channels
{
    /// <summary>Nowhere.</summary>
    None = 0,

    /// <summary>K: ioctls on a device fd of the kernel.</summary>
    Kernel = 1,

    /// <summary>U: a vfio-user socket.</summary>
    Socket = 2,

    /// <summary>I: a driver in this process.</summary>
    InProcess = 4,

    /// <summary>(d): only with a device that can be made to do DMA and interrupts.</summary>
    NeedsDma = 8,

    /// <summary>(t): only where the arcs that the driver is asked for can be traced.</summary>
    NeedsTrace = 16,
}
