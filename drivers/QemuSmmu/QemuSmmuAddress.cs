using Conformance.Drivers.Addresses;
using Conformance.Model.Contract;
using Conformance.Model.Smmu.Device;

namespace Conformance.Drivers.QemuSmmu;

/// <summary>The <c>qemu-smmuv3:</c> addresses: the path of a qemu-system-aarch64, or nothing for the one in PATH; <c>stage=</c> 1, 2 or nested.</summary>
internal static class QemuSmmuAddress
{
    /// <summary>The stages that an address can ask for.</summary>
    public static IReadOnlyList<string> Stages { get; } = ["1", "2", "nested"];

    /// <summary>The first version of QEMU that has a stage.</summary>
    public static Version FirstVersionWith(string stage) =>
        stage switch
        {
            "1" => new(0, 0),
            "2" => new(8, 1),
            _ => new(9, 1),
        };

    /// <summary>The target of an address. Its process starts at the first use.</summary>
    /// <exception cref="DeviceLostException">There is no such executable.</exception>
    public static ISmmuTarget Open(DriverAddress address) => new QemuSmmuTarget(address.Text, Find(address.Name), address.Option("stage"), address.Deadline);

    private static string Find(string name)
    {
        const string Fix = "Install one (apt-get install qemu-system-arm), or run labs/qemu/build and name what it prints.";
        if (name.Contains('/', StringComparison.Ordinal))
        {
            return File.Exists(name) ? Path.GetFullPath(name) : throw new DeviceLostException(DeviceLoss.Unreachable, $"there is no QEMU at {name}\n{Fix}");
        }

        if (name.Length == 0)
            name = "qemu-system-aarch64";
        return (Environment.GetEnvironmentVariable("PATH") ?? "")
                .Split(':')
                .Where(folder => folder.Length > 0)
                .Select(folder => Path.Combine(folder, name))
                .FirstOrDefault(File.Exists)
            ?? throw new DeviceLostException(DeviceLoss.Unreachable, $"there is no {name} in PATH\n{Fix}");
    }
}
