using Conformance.Model.Smmu.Device;

namespace Conformance.Tests.Smmu.Translation.Walker;

/// <summary>
/// A second opinion on translations: the procedure written down once more, from the requirements alone and as plainly as possible. It works on raw words with
/// its own bit positions and uses nothing of the model but the transaction. It does not know caches, EL2 StreamWorlds and stage-2 forced write-back; where
/// the architecture leaves a choice it takes the plain one.
/// </summary>
/// <param name="ids">The identification registers.</param>
/// <param name="registers">The registers that translation looks at.</param>
/// <param name="memory">What is in memory.</param>
internal sealed class NaiveWalker(NaiveIds ids, NaiveRegisters registers, INaiveMemory memory)
{
    private const int Read = 0,
        Write = 1,
        Execute = 2;
    private const ulong Accessed = 1ul << 10,
        Access7 = 1ul << 7;
    private const int ClassCd = 0,
        ClassTable = 1,
        ClassInput = 2;

    private readonly ulong[] ste = new ulong[8],
        cd = new ulong[8];
    private SmmuTransaction transaction;
    private bool privileged,
        instruction,
        usesStage1;

    /// <summary>The leaves that were used: stage, log2 of the granule, bits of the input, level.</summary>
    public HashSet<(int Stage, int Granule, int InputSize, int Level)> Leaves { get; init; } = [];

    /// <summary>What hardware does to descriptors: the word before, the bits that it inverts, and those that it may invert as well.</summary>
    public Dictionary<ulong, (ulong Old, ulong Must, ulong May)> Updates { get; } = [];

    private bool Stage1On => Get(ste[0], 1, 1) == 1;

    private bool Stage2On => Get(ste[0], 2, 2) == 1;

    /// <summary>Says how a transaction ends.</summary>
    public NaiveOutcome Translate(SmmuTransaction asked)
    {
        transaction = asked;
        privileged = asked.IsPrivileged;
        instruction = asked.IsRead && asked.IsInstruction;
        usesStage1 = false;
        Updates.Clear();
        try
        {
            var address = Walk();
            return new()
            {
                Reply = SmmuReply.Completed,
                Address = address,
                Stages = (usesStage1 ? 1 : 0) + (registers.Enabled && Stage2On ? 2 : 0),
            };
        }
        catch (NaiveFault fault)
        {
            // What would have been done on the way may have been done or not.
            foreach (var (at, update) in Updates)
                Updates[at] = (update.Old, 0, update.Must | update.May);
            return fault.Outcome;
        }
    }

    private static ulong Get(ulong word, int high, int low) => (word >> low) & (high - low == 63 ? ulong.MaxValue : (1ul << (high - low + 1)) - 1);

    private static bool Beyond(ulong address, int bits) => bits < 64 && address >> bits != 0;

    private static ulong Clear(ulong address, int lowBits)
    {
        for (var bit = 0; bit < Math.Min(lowBits, 64); bit++)
            address &= ~(1ul << bit);
        return address;
    }

    private ulong Walk()
    {
        if (!registers.Enabled)
        {
            if (registers.GbpaAbort || Beyond(transaction.Address, ids.OutputSize))
                throw Silent();
            return transaction.Address;
        }

        ReadStreamTableEntry();
        if (Get(ste[0], 0, 0) == 0)
            throw Configuration(0x04);
        if (Get(ste[0], 3, 3) == 0)
            throw Silent();
        if (IsIllegalSte())
            throw Configuration(0x04);
        if (ids.CanOverridePermissions)
        {
            if (Get(ste[1], 49, 49) == 1)
                privileged = Get(ste[1], 48, 48) == 1;
            if (Get(ste[1], 51, 51) == 1)
                instruction = transaction.IsRead && Get(ste[1], 50, 50) == 1;
        }

        var (skipStage1, substream) = ChooseContext();
        if (skipStage1)
        {
            if (Beyond(transaction.Address, Stage2On ? ids.IntermediateSize : ids.OutputSize))
                throw SizeWithoutStage1();
            return Stage2On
                ? Stage2(
                    transaction.Address,
                    transaction.IsRead
                        ? instruction
                            ? Execute
                            : Read
                        : Write,
                    ClassInput
                )
                : transaction.Address;
        }

        usesStage1 = true;
        ReadContextDescriptor(substream);
        if (IsIllegalCd())
            throw Configuration(0x0a);
        var intermediate = Stage1();
        return Stage2On
            ? Stage2(
                intermediate,
                transaction.IsRead
                    ? instruction
                        ? Execute
                        : Read
                    : Write,
                ClassInput
            )
            : intermediate;
    }

