using System.Buffers.Binary;

namespace Conformance.Model.Smmu.Structures;

/// <summary>A command: 16 bytes. Which fields it has depends on the opcode; fields of different commands overlap.</summary>
public record struct SmmuCommand
{
    /// <summary>How many bytes one takes in memory.</summary>
    public const int Length = 16;

    /// <summary>Doubleword 0.</summary>
    public ulong D0;

    /// <summary>Doubleword 1.</summary>
    public ulong D1;

    /// <summary>D0[7:0]: the opcode.</summary>
    public SmmuOpcode Opcode
    {
        readonly get => (SmmuOpcode)Bits.Get(D0, 7, 0);
        init => D0 = Bits.With(D0, 7, 0, (uint)value);
    }

    /// <summary>D0[9]: ATC_INV: whatever the SubstreamID.</summary>
    public bool Global
    {
        readonly get => Bits.Is(D0, 9);
        init => D0 = Bits.WithFlag(D0, 9, value);
    }

    /// <summary>D0[10]: the StreamID is a Secure one; illegal on the Non-secure queue.</summary>
    public bool SSec
    {
        readonly get => Bits.Is(D0, 10);
        init => D0 = Bits.WithFlag(D0, 10, value);
    }

    /// <summary>D0[11]: SubstreamID is valid.</summary>
    public bool SSV
    {
        readonly get => Bits.Is(D0, 11);
        init => D0 = Bits.WithFlag(D0, 11, value);
    }

    /// <summary>D0[31:12]: the SubstreamID, 20 bits.</summary>
    public uint SubstreamId
    {
        readonly get => (uint)Bits.Get(D0, 31, 12);
        init => D0 = Bits.With(D0, 31, 12, value);
    }

    /// <summary>D0[63:32]: the StreamID.</summary>
    public uint StreamId
    {
        readonly get => (uint)Bits.Get(D0, 63, 32);
        init => D0 = Bits.With(D0, 63, 32, value);
    }

    /// <summary>D0[16:12]: range invalidation: NUM + 1 units of 2^SCALE pages.</summary>
    public int NUM
    {
        readonly get => (int)Bits.Get(D0, 16, 12);
        init => D0 = Bits.With(D0, 16, 12, (uint)value);
    }

    /// <summary>D0[24:20]: range invalidation: see NUM.</summary>
    public int SCALE
    {
        readonly get => (int)Bits.Get(D0, 24, 20);
        init => D0 = Bits.With(D0, 24, 20, (uint)value);
    }

    /// <summary>D0[47:32]: the VMID, 16 bits.</summary>
    public int VMID
    {
        readonly get => (int)Bits.Get(D0, 47, 32);
        init => D0 = Bits.With(D0, 47, 32, (uint)value);
    }

    /// <summary>D0[63:48]: the ASID, 16 bits.</summary>
    public int ASID
    {
        readonly get => (int)Bits.Get(D0, 63, 48);
        init => D0 = Bits.With(D0, 63, 48, (uint)value);
    }

    /// <summary>D1[0]: only the last level is invalidated.</summary>
    public bool Leaf
    {
        readonly get => Bits.Is(D1, 0);
        init => D1 = Bits.WithFlag(D1, 0, value);
    }

    /// <summary>D1[4:0]: CFGI_STE_RANGE: 2^(Range+1) StreamIDs; 31 is all.</summary>
    public int Range
    {
        readonly get => (int)Bits.Get(D1, 4, 0);
        init => D1 = Bits.With(D1, 4, 0, (uint)value);
    }

    /// <summary>D1[9:8]: the leaf entry is at this level; 0 is any.</summary>
    public int TTL
    {
        readonly get => (int)Bits.Get(D1, 9, 8);
        init => D1 = Bits.With(D1, 9, 8, (uint)value);
    }

    /// <summary>D1[11:10]: range invalidation: 1 4 KiB, 2 16 KiB, 3 64 KiB; 0 is a single address.</summary>
    public int TG
    {
        readonly get => (int)Bits.Get(D1, 11, 10);
        init => D1 = Bits.With(D1, 11, 10, (uint)value);
    }

    /// <summary>D1[63:12]: a VA or an IPA; bits [11:0] are 0. An IPA has bits [51:12].</summary>
    public ulong Address
    {
        readonly get => Bits.InPlace(D1, 63, 12);
        init => D1 = Bits.WithInPlace(D1, 63, 12, value);
    }

    /// <summary>D1[5:0]: ATC_INV: 2^Size pages; 52 is all.</summary>
    public int Size
    {
        readonly get => (int)Bits.Get(D1, 5, 0);
        init => D1 = Bits.With(D1, 5, 0, (uint)value);
    }

    /// <summary>D1[8:0]: PRI_RESP: the page request group.</summary>
    public int PRGIndex
    {
        readonly get => (int)Bits.Get(D1, 8, 0);
        init => D1 = Bits.With(D1, 8, 0, (uint)value);
    }

