using System.Buffers.Binary;
using System.Runtime.CompilerServices;

namespace Conformance.Engine.Plans;

/// <summary>Writes a plan into memory that somebody else owns. Numbers are LEB128: seven bits a byte, the lowest first, bit 7 set when more follow.</summary>
/// <param name="to">Where to.</param>
public ref struct PlanWriter(Span<byte> to)
{
    private readonly Span<byte> to = to;

    /// <summary>How many bytes were written.</summary>
    public int Length { get; private set; }

    /// <summary>True when something did not fit; what was written then is of no use.</summary>
    public bool Overflows { get; private set; }

    /// <summary>Writes a number, in 1 to 10 bytes.</summary>
    public void Number(ulong value)
    {
        // Plans are written before each of them runs, and most of their numbers are small.
        if (value < 0x80)
        {
            Byte((byte)value);
            return;
        }

        Long(value);
    }

    /// <summary>Writes two numbers one after the other.</summary>
    public void Numbers(ulong first, ulong second)
    {
        if ((first | second) < 0x80 && to.Length - Length >= 2)
        {
            BinaryPrimitives.WriteUInt16LittleEndian(to[Length..], (ushort)(first | second << 8));
            Length += 2;
            return;
        }

        Number(first);
        Number(second);
    }

    /// <summary>Writes a number that may be negative: its sign is bit 0.</summary>
    public void Signed(long value) => Number((ulong)(value << 1) ^ (ulong)(value >> 63));

    /// <summary>Writes 1 or 0.</summary>
    public void Flag(bool value) => Byte(value ? (byte)1 : (byte)0);

    /// <summary>Writes bytes as they are, without their count.</summary>
    public void Bytes(ReadOnlySpan<byte> value)
    {
        if (value.Length > to.Length - Length)
        {
            Overflows = true;
            return;
        }

        value.CopyTo(to[Length..]);
        Length += value.Length;
    }

    private void Long(ulong value)
    {
        var free = to[Length..];
        var count = 0;
        for (; value >= 0x80 && count < free.Length; value >>= 7)
            free[count++] = (byte)(value | 0x80);
        Length += count;
        Byte((byte)value);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void Byte(byte value)
    {
        if ((uint)Length < (uint)to.Length)
            to[Length++] = value;
        else
            Overflows = true;
    }
}
