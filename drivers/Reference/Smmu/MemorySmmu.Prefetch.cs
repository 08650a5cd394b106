using Conformance.Model.Smmu.Device;
using Conformance.Model.Smmu.Structures;

namespace Conformance.Drivers.Reference.Smmu;

/// <summary>Fetching before anybody asks: PREFETCH commands, and an SMMU that caches whatever it can reach.</summary>
public partial class MemorySmmu
{
    // What can be reached may be far more than the caches hold.
    private const int MostStreams = 24,
        MostSubstreams = 4,
        MostLeaves = 32,
        MostDescriptors = 1 << 15;

    /// <summary>Seam: PREFETCH_CONFIG and PREFETCH_ADDR: nothing is recorded (SMMU-EVT-15), and nothing happens with SMMUEN=0 (SMMU-HTTU-14).</summary>
    private protected virtual void Prefetch(in SmmuCommand command)
    {
        if (!IsOn(Enable) || caching == SmmuCaching.None)
            return;
        var transaction = new SmmuTransaction(command.StreamId, command.Opcode == SmmuOpcode.PrefetchAddress ? command.Address : 0, IsRead: true, Length: 4)
        {
            HasSubstream = command.SSV,
            SubstreamId = command.SSV ? command.SubstreamId : 0,
        };
        Speculate(transaction, out _, out _);
    }

    /// <summary>Translates for nobody.</summary>
    private protected bool Speculate(in SmmuTransaction transaction, out Access access, out Refusal fault)
    {
        access = Arrived(transaction) with { Speculative = true };
        fault = default;
        return Translate(ref access, out _, ref fault);
    }

    private void PrefetchEverything()
    {
        if (caching != SmmuCaching.Eager || !IsOn(Enable))
            return;
        for (var streamId = 0u; streamId < MostStreams && IsInStreamTable(streamId); streamId++)
            PrefetchStream(streamId);
    }

    private void PrefetchStream(uint streamId)
    {
        if (!IsOn(Enable))
            return;
        Speculate(new(streamId, 0, IsRead: true, Length: 4), out var access, out _);
        if (access.Stream is not { Flaws: StreamFlaws.None } stream)
            return;
        PrefetchLeaves(access);
        for (var substreamId = 0u; stream.HasStage1 && stream.ContextBits != 0 && substreamId < MostSubstreams; substreamId++)
        {
            Speculate(new(streamId, 0, IsRead: true, Length: 4) { HasSubstream = true, SubstreamId = substreamId }, out access, out _);
            PrefetchLeaves(access);
        }
    }

    // Every leaf has a place in the tables; going from place to place needs no list of addresses.
    private void PrefetchLeaves(in Access access)
    {
        if (access.Context is { Flaws: ContextFlaws.None } context)
        {
            if (!context.Lower.Disabled)
                PrefetchTables(access, context.Lower.Tables, 0);
            if (!context.Upper.Disabled)
                PrefetchTables(access, context.Upper.Tables, ulong.MaxValue << context.Upper.Tables.InputBits);
        }
        else if (access.Stream is { HasStage1: false, HasStage2: true } stream)
            PrefetchTables(access, stream.Stage2, 0);
    }

    private void PrefetchTables(in Access access, in TableFormat format, ulong first)
    {
        var leaves = MostLeaves;
        var reads = MostDescriptors;
        PrefetchTable(access, format, format.Base, format.StartLevel, first, ref leaves, ref reads);
    }

    private void PrefetchTable(in Access access, in TableFormat format, ulong table, int level, ulong first, ref int leaves, ref int reads)
    {
        var stage2 = access.Context is null;
        var shift = format.Shift(level);
        var count = 1ul << (level == format.StartLevel ? format.InputBits - shift : format.Stride);
        for (var index = 0ul; index < count && leaves > 0 && reads-- > 0; index++)
        {
            var at = table + (index * TranslationDescriptor.Length);
            Refusal fault = default;
            var walker = access;
            if (!stage2 && access.Stream!.HasStage2 && !TranslateStage2(ref walker, at, Stage2Use.Table, out at, out _, ref fault))
                return;
            if (!FetchDescriptor(at, format.BigEndian, out var descriptor))
                return;
            var start = first + (index << shift);
            switch (KindOf(descriptor, level, format, stage2))
            {
                case DescriptorKind.Table when NextTable(descriptor, format) is var next && !IsTableTooLarge(next, format):
                    PrefetchTable(access, format, next, level + 1, start, ref leaves, ref reads);
                    break;
                case DescriptorKind.Leaf:
                    leaves--;
                    Speculate(access.Transaction with { Address = start }, out _, out _);
                    break;
            }
        }
    }
}
