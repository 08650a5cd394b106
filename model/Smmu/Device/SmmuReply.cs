namespace Conformance.Model.Smmu.Device;

/// <summary>How a transaction ended, as the DMA master sees it.</summary>
public enum SmmuReply : byte
{
    /// <summary>The port cannot tell; what the data and the event queue say has to do.</summary>
    Unknown,

    /// <summary>It went through: the data were read or written.</summary>
    Completed,

    /// <summary>It was terminated with an abort. Nothing was written, nothing was read.</summary>
    Aborted,

    /// <summary>It was terminated as read-as-zero, write-ignored (CD.A=0).</summary>
    ReadAsZeroWriteIgnored,

    /// <summary>It is held (CD.S or STE.S2S) until RESUME, STALL_TERM or SMMUEN=0.</summary>
    Stalled,
}