    private void ReadStreamTableEntry()
    {
        var stream = transaction.StreamId;
        if (Beyond(stream, Math.Min(registers.Log2Size, ids.StreamBits)))
            throw BadStream();
        ulong address;
        if (!registers.TwoLevel)
        {
            address = Clear(registers.StreamTable, registers.Log2Size + 6) + (stream * 64ul);
        }
        else
        {
            var split = registers.Split is 6 or 8 or 10 ? registers.Split : 6;
            var first = Clear(registers.StreamTable, Math.Max(5, registers.Log2Size - split - 1 + 3) + 1) + ((stream >> split) * 8ul);
            if (!memory.TryRead(first, new(NaiveFetch.Level1Stream), out var descriptor))
                throw FetchFault(0x03, first);
            var span = (int)Get(descriptor, 4, 0);
            var index = stream & ((1u << split) - 1);
            if (span is 0 or > 11 || span > split + 1 || index >= 1u << (span - 1))
                throw BadStream();
            address = Clear(Get(descriptor, 51, 6) << 6, 6 + span - 1) + (index * 64ul);
        }

        ReadStructure(address, ste, NaiveFetch.Stream, 0x03);
    }

    private void ReadStructure(ulong address, ulong[] words, NaiveFetch what, byte fault)
    {
        for (var i = 0; i < 8; i++)
        {
            if (!memory.TryRead(address + (8ul * (uint)i), new(what) { Word = i }, out words[i]))
                throw FetchFault(fault, address);
        }
    }

    private bool IsIllegalSte()
    {
        var nested = Stage1On && Stage2On;
        if (Stage1On && !ids.HasStage1)
            return true;
        if (Stage2On && !ids.HasStage2)
            return true;
        if (Stage1On)
        {
            var contexts = (int)Get(ste[0], 63, 59);
            if (ids.SubstreamBits != 0 && contexts > ids.SubstreamBits)
                return true;
            if (ids.SubstreamBits != 0 && contexts > 0 && !ids.TwoLevelContexts && Get(ste[0], 5, 4) is 1 or 2)
                return true;
            if (ids.Hypervisor && !Stage2On && Get(ste[1], 30, 30) == 1)
                return true;
            if (Get(ste[1], 27, 27) == 1 && ids.StallModel != 0)
                return true;
            if (!nested && ids.Revision >= 1 && Beyond(Get(ste[0], 51, 6) << 6, ids.OutputSize))
                return true;
        }

        if (Stage2On)
        {
            if (Get(ste[2], 51, 51) == 0 && !ids.ShortTables)
                return true;
            int granule;
            switch (Get(ste[2], 47, 46))
            {
                case 0:
                    granule = 12;
                    break;
                case 1:
                    granule = 16;
                    break;
                case 2:
                    granule = 14;
                    break;
                default:
                    return true;
            }

            if (!ids.HasGranule(granule))
                return true;
            var input = 64 - (int)Get(ste[2], 37, 32);
            var lowest = ids.SmallTables
                ? granule == 16
                    ? 64 - 47
                    : 64 - 48
                : 64 - 39;
            var highest = Math.Min(granule == 16 ? 52 : 48, ids.IntermediateSize);
            if (input < lowest || input > highest)
                return true;
            if (StartLevel2(granule) is not { } level)
                return true;
            // The start level must resolve at least one bit, and at most sixteen tables may stand side by side.
            var shift = granule + ((3 - level) * (granule - 3));
            if (input <= shift || input > shift + (granule - 3) + 4)
                return true;
            var output = ids.Effective((int)Get(ste[2], 50, 48));
            if (Beyond(Get(ste[3], 51, 4) << 4, granule == 16 ? output : Math.Min(48, output)))
                return true;
            if (!ids.Allows(bigEndian: Get(ste[2], 52, 52) == 1))
                return true;
            if (ids.StallModel == 1 && Get(ste[2], 57, 57) == 1)
                return true;
            if (ids.StallModel == 2 && Get(ste[2], 57, 57) == 0)
                return true;
            if (IsIllegalUpdate(Get(ste[2], 56, 56) == 1, Get(ste[2], 55, 55) == 1, Get(ste[2], 59, 59) == 1))
                return true;
        }

        var usesVmid = ids.HasStage2 && (Stage2On || !ids.Hypervisor || Get(ste[1], 31, 30) == 0);
        if (!ids.Vmid16 && usesVmid && (Stage1On || Stage2On) && Get(ste[2], 15, 8) != 0)
            return true;
        if (ids.Ats && (Stage1On || Stage2On))
        {
            var stalls = Get(ste[2], 57, 57) == 1;
            if (Get(ste[1], 29, 28) == 2 && !(nested && !ids.NoSplitAts && !stalls))
                return true;
            if (Get(ste[1], 29, 28) == 1 && Stage2On && stalls)
                return true;
        }

        return false;
    }

