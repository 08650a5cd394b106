namespace Conformance.Model.DmaLogging;

/// <summary>In which respects the answer to a REPORT differs from what the memory of the device shows.</summary>
[Flags]
public enum BitmapMarks : byte
{
    /// <summary>In none.</summary>
    None = 0,

    /// <summary>A bit that the caller had set is clear (DLOG-17).</summary>
    Cleared = 1 << 0,

    /// <summary>A page that the device wrote has no bit (DLOG-19).</summary>
    Missing = 1 << 1,

    /// <summary>Of the bits of one page of the log some are set and some are not (DLOG-23).</summary>
    Partial = 1 << 2,

    /// <summary>A page has a bit that was reported before, and was not written since (DLOG-18).</summary>
    Again = 1 << 3,

    /// <summary>A page has a bit that was written before the last START alone (DLOG-28).</summary>
    Old = 1 << 4,

    /// <summary>A page has a bit that the device has not written (DLOG-20, DLOG-22).</summary>
    Extra = 1 << 5,

    /// <summary>The payload of the request was written (DLOG-44).</summary>
    Payload = 1 << 6,
}
