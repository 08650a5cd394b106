using System.Buffers.Binary;
using Conformance.Drivers.Reference.Smmu;
using Conformance.Model.Smmu.Structures;

namespace Conformance.Drivers.Reference.Nested;

/// <summary>Stage-2 tables of 4 KiB with 39 bits of input, from level 1, in the memory of an SMMU. Leaves are pages, and blocks of 2 MiB.</summary>
internal sealed class Stage2Tables(MemorySmmu smmu, Func<ulong> allocate)
{
    public const ulong Page = 1 << 12,
        Block = 1 << 21;

    private const ulong Output = 0x0000_ffff_ffff_f000;

    /// <summary>The address of the top table.</summary>
    public ulong Root { get; } = allocate();

    /// <summary>Puts a leaf in.</summary>
    public void Map(ulong ipa, ulong pa, ulong size, bool isWritable, bool isTracked)
    {
        var place = Place(ipa, size == Block ? 2 : 3);
        var leaf = new TranslationDescriptor(pa)
        {
            Valid = true,
            IsTableOrPage = size == Page,
            MemAttr = 0xf,
            SH = 3,
            AF = true,
            S2AP = isWritable ? 3 : 1,
            DBM = isWritable && isTracked,
        };
        Write(place, leaf.Value);
    }

    /// <summary>The leaf that translates an address: its place, content and size; size 0 where there is none.</summary>
    public (ulong Place, TranslationDescriptor Leaf, ulong Size) Find(ulong ipa)
    {
        var table = Root;
        for (var level = 1; ; level++)
        {
            var place = table + ((ipa >> (39 - (9 * level)) & 511) * 8);
            var word = new TranslationDescriptor(Read(place));
            if (!word.Valid)
                return default;
            if (level == 3 || !word.IsTableOrPage)
                return (place, word, level == 3 ? Page : Block);
            table = word.Value & Output;
        }
    }

    /// <summary>Writes a descriptor.</summary>
    public void Write(ulong place, ulong value)
    {
        Span<byte> bytes = stackalloc byte[8];
        BinaryPrimitives.WriteUInt64LittleEndian(bytes, value);
        smmu.WriteMemory(place, bytes);
    }

    private ulong Place(ulong ipa, int leaf)
    {
        var table = Root;
        for (var level = 1; level < leaf; level++)
        {
            var place = table + ((ipa >> (39 - (9 * level)) & 511) * 8);
            var word = Read(place);
            if ((word & 3) != 3)
                Write(place, word = allocate() | 3);
            table = word & Output;
        }

        return table + ((ipa >> (39 - (9 * leaf)) & 511) * 8);
    }

    private ulong Read(ulong place)
    {
        Span<byte> bytes = stackalloc byte[8];
        smmu.ReadMemory(place, bytes);
        return BinaryPrimitives.ReadUInt64LittleEndian(bytes);
    }
}
