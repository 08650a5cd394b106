using System.Buffers.Binary;
using Conformance.Model.Smmu.Structures;

namespace Conformance.Model.Smmu.Translation;

/// <summary>Where a table walk is: its level, and what its descriptors are like.</summary>
internal struct WalkStep
{
    /// <summary>The granule of all levels.</summary>
    public Granule Granule;

    /// <summary>The bits of an output address.</summary>
    public int OutputSize;

    /// <summary>The order of the bytes of descriptors.</summary>
    public bool IsBigEndian;

    /// <summary>The level, 0..3.</summary>
    public int Level;

    /// <summary>The binary logarithm of the range of addresses that one descriptor stands for.</summary>
    public int Shift;

    /// <summary>The bits of the address that choose the descriptor; of all tables side by side at the first level of stage 2.</summary>
    public int IndexBits;

    public WalkStep(Granule granule, int inputSize, int level, int outputSize, bool isBigEndian)
    {
        Granule = granule;
        OutputSize = outputSize;
        IsBigEndian = isBigEndian;
        Level = level;
        Shift = (int)granule + (3 - level) * ((int)granule - 3);
        IndexBits = inputSize - Shift;
    }

    /// <summary>The address of the descriptor in a table.</summary>
    public readonly ulong In(ulong table, ulong address) => table + (Bits.Get(address, Shift + IndexBits - 1, Shift) << 3);

    /// <summary>One level down.</summary>
    public void Descend()
    {
        Level++;
        IndexBits = (int)Granule - 3;
        Shift -= IndexBits;
    }

    /// <summary>The binary logarithm of the number of members of a contiguous run.</summary>
    public readonly int RunBits =>
        Granule switch
        {
            Granule.Size4K => 4,
            Granule.Size16K => Level == 3 ? 7 : 5,
            _ => 5,
        };

    /// <summary>True for a descriptor that names a table.</summary>
    public readonly bool IsTable(TranslationDescriptor descriptor) => Level < 3 && descriptor.IsTableOrPage;

    /// <summary>A doubleword as a descriptor.</summary>
    public readonly TranslationDescriptor Read(ulong word) => new(Ordered(word));

    /// <summary>Bits of a descriptor as bits of a doubleword, and back.</summary>
    public readonly ulong Ordered(ulong word) => IsBigEndian ? BinaryPrimitives.ReverseEndianness(word) : word;
}
