using System.Buffers.Binary;

namespace Conformance.Model.Smmu.Structures;

/// <summary>A Context Descriptor: 64 bytes, aligned to 64. Doublewords 5 to 7 are kept and not interpreted.</summary>
public record struct ContextDescriptor
{
    /// <summary>How many bytes one takes in memory.</summary>
    public const int Length = 64;

    /// <summary>Doubleword 0.</summary>
    public ulong D0;

    /// <summary>Doubleword 1.</summary>
    public ulong D1;

    /// <summary>Doubleword 2.</summary>
    public ulong D2;

    /// <summary>Doubleword 3.</summary>
    public ulong D3;

    /// <summary>Doubleword 4.</summary>
    public ulong D4;

    /// <summary>Doubleword 5.</summary>
    public ulong D5;

    /// <summary>Doubleword 6.</summary>
    public ulong D6;

    /// <summary>Doubleword 7.</summary>
    public ulong D7;

    /// <summary>D0[5:0]: the size of the lower half is 64 - T0SZ bits.</summary>
    public int T0SZ
    {
        readonly get => (int)Bits.Get(D0, 5, 0);
        init => D0 = Bits.With(D0, 5, 0, (uint)value);
    }

    /// <summary>D0[7:6]: the granule of TTB0: 0 4 KiB, 1 64 KiB, 2 16 KiB, 3 reserved. See <see cref="Granule0"/>.</summary>
    public int TG0
    {
        readonly get => (int)Bits.Get(D0, 7, 6);
        init => D0 = Bits.With(D0, 7, 6, (uint)value);
    }

    /// <summary>D0[9:8]: inner cacheability of TTB0 walks.</summary>
    public int IR0
    {
        readonly get => (int)Bits.Get(D0, 9, 8);
        init => D0 = Bits.With(D0, 9, 8, (uint)value);
    }

    /// <summary>D0[11:10]: outer cacheability of TTB0 walks.</summary>
    public int OR0
    {
        readonly get => (int)Bits.Get(D0, 11, 10);
        init => D0 = Bits.With(D0, 11, 10, (uint)value);
    }

    /// <summary>D0[13:12]: shareability of TTB0 walks.</summary>
    public int SH0
    {
        readonly get => (int)Bits.Get(D0, 13, 12);
        init => D0 = Bits.With(D0, 13, 12, (uint)value);
    }

    /// <summary>D0[14]: TTB0 is not walked: an access to its half is a Translation fault.</summary>
    public bool EPD0
    {
        readonly get => Bits.Is(D0, 14);
        init => D0 = Bits.WithFlag(D0, 14, value);
    }

    /// <summary>D0[15]: the stage-1 tables are big-endian.</summary>
    public bool ENDI
    {
        readonly get => Bits.Is(D0, 15);
        init => D0 = Bits.WithFlag(D0, 15, value);
    }

    /// <summary>D0[21:16]: the size of the upper half is 64 - T1SZ bits.</summary>
    public int T1SZ
    {
        readonly get => (int)Bits.Get(D0, 21, 16);
        init => D0 = Bits.With(D0, 21, 16, (uint)value);
    }

    /// <summary>D0[23:22]: the granule of TTB1: 1 16 KiB, 2 4 KiB, 3 64 KiB, 0 reserved. See <see cref="Granule1"/>.</summary>
    public int TG1
    {
        readonly get => (int)Bits.Get(D0, 23, 22);
        init => D0 = Bits.With(D0, 23, 22, (uint)value);
    }

    /// <summary>D0[25:24]: inner cacheability of TTB1 walks.</summary>
    public int IR1
    {
        readonly get => (int)Bits.Get(D0, 25, 24);
        init => D0 = Bits.With(D0, 25, 24, (uint)value);
    }

    /// <summary>D0[27:26]: outer cacheability of TTB1 walks.</summary>
    public int OR1
    {
        readonly get => (int)Bits.Get(D0, 27, 26);
        init => D0 = Bits.With(D0, 27, 26, (uint)value);
    }

    /// <summary>D0[29:28]: shareability of TTB1 walks.</summary>
    public int SH1
    {
        readonly get => (int)Bits.Get(D0, 29, 28);
        init => D0 = Bits.With(D0, 29, 28, (uint)value);
    }

    /// <summary>D0[30]: TTB1 is not walked: an access to its half is a Translation fault.</summary>
    public bool EPD1
    {
        readonly get => Bits.Is(D0, 30);
        init => D0 = Bits.WithFlag(D0, 30, value);
    }

    /// <summary>D0[31]: V: the descriptor is valid.</summary>
    public bool Valid
    {
        readonly get => Bits.Is(D0, 31);
        init => D0 = Bits.WithFlag(D0, 31, value);
    }

