using Conformance.Model.Smmu.Device;

namespace Conformance.Tests.Smmu.Translation.Walker;

/// <summary>
/// Registers, structures and tables that are made up while they are read: the first reader of a doubleword gets something that makes sense where it stands,
/// or with a certain rate something that does not, and every later reader gets the same. One number makes one world.
/// </summary>
internal sealed class RandomWorld : INaiveMemory
{
    /// <summary>Where every access ends with an external abort.</summary>
    public const ulong HoleStart = 0x3000_0000,
        HoleEnd = 0x4000_0000;

    private readonly Dictionary<ulong, ulong> memory = [];
    private readonly ulong[] structure = new ulong[8];
    private ulong state;
    private NaiveIds ids = null!;
    private int defects,
        pick,
        reach,
        contexts;

    /// <summary>The registers of the world.</summary>
    public NaiveRegisters Registers { get; private set; } = null!;

    /// <summary>Begins another world.</summary>
    public void Begin(SmmuCapabilities capabilities, NaiveIds naive, ulong seed)
    {
        state = seed * 0x9e37_79b9_7f4a_7c15;
        ids = naive;
        memory.Clear();
        // Half of the worlds are made without a defect; the others have one in so many choices.
        defects =
            Below(2) == 0 ? 0
            : Below(2) == 0 ? 60
            : 15;
        pick = Below(16);
        reach = Below(12) == 0 ? 16 + Below(37) : 25 + Below(19);
        contexts = ids.SubstreamBits != 0 && Below(3) == 0 ? 1 + Below(ids.SubstreamBits) : 0;
        var log2Size = Below(12) == 0 ? Below(ids.StreamBits + 1) : Math.Min(ids.StreamBits, 8 + Below(9));
        var twoLevel = capabilities.StLevel == 1 && Below(2) == 0;
        Registers = new()
        {
            Enabled = Below(100) != 0,
            GbpaAbort = Below(4) == 0,
            RecordsBadStreams = Below(2) == 0,
            StreamTable =
                Clear(
                    Address(Math.Min(44, ids.OutputSize)),
                    twoLevel ? 6
                        : Below(4) == 0 ? 6
                        : log2Size + 6
                ) & 0x000f_ffff_ffff_ffc0,
            Log2Size = log2Size,
            TwoLevel = twoLevel,
            Split = Below(8) == 0 ? Below(16) : 6 + (2 * Below(3)),
        };
    }

    /// <summary>A transaction for this world.</summary>
    public SmmuTransaction Transaction()
    {
        var stream = Below(24) == 0 ? (uint)Next() & (0x1ffffu >> Below(16)) : (uint)(5 + Below(2)) & ((1u << Math.Min(31, Registers.Log2Size)) - 1);
        var substream = ids.SubstreamBits != 0 && Below(contexts != 0 ? 2 : 40) == 0;
        var length = 1 << Below(4);
        // Most addresses are within reach of the tables, some of them in the upper half; others carry a top byte or are anything.
        var address = Next() >> (64 - reach);
        if (pick < 4 || pick >= 7 ? Below(4) == 0 : Below(40) == 0)
            address |= ~0ul << reach;
        if (Below(20) == 0)
            address ^= (ulong)Below(256) << 56;
        if (Below(40) == 0)
            address = Next() >> Below(64);
        return new(stream, address & ~(ulong)(length - 1), Below(3) != 0, length)
        {
            HasSubstream = substream,
            SubstreamId = substream ? (uint)Below(1 << Below(Math.Min(20, contexts + 1) + 1)) & 0xfffff : 0,
            IsInstruction = ids.CanOverridePermissions && Below(4) == 0,
            IsPrivileged = ids.CanOverridePermissions && Below(2) == 0,
        };
    }

    public bool TryRead(ulong address, NaiveDescriptor reader, out ulong value)
    {
        if (TryRecall(address, out value))
            return true;
        if (address is >= HoleStart and < HoleEnd)
            return false;
        switch (reader.Fetch)
        {
            case NaiveFetch.Level1Stream:
                Store(address, Level1Stream());
                break;
            case NaiveFetch.Level1Context:
                Store(address, Level1Context());
                break;
            case NaiveFetch.Stream:
                Stream();
                StoreStructure();
                break;
            case NaiveFetch.Context:
                Context();
                StoreStructure();
                break;
            default:
                var descriptor = Descriptor(reader);
                Store(address, reader.BigEndian ? System.Buffers.Binary.BinaryPrimitives.ReverseEndianness(descriptor) : descriptor);
                break;
        }

        return TryRecall(address, out value);

        void StoreStructure()
        {
            for (var i = 0; i < 8; i++)
                Store(address + (8ul * (uint)(i - reader.Word)), structure[i]);
        }
    }

