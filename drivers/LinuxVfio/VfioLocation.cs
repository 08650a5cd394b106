using System.Globalization;
using System.Text.RegularExpressions;
using Conformance.Model.Contract;

namespace Conformance.Drivers.LinuxVfio;

/// <summary>Where a device is on its machine.</summary>
/// <param name="Name">What the group knows it by: a PCI address or the UUID of a mediated device.</param>
/// <param name="Folder">Its folder in sysfs.</param>
/// <param name="Node">Its character device, or null.</param>
/// <param name="GroupNode">The character device of its group, or null.</param>
/// <param name="Type">The type of a mediated device ("mtty-2"), or "" for others.</param>
internal sealed partial record VfioLocation(string Name, string Folder, string? Node, string? GroupNode, string Type)
{
    private const string NodeFolder = "/dev/vfio/devices/";

    /// <summary>Finds a device by its node, its PCI address or its UUID.</summary>
    /// <exception cref="DeviceLostException">There is no such device, or it has no VFIO driver.</exception>
    public static VfioLocation Find(ISystemCalls calls, string device)
    {
        string folder,
            name;
        if (device.StartsWith(NodeFolder, StringComparison.Ordinal))
        {
            var node = device[NodeFolder.Length..];
            var link = NodeName().IsMatch(node) ? calls.ReadLink($"/sys/class/vfio-dev/{node}/device") : null;
            name = link is null
                ? throw Missing(device, "no such node: is the vfio driver bound, and has the kernel VFIO_DEVICE_CDEV?")
                : link[(link.LastIndexOf('/') + 1)..];
            folder = $"/sys/class/vfio-dev/{node}/device";
        }
        else if (PciAddress().IsMatch(device))
        {
            name = device.ToLowerInvariant();
            folder = "/sys/bus/pci/devices/" + name;
        }
        else if (Guid.TryParseExact(device, "D", out var uuid))
        {
            name = uuid.ToString("D", CultureInfo.InvariantCulture);
            folder = "/sys/bus/mdev/devices/" + name;
        }
        else
        {
            throw Missing(device, "neither a node in /dev/vfio/devices, nor a PCI address like 0000:75:00.1, nor the UUID of a mediated device");
        }

        if (!calls.Exists(folder))
            throw Missing(device, $"{folder} does not exist on {(calls is GuestCalls ? "the guest" : "this machine")}");
        var group = calls.ReadLink(folder + "/iommu_group");
        var number = group?[(group.LastIndexOf('/') + 1)..];
        var groupNode =
            number is null ? null
            : calls.Exists("/dev/vfio/" + number) ? "/dev/vfio/" + number
            : calls.Exists("/dev/vfio/noiommu-" + number) ? "/dev/vfio/noiommu-" + number
            : null;
        var ownNode = calls.List(folder + "/vfio-dev") is [var own, ..] && NodeName().IsMatch(own) && calls.Exists(NodeFolder + own) ? NodeFolder + own : null;
        if (ownNode is null && groupNode is null)
            throw Missing(
                device,
                $"it has neither a node nor a group in /dev/vfio: bind it to its vfio driver (driver_override in {folder}), and check the permissions"
            );
        var type = calls.ReadLink(folder + "/mdev_type");
        type = type is null ? "" : type[(type.LastIndexOf('/') + 1)..];
        return new VfioLocation(name, folder, ownNode, groupNode, type);
    }

    private static DeviceLostException Missing(string device, string why) =>
        new(DeviceLoss.Unreachable, $"no VFIO device '{GuestProcess.Printable(device)}': {why}");

    [GeneratedRegex("^[0-9a-fA-F]{4,8}:[0-9a-fA-F]{2}:[0-9a-fA-F]{2}\\.[0-7]$")]
    private static partial Regex PciAddress();

    [GeneratedRegex("^vfio[0-9]{1,6}$")]
    private static partial Regex NodeName();
}
