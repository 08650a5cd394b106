using Conformance.Model.Smmu.Device;

namespace Conformance.Tests.Smmu.Translation.Walker;

/// <summary>What <see cref="NaiveWalker"/> takes from the identification registers, with its own bit positions.</summary>
internal sealed class NaiveIds(uint idr0, uint idr1, uint idr3, uint idr5, uint aidr)
{
    private static readonly int[] sizes = [32, 36, 40, 42, 44, 48, 52, 52];

    public bool HasStage1 => Bit(idr0, 1);

    public bool HasStage2 => Bit(idr0, 0);

    public bool ShortTables => Bit(idr0, 2);

    public int Updates => (int)(idr0 >> 6 & 3);

    public bool Hypervisor => Bit(idr0, 9);

    public bool Ats => Bit(idr0, 10);

    public bool NoSplitAts => Bit(idr0, 11);

    public bool Asid16 => Bit(idr0, 12);

    public bool Vmid16 => Bit(idr0, 18);

    public bool TwoLevelContexts => Bit(idr0, 19);

    public int StallModel => (int)(idr0 >> 24 & 3);

    public bool TerminateAborts => Bit(idr0, 26);

    public int StreamBits => (int)(idr1 & 0x3f);

    public int SubstreamBits => (int)(idr1 >> 6 & 0x1f);

    public bool CanOverridePermissions => Bit(idr1, 26);

    public bool Had => Bit(idr3, 2);

    public bool Xnx => Bit(idr3, 4);

    public bool SmallTables => Bit(idr3, 9);

    public bool E0pd => Bit(idr3, 13);

    public bool LargeVirtual => (idr5 >> 10 & 3) == 1;

    public int Revision => (int)(aidr & 0xff);

    public int OutputSize => sizes[idr5 & 7];

    public int IntermediateSize => ShortTables ? Math.Max(40, OutputSize) : OutputSize;

    public int Effective(int code) => Math.Min(OutputSize, sizes[Revision == 0 ? Math.Min(code, 5) : code]);

    public bool HasGranule(int granule) =>
        Bit(
            idr5,
            granule switch
            {
                12 => 4,
                14 => 5,
                _ => 6,
            }
        );

    public bool Allows(bool bigEndian) =>
        (idr0 >> 21 & 3) switch
        {
            2 => !bigEndian,
            3 => bigEndian,
            _ => true,
        };

    private static bool Bit(uint word, int bit) => (word >> bit & 1) == 1;
}

/// <summary>The registers that translation looks at, field by field.</summary>
internal sealed record NaiveRegisters
{
    public bool Enabled { get; init; }

    public bool GbpaAbort { get; init; }

    public bool RecordsBadStreams { get; init; }

    public ulong StreamTable { get; init; }

    public int Log2Size { get; init; }

    public bool TwoLevel { get; init; }

    public int Split { get; init; }
}

/// <summary>What a read of memory is for.</summary>
internal enum NaiveFetch
{
    Level1Stream,
    Stream,
    Level1Context,
    Context,
    Stage1,
    Stage2,
}

/// <summary>Who reads memory and what would make sense there: memory that is made up while it is read looks at this.</summary>
internal readonly record struct NaiveDescriptor(NaiveFetch Fetch)
{
    /// <summary>Which doubleword of a structure.</summary>
    public int Word { get; init; }

    /// <summary>The level of a translation table.</summary>
    public int Level { get; init; }

    /// <summary>log2 of the granule of a translation table.</summary>
    public int Granule { get; init; }

    /// <summary>The effective size of output addresses in bits.</summary>
    public int OutputSize { get; init; }

    public bool BigEndian { get; init; }
}

/// <summary>Memory as <see cref="NaiveWalker"/> reads it.</summary>
internal interface INaiveMemory
{
    /// <summary>Reads a doubleword; false for an external abort.</summary>
    bool TryRead(ulong address, NaiveDescriptor reader, out ulong value);
}

/// <summary>How a transaction ends, with the record and the bits of it that count.</summary>
internal readonly record struct NaiveOutcome
{
    public SmmuReply Reply { get; init; }

    public ulong Address { get; init; }

    public bool Recorded { get; init; }

    /// <summary>Bit 0: stage 1 translated, bit 1: stage 2 did.</summary>
    public int Stages { get; init; }

    /// <summary>The type of the fault, recorded or not; 0 where there is no record to make.</summary>
    public byte Fault { get; init; }

    public bool Stage2 { get; init; }

    public int Class { get; init; }

    public ulong Event0 { get; init; }

    public ulong Event1 { get; init; }

    public ulong Event2 { get; init; }

    public ulong Event3 { get; init; }

    public ulong Mask0 { get; init; }

    public ulong Mask1 { get; init; }

    public ulong Mask3 { get; init; }
}