    /// <summary>What was read before; false for what nobody read, and for the hole.</summary>
    public bool TryRecall(ulong address, out ulong value) => memory.TryGetValue(address, out value) && address is < HoleStart or >= HoleEnd;

    private static ulong Clear(ulong address, int bits) => bits >= 64 ? 0 : address >> bits << bits;

    private static void Put(ref ulong word, int low, ulong value) => word |= value << low;

    private void Store(ulong address, ulong value) => memory.TryAdd(address, value);

    private ulong Next()
    {
        state += 0x9e37_79b9_7f4a_7c15;
        var z = state;
        z = (z ^ (z >> 30)) * 0xbf58_476d_1ce4_e5b9;
        z = (z ^ (z >> 27)) * 0x94d0_49bb_1331_11eb;
        return z ^ (z >> 31);
    }

    private int Below(int bound) => (int)((Next() >> 33) % (uint)bound);

    private bool Defect() => defects != 0 && Below(defects) == 0;

    private bool Coin() => Below(2) == 0;

    // An address of so many bits, now and then in the hole.
    private ulong Address(int bits)
    {
        if (defects != 0 && Below(6 * defects) == 0)
            return HoleStart + (Next() % (HoleEnd - HoleStart));
        var address = Next() & ((1ul << bits) - 1);
        return address is >= HoleStart and < HoleEnd ? address ^ HoleStart : address;
    }

    private ulong Level1Stream()
    {
        var word = Address(ids.OutputSize) & 0x000f_ffff_ffff_ffc0;
        var split = Registers.Split is 6 or 8 or 10 ? Registers.Split : 6;
        return word | (uint)(Defect() ? Below(32) : split + 1);
    }

    private ulong Level1Context() => (Address(ids.OutputSize) & 0x000f_ffff_ffff_f000) | (Defect() ? 0ul : 1) | (Defect() ? 1ul << 50 : 0);

    private void Stream()
    {
        Array.Clear(structure);
        ref var d0 = ref structure[0];
        ref var d1 = ref structure[1];
        ref var d2 = ref structure[2];
        var config = Below(40) switch
        {
            0 or 1 => 4,
            2 => Below(4),
            _ => Wanted(),
        };
        if (Defect())
            config = Below(8);
        Put(ref d0, 0, Defect() ? 0ul : 1);
        Put(ref d0, 1, (ulong)config);
        var nested = config == 7;
        var count = Defect() ? Below(32) : contexts;
        var format = Below(4);
        Put(ref d0, 4, ids.TwoLevelContexts || count == 0 || Defect() ? (uint)format : 0);
        Put(ref d0, 59, (ulong)count);

        // The pointer is aligned to any table that it may be the base of, and an intermediate address that stage 2 may well take.
        var bits = nested ? 30 + Below(6) : ids.OutputSize;
        var pointer = Clear(Address(bits), count + 6) & 0x000f_ffff_ffff_ffc0;
        if (!nested && ids.OutputSize < 52 && Defect())
            pointer |= 1ul << ids.OutputSize;
        d0 |= pointer;
        Put(ref d1, 0, Below(3) != 0 ? 2u : (uint)Below(4));
        if (ids.StallModel == 0 ? Below(8) == 0 : Defect())
            Put(ref d1, 27, 1);
        if (ids.Ats && Below(8) == 0)
            Put(ref d1, 28, (uint)Below(3));
        if (ids.Hypervisor ? config == 5 && Defect() : Below(8) == 0)
            Put(ref d1, 30, ids.Hypervisor ? 1u : (uint)Below(4));
        Put(ref d1, 44, 1);
        if (Below(6) == 0)
            Put(ref d1, 48, (uint)Below(4));
        if (Below(6) == 0)
            Put(ref d1, 50, (uint)Below(4));
        Put(ref d2, 0, Next() & (ids.Vmid16 || Defect() ? 0xffffu : 0xff));
        if (config < 6)
        {
            // The fields of a stage that is off hold anything.
            if (Coin())
                d2 |= Next() & 0x07ff_ffff_0000_0000 & ~(1ul << 57);
            if (Coin())
                structure[3] = Next();
            return;
        }

        Stage2Fields(nested);
    }

    private int Wanted() =>
        (ids.HasStage1, ids.HasStage2) switch
        {
            (true, false) => 5,
            (false, true) => 6,
            _ => pick switch
            {
                < 4 => 5,
                < 7 => 6,
                _ => 7,
            },
        };

