using System.Buffers.Binary;
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
        var isUpper = HasUpperHalf && Bits.Is(transaction.Address, 55);
        var ignoresTop = isUpper ? regime.TBI1 : regime.TBI0;
        var address = ignoresTop ? (ulong)((long)(transaction.Address << 8) >> 8) : transaction.Address;
        key.Address = address;
        if (ignoresTop) notes = notes.And(RequirementId.SMMU_WALK_04);

        if (isUpper ? regime.EPD1 : regime.EPD0 && !ignoresEpd0) return Stage1Fault(SmmuEventType.Translation, RequirementId.SMMU_WALK_05);
        if (capabilities.E0PD && HasUpperHalf && !isPrivileged && (isUpper ? regime.E0PD1 : regime.E0PD0))
            return Stage1Fault(SmmuEventType.Translation, RequirementId.SMMU_WALK_24);

        var granule = isUpper ? regime.Granule1 : regime.Granule0;
        var least = granule == Granule.Size64K && capabilities.VAX == 1 ? 12 : 16;
        var inputSize = 64 - Math.Clamp(isUpper ? regime.T1SZ : regime.T0SZ, least, LargestInputSizeCode(granule));
        if ((long)address >> inputSize != (isUpper ? -1 : 0)) return Stage1Fault(SmmuEventType.Translation, RequirementId.SMMU_WALK_03);

        var granuleBits = (int)granule;
        var stride = granuleBits - 3;
        var level = 4 - (inputSize - granuleBits + stride - 1) / stride;
        var outputSize = OutputSize(granule, regime.IPS);
        shift = granuleBits + (3 - level) * stride;
        var indexBits = inputSize - shift;
        var table = TableBase(isUpper ? regime.TTB1 : regime.TTB0, indexBits + 3, granule, regime.IPS);
        var hasHierarchy = !(capabilities.HAD && (isUpper ? regime.HAD1 : regime.HAD0));
        restrictions = 0;
        for (; ; level++, shift -= stride, indexBits = stride)
        {
            var place = table + (Bits.Get(address, shift + indexBits - 1, shift) << 3);
            if (!FetchStage1(place, level, shift, out var at, out var word)) return false;
            var descriptor = Ordered(word, regime.ENDI);
            if (IsInvalid(descriptor, granule, level)) return Stage1Fault(SmmuEventType.Translation, RequirementId.SMMU_WALK_02);
            var isTable = level < 3 && descriptor.IsTableOrPage;
            if (!TryOutput(descriptor, granule, isTable ? granuleBits : shift, outputSize, out var output))
                return Stage1Fault(SmmuEventType.AddressSize, isTable ? RequirementId.SMMU_WALK_07 : RequirementId.SMMU_WALK_06);
            if (!isTable)
            {
                if (!UseStage1Leaf(place, at, word, granule, level, shift, indexBits, outputSize, ref output)) return false;
                translated = output | Bits.InPlace(address, shift - 1, 0);
                return true;
            }

            if (hasHierarchy) restrictions |= descriptor.Value;
            if (regime.HAFT && capabilities.HTTU == 3 && !descriptor.AF && !UpdateStage1(place, at, word, AccessFlag, regime.ENDI)) return false;
            table = output;
        }
    }

    /// <summary>Fetches a stage-1 descriptor; with both stages through stage 2, as a read.</summary>
    private bool FetchStage1(ulong place, int level, int shift, out ulong at, out ulong word)
    {
        var ignored = 64;
        word = 0;
        at = place;
        if (hasStage2 && !WalkStage2(place, true, SmmuEventClass.TranslationTable, out at, ref ignored)) return false;
        key.Level = (byte)level;
        key.Shift = (byte)shift;
        return Fetch(at, FetchKind.Stage1Descriptor, out word) || WalkAbort(at, false, default);
    }

    /// <summary>
    /// AF, then the permissions, then what hardware writes; <paramref name="output"/> changes when another member of a contiguous run stands for it.
    /// </summary>
    private bool UseStage1Leaf(
        ulong place, ulong at, ulong word, Granule granule, int level, int shift, int indexBits, int outputSize, ref ulong output)
    {
        if (Ordered(word, regime.ENDI).Contiguous
            && ChooseMember(ref at, ref word, granule, level, shift, indexBits, FetchKind.Stage1Descriptor, regime.ENDI))
        {
            var run = ContiguousShift(granule, level) + shift;
            if (!TryOutput(Ordered(word, regime.ENDI), granule, shift, outputSize, out var other))
                return Stage1Fault(SmmuEventType.AddressSize, RequirementId.SMMU_WALK_06);
            output = AlignDown(other, run) | Bits.InPlace(key.Address, run - 1, shift);
            place = AlignDown(place, 12) | Bits.InPlace(at, 11, 0);
        }

        for (var isPresent = false; ; isPresent = true)
        {
            var descriptor = Ordered(word, regime.ENDI);
            if (isPresent)
            {
                if (IsInvalid(descriptor, granule, level) || level < 3 && descriptor.IsTableOrPage)
                    return Stage1Fault(SmmuEventType.Translation, RequirementId.SMMU_HTTU_05);
                if (!TryOutput(descriptor, granule, shift, outputSize, out output))
                    return Stage1Fault(SmmuEventType.AddressSize, RequirementId.SMMU_WALK_06);
            }

            if (!descriptor.AF && !regime.HA && !regime.AFFD) return Stage1Fault(SmmuEventType.Access, RequirementId.SMMU_WALK_08);
            var tracksDirty = regime.HA && regime.HD && descriptor.DBM;
            var update = !descriptor.AF && regime.HA ? AccessFlag : 0;
            if (!MayAccessStage1(descriptor, tracksDirty, out var rules))
            {
                if (update != 0 && hasStage2)
                {
                    if (source.Choose(SmmuLatitude.AccessFlagBeforePermission, 2) == 1 && !UpdateStage1(place, at, word, update, regime.ENDI)) return false;
                }
                else if (update != 0)
                {
                    outcome.Updates.Add(at, word, 0, Swapped(update, regime.ENDI));
                }

                return Stage1Fault(SmmuEventType.Permission, rules);
            }

            if (tracksDirty && descriptor.AP2 && !transaction.IsRead) update |= ReadOnly;
            if (update != 0 && !isPresent && !IsPresent(at, FetchKind.Stage1Descriptor, ref word)) continue;
            if (update != 0)
            {
                if (!UpdateStage1(place, at, word, update, regime.ENDI)) return false;
                notes = notes.And((update & ReadOnly) != 0 ? RequirementId.SMMU_HTTU_02 : RequirementId.SMMU_HTTU_01);
            }

            if (descriptor.Contiguous) notes = notes.And(RequirementId.SMMU_WALK_20);
            if (IsBeyond(output, 48)) notes = notes.And(RequirementId.SMMU_WALK_22);
            outcome.Stage1Attributes = (byte)(descriptor.AttrIndx | descriptor.SH << 3);
            return true;
        }
    }

    private bool MayAccessStage1(TranslationDescriptor leaf, bool tracksDirty, out Rules rules)
    {
        var restricted = new TranslationDescriptor(restrictions);
        var isTwoLevel = HasUpperHalf; // EL2 without E2H knows no unprivileged access
        var unprivileged = isTwoLevel && leaf.AP1 && (restricted.APTable & 1) == 0;
        var isReadOnly = (restricted.APTable & 2) != 0;
        var writable = (!leaf.AP2 || tracksDirty) && !isReadOnly;
        var asPrivileged = isPrivileged || !isTwoLevel;
        var accessible = asPrivileged || unprivileged;
        rules = Rules.Of(RequirementId.SMMU_WALK_13);
        if (!isInstruction)
        {
            if (!accessible) return false;
            if (isTwoLevel && regime.PAN && isPrivileged && unprivileged) return false;
            if (transaction.IsRead || writable) return true;
            rules = isReadOnly ? Rules.Of(RequirementId.SMMU_WALK_10) : Rules.Of(RequirementId.SMMU_WALK_09);
            if (regime.HD) rules = rules.And(isReadOnly ? RequirementId.SMMU_HTTU_02 : leaf.DBM ? RequirementId.SMMU_HTTU_11 : RequirementId.SMMU_HTTU_04);
            return false;
        }

        var never = asPrivileged && isTwoLevel ? leaf.PXN || restricted.PXNTable : leaf.UXN || restricted.UXNTable;
        if (never) return false;
        if (writable && leaf.AP2 && source.Choose(SmmuLatitude.ExecuteOfWritableClean, 2) == 1) writable = false;
        if (writable && accessible && regime.WXN) return false;
        if (writable && unprivileged && asPrivileged
            && (regime.UWXN || source.Choose(SmmuLatitude.PrivilegedExecuteOfUnprivilegedWritable, 2) == 0)) return false;
        return accessible || source.Choose(SmmuLatitude.ExecuteOnly, 2) == 1;
    }

    /// <summary>Sets bits of a stage-1 descriptor; with both stages this is a write through stage 2.</summary>
    private bool UpdateStage1(ulong place, ulong at, ulong word, ulong update, bool isBigEndian)
    {
        var ignored = 64;
        if (hasStage2 && !WalkStage2(place, false, SmmuEventClass.TranslationTable, out _, ref ignored)) return false;
        outcome.Updates.Add(at, word, Swapped(update, isBigEndian), 0);
        return true;
    }

    private static TranslationDescriptor Ordered(ulong word, bool isBigEndian) => new(Swapped(word, isBigEndian));

    private static ulong Swapped(ulong word, bool isBigEndian) => isBigEndian ? BinaryPrimitives.ReverseEndianness(word) : word;
}