    private bool IsIllegalUpdate(bool access, bool dirty, bool tables) =>
        (access && ids.Updates < 1) || (dirty && ids.Updates < 2) || (tables && !access && ids.Updates == 3);

    private int? StartLevel2(int granule)
    {
        var code = (int)Get(ste[2], 39, 38);
        if (granule == 12)
            return code == 3
                ? ids.SmallTables
                    ? 3
                    : null
                : 2 - code;
        return code == 3 ? null : 3 - code;
    }

    private (bool SkipStage1, uint Substream) ChooseContext()
    {
        if (!Stage1On)
        {
            if (transaction.HasSubstream)
                throw Configuration(0x08);
            return (true, 0);
        }

        var contexts = ids.SubstreamBits == 0 ? 0 : (int)Get(ste[0], 63, 59);
        var plain = Get(ste[1], 1, 0);
        if (transaction.HasSubstream)
        {
            if (contexts == 0 || transaction.SubstreamId >= 1u << contexts)
                throw Configuration(0x08);
            if (transaction.SubstreamId == 0 && plain == 2)
                throw Configuration(0x06);
            return (false, transaction.SubstreamId);
        }

        if (contexts == 0)
            return (false, 0);
        if (plain is 0 or 3)
            throw Configuration(0x06);
        return (plain == 1, 0);
    }

    private void ReadContextDescriptor(uint substream)
    {
        var pointer = Get(ste[0], 51, 6) << 6;
        var format = Get(ste[0], 5, 4);
        var contexts = ids.SubstreamBits == 0 ? 0 : (int)Get(ste[0], 63, 59);
        if (contexts == 0)
        {
            ReadStructure(Physical(pointer), cd, NaiveFetch.Context, 0x09);
            return;
        }

        if (format is 0 or 3)
        {
            ReadStructure(Physical(pointer + (substream * 64ul)), cd, NaiveFetch.Context, 0x09);
            return;
        }

        var bits = format == 1 ? 6 : 10;
        var first = Physical(pointer + ((substream >> bits) * 8ul));
        if (!memory.TryRead(first, new(NaiveFetch.Level1Context), out var descriptor))
            throw FetchFault(0x09, first);
        var leaf = Get(descriptor, 51, 12) << 12;
        if (Get(descriptor, 0, 0) == 0 || (ids.Revision >= 1 && Beyond(leaf, ids.OutputSize)))
            throw Configuration(0x08);
        leaf = Clear(leaf, bits + 6);
        ReadStructure(Physical(leaf + ((substream & ((1u << bits) - 1)) * 64ul)), cd, NaiveFetch.Context, 0x09);

        ulong Physical(ulong address) => Stage2On ? Stage2(address, Read, ClassCd) : address;
    }

