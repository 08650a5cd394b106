namespace Conformance.Model.Smmu.Structures;

/// <summary>A translation granule; the value is the binary logarithm of its size in bytes.</summary>
public enum Granule : byte
{
    /// <summary>A reserved code.</summary>
    Reserved = 0,

    /// <summary>4 KiB.</summary>
    Size4K = 12,

    /// <summary>16 KiB.</summary>
    Size16K = 14,

    /// <summary>64 KiB.</summary>
    Size64K = 16,
}

/// <summary>The two codings of granules.</summary>
public static class Granules
{
    // Five bits per code.
    private const ulong TG0 = (ulong)Granule.Size4K | (ulong)Granule.Size64K << 5 | (ulong)Granule.Size16K << 10;
    private const ulong TG1 = (ulong)Granule.Size16K << 5 | (ulong)Granule.Size4K << 10 | (ulong)Granule.Size64K << 15;

    /// <summary>The granule of CD.TG0 and STE.S2TG: 0 4 KiB, 1 64 KiB, 2 16 KiB, 3 reserved.</summary>
    public static Granule OfTG0(int code) => (Granule)(TG0 >> 5 * code & 31);

    /// <summary>The granule of CD.TG1: 1 16 KiB, 2 4 KiB, 3 64 KiB, 0 reserved.</summary>
    public static Granule OfTG1(int code) => (Granule)(TG1 >> 5 * code & 31);

    /// <summary>The code of CD.TG0 and STE.S2TG.</summary>
    public static int ToTG0(Granule granule) =>
        granule switch
        {
            Granule.Size4K => 0,
            Granule.Size64K => 1,
            Granule.Size16K => 2,
            _ => 3,
        };

    /// <summary>The code of CD.TG1.</summary>
    public static int ToTG1(Granule granule) =>
        granule switch
        {
            Granule.Size16K => 1,
            Granule.Size4K => 2,
            Granule.Size64K => 3,
            _ => 0,
        };
}
