using Conformance.Drivers.Processes;
using Conformance.Model.Contract;

namespace Conformance.Drivers.LinuxVfio;

/// <summary>Where a device is on its machine.</summary>
/// <param name="Name">What the group knows it by: a PCI address or the UUID of a mediated device.</param>
/// <param name="Folder">Its folder in sysfs.</param>
/// <param name="Node">Its character device, or null.</param>
/// <param name="GroupNode">The character device of its group, or null.</param>
/// <param name="Type">The type of a mediated device ("mtty-2"), or "" for others.</param>
internal sealed record VfioLocation(string Name, string Folder, string? Node, string? GroupNode, string Type)
{
    /// <summary>Finds a device by its node, its PCI address or its UUID.</summary>
    /// <exception cref="DeviceLostException">There is no such device, or it has no VFIO driver.</exception>
    public static VfioLocation Find(ISystemCalls calls, string device)
    {
        if (DeviceName.Folder(device) is not { } folder)
            throw Missing(device, "neither a node in /dev/vfio/devices, nor a PCI address like 0000:75:00.1, nor the UUID of a mediated device");
        var name = folder[(folder.LastIndexOf('/') + 1)..];
        if (device.StartsWith(DeviceName.NodeFolder, StringComparison.Ordinal))
        {
            var link = calls.ReadLink(folder) ?? throw Missing(device, "no such node: is the vfio driver bound, and has the kernel VFIO_DEVICE_CDEV?");
            name = link[(link.LastIndexOf('/') + 1)..];
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
        var ownNode =
            calls.List(folder + "/vfio-dev") is [var own, ..] && DeviceName.IsNode(own) && calls.Exists(DeviceName.NodeFolder + own)
                ? DeviceName.NodeFolder + own
                : null;
        if (ownNode is null && groupNode is null)
            throw Missing(
                device,
                $"it has neither a node nor a group in /dev/vfio: bind it to its vfio driver (driver_override in {folder}), and check the permissions"
            );
        var type = calls.ReadLink(folder + "/mdev_type");
        type = type is null ? "" : type[(type.LastIndexOf('/') + 1)..];
        return new VfioLocation(name, folder, ownNode, groupNode, type);
    }

    /// <summary>Where the name of a mediated device is written to create it again; null for other devices.</summary>
    public string? Creator(ISystemCalls calls)
    {
        // The folder is a link of the form ../../../devices/PARENT/UUID.
        if (
            !DeviceName.IsMediated(Folder)
            || Type.Length == 0
            || calls.ReadLink(Folder) is not { } link
            || link.IndexOf("devices/", StringComparison.Ordinal) is not (>= 0 and var at)
        )
            return null;
        var path = "/sys/" + link[at..];
        return $"{path[..path.LastIndexOf('/')]}/mdev_supported_types/{Type}/create";
    }

    private static DeviceLostException Missing(string device, string why) => new(DeviceLoss.Unreachable, $"no VFIO device '{ForeignText.Line(device)}': {why}");
}
