using System.Globalization;
using Conformance.Drivers.Processes;
using Conformance.Drivers.Readiness;
using Conformance.Model.Contract;
using Conformance.Model.Migration.Device;

namespace Conformance.Drivers.LinuxVfio;

/// <summary>What a device of this machine needs: modules, its driver, nodes and their permissions, its IOMMU group, memory that may be locked.</summary>
/// <param name="calls">The machine.</param>
/// <param name="device">A node in /dev/vfio/devices, a PCI address, or the UUID of a mediated device.</param>
/// <param name="via">"device", "group", or null for the first of the two that is there.</param>
public sealed class VfioEnvironment(ISystemCalls calls, string device, string? via)
{
    private const long LeastLocked = 8 << 20;

    /// <summary>Looks at each part, the first ones first; what depends on a part that is missing is left out.</summary>
    public IEnumerable<ReadinessLine> Look()
    {
        yield return calls.Exists("/sys/module/vfio")
            ? ReadinessLine.Ok("module vfio", "/sys/module/vfio")
            : ReadinessLine.NotOk("module vfio", "/sys/module/vfio is not there", "modprobe vfio, or a kernel with CONFIG_VFIO");
        if (DeviceName.Folder(device) is not { } folder)
        {
            yield return ReadinessLine.NotOk(
                "device",
                $"'{ForeignText.Line(device)}' is no name of a device",
                "Name a node (/dev/vfio/devices/vfio0), a PCI address (0000:75:00.1) or the UUID of a mediated device"
            );
            yield break;
        }

        if (!calls.Exists(folder))
        {
            yield return ReadinessLine.NotOk(
                "device",
                $"{folder} is not there",
                DeviceName.IsMediated(folder)
                    ? "Create it: echo UUID > /sys/class/mdev_bus/PARENT/mdev_supported_types/TYPE/create"
                    : "Look it up: lspci -D, or ls /sys/class/vfio-dev; a virtual function is made by sriov_numvfs"
            );
            yield break;
        }

        yield return ReadinessLine.Ok("device", folder);
        yield return Iommu(folder);
        yield return Driver(folder);
        foreach (var line in Nodes(folder))
            yield return line;
        yield return Locked();
    }

    private ReadinessLine Iommu(string folder) =>
        DeviceName.IsMediated(folder) ? ReadinessLine.Skipped("IOMMU", "a mediated device needs none")
        : calls.List("/sys/class/iommu") is { Count: > 0 } units ? ReadinessLine.Ok("IOMMU", string.Join(", ", units.Take(4)))
        : ReadinessLine.NotOk("IOMMU", "none is on", "Switch it on in the firmware, and boot with intel_iommu=on or its like");

    private ReadinessLine Driver(string folder)
    {
        const string What = "driver of the device";
        return Name(calls.ReadLink($"{folder}/driver")) switch
        {
            null => ReadinessLine.NotOk(What, "none is bound", $"echo DRIVER > {folder}/driver_override; echo {device} > /sys/bus/pci/drivers_probe"),
            "vfio-pci" => ReadinessLine.NotOk(
                What,
                "vfio-pci, which has no migration",
                "Bind the variant driver of the device (hisi_acc_vfio_pci, mlx5_vfio_pci, ...)"
            ),
            var driver when driver.Contains("vfio", StringComparison.Ordinal) || DeviceName.IsMediated(folder) => ReadinessLine.Ok(What, driver),
            var driver => ReadinessLine.NotOk(
                What,
                $"{ForeignText.Line(driver)}, which is no VFIO driver",
                $"Unbind it (echo {device} > {folder}/driver/unbind) and bind the variant driver of the device"
            ),
        };
    }