    /// <summary>D0[34:32]: the size of output addresses, coded as STE.S2PS.</summary>
    public int IPS
    {
        readonly get => (int)Bits.Get(D0, 34, 32);
        init => D0 = Bits.With(D0, 34, 32, (uint)value);
    }

    /// <summary>D0[35]: AF=0 does not fault.</summary>
    public bool AFFD
    {
        readonly get => Bits.Is(D0, 35);
        init => D0 = Bits.WithFlag(D0, 35, value);
    }

    /// <summary>D0[36]: writable pages are never executed.</summary>
    public bool WXN
    {
        readonly get => Bits.Is(D0, 36);
        init => D0 = Bits.WithFlag(D0, 36, value);
    }

    /// <summary>D0[37]: pages that unprivileged code can write are never executed privileged.</summary>
    public bool UWXN
    {
        readonly get => Bits.Is(D0, 37);
        init => D0 = Bits.WithFlag(D0, 37, value);
    }

    /// <summary>D0[38]: the top byte of addresses of the lower half is ignored.</summary>
    public bool TBI0
    {
        readonly get => Bits.Is(D0, 38);
        init => D0 = Bits.WithFlag(D0, 38, value);
    }

    /// <summary>D0[39]: the top byte of addresses of the upper half is ignored.</summary>
    public bool TBI1
    {
        readonly get => Bits.Is(D0, 39);
        init => D0 = Bits.WithFlag(D0, 39, value);
    }

    /// <summary>D0[40]: privileged data accesses to pages that unprivileged ones may use fault.</summary>
    public bool PAN
    {
        readonly get => Bits.Is(D0, 40);
        init => D0 = Bits.WithFlag(D0, 40, value);
    }

    /// <summary>D0[41]: the tables have the AArch64 format.</summary>
    public bool AA64
    {
        readonly get => Bits.Is(D0, 41);
        init => D0 = Bits.WithFlag(D0, 41, value);
    }

    /// <summary>D0[42]: hardware keeps the dirty state.</summary>
    public bool HD
    {
        readonly get => Bits.Is(D0, 42);
        init => D0 = Bits.WithFlag(D0, 42, value);
    }

    /// <summary>D0[43]: hardware sets AF.</summary>
    public bool HA
    {
        readonly get => Bits.Is(D0, 43);
        init => D0 = Bits.WithFlag(D0, 43, value);
    }

    /// <summary>D0[44]: faults stall.</summary>
    public bool S
    {
        readonly get => Bits.Is(D0, 44);
        init => D0 = Bits.WithFlag(D0, 44, value);
    }

    /// <summary>D0[45]: faults are recorded.</summary>
    public bool R
    {
        readonly get => Bits.Is(D0, 45);
        init => D0 = Bits.WithFlag(D0, 45, value);
    }

    /// <summary>D0[46]: terminated transactions are aborted; otherwise they read as zero and write nothing.</summary>
    public bool A
    {
        readonly get => Bits.Is(D0, 46);
        init => D0 = Bits.WithFlag(D0, 46, value);
    }

    /// <summary>D0[47]: the ASID is not shared with processors.</summary>
    public bool ASET
    {
        readonly get => Bits.Is(D0, 47);
        init => D0 = Bits.WithFlag(D0, 47, value);
    }

    /// <summary>D0[63:48]: the ASID, 16 bits.</summary>
    public int ASID
    {
        readonly get => (int)Bits.Get(D0, 63, 48);
        init => D0 = Bits.With(D0, 63, 48, (uint)value);
    }

    /// <summary>D1[0]: ignored in the Non-secure world.</summary>
    public bool NSCFG0
    {
        readonly get => Bits.Is(D1, 0);
        init => D1 = Bits.WithFlag(D1, 0, value);
    }

    /// <summary>D1[1]: the hierarchical attributes of TTB0 are disabled.</summary>
    public bool HAD0
    {
        readonly get => Bits.Is(D1, 1);
        init => D1 = Bits.WithFlag(D1, 1, value);
    }

    /// <summary>D1[2]: unprivileged accesses to the lower half are Translation faults.</summary>
    public bool E0PD0
    {
        readonly get => Bits.Is(D1, 2);
        init => D1 = Bits.WithFlag(D1, 2, value);
    }

    /// <summary>D1[3]: hardware sets AF of table descriptors (HTTU=3).</summary>
    public bool HAFT
    {
        readonly get => Bits.Is(D1, 3);
        init => D1 = Bits.WithFlag(D1, 3, value);
    }

    /// <summary>D1[51:4]: the base of the tables of the lower half. Bits [3:0] are 0.</summary>
    public ulong TTB0
    {
        readonly get => Bits.InPlace(D1, 51, 4);
        init => D1 = Bits.WithInPlace(D1, 51, 4, value);
    }

