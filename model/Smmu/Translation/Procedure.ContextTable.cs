using Conformance.Model.Requirements;
using Conformance.Model.Smmu.Structures;

namespace Conformance.Model.Smmu.Translation;

// SubstreamID -> CD. With both stages enabled every address here is an IPA.
internal ref partial struct Procedure<TSource>
{
    private bool ReadContext(uint index)
    {
        if (!source.FindContext(in key, out var at) && !LocateContext(index, out at))
            return false;
        if (!Fetch(at, FetchKind.ContextDescriptor, out context.D0))
            return FetchAbort(SmmuEventType.CdFetch, at, Rules.Of(RequirementId.SMMU_CD_05, RequirementId.SMMU_NEST_02));
        if (!context.Valid)
            return BadContext(RequirementId.SMMU_CD_01);
        Fetch(at + 8, FetchKind.ContextDescriptor, out context.D1);
        if (!context.EPD1)
            Fetch(at + 16, FetchKind.ContextDescriptor, out context.D2);
        ignoresEpd0 = !HasUpperHalf && context.EPD0 && source.Choose(SmmuLatitude.El2Epd0, 2) == 1;
        var illegal = IllegalContext(in context);
        if (illegal == RequirementId.None)
            illegal = IllegalFaultModel();
        if (illegal != RequirementId.None)
            return BadContext(illegal);
        if (IsForeign(context.AA64))
            return LeaveModel();
        NoteIgnoredContext();
        key.Asid = key.World == StreamWorld.El2 ? (ushort)0 : (ushort)context.ASID;
        return ReadRegime(at);
    }

    private bool LocateContext(uint index, out ulong address)
    {
        address = Bits.InPlace(entry.S1ContextPtr, hasStage2 ? 51 : capabilities.OutputAddressSize - 1, 0);
        if (contexts == 0 || entry.S1Fmt is 0 or 3)
            address = EntryOf(address, index, contexts, 6);
        else if (!ReadLeafTable(address, index, out address))
            return false;
        return ToPhysical(ref address);
    }

    private bool ReadLeafTable(ulong table, uint index, out ulong address)
    {
        var leafBits = entry.S1Fmt == 1 ? 6 : 10;
        address = EntryOf(table, index >> leafBits, Math.Max(0, contexts - leafBits), 3);
        if (!ToPhysical(ref address))
            return false;
        if (!Fetch(address, FetchKind.L1ContextTable, out var word))
            return FetchAbort(SmmuEventType.CdFetch, address, Rules.Of(RequirementId.SMMU_CD_05, RequirementId.SMMU_CD_07));
        var descriptor = new L1ContextDescriptor { D0 = word };
        if (!descriptor.Valid)
            return BadSubstreamId(RequirementId.SMMU_CD_07);
        var leaf = AlignDown(descriptor.L2Ptr, leafBits + 6);
        if (hasStage2)
        {
            if (IsBeyond(leaf, capabilities.IntermediateAddressSize) && source.Choose(SmmuLatitude.ContextPointerBeyondIas, 2) == 0)
                return BadSubstreamId(RequirementId.SMMU_CD_07);
        }
        else if (IsBeyond(leaf, capabilities.OutputAddressSize))
        {
            if (capabilities.Aidr != 0 || !Truncates(SmmuLatitude.LeafPointerBeyondOas))
                return BadSubstreamId(RequirementId.SMMU_CD_07);
            leaf = Bits.InPlace(leaf, capabilities.OutputAddressSize - 1, 0);
        }

        address = leaf + (ulong)(index & (1u << leafBits) - 1) * ContextDescriptor.Length;
        return true;
    }

    /// <summary>The entry of a table of 2^<paramref name="log2Entries"/> entries of 2^<paramref name="log2Bytes"/> bytes each.</summary>
    private ulong EntryOf(ulong table, uint index, int log2Entries, int log2Bytes)
    {
        var aligned = AlignDown(table, log2Entries + log2Bytes);
        if (aligned != table)
            index = index + (uint)source.Choose(SmmuLatitude.MisalignedContextTable, 1 << log2Entries) & (1u << log2Entries) - 1;
        return aligned + ((ulong)index << log2Bytes);
    }

    /// <summary>With both stages, the stage-2 translation of the address of a CD or L1CD, as a read.</summary>
    private bool ToPhysical(ref ulong address)
    {
        var shift = 64;
        return !hasStage2 || WalkStage2(address, true, SmmuEventClass.ContextDescriptor, out address, ref shift);
    }

    private bool Truncates(SmmuLatitude latitude) => source.Choose(latitude, 2) == 1;
}
