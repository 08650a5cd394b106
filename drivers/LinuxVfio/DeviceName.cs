using System.Text.RegularExpressions;

namespace Conformance.Drivers.LinuxVfio;

/// <summary>The names that a VFIO device can have: its node, its PCI address with the domain, or the UUID of a mediated device.</summary>
internal static partial class DeviceName
{
    /// <summary>The folder of the devices' own nodes.</summary>
    public const string NodeFolder = "/dev/vfio/devices/";

    private const string MediatedFolder = "/sys/bus/mdev/devices/",
        PciFolder = "/sys/bus/pci/devices/",
        GroupFolder = "/dev/vfio/";

    /// <summary>The folder in sysfs of a name, or null when it is no name of a device.</summary>
    public static string? Folder(string device) =>
        device.StartsWith(NodeFolder, StringComparison.Ordinal) && IsNode(device[NodeFolder.Length..])
            ? $"/sys/class/vfio-dev/{device[NodeFolder.Length..]}/device"
        : Guid.TryParseExact(device, "D", out var uuid) ? $"{MediatedFolder}{uuid:D}"
        : PciAddress().IsMatch(device) ? PciFolder + device.ToLowerInvariant()
        : null;

    /// <summary>True for the folder of a mediated device.</summary>
    public static bool IsMediated(string folder) => folder.StartsWith(MediatedFolder, StringComparison.Ordinal);

    /// <summary>True for the name of a node, without its folder: <c>vfio0</c>.</summary>
    public static bool IsNode(string name) => NodeName().IsMatch(name);

    /// <summary>The number of a group that is named by its node, <c>/dev/vfio/12</c>, or null.</summary>
    public static string? Group(string text) => GroupNode().Match(text) is { Success: true } match ? match.Groups[1].Value : null;

    /// <summary>The name that a shorter or longer form of it stands for, or null when it is none: <c>75:00.1</c>, <c>vfio0</c>, a folder in sysfs.</summary>
    public static string? Complete(string text)
    {
        foreach (var folder in (string[])[PciFolder, MediatedFolder])
        {
            if (text.StartsWith(folder, StringComparison.Ordinal) && text[folder.Length..].TrimEnd('/') is var inner && Folder(inner) is not null)
                return inner;
        }

        return ShortPciAddress().IsMatch(text) ? $"0000:{text}"
            : IsNode(text) ? NodeFolder + text
            : text.StartsWith(GroupFolder, StringComparison.Ordinal) && IsNode(text[GroupFolder.Length..]) ? NodeFolder + text[GroupFolder.Length..]
            : null;
    }

    [GeneratedRegex("^[0-9a-fA-F]{4,8}:[0-9a-fA-F]{2}:[0-9a-fA-F]{2}\\.[0-7]\\z")]
    private static partial Regex PciAddress();

    [GeneratedRegex("^[0-9a-fA-F]{2}:[0-9a-fA-F]{2}\\.[0-7]\\z")]
    private static partial Regex ShortPciAddress();

    [GeneratedRegex("^vfio[0-9]{1,6}\\z")]
    private static partial Regex NodeName();

    [GeneratedRegex("^/dev/vfio/(?:noiommu-)?([0-9]{1,9})\\z")]
    private static partial Regex GroupNode();
}
