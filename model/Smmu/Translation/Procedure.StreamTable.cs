using Conformance.Model.Requirements;
using Conformance.Model.Smmu.Structures;

namespace Conformance.Model.Smmu.Translation;

// StreamID -> address of the STE.
internal ref partial struct Procedure<TSource>
{
    private bool LocateEntry(out ulong address)
    {
        address = 0;
        var size = settings.Log2Size;
        if (settings.HasReservedFormat)
            Note(RequirementId.SMMU_STE_23);
        var streamId = transaction.StreamId;
        if ((ulong)streamId >> Math.Min(size, capabilities.SIDSIZE) != 0)
            return BadStreamId(Rules.Of(RequirementId.SMMU_STE_01, RequirementId.SMMU_STE_24));
        if (!settings.HasTwoLevels || capabilities.StLevel == 0)
        {
            var table = AlignDown(settings.StreamTable, size + 6);
            if (size > capabilities.SIDSIZE)
            {
                var alternative = AlignDown(settings.StreamTable, capabilities.SIDSIZE + 6);
                if (alternative != table && source.Choose(SmmuLatitude.OversizedStreamTable, 2) == 1)
                    table = alternative;
            }

            address = table + (ulong)streamId * StreamTableEntry.Length;
            return true;
        }

        var split = settings.Split;
        var at = AlignDown(settings.StreamTable, Math.Max(5, size - split - 1 + 3) + 1) + (ulong)(streamId >> split) * L1StreamTableDescriptor.Length;
        if (!Reach(ref at) || !Fetch(at, FetchKind.L1StreamTable, out var word))
            return FetchAbort(SmmuEventType.SteFetch, at, Rules.Of(RequirementId.SMMU_STE_07, RequirementId.SMMU_STE_03));
        var descriptor = new L1StreamTableDescriptor { D0 = word };
        var index = streamId & (1u << split) - 1;
        if (descriptor.Span is 0 or > 11 || descriptor.Span > split + 1)
            return BadStreamId(Rules.Of(RequirementId.SMMU_STE_05));
        if (index >= 1u << descriptor.Span - 1)
            return BadStreamId(Rules.Of(RequirementId.SMMU_STE_04));
        address = AlignDown(descriptor.L2Ptr, descriptor.Span - 1 + 6) + (ulong)index * StreamTableEntry.Length;
        return true;
    }

    /// <summary>False when the address is beyond the output address size and this is a fault; otherwise it is truncated.</summary>
    private bool Reach(ref ulong address)
    {
        if (!IsBeyond(address, capabilities.OutputAddressSize))
            return true;
        if (source.Choose(SmmuLatitude.StreamTableBeyondOas, 2) == 0)
            return false;
        address = Bits.InPlace(address, capabilities.OutputAddressSize - 1, 0);
        return true;
    }

    private static ulong AlignDown(ulong address, int bits) => bits < 64 ? address >> bits << bits : 0;
}
