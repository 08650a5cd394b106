using System.Buffers.Binary;

namespace Conformance.Model.Smmu.Structures;

/// <summary>A Stream Table Entry: 64 bytes, aligned to 64. Doublewords 4 to 7 (MPAM, Secure) are kept and not interpreted.</summary>
public record struct StreamTableEntry
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

    /// <summary>D0[0]: V: the entry is valid.</summary>
    public bool Valid
    {
        readonly get => Bits.Is(D0, 0);
        init => D0 = Bits.WithFlag(D0, 0, value);
    }

    /// <summary>D0[3:1]: what happens to the stream's transactions.</summary>
    public StreamConfig Config
    {
        readonly get => (StreamConfig)Bits.Get(D0, 3, 1);
        init => D0 = Bits.With(D0, 3, 1, (uint)value);
    }

    /// <summary>
    /// D0[5:4]: the format of the CD table: 0 linear; 1 two levels with leaves of 4 KiB, 64 CDs each; 2 two levels with leaves of 64 KiB, 1024 CDs each;
    /// 3 reserved, behaves as 0.
    /// </summary>
    public int S1Fmt
    {
        readonly get => (int)Bits.Get(D0, 5, 4);
        init => D0 = Bits.With(D0, 5, 4, (uint)value);
    }

    /// <summary>D0[51:6]: the address of the CD, or of the table of CDs; an IPA when both stages are enabled. Bits [5:0] are 0.</summary>
    public ulong S1ContextPtr
    {
        readonly get => Bits.InPlace(D0, 51, 6);
        init => D0 = Bits.WithInPlace(D0, 51, 6, value);
    }

    /// <summary>D0[63:59]: the binary logarithm of the number of CDs; 0 is exactly one, and no substreams.</summary>
    public int S1CDMax
    {
        readonly get => (int)Bits.Get(D0, 63, 59);
        init => D0 = Bits.With(D0, 63, 59, (uint)value);
    }

    /// <summary>D1[1:0]: transactions without a SubstreamID, when there are substreams: 0 (and 3) terminate, 1 bypass stage 1, 2 use CD 0.</summary>
    public int S1DSS
    {
        readonly get => (int)Bits.Get(D1, 1, 0);
        init => D1 = Bits.With(D1, 1, 0, (uint)value);
    }

    /// <summary>D1[3:2]: inner cacheability of CD fetches.</summary>
    public int S1CIR
    {
        readonly get => (int)Bits.Get(D1, 3, 2);
        init => D1 = Bits.With(D1, 3, 2, (uint)value);
    }

    /// <summary>D1[5:4]: outer cacheability of CD fetches.</summary>
    public int S1COR
    {
        readonly get => (int)Bits.Get(D1, 5, 4);
        init => D1 = Bits.With(D1, 5, 4, (uint)value);
    }

    /// <summary>D1[7:6]: shareability of CD fetches.</summary>
    public int S1CSH
    {
        readonly get => (int)Bits.Get(D1, 7, 6);
        init => D1 = Bits.With(D1, 7, 6, (uint)value);
    }

    /// <summary>D1[8]: bit 59 of stage-2 page and block descriptors is implementation defined.</summary>
    public bool S2HWU59
    {
        readonly get => Bits.Is(D1, 8);
        init => D1 = Bits.WithFlag(D1, 8, value);
    }

    /// <summary>D1[9]: bit 60 likewise.</summary>
    public bool S2HWU60
    {
        readonly get => Bits.Is(D1, 9);
        init => D1 = Bits.WithFlag(D1, 9, value);
    }

    /// <summary>D1[10]: bit 61 likewise.</summary>
    public bool S2HWU61
    {
        readonly get => Bits.Is(D1, 10);
        init => D1 = Bits.WithFlag(D1, 10, value);
    }

    /// <summary>D1[11]: bit 62 likewise.</summary>
    public bool S2HWU62
    {
        readonly get => Bits.Is(D1, 11);
        init => D1 = Bits.WithFlag(D1, 11, value);
    }

    /// <summary>D1[12]: destructive reads are enabled.</summary>
    public bool DRE
    {
        readonly get => Bits.Is(D1, 12);
        init => D1 = Bits.WithFlag(D1, 12, value);
    }

    /// <summary>D1[16:13]: contiguity hint: 2^CONT entries are identical.</summary>
    public int CONT
    {
        readonly get => (int)Bits.Get(D1, 16, 13);
        init => D1 = Bits.With(D1, 16, 13, (uint)value);
    }

    /// <summary>D1[17]: directed cache prefetch is enabled.</summary>
    public bool DCP
    {
        readonly get => Bits.Is(D1, 17);
        init => D1 = Bits.WithFlag(D1, 17, value);
    }

    /// <summary>D1[18]: PRI responses carry a PASID.</summary>
    public bool PPAR
    {
        readonly get => Bits.Is(D1, 18);
        init => D1 = Bits.WithFlag(D1, 18, value);
    }

    /// <summary>D1[19]: similar event records may be merged.</summary>
    public bool MEV
    {
        readonly get => Bits.Is(D1, 19);
        init => D1 = Bits.WithFlag(D1, 19, value);
    }

    /// <summary>D1[25]: stage-2 forced write-back; needs IDR3.FWB.</summary>
    public bool S2FWB
    {
        readonly get => Bits.Is(D1, 25);
        init => D1 = Bits.WithFlag(D1, 25, value);
    }

    /// <summary>D1[26]: MPAM of stage 1.</summary>
    public bool S1MPAM
    {
        readonly get => Bits.Is(D1, 26);
        init => D1 = Bits.WithFlag(D1, 26, value);
    }

    /// <summary>D1[27]: stalls of stage 1 are disabled: CD.S=1 is illegal.</summary>
    public bool S1STALLD
    {
        readonly get => Bits.Is(D1, 27);
        init => D1 = Bits.WithFlag(D1, 27, value);
    }

    /// <summary>D1[29:28]: ATS: 0 abort, 1 full, 2 split-stage, 3 full with DPT checks (behaves as 0 without IDR3.DPT).</summary>
    public int EATS
    {
        readonly get => (int)Bits.Get(D1, 29, 28);
        init => D1 = Bits.With(D1, 29, 28, (uint)value);
    }

    /// <summary>D1[31:30]: the StreamWorld when stage 1 is used alone: 0 NS-EL1, 2 EL2 or EL2-E2H, 1 and 3 reserved.</summary>
    public int STRW
    {
        readonly get => (int)Bits.Get(D1, 31, 30);
        init => D1 = Bits.With(D1, 31, 30, (uint)value);
    }

    /// <summary>D1[35:32]: memory type, when MTCFG is set.</summary>
    public int MemAttr
    {
        readonly get => (int)Bits.Get(D1, 35, 32);
        init => D1 = Bits.With(D1, 35, 32, (uint)value);
    }

    /// <summary>D1[36]: MemAttr replaces the incoming memory type.</summary>
    public bool MTCFG
    {
        readonly get => Bits.Is(D1, 36);
        init => D1 = Bits.WithFlag(D1, 36, value);
    }

    /// <summary>D1[40:37]: allocation hints.</summary>
    public int ALLOCCFG
    {
        readonly get => (int)Bits.Get(D1, 40, 37);
        init => D1 = Bits.With(D1, 40, 37, (uint)value);
    }

    /// <summary>D1[45:44]: shareability: 0 non-shareable, 1 incoming, 2 outer, 3 inner.</summary>
    public int SHCFG
    {
        readonly get => (int)Bits.Get(D1, 45, 44);
        init => D1 = Bits.With(D1, 45, 44, (uint)value);
    }

    /// <summary>D1[47:46]: ignored in a Non-secure entry.</summary>
    public int NSCFG
    {
        readonly get => (int)Bits.Get(D1, 47, 46);
        init => D1 = Bits.With(D1, 47, 46, (uint)value);
    }

    /// <summary>D1[49:48]: privilege: 0 and 1 incoming, 2 unprivileged, 3 privileged.</summary>
    public int PRIVCFG
    {
        readonly get => (int)Bits.Get(D1, 49, 48);
        init => D1 = Bits.With(D1, 49, 48, (uint)value);
    }

    /// <summary>D1[51:50]: reads: 0 and 1 incoming, 2 data, 3 instruction.</summary>
    public int INSTCFG
    {
        readonly get => (int)Bits.Get(D1, 51, 50);
        init => D1 = Bits.With(D1, 51, 50, (uint)value);
    }

    /// <summary>D2[15:0]: the VMID, 16 bits.</summary>
    public int S2VMID
    {
        readonly get => (int)Bits.Get(D2, 15, 0);
        init => D2 = Bits.With(D2, 15, 0, (uint)value);
    }

    /// <summary>D2[37:32]: the size of IPAs is 64 - S2T0SZ bits.</summary>
    public int S2T0SZ
    {
        readonly get => (int)Bits.Get(D2, 37, 32);
        init => D2 = Bits.With(D2, 37, 32, (uint)value);
    }

    /// <summary>D2[39:38]: the level at which the stage-2 walk begins.</summary>
    public int S2SL0
    {
        readonly get => (int)Bits.Get(D2, 39, 38);
        init => D2 = Bits.With(D2, 39, 38, (uint)value);
    }

    /// <summary>D2[41:40]: inner cacheability of stage-2 walks.</summary>
    public int S2IR0
    {
        readonly get => (int)Bits.Get(D2, 41, 40);
        init => D2 = Bits.With(D2, 41, 40, (uint)value);
    }

    /// <summary>D2[43:42]: outer cacheability of stage-2 walks.</summary>
    public int S2OR0
    {
        readonly get => (int)Bits.Get(D2, 43, 42);
        init => D2 = Bits.With(D2, 43, 42, (uint)value);
    }

    /// <summary>D2[45:44]: shareability of stage-2 walks.</summary>
    public int S2SH0
    {
        readonly get => (int)Bits.Get(D2, 45, 44);
        init => D2 = Bits.With(D2, 45, 44, (uint)value);
    }

    /// <summary>D2[47:46]: the stage-2 granule: 0 4 KiB, 1 64 KiB, 2 16 KiB, 3 reserved. See <see cref="Stage2Granule"/>.</summary>
    public int S2TG
    {
        readonly get => (int)Bits.Get(D2, 47, 46);
        init => D2 = Bits.With(D2, 47, 46, (uint)value);
    }

    /// <summary>D2[50:48]: the size of physical addresses: 0 32 bits, 1 36, 2 40, 3 42, 4 44, 5 48, 6 52.</summary>
    public int S2PS
    {
        readonly get => (int)Bits.Get(D2, 50, 48);
        init => D2 = Bits.With(D2, 50, 48, (uint)value);
    }

    /// <summary>D2[51]: the stage-2 tables have the AArch64 format.</summary>
    public bool S2AA64
    {
        readonly get => Bits.Is(D2, 51);
        init => D2 = Bits.WithFlag(D2, 51, value);
    }

    /// <summary>D2[52]: the stage-2 tables are big-endian.</summary>
    public bool S2ENDI
    {
        readonly get => Bits.Is(D2, 52);
        init => D2 = Bits.WithFlag(D2, 52, value);
    }

    /// <summary>D2[53]: AF=0 at stage 2 does not fault.</summary>
    public bool S2AFFD
    {
        readonly get => Bits.Is(D2, 53);
        init => D2 = Bits.WithFlag(D2, 53, value);
    }

    /// <summary>D2[54]: a stage-1 walk that meets stage-2 Device memory faults.</summary>
    public bool S2PTW
    {
        readonly get => Bits.Is(D2, 54);
        init => D2 = Bits.WithFlag(D2, 54, value);
    }

    /// <summary>D2[55]: hardware keeps the dirty state of stage 2.</summary>
    public bool S2HD
    {
        readonly get => Bits.Is(D2, 55);
        init => D2 = Bits.WithFlag(D2, 55, value);
    }

    /// <summary>D2[56]: hardware sets AF at stage 2.</summary>
    public bool S2HA
    {
        readonly get => Bits.Is(D2, 56);
        init => D2 = Bits.WithFlag(D2, 56, value);
    }

    /// <summary>D2[57]: stage-2 faults stall.</summary>
    public bool S2S
    {
        readonly get => Bits.Is(D2, 57);
        init => D2 = Bits.WithFlag(D2, 57, value);
    }

    /// <summary>D2[58]: stage-2 faults are recorded.</summary>
    public bool S2R
    {
        readonly get => Bits.Is(D2, 58);
        init => D2 = Bits.WithFlag(D2, 58, value);
    }

    /// <summary>D2[59]: hardware sets AF of stage-2 table descriptors (HTTU=3).</summary>
    public bool S2HAFT
    {
        readonly get => Bits.Is(D2, 59);
        init => D2 = Bits.WithFlag(D2, 59, value);
    }

    /// <summary>D3[51:4]: the base of the stage-2 tables. Bits [3:0] are 0.</summary>
    public ulong S2TTB
    {
        readonly get => Bits.InPlace(D3, 51, 4);
        init => D3 = Bits.WithInPlace(D3, 51, 4, value);
    }

    /// <summary>S2TG as a size.</summary>
    public Granule Stage2Granule
    {
        readonly get => Granules.OfTG0(S2TG);
        init => S2TG = Granules.ToTG0(value);
    }

    /// <summary>The structure in the first 64 bytes, little-endian.</summary>
    /// <exception cref="ArgumentOutOfRangeException">There are fewer.</exception>
    public static StreamTableEntry Read(ReadOnlySpan<byte> bytes) =>
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
