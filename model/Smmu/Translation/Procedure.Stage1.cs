using Conformance.Model.Requirements;
using Conformance.Model.Smmu.Structures;

namespace Conformance.Model.Smmu.Translation;

// VA -> PA, or IPA with both stages.
internal ref partial struct Procedure<TSource>
{
    /// <summary>What table descriptors on the way took away: APTable, UXNTable and PXNTable, in their places.</summary>
    private ulong restrictions;

    private bool WalkStage1(out ulong translated, out int shift)
    {
        translated = 0;
        shift = 0;
        if (hasStage2 && HasUpperHalf && !regime.EPD0 && !regime.EPD1)
            Note(RequirementId.SMMU_NEST_04);
        var isUpper = HasUpperHalf && Bits.Is(transaction.Address, 55);
        var ignoresTop = isUpper ? regime.TBI1 : regime.TBI0;
        var address = ignoresTop ? (ulong)((long)(transaction.Address << 8) >> 8) : transaction.Address;
        key.Address = address;
        if (ignoresTop)
            Note(RequirementId.SMMU_WALK_04);

        if (isUpper ? regime.EPD1 : regime.EPD0 && !ignoresEpd0)
            return Stage1Fault(SmmuEventType.Translation, RequirementId.SMMU_WALK_05);
        if (capabilities.E0PD && HasUpperHalf && !isPrivileged && (isUpper ? regime.E0PD1 : regime.E0PD0))
            return Stage1Fault(SmmuEventType.Translation, RequirementId.SMMU_WALK_24);

        var granule = isUpper ? regime.Granule1 : regime.Granule0;
        var least = granule == Granule.Size64K && capabilities.VAX == 1 ? 12 : 16;
        var inputSize = 64 - Math.Clamp(isUpper ? regime.T1SZ : regime.T0SZ, least, LargestInputSizeCode(granule));
        if ((long)address >> inputSize != (isUpper ? -1 : 0))
            return Stage1Fault(SmmuEventType.Translation, RequirementId.SMMU_WALK_03);

        var stride = (int)granule - 3;
        var level = 4 - (inputSize - (int)granule + stride - 1) / stride;
        var step = new WalkStep(granule, inputSize, level, OutputSize(granule, regime.IPS), regime.ENDI);
        var table = TableBase(isUpper ? regime.TTB1 : regime.TTB0, step.IndexBits + 3, granule, regime.IPS);
        var hasHierarchy = !(capabilities.HAD && (isUpper ? regime.HAD1 : regime.HAD0));
        restrictions = 0;
        for (; ; step.Descend())
        {
            var place = step.In(table, address);
            if (!FetchStage1(place, in step, out var at, out var word))
                return false;
            var descriptor = step.Read(word);
            if (IsInvalid(descriptor, in step))
            {
                var hidden =
                    restrictions != 0 ? RequirementId.SMMU_WALK_11
                    : descriptor.Valid ? RequirementId.SMMU_WALK_27
                    : default;
                return Stage1Fault(SmmuEventType.Translation, Rules.Of(RequirementId.SMMU_WALK_02, hidden));
            }

            if (!TryOutput(descriptor, in step, out table))
                return Stage1Fault(SmmuEventType.AddressSize, step.IsTable(descriptor) ? Rules.Of(RequirementId.SMMU_WALK_07) : TooLarge);
            if (!step.IsTable(descriptor))
            {
                shift = step.Shift;
                return UseStage1Leaf(place, at, word, in step, out translated);
            }

            if (hasHierarchy)
                restrictions |= Bits.InPlace(descriptor.Value, 62, 59);
            else if (Bits.Get(descriptor.Value, 62, 59) != 0)
                Note(RequirementId.SMMU_WALK_12);
            if (AlignDown(descriptor.Address, (int)granule) != descriptor.Address)
                Note(RequirementId.SMMU_WALK_27);
            if (regime.HAFT && capabilities.HTTU == 3 && !descriptor.AF && !UpdateStage1(place, at, word, step.Ordered(AccessFlag)))
                return false;
        }
    }

    /// <summary>Fetches a stage-1 descriptor; with both stages through stage 2, as a read.</summary>
    private bool FetchStage1(ulong place, in WalkStep step, out ulong at, out ulong word)
    {
        var ignored = 64;
        word = 0;
        at = place;
        if (hasStage2 && !WalkStage2(place, true, SmmuEventClass.TranslationTable, out at, ref ignored))
            return false;
        key.Level = (byte)step.Level;
        key.Shift = (byte)step.Shift;
        return Fetch(at, FetchKind.Stage1Descriptor, out word) || WalkAbort(at, false, default);
    }

    /// <summary>The order at a leaf: its output, AF, the permissions; then what hardware writes.</summary>
    private bool UseStage1Leaf(ulong place, ulong at, ulong word, in WalkStep step, out ulong translated)
    {
        translated = 0;
        var run = step.Shift; // of the addresses that the descriptor stands for
        if (step.Read(word).Contiguous && ChooseMember(ref at, ref word, in step, FetchKind.Stage1Descriptor))
        {
            place = AlignDown(place, 12) | Bits.InPlace(at, 11, 0);
            run += step.RunBits;
        }

        for (var isPresent = false; ; isPresent = true)
        {
            var descriptor = step.Read(word);
            if (isPresent && (IsInvalid(descriptor, in step) || step.IsTable(descriptor)))
                return Stage1Fault(SmmuEventType.Translation, RequirementId.SMMU_HTTU_05);
            if (!TryOutput(descriptor, in step, out var output))
                return Stage1Fault(SmmuEventType.AddressSize, TooLarge);
            if (!descriptor.AF && !regime.HA && !regime.AFFD)
                return Stage1Fault(SmmuEventType.Access, Rules.Of(RequirementId.SMMU_WALK_08, RequirementId.SMMU_WALK_23));

            var tracksDirty = regime.HA && regime.HD && descriptor.DBM;
            var update = !descriptor.AF && regime.HA ? AccessFlag : 0;
            if (!MayAccessStage1(descriptor, tracksDirty, out var rules))
            {
                if (update != 0 && !hasStage2)
                    outcome.Updates.Add(at, word, 0, step.Ordered(update));
                else if (update != 0 && source.Choose(SmmuLatitude.AccessFlagBeforePermission, 2) == 1 && !UpdateStage1(place, at, word, step.Ordered(update)))
                    return false;
                return Stage1Fault(SmmuEventType.Permission, rules);
            }

            var isClean = tracksDirty && descriptor.AP2;
            if (isClean && !transaction.IsRead)
                update |= ReadOnly;
            if (update != 0 && !isPresent && !IsPresent(at, FetchKind.Stage1Descriptor, ref word))
                continue;
            if (update != 0 && !UpdateStage1(place, at, word, step.Ordered(update)))
                return false;

            NoteUpdate(update, isClean, in step);
            if (descriptor.Contiguous)
                Note(RequirementId.SMMU_WALK_20);
            if (IsBeyond(output, 48))
                Note(RequirementId.SMMU_WALK_22);
            outcome.Stage1Attributes = (byte)(descriptor.AttrIndx | descriptor.SH << 3);
            translated = AlignDown(output, run) | Bits.InPlace(key.Address, run - 1, 0);
            return true;
        }
    }

    private static Rules TooLarge => Rules.Of(RequirementId.SMMU_WALK_06, RequirementId.SMMU_WALK_23);

    private bool MayAccessStage1(TranslationDescriptor leaf, bool tracksDirty, out Rules rules)
    {
        var restricted = new TranslationDescriptor(restrictions);
        var hasPrivileges = HasUpperHalf; // EL2 without E2H knows no unprivileged access
        var unprivileged = hasPrivileges && leaf.AP1 && (restricted.APTable & 1) == 0;
        var isReadOnly = (restricted.APTable & 2) != 0;
        var writable = (!leaf.AP2 || tracksDirty) && !isReadOnly;
        var asPrivileged = isPrivileged || !hasPrivileges;
        var accessible = asPrivileged || unprivileged;
        rules = Rules.Of(RequirementId.SMMU_WALK_13);
        if (!isInstruction)
        {
            if (!accessible)
                return false;
            if (hasPrivileges && regime.PAN && isPrivileged && unprivileged)
                return false;
            if (transaction.IsRead || writable)
                return true;
            rules = isReadOnly ? Rules.Of(RequirementId.SMMU_WALK_10) : Rules.Of(RequirementId.SMMU_WALK_09);
            if (regime.HD)
                rules = rules.And(
                    isReadOnly ? RequirementId.SMMU_HTTU_02
                    : leaf.DBM ? RequirementId.SMMU_HTTU_11
                    : RequirementId.SMMU_HTTU_04
                );
            return false;
        }

        var never = asPrivileged && hasPrivileges ? leaf.PXN || restricted.PXNTable : leaf.UXN || restricted.UXNTable;
        if (never)
            return false;
        if (writable && leaf.AP2 && source.Choose(SmmuLatitude.ExecuteOfWritableClean, 2) == 1)
            writable = false;
        if (writable && accessible && regime.WXN)
            return false;
        if (writable && unprivileged && asPrivileged && (regime.UWXN || source.Choose(SmmuLatitude.PrivilegedExecuteOfUnprivilegedWritable, 2) == 0))
            return false;
        return accessible || source.Choose(SmmuLatitude.ExecuteOnly, 2) == 1;
    }

    /// <summary>Inverts bits of a stage-1 descriptor; with both stages this is a write through stage 2.</summary>
    private bool UpdateStage1(ulong place, ulong at, ulong word, ulong update)
    {
        var ignored = 64;
        if (hasStage2 && !WalkStage2(place, false, SmmuEventClass.TranslationTable, out _, ref ignored))
            return false;
        outcome.Updates.Add(at, word, update, 0);
        return true;
    }
}
