namespace Conformance.Model.Contract;

/// <summary>
/// All that has come out of a device since it was opened: looks at memory, interrupts, peer and link, without touching the device. The difference of two is
/// what it did in between.
/// </summary>
/// <param name="MemoryWrites">DMA writes that arrived.</param>
/// <param name="MemoryReads">DMA reads.</param>
/// <param name="Interrupts">Signals of all vectors.</param>
/// <param name="PeerWrites">Writes that arrived at the peer.</param>
/// <param name="Packets">Packets.</param>
public readonly record struct WorkloadCounts(ulong MemoryWrites, ulong MemoryReads, ulong Interrupts, ulong PeerWrites, ulong Packets)
{
    /// <summary>Looks. A workload without a part has 0 there.</summary>
    public static WorkloadCounts Of(IWorkload workload)
    {
        ArgumentNullException.ThrowIfNull(workload);
        var memory = workload.Memory;
        var interrupts = 0ul;
        if (workload.Interrupts is { } lines)
            for (var vector = 0; vector < lines.Vectors; vector++)
                interrupts += lines.Count(vector);
        return new(memory?.Writes ?? 0, memory?.Reads ?? 0, interrupts, workload.Peer?.Received ?? 0, workload.Packets ?? 0);
    }

    /// <summary>What came out since an earlier look. Counts never go back; one that did counts as nothing.</summary>
    public WorkEffects Since(in WorkloadCounts earlier) =>
        WorkEffects
            .None.With(WorkKind.MemoryWrite, Grown(MemoryWrites, earlier.MemoryWrites))
            .With(WorkKind.MemoryRead, Grown(MemoryReads, earlier.MemoryReads))
            .With(WorkKind.Interrupt, Grown(Interrupts, earlier.Interrupts))
            .With(WorkKind.PeerWrite, Grown(PeerWrites, earlier.PeerWrites))
            .With(WorkKind.Packet, Grown(Packets, earlier.Packets));

    private static ulong Grown(ulong now, ulong before) => now > before ? now - before : 0;
}