    private bool IsIllegalCd()
    {
        if (Get(cd[0], 31, 31) == 0)
            return true;
        if (Get(cd[0], 41, 41) == 0 && !ids.ShortTables)
            return true;
        for (var half = 0; half < 2; half++)
        {
            if (IsOff(half))
                continue;
            if (Granule1(half) is not { } granule || !ids.HasGranule(granule))
                return true;
            var size = (int)Get(cd[0], half == 0 ? 5 : 21, half == 0 ? 0 : 16);
            if (size < (granule == 16 && ids.LargeVirtual ? 12 : 16))
                return true;
            if (
                size
                > (
                    ids.SmallTables
                        ? granule == 16
                            ? 47
                            : 48
                        : 39
                )
            )
                return true;
            if (Beyond(Get(cd[1 + half], 51, 4) << 4, granule == 16 ? Output1 : Math.Min(48, Output1)))
                return true;
        }

        if (!(IsOff(0) && IsOff(1)) && !ids.Allows(bigEndian: Get(cd[0], 15, 15) == 1))
            return true;
        if (!ids.Asid16 && Get(cd[0], 63, 56) != 0)
            return true;
        if (IsIllegalUpdate(Get(cd[0], 43, 43) == 1, Get(cd[0], 42, 42) == 1, Get(cd[1], 3, 3) == 1))
            return true;
        var stalls = Get(cd[0], 44, 44) == 1;
        if (stalls && (ids.StallModel == 1 || Get(ste[1], 27, 27) == 1))
            return true;
        if (!stalls && ids.StallModel == 2)
            return true;
        return ids.TerminateAborts && Get(cd[0], 46, 46) == 0;
    }

    private bool IsOff(int half) => Get(cd[0], half == 0 ? 14 : 30, half == 0 ? 14 : 30) == 1;

    private int Output1 => ids.Effective((int)Get(cd[0], 34, 32));

    private int? Granule1(int half) =>
        half == 0
            ? Get(cd[0], 7, 6) switch
            {
                0 => 12,
                1 => 16,
                2 => 14,
                _ => null,
            }
            : Get(cd[0], 23, 22) switch
            {
                1 => 14,
                2 => 12,
                3 => 16,
                _ => null,
            };

    private ulong Stage1()
    {
        var address = transaction.Address;
        var upper = Get(address, 55, 55) == 1;
        if (Get(cd[0], upper ? 39 : 38, upper ? 39 : 38) == 1)
        {
            // TBI: the top byte is whatever bit 55 says.
            for (var bit = 56; bit < 64; bit++)
                address = upper ? address | (1ul << bit) : address & ~(1ul << bit);
        }

        var half = upper ? 1 : 0;
        if (IsOff(half))
            throw Fault(0x10);
        var granule = Granule1(half)!.Value;
        var input = 64 - (int)Get(cd[0], upper ? 21 : 5, upper ? 16 : 0);
        for (var bit = input; bit < 64; bit++)
        {
            if (Get(address, bit, bit) == 1 != upper)
                throw Fault(0x10);
        }

        var controls = cd[1 + half];
        if (ids.E0pd && Get(controls, 2, 2) == 1 && !privileged)
            throw Fault(0x10);
        var flat = ids.Had && Get(controls, 1, 1) == 1;

        // Go up from the last level until the table at hand sees all bits.
        var level = 3;
        while (granule + ((3 - level) * (granule - 3)) + (granule - 3) < input)
            level--;
        var shift = granule + ((3 - level) * (granule - 3));
        var table = Clear(Get(controls, 51, 4) << 4, Math.Max(input - shift + 3, Output1 == 52 ? 6 : 4));
        var index = Get(address, input - 1, shift);
        var (readOnly, noUser, noUserFetch, noPrivilegedFetch) = (false, false, false, false);
        while (true)
        {
            var place = table + (index * 8);
            var at = Stage2On ? Stage2(place, Read, ClassTable) : place;
            var fetch = new NaiveDescriptor(NaiveFetch.Stage1)
            {
                Level = level,
                Granule = granule,
                OutputSize = Output1,
                BigEndian = Get(cd[0], 15, 15) == 1,
            };
            if (!ReadDescriptor(at, fetch, out var descriptor))
                throw WalkAbort(at, stage2: false, ClassTable);
            if (!IsValid(descriptor, level, granule))
                throw Fault(0x10);
            var isTable = level < 3 && Get(descriptor, 1, 1) == 1;
            var output = OutputOf(descriptor, isTable ? granule : shift, granule);
            if (Beyond(output, Output1))
                throw Fault(0x11);
            if (!isTable)
            {
                var updatesAccess = Get(cd[0], 43, 43) == 1;
                if (Get(descriptor, 10, 10) == 0 && !updatesAccess && Get(cd[0], 35, 35) == 0)
                    throw Fault(0x12);
                var updatesDirty = updatesAccess && Get(cd[0], 42, 42) == 1 && Get(descriptor, 51, 51) == 1;
                var access = Get(descriptor, 10, 10) == 0 && updatesAccess ? Accessed : 0;
                var dirty = updatesDirty && Get(descriptor, 7, 7) == 1 && !transaction.IsRead ? Access7 : 0;
                readOnly |= Get(descriptor, 7, 7) == 1 && !updatesDirty;
                noUser |= Get(descriptor, 6, 6) == 0;
                noUserFetch |= Get(descriptor, 54, 54) == 1;
                noPrivilegedFetch |= Get(descriptor, 53, 53) == 1;
                if (!May1(readOnly, noUser, noUserFetch, noPrivilegedFetch))
                {
                    // AF may be set before a permission fault. With both stages that could itself fault, and the plain choice is that it was not set.
                    if (!Stage2On)
                        Update(at, fetch, 0, access);
                    throw Fault(0x13);
                }

                Update1(access | dirty);
                Leaves.Add((1, granule, input, level));
                return output + Get(address, shift - 1, 0);
            }

            if (ids.Updates == 3 && Get(cd[1], 3, 3) == 1 && Get(descriptor, 10, 10) == 0)
                Update1(Accessed);
            if (!flat)
            {
                readOnly |= Get(descriptor, 62, 62) == 1;
                noUser |= Get(descriptor, 61, 61) == 1;
                noUserFetch |= Get(descriptor, 60, 60) == 1;
                noPrivilegedFetch |= Get(descriptor, 59, 59) == 1;
            }

            table = output;
            level++;
            shift = granule + ((3 - level) * (granule - 3));
            index = Get(address, shift + granule - 4, shift);

            // The update of a stage-1 descriptor is a write through stage 2.
            void Update1(ulong bits)
            {
                if (bits == 0)
                    return;
                if (Stage2On)
                    Stage2(place, Write, ClassTable);
                Update(at, fetch, bits, 0);
            }
        }
    }

