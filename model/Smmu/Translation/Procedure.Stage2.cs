using Conformance.Model.Requirements;
using Conformance.Model.Smmu.Device;
using Conformance.Model.Smmu.Structures;

namespace Conformance.Model.Smmu.Translation;

// IPA -> PA: of the transaction, of stage-1 descriptors, of CDs.
internal ref partial struct Procedure<TSource>
{
    private WalkStep firstStep2;
    private int inputSize2;
    private ulong table2;

    private RequirementId IllegalInStage2(in StreamTableEntry ste)
    {
        if (IsForeign(ste.S2AA64))
            return RequirementId.None;
        if (!ste.S2AA64)
            return RequirementId.SMMU_STE_17;
        var granule = ste.Stage2Granule;
        if (!capabilities.Has(granule))
            return RequirementId.SMMU_STE_16;
        var (least, most) = Stage2Sizes(granule);
        if (!InRange(ste.S2T0SZ, least, most))
            return RequirementId.SMMU_STE_16;
        if (!TryStartLevel(in ste, Math.Clamp(ste.S2T0SZ, least, most), out var level))
            return RequirementId.SMMU_STE_16;
        if (IsPointless(granule, level) && source.Choose(SmmuLatitude.StartLevelOfSmallOas, 2) == 0)
            return RequirementId.SMMU_WALK_26;
        if (IsBeyond(ste.S2TTB, OutputSize(granule, ste.S2PS)))
            return RequirementId.SMMU_STE_16;
        if (IsWrongEndianness(ste.S2ENDI))
            return RequirementId.SMMU_WALK_19;
        if (ste.S2S && capabilities.StallModel == StallModel.TerminateOnly)
            return RequirementId.SMMU_STE_18;
        if (!ste.S2S && capabilities.StallModel == StallModel.StallForced)
            return RequirementId.SMMU_STE_18;
        if (ste.S2HA && capabilities.HTTU == 0 || ste.S2HD && capabilities.HTTU < 2)
            return RequirementId.SMMU_STE_18;
        return ste.S2HAFT && !ste.S2HA && capabilities.HTTU == 3 ? RequirementId.SMMU_HTTU_11 : RequirementId.None;
    }

    private readonly (int Least, int Most) Stage2Sizes(Granule granule) =>
        (Math.Max(granule == Granule.Size64K ? 12 : 16, 64 - capabilities.IntermediateAddressSize), LargestInputSizeCode(granule));

    /// <summary>The start level, unless S2SL0 does not name one that leaves between 1 bit to resolve and 16 tables side by side.</summary>
    private readonly bool TryStartLevel(in StreamTableEntry ste, int sizeCode, out int level)
    {
        var granule = (int)ste.Stage2Granule;
        if (granule == (int)Granule.Size4K)
            level =
                ste.S2SL0 < 3 ? 2 - ste.S2SL0
                : capabilities.STT ? 3
                : -1;
        else
            level = ste.S2SL0 < 3 ? 3 - ste.S2SL0 : -1;
        var shift = granule + (3 - level) * (granule - 3);
        var size = 64 - sizeCode;
        return level >= 0 && size >= shift + 1 && size <= shift + granule - 3 + 4;
    }

    private readonly bool IsPointless(Granule granule, int level) =>
        granule switch
        {
            Granule.Size4K => level == 0 && capabilities.OutputAddressSize < 44,
            Granule.Size16K => level == 1 && capabilities.OutputAddressSize < 42,
            _ => level == 1 && capabilities.OutputAddressSize < 44,
        };

    /// <summary>The stage-2 regime; S2VMID and the fields that TLB entries depend on may be those of older entries of the VMID.</summary>
    /// <returns>False when it is not modelled.</returns>
    private bool SetUpStage2(ulong address)
    {
        var older = entry;
        key.Purpose = FetchPurpose.Regime;
        Fetch(address + 16, FetchKind.StreamTable, out older.D2);
        Fetch(address + 24, FetchKind.StreamTable, out older.D3);
        key.Purpose = FetchPurpose.Use;
        if (older != entry && older.S2VMID == entry.S2VMID && IllegalInStage2(in older) == RequirementId.None)
            entry = older with { S2S = entry.S2S, S2R = entry.S2R };
        if (IsForeign(entry.S2AA64))
            return LeaveModel();

        var granule = entry.Stage2Granule;
        var (least, most) = Stage2Sizes(granule);
        var sizeCode = Math.Clamp(entry.S2T0SZ, least, most);
        TryStartLevel(in entry, sizeCode, out var level);
        inputSize2 = 64 - sizeCode;
        firstStep2 = new(granule, inputSize2, level, OutputSize(granule, entry.S2PS), entry.S2ENDI);
        table2 = TableBase(entry.S2TTB, firstStep2.IndexBits + 3, granule, entry.S2PS);
        return true;
    }

    /// <summary>Translates an IPA. <paramref name="shift"/> becomes that of the leaf when it is smaller.</summary>
    private bool WalkStage2(ulong ipa, bool isRead, SmmuEventClass why, out ulong translated, ref int shift)
    {
        translated = 0;
        key.Ipa = ipa;
        key.Class = why;
        if (IsBeyond(ipa, inputSize2))
            return Stage2Fault(SmmuEventType.Translation, ipa, isRead, RequirementId.SMMU_WALK_15);

        var table = table2;
        for (var step = firstStep2; ; step.Descend())
        {
            var at = step.In(table, ipa);
            key.Level = (byte)step.Level;
            key.Shift = (byte)step.Shift;
            if (!Fetch(at, FetchKind.Stage2Descriptor, out var word))
                return WalkAbort(at, true, why);
            var descriptor = step.Read(word);
            if (IsInvalid(descriptor, in step))
                return Stage2Fault(SmmuEventType.Translation, ipa, isRead, RequirementId.SMMU_WALK_02);
            if (!TryOutput(descriptor, in step, out table))
            {
                var rule = step.IsTable(descriptor) ? RequirementId.SMMU_WALK_07 : RequirementId.SMMU_WALK_06;
                return Stage2Fault(SmmuEventType.AddressSize, ipa, isRead, rule);
            }

            if (!step.IsTable(descriptor))
            {
                shift = Math.Min(shift, step.Shift);
                return UseStage2Leaf(at, word, in step, isRead, out translated);
            }

            if (entry.S2HAFT && capabilities.HTTU == 3 && !descriptor.AF)
                outcome.Updates.Add(at, word, step.Ordered(AccessFlag), 0);
        }
    }

    private bool UseStage2Leaf(ulong at, ulong word, in WalkStep step, bool isRead, out ulong translated)
    {
        var ipa = key.Ipa;
        translated = 0;
        var run = step.Shift; // of the IPAs that the descriptor stands for
        if (step.Read(word).Contiguous && ChooseMember(ref at, ref word, in step, FetchKind.Stage2Descriptor))
            run += step.RunBits;

        for (var isPresent = false; ; isPresent = true)
        {
            var descriptor = step.Read(word);
            if (isPresent && (IsInvalid(descriptor, in step) || step.IsTable(descriptor)))
                return Stage2Fault(SmmuEventType.Translation, ipa, isRead, RequirementId.SMMU_HTTU_05);
            if (!TryOutput(descriptor, in step, out var output))
                return Stage2Fault(SmmuEventType.AddressSize, ipa, isRead, RequirementId.SMMU_WALK_06);
            if (!descriptor.AF && !entry.S2HA && !entry.S2AFFD)
                return Stage2Fault(SmmuEventType.Access, ipa, isRead, RequirementId.SMMU_WALK_08);

            var tracksDirty = entry.S2HA && entry.S2HD && descriptor.DBM;
            var update = !descriptor.AF && entry.S2HA ? AccessFlag : 0;
            if (!MayAccessStage2(descriptor, tracksDirty, isRead, out var rule))
            {
                if (update != 0)
                    outcome.Updates.Add(at, word, 0, step.Ordered(update));
                return Stage2Fault(SmmuEventType.Permission, ipa, isRead, rule);
            }

            var isClean = tracksDirty && (descriptor.S2AP & 2) == 0;
            if (isClean && !isRead)
                update |= Stage2Writable;
            if (update != 0 && !isPresent && !IsPresent(at, FetchKind.Stage2Descriptor, ref word))
                continue;

            // The page of a stage-1 table may be marked by speculation, that of a CD never.
            var may = isClean && isRead && key.Class == SmmuEventClass.TranslationTable ? Stage2Writable : 0;
            if ((update | may) != 0)
                outcome.Updates.Add(at, word, step.Ordered(update), step.Ordered(may));
            if (key.Class != SmmuEventClass.ContextDescriptor)
                NoteUpdate(update, isClean, in step);
            else if (update != 0 || isClean)
                Note(RequirementId.SMMU_HTTU_13);
            if (key.Class == SmmuEventClass.InputAddress)
                outcome.Stage2Attributes = (byte)(descriptor.MemAttr | descriptor.SH << 4);
            translated = AlignDown(output, run) | Bits.InPlace(ipa, run - 1, 0);
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
        if (!isInstruction || key.Class != SmmuEventClass.InputAddress)
            return canRead;
        rule = RequirementId.SMMU_WALK_17;
        var executable = !capabilities.XNX
            ? (leaf.XN & 2) == 0
            : leaf.XN switch
            {
                0 => true,
                1 => !isPrivileged,
                2 => false,
                _ => isPrivileged,
            };
        return executable && (canRead || source.Choose(SmmuLatitude.ExecuteOnly, 2) == 1);
    }
}
