using System.Runtime.CompilerServices;

namespace Conformance.Model.Smmu.Structures;

/// <summary>Fields of a doubleword, named as the specification names them: [high:low]. Bits of a value that do not fit are dropped.</summary>
internal static class Bits
{
    /// <summary>Bit <paramref name="bit"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool Is(ulong word, int bit) => (word >> bit & 1) != 0;

    /// <summary>The word with bit <paramref name="bit"/> set or cleared.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ulong WithFlag(ulong word, int bit, bool value) => word & ~(1ul << bit) | (value ? 1ul << bit : 0);

    /// <summary>The field [high:low], moved down to bit 0.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ulong Get(ulong word, int high, int low) => word << 63 - high >> 63 - high + low;

    /// <summary>The word with the field [high:low] replaced.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ulong With(ulong word, int high, int low, ulong value) => word & ~Mask(high, low) | value << low & Mask(high, low);

    /// <summary>The field [high:low], left in its place.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ulong InPlace(ulong word, int high, int low) => word & Mask(high, low);

    /// <summary>The word with the field [high:low] replaced by the same bits of a value.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ulong WithInPlace(ulong word, int high, int low, ulong value) => word & ~Mask(high, low) | value & Mask(high, low);

    /// <summary>Ones in [high:low].</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ulong Mask(int high, int low) => ulong.MaxValue >> 63 - high >> low << low;
}