    private bool May1(bool readOnly, bool noUser, bool noUserFetch, bool noPrivilegedFetch)
    {
        var writableByUser = !noUser && !readOnly;
        var neverWritableAndFetched = Get(cd[0], 36, 36) == 1;
        if (privileged)
        {
            if (instruction)
                return !noPrivilegedFetch && !writableByUser && !(neverWritableAndFetched && !readOnly);
            if (Get(cd[0], 40, 40) == 1 && !noUser)
                return false;
            return transaction.IsRead || !readOnly;
        }

        if (instruction)
            return !noUserFetch && !noUser && !(neverWritableAndFetched && writableByUser);
        return transaction.IsRead ? !noUser : writableByUser;
    }

    private ulong Stage2(ulong intermediate, int access, int why)
    {
        var granule = Get(ste[2], 47, 46) switch
        {
            0 => 12,
            1 => 16,
            _ => 14,
        };
        var input = 64 - (int)Get(ste[2], 37, 32);
        var size = ids.Effective((int)Get(ste[2], 50, 48));
        if (Beyond(intermediate, input))
            throw Fault2(0x10, intermediate, why, access);
        var level = StartLevel2(granule)!.Value;
        var shift = granule + ((3 - level) * (granule - 3));
        var table = Clear(Get(ste[3], 51, 4) << 4, Math.Max(input - shift + 3, size == 52 ? 6 : 4));
        var index = Get(intermediate, input - 1, shift);
        while (true)
        {
            var at = table + (index * 8);
            var fetch = new NaiveDescriptor(NaiveFetch.Stage2)
            {
                Level = level,
                Granule = granule,
                OutputSize = size,
                BigEndian = Get(ste[2], 52, 52) == 1,
            };
            if (!ReadDescriptor(at, fetch, out var descriptor))
                throw WalkAbort(at, stage2: true, why);
            if (!IsValid(descriptor, level, granule))
                throw Fault2(0x10, intermediate, why, access);
            var isTable = level < 3 && Get(descriptor, 1, 1) == 1;
            var output = OutputOf(descriptor, isTable ? granule : shift, granule);
            if (Beyond(output, size))
                throw Fault2(0x11, intermediate, why, access);
            if (!isTable)
            {
                var updatesAccess = Get(ste[2], 56, 56) == 1;
                if (Get(descriptor, 10, 10) == 0 && !updatesAccess && Get(ste[2], 53, 53) == 0)
                    throw Fault2(0x12, intermediate, why, access);
                var clean = updatesAccess && Get(ste[2], 55, 55) == 1 && Get(descriptor, 51, 51) == 1 && Get(descriptor, 7, 7) == 0;
                var accessed = Get(descriptor, 10, 10) == 0 && updatesAccess ? Accessed : 0;
                var device = Get(descriptor, 5, 4) == 0;
                var isWalkOfDevice = why != ClassInput && Stage1On && Get(ste[2], 54, 54) == 1 && device;
                if (isWalkOfDevice || !(May2(descriptor, access) || (access == Write && clean)))
                {
                    Update(at, fetch, 0, accessed);
                    throw Fault2(0x13, intermediate, why, access);
                }

                // The page of a stage-1 table may become dirty by speculation.
                Update(at, fetch, accessed | (clean && access == Write ? Access7 : 0), clean && access == Read && why == ClassTable ? Access7 : 0);
                Leaves.Add((2, granule, input, level));
                return output + Get(intermediate, shift - 1, 0);
            }

            if (ids.Updates == 3 && Get(ste[2], 59, 59) == 1 && Get(descriptor, 10, 10) == 0)
                Update(at, fetch, Accessed, 0);
            table = output;
            level++;
            shift = granule + ((3 - level) * (granule - 3));
            index = Get(intermediate, shift + granule - 4, shift);
        }
    }

