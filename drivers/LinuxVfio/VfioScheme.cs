using Conformance.Drivers.Addresses;
using Conformance.Drivers.Processes;
using Conformance.Drivers.Readiness;
using Conformance.Model.Contract;
using Conformance.Model.Migration.Device;

namespace Conformance.Drivers.LinuxVfio;

/// <summary>
/// The <c>vfio:</c> addresses: a device of this machine, or with <c>guest=</c> of a guest; <c>peer=</c>, <c>stranger=</c>, <c>via=</c>, <c>workload=</c>,
/// <c>deadline=</c>, <c>level=</c>, <c>traits=</c>.
/// </summary>
public sealed class VfioScheme : IDriverScheme
{
    // Booting a guest, and building its lab before, is not yet a call; what comes after may still wait for its machine.
    private static readonly TimeSpan GuestMargin = TimeSpan.FromSeconds(60);

    /// <inheritdoc/>
    public string Name => "vfio";

    /// <inheritdoc/>
    public string Example => "vfio:0000:75:00.1";

    /// <inheritdoc/>
    public IReadOnlyList<string> Keys(DriverAddress address) => ["deadline", "guest", "level", "peer", "stranger", "traits", "via", "workload"];

    /// <inheritdoc/>
    public IReadOnlyList<string> Workloads => ["hisi_acc", "mtty", "none"];

    /// <inheritdoc/>
    public void Check(DriverAddress address)
    {
        if (address.Name.Length == 0)
            throw DriverAddressException.Of($"'{address.Text}' names no device.", $"Write for example {Example}.");
        if (DeviceName.Complete(address.Name) is { } complete)
            throw DriverAddressException.Of($"'{address.Name}' is not the whole name of a device.", $"Did you mean {address.WithName(complete)}?");
        if (DeviceName.Group(address.Name) is { } group)
            throw DriverAddressException.Of(
                $"'{address.Name}' is the node of an IOMMU group, and a group may hold several devices.",
                $"Name the device, as 'ls /sys/kernel/iommu_groups/{group}/devices' shows it: {Example}?via=group."
            );
        _ = Options(address);
    }

    /// <inheritdoc/>
    public string? Meant(string text) =>
        DeviceName.Complete(text) is { } complete ? $"vfio:{complete}"
        : DeviceName.Folder(text) is not null || DeviceName.Group(text) is not null ? $"vfio:{text}"
        : null;

    /// <inheritdoc/>
    public IReadOnlyList<Type> Contracts(DriverAddress address) => [typeof(IMigrationTarget)];

    /// <inheritdoc/>
    public TimeSpan Deadline(DriverAddress address)
    {
        var inGuest = address.Option("guest") is not null;
        return (address.Deadline ?? LinuxVfioTarget.DefaultDeadline(guest: false)) + (inGuest ? GuestMargin : default);
    }

    /// <inheritdoc/>
    public IEnumerable<ReadinessLine> Look(DriverAddress address)
    {
        if (address.Option("guest") is { } command)
            return GuestEnvironment.Look(command);
        if (!OperatingSystem.IsLinux())
            return [ReadinessLine.NotOk("system", "this is not Linux", "Use a Linux machine, or a guest of one")];
        using var calls = new LocalCalls();
        return [.. new VfioEnvironment(calls, address.Name, address.Option("via")).Look()];
    }

    /// <inheritdoc/>
    public ReadinessLine? Obstacle(DriverAddress address) => address.Option("guest") is { } command ? GuestEnvironment.Obstacle(command) : null;

    /// <inheritdoc/>
    public T? Open<T>(DriverAddress address, bool withoutFault)
        where T : class
    {
        if (typeof(T) != typeof(IMigrationTarget))
            return null;
        var options = Options(address) with { Traits = address.ReadTraits() };
        return GuestEnvironment.Open(() =>
                address.Option("guest") is { } command
                    ? LinuxVfioTarget.InGuest(address.Text, address.Name, command, options)
                    : LinuxVfioTarget.Local(address.Text, address.Name, options)
            ) as T;
    }

    // The same device twice would be opened twice, and be its own destination.
    private static string? SecondOf(DriverAddress address, string key) =>
        address.Option(key) is not { } second ? null
        : second.Length == 0 || second == address.Name
            ? throw DriverAddressException.Of(
                $"'{key}={second}' in '{address.Text}' names no second device.",
                $"Name another device of {(key == "peer" ? "the same" : "another")} kind, in the way in which the first one is named."
            )
        : key != "peer" && address.Option("peer") is not null
            ? throw DriverAddressException.Of(
                $"'{address.Text}' has two second devices.",
                "Use peer= for one of the same kind or stranger= for one of another kind, in a run each."
            )
        : second;

    private static LinuxVfioOptions Options(DriverAddress address) =>
        new()
        {
            Path = address.Option("via") switch
            {
                null => VfioPath.Automatic,
                "device" => VfioPath.Device,
                "group" => VfioPath.Group,
                var other => throw DriverAddressException.Of(
                    $"'via={other}' in '{address.Text}' is not a way to open a VFIO device.",
                    "Use via=device (cdev and iommufd) or via=group (group and container)."
                ),
            },
            Workload = address.Option("workload") switch
            {
                null or "mtty" => true,
                "none" or "hisi_acc" => false,
                // One of the user's own takes its place.
                { } own when own.StartsWith("plugin:", StringComparison.Ordinal) => false,
                var other => throw DriverAddressException.Of(
                    $"'workload={other}' in '{address.Text}' is not a workload of VFIO devices.",
                    "Use workload=none or workload=plugin:path/to/My.dll; without it the workload is the one of the device's type, where there is one (mtty)."
                ),
            },
            HisiAccWorkload = address.Option("workload") == "hisi_acc",
            Peer = SecondOf(address, "peer"),
            Stranger = SecondOf(address, "stranger"),
            Deadline = address.Deadline,
            Level = address.Level,
        };
}
