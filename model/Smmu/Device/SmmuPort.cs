namespace Conformance.Model.Smmu.Device;

/// <summary>What the DMA port of an SMMU under test can express and show.</summary>
[Flags]
public enum SmmuPort
{
    /// <summary>Plain reads and writes; how they ended is seen in the data and in the event queue alone.</summary>
    None = 0,

    /// <summary>Transactions may have a SubstreamID.</summary>
    Substreams = 1 << 0,

    /// <summary>Transactions may be privileged, and may be instruction fetches.</summary>
    Attributes = 1 << 1,

    /// <summary>The master sees how a transaction ended: completed, aborted, read-as-zero, stalled.</summary>
    Replies = 1 << 2,

    /// <summary>A transaction can be held and be asked for later.</summary>
    Stalls = 1 << 3,

    /// <summary>Interrupts can be counted, line by line.</summary>
    Interrupts = 1 << 4,
}
