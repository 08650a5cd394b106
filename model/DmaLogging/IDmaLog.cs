namespace Conformance.Model.DmaLogging;

/// <summary>A range of I/O virtual addresses.</summary>
/// <param name="Iova">First address.</param>
/// <param name="Length">Bytes.</param>
public readonly record struct IovaRange(ulong Iova, ulong Length);

/// <summary>The DMA log of a device, as its driver implements it. Arguments were checked by the core (DLOG-05..09, DLOG-15, DLOG-16).</summary>
public interface IDmaLog
{
    /// <summary>Starts logging; fails when active (DLOG-11).</summary>
    /// <param name="ranges">What to log.</param>
    /// <param name="pageSize">In: the wish, a power of two. Out: the choice, a power of two (DLOG-02).</param>
    /// <returns>0 or an errno.</returns>
    int Start(ReadOnlySpan<IovaRange> ranges, ref ulong pageSize);

    /// <summary>Stops logging; harmless when inactive (DLOG-13).</summary>
    int Stop();

    /// <summary>Sets the bits of the dirty pages of the range and clears them in the log (DLOG-17, DLOG-18).</summary>
    /// <param name="range">What to report.</param>
    /// <param name="pageSize">Bytes per bit, a power of two of at least 4096.</param>
    /// <param name="bitmap">Bit n stands for [Iova + n * pageSize, ...); bits are only ever set.</param>
    /// <returns>0 or an errno; an errno when inactive (DLOG-14).</returns>
    int Report(IovaRange range, ulong pageSize, Span<byte> bitmap);
}