    private bool ReadDescriptor(ulong at, NaiveDescriptor fetch, out ulong descriptor)
    {
        if (!memory.TryRead(at, fetch, out descriptor))
            return false;
        if (Updates.TryGetValue(at, out var update))
            descriptor = update.Old ^ update.Must;
        if (fetch.BigEndian)
            descriptor = Reversed(descriptor);
        return true;
    }

    private void Update(ulong at, NaiveDescriptor fetch, ulong must, ulong may)
    {
        if ((must | may) == 0)
            return;
        memory.TryRead(at, fetch, out var old);
        if (fetch.BigEndian)
            (must, may) = (Reversed(must), Reversed(may));
        if (Updates.TryGetValue(at, out var earlier))
            (must, may) = (must | earlier.Must, may | earlier.May);
        Updates[at] = (old, must, may & ~must);
    }

    private bool May2(ulong descriptor, int access)
    {
        if (access == Read)
            return Get(descriptor, 6, 6) == 1;
        if (access == Write)
            return Get(descriptor, 7, 7) == 1;
        if (Get(descriptor, 6, 6) == 0)
            return false;
        if (!ids.Xnx)
            return Get(descriptor, 54, 54) == 0;
        return Get(descriptor, 54, 53) switch
        {
            0 => true,
            1 => !privileged,
            2 => false,
            _ => privileged,
        };
    }

    private bool IsValid(ulong descriptor, int level, int granule)
    {
        if (Get(descriptor, 0, 0) == 0)
            return false;
        if (level == 3)
            return Get(descriptor, 1, 1) == 1;
        if (Get(descriptor, 1, 1) == 1)
            return true;
        return granule switch
        {
            12 => level is 1 or 2,
            14 => level == 2,
            _ => level == 2 || (level == 1 && ids.OutputSize == 52),
        };
    }

    private ulong OutputOf(ulong descriptor, int lowest, int granule)
    {
        var output = Get(descriptor, 47, lowest) << lowest;
        return granule == 16 && ids.OutputSize == 52 ? output + (Get(descriptor, 15, 12) << 48) : output;
    }

    private static ulong Reversed(ulong word)
    {
        var reversed = 0ul;
        for (var i = 0; i < 8; i++)
            reversed |= Get(word, (8 * i) + 7, 8 * i) << (56 - (8 * i));
        return reversed;
    }

    // What is recorded. Fields that may hold anything are left out of the mask.
    private static NaiveFault Silent() => new(new() { Reply = SmmuReply.Aborted });

    private NaiveFault BadStream() => registers.RecordsBadStreams ? Configuration(0x02) : Silent();

