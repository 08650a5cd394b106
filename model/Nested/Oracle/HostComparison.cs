using Conformance.Model.Smmu.Device;

namespace Conformance.Model.Nested.Oracle;

/// <summary>
/// Whether a guest that knows an SMMU can go on behind another one (SMMU-NEST-14): by the fields of the identification registers that the interface lists, and
/// by no others.
/// </summary>
public static class HostComparison
{
    /// <summary>The field that the hardware of a host lacks for a guest, by its name; null when there is none.</summary>
    /// <param name="guest">What the guest was told.</param>
    /// <param name="host">What the hardware has.</param>
    public static string? Lacks(SmmuCapabilities guest, SmmuCapabilities host)
    {
        ArgumentNullException.ThrowIfNull(guest);
        ArgumentNullException.ThrowIfNull(host);
        return (guest.TTF & ~host.TTF) != 0 ? "TTF"
            : guest.ASID16 && !host.ASID16 ? "ASID16"
            : guest.CD2L && !host.CD2L ? "CD2L"
            : host.TTENDIAN != 0 && host.TTENDIAN != guest.TTENDIAN ? "TTENDIAN"
            : host.StallModel != StallModel.Both && host.StallModel != guest.StallModel ? "STALL_MODEL"
            : host.TermModel && !guest.TermModel ? "TERM_MODEL"
            : host.SIDSIZE < guest.SIDSIZE ? "SIDSIZE"
            : host.SSIDSIZE < guest.SSIDSIZE ? "SSIDSIZE"
            : guest.RIL && !host.RIL ? "RIL"
            : host.BBML < guest.BBML ? "BBML"
            : guest.GRAN4K && !host.GRAN4K ? "GRAN4K"
            : guest.GRAN16K && !host.GRAN16K ? "GRAN16K"
            : guest.GRAN64K && !host.GRAN64K ? "GRAN64K"
            : host.VAX < guest.VAX ? "VAX"
            : host.OAS < guest.OAS ? "OAS"
            : guest.ATS && !host.ATS ? "ATS"
            : null;
    }

    /// <summary>True when two SMMUs are the same in all that is listed: no VMM can tell them apart.</summary>
    public static bool AreAlike(SmmuCapabilities one, SmmuCapabilities other)
    {
        ArgumentNullException.ThrowIfNull(one);
        ArgumentNullException.ThrowIfNull(other);
        return Listed(one) == Listed(other);
    }

    // IDR0 {ST_LEVEL, TERM_MODEL, STALL_MODEL, TTENDIAN, CD2L, ASID16, TTF} and ATS, IDR1 {SIDSIZE, SSIDSIZE}, IDR3 {BBML, RIL}, IDR5 {VAX, granules} and OAS.
    private static (uint, uint, uint, uint) Listed(SmmuCapabilities of) => (of.Idr0 & 0x1f68_140c, of.Idr1 & 0x7ff, of.Idr3 & 0x1c00, of.Idr5 & 0xc77);
}