    /// <summary>D1[13:12]: PRI_RESP: 0 failure, 1 invalid, 2 success, 3 illegal.</summary>
    public int Resp
    {
        readonly get => (int)Bits.Get(D1, 13, 12);
        init => D1 = Bits.With(D1, 13, 12, (uint)value);
    }

    /// <summary>D0[13:12]: RESUME: what becomes of the transaction.</summary>
    public ResumeAction Action
    {
        readonly get => (ResumeAction)Bits.Get(D0, 13, 12);
        init => D0 = Bits.With(D0, 13, 12, (uint)value);
    }

    /// <summary>D1[15:0]: RESUME: the stalled transaction, 16 bits.</summary>
    public int STAG
    {
        readonly get => (int)Bits.Get(D1, 15, 0);
        init => D1 = Bits.With(D1, 15, 0, (uint)value);
    }

    /// <summary>D0[13:12]: SYNC: the completion signal: 0 none, 1 interrupt, 2 event, 3 reserved.</summary>
    public int CS
    {
        readonly get => (int)Bits.Get(D0, 13, 12);
        init => D0 = Bits.With(D0, 13, 12, (uint)value);
    }

    /// <summary>D0[23:22]: SYNC: shareability of the MSI write.</summary>
    public int MSH
    {
        readonly get => (int)Bits.Get(D0, 23, 22);
        init => D0 = Bits.With(D0, 23, 22, (uint)value);
    }

    /// <summary>D0[27:24]: SYNC: memory type of the MSI write.</summary>
    public int MSIAttr
    {
        readonly get => (int)Bits.Get(D0, 27, 24);
        init => D0 = Bits.With(D0, 27, 24, (uint)value);
    }

    /// <summary>D0[63:32]: SYNC: what the MSI writes.</summary>
    public uint MSIData
    {
        readonly get => (uint)Bits.Get(D0, 63, 32);
        init => D0 = Bits.With(D0, 63, 32, value);
    }

    /// <summary>D1[51:2]: SYNC: where the MSI goes; 0 is nowhere.</summary>
    public ulong MSIAddress
    {
        readonly get => Bits.InPlace(D1, 51, 2);
        init => D1 = Bits.WithInPlace(D1, 51, 2, value);
    }

    /// <summary>CMD_PREFETCH_CONFIG.</summary>
    public static SmmuCommand PrefetchConfig(uint streamId) => new() { Opcode = SmmuOpcode.PrefetchConfig, StreamId = streamId };

    /// <summary>CMD_PREFETCH_ADDR of one page.</summary>
    public static SmmuCommand PrefetchAddress(uint streamId, ulong address) =>
        new()
        {
            Opcode = SmmuOpcode.PrefetchAddress,
            StreamId = streamId,
            Address = address,
        };

    /// <summary>CMD_CFGI_STE.</summary>
    /// <param name="streamId">The StreamID.</param>
    /// <param name="leaf">Only the STE; otherwise the L1STD as well.</param>
    public static SmmuCommand CfgiSte(uint streamId, bool leaf) =>
        new()
        {
            Opcode = SmmuOpcode.CfgiSte,
            StreamId = streamId,
            Leaf = leaf,
        };

    /// <summary>CMD_CFGI_STE_RANGE.</summary>
    /// <param name="streamId">A StreamID; the range begins at it, aligned down.</param>
    /// <param name="range">0..31: 2^(range+1) StreamIDs.</param>
    public static SmmuCommand CfgiSteRange(uint streamId, int range) =>
        new()
        {
            Opcode = SmmuOpcode.CfgiSteRange,
            StreamId = streamId,
            Range = range,
        };

    /// <summary>CMD_CFGI_ALL: CFGI_STE_RANGE with Range=31.</summary>
    public static SmmuCommand CfgiAll() => CfgiSteRange(0, 31);

    /// <summary>CMD_CFGI_CD.</summary>
    /// <param name="streamId">The StreamID.</param>
    /// <param name="substreamId">The SubstreamID, 20 bits.</param>
    /// <param name="leaf">Only the CD; otherwise the L1CD as well.</param>
    public static SmmuCommand CfgiCd(uint streamId, uint substreamId, bool leaf) =>
        new()
        {
            Opcode = SmmuOpcode.CfgiCd,
            StreamId = streamId,
            SubstreamId = substreamId,
            Leaf = leaf,
        };

    /// <summary>CMD_CFGI_CD_ALL.</summary>
    public static SmmuCommand CfgiCdAll(uint streamId) => new() { Opcode = SmmuOpcode.CfgiCdAll, StreamId = streamId };

    /// <summary>CMD_TLBI_NH_ALL.</summary>
    public static SmmuCommand TlbiNhAll(int vmid) => new() { Opcode = SmmuOpcode.TlbiNhAll, VMID = vmid };

    /// <summary>CMD_TLBI_NH_ASID.</summary>
    public static SmmuCommand TlbiNhAsid(int vmid, int asid) =>
        new()
        {
            Opcode = SmmuOpcode.TlbiNhAsid,
            VMID = vmid,
            ASID = asid,
        };

