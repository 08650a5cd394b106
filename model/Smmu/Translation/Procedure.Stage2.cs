using Conformance.Model.Requirements;
using Conformance.Model.Smmu.Structures;

namespace Conformance.Model.Smmu.Translation;

// IPA -> PA: of the transaction, of stage-1 descriptors, of CDs.
internal ref partial struct Procedure<TSource>
{
    private Granule granule2;
    private int inputSize2;
    private int outputSize2;
    private int startLevel2;
    private ulong table2;

    private RequirementId IllegalInStage2(ref StreamTableEntry ste)
    {
        if (!ste.S2AA64) return RequirementId.SMMU_STE_17;
        var granule = ste.Stage2Granule;
        if (!capabilities.Has(granule)) return RequirementId.SMMU_STE_16;
        var (least, most) = Stage2Sizes(granule);
        if (!InRange(ste.S2T0SZ, least, most)) return RequirementId.SMMU_STE_16;
        if (!TryStartLevel(in ste, Math.Clamp(ste.S2T0SZ, least, most), out var level)) return RequirementId.SMMU_STE_16;
        if (IsPointless(granule, level) && source.Choose(SmmuLatitude.StartLevelOfSmallOas, 2) == 0) return RequirementId.SMMU_WALK_26;
        if (IsBeyond(ste.S2TTB, OutputSize(granule, ste.S2PS))) return RequirementId.SMMU_STE_16;
        if (IsWrongEndianness(ste.S2ENDI)) return RequirementId.SMMU_WALK_19;
        if (ste.S2S && capabilities.StallModel == StallModel.TerminateOnly) return RequirementId.SMMU_STE_18;
        if (!ste.S2S && capabilities.StallModel == StallModel.StallForced) return RequirementId.SMMU_STE_18;
        if (ste.S2HA && capabilities.HTTU == 0 || ste.S2HD && capabilities.HTTU < 2) return RequirementId.SMMU_STE_18;
        return ste.S2HAFT && !ste.S2HA && capabilities.HTTU == 3 ? RequirementId.SMMU_HTTU_11 : RequirementId.None;
    }

    private readonly (int Least, int Most) Stage2Sizes(Granule granule) =>
        (Math.Max(granule == Granule.Size64K ? 12 : 16, 64 - capabilities.IntermediateAddressSize), LargestInputSizeCode(granule));

    /// <summary>The start level, unless S2SL0 does not name one that leaves between 1 bit to resolve and 16 tables side by side.</summary>
    private readonly bool TryStartLevel(in StreamTableEntry ste, int sizeCode, out int level)
    {
        var granule = (int)ste.Stage2Granule;
        if (granule == (int)Granule.Size4K) level = ste.S2SL0 < 3 ? 2 - ste.S2SL0 : capabilities.STT ? 3 : -1;
        else level = ste.S2SL0 < 3 ? 3 - ste.S2SL0 : -1;
        var shift = granule + (3 - level) * (granule - 3);
        var size = 64 - sizeCode;
        return level >= 0 && size >= shift + 1 && size <= shift + granule - 3 + 4;
    }

    private readonly bool IsPointless(Granule granule, int level) => granule switch
    {
        Granule.Size4K => level == 0 && capabilities.OutputAddressSize < 44,
        Granule.Size16K => level == 1 && capabilities.OutputAddressSize < 42,
        _ => level == 1 && capabilities.OutputAddressSize < 44,
    };

    /// <summary>The stage-2 regime; S2VMID and the fields that TLB entries depend on may be those of older entries of the VMID.</summary>
    private void SetUpStage2(ulong address)
    {
        var older = entry;
        key.Purpose = FetchPurpose.Regime;
        Fetch(address + 16, FetchKind.StreamTable, out older.D2);
        Fetch(address + 24, FetchKind.StreamTable, out older.D3);
        key.Purpose = FetchPurpose.Use;
        if (older != entry && older.S2VMID == entry.S2VMID && IllegalInStage2(ref older) == RequirementId.None)
            entry = older with { S2S = entry.S2S, S2R = entry.S2R };

        granule2 = entry.Stage2Granule;
        var (least, most) = Stage2Sizes(granule2);
        var sizeCode = Math.Clamp(entry.S2T0SZ, least, most);
        TryStartLevel(in entry, sizeCode, out startLevel2);
        inputSize2 = 64 - sizeCode;
        outputSize2 = OutputSize(granule2, entry.S2PS);
        var shift = (int)granule2 + (3 - startLevel2) * ((int)granule2 - 3);
        table2 = TableBase(entry.S2TTB, inputSize2 - shift + 3, granule2, entry.S2PS);
    }

    /// <summary>Translates an IPA. <paramref name="shift"/> becomes that of the leaf when it is smaller.</summary>
    private bool WalkStage2(ulong ipa, bool isRead, SmmuEventClass why, out ulong translated, ref int shift)
    {
        translated = 0;
        key.Ipa = ipa;
        key.Class = why;
        if (IsBeyond(ipa, inputSize2)) return Stage2Fault(SmmuEventType.Translation, ipa, isRead, RequirementId.SMMU_WALK_15);

        var granuleBits = (int)granule2;
        var stride = granuleBits - 3;
        var level = startLevel2;
        var here = granuleBits + (3 - level) * stride;
        var indexBits = inputSize2 - here; // of all tables side by side at the first level
        var table = table2;
        for (; ; level++, here -= stride, indexBits = stride)
        {
            var at = table + (Bits.Get(ipa, here + indexBits - 1, here) << 3);
            key.Level = (byte)level;
            key.Shift = (byte)here;
            if (!Fetch(at, FetchKind.Stage2Descriptor, out var word)) return WalkAbort(at, true, why);
            var descriptor = Ordered(word, entry.S2ENDI);
            if (IsInvalid(descriptor, granule2, level)) return Stage2Fault(SmmuEventType.Translation, ipa, isRead, RequirementId.SMMU_WALK_02);
            var isTable = level < 3 && descriptor.IsTableOrPage;
            if (!TryOutput(descriptor, granule2, isTable ? granuleBits : here, outputSize2, out var output))
                return Stage2Fault(SmmuEventType.AddressSize, ipa, isRead, isTable ? RequirementId.SMMU_WALK_07 : RequirementId.SMMU_WALK_06);
            if (!isTable)
            {
                if (!UseStage2Leaf(at, word, level, here, indexBits, isRead, ref output)) return false;
                translated = output | Bits.InPlace(ipa, here - 1, 0);
                shift = Math.Min(shift, here);
                return true;
            }

            if (entry.S2HAFT && capabilities.HTTU == 3 && !descriptor.AF) outcome.Updates.Add(at, word, Swapped(AccessFlag, entry.S2ENDI), 0);
            table = output;
        }
    }

    private bool UseStage2Leaf(ulong at, ulong word, int level, int shift, int indexBits, bool isRead, ref ulong output)
    {
        var ipa = key.Ipa;
        if (Ordered(word, entry.S2ENDI).Contiguous
            && ChooseMember(ref at, ref word, granule2, level, shift, indexBits, FetchKind.Stage2Descriptor, entry.S2ENDI))
        {
            var run = ContiguousShift(granule2, level) + shift;
            if (!TryOutput(Ordered(word, entry.S2ENDI), granule2, shift, outputSize2, out var other))
                return Stage2Fault(SmmuEventType.AddressSize, ipa, isRead, RequirementId.SMMU_WALK_06);
            output = AlignDown(other, run) | Bits.InPlace(ipa, run - 1, shift);
        }

        for (var isPresent = false; ; isPresent = true)
        {
            var descriptor = Ordered(word, entry.S2ENDI);
            if (isPresent)
            {
                if (IsInvalid(descriptor, granule2, level) || level < 3 && descriptor.IsTableOrPage)
                    return Stage2Fault(SmmuEventType.Translation, ipa, isRead, RequirementId.SMMU_HTTU_05);
                if (!TryOutput(descriptor, granule2, shift, outputSize2, out output))
                    return Stage2Fault(SmmuEventType.AddressSize, ipa, isRead, RequirementId.SMMU_WALK_06);
            }

            if (!descriptor.AF && !entry.S2HA && !entry.S2AFFD) return Stage2Fault(SmmuEventType.Access, ipa, isRead, RequirementId.SMMU_WALK_08);
            var tracksDirty = entry.S2HA && entry.S2HD && descriptor.DBM;
            var update = !descriptor.AF && entry.S2HA ? AccessFlag : 0;
            if (!MayAccessStage2(descriptor, tracksDirty, isRead, out var rule))
            {
                if (update != 0) outcome.Updates.Add(at, word, 0, Swapped(update, entry.S2ENDI));
                return Stage2Fault(SmmuEventType.Permission, ipa, isRead, rule);
            }

            var cleans = tracksDirty && (descriptor.S2AP & 2) == 0;
            if (cleans && !isRead) update |= Stage2Writable;
            if (update != 0 && !isPresent && !IsPresent(at, FetchKind.Stage2Descriptor, ref word)) continue;
            var may = cleans && isRead && key.Class == SmmuEventClass.TranslationTable ? Stage2Writable : 0;
            if ((update | may) != 0) outcome.Updates.Add(at, word, Swapped(update, entry.S2ENDI), Swapped(may, entry.S2ENDI));
            if (update != 0) notes = notes.And((update & Stage2Writable) != 0 ? RequirementId.SMMU_HTTU_02 : RequirementId.SMMU_HTTU_01);
            if (key.Class == SmmuEventClass.InputAddress) outcome.Stage2Attributes = (byte)(descriptor.MemAttr | descriptor.SH << 4);
            return true;
        }
    }

    private bool MayAccessStage2(TranslationDescriptor leaf, bool tracksDirty, bool isRead, out RequirementId rule)
    {
        var canRead = (leaf.S2AP & 1) != 0;
        if (key.Class != SmmuEventClass.InputAddress && key.IsNested && entry.S2PTW && leaf.MemAttr < 4)
        {
            rule = RequirementId.SMMU_WALK_25;
            return false;
        }

        if (!isRead)
        {
            rule = key.Class == SmmuEventClass.InputAddress ? RequirementId.SMMU_WALK_16 : RequirementId.SMMU_HTTU_06;
            return (leaf.S2AP & 2) != 0 || tracksDirty;
        }

        rule = RequirementId.SMMU_WALK_16;
        if (!isInstruction || key.Class != SmmuEventClass.InputAddress) return canRead;
        rule = RequirementId.SMMU_WALK_17;
        var executable = !capabilities.XNX ? (leaf.XN & 2) == 0 : leaf.XN switch { 0 => true, 1 => !isPrivileged, 2 => false, _ => isPrivileged };
        return executable && (canRead || source.Choose(SmmuLatitude.ExecuteOnly, 2) == 1);
    }
}
