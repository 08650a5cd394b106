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
    private readonly bool IsInvalid(TranslationDescriptor descriptor, Granule granule, int level)
    {
        if (!descriptor.Valid) return true;
        if (descriptor.IsTableOrPage) return false;
        return granule switch
        {
            Granule.Size4K => level is not (1 or 2),
            Granule.Size16K => level != 2,
            _ => level != 2 && !(level == 1 && capabilities.OutputAddressSize == 52),
        };
    }

    /// <summary>The base of the first table: aligned to its size, at least to 16 bytes, and to 64 where output addresses have 52 bits.</summary>
    private readonly ulong TableBase(ulong address, int sizeBits, Granule granule, int code)
    {
        var table = AlignDown(address, Math.Max(sizeBits, 4));
        var aligned = AlignDown(table, 6);
        if (table == aligned || capabilities.EffectiveAddressSize(code) != 52) return table;
        return granule == Granule.Size64K || source.Choose(SmmuLatitude.SmallTableOf52Bits, 2) == 0 ? aligned : table;
    }

    /// <summary>The address in a descriptor, above its lowest <paramref name="shift"/> bits.</summary>
    /// <returns>False when it does not fit the output size.</returns>
    private readonly bool TryOutput(TranslationDescriptor descriptor, Granule granule, int shift, int outputSize, out ulong output)
    {
        output = AlignDown(descriptor.Address, shift);
        if (granule == Granule.Size64K && capabilities.OutputAddressSize == 52 && descriptor.HighAddress != 0
            && (outputSize == 52 || source.Choose(SmmuLatitude.HighOutputBits, 2) == 0))
            output |= (ulong)descriptor.HighAddress << 48;
        return !IsBeyond(output, outputSize);
    }

    /// <summary>The binary logarithm of the number of members of a contiguous run.</summary>
    private static int ContiguousShift(Granule granule, int level) => granule switch
    {
        Granule.Size4K => 4,
        Granule.Size16K => level == 3 ? 7 : 5,
        _ => 5,
    };

    /// <summary>
    /// Members of a contiguous run that differ by more than their place: hardware may hold any of them for the whole run.
    /// </summary>
    /// <returns>True when another member than that of the address was chosen.</returns>
    private bool ChooseMember(
        ref ulong at, ref ulong word, Granule granule, int level, int shift, int indexBits, FetchKind kind, bool isBigEndian)
    {
        var members = ContiguousShift(granule, level);
        if (members > indexBits) return false;
        Span<ulong> others = stackalloc ulong[MostMembers];
        Span<ulong> places = stackalloc ulong[MostMembers];
        var place = Bits.Mask(shift + members - 1, shift);
        var own = Ordered(word, isBigEndian).Value & ~place;
        var count = 0;
        var first = AlignDown(at, members + 3);
        key.Purpose = FetchPurpose.Peek;
        for (var i = 0; i < 1 << members && count < MostMembers; i++)
        {
            if (!Fetch(first + (ulong)(i << 3), kind, out var other)) continue;
            var descriptor = Ordered(other, isBigEndian);
            var value = descriptor.Value & ~place;
            if (!descriptor.Contiguous || value == own || IsInvalid(descriptor, granule, level) || level < 3 && descriptor.IsTableOrPage) continue;
            if (!descriptor.AF && !IsAccessFlagIgnored(kind) || others[..count].Contains(value)) continue;
            others[count] = value;
            places[count++] = first + (ulong)(i << 3);
        }

        var choice = count == 0 ? 0 : source.Choose(SmmuLatitude.ContiguousRun, count + 1);
        if (choice > 0)
        {
            at = places[choice - 1];
            Fetch(at, kind, out word);
        }

        key.Purpose = FetchPurpose.Use;
        return choice > 0;
    }

    private readonly bool IsAccessFlagIgnored(FetchKind kind) =>
        kind == FetchKind.Stage1Descriptor ? regime.HA || regime.AFFD : entry.S2HA || entry.S2AFFD;

    /// <summary>Before a compare-and-swap: true when memory still holds the word; otherwise the word becomes what it holds.</summary>
    private bool IsPresent(ulong at, FetchKind kind, ref ulong word)
    {
        key.Purpose = FetchPurpose.Update;
        var isThere = Fetch(at, kind, out var present);
        key.Purpose = FetchPurpose.Use;
        if (!isThere || present == word) return true;
        word = present;
        return false;
    }
}
