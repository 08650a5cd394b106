using System.Buffers.Binary;

namespace Conformance.Model.Smmu.Structures;

/// <summary>An event record: 32 bytes. Which fields it has depends on the type: <see cref="SmmuEventMask"/>.</summary>
public record struct SmmuEvent
{
    /// <summary>How many bytes one takes in memory.</summary>
    public const int Length = 32;

    /// <summary>Doubleword 0.</summary>
    public ulong D0;

    /// <summary>Doubleword 1.</summary>
    public ulong D1;

    /// <summary>Doubleword 2.</summary>
    public ulong D2;

    /// <summary>Doubleword 3.</summary>
    public ulong D3;

    /// <summary>D0[7:0]: what is reported.</summary>
    public SmmuEventType Type
    {
        readonly get => (SmmuEventType)Bits.Get(D0, 7, 0);
        init => D0 = Bits.With(D0, 7, 0, (uint)value);
    }

    /// <summary>D0[11]: the transaction had a SubstreamID.</summary>
    public bool SSV
    {
        readonly get => Bits.Is(D0, 11);
        init => D0 = Bits.WithFlag(D0, 11, value);
    }

    /// <summary>D0[31:12]: the SubstreamID, 20 bits; UNKNOWN when SSV is 0.</summary>
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

    /// <summary>D1[15:0]: the tag for RESUME of a stalled transaction, 16 bits.</summary>
    public int STAG
    {
        readonly get => (int)Bits.Get(D1, 15, 0);
        init => D1 = Bits.With(D1, 15, 0, (uint)value);
    }

    /// <summary>D1[31:16]: implementation defined, in F_UUT and in records of external aborts.</summary>
    public int Reason
    {
        readonly get => (int)Bits.Get(D1, 31, 16);
        init => D1 = Bits.With(D1, 31, 16, (uint)value);
    }

    /// <summary>D1[31]: the transaction is stalled.</summary>
    public bool Stall
    {
        readonly get => Bits.Is(D1, 31);
        init => D1 = Bits.WithFlag(D1, 31, value);
    }

    /// <summary>D1[33]: the transaction is privileged, after the STE's override.</summary>
    public bool PnU
    {
        readonly get => Bits.Is(D1, 33);
        init => D1 = Bits.WithFlag(D1, 33, value);
    }

    /// <summary>D1[34]: the transaction is an instruction fetch, after the STE's override; 0 for a write.</summary>
    public bool InD
    {
        readonly get => Bits.Is(D1, 34);
        init => D1 = Bits.WithFlag(D1, 34, value);
    }

    /// <summary>D1[35]: the transaction is a read.</summary>
    public bool RnW
    {
        readonly get => Bits.Is(D1, 35);
        init => D1 = Bits.WithFlag(D1, 35, value);
    }

    /// <summary>D1[36]: 0 on the Non-secure queue.</summary>
    public bool NSIPA
    {
        readonly get => Bits.Is(D1, 36);
        init => D1 = Bits.WithFlag(D1, 36, value);
    }

    /// <summary>D1[39]: the fault is one of stage 2.</summary>
    public bool S2
    {
        readonly get => Bits.Is(D1, 39);
        init => D1 = Bits.WithFlag(D1, 39, value);
    }

    /// <summary>D1[41:40]: what was translated when it happened.</summary>
    public SmmuEventClass Class
    {
        readonly get => (SmmuEventClass)Bits.Get(D1, 41, 40);
        init => D1 = Bits.With(D1, 41, 40, (uint)value);
    }

    /// <summary>D1[44]: F_PERMISSION with CLASS=TT: the access to the stage-1 descriptor was a read.</summary>
    public bool TTRnW
    {
        readonly get => Bits.Is(D1, 44);
        init => D1 = Bits.WithFlag(D1, 44, value);
    }

    /// <summary>D2[63:0]: the input address of the transaction, unmodified.</summary>
    public ulong InputAddress
    {
        readonly get => D2;
        init => D2 = value;
    }

    /// <summary>D3[51:12]: the IPA of a stage-2 fault; bits [11:0] are 0.</summary>
    public ulong IPA
    {
        readonly get => Bits.InPlace(D3, 51, 12);
        init => D3 = Bits.WithInPlace(D3, 51, 12, value);
    }

    /// <summary>D3[51:3]: the physical address of a fetch that was aborted; bits [2:0] are 0.</summary>
    public ulong FetchAddress
    {
        readonly get => Bits.InPlace(D3, 51, 3);
        init => D3 = Bits.WithInPlace(D3, 51, 3, value);
    }

    /// <summary>The structure in the first 32 bytes, little-endian.</summary>
    /// <exception cref="ArgumentOutOfRangeException">There are fewer.</exception>
    public static SmmuEvent Read(ReadOnlySpan<byte> bytes) =>
        new()
        {
            D0 = BinaryPrimitives.ReadUInt64LittleEndian(bytes),
            D1 = BinaryPrimitives.ReadUInt64LittleEndian(bytes[8..]),
            D2 = BinaryPrimitives.ReadUInt64LittleEndian(bytes[16..]),
            D3 = BinaryPrimitives.ReadUInt64LittleEndian(bytes[24..]),
        };

    /// <summary>Writes the structure into the first 32 bytes, little-endian.</summary>
    /// <exception cref="ArgumentOutOfRangeException">There are fewer.</exception>
    public readonly void Write(Span<byte> bytes)
    {
        BinaryPrimitives.WriteUInt64LittleEndian(bytes, D0);
        BinaryPrimitives.WriteUInt64LittleEndian(bytes[8..], D1);
        BinaryPrimitives.WriteUInt64LittleEndian(bytes[16..], D2);
        BinaryPrimitives.WriteUInt64LittleEndian(bytes[24..], D3);
    }
}
