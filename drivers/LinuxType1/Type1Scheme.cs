using Conformance.Drivers.Addresses;
using Conformance.Drivers.LinuxVfio;
using Conformance.Drivers.Processes;
using Conformance.Drivers.Readiness;
using Conformance.Model.Contract;
using Conformance.Model.Nested.Device;

namespace Conformance.Drivers.LinuxType1;

/// <summary>
/// The <c>type1:</c> addresses: the container of type 1 that the groups of a device of a guest (<c>guest=</c>) and of others (<c>beside=</c>) are put into.
/// Memory of the guest's agent is mapped for the devices, which no device of this machine is to be trusted with.
/// </summary>
public sealed class Type1Scheme : IDriverScheme
{
    // Booting a guest is not yet a call.
    private static readonly TimeSpan GuestMargin = TimeSpan.FromSeconds(60);

    private static ReadinessLine NoGuest { get; } =
        ReadinessLine.NotOk("guest", "containers of this machine are not asked", "Use a lab's: ?guest=labs/hisi/boot --kernel trixie");

    /// <inheritdoc/>
    public string Name => "type1";

    /// <inheritdoc/>
    public string Example => "type1:19e5:00:00.1";

    /// <inheritdoc/>
    public IReadOnlyList<string> Keys(DriverAddress address) => ["beside", "deadline", "guest"];

    /// <inheritdoc/>
    public void Check(DriverAddress address)
    {
        var devices = Devices(address);
        if (devices.FirstOrDefault(device => DeviceName.Folder(device) is null) is { } wrong)
            throw DriverAddressException.Of($"'{wrong}' in '{address.Text}' is no device.", $"Write for example {Example}?guest=labs/hisi/boot.");
        if (devices.Distinct(StringComparer.Ordinal).Count() < devices.Count)
            throw DriverAddressException.Of($"A device is named twice in '{address.Text}'.", "Name others in beside=, joined by commas.");
    }

    // The one that is named, and those beside it.
    private static List<string> Devices(DriverAddress address) =>
        [address.Name, .. address.Option("beside") is { } beside ? beside.Split(',') : Array.Empty<string>()];

    /// <summary>Nothing: the name of a device is meant for <c>vfio:</c>.</summary>
    public string? Meant(string text) => null;

    /// <inheritdoc/>
    public IReadOnlyList<Type> Contracts(DriverAddress address) => [typeof(INestedTarget)];

    /// <inheritdoc/>
    public TimeSpan Deadline(DriverAddress address) => (address.Deadline ?? LinuxVfioTarget.DefaultDeadline(guest: true)) + GuestMargin;

    /// <inheritdoc/>
    public IEnumerable<ReadinessLine> Look(DriverAddress address) => address.Option("guest") is { } command ? GuestEnvironment.Look(command) : [NoGuest];

    /// <inheritdoc/>
    public ReadinessLine? Obstacle(DriverAddress address) => address.Option("guest") is { } command ? GuestEnvironment.Obstacle(command) : NoGuest;

    /// <inheritdoc/>
    public T? Open<T>(DriverAddress address, bool withoutFault)
        where T : class
    {
        if (typeof(T) != typeof(INestedTarget))
            return null;
        if (address.Option("guest") is not { } command)
            throw new DeviceLostException(DeviceLoss.Unreachable, $"{NoGuest.Seen}\n{NoGuest.Fix}");
        return GuestEnvironment.Open(() => new Type1Target(address.Text, Devices(address), command, address.Deadline)) as T;
    }
}