    private void Stage2Fields(bool nested)
    {
        ref var d2 = ref structure[2];
        var granules = Enumerable.Range(0, 3).Where(code => ids.HasGranule(GranuleOf(code))).ToArray();
        var code = Defect() ? Below(4) : granules[Below(granules.Length)];
        var granule = GranuleOf(code);
        var size = Below(4) == 0 ? Below(8) : 6;
        var output = ids.Effective(size);

        // Only sizes that some start level fits.
        int input,
            level,
            select;
        do
        {
            input = 64 - (64 - ids.IntermediateSize + Below(ids.IntermediateSize - 15));
            select = Below(4);
            level =
                granule == 12
                    ? select == 3
                        ? 3
                        : 2 - select
                    : 3 - select;
        } while (!Fits());
        if (Defect())
            select = Below(4);
        if (Defect())
            input = Below(64);
        Put(ref d2, 32, (ulong)(64 - input) & 0x3f);
        Put(ref d2, 38, (ulong)select);
        Put(ref d2, 46, (ulong)code);
        Put(ref d2, 48, (ulong)size);
        Put(ref d2, 51, Defect() ? 0ul : 1);
        var big = ids.Allows(true) && (!ids.Allows(false) || Below(4) == 0);
        Put(ref d2, 52, big ^ Defect() ? 1ul : 0);
        Put(ref d2, 53, Coin() ? 1ul : 0);
        Put(ref d2, 54, Below(4) == 0 ? 1ul : 0);
        Put(ref d2, 55, Updating(out var tables));
        Put(ref d2, 59, tables);
        Put(
            ref d2,
            57,
            ids.StallModel == 0 ? (uint)(Below(4) == 0 ? 1 : 0)
                : (ids.StallModel == 2) ^ Defect() ? 1ul
                : 0
        );
        Put(ref d2, 58, Below(8) != 0 ? 1ul : 0);
        var top = granule == 16 ? output : Math.Min(48, output);
        structure[3] = (Defect() ? Next() : Clear(Address(top), Coin() ? 4 : Math.Min(20, top))) & 0x000f_ffff_ffff_fff0;

        bool Fits()
        {
            var shift = granule + ((3 - level) * (granule - 3));
            if (select == 3 && (granule != 12 || !ids.SmallTables))
                return false;
            if (
                input > (granule == 16 ? 52 : 48)
                || input
                    < (
                        ids.SmallTables
                            ? granule == 16
                                ? 17
                                : 16
                            : 25
                    )
            )
                return false;
            // What stage 1 puts out, or the master, is mostly in range.
            return input > shift && input <= shift + granule - 3 + 4 && (input >= (nested ? 34 : Math.Min(reach, ids.IntermediateSize)) || Below(400) == 0);
        }
    }

    private static int GranuleOf(int code) =>
        code switch
        {
            0 => 12,
            1 => 16,
            _ => 14,
        };

    private void Context()
    {
        Array.Clear(structure);
        ref var d0 = ref structure[0];
        var size = Below(4) == 0 ? Below(8) : 6;
        var output = ids.Effective(size);
        var off0 = Below(16) == 0;
        var off1 = Below(4) == 0;
        Half(0, off0, output);
        Half(1, off1, output);
        Put(ref d0, 14, off0 ? 1ul : 0);
        Put(ref d0, 30, off1 ? 1ul : 0);
        var big = ids.Allows(true) && (!ids.Allows(false) || Below(4) == 0);
        Put(ref d0, 15, big ^ Defect() ? 1ul : 0);
        Put(ref d0, 31, Defect() ? 0ul : 1);
        Put(ref d0, 32, (ulong)size);
        Put(ref d0, 35, Coin() ? 1ul : 0);
        Put(ref d0, 36, Below(6) == 0 ? 1ul : 0);
        Put(ref d0, 38, (uint)Below(4));
        Put(ref d0, 40, Below(6) == 0 ? 1ul : 0);
        Put(ref d0, 41, Defect() ? 0ul : 1);
        Put(ref d0, 42, Updating(out var tables));
        Put(ref structure[1], 3, tables);
        Put(
            ref d0,
            44,
            ids.StallModel == 0 ? (uint)(Below(6) == 0 ? 1 : 0)
                : (ids.StallModel == 2) ^ Defect() ? 1ul
                : 0
        );
        Put(ref d0, 45, Below(8) != 0 ? 1ul : 0);
        Put(ref d0, 46, (ids.TerminateAborts || Coin()) ^ Defect() ? 1ul : 0);
        Put(ref d0, 47, Coin() ? 1ul : 0);
        Put(ref d0, 48, Next() & (ids.Asid16 || Defect() ? 0xffffu : 0xff));
    }

