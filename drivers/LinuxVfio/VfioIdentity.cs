using Conformance.Drivers.Processes;
using Conformance.Model.Contract;

namespace Conformance.Drivers.LinuxVfio;

/// <summary>Which kernel, which build of which driver and which kind of device a VFIO device is: what sysfs and procfs of its machine say.</summary>
internal static class VfioIdentity
{
    /// <summary>"Linux 6.12.117+deb13-amd64 #1 SMP ...": the kernel of a machine, as it names itself; empty when it does not.</summary>
    public static string KernelOf(ISystemCalls calls) =>
        Words(Read(calls, "/proc/sys/kernel/ostype"), Read(calls, "/proc/sys/kernel/osrelease"), Read(calls, "/proc/sys/kernel/version"));

    /// <summary>Looks. What a kernel does not show is left out.</summary>
    /// <param name="calls">The machine.</param>
    /// <param name="known">The device.</param>
    /// <param name="byNode">True when it is opened by its own node.</param>
    public static IReadOnlyList<IdentityFact> Of(ISystemCalls calls, VfioLocation known, bool byNode)
    {
        var facts = new List<IdentityFact>();
        Add("kernel", KernelOf(calls));
        if (LastName(calls.ReadLink(known.Folder + "/driver")) is { } driver)
        {
            // A driver of a mediated device may have another name than its module.
            var module = LastName(calls.ReadLink(known.Folder + "/driver/module")) ?? driver;
            Add(
                "driver",
                Words(
                    driver == module ? driver : $"{driver} of {module}",
                    Labelled("version", Read(calls, $"/sys/module/{module}/version")),
                    Labelled("srcversion", Read(calls, $"/sys/module/{module}/srcversion"))
                )
            );
        }

        Add(
            "device",
            known.Type.Length > 0
                ? known.Type
                : Words(
                    Identifier("vendor", "device"),
                    Labelled("subsystem", Identifier("subsystem_vendor", "subsystem_device")),
                    Labelled("revision", Read(calls, known.Folder + "/revision"))
                )
        );
        Add("opened by", byNode ? "its own node" : "its group");
        return facts;

        void Add(string name, string? value)
        {
            if (!string.IsNullOrEmpty(value))
                facts.Add(new(name, value));
        }

        string? Identifier(string vendor, string device) =>
            Read(calls, $"{known.Folder}/{vendor}") is { } left && Read(calls, $"{known.Folder}/{device}") is { } right
                ? $"{left.Replace("0x", "", StringComparison.Ordinal)}:{right.Replace("0x", "", StringComparison.Ordinal)}"
                : null;
    }

    // A file of sysfs has one line; what is longer is no identity.
    private static string? Read(ISystemCalls calls, string path) =>
        calls.ReadText(path) is { } text && ForeignText.Line(text.Trim()) is { Length: > 0 } line ? line : null;

    private static string? Labelled(string label, string? value) => value is null ? null : $"{label} {value}";

    private static string Words(params IEnumerable<string?> words) => string.Join(' ', words.Where(word => word is not null));

    // "../../../bus/pci/drivers/mlx5_vfio_pci" is mlx5_vfio_pci.
    private static string? LastName(string? link) => link?[(link.LastIndexOf('/') + 1)..] is { Length: > 0 } name ? ForeignText.Line(name) : null;
}
