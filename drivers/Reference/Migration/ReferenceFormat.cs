using System.Buffers.Binary;
using Conformance.Model.Migration.Device;

namespace Conformance.Drivers.Reference.Migration;

/// <summary>
/// The serialized state of the reference device, little-endian. A header, records, a trailer:
/// header {magic u64, version u32, device id u32, total length u64}; record {tag u32, payload length u32, payload}.
/// Records come in the order of their tags; only the first kind may come more than once, as pre-copy sends again what changed.
/// <list type="table">
/// <item>1 registers: {first u32, count u32, u64 each}; together they cover all registers</item>
/// <item>2 queue: {head u32, count u32, {address u64, length u32, flags u32} each}</item>
/// <item>3 interrupt: {pending u32, vector u32}</item>
/// <item>4 counters: {u64 each}</item>
/// <item>5 trailer: {total length u64, FNV-1a-64 u64 over every byte before it}</item>
/// </list>
/// </summary>
public static class ReferenceFormat
{
    /// <summary>The first eight bytes of a stream.</summary>
    public const ulong Magic = 0x314D_4E46_4F43_5652;

    /// <summary>The only version there is.</summary>
    public const uint Version = 1;

    /// <summary>The device id of a reference device that is not told otherwise.</summary>
    public const uint DeviceId = 0x0000_C0DE;

    /// <summary>The total length in the header of a stream that began in pre-copy: not known yet, see the trailer.</summary>
    public const ulong UnknownLength = ulong.MaxValue;

    /// <summary>Bytes of the header.</summary>
    public const int HeaderSize = 24;

    /// <summary>Bytes of the tag and the length before a payload.</summary>
    public const int RecordHeaderSize = 8;

    /// <summary>Record tags.</summary>
    public const uint Registers = 1,
        Queue = 2,
        Interrupt = 3,
        Counters = 4,
        Trailer = 5;

    /// <summary>The longest stream: pre-copy stops sending registers again before it would be exceeded.</summary>
    public const int MaxImage = 64 * 1024;

    /// <summary>
    /// What can be spoiled in a stream that was saved without pre-copy: the magic, the version, the device id; the length of the registers' record and their
    /// count; the ring's head and how many entries wait.
    /// </summary>
    public static StreamFields Declared { get; } =
        StreamFields.Of("fixed 0+8, version 8+4<=1, identity 12+4, length 28+4, length 36+4, index 176+4<8, length 180+4, fnv1a-64");

    /// <summary>Bytes of the longest payload.</summary>
    public const int MaxPayload = 8 + (8 * ContentLimits.Registers);

    /// <summary>Bytes of a registers record.</summary>
    public static int RegistersSize(int count) => RecordHeaderSize + 8 + (8 * count);

    /// <summary>Bytes of everything that follows the registers.</summary>
    public static int FinalSize(int queueCount) =>
        (RecordHeaderSize + 8 + (16 * queueCount)) + (RecordHeaderSize + 8) + (RecordHeaderSize + (8 * ContentLimits.Counters)) + (RecordHeaderSize + 16);

    internal const ulong HashSeed = 0xCBF2_9CE4_8422_2325;

    private const ulong HashPrime = 0x0000_0100_0000_01B3;

    // What as many zero bytes multiply a hash by.
    private static ReadOnlySpan<ulong> HashOfZeros =>
        [
            0x0000_0000_0000_0001,
            0x0000_0100_0000_01B3,
            0x0003_6600_0002_E329,
            0x08A9_7B00_04E7_FEAB,
            0x9FFA_AC08_5635_BC91,
            0x0CAE_E32A_7D4F_6A63,
            0xDC96_6432_EDF1_C639,
            0xC552_7B8A_51D3_D2DB,
            0x1EFA_C709_0AEF_4A21,
        ];

    internal static ulong Hash(ulong hash, ReadOnlySpan<byte> bytes)
    {
        // Most words of a device are 0 or small, and the zero bytes at a word's end are one multiplication.
        for (; bytes.Length >= 8; bytes = bytes[8..])
        {
            var zeros = 8;
            for (var word = BinaryPrimitives.ReadUInt64LittleEndian(bytes); word != 0; word >>= 8, zeros--)
                hash = (hash ^ (byte)word) * HashPrime;
            hash *= HashOfZeros[zeros];
        }

        foreach (var value in bytes)
            hash = (hash ^ value) * HashPrime;
        return hash;
    }

    internal static ulong Hash(ulong hash, ulong value)
    {
        Span<byte> bytes = stackalloc byte[8];
        BinaryPrimitives.WriteUInt64LittleEndian(bytes, value);
        return Hash(hash, bytes);
    }
}
