using Conformance.Drivers.Addresses;

namespace Conformance.Drivers.LinuxVfio;

/// <summary>From a <c>vfio:</c> address to its target: device, <c>guest=</c>, <c>via=</c>, <c>workload=</c>, <c>deadline=</c>, <c>level=</c> and <c>traits=</c>.</summary>
public static class VfioAddress
{
    /// <summary>Makes the target. Nothing is opened or booted before its first use.</summary>
    /// <exception cref="DriverAddressException">An option has no such value, or the traits file cannot be read.</exception>
    public static LinuxVfioTarget Open(DriverAddress address)
    {
        var options = new LinuxVfioOptions
        {
            Path = address.Option("via") switch
            {
                null => VfioPath.Automatic,
                "device" => VfioPath.Device,
                "group" => VfioPath.Group,
                var other => throw Bad(
                    $"'via={GuestProcess.Printable(other)}' is not a way to open a VFIO device.",
                    "Use via=device (cdev and iommufd) or via=group (group and container)."
                ),
            },
            Workload = address.Option("workload") switch
            {
                null or "mtty" => true,
                "none" => false,
                var other => throw Bad(
                    $"'workload={GuestProcess.Printable(other)}' is not a workload of VFIO devices.",
                    "Use workload=none; without it the workload is the one of the device's type, where there is one (mtty)."
                ),
            },
            Deadline = address.Deadline,
            Traits = address.ReadTraits(),
            Level = address.Level,
        };
        try
        {
            return address.Option("guest") is { } command
                ? LinuxVfioTarget.InGuest(address.Text, address.Name, command, options)
                : LinuxVfioTarget.Local(address.Text, address.Name, options);
        }
        catch (FormatException exception)
        {
            throw new DriverAddressException(
                $"The command in 'guest=' cannot be split into words: {GuestProcess.Printable(exception.Message)}.\nQuote as in a shell; no shell runs it.",
                exception
            );
        }
    }

    private static DriverAddressException Bad(string what, string fix) => new($"{what}\n{fix}");
}
