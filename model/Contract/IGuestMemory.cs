namespace Conformance.Model.Contract;

/// <summary>
/// A window of guest memory: IOVAs <see cref="Iova"/> to Iova + Pages * PageSize - 1, mapped for the device to read and write. All members are looks but
/// <see cref="Swap"/>, which changes the mapping; none touches the device. <see cref="GuestMemory"/> is one for devices in this process.
/// </summary>
public interface IGuestMemory
{
    /// <summary>The first IOVA, a multiple of <see cref="PageSize"/>.</summary>
    ulong Iova { get; }

    /// <summary>Bytes of a page: a power of two, at least 4096.</summary>
    int PageSize { get; }

    /// <summary>How many pages there are, at least 4.</summary>
    int Pages { get; }

    /// <summary>
    /// How many DMA writes have arrived in the memory that is mapped at the IOVA that they were for. One that went elsewhere is not counted: it is lost. Where
    /// writes cannot be counted, the count of pages that were found changed does as well.
    /// </summary>
    ulong Writes { get; }

    /// <summary>How many DMA reads were made; 0 where that cannot be told.</summary>
    ulong Reads { get; }

    /// <summary>What <see cref="Writes"/> was behind the last write that changed a page; 0 when none has. A page is dirty since a point when it is larger than
    /// <see cref="Writes"/> was at that point.</summary>
    /// <param name="page">0..<see cref="Pages"/> - 1.</param>
    ulong WrittenAt(int page);

    /// <summary>Copies a page, as it is mapped now.</summary>
    /// <param name="page">0..<see cref="Pages"/> - 1.</param>
    /// <param name="bytes"><see cref="PageSize"/> bytes.</param>
    void CopyPage(int page, Span<byte> bytes);

    /// <summary>True when <see cref="Swap"/> works.</summary>
    bool CanSwap { get; }

    /// <summary>
    /// Unmaps two pages and maps each where the other was, with its bytes and what <see cref="WrittenAt"/> says of it. Only while the device is stopped
    /// (MIG-STOP-16).
    /// </summary>
    void Swap(int page, int other);
}
