namespace Conformance.Model.Nested.Oracle;

/// <summary>Which bits of an STE or a CD hardware reads, and which values of them it may meet on the way from one value to another.</summary>
public static class EntryBits
{
    private const ulong Eats0 = 1ul << 28,
        Eats1 = 1ul << 29,
        Mev = 1ul << 19;

    /// <summary>The bits of an entry that hardware reads.</summary>
    public static ulong[] UsedBy(bool isContext, ReadOnlySpan<ulong> entry)
    {
        var used = new ulong[8];
        if (isContext)
        {
            if ((entry[0] >> 31 & 1) == 0)
            {
                used[0] = 1ul << 31;
                return used;
            }

            Array.Fill(used, ulong.MaxValue);
            // EPD0: T0SZ, TG0, IR0, OR0, SH0 and TTB0 are not read.
            if ((entry[0] >> 14 & 1) != 0)
            {
                used[0] &= ~0x3ffful;
                used[1] &= ~0x000f_ffff_ffff_fff0ul;
            }

            return used;
        }

        used[0] = 1;
        if ((entry[0] & 1) == 0)
            return used;
        used[0] = 0xf;
        var config = entry[0] >> 1 & 7;
        if (config == 4)
            used[1] = 3ul << 44;
        if ((config & 5) == 5)
        {
            used[0] |= 3ul << 4 | 0x000f_ffff_ffff_ffc0 | 31ul << 59;
            used[1] |= 0xff | 1ul << 27 | 3ul << 30 | Eats0 | Eats1 | Mev;
            used[2] |= 0xffff;
            if ((entry[1] & 3) == 1)
                used[1] |= 3ul << 44;
        }

        if ((config & 6) == 6)
        {
            used[1] |= 1ul << 25 | Eats0 | Eats1 | 3ul << 44 | Mev;
            used[2] |= 0xffff | 0x7_fffful << 32 | 1ul << 51 | 1ul << 52 | 1ul << 54 | 1ul << 57 | 1ul << 58;
            used[3] |= 0x000f_ffff_ffff_fff0;
        }

        return used;
    }

    /// <summary>
    /// Bits that may change before or behind the others although hardware reads them: MEV, and EATS between off and full where neither value splits stages or
    /// stalls.
    /// </summary>
    public static ulong SafeOf(bool isContext, ReadOnlySpan<ulong> from, ReadOnlySpan<ulong> to)
    {
        if (isContext)
            return 0;
        var isPlain = ((from[1] | to[1]) & Eats1) == 0 && ((from[2] | to[2]) >> 57 & 1) == 0;
        var safe = Mev | (isPlain ? Eats0 : 0);
        return safe & UsedBy(false, from)[1] & UsedBy(false, to)[1];
    }

    /// <summary>True when hardware can be led from one value to the other without meeting a third: at most one doubleword changes what is read.</summary>
    public static bool CanBeHitless(bool isContext, ReadOnlySpan<ulong> from, ReadOnlySpan<ulong> to)
    {
        var (before, after) = (UsedBy(isContext, from), UsedBy(isContext, to));
        var safe = SafeOf(isContext, from, to);
        var critical = 0;
        for (var i = 0; i < 8; i++)
        {
            var fixedBits = before[i] & ~(i == 1 ? safe : 0);
            var moved = from[i] & fixedBits | to[i] & ~fixedBits;
            if ((moved & after[i]) != to[i])
                critical++;
        }

        return critical <= 1;
    }

    /// <summary>True when hardware that reads these doublewords sees a value: its bits, but for those that are safe.</summary>
    public static bool Shows(bool isContext, ReadOnlySpan<ulong> seen, ReadOnlySpan<ulong> value, ulong safe)
    {
        var used = UsedBy(isContext, value);
        for (var i = 0; i < 8; i++)
            if (((seen[i] ^ value[i]) & used[i] & ~(i == 1 ? safe : 0)) != 0)
                return false;
        return true;
    }

    /// <summary>True for an entry that is not valid.</summary>
    public static bool IsInvalid(bool isContext, ReadOnlySpan<ulong> entry) => (entry[0] >> (isContext ? 31 : 0) & 1) == 0;
}
