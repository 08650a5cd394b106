using Conformance.Model.Requirements;
using Conformance.Model.Smmu.Structures;

namespace Conformance.Model.Smmu.Translation;

// What the descriptors of both stages have in common.
internal ref partial struct Procedure<TSource>
{
    private const ulong AccessFlag = 1ul << 10;

    /// <summary>Stage 1: AP[2]; inverted when a page becomes dirty.</summary>
    private const ulong ReadOnly = 1ul << 7;

    /// <summary>Stage 2: S2AP[1]; set when a page becomes dirty.</summary>
    private const ulong Stage2Writable = 1ul << 7;

    private const int MostMembers = 8;

    /// <summary>Invalid, reserved, or a block at a level that has none.</summary>
    private readonly bool IsInvalid(TranslationDescriptor descriptor, in WalkStep step)
    {
        if (!descriptor.Valid)
            return true;
        if (descriptor.IsTableOrPage)
            return false;
        return step.Granule switch
        {
            Granule.Size4K => step.Level is not (1 or 2),
            Granule.Size16K => step.Level != 2,
            _ => step.Level != 2 && !(step.Level == 1 && capabilities.OutputAddressSize == 52),
        };
    }

    /// <summary>The base of the first table: aligned to its size, at least to 16 bytes, and to 64 where output addresses have 52 bits.</summary>
    private ulong TableBase(ulong address, int sizeBits, Granule granule, int code)
    {
        var table = AlignDown(address, Math.Max(sizeBits, 4));
        if (table != address)
            Note(RequirementId.SMMU_CD_10);
        var aligned = AlignDown(table, 6);
        if (table == aligned || capabilities.EffectiveAddressSize(code) != 52)
            return table;
        return granule == Granule.Size64K || source.Choose(SmmuLatitude.SmallTableOf52Bits, 2) == 0 ? aligned : table;
    }

    /// <summary>The address in a descriptor: of the next table, or of the page or block.</summary>
    /// <returns>False when it does not fit the output size.</returns>
    private readonly bool TryOutput(TranslationDescriptor descriptor, in WalkStep step, out ulong output)
    {
        output = AlignDown(descriptor.Address, step.IsTable(descriptor) ? (int)step.Granule : step.Shift);
        if (
            step.Granule == Granule.Size64K
            && capabilities.OutputAddressSize == 52
            && descriptor.HighAddress != 0
            && (step.OutputSize == 52 || source.Choose(SmmuLatitude.HighOutputBits, 2) == 0)
        )
            output |= (ulong)descriptor.HighAddress << 48;
        return !IsBeyond(output, step.OutputSize);
    }

    /// <summary>
    /// Members of a contiguous run that differ by more than their place: hardware may hold any of them for the whole run.
    /// </summary>
    /// <returns>True when another member than that of the address was chosen.</returns>
    private bool ChooseMember(ref ulong at, ref ulong word, in WalkStep step, FetchKind kind)
    {
        if (step.RunBits > step.IndexBits)
            return false;
        Span<ulong> values = stackalloc ulong[MostMembers];
        Span<ulong> words = stackalloc ulong[MostMembers];
        Span<ulong> places = stackalloc ulong[MostMembers];
        var placeBits = Bits.Mask(step.Shift + step.RunBits - 1, step.Shift);
        var own = step.Ordered(word) & ~placeBits;
        var count = 0;
        var first = AlignDown(at, step.RunBits + 3);
        key.Purpose = FetchPurpose.Peek;
        for (var place = first; place < first + (8ul << step.RunBits) && count < MostMembers; place += 8)
        {
            if (!Fetch(place, kind, out var other))
                continue;
            var descriptor = step.Read(other);
            var value = descriptor.Value & ~placeBits;
            if (value == own || !descriptor.Contiguous || IsInvalid(descriptor, in step) || step.IsTable(descriptor))
                continue;
            if (!descriptor.AF && !IsAccessFlagIgnored(kind) || values[..count].Contains(value))
                continue;
            values[count] = value;
            words[count] = other;
            places[count++] = place;
        }

        key.Purpose = FetchPurpose.Use;
        var choice = count == 0 ? 0 : source.Choose(SmmuLatitude.ContiguousRun, count + 1);
        if (choice == 0)
            return false;
        word = words[choice - 1];
        at = places[choice - 1];
        return true;
    }

    private readonly bool IsAccessFlagIgnored(FetchKind kind) => kind == FetchKind.Stage1Descriptor ? regime.HA || regime.AFFD : entry.S2HA || entry.S2AFFD;

    /// <summary>Before a compare-and-swap: true when memory still holds the word; otherwise the word becomes what it holds.</summary>
    private bool IsPresent(ulong at, FetchKind kind, ref ulong word)
    {
        key.Purpose = FetchPurpose.Update;
        var isThere = Fetch(at, kind, out var present);
        key.Purpose = FetchPurpose.Use;
        if (!isThere || present == word)
            return true;
        word = present;
        return false;
    }

    private void NoteUpdate(ulong update, bool isClean, in WalkStep step)
    {
        if ((update & ReadOnly) != 0)
            Note(RequirementId.SMMU_HTTU_02);
        else if (update != 0)
            Note(RequirementId.SMMU_HTTU_01);
        else if (isClean)
            Note(RequirementId.SMMU_HTTU_03);
        if (update != 0 && step.Level < 3)
            Note(RequirementId.SMMU_HTTU_09);
    }
}
