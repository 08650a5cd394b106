using System.Buffers.Binary;
using Conformance.Model.Smmu.Device;

namespace Conformance.Drivers.Reference.Smmu;

/// <summary>Memory that exists where it was written. Everything outside of its range answers with an external abort.</summary>
internal sealed class DeviceMemory(SmmuRange range)
{
    // Small enough to stay out of the large object heap.
    private const int ChunkShift = 16,
        ChunkSize = 1 << ChunkShift;

    private readonly byte[]?[] chunks = new byte[range.Size >> ChunkShift][];

    public SmmuRange Range => range;

    /// <summary>Reads 8 bytes, little-endian, at a multiple of 8.</summary>
    /// <returns>False for an external abort.</returns>
    public bool TryRead(ulong address, out ulong value)
    {
        value = 0;
        if (!range.Contains(address, sizeof(ulong)))
            return false;
        var offset = address - range.Start;
        if (chunks[offset >> ChunkShift] is { } chunk)
            value = BinaryPrimitives.ReadUInt64LittleEndian(chunk.AsSpan((int)offset & (ChunkSize - 1)));
        return true;
    }

    /// <summary>Writes 8 bytes, little-endian, at a multiple of 8.</summary>
    /// <returns>False for an external abort.</returns>
    public bool TryWrite(ulong address, ulong value)
    {
        if (!range.Contains(address, sizeof(ulong)))
            return false;
        var offset = address - range.Start;
        BinaryPrimitives.WriteUInt64LittleEndian(Chunk(offset).AsSpan((int)offset & (ChunkSize - 1)), value);
        return true;
    }

    /// <summary>Reads bytes that lie in the range.</summary>
    public void Read(ulong address, Span<byte> bytes)
    {
        for (var offset = address - range.Start; bytes.Length != 0; )
        {
            var within = (int)offset & (ChunkSize - 1);
            var part = bytes[..Math.Min(bytes.Length, ChunkSize - within)];
            if (chunks[offset >> ChunkShift] is { } chunk)
                chunk.AsSpan(within, part.Length).CopyTo(part);
            else
                part.Clear();
            bytes = bytes[part.Length..];
            offset += (uint)part.Length;
        }
    }

    /// <summary>Writes bytes that lie in the range.</summary>
    public void Write(ulong address, ReadOnlySpan<byte> bytes)
    {
        for (var offset = address - range.Start; bytes.Length != 0; )
        {
            var within = (int)offset & (ChunkSize - 1);
            var part = bytes[..Math.Min(bytes.Length, ChunkSize - within)];
            part.CopyTo(Chunk(offset).AsSpan(within));
            bytes = bytes[part.Length..];
            offset += (uint)part.Length;
        }
    }

    /// <summary>Becomes what another memory of the same range is.</summary>
    public void CopyFrom(DeviceMemory other)
    {
        for (var index = 0; index < chunks.Length; index++)
            chunks[index] = (byte[]?)other.chunks[index]?.Clone();
    }

    private byte[] Chunk(ulong offset) => chunks[offset >> ChunkShift] ??= new byte[ChunkSize];
}