    /// <summary>D1[60]: bit 59 of TTB0's page and block descriptors is implementation defined.</summary>
    public bool HWU059
    {
        readonly get => Bits.Is(D1, 60);
        init => D1 = Bits.WithFlag(D1, 60, value);
    }

    /// <summary>D1[61]: bit 60 likewise.</summary>
    public bool HWU060
    {
        readonly get => Bits.Is(D1, 61);
        init => D1 = Bits.WithFlag(D1, 61, value);
    }

    /// <summary>D1[62]: bit 61 likewise.</summary>
    public bool HWU061
    {
        readonly get => Bits.Is(D1, 62);
        init => D1 = Bits.WithFlag(D1, 62, value);
    }

    /// <summary>D1[63]: bit 62 likewise.</summary>
    public bool HWU062
    {
        readonly get => Bits.Is(D1, 63);
        init => D1 = Bits.WithFlag(D1, 63, value);
    }

    /// <summary>D2[0]: ignored in the Non-secure world.</summary>
    public bool NSCFG1
    {
        readonly get => Bits.Is(D2, 0);
        init => D2 = Bits.WithFlag(D2, 0, value);
    }

    /// <summary>D2[1]: the hierarchical attributes of TTB1 are disabled.</summary>
    public bool HAD1
    {
        readonly get => Bits.Is(D2, 1);
        init => D2 = Bits.WithFlag(D2, 1, value);
    }

    /// <summary>D2[2]: unprivileged accesses to the upper half are Translation faults.</summary>
    public bool E0PD1
    {
        readonly get => Bits.Is(D2, 2);
        init => D2 = Bits.WithFlag(D2, 2, value);
    }

    /// <summary>D2[51:4]: the base of the tables of the upper half. Bits [3:0] are 0.</summary>
    public ulong TTB1
    {
        readonly get => Bits.InPlace(D2, 51, 4);
        init => D2 = Bits.WithInPlace(D2, 51, 4, value);
    }

    /// <summary>D3[63:0]: eight memory attributes of 8 bits, chosen by a descriptor's AttrIndx.</summary>
    public ulong MAIR
    {
        readonly get => D3;
        init => D3 = value;
    }

    /// <summary>D4[63:0]: eight implementation defined attributes.</summary>
    public ulong AMAIR
    {
        readonly get => D4;
        init => D4 = value;
    }

    /// <summary>TG0 as a size.</summary>
    public Granule Granule0
    {
        readonly get => Granules.OfTG0(TG0);
        init => TG0 = Granules.ToTG0(value);
    }

    /// <summary>TG1 as a size.</summary>
    public Granule Granule1
    {
        readonly get => Granules.OfTG1(TG1);
        init => TG1 = Granules.ToTG1(value);
    }

    /// <summary>The structure in the first 64 bytes, little-endian.</summary>
    /// <exception cref="ArgumentOutOfRangeException">There are fewer.</exception>
    public static ContextDescriptor Read(ReadOnlySpan<byte> bytes) =>
        new()
        {
            D0 = BinaryPrimitives.ReadUInt64LittleEndian(bytes),
            D1 = BinaryPrimitives.ReadUInt64LittleEndian(bytes[8..]),
            D2 = BinaryPrimitives.ReadUInt64LittleEndian(bytes[16..]),
            D3 = BinaryPrimitives.ReadUInt64LittleEndian(bytes[24..]),
            D4 = BinaryPrimitives.ReadUInt64LittleEndian(bytes[32..]),
            D5 = BinaryPrimitives.ReadUInt64LittleEndian(bytes[40..]),
            D6 = BinaryPrimitives.ReadUInt64LittleEndian(bytes[48..]),
            D7 = BinaryPrimitives.ReadUInt64LittleEndian(bytes[56..]),
        };

    /// <summary>Writes the structure into the first 64 bytes, little-endian.</summary>
    /// <exception cref="ArgumentOutOfRangeException">There are fewer.</exception>
    public readonly void Write(Span<byte> bytes)
    {
        BinaryPrimitives.WriteUInt64LittleEndian(bytes, D0);
        BinaryPrimitives.WriteUInt64LittleEndian(bytes[8..], D1);
        BinaryPrimitives.WriteUInt64LittleEndian(bytes[16..], D2);
        BinaryPrimitives.WriteUInt64LittleEndian(bytes[24..], D3);
        BinaryPrimitives.WriteUInt64LittleEndian(bytes[32..], D4);
        BinaryPrimitives.WriteUInt64LittleEndian(bytes[40..], D5);
        BinaryPrimitives.WriteUInt64LittleEndian(bytes[48..], D6);
        BinaryPrimitives.WriteUInt64LittleEndian(bytes[56..], D7);
    }
}
