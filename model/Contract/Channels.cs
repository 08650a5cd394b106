namespace Conformance.Model.Contract;

/// <summary>The ways to a driver on which a requirement can be observed, and what they need besides.</summary>
[Flags]
public enum Channels
{
    /// <summary>Nothing to observe at a driver: latitude, a fact, or a duty of the user.</summary>
    None = 0,

    /// <summary>The ioctls of a device fd of the kernel.</summary>
    Kernel = 1 << 0,

    /// <summary>The socket of another process: an emulated SMMU, or a device server.</summary>
    Socket = 1 << 1,

    /// <summary>A driver in the same process.</summary>
    InProcess = 1 << 2,

    /// <summary>"(d)": on every channel, only with a test device that does DMA and interrupts, or with a hook into the model.</summary>
    NeedsDma = 1 << 3,

    /// <summary>"(t)": on every channel, only with a trace of the arcs that the driver is asked for (in the kernel by debugfs or tracing).</summary>
    NeedsTrace = 1 << 4,

    /// <summary>
    /// With <see cref="Kernel"/>, there only under a condition: in a throw-away guest, because a failing kernel hangs or crashes (the statement says so), or
    /// where an IOMMU with nesting exists (the HANDOVER group).
    /// </summary>
    KernelConditional = 1 << 5,

    /// <summary>On every channel, only at an SMMU that implements stage 1.</summary>
    NeedsStage1 = 1 << 6,

    /// <summary>On every channel, only at an SMMU that implements stage 2. With <see cref="NeedsStage1"/>, at one with nested translation.</summary>
    NeedsStage2 = 1 << 7,
}
