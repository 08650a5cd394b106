namespace Conformance.Model.Nested.Device;

/// <summary>The memory of the guest that plans play, on whatever host and VMM: 192 KiB at 0x40000000 and 64 KiB at 0x100000000, in pages of 4 KiB.</summary>
public static class GuestRam
{
    /// <summary>Pages below 4 GiB; those above follow.</summary>
    public const int LowPages = 48;

    /// <summary>All pages.</summary>
    public const int Pages = 64;

    /// <summary>Bytes of a page.</summary>
    public const ulong PageSize = 4096;

    /// <summary>The GPA of the first page.</summary>
    public const ulong LowRam = 0x4000_0000;

    /// <summary>The GPA of the first page above 4 GiB.</summary>
    public const ulong HighRam = 0x1_0000_0000;

    /// <summary>The GPA of a page by its number.</summary>
    public static ulong GpaOf(int page) => page < LowPages ? LowRam + ((ulong)page * PageSize) : HighRam + ((ulong)(page - LowPages) * PageSize);

    /// <summary>The number of the page of a GPA; null outside of memory.</summary>
    public static int? PageOf(ulong gpa) =>
        gpa >= LowRam && gpa - LowRam < LowPages * PageSize ? (int)((gpa - LowRam) / PageSize)
        : gpa >= HighRam && gpa - HighRam < (Pages - LowPages) * PageSize ? LowPages + (int)((gpa - HighRam) / PageSize)
        : null;
}