    // Dirty state in bit 0, access flag in bit 1; whether tables have one counts with HTTU=3 only.
    private uint Updating(out uint tables)
    {
        tables = Below(3) == 0 ? 1u : 0;
        if (Defect())
            return (uint)Below(4);
        if (tables == 1 && ids.Updates == 3)
            return 2u + (uint)Below(2);
        return ids.Updates switch
        {
            0 => 0,
            1 => (uint)Below(2) << 1,
            _ => (uint)Below(4),
        };
    }

    private void Half(int half, bool off, int output)
    {
        ref var d0 = ref structure[0];
        var granules = Enumerable.Range(0, 3).Where(code => ids.HasGranule(GranuleOf(code))).ToArray();
        var granule = GranuleOf(granules[Below(granules.Length)]);
        var least = granule == 16 && ids.LargeVirtual ? 12 : 16;
        var most = ids.SmallTables
            ? granule == 16
                ? 47
                : 48
            : 39;
        var size = Below(12) == 0 ? least + Below(most - least + 1) : least + Below(Math.Max(1, Math.Min(most, 64 - reach) - least + 1));
        if (off && Coin())
            size = Below(64);
        if (Defect())
            size = Below(64);
        Put(ref d0, half == 0 ? 0 : 16, (ulong)size);
        var code =
            half == 0
                ? granule switch
                {
                    12 => 0,
                    16 => 1,
                    _ => 2,
                }
                : granule switch
                {
                    14 => 1,
                    12 => 2,
                    _ => 3,
                };
        if (Defect())
            code = Below(4);
        Put(ref d0, half == 0 ? 6 : 22, (ulong)code);
        var top = granule == 16 ? output : Math.Min(48, output);
        ref var word = ref structure[1 + half];
        word = (Defect() || (off && Coin()) ? Next() : Clear(TableBase(top), Coin() ? 4 : 20)) & 0x000f_ffff_ffff_fff0;
        Put(ref word, 1, Below(4) == 0 ? 1ul : 0);
        Put(ref word, 2, Below(12) == 0 ? 1ul : 0);
    }

    // What stage 1 puts out is often an intermediate address, which has to be in range of stage 2.
    private ulong TableBase(int top) => Address(ids.HasStage2 && pick >= 7 && Below(30) != 0 ? Math.Min(top, 30 + Below(4)) : top);

    private ulong Descriptor(NaiveDescriptor reader)
    {
        if (Defect())
            return Below(3) == 0 ? Next() : Next() & ~3ul | (uint)Below(4);
        var block =
            reader.Level < 3
            && Below(5) == 0
            && (
                reader.Granule switch
                {
                    12 => reader.Level is 1 or 2,
                    14 => reader.Level == 2,
                    _ => reader.Level == 2 || (reader.Level == 1 && ids.OutputSize == 52),
                }
            );
        var size = reader.Granule == 16 ? reader.OutputSize : Math.Min(48, reader.OutputSize);
        var table = reader.Level < 3 && !block;
        var output = Clear(
            reader.Fetch == NaiveFetch.Stage1 ? TableBase(size) : Address(size),
            table || reader.Level == 3 ? reader.Granule : reader.Granule + ((3 - reader.Level) * (reader.Granule - 3))
        );
        if (Below(40) == 0 && size < 48)
            output |= 1ul << (size + Below(48 - size));
        var descriptor = output & 0x0000_ffff_ffff_f000;
        // In 64KB tables of 52 bits the top bits of the address stand at the bottom. They are junk otherwise.
        if (reader.Granule == 16)
            descriptor = descriptor & ~0xf000ul | (ids.OutputSize == 52 ? output >> 48 << 12 : 0);
        if (table)
        {
            descriptor |= 3 | (Below(4) == 0 ? Next() & 0x7800_0000_0000_0000 : 0);
            return Coin() ? descriptor : descriptor | (Next() & 0x0000_0000_0000_0ffc);
        }

        descriptor |= block ? 1ul : 3;
        // Memory attributes, shareability, contiguous hint, software bits.
        descriptor |= Next() & 0x0788_0000_0000_0b3c;
        descriptor |= Below(8) == 0 ? 1ul << 52 : 0;
        descriptor |= Below(ids.Updates == 0 ? 24 : 8) == 0 ? 0 : 1ul << 10;
        if (reader.Fetch == NaiveFetch.Stage2)
            return descriptor
                | (
                    Below(12) == 0 ? (ulong)Below(4) << 6
                    : ids.Updates >= 2 && Below(4) == 0 ? 1ul << 6
                    : 3ul << 6
                )
                | (Below(8) == 0 ? Next() & (3ul << 53) : 0);
        return descriptor | (Below(ids.Updates >= 2 ? 3 : 8) == 0 ? 1ul << 7 : 0) | (Below(8) == 0 ? 0 : 1ul << 6) | (Below(6) == 0 ? Next() & (3ul << 53) : 0);
    }
}