    private NaiveFault Configuration(byte type)
    {
        var (word, mask) = Header(type);
        if (type == 0x06)
            (word, mask) = (type | ((ulong)transaction.StreamId << 32), ulong.MaxValue);
        if (type == 0x08)
            mask &= ~(1ul << 11);
        return new(
            new()
            {
                Reply = SmmuReply.Aborted,
                Fault = type,
                Recorded = true,
                Event0 = word,
                Mask0 = mask,
                Mask1 = ulong.MaxValue,
                Mask3 = ulong.MaxValue,
            }
        );
    }

    private NaiveFault FetchFault(byte type, ulong address)
    {
        var (word, mask) = Header(type);
        return new(
            new()
            {
                Reply = SmmuReply.Aborted,
                Fault = type,
                Recorded = true,
                Event0 = word,
                Mask0 = mask,
                Mask1 = ~0xffff_0000ul,
                Event3 = address,
                Mask3 = ulong.MaxValue,
            }
        );
    }

    private NaiveFault WalkAbort(ulong address, bool stage2, int why) =>
        Full(0x0b, stage2, why, address, 1ul << 44 | 0xffff_ffff, 0, recorded: true, SmmuReply.Aborted);

    private NaiveFault SizeWithoutStage1() => Full(0x11, false, ClassInput, 0, 1ul << 44, 0x000f_ffff_ffff_f000, recorded: true, SmmuReply.Aborted);

    private NaiveFault Fault(byte type)
    {
        var stalls = Get(cd[0], 44, 44) == 1;
        var reply =
            stalls ? SmmuReply.Stalled
            : Get(cd[0], 46, 46) == 1 ? SmmuReply.Aborted
            : SmmuReply.ReadAsZeroWriteIgnored;
        return Full(type, false, ClassInput, 0, 1ul << 44, 0x000f_ffff_ffff_f000, stalls || Get(cd[0], 45, 45) == 1, reply);
    }

    private NaiveFault Fault2(byte type, ulong intermediate, int why, int access)
    {
        var stalls = Get(ste[2], 57, 57) == 1;
        var unknown = type == 0x13 && why == ClassTable ? 0 : 1ul << 44;
        return Full(
            type,
            true,
            why,
            Clear(intermediate, 12) & 0x000f_ffff_ffff_ffff,
            unknown,
            0,
            stalls || Get(ste[2], 58, 58) == 1,
            stalls ? SmmuReply.Stalled : SmmuReply.Aborted,
            access != Write
        );
    }

    private NaiveFault Full(byte type, bool stage2, int why, ulong last, ulong unknown1, ulong unknown3, bool recorded, SmmuReply reply, bool readsTable = true)
    {
        if (!recorded)
            return new(
                new()
                {
                    Reply = reply,
                    Fault = type,
                    Stage2 = stage2,
                    Class = why,
                }
            );
        var (word, mask) = Header(type);
        var second =
            (reply == SmmuReply.Stalled ? 1ul << 31 : 0)
            | (privileged ? 1ul << 33 : 0)
            | (instruction ? 1ul << 34 : 0)
            | (transaction.IsRead ? 1ul << 35 : 0)
            | (stage2 ? 1ul << 39 : 0)
            | ((ulong)why << 40)
            | (type == 0x13 && stage2 && why == ClassTable && readsTable ? 1ul << 44 : 0);
        return new(
            new()
            {
                Reply = reply,
                Fault = type,
                Stage2 = stage2,
                Class = why,
                Recorded = true,
                Event0 = word,
                Mask0 = mask,
                Event1 = second,
                Mask1 = ~(unknown1 | 0xffff),
                Event2 = transaction.Address,
                Event3 = last,
                Mask3 = ~unknown3,
            }
        );
    }

    private (ulong Word, ulong Mask) Header(byte type)
    {
        var word = type | ((ulong)transaction.StreamId << 32);
        return transaction.HasSubstream ? (word | (1ul << 11) | ((ulong)transaction.SubstreamId << 12), ulong.MaxValue) : (word, ~0xffff_f000ul);
    }

    private sealed class NaiveFault(NaiveOutcome outcome) : Exception
    {
        public NaiveOutcome Outcome => outcome;
    }
}
