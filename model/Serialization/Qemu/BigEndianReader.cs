using System.Buffers.Binary;
using System.Globalization;
using System.Text;

namespace Conformance.Model.Serialization.Qemu;

/// <summary>What a stream has instead of what must stand there, and where.</summary>
internal sealed class MalformedStreamException(int offset, string what)
    : FormatException(string.Create(CultureInfo.InvariantCulture, $"{what} at 0x{offset:x}"))
{
    /// <summary>Bytes from the start of the stream.</summary>
    public int Offset => offset;
}

/// <summary>Reads the big-endian numbers and counted names of a stream; nothing is allocated for a length before the bytes are known to be there.</summary>
internal ref struct BigEndianReader(ReadOnlySpan<byte> bytes, int position = 0)
{
    private readonly ReadOnlySpan<byte> bytes = bytes;

    /// <summary>Where the next byte is read.</summary>
    public int Position { readonly get; private set; } = position;

    /// <summary>How many bytes are left.</summary>
    public readonly int Left => bytes.Length - Position;

    /// <summary>The next byte, or -1 at the end.</summary>
    public readonly int Peek => Position < bytes.Length ? bytes[Position] : -1;

    public byte U8(string what) => Take(1, what)[0];

    public ushort U16(string what) => BinaryPrimitives.ReadUInt16BigEndian(Take(2, what));

    public uint U32(string what) => BinaryPrimitives.ReadUInt32BigEndian(Take(4, what));

    public ulong U64(string what) => BinaryPrimitives.ReadUInt64BigEndian(Take(8, what));

    /// <summary>A name with its length in a byte before it.</summary>
    public string Name(string what)
    {
        var length = U8(what);
        return Text(Take(length, what));
    }

    /// <summary>Characters of one byte each, as they stand: whoever prints them escapes them.</summary>
    public static string Text(ReadOnlySpan<byte> characters) => Encoding.Latin1.GetString(characters);

    /// <summary>Some bytes.</summary>
    /// <exception cref="MalformedStreamException">There are not so many.</exception>
    public ReadOnlySpan<byte> Take(long count, string what)
    {
        if (count < 0 || count > Left)
            throw new MalformedStreamException(Position, $"cut short: {what}");
        var taken = bytes.Slice(Position, (int)count);
        Position += (int)count;
        return taken;
    }

    /// <summary>A complaint about what was read last.</summary>
    public readonly MalformedStreamException Wrong(string what, int back = 0) => new(Position - back, what);
}
