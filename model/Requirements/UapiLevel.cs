namespace Conformance.Model.Requirements;

/// <summary>
/// What an implementation of the interface knows, ascending. A level is detected by its features and is not a release string: distributions backport.
/// A requirement is owed from its level on.
/// </summary>
public enum UapiLevel
{
    /// <summary>6.1: features 1, 2, 6, 7 and 8; states 0 to 5; the sets F1 and F3 only.</summary>
    V6_1,

    /// <summary>
    /// 6.2: PRE_COPY and PRE_COPY_P2P (states 6 and 7), the sets F5 and F7, the info call 0x3B79, and feature 9. Below, feature 9 is an unknown index (ENOTTY),
    /// targets 6 and 7 are EINVAL like 8, an ioctl on a data fd gives ENOTTY, and 0 at the end of the stream is convention.
    /// </summary>
    V6_2,

    /// <summary>6.6: device cdevs with BIND, ATTACH and DETACH (a build option). Below, 0x3B76 to 0x3B78 give ENOTTY or EINVAL.</summary>
    V6_6,

    /// <summary>
    /// 6.7: migration of mtty, feature 10 (not for PCI), the bitmap helper behind a build option, dirty tracking and NEST_PARENT in iommufd. Below, the bitmap
    /// helper of REPORT is always built in.
    /// </summary>
    V6_7,

    /// <summary>6.12: qat, and the migration state in debugfs. The migration interface is that of 6.7.</summary>
    V6_12,

    /// <summary>
    /// 7.2: feature 12 and REINIT, feature 11, bind token and PASID fields (longer structs), migration of virtio and xe, the migration features in debugfs.
    /// Below, feature 12 is an unknown index (ENOTTY, with and without PRE_COPY), the info flags are reserved and may echo, and BIND, ATTACH and DETACH take
    /// 16, 12 and 8 bytes with flags 0.
    /// </summary>
    V7_2,
}

/// <summary>How levels are written.</summary>
public static class UapiLevels
{
    /// <summary>All of them, the oldest first.</summary>
    public static IReadOnlyList<UapiLevel> All { get; } = Array.AsReadOnly(Enum.GetValues<UapiLevel>());

    /// <summary>A level as users write it, in addresses and in traits files: "6.12".</summary>
    public static string Name(this UapiLevel level) => level.ToString().TrimStart('V').Replace('_', '.');

    /// <summary>The level of such a text; null when it is none.</summary>
    public static UapiLevel? Find(string? text)
    {
        foreach (var level in All)
            if (level.Name() == text)
                return level;
        return null;
    }
}