    private IEnumerable<ReadinessLine> Nodes(string folder)
    {
        var own = calls.List($"{folder}/vfio-dev") is [var first, ..] ? first : null;
        var group = Name(calls.ReadLink($"{folder}/iommu_group"));
        var byNode = via switch
        {
            "device" => true,
            "group" => false,
            _ => own is not null && calls.Exists($"/dev/vfio/devices/{own}"),
        };
        if (byNode)
        {
            yield return own is null
                ? ReadinessLine.NotOk("node of the device", "it has none", "Use a kernel with VFIO_DEVICE_CDEV, or ?via=group")
                : Node("node of the device", $"/dev/vfio/devices/{own}");
            yield return Node("iommufd", "/dev/iommu");
            yield return ReadinessLine.Skipped("IOMMU group", "the device is opened by its own node (?via=group is the other way)");
            yield break;
        }

        yield return own is null
            ? ReadinessLine.Skipped("node of the device", "this kernel has none (VFIO_DEVICE_CDEV); the group is used")
            : ReadinessLine.Skipped("node of the device", "the group is used");
        if (group is null)
        {
            yield return ReadinessLine.NotOk("IOMMU group", "the device is in none", "Bind it to its VFIO driver, with an IOMMU that is on");
            yield break;
        }

        var strangers = calls
            .List($"{folder}/iommu_group/devices")
            .Where(other =>
                Name(calls.ReadLink($"{folder}/iommu_group/devices/{other}/driver")) is { } driver
                && !driver.Contains("vfio", StringComparison.Ordinal)
                && driver != "pcieport"
                && !DeviceName.IsMediated(folder)
            )
            .ToList();
        yield return strangers.Count == 0
            ? ReadinessLine.Ok("IOMMU group", group)
            : ReadinessLine.NotOk(
                "IOMMU group",
                $"{group} also holds {string.Join(", ", strangers.Take(4))}, with other drivers",
                "Unbind those devices, or bind them to vfio-pci"
            );
        yield return Node("node of the group", calls.Exists($"/dev/vfio/noiommu-{group}") ? $"/dev/vfio/noiommu-{group}" : $"/dev/vfio/{group}");
        yield return Node("container", "/dev/vfio/vfio");
    }

    private ReadinessLine Node(string what, string path)
    {
        if (!calls.Exists(path))
            return ReadinessLine.NotOk(
                what,
                $"{path} is not there",
                path == "/dev/iommu" ? "modprobe iommufd, or ?via=group" : "Bind the device to its VFIO driver; in a container, pass the node in"
            );
        var opened = calls.Open(path, OpenFlags.ReadWrite);
        if (opened.Ok)
        {
            calls.Close((int)opened.Value);
            return ReadinessLine.Ok(what, path);
        }

        return opened.Errno == Errno.EBUSY
            ? ReadinessLine.NotOk(what, $"{path} is in use", "End the program that has it: fuser -v " + path)
            : ReadinessLine.NotOk(what, $"{path} may not be opened: {Errno.Name(opened.Errno)}", $"Give it to this user: chown $USER {path}, or a udev rule");
    }

    private ReadinessLine Locked()
    {
        const string What = "locked memory";
        var limit = (calls.ReadText("/proc/self/limits") ?? "")
            .Split('\n')
            .FirstOrDefault(line => line.StartsWith("Max locked memory", StringComparison.Ordinal));
        var word = limit?["Max locked memory".Length..].Split(' ', StringSplitOptions.RemoveEmptyEntries).FirstOrDefault();
        if (word is "unlimited")
            return ReadinessLine.Ok(What, "unlimited");
        if (!long.TryParse(word, NumberStyles.None, CultureInfo.InvariantCulture, out var bytes))
            return ReadinessLine.Skipped(What, "the limit cannot be told");
        var seen = string.Create(CultureInfo.InvariantCulture, $"{bytes >> 10} KiB");
        return bytes >= LeastLocked ? ReadinessLine.Ok(What, seen) : ReadinessLine.NotOk(What, seen, "ulimit -l 8192, or LimitMEMLOCK= of the service");
    }

    // "../../../drivers/mlx5_vfio_pci" is mlx5_vfio_pci.
    private static string? Name(string? link) => link?[(link.LastIndexOf('/') + 1)..] is { Length: > 0 } name ? name : null;
}