    /// <summary>CMD_TLBI_NH_VA. For a range set NUM, SCALE, TG and TTL.</summary>
    public static SmmuCommand TlbiNhVa(int vmid, int asid, ulong address, bool leaf) =>
        new()
        {
            Opcode = SmmuOpcode.TlbiNhVa,
            VMID = vmid,
            ASID = asid,
            Address = address,
            Leaf = leaf,
        };

    /// <summary>CMD_TLBI_NH_VAA. For a range set NUM, SCALE, TG and TTL.</summary>
    public static SmmuCommand TlbiNhVaa(int vmid, ulong address, bool leaf) =>
        new()
        {
            Opcode = SmmuOpcode.TlbiNhVaa,
            VMID = vmid,
            Address = address,
            Leaf = leaf,
        };

    /// <summary>CMD_TLBI_EL2_ALL.</summary>
    public static SmmuCommand TlbiEl2All() => new() { Opcode = SmmuOpcode.TlbiEl2All };

    /// <summary>CMD_TLBI_EL2_ASID.</summary>
    public static SmmuCommand TlbiEl2Asid(int asid) => new() { Opcode = SmmuOpcode.TlbiEl2Asid, ASID = asid };

    /// <summary>CMD_TLBI_EL2_VA. For a range set NUM, SCALE, TG and TTL.</summary>
    public static SmmuCommand TlbiEl2Va(int asid, ulong address, bool leaf) =>
        new()
        {
            Opcode = SmmuOpcode.TlbiEl2Va,
            ASID = asid,
            Address = address,
            Leaf = leaf,
        };

    /// <summary>CMD_TLBI_EL2_VAA. For a range set NUM, SCALE, TG and TTL.</summary>
    public static SmmuCommand TlbiEl2Vaa(ulong address, bool leaf) =>
        new()
        {
            Opcode = SmmuOpcode.TlbiEl2Vaa,
            Address = address,
            Leaf = leaf,
        };

    /// <summary>CMD_TLBI_S12_VMALL.</summary>
    public static SmmuCommand TlbiS12VmAll(int vmid) => new() { Opcode = SmmuOpcode.TlbiS12VmAll, VMID = vmid };

    /// <summary>CMD_TLBI_S2_IPA. For a range set NUM, SCALE, TG and TTL.</summary>
    /// <param name="vmid">The VMID.</param>
    /// <param name="address">The IPA, bits [51:12].</param>
    /// <param name="leaf">Only the last level.</param>
    public static SmmuCommand TlbiS2Ipa(int vmid, ulong address, bool leaf) =>
        new()
        {
            Opcode = SmmuOpcode.TlbiS2Ipa,
            VMID = vmid,
            Address = Bits.InPlace(address, 51, 12),
            Leaf = leaf,
        };

    /// <summary>CMD_TLBI_NSNH_ALL.</summary>
    public static SmmuCommand TlbiNsnhAll() => new() { Opcode = SmmuOpcode.TlbiNsnhAll };

    /// <summary>CMD_ATC_INV without a SubstreamID.</summary>
    /// <param name="streamId">The StreamID.</param>
    /// <param name="address">The first address.</param>
    /// <param name="size">0..52: 2^size pages.</param>
    public static SmmuCommand AtcInv(uint streamId, ulong address, int size) =>
        new()
        {
            Opcode = SmmuOpcode.AtcInv,
            StreamId = streamId,
            Address = address,
            Size = size,
        };

    /// <summary>CMD_PRI_RESP without a SubstreamID.</summary>
    public static SmmuCommand PriResp(uint streamId, int prgIndex, int resp) =>
        new()
        {
            Opcode = SmmuOpcode.PriResp,
            StreamId = streamId,
            PRGIndex = prgIndex,
            Resp = resp,
        };

    /// <summary>CMD_RESUME.</summary>
    public static SmmuCommand Resume(uint streamId, ResumeAction action, int stag) =>
        new()
        {
            Opcode = SmmuOpcode.Resume,
            StreamId = streamId,
            Action = action,
            STAG = stag,
        };

    /// <summary>CMD_STALL_TERM.</summary>
    public static SmmuCommand StallTerm(uint streamId) => new() { Opcode = SmmuOpcode.StallTerm, StreamId = streamId };

    /// <summary>CMD_SYNC that signals nothing.</summary>
    public static SmmuCommand Sync() => new() { Opcode = SmmuOpcode.Sync };

    /// <summary>The structure in the first 16 bytes, little-endian.</summary>
    /// <exception cref="ArgumentOutOfRangeException">There are fewer.</exception>
    public static SmmuCommand Read(ReadOnlySpan<byte> bytes) =>
        new() { D0 = BinaryPrimitives.ReadUInt64LittleEndian(bytes), D1 = BinaryPrimitives.ReadUInt64LittleEndian(bytes[8..]) };

    /// <summary>Writes the structure into the first 16 bytes, little-endian.</summary>
    /// <exception cref="ArgumentOutOfRangeException">There are fewer.</exception>
    public readonly void Write(Span<byte> bytes)
    {
        BinaryPrimitives.WriteUInt64LittleEndian(bytes, D0);
        BinaryPrimitives.WriteUInt64LittleEndian(bytes[8..], D1);
    }
}
